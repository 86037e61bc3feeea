//! Several tickets, each with a change and expectations of its own. As with one change of many ([`Desk::change_each`]), what
//! becomes of one ticket does not depend on another.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{Actor, Command, Refusal, Ticket, TicketId, expected::Expected, permission::WritesTickets};

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    handles::bulk::Left,
    room::change::{Attempt, Outcome},
    transport::{call::Patience, keys},
};

/// How many tickets are changed at a time.
const AT_ONCE: usize = 16;

/// One ticket's change.
#[derive(Debug, Clone, PartialEq)]
pub struct Wanted {
    /// The ticket.
    pub id: TicketId,
    /// What is done to it.
    pub command: Command,
    /// What it must be before.
    pub expected: Expected,
}

/// A ticket that was changed.
#[derive(Debug, Clone, PartialEq)]
pub struct Changed {
    /// As it was when the change was decided.
    pub before: Ticket,
    /// As it is.
    pub after: Ticket,
}

impl<P: WritesTickets> Desk<P> {
    /// Makes each of these changes; what became of each, in their order.
    ///
    /// Trouble of the store ends it: some tickets may be changed by then.
    pub async fn change_all(
        &self,
        wanted: Vec<Wanted>,
        actor: &Actor,
    ) -> Result<Vec<(TicketId, Result<Changed, Left>)>, ChangeError> {
        let keys: Vec<_> = wanted.iter().map(|wanted| keys::ticket(self.project, wanted.id)).collect();
        let mut found: HashMap<_, _> = self.read_tickets(&keys).await?.into_iter().map(|ticket| (ticket.id, ticket)).collect();
        let tickets: Vec<_> = wanted.into_iter().map(|wanted| (found.remove(&wanted.id), wanted)).collect();
        let change = async |(ticket, wanted): (Option<Ticket>, Wanted)| {
            let Some(ticket) = ticket else { return Ok((wanted.id, Err(Left::NotFound))) };
            match Box::pin(self.change_as_wanted(ticket, &wanted, actor)).await {
                Ok(outcome) => Ok((wanted.id, outcome)),
                Err(ChangeError::NotFound) => Ok((wanted.id, Err(Left::NotFound))),
                Err(ChangeError::Refused(refusal)) => Ok((wanted.id, Err(Left::Refused(refusal)))),
                Err(ChangeError::Store(StoreError::TooLarge)) => Ok((wanted.id, Err(Left::TooLarge))),
                Err(error) => Err(error),
            }
        };
        stream::iter(tickets).map(change).buffered(AT_ONCE).try_collect().await
    }

    async fn change_as_wanted(
        &self,
        mut ticket: Ticket,
        wanted: &Wanted,
        actor: &Actor,
    ) -> Result<Result<Changed, Left>, ChangeError> {
        let mut patience = Patience::of_request();
        loop {
            if let Some(unmet) = wanted.expected.unmet(&ticket) {
                return Err(Refusal::Unmet(unmet).into());
            }
            match Box::pin(self.attempt(ticket.clone(), wanted.command.clone(), actor, None, &mut patience)).await? {
                Attempt::Done(applied) if applied.outcome == Outcome::Written => {
                    return Ok(Ok(Changed { before: ticket, after: applied.posted.ticket }));
                }
                Attempt::Done(_) => return Ok(Err(Left::Unchanged)),
                Attempt::HandedOn { .. } => return Err(ChangeError::NotFound),
                Attempt::Lost(item) => ticket = self.met(item).await?,
            }
            patience.again("a ticket").await?;
        }
    }
}
