//! Writes the tickets that a desk may have after a year into its database file at once. Over HTTP, a million tickets would take
//! most of an hour, and only reading them is measured.

use std::{
    collections::HashMap,
    path::Path,
    time::{Duration, Instant},
};

use aws_sdk_dynamodb::types::AttributeValue;
use dynoxide::{Database, ImportOptions, types::AttributeValue as Stored};
use fastrand::Rng;
use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp, UserId,
    alarm::{Alarm, RaisedAlarm},
    assignee::Assignee,
    create::{Draft, open},
    message::{Author, Content},
    policies::clock::Goal,
    rules::Life,
    statuses::Statuses,
    tags::Tags,
    ticket::{Channel, ChannelDetail, Fields, Origin, Priority, Status},
    traits::Object,
    wake::{RISK, wakes_at},
};
use lambdesk_store::Load;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{Failure, world};

/// The table of the local stack, and its projects.
const TABLE: &str = "desk";
pub(crate) const PROJECT: ProjectId = ProjectId(1);
const OTHER: ProjectId = ProjectId(2);

const AGENTS: u32 = 200;
/// How many tickets a customer has on average.
const EACH: u32 = 3;
const YEAR: i64 = 365 * 24 * 3600 * 1_000_000;
/// How many tickets one transaction writes.
const BATCH: u32 = 5000;

const TAGS: [&str; 20] = [
    "billing",
    "refund",
    "invoice",
    "login",
    "password",
    "api",
    "webhook",
    "export",
    "import",
    "mobile",
    "ios",
    "android",
    "slow",
    "crash",
    "feature",
    "question",
    "vip",
    "trial",
    "enterprise",
    "churn",
];
const FIRST_NAMES: [&str; 24] = [
    "Ada", "Björn", "Chloé", "Dmitri", "Elif", "Fatima", "Grace", "Hiro", "Inès", "José", "Kwame", "Lena", "Maria", "Nadia",
    "Oscar", "Priya", "Quentin", "Rosa", "Søren", "Tomás", "Uma", "Viktor", "Wei", "Yuki",
];
const LAST_NAMES: [&str; 24] = [
    "Almeida",
    "Becker",
    "Chen",
    "Dubois",
    "Eriksson",
    "Fernández",
    "García",
    "Haddad",
    "Ito",
    "Jansen",
    "Kowalski",
    "Lopez",
    "Müller",
    "Nowak",
    "Okafor",
    "Patel",
    "Quinn",
    "Rossi",
    "Schmidt",
    "Tanaka",
    "Usman",
    "Varga",
    "Wagner",
    "Yilmaz",
];

/// The values that queries search for.
pub(crate) struct Known {
    /// Fifty tickets from all over the year.
    pub(crate) ids: Vec<TicketId>,
    pub(crate) customer: String,
    pub(crate) email: String,
    pub(crate) number: u32,
    /// The middle of the year.
    pub(crate) midway: Timestamp,
    pub(crate) took: Duration,
}

/// Fills the database of a desk that has run before and is stopped now.
pub(crate) fn load(data: &Path, size: u32, now: Timestamp) -> Result<Known, Failure> {
    let started = Instant::now();
    let database = Bulk::open(data)?;
    let begin = now.plus_micros(-YEAR);
    let mut year = Year { begin, now, size, chance: Rng::with_seed(u64::from(size)) };
    let mut load = Load::new(PROJECT);
    let mut ids = Vec::new();
    for first in (1..=size).step_by(BATCH as usize) {
        let mut items = Vec::new();
        for number in first..=size.min(first + BATCH - 1) {
            let (ticket, message) = year.ticket(number)?;
            if number % (size / 50) == 1 {
                ids.push(ticket.id);
            }
            items.extend(load.items(&ticket, message.as_ref()));
        }
        database.import(items)?;
    }
    database.import(load.end())?;
    database.end()?;
    let customer = size / EACH / 2;
    let (_, email) = name(customer);
    let took = started.elapsed();
    Ok(Known { ids, customer: distinct_id(customer), email, number: size / 2, midway: year.created(size / 2), took })
}

/// Writes `count` tickets into another project. Each is due an hour from now.
pub(crate) fn load_due(data: &Path, count: u32, now: Timestamp) -> Result<(), Failure> {
    let database = Bulk::open(data)?;
    let mut year = Year { begin: now.plus_micros(-YEAR), now, size: count, chance: Rng::with_seed(1) };
    let mut load = Load::new(OTHER);
    let mut items = Vec::new();
    for number in 1..=count {
        let (mut ticket, message) = year.ticket(number)?;
        ticket.fields.status = Status::Open;
        ticket.fields.snoozed_until = None;
        ticket.statuses = Statuses::new(ticket.created_at, Status::Open);
        due(&mut ticket, now.plus_seconds(RISK), None);
        ticket.wake_at = wakes_at(&ticket, Life::default());
        items.extend(load.items(&ticket, message.as_ref()));
    }
    items.extend(load.end());
    database.import(items)?;
    database.end()
}

/// A database file that is written without records in its stream.
struct Bulk(Database);

impl Bulk {
    fn open(data: &Path) -> Result<Self, Failure> {
        let database = Database::new(&data.join("dynamodb.sqlite").to_string_lossy())?;
        database.enable_bulk_loading()?;
        Ok(Self(database))
    }

    fn import(&self, items: Vec<HashMap<String, AttributeValue>>) -> Result<(), Failure> {
        let items = items.into_iter().map(stored).collect::<Result<Vec<_>, _>>()?;
        self.0.import_items(TABLE, items, ImportOptions::default())?;
        Ok(())
    }

    fn end(self) -> Result<(), Failure> {
        Ok(self.0.disable_bulk_loading()?)
    }
}

struct Year {
    begin: Timestamp,
    now: Timestamp,
    size: u32,
    chance: Rng,
}

impl Year {
    /// Tickets are created evenly over the year.
    fn created(&self, number: u32) -> Timestamp {
        self.begin.plus_micros(YEAR / i64::from(self.size) * i64::from(number - 1))
    }

    fn ticket(&mut self, number: u32) -> Result<(Ticket, Option<lambdesk_domain::Message>), Failure> {
        let created = self.created(number);
        let chance = &mut self.chance;
        let customer = chance.u32(..(self.size / EACH).max(1));
        let status = match chance.u32(..100) {
            0..80 => Status::Resolved,
            80..88 => Status::Open,
            88..93 => Status::New,
            93..98 => Status::Pending,
            _ => Status::OnHold,
        };
        let tags = chance.usize(..3);
        let draft = Draft {
            origin: match *chance.choice(Channel::ALL).ok_or("no channel")? {
                Channel::Widget => Origin::Widget {
                    session: Some(uuid(chance, created).to_string()),
                    detail: Some(ChannelDetail::WidgetEmbedded),
                },
                other => Origin::filed(other),
            },
            distinct_id: distinct_id(customer),
            identity_verified: Some(false),
            fields: Fields {
                status,
                priority: chance
                    .choice([None, None, Some(Priority::Low), Some(Priority::Medium), Some(Priority::High)])
                    .flatten(),
                assignee: (chance.u32(..10) > 2).then(|| Assignee::User(UserId(1 + chance.u32(..AGENTS)))),
                tags: Tags::new(chance.choose_multiple(TAGS, tags)).map_err(|_| "a tag is none")?,
                anonymous_traits: {
                    let (name, email) = name(customer);
                    object(json!({"name": name, "email": email}))
                },
                ..Fields::default()
            },
            session_id: None,
            session_context: object(json!({"current_url": "https://shop.example/basket?step=2"})),
            message: Some((Author::Customer, Content::from_customer(&world::text(number))?)),
            follows_up: None,
            mail: None,
        };
        let id = TicketId::new(created, chance.u64(..));
        let (mut ticket, message) = open(draft, id, u64::from(number), created, chance.u64(..));
        // At most three days of work.
        let worked = chance.i64(1..3 * 24 * 3600 * 1_000_000);
        ticket.updated_at = created.plus_micros(worked).min(self.now);
        let unresolved = status != Status::Resolved;
        ticket.thread.unread_team_count = u32::from(unresolved && chance.bool());
        ticket.fields.snoozed_until = (status == Status::OnHold).then(|| self.now.plus_seconds(86_400));
        if unresolved && chance.bool() {
            let at = self.now.plus_seconds(chance.i64(-3 * 86_400..3 * 86_400));
            // A deadline that has passed was already reported.
            let alarm = if at <= self.now { Alarm::Breached } else { Alarm::AtRisk };
            let raised =
                (at <= self.now.plus_seconds(RISK)).then_some(RaisedAlarm { alarm, due: at, at: self.now, late_secs: 0 });
            due(&mut ticket, at, raised);
        }
        ticket.wake_at = wakes_at(&ticket, Life::default());
        Ok((ticket, message))
    }
}

/// Sets a ticket's deadline.
fn due(ticket: &mut Ticket, at: Timestamp, raised: Option<RaisedAlarm>) {
    let mut goal = Goal::at(at, ticket.created_at);
    goal.counter.raised = raised;
    ticket.sla_clock.set = Some(Box::new(goal));
    ticket.sla_due_at = Some(at);
}

fn distinct_id(customer: u32) -> String {
    format!("customer-{customer}")
}

/// A customer's name and e-mail address.
fn name(customer: u32) -> (String, String) {
    let (first, last) = (FIRST_NAMES[customer as usize % 24], LAST_NAMES[customer as usize / 24 % 24]);
    (format!("{first} {last}"), format!("{first}.{last}{customer}@example.com").to_lowercase())
}

/// An id as tickets have them, with the ticket's time in it.
fn uuid(chance: &mut Rng, at: Timestamp) -> Uuid {
    let millis = u64::try_from(at.micros() / 1000).unwrap_or_default();
    let mut random = [0; 10];
    chance.fill(&mut random);
    uuid::Builder::from_unix_timestamp_millis(millis, &random).into_uuid()
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

/// An item in the embedded database's own type.
fn stored(item: HashMap<String, AttributeValue>) -> Result<HashMap<String, Stored>, Failure> {
    item.into_iter().map(|(name, value)| Ok((name, stored_value(value)?))).collect()
}

fn stored_value(value: AttributeValue) -> Result<Stored, Failure> {
    Ok(match value {
        AttributeValue::S(text) => Stored::S(text),
        AttributeValue::N(number) => Stored::N(number),
        AttributeValue::B(bytes) => Stored::B(bytes.into_inner()),
        AttributeValue::Bool(flag) => Stored::BOOL(flag),
        AttributeValue::Ss(texts) => Stored::SS(texts),
        AttributeValue::L(values) => Stored::L(values.into_iter().map(stored_value).collect::<Result<_, _>>()?),
        other => return Err(format!("no item has this: {other:?}").into()),
    })
}
