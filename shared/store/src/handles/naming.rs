//! Which tickets name which browser sessions, kept beside what the browsers sent. Facts tell of it, in no order and more than once.

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, TicketId, Timestamp, capture::SessionId, settings::MOST_DAYS, time::DAY};

use crate::{
    Store,
    error::StoreError,
    items::context::{EXPIRES, HELD, NAMED_AT, TICKETS, read_named, write_gone},
    transport::{
        context_keys,
        item::{Item, Reader},
        key::LAST,
        keys::Key,
        read::Range,
        write::Write,
    },
};

/// For how many seconds it is kept that a ticket names a session: longer than any recording.
pub(super) const KEPT: i64 = (MOST_DAYS as i64 + 30) * DAY;
/// For how many seconds it is remembered that a ticket is gone. A fact may come again from the dead letters, which are kept for
/// 14 days.
const GONE: i64 = 30 * DAY;
/// The most sessions of a ticket. What further ones send is not recorded, and does not go with the ticket.
const SESSIONS: usize = 100;
/// How many items are read at a time.
const PAGE: usize = 100;
/// How many of them are removed at a time.
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
        if !self.may_name(project, ticket, session).await? {
            return Ok(());
        }
        let until = store.now().plus_seconds(KEPT).seconds();
        // The ticket's row first: whoever removes the ticket finds the session by it. A visitor may come back to a session, and the
        // ticket names it since they came first.
        let row = Write::update(
            context_keys::named(project, ticket, session),
            format!("SET {NAMED_AT} = if_not_exists({NAMED_AT}, :at), {EXPIRES} = :expires"),
        );
        self.write(row.number(":at", at.micros()).number(":expires", until)).await?;
        let named = Write::update(
            context_keys::session(project, session),
            format!("SET {EXPIRES} = :expires, {HELD} = :expires ADD {TICKETS} :ticket"),
        );
        self.write(named.number(":expires", until).member(":ticket", ticket.to_string())).await?;
        // Whoever removes the ticket marks it, and then looks for its sessions. Who has marked it since may have looked too early.
        let is_gone = store.get(&context_keys::gone(project, ticket)).await?.is_some();
        if is_gone { self.forget(project, ticket, session).await } else { Ok(()) }
    }

    /// Whether the ticket is there, and has the session already or room for another.
    async fn may_name(&self, project: ProjectId, ticket: TicketId, session: &SessionId) -> Result<bool, StoreError> {
        // The mark of a ticket that is gone is behind its sessions.
        let rows = Range::new("PK = :pk").text(":pk", context_keys::named_partition(project, ticket)).descending();
        let rows = self.0.query(rows.limit(SESSIONS + 1).consistent()).await?.items;
        let names = rows.iter().map(|row| Reader(row).sort_key()).collect::<Result<Vec<_>, _>>()?;
        let is_gone = names.first() == Some(&LAST);
        Ok(!is_gone && (names.len() < SESSIONS || names.contains(&session.as_str())))
    }

    /// A ticket that is gone names the session no more.
    async fn forget(&self, project: ProjectId, ticket: TicketId, session: &SessionId) -> Result<(), StoreError> {
        self.unnamed(project, ticket, session).await?;
        // Last: by it a repetition finds the session.
        self.write(Write::delete(context_keys::named(project, ticket, session))).await
    }

    /// A ticket is gone. What its sessions sent goes too, unless another ticket names them. May be interrupted and run again.
    pub async fn gone(&self, project: ProjectId, ticket: TicketId) -> Result<(), StoreError> {
        let Self(store) = self;
        let until = store.now().plus_seconds(GONE);
        // Before anything is read: a fact of the same ticket that comes later writes nothing.
        self.write(Write::put(write_gone(project, ticket, until))).await?;
        let rows = Range::new("PK = :pk").text(":pk", context_keys::named_partition(project, ticket)).consistent();
        let mut start = None;
        loop {
            let found = store.query(rows.clone().limit(PAGE).from(start)).await?;
            for row in found.items {
                if let Some((session, _)) = read_named(&row)? {
                    self.forget(project, ticket, &session).await?;
                }
            }
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// A session without this ticket: it goes if no other ticket names it.
    async fn unnamed(&self, project: ProjectId, ticket: TicketId, session: &SessionId) -> Result<(), StoreError> {
        let Self(store) = self;
        let key = context_keys::session(project, session);
        let less = Write::update(key.clone(), format!("DELETE {TICKETS} :ticket")).member(":ticket", ticket.to_string());
        // A session that is gone is not made anew.
        store.attempt(vec![less.only_if("attribute_exists(PK)")]).await?;
        // Another ticket may name it, perhaps since a moment ago: then all of it stays. The session goes before what it sent, so
        // that nothing more is recorded and whoever names it from now on names a new one.
        let gone = Write::delete(key).only_if(format!("attribute_not_exists({TICKETS})"));
        if store.attempt(vec![gone]).await? { self.purge(project, session).await } else { Ok(()) }
    }

    /// Removes everything of a session but its own item.
    async fn purge(&self, project: ProjectId, session: &SessionId) -> Result<(), StoreError> {
        let sent = Range::new("PK = :pk AND SK < :last").text(":pk", context_keys::session_partition(project, session));
        self.remove_all(project, session, sent.text(":last", LAST)).await?;
        // Parts of a recording whose content was written, and whose description was not.
        let contents = Range::new("PK = :pk").text(":pk", context_keys::chunks_partition(project, session));
        self.remove_all(project, session, contents).await
    }

    async fn remove_all(&self, project: ProjectId, session: &SessionId, range: Range) -> Result<(), StoreError> {
        loop {
            let found = self.0.query(range.clone().limit(PAGE).consistent()).await?;
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
