//! Hostile text in every place of every operation of openapi.json that takes text. It is answered as it was sent, or it is
//! refused with an error that names the field, and then nothing has changed. It is in no log, and no name of an attribute.
//!
//! Whom a call is by and what it is about is that of `authorization/matrix.txt`, which has a row for every operation.

mod bodies;
mod exceptions;
mod fields;
mod left;
mod parameters;
mod refusals;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use crate::{
    authorization::{
        callers::{Caller, caller},
        matrix::{Row, rows},
        things::Things,
    },
    openapi::{Operation, document, operations},
    support::{Desk, Http, Reply, Time, desk_at},
    table::Table,
};

/// How many operations are tried at once, each on a desk of its own.
const AT_ONCE: usize = 4;
/// A minute and a second, after which no limit of calls is in the way.
const MINUTE: i64 = 61;
const ADDRESSES: &str = "/api/projects/{project_id}/conversations/email/addresses";

/// What one operation is tried with.
struct Trial<'a> {
    desk: Desk,
    /// The desk, for who looks where an answer leads.
    http: Http,
    time: Time,
    row: &'a Row,
    operation: &'a Operation,
    /// Every operation there is.
    operations: &'a [Operation],
    caller: Caller,
}

/// A call that is about to be made.
struct Call {
    path: String,
    /// With its question mark.
    query: String,
    header: Option<(String, String)>,
    body: String,
}

impl<'a> Trial<'a> {
    async fn new(row: &'a Row, operation: &'a Operation, operations: &'a [Operation]) -> Self {
        let (desk, time) = desk_at("2026-03-02T10:00:10Z").await;
        let column = match operation.credential() {
            Some(("widget_token", _)) => "widget",
            Some(("project_secret", _)) => "secret",
            _ => "admin",
        };
        let caller = caller(&desk, &time, operation, column).await;
        let http = desk.http.without_redirects();
        Self { desk, http, time, row, operation, operations, caller }
    }

    /// What the calls are about.
    async fn things(&self) -> Things<'_> {
        let mut things = Things::new(&self.desk, &self.time);
        things.prepare(self.row).await;
        things
    }

    /// The row's call with this body.
    async fn call(&self, things: &mut Things<'_>, body: &str) -> Call {
        self.time.pass(MINUTE);
        things.renew();
        Call {
            path: things.path(&self.row.route, &self.caller).await,
            query: things.filled(&self.row.query, &self.caller).await,
            header: None,
            body: things.filled(body, &self.caller).await,
        }
    }

    async fn send(&self, call: &Call) -> Reply {
        let mut headers = self.caller.headers();
        headers.extend([("content-type", "application/json"), ("x-lambdesk-debug", "1")]);
        headers.extend(call.header.iter().map(|(name, value)| (name.as_str(), value.as_str())));
        let path = format!("{}{}", call.path, call.query);
        self.http.raw(self.operation.method.clone(), &path, &headers, call.body.clone().into_bytes()).await
    }

    /// What a call that was refused has changed, if it wrote anything. Reading all of the table each time would take long.
    async fn changed(&self, call: &Call, reply: &Reply) -> Option<String> {
        if reply.status < 400 || reply.cost().wcu == 0.0 {
            return None;
        }
        self.desk.http.drain().await;
        let before = Table(&self.desk).digest().await;
        self.send(call).await;
        self.desk.http.drain().await;
        let after = Table(&self.desk).digest().await;
        // A session notes when it was last used.
        let changed = before.symmetric_difference(&after).find(|item| !item.contains("S(\"S#"));
        changed.map(|item| format!("a refused call changed {}", item.chars().take(400).collect::<String>()))
    }

    /// A project has at most ten addresses, and the first one stays.
    async fn make_room(&self, reply: &Reply) {
        if self.row.route == ADDRESSES && reply.status == 201 {
            let path = format!("/projects/1/conversations/email/addresses/{}/", reply.json["id"].as_str().expect("an id"));
            self.desk.admin(Method::DELETE, &path, Value::Null).await;
        }
    }
}

/// Each operation with its row, tried by this.
async fn everywhere(try_one: impl AsyncFn(Trial<'_>, &Value) -> Vec<String>) {
    let document = document();
    let (rows, operations) = (rows(), operations(&document));
    let row_of = |it: &Operation| {
        let row = rows.iter().find(|row| row.route == it.path && row.method == it.method.as_str());
        row.unwrap_or_else(|| panic!("{} {} has no row in authorization/matrix.txt", it.method, it.path))
    };
    let trials = operations.iter().map(|operation| (row_of(operation), operation));
    let trials = trials.map(async |(row, operation)| {
        let wrong = try_one(Trial::new(row, operation, &operations).await, &document).await;
        wrong.into_iter().map(|wrong| format!("{} {}: {wrong}", row.method, row.route)).collect::<Vec<_>>()
    });
    let trials = trials.map(Box::pin);
    let wrong = stream::iter(trials).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat();
    assert!(wrong.is_empty(), "{} are wrong:\n{}", wrong.len(), wrong.join("\n"));
}

#[tokio::test(flavor = "multi_thread")]
async fn every_text_is_shown_as_it_was_sent_or_refused_by_its_name() {
    everywhere(async |trial, document| {
        let mut wrong = trial.try_fields(document).await;
        wrong.extend(left::left_behind(&trial.desk).await);
        wrong
    })
    .await;
}

#[tokio::test(flavor = "multi_thread")]
async fn every_parameter_takes_any_text_or_is_refused_by_its_name() {
    everywhere(async |trial, _| {
        let mut wrong = trial.try_parameters().await;
        wrong.extend(left::left_behind(&trial.desk).await);
        wrong
    })
    .await;
}

/// So that no line lets through what it was not written for.
#[test]
fn every_exception_is_of_a_field_that_there_is() {
    let document = document();
    let operations = operations(&document);
    for (route, begin) in exceptions::all() {
        let of_route = operations.iter().filter(|it| it.path == route);
        let mut fields = of_route.flat_map(|it| fields::fields(&document, &it.path, &it.it));
        assert!(fields.any(|field| field.named().starts_with(begin)), "{route} has no field {begin}");
    }
}
