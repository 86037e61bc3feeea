//! What happens to the tickets of a member or a role that is removed.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Time, desk, desk_at};

impl Desk {
    async fn add(&self, name: &str) -> Value {
        let member = json!({"email": format!("{name}@example.com"), "first_name": name});
        self.agent().members().create(member).await["id"].clone()
    }

    async fn new_role(&self, name: &str) -> Value {
        self.agent().roles().create(json!({"name": name})).await["id"].clone()
    }

    async fn seen(&self, id: &Value) -> Value {
        let tickets = self.tickets().list(&format!("ids={}", id.as_str().unwrap())).await;
        tickets["results"][0].clone()
    }

    async fn filed(&self, assignee: &Value) -> Value {
        self.tickets().create(json!({"assignee": assignee})).await["id"].clone()
    }

    async fn resolved(&self, assignee: &Value) -> Value {
        let id = self.filed(assignee).await;
        self.tickets().patch(&id, json!({"status": "resolved"})).await;
        id
    }

    async fn take_out(&self, what: &str, id: &Value, query: &str) -> u16 {
        let id = id.as_str().map_or_else(|| id.to_string(), str::to_owned);
        let reply = self.admin(Method::DELETE, &format!("/projects/1/{what}/{id}/{query}"), Value::Null).await;
        if reply.status == 400 {
            assert_eq!(reply.json["attr"], "hand_to");
        }
        reply.status
    }

    /// Whether the desk made the ticket's last change, an assignment, and published it once.
    async fn assigned_by_the_desk(&self, id: &Value) -> bool {
        let log = self.tickets().activity(id.as_str().unwrap()).await;
        let row = &log["results"][0];
        let events = self.http.events(1).await;
        let told = events.iter().filter(|entry| {
            let (event, of) = (&entry["detail"]["event"], &entry["detail"]["properties"]);
            *event == "$conversation_ticket_assigned" && of["ticket_id"] == *id && of["actor_type"] == "system"
        });
        row["activity"] == "assigned" && row["actor"]["type"] == "system" && told.count() == 1
    }
}

fn user(id: &Value) -> Value {
    json!({"type": "user", "id": id})
}

fn role(id: &Value) -> Value {
    json!({"type": "role", "id": id})
}

fn short(assignee: &Value) -> Value {
    if assignee.is_null() { Value::Null } else { json!({"type": assignee["type"], "id": assignee["id"]}) }
}

#[tokio::test]
async fn unresolved_tickets_become_nobodys_and_resolved_ones_remember() {
    let desk = desk().await;
    let (bob, support) = (desk.add("bob").await, desk.new_role("Support").await);
    for (what, id, assignee) in [("members", &bob, user(&bob)), ("roles", &support, role(&support))] {
        let (open, done) = (desk.filed(&assignee).await, desk.resolved(&assignee).await);
        desk.tickets().patch(&open, json!({"status": "on_hold"})).await;
        assert_eq!(desk.take_out(what, id, "").await, 204);
        desk.http.drain().await;
        assert_eq!(desk.seen(&open).await["assignee"], Value::Null);
        assert!(desk.assigned_by_the_desk(&open).await);
        let history = desk.seen(&done).await["assignee"].clone();
        assert_eq!((&history["id"], &history["user"], &history["role"]), (id, &Value::Null, &Value::Null));
        assert_eq!(history["former"], true);

        // A client may send back an assignee as it was read, by each route.
        let before = desk.seen(&done).await;
        desk.tickets().put(done.as_str().unwrap(), before.clone()).await;
        let patched = desk.tickets().patch(&done, json!({"assignee": history, "priority": "high"})).await;
        assert_eq!(short(&patched["assignee"]), assignee);
        desk.http.external(Method::PATCH, done.as_str().unwrap(), json!({"assignee": history})).await.expect(200);
        let other = desk.filed(&Value::Null).await;
        let refused =
            desk.tickets().patch(other.as_str().unwrap(), json!({"assignee": history, "priority": "low"})).expect(400).await;
        assert_eq!(refused.json["attr"], "assignee");
        desk.http.external(Method::PATCH, other.as_str().unwrap(), json!({"assignee": history})).await.expect(400);
        assert_eq!(desk.seen(&other).await["priority"], Value::Null, "all or nothing");

        // A reopened ticket loses its former assignee, because no one would see it.
        let reopened = desk.tickets().patch(&done, json!({"status": "open", "assignee": history})).await;
        assert_eq!((&reopened["status"], &reopened["assignee"]), (&json!("open"), &Value::Null));
        let bulk = desk.resolved(&user(&json!(1))).await;
        assert_eq!(
            short(&desk.tickets().patch(&bulk, json!({"status": "open"})).await["assignee"]),
            user(&json!(1)),
            "a member stays"
        );
    }
}

#[tokio::test]
async fn a_customer_who_writes_again_reaches_who_is_there() {
    let desk = desk().await;
    desk.settings(json!({"reopen_within_days": 7})).await;
    let bob = desk.add("bob").await;
    let visitor = desk.customer();
    let ticket = visitor.open("help").await;
    desk.tickets().patch(&ticket, json!({"assignee": user(&bob), "status": "resolved"})).await;
    assert_eq!(desk.take_out("members", &bob, "").await, 204);
    assert_eq!(desk.seen(&json!(ticket)).await["assignee"]["id"], bob);
    visitor.send(Some(&ticket), "again").await.expect(200);
    let seen = desk.seen(&json!(ticket)).await;
    assert_eq!((&seen["status"], &seen["assignee"]), (&json!("open"), &Value::Null));
}

#[tokio::test]
async fn tickets_are_handed_to_whom_the_removal_names() {
    let desk = desk().await;
    let (bob, ann, support) = (desk.add("bob").await, desk.add("ann").await, desk.new_role("Support").await);
    let (ticket, done) = (desk.filed(&user(&bob)).await, desk.resolved(&user(&bob)).await);
    let itself = format!("?hand_to=user:{bob}");
    let unknown = "?hand_to=role:0190c000-0000-7000-8000-000000000000";
    for query in [itself.as_str(), unknown, "?hand_to=user:99", "?hand_to=x", "?hand_to=", "?hand_to=user:2"] {
        assert_eq!(desk.take_out("members", &bob, query).await, 400, "{query}");
    }
    assert_eq!(short(&desk.seen(&ticket).await["assignee"]), user(&bob), "nothing was changed");
    assert_eq!(desk.take_out("members", &bob, &format!("?hand_to=role:{}", support.as_str().unwrap())).await, 204);
    desk.http.drain().await;
    assert_eq!(short(&desk.seen(&ticket).await["assignee"]), role(&support));
    assert_eq!(desk.seen(&done).await["assignee"]["id"], bob);
    assert!(desk.assigned_by_the_desk(&ticket).await);
    assert_eq!(desk.take_out("roles", &support, &format!("?hand_to=role:{}", support.as_str().unwrap())).await, 400);
    assert_eq!(desk.take_out("roles", &support, &format!("?hand_to=user:{ann}")).await, 204);
    assert_eq!(short(&desk.seen(&ticket).await["assignee"]), user(&ann));
}

async fn ticks(desk: &Desk, time: &Time, minutes: u8) {
    for _ in 0..minutes {
        time.pass(60);
        desk.http.tick().await;
    }
}

#[tokio::test]
async fn the_clock_hands_over_the_rest_and_forgets() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let (bob, ann) = (desk.add("bob").await, desk.add("ann").await);
    for _ in 0..130 {
        desk.filed(&user(&bob)).await;
    }
    let count = async |who: &Value| {
        desk.tickets().list(&format!("assignee=user:{who}&limit=1000")).await["results"].as_array().unwrap().len()
    };
    assert_eq!(desk.take_out("members", &bob, &format!("?hand_to=user:{ann}")).await, 204);
    assert_eq!((count(&bob).await, count(&ann).await), (30, 100));
    let waiting = desk.tickets().list(&format!("assignee=user:{bob}")).await["results"][0].clone();
    assert_eq!((&waiting["assignee"]["id"], &waiting["assignee"]["user"]), (&bob, &Value::Null));
    ticks(&desk, &time, 1).await;
    assert_eq!((count(&bob).await, count(&ann).await), (0, 130));
    assert_eq!(desk.running.store.upkeep().hand_overs().await.unwrap().0.len(), 1, "some process may know the member still");
    ticks(&desk, &time, 2).await;
    assert_eq!(desk.running.store.upkeep().hand_overs().await.unwrap().0.len(), 0);

    // A member who comes back keeps the tickets that are still theirs.
    desk.agent().members().delete(&ann).await;
    assert_eq!(desk.add("ann").await, ann);
    let left = count(&ann).await;
    assert_eq!(left, 30);
    ticks(&desk, &time, 3).await;
    assert_eq!(count(&ann).await, left);
}

#[tokio::test]
async fn what_names_a_former_member_can_be_saved_as_it_is() {
    let desk = desk().await;
    let bob = desk.add("bob").await;
    let action = json!({"name": "a", "content": "c", "actions": {"assignee": user(&bob)}});
    let action = desk.agent().quick_actions().create(action).await;
    let steps = json!([{"action": "update_ticket", "inputs": {"assignee": user(&bob)}}]);
    let workflow = json!({"name": "w", "trigger": {"event": "$conversation_message_received"}, "steps": steps});
    let workflow = desk.agent().workflows().create(workflow).await;
    let filters = json!({"assignee": [user(&bob)]});
    let view = desk.agent().views().create(json!({"name": "v", "filters": filters})).await;
    assert_eq!(desk.take_out("members", &bob, "").await, 204);
    let read = desk.agent().quick_actions().get(&action).await;
    let put = desk.agent().quick_actions().put(&action, read).await;
    assert_eq!(put["actions"]["assignee"]["id"], bob);
    let read = desk.agent().workflows().get(&workflow).await;
    let refused = desk.agent().workflows().put(&workflow, read).refused(400).await;
    assert_eq!(refused["attr"], "steps[0].inputs.assignee", "each of its runs would fail");
    desk.agent().workflows().patch(&workflow, json!({"enabled": false})).await;
    let read = desk.agent().views().get(&view).await;
    desk.agent().views().patch(&view, json!({"name": "w", "filters": read["filters"]})).await;
    // An assignee who is newly named must be a member.
    let action = json!({"name": "b", "content": "c", "actions": {"assignee": user(&bob)}});
    desk.agent().quick_actions().create(action).refused(400).await;
}
