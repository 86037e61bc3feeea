//! What arrived by mail, and what became of it.

use axum::{Extension, Json as Body, extract::RawQuery};
use lambdesk_domain::{
    TicketId, Timestamp,
    mail::{MailReason, MailState, Received},
    permission::ReadTickets,
};
use lambdesk_http::{
    Agent, Problem,
    body::query_value,
    cursor::Seal,
    paging::{Links, LogWindow, Page},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{MailDomain, again::InboundId};

/// A mail that arrived.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct InboundBody {
    /// Its id in paths.
    id: String,
    /// The receiving service's id of it, by which the mail itself is kept.
    ses_id: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
    state: MailState,
    /// Why nothing became of it, if nothing did.
    reason: Option<MailReason>,
    /// The address that it came to.
    to: String,
    /// Who says to have written it; null if it names nobody.
    from: Option<String>,
    subject: String,
    /// The ticket that it opened, or that it is on. For a mail that had come before, the ticket of the first one.
    #[schema(value_type = Option<uuid::Uuid>)]
    ticket: Option<TicketId>,
    /// Whether its sender is proven to be who they say.
    verified: bool,
    /// How many files are attached to it.
    files: u32,
}

impl InboundBody {
    fn new(received: Received) -> Self {
        let Received { id: ses_id, at, state, reason, to, from, subject, ticket, verified, files, raw: _, found: _, turn: _ } =
            received;
        let id = InboundId { at, ses_id: ses_id.clone() }.to_string();
        Self { id, ses_id, at, state, reason, to, from, subject, ticket, verified, files }
    }
}

/// Lists the mails that arrived for the project in the last 400 days, newest first: each once, whatever became of it.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/email/inbound", tag = "email", operation_id = "email_inbound_list",
    params(
        ("project_id" = u32, Path),
        ("state" = Option<MailState>, Query),
        ("from" = Option<String>, Query, description = "An address"),
        ("ticket" = Option<uuid::Uuid>, Query),
        ("limit" = Option<usize>, Query, description = "1 to 200, 50 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
        ("cursor" = Option<String>, Query, description = "From `next`"),
    ),
    responses((status = 200, body = Page<InboundBody>))
)]
pub(crate) async fn list(
    agent: Agent<ReadTickets>,
    Extension(domain): Extension<MailDomain>,
    links: Links,
    RawQuery(query): RawQuery,
) -> Result<Body<Page<InboundBody>>, Problem> {
    domain.name()?;
    let query = query.unwrap_or_default();
    let filter = Filter::read(&query)?;
    let seal = Seal::new(&agent.directory.project, "inbound", &agent.desk.project());
    let asked = LogWindow::from_query(&query, 50, 200, seal)?;
    let log = agent.desk.inbound(filter != Filter::default(), |received| filter.admits(received), asked.stretch()).await?;
    let (skipped, next) = (log.skipped, log.next.clone());
    Ok(Body(asked.page(log.placed(InboundBody::new), skipped, None, next, &links)))
}

/// Which mails are asked for.
#[derive(Debug, Default, PartialEq, Eq)]
struct Filter {
    state: Option<MailState>,
    from: Option<String>,
    ticket: Option<TicketId>,
}

impl Filter {
    fn read(query: &str) -> Result<Self, Problem> {
        let given = |name| query_value(query, name).filter(|value| !value.is_empty());
        let state = given("state").map(|word| MailState::parse(&word).ok_or_else(|| Problem::invalid("state", "Is no state.")));
        let ticket = given("ticket").map(|id| id.parse().map_err(|_| Problem::invalid("ticket", "Must be a UUID.")));
        let from = given("from").map(|address| address.to_ascii_lowercase());
        Ok(Self { state: state.transpose()?, from, ticket: ticket.transpose()? })
    }

    fn admits(&self, received: &Received) -> bool {
        self.state.is_none_or(|state| state == received.state)
            && self.from.as_ref().is_none_or(|from| received.from.as_ref() == Some(from))
            && self.ticket.is_none_or(|ticket| received.ticket == Some(ticket))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn filters_name_what_is_wrong() {
        let read = Filter::read("state=held&from=Ann%40example.com").unwrap();
        assert_eq!((read.state, read.from.as_deref()), (Some(MailState::Held), Some("ann@example.com")));
        for (query, named) in [("state=eaten", "state"), ("ticket=7", "ticket")] {
            assert!(matches!(Filter::read(query), Err(Problem::Invalid { attr: Some(attr), .. }) if attr == named), "{query}");
        }
    }
}
