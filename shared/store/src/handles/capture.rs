//! What browsers sent, written by whoever holds a project's public token. It reaches nothing of the desk.

use std::collections::BTreeMap;

use lambdesk_domain::{
    ProjectId, Timestamp,
    capture::{
        SeenEvent, SeenException, SessionId, event,
        quota::Amount,
        recording::{Part, Parts},
        walls,
    },
    settings,
    time::DAY,
};
use lambdesk_runtime::crypto::digest_of;
use uuid::Uuid;

use crate::{
    Store,
    error::StoreError,
    handles::{door::PageHolder, naming::KEPT},
    items::context::{
        self, BYTES, CHUNKS, DROPPED, EVENTS, EXPIRES, HELD, LEFT_OUT, MISSED, RECORDED_UNTIL, SessionRow, TICKETS, read_session,
    },
    transport::{context_keys, item::Reader, write::Write},
};

/// What a page may put down of its visitors' sessions.
#[derive(Clone)]
pub struct Capture {
    /// The table of what browsers sent.
    store: Store,
    project: ProjectId,
}

/// Why something was not taken.
#[derive(Debug)]
pub enum Refused {
    /// The session has sent all that it may.
    Full,
    /// No ticket names the session.
    Stranger,
    /// The store fails.
    Store(StoreError),
}

impl From<StoreError> for Refused {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

/// What a session sent at once.
#[derive(Debug, Default)]
pub struct Taken {
    /// Events.
    pub events: Vec<SeenEvent>,
    /// Exceptions.
    pub exceptions: Vec<SeenException>,
}

impl PageHolder {
    /// What the page may put down of its visitors' sessions.
    pub fn capture(&self) -> Capture {
        Capture { store: self.store().context(), project: self.project_id() }
    }
}

impl Capture {
    /// Stores events and exceptions of a session. Returns how much was taken.
    pub async fn take(&self, session: &SessionId, taken: &Taken, kept: settings::Capture) -> Result<Amount, Refused> {
        let Taken { events, exceptions } = taken;
        let now = self.store.now();
        let (zipped, left_out) = event::packed(events);
        let bytes = if events.is_empty() { 0 } else { zipped.len() };
        let amount = Amount { events: (events.len() + exceptions.len()) as u64, bytes: bytes as u64 };
        self.count(session, amount, left_out, kept, now).await?;
        let until = now.plus_seconds(i64::from(kept.days) * DAY);
        if let Some(first) = events.first() {
            let key = context_keys::events(self.project, session, first.at, self.store.new_id());
            self.put(Write::put(context::write_events(&key, zipped, events.len() - left_out, until))).await?;
        }
        if exceptions.is_empty() {
            return Ok(amount);
        }
        let bytes = self.keep_exceptions(session, exceptions, until).await?;
        Ok(Amount { bytes: amount.bytes + bytes, ..amount })
    }

    /// Counts what a session sends, unless it has sent all that it may.
    async fn count(
        &self,
        session: &SessionId,
        amount: Amount,
        dropped: usize,
        kept: settings::Capture,
        now: Timestamp,
    ) -> Result<(), Refused> {
        let key = context_keys::session(self.project, session);
        // A session that a ticket names is kept for longer, whatever the settings are by now.
        let expires = format!("{EXPIRES} = if_not_exists({HELD}, :expires)");
        let expression = format!("SET {expires} ADD {EVENTS} :events, {BYTES} :bytes, {DROPPED} :dropped");
        let write = Write::update(key, expression)
            .only_if(format!(
                "(attribute_not_exists({EVENTS}) OR {EVENTS} < :most) AND (attribute_not_exists({BYTES}) OR {BYTES} < :most_bytes)"
            ))
            .number(":expires", now.plus_seconds(i64::from(kept.days) * DAY).seconds())
            .number(":events", amount.events)
            .number(":bytes", amount.bytes)
            .number(":dropped", dropped)
            .number(":most", walls::SESSION_EVENTS)
            .number(":most_bytes", walls::SESSION_BYTES);
        self.admitted(write).await
    }

    /// Counts exceptions by their fingerprints, and stores those that are new. Returns how many bytes are new.
    async fn keep_exceptions(
        &self,
        session: &SessionId,
        exceptions: &[SeenException],
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        let known = self.session(session).await?.unwrap_or_default();
        let mut room = walls::SESSION_EXCEPTIONS.saturating_sub(known.exceptions.len());
        let mut groups: BTreeMap<String, Vec<&SeenException>> = BTreeMap::new();
        for exception in exceptions {
            groups.entry(exception.fingerprint()).or_default().push(exception);
        }
        let (mut adds, mut sets, mut bytes, mut missed) = (Vec::new(), Vec::new(), 0, 0);
        let mut count = Vec::new();
        for (place, (fingerprint, group)) in groups.iter().enumerate() {
            if !known.exceptions.contains_key(fingerprint) {
                if room == 0 {
                    missed += group.len();
                    continue;
                }
                room -= 1;
                bytes += self.keep_exception(session, fingerprint, group[0], until).await?;
            }
            adds.push(format!("{} :n{place}", context::counts(fingerprint)));
            sets.push(format!("{} = :t{place}", context::last_came(fingerprint)));
            let last = group.iter().map(|exception| exception.at).max().unwrap_or(until);
            count.push((place, group.len(), last));
        }
        adds.push(format!("{BYTES} :bytes, {MISSED} :missed"));
        let set = if sets.is_empty() { String::new() } else { format!("SET {} ", sets.join(", ")) };
        let key = context_keys::session(self.project, session);
        let mut write = Write::update(key, format!("{set}ADD {}", adds.join(", ")));
        for (place, often, last) in count {
            write = write.number(&format!(":n{place}"), often).number(&format!(":t{place}"), last.micros());
        }
        // A session that has been removed meanwhile is not made anew.
        let write = write.number(":bytes", bytes).number(":missed", missed).only_if("attribute_exists(PK)");
        self.store.attempt(vec![write]).await?;
        Ok(bytes)
    }

    /// Stores the first exception of its kind. Another process may have been faster, with one that is as good.
    async fn keep_exception(
        &self,
        session: &SessionId,
        fingerprint: &str,
        exception: &SeenException,
        until: Timestamp,
    ) -> Result<u64, StoreError> {
        let key = context_keys::exception(self.project, session, fingerprint);
        let item = context::write_exception(&key, exception, until);
        let bytes = crate::transport::item::size(&item) as u64;
        let is_new = self.store.attempt(vec![Write::put(item).if_absent()]).await?;
        Ok(if is_new { bytes } else { 0 })
    }

    /// Whether a ticket names the session, and the session may send more of its recording. Nothing is written.
    pub async fn admits_recording(&self, session: &SessionId) -> Result<(), Refused> {
        let known = self.session(session).await?.filter(|known| !known.tickets.is_empty()).ok_or(Refused::Stranger)?;
        let is_full = known.chunks >= walls::SESSION_CHUNKS || known.taken.bytes >= walls::SESSION_BYTES;
        if is_full { Err(Refused::Full) } else { Ok(()) }
    }

    /// Stores parts of a recording, and returns how much is new. The same part again takes the place of the first, unless the
    /// browser's clock is ahead: then it lies beside it until both expire, and is shown once.
    pub async fn record(
        &self,
        session: &SessionId,
        window: Option<&str>,
        parts: &Parts,
        kept: settings::Capture,
    ) -> Result<Amount, Refused> {
        let now = self.store.now();
        let until = now.plus_seconds(i64::from(kept.recording_days) * DAY);
        let amount = parts.all.iter().map(amount_of).fold(Amount::default(), Amount::plus);
        let expression = format!(
            "SET {EXPIRES} = :held, {HELD} = :held, {RECORDED_UNTIL} = :until ADD {CHUNKS} :chunks, {BYTES} :bytes, {LEFT_OUT} :left_out"
        );
        // Only sessions that tickets name are recorded, and a session has an end.
        let write = Write::update(context_keys::session(self.project, session), expression)
            .only_if(format!(
                "attribute_exists({TICKETS}) AND (attribute_not_exists({CHUNKS}) OR {CHUNKS} < :most) AND \
                 (attribute_not_exists({BYTES}) OR {BYTES} < :most_bytes)"
            ))
            .number(":held", now.plus_seconds(KEPT).seconds())
            .number(":until", until.micros())
            .number(":chunks", amount.events)
            .number(":bytes", amount.bytes)
            .number(":left_out", parts.left_out)
            .number(":most", walls::SESSION_CHUNKS)
            .number(":most_bytes", walls::SESSION_BYTES);
        // Before anything is stored: many requests at once go beyond the bounds by little.
        self.admitted(write).await?;
        let (mut new, mut known) = (Amount::default(), Amount::default());
        for part in &parts.all {
            let counts = if self.keep_part(session, window, part, until).await? { &mut new } else { &mut known };
            *counts = counts.plus(amount_of(part));
        }
        if known.events > 0 {
            let left_out = if new.events == 0 { parts.left_out } else { 0 };
            self.counted_before(session, known, left_out).await?;
        }
        Ok(new)
    }

    /// Takes back what was counted of parts that were there already.
    async fn counted_before(&self, session: &SessionId, known: Amount, left_out: usize) -> Result<(), StoreError> {
        let key = context_keys::session(self.project, session);
        let write = Write::update(key, format!("ADD {CHUNKS} :chunks, {BYTES} :bytes, {LEFT_OUT} :left_out"));
        let less = |number: u64| format!("-{number}");
        let write = write.number(":chunks", less(known.events)).number(":bytes", less(known.bytes));
        let write = write.number(":left_out", less(left_out as u64));
        // A session that has been removed meanwhile is not made anew.
        self.store.attempt(vec![write.only_if("attribute_exists(PK)")]).await.map(|_| ())
    }

    /// Returns whether the part was not there before. The content comes first: what is listed is there.
    async fn keep_part(
        &self,
        session: &SessionId,
        window: Option<&str>,
        part: &Part,
        until: Timestamp,
    ) -> Result<bool, StoreError> {
        let digest = digest_of(&[&part.zipped]);
        let id = Uuid::from_slice(&digest[..16]).unwrap_or_default();
        let name = context_keys::chunk_name(part.from, id);
        let content = context::write_chunk(&context_keys::chunk(self.project, session, &name), part, until);
        self.put(Write::put(content)).await?;
        let info = context_keys::chunk_info(self.project, session, &name);
        self.store.attempt(vec![Write::put(context::write_chunk_info(&info, part, window, until)).if_absent()]).await
    }

    /// Adds what this process has taken of a project on a day. Returns what all processes have.
    pub async fn add_to_day(&self, day: i64, amount: Amount) -> Result<Amount, StoreError> {
        let write = Write::update(
            context_keys::day(self.project, day),
            format!("SET {EXPIRES} = :expires ADD {EVENTS} :events, {BYTES} :bytes"),
        );
        let write = write.number(":expires", (day + 3) * DAY).number(":events", amount.events).number(":bytes", amount.bytes);
        let item = self.store.update(write).await?;
        let row = Reader(&item);
        Ok(Amount { events: row.number(EVENTS)?, bytes: row.number(BYTES)? })
    }

    async fn session(&self, session: &SessionId) -> Result<Option<SessionRow>, StoreError> {
        self.store.get(&context_keys::session(self.project, session)).await?.as_ref().map(read_session).transpose()
    }

    async fn put(&self, write: Write) -> Result<(), StoreError> {
        self.store.commit(vec![write]).await.map_err(|rejection| rejection.into_error("a session"))
    }

    async fn admitted(&self, write: Write) -> Result<(), Refused> {
        if self.store.attempt(vec![write]).await? { Ok(()) } else { Err(Refused::Full) }
    }
}

/// What a part counts for.
const fn amount_of(part: &Part) -> Amount {
    Amount { events: 1, bytes: part.zipped.len() as u64 }
}
