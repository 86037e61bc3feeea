//! The addresses of a project and what arrived for it, as its administrators and agents see them.

use lambdesk_domain::{
    ProjectId, Timestamp,
    audit::{self, AuditEntry, By},
    mail::{BadMailbox, MailAddress, Mailbox, Received},
    permission::{ReadsTickets, WritesProjects, WritesTickets},
};
use lambdesk_runtime::crypto::secret;
use uuid::Uuid;

use crate::{
    Desk, Founding,
    error::StoreError,
    handles::log::{Log, Stretch},
    items::{
        mailbox::{self, VERSION},
        received,
    },
    room::{Room, once::Receipt},
    transport::{
        call::Patience,
        item::Reader,
        keys::{self, Key},
        read::Range,
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

/// What a change of the addresses comes to.
struct Change<T> {
    after: Mailbox,
    entry: Option<AuditEntry>,
    effect: T,
    /// What is written beside them.
    beside: Vec<Write>,
}

/// An address, with all addresses after the change.
type Changed = (Mailbox, MailAddress);

impl Change<Changed> {
    fn of(before: &Mailbox, after: Mailbox, about: MailAddress, beside: Vec<Write>) -> Self {
        let entry = audit::address(before, &after, &about);
        Self { after: after.clone(), entry, effect: (after, about), beside }
    }
}

impl Room {
    /// What the project has for its mail.
    pub(crate) async fn mailbox(&self) -> Result<Mailbox, StoreError> {
        let item = self.store.get(&keys::mailbox(self.project)).await?;
        item.as_ref().map(mailbox::read).transpose().map(Option::unwrap_or_default)
    }

    /// Adds an address.
    async fn add_address(
        &self,
        by: &By,
        address: &MailAddress,
        receipt: Option<Receipt<'_, Changed>>,
    ) -> Result<Changed, MailboxError> {
        let secret = secret();
        let add = |before: &Mailbox| {
            let mut after = before.with(address.clone())?;
            if after.keys.is_empty() {
                after.keys.push(secret);
            }
            // No other project has the address, whatever each of them has read.
            let owner = |key: &Key| Write::put(mailbox::write_owner(key, self.project)).if_absent().guarding(Guard::Admission);
            Ok(Change::of(before, after, address.clone(), mailbox::owned(address).iter().map(owner).collect()))
        };
        self.change_mailbox(by, add, receipt).await
    }

    /// Writes what `change` makes of the addresses. It is called again after each lost race.
    async fn change_mailbox<T>(
        &self,
        by: &By,
        change: impl Fn(&Mailbox) -> Result<Change<T>, BadMailbox>,
        receipt: Option<Receipt<'_, T>>,
    ) -> Result<T, MailboxError> {
        let mut patience = Patience::of_request();
        loop {
            let before = self.mailbox().await?;
            let Change { after, entry, effect, beside } = change(&before)?;
            let put = Write::put(mailbox::write(self.project, &after));
            // Two administrators at once would each write a list without the other's address.
            let put = match before.version {
                0 => put.if_absent(),
                version => put.only_if(format!("{VERSION} = :before")).number(":before", version),
            };
            let mut writes = vec![put.guarding(Guard::AsRead)];
            writes.extend(beside);
            writes.extend(self.audited(by, entry));
            writes.extend(receipt.map(|receipt| receipt.writes(&effect, self.now())).transpose()?.unwrap_or_default());
            match self.store.commit(writes).await {
                Ok(()) => {
                    self.store.forget_project(self.project);
                    return Ok(effect);
                }
                Err(rejection) if rejection.met(Guard::Once).is_some() => return Err(StoreError::CarriedOut.into()),
                Err(rejection) if rejection.met(Guard::Admission).is_some() => return Err(BadMailbox::Taken.into()),
                Err(rejection) if rejection.met(Guard::AsRead).is_some() => patience.again("addresses").await?,
                Err(rejection) => return Err(rejection.into_error("addresses").into()),
            }
        }
    }
}

impl Founding {
    /// Adds an address of the desk's own domain to a project that has never had one; for a fixed set-up. An address that another
    /// project has stays there.
    pub async fn seed_mail_address(&self, project: ProjectId, local: &str) -> Result<(), StoreError> {
        let room = self.0.room(project);
        if room.mailbox().await?.version > 0 {
            return Ok(());
        }
        let (id, created_at) = (self.0.new_id(), self.0.now());
        let address = MailAddress { id, local: local.to_owned(), forwards: None, from_name: None, created_at };
        match room.add_address(&By::the_desk(), &address, None).await {
            Ok(_) | Err(MailboxError::Bad(_)) => Ok(()),
            Err(MailboxError::Store(error)) => Err(error),
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
        receipt: Option<Receipt<'_, Changed>>,
    ) -> Result<Changed, MailboxError> {
        self.add_address(by, address, receipt).await
    }

    /// Removes an address. Mail to it is no project's from then on.
    pub async fn remove_mail_address(&self, by: &By, id: Uuid) -> Result<(), MailboxError> {
        let remove = |before: &Mailbox| {
            let (after, about) = before.without(id)?;
            let beside = mailbox::owned(&about).into_iter().map(Write::delete).collect();
            Ok(Change::of(before, after, about, beside))
        };
        self.change_mailbox(by, remove, None).await.map(|_| ())
    }

    /// Whether a project has another address than this one of a domain elsewhere.
    pub async fn has_other_address_of(&self, domain: &str, address: &str) -> Result<bool, StoreError> {
        let own = keys::mail_domain_use(domain, address);
        let range = Range::new("PK = :pk").text(":pk", own.pk).limit(2).consistent();
        let found = self.store.query(range).await?.items;
        let keys = found.iter().map(|item| Reader(item).sort_key()).collect::<Result<Vec<_>, _>>()?;
        Ok(keys.into_iter().any(|key| key != own.sk))
    }

    /// Makes an address the default.
    pub async fn set_default_mail_address(&self, by: &By, id: Uuid) -> Result<Changed, MailboxError> {
        let set = |before: &Mailbox| {
            let about = before.address(id)?.clone();
            Ok(Change::of(before, before.with_default(id)?, about, Vec::new()))
        };
        self.change_mailbox(by, set, None).await
    }

    /// Changes an address: its name, or what is known of its domain.
    pub async fn change_mail_address(
        &self,
        by: &By,
        id: Uuid,
        change: impl Fn(&mut MailAddress),
    ) -> Result<Changed, MailboxError> {
        let set = |before: &Mailbox| {
            let (after, about) = before.with_changed(id, &change)?;
            Ok(Change::of(before, after, about, Vec::new()))
        };
        self.change_mailbox(by, set, None).await
    }

    /// Gives the project a new secret for its mail. The one before stays valid.
    pub async fn rotate_mail_key(&self, by: &By, receipt: Option<Receipt<'_, Mailbox>>) -> Result<Mailbox, MailboxError> {
        let secret = secret();
        let rotate = |before: &Mailbox| {
            let (after, entry) = (before.with_key(secret), Some(audit::mail_key(self.project, true)));
            Ok(Change { after: after.clone(), entry, effect: after, beside: Vec::new() })
        };
        self.change_mailbox(by, rotate, receipt).await
    }

    /// Ends the secret before the newest one. Nothing is written if there is none.
    pub async fn end_previous_mail_key(&self, by: &By) -> Result<(), MailboxError> {
        if !self.mailbox().await?.has_previous_key() {
            return Ok(());
        }
        let end = |before: &Mailbox| {
            let (after, entry) = (before.without_previous_keys(), Some(audit::mail_key(self.project, false)));
            Ok(Change { after, entry, effect: (), beside: Vec::new() })
        };
        self.change_mailbox(by, end, None).await
    }

    /// A mail that arrived.
    pub async fn held(&self, at: Timestamp, id: &str) -> Result<Option<Received>, StoreError> {
        self.received(at, id).await
    }

    /// Records that somebody lets in a mail that was held.
    pub async fn record_release(&self, by: &By, mail: &Received) -> Result<(), StoreError> {
        let entry = self.audited(by, [audit::released(mail)]);
        self.store.commit(entry).await.map_err(|rejection| rejection.into_error("the record"))
    }
}

impl Room {
    /// What is noted of a mail that arrived.
    pub(crate) async fn received(&self, at: Timestamp, id: &str) -> Result<Option<Received>, StoreError> {
        let item = self.store.get(&keys::received(Some(self.project), at, id)).await?;
        item.as_ref().map(received::read).transpose()
    }
}

impl<P: WritesTickets> Desk<P> {
    /// A mail that arrived.
    pub async fn arrived(&self, at: Timestamp, id: &str) -> Result<Option<Received>, StoreError> {
        self.received(at, id).await
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
