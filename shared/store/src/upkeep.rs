//! What nobody asks for and the desk does by itself: folds of the stream, timers, and walks along the tickets.

pub(crate) mod hand_over;
pub(crate) mod load;
pub(crate) mod persons;
pub(crate) mod purge;
pub(crate) mod recount;
pub(crate) mod renewal;
pub(crate) mod rollout;
pub(crate) mod stream;
pub(crate) mod tags;
pub(crate) mod timers;
pub(crate) mod totals;
pub(crate) mod words;
pub(crate) mod zones;
