//! Search: by number, or by the words of a customer's name and e-mail (decision 7).

use std::collections::BTreeSet;

use crate::{ids::TicketNumber, text::fits, ticket::Ticket};

/// The most characters of a search.
const LONGEST: usize = 200;
/// How many words of a name, and of an e-mail, a customer is found by. Each is a row that a store keeps, and what a customer
/// calls themselves is for anyone to write.
const KNOWN: usize = 16;

/// What is searched for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Search {
    /// All digits, perhaps after a `#`.
    number: Option<TicketNumber>,
    /// Folded; each must begin a word of the customer's.
    words: Vec<String>,
}

/// Longer than a search may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Ensure this field has no more than 200 characters.")]
pub struct BadSearch;

impl Search {
    /// Reads what someone typed; `None` if that is nothing to search for.
    pub fn read(text: &str) -> Result<Option<Self>, BadSearch> {
        let text = text.trim();
        if !fits(text, LONGEST) {
            return Err(BadSearch);
        }
        let digits = text.strip_prefix('#').unwrap_or(text);
        let number = Some(digits).filter(|digits| digits.bytes().all(|digit| digit.is_ascii_digit()));
        let number = number.and_then(|digits| digits.parse().ok());
        let words: Vec<_> = words(text).collect();
        Ok((number.is_some() || !words.is_empty()).then_some(Self { number, words }))
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
        let mut words: Vec<&str> = self.words.iter().map(String::as_str).collect();
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

/// The words that a ticket's customer is found by: the first of the name's, and the first of the e-mail's.
pub fn customer_words(ticket: &Ticket) -> BTreeSet<String> {
    let texts = [ticket.customer_name(), ticket.customer_email()];
    texts.into_iter().flatten().flat_map(|text| words(text).take(KNOWN)).collect()
}

/// The words of a text, folded; they end at whatever is neither a letter nor a digit.
pub fn words(text: &str) -> impl Iterator<Item = String> {
    let folded = fold(text);
    let words: Vec<_> =
        folded.split(|letter: char| !letter.is_alphanumeric()).filter(|word| !word.is_empty()).map(str::to_owned).collect();
    words.into_iter()
}

/// Without case and without accents, so that `jose` finds `José` and `strasse` finds `Straße`.
pub fn fold(text: &str) -> String {
    use unicode_normalization::{UnicodeNormalization, char::is_combining_mark};
    // Up and then down again: some letters only meet in upper case, such as `ß` and `SS`.
    text.nfkd().filter(|letter| !is_combining_mark(*letter)).flat_map(char::to_uppercase).flat_map(char::to_lowercase).collect()
}
