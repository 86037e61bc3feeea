//! Cursors: a place between two tickets, signed with a key of the project over filter and order, so that one that was
//! bent, made up, or taken from another project or another filter is refused (decision 32).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_domain::{Timestamp, project::Project, ticket::Status};
use lambdesk_http::Problem;
use lambdesk_store::{Direction, Position, crypto};

/// How many bytes of the signature a cursor carries.
const SIGNATURE: usize = 16;

/// What a cursor is bound to.
pub(crate) struct Binding<'a> {
    pub(crate) project: &'a Project,
    pub(crate) statuses: &'a [Status],
}

impl Binding<'_> {
    fn sign(&self, place: &str) -> [u8; SIGNATURE] {
        let statuses: Vec<_> = self.statuses.iter().map(|status| status.name()).collect();
        let bound = format!("tickets|{}|-updated_at|{}|{place}", self.project.id, statuses.join(","));
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&crypto::sign(self.project.cursor_key.as_bytes(), bound.as_bytes())[..SIGNATURE]);
        short
    }

    pub(crate) fn write(&self, direction: Direction, at: Position) -> String {
        let way = match direction {
            Direction::Older => "o",
            Direction::Newer => "n",
        };
        let place = format!("{way}|{}|{}|{}", at.updated_at.micros(), at.number, at.id);
        URL_SAFE_NO_PAD.encode([self.sign(&place).as_slice(), place.as_bytes()].concat())
    }

    pub(crate) fn read(&self, cursor: &str) -> Result<(Direction, Position), Problem> {
        self.parse(cursor).ok_or_else(|| Problem::invalid("cursor", "Is not a cursor of this list."))
    }

    fn parse(&self, cursor: &str) -> Option<(Direction, Position)> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE)?;
        let place = std::str::from_utf8(place).ok()?;
        if !crypto::same(signature, &self.sign(place)) {
            return None;
        }
        let mut parts = place.split('|');
        let direction = match parts.next()? {
            "o" => Direction::Older,
            "n" => Direction::Newer,
            _ => return None,
        };
        let updated_at = Timestamp::from_micros(parts.next()?.parse().ok()?)?;
        Some((direction, Position { updated_at, number: parts.next()?.parse().ok()?, id: parts.next()?.parse().ok()? }))
    }
}
