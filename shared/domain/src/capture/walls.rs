//! How much of what browsers send is taken.

/// The most bytes of a request's body with events.
pub const EVENTS_BODY: usize = 1_000_000;
/// The most bytes of a request's body with parts of a recording. Lambda takes 6 MB, and a body grows by a third on its way there.
pub const RECORDING_BODY: usize = 4_000_000;
/// The most bytes of a body after it is unzipped.
pub const UNZIPPED: usize = 20_000_000;
/// The most events that are read of one request.
pub const EVENTS: usize = 100;
/// The most sessions of one request. A browser sends those of one, or of two where one has just ended.
pub const SESSIONS: usize = 4;
/// The most bytes of one event's JSON. A longer one is left out, because it takes several times as much memory when it is read.
pub const EVENT: usize = 1_000_000;
/// The deepest nesting of a body with events.
pub const DEEPEST: u32 = 32;
/// The deepest nesting of a body with parts of a recording, in which a page's elements lie in each other.
pub const DEEPEST_RECORDING: u32 = 1024;
/// The most elements of an array that are read, such as events of a recorder: sixteen bytes each, so that an array of a million
/// commas stays harmless.
pub const RECORDED: usize = 50_000;

/// The most events of a session.
pub const SESSION_EVENTS: u64 = 2000;
/// The most different exceptions of a session.
pub const SESSION_EXCEPTIONS: usize = 50;
/// The most parts of a session's recording.
pub const SESSION_CHUNKS: u64 = 200;
/// The most bytes of a session, as they are stored.
pub const SESSION_BYTES: u64 = 10_000_000;

/// The most events of a project and day. A part of a recording counts as one.
pub const DAY_EVENTS: u64 = 500_000;
/// The most bytes of a project and day, as they are stored.
pub const DAY_BYTES: u64 = 500_000_000;

/// The most bytes that the events of one request and session take, zipped.
pub const EVENTS_ZIPPED: usize = 8 * 1024;
/// The most bytes of JSON that the events of one request and session have: they zip at up to a thousand to one.
pub const EVENTS_JSON: usize = 128 * 1024;
/// The most bytes of an exception's JSON.
pub const EXCEPTION: usize = 32 * 1024;
/// The most causes of an exception, itself included.
pub const CAUSES: usize = 5;
/// The most frames of a stack.
pub const FRAMES: usize = 50;
/// The most bytes of one part of a recording, zipped. What is stored as one takes 400 KB, with all that is beside it.
pub const CHUNK: usize = 380_000;
/// The most bytes that a ticket keeps of its session, zipped.
pub const PINNED: usize = 64 * 1024;
/// The most bytes of JSON that a ticket shows of the events around its creation, and that it keeps of its session.
pub const SEEN_JSON: usize = 2_000_000;

/// The most characters of a name or a value.
pub const TEXT: usize = 200;
/// The most properties of an event that the SDK sets, and the most that the page sets.
pub const PROPERTIES: usize = 20;
/// The most characters of an exception's message.
pub const MESSAGE: usize = 1000;

/// The most bytes of a source map as it is sent. Lambda takes 6 MB, and a body grows by a third on its way there.
pub const MAP_BODY: usize = 4_000_000;
/// The most bytes of a source map after it is unzipped.
pub const MAP_UNZIPPED: usize = 32_000_000;
/// The most bytes of what is kept of a source map, before it is zipped: it is read again for each ticket that needs it.
pub const MAP_KEPT: usize = 16_000_000;
/// The most positions of a source map, lines without any included. Each takes 28 bytes of memory where the map is open.
pub const MAP_POSITIONS: usize = 2_000_000;
/// The most sources of a source map.
pub const MAP_SOURCES: usize = 20_000;
/// The most names of a source map.
pub const MAP_NAMES: usize = 300_000;
/// The most sections of a source map.
pub const MAP_SECTIONS: usize = 10_000;
/// The largest line or column that a source map may name.
pub const MAP_PLACE: u32 = 100_000_000;
/// The most source maps of a project.
pub const MAPS: usize = 200;
/// The most bytes of a project's source maps, as they are stored.
pub const MAPS_BYTES: u64 = 200_000_000;
/// For how many days a source map is kept.
pub const MAP_DAYS: i64 = 90;
/// The most frames that are resolved for one answer.
pub const TRACED_FRAMES: usize = 50;
/// The most source maps that are opened for one answer, one after the other.
pub const TRACED_MAPS: usize = 3;
/// The most scripts that are asked for maps for one answer.
pub const TRACED_NAMES: usize = 20;
