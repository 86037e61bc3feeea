//! How a customer found it: asked once, some days after a ticket was resolved (seeds/support-hero.txt).

use crate::{text::fits, time::Timestamp};

/// The question, as a message of the desk's own.
pub const QUESTION: &str = "How satisfied are you with the help you got?";
/// The most characters of a comment.
const COMMENT: usize = 2000;

/// What is known of a customer's satisfaction.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Satisfaction {
    /// When they were asked; the time of the message that asks.
    pub asked_at: Timestamp,
    /// The answer, if they gave one. The last one counts.
    pub answer: Option<Answer>,
}

/// An answer.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// From 1, not at all, to 5.
    pub rating: Rating,
    /// In their own words.
    pub comment: Option<String>,
    /// When.
    pub at: Timestamp,
}

/// From 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating(u8);

impl Rating {
    /// All of them.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// One of them.
    pub fn new(rating: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| u64::from(known.0) == rating)
    }

    /// As a number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What a customer answers; what is not given stays.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The rating; needed unless there is one already.
    pub rating: Option<Rating>,
    /// A comment; an empty one removes it.
    pub comment: Option<String>,
}

/// Why an answer is not taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// Nobody asked.
    #[error("This ticket has no question to answer.")]
    NotAsked,
    /// A comment alone is no answer.
    #[error("Must be a whole number from 1 to 5.")]
    NoRating,
    /// The comment is too long.
    #[error("Ensure this field has no more than 2000 characters.")]
    TooLong,
}

/// What becomes of what is known by what is given.
pub(crate) fn answer(known: Option<&Satisfaction>, given: Given, now: Timestamp) -> Result<Satisfaction, NotTaken> {
    let known = known.ok_or(NotTaken::NotAsked)?;
    let before = known.answer.as_ref();
    let rating = given.rating.or(before.map(|answer| answer.rating)).ok_or(NotTaken::NoRating)?;
    let comment = match given.comment {
        Some(comment) if !fits(&comment, COMMENT) => return Err(NotTaken::TooLong),
        Some(comment) => Some(comment.trim().to_owned()).filter(|comment| !comment.is_empty()),
        None => before.and_then(|answer| answer.comment.clone()),
    };
    let same = before.filter(|before| before.rating == rating && before.comment == comment);
    let answer = same.cloned().unwrap_or(Answer { rating, comment, at: now });
    Ok(Satisfaction { asked_at: known.asked_at, answer: Some(answer) })
}
