//! The only crate that knows DynamoDB: keys, items, conditions, capacity.
//!
//! There is one door. [`Store::enter`] turns a credential into its holder, and the holder gives a handle: [`Desk`] with the
//! holder's permission, or [`VisitorDesk`] for a customer, which has fewer methods and a smaller key range. Every change is
//! decided by `lambdesk-domain` and written here in one conditional call; a lost race is decided again from the item that won.
//!
//! The modules stand in this order, and each uses only those before it (the test `layers` keeps it so):
//!
//! 1. [`transport`]: how the table is reached. Keys, items and their format, calls and what they cost.
//! 2. [`items`]: how each thing lies in the table, one module each, both ways.
//! 3. [`room`]: one project's part of the table. How a ticket is read, made and changed.
//! 4. [`upkeep`]: what the desk does by itself, through its own handle ([`Upkeep`]). Folds of the stream, timers, and walks
//!    along the tickets.
//! 5. [`lists`]: lists of tickets, whatever is asked for, within a budget. They find tickets by what the folds keep.
//! 6. [`handles`]: what functions hold. The desk of a project for agents and for one customer, and the accounts above it. A
//!    change of rules, or a removal, leaves a note for the upkeep.

mod error;
mod handles;
mod items;
#[cfg(test)]
mod layers;
mod lists;
mod room;
mod transport;
mod upkeep;

use std::{
    collections::HashMap,
    sync::{Arc, Mutex, PoisonError, atomic::AtomicBool},
    time::Duration,
};

use aws_sdk_dynamodb::Client;
use hashlink::LruCache;
use lambdesk_domain::{ProjectId, Timestamp, ids, project::Project, view::SavedView, workflow::Workflow};
use lambdesk_runtime::{cache, connect::BadEnvironment, crypto};
use uuid::Uuid;

use handles::windows;
use items::account::Credential;
use room::{Room, create::NumberHint};
use transport::{keys, write::Write};

pub use error::{ChangeError, StoreError};
pub use handles::{
    accounts::{Account, NewKey, ProjectSeed},
    audit::{AuditFilter, AuditRow},
    bulk::Left,
    capture::{Capture, Refused, Taken},
    context::{Gone, NamedSession, Recording, SeenOfTicket},
    courier::{Courier, CourierDesk},
    desk::Desk,
    door::{Denied, Entered, KeyHolder, PageHolder, Principal, RatingDesk, SecretHolder, WidgetHolder},
    each::{Changed, Wanted},
    erase::{Customer, Erasure, Traces},
    founding::{FirstDesk, Founding},
    line::{LinePosition, Waiting},
    log::{Log, Stretch},
    mailboxes::MailboxError,
    mailroom::{Incoming, MailDesk, Mailroom, Told, mail_id_record},
    members::NewMember,
    naming::Naming,
    presence::{Looking, Viewer},
    previous::CustomerPlace,
    reply::{Newer, NotSent},
    restore::Restored,
    running::Runs,
    runs::{RunChange, RunCommit, RunDecision, Unwritten},
    saved::Shelf,
    sessions::{Listed as ListedSession, Opened, SignIns},
    source_maps::NotKept,
    thread::ThreadPage,
    transfer::{Exported, Imported, TakenAlong, Transfer, TransferError},
    visitor::{TICKETS, VisitorDesk, VisitorThread, VisitorTickets},
    watch::{Known, Watched},
};
pub use items::{
    account::User, activity::LoggedActivity, context::ChunkInfo, head::Head, received::KnownMail, session::Device,
    sign_in::Attempt, source_map::SourceMapInfo, workflow::RunRecord,
};
pub use lambdesk_domain::directory::Directory;
pub use lists::{Direction, ListPage, ListQuery, Unresolved};
pub use room::{
    Posted,
    deliver::Resent,
    once::{Earlier, KEPT, Once, Receipt},
};
pub use transport::{connect::Connection, meter, schema};
pub use upkeep::{
    Upkeep,
    deliveries::{DeliveryTimer, RungDelivery},
    fold::ProjectRecords,
    hand_over::HandOver,
    load::Load,
    purge::LeftBehind,
    recount::{Recounted, Standing},
    renewal::{Made, Renewal, Renewed},
    rollout::{RolledOut, Rollout},
    stream::{DeliveryChange, NewMessage, TicketChange, sighting_in_profile},
    tags::TagCounts,
    timers::{DueTimers, Rung, Timer},
};

/// The table. Cheap to clone; all clones share one connection pool and one memory.
#[derive(Clone)]
pub struct Store {
    client: Client,
    inner: Arc<Inner>,
    /// Which of the two tables the calls are on.
    on: Table,
}

/// The tables of a desk.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Table {
    /// The desk itself.
    Desk,
    /// What browsers sent ([`context_keys`](transport::context_keys)). A flood of it reaches nothing of the desk.
    Context,
}

/// What tells the time.
type Clock = Arc<dyn Fn() -> Timestamp + Send + Sync>;

struct Inner {
    table: String,
    context: String,
    clock: Clock,
    credentials: cache::Cache<Credential>,
    projects: cache::Cache<Project>,
    directories: cache::Cache<Directory>,
    workflows: cache::Cache<Vec<Workflow>>,
    views: cache::Cache<Vec<SavedView>>,
    /// Who has used up a limit, and until when.
    full: Mutex<LruCache<String, Timestamp>>,
    numbers: Mutex<HashMap<ProjectId, NumberHint>>,
    /// How many bytes the tickets of a project take, as lists have seen.
    sizes: Mutex<HashMap<ProjectId, usize>>,
    /// Whether all projects follow the rules of time zones that this process has.
    zones_known: AtomicBool,
}

impl Store {
    /// A store on a table that exists.
    pub fn new(client: Client, table: impl Into<String>) -> Self {
        Self::timed(client, table.into(), Arc::new(|| Timestamp::from(chrono::Utc::now())), &cache::Clock::Machine)
    }

    /// A store that has the time from `clock`, so that a test need not wait for an hour to pass. What it remembers ages by
    /// that clock too.
    pub fn with_clock(client: Client, table: impl Into<String>, clock: impl Fn() -> Timestamp + Send + Sync + 'static) -> Self {
        let clock: Clock = Arc::new(clock);
        let told = Arc::clone(&clock);
        let since_1970 = move || Duration::from_micros(told().micros().try_into().unwrap_or_default());
        Self::timed(client, table.into(), clock, &cache::Clock::Told(Arc::new(since_1970)))
    }

    fn timed(client: Client, table: String, clock: Clock, age: &cache::Clock) -> Self {
        let inner = Inner {
            context: schema::context_table(&table),
            table,
            clock,
            credentials: cache::Cache::lasting(cache::LIFETIME, age.clone()),
            projects: cache::Cache::lasting(cache::LIFETIME, age.clone()),
            directories: cache::Cache::lasting(cache::LIFETIME, age.clone()),
            workflows: cache::Cache::lasting(Duration::from_secs(30), age.clone()),
            views: cache::Cache::lasting(cache::LIFETIME, age.clone()),
            full: Mutex::new(LruCache::new(windows::FULL)),
            numbers: Mutex::default(),
            sizes: Mutex::default(),
            zones_known: AtomicBool::new(false),
        };
        Self { client, inner: Arc::new(inner), on: Table::Desk }
    }

    /// A store as the environment describes it (see [`Connection::from_env`]).
    pub fn from_env() -> Result<Self, BadEnvironment> {
        let connection = Connection::from_env()?;
        Ok(Self::new(connection.client(), connection.table))
    }

    /// The same table, with the same memory, asked through another client.
    #[must_use]
    pub fn asked_by(&self, client: Client) -> Self {
        Self { client, inner: Arc::clone(&self.inner), on: self.on }
    }

    /// The same desk's table of what browsers sent.
    pub(crate) fn context(&self) -> Self {
        Self { on: Table::Context, ..self.clone() }
    }

    /// Opens the connection ahead of the first request, while Lambda still gives the start a full core. A failure here
    /// is the first request's to report.
    pub async fn warm_up(&self) {
        if let Err(error) = self.get(&keys::counter(keys::PROJECTS)).await {
            tracing::warn!(%error, "could not reach the table at start");
        }
    }

    /// A project's handle without a credential, for tests and benchmarks. No function can call it: a request's handler
    /// [enters](Self::enter), and the others hold [`Runs`] or an [`Upkeep`].
    pub fn unchecked<P>(&self, project: ProjectId) -> Desk<P> {
        Desk::new(self.room(project))
    }

    /// The handle of whoever sets up the table.
    pub fn founding(&self) -> Founding {
        Founding(self.clone())
    }

    pub(crate) fn room(&self, project: ProjectId) -> Room {
        Room { store: self.clone(), project }
    }

    /// The time by the store's clock.
    pub fn now(&self) -> Timestamp {
        (self.inner.clock)()
    }

    /// A new id, of this moment by the store's clock ([`ids::timed`]).
    pub fn new_id(&self) -> Uuid {
        ids::timed(self.now(), crypto::entropy())
    }

    pub(crate) fn client(&self) -> &Client {
        &self.client
    }

    pub(crate) fn table(&self) -> &str {
        match self.on {
            Table::Desk => &self.inner.table,
            Table::Context => &self.inner.context,
        }
    }

    /// The table that a write is on.
    pub(crate) fn table_of(&self, write: &Write) -> &str {
        if write.is_of_desk { &self.inner.table } else { self.table() }
    }

    pub(crate) fn number_hint(&self, project: ProjectId) -> NumberHint {
        let mut hints = self.inner.numbers.lock().unwrap_or_else(PoisonError::into_inner);
        hints.entry(project).or_default().clone()
    }
}
