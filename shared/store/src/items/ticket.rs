//! The item of a ticket.
//!
//! Attribute names have three letters. The item is written with every message, and a longer name would cost as much as a value:
//! the common ticket should stay below 1 KB, which is a step of the bill. A default is not written.
//!
//! [`FieldsRow`] has the attributes of [`Fields`], and [`ThreadRow`] those of [`Thread`]. The others:
//!
//! | attribute | field | attribute | field |
//! | --- | --- | --- | --- |
//! | `sts` | `p#status`, hash of `by_status` | `upd` | `updated_at#number`, range of `by_status` and `by_assignee` |
//! | `asg` | `p#assignee#open\|resolved`, hash of `by_assignee` | `crt` | `created_at`, range of `by_customer`, `by_session` |
//! | `cus` | `p#distinct_id`, `v!` in front if proven, hash of `by_customer` | `ses` | `p#session`, hash of `by_session` |
//! | `prj` | project, hash of `by_number` and `by_sla` | `num` | number, range of `by_number` |
//! | `sla` | `sla_due_at` of an unresolved ticket, range of `by_sla` | `due` | `sla_due_at` of a resolved ticket |
//! | `chn`, `chd` | channel, its detail | `ver` | version |
//! | `idv` | `identity_verified` | `prv` | `proven_traits`, a JSON list, unless they are [`proven_by_default`] |
//! | `sid`, `sct` | `session_id`, `session_context` as JSON | `fse` | [`first_session`], if not `sid` |
//! | `act` | who changed it last | | |
//! | `rec` | recent replies ([`packed`]) | `stl` | statuses that it had ([`packed`]) |
//! | `clk` | waits that policies measure ([`sla_clock`](mod@sla_clock)) | `set` | deadline that was set ([`sla_clock`](mod@sla_clock)) |
//! | `snc` | `since` | `wak` | `wake_at` |
//! | `fup`, `fof` | `follow_up`, `follows_up` | `sat` | satisfaction ([`packed`]) |
//! | `rte` | `route` ([`mailed`]) | `rel` | `related` |
//! | `und` | `undelivered` ([`packed`]) | | |
//! | `prf` | where a [`profile`] lies apart ([`packed`]): then `trt`, `prv` and `sct` are parts | | |

use lambdesk_domain::{
    ProjectId, Ticket, Timestamp,
    assignee::Assignee,
    policies::clock::SlaClock,
    statuses::Statuses,
    tags::Tags,
    thread::{RecentReply, Thread},
    ticket::{Channel, ChannelDetail, Fields, Origin, Priority, Status},
    traits::{self, Object, Proven},
};
use serde::{Deserialize, Deserializer, Serialize, de::Error};
use serde_json::json;

use crate::{
    error::StoreError,
    items::{
        head::Head,
        mailed, packed, profile,
        row::{self, values},
        sla_clock,
    },
    transport::{
        item::{Item, Reader},
        keys,
        schema::{ASSIGNEE, CREATED, CUSTOMER, NUMBER, PROJECT, SESSION, SLA, STATUS, UPDATED},
    },
};

/// The deadline of a resolved ticket. No list sorts by it.
const DUE: &str = "due";
/// What an item says of a ticket that was opened without a session, but has one now. No session has this id.
const NO_SESSION: &str = "";
pub(crate) const VERSION: &str = "ver";
const TAGS: &str = "tgs";
const FIRST_SESSION: &str = "fse";

/// Whether a stored ticket has keys of indexes and tags as they are written today.
pub(crate) fn is_as_written(stored: &Item, today: &Item) -> bool {
    let names = [STATUS, UPDATED, ASSIGNEE, CUSTOMER, SESSION, CREATED, PROJECT, NUMBER, SLA, TAGS];
    names.iter().all(|name| stored.get(*name) == today.get(*name))
}

/// The fields of a ticket. [`write()`] adds the keys of indexes that tell the status and the assignee, and the proven traits, whose
/// default depends on more than the fields.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Fields")]
struct FieldsRow {
    #[serde(rename = "sts", skip_serializing, deserialize_with = "status_of_key")]
    status: Status,
    #[serde(rename = "pri", default, skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(rename = "asg", default, skip_serializing, deserialize_with = "assignee_of_key")]
    assignee: Option<Assignee>,
    #[serde(rename = "tgs", default, skip_serializing_if = "Tags::is_empty", deserialize_with = "values::tags")]
    tags: Tags,
    #[serde(rename = "trt", default, skip_serializing_if = "Object::is_empty", with = "values::json")]
    anonymous_traits: Object,
    #[serde(skip)]
    proven_traits: Proven,
    #[serde(rename = "air", default, skip_serializing_if = "values::is_off")]
    ai_resolved: bool,
    #[serde(rename = "esc", default, skip_serializing_if = "Option::is_none")]
    escalation_reason: Option<String>,
    #[serde(rename = "snz", default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
    snoozed_until: Option<Timestamp>,
}

/// The thread as the ticket tells of it. The recent replies are packed by hand.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Thread")]
struct ThreadRow {
    #[serde(rename = "mct")]
    message_count: u32,
    #[serde(rename = "nct")]
    note_count: u32,
    #[serde(rename = "lma", default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
    last_message_at: Option<Timestamp>,
    #[serde(rename = "lmt", skip_serializing_if = "Option::is_none")]
    last_message_text: Option<String>,
    #[serde(rename = "utm")]
    unread_team_count: u32,
    #[serde(rename = "ucu")]
    unread_customer_count: u32,
    #[serde(rename = "lea", with = "values::time")]
    last_entry_at: Timestamp,
    #[serde(skip)]
    recent_replies: Vec<RecentReply>,
}

pub(crate) fn write(project: ProjectId, ticket: &Ticket) -> Item {
    let own = profile::without_profile(ticket);
    let ticket = &*own;
    let Ticket {
        id,
        number,
        origin,
        distinct_id,
        identity_verified,
        fields,
        session_id,
        first_session_id,
        session_context,
        sla_due_at,
        created_at,
        updated_at,
        thread,
        changed_by,
        since,
        follow_up,
        follows_up,
        route,
        related,
        undelivered,
        satisfaction,
        statuses,
        sla_clock,
        wake_at,
        profile,
        version,
    } = ticket;
    let Fields { status, assignee, proven_traits, .. } = fields;
    row::write(&keys::ticket(project, *id), fields, FieldsRow::serialize)
        .text(STATUS, keys::by_status(project, *status))
        .text(UPDATED, keys::updated(*updated_at, *number))
        .opt_text(ASSIGNEE, assignee.map(|assignee| keys::by_assignee(project, assignee, *status)))
        .text(CUSTOMER, keys::by_customer(project, distinct_id, *identity_verified == Some(true)))
        .opt_text(SESSION, origin.session().map(|session| keys::by_session(project, session)))
        .time(CREATED, *created_at)
        .number(PROJECT, project)
        .number(NUMBER, number)
        .opt_time(SLA, ticket.running_deadline())
        .opt_time(DUE, sla_due_at.filter(|_| *status == Status::Resolved))
        .number(VERSION, version)
        .text("chn", origin.channel().name())
        .opt_text("chd", origin.detail().map(ChannelDetail::name))
        .opt_flag("idv", *identity_verified)
        .opt_text("prv", write_proven(ticket, proven_traits))
        .opt_text("sid", session_id.as_deref())
        .opt_text(FIRST_SESSION, (first_session_id != session_id).then(|| first_session_id.as_deref().unwrap_or(NO_SESSION)))
        .object("sct", session_context)
        .attributes(row::attributes(thread, ThreadRow::serialize))
        .opt_text("act", changed_by.map(|stamp| stamp.to_string()))
        .opt_time("snc", *since)
        .opt_text("fup", follow_up.map(|id| id.to_string()))
        .opt_text("fof", follows_up.map(|id| id.to_string()))
        .opt_text("rte", route.as_deref().map(mailed::write_route))
        .opt_number("rel", *related)
        .opt_text("und", undelivered.as_ref().map(packed::write_undelivered))
        .opt_text("sat", satisfaction.as_ref().map(packed::write_satisfaction))
        .bytes("stl", packed::write_statuses(statuses, *created_at))
        .opt_text("clk", sla_clock::write(sla_clock, *created_at))
        .opt_text("set", sla_clock.set.as_deref().map(sla_clock::write_goal))
        .opt_time("wak", *wake_at)
        .opt_text("prf", profile.map(packed::write_profile))
        .bytes("rec", packed::write_recent(&thread.recent_replies))
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Head, StoreError> {
    let row = Reader(item);
    let updated = row.text(UPDATED)?.split_once('#').and_then(|(micros, _)| micros.parse().ok());
    let created_at = row.time(CREATED)?;
    let fields = row::read(item, FieldsRow::deserialize)?;
    let statuses = match row.bytes("stl")? {
        None => Statuses::new(created_at, fields.status),
        Some(bytes) => packed::read_statuses(bytes).ok_or_else(|| row.corrupt("stl"))?,
    };
    let recent_replies = match row.bytes("rec")? {
        None => Vec::new(),
        Some(bytes) => packed::read_recent(bytes).ok_or_else(|| row.corrupt("rec"))?,
    };
    let mut ticket = Ticket {
        id: keys::ticket_of_partition(row.partition_key()?).ok_or_else(|| row.corrupt(keys::PK))?,
        number: row.number(NUMBER)?,
        origin: Origin::of_parts(
            row.parsed("chn", Channel::parse)?,
            row.opt_parsed(SESSION, |key| after_project(key).map(str::to_owned))?,
            row.opt_parsed("chd", ChannelDetail::parse)?,
        )
        .ok_or_else(|| row.corrupt("chn"))?,
        distinct_id: row.parsed(CUSTOMER, |key| after_project(key).map(str::to_owned))?,
        identity_verified: row.flag("idv")?,
        fields,
        session_id: row.opt_text("sid")?.map(str::to_owned),
        first_session_id: first_session(row)?,
        session_context: row.object("sct")?,
        sla_due_at: row.opt_time(SLA)?.or(row.opt_time(DUE)?),
        created_at,
        updated_at: updated.and_then(Timestamp::from_micros).ok_or_else(|| row.corrupt(UPDATED))?,
        thread: Thread { recent_replies, ..row::read(item, ThreadRow::deserialize)? },
        changed_by: row.opt_parsed("act", |stamp| stamp.parse().ok())?,
        since: row.opt_time("snc")?,
        follow_up: row.opt_parsed("fup", |id| id.parse().ok())?,
        follows_up: row.opt_parsed("fof", |id| id.parse().ok())?,
        route: row.opt_parsed("rte", mailed::read_route)?,
        related: row.opt_number("rel")?,
        undelivered: row.opt_parsed("und", packed::read_undelivered)?,
        satisfaction: row.opt_parsed("sat", packed::read_satisfaction)?,
        statuses,
        sla_clock: sla_clock(row, created_at)?,
        wake_at: row.opt_time("wak")?,
        profile: row.opt_parsed("prf", packed::read_profile)?,
        version: row.number(VERSION)?,
    };
    ticket.fields.proven_traits = match row.opt_json("prv")? {
        None => proven_by_default(&ticket),
        Some(names) => serde_json::from_value(names).map_err(|_| row.corrupt("prv"))?,
    };
    Ok(Head(ticket))
}

/// The proven traits of a ticket whose item does not name them. They are all traits if only the team can have written them:
/// no browser opened the ticket, and no browser has written on it since. Otherwise they are none.
fn proven_by_default(ticket: &Ticket) -> Proven {
    let team_only = ticket.origin.session().is_none() && ticket.identity_verified.is_none();
    if team_only { traits::all_of(&ticket.fields.anonymous_traits) } else { Proven::new() }
}

fn write_proven(ticket: &Ticket, proven: &Proven) -> Option<String> {
    (*proven != proven_by_default(ticket)).then(|| json!(proven).to_string())
}

/// The session in which a ticket was opened. It is the latest one unless the item says otherwise: so few tickets pay for it, and
/// a ticket from before it was kept has the latest one as its first.
fn first_session(row: Reader<'_>) -> Result<Option<String>, StoreError> {
    let session = row.opt_text(FIRST_SESSION)?.or(row.opt_text("sid")?);
    Ok(session.filter(|session| *session != NO_SESSION).map(str::to_owned))
}

/// The part of an index key behind the project. The project is a number, so the first `#` ends it.
fn after_project(key: &str) -> Option<&str> {
    key.split_once('#').map(|(_, rest)| rest)
}

fn status_of_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Status, D::Error> {
    let key = String::deserialize(deserializer)?;
    after_project(&key).and_then(Status::parse).ok_or_else(|| D::Error::custom("no status"))
}

fn assignee_of_key<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Assignee>, D::Error> {
    let key = String::deserialize(deserializer)?;
    let assignee = after_project(&key).and_then(|rest| rest.rsplit_once('#')?.0.parse().ok());
    assignee.map(Some).ok_or_else(|| D::Error::custom("no assignee"))
}

fn sla_clock(row: Reader<'_>, created_at: Timestamp) -> Result<SlaClock, StoreError> {
    let clock = row.opt_parsed("clk", |text| sla_clock::read(text, created_at))?;
    let set = row.opt_parsed("set", sla_clock::read_goal)?.map(Box::new);
    Ok(SlaClock { set, ..clock.unwrap_or_else(|| SlaClock::new(created_at)) })
}

#[cfg(test)]
pub(crate) mod tests {
    use lambdesk_domain::{
        MessageId, RoleId, TicketId, UserId,
        actor::Stamp,
        delivery::{DeliveryStatus, Undelivered},
        ids::Fingerprint,
        mail::MailRoute,
        satisfaction::{Answer, Rating, Satisfaction},
    };
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    pub(crate) fn full() -> Ticket {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        Ticket {
            id: TicketId(Uuid::from_u128(7)),
            number: 12,
            origin: Origin::Widget { session: Some("s#1".into()), detail: Some(ChannelDetail::WidgetApi) },
            distinct_id: "a#b~c".into(),
            identity_verified: Some(true),
            fields: Fields {
                status: Status::OnHold,
                priority: Some(Priority::High),
                assignee: Some(Assignee::Role(RoleId(Uuid::from_u128(9)))),
                tags: Tags::new(["vip"]).unwrap(),
                anonymous_traits: json!({"name": "Ada", "email": null}).as_object().unwrap().clone(),
                proven_traits: Proven::from(["name".to_owned()]),
                ai_resolved: true,
                escalation_reason: Some("why".into()),
                snoozed_until: Some(at(6)),
            },
            session_id: Some("x".into()),
            first_session_id: Some("w".into()),
            session_context: json!({"current_url": "https://a"}).as_object().unwrap().clone(),
            sla_due_at: Some(at(5)),
            created_at: at(1_700_000_000_000_001),
            updated_at: at(1_700_000_000_000_002),
            thread: Thread {
                message_count: 1,
                note_count: 2,
                last_message_at: Some(at(3)),
                last_message_text: Some("hello".into()),
                unread_team_count: 4,
                unread_customer_count: 5,
                last_entry_at: at(1_700_000_000_000_003),
                recent_replies: vec![RecentReply { fingerprint: Fingerprint([3; 16]), at: at(8) }],
            },
            changed_by: Some(Stamp::User(UserId(1))),
            since: Some(at(4)),
            follow_up: Some(TicketId(Uuid::from_u128(8))),
            follows_up: Some(TicketId(Uuid::from_u128(6))),
            route: Some(Box::new(MailRoute {
                address: "demo@desk.test".into(),
                subject: "Order 7".into(),
                from: "ann@example.com".into(),
                reply_to: Some("form@example.com".into()),
                cc: vec!["bob@example.com".into()],
            })),
            related: Some(3),
            undelivered: Some(Undelivered { message: MessageId::new(at(7), 3), status: DeliveryStatus::Bounced, at: at(8) }),
            satisfaction: Some(Satisfaction {
                asked_at: at(3),
                answer: Some(Answer { rating: Rating::ALL[3], comment: Some("a#b".into()), at: at(4) }),
            }),
            statuses: Statuses::from_taken([(at(1), Status::New), (at(1_700_000_000_000_000), Status::OnHold)]).unwrap(),
            sla_clock: sla_clock::tests::full(),
            wake_at: Some(at(5)),
            profile: None,
            version: 9,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let bare = Ticket {
            origin: Origin::filed(Channel::Api),
            identity_verified: None,
            fields: Fields { status: Status::OnHold, assignee: Some(Assignee::User(UserId(3))), ..Fields::default() },
            session_id: None,
            first_session_id: None,
            session_context: Object::new(),
            sla_due_at: None,
            thread: Thread { message_count: 3, ..Thread::new(at(4)) },
            changed_by: None,
            since: None,
            follow_up: None,
            follows_up: None,
            route: None,
            related: None,
            undelivered: None,
            satisfaction: Some(Satisfaction { asked_at: at(3), answer: None }),
            statuses: Statuses::new(full().created_at, Status::OnHold),
            sla_clock: SlaClock::new(full().created_at),
            wake_at: None,
            ..full()
        };
        let filed = Ticket { origin: Origin::filed(Channel::Widget), identity_verified: None, ..full() };
        let doubted = Ticket { fields: Fields { proven_traits: Proven::new(), ..full().fields }, ..filed.clone() };
        let elsewhere = Ticket { first_session_id: None, ..full() };
        for ticket in
            [full(), elsewhere, bare, Ticket { fields: Fields { assignee: None, ..full().fields }, ..full() }, filed, doubted]
        {
            assert_eq!(read(&write(ProjectId(1), &ticket)).unwrap().into_ticket(), ticket);
        }
    }

    #[test]
    fn a_ticket_from_before_there_were_proofs_is_proven_as_far_as_only_the_team_wrote_on_it() {
        let read_without = |ticket: Ticket| {
            let mut item = write(ProjectId(1), &ticket);
            item.remove("prv");
            read(&item).unwrap().into_ticket().fields.proven_traits
        };
        let filed = Ticket { origin: Origin::filed(Channel::Widget), identity_verified: None, ..full() };
        assert_eq!(read_without(filed.clone()), Proven::from(["name".to_owned()]));
        assert!(!write(ProjectId(1), &filed).contains_key("prv"), "and costs nothing");
        for browsers in [full(), Ticket { identity_verified: Some(true), ..filed }] {
            assert_eq!(read_without(browsers), Proven::new());
        }
    }

    #[test]
    fn a_ticket_costs_no_session_more_until_its_customer_writes_from_another() {
        let same = Ticket { first_session_id: Some("x".into()), ..full() };
        let item = write(ProjectId(1), &same);
        assert!(!item.contains_key(FIRST_SESSION));
        assert_eq!(read(&item).unwrap().into_ticket(), same, "and so one from before the first session was kept is read");
        assert!(!write(ProjectId(1), &Ticket { session_id: None, first_session_id: None, ..full() }).contains_key(FIRST_SESSION));
    }

    #[test]
    fn a_corrupt_item_names_itself_and_the_attribute() {
        assert_faults_are_named(&write(ProjectId(1), &full()), &[PROJECT], read);
    }
}
