//! What the unmodified posthog-js sends beside the chat: events, exceptions and recordings of a browser session. Agents read them
//! next to a ticket, so that they see what the customer saw.
//!
//! Whoever has a project's public token can send any of this. So nothing here is believed: it makes no person, no identity, no
//! trait and no condition of a workflow. Everything is bounded before it is stored ([`walls`]).
//!
//! 1. [`wire`]: the bytes of a request become a batch of events, in any of the SDK's encodings.
//! 2. [`sent`]: one event of the batch: its session, its time, its properties.
//! 3. [`event`], [`exception`], [`recording`]: what is kept of it.
//! 4. [`quota`]: how much a session and a project may send.
//! 5. [`source_map`]: where an exception's frames lie in the project's own sources. A project uploads what tells.

pub mod event;
pub mod exception;
pub mod gzip;
pub mod pinned;
pub mod quota;
pub mod recording;
pub mod sent;
pub mod session_id;
pub mod source_map;
pub mod urls;
pub mod walls;
pub mod wire;

pub use event::SeenEvent;
pub use exception::SeenException;
pub use session_id::SessionId;
