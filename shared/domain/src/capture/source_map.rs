//! Source maps that a project uploads, so that agents see the original file, line and function of an exception's frames.
//!
//! Whoever has `project:write` uploads them, and what they say may be wrong or hostile. So a map is read and bounded once, when
//! it is uploaded ([`read`]): what is kept is a plain map without the sources' texts, within the bounds of
//! [`walls`](super::walls). What is kept is opened when frames are to be resolved ([`trace`]).

pub mod name;
pub mod opened;
pub mod read;
mod sent;
pub mod trace;

pub use name::MapName;
pub use opened::{Opened, Original};
