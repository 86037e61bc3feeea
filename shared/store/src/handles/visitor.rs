//! The customer's handle. It reaches the customer's own tickets and their public messages, whose keys begin at `M#`. Private
//! notes lie outside of every range that this handle can read, so there is nothing to filter out.

use lambdesk_domain::{
    Actor, Command, Message, Ticket, TicketId, Timestamp, access::Visitor, command::FromCustomer, create::Draft,
    ids::Fingerprint, limit::Limit, message::contiguous, ticket::Status,
};
use lambdesk_runtime::crypto::digest_of;

use crate::{
    Head,
    error::{ChangeError, StoreError},
    handles::windows::{self, Counting},
    items,
    lists::BYTES,
    room::{Posted, Room, change::FOLLOW_UPS, create::CreateRejection, once::Receipt},
    transport::{
        call::pause,
        item::{self, Item, Reader},
        keys::{self, Key, LAST, TicketRow},
        read::{BY_KEY, Range},
        schema::{BY_CUSTOMER, BY_SESSION},
        write::{Guard, Write},
    },
};

/// How long an identical first message counts as a retry, in seconds (docs/decisions.md, 15).
const OPENING_RETRY: i64 = 30;
/// How many openings are remembered of a visitor, each in the slot of its words. If two share a slot, the later one is
/// remembered.
const OPENINGS: u8 = 64;
/// How many of a visitor's newest tickets a list considers.
pub const TICKETS: usize = 500;
/// How many of them the list considers that were written under the visitor's distinct id by someone who did not prove it.
const CLAIMED: usize = 20;
/// How many tickets are read at first: as many as a request may read if each has the largest traits and context.
const FIRST: usize = 25;
/// How often a range with a hole in it is read again (see [`contiguous`]).
const HOLE_TRIES: u32 = 4;

/// One project's desk as one customer may reach it.
///
/// The customer reads messages, and there is no method for an agent's thread, in which notes stand:
///
/// ```
/// # use lambdesk_domain::TicketId;
/// # use lambdesk_store::{ChangeError, VisitorDesk, VisitorThread};
/// async fn read(desk: &VisitorDesk, id: TicketId) -> Result<VisitorThread, ChangeError> {
///     desk.messages(id, None, 50).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::TicketId;
/// # use lambdesk_store::{StoreError, Thread, VisitorDesk};
/// async fn read(desk: &VisitorDesk, id: TicketId) -> Result<Option<Thread>, StoreError> {
///     desk.thread(id, None, 0, 50).await
/// }
/// ```
///
/// ```compile_fail,E0599
/// # use lambdesk_domain::{Message, MessageId, TicketId};
/// # use lambdesk_store::{StoreError, VisitorDesk};
/// async fn read(desk: &VisitorDesk, id: TicketId, note: MessageId) -> Result<Option<Message>, StoreError> {
///     desk.note(id, note).await
/// }
/// ```
#[derive(Clone)]
pub struct VisitorDesk {
    room: Room,
    visitor: Visitor,
}

/// What a visitor sees of a conversation: the messages of a ticket and of those that follow it.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorThread {
    /// The tickets, each followed by the one that continues it. The conversation goes on in the last of them.
    pub tickets: Vec<Head>,
    /// The messages, oldest first, each with the place of its ticket among them.
    pub messages: Vec<(usize, Message)>,
    /// Whether there are more.
    pub has_more: bool,
}

/// What was read of one ticket's messages.
struct Part {
    ticket: Head,
    messages: Vec<Message>,
    has_more: bool,
}

/// A page of a visitor's tickets.
#[derive(Debug, Clone, PartialEq)]
pub struct VisitorTickets {
    /// How many tickets there are, this page's included. Without a filter these are all that the list considers, with one those
    /// that were found before the read ended.
    pub count: usize,
    /// This page: tickets that are proven to be the visitor's before the others, each kind newest first.
    pub tickets: Vec<Head>,
}

impl VisitorDesk {
    pub(crate) const fn new(room: Room, visitor: Visitor) -> Self {
        Self { room, visitor }
    }

    pub(crate) const fn room(&self) -> &Room {
        &self.room
    }

    /// Who the customer is.
    pub const fn visitor(&self) -> &Visitor {
        &self.visitor
    }

    fn item_key(&self) -> Key {
        keys::visitor(self.room.project, &hex::encode(&digest_of(&[self.visitor.key().as_bytes()])[..16]))
    }

    fn require_own(&self, ticket: Ticket) -> Result<Ticket, ChangeError> {
        if self.visitor.may_open(&ticket) { Ok(ticket) } else { Err(ChangeError::Forbidden) }
    }

    /// Opens a ticket with the visitor's first message, within `limit`, and counts it.
    ///
    /// The same text again within 30 s, while the first ticket has no other message, is a retry and gets the first
    /// answer; of several at once, one opens the ticket (docs/decisions.md, 15 and 34). All of that is one condition on the
    /// visitor's item, in the transaction that opens the ticket. With a receipt the caller has said what is a retry.
    pub async fn open(
        &self,
        draft: Draft,
        fingerprint: Fingerprint,
        limit: Limit,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, ChangeError> {
        let mut replaced = None;
        for attempt in 0..4 {
            let id = TicketId(self.room.store.new_id());
            let now = self.room.store.now();
            let guard = self.opening(id, fingerprint, limit, now, receipt.is_some(), replaced);
            let met = match self.room.create_guarded(id, draft.clone(), Some(guard), receipt).await {
                Ok(posted) => return Ok(posted),
                Err(CreateRejection::Store(error)) => return Err(error.into()),
                Err(CreateRejection::NotAdmitted(met)) => met.unwrap_or_default(),
            };
            match Opening::read(&met, fingerprint)? {
                Some(opening)
                    if opening.at > now.plus_seconds(-OPENING_RETRY) && receipt.is_none() && replaced != Some(opening.ticket) =>
                {
                    if let Some(first) = self.untouched(opening.ticket).await? {
                        return Ok(first);
                    }
                    replaced = Some(opening.ticket);
                }
                _ => limit
                    .admit(windows::counts(&met, limit, now)?, now)
                    .map_err(|retry_after| ChangeError::Limited { retry_after })?,
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended("a visitor").into())
    }

    /// The write that remembers an opening and forbids its repetition.
    fn opening(
        &self,
        ticket: TicketId,
        fingerprint: Fingerprint,
        limit: Limit,
        now: Timestamp,
        repeatable: bool,
        replaced: Option<TicketId>,
    ) -> Write {
        let sent = windows::attribute(limit, limit.bucket(now));
        let within = format!("(attribute_not_exists({sent}) OR {sent} < :most)");
        let slot = Opening::slot(fingerprint);
        let write = Counting::new(&[limit], now)
            .update(self.item_key(), &format!(", {slot} = :opening"), 1)
            .text(":opening", Opening { at: now, ticket }.write(fingerprint))
            .number(":most", limit.most)
            .guarding(Guard::Admission);
        if repeatable {
            return write.only_if(within);
        }
        // An opening by the same words in the last 30 s lies between these two texts.
        let same = format!("{slot} BETWEEN :recent AND :latest");
        let write = write.text(":latest", Opening::bound(fingerprint, None));
        let write = write.text(":recent", Opening::bound(fingerprint, Some(now.plus_seconds(-OPENING_RETRY))));
        match replaced {
            Some(replaced) => write
                .text(":replaced", replaced.to_string())
                .only_if(format!("({same}) AND contains({slot}, :replaced) AND {within}")),
            None => write.only_if(format!("(attribute_not_exists({slot}) OR NOT {same}) AND {within}")),
        }
    }

    /// The ticket and its only message, if it still is its only one.
    async fn untouched(&self, id: TicketId) -> Result<Option<Posted>, StoreError> {
        let Some(thread) = self.range(id, None, 2, true).await? else { return Ok(None) };
        let only = thread.ticket.ticket().thread.message_count == 1;
        let Some(message) = thread.messages.into_iter().next().filter(|_| only) else { return Ok(None) };
        let ticket = self.room.store.whole(self.room.project, thread.ticket).await?;
        Ok(ticket.map(|ticket| Posted { ticket, message: Some(message), delivery: None }))
    }

    /// Adds the visitor's message to a ticket of theirs, or to the one that continues it, within `limit`, and counts it. A
    /// limiter that fails does not refuse.
    pub async fn append(
        &self,
        id: TicketId,
        received: FromCustomer,
        limit: Limit,
        receipt: Option<Receipt<'_, Posted>>,
    ) -> Result<Posted, ChangeError> {
        let now = self.room.store.now();
        let counting = Counting::new(&[limit], now);
        let counting = self.room.store.count(&counting, self.item_key(), 1, now);
        let (ticket, counted) = tokio::join!(self.room.ticket(id), counting);
        let ticket = self.require_own(ticket?.ok_or(ChangeError::NotFound)?)?;
        match counted.and_then(|item| windows::counts(&item, limit, now)) {
            Ok(counts) => {
                limit.admit_counted(counts, now).map_err(|retry_after| ChangeError::Limited { retry_after })?;
            }
            Err(error) => tracing::warn!(%error, "a send could not be counted"),
        }
        // Checked for each ticket that the message is handed on to.
        let command = |ticket: &Ticket| {
            if !self.visitor.may_open(ticket) {
                return Err(ChangeError::Forbidden);
            }
            Ok(Command::Receive(Box::new(received.clone())))
        };
        Ok(self.room.change_from(ticket, &Actor::Customer, &command, receipt).await?.posted)
    }

    /// The messages of a ticket after the cursor: one range read from there to the ticket, which lies behind them. And those of
    /// the tickets that follow it, one read more for each: whoever wrote too late on a resolved ticket stays where they wrote.
    pub async fn messages(&self, id: TicketId, after: Option<Timestamp>, limit: usize) -> Result<VisitorThread, ChangeError> {
        let mut parts = vec![self.own_range(id, after, limit).await?.ok_or(ChangeError::NotFound)?];
        while let Some(next) = parts.last().and_then(|part| part.ticket.ticket().follow_up).filter(|_| parts.len() <= FOLLOW_UPS)
        {
            let Some(part) = self.own_range(next, after, limit).await? else { break };
            parts.push(part);
        }
        // A message later than an unread one of another ticket is not shown yet. Otherwise the cursor would pass over the
        // unread one.
        let until = parts.iter().filter(|part| part.has_more).filter_map(|part| part.messages.last()).map(|last| last.created_at);
        let until = until.min();
        let mut thread = VisitorThread { tickets: Vec::new(), messages: Vec::new(), has_more: until.is_some() };
        for (place, Part { ticket, messages, .. }) in parts.into_iter().enumerate() {
            thread.tickets.push(ticket);
            let shown = messages.into_iter().filter(|message| until.is_none_or(|until| message.created_at <= until));
            thread.messages.extend(shown.map(|message| (place, message)));
        }
        thread.messages.sort_by_key(|(_, message)| message.created_at);
        thread.has_more |= thread.messages.len() > limit;
        thread.messages.truncate(limit);
        Ok(thread)
    }

    async fn own_range(&self, id: TicketId, after: Option<Timestamp>, limit: usize) -> Result<Option<Part>, ChangeError> {
        let Some(part) = self.range(id, after, limit, false).await? else { return Ok(None) };
        if self.visitor.may_open(part.ticket.ticket()) { Ok(Some(part)) } else { Err(ChangeError::Forbidden) }
    }

    /// A part of a thread, as it is or, for half the price, as it was a moment ago. A poll takes the latter, since it comes
    /// again.
    async fn range(
        &self,
        id: TicketId,
        after: Option<Timestamp>,
        limit: usize,
        consistent: bool,
    ) -> Result<Option<Part>, StoreError> {
        let partition = keys::ticket_partition(self.room.project, id);
        let cursor = format!("{}{}", TicketRow::Message.first(), after.map(keys::fixed).unwrap_or_default());
        for attempt in 1.. {
            let range = Range::new("PK = :pk AND SK > :cursor").text(":pk", &partition).text(":cursor", &cursor);
            let range = range.limit(limit + 1);
            let found = self.room.store.query(if consistent { range.consistent() } else { range }).await?;
            let mut ticket = None;
            let mut messages = Vec::with_capacity(found.items.len());
            for item in &found.items {
                if Reader(item).sort_key()? == LAST {
                    ticket = Some(items::ticket::read(item)?);
                } else {
                    messages.push(items::message::read(item)?);
                }
            }
            if !contiguous(after, &messages) {
                if attempt < HOLE_TRIES {
                    pause(attempt).await;
                    continue;
                }
                // A message that was removed by hand must not silence the rest of its conversation.
                tracing::warn!(ticket.id = %id, "a thread has a hole that does not close");
            }
            let has_more = ticket.is_none();
            if has_more {
                let item = self.room.store.get(&keys::ticket(self.room.project, id)).await?;
                ticket = item.as_ref().map(items::ticket::read).transpose()?;
            }
            messages.truncate(limit);
            return Ok(ticket.map(|ticket| Part { ticket, messages, has_more }));
        }
        Ok(None)
    }

    /// Marks a ticket, and those that continue it, as seen by the customer. Idempotent. Returns the last of them.
    pub async fn mark_read(&self, id: TicketId) -> Result<Ticket, ChangeError> {
        let mut ticket = self.require_own(self.room.ticket(id).await?.ok_or(ChangeError::NotFound)?)?;
        for _ in 0..=FOLLOW_UPS {
            let read = |_: &_| Ok(Command::ReadByCustomer);
            ticket = self.room.change_from(ticket, &Actor::Customer, &read, None).await?.posted.ticket;
            let next = match ticket.follow_up {
                Some(next) => self.room.ticket(next).await?,
                None => None,
            };
            let Some(next) = next else { break };
            ticket = self.require_own(next)?;
        }
        Ok(ticket)
    }

    /// A page of the visitor's tickets, newest first: at most `limit`, behind `offset` others. With `status` only the tickets
    /// that have it count.
    ///
    /// If the visitor has proven who they are, the tickets that are proven to be theirs come first. Anyone can write under the
    /// visitor's distinct id, so of tickets without a proof only the newest 20 are considered.
    ///
    /// Without a filter only the page's own tickets are read. With one they are read until that costs as much as any request
    /// may, and `count` is how many were found.
    pub async fn tickets(&self, status: Option<Status>, offset: usize, limit: usize) -> Result<VisitorTickets, StoreError> {
        let (keys, mut spent) = self.keys().await?;
        let window = offset.min(keys.len())..offset.saturating_add(limit).min(keys.len());
        let page = if status.is_none() { &keys[window] } else { &keys[..] };
        let wanted =
            |ticket: &Ticket| self.visitor.may_open(ticket) && status.is_none_or(|status| ticket.fields.status == status);
        let (mut found, mut read) = (Vec::new(), 0);
        let mut dearest: Option<usize> = None;
        while read < page.len() {
            let shown = found.len().saturating_sub(if status.is_none() { 0 } else { offset }).min(limit);
            let left = (BYTES + shown * BY_KEY).saturating_sub(spent);
            let most = dearest.map_or(FIRST, |dearest| left / dearest);
            if most == 0 {
                break;
            }
            let batch = &page[read..page.len().min(read + most)];
            let tickets = self.room.tickets_of(batch).await?;
            read += batch.len();
            spent += tickets.spent;
            dearest = dearest.max(Some(tickets.dearest));
            found.extend(tickets.tickets.into_iter().filter(|head| wanted(head.ticket())));
        }
        let count = if status.is_none() { keys.len() } else { found.len() };
        let skip = if status.is_none() { 0 } else { offset };
        let mut tickets: Vec<_> = found.into_iter().skip(skip).take(limit).collect();
        tickets.sort_by_key(|head| {
            let ticket = head.ticket();
            std::cmp::Reverse((self.is_proven(ticket), ticket.created_at, ticket.number))
        });
        Ok(VisitorTickets { count, tickets })
    }

    /// Whether a ticket is proven to be the visitor's; of those without a proof, all are theirs in the same way.
    fn is_proven(&self, ticket: &Ticket) -> bool {
        matches!(self.visitor, Visitor::Verified { .. }) && ticket.identity_verified == Some(true)
    }

    /// The keys of the visitor's tickets, those that are proven to be theirs first, the newest first; and their bytes.
    async fn keys(&self) -> Result<(Vec<Key>, usize), StoreError> {
        let project = self.room.project;
        let newest = |range: Range, most| self.room.store.query(range.descending().limit(most));
        let of_customer = |customer: String| Range::new("cus = :visitor").on(BY_CUSTOMER).text(":visitor", customer);
        let found = match &self.visitor {
            Visitor::Anonymous { session } => {
                let range = Range::new("ses = :visitor").on(BY_SESSION).text(":visitor", keys::by_session(project, session));
                newest(range, TICKETS).await?.items
            }
            Visitor::Verified { distinct_id, .. } => {
                let [proven, claimed] = keys::of_customer(project, distinct_id);
                let (proven, claimed) =
                    tokio::try_join!(newest(of_customer(proven), TICKETS), newest(of_customer(claimed), CLAIMED))?;
                proven.items.into_iter().chain(claimed.items).collect()
            }
        };
        let mut keys: Vec<Key> = Vec::with_capacity(found.len());
        // One that is proven while both are read may be found in both.
        for key in found.iter().filter_map(Key::of) {
            if !keys.contains(&key) {
                keys.push(key);
            }
        }
        Ok((keys, found.iter().map(item::size).sum()))
    }
}

/// What is remembered of a ticket that a visitor opened: on the visitor's item, in one of some slots that the words
/// choose, as text in the order of words and time. Openings by other words lie in other slots, most of the time.
struct Opening {
    at: Timestamp,
    ticket: TicketId,
}

impl Opening {
    fn slot(fingerprint: Fingerprint) -> String {
        format!("opened{}", fingerprint.0[15] % OPENINGS)
    }

    fn write(&self, fingerprint: Fingerprint) -> String {
        format!("{}#{}", Self::bound(fingerprint, Some(self.at)), self.ticket)
    }

    /// Where the openings by these words from `at` on begin, or where they all end.
    fn bound(fingerprint: Fingerprint, at: Option<Timestamp>) -> String {
        format!("{}#{}", hex::encode(&fingerprint.0[..8]), at.map_or(LAST.to_owned(), keys::fixed))
    }

    fn read(visitor: &Item, fingerprint: Fingerprint) -> Result<Option<Self>, StoreError> {
        let slot = Self::slot(fingerprint);
        let words = hex::encode(&fingerprint.0[..8]);
        let parse = |text: &str| {
            let mut parts = text.split('#').skip(1);
            let at = Timestamp::from_micros(parts.next()?.parse().ok()?)?;
            Some(Self { at, ticket: parts.next()?.parse().ok()? })
        };
        let opening = Reader(visitor).opt_text(&slot)?.filter(|text| text.starts_with(&words));
        opening.map(|text| parse(text).ok_or_else(|| Reader(visitor).corrupt(&slot))).transpose()
    }
}
