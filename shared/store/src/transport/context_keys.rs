//! Every key of the table of what browsers sent. `p` is a project, `s` a browser session, `t` a ticket.
//!
//! | item | PK | SK |
//! | --- | --- | --- |
//! | events of one request | `E#p#s` | `<milliseconds>#<id>` |
//! | what is known of a part of the recording | `E#p#s` | `R#<milliseconds>#<id>` |
//! | exception | `E#p#s` | `X#<fingerprint>` |
//! | session: how much it has sent, and which tickets name it | `E#p#s` | `~` |
//! | part of the recording | `R#p#s` | `<milliseconds>#<id>` |
//! | session that a ticket names | `T#p#t` | `<session>` |
//! | that the ticket is gone | `T#p#t` | `~` |
//! | how much a project has sent on a day | `Q#p` | `<day>` |
//! | source map: what it is of, and which upload has it | `M#p` | `<id>` |
//! | that a project has source maps, and which change of them was the last | `M#p` | `~` |
//! | part of an upload of a source map | `B#p#<upload>` | `<number>` |
//!
//! The id of a session is letters, digits and `-`, by its type.

use lambdesk_domain::{ProjectId, TicketId, Timestamp, capture::SessionId};
use uuid::Uuid;

use crate::transport::key::{Key, LAST};

/// The first sort key of what is known of a recording's parts.
pub(crate) const CHUNKS: &str = "R#";
/// The first sort key behind these.
pub(crate) const AFTER_CHUNKS: &str = "R$";
/// The first sort key of exceptions. Behind them is only the session itself.
pub(crate) const EXCEPTIONS: &str = "X#";

/// A time within a key: thirteen digits, so that text sorts as time does until the year 2286.
pub(crate) fn millis(at: Timestamp) -> String {
    format!("{:013}", at.micros() / 1000)
}

pub(crate) fn session_partition(project: ProjectId, session: &SessionId) -> String {
    format!("E#{project}#{session}")
}

pub(crate) fn session(project: ProjectId, session: &SessionId) -> Key {
    Key::alone(session_partition(project, session))
}

pub(crate) fn events(project: ProjectId, session: &SessionId, at: Timestamp, id: Uuid) -> Key {
    Key::new(session_partition(project, session), format!("{}#{id}", millis(at)))
}

pub(crate) fn exception(project: ProjectId, session: &SessionId, fingerprint: &str) -> Key {
    Key::new(session_partition(project, session), format!("{EXCEPTIONS}{fingerprint}"))
}

/// The name of a part within its session.
pub(crate) fn chunk_name(at: Timestamp, id: Uuid) -> String {
    format!("{}#{id}", millis(at))
}

/// Where the contents of a recording's parts lie.
pub(crate) fn chunks_partition(project: ProjectId, session: &SessionId) -> String {
    format!("R#{project}#{session}")
}

pub(crate) fn chunk(project: ProjectId, session: &SessionId, name: &str) -> Key {
    Key::new(chunks_partition(project, session), name)
}

pub(crate) fn chunk_info(project: ProjectId, session: &SessionId, name: &str) -> Key {
    Key::new(session_partition(project, session), format!("{CHUNKS}{name}"))
}

pub(crate) fn named_partition(project: ProjectId, ticket: TicketId) -> String {
    format!("T#{project}#{ticket}")
}

pub(crate) fn named(project: ProjectId, ticket: TicketId, session: &SessionId) -> Key {
    Key::new(named_partition(project, ticket), session.as_str())
}

pub(crate) fn gone(project: ProjectId, ticket: TicketId) -> Key {
    Key::new(named_partition(project, ticket), LAST)
}

pub(crate) fn day(project: ProjectId, day: i64) -> Key {
    Key::new(format!("Q#{project}"), day.to_string())
}

/// The partition of what is known of a project's source maps.
pub(crate) fn maps_partition(project: ProjectId) -> String {
    format!("M#{project}")
}

pub(crate) fn map(project: ProjectId, id: Uuid) -> Key {
    Key::new(maps_partition(project), id.to_string())
}

pub(crate) fn maps(project: ProjectId) -> Key {
    Key::alone(maps_partition(project))
}

pub(crate) fn upload_part(project: ProjectId, upload: Uuid, number: usize) -> Key {
    Key::new(format!("B#{project}#{upload}"), format!("{number:03}"))
}
