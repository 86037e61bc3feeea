//! A mail at one project.

use lambdesk_domain::{ProjectId, mail::Mailbox};
use lambdesk_store::MailDesk;

use crate::{Mailroom, Recipients, arrival::Arrival};

/// A mail at one project.
pub(crate) struct AtProject<'a> {
    pub(crate) room: &'a Mailroom,
    pub(crate) desk: MailDesk,
    pub(crate) project: ProjectId,
    pub(crate) mailbox: Mailbox,
    /// Those of its recipients that are this project's.
    pub(crate) recipients: Recipients,
    pub(crate) arrival: &'a Arrival,
    /// Whether it is another project's mail too.
    pub(crate) is_shared: bool,
}

impl AtProject<'_> {
    /// The project's address that the mail came to. What has only a token came to the default one.
    pub(crate) fn to(&self) -> String {
        let named = self.recipients.iter().find_map(|(_, recipient)| recipient.name());
        let default = || self.mailbox.addresses.first().map_or("", |address| &address.local);
        format!("{}@{}", named.unwrap_or_else(default), self.room.mail_domain)
    }
}
