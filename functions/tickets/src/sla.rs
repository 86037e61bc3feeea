//! The SLA policies of a project, and the deadlines that tickets get from them.

mod counts;
mod holidays;
mod reasons;
mod trial;

use axum::Json as Body;
use lambdesk_domain::{
    Ticket, Timestamp,
    decide::aligned,
    permission::{ReadProjects, ReadTickets, WriteProjects},
    policies::{HANDBOOK, Invalid, Policies, explain::explain},
    project::Project,
    rules::Rules,
    traits::Object,
};
use lambdesk_http::{Agent, IfMatch, Json, Problem, Tagged, api::Api, precondition::etag, routes};
use lambdesk_runtime::crypto::digest_of;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{body::SlaBody, input::OnTicket};
use reasons::SlaReasons;

/// The handlers, as a router or as their description.
pub(crate) fn api<A: Api>() -> A {
    A::empty()
        .routes(routes!(retrieve, replace))
        .routes(routes!(example))
        .routes(routes!(counts::counts))
        .routes(routes!(trial::try_out))
        .routes(routes!(holidays::read))
        .routes(routes!(of_ticket))
}

/// The policies of a project.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SlaPolicies {
    /// A ticket follows the first policy whose conditions all hold. A policy is `{name, conditions: {priority, channel_source,
    /// tags, traits}, targets: {first_response, next_response, resolution}, business_hours: {days, time, timezone}}`. A target
    /// is `{amount, unit}`. A condition on `traits` holds only for traits in the ticket's `proven_traits`.
    #[schema(value_type = Vec<Object>)]
    policies: Value,
    /// The statuses in which the clock is paused. They hold for policies and for deadlines that were set as an amount;
    /// `resolved` always stops the clock. `pending` and `on_hold` if absent. Null, without policies, for a project in which
    /// nothing defers a deadline that was set.
    #[schema(value_type = Option<Vec<String>>)]
    paused_by: Value,
}

impl SlaPolicies {
    fn new(policies: &Policies) -> Self {
        let mut json = policies.to_json();
        let mut take = |key: &str| json.remove(key).unwrap_or_default();
        Self { policies: take("policies"), paused_by: take("paused_by") }
    }

    fn tagged(policies: &Policies) -> Tagged<Body<Self>> {
        Tagged(etag(version(policies)), Body(Self::new(policies)))
    }
}

/// Policies have no counter of their own, so what they say is their version.
fn version(policies: &Policies) -> u64 {
    let digest = digest_of(&[Value::Object(policies.to_json()).to_string().as_bytes()]);
    digest.iter().take(8).fold(0, |version, byte| version << 8 | u64::from(*byte))
}

/// Shows the policies of a project.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/sla_policies", tag = "sla", operation_id = "sla_policies_retrieve",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = SlaPolicies, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn retrieve(agent: Agent<ReadProjects>) -> Result<Tagged<Body<SlaPolicies>>, Problem> {
    Ok(SlaPolicies::tagged(&agent.desk.fresh_project().await?.policies))
}

/// Replaces the policies of a project. A ticket follows the new policies from its next change on. All tickets that are not
/// resolved follow them with the next tick of the clock, or the ticks after it if there are many. An error names its place,
/// such as `policies[0].targets.first_response.amount`.
#[utoipa::path(
    put, path = "/api/projects/{project_id}/conversations/sla_policies", tag = "sla", operation_id = "sla_policies_replace",
    params(("project_id" = u32, Path), ("If-Match" = Option<String>, Header)),
    request_body = SlaPolicies,
    responses((status = 200, body = SlaPolicies, headers(("ETag" = String, description = "What `If-Match` takes."))))
)]
pub(crate) async fn replace(
    agent: Agent<WriteProjects>,
    tag: IfMatch,
    Json(given): Json<Object>,
) -> Result<Tagged<Body<SlaPolicies>>, Problem> {
    let policies = Policies::parse(&given).map_err(|Invalid { place, reason }| Problem::invalid(place, reason))?;
    let replace = |project: &mut Project| {
        let policies = policies.clone().in_zone(project.settings.zone());
        tag.allow_change(version(&project.policies), *project.policies == policies)?;
        project.policies = policies.into();
        Ok::<_, Problem>(())
    };
    Ok(SlaPolicies::tagged(&agent.desk.update_project(&agent.by(), replace).await?.policies))
}

/// Shows example policies: the response targets of PostHog's support handbook, by the customer's `plan`, which must be a proven
/// trait.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/sla_policies/example", tag = "sla",
    operation_id = "sla_policies_example",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = SlaPolicies))
)]
pub(crate) async fn example(_: Agent<ReadProjects>) -> Result<Body<SlaPolicies>, Problem> {
    let policies = serde_json::from_str(HANDBOOK).ok().and_then(|given| Policies::parse(&given).ok());
    let policies = policies.ok_or_else(|| Problem::Internal { cause: "the example can't be read".to_owned() })?;
    Ok(Body(SlaPolicies::new(&policies)))
}

/// The state of a ticket's deadline, and the reasons for it.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct SlaExplained {
    #[serde(flatten)]
    sla: SlaBody,
    #[serde(flatten)]
    #[schema(value_type = SlaReasons)]
    because: Value,
}

impl SlaExplained {
    /// By these rules, which may not have reached the ticket yet.
    fn new(ticket: Ticket, rules: &Rules, now: Timestamp) -> Self {
        let ticket = aligned(&ticket, now, rules).unwrap_or(ticket);
        Self { sla: SlaBody::new(&ticket, &rules.policies, now), because: explain(&ticket, &rules.policies, now) }
    }
}

/// Explains the deadline of a ticket, and of each policy why the ticket follows it or not. It marks nothing as read.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/sla", tag = "sla", operation_id = "tickets_sla",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    responses((status = 200, body = SlaExplained))
)]
pub(crate) async fn of_ticket(on: OnTicket<ReadTickets>) -> Result<Body<SlaExplained>, Problem> {
    let OnTicket { agent, id } = on;
    let ticket = agent.desk.ticket(id).await?.ok_or(Problem::NotFound("Not found."))?;
    Ok(Body(SlaExplained::new(ticket, &agent.directory.project.rules(), agent.desk.now())))
}
