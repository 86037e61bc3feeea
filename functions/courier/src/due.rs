//! A message waits: it is composed and handed over.

use lambdesk_domain::{
    Message, ProjectId, TicketId, Timestamp,
    delivery::{Delivery, Outcome},
    directory::Directory,
    mail::Mailbox,
};
use lambdesk_store::CourierDesk;

use crate::{
    Courier, Failure,
    letter::{Given, compose},
    sender::Answer,
};

impl Courier {
    /// Sends the message of a delivery, if it is its turn and nobody else is at it.
    pub(crate) async fn due(&self, project: ProjectId, ticket: TicketId, written_at: Timestamp) -> Result<(), Failure> {
        let desk = self.store.desk(project);
        let rows = desk.deliveries_to(ticket, written_at).await?;
        let Some((own, before)) = rows.split_first().filter(|(own, _)| own.written_at == written_at) else { return Ok(()) };
        // Messages of a ticket leave in their order. Whoever settles the one before tells of this one.
        if before.iter().any(|earlier| !earlier.is_settled()) {
            return Ok(());
        }
        let Some(taken) = own.taken(desk.now()) else { return Ok(()) };
        let (directory, mailbox, message, messages) = tokio::try_join!(
            desk.directory(),
            desk.mailbox(),
            desk.message(ticket, written_at),
            desk.messages_before(ticket, written_at)
        )?;
        if !desk.take(&taken).await? {
            return Ok(());
        }
        let Some((directory, message)) = directory.zip(message) else {
            return self.settle(&desk, taken, &Outcome::Skipped("The message is gone.".to_owned())).await;
        };
        let thread = Thread { directory: &directory, mailbox: &mailbox, message: &message, messages: &messages, before };
        match self.send(&desk, &taken, thread).await? {
            Answer::Known(outcome) => self.settle(&desk, taken, &outcome).await,
            Answer::Unknown(reason) => {
                tracing::warn!(project.id = %project, ticket.id = %ticket, reason, "nobody knows whether a mail was sent");
                Ok(())
            }
        }
    }

    async fn send(&self, desk: &CourierDesk, delivery: &Delivery, thread: Thread<'_>) -> Result<Answer, Failure> {
        // Right before the call: nothing is sent of a ticket that was deleted.
        let Some(ticket) = desk.ticket(delivery.ticket).await? else {
            return Ok(Answer::Known(Outcome::Skipped("The ticket is gone.".to_owned())));
        };
        let Thread { directory, mailbox, message, messages, before } = thread;
        let given = Given {
            project: &directory.project,
            mailbox,
            mail_domain: &self.mail_domain,
            ticket: &ticket,
            message,
            delivery,
            messages,
            before,
            sender: &self.sender,
        };
        let (from, ready) = match compose(given) {
            Ok(composed) => composed,
            Err(reason) => return Ok(Answer::Known(Outcome::Failed(reason))),
        };
        let tags = [
            ("p", desk.project().to_string()),
            ("t", delivery.ticket.to_string()),
            ("m", delivery.written_at.micros().to_string()),
        ];
        Ok(self.sender.send(&from, ready, &tags).await)
    }
}

/// What a message is sent with.
struct Thread<'a> {
    directory: &'a Directory,
    mailbox: &'a Mailbox,
    message: &'a Message,
    messages: &'a [Message],
    before: &'a [Delivery],
}
