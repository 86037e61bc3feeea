//! Strangers who call as often as they can: where each is refused, and that nobody else is (SECURITY.md has the figures).
//!
//! Here the widget's function runs alone on the desk's table, so that a call may come from any address.

use std::{
    net::SocketAddr,
    sync::{Arc, Mutex},
};

use axum::{
    Router,
    body::{Body, to_bytes},
    extract::{ConnectInfo, Request},
    http::Method,
};
use futures_util::future::join_all;
use lambdesk_domain::limit::Limit;
use lambdesk_http::{Context, limits::CallerKind, metrics::Metrics};
use serde_json::{Value, json};
use tower::ServiceExt;
use uuid::Uuid;

use crate::support::{Desk, Http, Time, desk, desk_at, no_bucket, proof};

/// How often the strangers of a project may call in an hour.
const FLOOD: Limit = Limit::per_hour(50_000);

struct Widget {
    desk: Desk,
    time: Time,
    context: Context,
    routes: Router,
    told: Arc<Mutex<Vec<Value>>>,
}

struct Told {
    status: u16,
    json: Value,
    retry_after: Option<u32>,
    cost: String,
}

impl Widget {
    async fn new() -> Self {
        let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
        let told = Arc::<Mutex<Vec<Value>>>::default();
        let lines = told.clone();
        let metrics = Arc::new(Metrics::written_by(move |line| lines.lock().unwrap().push(line.clone())));
        let mut context = Context::new(desk.running.store.clone());
        context.metrics = metrics;
        let routes = lambdesk_widget::routes(context.clone(), no_bucket());
        Self { desk, time, context, routes, told }
    }

    async fn ask(&self, address: &str, method: Method, path: &str, body: Value) -> Told {
        let path = if path.starts_with("/api") { path.to_owned() } else { format!("/api/conversations/v1/widget{path}") };
        let request = Request::builder().method(method).uri(path).header("content-type", "application/json");
        let request = request.header("x-conversations-token", "wgt_local").header("x-lambdesk-debug", "1");
        let body = if body.is_null() { Body::empty() } else { Body::from(body.to_string()) };
        let mut request = request.body(body).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(address.parse().unwrap(), 1)));
        let response = self.routes.clone().oneshot(request).await.unwrap();
        let header = |name: &str| response.headers().get(name).map(|value| value.to_str().unwrap().to_owned());
        let (status, retry_after, cost) = (response.status().as_u16(), header("retry-after"), header("x-lambdesk-cost"));
        let body = to_bytes(response.into_body(), usize::MAX).await.unwrap();
        let json = serde_json::from_slice(&body).unwrap_or_default();
        Told { status, json, retry_after: retry_after.map(|after| after.parse().unwrap()), cost: cost.unwrap_or_default() }
    }

    async fn list(&self, address: &str, who: &str) -> u16 {
        self.ask(address, Method::GET, &format!("/tickets?{who}"), Value::Null).await.status
    }

    async fn poll(&self, address: &str, ticket: &str, who: &str) -> u16 {
        self.ask(address, Method::GET, &format!("/messages/{ticket}?{who}"), Value::Null).await.status
    }

    async fn open(&self, address: &str, session: &str) -> Told {
        let body = json!({"message": "Hello", "widget_session_id": session, "distinct_id": "ada"});
        self.ask(address, Method::POST, "/message", body).await
    }

    async fn opened(&self, address: &str, session: &str) -> String {
        let told = self.open(address, session).await;
        assert_eq!(told.status, 200, "{}", told.json);
        told.json["ticket_id"].as_str().unwrap().to_owned()
    }

    /// Sends a message that is counted and finds no ticket.
    async fn send(&self, address: &str, session: &str) -> u16 {
        let body = json!({"message": "x", "ticket_id": Uuid::now_v7(), "widget_session_id": session, "distinct_id": "ada"});
        self.ask(address, Method::POST, "/message", body).await.status
    }
}

fn session() -> String {
    Uuid::now_v7().to_string()
}

fn fresh() -> String {
    format!("widget_session_id={}", session())
}

fn verified(distinct_id: &str) -> String {
    format!("identity_distinct_id={distinct_id}&identity_hash={}", proof(distinct_id, "phs_local"))
}

#[tokio::test]
async fn a_flood_from_one_address_ends_there_and_reaches_nobody_else() {
    let widget = Widget::new().await;
    let (attacker, elsewhere) = ("198.51.100.1", "192.0.2.9");
    let (customer, visitor) = (verified("ada"), session());
    let ticket = widget.opened(elsewhere, &visitor).await;
    let others = async || {
        // The verified customer has the same address as the attacker.
        assert_eq!(widget.list(attacker, &customer).await, 200);
        assert_eq!(widget.poll(elsewhere, &ticket, &format!("widget_session_id={visitor}")).await, 200);
        assert_eq!(widget.desk.tickets().list("limit=1").reply().await.status, 200);
    };
    // One address, with a new session for each poll. This must not use up the hour of everyone else.
    for _ in 0..40 {
        let polls = join_all((0..100).map(|_| async { widget.list(attacker, &fresh()).await })).await;
        assert!(polls.iter().all(|status| *status == 200), "an address may poll more often than that: {polls:?}");
        others().await;
        widget.time.pass(5);
    }
    // `limit=0` is refused after the call is counted, and before anything is read.
    let mut polls = 4000;
    while widget.list(attacker, &format!("limit=0&{}", fresh())).await == 400 {
        polls += 1;
    }
    assert_eq!(polls, 20_000, "and no more than that");
    others().await;
    let refused = widget.ask(attacker, Method::GET, &format!("/tickets?{}", fresh()), Value::Null).await;
    assert_eq!((refused.status, refused.cost.contains("rcu=0 wcu=0")), (429, true), "{}", refused.cost);
    assert!(refused.retry_after.is_some_and(|after| (1..=7200).contains(&after)), "{:?}", refused.retry_after);
    assert_eq!(widget.list(elsewhere, &fresh()).await, 200);

    let mut sends = 0;
    while widget.send(attacker, &session()).await == 404 {
        sends += 1;
    }
    assert_eq!(sends, 300, "polls don't count among sends");
    others().await;
    assert_eq!(widget.open(attacker, &session()).await.status, 429);
    assert_eq!(widget.open(elsewhere, &session()).await.status, 200);
    let body = json!({"message": "It is me", "identity_distinct_id": "ada", "identity_hash": proof("ada", "phs_local")});
    assert_eq!(widget.ask(attacker, Method::POST, "/message", body).await.status, 200, "who proved who they are may write");
    widget.time.pass(2 * 3600);
    assert_eq!(widget.open(attacker, &session()).await.status, 200, "an hour later it may again");
    assert!(widget.told.lock().unwrap().is_empty(), "one address is no flood");
}

#[tokio::test]
async fn the_address_is_the_connections() {
    let desk = desk().await;
    let (one, other) = (desk.http.calling_from([127, 0, 0, 2]), desk.http.calling_from([127, 0, 0, 3]));
    let send = async |http: &Http| {
        let claimed = [("x-conversations-token", "wgt_local"), ("x-forwarded-for", "192.0.2.1"), ("forwarded", "for=192.0.2.1")];
        let body = json!({"message": "x", "ticket_id": Uuid::now_v7(), "widget_session_id": session(), "distinct_id": "ada"});
        http.call(reqwest::Method::POST, "/api/conversations/v1/widget/message", &claimed, body).await.status
    };
    for _ in 0..30 {
        let statuses = join_all((0..10).map(|_| async { send(&one).await })).await;
        assert!(statuses.iter().all(|status| *status == 404), "{statuses:?}");
    }
    assert_eq!((send(&one).await, send(&other).await, send(&desk.http).await), (429, 404, 404));
}

#[tokio::test]
async fn each_is_counted_by_what_it_says_of_itself() {
    let widget = Widget::new().await;
    let rounds = async |address: &str, who: &dyn Fn() -> String| {
        let mut count = 0;
        while widget.list(address, &format!("limit=0&{}", who())).await != 429 {
            count += 1;
            assert!(count < 100);
        }
        count
    };
    let (anonymous, customer) = (fresh(), verified("ada"));
    assert_eq!(rounds("192.0.2.1", &|| anonymous.clone()).await, 30, "a session");
    assert_eq!(widget.list("192.0.2.2", &anonymous).await, 429, "wherever it calls from");
    assert_eq!(rounds("192.0.2.1", &|| customer.clone()).await, 30, "an identity");
    assert_eq!(widget.list("192.0.2.2", &customer).await, 429, "wherever it calls from");
    assert_eq!(rounds("192.0.2.3", &String::new).await, 30, "who says nothing, by the address");
    assert_eq!(widget.list("192.0.2.3", "widget_session_id=x").await, 429);
    let forged = format!("identity_distinct_id=ada&identity_hash={}", proof("ada", "phs_other"));
    assert_eq!(widget.list("192.0.2.3", &forged).await, 429, "and who proves nothing");
    assert_eq!(widget.list("192.0.2.3", &fresh()).await, 200, "but not the visitors behind it");
    assert_eq!(widget.list("192.0.2.4", "widget_session_id=x").await, 400);
    for n in 0..30 {
        assert_eq!(widget.list(&format!("2001:db8:0:1::{n:x}"), "x=1").await, 400);
    }
    assert_eq!(widget.list("2001:db8:0:1:ffff::", "x=1").await, 429, "a network of IPv6 is one address");
    assert_eq!(widget.list("2001:db8:0:2::", "x=1").await, 400);
}

#[tokio::test]
async fn a_flood_from_many_addresses_is_told_of_and_closes_the_project_to_new_sessions_only() {
    let widget = Widget::new().await;
    let address = "192.0.2.9";
    let (known, forgotten) = (session(), session());
    let mine = widget.opened(address, &known).await;
    // Opened in another process, so this one has not cached it.
    let sent = json!({"message": "Hi", "widget_session_id": forgotten, "distinct_id": "bo"});
    let theirs = widget.desk.http.widget(Method::POST, "/message", sent).await.expect(200).json;
    let theirs = theirs["ticket_id"].as_str().unwrap();
    let now = widget.context.now();
    for _ in 1..FLOOD.most {
        widget.context.limits.tally(CallerKind::Project, "widget:1", FLOOD, now).unwrap();
    }
    assert_eq!(widget.open(address, &session()).await.status, 429, "the call before was the last of 50,000");
    assert_eq!(widget.told.lock().unwrap().len(), 1);
    assert_eq!(widget.told.lock().unwrap()[0]["WidgetFlood"], 1);

    let refused = widget.open(address, &session()).await;
    assert_eq!((refused.status, refused.cost.contains("rcu=0 wcu=0")), (429, true), "it costs nothing: {}", refused.cost);
    assert!(refused.retry_after.is_some());
    assert_eq!(widget.list(address, &fresh()).await, 429);
    let (me, them) = (format!("widget_session_id={known}"), format!("widget_session_id={forgotten}"));
    for _ in 0..5 {
        assert_eq!(widget.poll(address, &mine, &me).await, 200, "open widgets go on");
    }
    assert_eq!(widget.list(address, &me).await, 200);
    assert_eq!(widget.open(address, &known).await.status, 200, "who holds a ticket may open another");
    assert_eq!(widget.open(address, &forgotten).await.status, 429, "as long as that is not known");
    let append = json!({"message": "more", "ticket_id": theirs, "widget_session_id": forgotten, "distinct_id": "bo"});
    assert_eq!(widget.ask(address, Method::POST, "/message", append).await.status, 200);
    assert_eq!(widget.open(address, &forgotten).await.status, 200, "now it is");
    assert_eq!(widget.poll(address, theirs, &them).await, 200);
    let body = json!({"message": "It is me", "identity_distinct_id": "ada", "identity_hash": proof("ada", "phs_local")});
    assert_eq!(widget.ask(address, Method::POST, "/message", body).await.status, 200, "who proved who they are is no stranger");
    let read = format!("/messages/{mine}/read");
    assert_eq!(widget.ask(address, Method::POST, &read, json!({"widget_session_id": known})).await.status, 200);

    widget.time.pass(61);
    assert_eq!(widget.open(address, &session()).await.status, 429);
    assert_eq!(widget.told.lock().unwrap().len(), 2, "once a minute");
    widget.time.pass(2 * 3600);
    assert_eq!(widget.open(address, &session()).await.status, 200, "it ends by itself");
    assert_eq!(widget.told.lock().unwrap().len(), 2);
}

#[tokio::test]
async fn nobody_uses_up_the_calls_of_a_link_that_is_not_theirs() {
    let widget = Widget::new().await;
    let setting = json!({"conversations_settings": {"satisfaction_survey_days": 1}});
    widget.desk.agent().configure(setting).await;
    let visitor = session();
    let ticket = widget.opened("192.0.2.9", &visitor).await;
    widget.desk.tickets().patch(&ticket, json!({"status": "resolved"})).await;
    widget.time.pass(2 * 24 * 3600);
    widget.desk.http.tick().await;
    let path = format!("/messages/{ticket}?widget_session_id={visitor}");
    let thread = widget.ask("192.0.2.9", Method::GET, &path, Value::Null).await.json;
    let question = thread["messages"].as_array().unwrap().last().unwrap();
    let link = question["rich_content"]["content"][1]["content"][0]["marks"][0]["attrs"]["href"].as_str().unwrap();
    let link = link.strip_prefix("http://localhost").unwrap();
    let (right, _) = link.split_once('?').unwrap();
    let (ticket, _) = right.rsplit_once('/').unwrap();
    for n in 0..40 {
        assert_eq!(widget.ask("198.51.100.1", Method::GET, &format!("{ticket}/{n:032x}"), Value::Null).await.status, 404);
    }
    for n in 0..31 {
        let opened = widget.ask("192.0.2.9", Method::GET, link, Value::Null).await.status;
        assert_eq!(opened, if n < 30 { 200 } else { 429 }, "{n}");
    }
}
