use std::collections::HashSet;

use proptest::prelude::*;

use super::*;
use crate::{
    actor::Actor,
    alarm::RaisedAlarm,
    command::{Command, FromAgent, FromCustomer},
    create::Draft,
    decide::{self, Decision, ThreadChange},
    delivery::{Copies, DeliveryStatus},
    ids::{Fingerprint, RoleId, UserId},
    patch::Patch,
    policies::clock::Counter,
    refusal::Refusal,
    satisfaction::{Answer, Rating},
    sla::Deadline,
    tags::{Tags, TagsMode},
    testing::{self, at, content, draft_of, says},
    ticket::Origin,
};

/// [`decide::decide`] under the default rules.
fn decide(ticket: &Ticket, command: Command, actor: &Actor, now: Timestamp) -> Result<Decision, Refusal> {
    decide::decide(ticket, command, actor, now, &crate::rules::Rules::default())
}

fn agent() -> Actor {
    Actor::User { id: UserId(1), name: "Agent".into() }
}

fn opened() -> (Ticket, Option<Message>) {
    let draft = draft_of("Ada", "ada@example.com");
    let origin = Origin::Widget { session: None, detail: Some(ChannelDetail::WidgetEmbedded) };
    testing::opened(Draft { origin, message: says("help"), ..draft })
}

fn update(patch: Patch) -> Command {
    Command::Update(Box::new(patch))
}

/// The images of a history of changes, in the order in which the stream delivers them.
#[derive(Clone)]
#[expect(clippy::large_enum_variant, reason = "a handful of them, in a test")]
enum Record {
    Ticket(Option<Ticket>, Ticket),
    Message(Message, About),
}

fn events(record: &Record) -> Vec<Event> {
    match record {
        Record::Ticket(before, after) => of_ticket(before.as_ref(), Some(after)),
        Record::Message(message, about) => of_message(message, about).into_iter().collect(),
    }
}

fn command() -> impl Strategy<Value = Command> {
    let patch = (
        prop::option::of(prop::sample::select(Status::ALL)),
        prop::option::of(prop::option::of(prop::sample::select(Priority::ALL))),
        prop::option::of(prop::option::of((1..3_u32).prop_map(|id| Assignee::User(UserId(id))))),
        prop::option::of((
            prop::sample::subsequence(vec!["a", "b", "c"], 0..3).prop_map(|tags| Tags::new(tags).unwrap()),
            prop::sample::select(&TagsMode::ALL[..]),
        )),
    );
    let patch = patch
        .prop_map(|(status, priority, assignee, tags)| update(Patch { status, priority, assignee, tags, ..Patch::default() }));
    let reply = |private| {
        Command::Reply(FromAgent {
            content: content("hi"),
            private,
            fingerprint: Fingerprint([0; 16]),
            keyed: true,
            mailed: None,
            copies: Copies::NONE,
            entropy: 5,
        })
    };
    let received = FromCustomer {
        content: content("hey"),
        traits: Vec::new(),
        claims: crate::claims::Claims::default(),
        session_id: None,
        session_context: Vec::new(),
        verified: false,
        mail: None,
        entropy: 6,
    };
    prop_oneof![
        4 => patch,
        1 => Just(reply(false)),
        1 => Just(reply(true)),
        1 => Just(Command::Receive(Box::new(received))),
        1 => Just(Command::ReadByTeam),
        1 => Just(Command::ReadByCustomer),
    ]
}

fn history(commands: Vec<(Command, bool)>) -> Vec<Record> {
    let (mut ticket, first) = opened();
    let mut records = vec![Record::Ticket(None, ticket.clone())];
    records.extend(first.map(|message| Record::Message(message, About::of(&ticket))));
    for (command, by_workflow) in commands {
        let actor = if by_workflow { Actor::Workflow(None) } else { agent() };
        let Ok(Decision::Change(change)) = decide(&ticket, command, &actor, at(2_000_000)) else { continue };
        records.push(Record::Ticket(Some(ticket), change.ticket.clone()));
        if let Some(ThreadChange::Added(message)) = change.entry {
            records.push(Record::Message(message, About::of(&change.ticket)));
        }
        ticket = change.ticket;
    }
    records
}

proptest! {
    /// Each record's events have ids of their own. Deriving a record's events again adds no id, nor does the whole history
    /// again.
    #[test]
    fn ids_are_unique_and_repeatable(commands in prop::collection::vec((command(), any::<bool>()), 0..25)) {
        let records = history(commands);
        let told: Vec<Uuid> = records.iter().flat_map(events).map(|event| event.id).collect();
        let once: HashSet<Uuid> = told.iter().copied().collect();
        prop_assert_eq!(once.len(), told.len());
        let again: HashSet<Uuid> = records.iter().chain(&records).rev().flat_map(events).map(|event| event.id).collect();
        prop_assert_eq!(again, once);
    }

    /// The status events lead to the status that the ticket has, unless a workflow changed it.
    #[test]
    fn status_events_add_up(commands in prop::collection::vec(command(), 0..25)) {
        let records = history(commands.into_iter().map(|command| (command, false)).collect());
        let mut status = json!("new");
        for event in records.iter().flat_map(events).filter(|event| event.name == EventName::StatusChanged) {
            prop_assert_eq!(&event.properties["old_status"], &status);
            status = event.properties["new_status"].clone();
        }
        let last = records.iter().rev().find_map(|record| match record {
            Record::Ticket(_, after) => Some(json!(after.fields.status)),
            Record::Message(..) => None,
        });
        prop_assert_eq!(Some(status), last);
    }

    /// The tag events add up to the tags that the ticket has.
    #[test]
    fn tag_events_add_up(commands in prop::collection::vec(command(), 0..25)) {
        let records = history(commands.into_iter().map(|command| (command, false)).collect());
        let mut tags = std::collections::BTreeSet::new();
        let texts = |value: &Value| value.as_array().unwrap().iter().map(|tag| tag.as_str().unwrap().to_owned()).collect::<Vec<_>>();
        for event in records.iter().flat_map(events).filter(|event| event.name == EventName::TagsChanged) {
            let (added, removed) = (texts(&event.properties["added"]), texts(&event.properties["removed"]));
            prop_assert!(!added.is_empty() || !removed.is_empty());
            for tag in added {
                prop_assert!(tags.insert(tag));
            }
            for tag in removed {
                prop_assert!(tags.remove(&tag));
            }
            prop_assert_eq!(&tags, &texts(&event.properties["tags"]).into_iter().collect());
        }
        let last = records.iter().rev().find_map(|record| match record {
            Record::Ticket(_, after) => Some(after.fields.tags.iter().map(str::to_owned).collect()),
            Record::Message(..) => None,
        });
        prop_assert_eq!(Some(tags), last);
    }

    #[test]
    fn an_unchanged_pair_is_silent(commands in prop::collection::vec((command(), any::<bool>()), 0..10)) {
        for record in history(commands) {
            if let Record::Ticket(_, after) = record {
                prop_assert_eq!(of_ticket(Some(&after), Some(&after)), vec![]);
            }
        }
    }
}

fn changed(patch: Patch, actor: &Actor) -> Vec<Event> {
    let (ticket, _) = opened();
    match decide(&ticket, update(patch), actor, at(2_000_000)) {
        Ok(Decision::Change(change)) => of_ticket(Some(&ticket), Some(&change.ticket)),
        other => panic!("expected a change, got {other:?}"),
    }
}

#[test]
fn a_new_ticket_and_its_message() {
    let (ticket, message) = opened();
    let created = of_ticket(None, Some(&ticket)).remove(0);
    assert_eq!((created.name.name(), created.distinct_id.as_str()), ("$conversation_ticket_created", "ada"));
    let expected = json!({
        "ticket_id": Uuid::from_u128(1), "ticket_number": 7, "channel_source": "widget", "channel_detail": "widget_embedded",
        "status": "new", "priority": null, "customer_name": "Ada", "customer_email": "ada@example.com", "customer_email_proven": false,
    });
    assert_eq!(Value::Object(created.properties), expected);
    let received = of_message(&message.unwrap(), &About::of(&ticket)).unwrap();
    assert_eq!(received.name.name(), "$conversation_message_received");
    assert_eq!(
        (&received.properties["message_content"], &received.properties["author_type"]),
        (&json!("help"), &json!("customer"))
    );
}

#[test]
fn changes_tell_old_and_new_and_who() {
    let patch = Patch {
        status: Some(Status::Open),
        priority: Some(Some(Priority::High)),
        assignee: Some(Some(Assignee::User(UserId(1)))),
        tags: Some((Tags::new(["x"]).unwrap(), TagsMode::Set)),
        deadline: Some(Deadline::Shown(Some(at(9)))),
        ..Patch::default()
    };
    let told = changed(patch.clone(), &agent());
    let names: Vec<_> = told.iter().map(|event| event.name).collect();
    assert_eq!(names, [EventName::StatusChanged, EventName::PriorityChanged, EventName::Assigned, EventName::TagsChanged]);
    let status = &told[0].properties;
    assert_eq!(
        (&status["old_status"], &status["new_status"], &status["status"]),
        (&json!("new"), &json!("open"), &json!("open"))
    );
    assert_eq!((&status["actor_type"], &status["actor_id"]), (&json!("user"), &json!(1)));
    assert_eq!((&told[2].properties["assignee_type"], &told[2].properties["assignee_id"]), (&json!("user"), &json!(1)));
    assert_eq!(changed(patch, &Actor::Workflow(None)), [], "what a workflow does is not told");
}

#[test]
fn a_question_and_its_answer_are_told() {
    let (ticket, _) = opened();
    let asked = Ticket { satisfaction: Some(Satisfaction { asked_at: at(5), answer: None }), ..ticket.clone() };
    let answer = Answer { rating: Rating::ALL[1], comment: Some("Slow.".into()), at: at(6) };
    let answered = Ticket { satisfaction: Some(Satisfaction { asked_at: at(5), answer: Some(answer) }), ..ticket.clone() };
    let told = |before: &Ticket, after: &Ticket| of_ticket(Some(before), Some(after)).remove(0);
    let (question, answer) = (told(&ticket, &asked), told(&asked, &answered));
    assert_eq!((question.name, question.at), (EventName::SatisfactionAsked, at(5)));
    assert_eq!((answer.name, answer.at), (EventName::SatisfactionAnswered, at(6)));
    let said =
        |event: &Event| ["asked_at", "rating", "comment"].map(|name| event.properties[&format!("satisfaction_{name}")].clone());
    assert_eq!(said(&question), [json!(at(5)), Value::Null, Value::Null]);
    assert_eq!(said(&answer), [json!(at(5)), json!(2), json!("Slow.")]);
}

#[test]
fn tags_tell_what_joined_and_what_went() {
    let (ticket, _) = opened();
    let tagged = |before: &Ticket, tags: &[&str], mode| {
        let patch = Patch { tags: Some((Tags::new(tags).unwrap(), mode)), ..Patch::default() };
        match decide(before, update(patch), &agent(), at(2_000_000)) {
            Ok(Decision::Change(change)) => change.ticket,
            other => panic!("expected a change, got {other:?}"),
        }
    };
    let both = tagged(&ticket, &["vip", "billing"], TagsMode::Set);
    let after = tagged(&both, &["billing", "refund"], TagsMode::Set);
    let events = of_ticket(Some(&both), Some(&after));
    assert_eq!(events.iter().map(|event| event.name).collect::<Vec<_>>(), [EventName::TagsChanged]);
    let told = &events[0].properties;
    assert_eq!(
        (&told["tags"], &told["added"], &told["removed"]),
        (&json!(["billing", "refund"]), &json!(["refund"]), &json!(["vip"]))
    );
    assert_eq!((&told["actor_type"], &told["ticket_number"]), (&json!("user"), &json!(7)));
    let turned = tagged(&both, &["billing", "vip"], TagsMode::Set);
    assert_eq!(of_ticket(Some(&both), Some(&turned)), [], "another order is no other tags");
}

/// A positive delta means late, in every event that has one.
#[test]
fn lateness_counts_up() {
    let due = Some(at(9_000_000_000));
    let delta = |now| deadline(None, due, at(now), 0)["sla_delta_seconds"].clone();
    assert_eq!((delta(5_400_000_000), delta(9_000_000_000), delta(12_600_000_000)), (json!(-3600), json!(0), json!(3600)));
    let (ticket, _) = opened();
    let sent = |now: i64| {
        let reply = FromAgent {
            content: content("hi"),
            private: false,
            fingerprint: Fingerprint([0; 16]),
            keyed: true,
            mailed: None,
            copies: Copies::NONE,
            entropy: 1,
        };
        let Ok(Decision::Change(change)) = decide(&ticket, Command::Reply(reply), &agent(), at(now)) else { unreachable!() };
        let Some(ThreadChange::Added(message)) = change.entry else { unreachable!() };
        let about = About { sla_due_at: due, ..About::of(&change.ticket) };
        let told = of_message(&message, &about).unwrap().properties;
        (told["sla_delta_seconds"].clone(), told["sla_breached"].clone())
    };
    assert_eq!(sent(5_400_000_000), (json!(-3600), json!(false)));
    assert_eq!(sent(12_600_000_000), (json!(3600), json!(true)));
}

#[test]
fn a_reply_tells_its_sla_and_is_cut_at_a_character() {
    let (mut ticket, _) = opened();
    ticket.sla_clock.set = Some(Box::new(crate::policies::clock::Goal::at(at(1_500_000), at(0))));
    let reply = FromAgent {
        content: content(&"é".repeat(1500)),
        private: false,
        fingerprint: Fingerprint([0; 16]),
        keyed: true,
        mailed: None,
        copies: Copies::NONE,
        entropy: 1,
    };
    let Ok(Decision::Change(change)) = decide(&ticket, Command::Reply(reply), &agent(), at(5_000_000)) else { unreachable!() };
    let Some(ThreadChange::Added(message)) = change.entry else { unreachable!() };
    let sent = of_message(&message, &About::of(&change.ticket)).unwrap();
    let properties = &sent.properties;
    assert_eq!(properties["message_content"].as_str().unwrap().chars().count(), 1000);
    assert_eq!((&properties["author_type"], &properties["author_id"]), (&json!("team"), &json!(1)));
    assert_eq!(
        (&properties["sla_active"], &properties["sla_breached"], &properties["sla_delta_seconds"]),
        (&json!(true), &json!(true), &json!(4))
    );
    assert_eq!(of_message(&Message { private: true, ..message }, &About::of(&ticket)), None);
}

#[test]
fn an_alarm_is_told_of_its_deadline_and_how_late_it_is() {
    let (mut before, _) = opened();
    before.sla_clock.response = Some(Counter::new(at(0)));
    let due = at(9_000_000_000);
    for (alarm, name, at_seconds, late_secs, breached, delta) in [
        (Alarm::AtRisk, EventName::SlaAtRisk, 5400, 0, false, -3600),
        (Alarm::Breached, EventName::SlaBreached, 9000, 0, true, 0),
        (Alarm::Breached, EventName::SlaBreached, 9900, 900, true, 900),
    ] {
        let mut after = Ticket { version: 2, changed_by: Some(Stamp::System { late_secs: 0 }), ..before.clone() };
        let raised = RaisedAlarm { alarm, due, at: at(at_seconds * 1_000_000), late_secs };
        after.sla_clock.response.as_mut().unwrap().raised = Some(raised);
        let told = of_ticket(Some(&before), Some(&after));
        assert_eq!(told.iter().map(|event| (event.name, event.at, event.actor)).collect::<Vec<_>>(), [(name, raised.at, None)]);
        let names = ["sla_metric", "sla_due_at", "sla_active", "sla_breached", "sla_delta_seconds", "late", "late_seconds"];
        let said = names.map(|name| told[0].properties[name].clone());
        let (late, metric) = (late_secs > 0, json!("first_response"));
        assert_eq!(said, [metric, json!(due), json!(true), json!(breached), json!(delta), json!(late), json!(late_secs)]);
        assert_eq!(of_ticket(Some(&after), Some(&after)), []);
    }
}

#[test]
fn alarms_of_two_deadlines_are_two_events() {
    let (mut before, _) = opened();
    before.sla_clock.response = Some(Counter::new(at(0)));
    let mut after = Ticket { version: 2, changed_by: Some(Stamp::System { late_secs: 0 }), ..before.clone() };
    let raised = Some(RaisedAlarm { alarm: Alarm::Breached, due: at(5), at: at(6), late_secs: 0 });
    after.sla_clock.response.as_mut().unwrap().raised = raised;
    after.sla_clock.resolution.raised = raised;
    let told = of_ticket(Some(&before), Some(&after));
    let metrics: Vec<_> = told.iter().map(|event| event.properties["sla_metric"].clone()).collect();
    assert_eq!(metrics, [json!("first_response"), json!("resolution")]);
    assert_ne!(told[0].id, told[1].id);
}

#[test]
fn a_message_that_did_not_arrive_is_told_once() {
    let (before, message) = opened();
    let undelivered = Undelivered { message: message.unwrap().id, status: DeliveryStatus::Bounced, at: at(6) };
    let stamp = Some(Stamp::System { late_secs: 0 });
    let after = Ticket { undelivered: Some(undelivered), changed_by: stamp, version: 2, ..before.clone() };
    let told = of_ticket(Some(&before), Some(&after));
    assert_eq!(told.iter().map(|event| (event.name, event.at)).collect::<Vec<_>>(), [(EventName::DeliveryFailed, at(6))]);
    assert_eq!(told[0].properties["message_id"], json!(undelivered.message));
    assert_eq!(
        (&told[0].properties["delivery_status"], &told[0].properties["actor_type"]),
        (&json!("bounced"), &json!("system"))
    );
    assert_eq!(of_ticket(Some(&after), Some(&after)), []);
    assert_eq!(of_ticket(Some(&after), Some(&before)), []);
}

#[test]
fn what_the_clock_did_late_says_so() {
    let (before, _) = opened();
    let woken = |late_secs| {
        let mut after = Ticket { changed_by: Some(Stamp::System { late_secs }), version: 2, ..before.clone() };
        after.fields.status = Status::Open;
        let told = of_ticket(Some(&before), Some(&after)).remove(0).properties;
        (told.get("late").cloned(), told.get("late_seconds").cloned(), told["actor_id"].clone())
    };
    assert_eq!(woken(0), (None, None, Value::Null));
    assert_eq!(woken(1), (Some(json!(true)), Some(json!(1)), Value::Null));
}

#[test]
fn nothing_is_told_of_a_ticket_that_is_deleted() {
    let (ticket, _) = opened();
    assert_eq!(of_ticket(Some(&ticket), None), []);
}

#[test]
fn an_answer_carries_the_deadline_that_it_met_and_a_question_the_next_one() {
    let (ticket, message) = opened();
    let (before, after) = (Ticket { sla_due_at: Some(at(5)), ..ticket.clone() }, Ticket { sla_due_at: Some(at(9)), ..ticket });
    let question = message.unwrap();
    let answer = Message { author: Author::Support { user: None, name: "Support".to_owned() }, ..question.clone() };
    let due = |message| About::of_message(message, &before, &after).sla_due_at;
    assert_eq!((due(&question), due(&answer)), (Some(at(9)), Some(at(5))));
    assert_eq!(
        About { sla_due_at: None, ..About::of_message(&answer, &before, &after) },
        About { sla_due_at: None, ..About::of(&after) }
    );
    assert_eq!(of_message(&Message { author: Author::Desk, ..question }, &About::of(&after)), None, "the desk's own question");
}

#[test]
fn nobody_and_a_role_are_told_as_assignees() {
    let role = RoleId(Uuid::from_u128(5));
    for (assignee, expected) in [
        (None, json!({"assignee_type": null, "assignee_id": null})),
        (Some(Assignee::User(UserId(7))), json!({"assignee_type": "user", "assignee_id": 7})),
        (Some(Assignee::Role(role)), json!({"assignee_type": "role", "assignee_id": role})),
    ] {
        assert_eq!(Value::Object(assigned(assignee)), expected);
    }
}
