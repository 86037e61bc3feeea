//! HTML as text, for whoever reads no HTML.

use super::{
    tree::{Element, Node, Tree, is_block},
    unescape,
};

/// The most signs before a quoted line.
const DEEPEST: usize = 10;

/// The text of clean HTML.
pub(super) fn text(tree: &Tree) -> String {
    let mut page = Text::default();
    page.children(tree, 0, false);
    page.written.truncate(page.written.trim_end().len());
    page.written
}

/// A text that is being written.
#[derive(Default)]
struct Text {
    written: String,
    /// How many quotes are open, and how many were at the last word.
    depth: usize,
    depth_before: usize,
    /// How many line ends come before the next word.
    breaks: usize,
    /// Whether a space comes before the next word.
    space: bool,
    /// The number of the next item in each open list; `None` without numbers.
    lists: Vec<Option<u32>>,
}

impl Text {
    fn children(&mut self, tree: &Tree, at: usize, is_pre: bool) {
        for child in tree.children(at) {
            match tree.node(*child) {
                Node::Text(text) => self.text(&unescape(text), is_pre),
                Node::Element(element) => self.element(tree, *child, element, is_pre || element.name == "pre"),
            }
        }
    }

    fn element(&mut self, tree: &Tree, at: usize, element: &Element, is_pre: bool) {
        match element.name.as_str() {
            "br" => self.breaks += 1,
            "img" => self.text(&picture(element), false),
            "hr" => {
                self.begin_line(2);
                self.text("---", false);
                self.begin_line(2);
            }
            "a" => self.link(tree, at, element, is_pre),
            "blockquote" => {
                self.begin_line(2);
                let depth = self.depth;
                self.depth = (depth + 1).min(DEEPEST);
                self.children(tree, at, is_pre);
                self.depth = depth;
                self.begin_line(2);
            }
            "ul" | "ol" => {
                self.begin_line(1);
                self.lists.push((element.name == "ol").then(|| element.attribute("start").parse().unwrap_or(1)));
                self.children(tree, at, is_pre);
                self.lists.pop();
                self.begin_line(1);
            }
            "li" => {
                self.begin_line(1);
                let sign = self.item();
                self.text(&sign, false);
                self.children(tree, at, is_pre);
                self.begin_line(1);
            }
            "td" | "th" => {
                self.space = true;
                self.children(tree, at, is_pre);
                self.space = true;
            }
            name if is_block(name) => {
                let between = if matches!(name, "p" | "pre" | "table" | "h1" | "h2" | "h3" | "h4" | "h5" | "h6") { 2 } else { 1 };
                self.begin_line(between);
                self.children(tree, at, is_pre);
                self.begin_line(between);
            }
            _ => self.children(tree, at, is_pre),
        }
    }

    fn item(&mut self) -> String {
        match self.lists.last_mut() {
            Some(Some(number)) => {
                let sign = format!("{number}. ");
                *number = number.saturating_add(1);
                sign
            }
            _ => "- ".to_owned(),
        }
    }

    /// A link's words, and behind them its address where they don't say it.
    fn link(&mut self, tree: &Tree, at: usize, element: &Element, is_pre: bool) {
        let before = self.written.len();
        self.children(tree, at, is_pre);
        let address = unescape(element.attribute("href"));
        let bare = address
            .trim_start_matches("mailto:")
            .trim_start_matches("tel:")
            .trim_start_matches("https://")
            .trim_start_matches("http://");
        let bare = bare.trim_end_matches('/');
        let says = self.written.get(before..).is_some_and(|words| words.contains(bare));
        if !bare.is_empty() && !says {
            self.text(&format!(" ({address})"), false);
        }
    }

    fn begin_line(&mut self, breaks: usize) {
        self.breaks = self.breaks.max(breaks);
        self.space = false;
    }

    fn text(&mut self, text: &str, is_pre: bool) {
        for letter in text.chars() {
            match letter {
                '\n' if is_pre => self.breaks += 1,
                // Mails are full of spaces that must not break, and only keep lines apart.
                ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}' if !is_pre => self.space = true,
                letter if letter.is_control() && letter != '\t' => {}
                letter => self.letter(letter),
            }
        }
    }

    fn letter(&mut self, letter: char) {
        let is_first = self.written.is_empty();
        if is_first || self.breaks > 0 {
            // An empty line belongs to a quote that goes on below it.
            let between = format!("\n{}", ">".repeat(self.depth.min(self.depth_before)));
            let breaks = if is_first { 0 } else { self.breaks.min(3) };
            self.written.push_str(&between.repeat(breaks.saturating_sub(1)));
            self.written.push_str(if is_first { "" } else { "\n" });
            if self.depth > 0 {
                self.written.push_str(&">".repeat(self.depth));
                self.written.push(' ');
            }
            self.depth_before = self.depth;
        } else if self.space {
            self.written.push(' ');
        }
        (self.breaks, self.space) = (0, false);
        self.written.push(letter);
    }
}

fn picture(element: &Element) -> String {
    let words = unescape(element.attribute("alt"));
    if words.trim().is_empty() { String::new() } else { format!("[{}]", words.trim()) }
}
