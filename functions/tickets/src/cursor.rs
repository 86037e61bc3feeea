//! Cursors: a place in a list, signed with a key of the project over filter and order, so that one that was bent, made up,
//! or taken from another project or another filter is refused (decision 32). It also carries what the first page found out
//! about the number of tickets.

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_domain::{Timestamp, project::Project, query::Place};
use lambdesk_http::Problem;
use lambdesk_store::{Direction, crypto};

use crate::list::Counted;

/// How many bytes of the signature a cursor carries.
const SIGNATURE: usize = 16;

/// Where a page begins, and which way it goes.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Cursor {
    pub(crate) direction: Direction,
    pub(crate) at: Place,
    pub(crate) count: Counted,
    /// The last change that the walk shows; what changes after that would come by again at its end.
    pub(crate) until: Option<Timestamp>,
}

/// What a cursor is bound to.
pub(crate) struct Binding<'a> {
    pub(crate) project: &'a Project,
    /// Filter and order as they were written.
    pub(crate) filter: &'a str,
}

impl Binding<'_> {
    fn sign(&self, place: &str) -> [u8; SIGNATURE] {
        let bound = format!("tickets|{}|{}|{place}", self.project.id, self.filter);
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&crypto::sign(self.project.cursor_key.as_bytes(), bound.as_bytes())[..SIGNATURE]);
        short
    }

    pub(crate) fn write(&self, cursor: &Cursor) -> String {
        let Cursor { direction, at: Place { at, number, id }, count: Counted { number: count, exact }, until } = cursor;
        let way = match direction {
            Direction::Onward => "o",
            Direction::Back => "b",
        };
        let micros = |at: &Option<Timestamp>| at.map_or_else(String::new, |at| at.micros().to_string());
        let (at, until) = (micros(at), micros(until));
        let exact = if *exact { "=" } else { "+" };
        let place = format!("{way}|{at}|{number}|{id}|{exact}|{count}|{until}");
        URL_SAFE_NO_PAD.encode([self.sign(&place).as_slice(), place.as_bytes()].concat())
    }

    pub(crate) fn read(&self, cursor: &str) -> Result<Cursor, Problem> {
        self.parse(cursor).ok_or_else(|| Problem::invalid("cursor", "Is not a cursor of this list."))
    }

    fn parse(&self, cursor: &str) -> Option<Cursor> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE)?;
        let place = std::str::from_utf8(place).ok()?;
        if !crypto::same(signature, &self.sign(place)) {
            return None;
        }
        let mut parts = place.split('|');
        let direction = match parts.next()? {
            "o" => Direction::Onward,
            "b" => Direction::Back,
            _ => return None,
        };
        let at = time(parts.next()?)?;
        let at = Place { at, number: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? };
        let exact = parts.next()? == "=";
        let count = Counted { number: parts.next()?.parse().ok()?, exact };
        Some(Cursor { direction, at, count, until: time(parts.next()?)? })
    }
}

/// Microseconds, or nothing.
#[expect(clippy::option_option, reason = "a time may be missing, and a text may be none")]
fn time(text: &str) -> Option<Option<Timestamp>> {
    match text {
        "" => Some(None),
        micros => Timestamp::from_micros(micros.parse().ok()?).map(Some),
    }
}
