//! How a conversation goes on after its ticket has ended: a message that comes too late to reopen the ticket opens another.

use crate::{
    actor::Actor,
    command::FromCustomer,
    create::Draft,
    ids::TicketId,
    mail::OpenedByMail,
    message::Author,
    ticket::{Fields, Ticket},
    time::Timestamp,
    traits,
};

/// Two tickets to write in one transaction: the ended one, and the one that continues it.
#[derive(Debug, Clone, PartialEq)]
pub struct FollowUp {
    /// The ended ticket as it will be. It names the next one.
    pub ended: Ticket,
    /// The id of the next ticket.
    pub id: TicketId,
    /// The next ticket, with the message.
    pub draft: Draft,
}

impl FollowUp {
    /// Continues an ended ticket with what its customer sent at `now`.
    pub(crate) fn of(ended: &Ticket, received: FromCustomer, actor: &Actor, now: Timestamp) -> Self {
        let named = received.mail.as_ref().and_then(|mail| mail.opens);
        let id = named.unwrap_or_else(|| TicketId::new(now, received.entropy));
        // Nothing but the link changes. The ended ticket keeps its place in lists, and its timer.
        let linked = Ticket { follow_up: Some(id), version: ended.version + 1, changed_by: Some(actor.stamp()), ..ended.clone() };
        Self { ended: linked, id, draft: next(ended, received) }
    }
}

/// The next ticket takes over who the customer is and what is known of them. Status, priority, assignee and tags begin anew.
fn next(ended: &Ticket, received: FromCustomer) -> Draft {
    let FromCustomer { content, traits, claims, session_id, session_context, verified, mail, entropy: _ } = received;
    let author = mail.as_ref().and_then(|mail| mail.participant.clone()).map_or(Author::Customer, Author::Participant);
    let Fields { mut anonymous_traits, mut proven_traits, .. } = ended.fields.clone();
    let mut context = ended.session_context.clone();
    traits::receive(&mut anonymous_traits, &mut proven_traits, traits, claims.about(&ended.distinct_id));
    traits::merge(&mut context, session_context);
    Draft {
        origin: ended.origin.clone(),
        distinct_id: ended.distinct_id.clone(),
        identity_verified: if verified { Some(true) } else { ended.identity_verified },
        fields: Fields { anonymous_traits, proven_traits, ..Fields::default() },
        session_id: session_id.or_else(|| ended.session_id.clone()),
        session_context: context,
        message: Some((author, content)),
        follows_up: Some(ended.id),
        mail: ended.route.as_deref().map(|route| Box::new(OpenedByMail::next(route, mail.map(|mail| *mail)))),
    }
}

#[cfg(test)]
mod tests;
