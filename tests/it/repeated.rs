//! Every kind of write, each with its answer lost after the commit and repeated by the caller. What is written is what one call
//! writes; the caller gets the same answer, or an error that says that it is done (`repeated.txt`).
//!
//! The answer is lost on three ways: to the caller, to the function, and to the function without any answer until time is out.

use std::collections::BTreeMap;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;
use uuid::Uuid;

use crate::{
    authorization::{
        callers::Caller,
        matrix::{Row, rows},
        things::Things,
    },
    faults::proxy::{Fault, Faulty, faulty_on},
    openapi::{Operation, document, operations},
    support::{Reply, Time, desk_at},
    table::{Item, Table},
};

const FILE: &str = include_str!("repeated.txt");
/// How many routes are tried at once, each on a desk of its own.
const AT_ONCE: usize = 8;
/// The calls that write.
const WRITES: [&str; 5] = ["TransactWriteItems", "PutItem", "UpdateItem", "DeleteItem", "BatchWriteItem"];
/// How many calls fail after the one whose answer is lost, so that the function can't find out what became of it.
const BROKEN: usize = 12;

/// How the answer of the first call is lost.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Lost {
    /// It is not lost. There is one call.
    Not,
    /// The caller does not get it.
    ToCaller,
    /// The function does not get it, and can't ask for it.
    ToFunction,
    /// Nothing answers the function, and it tries again.
    InSilence,
}

impl Lost {
    fn faults(self) -> Vec<(&'static str, Fault)> {
        let of = |call| {
            let (lost, then) = match self {
                Self::Not | Self::ToCaller => return Vec::new(),
                Self::ToFunction => (Fault::AnswerLost, BROKEN),
                Self::InSilence => (Fault::SilentAfter, 0),
            };
            let mut faults = vec![(call, lost)];
            faults.extend(vec![(call, Fault::Broken); then]);
            faults
        };
        WRITES.into_iter().flat_map(of).collect()
    }
}

/// A row of the table.
struct Repeated {
    first: u16,
    again: u16,
    method: String,
    route: String,
    /// Whether a repetition may count as a call of its own. The table says why.
    may_count: bool,
}

fn table() -> Vec<Repeated> {
    let lines = FILE.lines().filter(|line| !line.is_empty() && !line.starts_with('#'));
    let row = |line: &str| {
        let (row, reason) = line.split_once(" # ").map_or((line, None), |(row, reason)| (row, Some(reason)));
        let parts: Vec<_> = row.split_whitespace().collect();
        let [first, again, method, route] = parts.as_slice() else { panic!("repeated.txt: {line}") };
        let status = |text: &str| text.parse().unwrap_or_else(|_| panic!("repeated.txt: {line}"));
        Repeated {
            first: status(first),
            again: status(again),
            method: (*method).to_owned(),
            route: (*route).to_owned(),
            may_count: reason.is_some(),
        }
    };
    lines.map(row).collect()
}

fn writing() -> Vec<Operation> {
    operations(&document()).into_iter().filter(|operation| operation.method != Method::GET).collect()
}

fn is_of(repeated: &Repeated, operation: &Operation) -> bool {
    repeated.route == operation.path && repeated.method == operation.method.as_str()
}

fn takes_key(operation: &Operation) -> bool {
    let parameters = operation.it["parameters"].as_array();
    parameters.is_some_and(|parameters| parameters.iter().any(|parameter| parameter["name"] == "Idempotency-Key"))
}

/// A route on a desk.
struct Trial<'a> {
    desk: Faulty,
    time: Time,
    row: &'a Row,
    repeated: &'a Repeated,
    operation: &'a Operation,
}

impl Trial<'_> {
    fn caller(&self) -> Caller {
        let bearer = match self.operation.credential() {
            Some(("project_secret", _)) => "phs_local",
            _ => "phx_local",
        };
        Caller::tokens(bearer, "wgt_local")
    }

    /// How many items there are of each kind, without what only counts or remembers calls.
    async fn items(&self) -> BTreeMap<String, i64> {
        self.desk.whole.http.drain().await;
        let mut items = BTreeMap::new();
        for item in Table(&self.desk.whole).scan().await {
            if let Some(kind) = kind(&item) {
                *items.entry(kind).or_default() += 1;
            }
        }
        items
    }

    /// Calls once, and again if the answer is lost. Returns what was answered, and how many items of each kind came or went.
    async fn call(&self, lost: Lost) -> (Reply, Option<Reply>, BTreeMap<String, i64>) {
        let (caller, mut things) = (self.caller(), Things::new(&self.desk.whole, &self.time));
        things.prepare(self.row).await;
        let path = format!("{}{}", things.path(&self.row.route, &caller).await, things.filled(&self.row.query, &caller).await);
        let body = things.filled(&self.row.body, &caller).await;
        let body: Value = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).unwrap() };
        let (key, method) = (Uuid::now_v7().to_string(), self.operation.method.clone());
        let mut headers = caller.headers();
        if takes_key(self.operation) {
            headers.push(("idempotency-key", &key));
        }
        let before = self.items().await;
        self.desk.plan(&lost.faults());
        let first = self.desk.http.call(method.clone(), &path, &headers, body.clone()).await;
        self.desk.plan(&[]);
        let again = match lost {
            Lost::Not => None,
            _ => Some(self.desk.http.call(method, &path, &headers, body).await),
        };
        let mut changed = self.items().await;
        for (kind, count) in before {
            *changed.entry(kind).or_default() -= count;
        }
        changed.retain(|_, count| *count != 0);
        (first, again, changed)
    }

    /// What is wrong with a repetition.
    async fn repeat(&self, lost: Lost, once: &BTreeMap<String, i64>) -> Vec<String> {
        let (first, again, changed) = self.call(lost).await;
        let again = again.expect("a second answer");
        let Repeated { first: expected, again: repetition, .. } = *self.repeated;
        let mut wrong = Vec::new();
        let mut differs = |what: &str, got: &Reply, expected: &[u16]| {
            let said: String = got.text.chars().take(160).collect();
            if !expected.contains(&got.status) {
                wrong.push(format!("the {what} call gets {} in place of {expected:?}: {said}", got.status));
            }
        };
        if first.status == 503 && lost == Lost::ToFunction {
            // The first write of a call need not be the one that counts.
            differs("second", &again, &[expected, repetition]);
        } else {
            differs("first", &first, &[expected]);
            let second = if self.repeated.may_count { vec![repetition, expected] } else { vec![repetition] };
            differs("second", &again, &second);
        }
        let twice: BTreeMap<_, _> = once.iter().map(|(kind, count)| (kind.clone(), 2 * count)).collect();
        if changed != *once && !(self.repeated.may_count && changed == twice) {
            wrong.push(format!("it changed {changed:?}, and one call changes {once:?}"));
        }
        wrong.into_iter().map(|wrong| format!("{lost:?}: {wrong}")).collect()
    }

    async fn run(&self) -> Vec<String> {
        // The first call of a project also makes what a project has once.
        self.call(Lost::Not).await;
        let (only, _, once) = self.call(Lost::Not).await;
        let mut wrong = Vec::new();
        if only.status != self.repeated.first {
            wrong.push(format!("a call gets {}: {}", only.status, only.text));
        }
        for lost in [Lost::ToCaller, Lost::ToFunction, Lost::InSilence] {
            // The calls so far are none that a limit on those of a minute still counts.
            self.time.pass(120);
            wrong.extend(self.repeat(lost, &once).await);
        }
        wrong.into_iter().map(|wrong| format!("{} {}: {wrong}", self.repeated.method, self.repeated.route)).collect()
    }
}

/// The kind of an item: its key without ids and numbers. `None` for what only counts or remembers calls.
fn kind(item: &Item) -> Option<String> {
    let part = |name: &str| {
        let text = item[name].as_s().unwrap();
        let parts: Vec<_> = text
            .split('#')
            .map(|part| if part.chars().all(|c| c.is_ascii_uppercase() || c == '~') { part } else { "*" })
            .collect();
        parts.join("#")
    };
    let counts = item["PK"].as_s().unwrap();
    let counts = counts.contains("#V#") || ["W#", "I#", "S#"].iter().any(|start| counts.starts_with(start));
    (!counts).then(|| format!("{} {}", part("PK"), part("SK")))
}

async fn try_route(row: &Row, repeated: &Repeated, operation: &Operation) -> Vec<String> {
    let (whole, time) = desk_at("2026-03-02T10:00:10Z").await;
    let told = time.clone();
    let desk = faulty_on(whole, move || told.now()).await;
    Trial { desk, time, row, repeated, operation }.run().await
}

#[test]
fn every_write_says_what_its_repetition_gets() {
    let (table, writing) = (table(), writing());
    let new = writing.iter().filter(|operation| !table.iter().any(|row| is_of(row, operation)));
    let new: Vec<_> = new.map(|it| format!("200 200  {:<6} {}", it.method.as_str(), it.path)).collect();
    assert!(
        new.is_empty(),
        "routes without a row in tests/it/repeated.txt, whose head says what the cells mean:\n{}",
        new.join("\n")
    );
    for row in &table {
        let count = writing.iter().filter(|operation| is_of(row, operation)).count();
        let same = table.iter().filter(|it| it.route == row.route && it.method == row.method).count();
        assert_eq!(
            (count, same),
            (1, 1),
            "{} {} of repeated.txt is no write of openapi.json, or there twice",
            row.method,
            row.route
        );
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn each_write_whose_answer_is_lost_happens_once() {
    let (table, writing, rows) = (table(), writing(), rows());
    let trials = writing.iter().map(|operation| {
        let row = rows.iter().find(|row| row.route == operation.path && row.method == operation.method.as_str());
        let repeated = table.iter().find(|row| is_of(row, operation)).expect("a row of repeated.txt");
        Box::pin(try_route(row.expect("a row of matrix.txt"), repeated, operation))
    });
    let wrong: Vec<String> = stream::iter(trials).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat();
    assert!(wrong.is_empty(), "{} wrong:\n{}", wrong.len(), wrong.join("\n"));
}
