//! A tree as HTML again, with nothing but elements that a mail's text needs. What of it is safe, `ammonia` decides.

use std::fmt::Write;

use super::{
    style,
    tree::{Element, Node, Tree, is_block, is_table_part, is_void},
};

/// The elements that are kept. Of others the content is.
pub(super) const ELEMENTS: &[&str] = &[
    "a",
    "abbr",
    "b",
    "big",
    "blockquote",
    "br",
    "caption",
    "cite",
    "code",
    "col",
    "colgroup",
    "dd",
    "del",
    "div",
    "dl",
    "dt",
    "em",
    "font",
    "h1",
    "h2",
    "h3",
    "h4",
    "h5",
    "h6",
    "hr",
    "i",
    "img",
    "ins",
    "kbd",
    "li",
    "ol",
    "p",
    "pre",
    "q",
    "s",
    "samp",
    "small",
    "span",
    "strike",
    "strong",
    "sub",
    "sup",
    "table",
    "tbody",
    "td",
    "tfoot",
    "th",
    "thead",
    "tr",
    "tt",
    "u",
    "ul",
    "var",
];
/// The elements that are left out with what is in them.
const LEFT_OUT: &[&str] = &[
    "applet",
    "audio",
    "canvas",
    "datalist",
    "embed",
    "frame",
    "frameset",
    "head",
    "iframe",
    "math",
    "noembed",
    "noframes",
    "object",
    "plaintext",
    "script",
    "select",
    "style",
    "svg",
    "template",
    "textarea",
    "title",
    "video",
    "xmp",
];
/// The attributes that any element may have, and those of some.
pub(super) const GENERIC: &[&str] = &["style", "dir", "align"];
pub(super) const ATTRIBUTES: &[(&str, &[&str])] = &[
    ("a", &["href", "title"]),
    ("col", &["span", "width"]),
    ("colgroup", &["span", "width"]),
    ("font", &["color"]),
    ("hr", &["width"]),
    ("img", &["alt", "height", "src", "title", "width"]),
    ("ol", &["start"]),
    ("table", &["bgcolor", "border", "cellpadding", "cellspacing", "width"]),
    ("td", &["bgcolor", "colspan", "height", "rowspan", "valign", "width"]),
    ("th", &["bgcolor", "colspan", "height", "rowspan", "valign", "width"]),
    ("tr", &["bgcolor", "valign"]),
];

/// What an element lies in, up to the next cell of a table.
#[derive(Debug, Clone, Copy, Default)]
struct Within {
    paragraph: bool,
    link: bool,
    heading: bool,
}

/// The tree as HTML that browsers read as it is. Where elements stand that may not, a browser ends the ones around them and
/// begins those again at each text that follows, with all their attributes.
pub(super) fn written(tree: &Tree) -> String {
    let mut html = String::new();
    children(tree, 0, Within::default(), &mut html);
    html
}

fn children(tree: &Tree, at: usize, within: Within, html: &mut String) {
    for child in tree.children(at) {
        write(tree, *child, within, html);
    }
}

fn write(tree: &Tree, at: usize, within: Within, html: &mut String) {
    match tree.node(at) {
        // Signs are kept for whoever reads them; what looks like a tag is none.
        Node::Text(text) => html.push_str(&text.replace('<', "&lt;").replace('>', "&gt;")),
        Node::Element(element) if is_left_out(element) => {}
        Node::Element(element) => {
            let name = name(element, within);
            if name.is_empty() {
                children(tree, at, within, html);
                return;
            }
            begin(name, element, html);
            if name == "table" {
                parts(tree, at, html);
            } else {
                let paragraph = within.paragraph || name == "p";
                let link = within.link || name == "a";
                let heading = within.heading || is_heading(name);
                children(tree, at, Within { paragraph, link, heading }, html);
            }
            end(name, html);
        }
    }
}

/// The name under which an element is written; empty if only its content is.
fn name(element: &Element, within: Within) -> &str {
    let is_mark = || element.attributes.iter().any(|(name, _)| matches!(name.as_str(), "name" | "id"));
    match element.name.as_str() {
        // The mark of a place may have links in it.
        "a" if within.link || element.attribute("href").is_empty() && is_mark() => "",
        name if is_table_part(name) || is_block(name) && within.paragraph => "",
        name if is_heading(name) && within.heading => "div",
        name if ELEMENTS.contains(&name) => name,
        name if is_block(name) => "div",
        _ => "",
    }
}

/// What is in a table. All that is no part of it gets a cell of its own.
fn parts(tree: &Tree, at: usize, html: &mut String) {
    let mut table = Table { tree, html, is_in_cell: false };
    table.parts(at, Level::Table);
    table.end_cell(Level::Table);
}

/// Where in a table parts stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Level {
    Table,
    Body,
    Row,
}

/// A table that is being written.
struct Table<'a> {
    tree: &'a Tree,
    html: &'a mut String,
    /// Whether a cell is open for what is no part of the table.
    is_in_cell: bool,
}

impl Table<'_> {
    fn parts(&mut self, at: usize, level: Level) {
        for child in self.tree.children(at) {
            match self.tree.node(*child) {
                Node::Text(text) if text.trim_ascii().is_empty() && !self.is_in_cell => self.html.push_str(text),
                Node::Element(element) if is_left_out(element) => {}
                Node::Element(element) => self.part(*child, element, level),
                Node::Text(_) => self.other(*child, level),
            }
        }
    }

    fn part(&mut self, at: usize, element: &Element, level: Level) {
        let name = element.name.as_str();
        match (name, level) {
            ("td" | "th", _) | ("caption", Level::Table) => {
                self.end_cell(level);
                begin(name, element, self.html);
                children(self.tree, at, Within::default(), self.html);
                end(name, self.html);
            }
            ("thead" | "tbody" | "tfoot", Level::Table) | ("tr", Level::Table | Level::Body) => {
                self.end_cell(level);
                begin(name, element, self.html);
                let inner = if name == "tr" { Level::Row } else { Level::Body };
                self.parts(at, inner);
                self.end_cell(inner);
                end(name, self.html);
            }
            ("col", Level::Table) => {
                self.end_cell(level);
                begin(name, element, self.html);
            }
            _ if is_table_part(name) || has_parts(self.tree, element) => self.parts(at, level),
            _ => self.other(at, level),
        }
    }

    fn other(&mut self, at: usize, level: Level) {
        if !self.is_in_cell {
            self.html.push_str(if level == Level::Row { "<td>" } else { "<tr><td>" });
            self.is_in_cell = true;
        }
        write(self.tree, at, Within::default(), self.html);
    }

    fn end_cell(&mut self, level: Level) {
        if std::mem::take(&mut self.is_in_cell) {
            self.html.push_str(if level == Level::Row { "</td>" } else { "</td></tr>" });
        }
    }
}

/// Whether parts of the table around an element are in it, such as the rows in a form.
fn has_parts(tree: &Tree, element: &Element) -> bool {
    let is_part_or_has = |child: &usize| match tree.node(*child) {
        Node::Element(inner) => is_table_part(&inner.name) || has_parts(tree, inner),
        Node::Text(_) => false,
    };
    element.name != "table" && element.children.iter().any(is_part_or_has)
}

fn is_heading(name: &str) -> bool {
    matches!(name, "h1" | "h2" | "h3" | "h4" | "h5" | "h6")
}

fn is_left_out(element: &Element) -> bool {
    LEFT_OUT.contains(&element.name.as_str()) || is_hidden(element)
}

fn end(name: &str, html: &mut String) {
    if !is_void(name) {
        let _ = write!(html, "</{name}>");
    }
}

fn begin(name: &str, element: &Element, html: &mut String) {
    let own = ATTRIBUTES.iter().find(|(of, _)| *of == name).map_or([].as_slice(), |(_, own)| own);
    html.push('<');
    html.push_str(name);
    for (attribute, value) in &element.attributes {
        if GENERIC.contains(&attribute.as_str()) || own.contains(&attribute.as_str()) {
            let _ = write!(html, " {attribute}=\"{}\"", value.replace('"', "&quot;").replace('<', "&lt;"));
        }
    }
    html.push('>');
}

/// Whether an element is there for programs and not to be seen: text for previews, mostly.
fn is_hidden(element: &Element) -> bool {
    element.attributes.iter().any(|(name, _)| name == "hidden") || style::is_hidden(element.attribute("style"))
}
