//! The reference workflows. Each is saved in one call and started by what people do.

use chrono::TimeDelta;
use reqwest::Method;
use serde_json::{Value, json};

use super::{changed, names, text, time, took};
use crate::support::{Desk, Visitor, desk};

const ROLES: [&str; 3] = ["Support", "Engineering", "Senior Support"];

/// A desk with the roles and one workflow of the gallery.
struct Tried {
    desk: Desk,
    workflow: Value,
}

/// A ticket after the run that worked on it, and that run.
struct Result {
    ticket: Value,
    run: Value,
}

impl Tried {
    async fn new(slug: &str) -> Self {
        let desk = desk().await;
        for role in ROLES {
            desk.role(role).await;
        }
        let workflow = desk.workflows(Method::POST, &format!("gallery/{slug}/"), Value::Null).await.expect(201).json;
        Self { desk, workflow }
    }

    /// Opens a ticket as a customer with the widget.
    async fn customer(&self, email: &str) -> String {
        Visitor::new(&self.desk.http).open_as(email).await
    }

    /// Has a mail of a proven sender arrive, which opens a ticket.
    async fn mailed(&self, from: &str) -> String {
        let path = "/_local/mail?from=bounces@example.com&to=help@desk.test&dmarc=PASS";
        let mail = format!("From: {from}\r\nTo: help@desk.test\r\nSubject: Help\r\n\r\nIt fails.\r\n").into_bytes();
        let arrived = self.desk.http.raw(Method::POST, path, &[("content-type", "message/rfc822")], mail).await.expect(202);
        let noted = self.desk.http.get("/email/inbound/").await.expect(200).json["results"].clone();
        let mut noted = noted.as_array().unwrap().iter();
        let noted = noted.find(|noted| noted["ses_id"] == arrived.json["ses_id"]).expect("the mail is noted");
        noted["ticket"].as_str().expect("it opened a ticket").to_owned()
    }

    /// The ticket in the end, and the one run for the last event that may have started the workflow. `told` are all events of
    /// the ticket: the workflow's own changes are not among them (docs/decisions.md, 18).
    async fn result(&self, ticket: &str, told: &[&str]) -> Result {
        let entries = self.desk.told(ticket).await;
        assert_eq!(names(&entries), told);
        let event = &self.workflow["trigger"]["event"];
        let last = entries.iter().rev().find(|entry| entry["detail-type"] == *event).expect("the event was told");
        let runs = self.desk.runs(self.workflow["id"].as_str().unwrap()).await;
        let mut of_event = runs.iter().filter(|run| run["event_id"] == last["detail"]["uuid"]);
        let run = of_event.next().expect("the event was carried out").clone();
        assert_eq!(of_event.next(), None, "once");
        assert_eq!((&run["event"], &run["ticket_id"]), (event, &json!(ticket)));
        assert!(time(&run["started_at"]) <= time(&run["finished_at"]));
        Result { ticket: self.desk.tickets().get(ticket).await, run }
    }

    /// Checks how often the workflow has run.
    async fn ran(&self, times: usize) {
        assert_eq!(self.desk.runs(self.workflow["id"].as_str().unwrap()).await.len(), times);
    }
}

impl Result {
    #[track_caller]
    fn acted(&self, steps: &[Value]) {
        assert_eq!((&self.run["outcome"], &self.run["steps"]), (&json!("acted"), &json!(steps)));
    }

    /// Checks that no branch was taken, and that the ticket did not change.
    #[track_caller]
    fn no_match(&self, status: &str) {
        assert_eq!((&self.run["outcome"], &self.run["steps"]), (&json!("no_match"), &json!([took("steps[0]", "none")])));
        self.is(status, None, None, &[]);
        self.has_no_deadline();
    }

    #[track_caller]
    fn is(&self, status: &str, priority: Option<&str>, role: Option<&str>, tags: &[&str]) {
        let Self { ticket, .. } = self;
        let is = json!([ticket["status"], ticket["priority"], ticket["assignee"]["role"]["name"], ticket["tags"]]);
        assert_eq!(is, json!([status, priority, role, tags]));
    }

    /// Checks that the deadline is this many minutes after a moment within the run.
    #[track_caller]
    fn is_due_after(&self, minutes: i64) {
        let from = time(&self.ticket["sla_due_at"]) - TimeDelta::minutes(minutes);
        let run = time(&self.run["started_at"])..=time(&self.run["finished_at"]);
        assert!(run.contains(&from), "{} for {run:?}", self.ticket["sla_due_at"]);
    }

    #[track_caller]
    fn has_no_deadline(&self) {
        assert_eq!(self.ticket["sla_due_at"], Value::Null);
    }

    fn due(&self) -> &Value {
        &self.ticket["sla_due_at"]
    }

    /// The ticket's assignee as the records of runs have it.
    fn assignee(&self) -> Value {
        json!({"type": "role", "id": self.ticket["assignee"]["id"]})
    }
}

#[tokio::test]
async fn number_1_sets_the_deadline_by_channel() {
    let tried = Tried::new("01-sla-by-channel").await;
    let slack = tried.desk.file(json!({"channel_source": "slack"})).await;
    let slack = tried.result(&slack, &["ticket_created"]).await;
    slack.acted(&[took("steps[0]", "branches[0]"), changed("steps[0].branches[0].steps[0]", json!({"sla_due_at": slack.due()}))]);
    slack.is("new", None, None, &[]);
    slack.is_due_after(24 * 60);
    let widget = tried.customer("ada@example.com").await;
    let widget = tried.result(&widget, &["message_received", "ticket_created"]).await;
    widget.acted(&[took("steps[0]", "else"), changed("steps[0].else[0]", json!({"sla_due_at": widget.due()}))]);
    widget.is("new", None, None, &[]);
    widget.is_due_after(4 * 60);
}

#[tokio::test]
async fn number_2_sets_the_deadline_by_the_new_priority() {
    let tried = Tried::new("02-sla-by-priority").await;
    let id = tried.desk.file(json!({"priority": "high"})).await;
    tried.desk.tickets().patch(&id, json!({"status": "open"})).await;
    tried.ran(0).await;
    assert_eq!(
        tried.desk.tickets().get(&id).await["sla_due_at"],
        Value::Null,
        "a priority that a ticket is filed with is no change"
    );
    let mut told = vec!["ticket_created", "ticket_status_changed"];
    for (priority, way, step, hours) in [
        (Some("medium"), "branches[1]", "steps[0].branches[1].steps[0]", 4),
        (Some("high"), "branches[0]", "steps[0].branches[0].steps[0]", 1),
        (Some("low"), "else", "steps[0].else[0]", 24),
        (None, "else", "steps[0].else[0]", 24),
    ] {
        tried.desk.tickets().patch(&id, json!({"priority": priority})).await;
        told.insert(1, "ticket_priority_changed");
        let result = tried.result(&id, &told).await;
        result.acted(&[took("steps[0]", way), changed(step, json!({"sla_due_at": result.due()}))]);
        result.is("open", priority, None, &[]);
        result.is_due_after(hours * 60);
    }
    tried.ran(4).await;
}

#[tokio::test]
async fn number_3_assigns_new_tickets_to_support() {
    let tried = Tried::new("03-assign-to-support").await;
    let id = tried.customer("ada@example.com").await;
    let result = tried.result(&id, &["message_received", "ticket_created"]).await;
    result.acted(&[changed("steps[0]", json!({"assignee": result.assignee()}))]);
    result.is("new", None, Some("Support"), &[]);
    result.has_no_deadline();
    tried.desk.tickets().patch(&id, json!({"assignee": null})).await;
    tried.desk.tickets().reply(&id, "hi").await;
    let result = tried.result(&id, &["message_received", "message_sent", "ticket_assigned", "ticket_created"]).await;
    result.is("new", None, None, &[]);
    tried.ran(1).await;
}

#[tokio::test]
async fn number_4_assigns_by_channel() {
    let tried = Tried::new("04-assign-by-channel").await;
    let slack = tried.desk.file(json!({"channel_source": "slack", "message": "help"})).await;
    let slack = tried.result(&slack, &["message_received", "ticket_created"]).await;
    let assigned = changed("steps[0].branches[0].steps[0]", json!({"assignee": slack.assignee()}));
    slack.acted(&[took("steps[0]", "branches[0]"), assigned]);
    slack.is("new", None, Some("Engineering"), &[]);
    let widget = tried.customer("ada@example.com").await;
    let widget = tried.result(&widget, &["message_received", "ticket_created"]).await;
    widget.acted(&[took("steps[0]", "else"), changed("steps[0].else[0]", json!({"assignee": widget.assignee()}))]);
    widget.is("new", None, Some("Support"), &[]);
}

#[tokio::test]
async fn number_5_opens_a_new_ticket_on_the_first_reply() {
    let tried = Tried::new("05-open-on-first-reply").await;
    let id = tried.customer("ada@example.com").await;
    tried.desk.tickets().note(&id, "a note").await;
    tried.ran(0).await;
    tried.desk.tickets().reply(&id, "hi").await;
    let result = tried.result(&id, &["message_received", "message_sent", "ticket_created"]).await;
    let opened = changed("steps[0].branches[0].steps[0]", json!({"status": "open"}));
    result.acted(&[took("steps[0]", "branches[0]"), opened]);
    result.is("open", None, None, &[]);
    let held = tried.desk.file(json!({"status": "on_hold"})).await;
    tried.desk.tickets().reply(&held, "hi").await;
    tried.result(&held, &["message_sent", "ticket_created"]).await.no_match("on_hold");
}

#[tokio::test]
async fn number_6_makes_a_ticket_pending_on_each_reply() {
    let tried = Tried::new("06-pending-after-reply").await;
    let visitor = Visitor::new(&tried.desk.http);
    let id = visitor.open("help").await;
    tried.desk.tickets().reply(&id, "hi").await;
    let result = tried.result(&id, &["message_received", "message_sent", "ticket_created"]).await;
    result.acted(&[changed("steps[0]", json!({"status": "pending"}))]);
    result.is("pending", None, None, &[]);
    tried.desk.tickets().reply(&id, "and?").await;
    let result = tried.result(&id, &["message_received", "message_sent", "message_sent", "ticket_created"]).await;
    result.acted(&[changed("steps[0]", json!({}))]);
    tried.desk.tickets().patch(&id, json!({"status": "open"})).await;
    visitor.send(Some(&id), "thanks").await.expect(200);
    tried.desk.tickets().note(&id, "a note").await;
    tried.ran(2).await;
    assert_eq!(tried.desk.tickets().get(&id).await["status"], "open", "neither the customer nor a note");
}

#[tokio::test]
async fn number_7_reopens_when_the_customer_replies() {
    let tried = Tried::new("07-reopen-on-customer-reply").await;
    for status in ["pending", "resolved"] {
        let visitor = Visitor::new(&tried.desk.http);
        let id = visitor.open(status).await;
        tried.desk.tickets().patch(&id, json!({"status": status})).await;
        visitor.send(Some(&id), "but").await.expect(200);
        let told = ["message_received", "message_received", "ticket_created", "ticket_status_changed"];
        let result = tried.result(&id, &told).await;
        let opened = changed("steps[0].branches[0].steps[0]", json!({"status": "open"}));
        result.acted(&[took("steps[0]", "branches[0]"), opened]);
        result.is("open", None, None, &[]);
    }
    for status in ["open", "on_hold"] {
        let visitor = Visitor::new(&tried.desk.http);
        let id = visitor.open(status).await;
        tried.desk.tickets().patch(&id, json!({"status": status})).await;
        visitor.send(Some(&id), "but").await.expect(200);
        let told = ["message_received", "message_received", "ticket_created", "ticket_status_changed"];
        tried.result(&id, &told).await.no_match(status);
    }
}

#[tokio::test]
async fn number_8_tags_by_the_domain_of_the_address() {
    let tried = Tried::new("08-tag-by-email-domain").await;
    for (email, way, step, tags) in [
        ("ada@BigCorp.com", "branches[0]", "steps[0].branches[0].steps[0]", vec!["enterprise", "priority"]),
        ("bob@startup.io", "branches[1]", "steps[0].branches[1].steps[0]", vec!["startup"]),
    ] {
        let id = tried.customer(email).await;
        let result = tried.result(&id, &["message_received", "ticket_created"]).await;
        result.acted(&[took("steps[0]", way), changed(step, json!({"tags": tags}))]);
        result.is("new", None, None, &tags);
    }
    for email in ["eve@example.com", "bigcorp.com@example.com"] {
        let id = tried.customer(email).await;
        tried.result(&id, &["message_received", "ticket_created"]).await.no_match("new");
    }
    let nobody = Visitor::new(&tried.desk.http).open("help").await;
    tried.result(&nobody, &["message_received", "ticket_created"]).await.no_match("new");
}

#[tokio::test]
async fn number_9_escalates_tickets_of_high_priority() {
    let tried = Tried::new("09-escalate-high-priority").await;
    let high = tried.desk.file(json!({"priority": "high"})).await;
    let high = tried.result(&high, &["ticket_created"]).await;
    let fields = json!({"sla_due_at": high.due(), "assignee": high.assignee(), "tags": ["escalated"]});
    high.acted(&[took("steps[0]", "branches[0]"), changed("steps[0].branches[0].steps[0]", fields)]);
    high.is("new", Some("high"), Some("Senior Support"), &["escalated"]);
    high.is_due_after(30);
    let none = tried.customer("ada@example.com").await;
    tried.result(&none, &["message_received", "ticket_created"]).await.no_match("new");
    tried.desk.tickets().patch(&none, json!({"priority": "high"})).await;
    tried.ran(2).await;
}

#[tokio::test]
async fn number_10_tags_tickets_that_become_pending() {
    let tried = Tried::new("10-tag-awaiting-customer").await;
    let id = tried.customer("ada@example.com").await;
    tried.desk.tickets().patch(&id, json!({"status": "open", "tags": ["old"]})).await;
    let told = ["message_received", "ticket_created", "ticket_status_changed", "ticket_tags_changed"];
    let result = tried.result(&id, &told).await;
    assert_eq!((&result.run["outcome"], &result.run["steps"]), (&json!("no_match"), &json!([])));
    result.is("open", None, None, &["old"]);
    tried.desk.tickets().patch(&id, json!({"status": "pending"})).await;
    let told = ["message_received", "ticket_created", "ticket_status_changed", "ticket_status_changed", "ticket_tags_changed"];
    let result = tried.result(&id, &told).await;
    result.acted(&[changed("steps[0]", json!({"tags": ["awaiting-customer"]}))]);
    result.is("pending", None, None, &["awaiting-customer"]);
}

#[tokio::test]
async fn number_11_triages_in_full() {
    let tried = Tried::new("11-full-triage").await;
    let slack = tried.desk.file(json!({"channel_source": "slack"})).await;
    let (slack, expected) = (tried.result(&slack, &["ticket_created"]).await, ("low", "Engineering", 24 * 60, &[] as &[&str]));
    let mut results = vec![(slack, "branches[0]", "steps[1].branches[0].steps[0]", expected)];
    for (email, way, step, expected) in [
        (
            "ada@enterprise.com",
            "branches[1]",
            "steps[1].branches[1].steps[0]",
            ("high", "Senior Support", 60, &["enterprise", "vip"] as &[&str]),
        ),
        ("bob@example.com", "else", "steps[1].else[0]", ("medium", "Support", 4 * 60, &[])),
    ] {
        let id = tried.customer(email).await;
        results.push((tried.result(&id, &["message_received", "ticket_created"]).await, way, step, expected));
    }
    for (result, way, step, (priority, role, minutes, tags)) in results {
        let mut fields = json!({"priority": priority, "sla_due_at": result.due(), "assignee": result.assignee()});
        if !tags.is_empty() {
            fields["tags"] = json!(tags);
        }
        let read = json!({"step": "steps[0]", "result": "done", "detail": null});
        result.acted(&[read, took("steps[1]", way), changed(step, fields)]);
        result.is("new", Some(priority), Some(role), tags);
        result.is_due_after(minutes);
    }
}

#[tokio::test]
async fn a_role_that_is_missing_is_named_by_its_place() {
    let desk = desk().await;
    for (slug, place) in [
        ("03-assign-to-support", "steps[0].inputs.assignee.name"),
        ("04-assign-by-channel", "steps[0].branches[0].steps[0].inputs.assignee.name"),
        ("09-escalate-high-priority", "steps[0].branches[0].steps[0].inputs.assignee.name"),
        ("11-full-triage", "steps[1].branches[0].steps[0].inputs.assignee.name"),
    ] {
        let refused = desk.workflows(Method::POST, &format!("gallery/{slug}/"), Value::Null).await.expect(400).json;
        assert_eq!(refused["attr"], place, "{slug}");
    }
    desk.role("Engineering").await;
    let refused = desk.workflows(Method::POST, "gallery/04-assign-by-channel/", Value::Null).await.expect(400).json;
    assert_eq!(refused["attr"], "steps[0].else[0].inputs.assignee.name", "the one that is still missing");
    desk.workflows(Method::POST, "gallery/12-none/", Value::Null).await.expect(404);
    assert_eq!(desk.agent().workflows().list("").await["count"], 0);
}

#[tokio::test]
async fn the_gallery_shows_what_can_be_saved() {
    let desk = desk().await;
    for role in ROLES {
        desk.role(role).await;
    }
    let gallery = desk.workflows(Method::GET, "gallery/", Value::Null).await.expect(200).json;
    assert_eq!(gallery["count"], 11);
    for example in gallery["results"].as_array().unwrap() {
        let path = format!("gallery/{}/", text(&example["slug"]));
        let at_once = desk.workflows(Method::POST, &path, Value::Null).await.expect(201).json;
        let by_hand = desk.agent().workflows().create(example["workflow"].clone()).await;
        for key in ["name", "enabled", "trigger", "steps"] {
            assert_eq!(at_once[key], by_hand[key], "{path}");
        }
    }
    let second = desk.workflows(Method::GET, "gallery/?limit=1&offset=1", Value::Null).await.expect(200).json;
    assert_eq!(second["results"], json!([gallery["results"][1]]));
}

/// A desk that takes mail, with a workflow of the gallery.
async fn by_mail(slug: &str) -> Tried {
    let tried = Tried::new(slug).await;
    let address = json!({"kind": "desk", "address": "help"});
    tried.desk.http.agent(Method::POST, "/email/addresses/", address).await.expect(201);
    tried
}

const BY_MAIL: [&str; 2] = ["message_received", "ticket_created"];

#[tokio::test]
async fn number_1_knows_what_came_by_mail() {
    let tried = by_mail("01-sla-by-channel").await;
    let id = tried.mailed("ada@example.com").await;
    let result = tried.result(&id, &BY_MAIL).await;
    assert_eq!(result.ticket["channel_source"], "email");
    result.acted(&[took("steps[0]", "else"), changed("steps[0].else[0]", json!({"sla_due_at": result.due()}))]);
    result.is_due_after(4 * 60);
}

#[tokio::test]
async fn number_4_knows_what_came_by_mail() {
    let tried = by_mail("04-assign-by-channel").await;
    let id = tried.mailed("ada@example.com").await;
    let result = tried.result(&id, &BY_MAIL).await;
    result.acted(&[took("steps[0]", "else"), changed("steps[0].else[0]", json!({"assignee": result.assignee()}))]);
    result.is("new", None, Some("Support"), &[]);
}

#[tokio::test]
async fn number_8_knows_who_wrote_a_mail() {
    let tried = by_mail("08-tag-by-email-domain").await;
    let id = tried.mailed("Ada <Ada@BigCorp.com>").await;
    let result = tried.result(&id, &BY_MAIL).await;
    let tags = ["enterprise", "priority"];
    result.acted(&[took("steps[0]", "branches[0]"), changed("steps[0].branches[0].steps[0]", json!({"tags": tags}))]);
    let id = tried.mailed("bigcorp.com@example.com").await;
    tried.result(&id, &BY_MAIL).await.no_match("new");
}

#[tokio::test]
async fn number_11_triages_what_came_by_mail() {
    let tried = by_mail("11-full-triage").await;
    for (from, priority, role, minutes, tags) in [
        ("ada@enterprise.com", "high", "Senior Support", 60, &["enterprise", "vip"] as &[&str]),
        ("bob@example.com", "medium", "Support", 4 * 60, &[]),
    ] {
        let id = tried.mailed(from).await;
        let result = tried.result(&id, &BY_MAIL).await;
        assert_eq!(result.run["outcome"], "acted");
        result.is("new", Some(priority), Some(role), tags);
        result.is_due_after(minutes);
    }
}
