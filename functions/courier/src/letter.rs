//! The mail that a message is.

use lambdesk_domain::{
    Message, Ticket, Timestamp,
    delivery::{Delivery, Recipient, RecipientKind},
    mail::{MailRoute, Mailbox},
    project::Project,
};
use lambdesk_mail::{
    address::Address,
    compose::{Line, Outgoing, Party, Ready, reply_subject},
    token::{MailKey, Purpose, mark, own_id, reply_local_part, token},
};

use crate::Sender;

/// What a mail is made from.
pub(crate) struct Given<'a> {
    pub(crate) project: &'a Project,
    pub(crate) mailbox: &'a Mailbox,
    pub(crate) mail_domain: &'a str,
    pub(crate) ticket: &'a Ticket,
    pub(crate) message: &'a Message,
    pub(crate) delivery: &'a Delivery,
    /// The public messages before it.
    pub(crate) messages: &'a [Message],
    /// The deliveries before it.
    pub(crate) before: &'a [Delivery],
    pub(crate) sender: &'a Sender,
}

/// The mail and the address that it is from; why there is none, if it can never be sent.
pub(crate) fn compose(given: Given<'_>) -> Result<(String, Ready), String> {
    let Given { project, mailbox, mail_domain, ticket, message, delivery, .. } = given;
    let route = ticket.route.as_deref().ok_or("The ticket is no conversation by mail.")?;
    let (address, from) = mailbox.answers_from(&route.address, mail_domain).ok_or("The project has no address.")?;
    let key = MailKey::new(*mailbox.keys.first().ok_or("The project has no address.")?);
    let token = token(&key, Purpose::Reply, project.id, ticket.id);
    let name = format!(
        "{} ({})",
        message.author.name_for_customer(ticket.customer_label()),
        address.from_name.as_deref().unwrap_or(&project.name)
    );
    let recipients = Recipients::of(delivery)?;
    let (before, has_begun) = before(&given);
    let outgoing = Outgoing {
        from: Party { name: Some(Line::of(&name)), address: read(&from)? },
        to: Party {
            name: ticket.customer_name().map(Line::of).filter(|_| recipients.is_requester(route)),
            address: recipients.to,
        },
        cc: recipients.cc.into_iter().map(|address| Party { name: None, address }).collect(),
        bcc: recipients.bcc,
        reply_to: Some(read(&format!("{}@{mail_domain}", reply_local_part(&token)))?),
        subject: if has_begun { reply_subject(&route.subject) } else { Line::of(&route.subject) },
        id: own_id(delivery.written_at, &token, mail_domain),
        written_at: delivery.written_at,
        before,
        text: message.content.text.clone(),
        rich: message.content.rich.clone(),
        files: Vec::new(),
        is_automatic: false,
        mark: mark(&key, project.id),
    };
    let ready = outgoing.compose().map_err(|error| error.to_string())?;
    Ok((from, ready))
}

fn read(address: &str) -> Result<Address, String> {
    Address::read(address).ok_or_else(|| format!("Mail can't be sent to or from {address}."))
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

    fn is_requester(&self, route: &MailRoute) -> bool {
        self.to.is(&route.from)
    }
}

/// The ids of the mails before this one, oldest first, and whether there were any. What is answered comes last: the last mail that
/// came in, else the last one that was sent.
fn before(given: &Given<'_>) -> (Vec<String>, bool) {
    let came = given.messages.iter().filter_map(|message| {
        let mailed = message.mailed.as_deref()?;
        Some((message.created_at, mailed.id.clone()?, true))
    });
    let left = given.before.iter().filter_map(|delivery| {
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
