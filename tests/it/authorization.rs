//! Who may call what: every route of `openapi.json`, called by every kind of caller, answers what `authorization/matrix.txt` says.
//! A call that is refused changes nothing.
//!
//! The tests fail for a route without a row, so whoever adds a route says who may call it.

pub(crate) mod callers;
pub(crate) mod matrix;
pub(crate) mod things;

use futures_util::{StreamExt as _, stream};
use reqwest::Method;
use serde_json::Value;

use crate::{
    openapi::{Operation, document, operations},
    support::{Desk, Time, desk_at},
    table::Table,
};
use callers::{Caller, caller};
use matrix::{COLUMNS, Row, rows, suggestion};
use things::Things;

/// How many routes are tried at once, each on a desk of its own.
const AT_ONCE: usize = 4;

/// What one route is tried with.
struct Trial<'a> {
    desk: Desk,
    time: Time,
    row: &'a Row,
    operation: &'a Operation,
}

impl Trial<'_> {
    /// The status of the answer to this caller, and the answer.
    async fn call(&self, things: &mut Things<'_>, caller: &Caller) -> (u16, String) {
        let path = things.path(&self.row.route, caller).await;
        let query = things.filled(&self.row.query, caller).await;
        let body = things.filled(&self.row.body, caller).await;
        let body = if body.is_empty() { Value::Null } else { serde_json::from_str(&body).expect("a body of JSON") };
        let method: Method = self.row.method.parse().expect("a method");
        let reply = self.desk.http.without_redirects().call(method, &format!("{path}{query}"), &caller.headers(), body).await;
        (reply.status, reply.text)
    }

    async fn caller(&self, column: &str) -> Caller {
        caller(&self.desk, &self.time, self.operation, column).await
    }

    fn differs(&self, column: &str, expected: u16, (status, text): (u16, String)) -> Option<String> {
        let Row { method, route, .. } = self.row;
        let said: String = text.chars().take(160).collect();
        (status != expected).then(|| format!("{method} {route}: {column} should get {expected} and gets {status}: {said}"))
    }

    /// Whoever is refused tries the same things, one after the other. Then the table is as it was.
    async fn refused(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        let mut things = Things::new(&self.desk, &self.time);
        things.prepare(self.row).await;
        let mut callers = Vec::new();
        let mut cells: Vec<_> = self.row.cells().filter(|(_, expected)| *expected >= 400).collect();
        // A session ends by time, and the others begin after that.
        cells.sort_by_key(|(column, _)| *column != "expired");
        for (column, expected) in cells {
            callers.push((column, expected, self.caller(column).await));
        }
        self.desk.http.drain().await;
        let before = Table(&self.desk).digest().await;
        for (column, expected, caller) in &callers {
            wrong.extend(self.differs(column, *expected, self.call(&mut things, caller).await));
        }
        self.desk.http.drain().await;
        let after = Table(&self.desk).digest().await;
        let changed: Vec<_> =
            before.symmetric_difference(&after).map(|item| item.chars().take(400).collect::<String>()).collect();
        if !changed.is_empty() {
            wrong.push(format!("{} {}: a refused call changed {changed:#?}", self.row.method, self.row.route));
        }
        wrong
    }

    /// Whoever is let in tries things of their own, since a call may remove them.
    async fn admitted(&self) -> Vec<String> {
        let mut wrong = Vec::new();
        for (column, expected) in self.row.cells().filter(|(_, expected)| *expected < 400) {
            let mut things = Things::new(&self.desk, &self.time);
            things.prepare(self.row).await;
            let caller = self.caller(column).await;
            wrong.extend(self.differs(column, expected, self.call(&mut things, &caller).await));
        }
        wrong
    }
}

async fn try_route(row: &Row, operation: &Operation) -> Vec<String> {
    let (desk, time) = desk_at("2026-03-02T10:00:10Z").await;
    let trial = Trial { desk, time, row, operation };
    let mut wrong = trial.refused().await;
    wrong.extend(trial.admitted().await);
    wrong
}

#[test]
fn every_route_has_a_row_and_every_row_a_route() {
    let (rows, operations) = (rows(), operations(&document()));
    let is_of = |row: &Row, operation: &Operation| row.route == operation.path && row.method == operation.method.as_str();
    let new: Vec<_> = operations.iter().filter(|it| !rows.iter().any(|row| is_of(row, it))).map(suggestion).collect();
    assert!(
        new.is_empty(),
        "routes without a row in tests/it/authorization/matrix.txt. Add these lines, after a look at each cell; the file's head \
         says how:\n{}",
        new.join("\n")
    );
    for row in &rows {
        let here = operations.iter().any(|it| is_of(row, it));
        assert!(here, "matrix.txt, line {}: openapi.json has no {} {}; remove the row", row.line, row.method, row.route);
        let same = rows.iter().filter(|it| it.route == row.route && it.method == row.method).count();
        assert_eq!(same, 1, "matrix.txt, line {}: {} {} has two rows", row.line, row.method, row.route);
    }
}

/// The rules behind the table, so that a wrong answer can't be made right by a wrong cell.
#[test]
fn the_table_lets_nobody_in_whom_the_rules_keep_out() {
    let rows = rows();
    for operation in operations(&document()) {
        for row in rows.iter().filter(|row| row.route == operation.path && row.method == operation.method.as_str()) {
            matrix::check(row, &operation);
        }
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn every_route_answers_each_caller_as_the_table_says() {
    let (rows, operations) = (rows(), operations(&document()));
    let of = |row: &Row| operations.iter().find(|it| it.path == row.route && it.method.as_str() == row.method);
    let trials = rows.iter().filter_map(|row| Some((row, of(row)?)));
    let trials = trials.map(|(row, operation)| Box::pin(try_route(row, operation)));
    let wrong: Vec<String> = stream::iter(trials).buffer_unordered(AT_ONCE).collect::<Vec<_>>().await.concat();
    assert!(
        wrong.is_empty(),
        "{} of {} cells differ. Mend the desk; or the cell in tests/it/authorization/matrix.txt, if the answer is meant:\n{}",
        wrong.len(),
        rows.len() * COLUMNS.len(),
        wrong.join("\n")
    );
}
