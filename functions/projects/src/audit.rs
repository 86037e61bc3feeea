//! The audit log: who administered a project, and how (docs/decisions.md, 68).

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{
    Timestamp, UserId,
    assignee::Assignee,
    audit::{AuditAction, By},
    permission::WriteProjects,
};
use lambdesk_http::{
    Agent, LoggedChange, Problem,
    body::query_value,
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};
use lambdesk_store::{AuditFilter, AuditRow};
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

/// One entry of the audit log.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AuditBody {
    id: Uuid,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
    actor: AuditActor,
    /// The key that was used; null for what the desk itself did, and for someone who signed in.
    key: Option<AuditKey>,
    action: AuditAction,
    target: AuditTarget,
    /// A value that is too large to be kept is `{bytes}`, its size. Secrets are never in it.
    #[schema(value_type = Vec<LoggedChange>)]
    changes: Value,
    /// The network address that the request came from; null for what the desk itself did.
    address: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct AuditActor {
    /// `user`, or `system` for the desk itself.
    r#type: &'static str,
    #[schema(value_type = Option<u32>)]
    id: Option<UserId>,
    /// The name at that time.
    name: Option<String>,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct AuditKey {
    id: Uuid,
    label: String,
}

#[derive(Debug, Clone, Serialize, ToSchema)]
struct AuditTarget {
    /// The part of `action` before the dot.
    r#type: &'static str,
    /// An integer for a project or a member, a UUID for a role, a key or a workflow, a short id for a view or a quick action.
    #[schema(schema_with = lambdesk_http::schema::number_or_text)]
    id: Value,
    /// The name at that time.
    name: String,
}

impl AuditBody {
    fn new(row: AuditRow) -> Self {
        let By { user, key, address } = row.by;
        let (id, name) = user.unzip();
        // A short id may consist of digits too, but only projects and users have numbers.
        let numbered = !matches!(row.action.object(), "view" | "quick_action");
        let number = row.target_id.parse::<u32>().ok().filter(|_| numbered);
        Self {
            id: row.id,
            at: row.at,
            actor: AuditActor { r#type: if id.is_some() { "user" } else { "system" }, id, name },
            key: key.map(|(id, label)| AuditKey { id, label }),
            action: row.action,
            target: AuditTarget {
                r#type: row.action.object(),
                id: number.map_or_else(|| Value::from(row.target_id.as_str()), Value::from),
                name: row.target_name,
            },
            changes: row.changes,
            address: Some(address).filter(|address| !address.is_empty()),
        }
    }
}

/// Lists the administration of the project in the last 400 days, newest first. Only administrators may read it.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/audit", tag = "audit", operation_id = "audit_list",
    params(
        ("project_id" = u32, Path),
        ("actor" = Option<String>, Query, description = "`user:7`, or `system`"),
        ("action" = Option<AuditAction>, Query),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<AuditBody>))
)]
pub(crate) async fn list(
    agent: Agent<WriteProjects>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<AuditBody>>, Problem> {
    let query = query.unwrap_or_default();
    let filter = filter(&query)?;
    let asked = LogWindow::from_query(&query, 50, 200, Seal::new(&agent.directory.project, "audit", &agent.desk.project()))?;
    let log = agent.desk.audit(filter, asked.stretch()).await?;
    let (skipped, next) = (log.skipped, log.next.clone());
    Ok(Json(asked.page(log.placed(AuditBody::new), skipped, None, next, &links)))
}

fn filter(query: &str) -> Result<AuditFilter, Problem> {
    let given = |name| query_value(query, name).filter(|value| !value.is_empty());
    let actor = given("actor").map(|actor| match actor.parse() {
        _ if actor == "system" => Ok(None),
        Ok(Assignee::User(id)) => Ok(Some(id)),
        _ => actor.parse().map(Some).map_err(|_| Problem::invalid("actor", "Must be user:<id> or system.")),
    });
    let action =
        given("action").map(|action| AuditAction::parse(&action).ok_or_else(|| Problem::invalid("action", "Is no action.")));
    Ok(AuditFilter { actor: actor.transpose()?, action: action.transpose()? })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_what_is_wrong() {
        let read = filter("actor=user:7&action=member.added").unwrap();
        assert_eq!((read.actor, read.action), (Some(Some(UserId(7))), Some(AuditAction::MemberAdded)));
        assert_eq!(filter("actor=system").unwrap().actor, Some(None));
        assert_eq!(filter("actor=7").unwrap().actor, Some(Some(UserId(7))));
        for (query, named) in [("actor=x", "actor"), ("actor=role:x", "actor"), ("action=member.eaten", "action")] {
            assert!(matches!(filter(query), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == named), "{query}");
        }
    }
}
