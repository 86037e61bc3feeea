//! Search: by number, or by the words of a customer's name and e-mail (decision 7).

use std::collections::BTreeSet;

use crate::{
    folding::{self, before, beginnings, is_blank},
    ids::TicketNumber,
    text::fits,
    ticket::Ticket,
};

/// The most characters of a search.
const LONGEST: usize = 200;
/// How many words of a name, and of an e-mail, a customer is found by. Each is a row that a store keeps, and what a customer
/// calls themselves is for anyone to write.
const OF_NAME: usize = 32;
const OF_EMAIL: usize = 16;
/// From how many characters on the runs in scripts without spaces are read, in either.
const STARTS: usize = 16;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// All digits, perhaps after a `#`.
    number: Option<TicketNumber>,
    /// Folded; each must begin a word of the customer's.
    words: Vec<String>,
    /// The same as they were folded before there was a version of that.
    words_before: Vec<String>,
}

/// Longer than a search may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Ensure this field has no more than 200 characters.")]
pub struct BadSearch;

impl Search {
    /// Reads what someone typed; `None` if that is nothing at all. What has no letter and no digit, such as a picture, is
    /// searched for as well, and begins no word of anyone's: it finds nothing.
    pub fn read(text: &str) -> Result<Option<Self>, BadSearch> {
        let text = text.trim();
        if !fits(text, LONGEST) {
            return Err(BadSearch);
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        let number = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let number = number.and_then(|digits| digits.parse().ok());
        let search = || Self { number, words: folding::words(text).collect(), words_before: before::words(text) };
        Ok((!is_blank(text)).then(search))
    }

    /// The ticket number that was typed, if it is one.
    pub const fn number(&self) -> Option<TicketNumber> {
        self.number
    }

    /// The folded words that were typed.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether it is for this ticket.
    pub fn finds(&self, ticket: &Ticket) -> bool {
        self.number == Some(ticket.number) || self.finds_customer(&customer_words(ticket))
    }

    fn finds_customer(&self, known: &BTreeSet<String>) -> bool {
        !self.words.is_empty() && self.words.iter().all(|word| known.iter().any(|known| known.starts_with(word.as_str())))
    }

    /// The words that say most, at most `most` of them: the longest, and none that begins another.
    pub fn telling_words(&self, most: usize) -> Vec<&str> {
        Self::telling(&self.words, most)
    }

    /// The same as rows from before there was a version of the folding have them.
    pub fn telling_words_before(&self, most: usize) -> Vec<&str> {
        Self::telling(&self.words_before, most)
    }

    fn telling(words: &[String], most: usize) -> Vec<&str> {
        let mut words: Vec<&str> = words.iter().map(String::as_str).collect();
        words.sort_by_key(|word| std::cmp::Reverse(word.chars().count()));
        let mut telling: Vec<&str> = Vec::new();
        for word in words {
            if telling.len() < most && !telling.iter().any(|longer| longer.starts_with(word)) {
                telling.push(word);
            }
        }
        telling
    }
}

/// The words that a ticket's customer is found by: the first of the name's, and the first of the e-mail's. What a search
/// means and what a store keeps for it are both made of these.
pub fn customer_words(ticket: &Ticket) -> BTreeSet<String> {
    let name = ticket.customer_name().map(|name| beginnings(name, OF_NAME, STARTS));
    let email = ticket.customer_email().map(|email| beginnings(email, OF_EMAIL, STARTS));
    name.into_iter().chain(email).flatten().collect()
}

/// The words that a ticket's customer was found by before there was a version of the folding.
pub fn customer_words_before(ticket: &Ticket) -> BTreeSet<String> {
    let texts = [ticket.customer_name(), ticket.customer_email()];
    texts.into_iter().flatten().flat_map(|text| before::words(text).into_iter().take(before::KNOWN)).collect()
}
