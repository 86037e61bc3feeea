//! One change of many tickets. Each is decided and written by itself, as a change of one is: what becomes of one ticket
//! does not depend on another, and an interruption leaves some changed and the rest as they were.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{Actor, Command, Refusal, Ticket, TicketId, patch::Patch, permission::WritesTickets};

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    room::{change::Outcome, once::Receipt},
    transport::keys,
};

/// How many tickets are changed at a time.
const AT_ONCE: usize = 16;

/// Why a ticket is left as it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Left {
    /// There is none in this project.
    NotFound,
    /// It is so already.
    Unchanged,
    /// The domain refuses.
    Refused(Refusal),
    /// It would be larger than can be stored.
    TooLarge,
}

impl<P: WritesTickets> Desk<P> {
    /// Makes one change of each of these tickets; what became of each, in their order.
    ///
    /// Trouble of the store ends it: some tickets may be changed by then. Doing it again is safe, and changes the rest.
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

    /// Keeps the answer to a request whose effect was several writes, behind the last of them: a request that was
    /// interrupted has no record, and is carried out again. So is one whose answer is larger than an item can be.
    pub async fn keep_answer<T>(&self, receipt: Option<Receipt<'_, T>>, effect: &T) -> Result<(), StoreError> {
        match self.store.with_record(&mut Vec::new(), receipt, effect).await {
            Err(StoreError::TooLarge) => Ok(()),
            kept => kept,
        }
    }
}
