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

#[cfg(test)]
mod tests {
    use super::*;
    use crate::{ids::UserId, mail::Participant, testing::ticket};

    #[test]
    fn a_change_is_caused_by_whoever_made_it() {
        for (stamp, cause) in [
            (Stamp::User(UserId(1)), Cause::Agent),
            (Stamp::Customer, Cause::Customer),
            (Stamp::Workflow(None), Cause::Workflow),
            (Stamp::System { late_secs: 9 }, Cause::Desk),
        ] {
            assert_eq!(Cause::of(stamp), cause);
        }
    }

    #[test]
    fn a_new_ticket_is_of_the_customer_if_the_widget_opened_it() {
        let new = |identity_verified, changed_by| Ticket { identity_verified, changed_by, ..ticket() };
        assert_eq!(Cause::of_write(None, &new(Some(false), None)), Cause::Customer);
        assert_eq!(Cause::of_write(None, &new(Some(true), None)), Cause::Customer);
        assert_eq!(Cause::of_write(None, &new(None, None)), Cause::Agent);
        assert_eq!(Cause::of_write(Some(&ticket()), &new(Some(true), None)), Cause::Desk);
        assert_eq!(Cause::of_write(Some(&ticket()), &new(Some(true), Some(Stamp::Workflow(None)))), Cause::Workflow);
    }

    #[test]
    fn a_message_is_caused_by_the_side_of_its_author() {
        let bob = Participant { name: "Bob".to_owned(), address: "bob@example.com".to_owned() };
        for (author, cause) in [
            (Author::Customer, Cause::Customer),
            (Author::Participant(bob), Cause::Customer),
            (Author::Desk, Cause::Desk),
            (Author::Support { user: None, name: "Support".to_owned() }, Cause::Agent),
        ] {
            assert_eq!(Cause::of_author(&author), cause);
        }
    }
}
