use serde_json::{Value, json};

use super::*;
use crate::{
    assignee::Assignee,
    events::EventName::{self, MessageReceived, MessageSent, PriorityChanged, StatusChanged, TicketCreated},
    ids::RoleId,
    patch::Patch,
    sla::Deadline,
    tags::{Tags, TagsMode},
    testing::at,
    ticket::{Priority, Status},
    workflow::{
        Action, ActionOutcome, Definition, Next, Run,
        tests::{occurrence, ticket, uuid},
        ticket_variables,
    },
};

const ROLES: [&str; 3] = ["Support", "Engineering", "Senior Support"];

fn role(name: &str) -> Option<RoleId> {
    ROLES.iter().position(|known| *known == name).map(|index| RoleId(uuid(100 + index as u128)))
}

fn read(number: usize) -> Definition {
    let (_, mut definition) = GALLERY[number - 1].read().unwrap();
    definition.resolve_roles(role).unwrap();
    definition
}

/// The patches that an event leads to, at the epoch; `None` if the event does not start the workflow.
fn patches(number: usize, name: EventName, properties: Value) -> Option<Vec<Patch>> {
    let (definition, event) = (read(number), occurrence(name, properties));
    definition.trigger.matches(&event).matched().then_some(())?;
    let mut run = Run::new(&definition, &event);
    let mut patches = Vec::new();
    while let Next::Act { action, .. } = run.advance() {
        let outcome = match action {
            Action::GetTicket { ticket_id } => {
                assert_eq!(ticket_id, ticket().id);
                ActionOutcome::Ticket(ticket_variables(&ticket()))
            }
            Action::UpdateTicket { ticket_id, patch } => {
                assert_eq!(ticket_id, ticket().id);
                patches.push(at_once(patch));
                ActionOutcome::Updated(crate::traits::Object::new())
            }
        };
        run.tell(outcome).unwrap();
    }
    Some(patches)
}

/// The patch with its deadline as an instant counted from the epoch, however its amount was given.
fn at_once(patch: Patch) -> Patch {
    let instant = |deadline| match deadline {
        Deadline::In(amount) => Deadline::Shown(Some(amount.due(at(0)).unwrap())),
        other => other,
    };
    Patch { deadline: patch.deadline.map(instant), ..patch }
}

fn sla(minutes: i64) -> Patch {
    Patch { deadline: Some(Deadline::Shown(Some(at(0).plus_seconds(minutes * 60)))), ..Patch::default() }
}

fn status(status: Status) -> Patch {
    Patch { status: Some(status), ..Patch::default() }
}

fn tags(tags: &[&str]) -> Patch {
    Patch { tags: Some((Tags::new(tags).unwrap(), TagsMode::Set)), ..Patch::default() }
}

fn assigned(name: &str) -> Patch {
    Patch { assignee: Some(role(name).map(Assignee::Role)), ..Patch::default() }
}

#[track_caller]
fn expect(number: usize, name: EventName, properties: Value, expected: impl IntoIterator<Item = Patch>) {
    assert_eq!(patches(number, name, properties), Some(expected.into_iter().collect()));
}

#[test]
fn all_are_bodies_that_can_be_saved() {
    for (index, example) in GALLERY.iter().enumerate() {
        assert!(example.slug.starts_with(&format!("{:02}-", index + 1)));
        let body: Value = serde_json::from_str(example.body).unwrap();
        assert_eq!(body.as_object().unwrap().len(), 4, "{}", example.slug);
        assert!(body["name"].is_string() && body["enabled"] == json!(true), "{}", example.slug);
        let definition = read(index + 1);
        assert_eq!(Definition::parse(&definition.to_json()), Ok(definition), "{}", example.slug);
    }
}

#[test]
fn each_starts_on_its_own_event_only() {
    let triggers = [
        TicketCreated,
        PriorityChanged,
        TicketCreated,
        TicketCreated,
        MessageSent,
        MessageSent,
        MessageReceived,
        TicketCreated,
        TicketCreated,
        StatusChanged,
        TicketCreated,
    ];
    for (index, trigger) in triggers.into_iter().enumerate() {
        for name in EventName::ALL.iter().copied() {
            let started = patches(index + 1, name, json!({"new_status": "pending"})).is_some();
            assert_eq!(started, name == trigger, "{} on {name:?}", GALLERY[index].slug);
        }
    }
}

#[test]
fn number_1_sets_the_deadline_by_channel() {
    expect(1, TicketCreated, json!({"channel_source": "slack"}), [sla(24 * 60)]);
    expect(1, TicketCreated, json!({"channel_source": "widget"}), [sla(4 * 60)]);
}

#[test]
fn number_2_sets_the_deadline_by_priority() {
    expect(2, PriorityChanged, json!({"new_priority": "high", "priority": "high"}), [sla(60)]);
    expect(2, PriorityChanged, json!({"new_priority": "medium"}), [sla(4 * 60)]);
    expect(2, PriorityChanged, json!({"new_priority": "low"}), [sla(24 * 60)]);
    expect(2, PriorityChanged, json!({"new_priority": null, "old_priority": "high"}), [sla(24 * 60)]);
}

#[test]
fn number_3_assigns_to_support() {
    expect(3, TicketCreated, json!({}), [assigned("Support")]);
}

#[test]
fn number_4_assigns_by_channel() {
    expect(4, TicketCreated, json!({"channel_source": "slack"}), [assigned("Engineering")]);
    expect(4, TicketCreated, json!({"channel_source": "email"}), [assigned("Support")]);
}

#[test]
fn number_5_opens_a_new_ticket() {
    expect(5, MessageSent, json!({"status": "new"}), [status(Status::Open)]);
    expect(5, MessageSent, json!({"status": "pending"}), []);
}

#[test]
fn number_6_waits_for_the_customer() {
    expect(6, MessageSent, json!({"status": "open"}), [status(Status::Pending)]);
}

#[test]
fn number_7_reopens() {
    expect(7, MessageReceived, json!({"status": "pending"}), [status(Status::Open)]);
    expect(7, MessageReceived, json!({"status": "resolved"}), [status(Status::Open)]);
    expect(7, MessageReceived, json!({"status": "on_hold"}), []);
}

#[test]
fn number_8_tags_by_domain() {
    expect(8, TicketCreated, json!({"customer_email": "ada@BigCorp.com"}), [tags(&["enterprise", "priority"])]);
    expect(8, TicketCreated, json!({"customer_email": "bob@startup.io"}), [tags(&["startup"])]);
    expect(8, TicketCreated, json!({"customer_email": "eve@example.com"}), []);
    expect(8, TicketCreated, json!({"customer_email": ""}), []);
}

#[test]
fn number_9_escalates() {
    let urgent = Patch { assignee: assigned("Senior Support").assignee, tags: tags(&["escalated"]).tags, ..sla(30) };
    expect(9, TicketCreated, json!({"priority": "high"}), [urgent]);
    expect(9, TicketCreated, json!({"priority": "low"}), []);
    expect(9, TicketCreated, json!({"priority": null}), []);
}

#[test]
fn number_10_tags_what_waits() {
    expect(10, StatusChanged, json!({"old_status": "open", "new_status": "pending"}), [tags(&["awaiting-customer"])]);
    assert_eq!(patches(10, StatusChanged, json!({"old_status": "pending", "new_status": "open"})), None);
}

#[test]
fn number_11_sorts_everything() {
    let sorted =
        |priority, minutes, name| Patch { priority: Some(Some(priority)), assignee: assigned(name).assignee, ..sla(minutes) };
    let slack = sorted(Priority::Low, 24 * 60, "Engineering");
    expect(11, TicketCreated, json!({"channel_source": "slack", "customer_email": "a@enterprise.com"}), [slack]);
    let enterprise = Patch { tags: tags(&["enterprise", "vip"]).tags, ..sorted(Priority::High, 60, "Senior Support") };
    expect(11, TicketCreated, json!({"channel_source": "widget", "customer_email": "a@Enterprise.com"}), [enterprise]);
    expect(
        11,
        TicketCreated,
        json!({"channel_source": "widget", "customer_email": ""}),
        [sorted(Priority::Medium, 4 * 60, "Support")],
    );
}

#[test]
fn an_example_is_found_by_its_slug() {
    let (name, definition) = Example::of(REOPEN).unwrap().read().unwrap();
    assert_eq!((name.as_str(), definition.trigger.event), ("Reopen ticket when customer replies", MessageReceived));
    assert_eq!(Example::of("07"), None);
}

#[test]
fn an_example_without_a_name_is_called_by_its_slug() {
    let body = r#"{"trigger": {"event": "$conversation_ticket_created"}, "steps": []}"#;
    assert_eq!(Example { slug: "bare", body }.read().unwrap().0, "bare");
    assert_eq!(Example { slug: "broken", body: "{" }.read().unwrap_err().place, "trigger");
}
