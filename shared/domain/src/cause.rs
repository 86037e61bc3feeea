//! Who stands behind a change, without their name.

use crate::{actor::Stamp, message::Author, ticket::Ticket, words::words};

words! {
    /// Who caused a change.
    Cause {
        /// The ticket's customer.
        Customer = "customer",
        /// A member of the team, or a client with a member's key.
        Agent = "agent",
        /// A workflow, or a call of the external API.
        Workflow = "workflow",
        /// The desk itself: the clock, a hand-over, its own messages.
        Desk = "desk",
    }
}

impl Cause {
    /// The cause of a change with this stamp.
    pub const fn of(stamp: Stamp) -> Self {
        match stamp {
            Stamp::User(_) => Self::Agent,
            Stamp::Customer => Self::Customer,
            Stamp::Workflow(_) => Self::Workflow,
            Stamp::System { .. } => Self::Desk,
        }
    }

    /// The cause of a ticket's write. A new ticket names nobody who changed it. Only the widget says whether it knows the
    /// customer's identity; whoever files a ticket over REST has an agent's key.
    pub(crate) fn of_write(before: Option<&Ticket>, after: &Ticket) -> Self {
        match (after.changed_by, before) {
            (Some(stamp), _) => Self::of(stamp),
            (None, Some(_)) => Self::Desk,
            (None, None) if after.identity_verified.is_some() => Self::Customer,
            (None, None) => Self::Agent,
        }
    }

    /// The cause of a message.
    pub(crate) const fn of_author(author: &Author) -> Self {
        match author {
            Author::Customer | Author::Participant(_) => Self::Customer,
            Author::Desk => Self::Desk,
            Author::Support { .. } => Self::Agent,
        }
    }
}
