//! HTML as rich content: the `TipTap` document that the inbox and the chat show.

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

/// The document of clean HTML; `None` if it has no formatting, or is more than a message may have.
pub(super) fn document(tree: &Tree) -> Option<Value> {
    let mut blocks = Blocks::default();
    blocks.children(tree, 0, &Style::default());
    let content = blocks.closed();
    if !content.iter().any(is_formatted) {
        return None;
    }
    let document = json!({"type": "doc", "content": content});
    fits(&document.to_string(), RICH_CONTENT).then_some(document)
}

/// How a text looks, and how deep it lies.
#[derive(Clone, Default)]
struct Style {
    marks: Vec<&'static str>,
    link: Option<String>,
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
        marks.extend(self.link.iter().map(|link| json!({"type": "link", "attrs": {"href": link}})));
        let mut node = Map::from_iter([("type".to_owned(), json!("text")), ("text".to_owned(), json!(text))]);
        if !marks.is_empty() {
            node.insert("marks".to_owned(), Value::Array(marks));
        }
        Value::Object(node)
    }
}

/// The blocks so far, and the line that is being written.
#[derive(Default)]
struct Blocks {
    done: Vec<Value>,
    line: Vec<Value>,
    /// Whether a space comes before the next word.
    space: bool,
}

impl Blocks {
    fn children(&mut self, tree: &Tree, at: usize, style: &Style) {
        for child in tree.children(at) {
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
                let link = LINKS.iter().any(|scheme| link.starts_with(scheme)).then_some(link);
                self.children(tree, at, &Style { link: link.or_else(|| style.link.clone()), ..style.clone() });
            }
            "br" => {
                self.space = false;
                self.line.push(json!({"type": "hardBreak"}));
            }
            "hr" => {
                self.close();
                self.done.push(json!({"type": "horizontalRule"}));
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
                let mut inner = Self::default();
                inner.children(tree, at, style);
                let level: u8 = name[1..].parse().unwrap_or(1);
                let lines = inner.closed().into_iter();
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
            let content = blocks_of(tree, at, &inner_style);
            self.done.extend((!content.is_empty()).then(|| json!({"type": "blockquote", "content": content})));
            return;
        }
        let is_item = |child: &&usize| matches!(tree.node(**child), Node::Element(item) if item.name == "li");
        let items = tree.children(at).iter().filter(is_item).map(|item| {
            let content = blocks_of(tree, *item, &inner_style);
            json!({"type": "listItem", "content": if content.is_empty() { vec![json!({"type": "paragraph"})] } else { content }})
        });
        let items: Vec<_> = items.collect();
        if items.is_empty() {
            // A list without items is what is in it.
            self.children_apart(tree, at, style);
        } else if element.name == "ol" {
            let start = element.attribute("start").parse::<u32>().unwrap_or(1);
            self.done.push(json!({"type": "orderedList", "attrs": {"start": start}, "content": items}));
        } else {
            self.done.push(json!({"type": "bulletList", "content": items}));
        }
    }

    fn picture(&mut self, element: &Element) {
        let (source, words) = (unescape(element.attribute("src")), unescape(element.attribute("alt")));
        if source.starts_with("https://") || source.starts_with("http://") {
            self.line.push(json!({"type": "image", "attrs": {"src": source, "alt": words}}));
        }
    }

    fn text(&mut self, text: &str, style: &Style) {
        if style.is_pre {
            for (at, line) in text.split('\n').enumerate() {
                if at > 0 {
                    self.line.push(json!({"type": "hardBreak"}));
                }
                let line: String = line.chars().filter(|letter| !letter.is_control()).collect();
                self.line.extend((!line.is_empty()).then(|| style.text(&line)));
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
        self.line.extend((!words.is_empty()).then(|| style.text(&words)));
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

fn blocks_of(tree: &Tree, at: usize, style: &Style) -> Vec<Value> {
    let mut blocks = Blocks::default();
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
