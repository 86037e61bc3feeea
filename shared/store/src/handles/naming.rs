//! Which tickets name which browser sessions, kept beside what the browsers sent. Facts tell of it, in no order and more than once.

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, TicketId, Timestamp, capture::SessionId, settings::MOST_DAYS};

use crate::{
    Store,
    error::StoreError,
    items::context::{EXPIRES, TICKETS, is_there, read_named, read_session, write_gone, write_named},
    transport::{context_keys, item::Item, keys::Key, read::Range, write::Write},
};

/// For how many seconds it is kept that a ticket names a session: longer than any recording.
const KEPT: i64 = (MOST_DAYS as i64 + 30) * 86_400;
/// For how many seconds it is remembered that a ticket is gone. A fact is delivered for a day at most.
const GONE: i64 = 3 * 86_400;
/// How many items are removed at a time.
const AT_ONCE: usize = 8;

/// The handle of what hears of tickets and sessions.
#[derive(Clone)]
pub struct Naming(Store);

impl Store {
    /// The handle of what hears of tickets and sessions.
    pub fn naming(&self) -> Naming {
        Naming(self.context())
    }
}

impl Naming {
    /// A ticket names a session since `at`. From now on the session may be recorded.
    pub async fn named(
        &self,
        project: ProjectId,
        ticket: TicketId,
        session: &SessionId,
        at: Timestamp,
    ) -> Result<(), StoreError> {
        let Self(store) = self;
        if store.get(&context_keys::gone(project, ticket)).await?.is_some() {
            return Ok(());
        }
        let until = store.now().plus_seconds(KEPT);
        // The ticket's row first: whoever removes the ticket finds the session by it.
        self.write(Write::put(write_named(project, ticket, session, at, until))).await?;
        let named = Write::update(
            context_keys::session(project, session),
            format!("SET {EXPIRES} = if_not_exists({EXPIRES}, :expires) ADD {TICKETS} :ticket"),
        );
        self.write(named.number(":expires", until.seconds()).member(":ticket", ticket.to_string())).await
    }

    /// A ticket is gone. What its sessions sent goes too, unless another ticket names them. May be interrupted and run again.
    pub async fn gone(&self, project: ProjectId, ticket: TicketId) -> Result<(), StoreError> {
        let Self(store) = self;
        let until = store.now().plus_seconds(GONE);
        // Before anything is read: a fact of the same ticket that comes later writes nothing.
        self.write(Write::put(write_gone(project, ticket, until))).await?;
        let rows = Range::new("PK = :pk").text(":pk", context_keys::named_partition(project, ticket)).consistent();
        for row in store.query_all(rows).await? {
            if let Some((session, _)) = read_named(&row)? {
                self.unnamed(project, ticket, &session).await?;
                self.write(Write::delete(context_keys::named(project, ticket, &session))).await?;
            }
        }
        Ok(())
    }

    /// A session without this ticket: it goes if no other ticket names it.
    async fn unnamed(&self, project: ProjectId, ticket: TicketId, session: &SessionId) -> Result<(), StoreError> {
        let Self(store) = self;
        let key = context_keys::session(project, session);
        if store.get(&key).await?.is_some() {
            let less = Write::update(
                key.clone(),
                format!("SET {EXPIRES} = if_not_exists({EXPIRES}, :expires) DELETE {TICKETS} :ticket"),
            );
            let less = less.number(":expires", store.now().seconds()).member(":ticket", ticket.to_string());
            let left = store.update(less).await?;
            if !read_session(&left)?.tickets.is_empty() && is_there(&left, store.now()) {
                return Ok(());
            }
        }
        self.purge(project, session).await?;
        self.write(Write::delete(key)).await
    }

    /// Removes everything of a session but its own item, which goes last.
    async fn purge(&self, project: ProjectId, session: &SessionId) -> Result<(), StoreError> {
        let Self(store) = self;
        loop {
            let rest = Range::new("PK = :pk AND SK < :last").text(":pk", context_keys::session_partition(project, session));
            let found = store.query(rest.text(":last", "~").limit(100).consistent()).await?;
            let removals = stream::iter(found.items).map(|item| self.remove(project, session, item)).buffer_unordered(AT_ONCE);
            removals.try_collect::<()>().await?;
            if found.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Removes an item, and before it the part of a recording that it describes.
    async fn remove(&self, project: ProjectId, session: &SessionId, item: Item) -> Result<(), StoreError> {
        let Some(key) = Key::of(&item) else { return Ok(()) };
        if let Some(name) = key.sk.strip_prefix(context_keys::CHUNKS) {
            self.write(Write::delete(context_keys::chunk(project, session, name))).await?;
        }
        self.write(Write::delete(key)).await
    }

    async fn write(&self, write: Write) -> Result<(), StoreError> {
        self.0.commit(vec![write]).await.map_err(|rejection| rejection.into_error("a session"))
    }
}
