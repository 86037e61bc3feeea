//! The addresses of a project, and the secrets by which its mails find their tickets.

use crate::{time::Timestamp, words::words};

/// The most addresses of a project.
pub const ADDRESSES: usize = 10;
/// The most characters of the name that a mail from an address shows.
pub const FROM_NAME: usize = 200;

words! {
    /// How an address receives.
    AddressKind {
        /// It is of the desk's own domain, and works at once.
        Desk = "desk",
        /// It is elsewhere, and its owner forwards what it gets to the desk.
        Forwarded = "forwarded",
    }
}

/// An address of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    /// Its id in paths.
    pub id: uuid::Uuid,
    /// What stands before the at sign of the desk's domain, in lower case: where its mail arrives.
    pub local: String,
    /// The address elsewhere whose mail is forwarded there; `None` for an address of the desk's own domain.
    pub forwards: Option<Forwards>,
    /// The name beside the address; `None` for the project's own.
    pub from_name: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
}

/// An address elsewhere whose mail is forwarded to the desk.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Forwards {
    /// The address, in lower case.
    pub address: String,
    /// Whether its domain lets the desk send from it.
    pub verified: bool,
    /// The names of the DNS records by which its domain lets the desk sign its mail; empty until they are known.
    pub dkim: Vec<String>,
}

impl MailAddress {
    /// How it receives.
    pub const fn kind(&self) -> AddressKind {
        if self.forwards.is_some() { AddressKind::Forwarded } else { AddressKind::Desk }
    }

    /// Whether mail may be sent from it: from an address elsewhere once its domain lets the desk do so.
    pub fn can_send(&self) -> bool {
        self.forwards.as_ref().is_none_or(|forwards| forwards.verified)
    }

    /// The address that people know, on a desk with addresses of this domain.
    pub fn shown(&self, mail_domain: &str) -> String {
        match &self.forwards {
            Some(forwards) => forwards.address.clone(),
            None => self.inbound(mail_domain),
        }
    }

    /// The address at which its mail arrives.
    pub fn inbound(&self, mail_domain: &str) -> String {
        format!("{}@{mail_domain}", self.local)
    }
}

/// What a project has for its mail.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Mailbox {
    /// Its addresses; the first is the default.
    pub addresses: Vec<MailAddress>,
    /// The secrets that sign its tokens, the newest first. All of them are valid.
    pub keys: Vec<[u8; 32]>,
    /// The number of writes so far.
    pub version: u64,
}

/// Leaves out the secrets.
impl std::fmt::Debug for Mailbox {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Mailbox").field("addresses", &self.addresses).field("version", &self.version).finish_non_exhaustive()
    }
}

/// Why the addresses of a project stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadMailbox {
    /// There are as many as there may be.
    #[error("A project can have at most {ADDRESSES} addresses.")]
    TooMany,
    /// Another project has it, or this one has.
    #[error("This address is taken.")]
    Taken,
    /// The project has no such address.
    #[error("Not found.")]
    NoSuchAddress,
}

impl Mailbox {
    /// These addresses and another one.
    pub fn with(&self, address: MailAddress) -> Result<Self, BadMailbox> {
        let forwards = |address: &MailAddress| address.forwards.as_ref().map(|forwards| forwards.address.clone());
        let is_same = |other: &MailAddress| {
            other.local == address.local || (other.forwards.is_some() && forwards(other) == forwards(&address))
        };
        if self.addresses.iter().any(is_same) {
            return Err(BadMailbox::Taken);
        }
        if self.addresses.len() >= ADDRESSES {
            return Err(BadMailbox::TooMany);
        }
        Ok(self.next(self.addresses.iter().cloned().chain([address]).collect()))
    }

    /// These addresses without one of them, which is returned too. The next oldest becomes the default.
    pub fn without(&self, id: uuid::Uuid) -> Result<(Self, MailAddress), BadMailbox> {
        let gone = self.address(id)?.clone();
        let rest = self.addresses.iter().filter(|address| address.id != id).cloned().collect();
        Ok((self.next(rest), gone))
    }

    /// These addresses with another default.
    pub fn with_default(&self, id: uuid::Uuid) -> Result<Self, BadMailbox> {
        let first = self.address(id)?.clone();
        let rest = self.addresses.iter().filter(|address| address.id != id).cloned();
        Ok(self.next([first].into_iter().chain(rest).collect()))
    }

    /// These addresses with what `change` makes of one of them, which is returned too.
    pub fn with_changed(&self, id: uuid::Uuid, change: impl FnOnce(&mut MailAddress)) -> Result<(Self, MailAddress), BadMailbox> {
        let mut changed = self.address(id)?.clone();
        change(&mut changed);
        let with = |address: &MailAddress| if address.id == id { changed.clone() } else { address.clone() };
        Ok((self.next(self.addresses.iter().map(with).collect()), changed))
    }

    /// These addresses with a new secret. The one before stays valid beside it, and one before that ends.
    #[must_use]
    pub fn with_key(&self, key: [u8; 32]) -> Self {
        let keys = [key].into_iter().chain(self.keys.first().copied()).collect();
        Self { keys, ..self.next(self.addresses.clone()) }
    }

    /// These addresses with their newest secret alone.
    #[must_use]
    pub fn without_previous_keys(&self) -> Self {
        let keys = self.keys.first().copied().into_iter().collect();
        Self { keys, ..self.next(self.addresses.clone()) }
    }

    /// Whether a secret before the newest is valid too.
    pub const fn has_previous_key(&self) -> bool {
        self.keys.len() > 1
    }

    /// The addresses elsewhere whose mail is forwarded here.
    pub fn elsewhere(&self) -> impl Iterator<Item = &str> {
        self.addresses.iter().filter_map(|address| address.forwards.as_ref()).map(|forwards| forwards.address.as_str())
    }

    /// The addresses from which mail may be sent. A mail that names none is from the first.
    pub fn senders(&self) -> impl Iterator<Item = &MailAddress> {
        self.addresses.iter().filter(|address| address.can_send())
    }

    /// The address that answers to mail which came to `shown` are sent from, and how it is written: the same one if the desk may
    /// send from it, else one of the desk's own domain. If the project has it no more, it is the default.
    pub fn answers_from(&self, shown: &str, mail_domain: &str) -> Option<(&MailAddress, String)> {
        let named = self.addresses.iter().find(|address| address.shown(mail_domain) == shown).or(self.addresses.first())?;
        if named.can_send() {
            return Some((named, named.shown(mail_domain)));
        }
        let own = self.addresses.iter().find(|address| address.forwards.is_none()).unwrap_or(named);
        Some((own, own.inbound(mail_domain)))
    }

    /// The address at which mail arrives whose local part is this.
    pub fn at(&self, local: &str) -> Option<&MailAddress> {
        self.addresses.iter().find(|address| address.local == local)
    }

    /// The address of this id.
    pub fn address(&self, id: uuid::Uuid) -> Result<&MailAddress, BadMailbox> {
        self.addresses.iter().find(|address| address.id == id).ok_or(BadMailbox::NoSuchAddress)
    }

    fn next(&self, addresses: Vec<MailAddress>) -> Self {
        Self { addresses, keys: self.keys.clone(), version: self.version + 1 }
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn address(place: u32) -> MailAddress {
        let id = Uuid::from_u128(place.into());
        MailAddress { id, local: format!("desk-{place}"), forwards: None, from_name: None, created_at: Timestamp::EPOCH }
    }

    fn with(places: u32) -> Mailbox {
        (0..places).fold(Mailbox::default(), |mailbox, place| mailbox.with(address(place)).unwrap())
    }

    #[test]
    fn a_project_has_a_few_addresses_each_once() {
        assert_eq!(with(3).addresses.len(), 3);
        assert_eq!(with(3).with(address(2)), Err(BadMailbox::Taken));
        assert_eq!(with(10).with(address(10)), Err(BadMailbox::TooMany));
    }

    #[test]
    fn one_of_the_addresses_is_the_default() {
        let ids = |mailbox: &Mailbox| mailbox.addresses.iter().map(|address| address.id.as_u128()).collect::<Vec<_>>();
        let chosen = with(3).with_default(address(2).id).unwrap();
        assert_eq!((ids(&chosen), chosen.version), (vec![2, 0, 1], 4));
        let (rest, gone) = chosen.without(address(2).id).unwrap();
        assert_eq!((ids(&rest), gone), (vec![0, 1], address(2)));
        assert_eq!(rest.without(address(2).id), Err(BadMailbox::NoSuchAddress));
        assert_eq!(rest.with_default(address(2).id), Err(BadMailbox::NoSuchAddress));
    }

    #[test]
    fn an_address_elsewhere_is_forwarded_to_one_place() {
        let forwards = Forwards { address: "support@acme.com".to_owned(), verified: false, dkim: Vec::new() };
        let elsewhere = |place| MailAddress { forwards: Some(forwards.clone()), ..address(place) };
        let mailbox = with(2).with(elsewhere(2)).unwrap();
        assert_eq!(mailbox.with(elsewhere(3)), Err(BadMailbox::Taken));
        assert_eq!(mailbox.elsewhere().collect::<Vec<_>>(), ["support@acme.com"]);
        let shown = mailbox.at("desk-2").unwrap();
        assert_eq!(
            (shown.shown("desk.test").as_str(), shown.inbound("desk.test").as_str()),
            ("support@acme.com", "desk-2@desk.test")
        );
        assert_eq!((shown.kind(), address(1).kind()), (AddressKind::Forwarded, AddressKind::Desk));
        let from = |mailbox: &Mailbox, shown| mailbox.answers_from(shown, "desk.test").unwrap().1;
        assert_eq!(from(&mailbox, "desk-1@desk.test"), "desk-1@desk.test");
        assert_eq!(from(&mailbox, "gone@desk.test"), "desk-0@desk.test");
        assert_eq!(from(&mailbox, "support@acme.com"), "desk-0@desk.test", "its domain does not let the desk send yet");
        let verify = |address: &mut MailAddress| address.forwards.as_mut().unwrap().verified = true;
        assert_eq!(from(&mailbox.with_changed(address(2).id, verify).unwrap().0, "support@acme.com"), "support@acme.com");
        let senders = |mailbox: &Mailbox| mailbox.senders().map(|sender| sender.id.as_u128()).collect::<Vec<_>>();
        let first = mailbox.with_default(address(2).id).unwrap();
        assert_eq!(senders(&first), [0, 1], "the default does not let the desk send yet");
        assert_eq!(senders(&first.with_changed(address(2).id, verify).unwrap().0), [2, 0, 1]);
        let alone = Mailbox::default().with(elsewhere(2)).unwrap();
        assert_eq!(senders(&alone), []);
        assert_eq!(from(&alone, "support@acme.com"), "desk-2@desk.test");
        let (named, changed) =
            mailbox.with_changed(address(1).id, |address| address.from_name = Some("Acme".to_owned())).unwrap();
        assert_eq!((named.address(address(1).id), changed.local.as_str()), (Ok(&changed), "desk-1"));
        assert_eq!(named.addresses[0], address(0), "the others stay");
    }

    #[test]
    fn two_secrets_are_valid_while_one_replaces_the_other() {
        let mailbox = (1..4).fold(with(1), |mailbox, key| mailbox.with_key([key; 32]));
        assert_eq!((&mailbox.keys, mailbox.version), (&vec![[3; 32], [2; 32]], 4));
        let alone = mailbox.without_previous_keys();
        assert_eq!((&alone.keys, alone.has_previous_key(), mailbox.has_previous_key()), (&vec![[3; 32]], false, true));
    }

    #[test]
    fn secrets_are_not_printed() {
        let mailbox = Mailbox { keys: vec![[7; 32]], ..Mailbox::default() };
        assert_eq!(format!("{mailbox:?}"), "Mailbox { addresses: [], version: 0, .. }");
    }
}
