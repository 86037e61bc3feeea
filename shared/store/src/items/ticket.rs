//! The item of a ticket.
//!
//! Attribute names have three letters. The item is written with every message, and a longer name would cost as much as a value:
//! the common ticket should stay below 1 KB, which is a step of the bill. A default is not written.
//!
//! [`FieldsRow`] has the attributes of [`Fields`]. The others:
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
//! | `sid`, `sct` | `session_id`, `session_context` as JSON | `lea` | `last_entry_at` |
//! | `mct`, `nct` | number of messages, of notes | `lma`, `lmt` | last message: time, text |
//! | `utm`, `ucu` | unread by the team, by the customer | `act` | who changed it last |
//! | `rec` | recent replies: 16 bytes of fingerprint and 8 of time each | `stl` | statuses: a byte and 8 of time each |
//! | `clk` | waits that policies measure ([`sla_clock`](mod@sla_clock)) | `set` | deadline that was set ([`sla_clock`](mod@sla_clock)) |
//! | `snc` | `since` | `wak` | `wake_at` |
//! | `fup`, `fof` | `follow_up`, `follows_up` | `sat` | satisfaction: `<asked>#<rating>#<when>#<comment>` |
//! | `prf` | `<version>#<bytes>` of a [`profile`] that lies apart: then `trt`, `prv` and `sct` are parts | | |

use lambdesk_domain::{
    ProjectId, Ticket, Timestamp,
    assignee::Assignee,
    message::Fingerprint,
    policies::clock::SlaClock,
    satisfaction::{Answer, Rating, Satisfaction},
    statuses::Statuses,
    tags::Tags,
    ticket::{Channel, ChannelDetail, Fields, Origin, Priority, RecentReply, Status, StoredProfile},
    traits::{self, Object, Proven},
};
use serde::{Deserialize, Serialize};
use serde_json::json;

use crate::{
    error::StoreError,
    items::{
        head::Head,
        profile,
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
pub(crate) const VERSION: &str = "ver";
const TAGS: &str = "tgs";

/// Whether a stored ticket has keys of indexes and tags as they are written today.
pub(crate) fn is_as_written(stored: &Item, today: &Item) -> bool {
    let names = [STATUS, UPDATED, ASSIGNEE, CUSTOMER, SESSION, CREATED, PROJECT, NUMBER, SLA, TAGS];
    names.iter().all(|name| stored.get(*name) == today.get(*name))
}

/// The fields of a ticket. Other attributes tell those that are skipped: keys of indexes tell the status and the assignee, and
/// the proven traits depend on more than the fields.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Fields")]
struct FieldsRow {
    #[serde(skip)]
    status: Status,
    #[serde(rename = "pri", default, skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(skip)]
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
        session_context,
        sla_due_at,
        created_at,
        updated_at,
        message_count,
        note_count,
        last_message_at,
        last_message_text,
        unread_team_count,
        unread_customer_count,
        last_entry_at,
        recent_replies,
        changed_by,
        since,
        follow_up,
        follows_up,
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
        .object("sct", session_context)
        .number("mct", message_count)
        .number("nct", note_count)
        .opt_time("lma", *last_message_at)
        .opt_text("lmt", last_message_text.as_deref())
        .number("utm", unread_team_count)
        .number("ucu", unread_customer_count)
        .time("lea", *last_entry_at)
        .opt_text("act", changed_by.map(|stamp| stamp.to_string()))
        .opt_time("snc", *since)
        .opt_text("fup", follow_up.map(|id| id.to_string()))
        .opt_text("fof", follows_up.map(|id| id.to_string()))
        .opt_text("sat", satisfaction.as_ref().map(write_satisfaction))
        .bytes("stl", status_bytes(statuses, *created_at))
        .opt_text("clk", sla_clock::write(sla_clock, *created_at))
        .opt_text("set", sla_clock.set.as_deref().map(sla_clock::write_goal))
        .opt_time("wak", *wake_at)
        .opt_text("prf", profile.map(|StoredProfile { version, bytes }| format!("{version}#{bytes}")))
        .bytes("rec", recent_replies.iter().flat_map(recent_bytes).collect())
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Head, StoreError> {
    let row = Reader(item);
    let status = after_project(row.text(STATUS)?).and_then(Status::parse).ok_or_else(|| row.corrupt(STATUS))?;
    let updated = row.text(UPDATED)?.split_once('#').and_then(|(micros, _)| micros.parse().ok());
    let created_at = row.time(CREATED)?;
    let mut fields = row::read(item, FieldsRow::deserialize)?;
    fields.status = status;
    fields.assignee = row.opt_parsed(ASSIGNEE, assignee_of_key)?;
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
        session_context: row.object("sct")?,
        sla_due_at: row.opt_time(SLA)?.or(row.opt_time(DUE)?),
        created_at,
        updated_at: updated.and_then(Timestamp::from_micros).ok_or_else(|| row.corrupt(UPDATED))?,
        message_count: row.number("mct")?,
        note_count: row.number("nct")?,
        last_message_at: row.opt_time("lma")?,
        last_message_text: row.opt_text("lmt")?.map(str::to_owned),
        unread_team_count: row.number("utm")?,
        unread_customer_count: row.number("ucu")?,
        last_entry_at: row.time("lea")?,
        recent_replies: read_recent(row.bytes("rec")?.unwrap_or_default()).ok_or_else(|| row.corrupt("rec"))?,
        changed_by: row.opt_parsed("act", |stamp| stamp.parse().ok())?,
        since: row.opt_time("snc")?,
        follow_up: row.opt_parsed("fup", |id| id.parse().ok())?,
        follows_up: row.opt_parsed("fof", |id| id.parse().ok())?,
        satisfaction: row.opt_parsed("sat", read_satisfaction)?,
        statuses: read_statuses(row.bytes("stl")?.unwrap_or_default(), created_at, status).ok_or_else(|| row.corrupt("stl"))?,
        sla_clock: sla_clock(row, created_at)?,
        wake_at: row.opt_time("wak")?,
        profile: row.opt_parsed("prf", read_profile)?,
        version: row.number(VERSION)?,
    };
    ticket.fields.proven_traits = match row.opt_json("prv")? {
        None => proven_by_default(&ticket),
        Some(names) => serde_json::from_value(names).map_err(|_| row.corrupt("prv"))?,
    };
    Ok(Head(ticket))
}

fn read_profile(text: &str) -> Option<StoredProfile> {
    let (version, bytes) = text.split_once('#')?;
    Some(StoredProfile { version: version.parse().ok()?, bytes: bytes.parse().ok()? })
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

/// The part of an index key behind the project. The project is a number, so the first `#` ends it.
fn after_project(key: &str) -> Option<&str> {
    key.split_once('#').map(|(_, rest)| rest)
}

fn assignee_of_key(key: &str) -> Option<Assignee> {
    after_project(key)?.rsplit_once('#')?.0.parse().ok()
}

fn write_satisfaction(Satisfaction { asked_at, answer }: &Satisfaction) -> String {
    let answer = answer.as_ref().map(|Answer { rating, comment, at }| {
        format!("#{}#{}#{}", rating.number(), at.micros(), comment.as_deref().unwrap_or_default())
    });
    format!("{}{}", asked_at.micros(), answer.unwrap_or_default())
}

fn read_satisfaction(text: &str) -> Option<Satisfaction> {
    let time = |text: &str| text.parse().ok().and_then(Timestamp::from_micros);
    let mut parts = text.splitn(4, '#');
    let asked_at = time(parts.next()?)?;
    let answer = match parts.next() {
        None => None,
        Some(rating) => {
            let (rating, at, comment) = (Rating::new(rating.parse().ok()?)?, time(parts.next()?)?, parts.next()?);
            Some(Answer { rating, comment: (!comment.is_empty()).then(|| comment.to_owned()), at })
        }
    };
    Some(Satisfaction { asked_at, answer })
}

fn sla_clock(row: Reader<'_>, created_at: Timestamp) -> Result<SlaClock, StoreError> {
    let clock = row.opt_parsed("clk", |text| sla_clock::read(text, created_at))?;
    let set = row.opt_parsed("set", sla_clock::read_goal)?.map(Box::new);
    Ok(SlaClock { set, ..clock.unwrap_or_else(|| SlaClock::new(created_at)) })
}

/// The code of a status in a stored history. A code never changes.
const fn status_code(status: Status) -> u8 {
    match status {
        Status::New => 0,
        Status::Open => 1,
        Status::Pending => 2,
        Status::OnHold => 3,
        Status::Resolved => 4,
    }
}

fn status_of_code(code: u8) -> Option<Status> {
    Status::ALL.iter().copied().find(|status| status_code(*status) == code)
}

/// The history of statuses; no bytes for a ticket that is still in its first status.
fn status_bytes(statuses: &Statuses, created_at: Timestamp) -> Vec<u8> {
    if *statuses == Statuses::new(created_at, statuses.last()) {
        return Vec::new();
    }
    let bytes = |(at, status): (Timestamp, Status)| [status_code(status)].into_iter().chain(at.micros().to_be_bytes());
    statuses.taken().flat_map(bytes).collect()
}

fn read_statuses(bytes: &[u8], created_at: Timestamp, status: Status) -> Option<Statuses> {
    if bytes.is_empty() {
        return Some(Statuses::new(created_at, status));
    }
    let taken = bytes.chunks(9).map(|chunk| {
        let (status, at) = chunk.split_first()?;
        let at = Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?))?;
        Some((at, status_of_code(*status)?))
    });
    Statuses::from_taken(taken.collect::<Option<Vec<_>>>()?)
}

fn recent_bytes(reply: &RecentReply) -> Vec<u8> {
    [reply.fingerprint.0.as_slice(), &reply.at.micros().to_be_bytes()].concat()
}

fn read_recent(bytes: &[u8]) -> Option<Vec<RecentReply>> {
    bytes
        .chunks(24)
        .map(|chunk| {
            let (fingerprint, at) = (chunk.get(..16)?.try_into().ok()?, chunk.get(16..)?.try_into().ok()?);
            let at = Timestamp::from_micros(i64::from_be_bytes(at))?;
            Some(RecentReply { fingerprint: Fingerprint(fingerprint), at })
        })
        .collect()
}

#[cfg(test)]
pub(crate) mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;
    use lambdesk_domain::{RoleId, TicketId, UserId, actor::Stamp};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;
    use crate::transport::format::FORMAT;

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
            session_context: json!({"current_url": "https://a"}).as_object().unwrap().clone(),
            sla_due_at: Some(at(5)),
            created_at: at(1_700_000_000_000_001),
            updated_at: at(1_700_000_000_000_002),
            message_count: 1,
            note_count: 2,
            last_message_at: Some(at(3)),
            last_message_text: Some("hello".into()),
            unread_team_count: 4,
            unread_customer_count: 5,
            last_entry_at: at(1_700_000_000_000_003),
            recent_replies: vec![RecentReply { fingerprint: Fingerprint([3; 16]), at: at(8) }],
            changed_by: Some(Stamp::User(UserId(1))),
            since: Some(at(4)),
            follow_up: Some(TicketId(Uuid::from_u128(8))),
            follows_up: Some(TicketId(Uuid::from_u128(6))),
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
            session_context: Object::new(),
            sla_due_at: None,
            last_message_at: None,
            last_message_text: None,
            recent_replies: Vec::new(),
            changed_by: None,
            since: None,
            follow_up: None,
            follows_up: None,
            satisfaction: Some(Satisfaction { asked_at: at(3), answer: None }),
            statuses: Statuses::new(full().created_at, Status::OnHold),
            sla_clock: SlaClock::new(full().created_at),
            wake_at: None,
            ..full()
        };
        let filed = Ticket { origin: Origin::filed(Channel::Widget), identity_verified: None, ..full() };
        let doubted = Ticket { fields: Fields { proven_traits: Proven::new(), ..full().fields }, ..filed.clone() };
        for ticket in [full(), bare, Ticket { fields: Fields { assignee: None, ..full().fields }, ..full() }, filed, doubted] {
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
    fn a_corrupt_item_names_itself_and_the_attribute() {
        let bad = [AttributeValue::Null(true), AttributeValue::M(std::collections::HashMap::new())];
        let whole = write(ProjectId(1), &full());
        for name in whole.keys().filter(|name| ![keys::PK, keys::SK, PROJECT, FORMAT].contains(&name.as_str())) {
            for value in &bad {
                let mut item = whole.clone();
                item.insert(name.clone(), value.clone());
                let error = read(&item).unwrap_err().to_string();
                assert!(error.contains('~') && error.ends_with(name), "{name}: {error}");
            }
        }
    }
}
