//! How large a project's tickets are, as this process has seen them.
//!
//! A range read can be bounded by a count of items and not by bytes, and a ticket's own item takes from a few hundred bytes to
//! [`LARGEST`]. A list that guessed wrong would read five partitions of a megabyte each. So each process remembers the size of
//! the tickets that it read of a project; before the first read it expects the largest, and pays a second step instead.

use std::sync::PoisonError;

use crate::room::Room;

/// What the longest texts of a customer make of a ticket's own item, in bytes: a name, an address and links of four bytes a
/// character, and the preview of the last message.
const LARGEST: usize = 16_384;
/// The smallest size that is expected. Some tickets of a page may be larger than the small ones that were read before.
pub(super) const SMALLEST: usize = 2048;

impl Room {
    /// About how many bytes a ticket of this project takes.
    pub(super) fn expected_size(&self) -> usize {
        let sizes = self.store.inner.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(&self.project).copied().unwrap_or(LARGEST)
    }

    /// Remembers the average size of the tickets that one step of a list read. A larger size counts at once. The remembered
    /// size shrinks by a sixteenth with each step at most, since the next list may read the large tickets again.
    pub(super) fn remember_size(&self, tickets: usize, bytes: usize) {
        let Some(read) = bytes.checked_div(tickets) else { return };
        let mut sizes = self.store.inner.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sizes.entry(self.project).or_insert(read);
        *known = read.max(*known - *known / 16).max(SMALLEST);
    }
}
