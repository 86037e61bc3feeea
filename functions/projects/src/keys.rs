//! Personal API keys: made, listed without their values, ended.
//!
//! A key can give no more than it has (decision 47). A key for someone else is known to its maker, who acts as that user
//! with it: it is held to the projects that both share at that time, reaches none that its maker has left, and never
//! shows or ends a key that reaches further.

use axum::{
    Json as Body,
    extract::{FromRequestParts, State},
    http::{StatusCode, request::Parts},
};
use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    project::PersonalKey,
    scope::{Scope, Scopes},
};
use lambdesk_http::{
    Answer, Caller, Context, Idempotency, Json, Problem,
    auth::{ReadProjects, WriteProjects},
    paging::Page,
    wording::short,
};
use lambdesk_store::{Store, StoreError, crypto};
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{self, Listing, NOT_FOUND, id_of_path};

/// A key, without its value.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct KeyBody {
    id: Uuid,
    label: String,
    scopes: Vec<&'static str>,
    /// Whose it is.
    #[schema(value_type = u32)]
    user: UserId,
    /// The projects it is held to; null where it reaches all of its user's.
    #[schema(value_type = Option<Vec<u32>>)]
    projects: Option<Vec<ProjectId>>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
}

impl KeyBody {
    fn new(key: &PersonalKey) -> Self {
        let PersonalKey { id, user, maker: _, label, scopes, projects, created_at } = key.clone();
        Self { id, label, scopes: scopes.iter().map(Scope::name).collect(), user, projects, created_at }
    }
}

/// A key that was just made. It has no `Debug`: nothing may print its value.
#[derive(Serialize, ToSchema)]
pub(crate) struct MadeKey {
    #[serde(flatten)]
    key: KeyBody,
    /// The bearer token; shown this once.
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
pub(crate) async fn list(
    caller: Caller<ReadProjects>,
    State(context): State<Context>,
    listing: Listing,
) -> Result<Body<Page<KeyBody>>, Problem> {
    let keys = keys_in_reach(&caller.key, &context.store).await?;
    Ok(Body(listing.page(&keys, KeyBody::new)))
}

/// A warm function may remember a key for a minute after it has ended (decision 39). What outlives a key must not be made
/// with it in that time.
pub(crate) async fn still_there(key: &PersonalKey, store: &Store) -> Result<(), Problem> {
    let keys = store.keys_of(key.user).await?;
    let known = keys.iter().find(|known| known.id == key.id);
    known.map(|_| ()).ok_or(Problem::Unauthenticated("Invalid API key."))
}

async fn keys_in_reach(caller: &PersonalKey, store: &Store) -> Result<Vec<PersonalKey>, StoreError> {
    let mut keys = store.keys_of(caller.user).await?;
    keys.retain(|key| caller.reaches_all_of(key));
    Ok(keys)
}

/// A key to be made.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewKey {
    /// 1 to 200 characters.
    label: String,
    /// At least one, each within the caller's.
    scopes: Vec<String>,
    /// For whom: a member of the caller's projects; the caller by default.
    user: Option<u32>,
}

/// Makes a key.
#[utoipa::path(
    post, path = "/api/personal_api_keys", tag = "personal_api_keys", operation_id = "personal_api_keys_create",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = NewKey,
    responses((status = 201, body = MadeKey))
)]
pub(crate) async fn create(
    caller: Caller<WriteProjects>,
    State(context): State<Context>,
    once: Idempotency,
    Json(new): Json<NewKey>,
) -> Result<Answer, Problem> {
    let NewKey { label, scopes, user } = new;
    let (label, scopes) = (input::name("label", &label)?, read_scopes(&scopes)?);
    let (maker, user) = (caller.key.user, user.map_or(caller.key.user, UserId));
    let projects = if user == maker {
        caller.key.projects.clone()
    } else {
        let (own, theirs) = tokio::try_join!(context.store.projects_of(maker), context.store.projects_of(user))?;
        Some(shared(&caller.key, &own, &theirs)?)
    };
    if !caller.key.scopes.cover(&scopes) {
        return Err(Problem::Forbidden("This API key can't give scopes that it lacks."));
    }
    still_there(&caller.key, &context.store).await?;
    let key = PersonalKey { id: Uuid::now_v7(), user, maker, label, scopes, projects, created_at: context.store.now() };
    let made = lambdesk_store::NewKey { key, value: crypto::new_token("phx_") };
    context.store.create_key(&made, once.receipt(&|made| answer(made).encode())).await?;
    Ok(answer(&made))
}

fn answer(made: &lambdesk_store::NewKey) -> Answer {
    Answer::created(&MadeKey { key: KeyBody::new(&made.key), value: made.value.clone() })
}

/// The most scopes of a list, repeats included: it is counted before it is looked at.
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

/// The projects of another user, `theirs`, if a caller who is a member of `own` reaches them all.
fn shared(caller: &PersonalKey, own: &[ProjectId], theirs: &[ProjectId]) -> Result<Vec<ProjectId>, Problem> {
    let in_reach = |project: &ProjectId| own.contains(project) && caller.reaches(*project);
    let shared: Vec<_> = theirs.iter().copied().filter(in_reach).collect();
    if shared.is_empty() {
        return Err(Problem::invalid("user", "Is not a member of your projects."));
    }
    if shared.len() < theirs.len() {
        return Err(Problem::Forbidden("This user is a member of projects that this API key does not reach."));
    }
    Ok(shared)
}

/// The key that the path names, among those that the caller's reaches.
pub(crate) struct OnKey {
    caller: Caller<WriteProjects>,
    id: Uuid,
}

impl FromRequestParts<Context> for OnKey {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let caller = Caller::from_request_parts(parts, context).await?;
        let id = id_of_path(parts, context, "id").await?;
        let keys = keys_in_reach(&caller.key, &context.store).await?;
        keys.iter().find(|key| key.id == id).ok_or(NOT_FOUND)?;
        Ok(Self { caller, id })
    }
}

/// Ends a key of the caller's own, or one the caller made for someone else.
#[utoipa::path(
    delete, path = "/api/personal_api_keys/{id}", tag = "personal_api_keys", operation_id = "personal_api_keys_delete",
    params(("id" = uuid::Uuid, Path)),
    responses((status = 204))
)]
pub(crate) async fn delete(on: OnKey, State(context): State<Context>) -> Result<StatusCode, Problem> {
    let OnKey { caller, id } = on;
    context.store.delete_key(caller.key.user, id).await?;
    Ok(StatusCode::NO_CONTENT)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ids(ids: &[u32]) -> Vec<ProjectId> {
        ids.iter().copied().map(ProjectId).collect()
    }

    fn key(projects: Option<&[u32]>) -> PersonalKey {
        PersonalKey {
            id: Uuid::nil(),
            user: UserId(1),
            maker: UserId(1),
            label: "key".to_owned(),
            scopes: Scopes::all(),
            projects: projects.map(ids),
            created_at: Timestamp::from_micros(0).unwrap(),
        }
    }

    #[test]
    fn a_key_for_another_is_held_to_what_both_reach() {
        let shared_with = |held: Option<&[u32]>, theirs: &[u32]| shared(&key(held), &ids(&[1, 2]), &ids(theirs));
        assert_eq!(shared_with(None, &[2]).unwrap(), ids(&[2]));
        assert_eq!(shared_with(None, &[1, 2]).unwrap(), ids(&[1, 2]));
        assert!(matches!(shared_with(None, &[2, 3]), Err(Problem::Forbidden(_))));
        assert!(matches!(shared_with(Some(&[1]), &[1, 2]), Err(Problem::Forbidden(_))));
        assert_eq!(shared_with(Some(&[1]), &[1]).unwrap(), ids(&[1]));
        // A key may still be held to a project that its user has left.
        assert!(matches!(shared_with(Some(&[3]), &[3]), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "user"));
        assert!(matches!(shared_with(None, &[]), Err(Problem::Invalid { .. })));
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
        let made = lambdesk_store::NewKey { key: key(None), value: "phx_secret".to_owned() };
        let sent = String::from_utf8(answer(&made).encode()[2..].to_vec()).unwrap();
        assert!(sent.contains(r#""value":"phx_secret""#) && sent.contains(r#""id":"#) && !sent.contains(r#""key":"#));
        assert!(!serde_json::to_string(&KeyBody::new(&made.key)).unwrap().contains("phx_secret"));
    }
}
