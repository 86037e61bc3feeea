//! Everything that a project keeps of one customer, and its removal, for whoever asks to be forgotten.
//!
//! It is found by looking at all there is: no index knows by which address somebody wrote. What they wrote on tickets of others
//! stays, and those tickets are named. Mails and persons go before tickets,
//! because tickets lead to them. So an erasure that was interrupted finds the rest. What follows from tickets (messages, words,
//! shadows, what their browser sent) goes with them, when the relay hears of it.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{ProjectId, Ticket, TicketId, folding::for_conditions, ids::TicketNumber, mail::Received, person::Person};

use crate::{
    Store,
    error::StoreError,
    items::{self, message, received},
    room::Room,
    transport::{
        item::{Item, Reader},
        keys::{self, Digest, Key},
        read::{BATCH, Range},
        schema::{BY_CUSTOMER, BY_NUMBER, NUMBER},
        write::Write,
    },
    upkeep::persons,
};

/// How many items are removed at a time.
const AT_ONCE: usize = 16;

/// Whose traces are looked for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Customer {
    /// Whoever has this distinct id, proven or not.
    DistinctId(String),
    /// Whoever gave this address, or wrote from it. Case and white space around it make no difference.
    Email(String),
}

impl Customer {
    /// Whoever gave this address, or wrote from it.
    pub fn with_address(email: &str) -> Self {
        Self::Email(email.trim().to_owned())
    }

    fn is(&self, address: Option<&str>) -> bool {
        matches!(self, Self::Email(email) if address.is_some_and(|address| for_conditions(address.trim()) == for_conditions(email)))
    }

    fn has_opened(&self, ticket: &Ticket) -> bool {
        let given = ticket.fields.anonymous_traits.get("email").and_then(|email| email.as_str());
        let route = ticket.route.as_deref();
        let wrote = [route.map(|route| route.from.as_str()), route.and_then(|route| route.reply_to.as_deref())];
        match self {
            Self::DistinctId(id) => ticket.distinct_id == *id,
            Self::Email(_) => self.is(given) || self.is(Some(&ticket.distinct_id)) || wrote.into_iter().any(|from| self.is(from)),
        }
    }

    /// Whether a ticket of somebody else names the customer.
    fn takes_part_in(&self, ticket: &Ticket) -> bool {
        ticket.route.as_deref().is_some_and(|route| route.cc.iter().any(|other| self.is(Some(other))))
    }

    fn is_person(&self, person: &Person) -> bool {
        match self {
            Self::DistinctId(id) => person.distinct_ids.contains(id),
            Self::Email(_) => {
                let told = person.properties.get("email").and_then(|(_, email)| email.as_str());
                self.is(told) || person.distinct_ids.iter().any(|id| self.is(Some(id)))
            }
        }
    }
}

/// What a project keeps of a customer.
#[derive(Debug, Default)]
pub struct Traces {
    /// The tickets by number, each with its distinct id and whether that was proven.
    pub tickets: BTreeMap<TicketNumber, (TicketId, String, bool)>,
    /// Tickets of others that the customer wrote on, or is copied on. They stay.
    pub tickets_of_others: BTreeMap<TicketNumber, TicketId>,
    /// The distinct ids of persons.
    pub persons: BTreeSet<String>,
    /// How many rows of mails that arrived.
    pub mails: usize,
    /// How many ids of mails.
    pub mail_ids: usize,
    /// Where raw mails lie in their bucket, which the table does not hold.
    pub raw_mails: BTreeSet<String>,
    /// What goes before the tickets.
    keys: Vec<Key>,
}

/// What the keys of the table, and the addresses beside them, lead to.
#[derive(Default)]
struct Seen {
    persons: Vec<Digest>,
    mail_ids: Vec<Digest>,
    /// Tickets with a message of a time at which the customer's address was that of who asked.
    asked: BTreeSet<TicketId>,
    /// Tickets with a message that the customer wrote beside who asked.
    wrote_on: BTreeSet<TicketId>,
}

impl Traces {
    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.tickets.is_empty() && self.tickets_of_others.is_empty() && self.keys.is_empty()
    }

    fn has(&self, ticket: TicketId) -> bool {
        self.tickets.values().any(|(id, ..)| *id == ticket)
    }
}

/// The handle of whoever removes what a project keeps of a customer.
pub struct Erasure(Room);

impl Store {
    /// The handle of whoever removes what a project keeps of a customer.
    pub fn erasure(&self, project: ProjectId) -> Erasure {
        Erasure(self.room(project))
    }
}

impl Erasure {
    /// Looks for everything that is kept of a customer. It reads the tickets of the project, if an address is looked for, and the
    /// keys of the whole table.
    pub async fn find(&self, customer: &Customer) -> Result<Traces, StoreError> {
        let mut traces = Traces::default();
        let mut seen = self.look(customer).await?;
        match customer {
            Customer::DistinctId(id) => self.by_distinct_id(id, &seen, &mut traces).await?,
            Customer::Email(_) => self.by_looking(customer, &seen, &mut traces).await?,
        }
        for id in traces.tickets.values().map(|(id, ..)| *id).collect::<Vec<_>>() {
            self.raw_mails_of(id, &mut traces).await?;
        }
        self.mails(customer, &mut seen, &mut traces).await?;
        self.of_others(&seen, &mut traces).await?;
        self.by_digest(&seen, customer, &mut traces).await?;
        Ok(traces)
    }

    /// Removes what was found. Nothing of it is read again, so what came meanwhile is for another look.
    pub async fn erase(&self, traces: &Traces) -> Result<(), StoreError> {
        let tickets = traces.tickets.values().map(|(id, ..)| keys::ticket(self.0.project, *id));
        for keys in [traces.keys.clone(), tickets.collect()] {
            // One that is gone already is gone.
            let removals =
                keys.into_iter().map(|key| self.0.store.attempt(vec![Write::delete(key).only_if("attribute_exists(PK)")]));
            let removals = stream::iter(removals.collect::<Vec<_>>()).buffer_unordered(AT_ONCE);
            removals.try_collect::<Vec<_>>().await?;
        }
        Ok(())
    }

    async fn by_distinct_id(&self, id: &str, seen: &Seen, traces: &mut Traces) -> Result<(), StoreError> {
        for partition in keys::of_customer(self.0.project, id) {
            let found =
                self.0.store.query_all(Range::new("cus = :customer").on(BY_CUSTOMER).text(":customer", partition)).await?;
            self.tickets(&found, &Customer::DistinctId(id.to_owned()), seen, traces).await?;
        }
        Ok(())
    }

    async fn by_looking(&self, customer: &Customer, seen: &Seen, traces: &mut Traces) -> Result<(), StoreError> {
        let mut after = 0_u64;
        loop {
            let range = Range::new("prj = :project AND num > :after").on(BY_NUMBER);
            let range = range.number(":project", self.0.project).number(":after", after).limit(BATCH);
            let found = self.0.store.query(range).await?;
            for item in &found.items {
                after = after.max(Reader(item).number(NUMBER)?);
            }
            self.tickets(&found.items, customer, seen, traces).await?;
            if found.next.is_none() {
                return Ok(());
            }
        }
    }

    /// Takes those tickets that are the customer's. One that can't be read stops the search: it may be theirs.
    async fn tickets(&self, found: &[Item], customer: &Customer, seen: &Seen, traces: &mut Traces) -> Result<(), StoreError> {
        let keys: Vec<_> = found.iter().filter_map(Key::of).collect();
        for keys in keys.chunks(BATCH) {
            for item in self.0.store.batch_get(keys).await? {
                let ticket = items::ticket::read(&item)?.into_ticket();
                if customer.has_opened(&ticket) || seen.asked.contains(&ticket.id) {
                    let proven = ticket.identity_verified == Some(true);
                    traces.tickets.insert(ticket.number, (ticket.id, ticket.distinct_id, proven));
                } else if customer.takes_part_in(&ticket) {
                    traces.tickets_of_others.insert(ticket.number, ticket.id);
                }
            }
        }
        Ok(())
    }

    async fn raw_mails_of(&self, ticket: TicketId, traces: &mut Traces) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let range = Range::new("PK = :pk AND begins_with(SK, :messages)");
            let range = range.text(":pk", keys::ticket(self.0.project, ticket).pk);
            let range = range.text(":messages", keys::TicketRow::Message.first()).from(start).consistent();
            let found = self.0.store.query(range).await?;
            for item in &found.items {
                traces.raw_mails.extend(message::read(item)?.mailed.map(|mailed| mailed.raw));
            }
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Tickets that the customer wrote on, and that are none of theirs.
    async fn of_others(&self, seen: &Seen, traces: &mut Traces) -> Result<(), StoreError> {
        let others = seen.wrote_on.iter().filter(|id| !traces.has(**id));
        let keys: Vec<_> = others.map(|id| keys::ticket(self.0.project, *id)).collect();
        for keys in keys.chunks(BATCH) {
            for item in self.0.store.batch_get(keys).await? {
                let ticket = items::ticket::read(&item)?.into_ticket();
                traces.tickets_of_others.insert(ticket.number, ticket.id);
            }
        }
        Ok(())
    }

    /// Mails that arrived: those on the tickets, and those from the address, on tickets of others or come to nothing.
    async fn mails(&self, customer: &Customer, seen: &mut Seen, traces: &mut Traces) -> Result<(), StoreError> {
        let mut start = None;
        loop {
            let range = Range::new("PK = :pk").text(":pk", keys::inbound(Some(self.0.project))).from(start).consistent();
            let found = self.0.store.query(range).await?;
            for item in &found.items {
                let Received { ticket, from, raw, .. } = received::read(item)?;
                if ticket.is_some_and(|ticket| traces.has(ticket)) || customer.is(from.as_deref()) {
                    traces.mails += 1;
                    traces.raw_mails.insert(raw);
                    traces.keys.extend(Key::of(item));
                    seen.wrote_on.extend(ticket);
                }
            }
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(()),
            }
        }
    }

    /// Reads the keys of the whole table, and the addresses that lie with messages. Persons and ids of mails lie by digests, to
    /// which only keys lead.
    async fn look(&self, customer: &Customer) -> Result<Seen, StoreError> {
        let project = self.0.project;
        let (mut seen, mut start) = (Seen::default(), None);
        loop {
            let found = self.0.store.scan(&format!("P#{project}#"), message::ADDRESSES, start).await?;
            for item in &found.items {
                let Some(key) = Key::of(item) else { continue };
                seen.persons.extend(keys::digest_in(&key.pk, project, keys::PERSON));
                seen.mail_ids.extend(keys::digest_in(&key.pk, project, keys::MAIL_ID));
                let Some(ticket) = keys::ticket_of_partition(&key.pk) else { continue };
                let (of_who_asked, of_author) = message::addresses(item)?;
                seen.asked.extend(customer.is(of_who_asked).then_some(ticket));
                seen.wrote_on.extend(customer.is(of_author).then_some(ticket));
            }
            match found.next {
                Some(next) => start = Some(next),
                None => return Ok(seen),
            }
        }
    }

    /// Persons, and the ids of mails on the tickets.
    async fn by_digest(&self, seen: &Seen, customer: &Customer, traces: &mut Traces) -> Result<(), StoreError> {
        for (letter, digests) in [(keys::PERSON, &seen.persons), (keys::MAIL_ID, &seen.mail_ids)] {
            for digests in digests.chunks(BATCH) {
                for item in self.0.store.batch_get(&keys::of_digests(self.0.project, letter, digests)).await? {
                    if letter == keys::PERSON { take_person(&item, customer, traces)? } else { take_mail_id(&item, traces)? }
                }
            }
        }
        Ok(())
    }
}

fn take_person(item: &Item, customer: &Customer, traces: &mut Traces) -> Result<(), StoreError> {
    let (person, _) = persons::read(item)?;
    if customer.is_person(&person) {
        traces.persons.extend(person.distinct_ids);
        traces.keys.extend(Key::of(item));
    }
    Ok(())
}

fn take_mail_id(item: &Item, traces: &mut Traces) -> Result<(), StoreError> {
    if traces.has(received::read_known(item)?.ticket) {
        traces.mail_ids += 1;
        traces.keys.extend(Key::of(item));
    }
    Ok(())
}
