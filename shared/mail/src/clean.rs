//! The HTML of a mail: as HTML that may be shown, as rich content, and as text.
//!
//! A mail's HTML is read into a tree of bounded depth ([`Page`]), from which quotes are cut. What is left is written again and
//! goes through `ammonia`, which parses it as browsers do and keeps what is on its list. Rich content and text are made of what
//! comes out there. So nothing that runs or calls somewhere reaches any of the three.

use std::{
    collections::BTreeMap,
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering},
    },
};

use serde_json::Value;

mod lexer;
mod plain;
mod rich;
mod sanitize;
mod style;
mod tree;
mod write;

pub(crate) use tree::{Element, Node, Tree};

/// The HTML of a mail, as it came.
#[derive(Debug, Clone)]
pub struct Page(pub(crate) Tree);

/// What becomes of a mail's pictures.
#[derive(Debug, Clone, Default)]
pub struct Pictures {
    /// The address of each file that came with the mail, by its content id. Addresses are absolute.
    pub links: BTreeMap<String, String>,
    /// Whether pictures elsewhere are shown. Their server then learns that the mail is read, and where.
    pub shows_remote: bool,
}

/// HTML that may be shown.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Clean {
    /// A fragment of HTML.
    pub html: String,
    /// How many pictures elsewhere were left out.
    pub left_out: usize,
}

impl Page {
    /// Reads HTML. Any text is some.
    pub fn read(html: &str) -> Self {
        Self(Tree::read(html))
    }

    /// This page as HTML that may be shown.
    pub fn clean(&self, pictures: &Pictures) -> Clean {
        let left_out = Arc::new(AtomicUsize::new(0));
        let html = sanitize::sanitized(&write::written(&self.0), pictures, &left_out);
        Clean { html, left_out: left_out.load(Ordering::Relaxed) }
    }
}

impl Clean {
    /// The text, with links behind their words and `>` before quotes.
    pub fn text(&self) -> String {
        plain::text(&Tree::read(&self.html))
    }

    /// The content as a `TipTap` document; `None` if plain text says it all, or if it is more than a message may have.
    pub fn rich(&self) -> Option<Value> {
        rich::document(&Tree::read(&self.html))
    }
}

/// A text as HTML that shows it.
pub fn escape(text: &str) -> String {
    let mut html = String::with_capacity(text.len());
    for letter in text.chars() {
        match letter {
            '&' => html.push_str("&amp;"),
            '<' => html.push_str("&lt;"),
            '>' => html.push_str("&gt;"),
            '"' => html.push_str("&quot;"),
            other => html.push(other),
        }
    }
    html
}

/// The letters that HTML writes as signs, as `ammonia` writes them.
pub(crate) fn unescape(html: &str) -> String {
    let mut text = String::with_capacity(html.len());
    let mut rest = html;
    while let Some(at) = rest.find('&') {
        text.push_str(&rest[..at]);
        rest = &rest[at..];
        let known = [("&amp;", '&'), ("&lt;", '<'), ("&gt;", '>'), ("&quot;", '"'), ("&nbsp;", '\u{a0}')];
        let (length, letter) =
            known.iter().find(|(sign, _)| rest.starts_with(sign)).map_or((1, '&'), |(sign, letter)| (sign.len(), *letter));
        text.push(letter);
        rest = &rest[length..];
    }
    text.push_str(rest);
    text
}

#[cfg(test)]
mod tests;
