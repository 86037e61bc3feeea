//! A customer writes a message.

use axum::{
    http::{HeaderMap, Uri},
    response::{IntoResponse, Response},
};
use lambdesk_domain::{
    TicketId,
    access::Visitor,
    claims::Claims,
    command::FromCustomer,
    create::Draft,
    message::{Author, Content},
    ticket::{ChannelDetail, Fields, Origin},
    traits::{self, Entries, Object, Proven},
};
use lambdesk_http::{
    Answer, Idempotency, Json, Problem,
    body::{InOrder, Raw},
    idempotency::Repeated,
};
use lambdesk_runtime::crypto;
use lambdesk_store::{ChangeError, Posted, VisitorDesk};
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::{
    body::{Sent, problem},
    throttle::{Lane, PER_VISITOR},
    visitor::{Identification, Widget, check_distinct_id},
};

/// A message from the widget. Unknown keys are ignored.
///
/// Identity claims for any trait may stand beside these fields: `identity_<field>` with the trait's value,
/// `identity_hash_<field>`, and `identity_exp_<field>`, the expiry in Unix seconds, at most 24 hours ahead. The hash is
/// HMAC-SHA256 with the project's secret, as in `identity_hash`. It covers `v1`, the distinct id, the field, the value trimmed
/// and in lower case, and the expiry, joined by NUL. A claim that does not hold is ignored.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct FromWidget {
    /// 1 to 10,000 characters after trimming.
    message: String,
    /// The first 50 are kept, as far as they fit into 16 KB; `name` and `email` are always kept. Values are cut at 500
    /// characters.
    #[schema(value_type = Option<Object>)]
    traits: Option<InOrder>,
    /// Null opens a new ticket.
    ticket_id: Option<String>,
    /// The visitor's secret, in anonymous mode.
    widget_session_id: Option<String>,
    distinct_id: Option<String>,
    /// The proven distinct id, in identity mode.
    identity_distinct_id: Option<String>,
    /// The proof: HMAC-SHA256 of `identity_distinct_id` with the project's secret, in 64 hexadecimal digits.
    identity_hash: Option<String>,
    /// The analytics session, at most 64 characters.
    session_id: Option<String>,
    #[schema(value_type = Option<Object>)]
    session_context: Option<InOrder>,
    /// A honeypot: no person sees this field, so only a robot fills it in. Such a message is refused.
    #[serde(rename = "_hp")]
    #[schema(value_type = Option<String>)]
    honeypot: Option<Value>,
}

/// Stores a customer's message, on one of their tickets or as a new ticket.
#[utoipa::path(
    post, path = "/api/conversations/v1/widget/message", tag = "widget", operation_id = "widget_message_send",
    params(("Idempotency-Key" = Option<String>, Header)),
    request_body = FromWidget,
    responses((status = 200, body = Sent), (status = 404, description = "There is no such ticket."))
)]
pub(crate) async fn send(
    widget: Widget,
    headers: HeaderMap,
    uri: Uri,
    raw: axum::Extension<Raw>,
    Json(message): Json<FromWidget>,
) -> Result<Answer, Response> {
    let sending = Sending::check(&widget, &headers, &raw.0.0, message).map_err(IntoResponse::into_response)?;
    let visitor = sending.desk.visitor();
    let admitted = widget.admit(Lane::Write, &sending.desk);
    // In a flood a new session may not open tickets: doing so does not show that the session already holds one.
    let admitted = admitted.and_then(|admitted| if sending.ticket.is_none() { admitted.known() } else { Ok(()) });
    admitted.map_err(IntoResponse::into_response)?;
    let credential = [visitor.key(), visitor.session().to_owned()].join("\n");
    let route = format!("{} {}", widget.project.id, uri.path());
    let once = Idempotency::look_up(&widget.context, &headers, credential.as_bytes(), &route, &raw.0.0);
    let once = once.await.map_err(Repeated::into_response)?;
    match sending.carry_out(&widget, &once).await {
        Ok(posted) => {
            widget.holds_a_ticket(visitor);
            sending.tell_left_out(&widget, &posted);
            Ok(answer(&posted))
        }
        Err(error) => {
            if matches!(error, ChangeError::Limited { .. }) {
                widget.used_up(Lane::Write, visitor);
            }
            Err(problem(error).into_response())
        }
    }
}

fn answer(posted: &Posted) -> Answer {
    Answer::ok(&Sent::new(posted))
}

/// A message whose fields have all been checked.
struct Sending {
    desk: VisitorDesk,
    ticket: Option<TicketId>,
    distinct_id: String,
    content: Content,
    traits: Entries,
    claims: Claims,
    session_id: Option<String>,
    session_context: Entries,
    /// The keys as they were sent, some of which may not be kept.
    sent: SentKeys,
}

/// The keys of the traits and the context that the browser sent, to count how many were not kept.
struct SentKeys {
    traits: Vec<String>,
    session_context: Vec<String>,
}

impl Sending {
    fn check(widget: &Widget, headers: &HeaderMap, body: &[u8], message: FromWidget) -> Result<Self, Problem> {
        let FromWidget {
            message,
            traits,
            ticket_id,
            widget_session_id,
            distinct_id,
            identity_distinct_id,
            identity_hash,
            session_id,
            session_context,
            honeypot,
        } = message;
        if honeypot.is_some_and(|value| !value.is_null() && value != "") {
            return Err(widget.nobody(Lane::Write, Problem::refused("Invalid request")));
        }
        widget.check_origin(headers)?;
        let fields = Identification { widget_session_id, identity_distinct_id, identity_hash };
        let desk = widget.visitor(&fields).map_err(|problem| widget.nobody(Lane::Write, problem))?;
        let distinct_id = match (desk.visitor(), distinct_id) {
            (Visitor::Verified { distinct_id, .. }, _) => distinct_id.clone(),
            (Visitor::Anonymous { .. }, None) => return Err(Problem::required("distinct_id")),
            (Visitor::Anonymous { .. }, Some(id)) => {
                check_distinct_id("distinct_id", &id)?;
                id
            }
        };
        if session_id.as_ref().is_some_and(|id| id.chars().count() > 64) {
            return Err(Problem::invalid("session_id", "Ensure this field has no more than 64 characters."));
        }
        let ticket = ticket_id.map(|id| id.parse().map_err(|_| Problem::refused("Invalid ticket_id format")));
        let (InOrder(traits), InOrder(session_context)) = (traits.unwrap_or_default(), session_context.unwrap_or_default());
        let keys = |entries: &Entries| entries.iter().map(|(key, _)| key.clone()).collect();
        Ok(Self {
            desk,
            sent: SentKeys { traits: keys(&traits), session_context: keys(&session_context) },
            ticket: ticket.transpose()?,
            claims: widget.claims(body, &distinct_id, widget.context.now()),
            distinct_id,
            content: Content::from_customer(&message).map_err(Problem::content)?,
            traits: traits::from_widget(&traits),
            session_id: session_id.filter(|id| !id.is_empty()),
            session_context: traits::context_from_widget(&session_context),
        })
    }

    async fn carry_out(&self, widget: &Widget, once: &Idempotency) -> Result<Posted, ChangeError> {
        let receipt = once.receipt(&|posted| answer(posted).encode());
        if let Some(ticket) = self.ticket {
            self.desk.append(ticket, self.received(), PER_VISITOR, receipt).await
        } else {
            let said = [self.desk.visitor().key().into_bytes(), self.content.text.clone().into_bytes()];
            let fingerprint = crypto::fingerprint(&[&said[0], &said[1]]);
            self.desk.open(self.draft(widget), fingerprint, PER_VISITOR, receipt).await
        }
    }

    /// Logs how many traits and context values did not fit on the ticket. The log never names them, because they are personal
    /// data.
    fn tell_left_out(&self, widget: &Widget, posted: &Posted) {
        let left_out = |sent: &[String], kept: &Object| sent.iter().filter(|key| !kept.contains_key(*key)).count();
        let traits = left_out(&self.sent.traits, &posted.ticket.fields.anonymous_traits);
        let context = left_out(&self.sent.session_context, &posted.ticket.session_context);
        if traits + context > 0 {
            tracing::info!(
                project.id = %widget.project.id, ticket.id = %posted.ticket.id,
                traits.left_out = traits, session_context.left_out = context,
                "a customer's browser told more than a ticket keeps"
            );
        }
    }

    fn verified(&self) -> bool {
        matches!(self.desk.visitor(), Visitor::Verified { .. })
    }

    fn received(&self) -> FromCustomer {
        FromCustomer {
            content: self.content.clone(),
            traits: self.traits.clone(),
            claims: self.claims.clone(),
            session_id: self.session_id.clone(),
            session_context: self.session_context.clone(),
            verified: self.verified(),
            mail: None,
            entropy: crypto::entropy(),
        }
    }

    fn draft(&self, widget: &Widget) -> Draft {
        let (mut anonymous_traits, mut proven_traits) = (Object::new(), Proven::new());
        let claimed = self.claims.about(&self.distinct_id);
        traits::receive(&mut anonymous_traits, &mut proven_traits, self.traits.clone(), claimed);
        let embedded = widget.project.settings.widget_enabled();
        Draft {
            origin: Origin::Widget {
                session: Some(self.desk.visitor().session().to_owned()),
                detail: Some(if embedded { ChannelDetail::WidgetEmbedded } else { ChannelDetail::WidgetApi }),
            },
            distinct_id: self.distinct_id.clone(),
            identity_verified: Some(self.verified()),
            fields: Fields { anonymous_traits, proven_traits, ..Fields::default() },
            session_id: self.session_id.clone(),
            session_context: traits::collected(self.session_context.clone()),
            message: Some((Author::Customer, self.content.clone())),
            follows_up: None,
            mail: None,
        }
    }
}
