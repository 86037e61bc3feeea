//! The reference workflows (contract/workflows.md), each as the body of a `POST`. They name roles; a project that lacks one
//! refuses the workflow until it has it.

/// A workflow to begin with.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Example {
    /// The name of its file.
    pub slug: &'static str,
    /// The JSON to save.
    pub body: &'static str,
}

macro_rules! examples {
    ($($slug:literal,)+) => {
        [$(Example { slug: $slug, body: include_str!(concat!("gallery/", $slug, ".json")) },)+]
    };
}

/// All of them, in the order of the documents.
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
