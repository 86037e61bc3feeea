//! The domain of the desk's e-mail addresses.

use crate::Problem;

/// The domain of the desk's addresses.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MailDomain(Option<String>);

impl MailDomain {
    /// The domain of this name; if it is empty, the desk has no e-mail.
    pub fn new(name: &str) -> Self {
        Self(Some(name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty()))
    }

    /// Its name; `None` on a desk without e-mail.
    pub fn known(&self) -> Option<&str> {
        self.0.as_deref()
    }

    /// Its name. A desk without e-mail is 404.
    pub fn name(&self) -> Result<&str, Problem> {
        self.known().ok_or(Problem::NotFound("This desk has no e-mail."))
    }
}
