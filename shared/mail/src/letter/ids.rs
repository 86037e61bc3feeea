//! The ids of mails in header fields.

use lambdesk_domain::text::fits;

/// The most bytes of an id: the longest line that a mail may have.
const ID: usize = 998;
/// The most ids of a field that are kept.
pub(super) const MOST: usize = 100;

/// The id in a field that holds one.
pub(super) fn only(value: &str) -> Option<String> {
    let id = value.trim_matches(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>'));
    let mut end = id.len().min(ID);
    while !id.is_char_boundary(end) {
        end -= 1;
    }
    (!id.is_empty()).then(|| id[..end].to_owned())
}

/// The ids in a field that holds several. Some clients leave out the angle brackets, and some write words between them.
pub(super) fn several(value: &str) -> impl Iterator<Item = String> {
    let words = value.split(|letter: char| letter.is_whitespace() || matches!(letter, '<' | '>' | ',' | '"' | '(' | ')'));
    words.filter(|word| word.contains('@') && fits(word, ID)).map(str::to_owned)
}

/// The last ids, which are the newest mails.
pub(super) fn newest(ids: impl Iterator<Item = String>) -> Vec<String> {
    let all: Vec<_> = ids.collect();
    all[all.len().saturating_sub(MOST)..].to_vec()
}
