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
    }
}

/// An address of a project.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailAddress {
    /// Its id in paths.
    pub id: uuid::Uuid,
    /// What stands before the at sign, in lower case.
    pub local: String,
    /// The name beside the address; `None` for the project's own.
    pub from_name: Option<String>,
    /// When it was added.
    pub created_at: Timestamp,
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
        if self.addresses.iter().any(|other| other.local == address.local) {
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
        MailAddress { id, local: format!("desk-{place}"), from_name: None, created_at: Timestamp::EPOCH }
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
    fn secrets_are_not_printed() {
        assert!(!format!("{:?}", Mailbox { keys: vec![[7; 32]], ..with(1) }).contains("7, 7"));
    }
}
