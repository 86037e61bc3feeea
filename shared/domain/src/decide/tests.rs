mod clock;
mod mail;
mod reply;

use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::{
    assignee::Assignee,
    command::{FromAgent, FromCustomer},
    create::{self, Draft},
    delivery::Copies,
    ids::{Fingerprint, TicketId, UserId},
    patch::Patch,
    tags::{Tags, TagsMode},
    testing::{at, content, draft, says},
    thread::{REPLIES_REMEMBERED, REPLY_RETRY},
    ticket::{Fields, Origin, Priority, Status},
};

/// [`super::decide()`] under the default rules.
fn decide(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp) -> Result<Decision, Refusal> {
    super::decide(ticket, command, actor, now, &Rules::default())
}

fn agent(id: u32) -> Actor {
    Actor::User { id: UserId(id), name: "Agent".into() }
}

fn ticket() -> Ticket {
    let draft = Draft {
        distinct_id: "visitor".into(),
        origin: Origin::Widget { session: Some("session".into()), detail: None },
        message: says("hello"),
        ..draft()
    };
    create::open(draft, TicketId(uuid::Uuid::nil()), 1, at(1_000_000_000), 0).0
}

fn received(text: &str) -> Command {
    Command::Receive(Box::new(FromCustomer {
        content: content(text),
        traits: Vec::new(),
        claims: crate::claims::Claims::default(),
        session_id: None,
        session_context: Vec::new(),
        verified: false,
        mail: None,
        entropy: 1,
    }))
}

fn reply(text: &str, private: bool) -> Command {
    let mut fingerprint = [u8::from(private); 16];
    fingerprint[1] = u8::try_from(text.len()).unwrap();
    Command::Reply(FromAgent {
        content: content(text),
        private,
        fingerprint: Fingerprint(fingerprint),
        keyed: false,
        mailed: None,
        copies: Copies::NONE,
        entropy: 2,
    })
}

fn change(decision: Result<Decision, Refusal>) -> Change {
    match decision {
        Ok(Decision::Change(change)) => *change,
        other => panic!("expected a change, got {other:?}"),
    }
}

fn added(change: &Change) -> &Message {
    match &change.entry {
        Some(ThreadChange::Added(message)) => message,
        other => panic!("expected a new message, got {other:?}"),
    }
}

fn update(patch: Patch) -> Command {
    Command::Update(Box::new(patch))
}

#[derive(Debug, Clone)]
enum Step {
    Receive,
    Reply(u8),
    Note(u8),
    ReadByTeam,
    ReadByCustomer,
    Status(Status),
}

fn step() -> impl Strategy<Value = Step> {
    prop_oneof![
        Just(Step::Receive),
        (0..200_u8).prop_map(Step::Reply),
        (0..200_u8).prop_map(Step::Note),
        Just(Step::ReadByTeam),
        Just(Step::ReadByCustomer),
        prop::sample::select(Status::ALL).prop_map(Step::Status),
    ]
}

/// Steps at times that run back and forth, as several machines' clocks do.
fn steps() -> impl Strategy<Value = Vec<(Step, i64)>> {
    prop::collection::vec((step(), 0..3_000_000_000_i64), 0..40)
}

/// The changes of a ticket by these steps, each with its step and the ticket before it.
fn history(steps: Vec<(Step, i64)>) -> Vec<(Step, Ticket, Change)> {
    let mut before = ticket();
    let mut changes = Vec::new();
    for (step, now) in steps {
        let command = match &step {
            Step::Receive => received("x"),
            Step::Reply(length) => reply(&"y".repeat(1 + usize::from(*length)), false),
            Step::Note(length) => reply(&"z".repeat(1 + usize::from(*length)), true),
            Step::ReadByTeam => Command::ReadByTeam,
            Step::ReadByCustomer => Command::ReadByCustomer,
            Step::Status(status) => update(Patch { status: Some(*status), ..Patch::default() }),
        };
        let Decision::Change(change) = decide(&before, command, &agent(1), at(now)).unwrap() else { continue };
        let after = change.ticket.clone();
        changes.push((step, std::mem::replace(&mut before, after), *change));
    }
    changes
}

proptest! {
    #[test]
    fn each_change_is_a_version_and_time_never_runs_back(steps in steps()) {
        for (_, before, change) in history(steps) {
            prop_assert_eq!(change.ticket.version, before.version + 1);
            prop_assert!(change.ticket.updated_at >= before.updated_at);
        }
    }

    #[test]
    fn entries_are_strictly_ordered_and_their_ids_say_when(steps in steps()) {
        for (_, before, change) in history(steps) {
            let Some(ThreadChange::Added(message)) = change.entry else { continue };
            prop_assert!(message.created_at > before.thread.last_entry_at);
            prop_assert_eq!(message.id.created_at(), Some(message.created_at));
        }
    }

    #[test]
    fn what_a_customer_reads_has_no_holes(steps in steps()) {
        let entries = history(steps).into_iter().filter_map(|(_, _, change)| match change.entry {
            Some(ThreadChange::Added(message)) => Some(message),
            _ => None,
        });
        let public: Vec<Message> = entries.filter(|message| !message.private).collect();
        prop_assert!(crate::message::contiguous(Some(at(1_000_000_000)), &public));
    }

    #[test]
    fn counts_follow_the_messages(steps in steps()) {
        let (mut public, mut notes, mut team, mut customer) = (1, 0, 1, 0);
        for (step, _, Change { ticket, .. }) in history(steps) {
            match step {
                Step::Receive => (public, team) = (public + 1, team + 1),
                Step::Reply(_) => (public, customer) = (public + 1, customer + 1),
                Step::Note(_) => notes += 1,
                Step::ReadByTeam => team = 0,
                Step::ReadByCustomer => customer = 0,
                Step::Status(_) => {}
            }
            prop_assert_eq!(
                (ticket.thread.message_count, ticket.thread.note_count, ticket.thread.unread_team_count, ticket.thread.unread_customer_count),
                (public, notes, team, customer)
            );
        }
    }

    #[test]
    fn a_status_that_is_set_is_the_status(steps in steps()) {
        for (step, _, change) in history(steps) {
            if let Step::Status(status) = step {
                prop_assert_eq!(change.ticket.fields.status, status);
            }
        }
    }

    #[test]
    fn few_replies_are_remembered(steps in steps()) {
        for (_, _, change) in history(steps) {
            prop_assert!(change.ticket.thread.recent_replies.len() <= REPLIES_REMEMBERED);
        }
    }

    /// A patch decided twice changes nothing the second time.
    #[test]
    fn updates_are_idempotent(status in prop::option::of(prop::sample::select(Status::ALL)), priority in prop::option::of(prop::option::of(prop::sample::select(Priority::ALL))), snooze in prop::option::of(prop::option::of(5_000_000_000..6_000_000_000_i64)), tags in prop::option::of(prop::collection::vec("[a-c]", 0..3))) {
        let patch = Patch {
            status, priority,
            snoozed_until: snooze.map(|until| until.map(at)),
            tags: tags.map(|tags| (Tags::new(tags).unwrap(), TagsMode::Add)),
            ..Patch::default()
        };
        if let Decision::Change(change) = decide(&ticket(), update(patch.clone()), &agent(1), at(2_000_000_000)).unwrap() {
            let again = decide(&change.ticket, update(patch), &agent(1), at(3_000_000_000)).unwrap();
            prop_assert_eq!(again, Decision::Nothing);
        }
    }
}

#[test]
fn a_retried_reply_is_answered_with_the_first() {
    let first = change(decide(&ticket(), reply("hi", false), &agent(1), at(2_000_000_000)));
    let written = added(&first).created_at;
    let soon = written.plus_seconds(119);
    assert_eq!(decide(&first.ticket, reply("hi", false), &agent(1), soon), Ok(Decision::Replay(written)));
    assert!(matches!(decide(&first.ticket, reply("hi", true), &agent(1), soon), Ok(Decision::Change(_))));
    let later = written.plus_seconds(REPLY_RETRY);
    assert!(matches!(decide(&first.ticket, reply("hi", false), &agent(1), later), Ok(Decision::Change(_))));
}

#[test]
fn snooze_moves_the_status_unless_it_is_given() {
    let until = Some(Some(at(9_000_000_000)));
    let asleep = change(decide(&ticket(), update(Patch { snoozed_until: until, ..Patch::default() }), &agent(1), at(2)));
    assert_eq!(asleep.ticket.fields.status, Status::OnHold);
    let woken = change(decide(&asleep.ticket, update(Patch { snoozed_until: Some(None), ..Patch::default() }), &agent(1), at(3)));
    assert_eq!(woken.ticket.fields.status, Status::Open);
    let given = Patch { snoozed_until: until, status: Some(Status::Pending), ..Patch::default() };
    assert_eq!(change(decide(&ticket(), update(given), &agent(1), at(2))).ticket.fields.status, Status::Pending);
}

#[test]
fn what_is_read_is_not_read_again() {
    let answered = change(decide(&ticket(), reply("hi", false), &agent(1), at(2_000_000_000))).ticket;
    assert_eq!((answered.thread.unread_team_count, answered.thread.unread_customer_count), (1, 1));
    for command in [Command::ReadByTeam, Command::ReadByCustomer] {
        let read = change(decide(&answered, command.clone(), &agent(1), at(2_100_000_000))).ticket;
        assert_eq!(decide(&read, command, &agent(1), at(2_200_000_000)), Ok(Decision::Nothing));
    }
    let unread = |ticket: &Ticket| decide(ticket, Command::UnreadByTeam, &agent(1), at(2_200_000_000));
    assert_eq!(unread(&answered), Ok(Decision::Nothing));
    let written = change(decide(&answered, received("and?"), &Actor::Customer, at(2_100_000_000))).ticket;
    assert_eq!((written.thread.unread_team_count, unread(&written)), (2, Ok(Decision::Nothing)));
    let read = change(decide(&answered, Command::ReadByTeam, &agent(1), at(2_100_000_000))).ticket;
    assert_eq!(change(unread(&read)).ticket.thread.unread_team_count, 1);
}

#[test]
fn a_ticket_knows_since_when_it_waits_or_is_resolved() {
    let set = |ticket: &Ticket, status, now| {
        let patch = Patch { status: Some(status), ..Patch::default() };
        change(decide(ticket, update(patch), &agent(1), at(now))).ticket
    };
    let resolved = set(&ticket(), Status::Resolved, 2_000_000_000);
    assert_eq!(resolved.since, Some(at(2_000_000_000)));
    let named = Patch { priority: Some(Some(Priority::High)), ..Patch::default() };
    let named = change(decide(&resolved, update(named), &agent(1), at(2_100_000_000))).ticket;
    assert_eq!(named.since, resolved.since, "another change is no beginning");
    assert_eq!(set(&named, Status::Open, 2_200_000_000).since, None);
    let pending = set(&named, Status::Pending, 2_200_000_000);
    assert_eq!(pending.since, Some(at(2_200_000_000)));
    let answered = change(decide(&pending, reply("and?", false), &agent(1), at(2_300_000_000))).ticket;
    assert_eq!(answered.since, Some(at(2_300_000_000)), "the customer has a new question to answer");
}

#[test]
fn the_log_tells_each_field() {
    let patch = Patch {
        status: Some(Status::Open),
        priority: Some(Some(Priority::High)),
        assignee: Some(Some(crate::assignee::Assignee::User(UserId(1)))),
        ..Patch::default()
    };
    let activity = change(decide(&ticket(), update(patch), &agent(1), at(2))).activity;
    let rows: Vec<_> =
        activity.iter().map(|row| (row.kind.name(), row.changes.iter().map(|c| c.field).collect::<Vec<_>>())).collect();
    assert_eq!(rows, [("updated", vec!["status", "priority"]), ("assigned", vec!["assignee"])]);
    assert_eq!(activity[0].changes[0].after, json!("open"));
}

#[test]
fn a_note_is_its_authors() {
    let noted = change(decide(&ticket(), reply("secret", true), &agent(1), at(2_000_000_000)));
    let note = Box::new(added(&noted).clone());
    assert_eq!(noted.ticket.updated_at, ticket().updated_at, "a note moves nothing the customer could see");
    let edit =
        |actor: &Actor| decide(&noted.ticket, Command::EditNote { note: note.clone(), content: content("new") }, actor, at(3));
    assert_eq!(edit(&agent(2)), Err(Refusal::NotYourNote));
    assert!(
        matches!(change(edit(&agent(1))).entry, Some(ThreadChange::Edited(note)) if note.edits == 1 && note.content.text == "new")
    );
    let removed = change(decide(&noted.ticket, Command::DeleteNote { note }, &agent(1), at(3)));
    assert_eq!(removed.ticket.thread.note_count, 0);
    assert!(matches!(decide(&removed.ticket, reply("secret", true), &agent(1), at(2_000_000_001)), Ok(Decision::Change(_))));
}

#[test]
fn a_customer_message_leaves_a_resolved_ticket_resolved() {
    let resolved =
        change(decide(&ticket(), update(Patch { status: Some(Status::Resolved), ..Patch::default() }), &agent(1), at(2)));
    let written = change(decide(&resolved.ticket, received("still broken"), &Actor::Customer, at(3)));
    assert_eq!(written.ticket.fields.status, Status::Resolved);
}

const LEFT: Assignee = Assignee::User(UserId(7));
const HERE: Assignee = Assignee::User(UserId(8));

fn assigned(status: Status) -> Ticket {
    Ticket { fields: Fields { assignee: Some(LEFT), status, ..Fields::default() }, ..ticket() }
}

fn after(ticket: &Ticket, command: Command, rules: &Rules) -> Option<Ticket> {
    match super::decide(ticket, command, &Actor::System, at(2_000_000_000), rules).unwrap() {
        Decision::Change(change) => Some(change.ticket),
        _ => None,
    }
}

#[test]
fn what_is_handed_over_is_theirs_and_not_resolved() {
    for status in [Status::New, Status::Open, Status::Pending, Status::OnHold] {
        for to in [None, Some(HERE)] {
            let handed = after(&assigned(status), Command::HandOver { from: LEFT, to }, &Rules::default()).unwrap();
            assert_eq!((handed.fields.assignee, handed.fields.status), (to, status));
        }
    }
    let from_other = Command::HandOver { from: HERE, to: None };
    assert_eq!(after(&assigned(Status::Open), from_other, &Rules::default()), None);
    assert_eq!(after(&assigned(Status::Resolved), Command::HandOver { from: LEFT, to: None }, &Rules::default()), None);
}

#[test]
fn who_is_gone_gets_no_ticket_back() {
    let gone = Rules { gone: Some(LEFT), ..Rules::default() };
    let open = |assignee| Command::Update(Box::new(Patch { status: Some(Status::Open), assignee, ..Patch::default() }));
    let resolved = assigned(Status::Resolved);
    assert_eq!(after(&resolved, open(None), &gone).unwrap().fields.assignee, None);
    assert_eq!(after(&resolved, open(Some(Some(LEFT))), &gone).unwrap().fields.assignee, None, "as it was read");
    assert_eq!(after(&resolved, open(Some(Some(HERE))), &gone).unwrap().fields.assignee, Some(HERE));
    assert_eq!(after(&resolved, open(None), &Rules::default()).unwrap().fields.assignee, Some(LEFT), "a member keeps it");
}

#[test]
fn an_assignee_that_stays_is_not_checked() {
    let assign = |assignee| Patch { assignee: Some(Some(assignee)), names_outsider: true, ..Patch::default() };
    let decided = |assignee| decide(&assigned(Status::Open), Command::Update(Box::new(assign(assignee))), &agent(1), at(2));
    assert!(decided(LEFT).is_ok());
    assert_eq!(decided(HERE), Err(Refusal::Outsider(HERE)));
}
