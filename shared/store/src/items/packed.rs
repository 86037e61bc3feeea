//! Parts of a ticket that are packed into one attribute each: the item is written with every message, and a name for each value
//! would cost more than the values. Reading gives `None` for what no writer wrote.
//!
//! What the deadlines are computed from has a module of its own, [`sla_clock`](super::sla_clock).

use lambdesk_domain::{
    Timestamp,
    delivery::{DeliveryStatus, Undelivered},
    ids::Fingerprint,
    satisfaction::{Answer, Rating, Satisfaction},
    statuses::Statuses,
    thread::RecentReply,
    ticket::{Status, StoredProfile},
};

/// `<version>#<bytes>`.
pub(super) fn write_profile(profile: StoredProfile) -> String {
    let StoredProfile { version, bytes } = profile;
    format!("{version}#{bytes}")
}

pub(super) fn read_profile(text: &str) -> Option<StoredProfile> {
    let (version, bytes) = text.split_once('#')?;
    Some(StoredProfile { version: version.parse().ok()?, bytes: bytes.parse().ok()? })
}

/// `<asked>#<rating>#<when>#<comment>`, or only the first part before there is an answer.
pub(super) fn write_satisfaction(Satisfaction { asked_at, answer }: &Satisfaction) -> String {
    let answer = answer.as_ref().map(|Answer { rating, comment, at }| {
        format!("#{}#{}#{}", rating.number(), at.micros(), comment.as_deref().unwrap_or_default())
    });
    format!("{}{}", asked_at.micros(), answer.unwrap_or_default())
}

pub(super) fn read_satisfaction(text: &str) -> Option<Satisfaction> {
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

/// `<message>#<status>#<when>`.
pub(super) fn write_undelivered(Undelivered { message, status, at }: &Undelivered) -> String {
    format!("{message}#{}#{}", status.name(), at.micros())
}

pub(super) fn read_undelivered(text: &str) -> Option<Undelivered> {
    let mut parts = text.splitn(3, '#');
    let (message, status) = (parts.next()?.parse().ok()?, DeliveryStatus::parse(parts.next()?)?);
    Some(Undelivered { message, status, at: Timestamp::from_micros(parts.next()?.parse().ok()?)? })
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

/// The history of statuses, nine bytes each: the code, and the time. No bytes for a ticket that is still in its first status.
pub(super) fn write_statuses(statuses: &Statuses, created_at: Timestamp) -> Vec<u8> {
    if *statuses == Statuses::new(created_at, statuses.last()) {
        return Vec::new();
    }
    let bytes = |(at, status): (Timestamp, Status)| [status_code(status)].into_iter().chain(at.micros().to_be_bytes());
    statuses.taken().flat_map(bytes).collect()
}

pub(super) fn read_statuses(bytes: &[u8]) -> Option<Statuses> {
    let taken = bytes.chunks(9).map(|chunk| {
        let (status, at) = chunk.split_first()?;
        let at = Timestamp::from_micros(i64::from_be_bytes(at.try_into().ok()?))?;
        Some((at, status_of_code(*status)?))
    });
    Statuses::from_taken(taken.collect::<Option<Vec<_>>>()?)
}

/// Recent replies, 24 bytes each: the fingerprint, and the time.
pub(super) fn write_recent(replies: &[RecentReply]) -> Vec<u8> {
    let bytes = |reply: &RecentReply| [reply.fingerprint.0.as_slice(), &reply.at.micros().to_be_bytes()].concat();
    replies.iter().flat_map(bytes).collect()
}

pub(super) fn read_recent(bytes: &[u8]) -> Option<Vec<RecentReply>> {
    bytes
        .chunks(24)
        .map(|chunk| {
            let (fingerprint, at) = (chunk.get(..16)?.try_into().ok()?, chunk.get(16..)?.try_into().ok()?);
            let at = Timestamp::from_micros(i64::from_be_bytes(at))?;
            Some(RecentReply { fingerprint: Fingerprint(fingerprint), at })
        })
        .collect()
}
