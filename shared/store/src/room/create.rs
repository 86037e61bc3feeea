//! New tickets and their numbers: per project, from 1, unique and free of gaps.
//!
//! One transaction puts the ticket, its first message and `NUMBER = n + 1 IF NUMBER = n`. A warm process remembers n, so
//! the usual create is one round trip; a lost race tells the present n. Within a process creates of one project queue
//! up, since only one of them could win. After many lost races the number is taken with an atomic add, which always
//! succeeds; only a failure right after it leaves a gap.

use std::sync::Arc;

use lambdesk_domain::{
    ProjectId, TicketId,
    create::{Draft, open},
    decide::begin,
    delivery::{Copies, plan},
    events::About,
    ids::TicketNumber,
};
use lambdesk_runtime::crypto::entropy;

use crate::{
    error::StoreError,
    items,
    room::{Posted, Room, once::Receipt},
    transport::{
        call::{Patience, pause},
        item::{Item, Reader, Writer},
        keys,
        write::{Guard, Rejection, Write},
    },
};

/// The last number that is known to be taken, if one is. It is locked while a create is under way.
pub(crate) type NumberHint = Arc<tokio::sync::Mutex<Option<TicketNumber>>>;

/// The last number, of the item that counts them.
const LAST: &str = "n";
/// How many races may be lost before the number is taken by an atomic add.
const TRIES: u32 = 24;

/// Why a create did not happen, other than another create taking the number.
pub(crate) enum CreateRejection {
    /// The caller's own write met this item.
    NotAdmitted(Option<Item>),
    Store(StoreError),
}

impl From<StoreError> for CreateRejection {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl CreateRejection {
    pub(crate) fn into_error(self) -> StoreError {
        match self {
            Self::NotAdmitted(_) => StoreError::Contended("a new ticket"),
            Self::Store(error) => error,
        }
    }
}

impl Room {
    /// Opens ticket `id`, together with a write that forbids it if its condition fails: that of an opening
    /// or of an id that was given out ([`Guard::Admission`]), or that of the ticket which the new one continues ([`Guard::AsRead`]).
    pub(crate) async fn create_guarded(
        &self,
        id: TicketId,
        draft: Draft,
        guard: Option<Write>,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, CreateRejection> {
        let hint = self.store.number_hint(self.project);
        let mut last = hint.lock().await;
        for attempt in 0..TRIES {
            let known = match *last {
                Some(known) => known,
                None => self.last_number().await?,
            };
            let taking = self.take_number_after(known);
            match self.try_create(id, known + 1, draft.clone(), Some(taking), guard.clone(), receipt).await {
                Ok(posted) => {
                    *last = Some(known + 1);
                    return Ok(posted);
                }
                Err(CreateFailure::NumberTaken(item)) => {
                    *last = item.map(|item| read_number(&item)).transpose()?;
                    pause(attempt).await;
                }
                // Transactions kept conflicting on the counter. The atomic add always succeeds.
                Err(CreateFailure::Rejected(CreateRejection::Store(StoreError::Contended(_)))) => {
                    *last = None;
                    break;
                }
                Err(CreateFailure::Rejected(rejection)) => {
                    *last = None;
                    return Err(rejection);
                }
            }
        }
        let number = self.add_number().await?;
        *last = Some(number);
        self.try_create(id, number, draft, None, guard, receipt).await.map_err(|attempt| match attempt {
            CreateFailure::Rejected(rejection) => rejection,
            CreateFailure::NumberTaken(_) => StoreError::Contended("a new ticket").into(),
        })
    }

    async fn try_create(
        &self,
        id: TicketId,
        number: TicketNumber,
        draft: Draft,
        taking: Option<Write>,
        guard: Option<Write>,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, CreateFailure> {
        let now = self.store.now();
        let rules = self.store.rules(self.project).await?;
        let bcc = draft.mail.as_ref().map(|mail| mail.bcc.clone()).unwrap_or_default();
        let (mut ticket, message) = open(draft, id, number, now, entropy());
        begin(&mut ticket, message.as_ref(), &rules, now);
        let profile = items::profile::to_write(self.project, None, &mut ticket);
        let copies = Copies { cc: Vec::new(), bcc };
        let delivery = message.as_ref().and_then(|message| plan(&ticket, message, &copies, now));
        let posted = Posted { ticket, message, delivery };
        let mut writes = vec![Write::put(items::ticket::write(self.project, &posted.ticket)).if_absent()];
        writes.extend(profile.map(Write::put));
        writes.extend(taking);
        writes.extend(guard);
        writes.extend(receipt.map(|receipt| receipt.writes(&posted, now)).transpose()?.unwrap_or_default());
        writes.extend(posted.delivery.iter().flat_map(|delivery| self.deliver(delivery)));
        writes.extend(self.move_timer(id, None, posted.ticket.wake_at, posted.ticket.version, now));
        let message = posted.message.as_ref();
        writes
            .extend(message.map(|message| Write::put(items::message::write(self.project, &About::of(&posted.ticket), message))));
        match self.store.commit_within(writes, &mut Patience::brief()).await {
            Ok(()) => Ok(posted),
            Err(rejection) => {
                Err(sort(&rejection).unwrap_or_else(|| CreateFailure::Rejected(rejection.into_error("a new ticket").into())))
            }
        }
    }

    async fn last_number(&self) -> Result<TicketNumber, StoreError> {
        self.store.get(&keys::number(self.project)).await?.map_or(Ok(0), |item| read_number(&item))
    }

    fn take_number_after(&self, last: TicketNumber) -> Write {
        let write = Write::update(keys::number(self.project), "SET n = :next").number(":next", last + 1);
        let write = write.number(":last", last);
        write.only_if(if last == 0 { "attribute_not_exists(n) OR n = :last" } else { "n = :last" }).guarding(Guard::Number)
    }

    async fn add_number(&self) -> Result<TicketNumber, StoreError> {
        let item = self.store.update(Write::update(keys::number(self.project), "ADD n :one").number(":one", 1)).await?;
        read_number(&item)
    }
}

/// Why one try did not create the ticket.
enum CreateFailure {
    /// Another create was faster; the counter as it is.
    NumberTaken(Option<Item>),
    Rejected(CreateRejection),
}

impl From<StoreError> for CreateFailure {
    fn from(error: StoreError) -> Self {
        Self::Rejected(error.into())
    }
}

/// Sorts a rejection. The caller's own conditions come first, since another number would not help against those.
fn sort(rejection: &Rejection) -> Option<CreateFailure> {
    if rejection.met(Guard::Once).is_some() {
        return Some(StoreError::CarriedOut.into());
    }
    if let Some(item) = rejection.met(Guard::Admission).or_else(|| rejection.met(Guard::AsRead)) {
        return Some(CreateFailure::Rejected(CreateRejection::NotAdmitted(item)));
    }
    rejection.met(Guard::Number).map(CreateFailure::NumberTaken)
}

fn read_number(item: &Item) -> Result<TicketNumber, StoreError> {
    Reader(item).number(LAST)
}

/// The item that says which number is the last one.
pub(crate) fn write_number(project: ProjectId, last: TicketNumber) -> Item {
    Writer::new(&keys::number(project)).number(LAST, last).done()
}
