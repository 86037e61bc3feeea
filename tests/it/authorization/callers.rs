//! The kinds of callers. Each is made anew for a call, since a call may end its caller's own session or key.

use lambdesk_domain::UserId;
use lambdesk_store::Device;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    openapi::Operation,
    sessions::{OWN, sign_in},
    support::{Desk, Time},
};

/// How long a session may be idle, and an hour more.
const IDLE: i64 = 13 * 3600;
const EVERYTHING: [&str; 3] = ["ticket:write", "project:write", "workflow:write"];

/// What a link has that leads to something without another credential.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Link {
    /// What the desk gave out.
    Right,
    /// Something else.
    Garbage,
    /// What the desk gave out to somebody else.
    OfAnother,
}

/// The page on which the widget is.
pub(super) const PAGE: &str = "https://shop.example.com/";

/// Who calls.
pub(crate) struct Caller {
    headers: Vec<(&'static str, String)>,
    /// The browser session, unless it is that of the ticket's customer.
    pub(crate) session: Option<String>,
    pub(crate) link: Link,
}

impl Caller {
    pub(crate) fn headers(&self) -> Vec<(&str, &str)> {
        self.headers.iter().map(|(name, value)| (*name, value.as_str())).collect()
    }

    fn with(headers: Vec<(&'static str, String)>) -> Self {
        Self { headers, session: None, link: Link::Right }
    }

    fn key(value: &str) -> Self {
        Self::with(vec![("authorization", format!("Bearer {value}"))])
    }

    /// A token in both places where a token may be.
    pub(crate) fn tokens(bearer: &str, widget: &str) -> Self {
        let page = ("origin", PAGE.trim_end_matches('/').to_owned());
        Self::with(vec![("authorization", format!("Bearer {bearer}")), ("x-conversations-token", widget.to_owned()), page])
    }

    fn cookie(cookie: String) -> Self {
        let own = |(name, value): (&'static str, &str)| (name, value.to_owned());
        Self::with(vec![("cookie", cookie), own(OWN), own(("sec-fetch-site", "same-origin"))])
    }
}

/// A caller of this column.
pub(crate) async fn caller(desk: &Desk, time: &Time, operation: &Operation, column: &str) -> Caller {
    match column {
        "nobody" => Caller::with(Vec::new()),
        "garbage" => Caller { link: Link::Garbage, ..Caller::tokens("phx_garbage", "wgt_garbage") },
        "widget" => Caller::tokens("wgt_local", "wgt_local"),
        "customer" => {
            let session = Some(Uuid::now_v7().to_string());
            Caller { session, link: Link::OfAnother, ..Caller::tokens("wgt_local", "wgt_local") }
        }
        "project" => Caller::tokens("phx_other", "wgt_other"),
        "secret" => Caller::tokens("phs_local", "phs_local"),
        "reader" => Caller::key(&key(desk, &["ticket:read", "project:read", "workflow:read"]).await),
        "scope" => Caller::key(&key(desk, &all_but_one(operation)).await),
        "revoked" => Caller::key(&revoked(desk).await),
        "left" => {
            let (user, _) = member(desk, "admin").await;
            let session = session_of(desk, user).await;
            desk.agent().members().delete(user).await;
            session
        }
        "made" => Caller::key(&made_by_who_left(desk).await),
        "expired" => {
            let session = Caller::cookie(sign_in(&desk.http).await);
            time.pass(IDLE);
            session
        }
        "agent" => session_of(desk, member(desk, "agent").await.0).await,
        "admin" => Caller::cookie(sign_in(&desk.http).await),
        other => panic!("say in callers.rs who calls in column {other}"),
    }
}

/// Every scope but one that the operation requires.
fn all_but_one(operation: &Operation) -> Vec<&'static str> {
    let needed = operation.credential().and_then(|(_, scopes)| scopes.first().copied()).unwrap_or_default();
    let object = |scope: &str| scope.split(':').next().map(str::to_owned);
    EVERYTHING.into_iter().filter(|scope| object(scope) != object(needed)).collect()
}

async fn key(desk: &Desk, scopes: &[&str]) -> String {
    desk.key(json!({"label": "k", "scopes": scopes})).await
}

async fn revoked(desk: &Desk) -> String {
    let made = json!({"label": "k", "scopes": EVERYTHING});
    let made = desk.admin(Method::POST, "/personal_api_keys/", made).await.expect(201).json;
    let path = format!("/personal_api_keys/{}/", made["id"].as_str().unwrap());
    desk.admin(Method::DELETE, &path, Value::Null).await.expect(204);
    made["value"].as_str().unwrap().to_owned()
}

/// A key that an administrator made for another one, and then left.
async fn made_by_who_left(desk: &Desk) -> String {
    let ((maker, _), (user, _)) = (member(desk, "admin").await, member(desk, "admin").await);
    let own = desk.key(json!({"label": "k", "scopes": EVERYTHING, "user": maker})).await;
    let made = json!({"label": "k", "scopes": EVERYTHING, "user": user});
    let made = desk.by(&own, Method::POST, "/personal_api_keys/", made).await.expect(201).json;
    desk.agent().members().delete(maker).await;
    made["value"].as_str().unwrap().to_owned()
}

/// Adds a member with this access to project 1, and returns their id and address.
pub(super) async fn member(desk: &Desk, access: &str) -> (u32, String) {
    let email = format!("{}@example.com", Uuid::now_v7());
    let member = desk.agent().members().create(json!({"email": email, "first_name": "M", "access": access})).await;
    (u32::try_from(member["id"].as_u64().unwrap()).unwrap(), email)
}

async fn session_of(desk: &Desk, user: u32) -> Caller {
    let opened = desk.running.store.sign_ins().open(UserId(user), Device::default()).await.unwrap();
    Caller::cookie(format!("lambdesk_local={}", opened.token))
}
