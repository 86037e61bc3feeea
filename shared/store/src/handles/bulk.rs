//! The same change of many tickets. Each ticket is decided and written by itself, so one ticket's result does not depend on
//! another. An interruption leaves some tickets changed and the rest as they were.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{Actor, Command, Refusal, Ticket, TicketId, patch::Patch, permission::WritesTickets};

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    room::change::Outcome,
    transport::keys,
};

/// How many tickets are changed at a time.
const AT_ONCE: usize = 16;

/// Why a ticket is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// There is none in this project.
    NotFound,
    /// The change would change nothing.
    Unchanged,
    /// The rules refuse the change.
    Refused(Refusal),
    /// It would be larger than can be stored.
    TooLarge,
}

impl<P: WritesTickets> Desk<P> {
    /// Makes one change of each of these tickets. Returns the result of each, in their order.
    ///
    /// Fails if the store fails. Some tickets may be changed by then; doing it again is safe, and changes the rest.
    pub async fn change_each(
        &self,
        ids: &[TicketId],
        actor: &Actor,
        patch: &Patch,
    ) -> Result<Vec<(TicketId, Result<Ticket, Left>)>, ChangeError> {
        let keys: Vec<_> = ids.iter().map(|id| keys::ticket(self.project, *id)).collect();
        let mut found: HashMap<_, _> = self.read_tickets(&keys).await?.into_iter().map(|ticket| (ticket.id, ticket)).collect();
        let tickets: Vec<_> = ids.iter().map(|id| (*id, found.remove(id))).collect();
        let change = async |(id, ticket)| Ok((id, self.change_or_leave(ticket, actor, patch).await?));
        stream::iter(tickets).map(change).buffered(AT_ONCE).try_collect().await
    }

    async fn change_or_leave(
        &self,
        ticket: Option<Ticket>,
        actor: &Actor,
        patch: &Patch,
    ) -> Result<Result<Ticket, Left>, ChangeError> {
        let Some(ticket) = ticket else { return Ok(Err(Left::NotFound)) };
        let command = |_: &_| Ok(Command::Update(Box::new(patch.clone())));
        match self.change_from(ticket, actor, &command, None).await {
            Ok(applied) if applied.outcome == Outcome::Written => Ok(Ok(applied.posted.ticket)),
            Ok(_) => Ok(Err(Left::Unchanged)),
            Err(ChangeError::NotFound) => Ok(Err(Left::NotFound)),
            Err(ChangeError::Refused(refusal)) => Ok(Err(Left::Refused(refusal))),
            Err(ChangeError::Store(StoreError::TooLarge)) => Ok(Err(Left::TooLarge)),
            Err(error) => Err(error),
        }
    }
}
