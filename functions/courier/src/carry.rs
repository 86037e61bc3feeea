//! The mail that brings a message of a ticket.

use std::sync::Arc;

use lambdesk_domain::{
    Message, TicketId,
    delivery::{Delivery, Errand, Outcome},
    directory::Directory,
    mail::Mailbox,
};
use lambdesk_store::CourierDesk;

use crate::{
    Courier, Failure,
    away::Waiting,
    due::Composed,
    letter::{Given, compose},
    words::Words,
};

/// What a message is sent with.
struct Thread<'a> {
    directory: &'a Directory,
    mailbox: &'a Mailbox,
    message: &'a Message,
    words: Words,
    /// The public messages before it.
    messages: &'a [Message],
    /// The deliveries before it.
    before: &'a [Delivery],
}

/// What is read before a message is sent. The project and the message may be gone.
struct Found {
    directory: Option<Arc<Directory>>,
    mailbox: Mailbox,
    message: Option<Message>,
    messages: Vec<Message>,
}

impl Courier {
    /// Takes the delivery of a message and sends it; false if it has changed since it was read.
    pub(crate) async fn carry(
        &self,
        desk: &CourierDesk,
        own: &Delivery,
        before: &[Delivery],
        taken: Delivery,
    ) -> Result<bool, Failure> {
        let waiting = if own.errand.is_unasked() { Box::pin(self.look(desk, own)).await? } else { Waiting::default() };
        let Found { directory, mailbox, message, messages } = Box::pin(read(desk, own)).await?;
        let (taken, along) = taken.with_others(waiting.goes_along(own));
        if !desk.take(&taken, &along).await? {
            return Ok(false);
        }
        let composed = match (directory, message) {
            (Some(directory), Some(message)) => {
                if let Some(reason) = self.reason(desk, &taken, &waiting).await? {
                    Err(skipped(reason))
                } else {
                    let words = self.words(&directory, &taken, &message, &waiting);
                    let (directory, mailbox, message, messages) = (&directory, &mailbox, &message, &messages);
                    let thread = Thread { directory, mailbox, message, words, messages, before };
                    self.compose(desk, &taken, thread).await?
                }
            }
            _ => Err(skipped("The message is gone.")),
        };
        self.hand_over(desk, taken, composed).await?;
        Ok(true)
    }

    /// Why a message is not sent that nobody asked for.
    async fn reason(&self, desk: &CourierDesk, taken: &Delivery, waiting: &Waiting) -> Result<Option<&'static str>, Failure> {
        match waiting.reason {
            Some(reason) => Ok(Some(reason)),
            None => self.is_too_much(desk, taken).await,
        }
    }

    /// What the mail says: the desk's question, or the message and those that go along.
    fn words(&self, directory: &Directory, taken: &Delivery, message: &Message, waiting: &Waiting) -> Words {
        if taken.errand == Errand::Survey {
            return Words::question(&self.link_base, &directory.project, taken.ticket);
        }
        let with_it = waiting.messages.iter().filter(|other| taken.others.contains(&other.created_at));
        Words::of(&[message].into_iter().chain(with_it).collect::<Vec<_>>())
    }

    /// The mail of a message, with its files.
    async fn compose(&self, desk: &CourierDesk, delivery: &Delivery, thread: Thread<'_>) -> Result<Composed, Failure> {
        // Right before the call: nothing is sent of a ticket that was deleted.
        let Some(ticket) = desk.ticket(delivery.ticket).await? else { return Ok(Err(skipped("The ticket is gone."))) };
        let Thread { directory, mailbox, message, words, messages, before } = thread;
        let files = match self.files.files_of(desk.project(), ticket.id, &words.files).await {
            Ok(Some(files)) => files,
            Ok(None) => return Ok(Err(Outcome::Failed("A file of the message is gone.".to_owned()))),
            Err(failure) => {
                tracing::error!(project.id = %desk.project(), ticket.id = %ticket.id, %failure, "the files of a mail can't be had");
                return Ok(Err(Outcome::Later("The files of the message can't be had for now.".to_owned())));
            }
        };
        let given = Given {
            project: &directory.project,
            mailbox,
            mail_domain: &self.mail_domain,
            ticket: &ticket,
            message,
            words,
            delivery,
            messages,
            before,
            sender: &self.sender,
        };
        Ok(compose(given, files).map_err(Outcome::Failed))
    }
}

async fn read(desk: &CourierDesk, own: &Delivery) -> Result<Found, Failure> {
    let (ticket, written_at): (TicketId, _) = (own.ticket, own.written_at);
    let (directory, mailbox, message, messages) = tokio::try_join!(
        desk.directory(),
        desk.mailbox(),
        desk.message(ticket, written_at),
        desk.messages_before(ticket, written_at)
    )?;
    Ok(Found { directory, mailbox, message, messages })
}

/// The end of a delivery that is no mail.
pub(crate) fn skipped(reason: &str) -> Outcome {
    Outcome::Skipped(reason.to_owned())
}
