//! A conversation while DynamoDB has its faults: answers are lost, calls are throttled, meet other writers or are not answered.
//! Whatever was acknowledged is there once. Whatever was not may be there, and never twice. Nothing fails but as documented,
//! and nothing takes for ever.

use std::time::{Duration, Instant};

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    faults::proxy::{Fault, Faulty, Weather, faulty},
    support::{AGENT, Reply, Visitor, texts},
};

/// The edge answers within 20 s; the rest is for a busy machine.
const LONGEST: Duration = Duration::from_secs(30);
/// How often a program repeats a request that it has to get through.
const TRIES: usize = 25;
const TICKETS: &str = "/api/projects/1/conversations/tickets/";
const WRITTEN: &str = "/api/conversations/v1/widget/message";
const SNOOZED: &str = "2031-05-01T09:00:00.000000Z";

/// Whoever talks in bad weather, and what they were told.
struct Story {
    desk: Faulty,
    visitor: Visitor,
    acknowledged: Vec<String>,
    unsure: Vec<String>,
    refused: usize,
}

impl Story {
    /// One try. `None` if the desk said that it is briefly unavailable.
    async fn once(&mut self, method: Method, path: &str, headers: &[(&str, &str)], body: Value) -> Option<Reply> {
        let begun = Instant::now();
        let reply = self.desk.http.call(method.clone(), path, headers, body).await;
        assert!(begun.elapsed() < LONGEST, "{method} {path} took {:?}", begun.elapsed());
        if (200..300).contains(&reply.status) {
            return Some(reply);
        }
        self.refused += 1;
        // 409 says that the request with this key is still being carried out.
        assert!([503, 409].contains(&reply.status), "{method} {path}: {} {}", reply.status, reply.text);
        assert!(reply.header("retry-after").is_some(), "{method} {path}: {}", reply.text);
        for inside in ["Exception", "Transact", "dynamodb", "Error("] {
            assert!(!reply.text.contains(inside), "no internals: {}", reply.text);
        }
        None
    }

    /// Repeats a request with one key until it is acknowledged.
    async fn until_done(&mut self, method: Method, path: &str, credential: (&str, &str), body: Value) -> Reply {
        let key = Uuid::now_v7().to_string();
        for _ in 0..TRIES {
            let headers = [credential, ("idempotency-key", key.as_str())];
            if let Some(reply) = self.once(method.clone(), path, &headers, body.clone()).await {
                return reply;
            }
        }
        panic!("{method} {path} did not get through in {TRIES} tries");
    }

    async fn agent(&mut self, method: Method, path: &str, body: Value) -> Value {
        self.until_done(method, &format!("{TICKETS}{path}"), ("authorization", AGENT), body).await.json
    }

    async fn customer(&mut self, ticket: Option<&str>, text: &str) -> String {
        let (token, body) = (("x-conversations-token", "wgt_local"), self.visitor.message(ticket, text));
        let sent = self.until_done(Method::POST, WRITTEN, token, body).await;
        self.acknowledged.push(text.to_owned());
        sent.json["ticket_id"].as_str().unwrap().to_owned()
    }

    async fn reply(&mut self, ticket: &str, text: &str, private: bool) {
        let body = json!({"message": text, "is_private": private});
        self.agent(Method::POST, &format!("{ticket}/reply/"), body).await;
        self.acknowledged.push(text.to_owned());
    }

    /// Says something once and without a key, as a program does that never repeats anything.
    async fn say_once(&mut self, ticket: &str, text: &str) {
        let (agent, customer) = ([("authorization", AGENT)], [("x-conversations-token", "wgt_local")]);
        let said = if text.starts_with("customer") {
            let body = self.visitor.message(Some(ticket), text);
            self.once(Method::POST, WRITTEN, &customer, body).await
        } else {
            self.once(Method::POST, &format!("{TICKETS}{ticket}/reply/"), &agent, json!({"message": text})).await
        };
        let said = if said.is_some() { &mut self.acknowledged } else { &mut self.unsure };
        said.push(text.to_owned());
    }

    /// Looks, which may fail, and must not change what was said. A list that is answered is whole.
    async fn look(&mut self, ticket: &str, others: &[String]) {
        let listed = format!("{TICKETS}?ids={}", others.join(","));
        if let Some(list) = self.once(Method::GET, &listed, &[("authorization", AGENT)], Value::Null).await {
            assert_eq!(list.json["results"].as_array().unwrap().len(), others.len(), "{}", list.text);
        }
        for path in [format!("{TICKETS}{ticket}/"), format!("{TICKETS}{ticket}/messages/"), TICKETS.to_owned()] {
            self.once(Method::GET, &path, &[("authorization", AGENT)], Value::Null).await;
        }
        let path = format!("/api/conversations/v1/widget/messages/{ticket}?widget_session_id={}", self.visitor.session);
        self.once(Method::GET, &path, &[("x-conversations-token", "wgt_local")], Value::Null).await;
    }

    /// What the desk holds is what was acknowledged.
    async fn check_thread(&self, ticket: &str) {
        let thread = self.desk.whole.tickets().messages(ticket).await;
        let there = texts(&thread["results"]);
        let count = |text: &String| there.iter().filter(|one| *one == text).count();
        for text in &self.acknowledged {
            assert_eq!(count(text), 1, "{text:?} was acknowledged: {there:?}");
        }
        for text in &self.unsure {
            assert!(count(text) <= 1, "{text:?} is there twice: {there:?}");
        }
        assert_eq!(there.iter().filter(|one| !self.acknowledged.iter().chain(&self.unsure).any(|said| said == *one)).count(), 0);
        assert_eq!(thread["count"], there.len());
    }

    /// How often the ticket's activity says that `field` became `after`.
    async fn became(&self, ticket: &str, field: &str, after: &Value) -> usize {
        let log = self.desk.whole.tickets().activity(ticket).await;
        let entries = log["results"].as_array().unwrap().iter();
        let changes = entries.flat_map(|entry| entry["changes"].as_array().cloned().unwrap_or_default());
        changes.filter(|change| change["field"] == field && change["after"] == *after).count()
    }
}

/// Plays the conversation in this weather, and returns how many calls of DynamoDB met a fault and how many requests were
/// refused.
async fn play(weather: Weather) -> (usize, usize) {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    let mut story = Story { desk, visitor, acknowledged: Vec::new(), unsure: Vec::new(), refused: 0 };
    story.desk.weather(Some(weather));

    let ticket = story.customer(None, "help").await;
    let mut others = Vec::new();
    for _ in 0..4 {
        others.push(story.agent(Method::POST, "", json!({"message": "by phone"})).await["id"].as_str().unwrap().to_owned());
    }
    story.customer(Some(&ticket), "customer, again").await;
    story.reply(&ticket, "we look into it", false).await;
    story.reply(&ticket, "odd one", true).await;
    story.look(&ticket, &others).await;
    for n in 0..3 {
        story.say_once(&ticket, &format!("customer {n}")).await;
        story.say_once(&ticket, &format!("agent {n}")).await;
    }
    story.agent(Method::PATCH, &format!("{ticket}/"), json!({"priority": "high", "tags": ["vip"]})).await;
    story.agent(Method::POST, "bulk_update_status/", json!({"ids": others[..3], "status": "resolved"})).await;
    story.agent(Method::POST, "bulk_update_tags/", json!({"ids": others[..3], "action": "add", "tags": ["done"]})).await;
    story.agent(Method::PATCH, &format!("{ticket}/"), json!({"snoozed_until": SNOOZED})).await;
    story.agent(Method::DELETE, &format!("{}/", others[3]), Value::Null).await;
    story.look(&ticket, &others[..3]).await;

    let met = story.desk.weather(None);
    story.check_thread(&ticket).await;
    let whole = &story.desk.whole;
    let seen = whole.tickets().get(&ticket).await;
    assert_eq!(json!([seen["priority"], seen["tags"], seen["snoozed_until"]]), json!(["high", ["vip"], SNOOZED]));
    for (field, after) in [("priority", json!("high")), ("snoozed_until", json!(SNOOZED))] {
        assert_eq!(story.became(&ticket, field, &after).await, 1, "{field} was changed once");
    }
    for other in &others[..3] {
        let seen = whole.tickets().get(other).await;
        assert_eq!(json!([seen["status"], seen["tags"]]), json!(["resolved", ["done"]]));
        assert_eq!(story.became(other, "status", &json!("resolved")).await, 1, "{other} was resolved once");
    }
    whole.tickets().get(&others[3]).refused(404).await;
    let list = whole.tickets().list("").await;
    assert_eq!(list["count"], 4, "each was filed once: {list}");
    whole.http.drain().await;
    assert_eq!(whole.http.get("/tickets/?status=resolved").await.expect(200).json["count"], 3, "the totals agree");
    (met, story.refused)
}

const SEEDS: [u64; 3] = [1, 2, 3];

async fn seeds(of_hundred: u8, faults: &'static [Fault]) {
    for seed in SEEDS {
        let (met, refused) = play(Weather::new(seed, of_hundred, faults)).await;
        println!("seed {seed}: {met} calls met a fault, and {refused} requests were refused");
        assert!(met > 0, "the weather was bad");
    }
}

#[tokio::test]
async fn answers_that_are_lost_after_the_commit() {
    seeds(40, &[Fault::AnswerLost]).await;
}

#[tokio::test]
async fn three_of_ten_calls_are_throttled() {
    seeds(30, &[Fault::Throttled]).await;
}

#[tokio::test]
async fn transactions_meet_other_writers() {
    seeds(60, &[Fault::Conflict, Fault::CancelledByThrottle, Fault::InProgress]).await;
}

#[tokio::test]
async fn batches_are_answered_by_halves() {
    seeds(100, &[Fault::Unprocessed]).await;
}

#[tokio::test]
async fn calls_that_nothing_answers() {
    let (met, _) = play(Weather::new(SEEDS[0], 4, &[Fault::Silent, Fault::SilentAfter])).await;
    assert!(met > 0, "some calls were not answered");
}

#[tokio::test]
async fn credentials_that_have_expired() {
    seeds(8, &[Fault::Expired]).await;
}

#[tokio::test]
async fn clocks_that_are_off() {
    seeds(8, &[Fault::Skewed]).await;
}

/// The SDK gives up at once on a call that was signed at a wrong time, or with credentials that have expired: the next try
/// would be signed alike. So the request is 503, and whoever repeats it gets through once the time or the credentials are
/// right.
#[tokio::test]
async fn what_is_signed_wrongly_is_not_tried_again() {
    let desk = faulty().await;
    let id = desk.whole.customer().open("help").await;
    for fault in [Fault::Expired, Fault::Skewed] {
        desk.plan(&[("TransactWriteItems", fault); 40]);
        desk.http.tickets().reply(&id, &format!("{fault:?}")).refused(503).await;
        let tries = desk.hit.lock().unwrap().len();
        assert!(tries < 4, "{fault:?} was met {tries} times");
        desk.plan(&[]);
        desk.http.tickets().reply(&id, &format!("{fault:?}")).await;
    }
    assert_eq!(desk.whole.tickets().messages(&id).await["count"], 3);
}

/// A try ends after three seconds, and the SDK tries again: before the commit the write is done then, after it the token finds
/// it.
#[tokio::test]
async fn time_outs_before_and_after_the_commit() {
    let desk = faulty().await;
    let id = desk.whole.customer().open("help").await;
    for (count, fault) in [(2, Fault::Silent), (3, Fault::SilentAfter)] {
        desk.plan(&[("TransactWriteItems", fault)]);
        desk.http.tickets().reply(&id, &format!("{fault:?}")).await;
        assert_eq!(*desk.hit.lock().unwrap(), [fault], "the fault was met");
        assert_eq!(desk.whole.tickets().messages(&id).await["count"], count);
    }
}

#[tokio::test]
async fn everything_at_once() {
    const ALL: [Fault; 7] = [
        Fault::AnswerLost,
        Fault::Throttled,
        Fault::Conflict,
        Fault::CancelledByThrottle,
        Fault::InProgress,
        Fault::Broken,
        Fault::Unprocessed,
    ];
    seeds(30, &ALL).await;
}
