//! What a letter says, as a message of the desk.

use lambdesk_domain::{
    folding::is_blank,
    text::{AGENT_MESSAGE, cut},
};
use serde_json::Value;

use crate::{
    clean::{Clean, Page, Pictures},
    letter::Letter,
    quote,
};

/// What stands for a mail that says nothing, such as one with a file only.
pub const NO_TEXT: &str = "(no text)";

/// The words of a letter.
#[derive(Debug, Clone, PartialEq)]
pub struct Words {
    /// The text, never blank, of at most 50,000 characters.
    pub text: String,
    /// The same with formatting, as a `TipTap` document.
    pub rich: Option<Value>,
    /// Whether a quote was left out.
    pub is_quoted: bool,
    /// Whether the text goes on in the mail.
    pub is_cut: bool,
}

impl Words {
    /// The words of a letter. `is_reply` says that it goes to an existing ticket: only then quotes are left out. A first mail
    /// may be about what it quotes.
    pub fn of(letter: &Letter, is_reply: bool, pictures: &Pictures) -> Self {
        let strips = is_reply && !quote::is_forward(&letter.subject);
        let page = letter.html.as_deref().map(Page::read);
        let new_page = page.as_ref().filter(|_| strips).and_then(quote::new_page);
        let shown = new_page.as_ref().or(page.as_ref()).map(|page| page.clean(pictures));
        let plain = letter.plain.as_deref();
        let new_plain = plain.map(|text| if strips { quote::new_text(text) } else { text });
        let is_plain_quoted = new_plain.zip(plain).is_some_and(|(new, all)| new.len() < all.len());
        let (text, is_quoted) = match (new_plain, &shown) {
            // Some mail programs mark quotes in HTML only.
            (Some(_), Some(shown)) if !is_plain_quoted && new_page.is_some() => (shown.text(), true),
            (Some(text), _) => (text.to_owned(), is_plain_quoted),
            (None, Some(shown)) => of_page(shown, strips, new_page.is_some()),
            (None, None) => (String::new(), false),
        };
        let is_whole = new_page.is_some() || !is_quoted;
        let rich = shown.filter(|_| is_whole && !letter.html_is_cut).and_then(|shown| shown.rich());
        Self::bounded(&text, rich, is_quoted, letter.is_cut)
    }

    fn bounded(text: &str, rich: Option<Value>, is_quoted: bool, is_cut: bool) -> Self {
        let text = text.trim();
        let text = if is_blank(text) { NO_TEXT } else { text };
        let kept = cut(text, AGENT_MESSAGE);
        let is_longer = kept.len() < text.len();
        Self { text: kept.trim_end().to_owned(), rich: rich.filter(|_| !is_longer), is_quoted, is_cut: is_cut || is_longer }
    }
}

/// The text of a page, without quotes that no element told of.
fn of_page(shown: &Clean, strips: bool, is_quoted: bool) -> (String, bool) {
    let text = shown.text();
    if !strips || is_quoted {
        return (text, is_quoted);
    }
    let new = quote::new_text(&text);
    (new.to_owned(), new.len() < text.len())
}
