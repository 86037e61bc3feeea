//! The rules that a command may break.

use crate::{assignee::Assignee, satisfaction::NotTaken, tags::BadTags};

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only its author may change a note.
    #[error("You can only change your own notes.")]
    NotYourNote,
    /// The rating is not taken.
    #[error(transparent)]
    Satisfaction(#[from] NotTaken),
    /// The tags break a rule.
    #[error(transparent)]
    Tags(#[from] BadTags),
    /// This field has a time that is too far ahead.
    #[error("Must be at most 100 years from now.")]
    TooFar(&'static str),
    /// The assignee does not belong to the project.
    #[error("{}", match .0 {
        Assignee::User(_) => "user is not a member of this project",
        Assignee::Role(_) => "role does not belong to this project",
    })]
    Outsider(Assignee),
}
