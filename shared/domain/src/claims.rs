//! Signed claims: what a project's server says about its customer, carried to the desk by the customer's browser.
//!
//! What a browser says about its user proves nothing. A claim carries the word of the project's server. The server's secret
//! signs whom the claim is about, which field, which value and until when, so that none of the four can be exchanged. The
//! signature is checked where the secret is. This module defines what is signed, and for how long it counts (docs/decisions.md,
//! 55).

use crate::time::Timestamp;

/// How many seconds ahead a claim may expire: one day, and five minutes for a server whose clock is ahead.
const LONGEST: i64 = 24 * 3600 + 5 * 60;
/// The most claims of one message that are checked. Each costs two signatures: by the secret and by its backup.
pub const MOST: usize = 50;
/// The most characters of a field and of a value, as of any trait. A longer one would be cut, and so differ from what was
/// signed.
const FIELD: usize = 200;
const VALUE: usize = 500;

/// A claim as it was sent.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Claim {
    /// The trait that it is about.
    pub field: String,
    /// The value of that trait.
    pub value: String,
    /// When the claim expires, in Unix seconds.
    pub expires_at: i64,
}

impl Claim {
    /// The bytes that the server signed for the customer with this distinct id: `v1`, the distinct id, the field, the value
    /// trimmed and in lower case, and the expiry, joined by NUL. `None` if a part itself holds a NUL: two claims could then
    /// have the same bytes.
    pub fn signed_bytes(&self, distinct_id: &str) -> Option<Vec<u8>> {
        let (value, expires_at) = (self.value.trim().to_lowercase(), self.expires_at.to_string());
        let parts = ["v1", distinct_id, &self.field, &value, &expires_at];
        (!parts.iter().any(|part| part.contains('\0'))).then(|| parts.join("\0").into_bytes())
    }

    /// Whether the claim fits into a trait and has not expired at `now`. One that expires too far ahead does not count either.
    pub fn counts(&self, now: Timestamp) -> bool {
        let left = self.expires_at.saturating_sub(now.seconds());
        let fits = |text: &str, most: usize| !text.trim().is_empty() && crate::text::fits(text, most);
        fits(&self.field, FIELD) && fits(&self.value, VALUE) && (1..=LONGEST).contains(&left)
    }
}

/// The claims of a message whose signatures are valid.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Claims {
    /// The distinct id of the customer that they are about.
    distinct_id: String,
    /// Each field with its value.
    fields: Vec<(String, String)>,
}

impl Claims {
    /// Claims about the customer with this distinct id; their signatures were checked by the caller.
    pub fn new(distinct_id: impl Into<String>, claims: impl IntoIterator<Item = Claim>) -> Self {
        let field = |claim: Claim| (claim.field, claim.value.trim().to_owned());
        Self { distinct_id: distinct_id.into(), fields: claims.into_iter().map(field).collect() }
    }

    /// The claims about a ticket's customer; none if they are about another one. An anonymous session may send any distinct id
    /// with a message, and thus claims about somebody else.
    pub fn about(&self, distinct_id: &str) -> &[(String, String)] {
        if self.distinct_id == distinct_id { &self.fields } else { &[] }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn claim(field: &str, value: &str, expires_at: i64) -> Claim {
        Claim { field: field.to_owned(), value: value.to_owned(), expires_at }
    }

    #[test]
    fn the_value_is_signed_without_case_and_outer_spaces() {
        let bytes = |value: &str| claim("plan", value, 90).signed_bytes("ada").unwrap();
        assert_eq!(bytes(" Enterprise\t"), b"v1\0ada\0plan\0enterprise\090");
        assert_eq!(bytes("ENTERPRISE"), bytes("enterprise"));
        assert_ne!(bytes("enter prise"), bytes("enterprise"));
        assert_ne!(claim("Plan", "x", 90).signed_bytes("ada"), claim("plan", "x", 90).signed_bytes("ada"));
    }

    #[test]
    fn no_two_claims_are_the_same_bytes() {
        let one = claim("plan\0enterprise", "", 90).signed_bytes("ada");
        assert_eq!(one, None);
        assert_eq!(claim("plan", "a\0b", 90).signed_bytes("ada"), None);
        assert_eq!(claim("plan", "a", 90).signed_bytes("ada\0plan"), None);
    }

    #[test]
    fn a_claim_counts_for_a_day_and_five_minutes_at_most() {
        let now = Timestamp::EPOCH.plus_seconds(1_000_000);
        let counts = |left: i64| claim("plan", "scale", 1_000_000 + left).counts(now);
        assert!(counts(1) && counts(3600) && counts(86_700));
        assert!(!counts(0) && !counts(-1) && !counts(86_701));
        assert!(!claim("plan", "scale", i64::MAX).counts(now) && !claim("plan", "scale", i64::MIN).counts(now));
        for (field, value) in [("", "x"), ("plan", " "), ("plan", &*"x".repeat(501)), (&*"x".repeat(201), "x")] {
            assert!(!claim(field, value, 1_000_060).counts(now));
        }
    }

    #[test]
    fn claims_are_about_one_customer() {
        let claims = Claims::new("ada", [claim("plan", " Scale ", 90)]);
        assert_eq!(claims.about("ada"), [("plan".to_owned(), "Scale".to_owned())]);
        assert!(claims.about("eve").is_empty() && claims.about("").is_empty());
    }
}
