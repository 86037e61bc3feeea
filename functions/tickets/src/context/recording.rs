//! The answer about a session's recording.

use lambdesk_domain::{Ticket, Timestamp, capture::SessionId, settings::Capture};
use lambdesk_store::{ChunkInfo, Recording};
use serde::Serialize;
use utoipa::ToSchema;

use super::state::{Empty, State};

/// What there is of a session's recording.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct RecordingBody {
    #[schema(required)]
    session_id: Option<String>,
    state: State,
    /// Since when what was recorded is no longer kept.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expired_at: Option<Timestamp>,
    /// Until when the recording is kept.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    expires_at: Option<Timestamp>,
    /// Its parts, oldest first.
    chunks: Vec<Chunk>,
    /// How many events of the recorder were too large to be kept, or too many.
    left_out: u64,
}

/// A part of a recording.
#[derive(Debug, Serialize, ToSchema)]
struct Chunk {
    id: String,
    /// The tab that it shows.
    #[schema(required)]
    window_id: Option<String>,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    from: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    until: Timestamp,
    events: u64,
    /// As it is stored, compressed.
    bytes: u64,
}

impl RecordingBody {
    pub(crate) fn new(ticket: &Ticket, session: Option<SessionId>, recording: Recording, kept: Capture, now: Timestamp) -> Self {
        let Recording { chunks, left_out, until } = recording;
        let has_session = session.is_some();
        let empty = Empty { ticket, has_session, on: kept.recording, days: kept.recording_days, now };
        let (state, expired_at) = match until.filter(|until| *until <= now) {
            _ if !chunks.is_empty() => (State::Ready, None),
            Some(until) => (State::Expired, Some(until)),
            None => empty.state(),
        };
        Self {
            session_id: session.map(Into::into),
            state,
            expired_at,
            expires_at: until.filter(|_| state == State::Ready),
            chunks: chunks.into_iter().map(Chunk::new).collect(),
            left_out,
        }
    }
}

impl Chunk {
    fn new(chunk: ChunkInfo) -> Self {
        let ChunkInfo { id, window, from, until, events, bytes } = chunk;
        Self { id, window_id: window, from, until, events, bytes }
    }
}
