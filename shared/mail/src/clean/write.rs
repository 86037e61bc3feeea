//! A tree as HTML again, with nothing but elements that a mail's text needs. What of it is safe, `ammonia` decides.

use std::fmt::Write;

use super::{
    style,
    tree::{Element, Node, Tree, is_block, is_void},
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

/// The tree as HTML.
pub(super) fn written(tree: &Tree) -> String {
    let mut html = String::new();
    for child in tree.children(0) {
        write(tree, *child, &mut html);
    }
    html
}

fn write(tree: &Tree, at: usize, html: &mut String) {
    match tree.node(at) {
        Node::Text(text) => {
            // Signs are kept for whoever reads them; what looks like a tag is none.
            html.push_str(&text.replace('<', "&lt;").replace('>', "&gt;"));
        }
        Node::Element(element) if LEFT_OUT.contains(&element.name.as_str()) || is_hidden(element) => {}
        Node::Element(element) => {
            let name = match element.name.as_str() {
                name if ELEMENTS.contains(&name) => name,
                name if is_block(name) => "div",
                _ => "",
            };
            if !name.is_empty() {
                begin(name, element, html);
            }
            for child in &element.children {
                write(tree, *child, html);
            }
            if !name.is_empty() && !is_void(name) {
                let _ = write!(html, "</{name}>");
            }
        }
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
