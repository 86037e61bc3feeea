//! What a request expects of a ticket, and what it is told where the ticket is not so (docs/decisions.md, 57).

use axum::http::StatusCode;
use lambdesk_domain::{
    Refusal, Ticket, TicketId, Timestamp,
    actor::Stamp,
    expected::{Expected, Unmet},
    permission::WritesTickets,
    ticket::{Priority, Status},
};
use lambdesk_http::{
    Agent, IfMatch, Problem,
    assignee::{self, AssigneeBody, AssigneeInput},
    body::{not_null, nullable},
    precondition::etag_at,
    problem::{CHANGED, ErrorType, Overtaken},
};
use lambdesk_store::{ChangeError, LoggedActivity};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{changes::within, input};

const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// The values that fields must have for the change to be made. Any other key is refused.
#[derive(Debug, Clone, Default, Deserialize, ToSchema)]
#[serde(deny_unknown_fields)]
pub(crate) struct Expectations {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "input::priority")]
    #[schema(value_type = Option<Priority>)]
    priority: Option<Option<Priority>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
    #[serde(default, deserialize_with = "not_null")]
    tags: Option<Vec<String>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Option<Timestamp>>,
}

impl Expectations {
    /// The expectations in the domain's types, and those of `If-Match`.
    pub(crate) fn with(self, tag: &IfMatch) -> Result<Expected, Problem> {
        let Self { status, priority, assignee, tags, snoozed_until, sla_due_at } = self;
        let inside = |problem| within("expect", problem);
        let assignee = assignee.map(|value| assignee::parse(&value.unwrap_or_default())).transpose().map_err(inside)?;
        let tags = tags.map(|tags| input::tags(&tags)).transpose().map_err(inside)?;
        Ok(Expected { updated_at: tag.times(), status, priority, assignee, tags, snoozed_until, sla_due_at })
    }
}

/// What was changed by someone else.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ChangedMeanwhile {
    r#type: ErrorType,
    /// `changed_meanwhile`.
    code: &'static str,
    detail: String,
    #[schema(required)]
    attr: Option<String>,
    /// The field that has another value than `expect` says; absent if `If-Match` names another state.
    #[serde(skip_serializing_if = "Option::is_none")]
    field: Option<&'static str>,
    /// The field's present value.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(schema_with = lambdesk_http::schema::any, required = false)]
    value: Option<Value>,
    /// Who changed it; null if that is not known any more.
    #[serde(skip_serializing_if = "Option::is_none")]
    changed_by: Option<ChangedBy>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    changed_at: Option<Timestamp>,
}

/// Who changed something.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ChangedBy {
    /// `user`, `customer`, `workflow` or `system`.
    r#type: String,
    /// The user's or the workflow's id, as text.
    id: Option<String>,
    /// The user's first name or e-mail.
    name: Option<String>,
}

/// The problem of a change that was not made: where the ticket is not as expected, with what it is, and who made it so.
pub(crate) async fn refused<P: WritesTickets>(agent: &Agent<P>, id: TicketId, error: ChangeError) -> Problem {
    match error {
        ChangeError::Refused(Refusal::Unmet(unmet)) => told(agent, id, unmet).await.unwrap_or_else(|problem| problem),
        error => error.into(),
    }
}

async fn told<P: WritesTickets>(agent: &Agent<P>, id: TicketId, unmet: Unmet) -> Result<Problem, Problem> {
    let ticket = agent.desk.ticket(id).await?.ok_or(NOT_FOUND)?;
    let mut body = ChangedMeanwhile {
        r#type: ErrorType::InvalidRequest,
        code: CHANGED,
        detail: "The ticket was changed meanwhile.".to_owned(),
        attr: None,
        field: None,
        value: None,
        changed_by: None,
        changed_at: None,
    };
    match unmet {
        Unmet::Ticket => {
            body.changed_by = ticket.changed_by.map(|stamp| by_stamp(agent, stamp));
            body.changed_at = Some(ticket.updated_at);
        }
        Unmet::Field(field) => {
            body.detail = format!("`{field}` has another value than expected.");
            body.field = Some(field);
            body.value = Some(value(agent, &ticket, field));
            if let Some(row) = agent.desk.last_change_of(id, field).await? {
                body.changed_at = Some(row.created_at);
                body.changed_by = Some(by_row(agent, row));
            }
        }
    }
    Ok(Problem::Overtaken(Box::new(Overtaken {
        status: StatusCode::PRECONDITION_FAILED,
        code: CHANGED,
        detail: body.detail.clone(),
        etag: Some(etag_at(ticket.updated_at)),
        body: Some(json!(body)),
    })))
}

fn value<P>(agent: &Agent<P>, ticket: &Ticket, field: &str) -> Value {
    let fields = &ticket.fields;
    match field {
        "status" => json!(fields.status),
        "priority" => json!(fields.priority),
        "assignee" => json!(fields.assignee.map(|assignee| AssigneeBody::new(assignee, &agent.directory))),
        "tags" => json!(fields.tags),
        "snoozed_until" => json!(fields.snoozed_until),
        "sla_due_at" => json!(ticket.sla_due_at),
        _ => Value::Null,
    }
}

fn by_stamp<P>(agent: &Agent<P>, stamp: Stamp) -> ChangedBy {
    let id = match stamp {
        Stamp::User(id) => Some(id.to_string()),
        Stamp::Workflow(id) => id.map(|id| id.to_string()),
        Stamp::Customer | Stamp::System { .. } => None,
    };
    changed_by(agent, stamp.kind().to_owned(), id)
}

fn by_row<P>(agent: &Agent<P>, row: LoggedActivity) -> ChangedBy {
    changed_by(agent, row.actor_kind, row.actor_id)
}

fn changed_by<P>(agent: &Agent<P>, kind: String, id: Option<String>) -> ChangedBy {
    let user = id.as_deref().filter(|_| kind == "user").and_then(|id| id.parse().ok());
    let name = user.and_then(|user| agent.directory.member(user)).map(|member| member.display_name().to_owned());
    ChangedBy { r#type: kind, id, name }
}
