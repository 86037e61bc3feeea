//! Loading tickets by the million: the items that the functions and the relay would have written one by one. A benchmark fills
//! its database so, and a project without tickets takes over those of another desk.

use std::collections::{BTreeMap, HashMap};

use aws_sdk_dynamodb::types::AttributeValue;
use lambdesk_domain::{
    Message, ProjectId, Ticket,
    events::About,
    ids::TicketNumber,
    totals::{Cell, Delta},
};

use crate::{
    items,
    room::{create, timer},
    upkeep::{tags, totals, words},
};

/// Tickets on their way into a project.
#[derive(Debug)]
pub struct Load {
    project: ProjectId,
    totals: Delta,
    tags: BTreeMap<String, u64>,
    last: TicketNumber,
}

impl Load {
    /// A load into a project that has no ticket yet.
    pub fn new(project: ProjectId) -> Self {
        Self { project, totals: Delta::default(), tags: BTreeMap::new(), last: 0 }
    }

    /// The items of one ticket: the ticket, its profile if that lies apart, its first message, the shadows of its totals and
    /// tags, its timer, and the words that its customer is found by.
    pub fn items(&mut self, ticket: &Ticket, message: Option<&Message>) -> Vec<HashMap<String, AttributeValue>> {
        let cell = Cell::of(ticket);
        self.totals.change(None, Some(&cell));
        for tag in ticket.fields.tags.iter() {
            *self.tags.entry(tag.to_owned()).or_default() += 1;
        }
        self.last = self.last.max(ticket.number);
        let message = message.map(|message| items::message::write(self.project, &About::of(ticket), message));
        let mut stored = ticket.clone();
        let profile = items::profile::to_write(self.project, None, &mut stored);
        let own = [items::ticket::write(self.project, &stored), totals::counted(self.project, ticket)];
        let found_by = words::items(self.project, ticket);
        let beside = tags::counted(self.project, ticket).into_iter().chain(timer::of(self.project, ticket));
        own.into_iter().chain(profile).chain(beside).chain(found_by).chain(message).collect()
    }

    /// The items that sum up the tickets, once all of them are there: totals, tags, and the last number.
    pub fn end(self) -> Vec<HashMap<String, AttributeValue>> {
        let Self { project, totals, tags, last } = self;
        let tags = tags.into_iter().map(|(tag, count)| tags::item(project, &tag, count));
        totals::items(project, &totals).chain(tags).chain([create::write_number(project, last)]).collect()
    }
}
