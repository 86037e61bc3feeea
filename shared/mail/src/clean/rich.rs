//! HTML as rich content: the `TipTap` document that the inbox and the chat show.

use std::{cell::Cell, rc::Rc};

use lambdesk_domain::text::{RICH_CONTENT, fits};
use serde_json::{Map, Value, json};

use super::{
    tree::{Element, Node, Tree, is_block},
    unescape,
};

/// How deep quotes and lists may lie in each other. What is deeper stands in the last one that fits.
const DEEPEST: usize = 8;
/// Where links may lead, as the chat allows it.
const LINKS: [&str; 4] = ["http://", "https://", "mailto:", "tel:"];
/// The longest link that is kept. Each text with it repeats it.
const LINK: usize = 2_000;
/// The fewest characters of a node, beside what it says.
const NODE: usize = 20;

/// The document of clean HTML; `None` if it has no formatting, or is more than a message may have.
pub(super) fn document(tree: &Tree) -> Option<Value> {
    let content = blocks(tree)?;
    if !content.iter().any(is_formatted) {
        return None;
    }
    let document = json!({"type": "doc", "content": content});
    fits(&document.to_string(), RICH_CONTENT).then_some(document)
}

/// The blocks of clean HTML; `None` if they are more than a message may have. Nothing is made beyond that.
fn blocks(tree: &Tree) -> Option<Vec<Value>> {
    let room = Cell::new(RICH_CONTENT);
    let content = blocks_of(tree, 0, &Style::default(), &room);
    (room.get() > 0).then_some(content)
}

/// How a text looks, and how deep it lies.
#[derive(Clone, Default)]
struct Style {
    marks: Vec<&'static str>,
    link: Option<Rc<str>>,
    depth: usize,
    is_pre: bool,
}

impl Style {
    fn with(&self, mark: &'static str) -> Self {
        let mut style = self.clone();
        if !style.marks.contains(&mark) {
            style.marks.push(mark);
        }
        style
    }

    fn text(&self, text: &str) -> Value {
        let mut marks: Vec<Value> = self.marks.iter().map(|mark| json!({"type": mark})).collect();
        marks.extend(self.link.iter().map(|link| json!({"type": "link", "attrs": {"href": &**link}})));
        let mut node = Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(text))]);
        if !marks.is_empty() {
            node.insert("marks".to_owned(), Value::Array(marks));
        }
        Value::Object(node)
    }
}

/// The blocks so far, and the line that is being written.
struct Blocks<'a> {
    done: Vec<Value>,
    line: Vec<Value>,
    /// Whether a space comes before the next word.
    space: bool,
    /// How many characters the whole document may still have.
    room: &'a Cell<usize>,
}

impl<'a> Blocks<'a> {
    const fn new(room: &'a Cell<usize>) -> Self {
        Self { done: Vec::new(), line: Vec::new(), space: false, room }
    }

    /// Makes a node that says something of this length; `false` if there is no room for it.
    fn takes(&self, says: usize) -> bool {
        self.room.set(self.room.get().saturating_sub(NODE + says));
        self.room.get() > 0
    }

    fn children(&mut self, tree: &Tree, at: usize, style: &Style) {
        for child in tree.children(at) {
            if self.room.get() == 0 {
                return;
            }
            match tree.node(*child) {
                Node::Text(text) => self.text(&unescape(text), style),
                Node::Element(element) => self.element(tree, *child, element, style),
            }
        }
    }

    fn element(&mut self, tree: &Tree, at: usize, element: &Element, style: &Style) {
        match element.name.as_str() {
            "b" | "strong" => self.children(tree, at, &style.with("bold")),
            "i" | "em" | "cite" | "var" => self.children(tree, at, &style.with("italic")),
            "u" | "ins" => self.children(tree, at, &style.with("underline")),
            "s" | "strike" | "del" => self.children(tree, at, &style.with("strike")),
            "code" | "kbd" | "samp" | "tt" => self.children(tree, at, &style.with("code")),
            "a" => {
                let link = unescape(element.attribute("href"));
                let is_kept = link.len() <= LINK && LINKS.iter().any(|scheme| link.starts_with(scheme));
                let link = is_kept.then(|| Rc::from(link));
                self.children(tree, at, &Style { link: link.or_else(|| style.link.clone()), ..style.clone() });
            }
            "br" => {
                self.space = false;
                self.line_break();
            }
            "hr" => {
                self.close();
                self.done.extend(self.takes(0).then(|| json!({"type": "horizontalRule"})));
            }
            "img" => self.picture(element),
            "td" | "th" => {
                self.space = true;
                self.children(tree, at, style);
                self.space = true;
            }
            "blockquote" | "ul" | "ol" if style.depth < DEEPEST => self.nested(tree, at, element, style),
            name @ ("h1" | "h2" | "h3" | "h4" | "h5" | "h6") => {
                self.close();
                let level: u8 = name[1..].parse().unwrap_or(1);
                let lines = blocks_of(tree, at, style, self.room).into_iter();
                self.done.extend(lines.map(|mut block| {
                    if block["type"] == "paragraph" {
                        block["type"] = json!("heading");
                        block["attrs"] = json!({"level": level});
                    }
                    block
                }));
            }
            "pre" => self.children_apart(tree, at, &Style { is_pre: true, ..style.clone() }),
            name if is_block(name) => self.children_apart(tree, at, style),
            _ => self.children(tree, at, style),
        }
    }

    fn children_apart(&mut self, tree: &Tree, at: usize, style: &Style) {
        self.close();
        self.children(tree, at, style);
        self.close();
    }

    fn nested(&mut self, tree: &Tree, at: usize, element: &Element, style: &Style) {
        self.close();
        let inner_style = Style { depth: style.depth + 1, ..style.clone() };
        if element.name == "blockquote" {
            let content = blocks_of(tree, at, &inner_style, self.room);
            self.done.extend((!content.is_empty()).then(|| json!({"type": "blockquote", "content": content})));
            return;
        }
        let is_item = |child: &&usize| matches!(tree.node(**child), Node::Element(item) if item.name == "li");
        let items = tree.children(at).iter().filter(is_item).take_while(|_| self.takes(NODE)).map(|item| {
            let content = blocks_of(tree, *item, &inner_style, self.room);
            json!({"type": "listItem", "content": if content.is_empty() { vec![json!({"type": "paragraph"})] } else { content }})
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            // A list without items is what is in it.
            self.children_apart(tree, at, style);
        } else if !self.takes(0) {
            // Nothing more is made.
        } else if element.name == "ol" {
            let start = element.attribute("start").parse::<u32>().unwrap_or(1);
            self.done.push(json!({"type": "orderedList", "attrs": {"start": start}, "content": items}));
        } else {
            self.done.push(json!({"type": "bulletList", "content": items}));
        }
    }

    fn picture(&mut self, element: &Element) {
        let (source, words) = (unescape(element.attribute("src")), unescape(element.attribute("alt")));
        let is_shown = source.starts_with("https://") || source.starts_with("http://");
        if is_shown && self.takes(source.chars().count() + words.chars().count()) {
            self.line.push(json!({"type": "image", "attrs": {"src": source, "alt": words}}));
        }
    }

    fn text(&mut self, text: &str, style: &Style) {
        if style.is_pre {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.line_break();
                }
                let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
                self.words(&line, style);
            }
            return;
        }
        let mut words = String::new();
        for letter in text.chars() {
            if matches!(letter, ' ' | '\t' | '\n' | '\r' | '\u{c}' | '\u{a0}') {
                self.space = true;
            } else if !letter.is_control() {
                let is_first = words.is_empty() && self.line.last().is_none_or(|last| last["type"] == "hardBreak");
                if std::mem::take(&mut self.space) && !is_first {
                    words.push(' ');
                }
                words.push(letter);
            }
        }
        self.words(&words, style);
    }

    fn words(&mut self, words: &str, style: &Style) {
        let length = |text: &str| text.chars().count();
        if !words.is_empty() && self.takes(length(words) + style.link.as_deref().map_or(0, length)) {
            self.line.push(style.text(words));
        }
    }

    fn line_break(&mut self) {
        self.line.extend(self.takes(0).then(|| json!({"type": "hardBreak"})));
    }

    /// Ends the line.
    fn close(&mut self) {
        self.space = false;
        let is_break = |node: &Value| node["type"] == "hardBreak";
        let said = self.line.iter().position(|node| !is_break(node)).zip(self.line.iter().rposition(|node| !is_break(node)));
        if let Some((first, last)) = said {
            let content: Vec<_> = self.line.drain(first..=last).collect();
            self.done.push(json!({"type": "paragraph", "content": content}));
        }
        self.line.clear();
    }

    fn closed(mut self) -> Vec<Value> {
        self.close();
        self.done
    }
}

fn blocks_of(tree: &Tree, at: usize, style: &Style, room: &Cell<usize>) -> Vec<Value> {
    let mut blocks = Blocks::new(room);
    blocks.children(tree, at, style);
    blocks.closed()
}

/// Whether a block shows more than its text would.
fn is_formatted(block: &Value) -> bool {
    if block["type"] != "paragraph" {
        return true;
    }
    let says_more = |node: &Value| node["type"] == "image" || node.get("marks").is_some();
    block["content"].as_array().is_some_and(|line| line.iter().any(says_more))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn no_more_is_made_than_a_message_may_have() {
        let link = |length: usize| format!("<a href=\"https://example.com/{}\">", "x".repeat(length));
        for piece in ["<b>x</b>y", "x<br>", "<hr>", "<ul><li></ul>", "<img src=\"https://example.com/x\">", "<pre>\n\n\n\n</pre>"]
        {
            let html = format!("{}{}", link(1_900), piece.repeat(1_000_000 / piece.len()));
            let (tree, room) = (Tree::read(&html), Cell::new(RICH_CONTENT));
            let made = Value::Array(blocks_of(&tree, 0, &Style::default(), &room)).to_string().len();
            assert!(made <= 3 * RICH_CONTENT, "{piece}: {made}");
            assert_eq!(document(&tree), None, "{piece}");
        }
        let of = |length: usize| document(&Tree::read(&format!("{}<b>x</b></a>", link(length)))).unwrap().to_string();
        assert!(of(1_900).contains("https://"));
        assert!(!of(2_000).contains("https://"), "a link that long is none");
    }
}
