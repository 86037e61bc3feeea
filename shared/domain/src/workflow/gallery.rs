//! The reference workflows, from PostHog's documentation of workflows for Support. Each is the body of a `POST`. They name
//! roles: a project refuses such a workflow until it has a role of that name.

use super::{Definition, Invalid};
use crate::traits::Object;

/// A workflow to start from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The name of its file, without `.json`.
    pub slug: &'static str,
    /// Its JSON, the body of a `POST`.
    pub body: &'static str,
}

macro_rules! examples {
    ($($slug:literal,)+) => {
        [$(Example { slug: $slug, body: include_str!(concat!("gallery/", $slug, ".json")) },)+]
    };
}

/// Opens a pending or resolved ticket when its customer answers. A first project begins with it: without it such an answer
/// waits among the pending tickets, where nobody looks (docs/decisions.md, 74).
pub const REOPEN: &str = "07-reopen-on-customer-reply";

impl Example {
    /// The example of this slug.
    pub fn of(slug: &str) -> Option<Self> {
        GALLERY.into_iter().find(|example| example.slug == slug)
    }

    /// Its name, and what it does. The roles that it names are not known yet.
    pub fn read(&self) -> Result<(String, Definition), Invalid> {
        let body: Object = serde_json::from_str(self.body).unwrap_or_default();
        let name = body.get("name").and_then(|name| name.as_str()).unwrap_or(self.slug).to_owned();
        Ok((name, Definition::parse(&body)?))
    }
}

/// All reference workflows, in the order of PostHog's documentation.
pub const GALLERY: [Example; 11] = examples! {
    "01-sla-by-channel",
    "02-sla-by-priority",
    "03-assign-to-support",
    "04-assign-by-channel",
    "05-open-on-first-reply",
    "06-pending-after-reply",
    "07-reopen-on-customer-reply",
    "08-tag-by-email-domain",
    "09-escalate-high-priority",
    "10-tag-awaiting-customer",
    "11-full-triage",
};

#[cfg(test)]
mod tests;
