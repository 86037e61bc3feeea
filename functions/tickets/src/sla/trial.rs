//! Policies that are not saved, tried on a ticket.

use axum::Json as Body;
use lambdesk_domain::{
    permission::ReadTickets,
    policies::{Invalid, Policies},
    rules::Rules,
    traits::Object,
};
use lambdesk_http::{Agent, Json, Problem};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use super::SlaExplained;
use crate::input::TicketRef;

/// A ticket, and the policies to try on it.
#[derive(ToSchema)]
#[expect(dead_code, reason = "the domain reads the JSON; this describes it")]
pub(crate) struct PolicyTrial {
    /// UUID, or ticket number.
    #[schema(schema_with = lambdesk_http::schema::number_or_text)]
    ticket: Value,
    /// As when policies are saved.
    #[schema(value_type = Vec<Object>)]
    policies: Value,
    /// As when policies are saved.
    #[schema(value_type = Option<Vec<String>>)]
    paused_by: Value,
}

/// Explains the deadline that a ticket would have if these were the project's policies. They are checked as when they are
/// saved. It changes nothing.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/sla_policies/try", tag = "sla", operation_id = "sla_policies_try",
    params(("project_id" = u32, Path)),
    request_body = PolicyTrial,
    responses((status = 200, body = SlaExplained))
)]
pub(crate) async fn try_out(agent: Agent<ReadTickets>, Json(mut given): Json<Object>) -> Result<Body<SlaExplained>, Problem> {
    let ticket = given.remove("ticket").ok_or_else(|| Problem::required("ticket"))?;
    let ticket = TicketRef::deserialize(ticket).map_err(|_| Problem::invalid("ticket", "Must be a ticket's UUID or number."))?;
    let policies = Policies::parse(&given).map_err(|Invalid { place, reason }| Problem::invalid(place, reason))?;
    let rules = agent.directory.project.rules();
    let rules = Rules { policies: policies.in_zone(rules.zone).into(), ..rules };
    let ticket = ticket.find(&agent.desk).await?.ok_or(Problem::NotFound("Not found."))?;
    Ok(Body(SlaExplained::new(ticket, &rules, agent.desk.now())))
}
