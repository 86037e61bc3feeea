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
//! | rules that were changed and have not reached all tickets | `ROLLOUT` | `p` |
//! | tickets of who was removed that may not all be handed over | `HANDOVER` | `p#<assignee>` |
//! | who is looking at which ticket | `P#p#O` | `<user>` |
//! | what a project has for its mail | `P#p` | `MAIL`, before its members |
//! | address of a project | `E@<what stands before the at sign>` | `~` |
//! | id of a mail | `P#p#E#<digest>` | `~` |
//! | mail that arrived | `P#p#I`; `MAIL` if it is no project's | `<time>#<id at the receiving service>` |
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

use lambdesk_domain::{
    ProjectId, RoleId, TicketId, Timestamp, UserId, WorkflowId, assignee::Assignee, folding::for_conditions, ids::TicketNumber,
    saved::ShortId, ticket::Status, ticket::Ticket,
};
use lambdesk_runtime::crypto::digest_of;

pub(crate) use crate::transport::key::{Key, LAST, PK, SK};

macro_rules! ticket_rows {
    ($($(#[$doc:meta])* $row:ident = $letter:literal, $readers:ident;)*) => {
        /// The rows of a ticket's partition, by the letter that their sort keys begin with. The ticket itself is [`LAST`], behind
        /// them all.
        ///
        /// Customers' polls read everything from `M#` on, so only rows that a customer may read may lie there. Each row says who
        /// reads it. The program doesn't compile if its letter says otherwise.
        #[derive(Debug, Clone, Copy, PartialEq, Eq)]
        pub(crate) enum TicketRow {
            $($(#[$doc])* $row,)*
        }

        impl TicketRow {
            /// The first sort key of such rows.
            pub(crate) const fn first(self) -> &'static str {
                match self {
                    $(Self::$row => concat!($letter, "#"),)*
                }
            }

            /// The first sort key behind such rows.
            pub(crate) const fn after(self) -> &'static str {
                match self {
                    $(Self::$row => concat!($letter, "$"),)*
                }
            }
        }

        $(const _: () = assert!(
            matches!(Readers::$readers, Readers::Customers) == ($letter.as_bytes()[0] >= CUSTOMERS_FROM),
            "customers read every row from `M#` on, and no other",
        );)*
    };
}

/// Who may read a row.
enum Readers {
    Team,
    Customers,
}

/// The letter from which on customers read.
const CUSTOMERS_FROM: u8 = b'M';

ticket_rows! {
    /// What changed, and who changed it.
    Activity = "A", Team;
    /// Private notes.
    Note = "B", Team;
    /// Traits and context that are too large for the ticket's own item.
    Profile = "C", Team;
    /// What the ticket keeps of the browser session in which it was opened.
    Context = "D", Team;
    /// Public messages.
    Message = "M", Customers;
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

/// What a project has for its mail. It lies before the members and roles, which are read for every directory.
pub(crate) fn mailbox(project: ProjectId) -> Key {
    Key::new(project_partition(project), "MAIL")
}

/// Whose an address of the desk is, by what stands before the at sign.
pub(crate) fn mail_address(local: &str) -> Key {
    Key::alone(format!("E@{local}"))
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

/// The partition of what arrived, for a project or for none. One range shows the newest of any number of days.
pub(crate) fn inbound(project: Option<ProjectId>) -> String {
    project.map_or_else(|| "MAIL".to_owned(), |project| format!("P#{project}#I"))
}

/// A mail that arrived. The time is the receiving service's, the same however often it hands the mail over.
pub(crate) fn received(project: Option<ProjectId>, at: Timestamp, id: &str) -> Key {
    Key::new(inbound(project), format!("{}#{id}", fixed(at)))
}

pub(crate) fn credential(hash: &str) -> Key {
    Key::alone(format!("K#{hash}"))
}

/// When a session was last used. Functions that only serve agents write it, and none of these may write a credential.
pub(crate) fn session_use(hash: &str) -> Key {
    Key::alone(format!("S#{hash}"))
}

/// A sign-in that was begun.
pub(crate) fn attempt(hash: &str) -> Key {
    Key::alone(format!("A#{hash}"))
}

/// Whose a subject of an identity provider is.
pub(crate) fn identity(issuer: &str, subject: &str) -> Key {
    Key::alone(format!("O#{}", hex::encode(digest_of(&[issuer.as_bytes(), subject.as_bytes()]))))
}

pub(crate) fn window(digest: &str) -> Key {
    Key::alone(format!("W#{digest}"))
}

pub(crate) fn idempotency(digest: &str) -> Key {
    Key::alone(format!("I#{digest}"))
}

/// First sort key of a user's memberships.
pub(crate) const MEMBERSHIPS: &str = "P#";
/// First sort key of the personal keys a user has or made.
pub(crate) const PERSONAL_KEYS: &str = "KEY#";

/// First sort key of a user's sessions.
pub(crate) const SESSIONS: &str = "SESSION#";

fn user_partition(user: UserId) -> String {
    format!("U#{user}")
}

pub(crate) fn user(user: UserId) -> Key {
    Key::alone(user_partition(user))
}

pub(crate) fn membership(user: UserId, project: ProjectId) -> Key {
    Key::new(user_partition(user), format!("{MEMBERSHIPS}{project}"))
}

pub(crate) fn personal_key(user: UserId, id: uuid::Uuid) -> Key {
    Key::new(user_partition(user), format!("{PERSONAL_KEYS}{id}"))
}

pub(crate) fn session(user: UserId, id: uuid::Uuid) -> Key {
    Key::new(user_partition(user), format!("{SESSIONS}{id}"))
}

/// The subject that a user is bound to.
pub(crate) fn subject(user: UserId) -> Key {
    Key::new(user_partition(user), "IDENTITY")
}

pub(crate) fn preferences(user: UserId) -> Key {
    Key::new(user_partition(user), "PREFERENCES")
}

pub(crate) fn email(address: &str) -> Key {
    Key::alone(format!("E#{}", for_conditions(address)))
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

/// Partition key of `by_status`.
pub(crate) fn by_status(project: ProjectId, status: Status) -> String {
    format!("{project}#{}", status.name())
}

/// Sort key of `by_status` and `by_assignee`: unique within a project, so that a cursor is a place between two tickets.
pub(crate) fn updated(at: Timestamp, number: TicketNumber) -> String {
    format!("{}#{number}", fixed(at))
}

/// Partition key of `by_assignee`: open and resolved work lie apart.
pub(crate) fn by_assignee(project: ProjectId, assignee: Assignee, status: Status) -> String {
    let part = if status == Status::Resolved { "resolved" } else { "open" };
    format!("{project}#{assignee}#{part}")
}

/// Partition key of `by_customer`: tickets whose customer was proven lie apart, so that whoever writes under another's distinct
/// id can't crowd out theirs. A project is a number, so no distinct id makes the one look like the other.
pub(crate) fn by_customer(project: ProjectId, distinct_id: &str, proven: bool) -> String {
    format!("{}{project}#{distinct_id}", if proven { "v!" } else { "" })
}

/// Both partitions of a customer, the proven one first. Tickets that were written before the two were kept apart are in the
/// other until they are written again.
pub(crate) fn of_customer(project: ProjectId, distinct_id: &str) -> [String; 2] {
    [true, false].map(|proven| by_customer(project, distinct_id, proven))
}

/// Partition key of `by_session`.
pub(crate) fn by_session(project: ProjectId, session: &str) -> String {
    format!("{project}#{session}")
}

/// [`updated`] of a ticket.
pub(crate) fn updated_of(ticket: &Ticket) -> String {
    updated(ticket.updated_at, ticket.number)
}
