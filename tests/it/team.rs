//! Teams that work on one desk, each in a project of its own with its own workflows: what they do, and a check that everything
//! that must follow did follow, and took effect once.

use std::collections::{BTreeMap, BTreeSet};

use lambdesk_domain::{
    ProjectId,
    permission::WriteTickets,
    totals::{Bucket, BucketFilter},
};
use lambdesk_store::Store;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Http, Reply, Visitor};

/// A project with two workflows: one for each new ticket, one for each change of a priority. Each time a workflow runs, it sets
/// a different deadline. So the log of a ticket shows how often it ran.
#[derive(Clone)]
pub(crate) struct Team {
    pub(crate) http: Http,
    pub(crate) project: u32,
    widget_token: String,
    pub(crate) on_create: String,
    pub(crate) on_priority: String,
}

/// A ticket, and what the desk has acknowledged about it.
#[derive(Debug, Clone)]
pub(crate) struct Case {
    pub(crate) ticket: String,
    replied: bool,
    urgent: bool,
}

impl Team {
    pub(crate) async fn new(http: &Http) -> Self {
        let headers = [("authorization", AGENT)];
        let made = http.call(Method::POST, "/api/projects/", &headers, json!({"name": "Team"})).await.expect(201).json;
        let project = made["id"].as_u64().unwrap().try_into().unwrap();
        let widget_token = made["conversations_settings"]["widget_public_token"].as_str().unwrap().to_owned();
        let team = Self { http: http.clone(), project, widget_token, on_create: String::new(), on_priority: String::new() };
        let seen = json!({"status": "open", "tags": ["seen"], "tags_mode": "add", "sla_amount": "4"});
        let urgent = json!({"tags": ["urgent"], "tags_mode": "add", "sla_amount": "1"});
        let on_create = team.workflow("$conversation_ticket_created", seen).await;
        let on_priority = team.workflow("$conversation_ticket_priority_changed", urgent).await;
        Self { on_create, on_priority, ..team }
    }

    /// The same team at the desk's new address.
    pub(crate) fn at(&self, http: &Http) -> Self {
        Self { http: http.clone(), ..self.clone() }
    }

    /// Saves a workflow with one action, and returns its id.
    async fn workflow(&self, event: &str, inputs: Value) -> String {
        let steps = json!([{"action": "update_ticket", "inputs": inputs}]);
        let body = json!({"name": event, "enabled": true, "trigger": {"event": event}, "steps": steps});
        self.agent(Method::POST, "/workflows/", body).await.expect(201).json["id"].as_str().unwrap().to_owned()
    }

    pub(crate) async fn agent(&self, method: Method, path: &str, body: Value) -> Reply {
        self.try_agent(method, path, body).await.expect("an answer")
    }

    async fn try_agent(&self, method: Method, path: &str, body: Value) -> reqwest::Result<Reply> {
        let path = format!("/api/projects/{}/conversations{path}", self.project);
        self.http.try_call(method, &path, &[("authorization", AGENT)], body).await
    }

    async fn rows(&self, path: &str) -> Vec<Value> {
        self.agent(Method::GET, path, Value::Null).await.expect(200).json["results"].as_array().unwrap().clone()
    }

    /// A customer writes, an agent replies, and the ticket becomes urgent. `None`, or a case that ends early, if the desk was
    /// killed in between.
    pub(crate) async fn case(&self) -> Option<Case> {
        let body = Visitor::new(&self.http).message(None, "help");
        let headers = [("x-conversations-token", self.widget_token.as_str())];
        let sent = self.http.try_call(Method::POST, "/api/conversations/v1/widget/message", &headers, body).await.ok()?;
        let ticket = sent.expect(200).json["ticket_id"].as_str().unwrap().to_owned();
        let mut case = Case { ticket, replied: false, urgent: false };
        let path = format!("/tickets/{}/", case.ticket);
        let reply = self.try_agent(Method::POST, &format!("{path}reply/"), json!({"message": "hello"})).await;
        case.replied = reply.is_ok_and(|reply| reply.expect(201).status == 201);
        if case.replied {
            let change = self.try_agent(Method::PATCH, &path, json!({"priority": "high"})).await;
            case.urgent = change.is_ok_and(|change| change.expect(200).status == 200);
        }
        Some(case)
    }

    /// Checks that everything acknowledged exists. Also checks that the events, runs, effects and totals of all that exists are
    /// there once, and that there are no others.
    pub(crate) async fn assert_followed(&self, store: &Store, cases: &[Case]) {
        let tickets = self.rows("/tickets/?limit=1000").await;
        let mut due = Due::default();
        for ticket in &tickets {
            let id = ticket["id"].as_str().unwrap();
            due.of(ticket, &self.rows(&format!("/tickets/{id}/messages/?limit=200")).await);
            self.assert_log(ticket).await;
        }
        for Case { ticket, replied, urgent } in cases {
            assert!(due.events.contains(&("ticket_created", ticket.clone())), "{ticket} is lost");
            assert!(!replied || due.replied.contains(ticket), "the reply on {ticket} is lost");
            assert!(!urgent || due.events.contains(&("ticket_priority_changed", ticket.clone())), "{ticket} is not urgent");
        }
        let told = self.told().await;
        let events: Vec<_> = told.values().map(|(name, about)| (name.as_str(), about.clone())).collect();
        assert_eq!(sorted(events), sorted(due.events.iter().cloned().collect()), "each change is an event, and only those are");
        self.assert_runs(&self.on_create, "ticket_created", &told).await;
        self.assert_runs(&self.on_priority, "ticket_priority_changed", &told).await;
        self.assert_totals(store, &tickets).await;
    }

    /// The events on the bus by their ids: name, and the message or ticket that the event is about. An event that was published
    /// twice must be the same both times.
    pub(crate) async fn told(&self) -> BTreeMap<String, (String, String)> {
        let mut details: BTreeMap<String, Value> = BTreeMap::new();
        for entry in self.http.events(self.project).await {
            let detail = &entry["detail"];
            let first = details.entry(detail["uuid"].as_str().unwrap().to_owned()).or_insert_with(|| detail.clone());
            assert_eq!(first, detail);
        }
        let about = |detail: Value| {
            let name = detail["event"].as_str().unwrap().trim_start_matches("$conversation_").to_owned();
            let properties = &detail["properties"];
            let about = properties["message_id"].as_str().or(properties["ticket_id"].as_str()).unwrap().to_owned();
            (name, about)
        };
        details.into_iter().map(|(id, detail)| (id, about(detail))).collect()
    }

    /// Checks that each event with that name has one run, and that no run failed or is in flight.
    async fn assert_runs(&self, workflow: &str, event: &str, told: &BTreeMap<String, (String, String)>) {
        let runs = self.rows(&format!("/workflows/{workflow}/runs/?limit=200")).await;
        for run in &runs {
            let outcome = run["outcome"].as_str();
            assert!(matches!(outcome, Some("acted" | "rate_limited_then_acted")), "{run}");
        }
        let of = runs.iter().map(|run| run["event_id"].as_str().unwrap().to_owned()).collect();
        let due = told.iter().filter(|(_, (name, _))| name == event).map(|(id, _)| id.clone()).collect();
        assert_eq!(sorted(of), sorted(due), "a run for each {event}");
    }

    /// Checks that each workflow has changed the ticket once.
    async fn assert_log(&self, ticket: &Value) {
        let log = self.rows(&format!("/tickets/{}/activity/?limit=200", ticket["id"].as_str().unwrap())).await;
        let by = |workflow: &str| log.iter().filter(|row| row["actor"] == json!({"type": "workflow", "id": workflow})).count();
        let urgent = usize::from(ticket["priority"] == "high");
        assert_eq!((by(&self.on_create), by(&self.on_priority)), (1, urgent), "{ticket} {log:?}");
        let tags: &[&str] = if urgent == 1 { &["seen", "urgent"] } else { &["seen"] };
        let has: BTreeSet<_> = ticket["tags"].as_array().unwrap().iter().map(|tag| tag.as_str().unwrap()).collect();
        assert_eq!((&ticket["status"], has), (&json!("open"), tags.iter().copied().collect()));
    }

    async fn assert_totals(&self, store: &Store, tickets: &[Value]) {
        let unread: u64 = tickets.iter().map(|ticket| ticket["unread_team_count"].as_u64().unwrap()).sum();
        let told = self.agent(Method::GET, "/tickets/unread_count/", Value::Null).await.expect(200).json;
        assert_eq!(told["count"], unread);
        let totals = store.unchecked::<WriteTickets>(ProjectId(self.project)).totals().await.unwrap();
        for bucket in Bucket::all() {
            let (statuses, priorities, channels) = ([bucket.status], [bucket.priority], [bucket.channel]);
            let filter = BucketFilter { statuses: Some(&statuses), priorities: Some(&priorities), channels: Some(&channels) };
            let here = [json!(bucket.status), json!(bucket.priority), json!(bucket.channel)];
            let is_here =
                |ticket: &&Value| [&ticket["status"], &ticket["priority"], &ticket["channel_source"]] == here.each_ref();
            assert_eq!(totals.count(filter), tickets.iter().filter(is_here).count() as u64, "{bucket:?}");
        }
    }
}

/// The events that must follow from the state of a desk: names, each with the message or ticket that it is about.
#[derive(Default)]
struct Due {
    events: BTreeSet<(&'static str, String)>,
    replied: BTreeSet<String>,
}

impl Due {
    fn of(&mut self, ticket: &Value, messages: &[Value]) {
        let id = ticket["id"].as_str().unwrap().to_owned();
        for message in messages {
            let received = message["author_type"] == "customer";
            let name = if received { "message_received" } else { "message_sent" };
            self.events.insert((name, message["id"].as_str().unwrap().to_owned()));
            if !received {
                self.replied.insert(id.clone());
            }
        }
        if ticket["priority"] == "high" {
            self.events.insert(("ticket_priority_changed", id.clone()));
        }
        self.events.insert(("ticket_created", id));
    }
}

fn sorted<T: Ord>(mut of: Vec<T>) -> Vec<T> {
    of.sort_unstable();
    of
}
