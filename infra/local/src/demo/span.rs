//! Lengths of time as the story has them: `2d4h`, `35m`.

use serde::{Deserialize, Deserializer, de::Error};

/// A length of time in seconds.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Span(pub(super) i64);

impl Span {
    /// Reads a span; none if the text is no span.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (mut total, mut number) = (0_i64, String::new());
        for letter in text.chars() {
            let unit = match letter {
                '0'..='9' => {
                    number.push(letter);
                    continue;
                }
                's' => 1,
                'm' => 60,
                'h' => 3_600,
                'd' => 86_400,
                _ => return None,
            };
            total += number.parse::<i64>().ok()? * unit;
            number.clear();
        }
        (number.is_empty() && !text.is_empty()).then_some(Self(total))
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        Self::parse(&text).ok_or_else(|| D::Error::custom(format!("{text} is no length of time such as 2d4h")))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_span_has_units() {
        for (text, seconds) in
            [("35m", Some(2_100)), ("2d4h", Some(187_200)), ("0m", Some(0)), ("5", None), ("", None), ("h", None)]
        {
            assert_eq!(Span::parse(text).map(|span| span.0), seconds, "{text}");
        }
    }
}
