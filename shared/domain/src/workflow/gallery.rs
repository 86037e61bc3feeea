//! The reference workflows, from PostHog's documentation of workflows for Support. Each is the body of a `POST`. They name
//! roles: a project refuses such a workflow until it has a role of that name.

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
