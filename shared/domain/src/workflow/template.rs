//! Text with placeholders, such as `vip-{event.properties.customer_email}`.
//!
//! A value is inserted as text and never read again: braces in what a customer wrote stay braces.

use serde_json::Value;

use super::{
    known::Known,
    place::{Invalid, Place},
    property::{Property, is_path},
};

/// The most characters of a text input, as written.
const LONGEST: usize = 1000;

/// A text input: a constant, or one with placeholders that the run fills in.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    source: String,
    parts: Vec<Part>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
enum Part {
    Text(String),
    Value(Property),
}

impl Template {
    /// Reads a text. Braces are a placeholder if their content looks like a path. It must then be a valid path, so that a
    /// misspelt path is refused by name. Any other braces are text.
    pub fn parse(source: &str) -> Result<Self, String> {
        let mut parts = Vec::new();
        let mut text = String::new();
        let mut rest = source;
        while let Some((before, after)) = rest.split_once('{') {
            text.push_str(before);
            let inner = after.split_once('}').filter(|(inner, _)| is_placeholder(inner.trim()));
            if let Some((inner, after)) = inner {
                if !text.is_empty() {
                    parts.push(Part::Text(std::mem::take(&mut text)));
                }
                parts.push(Part::Value(Property::parse(inner.trim())?));
                rest = after;
            } else {
                text.push('{');
                rest = after;
            }
        }
        text.push_str(rest);
        if !text.is_empty() {
            parts.push(Part::Text(text));
        }
        Ok(Self { source: source.to_owned(), parts })
    }

    /// Reads the JSON text at a place; an error names the place.
    pub(super) fn read(value: &Value, place: &Place) -> Result<Self, Invalid> {
        Self::parse(place.text(value, LONGEST)?).map_err(|reason| place.refuse(reason))
    }

    /// The text as written.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// The text, if it has no placeholders.
    pub fn constant(&self) -> Option<&str> {
        let varies = self.parts.iter().any(|part| matches!(part, Part::Value(_)));
        (!varies).then_some(self.source.as_str())
    }

    /// The text with its placeholders filled in. A placeholder that is not set becomes empty text.
    pub(super) fn render(&self, known: &Known<'_>) -> String {
        let mut rendered = String::with_capacity(self.source.len());
        for part in &self.parts {
            match part {
                Part::Text(text) => rendered.push_str(text),
                Part::Value(property) => rendered.push_str(&as_text(known.get(property))),
            }
        }
        rendered
    }

    /// Appends what this stands for within a list. A lone placeholder whose value is a list appends all its members, so
    /// `["{variables.ticket.tags}", "new"]` merges tags as PostHog's documentation advises. Anything else appends one text.
    pub(super) fn render_into(&self, known: &Known<'_>, list: &mut Vec<String>) {
        if let [Part::Value(property)] = self.parts.as_slice()
            && let Some(Value::Array(members)) = known.get(property)
        {
            list.extend(members.iter().map(|member| as_text(Some(member))));
        } else {
            list.push(self.render(known));
        }
    }
}

/// Whether the content of braces looks like a path: it begins with `event.` or `variables.`, or is names joined by dots.
fn is_placeholder(inner: &str) -> bool {
    let begins = |root: &str| inner.strip_prefix(root).is_some_and(|rest| rest.starts_with('.'));
    let named = inner.starts_with(|c: char| c.is_alphabetic() || matches!(c, '_' | '$'));
    !inner.contains(['{', '\n']) && (begins("event") || begins("variables") || (named && inner.contains('.') && is_path(inner)))
}

fn as_text(value: Option<&Value>) -> String {
    match value {
        None | Some(Value::Null) => String::new(),
        Some(Value::String(text)) => text.clone(),
        Some(other) => other.to_string(),
    }
}

#[cfg(test)]
mod tests;
