//! Cursors: a cursor is a place in a list, signed by a key of the project together with the list's name. One that was altered,
//! made up, or taken from another project or another list is refused (docs/decisions.md, 32).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_domain::project::Project;
use lambdesk_runtime::crypto;

use crate::problem::Problem;

/// How many bytes of the signature a cursor carries.
const SIGNATURE: usize = 16;

/// Signs and checks the cursors of one list.
#[derive(Debug, Clone)]
pub struct Seal<'a> {
    key: &'a str,
    /// The name of the list, its project, and the ticket or other object that it belongs to.
    list: String,
}

impl<'a> Seal<'a> {
    /// The seal of the list `name` of a project. `of` tells lists of the same name apart, such as by their ticket.
    pub fn new(project: &'a Project, name: &'static str, of: &dyn std::fmt::Display) -> Self {
        Self::with(&project.cursor_key, format!("{name}|{}|{of}", project.id))
    }

    pub(crate) const fn with(key: &'a str, list: String) -> Self {
        Self { key, list }
    }

    fn sign(&self, place: &str) -> [u8; SIGNATURE] {
        // The length of the place comes first, so that no end of a place can pass for the start of a list's name.
        let bound = format!("{}|{place}|{}", place.len(), self.list);
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&crypto::sign(self.key.as_bytes(), bound.as_bytes())[..SIGNATURE]);
        short
    }

    /// The cursor of a place: base64url of the signature and the place.
    pub fn write(&self, place: &str) -> String {
        URL_SAFE_NO_PAD.encode([self.sign(place).as_slice(), place.as_bytes()].concat())
    }

    /// The place of a cursor of this list, parsed by `read`. A wrong signature, or a place that `read` does not understand, is
    /// 400.
    pub fn read<T>(&self, cursor: &str, read: impl Fn(&str) -> Option<T>) -> Result<T, Problem> {
        self.place(cursor)
            .and_then(|place| read(&place))
            .ok_or_else(|| Problem::invalid("cursor", "Is not a cursor of this list."))
    }

    fn place(&self, cursor: &str) -> Option<String> {
        let bytes = URL_SAFE_NO_PAD.decode(cursor).ok()?;
        let (signature, place) = bytes.split_at_checked(SIGNATURE)?;
        let place = std::str::from_utf8(place).ok()?;
        crypto::same(signature, &self.sign(place)).then(|| place.to_owned())
    }
}
