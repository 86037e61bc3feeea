//! The elements of a mail's HTML, as a tree of bounded depth. Browsers take apart tags that are nested wrongly by rules that
//! can cost the square of the length. Here an end that fits nothing is left out.

use super::lexer::{Lexer, Start, Token};

/// How deep elements may lie in elements. What is deeper stands in the last one that fits.
const DEEPEST: usize = 100;

/// A node.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) enum Node {
    /// A text, with its signs as they came.
    Text(String),
    /// An element.
    Element(Element),
}

/// An element.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Element {
    /// Its name in lower case.
    pub(crate) name: String,
    /// Its attributes, with signs as they came.
    pub(crate) attributes: Vec<(String, String)>,
    /// Its children's places in the tree.
    pub(crate) children: Vec<usize>,
}

impl Element {
    /// The value of an attribute; empty if absent.
    pub(crate) fn attribute(&self, name: &str) -> &str {
        self.attributes.iter().find(|(known, _)| known == name).map_or("", |(_, value)| value)
    }
}

/// A tree, whose first node is the root.
#[derive(Debug, Clone)]
pub(crate) struct Tree {
    nodes: Vec<Node>,
}

impl Tree {
    /// Reads HTML.
    pub(crate) fn read(html: &str) -> Self {
        let mut tree = Self { nodes: vec![Node::Element(Element::default())] };
        let mut open = vec![0];
        // Elements that are open and too deep to be kept.
        let mut over = 0_usize;
        for token in Lexer::new(html) {
            match token {
                Token::Text(text) => tree.append(&open, Node::Text(text.to_owned())),
                Token::Start(start) => tree.start(start, &mut open, &mut over),
                Token::End(name) if over > 0 && !is_void(&name) => over -= 1,
                Token::End(name) => tree.end(&name, &mut open),
            }
        }
        tree
    }

    /// A node.
    pub(crate) fn node(&self, at: usize) -> &Node {
        &self.nodes[at]
    }

    /// The children of a node; none of a text.
    pub(crate) fn children(&self, at: usize) -> &[usize] {
        match &self.nodes[at] {
            Node::Element(element) => &element.children,
            Node::Text(_) => &[],
        }
    }

    /// Takes children of a node out of the tree.
    pub(crate) fn keep_children(&mut self, at: usize, count: usize) {
        if let Node::Element(element) = &mut self.nodes[at] {
            element.children.truncate(count);
        }
    }

    fn name(&self, at: usize) -> &str {
        match &self.nodes[at] {
            Node::Element(element) => &element.name,
            Node::Text(_) => "",
        }
    }

    fn append(&mut self, open: &[usize], node: Node) {
        let at = self.nodes.len();
        self.nodes.push(node);
        if let Some(Node::Element(parent)) = open.last().and_then(|parent| self.nodes.get_mut(*parent)) {
            parent.children.push(at);
        }
    }

    fn start(&mut self, start: Start<'_>, open: &mut Vec<usize>, over: &mut usize) {
        if *over == 0 {
            self.imply_end(&start.name, open);
        }
        let is_void = is_void(&start.name);
        if !is_void && open.len() >= DEEPEST {
            *over += 1;
            return;
        }
        // Browsers know no cells without a table.
        if is_table_part(&start.name) && !open.iter().any(|at| self.name(*at) == "table") {
            return;
        }
        let attributes = start.attributes.into_iter().map(|(name, value)| (name, value.to_owned())).collect();
        self.append(open, Node::Element(Element { name: start.name, attributes, children: Vec::new() }));
        if !is_void {
            open.push(self.nodes.len() - 1);
        }
    }

    /// Ends what a new element of this name ends: people leave out the ends of paragraphs, items, rows and cells.
    fn imply_end(&self, name: &str, open: &mut Vec<usize>) {
        let (ended, within): (&[&str], &[&str]) = match name {
            "li" => (&["li", "p"], &["ul", "ol", "table", "blockquote"]),
            "dt" | "dd" => (&["dt", "dd", "p"], &["dl", "table"]),
            "td" | "th" => (&["td", "th", "caption", "colgroup"], &["tr", "table"]),
            "tr" => (&["tr", "td", "th", "caption", "colgroup"], &["table"]),
            "tbody" | "thead" | "tfoot" => (&["tbody", "thead", "tfoot", "tr", "td", "th", "caption", "colgroup"], &["table"]),
            "option" => (&["option"], &["select"]),
            _ if is_block(name) => (&["p"], &["td", "th", "li", "div", "blockquote", "table"]),
            _ => return,
        };
        let names = open.iter().enumerate().skip(1).rev().map(|(level, at)| (level, self.name(*at)));
        let level = names.take_while(|(_, open)| !within.contains(open)).filter(|(_, open)| ended.contains(open)).last();
        if let Some((level, _)) = level {
            open.truncate(level);
        }
    }

    fn end(&self, name: &str, open: &mut Vec<usize>) {
        // A table's cells can't be left by the end of what stands around the table, nor a block by that of an inline element.
        let is_table = matches!(name, "table" | "tr" | "td" | "th" | "tbody" | "thead" | "tfoot" | "body" | "html");
        let is_wall = |open: &str| if is_block(name) { matches!(open, "td" | "th" | "table") } else { is_block(open) };
        let names = open.iter().enumerate().skip(1).rev().map(|(level, at)| (level, self.name(*at)));
        for (level, found) in names {
            if found == name {
                open.truncate(level);
                return;
            }
            if !is_table && is_wall(found) {
                return;
            }
        }
    }
}

/// Whether an element has no content and no end.
pub(super) fn is_void(name: &str) -> bool {
    matches!(
        name,
        "area"
            | "base"
            | "br"
            | "col"
            | "embed"
            | "hr"
            | "img"
            | "input"
            | "link"
            | "meta"
            | "param"
            | "source"
            | "track"
            | "wbr"
    )
}

/// Whether an element stands only in a table.
pub(super) fn is_table_part(name: &str) -> bool {
    matches!(name, "caption" | "col" | "colgroup" | "tbody" | "td" | "tfoot" | "th" | "thead" | "tr")
}

/// Whether an element begins on a line of its own.
pub(super) fn is_block(name: &str) -> bool {
    matches!(
        name,
        "address"
            | "article"
            | "aside"
            | "blockquote"
            | "body"
            | "center"
            | "dd"
            | "details"
            | "dir"
            | "div"
            | "dl"
            | "dt"
            | "fieldset"
            | "figcaption"
            | "figure"
            | "footer"
            | "form"
            | "h1"
            | "h2"
            | "h3"
            | "h4"
            | "h5"
            | "h6"
            | "header"
            | "hr"
            | "html"
            | "legend"
            | "li"
            | "main"
            | "menu"
            | "nav"
            | "ol"
            | "p"
            | "pre"
            | "section"
            | "summary"
            | "table"
            | "tbody"
            | "td"
            | "tfoot"
            | "th"
            | "thead"
            | "tr"
            | "ul"
    )
}
