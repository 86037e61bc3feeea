//! The rules that a command may break.

use crate::{assignee::Assignee, delivery::MOST_RECIPIENTS, expected::Unmet, satisfaction::NotTaken, tags::BadTags};

/// Why a command is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Refusal {
    /// Only its author may change a note.
    #[error("You can only change your own notes.")]
    NotYourNote,
    /// The ticket has a public message that the sender of a reply has not seen.
    #[error("Someone else has written meanwhile.")]
    NewerMessage,
    /// The ticket is not as the caller expects it.
    #[error("The ticket was changed meanwhile.")]
    Unmet(Unmet),
    /// The rating is not taken.
    #[error(transparent)]
    Satisfaction(#[from] NotTaken),
    /// The tags break a rule.
    #[error(transparent)]
    Tags(#[from] BadTags),
    /// This field has a time that is too far ahead.
    #[error("Must be at most 100 years from now.")]
    TooFar(&'static str),
    /// The ticket is no conversation by mail.
    #[error("This ticket is no conversation by mail.")]
    NotByMail,
    /// The mail would go to more than [`MOST_RECIPIENTS`].
    #[error("A mail can go to at most {MOST_RECIPIENTS} addresses, with those who take part.")]
    TooManyRecipients,
    /// The assignee does not belong to the project.
    #[error("{}", match .0 {
        Assignee::User(_) => "user is not a member of this project",
        Assignee::Role(_) => "role does not belong to this project",
    })]
    Outsider(Assignee),
}
