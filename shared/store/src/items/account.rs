//! Users, and what tokens stand for.

use lambdesk_domain::{
    ProjectId, UserId,
    project::{Member, PersonalKey},
    scope::{Scope, Scopes},
};

use crate::{
    error::StoreError,
    item::{Item, Reader, Writer},
    keys::{self, Key},
};

/// What a token gives.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Credential {
    /// A project's public token, for `posthog.init`.
    ProjectToken(ProjectId),
    /// A project's public widget token.
    WidgetToken(ProjectId),
    /// A project's secret, or its backup.
    Secret(ProjectId),
    /// A user's personal API key.
    Personal(PersonalKey),
}

impl Credential {
    const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectToken(_) => "project",
            Self::WidgetToken(_) => "widget",
            Self::Secret(_) => "secret",
            Self::Personal(_) => "personal",
        }
    }
}

pub(crate) fn write_credential(hash: &str, credential: &Credential) -> Item {
    let row = Writer::new(&keys::credential(hash)).text("kind", credential.kind());
    match credential {
        Credential::ProjectToken(project) | Credential::WidgetToken(project) | Credential::Secret(project) => {
            row.number("project", project).done()
        }
        Credential::Personal(key) => personal(row, key).done(),
    }
}

pub(crate) fn read_credential(item: &Item) -> Result<Credential, StoreError> {
    let row = Reader(item);
    let project = || row.number("project").map(ProjectId);
    match row.text("kind")? {
        "project" => Ok(Credential::ProjectToken(project()?)),
        "widget" => Ok(Credential::WidgetToken(project()?)),
        "secret" => Ok(Credential::Secret(project()?)),
        "personal" => Ok(Credential::Personal(read_personal(item)?)),
        _ => Err(row.corrupt("kind")),
    }
}

fn personal(row: Writer, key: &PersonalKey) -> Writer {
    let PersonalKey { id, user, maker, label, scopes, projects, created_at } = key;
    row.text("id", id.to_string())
        .number("user", user)
        .number("maker", maker)
        .text("label", label)
        .texts("scopes", scopes.iter().map(Scope::name))
        .opt_flag("held", projects.as_ref().map(|_| true))
        .texts("projects", projects.iter().flatten().map(ToString::to_string))
        .time("created_at", *created_at)
}

/// The row that lists a key under `owner`: its user, and also its maker if that was someone else. It knows the hash, so
/// that deleting the row deletes the credential.
pub(crate) fn write_personal(owner: UserId, hash: &str, key: &PersonalKey) -> Item {
    personal(Writer::new(&keys::personal_key(owner, key.id)).text("hash", hash), key).done()
}

pub(crate) fn read_personal(item: &Item) -> Result<PersonalKey, StoreError> {
    let row = Reader(item);
    let scopes = row.texts("scopes")?.into_iter().map(|name| Scope::parse(name).ok_or_else(|| row.corrupt("scopes")));
    let projects = row.texts("projects")?.into_iter().map(|id| id.parse().map_err(|_| row.corrupt("projects")));
    let projects: Vec<ProjectId> = projects.collect::<Result<_, _>>()?;
    Ok(PersonalKey {
        id: row.parsed("id", |id| id.parse().ok())?,
        user: UserId(row.number("user")?),
        maker: UserId(row.number("maker")?),
        label: row.text("label")?.to_owned(),
        scopes: scopes.collect::<Result<Scopes, _>>()?,
        projects: row.flag("held")?.map(|_| projects),
        created_at: row.time("created_at")?,
    })
}

/// A user, wherever they are a member; the same shape as [`Member`].
pub(crate) fn write_user(key: &Key, user: &Member) -> Item {
    Writer::new(key).number("id", user.id).text("email", &user.email).text("first_name", &user.first_name).done()
}
