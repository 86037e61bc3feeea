//! Search: by ticket number, or by the words of a customer's name and e-mail (docs/decisions.md, 7).

use std::collections::BTreeSet;

use crate::{
    folding::{self, before, beginnings, is_blank},
    ids::TicketNumber,
    text::fits,
    ticket::Ticket,
};

/// The most characters of a search.
const LONGEST: usize = 200;
/// How many words of a name, and of an e-mail, a customer is found by. The store keeps a row for each, and anyone can write a
/// name of any length.
const OF_NAME: usize = 32;
const OF_EMAIL: usize = 16;
/// How many starts are kept of a name, and of an e-mail, in scripts without spaces, where a search may begin at any character.
const STARTS: usize = 16;

/// A search, as read from what someone typed.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// The number, if the text is all digits, with or without a leading `#`.
    number: Option<TicketNumber>,
    /// Folded words; each must begin a word of the customer's.
    words: Vec<String>,
    /// The same words, folded as before [`folding::VERSION`] existed.
    words_before: Vec<String>,
}

/// The search is longer than 200 characters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Ensure this field has no more than 200 characters.")]
pub struct BadSearch;

impl Search {
    /// Reads what someone typed; `None` if it shows nothing at all. Text without letters and digits, such as a picture, is a
    /// search that finds nothing, because it begins no word.
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

    /// The ticket number that was typed, if the search is one.
    pub const fn number(&self) -> Option<TicketNumber> {
        self.number
    }

    /// The folded words that were typed.
    pub fn words(&self) -> &[String] {
        &self.words
    }

    /// Whether the search finds this ticket.
    pub fn finds(&self, ticket: &Ticket) -> bool {
        self.number == Some(ticket.number) || self.finds_customer(&customer_words(ticket))
    }

    fn finds_customer(&self, known: &BTreeSet<String>) -> bool {
        !self.words.is_empty() && self.words.iter().all(|word| known.iter().any(|known| known.starts_with(word.as_str())))
    }

    /// The most selective words, at most `most`: the longest, without those that begin another.
    pub fn telling_words(&self, most: usize) -> Vec<&str> {
        Self::telling(&self.words, most)
    }

    /// The same words, as rows from before [`folding::VERSION`] have them.
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

/// The words that a ticket's customer is found by: the first of the name, and the first of the e-mail. Both a search and the
/// rows that a store keeps for it are built on these.
pub fn customer_words(ticket: &Ticket) -> BTreeSet<String> {
    let name = ticket.customer_name().map(|name| beginnings(name, OF_NAME, STARTS));
    let email = ticket.customer_email().map(|email| beginnings(email, OF_EMAIL, STARTS));
    name.into_iter().chain(email).flatten().collect()
}

/// The words that a ticket's customer was found by before [`folding::VERSION`] existed.
pub fn customer_words_before(ticket: &Ticket) -> BTreeSet<String> {
    let texts = [ticket.customer_name(), ticket.customer_email()];
    texts.into_iter().flatten().flat_map(|text| before::words(text).into_iter().take(before::KNOWN)).collect()
}
