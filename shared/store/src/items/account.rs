//! Users, and what tokens stand for.

use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    project::{Holders, Member, Membership, PersonalKey, Standing},
    scope::{Access, Scope, Scopes},
    session::Session,
};

use crate::{
    error::StoreError,
    items::session,
    transport::{
        item::{Item, Reader, Writer},
        keys::{self, Key},
    },
};

/// What a token stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Credential {
    /// A project's public token, for `posthog.init`.
    ProjectToken(ProjectId),
    /// A project's public widget token.
    WidgetToken(ProjectId),
    /// A project's secret, or its backup.
    Secret(ProjectId),
    /// A user's personal API key.
    Personal(PersonalKey),
    /// A user's session.
    Session(Session),
}

impl Credential {
    const fn kind(&self) -> &'static str {
        match self {
            Self::ProjectToken(_) => "project",
            Self::WidgetToken(_) => "widget",
            Self::Secret(_) => "secret",
            Self::Personal(_) => "personal",
            Self::Session(_) => "session",
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
        Credential::Session(session) => session::write(row, session).done(),
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
        "session" => Ok(Credential::Session(session::read(item)?)),
        _ => Err(row.corrupt("kind")),
    }
}

fn personal(row: Writer, key: &PersonalKey) -> Writer {
    let PersonalKey { id, user, maker, holders, label, scopes, projects, created_at } = key;
    row.text("id", id.to_string())
        .number("user", user)
        .number("maker", maker)
        .texts("holders", holders.iter().map(|(user, since)| format!("{user}@{}", since.micros())))
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
    let (user, maker, created_at) = (UserId(row.number("user")?), UserId(row.number("maker")?), row.time("created_at")?);
    let holders = row.texts("holders")?.into_iter().map(|text| holder(text).ok_or_else(|| row.corrupt("holders")));
    let mut holders: Holders = holders.collect::<Result<_, _>>()?;
    // Keys from before there were holders tell of their user and their maker only.
    for known in [user, maker] {
        holders.entry(known).or_insert(created_at);
    }
    Ok(PersonalKey {
        id: row.parsed("id", |id| id.parse().ok())?,
        user,
        maker,
        holders,
        label: row.text("label")?.to_owned(),
        scopes: scopes.collect::<Result<Scopes, _>>()?,
        projects: row.flag("held")?.map(|_| projects),
        created_at,
    })
}

fn holder(text: &str) -> Option<(UserId, Timestamp)> {
    let (user, since) = text.split_once('@')?;
    Some((user.parse().ok()?, Timestamp::from_micros(since.parse().ok()?)?))
}

/// For how long an ended key is known as one, in seconds.
const ENDED_KEPT: i64 = 30 * 24 * 3600;

/// The credential of a key that has ended because its user is in no project: held to none, it reaches none, also none that they
/// join later.
pub(crate) fn end_credential(hash: &str, key: &PersonalKey, now: Timestamp) -> Item {
    let ended = PersonalKey { projects: Some(Vec::new()), ..key.clone() };
    let row = Writer::new(&keys::credential(hash)).text("kind", Credential::Personal(ended.clone()).kind());
    personal(row, &ended).number("expires_at", now.plus_seconds(ENDED_KEPT).seconds()).done()
}

/// When a member left a project; such a row is no membership.
pub(crate) const LEFT_AT: &str = "left_at";

/// A user's side of a membership.
pub(crate) fn write_membership(user: UserId, membership: Membership) -> Item {
    let Membership { project, standing } = membership;
    write_standing(Writer::new(&keys::membership(user, project)).number("project", project), standing).done()
}

/// A user's side of a membership that ended.
pub(crate) fn write_left(user: UserId, project: ProjectId, at: Timestamp) -> Item {
    Writer::new(&keys::membership(user, project)).number("project", project).time(LEFT_AT, at).done()
}

/// A membership; `None` if it ended.
pub(crate) fn read_membership(item: &Item) -> Result<Option<Membership>, StoreError> {
    let row = Reader(item);
    if row.opt_time(LEFT_AT)?.is_some() {
        return Ok(None);
    }
    Ok(Some(Membership { project: ProjectId(row.number("project")?), standing: read_standing(row)? }))
}

pub(crate) fn write_standing(row: Writer, standing: Standing) -> Writer {
    let Standing { access, left_before } = standing;
    row.text("access", access.name()).opt_time("left_before", left_before)
}

/// A member without the attribute was added before there were kinds of access, when everyone was an administrator.
pub(crate) fn read_standing(row: Reader<'_>) -> Result<Standing, StoreError> {
    let access = row.opt_parsed("access", Access::parse)?.unwrap_or(Access::Admin);
    Ok(Standing { access, left_before: row.opt_time("left_before")? })
}

/// A user, wherever they are a member.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct User {
    /// The user's id.
    pub id: UserId,
    /// The user's e-mail.
    pub email: String,
    /// The first name, as it was given when the user was first added to a project.
    pub first_name: String,
}

impl User {
    /// The user as a member.
    pub fn with_standing(self, standing: Standing) -> Member {
        let Self { id, email, first_name } = self;
        Member { id, email, first_name, standing }
    }
}

pub(crate) fn write_user(key: &Key, user: &User) -> Item {
    let User { id, email, first_name } = user;
    Writer::new(key).number("id", id).text("email", email).text("first_name", first_name).done()
}

pub(crate) fn read_user(item: &Item) -> Result<User, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    Ok(User { id: UserId(row.number("id")?), email: text("email")?, first_name: text("first_name")? })
}
