//! Addresses without their queries. Queries and fragments of a customer's site may hold names, tokens and searches.

use std::borrow::Cow;

/// An address up to its query and its fragment.
pub fn without_query(url: &str) -> &str {
    url.split(['?', '#']).next().unwrap_or_default()
}

/// A text whose addresses have lost their queries and fragments. An address begins with a scheme and `://`, and ends at what
/// cannot be part of it.
pub fn without_queries(text: &str) -> Cow<'_, str> {
    if !text.contains("://") {
        return Cow::Borrowed(text);
    }
    let mut kept = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find("://") {
        let (before, address) = rest.split_at(at + 3);
        kept.push_str(before);
        let end = address.find(ends_address).unwrap_or(address.len());
        let (address, after) = address.split_at(end);
        kept.push_str(without_query(address));
        rest = after;
    }
    kept.push_str(rest);
    Cow::Owned(kept)
}

fn ends_address(c: char) -> bool {
    c.is_whitespace() || matches!(c, '"' | '\'' | '<' | '>' | '`' | ')' | ']' | '}' | '|' | '\\')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn queries_go_and_the_rest_stays() {
        for (given, kept) in [
            ("https://shop.example/cart?token=1#x", "https://shop.example/cart"),
            ("https://shop.example/#/secret", "https://shop.example/"),
            ("https://shop.example", "https://shop.example"),
            ("no address? none", "no address? none"),
            ("is it? a://b?c", "is it? a://b"),
            (
                "GET https://a.example/x?y=1 failed (see http://b.example/#z)",
                "GET https://a.example/x failed (see http://b.example/)",
            ),
            ("\"https://a.example/?q=ada@example.com\"", "\"https://a.example/\""),
            ("app://local/index.html?user=1, https://é.example/ü?ö", "app://local/index.html https://é.example/ü"),
        ] {
            assert_eq!(without_queries(given), kept);
        }
        assert_eq!(without_query("/path?x=1"), "/path");
    }
}
