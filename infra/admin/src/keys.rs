//! Personal API keys, for a desk whose own have been lost or have leaked.

use clap::Args;
use lambdesk_domain::{
    ProjectId,
    administration::Most,
    project::PersonalKey,
    scope::{Scope, Scopes},
};
use lambdesk_runtime::crypto::new_token;
use lambdesk_store::{NewKey, Store, User};
use uuid::Uuid;

use crate::{Console, Failure, given, shown::Shown};

/// Make a personal API key for a member, and print it.
///
/// It may do what its user may, within its scopes, and ends with the user's last membership. The record of administration of
/// each project that it reaches says that the desk itself made it.
#[derive(Debug, Args)]
pub(crate) struct CreateKey {
    /// The e-mail address of the member whose key it is.
    #[arg(long)]
    email: String,
    /// What it may do: scopes separated by commas, such as ticket:write,project:read, or "all".
    #[arg(long, value_parser = scopes)]
    scopes: Scopes,
    /// What it is for, as lists of keys show it.
    #[arg(long, default_value = "Made by lambdesk-admin")]
    label: String,
    /// The only project that it reaches; give it again for more. [default: all of its user's]
    #[arg(long, value_name = "ID")]
    project: Vec<u32>,
}

/// End a personal API key at once, or list a member's keys.
///
/// Without --id it lists the keys that the member has or made, and ends none.
#[derive(Debug, Args)]
pub(crate) struct RevokeKey {
    /// The e-mail address of the member whose key it is, or who made it.
    #[arg(long)]
    email: String,
    /// The id of the key.
    #[arg(long)]
    id: Option<Uuid>,
}

fn scopes(text: &str) -> Result<Scopes, String> {
    if text == "all" {
        return Ok(Scopes::all());
    }
    let known = || Scope::ALL.map(Scope::name).join(", ");
    let scope =
        |name: &str| Scope::parse(name).ok_or_else(|| format!("no scope is called {name:?}; there are {}, and all", known()));
    text.split(',').map(|name| scope(name.trim())).collect()
}

async fn user(store: &Store, email: &str) -> Result<User, Failure> {
    let found = store.founding().user_of(email.trim()).await?;
    found.ok_or_else(|| Failure::refused(format!("nobody of this desk has the address {email}")))
}

impl CreateKey {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let Self { email, scopes, label, project } = self;
        let label = given::name("--label", &label)?;
        let founding = store.founding();
        let user = user(store, &email).await?;
        let memberships = founding.memberships(user.id).await?;
        if memberships.is_empty() {
            return Err(Failure::refused(format!("{email} is in no project, so a key would reach none")));
        }
        let wanted: Vec<_> = project.into_iter().map(ProjectId).collect();
        if let Some(other) = wanted.iter().find(|id| memberships.iter().all(|membership| membership.project != **id)) {
            return Err(Failure::refused(format!("{email} is not in project {other}")));
        }
        let projects = Some(wanted).filter(|wanted| !wanted.is_empty());
        let key = PersonalKey { scopes, projects, ..founding.first_key(user.id, &label) };
        let (id, value) = (key.id, new_token("phx_"));
        let allow = |known: &[PersonalKey]| {
            let room = Most::Keys.one_more(known.len());
            room.map_err(|denial| Failure::refused(format!("{denial} revoke-key ends one")))
        };
        founding.create_key(&NewKey { key, value: value.clone() }, allow).await?;
        let told = format!("key {id}  {}\n  personal API key  {value}  (shown once)\n", Shown(&label));
        console.hand_over(&told, &format!("the key is made: revoke-key --email {email} --id {id} ends it"))
    }
}

impl RevokeKey {
    pub(crate) async fn run(self, store: &Store, console: Console<'_>) -> Result<(), Failure> {
        let Self { email, id } = self;
        let founding = store.founding();
        let user = user(store, &email).await?;
        let keys = founding.keys_of(user.id).await?;
        let Some(id) = id else {
            for PersonalKey { id, label, scopes, created_at, .. } in keys {
                let scopes: Vec<_> = scopes.iter().map(Scope::name).collect();
                writeln!(console.output, "{id}  {created_at}  {}  {}", Shown(&label), scopes.join(","))?;
            }
            return Ok(());
        };
        let Some(key) = keys.iter().find(|key| key.id == id) else {
            return Err(Failure::refused(format!("{email} has no key {id}; without --id you see which there are")));
        };
        founding.delete_key(user.id, id).await?;
        writeln!(console.output, "key {id}  {}  has ended", Shown(&key.label))?;
        // Functions remember a credential for up to a minute.
        writeln!(console.notes, "Functions that used it in the last minute may take it for up to a minute more.")?;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn scopes_are_named_or_all() {
        assert_eq!(scopes("all"), Ok(Scopes::all()));
        assert_eq!(scopes("ticket:read, project:write"), Ok(Scopes::from_iter([Scope::TicketRead, Scope::ProjectWrite])));
        assert!(scopes("ticket").unwrap_err().contains("ticket:read"));
        assert!(scopes("").is_err());
    }
}
