//! Projects, members and roles.

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, UserId,
    policies::Policies,
    project::{Member, Project, Role},
    settings::Settings,
};
use serde_json::Value;

use crate::{
    error::StoreError,
    items::account::{read_standing, write_standing},
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

pub(crate) const VERSION: &str = "version";
/// The version of the folding that a project's items are of.
pub(crate) const FOLDING: &str = "folding";

pub(crate) fn write(project: &Project) -> Item {
    let Project {
        id,
        name,
        conversations_enabled,
        settings,
        policies,
        api_token,
        widget_public_token,
        secret_api_token,
        secret_api_token_backup,
        cursor_key,
        created_at,
        folding,
        version,
    } = project;
    Writer::new(&keys::project(*id))
        .number("id", id)
        .text("name", name)
        .flag("enabled", *conversations_enabled)
        .object("settings", settings.as_object())
        .opt_text("sla_policies", (**policies != Policies::default()).then(|| Value::Object(policies.to_json()).to_string()))
        .text("api_token", api_token)
        .text("widget_token", widget_public_token)
        .text("secret", secret_api_token)
        .opt_text("secret_backup", secret_api_token_backup.as_deref())
        .text("cursor_key", cursor_key)
        .time("created_at", *created_at)
        .opt_number(FOLDING, Some(folding).filter(|version| **version > 0))
        .number(VERSION, version)
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Project, StoreError> {
    let row = Reader(item);
    let text = |name| row.text(name).map(str::to_owned);
    let settings = Settings::from_stored(row.object("settings")?);
    Ok(Project {
        id: ProjectId(row.number("id")?),
        name: text("name")?,
        conversations_enabled: row.flag("enabled")?.ok_or_else(|| row.corrupt("enabled"))?,
        policies: Arc::new(policies(row)?.in_zone(settings.zone())),
        settings,
        api_token: text("api_token")?,
        widget_public_token: text("widget_token")?,
        secret_api_token: text("secret")?,
        secret_api_token_backup: row.opt_text("secret_backup")?.map(str::to_owned),
        cursor_key: text("cursor_key")?,
        created_at: row.time("created_at")?,
        folding: row.opt_number(FOLDING)?.unwrap_or(0),
        version: row.number(VERSION)?,
    })
}

/// The policies of a project; none if it never set any.
fn policies(row: Reader<'_>) -> Result<Policies, StoreError> {
    let stored = row.object("sla_policies")?;
    if stored.is_empty() {
        return Ok(Policies::default());
    }
    // A project whose policies can't be read goes on without policies until they are set again. Failing here would fail every
    // request of the project.
    Ok(Policies::parse(&stored).unwrap_or_else(|error| {
        tracing::error!(%error, "the stored policies of a project can't be read");
        Policies::default()
    }))
}

pub(crate) fn write_member(project: ProjectId, member: &Member) -> Item {
    let Member { id, email, first_name, standing } = member;
    let row = Writer::new(&keys::member(project, *id)).number("id", id).text("email", email).text("first_name", first_name);
    write_standing(row, *standing).done()
}

pub(crate) fn read_member(item: &Item) -> Result<Member, StoreError> {
    let row = Reader(item);
    Ok(Member {
        id: UserId(row.number("id")?),
        email: row.text("email")?.to_owned(),
        first_name: row.text("first_name")?.to_owned(),
        standing: read_standing(row)?,
    })
}

pub(crate) fn write_role(project: ProjectId, role: &Role) -> Item {
    let Role { id, name, members } = role;
    Writer::new(&keys::role(project, *id))
        .text("id", id.to_string())
        .text("name", name)
        .texts("members", members.iter().map(ToString::to_string))
        .done()
}

pub(crate) fn read_role(item: &Item) -> Result<Role, StoreError> {
    let row = Reader(item);
    let members = row.texts("members")?.into_iter().map(|id| id.parse().map_err(|_| row.corrupt("members")));
    Ok(Role {
        id: row.parsed("id", |id| id.parse().ok())?,
        name: row.text("name")?.to_owned(),
        members: members.collect::<Result<_, _>>()?,
    })
}
