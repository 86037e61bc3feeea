//! Cursors: a place in a list, signed with a key of the project over the list, so that one that was bent, made up, or taken from
//! another project or another list is refused (decision 32).

use base64::{Engine, engine::general_purpose::URL_SAFE_NO_PAD};
use lambdesk_domain::project::Project;
use lambdesk_store::crypto;

use crate::problem::Problem;

/// How many bytes of the signature a cursor carries.
const SIGNATURE: usize = 16;

/// What the cursors of a list are bound to.
#[derive(Debug, Clone)]
pub struct Seal<'a> {
    key: &'a str,
    /// Which project's list it is, which of those, and of what.
    list: String,
}

impl<'a> Seal<'a> {
    /// The seal of a list by this name, of a ticket or whatever else tells it from others by that name.
    pub fn new(project: &'a Project, name: &'static str, of: &dyn std::fmt::Display) -> Self {
        Self::with(&project.cursor_key, format!("{name}|{}|{of}", project.id))
    }

    pub(crate) const fn with(key: &'a str, list: String) -> Self {
        Self { key, list }
    }

    fn sign(&self, place: &str) -> [u8; SIGNATURE] {
        // With its length before it, no place can be taken for the end of a list's name.
        let bound = format!("{}|{place}|{}", place.len(), self.list);
        let mut short = [0; SIGNATURE];
        short.copy_from_slice(&crypto::sign(self.key.as_bytes(), bound.as_bytes())[..SIGNATURE]);
        short
    }

    /// The cursor of a place.
    pub fn write(&self, place: &str) -> String {
        URL_SAFE_NO_PAD.encode([self.sign(place).as_slice(), place.as_bytes()].concat())
    }

    /// The place of a cursor of this list, as `read` understands it.
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
