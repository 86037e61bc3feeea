//! A ticket is new: the project is told of it, and who wrote it that the mail has arrived.

use lambdesk_domain::{
    Message, ProjectId, Ticket, TicketId, Timestamp,
    delivery::{Delivery, Errand, Outcome, acknowledgement, notice},
    mail::Mailbox,
    message::Author,
    project::Project,
    text::cut,
};
use lambdesk_mail::compose::{Line, Ready};
use lambdesk_store::CourierDesk;

use crate::{
    Courier, Failure,
    carry::skipped,
    letter::{Alone, Given, alone, compose},
    words::Words,
};

/// How many characters of a message a notice shows.
const SHOWN: usize = 300;
/// The tag of what the receiving service takes for spam.
const SPAM: &str = "spam";

/// What a mail about a new ticket is made from.
struct About<'a> {
    project: &'a Project,
    mailbox: &'a Mailbox,
    ticket: &'a Ticket,
    /// The message that opened it.
    first: Option<&'a Message>,
    delivery: &'a Delivery,
}

impl Courier {
    /// Writes the mails that a new ticket brings. One that is there already stays as it is.
    pub(crate) async fn opened(&self, project: ProjectId, id: TicketId) -> Result<(), Failure> {
        let desk = self.store.desk(project);
        let directory = desk.directory().await?;
        let Some(directory) = directory.filter(|it| it.has_mail && it.project.settings.email_enabled()) else { return Ok(()) };
        let settings = &directory.project.settings;
        let (told, acknowledges) = (settings.notification_recipients(), settings.email_acknowledge());
        if told.is_empty() && !acknowledges {
            return Ok(());
        }
        let Some(ticket) = desk.ticket(id).await? else { return Ok(()) };
        let first = desk.messages_from(id, ticket.created_at, 1).await?.into_iter().next();
        let now = desk.now();
        // The team knows of a ticket that it has begun itself.
        let is_of_team = first.as_ref().is_some_and(|first| matches!(first.author, Author::Support { .. }));
        let notice = if is_of_team { None } else { notice(&ticket, &told, now) };
        let acknowledgement = first.filter(|first| acknowledges && may_acknowledge(&ticket, first));
        let acknowledgement = acknowledgement.and_then(|_| acknowledgement_of(&ticket, now));
        for delivery in notice.into_iter().chain(acknowledgement) {
            desk.begin(&delivery).await?;
        }
        Ok(())
    }

    /// Takes the delivery of a mail about a new ticket and sends it; false if it has changed since it was read.
    pub(crate) async fn announce(&self, desk: &CourierDesk, taken: Delivery) -> Result<bool, Failure> {
        let (directory, mailbox, ticket, messages) = tokio::try_join!(
            desk.directory(),
            desk.mailbox(),
            desk.ticket(taken.ticket),
            desk.messages_from(taken.ticket, taken.written_at, 1)
        )?;
        if !desk.take(&taken, &[]).await? {
            return Ok(false);
        }
        let composed = match (directory, ticket) {
            (Some(directory), Some(ticket)) => {
                if let Some(reason) = self.is_too_much(desk, &taken).await? {
                    Err(skipped(reason))
                } else {
                    let (project, mailbox, first) = (&directory.project, &mailbox, messages.first());
                    let about = About { project, mailbox, ticket: &ticket, first, delivery: &taken };
                    self.mail_about(&about).map_err(Outcome::Failed)
                }
            }
            _ => Err(skipped("The ticket is gone.")),
        };
        self.hand_over(desk, taken, composed).await?;
        Ok(true)
    }

    fn mail_about(&self, about: &About<'_>) -> Result<(String, Ready), String> {
        if about.delivery.errand == Errand::Acknowledgement { self.acknowledging(about) } else { self.noticing(about) }
    }

    /// The mail that tells who wrote that the mail has arrived. It is an answer to that.
    fn acknowledging(&self, about: &About<'_>) -> Result<(String, Ready), String> {
        let About { project, mailbox, ticket, first, delivery } = *about;
        let message = first.ok_or("The message is gone.")?;
        let given = Given {
            project,
            mailbox,
            mail_domain: &self.mail_domain,
            ticket,
            message,
            words: Words::plain(ACKNOWLEDGED.to_owned()),
            delivery,
            messages: std::slice::from_ref(message),
            before: &[],
            sender: &self.sender,
        };
        compose(given, Vec::new())
    }

    /// The mail that tells the project of the ticket.
    fn noticing(&self, about: &About<'_>) -> Result<(String, Ready), String> {
        let About { project, mailbox, ticket, first, delivery } = *about;
        let mail_domain = self.mail_domain.as_str();
        alone(Alone {
            project,
            mailbox,
            mail_domain,
            delivery,
            subject: Line::of(&format!("[{}] New ticket #{}", project.name, ticket.number)),
            words: told(&self.link_base, project, ticket, first),
            // Nobody reads what is sent there.
            from: Some(format!("no-reply@{mail_domain}")),
        })
    }
}

/// What whoever wrote is told.
const ACKNOWLEDGED: &str = "Thank you for your message. It has arrived, and we will answer as soon as we can.\n\n\
    If you want to add something, answer to this mail.";

/// The delivery of an acknowledgement, to whom an answer would go.
fn acknowledgement_of(ticket: &Ticket, now: Timestamp) -> Option<Delivery> {
    let route = ticket.route.as_ref()?;
    acknowledgement(ticket, route.reply_to.as_deref().unwrap_or(&route.from), now)
}

/// Whether who wrote a mail is told that it has arrived: a person who is proven, and no machine, list or sender of spam. Anybody
/// else could have the desk write to strangers.
fn may_acknowledge(ticket: &Ticket, first: &Message) -> bool {
    let is_letter = first.mailed.as_ref().is_some_and(|mailed| mailed.verified && !mailed.automated);
    let is_spam = ticket.fields.tags.iter().any(|tag| tag == SPAM);
    first.author == Author::Customer && is_letter && ticket.identity_verified == Some(true) && !is_spam
}

/// What the project is told of a new ticket.
fn told(link_base: &str, project: &Project, ticket: &Ticket, message: Option<&Message>) -> Words {
    let who = ticket.customer_label().unwrap_or("Somebody");
    let text = message.map(|message| cut(message.content.text.trim(), SHOWN)).unwrap_or_default();
    let (number, channel) = (ticket.number, ticket.origin.channel().name());
    let link = format!("{link_base}/inbox/{}/t/{number}", project.id);
    let text = format!("{who} wrote (channel: {channel}):\n\n{text}\n\nTicket #{number}: {link}");
    Words::linked(text, &link)
}
