//! What agents write, checked and read into the domain's types.

use axum::{extract::FromRequestParts, http::request::Parts};
use lambdesk_domain::{
    MessageId, Ticket, TicketId,
    permission::{Permission, ReadsTickets},
    tags::Tags,
    text::short,
    ticket::Priority,
    traits::Object,
};
pub(crate) use lambdesk_http::input::bounded;
use lambdesk_http::{Agent, Authenticated, Context, Problem, auth::path_param};
use lambdesk_mail::address::Address;
use lambdesk_store::Desk;
use serde::{
    Deserialize, Deserializer,
    de::{Error, IntoDeserializer},
};
use serde_json::Value;

/// The most bytes of traits that agents may set, as JSON.
const TRAITS: usize = 32_000;

/// The most addresses of one field.
const ADDRESSES: usize = 20;

/// A priority: null or blank clears it.
pub(crate) fn priority<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Option<Priority>>, D::Error> {
    let word = Option::<String>::deserialize(deserializer)?.filter(|word| !word.is_empty());
    word.map(|word| Priority::deserialize(word.into_deserializer())).transpose().map(Some)
}

/// Tags in the form they are stored in. Tags that break a rule are 400.
pub(crate) fn tags(given: &[String]) -> Result<Tags, Problem> {
    Tags::new(given).map_err(|error| Problem::invalid("tags", error.to_string()))
}

/// Addresses that mail can be sent to, each once.
pub(crate) fn addresses(field: &'static str, given: &[String]) -> Result<Vec<String>, Problem> {
    if given.len() > ADDRESSES {
        return Err(Problem::invalid(field, "Can have at most 20 addresses."));
    }
    let mut addresses: Vec<String> = Vec::new();
    for text in given {
        let address = Address::read(text).filter(Address::is_sendable);
        let address = address.ok_or_else(|| not_an_address(field, text))?.to_string();
        if !addresses.contains(&address) {
            addresses.push(address);
        }
    }
    Ok(addresses)
}

fn not_an_address(field: &'static str, text: &str) -> Problem {
    Problem::invalid(field, format!("Each has to be an e-mail address, and this is none: {}", short(text)))
}

/// The id of a ticket in a request body.
#[derive(Debug, Clone, Copy)]
pub(crate) struct GivenId(pub(crate) TicketId);

// Not derived, so that the error for anything but a UUID is in this API's words.
impl<'de> Deserialize<'de> for GivenId {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        text.parse().map(Self).map_err(|_| D::Error::custom("Must be a UUID."))
    }
}

/// A ticket's UUID or number; a number may be text.
#[derive(Debug, Clone, Deserialize)]
#[serde(untagged)]
pub(crate) enum TicketRef {
    Number(u64),
    Text(String),
}

impl TicketRef {
    /// The ticket, if the project has it.
    pub(crate) async fn find<P: ReadsTickets>(&self, desk: &Desk<P>) -> Result<Option<Ticket>, Problem> {
        let id = match self {
            Self::Number(number) => desk.id_of_number(*number).await?,
            Self::Text(text) => id_of(text, desk).await?,
        };
        match id {
            Some(id) => Ok(desk.ticket(id).await?),
            None => Ok(None),
        }
    }
}

/// The ticket's id that a UUID or a ticket number names. A UUID is not looked up. A number has one way to be written.
async fn id_of<P: ReadsTickets>(given: &str, desk: &Desk<P>) -> Result<Option<TicketId>, Problem> {
    if let Ok(id) = uuid::Uuid::try_parse(given) {
        return Ok(Some(TicketId(id)));
    }
    match given.parse().ok().filter(|number: &u64| number.to_string() == given) {
        Some(number) => Ok(desk.id_of_number(number).await?),
        None => Ok(None),
    }
}

/// The traits, if they have at most [`TRAITS`] bytes as JSON.
pub(crate) fn traits(given: Object) -> Result<Object, Problem> {
    let value = Value::Object(given);
    if value.to_string().len() > TRAITS {
        return Err(Problem::invalid("anonymous_traits", "Must be at most 32000 bytes as JSON."));
    }
    match value {
        Value::Object(object) => Ok(object),
        _ => Ok(Object::new()),
    }
}

/// The most characters of an escalation reason.
pub(crate) const ESCALATION_REASON: usize = 10_000;

const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// An agent, and the ticket in the path: a UUID or a ticket number. Anything else is 404. A UUID is not looked up yet.
pub(crate) struct OnTicket<P> {
    pub(crate) agent: Agent<P>,
    pub(crate) id: TicketId,
}

impl<P: Permission> Authenticated for OnTicket<P> {
    type Permission = P;
}

impl<P: Permission + ReadsTickets> FromRequestParts<Context> for OnTicket<P> {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let agent = Agent::<P>::from_request_parts(parts, context).await?;
        let given = path_param(parts, context, "id").await.ok_or(NOT_FOUND)?;
        let id = id_of(&given, &agent.desk).await?.ok_or(NOT_FOUND)?;
        Ok(Self { agent, id })
    }
}

/// The file in the path.
pub(crate) struct AttachmentId(pub(crate) uuid::Uuid);

impl FromRequestParts<Context> for AttachmentId {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let given = path_param(parts, context, "attachment_id").await;
        given.and_then(|id| id.parse().ok()).map(Self).ok_or(NOT_FOUND)
    }
}

/// The message or private note in the path.
pub(crate) struct MessageOfPath(pub(crate) MessageId);

impl FromRequestParts<Context> for MessageOfPath {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let given = path_param(parts, context, "message_id").await;
        given.and_then(|id| id.parse().ok()).map(Self).ok_or(NOT_FOUND)
    }
}
