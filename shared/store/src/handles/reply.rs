//! An agent's reply that minds what someone else wrote meanwhile.

use lambdesk_domain::{
    Actor, Command, Message, Refusal, Ticket, TicketId, Timestamp, command::ReplyAndChange, expected::Expected, message::Author,
    permission::WritesTickets,
};

use crate::{
    Desk, Posted,
    error::{ChangeError, StoreError},
    items,
    room::{Room, change::Outcome, once::Receipt},
    transport::{
        call::Patience,
        item::Reader,
        keys::{self, LAST, TicketRow},
        read::Range,
    },
};

/// How many public messages that came meanwhile are looked at in one step.
const LOOKED_AT: usize = 50;
/// How many of them are shown.
const SHOWN: usize = 10;

/// Why a reply was not written.
#[derive(Debug, thiserror::Error)]
pub enum NotSent {
    /// Someone else has written since what the sender saw.
    #[error("someone else has written meanwhile")]
    Newer(Box<Newer>),
    /// The change was not made.
    #[error(transparent)]
    Change(#[from] ChangeError),
}

impl From<StoreError> for NotSent {
    fn from(error: StoreError) -> Self {
        Self::Change(error.into())
    }
}

/// What the sender of a reply has not seen.
#[derive(Debug, Clone, PartialEq)]
pub struct Newer {
    /// The ticket as it is.
    pub ticket: Ticket,
    /// The last public messages that came since, oldest first.
    pub messages: Vec<Message>,
}

impl<P: WritesTickets> Desk<P> {
    /// Writes a reply together with its change of the ticket, unless someone else wrote a public message since what the sender
    /// saw, or the ticket is not as it is expected. Returns what [`Desk::change`] does.
    pub async fn reply(
        &self,
        id: TicketId,
        actor: &Actor,
        mut reply: ReplyAndChange,
        expected: &Expected,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<(Posted, bool), NotSent> {
        let mut patience = Patience::of_request();
        loop {
            let ticket = self.ticket(id).await?.ok_or(ChangeError::NotFound)?;
            let command = Command::ReplyAndChange(Box::new(reply.clone()));
            let checked = |ticket: &Ticket| match expected.unmet(ticket) {
                // A repetition meets the ticket as the first request has left it.
                Some(unmet) if reply.reply.repeats(&ticket.thread, self.now()).is_none() => Err(Refusal::Unmet(unmet).into()),
                Some(_) | None => Ok(command.clone()),
            };
            match self.change_from(ticket, actor, &checked, receipt).await {
                Err(ChangeError::Refused(Refusal::NewerMessage)) => {}
                written => return Ok(written.map(|applied| (applied.posted, applied.outcome == Outcome::Replayed))?),
            }
            let Some(seen) = reply.seen_until else { return Err(ChangeError::Refused(Refusal::NewerMessage).into()) };
            let mut newer = self.messages_after(id, seen).await?;
            if newer.iter().any(|message| !is_by(message, actor)) {
                let ticket = self.ticket(id).await?.ok_or(ChangeError::NotFound)?;
                newer.drain(..newer.len().saturating_sub(SHOWN));
                return Err(NotSent::Newer(Box::new(Newer { ticket, messages: newer })));
            }
            // The sender's own messages are no surprise, whether the page has shown them or not.
            reply.seen_until = newer.last().map_or(reply.seen_until, |own| Some(own.created_at));
            patience.again("a reply").await?;
        }
    }
}

fn is_by(message: &Message, actor: &Actor) -> bool {
    match (&message.author, actor) {
        (Author::Support { user: Some(author), .. }, Actor::User { id, .. }) => author == id,
        _ => false,
    }
}

impl Room {
    /// The public messages after a time, oldest first, at most [`LOOKED_AT`].
    async fn messages_after(&self, id: TicketId, after: Timestamp) -> Result<Vec<Message>, StoreError> {
        let range = Range::new("PK = :pk AND SK BETWEEN :from AND :end")
            .text(":pk", keys::ticket_partition(self.project, id))
            .text(":from", format!("{}{}~", TicketRow::Message.first(), keys::fixed(after)))
            .text(":end", LAST)
            .limit(LOOKED_AT)
            .consistent();
        let items = self.store.query(range).await?.items;
        items.iter().filter(|item| Reader(item).sort_key().ok() != Some(LAST)).map(items::message::read).collect()
    }
}
