//! The links from a page of tickets to the pages around it.

use lambdesk_domain::{
    Ticket, Timestamp,
    query::{Order, Position},
};
use lambdesk_http::paging::{Links, Window};
use lambdesk_store::{Direction, ListPage};

use super::cursor::{Binding, Counted, Cursor};

/// What the links depend on.
pub(super) struct Pages<'a> {
    pub(super) links: &'a Links,
    pub(super) binding: &'a Binding<'a>,
    pub(super) direction: Direction,
    pub(super) from: Option<Position>,
    pub(super) window: Window,
    pub(super) count: Counted,
    pub(super) order: Order,
    pub(super) until: Option<Timestamp>,
}

/// The links to the next and the previous page of the list, whichever direction the page was read in.
pub(super) struct Around {
    pub(super) next: Option<String>,
    pub(super) previous: Option<String>,
}

impl Pages<'_> {
    pub(super) fn around(&self, listed: &ListPage) -> Around {
        let ListPage { tickets, skipped, more, reached, .. } = listed;
        let (skipped, more, reached) = (*skipped, *more, *reached);
        let (mut first, mut last) = (tickets.first(), tickets.last());
        if self.direction == Direction::Back {
            (first, last) = (last, first);
        }
        let place = |ticket: Option<&Ticket>| ticket.map(|ticket| self.order.place(ticket));
        let (first, last) = (place(first), place(last));
        // If the read budget ran out while skipping, the next request skips the rest.
        let left = self.window.offset - skipped;
        let on = |at: Option<Position>, offset| at.map(|at| self.link(Direction::Onward, at, offset));
        let back = |at: Option<Position>| at.map(|at| self.link(Direction::Back, at, 0));
        let (next, previous) = match self.direction {
            Direction::Onward => {
                let came_from = self.from.is_some() || skipped > 0;
                let previous = match first {
                    Some(first) if came_from => back(Some(first)),
                    Some(_) => None,
                    // The page is empty. Its cursor may name the place of a ticket that was shown, and reading back leaves out
                    // the place where it starts. So it starts one step behind that place.
                    None if self.from.is_some() => back(reached.map(|at| self.order.beside(at, true))),
                    None => self.before_an_offset(),
                };
                (on(reached.filter(|_| more), left), previous)
            }
            Direction::Back => {
                let next = last.or_else(|| reached.map(|at| self.order.beside(at, false)));
                (on(next, 0), back(reached.filter(|_| more)))
            }
        };
        Around { next, previous }
    }

    /// The link back from behind the end of the list, where there is no ticket to read back from.
    fn before_an_offset(&self) -> Option<String> {
        let Window { limit, offset } = self.window;
        let before = offset.saturating_sub(limit);
        let before = (before > 0).then(|| before.to_string());
        (offset > 0).then(|| self.links.with(&[("offset", before), ("cursor", None)]))
    }

    fn link(&self, direction: Direction, at: Position, offset: usize) -> String {
        let offset = (offset > 0).then(|| offset.to_string());
        let cursor = self.binding.write(&Cursor { direction, at, count: self.count, until: self.until });
        self.links.with(&[("offset", offset), ("cursor", Some(cursor))])
    }
}
