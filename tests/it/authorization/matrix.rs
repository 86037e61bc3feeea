//! The table of who gets which answer, as a file that people read.

use std::fs;

use crate::openapi::Operation;

const FILE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/it/authorization/matrix.txt");

/// The columns, as the table's head names them.
pub(super) const COLUMNS: [&str; 14] = [
    "nobody", "garbage", "widget", "customer", "project", "reader", "scope", "revoked", "left", "made", "expired", "agent",
    "admin", "secret",
];

/// One route.
pub(crate) struct Row {
    pub(crate) line: usize,
    pub(crate) method: String,
    pub(crate) route: String,
    /// With its question mark.
    pub(crate) query: String,
    statuses: [u16; COLUMNS.len()],
    pub(crate) body: String,
}

impl Row {
    /// The columns, each with the status that is expected.
    pub(super) fn cells(&self) -> impl Iterator<Item = (&'static str, u16)> {
        COLUMNS.into_iter().zip(self.statuses)
    }

    fn cell(&self, column: &str) -> u16 {
        self.cells().find(|(name, _)| *name == column).expect("a column").1
    }

    fn parse(line: usize, text: &str) -> Self {
        let said = |what: &str| format!("matrix.txt, line {line}: {what}");
        let (cells, target) = text.split_once("  ").unwrap_or_else(|| panic!("{}", said("two spaces before the method")));
        let statuses: Vec<u16> = cells.split(' ').filter_map(|cell| cell.parse().ok()).collect();
        let count = statuses.len();
        let statuses = statuses.try_into().unwrap_or_else(|_| {
            panic!("{}", said(&format!("{count} cells are set and {} are needed, one for each column", COLUMNS.len())))
        });
        let (method, target) = target.split_once(' ').unwrap_or_else(|| panic!("{}", said("a method and a route")));
        let (route, body) = target.trim_start().split_once(' ').unwrap_or((target.trim(), ""));
        let (path, query) = route.split_at(route.find('?').unwrap_or(route.len()));
        let own = |text: &str| text.to_owned();
        Self { line, method: own(method), route: own(path), query: own(query), statuses, body: own(body.trim()) }
    }
}

/// Every row of the file.
pub(crate) fn rows() -> Vec<Row> {
    let file = fs::read_to_string(FILE).expect("the table");
    let head = file.lines().filter_map(|line| line.strip_prefix("#   ")).filter_map(|line| line.split(' ').next());
    assert_eq!(head.collect::<Vec<_>>(), COLUMNS, "the head of matrix.txt explains each column, in their order");
    let mut lines = file.lines().enumerate().filter(|(_, text)| !text.is_empty() && !text.starts_with('#'));
    let short = COLUMNS.map(|column| &column[..3]).join(" ");
    assert_eq!(lines.next().map(|(_, text)| text), Some(short.as_str()), "the first row of matrix.txt heads the columns");
    lines.map(|(at, text)| Row::parse(at + 1, text)).collect()
}

/// The credential that an operation wants, and what a key then needs.
struct Wants<'a> {
    scheme: Option<&'a str>,
    scopes: Vec<&'a str>,
    in_project: bool,
}

impl<'a> Wants<'a> {
    fn of(operation: &'a Operation) -> Self {
        let (scheme, scopes) = operation.credential().map_or((None, Vec::new()), |(scheme, scopes)| (Some(scheme), scopes));
        Self { scheme, scopes, in_project: operation.path.contains("{project_id}") }
    }

    fn writes(&self) -> bool {
        self.scopes.iter().any(|scope| scope.ends_with(":write"))
    }

    fn is_for_administrators(&self) -> bool {
        self.scopes.iter().any(|scope| ["project:write", "workflow:write"].contains(scope))
    }

    /// What the rules say about a column: the status of a refusal, or `None` if they let the caller in or leave it open.
    fn refusal(&self, column: &str) -> Option<u16> {
        let no_credential = match self.scheme? {
            "widget_token" => 403,
            _ => 401,
        };
        let knows = match self.scheme? {
            "widget_token" => ["widget", "customer", "project"].contains(&column),
            "project_secret" => column == "secret",
            _ => !["nobody", "garbage", "widget", "customer", "secret", "revoked", "expired"].contains(&column),
        };
        match column {
            _ if !knows => Some(no_credential),
            "scope" if !self.scopes.is_empty() => Some(403),
            "reader" if self.writes() => Some(403),
            "agent" if self.is_for_administrators() => Some(403),
            "project" | "left" | "made" if self.in_project => Some(404),
            _ => None,
        }
    }
}

/// A row for a new operation, as the rules of the desk have it.
pub(super) fn suggestion(operation: &Operation) -> String {
    let wants = Wants::of(operation);
    let responses = operation.it["responses"].as_object().expect("responses");
    let success = responses.keys().find_map(|status| status.parse().ok()).unwrap_or(200);
    let cells: Vec<_> = COLUMNS.iter().map(|column| wants.refusal(column).unwrap_or(success).to_string()).collect();
    let body = if operation.it.get("requestBody").is_some() { " {\"a\": \"body that is accepted\"}" } else { "" };
    format!("{}  {:<6} {}{body}", cells.join(" "), operation.method.as_str(), operation.path)
}

/// Panics if a row lets somebody in whom the rules keep out, or nobody at all.
pub(super) fn check(row: &Row, operation: &Operation) {
    let (line, route) = (row.line, format!("{} {}", row.method, row.route));
    let wants = Wants::of(operation);
    for (column, status) in row.cells() {
        if let Some(refusal) = wants.refusal(column) {
            let hides = refusal == 403 && status == 404;
            assert!(status == refusal || hides, "matrix.txt, line {line}: {route}: {column} must get {refusal}, not {status}");
        }
    }
    let admitted = match wants.scheme {
        Some("widget_token") => "widget",
        Some("project_secret") => "secret",
        _ => "admin",
    };
    assert!(row.cell(admitted) < 400, "matrix.txt, line {line}: {route}: {admitted} must be let in");
}
