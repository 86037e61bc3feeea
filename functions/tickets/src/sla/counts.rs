//! How many tickets each policy holds.

use axum::Json as Body;
use lambdesk_domain::{
    permission::CountPolicies,
    policies::held::{Held, Holdings},
};
use lambdesk_http::{Agent, Problem};
use lambdesk_store::Unresolved;
use serde::Serialize;
use utoipa::ToSchema;

/// How many tickets each policy holds at present.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SlaCounts {
    /// The project's policies, in the order in which they are tried.
    policies: Vec<PolicyCount>,
    /// The tickets that no policy is about.
    without: TicketCount,
    /// How many tickets were read to count them; 0 if the totals tell all.
    examined: usize,
}

#[derive(Debug, Serialize, ToSchema)]
struct PolicyCount {
    name: String,
    #[serde(flatten)]
    count: TicketCount,
}

/// A number of tickets that are not resolved.
#[derive(Debug, Serialize, ToSchema)]
struct TicketCount {
    tickets: u64,
    /// False if there may be more. What changes while it is counted may be missed or counted before.
    is_exact: bool,
}

impl TicketCount {
    const fn new(Held { tickets, is_exact }: Held) -> Self {
        Self { tickets, is_exact }
    }
}

/// Counts the tickets that each policy holds: those that are not resolved and that no earlier policy holds. A deadline that was
/// set on a ticket changes nothing about that.
///
/// The totals count policies whose conditions are on priority and channel alone, within a second or two of a change. For others
/// the tickets are read, of each status those first that changed last, as far as one page of a list reads. In a project with
/// more of them, `is_exact` is false and the policy holds at least so many. A ticket that changes while it is counted may be missed.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/sla_policies/counts", tag = "sla", operation_id = "sla_policies_counts",
    params(("project_id" = u32, Path)),
    responses((status = 200, body = SlaCounts))
)]
pub(crate) async fn counts(agent: Agent<CountPolicies>) -> Result<Body<SlaCounts>, Problem> {
    let (project, totals) = tokio::try_join!(agent.desk.fresh_project(), agent.desk.totals())?;
    let policies = &project.policies;
    let mut holdings = Holdings::of_totals(policies, &totals);
    let mut examined = 0;
    if !holdings.are_exact() {
        let Unresolved { tickets, are_all } = agent.desk.unresolved(policies.ask_for_traits()).await?;
        holdings = holdings.with_tickets(policies, tickets.iter(), are_all);
        examined = tickets.len();
    }
    let each = policies.policies.iter().zip(holdings.policies);
    let policies = each.map(|(policy, held)| PolicyCount { name: policy.name.clone(), count: TicketCount::new(held) });
    Ok(Body(SlaCounts { policies: policies.collect(), without: TicketCount::new(holdings.without), examined }))
}
