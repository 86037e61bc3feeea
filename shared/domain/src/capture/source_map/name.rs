//! Which script a source map is of.

use uuid::Uuid;

use crate::{
    capture::{exception::Frame, urls, walls},
    text::fits,
};

/// What a map is known by: the id that `posthog-cli sourcemap inject` gave to the script, or the script's address.
#[derive(Debug, Clone, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum MapName {
    /// The id within the script.
    Chunk(String),
    /// The address, without query and fragment.
    Url(String),
}

/// Why a name can be none.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadName {
    /// No id has these letters, or so many.
    #[error("Must be 1 to {} letters, digits, \"-\", \"_\" and \".\".", walls::TEXT)]
    Chunk,
    /// No script has such an address.
    #[error(
        "Must be the script's whole address, such as \"https://shop.example/assets/app.js\", of at most {} characters.",
        walls::TEXT
    )]
    Url,
}

impl MapName {
    /// The name of a script by its id.
    pub fn chunk(id: &str) -> Result<Self, BadName> {
        let is_id = |id: &str| id.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"-_.".contains(&byte));
        if id.is_empty() || id.len() > walls::TEXT || !is_id(id) { Err(BadName::Chunk) } else { Ok(Self::Chunk(id.to_owned())) }
    }

    /// The name of a script by its address, whose query and fragment don't count.
    pub fn url(url: &str) -> Result<Self, BadName> {
        let url = urls::without_query(url);
        let (scheme, rest) = url.split_once("://").ok_or(BadName::Url)?;
        let is_scheme = scheme.starts_with(|letter: char| letter.is_ascii_alphabetic())
            && scheme.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte));
        let odd = |letter: char| letter.is_whitespace() || letter.is_control();
        // A frame's address is cut at this length, and a longer one would match none.
        let fits = fits(url, walls::TEXT);
        if is_scheme && !rest.is_empty() && !url.contains(odd) && fits {
            Ok(Self::Url(url.to_owned()))
        } else {
            Err(BadName::Url)
        }
    }

    /// The names by which a frame's map may be known, the surer one first.
    pub fn of_frame(frame: &Frame) -> Vec<Self> {
        let chunk = frame.chunk_id.as_deref().and_then(|id| Self::chunk(id).ok());
        let url = frame.file.as_deref().and_then(|file| Self::url(file).ok());
        chunk.into_iter().chain(url).collect()
    }

    /// The id or the address itself.
    pub fn as_str(&self) -> &str {
        let (Self::Chunk(text) | Self::Url(text)) = self;
        text
    }

    /// The map's id. It is the same each time that a map of the same script is uploaded.
    pub fn id(&self) -> Uuid {
        let text = match self {
            Self::Chunk(id) => format!("chunk\n{id}"),
            Self::Url(url) => format!("url\n{url}"),
        };
        Uuid::new_v5(&Uuid::NAMESPACE_OID, text.as_bytes())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_address_counts_without_query_and_fragment() {
        let of = |url: &str| MapName::url(url).unwrap();
        assert_eq!(of("https://shop.example/app.js?v=3#x"), of("https://shop.example/app.js"));
        assert_eq!(of("https://shop.example/app.js").id(), of("https://shop.example/app.js?v=4").id());
        assert!(MapName::url("capacitor://localhost/app.js").is_ok());
        let long = format!("https://shop.example/{}", "x".repeat(200));
        for wrong in ["", "app.js", "/app.js", "://x", "https://", "https://a b", "https://a\n", "1x://a", &long] {
            assert_eq!(MapName::url(wrong), Err(BadName::Url), "{wrong}");
        }
    }

    #[test]
    fn an_id_is_no_address() {
        assert!(MapName::chunk("0193b8a4-7c3e-7b7a-9f5f-0d2f6a5e1c11").is_ok());
        assert!(MapName::chunk(&"x".repeat(200)).is_ok());
        for wrong in ["", "a b", "a#b", "é", "a/b", &"x".repeat(201)] {
            assert_eq!(MapName::chunk(wrong), Err(BadName::Chunk), "{wrong}");
        }
        assert_ne!(MapName::Chunk("https://a".into()).id(), MapName::Url("https://a".into()).id());
    }
}
