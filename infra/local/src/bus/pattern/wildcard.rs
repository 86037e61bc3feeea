//! Texts with `*`, which stands for any text, including the empty one.

/// A text with wildcards, as the pieces before, between and after them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Wildcard {
    first: String,
    /// Empty if there is no wildcard.
    rest: Vec<String>,
}

impl Wildcard {
    /// Reads a text in which `\*` and `\\` stand for the characters themselves. Two wildcards in a row are an error, as on AWS.
    pub(super) fn parse(text: &str) -> Result<Self, String> {
        let mut pieces = vec![String::new()];
        let mut after_wildcard = false;
        let mut characters = text.chars();
        while let Some(character) = characters.next() {
            if character == '*' {
                if after_wildcard {
                    return Err("two wildcards in a row".to_owned());
                }
                pieces.push(String::new());
            } else if let Some(piece) = pieces.last_mut() {
                piece.push(match character {
                    '\\' => {
                        characters.next().filter(|escaped| ['*', '\\'].contains(escaped)).ok_or("a \\ before neither * nor \\")?
                    }
                    character => character,
                });
            }
            after_wildcard = character == '*';
        }
        let first = pieces.remove(0);
        Ok(Self { first, rest: pieces })
    }

    pub(super) fn matches(&self, text: &str) -> bool {
        let Some((last, between)) = self.rest.split_last() else { return text == self.first };
        let inner = text.strip_prefix(self.first.as_str()).and_then(|text| text.strip_suffix(last.as_str()));
        let Some(mut text) = inner else { return false };
        // Taking each piece at its earliest position leaves the most room for the next piece.
        for piece in between {
            let Some((_, after)) = text.split_once(piece.as_str()) else { return false };
            text = after;
        }
        true
    }
}
