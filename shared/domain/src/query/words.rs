//! Search: by number, or by the words of a customer's name and e-mail (decision 7).

use crate::{ids::TicketNumber, text::fits, ticket::Ticket};

/// The most characters of a search.
const LONGEST: usize = 200;

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
        self.number == Some(ticket.number) || self.finds_customer(ticket.customer_name(), ticket.customer_email())
    }

    fn finds_customer(&self, name: Option<&str>, email: Option<&str>) -> bool {
        let known: Vec<_> = name.into_iter().chain(email).flat_map(words).collect();
        !self.words.is_empty() && self.words.iter().all(|word| known.iter().any(|known| known.starts_with(word.as_str())))
    }
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
