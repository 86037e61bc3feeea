//! A customer has lost the tickets of their browser: they ask for a link to their address, and use it in another browser.

use axum::{
    Json as Body,
    http::{HeaderMap, Uri, header},
};
use lambdesk_domain::{TicketId, limit::Limit, mail::is_plausible};
use lambdesk_http::{Json, Problem, limits::CallerKind};
use lambdesk_store::Restored;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::{
    body::problem,
    throttle::Lane,
    visitor::{Identification, Widget},
};

/// The most characters of the page's address.
const PAGE: usize = 2000;
/// How often links may be used from one address.
const USES: Limit = Limit::per_minute(10);

/// Whose link, and on which page.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct RestoreRequest {
    /// The address that the customer gave in the widget.
    email: String,
    /// The page on which the widget is: on one of the project's domains.
    request_url: String,
}

/// That the request was taken.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Taken {
    ok: bool,
}

/// Asks for a link to the tickets of an address. The answer is the same whether any ticket has it or not.
#[utoipa::path(
    post, path = "/api/conversations/v1/widget/restore/request", tag = "widget", operation_id = "widget_restore_request",
    request_body = RestoreRequest,
    responses(
        (status = 200, body = Taken),
        (status = 429, description = "Over three links were asked for the address within an hour, or too many in all."),
    )
)]
pub(crate) async fn request(
    widget: Widget,
    headers: HeaderMap,
    Json(asked): Json<RestoreRequest>,
) -> Result<Body<Taken>, Problem> {
    widget.check_origin(&headers)?;
    is_enabled(&widget)?;
    let RestoreRequest { email, request_url } = asked;
    let email = email.trim().to_ascii_lowercase();
    if !is_plausible(&email) {
        return Err(Problem::invalid("email", "Enter a valid email address."));
    }
    widget.is_own_page(&headers, &request_url)?;
    widget.count_restore(Lane::Write.per_address())?;
    match widget.ask_to_restore(&email, request_url).await? {
        Ok(()) => Ok(Body(Taken { ok: true })),
        Err(retry_after) => Err(Problem::Limited { retry_after }),
    }
}

/// A link that is used. Unknown keys are ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct Restore {
    /// What the link holds: 40 to 50 characters.
    restore_token: String,
    /// The browser that gets the tickets.
    widget_session_id: String,
}

/// What a link came to.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RestoreAnswer {
    /// `success`, `expired`, `used` or `invalid`.
    status: &'static str,
    /// The browser that has the tickets now.
    #[serde(skip_serializing_if = "Option::is_none")]
    widget_session_id: Option<String>,
    /// The tickets, the newest first.
    #[schema(value_type = Vec<uuid::Uuid>)]
    migrated_ticket_ids: Vec<TicketId>,
}

/// Uses a link: its tickets are those of this browser from then on, and no more of the one before. A link works once, within an
/// hour, and ends the other links of its address.
#[utoipa::path(
    post, path = "/api/conversations/v1/widget/restore", tag = "widget", operation_id = "widget_restore",
    request_body = Restore,
    responses((status = 200, body = RestoreAnswer))
)]
pub(crate) async fn restore(
    widget: Widget,
    headers: HeaderMap,
    Json(given): Json<Restore>,
) -> Result<Body<RestoreAnswer>, Problem> {
    widget.check_origin(&headers)?;
    is_enabled(&widget)?;
    let Restore { restore_token, widget_session_id } = given;
    let fields = Identification { widget_session_id: Some(widget_session_id), ..Identification::default() };
    let desk = widget.visitor(&fields)?;
    widget.count_restore(USES)?;
    let is_token = (40..=50).contains(&restore_token.len());
    let restored = if is_token { Box::pin(desk.restore(&restore_token)).await.map_err(problem)? } else { Restored::Invalid };
    let (status, tickets) = match restored {
        Restored::Tickets(tickets) => ("success", tickets),
        Restored::Expired => ("expired", Vec::new()),
        Restored::Used => ("used", Vec::new()),
        Restored::Invalid => ("invalid", Vec::new()),
    };
    let session = (status == "success").then(|| desk.visitor().session().to_owned());
    Ok(Body(RestoreAnswer { status, widget_session_id: session, migrated_ticket_ids: tickets }))
}

fn is_enabled(widget: &Widget) -> Result<(), Problem> {
    if widget.project.settings.restores() { Ok(()) } else { Err(Problem::Forbidden("Restore is not enabled")) }
}

impl Widget {
    /// Refuses a page that is not the caller's own, or not on one of the project's domains: the desk sends no link elsewhere. A
    /// project without domains has none.
    fn is_own_page(&self, headers: &HeaderMap, page: &str) -> Result<(), Problem> {
        const REFUSED: Problem = Problem::Forbidden("Origin not allowed");
        let is_plain = page.is_ascii() && page.len() <= PAGE && !page.contains(['\\', '@', '"', '<', '>', ' ']);
        let uri: Uri = page.split('#').next().unwrap_or_default().parse().map_err(|_| REFUSED)?;
        let host = uri.host().filter(|_| is_plain && matches!(uri.scheme_str(), Some("http" | "https"))).ok_or(REFUSED)?;
        let named = [header::ORIGIN, header::REFERER].into_iter().find_map(|name| headers.get(name)?.to_str().ok());
        let from = named.and_then(|from| from.parse::<Uri>().ok());
        let is_same = from.as_ref().and_then(Uri::host).is_some_and(|from| from.eq_ignore_ascii_case(host));
        let settings = &self.project.settings;
        let is_own = !settings.domains().is_empty() && settings.allows_host(host) && !host.contains('%');
        if is_same && is_own { Ok(()) } else { Err(REFUSED) }
    }

    /// Counts a call about links by its address.
    fn count_restore(&self, limit: Limit) -> Result<(), Problem> {
        let who = format!("restore:{}:{}", limit.seconds, self.address);
        let admitted = self.context.limits.admit(CallerKind::Address, &who, limit, self.context.now());
        admitted.map_err(|retry_after| Problem::Limited { retry_after })
    }
}
