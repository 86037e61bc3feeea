//! A reply as HTML: the nodes, marks and addresses that the inbox and the chat show too, one by one.

use std::fmt::Write;

use serde_json::Value;

use super::Line;
use crate::clean::escape;

/// How deep nodes may lie in nodes, as in the inbox.
const DEEPEST: usize = 20;
/// Where links may lead.
const LINKS: [&str; 4] = ["http:", "https:", "mailto:", "tel:"];
/// What stands before the id of a picture that goes with the mail.
const FILE: &str = "cid:";

/// A page of the rich content, or of the text where there is none. `pictures` are the ids of those that go with the mail;
/// others are shown by their words, since nothing in a mail of the desk calls a server.
pub fn html(text: &str, rich: Option<&Value>, pictures: &[&Line]) -> String {
    let mut page = Page { html: String::from("<!DOCTYPE html>\n<html><body><div>\n"), pictures };
    match rich.filter(|rich| rich["type"] == "doc") {
        Some(document) => page.blocks(document, 0),
        None => page.paragraphs(text),
    }
    page.html.push_str("</div></body></html>\n");
    page.html
}

struct Page<'a> {
    html: String,
    pictures: &'a [&'a Line],
}

impl Page<'_> {
    fn paragraphs(&mut self, text: &str) {
        for paragraph in
            text.split("\n\n").map(|paragraph| paragraph.trim_matches('\n')).filter(|paragraph| !paragraph.is_empty())
        {
            self.line(&format!("<p>{}</p>", escape(paragraph).replace('\n', "<br>\n")));
        }
    }

    /// A line of the source. Lines are short where they can be, because a mail's lines may not be long.
    fn line(&mut self, html: &str) {
        self.html.push_str(html);
        self.html.push('\n');
    }

    fn blocks(&mut self, parent: &Value, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        for node in parent["content"].as_array().into_iter().flatten() {
            self.block(node, depth);
        }
    }

    fn block(&mut self, node: &Value, depth: usize) {
        match node["type"].as_str().unwrap_or_default() {
            "paragraph" => self.around("p", node, depth),
            "heading" => self.around(&format!("h{}", node["attrs"]["level"].as_u64().unwrap_or(1).clamp(1, 6)), node, depth),
            "codeBlock" => self.around("pre", node, depth),
            "horizontalRule" => self.line("<hr>"),
            "blockquote" => self.nested("<blockquote>", "</blockquote>", node, depth),
            "bulletList" => self.nested("<ul>", "</ul>", node, depth),
            "orderedList" => {
                let start = node["attrs"]["start"].as_u64().unwrap_or(1).clamp(1, 1_000_000);
                self.nested(&format!("<ol start=\"{start}\">"), "</ol>", node, depth);
            }
            "listItem" => self.nested("<li>", "</li>", node, depth),
            "text" | "hardBreak" | "image" => self.inline(node),
            // Of an unknown node what is in it counts.
            _ => self.blocks(node, depth + 1),
        }
    }

    fn nested(&mut self, begin: &str, end: &str, node: &Value, depth: usize) {
        self.line(begin);
        self.blocks(node, depth + 1);
        self.line(end);
    }

    fn around(&mut self, element: &str, node: &Value, depth: usize) {
        let _ = write!(self.html, "<{element}>");
        self.blocks(node, depth + 1);
        self.line(&format!("</{element}>"));
    }

    fn inline(&mut self, node: &Value) {
        match node["type"].as_str() {
            Some("hardBreak") => self.line("<br>"),
            Some("image") => self.picture(&node["attrs"]),
            _ => self.text(node),
        }
    }

    fn picture(&mut self, attributes: &Value) {
        let (source, words) = (attributes["src"].as_str().unwrap_or_default(), attributes["alt"].as_str().unwrap_or_default());
        let is_here = source.strip_prefix(FILE).is_some_and(|id| self.pictures.iter().any(|picture| picture.as_str() == id));
        let html = if is_here { format!("<img src=\"{}\" alt=\"{}\">", escape(source), escape(words)) } else { escape(words) };
        self.html.push_str(&html);
    }

    fn text(&mut self, node: &Value) {
        let marks = node["marks"].as_array().map_or([].as_slice(), Vec::as_slice);
        let element = |mark: &Value| match mark["type"].as_str() {
            Some("bold") => Some("strong"),
            Some("italic") => Some("em"),
            Some("underline") => Some("u"),
            Some("strike") => Some("s"),
            Some("code") => Some("code"),
            _ => None,
        };
        let link = marks
            .iter()
            .filter(|mark| mark["type"] == "link")
            .filter_map(|mark| mark["attrs"]["href"].as_str())
            .find(|link| is_link(link));
        let elements: Vec<_> = marks.iter().filter_map(element).collect();
        if let Some(link) = link {
            let _ = write!(self.html, "<a href=\"{}\" rel=\"noopener noreferrer nofollow\">", escape(link));
        }
        for element in &elements {
            let _ = write!(self.html, "<{element}>");
        }
        self.html.push_str(&escape(node["text"].as_str().unwrap_or_default()));
        for element in elements.iter().rev() {
            let _ = write!(self.html, "</{element}>");
        }
        self.html.push_str(if link.is_some() { "</a>" } else { "" });
    }
}

/// Whether a link may lead there. Programs drop white space and control characters from an address before they read its scheme.
fn is_link(link: &str) -> bool {
    let lower = link.to_ascii_lowercase();
    !link.contains(|letter: char| letter.is_whitespace() || letter.is_control())
        && LINKS.iter().any(|scheme| lower.starts_with(scheme))
}
