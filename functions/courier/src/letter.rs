//! The mail that a message is.

use bytes::Bytes;
use lambdesk_domain::{
    Message, Ticket, Timestamp,
    attachment::{Attachment, show_from},
    delivery::{Delivery, Recipient, RecipientKind, address_of},
    mail::Mailbox,
    project::Project,
};
use lambdesk_mail::{
    address::Address,
    compose::{Enclosed, Line, Outgoing, Party, Ready, reply_subject},
    token::{MailKey, Purpose, mark, own_id, reply_local_part, token},
};
use serde_json::Value;

use crate::{Sender, words::Words};

/// What a mail is made from.
pub(crate) struct Given<'a> {
    pub(crate) project: &'a Project,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) mail_domain: &'a str,
    pub(crate) ticket: &'a Ticket,
    pub(crate) message: &'a Message,
    /// What the mail says.
    pub(crate) words: Words,
    pub(crate) delivery: &'a Delivery,
    /// The public messages before it.
    pub(crate) messages: &'a [Message],
    /// The deliveries before it.
    pub(crate) before: &'a [Delivery],
    pub(crate) sender: &'a Sender,
}

/// The mail with these files, and the address that it is from; why there is none, if it can never be sent.
pub(crate) fn compose(given: Given<'_>, files: Vec<(Attachment, Bytes)>) -> Result<(String, Ready), String> {
    let (before, has_begun) = before(&given);
    let Given { project, mailbox, mail_domain, ticket, message, words, delivery, .. } = given;
    let (rich, files) = enclosed(words.rich, files);
    let route = ticket.route.as_deref();
    // On a ticket of another channel it is the default one.
    let shown = route.map_or("", |route| route.address.as_str());
    let (address, from) = mailbox.answers_from(shown, mail_domain).ok_or("The project has no address.")?;
    let key = MailKey::new(*mailbox.keys.first().ok_or("The project has no address.")?);
    let token = token(&key, Purpose::Reply, project.id, ticket.id);
    let project_name = address.from_name.as_deref().unwrap_or(&project.name);
    let name = if delivery.errand.is_automatic() {
        project_name.to_owned()
    } else {
        format!("{} ({project_name})", message.author.name_for_customer(ticket.customer_label()))
    };
    let subject = route.map_or_else(|| format!("Your conversation with {project_name}"), |route| route.subject.clone());
    let recipients = Recipients::of(delivery)?;
    let outgoing = Outgoing {
        from: Party { name: Some(Line::of(&name)), address: read(&from)? },
        to: Party {
            name: ticket.customer_name().map(Line::of).filter(|_| recipients.is_requester(ticket)),
            address: recipients.to,
        },
        cc: recipients.cc.into_iter().map(|address| Party { name: None, address }).collect(),
        bcc: recipients.bcc,
        reply_to: if project.settings.email_reply_token() {
            Some(read(&format!("{}@{mail_domain}", reply_local_part(&token)))?)
        } else {
            None
        },
        subject: if has_begun { reply_subject(&subject) } else { Line::of(&subject) },
        id: own_id(delivery.written_at, &token, mail_domain),
        written_at: delivery.written_at,
        before,
        text: words.text,
        rich,
        files,
        is_automatic: delivery.errand.is_automatic(),
        mark: mark(&key, project.id),
    };
    let mut ready = outgoing.compose().map_err(|error| error.to_string())?;
    ready.recipients.retain(|address| !is_reached(delivery, address));
    Ok((from, ready))
}

fn read(address: &str) -> Result<Address, String> {
    Address::read(address).ok_or_else(|| format!("Mail can't be sent to or from {address}."))
}

/// The formatted text and the files that go with a mail. A picture that the text shows is shown from the mail itself.
fn enclosed(mut rich: Option<Value>, files: Vec<(Attachment, Bytes)>) -> (Option<Value>, Vec<Enclosed>) {
    let mut enclose = |(file, bytes): (Attachment, Bytes)| {
        let Attachment { id, name, content_type, inline, .. } = file;
        let document = rich.as_mut().filter(|_| inline);
        let content_id = document.map(|document| {
            show_from(document, id, &format!("cid:{id}"));
            Line::of(&id.to_string())
        });
        Enclosed { name: Line::of(&name), content_type: Line::of(content_type.name()), bytes: bytes.into(), content_id }
    };
    let files = files.into_iter().map(&mut enclose).collect();
    (rich, files)
}

struct Recipients {
    to: Address,
    cc: Vec<Address>,
    bcc: Vec<Address>,
}

impl Recipients {
    fn of(delivery: &Delivery) -> Result<Self, String> {
        let of = |kind: RecipientKind| {
            let recipients = delivery.recipients.iter().filter(move |recipient| recipient.kind == kind);
            recipients.map(|Recipient { address, .. }| read(address)).collect::<Result<Vec<_>, _>>()
        };
        let to = of(RecipientKind::To)?.into_iter().next().ok_or("The mail is for nobody.")?;
        Ok(Self { to, cc: of(RecipientKind::Cc)?, bcc: of(RecipientKind::Bcc)? })
    }

    fn is_requester(&self, ticket: &Ticket) -> bool {
        let asked = ticket.route.as_ref().map_or_else(|| address_of(ticket), |route| Some(route.from.as_str()));
        asked.is_some_and(|asked| self.to.is(asked))
    }
}

/// The ids of the mails before this one, oldest first, and whether there were any. What is answered comes last: the last mail that
/// came in, else the last one that was sent.
fn before(given: &Given<'_>) -> (Vec<String>, bool) {
    let came = given.messages.iter().filter_map(|message| {
        let mailed = message.mailed.as_deref()?;
        Some((message.created_at, mailed.id.clone()?, true))
    });
    let left = given.before.iter().filter(|delivery| delivery.errand.is_to_customers()).filter_map(|delivery| {
        let id = given.sender.mail_id(delivery.mail.as_deref()?);
        Some((delivery.written_at, id, false))
    });
    let mut all: Vec<(Timestamp, String, bool)> = came.chain(left).collect();
    all.sort_by_key(|(at, ..)| *at);
    if let Some(answered) = all.iter().rposition(|(.., came)| *came) {
        let answered = all.remove(answered);
        all.push(answered);
    }
    let has_begun = !all.is_empty() || given.messages.iter().any(|message| message.mailed.is_some());
    (all.into_iter().map(|(_, id, _)| id).collect(), has_begun)
}

/// A mail that brings no message of a ticket.
pub(crate) struct Alone<'a> {
    pub(crate) project: &'a Project,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) mail_domain: &'a str,
    pub(crate) delivery: &'a Delivery,
    pub(crate) subject: Line,
    pub(crate) words: Words,
    /// The address that it is from; `None` for the project's.
    pub(crate) from: Option<String>,
}

/// The mail and the address that it is from. Answers to it find no ticket.
pub(crate) fn alone(given: Alone<'_>) -> Result<(String, Ready), String> {
    let Alone { project, mailbox, mail_domain, delivery, subject, words, from } = given;
    let (address, own) = mailbox.answers_from("", mail_domain).ok_or("The project has no address.")?;
    let from = from.unwrap_or(own);
    let key = MailKey::new(*mailbox.keys.first().ok_or("The project has no address.")?);
    let token = token(&key, Purpose::Reply, project.id, delivery.ticket);
    let recipients = Recipients::of(delivery)?;
    let outgoing = Outgoing {
        from: Party { name: Some(Line::of(address.from_name.as_deref().unwrap_or(&project.name))), address: read(&from)? },
        to: Party { name: None, address: recipients.to },
        cc: Vec::new(),
        bcc: recipients.bcc,
        reply_to: None,
        subject,
        id: own_id(delivery.written_at, &token, mail_domain),
        written_at: delivery.written_at,
        before: Vec::new(),
        text: words.text,
        rich: words.rich,
        files: Vec::new(),
        is_automatic: true,
        mark: mark(&key, project.id),
    };
    let mut ready = outgoing.compose().map_err(|error| error.to_string())?;
    ready.recipients.retain(|address| !is_reached(delivery, address));
    Ok((from, ready))
}

/// The mail names everybody. Whom it has reached before does not get it again.
fn is_reached(delivery: &Delivery, address: &Address) -> bool {
    delivery.recipients.iter().any(|it| address.is(&it.address) && !it.status.is_open())
}
