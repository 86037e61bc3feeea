//! How large tickets are, as far as this process has read them.
//!
//! A range read can be bounded by a count of items and not by bytes, and a ticket's own item takes from a few hundred bytes to
//! [`LARGEST`]. A list that guessed wrong would read five partitions of a megabyte each. So each process remembers the size of the
//! tickets that it read of a project; before the first read it expects the largest, and pays a second step instead.

use std::sync::PoisonError;

use crate::room::Room;

/// What the longest texts of a customer make of a ticket's own item, in bytes: a name, an address and links of four bytes a
/// character, and the preview of the last message.
const LARGEST: usize = 16_384;
/// The smallest size that is reckoned with: a quarter of a page of small tickets may be larger than those that were read.
pub(super) const SMALLEST: usize = 2048;

impl Room {
    /// How many bytes a ticket of this project takes, about.
    pub(super) fn expected_size(&self) -> usize {
        let sizes = self.store.inner.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        sizes.get(&self.project).copied().unwrap_or(LARGEST)
    }

    /// Remembers the size of the tickets that one step of a list read. A larger size counts at once. A smaller one takes some
    /// thirty steps to be believed, since the next list may lead back to the large ones.
    pub(super) fn remember_size(&self, tickets: usize, bytes: usize) {
        let Some(read) = bytes.checked_div(tickets) else { return };
        let mut sizes = self.store.inner.sizes.lock().unwrap_or_else(PoisonError::into_inner);
        let known = sizes.entry(self.project).or_insert(read);
        *known = read.max(*known - *known / 16).max(SMALLEST);
    }
}
