//! Tells the story to a desk, over its API.

use std::{collections::BTreeMap, io};

use lambdesk_domain::Timestamp;
use lambdesk_runtime::crypto;
use reqwest::{Client, Method};
use serde_json::{Map, Value, json};
use uuid::Uuid;

use super::{
    StoryClock,
    seen::{self, Session, Told},
    span::Span,
    story::{Conversation, Customer, Scene, Step, Story},
};
use crate::{Running, about};

/// The seeded agent, who sets everything up.
const ME: &str = "me";
const PROJECT: &str = "/api/projects/1";
const SECRET: &str = "phs_local";
/// The clock of the story runs this often. Each run costs the newcomer a moment, so it is seldomer than the desk's own.
const TICK_SECONDS: i64 = 6 * 3_600;

pub(super) struct Teller<'a> {
    running: &'a Running,
    http: Client,
    clock: StoryClock,
    /// When the story ends.
    now: Timestamp,
    ticked: Timestamp,
    /// The ids of what has a name, and the keys of members.
    ids: BTreeMap<String, Value>,
    keys: BTreeMap<String, String>,
    /// The browsers of customers, and the tickets by their place in the story.
    sessions: BTreeMap<String, Uuid>,
    tickets: BTreeMap<usize, String>,
    /// What customers' browsers sent.
    seen: BTreeMap<String, Session>,
}

impl<'a> Teller<'a> {
    pub(super) fn new(running: &'a Running, clock: StoryClock, now: Timestamp) -> io::Result<Self> {
        let ticked = clock.now();
        let keys = BTreeMap::from([(ME.to_owned(), "phx_local".to_owned())]);
        let ids = BTreeMap::from([(ME.to_owned(), json!(1))]);
        let (http, sessions, tickets) = (Client::new(), BTreeMap::new(), BTreeMap::new());
        Ok(Self { running, http, clock, now, ticked, ids, keys, sessions, tickets, seen: seen::read()? })
    }

    pub(super) async fn tell(mut self, story: Story) -> io::Result<()> {
        for member in &story.team {
            let body = json!({"email": member.email, "first_name": member.first_name, "access": member.access});
            let made = self.agent(ME, Method::POST, &format!("{PROJECT}/members/"), body).await?;
            let key = json!({"label": "The story", "scopes": ["ticket:write"], "user": made["id"]});
            let key = self.agent(ME, Method::POST, "/api/personal_api_keys/", key).await?;
            self.keys.insert(member.name.clone(), key["value"].as_str().unwrap_or_default().to_owned());
            self.ids.insert(member.name.clone(), made["id"].clone());
        }
        for setup in &story.setup {
            let (method, path) = setup.call.split_once(' ').unwrap_or(("POST", &setup.call));
            let method = method.parse().map_err(|error| about(&setup.call, error))?;
            let made = self.agent(ME, method, &format!("{PROJECT}/{}", self.path(path)), self.filled(&setup.body)).await?;
            if let Some(name) = &setup.name {
                let id = ["id", "short_id"].iter().find_map(|key| made.get(key)).cloned().unwrap_or_default();
                self.ids.insert(name.clone(), id);
            }
        }
        for scene in story.scenes(self.now) {
            self.pass_to(scene.at).await?;
            self.play(&story, &scene).await?;
        }
        self.pass_to(self.now).await?;
        self.settle().await
    }

    /// Lets time pass, with a tick now and then and everything done that follows from it.
    async fn pass_to(&mut self, time: Timestamp) -> io::Result<()> {
        while self.ticked.plus_seconds(TICK_SECONDS) <= time {
            let next = self.ticked.plus_seconds(TICK_SECONDS);
            self.clock.pass_to(next);
            self.tick().await?;
            self.ticked = next;
        }
        self.clock.pass_to(time);
        Ok(())
    }

    /// Does what is due: deadlines, snoozes, questions for a rating.
    async fn tick(&self) -> io::Result<()> {
        self.settle().await?;
        self.call(self.http.post(self.url("/_local/tick"))).await.map(drop)
    }

    /// Waits until workflows have run and totals are folded.
    async fn settle(&self) -> io::Result<()> {
        self.call(self.http.post(self.url("/_local/drain"))).await.map(drop)
    }

    async fn play(&mut self, story: &Story, scene: &Scene) -> io::Result<()> {
        let conversation = &story.tickets[scene.ticket];
        let Some(customer) = story.customers.get(&conversation.from) else {
            return Err(about(&conversation.from, "is no customer of the story"));
        };
        let step = scene.step.and_then(|place| conversation.step(place));
        let ticket = self.tickets.get(&scene.ticket).cloned();
        let (Some(step), Some(ticket)) = (step, ticket) else {
            self.send(self.seen_of(conversation).map(|seen| seen.before(scene.at, self.clock.now()))).await?;
            let ticket = self.open(conversation, customer).await?;
            self.tickets.insert(scene.ticket, ticket);
            return self.watch(conversation, scene.at).await;
        };
        if step.by == "customer" {
            self.customer(conversation, customer, &ticket, step).await?;
        } else {
            self.member(&ticket, step).await?;
        }
        // What a workflow does after an answer is done before anybody goes on.
        if step.says.is_some() { self.settle().await } else { Ok(()) }
    }

    /// The browser session in which a customer writes, where the story has one.
    fn seen_of(&self, conversation: &Conversation) -> Option<&Session> {
        self.seen.get(conversation.seen.as_ref()?)
    }

    /// The rest of what a customer's browser sends. The desk records only sessions that a ticket names, and it has to hear of that
    /// first.
    async fn watch(&self, conversation: &Conversation, message: Timestamp) -> io::Result<()> {
        let Some(seen) = self.seen_of(conversation) else { return Ok(()) };
        self.settle().await?;
        self.clock.pass_to(message.plus_seconds(seen.seconds_after()));
        self.send(Some(seen.after(message, self.clock.now()))).await
    }

    /// Makes calls of the SDK.
    async fn send(&self, calls: Option<io::Result<Vec<Told>>>) -> io::Result<()> {
        for Told { path, body } in calls.transpose()?.into_iter().flatten() {
            self.call(self.http.post(self.url(&path)).json(&body)).await?;
        }
        Ok(())
    }

    async fn open(&mut self, conversation: &Conversation, customer: &Customer) -> io::Result<String> {
        let id = if let Some(channel) = &conversation.via {
            let mut body = json!({
                "channel_source": channel, "message": conversation.says, "distinct_id": conversation.from,
                "anonymous_traits": traits(customer),
            });
            if conversation.via.as_deref() == Some("api") {
                body["tags"] = json!(["api"]);
            }
            self.agent(ME, Method::POST, &format!("{PROJECT}/conversations/tickets/"), body).await?["id"].clone()
        } else {
            self.widget(conversation, customer, None, &conversation.says).await?["ticket_id"].clone()
        };
        id.as_str().map(str::to_owned).ok_or_else(|| about(&conversation.from, "opened no ticket"))
    }

    async fn customer(&mut self, conversation: &Conversation, customer: &Customer, ticket: &str, step: &Step) -> io::Result<()> {
        if let Some(text) = &step.says {
            self.widget(conversation, customer, Some(ticket), text).await?;
        }
        if step.rates.is_some() {
            self.tick().await?;
        }
        if step.reads || step.rates.is_some() {
            let query =
                format!("widget_session_id={}&{}", self.session(&conversation.from), identity(&conversation.from, customer));
            let path = format!("/api/conversations/v1/widget/messages/{ticket}?limit=50&{query}");
            let seen = self.call(self.http.get(self.url(&path)).header("x-conversations-token", "wgt_local")).await?;
            if let Some(rating) = step.rates {
                let link = link(&seen).ok_or_else(|| about(&conversation.from, "was not asked for a rating"))?;
                let body = json!({"rating": rating, "comment": step.comment});
                self.call(self.http.post(link).json(&body)).await?;
            }
        }
        Ok(())
    }

    async fn member(&self, ticket: &str, step: &Step) -> io::Result<()> {
        let at = format!("{PROJECT}/conversations/tickets/{ticket}/");
        // Whoever does something opens the ticket first.
        self.agent(&step.by, Method::GET, &at, Value::Null).await?;
        if let Some(change) = &step.set {
            self.agent(&step.by, Method::PATCH, &at, self.filled(change)).await?;
        }
        if let Some(text) = step.says.as_ref().or(step.note.as_ref()) {
            let body = json!({"message": text, "is_private": step.note.is_some()});
            self.agent(&step.by, Method::POST, &format!("{at}reply/"), body).await?;
        }
        Ok(())
    }

    /// Sends a message as the widget does.
    async fn widget(
        &mut self,
        conversation: &Conversation,
        customer: &Customer,
        ticket: Option<&str>,
        text: &str,
    ) -> io::Result<Value> {
        let session = self.session(&conversation.from);
        let browser = self.seen_of(conversation).map_or_else(|| format!("s-{session}"), |seen| seen.id.clone());
        let mut body = json!({
            "message": text, "ticket_id": ticket, "widget_session_id": session, "distinct_id": conversation.from,
            "traits": traits(customer), "session_id": browser,
        });
        if let Some(page) = &conversation.page {
            body["session_context"] = json!({"current_url": page});
        }
        if customer.proven {
            body["identity_distinct_id"] = json!(conversation.from);
            body["identity_hash"] = json!(proof(&conversation.from));
        }
        let request = self.http.post(self.url("/api/conversations/v1/widget/message"));
        self.call(request.header("x-conversations-token", "wgt_local").json(&body)).await
    }

    fn session(&mut self, customer: &str) -> Uuid {
        *self.sessions.entry(customer.to_owned()).or_insert_with(Uuid::now_v7)
    }

    async fn agent(&self, name: &str, method: Method, path: &str, body: Value) -> io::Result<Value> {
        let key = self.keys.get(name).ok_or_else(|| about(name, "is no member of the story"))?;
        let mut request = self.http.request(method, self.url(path)).bearer_auth(key);
        if !body.is_null() {
            request = request.json(&body);
        }
        self.call(request).await
    }

    /// The JSON of an answer. One that is no success is an error with what the desk said.
    async fn call(&self, request: reqwest::RequestBuilder) -> io::Result<Value> {
        let response = request.send().await.map_err(io::Error::other)?;
        let (status, url) = (response.status(), response.url().path().to_owned());
        let text = response.text().await.map_err(io::Error::other)?;
        if status.is_success() { Ok(serde_json::from_str(&text).unwrap_or_default()) } else { Err(about(&url, text)) }
    }

    fn url(&self, path: &str) -> String {
        format!("http://{}{path}", self.running.address)
    }

    /// The path with ids in place of names.
    fn path(&self, path: &str) -> String {
        let id = |part: &str| self.ids.get(part.strip_prefix('$')?)?.as_str().map(str::to_owned);
        path.split('/').map(|part| id(part).unwrap_or_else(|| part.to_owned())).collect::<Vec<_>>().join("/")
    }

    /// The value with ids in place of names, and times in place of what is relative to the story's end.
    fn filled(&self, value: &Value) -> Value {
        match value {
            Value::String(text) => self.meaning(text).unwrap_or_else(|| value.clone()),
            Value::Array(items) => items.iter().map(|item| self.filled(item)).collect(),
            Value::Object(fields) => {
                fields.iter().map(|(name, field)| (name.clone(), self.filled(field))).collect::<Map<_, _>>().into()
            }
            other => other.clone(),
        }
    }

    fn meaning(&self, text: &str) -> Option<Value> {
        if let Some(name) = text.strip_prefix('$') {
            return self.ids.get(name).cloned();
        }
        let relative = text.strip_prefix("now")?;
        let (sign, span) =
            relative.strip_prefix('+').map(|span| (1, span)).or_else(|| Some((-1, relative.strip_prefix('-')?)))?;
        Some(json!(self.now.plus_seconds(sign * Span::parse(span)?.0).to_string()))
    }
}

fn traits(customer: &Customer) -> Value {
    let mut traits = json!({"name": customer.name, "email": customer.email});
    for (name, value) in &customer.traits {
        traits[name] = json!(value);
    }
    traits
}

/// The query by which a proven customer reads.
fn identity(distinct_id: &str, customer: &Customer) -> String {
    if customer.proven {
        format!("identity_distinct_id={distinct_id}&identity_hash={}", proof(distinct_id))
    } else {
        String::new()
    }
}

fn proof(distinct_id: &str) -> String {
    hex::encode(crypto::sign(SECRET.as_bytes(), distinct_id.as_bytes()))
}

/// The first link to a rating's page in what the customer reads.
fn link(seen: &Value) -> Option<&str> {
    match seen {
        Value::String(text) => text.contains("/widget/satisfaction/").then_some(text),
        Value::Array(items) => items.iter().find_map(link),
        Value::Object(fields) => fields.values().find_map(link),
        _ => None,
    }
}
