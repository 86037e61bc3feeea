//! The addresses of a project and what arrived for it, as its administrators and agents see them.

use lambdesk_domain::{
    audit::{self, By},
    mail::{BadMailbox, MailAddress, Mailbox, Received},
    permission::{ReadsTickets, WritesProjects},
};
use lambdesk_runtime::crypto::secret;
use uuid::Uuid;

use crate::{
    Desk,
    error::StoreError,
    handles::log::{Log, Stretch},
    items::{
        mailbox::{self, VERSION},
        received,
    },
    room::{Room, once::Receipt},
    transport::{
        call::Patience,
        keys,
        write::{Guard, Write},
    },
};

/// Why the addresses stay as they are.
#[derive(Debug, thiserror::Error)]
pub enum MailboxError {
    /// A rule refuses.
    #[error(transparent)]
    Bad(#[from] BadMailbox),
    /// The store fails.
    #[error(transparent)]
    Store(#[from] StoreError),
}

/// What a change of the addresses is about, and what it writes for that beside them.
struct Change {
    after: Mailbox,
    about: MailAddress,
    beside: Option<Write>,
}

impl Room {
    /// What the project has for its mail.
    pub(crate) async fn mailbox(&self) -> Result<Mailbox, StoreError> {
        let item = self.store.get(&keys::mailbox(self.project)).await?;
        item.as_ref().map(mailbox::read).transpose().map(Option::unwrap_or_default)
    }

    /// Writes what `change` makes of the addresses. It is called again after each lost race.
    async fn change_mailbox(
        &self,
        by: &By,
        change: impl Fn(&Mailbox) -> Result<Change, BadMailbox>,
        receipt: Option<Receipt<'_, (Mailbox, MailAddress)>>,
    ) -> Result<(Mailbox, MailAddress), MailboxError> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.mailbox().await?;
            let Change { after, about, beside } = change(&before)?;
            let put = Write::put(mailbox::write(self.project, &after));
            // Two administrators at once would each write a list without the other's address.
            let put = match before.version {
                0 => put.if_absent(),
                version => put.only_if(format!("{VERSION} = :before")).number(":before", version),
            };
            let mut writes = vec![put.guarding(Guard::AsRead)];
            writes.extend(beside);
            writes.extend(self.audited(by, [audit::address(&before, &after, &about)]));
            let effect = (after, about);
            writes.extend(receipt.map(|receipt| receipt.writes(&effect, self.now())).transpose()?.unwrap_or_default());
            match self.store.commit(writes).await {
                Ok(()) => return Ok(effect),
                Err(rejection) if rejection.met(Guard::Once).is_some() => return Err(StoreError::CarriedOut.into()),
                Err(rejection) if rejection.met(Guard::Admission).is_some() => return Err(BadMailbox::Taken.into()),
                Err(rejection) if rejection.met(Guard::AsRead).is_some() => patience.again("addresses").await?,
                Err(rejection) => return Err(rejection.into_error("addresses").into()),
            }
        }
    }
}

impl<P: WritesProjects> Desk<P> {
    /// The addresses of the project.
    pub async fn mail_addresses(&self) -> Result<Mailbox, StoreError> {
        self.mailbox().await
    }

    /// Adds an address, unless this project or another one has it. With the first one the project gets the secret that signs its
    /// tokens.
    pub async fn add_mail_address(
        &self,
        by: &By,
        address: &MailAddress,
        receipt: Option<Receipt<'_, (Mailbox, MailAddress)>>,
    ) -> Result<(Mailbox, MailAddress), MailboxError> {
        let secret = secret();
        let add = |before: &Mailbox| {
            let mut after = before.with(address.clone())?;
            if after.keys.is_empty() {
                after.keys.push(secret);
            }
            // No other project has the address, whatever each of them has read.
            let owner = Write::put(mailbox::write_owner(&address.local, self.project)).if_absent().guarding(Guard::Admission);
            Ok(Change { after, about: address.clone(), beside: Some(owner) })
        };
        self.change_mailbox(by, add, receipt).await
    }

    /// Removes an address. Mail to it is no project's from then on.
    pub async fn remove_mail_address(&self, by: &By, id: Uuid) -> Result<(), MailboxError> {
        let remove = |before: &Mailbox| {
            let (after, about) = before.without(id)?;
            let beside = Some(Write::delete(keys::mail_address(&about.local)));
            Ok(Change { after, about, beside })
        };
        self.change_mailbox(by, remove, None).await.map(|_| ())
    }

    /// Makes an address the default.
    pub async fn set_default_mail_address(&self, by: &By, id: Uuid) -> Result<(Mailbox, MailAddress), MailboxError> {
        let set =
            |before: &Mailbox| Ok(Change { after: before.with_default(id)?, about: before.address(id)?.clone(), beside: None });
        self.change_mailbox(by, set, None).await
    }
}

/// How many rows a filtered page looks at.
const LOOKED_AT: usize = 500;

impl<P: ReadsTickets> Desk<P> {
    /// What arrived for the project, newest first, as far as `shows` lets it through. With a filter, a page looks at 500 rows.
    pub async fn inbound(
        &self,
        is_filtered: bool,
        shows: impl Fn(&Received) -> bool,
        stretch: Stretch<'_>,
    ) -> Result<Log<Received>, StoreError> {
        let partition = keys::inbound(Some(self.project));
        if !is_filtered {
            return self.store.log(partition, "", keys::LAST, stretch, received::read).await;
        }
        let Stretch { after, skip, limit } = stretch;
        let all = Stretch { after, skip: 0, limit: LOOKED_AT };
        let mut log = self.store.log(partition, "", keys::LAST, all, received::read).await?;
        log.retain(shows);
        Ok(log.part(skip, limit))
    }
}
