//! Bounds on the text that people write.

use std::borrow::Cow;

/// The most characters of a customer's message (docs/decisions.md, 27).
pub const CUSTOMER_MESSAGE: usize = 10_000;
/// The most characters of an agent's message (docs/decisions.md, 27).
pub const AGENT_MESSAGE: usize = 50_000;
/// The most characters of rich content as JSON, as in PostHog Support's API.
pub const RICH_CONTENT: usize = 100_000;
/// The most bytes of a message's text and rich content together: DynamoDB stores items of up to 400 KB.
pub const STORED: usize = 350_000;
/// How many characters of the last message a ticket repeats in lists, as in PostHog Support's API.
pub const PREVIEW: usize = 500;
/// The most characters of a distinct id, as in PostHog Support's API.
pub const DISTINCT_ID: usize = 400;
/// The most characters of a caller's own words that an error repeats.
const REPEATED: usize = 100;

/// The first `most` characters of `text`, cut at a character boundary.
pub fn cut(text: &str, most: usize) -> &str {
    text.char_indices().nth(most).map_or(text, |(end, _)| &text[..end])
}

/// Whether `text` has at most `most` characters. Text of at most `most` bytes is not walked.
pub fn fits(text: &str, most: usize) -> bool {
    text.len() <= most || text.chars().count() <= most
}

/// The start of a caller's text, short enough for an error to repeat: at most 100 characters, and `…` if more follow.
pub fn short(text: &str) -> Cow<'_, str> {
    match cut(text, REPEATED) {
        all if all.len() == text.len() => Cow::Borrowed(text),
        start => Cow::Owned(format!("{start}…")),
    }
}

/// An error's words as a sentence: with a capital and a full stop.
pub(crate) fn sentence(words: &str) -> String {
    let mut letters = words.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).chain(['.']).collect())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn a_cut_is_a_prefix_that_fits(text: String, most in 0..64_usize) {
            let short = cut(&text, most);
            prop_assert!(text.starts_with(short) && fits(short, most));
            prop_assert!(short.len() == text.len() || short.chars().count() == most);
        }
    }

    #[test]
    fn an_error_repeats_a_hundred_characters() {
        let (all, more) = ("é".repeat(100), "é".repeat(101));
        assert_eq!((short(&all), short(&more)), (Cow::Borrowed(all.as_str()), Cow::Owned(format!("{all}…"))));
    }

    #[test]
    fn words_become_a_sentence() {
        assert_eq!((sentence("is too long"), sentence("ß"), sentence("")), ("Is too long.".into(), "SS.".into(), String::new()));
    }

    #[test]
    fn text_fits_by_its_characters() {
        assert_eq!(["abc", "éèê", "", "abcd", "éèêë"].map(|text| fits(text, 3)), [true, true, true, false, false]);
    }
}
