//! What agents read of a ticket's browser sessions.

use std::collections::{BTreeSet, HashMap, HashSet};

use lambdesk_domain::{
    MessageId, Ticket, TicketId, Timestamp,
    capture::{
        SessionId,
        pinned::{AROUND, Seen, window},
        walls,
    },
    permission::ReadsTickets,
};

use crate::{
    Desk,
    error::StoreError,
    items::{
        context::{
            ChunkInfo, SessionRow, chunk_in_address, chunk_of_address, extent_of_events, is_there, read_chunk, read_chunk_info,
            read_events, read_exception, read_named, read_pinned, read_session, write_pinned,
        },
        message,
    },
    room::Room,
    transport::{
        context_keys,
        item::{Item, Reader},
        key::{Key, LAST},
        keys,
        read::Range,
        write::Write,
    },
};

/// The most sessions of a ticket that are told of.
const SESSIONS: usize = 10;
/// By how many seconds an item of events may begin before the first of them that is asked for.
const REQUEST: i64 = 300;

/// What a ticket shows of its browser sessions.
#[derive(Debug, Clone, Default)]
pub struct SeenOfTicket {
    /// The events around the ticket's creation, and the errors of the session in which it was opened.
    pub seen: Seen,
    /// Whether the ticket itself keeps them.
    pub is_kept: bool,
    /// The sessions that the ticket named, the newest first.
    pub sessions: Vec<NamedSession>,
}

/// A session that a ticket named.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NamedSession {
    /// The session.
    pub id: SessionId,
    /// Since when the ticket names it.
    pub named_at: Timestamp,
    /// The message that came from it first.
    pub message: Option<MessageId>,
    /// Whether there is a recording of it.
    pub has_recording: bool,
}

/// What is there of a session's recording.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Recording {
    /// Its parts, oldest first.
    pub chunks: Vec<ChunkInfo>,
    /// How many events of the recorder are in none of them.
    pub left_out: u64,
    /// Until when it is there.
    pub until: Option<Timestamp>,
}

/// The session is none of the ticket's.
#[derive(Debug)]
pub enum Gone {
    /// There is no such session, or no such part of it.
    NotFound,
    /// The store fails.
    Store(StoreError),
}

impl From<StoreError> for Gone {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// What a ticket shows of its browser sessions. Whoever reads it first, five minutes after the ticket's creation or later, has
    /// the ticket keep it.
    pub async fn seen(&self, ticket: &Ticket) -> Result<SeenOfTicket, StoreError> {
        let room = self.room();
        let (pinned, named) = tokio::try_join!(room.pinned(ticket.id), room.named_sessions(ticket.id))?;
        let is_pinned = pinned.is_some();
        let read = async {
            match (pinned, ticket.first_session()) {
                (Some(seen), _) => Ok(seen),
                (None, None) => Ok(Seen::default()),
                (None, Some(session)) => Box::pin(room.seen_in(&session, ticket.created_at)).await,
            }
        };
        let (seen, sessions) = tokio::try_join!(read, room.told(ticket.id, named))?;
        let is_late = room.now() >= ticket.created_at.plus_seconds(AROUND);
        let is_something = !seen.events.is_empty() || !seen.errors.is_empty();
        let is_kept = is_pinned || (is_late && is_something && room.pin(ticket, &seen).await?);
        Ok(SeenOfTicket { seen, is_kept, sessions })
    }

    /// The recording of one of a ticket's sessions.
    pub async fn recording(&self, ticket: &Ticket, session: &SessionId) -> Result<Recording, Gone> {
        let room = self.room();
        room.check_session(ticket, session).await?;
        Ok(room.recording_of(session).await?)
    }

    /// The content of a part of a recording, as gzip of a JSON array.
    pub async fn recorded(&self, ticket: &Ticket, session: &SessionId, chunk: &str) -> Result<Vec<u8>, Gone> {
        let name = chunk_of_address(chunk).ok_or(Gone::NotFound)?;
        let room = self.room();
        room.check_session(ticket, session).await?;
        let item = room.store.context().get_eventually(&context_keys::chunk(room.project, session, &name)).await?;
        let item = item.filter(|item| is_there(item, room.now())).ok_or(Gone::NotFound)?;
        Ok(read_chunk(&item)?)
    }
}

impl Room {
    async fn pinned(&self, ticket: TicketId) -> Result<Option<Seen>, StoreError> {
        self.store.get_eventually(&keys::pinned(self.project, ticket)).await?.as_ref().map(read_pinned).transpose()
    }

    /// Has a ticket keep what was seen. Returns whether it does: a ticket that was deleted meanwhile keeps nothing, for what is
    /// removed with it may have been removed already.
    async fn pin(&self, ticket: &Ticket, seen: &Seen) -> Result<bool, StoreError> {
        let pinned = Write::put(write_pinned(self.project, ticket.id, seen.packed(ticket.created_at)));
        let is_there = Write::check(keys::ticket(self.project, ticket.id), "attribute_exists(PK)");
        self.store.attempt(vec![pinned, is_there]).await
    }

    /// The events around a time and the errors of a session.
    async fn seen_in(&self, session: &SessionId, created_at: Timestamp) -> Result<Seen, StoreError> {
        let context = self.store.context();
        let partition = context_keys::session_partition(self.project, session);
        let between = |from: String, until: String| {
            let range = Range::new("PK = :pk AND SK BETWEEN :from AND :until").text(":pk", &partition);
            range.text(":from", from).text(":until", until)
        };
        let (from, until) = window(created_at);
        let end = |at| format!("{}$", context_keys::millis(at));
        // The time in a key is that of the first event of a request.
        let before = between(context_keys::millis(from.plus_seconds(-REQUEST)), end(created_at)).descending();
        let after = between(end(created_at), end(until));
        let rest = between(context_keys::EXCEPTIONS.to_owned(), LAST.to_owned());
        // A page each, of a megabyte, from the creation on: a session may have ten, and agents are shown the nearest.
        let (before, after, rest) = tokio::try_join!(context.query(before), context.query(after), context.query_all(rest))?;
        let is_whole = before.next.is_none() && after.next.is_none();
        let now = self.now();
        let there = |items: Vec<Item>| items.into_iter().filter(|item| is_there(item, now)).collect::<Vec<_>>();
        let (events, mut rest) = (there([before.items, after.items].concat()), there(rest));
        let is_last = |item: &Item| Reader(item).sort_key().is_ok_and(|sk| sk == LAST);
        let known = rest.pop_if(|item| is_last(item)).as_ref().map(read_session).transpose()?.unwrap_or_default();
        let (events, beyond) = near(events, created_at)?;
        let events = events.iter().map(read_events).collect::<Result<Vec<_>, _>>()?;
        let events: Vec<_> = events.into_iter().flatten().collect();
        let errors = rest.iter().map(|item| read_exception(item, &known)).collect::<Result<Vec<_>, _>>()?;
        let seen = Seen {
            events_left_out: if is_whole { known.dropped + beyond } else { known.events().saturating_sub(events.len() as u64) },
            events,
            errors,
            errors_left_out: known.missed,
        };
        Ok(seen.around(created_at))
    }

    /// The sessions that a ticket named, the newest first.
    async fn named_sessions(&self, ticket: TicketId) -> Result<Vec<(SessionId, Timestamp)>, StoreError> {
        let rows = Range::new("PK = :pk").text(":pk", context_keys::named_partition(self.project, ticket));
        let rows = self.store.context().query_all(rows).await?;
        let rows = rows.iter().map(read_named).collect::<Result<Vec<_>, _>>()?;
        let mut named: Vec<_> = rows.into_iter().flatten().collect();
        named.sort_by_key(|(_, at)| std::cmp::Reverse(*at));
        named.truncate(SESSIONS);
        Ok(named)
    }

    /// What is to be told of sessions: whether they were recorded, and from which message they are.
    async fn told(&self, ticket: TicketId, named: Vec<(SessionId, Timestamp)>) -> Result<Vec<NamedSession>, StoreError> {
        if named.is_empty() {
            return Ok(Vec::new());
        }
        let sessions: Vec<_> = named.iter().map(|(id, _)| context_keys::session(self.project, id)).collect();
        // Each time once: a batch takes no key twice.
        let times: BTreeSet<_> = named.iter().map(|(_, at)| *at).collect();
        let messages: Vec<_> = times.into_iter().map(|at| keys::message(self.project, ticket, at, false)).collect();
        let context = self.store.context();
        let (sessions, messages) =
            tokio::try_join!(context.batch_get_eventually(&sessions), self.store.batch_get_eventually(&messages))?;
        let sessions = by_key(&sessions, read_session)?;
        let messages = by_key(&messages, message::read)?;
        let now = self.now();
        let is_recorded = |id: &SessionId| {
            let known: Option<&SessionRow> = sessions.get(&context_keys::session(self.project, id).pk);
            known.is_some_and(|known| known.recorded_until.is_some_and(|until| until > now))
        };
        let of = |at| messages.values().find(|message| message.created_at == at).map(|message| message.id);
        let told = named.into_iter().map(|(id, named_at)| NamedSession {
            has_recording: is_recorded(&id),
            message: of(named_at),
            id,
            named_at,
        });
        Ok(told.collect())
    }

    /// Refuses a session that the ticket does not name.
    async fn check_session(&self, ticket: &Ticket, session: &SessionId) -> Result<(), Gone> {
        if ticket.first_session().as_ref() == Some(session) || ticket.session_id.as_deref() == Some(session.as_str()) {
            return Ok(());
        }
        let row = self.store.context().get_eventually(&context_keys::named(self.project, ticket.id, session)).await?;
        row.map(|_| ()).ok_or(Gone::NotFound)
    }

    async fn recording_of(&self, session: &SessionId) -> Result<Recording, StoreError> {
        let context = self.store.context();
        let chunks = Range::new("PK = :pk AND SK BETWEEN :from AND :until")
            .text(":pk", context_keys::session_partition(self.project, session))
            .text(":from", context_keys::CHUNKS)
            .text(":until", context_keys::AFTER_CHUNKS);
        let key = context_keys::session(self.project, session);
        let (chunks, known) = tokio::try_join!(context.query_all(chunks), context.get_eventually(&key))?;
        let known = known.as_ref().map(read_session).transpose()?.unwrap_or_default();
        let now = self.now();
        let chunks = chunks.iter().filter(|item| is_there(item, now)).map(read_chunk_info).collect::<Result<Vec<_>, _>>()?;
        Ok(Recording { chunks: once_each(chunks), left_out: known.left_out, until: known.recorded_until })
    }
}

/// Of the events of requests those that are the nearest to a time, up to [`walls::SEEN_JSON`] bytes of JSON, and how many events
/// the others have.
fn near(mut items: Vec<Item>, at: Timestamp) -> Result<(Vec<Item>, u64), StoreError> {
    let at = at.micros() / 1000;
    let first = |item: &Item| Reader(item).sort_key().ok().and_then(|sk| sk.split_once('#')?.0.parse::<i64>().ok());
    items.sort_by_key(|item| first(item).map_or(u64::MAX, |first| first.abs_diff(at)));
    let (mut near, mut bytes, mut beyond) = (Vec::new(), 0, 0);
    for item in items {
        let (length, events) = extent_of_events(&item)?;
        bytes += length;
        if bytes <= walls::SEEN_JSON {
            near.push(item);
        } else {
            beyond += events;
        }
    }
    Ok((near, beyond))
}

/// Each part once, by the name that addresses give to it. A part that was sent again under another time has the same content.
fn once_each(chunks: Vec<ChunkInfo>) -> Vec<ChunkInfo> {
    let mut seen = HashSet::new();
    let content = |id: &str| id.split_once('#').map(|(_, content)| content.to_owned());
    let once = chunks.into_iter().filter(|chunk| seen.insert(content(&chunk.id)));
    once.map(|chunk| ChunkInfo { id: chunk_in_address(&chunk.id), ..chunk }).collect()
}

/// What items say, by their partition keys and, for items of one partition, their sort keys.
fn by_key<T>(items: &[Item], read: impl Fn(&Item) -> Result<T, StoreError>) -> Result<HashMap<String, T>, StoreError> {
    let name = |Key { pk, sk }: Key| if sk == LAST { pk } else { format!("{pk} {sk}") };
    items.iter().filter_map(|item| Some((name(Key::of(item)?), item))).map(|(key, item)| Ok((key, read(item)?))).collect()
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        ProjectId,
        capture::{SeenEvent, event::packed},
    };
    use uuid::Uuid;

    use super::*;
    use crate::items::context::write_events;

    #[test]
    fn the_events_nearest_to_the_creation_are_read_and_the_others_counted() {
        let at = |seconds: i64| Timestamp::EPOCH.plus_seconds(1_000_000 + seconds);
        let session = "s".parse().unwrap();
        let item = |seconds| {
            let properties = [("x".to_owned(), "x".repeat(50_000).into())].into_iter().collect();
            let (name, distinct_id) = ("e".to_owned(), "d".to_owned());
            let event = SeenEvent { id: None, at: at(seconds), name, url: None, distinct_id, window: None, properties };
            let (zipped, left_out) = packed(&[event.clone(), event]);
            assert_eq!(left_out, 0);
            let id = Uuid::from_u128(u128::try_from(seconds).unwrap());
            write_events(&context_keys::events(ProjectId(1), &session, at(seconds), id), zipped, 2, at(9999))
        };
        let (read, beyond) = near((0..100).map(item).collect(), at(50)).unwrap();
        assert_eq!(beyond, 2 * (100 - read.len() as u64));
        let bytes: usize = read.iter().map(|item| extent_of_events(item).unwrap().0).sum();
        assert!((walls::SEEN_JSON - 200_000..=walls::SEEN_JSON).contains(&bytes), "{bytes}");
        for item in &read {
            assert!(read_events(item).unwrap().iter().all(|event| (40..=60).contains(&(event.at.seconds() - at(0).seconds()))));
        }
        let few = near((0..3).map(item).collect(), at(50)).unwrap();
        assert_eq!((few.0.len(), few.1), (3, 0));
    }
}
