//! The quote at the end of a page, by the elements in which mail programs put it.

use lambdesk_domain::folding::is_blank;

use super::{attribution, block};
use crate::clean::{Element, Node, Page, Tree, unescape};

/// Classes and ids of elements that hold a quote, or begin one that reaches to the end.
const HOLDS: [&str; 8] = [
    "gmail_quote",
    "gmail_quote_container",
    "yahoo_quoted",
    "moz-cite-prefix",
    "protonmail_quote",
    "olk_src_body_section",
    "zmail_extra",
    "tutanota_quote",
];
const BEGINS: [&str; 5] =
    ["divrplyfwdmsg", "appendonsend", "mail-editor-reference-message-container", "outlookmessageheader", "stopspelling"];

/// The page without the quote at its end; `None` if it has none, or nothing else.
pub(super) fn without_quote(page: &Page) -> Option<Page> {
    let mut walk = Walk { tree: &page.0, path: Vec::new(), quote: None, is_answered: false, is_over: false };
    walk.children(0);
    let place = walk.quote.filter(|_| walk.is_over || !walk.is_answered)?;
    let mut new = page.clone();
    // From the quote on, everything goes: its element, and on each level what follows.
    for (parent, index) in &place {
        new.0.keep_children(*parent, index + 1);
    }
    let (parent, index) = *place.last()?;
    new.0.keep_children(parent, before_attribution(&page.0, parent, index));
    (!is_blank(&said(&new.0, 0))).then_some(new)
}

/// A walk over a page, from its beginning to its end.
struct Walk<'a> {
    tree: &'a Tree,
    /// The way down to the present element: on each level its parent, and its place among the children.
    path: Vec<(usize, usize)>,
    /// The way to the first quote that nothing is said behind.
    quote: Option<Vec<(usize, usize)>>,
    /// Whether something is said behind a quote.
    is_answered: bool,
    /// Whether what follows need not be looked at.
    is_over: bool,
}

impl Walk<'_> {
    fn children(&mut self, at: usize) {
        for (index, child) in self.tree.children(at).iter().enumerate() {
            self.path.push((at, index));
            self.visit(*child);
            if self.is_over {
                return;
            }
            self.path.pop();
        }
    }

    fn text(&mut self, words: &str) {
        if block::is_forward(words) {
            // What is forwarded stays, with the quotes in it.
            (self.quote, self.is_over) = (None, true);
        } else if !is_blank(words) {
            self.is_answered |= self.quote.take().is_some();
        }
    }

    fn visit(&mut self, at: usize) {
        match self.tree.node(at) {
            Node::Text(words) => self.text(&unescape(words)),
            Node::Element(element) => match kind(self.tree, at, element) {
                Kind::Begins => {
                    self.quote = self.quote.take().or_else(|| Some(self.path.clone()));
                    self.is_over = true;
                }
                Kind::Holds => {
                    self.quote = self.quote.take().or_else(|| Some(self.path.clone()));
                    self.is_answered |= element.attribute("class").contains("gmail_quote") && is_answered_within(self.tree, at);
                }
                Kind::Nothing => self.children(at),
            },
        }
    }
}

/// Whether something is said between or below the quotes that an element holds.
fn is_answered_within(tree: &Tree, at: usize) -> bool {
    let is_quote = |child: &usize| matches!(tree.node(*child), Node::Element(element) if element.name == "blockquote");
    let children = tree.children(at);
    let first = children.iter().position(is_quote).unwrap_or(children.len());
    children[first..].iter().any(|child| !is_quote(child) && !is_blank(&said(tree, *child)))
}

/// What an element is to a quote.
#[derive(Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It holds one.
    Holds,
    /// One begins with it, and reaches to the end.
    Begins,
    Nothing,
}

fn kind(tree: &Tree, at: usize, element: &Element) -> Kind {
    let names = element.attribute("class").split_whitespace().chain([element.attribute("id")]).map(str::to_ascii_lowercase);
    let names: Vec<_> = names.map(|name| name.trim_start_matches("x_").to_owned()).collect();
    let is_one_of = |known: &[&str]| names.iter().any(|name| known.contains(&name.as_str()));
    let is_cited =
        element.name == "blockquote" && (element.attribute("type").eq_ignore_ascii_case("cite") || is_one_of(&["cite"]));
    if (is_one_of(&HOLDS) || is_cited) && !is_forwarded(tree, at) {
        Kind::Holds
    } else if (is_one_of(&BEGINS) || is_outlook_border(tree, at, element)) && !is_forwarded(tree, at) {
        Kind::Begins
    } else {
        Kind::Nothing
    }
}

/// Outlook puts a line above the fields of the mail that is answered, and names nothing.
fn is_outlook_border(tree: &Tree, at: usize, element: &Element) -> bool {
    let style: String = element.attribute("style").chars().filter(|letter| !letter.is_whitespace()).collect();
    let style = style.to_ascii_lowercase();
    let has_border = style.contains("border-top:solid#") || style.contains("border:none;border-top:solid");
    has_border && {
        let text = said(tree, at);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        block::is_fields(&lines)
    }
}

/// Gmail puts what is forwarded into the same element as what is answered.
fn is_forwarded(tree: &Tree, at: usize) -> bool {
    said(tree, at).lines().filter(|line| !line.trim().is_empty()).take(2).any(block::is_forward)
}

/// The most elements and texts that the line above a quote is made of.
const PIECES: usize = 12;

/// Where the line that says who wrote the quote begins, if it stands right before it.
fn before_attribution(tree: &Tree, parent: usize, index: usize) -> usize {
    let children = tree.children(parent);
    let mut first = index;
    for at in (index.saturating_sub(PIECES)..index).rev() {
        let mut text = String::new();
        for child in &children[at..index] {
            say(tree, *child, &mut text);
        }
        let text = unescape(&text);
        let lines: Vec<&str> = text.lines().filter(|line| !line.trim().is_empty()).collect();
        if lines.len() > attribution::LINES {
            break;
        }
        if !lines.is_empty() && attribution::lines(&lines) == lines.len() {
            first = at;
        }
    }
    first
}

/// The most bytes of text that are looked at.
const LOOK: usize = 2_000;

/// The beginning of what an element says, with line ends between blocks.
fn said(tree: &Tree, at: usize) -> String {
    let mut text = String::new();
    say(tree, at, &mut text);
    unescape(&text)
}

fn say(tree: &Tree, at: usize, text: &mut String) {
    match tree.node(at) {
        Node::Text(words) => text.push_str(lambdesk_domain::text::cut(words, LOOK)),
        Node::Element(element) => {
            let breaks = matches!(
                element.name.as_str(),
                "br" | "p" | "div" | "tr" | "li" | "blockquote" | "hr" | "table" | "body" | "html"
            );
            // What a block says is in lines of its own.
            let end = |text: &mut String| {
                if breaks && !text.is_empty() {
                    text.push('\n');
                }
            };
            end(text);
            for child in &element.children {
                if text.len() > LOOK {
                    return;
                }
                say(tree, *child, text);
            }
            if element.name == "img" {
                text.push_str("[]");
            }
            end(text);
        }
    }
}
