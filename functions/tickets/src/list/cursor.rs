//! Cursors of the list of tickets. They are bound to the filter and the order, and carry the number of tickets that the first
//! page found.

use lambdesk_domain::{Timestamp, project::Project, query::Position};
use lambdesk_http::{Problem, cursor::Seal};
use lambdesk_store::Direction;

/// A number of tickets, and whether it is exact.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Counted {
    pub(super) number: u64,
    pub(super) exact: bool,
}

/// Where a page begins, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Cursor {
    pub(super) direction: Direction,
    pub(super) at: Position,
    pub(super) count: Counted,
    /// The time of the last change that the pages show. A ticket that changes later would be shown again at the end of the
    /// list.
    pub(super) until: Option<Timestamp>,
}

/// Signs and checks cursors of one project, filter and order.
pub(super) struct Binding<'a>(Seal<'a>);

impl<'a> Binding<'a> {
    /// `filter` is the filter and the order as the request wrote them.
    pub(super) fn new(project: &'a Project, filter: &str) -> Self {
        Self(Seal::new(project, "tickets", &filter))
    }

    pub(super) fn write(&self, cursor: &Cursor) -> String {
        let Cursor { direction, at: Position { at, number, id }, count: Counted { number: count, exact }, until } = cursor;
        let way = match direction {
            Direction::Onward => "o",
            Direction::Back => "b",
        };
        let micros = |at: &Option<Timestamp>| at.map_or_else(String::new, |at| at.micros().to_string());
        let (at, until) = (micros(at), micros(until));
        let exact = if *exact { "=" } else { "+" };
        let place = format!("{way}|{at}|{number}|{id}|{exact}|{count}|{until}");
        self.0.write(&place)
    }

    pub(super) fn read(&self, cursor: &str) -> Result<Cursor, Problem> {
        self.0.read(cursor, parse)
    }
}

fn parse(place: &str) -> Option<Cursor> {
    let mut parts = place.split('|');
    let direction = match parts.next()? {
        "o" => Direction::Onward,
        "b" => Direction::Back,
        _ => return None,
    };
    let at = time(parts.next()?)?;
    let at = Position { at, number: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? };
    let exact = parts.next()? == "=";
    let count = Counted { number: parts.next()?.parse().ok()?, exact };
    Some(Cursor { direction, at, count, until: time(parts.next()?)? })
}

/// Reads microseconds. Empty text is no time, `Some(None)`; anything else that is no time is `None`.
#[expect(clippy::option_option, reason = "a time may be missing, and a text may be none")]
fn time(text: &str) -> Option<Option<Timestamp>> {
    match text {
        "" => Some(None),
        micros => Timestamp::from_micros(micros.parse().ok()?).map(Some),
    }
}
