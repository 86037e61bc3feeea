//! Customer satisfaction: the customer is asked once for a rating, some days after the ticket was resolved.

use crate::{folding::is_blank, text::fits, time::Timestamp};

/// The question, which the desk itself sends as a message.
pub const QUESTION: &str = "How satisfied are you with the help you got?";
/// For how many seconds a question can be answered, and the answer changed: 30 days. So a link found in a mailbox or a
/// browser's history a year later does nothing.
const OPEN: i64 = 30 * 24 * 3600;
/// The most characters of a comment.
const COMMENT: usize = 2000;

/// The state of a ticket's satisfaction question.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Satisfaction {
    /// When the customer was asked: the time of the message that asks.
    pub asked_at: Timestamp,
    /// The last answer, if there is one.
    pub answer: Option<Answer>,
}

impl Satisfaction {
    /// Whether the question can still be answered.
    pub fn is_open(&self, now: Timestamp) -> bool {
        now < self.asked_at.plus_seconds(OPEN)
    }
}

/// A customer's answer to the question, which may be given anew.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Answer {
    /// From 1, not satisfied at all, to 5.
    pub rating: Rating,
    /// What they wrote beside it.
    pub comment: Option<String>,
    /// When they gave or last changed the answer.
    pub at: Timestamp,
}

/// A rating from 1 to 5.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Rating(u8);

impl Rating {
    /// Every rating, in ascending order.
    pub const ALL: [Self; 5] = [Self(1), Self(2), Self(3), Self(4), Self(5)];

    /// The rating with this number; `None` outside 1 to 5.
    pub fn new(rating: u64) -> Option<Self> {
        Self::ALL.into_iter().find(|known| u64::from(known.0) == rating)
    }

    /// The rating as a number.
    pub const fn number(self) -> u8 {
        self.0
    }
}

/// What a customer sends as an answer. What is not given stays as it was.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Given {
    /// The rating; required unless there is one already.
    pub rating: Option<Rating>,
    /// A comment; a blank one removes the comment.
    pub comment: Option<String>,
}

/// Why an answer is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotTaken {
    /// The customer was never asked.
    #[error("This ticket has no question to answer.")]
    NotAsked,
    /// The customer was asked over 30 days ago.
    #[error("This question has expired.")]
    Expired,
    /// The first answer needs a rating.
    #[error("Must be a whole number from 1 to 5.")]
    NoRating,
    /// The comment is too long.
    #[error("Ensure this field has no more than 2000 characters.")]
    TooLong,
}

/// The state after an answer. The same answer again leaves the state as it is.
pub(crate) fn answer(known: Option<&Satisfaction>, given: Given, now: Timestamp) -> Result<Satisfaction, NotTaken> {
    let known = known.ok_or(NotTaken::NotAsked)?;
    if !known.is_open(now) {
        return Err(NotTaken::Expired);
    }
    let before = known.answer.as_ref();
    let rating = given.rating.or(before.map(|answer| answer.rating)).ok_or(NotTaken::NoRating)?;
    let comment = match given.comment {
        Some(comment) if !fits(&comment, COMMENT) => return Err(NotTaken::TooLong),
        Some(comment) => Some(comment.trim().to_owned()).filter(|comment| !is_blank(comment)),
        None => before.and_then(|answer| answer.comment.clone()),
    };
    let same = before.filter(|before| before.rating == rating && before.comment == comment);
    let answer = same.cloned().unwrap_or(Answer { rating, comment, at: now });
    Ok(Satisfaction { asked_at: known.asked_at, answer: Some(answer) })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_is_taken_and_changed_for_thirty_days() {
        let asked_at = Timestamp::from_micros(1_000_000).unwrap();
        let given = |rating: usize| Given { rating: Some(Rating::ALL[rating - 1]), comment: None };
        let asked = Satisfaction { asked_at, answer: None };
        let last = asked_at.plus_seconds(2_592_000 - 1);
        let answered = answer(Some(&asked), given(2), asked_at).unwrap();
        let changed = answer(Some(&answered), given(5), last).unwrap();
        assert_eq!(changed.answer.as_ref().map(|answer| answer.rating.number()), Some(5));
        for known in [&asked, &changed] {
            assert_eq!(answer(Some(known), given(1), last.plus_seconds(1)), Err(NotTaken::Expired));
        }
    }

    #[test]
    fn a_comment_is_kept_until_it_is_replaced_by_another_or_by_none() {
        let asked_at = Timestamp::from_micros(1_000_000).unwrap();
        let given = |rating: Option<u64>, comment: Option<&str>| Given {
            rating: rating.and_then(Rating::new),
            comment: comment.map(str::to_owned),
        };
        let asked = Satisfaction { asked_at, answer: None };
        assert_eq!(answer(None, given(Some(1), None), asked_at), Err(NotTaken::NotAsked));
        assert_eq!(answer(Some(&asked), given(None, Some("Slow.")), asked_at), Err(NotTaken::NoRating));
        let comment = |answered: &Satisfaction| answered.answer.as_ref().and_then(|answer| answer.comment.clone());
        let slow = answer(Some(&asked), given(Some(1), Some(" Slow. ")), asked_at).unwrap();
        assert_eq!(comment(&slow).as_deref(), Some("Slow."));
        let better = answer(Some(&slow), given(Some(2), None), asked_at).unwrap();
        assert_eq!(comment(&better).as_deref(), Some("Slow."));
        let blank = answer(Some(&better), given(None, Some("  ")), asked_at).unwrap();
        assert_eq!(comment(&blank), None);
        let longest = "x".repeat(COMMENT);
        assert!(answer(Some(&asked), given(Some(1), Some(&longest)), asked_at).is_ok());
        assert_eq!(answer(Some(&asked), given(Some(1), Some(&(longest + "x"))), asked_at), Err(NotTaken::TooLong));
    }

    #[test]
    fn the_same_answer_again_keeps_its_time() {
        let at = |seconds| Timestamp::EPOCH.plus_seconds(seconds);
        let given = |rating, comment: &str| Given { rating: Rating::new(rating), comment: Some(comment.to_owned()) };
        let asked = Satisfaction { asked_at: at(1), answer: None };
        let first = answer(Some(&asked), given(2, "Slow."), at(2)).unwrap();
        assert_eq!(first.answer.as_ref().unwrap().at, at(2));
        assert_eq!(answer(Some(&first), given(2, " Slow. "), at(3)), Ok(first.clone()));
        for other in [given(3, "Slow."), given(2, "Fast.")] {
            assert_eq!(answer(Some(&first), other, at(3)).unwrap().answer.unwrap().at, at(3));
        }
    }

    #[test]
    fn a_rating_is_from_one_to_five() {
        assert_eq!([0, 1, 5, 6].map(|number| Rating::new(number).map(Rating::number)), [None, Some(1), Some(5), None]);
    }
}
