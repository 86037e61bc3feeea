//! The answer about what a customer's browser sent.

use lambdesk_domain::{
    MessageId, Ticket, Timestamp,
    capture::{
        SeenEvent,
        exception::{Cause, Frame},
        pinned::{Repeated, Seen},
        source_map::{Original, trace::Originals},
    },
    settings::Capture,
    traits::Object,
};
use lambdesk_store::{NamedSession, SeenOfTicket};
use serde::Serialize;
use utoipa::ToSchema;

use super::state::{Empty, State};

/// What the customer's browser sent.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ContextBody {
    /// The session in which the ticket was opened.
    #[schema(required)]
    session_id: Option<String>,
    /// Whether the ticket keeps events and errors, so that they last as long as it does.
    is_kept: bool,
    events: Events,
    errors: Errors,
    /// The sessions that the ticket's messages came from: the newest ten, the newest first.
    sessions: Vec<Session>,
}

/// Events around the ticket's creation.
#[derive(Debug, Serialize, ToSchema)]
struct Events {
    state: State,
    /// Since when what was recorded is no longer kept.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expired_at: Option<Timestamp>,
    /// Oldest first.
    results: Vec<EventBody>,
    /// How many more the desk counted. What is beyond the bounds of a request or a session is not counted.
    left_out: u64,
}

/// An event.
#[derive(Debug, Serialize, ToSchema)]
struct EventBody {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
    event: String,
    /// The page that it happened on.
    #[schema(required)]
    url: Option<String>,
    distinct_id: String,
    /// Whether this distinct id is not the ticket's.
    is_other_person: bool,
    #[schema(required)]
    window_id: Option<String>,
    /// Texts of up to 200 characters, numbers and booleans.
    #[schema(value_type = Object)]
    properties: Object,
}

/// Errors of the session.
#[derive(Debug, Serialize, ToSchema)]
struct Errors {
    state: State,
    /// Since when what was recorded is no longer kept.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expired_at: Option<Timestamp>,
    /// By class and place, the latest first.
    results: Vec<ErrorBody>,
    /// How many more the desk counted. What is beyond the bounds of a request or a session is not counted.
    left_out: u64,
}

/// An error, and how often it came.
#[derive(Debug, Serialize, ToSchema)]
struct ErrorBody {
    id: String,
    r#type: String,
    message: String,
    /// Whether the page caught it; null if the SDK did not say.
    #[schema(required)]
    is_handled: Option<bool>,
    count: u64,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    first_at: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    last_at: Timestamp,
    #[schema(required)]
    url: Option<String>,
    #[schema(required)]
    window_id: Option<String>,
    /// The error itself, and behind it what caused it.
    causes: Vec<CauseBody>,
}

/// An error in a chain of causes.
#[derive(Debug, Serialize, ToSchema)]
struct CauseBody {
    r#type: String,
    message: String,
    #[schema(required)]
    is_handled: Option<bool>,
    /// The stack. The first frame is where it happened.
    frames: Vec<FrameBody>,
}

/// A frame of a stack.
#[derive(Debug, Serialize, ToSchema)]
struct FrameBody {
    #[schema(required)]
    file: Option<String>,
    #[schema(required)]
    function: Option<String>,
    #[schema(required)]
    line: Option<u32>,
    #[schema(required)]
    column: Option<u32>,
    /// Whether it is the page's own code and no library.
    is_own: bool,
    /// The id that `posthog-cli sourcemap inject` gave to the script.
    #[schema(required)]
    chunk_id: Option<String>,
    /// Where it lies in the project's sources; null without a source map that tells.
    #[schema(required)]
    original: Option<OriginalBody>,
}

/// Where a frame lies in the project's sources, as a source map says.
#[derive(Debug, Serialize, ToSchema)]
struct OriginalBody {
    /// The source, as the map names it.
    file: String,
    /// From 1.
    line: u32,
    /// From 1.
    column: u32,
    /// The function's name, if its caller has the original name and the frame's own was shortened.
    #[schema(required)]
    function: Option<String>,
}

/// A browser session that a message of the ticket came from.
#[derive(Debug, Serialize, ToSchema)]
struct Session {
    id: String,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    named_at: Timestamp,
    #[schema(required, value_type = Option<uuid::Uuid>)]
    message_id: Option<MessageId>,
    has_recording: bool,
}

impl ContextBody {
    pub(crate) fn new(ticket: &Ticket, seen: SeenOfTicket, mut originals: Originals, kept: Capture, now: Timestamp) -> Self {
        let SeenOfTicket { seen: Seen { events, errors, events_left_out, errors_left_out }, is_kept, sessions } = seen;
        let session = ticket.first_session();
        let empty = |on| Empty { ticket, has_session: session.is_some(), on, days: kept.days, now };
        let state = |is_empty: bool, on| if is_empty { empty(on).state() } else { (State::Ready, None) };
        let (of_events, events_expired) = state(events.is_empty(), kept.events);
        let (of_errors, errors_expired) = state(errors.is_empty(), kept.exceptions);
        Self {
            session_id: session.map(Into::into),
            is_kept,
            events: Events {
                state: of_events,
                expired_at: events_expired,
                results: events.into_iter().map(|event| EventBody::new(event, &ticket.distinct_id)).collect(),
                left_out: events_left_out,
            },
            errors: Errors {
                state: of_errors,
                expired_at: errors_expired,
                results: errors.into_iter().filter_map(|error| ErrorBody::new(error, &mut originals)).collect(),
                left_out: errors_left_out,
            },
            sessions: sessions.into_iter().map(Session::new).collect(),
        }
    }
}

impl EventBody {
    fn new(event: SeenEvent, distinct_id: &str) -> Self {
        let SeenEvent { id: _, at, name, url, distinct_id: of, window, properties } = event;
        let is_other_person = of != distinct_id;
        Self { at, event: name, url, distinct_id: of, is_other_person, window_id: window, properties }
    }
}

impl ErrorBody {
    fn new(error: Repeated, originals: &mut Originals) -> Option<Self> {
        let Repeated { id, first, count, last_at } = error;
        let cause = first.causes.first()?;
        Some(Self {
            id,
            r#type: cause.kind.clone(),
            message: cause.message.clone(),
            is_handled: cause.handled,
            count,
            first_at: first.at,
            last_at,
            url: first.url,
            window_id: first.window,
            causes: first.causes.into_iter().map(|cause| CauseBody::new(cause, originals)).collect(),
        })
    }
}

impl CauseBody {
    fn new(cause: Cause, originals: &mut Originals) -> Self {
        let Cause { kind, message, handled, frames } = cause;
        let frames = frames.into_iter().zip(originals.next_stack());
        let frames = frames.map(|(frame, original)| FrameBody::new(frame, original)).collect();
        Self { r#type: kind, message, is_handled: handled, frames }
    }
}

impl FrameBody {
    fn new(frame: Frame, original: Option<Original>) -> Self {
        let Frame { file, function, line, column, own, chunk_id } = frame;
        Self { file, function, line, column, is_own: own, chunk_id, original: original.map(OriginalBody::new) }
    }
}

impl OriginalBody {
    fn new(original: Original) -> Self {
        let Original { file, line, column, function } = original;
        Self { file, line, column, function }
    }
}

impl Session {
    fn new(session: NamedSession) -> Self {
        let NamedSession { id, named_at, message, has_recording } = session;
        Self { id: id.into(), named_at, message_id: message, has_recording }
    }
}
