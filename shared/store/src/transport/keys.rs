//! Every key of the desk's table, in one place. `p` is a project, `t` a ticket.
//!
//! | item | PK | SK |
//! | --- | --- | --- |
//! | ticket | `P#p#T#t` | `~`, after all of its messages |
//! | message | `P#p#T#t` | `M#<created_at>` |
//! | private note | `P#p#T#t` | `B#<created_at>`, before the customer's range, which starts at `M#` |
//! | activity | `P#p#T#t` | `A#<time>#<order>` |
//! | traits and context of a ticket, where they are large | `P#p#T#t` | `C#`, before the customer's range |
//! | what a ticket keeps of its browser session | `P#p#T#t` | `D#`, before the customer's range |
//! | delivery of a message that leaves by mail | `P#p#T#t` | `E#<created_at>`, before the customer's range |
//! | number counter | `P#p` | `NUMBER` |
//! | project, member, role | `P#p` | `PROJECT`, `MEMBER#<user>`, `ROLE#<role>` |
//! | workflow | `P#p` | `WORKFLOW#<workflow>` |
//! | view, quick action | `P#p` | `VIEW#<short id>`, `ACTION#<short id>` |
//! | run of a workflow | `P#p#W#<workflow>` | `<event's time>#<event>` |
//! | the last of a workflow's runs that wait for a ticket | `P#p#W#<workflow>#L#t` | `~` |
//! | totals | `P#p` | `TOTALS`; `TOTALS#<assignee>` for each assignee |
//! | recount: how far, and what it found | `P#p` | `TALLY` |
//! | shadow: what the totals hold of a ticket | `F#p#t` | `~` |
//! | tag: how many tickets carry it | `G#p` | the tag |
//! | shadow: which tags of a ticket are counted | `F#p#t` | `TAGS` |
//! | word of a ticket's customer | `P#p#C#<first letter>` | `<word>#t` |
//! | person | `P#p#D#<digest of a distinct id>` | `~` |
//! | that a project has people | `P#p` | `PERSONS`, among members and roles, to be read with them |
//! | timer | `TIMER#<shard>` | `<when>#p#t`: a ticket names the one that counts |
//! | timer of a delivery | `COURIER` | `<when>#p#t#<created_at>`: a delivery names the one that counts |
//! | rules that were changed and have not reached all tickets | `ROLLOUT` | `p` |
//! | tickets of who was removed that may not all be handed over | `HANDOVER` | `p#<assignee>` |
//! | who is looking at which ticket | `P#p#O` | `<user>` |
//! | what a project has for its mail | `P#p` | `MAIL`, right before its members, to be read with them |
//! | address of a project | `E@<what stands before the at sign>`, `E@<an address elsewhere>` | `~` |
//! | that a domain elsewhere has an address of a project | `E@@<domain>` | a digest of the address |
//! | id of a mail | `P#p#E#<digest>` | `~` |
//! | link to a customer's tickets, and up to when those of an address have ended | `P#p#R#<digest>` | `~` |
//! | mail that arrived | `P#p#I`; `MAIL` if it is no project's | `<time>#<id at the receiving service>` |
//! | that an address gets nothing any more which the desk sends by itself | `P#p#B#<digest>` | `~` |
//! | visitor: sends of the last minutes, recent openings | `P#p#V#<digest>` | `~` |
//! | record of administration | `P#p#L` | `<time>#<id>`; `~<day>#<key>` for a key that was shown the secret that day |
//! | credential | `K#<sha-256 of the token>` | `~` |
//! | last use of a session, which opens nothing | `S#<sha-256 of the token>` | `~` |
//! | sign-in that was begun | `A#<sha-256 of the cookie>` | `~` |
//! | subject of an identity provider | `O#<digest of issuer and subject>` | `~` |
//! | window of a durable limit | `W#<digest>` | `~` |
//! | idempotency record | `I#<digest>` | `~` |
//! | user | `U#<user>` | `~`; `P#<project>` for each membership; `KEY#<id>` for each personal key; `SESSION#<id>` for each session; `PREFERENCES`; `IDENTITY` |
//! | e-mail to user | `E#<address>` | `~` |
//! | counter of projects | `DESK` | `PROJECTS` |
//! | the release of the zone rules that tickets follow | `ROLLOUT` | `ZONES`, behind the projects |
//! | projects to be written anew | `DESK` | `RENEWED` (up to which it was seen), `RENEWAL#p` (how far one is) |
//!
//! Ids are numbers and UUIDs by type, and what a caller wrote only ever enters a key as a digest or as its last part,
//! so that no `#` or `~` in it can reach another item.

mod accounts;
mod indexes;
mod rows;

use lambdesk_domain::{ProjectId, RoleId, TicketId, Timestamp, UserId, WorkflowId, assignee::Assignee, saved::ShortId};
use lambdesk_runtime::crypto::digest_of;

pub(crate) use crate::transport::key::{Key, LAST, PK, SK};
pub(crate) use accounts::*;
pub(crate) use indexes::*;
pub(crate) use rows::TicketRow;

/// A key as errors and the log tell it: without what people wrote, which is their tags, names and addresses.
pub(crate) fn told(Key { pk, sk }: &Key) -> String {
    let ticket = sk.rsplit_once('#').map_or("", |(_, ticket)| ticket);
    match pk.split(['#', '@']).collect::<Vec<_>>()[..] {
        ["G", project] => format!("G#{project} …"),
        ["P", project, "C", ..] => format!("P#{project}#C#… …#{ticket}"),
        ["E", ..] => format!("{}… {sk}", &pk[..2]),
        _ => format!("{pk} {sk}"),
    }
}

/// The last instant that has its own key, in the year 2286: with sixteen digits text sorts as time does.
const LAST_TIME: i64 = 9_999_999_999_999_999;

/// A time within a key: always sixteen digits. What is later stands at the end, in no order; nothing that is stored is (100
/// years ahead at most), but a caller may ask for what is before it or behind it.
pub(crate) fn fixed(at: Timestamp) -> String {
    format!("{:016}", at.micros().min(LAST_TIME))
}

pub(crate) fn ticket_partition(project: ProjectId, ticket: TicketId) -> String {
    format!("P#{project}#T#{ticket}")
}

/// The ticket that a partition key belongs to.
pub(crate) fn ticket_of_partition(pk: &str) -> Option<TicketId> {
    pk.rsplit_once("#T#").and_then(|(_, id)| id.parse().ok())
}

/// The ticket that an item is, if it is one.
pub(crate) fn ticket_of(pk: &str, sk: &str) -> Option<(ProjectId, TicketId)> {
    let (project, ticket) = pk.strip_prefix("P#").filter(|_| sk == LAST)?.split_once("#T#")?;
    Some((project.parse().ok()?, ticket.parse().ok()?))
}

pub(crate) fn ticket(project: ProjectId, ticket: TicketId) -> Key {
    Key::alone(ticket_partition(project, ticket))
}

/// Traits and context of a ticket, where they are too large for its own item.
pub(crate) fn profile(project: ProjectId, ticket: TicketId) -> Key {
    Key::new(ticket_partition(project, ticket), TicketRow::Profile.first())
}

/// The ticket that an item is the profile of, if it is one.
pub(crate) fn ticket_of_profile(pk: &str, sk: &str) -> Option<(ProjectId, TicketId)> {
    if sk == TicketRow::Profile.first() { ticket_of(pk, LAST) } else { None }
}

/// What a ticket keeps of the browser session in which it was opened.
pub(crate) fn pinned(project: ProjectId, ticket: TicketId) -> Key {
    Key::new(ticket_partition(project, ticket), TicketRow::Context.first())
}

pub(crate) fn message(project: ProjectId, ticket: TicketId, at: Timestamp, private: bool) -> Key {
    let row = if private { TicketRow::Note } else { TicketRow::Message };
    Key::new(ticket_partition(project, ticket), format!("{}{}", row.first(), fixed(at)))
}

pub(crate) fn activity(project: ProjectId, ticket: TicketId, at: Timestamp, order: usize) -> Key {
    Key::new(ticket_partition(project, ticket), format!("{}{}#{order}", TicketRow::Activity.first(), fixed(at)))
}

/// Over how many partitions timers are spread. Each is read once a minute, and takes some hundred timers a second.
pub(crate) const TIMER_SHARDS: u8 = 4;

pub(crate) fn timers(shard: u8) -> String {
    format!("TIMER#{shard}")
}

pub(crate) fn timer(project: ProjectId, ticket: TicketId, at: Timestamp) -> Key {
    // The last byte of a UUIDv7 is random.
    let shard = ticket.0.as_bytes()[15] % TIMER_SHARDS;
    Key::new(timers(shard), format!("{}#{project}#{ticket}", fixed(at)))
}

/// Behind every timer that is due at `now`.
pub(crate) fn timers_until(now: Timestamp) -> String {
    format!("{}#~", fixed(now))
}

/// The ticket and the time of a timer.
pub(crate) fn timer_of(sk: &str) -> Option<(ProjectId, TicketId, Timestamp)> {
    let mut parts = sk.split('#');
    let (at, project, ticket) = (parts.next()?, parts.next()?, parts.next()?);
    Some((project.parse().ok()?, ticket.parse().ok()?, Timestamp::from_micros(at.parse().ok()?)?))
}

/// What becomes of a message on its way out of the desk.
pub(crate) fn delivery(project: ProjectId, ticket: TicketId, message: Timestamp) -> Key {
    Key::new(ticket_partition(project, ticket), format!("{}{}", TicketRow::Delivery.first(), fixed(message)))
}

/// The ticket and the message of a delivery, if an item is one.
pub(crate) fn delivery_of(pk: &str, sk: &str) -> Option<(ProjectId, TicketId, Timestamp)> {
    let at = sk.strip_prefix(TicketRow::Delivery.first())?;
    let (project, ticket) = ticket_of(pk, LAST)?;
    Some((project, ticket, Timestamp::from_micros(at.parse().ok()?)?))
}

/// Partition key of the timers of all deliveries.
pub(crate) const COURIER: &str = "COURIER";

pub(crate) fn delivery_timer(project: ProjectId, ticket: TicketId, message: Timestamp, at: Timestamp) -> Key {
    Key::new(COURIER.to_owned(), format!("{}#{project}#{ticket}#{}", fixed(at), fixed(message)))
}

/// The time of a delivery's timer, and whose it is: project, ticket and message.
pub(crate) fn delivery_timer_of(sk: &str) -> Option<(Timestamp, (ProjectId, TicketId, Timestamp))> {
    let mut parts = sk.split('#');
    let (at, project, ticket, message) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let time = |digits: &str| Timestamp::from_micros(digits.parse().ok()?);
    Some((time(at)?, (project.parse().ok()?, ticket.parse().ok()?, time(message)?)))
}

/// Partition key of the rollouts of all projects.
pub(crate) const ROLLOUTS: &str = "ROLLOUT";

pub(crate) fn rollout(project: ProjectId) -> Key {
    Key::new(ROLLOUTS.to_owned(), project.to_string())
}

/// Partition key of the hand-overs of all projects.
pub(crate) const HAND_OVERS: &str = "HANDOVER";

pub(crate) fn hand_over(project: ProjectId, from: Assignee) -> Key {
    Key::new(HAND_OVERS.to_owned(), format!("{project}#{from}"))
}

/// The partition of a project's record of administration.
pub(crate) fn audits(project: ProjectId) -> String {
    format!("P#{project}#L")
}

pub(crate) fn audit(project: ProjectId, at: Timestamp, id: uuid::Uuid) -> Key {
    Key::new(audits(project), format!("{}#{id}", fixed(at)))
}

/// The partition of who is looking at a project's tickets. It is none of a ticket's, so that no customer's poll comes near it.
pub(crate) fn presences(project: ProjectId) -> String {
    format!("P#{project}#O")
}

pub(crate) fn presence(project: ProjectId, user: UserId) -> Key {
    Key::new(presences(project), user.to_string())
}

/// That a key was shown the secret on a day; behind the record itself.
pub(crate) fn shown(project: ProjectId, day: i64, key: uuid::Uuid) -> Key {
    Key::new(audits(project), format!("{LAST}{day}#{key}"))
}

fn project_partition(project: ProjectId) -> String {
    format!("P#{project}")
}

pub(crate) fn number(project: ProjectId) -> Key {
    Key::new(project_partition(project), "NUMBER")
}

pub(crate) fn project(project: ProjectId) -> Key {
    Key::new(project_partition(project), "PROJECT")
}

pub(crate) fn totals(project: ProjectId) -> Key {
    Key::new(project_partition(project), "TOTALS")
}

pub(crate) fn totals_of(project: ProjectId, assignee: Assignee) -> Key {
    Key::new(project_partition(project), format!("TOTALS#{assignee}"))
}

/// Behind the members and roles, which are read for every directory.
pub(crate) fn recount(project: ProjectId) -> Key {
    Key::new(project_partition(project), "TALLY")
}

/// In a partition of its own: shadows are written as often as tickets are, and a project has one partition key.
pub(crate) fn shadow(project: ProjectId, ticket: TicketId) -> Key {
    Key::alone(format!("F#{project}#{ticket}"))
}

/// Beside the other shadow, which is written far more often.
pub(crate) fn tags_shadow(project: ProjectId, ticket: TicketId) -> Key {
    Key::new(shadow(project, ticket).pk, "TAGS")
}

/// The partition of a project's tags; their sort keys are the tags themselves, which are up to 800 bytes of the 1,024 that a
/// sort key has.
pub(crate) fn tags(project: ProjectId) -> String {
    format!("G#{project}")
}

pub(crate) fn tag(project: ProjectId, tag: &str) -> Key {
    Key::new(tags(project), tag)
}

/// How many letters of a word are in its key: what is longer is told apart by the ticket. Four bytes each at most, so that
/// the key stays far below the 1,024 that a sort key has.
const LETTERS: usize = 64;

/// As much of a word as its key has. Words consist of letters and digits, so that the `#` behind one ends it.
pub(crate) fn beginning(word: &str) -> &str {
    word.char_indices().nth(LETTERS).map_or(word, |(end, _)| &word[..end])
}

/// The partition of a project's customers' words that begin with the letter that this one begins with.
pub(crate) fn words(project: ProjectId, word: &str) -> String {
    let first: String = word.chars().take(1).collect();
    format!("P#{project}#C#{first}")
}

pub(crate) fn word(project: ProjectId, word: &str, ticket: TicketId) -> Key {
    Key::new(words(project, word), format!("{}#{ticket}", beginning(word)))
}

/// The ticket that the row of a word is for.
pub(crate) fn ticket_of_word(sk: &str) -> Option<TicketId> {
    sk.rsplit_once('#').and_then(|(_, id)| id.parse().ok())
}

/// A digest as it stands in a key.
pub(crate) type Digest = [u8; 16];

/// The letter of the partitions of persons, each a digest of a distinct id.
pub(crate) const PERSON: char = 'D';
/// The letter of the partitions of mails, each a digest of a mail's id.
pub(crate) const MAIL_ID: char = 'E';
/// The letter of the partitions of silent addresses, each a digest of one.
pub(crate) const SILENCE: char = 'B';

/// The digest in the partition key of a project's person, mail or silent address.
pub(crate) fn digest_in(pk: &str, project: ProjectId, letter: char) -> Option<Digest> {
    hex::decode(pk.strip_prefix(&format!("P#{project}#{letter}#"))?).ok()?.try_into().ok()
}

/// The keys of persons, mails or silent addresses with these digests.
pub(crate) fn of_digests(project: ProjectId, letter: char, digests: &[Digest]) -> Vec<Key> {
    digests.iter().map(|digest| Key::alone(format!("P#{project}#{letter}#{}", hex::encode(digest)))).collect()
}

/// The person of a distinct id.
pub(crate) fn person(project: ProjectId, distinct_id: &str) -> Key {
    let digest = digest_of(&[distinct_id.as_bytes()]);
    Key::alone(format!("P#{project}#D#{}", hex::encode(&digest[..16])))
}

pub(crate) fn persons(project: ProjectId) -> Key {
    Key::new(project_partition(project), PERSONS)
}

/// That a project has people; it lies between its members and its roles, so that a directory knows.
pub(crate) const PERSONS: &str = "PERSONS";

/// First sort key of a project's members.
pub(crate) const MEMBERS: &str = "MEMBER#";
/// First sort key of a project's roles.
pub(crate) const ROLES: &str = "ROLE#";

pub(crate) fn member(project: ProjectId, user: UserId) -> Key {
    Key::new(project_partition(project), format!("{MEMBERS}{user}"))
}

pub(crate) fn role(project: ProjectId, role: RoleId) -> Key {
    Key::new(project_partition(project), format!("{ROLES}{role}"))
}

/// First sort key of a project's workflows; their ids sort by creation, which is the order they run in.
pub(crate) const WORKFLOWS: &str = "WORKFLOW#";

pub(crate) fn workflow(project: ProjectId, workflow: WorkflowId) -> Key {
    Key::new(project_partition(project), format!("{WORKFLOWS}{workflow}"))
}

/// First sort key of a project's views. Neither they nor quick actions lie between members and roles, which are read for
/// every directory.
pub(crate) const VIEWS: &str = "VIEW#";
/// First sort key of a project's quick actions.
pub(crate) const QUICK_ACTIONS: &str = "ACTION#";

/// What members saved; `first` says what it is.
pub(crate) fn saved(project: ProjectId, first: &str, id: ShortId) -> Key {
    Key::new(project_partition(project), format!("{first}{id}"))
}

/// The partition of a workflow's runs. Their sort keys name the event, so that one event has one run.
pub(crate) fn runs(project: ProjectId, workflow: WorkflowId) -> String {
    format!("P#{project}#W#{workflow}")
}

pub(crate) fn run(project: ProjectId, workflow: WorkflowId, event_at: Timestamp, event: uuid::Uuid) -> Key {
    Key::new(runs(project, workflow), format!("{}#{event}", fixed(event_at)))
}

/// The end of the line of a workflow's runs that wait for a ticket.
pub(crate) fn line(project: ProjectId, workflow: WorkflowId, ticket: TicketId) -> Key {
    Key::alone(format!("{}#L#{ticket}", runs(project, workflow)))
}

pub(crate) fn visitor(project: ProjectId, digest: &str) -> Key {
    Key::alone(format!("P#{project}#V#{digest}"))
}

/// Sort key of what a project has for its mail. It lies right before the members and roles, so that a directory knows of it.
pub(crate) const MAILBOX: &str = "MAIL";

/// What a project has for its mail.
pub(crate) fn mailbox(project: ProjectId) -> Key {
    Key::new(project_partition(project), MAILBOX)
}

/// Whose an address is: of the desk by what stands before the at sign, and one elsewhere as a whole.
pub(crate) fn mail_address(local: &str) -> Key {
    Key::alone(format!("E@{local}"))
}

/// The addresses of projects that are of a domain elsewhere.
pub(crate) fn mail_domain(domain: &str) -> String {
    format!("E@@{domain}")
}

/// That an address elsewhere is a project's, below its domain.
pub(crate) fn mail_domain_use(domain: &str, address: &str) -> Key {
    Key::new(mail_domain(domain), hex::encode(&digest_of(&[address.as_bytes()])[..16]))
}

/// A mail that a project has, by its id. Anybody can write any id.
pub(crate) fn mail_id(project: ProjectId, id: &str) -> Key {
    Key::of_mail_record(project, &mail_id_record(id))
}

/// What tells the record of a mail's id from others.
pub(crate) fn mail_id_record(id: &str) -> String {
    hex::encode(&digest_of(&[id.as_bytes()])[..16])
}

impl Key {
    /// The key of [`mail_id`] by what tells its record from others.
    pub(crate) fn of_mail_record(project: ProjectId, record: &str) -> Self {
        Self::alone(format!("P#{project}#E#{record}"))
    }
}

/// That an address gets nothing any more which the desk sends by itself. Only the case of ASCII letters doesn't count.
pub(crate) fn silence(project: ProjectId, address: &str) -> Key {
    let digest = digest_of(&[b"silence", address.trim().to_ascii_lowercase().as_bytes()]);
    Key::alone(format!("P#{project}#B#{}", hex::encode(&digest[..16])))
}

/// A link by which a customer gets back their tickets, by the hash of what it holds; or, by a digest of the address, up to when its
/// links have ended.
pub(crate) fn restore(project: ProjectId, digest: &str) -> Key {
    Key::alone(format!("P#{project}#R#{digest}"))
}

/// The partition of what arrived, for a project or for none. One range shows the newest of any number of days.
pub(crate) fn inbound(project: Option<ProjectId>) -> String {
    project.map_or_else(|| "MAIL".to_owned(), |project| format!("P#{project}#I"))
}

/// A mail that arrived. The time is the receiving service's, the same however often it hands the mail over.
pub(crate) fn received(project: Option<ProjectId>, at: Timestamp, id: &str) -> Key {
    Key::new(inbound(project), format!("{}#{id}", fixed(at)))
}

pub(crate) fn window(digest: &str) -> Key {
    Key::alone(format!("W#{digest}"))
}

pub(crate) fn idempotency(digest: &str) -> Key {
    Key::alone(format!("I#{digest}"))
}

/// Partition key of what the desk counts, and of how far it is with writing projects anew: one read brings all of it.
pub(crate) const DESK: &str = "DESK";

pub(crate) fn counter(of: &str) -> Key {
    Key::new(DESK.to_owned(), of)
}

/// The counter of projects.
pub(crate) const PROJECTS: &str = "PROJECTS";
/// Up to which project it was seen whether they have to be written anew.
pub(crate) const RENEWED: &str = "RENEWED";
/// First sort key of the notes that a project has to be.
pub(crate) const RENEWALS: &str = "RENEWAL#";

pub(crate) fn renewed() -> Key {
    counter(RENEWED)
}

pub(crate) fn renewal(project: ProjectId) -> Key {
    counter(&format!("{RENEWALS}{project}"))
}

pub(crate) fn zones() -> Key {
    Key::new(ROLLOUTS.to_owned(), "ZONES")
}

/// Behind the rollouts of all projects, whose ids are digits.
pub(crate) const AFTER_ROLLOUTS: &str = ":";

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_people_wrote_is_not_told() {
        let project = ProjectId(7);
        let ticket: TicketId = "0195f000-0000-7000-8000-000000000001".parse().unwrap();
        let told_of = |key: Key| told(&key);
        assert_eq!(told_of(tag(project, "ada#~@lovelace")), "G#7 …");
        assert_eq!(told_of(word(project, "lovelace", ticket)), format!("P#7#C#… …#{ticket}"));
        assert_eq!(told_of(email("ada#@example.com")), "E#… ~");
        assert_eq!(told_of(mail_address("ada@example.com")), "E@… ~");
        let of_domain = told_of(mail_domain_use("example.com", "ada@example.com"));
        assert!(of_domain.starts_with("E@… ") && !of_domain.contains("example"), "{of_domain}");
        assert_eq!(told_of(super::ticket(project, ticket)), format!("P#7#T#{ticket} ~"));
        assert_eq!(told_of(totals(project)), "P#7 TOTALS");
    }
}
