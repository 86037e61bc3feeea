//! A mail at one project.

use lambdesk_domain::{
    ProjectId,
    mail::{MailReason, MailState, Mailbox, Received},
};
use lambdesk_mail::address::{Address, recipient::Recipient};
use lambdesk_store::MailDesk;

use crate::{Mailroom, Recipients, arrival::Arrival};

/// How often a mail was taken in before, and whether somebody lets it in.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub(crate) struct Turn {
    pub(crate) number: u32,
    /// Then nothing holds it any more.
    pub(crate) is_let_in: bool,
}

/// A mail at one project.
pub(crate) struct AtProject<'a> {
    pub(crate) room: &'a Mailroom,
    pub(crate) desk: MailDesk,
    pub(crate) project: ProjectId,
    pub(crate) mailbox: Mailbox,
    /// The project's addresses elsewhere.
    pub(crate) own: Vec<Address>,
    /// Those of its recipients that are this project's.
    pub(crate) recipients: Recipients,
    pub(crate) arrival: &'a Arrival,
    pub(crate) turn: Turn,
    /// Whether it is another project's mail too.
    pub(crate) is_shared: bool,
}

impl<'a> AtProject<'a> {
    pub(crate) fn new(
        room: &'a Mailroom,
        (project, mailbox, recipients): (ProjectId, Mailbox, Recipients),
        arrival: &'a Arrival,
        turn: Turn,
    ) -> Self {
        let own = mailbox.elsewhere().filter_map(Address::read).collect();
        Self { room, desk: room.store.desk(project), project, mailbox, own, recipients, arrival, turn, is_shared: false }
    }

    /// The project's address that the mail came to. What has only a token came to the default one.
    pub(crate) fn to(&self) -> String {
        let domain = &self.room.mail_domain;
        let named = self.recipients.iter().find_map(|(_, recipient)| recipient.name());
        let known = named.as_ref().and_then(|local| self.mailbox.at(local));
        match (known, named) {
            (Some(address), _) => address.shown(domain),
            (None, Some(local)) => format!("{local}@{domain}"),
            (None, None) => self.mailbox.addresses.first().map(|address| address.shown(domain)).unwrap_or_default(),
        }
    }

    /// The address elsewhere that the mail was forwarded from, if it was.
    pub(crate) fn forwarded_from(&self) -> Option<Address> {
        let forwarded = self.recipients.iter().filter(|(_, recipient)| matches!(recipient, Recipient::Forwarded(_)));
        let mut locals = forwarded.filter_map(|(_, recipient)| recipient.name());
        locals.find_map(|local| Address::read(&self.mailbox.at(&local)?.forwards.as_ref()?.address))
    }

    /// What is noted of a mail at this turn.
    pub(crate) fn at_turn(&self, received: Received) -> Received {
        let found = received.state.may_come_again().then(|| self.arrival.found(self.recipients.iter().map(|(to, _)| to)));
        Received { to: self.to(), found, turn: self.turn.number, ..received }
    }

    /// What is noted of a mail that was not read.
    pub(crate) fn unread(&self, state: MailState, reason: MailReason) -> Received {
        self.at_turn(self.arrival.unread(state, reason))
    }
}
