//! Personal API keys: making them, listing them without their values, and ending them. `administration::keys` of the domain has
//! the rules.
//!
//! A key never lists or ends a key that reaches further than it does: a key for another user is limited to some projects, and
//! its maker knows its value.

use axum::{
    Json as Body,
    extract::FromRequestParts,
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    administration::Most,
    permission::ReadProjects,
    project::PersonalKey,
    scope::{Scope, Scopes},
    text::short,
};
use lambdesk_http::{Answer, Authenticated, Caller, Context, Idempotency, Json, Problem, paging::Page};
use lambdesk_runtime::crypto;
use lambdesk_store::StoreError;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{self, INVALID_KEY, Listing, NOT_FOUND, id_of_path};

/// A key, without its value.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeyBody {
    id: Uuid,
    label: String,
    scopes: Vec<&'static str>,
    /// The user that the key belongs to.
    #[schema(value_type = u32)]
    user: UserId,
    /// The user who made the key.
    #[schema(value_type = u32)]
    maker: UserId,
    /// All holders of the key: its user, its maker, and the holders of the key that it was made with. The key may do no more
    /// than each of them, and no longer reaches a project that one of them has left.
    #[schema(value_type = Vec<u32>)]
    makers: Vec<UserId>,
    /// The projects that the key is limited to; null if it reaches all projects of its user.
    #[schema(value_type = Option<Vec<u32>>)]
    projects: Option<Vec<ProjectId>>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl KeyBody {
    fn new(key: &PersonalKey) -> Self {
        let PersonalKey { id, user, maker, holders, label, scopes, projects, created_at } = key.clone();
        let (scopes, makers) = (scopes.iter().map(Scope::name).collect(), holders.into_keys().collect());
        Self { id, label, scopes, user, maker, makers, projects, created_at }
    }
}

/// A key that was just made. It has no `Debug`: nothing may print its value.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKey {
    #[serde(flatten)]
    key: KeyBody,
    /// The bearer token. It is shown only in this answer.
    value: String,
}

/// Lists the caller's keys and those the caller made for others, the oldest first.
#[utoipa::path(
    get, path = "/api/personal_api_keys", tag = "personal_api_keys", operation_id = "personal_api_keys_list",
    params(
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<KeyBody>))
)]
pub(crate) async fn list(caller: Caller<ReadProjects>, listing: Listing) -> Result<Body<Page<KeyBody>>, Problem> {
    let keys = keys_in_reach(&caller).await?;
    Ok(Body(listing.page(&keys, KeyBody::new)))
}

/// The keys that the caller may list and end. A key that reaches no project lists and ends none.
async fn keys_in_reach(caller: &Caller<ReadProjects>) -> Result<Vec<PersonalKey>, StoreError> {
    if caller.account.reach.is_empty() {
        return Ok(Vec::new());
    }
    let mut keys = caller.account.keys().await?;
    keys.retain(|key| caller.account.key.reaches_all_of(key));
    Ok(keys)
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewKey {
    /// 1 to 200 characters.
    label: String,
    /// At least one. The caller must have each of them.
    scopes: Vec<String>,
    /// The user to make the key for; the caller if absent. An administrator may name a member of their projects.
    user: Option<u32>,
}

/// Makes a key. A key for another user needs `project:write`, and an administrator of all of that user's projects. A user can
/// have 50 keys, and a key can have at most 16 holders.
#[utoipa::path(
    post, path = "/api/personal_api_keys", tag = "personal_api_keys", operation_id = "personal_api_keys_create",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewKey,
    responses((status = 201, body = MadeKey))
)]
pub(crate) async fn create(caller: Caller<ReadProjects>, once: Idempotency, Json(new): Json<NewKey>) -> Result<Answer, Problem> {
    let NewKey { label, scopes, user } = new;
    let (label, scopes) = (input::name("label", &label)?, read_scopes(&scopes)?);
    if caller.account.reach.is_empty() || !caller.account.has_key().await? {
        return Err(INVALID_KEY);
    }
    let in_use = caller.account.in_use();
    let (maker, user) = (in_use.key.user, user.map_or(in_use.key.user, UserId));
    let projects = if user == maker {
        in_use.key.projects.clone()
    } else {
        in_use.may_make_for_others()?;
        Some(in_use.shared_with(&caller.account.memberships(user).await?)?)
    };
    in_use.may_give(&scopes)?;
    let created_at = caller.account.now();
    let holders = in_use.holders_of_next(user, created_at)?;
    let key = PersonalKey { id: caller.account.new_id(), user, maker, holders, label, scopes, projects, created_at };
    let by = input::by(&caller).await?;
    let made = lambdesk_store::NewKey { key, value: crypto::new_token("phx_") };
    let allow = |known: &[PersonalKey]| Most::Keys.one_more(known.len()).map_err(Problem::from);
    caller.account.create_key(&by, &made, allow, once.receipt(&|made| answer(made).encode())).await?;
    Ok(answer(&made))
}

fn answer(made: &lambdesk_store::NewKey) -> Answer {
    Answer::created(&MadeKey { key: KeyBody::new(&made.key), value: made.value.clone() })
}

/// The most scopes in a list, repeats included. The length is checked before any scope is read.
const MOST_SCOPES: usize = 100;

fn read_scopes(names: &[String]) -> Result<Scopes, Problem> {
    if names.is_empty() {
        return Err(Problem::invalid("scopes", "This list may not be empty."));
    }
    if names.len() > MOST_SCOPES {
        return Err(Problem::invalid("scopes", format!("Ensure this field has no more than {MOST_SCOPES} elements.")));
    }
    let unknown = |name: &str| Problem::invalid("scopes", format!("\"{}\" is not a scope.", short(name)));
    let scope = |name: &String| Scope::parse(name).ok_or_else(|| unknown(name));
    names.iter().map(scope).collect()
}

/// The caller, and the key in the path. A key that the caller's key may not list is 404.
pub(crate) struct OnKey {
    caller: Caller<ReadProjects>,
    key: PersonalKey,
}

impl Authenticated for OnKey {
    type Permission = ReadProjects;
}

impl FromRequestParts<Context> for OnKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, context).await?;
        let id: Uuid = id_of_path(parts, context, "id").await?;
        let keys = keys_in_reach(&caller).await?;
        let key = keys.into_iter().find(|key| key.id == id).ok_or(NOT_FOUND)?;
        Ok(Self { caller, key })
    }
}

/// Ends one of the caller's keys, or a key that the caller made for another user. Without `project:write` a key can end only
/// keys of its own user that may do no more than it.
#[utoipa::path(
    delete, path = "/api/personal_api_keys/{id}", tag = "personal_api_keys", operation_id = "personal_api_keys_delete",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnKey) -> Result<StatusCode, Problem> {
    let OnKey { caller, key } = on;
    caller.account.in_use().may_end(&key)?;
    let by = input::by(&caller).await?;
    caller.account.delete_key(&by, key.id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn key() -> PersonalKey {
        let created_at = Timestamp::EPOCH;
        PersonalKey {
            id: Uuid::nil(),
            user: UserId(1),
            maker: UserId(1),
            holders: PersonalKey::first_holders(UserId(1), UserId(1), created_at),
            label: "key".to_owned(),
            scopes: Scopes::all(),
            projects: None,
            created_at,
        }
    }

    #[test]
    fn scopes_are_words_of_a_closed_set() {
        let scopes = |names: &[&str]| read_scopes(&names.iter().map(ToString::to_string).collect::<Vec<_>>());
        assert_eq!(scopes(&["ticket:read", "ticket:read"]).unwrap().iter().collect::<Vec<_>>(), [Scope::TicketRead]);
        for bad in [&[][..], &["*"], &["ticket:read", "ticket:delete"]] {
            assert!(matches!(scopes(bad), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "scopes"), "{bad:?}");
        }
    }

    #[test]
    fn a_value_is_in_the_answer_that_makes_it_and_nowhere_else() {
        let made = lambdesk_store::NewKey { key: key(), value: "phx_secret".to_owned() };
        let sent = String::from_utf8(answer(&made).encode()[2..].to_vec()).unwrap();
        assert!(sent.contains(r#""value":"phx_secret""#) && sent.contains(r#""id":"#) && !sent.contains(r#""key":"#));
        assert!(!serde_json::to_string(&KeyBody::new(&made.key)).unwrap().contains("phx_secret"));
    }
}
