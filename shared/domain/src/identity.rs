//! Who a user is to an identity provider, and which user someone is whom a provider vouches for.
//!
//! A provider knows a person by a subject, which stays. An address can be given to somebody else. So a user's address counts at
//! their first sign-in only, and binds the subject to the user. From then on the subject decides.

use crate::ids::UserId;

/// A person, as a provider knows them.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The provider.
    pub issuer: String,
    /// Whom it means; never given to another person.
    pub subject: String,
}

/// Someone whom a provider vouches for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Vouched {
    /// Who they are to the provider.
    pub subject: Subject,
    /// An address that the provider has seen to be theirs.
    pub email: String,
}

/// Which user someone is whom a provider vouches for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Identified {
    /// A member of at least one project.
    Member(UserId),
    /// Nobody's member.
    Nobody,
    /// Their address is a user's who is bound to another subject.
    OtherSubject(UserId),
}

/// Whether two addresses are the same one. Only the case of ASCII letters doesn't count: what else looks alike may be
/// somebody else's address.
pub fn is_same_address(one: &str, other: &str) -> bool {
    one.eq_ignore_ascii_case(other)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_that_look_alike_are_not_the_same() {
        assert!(is_same_address("Ada@Example.com", "ada@example.COM"));
        for other in
            ["ada@example.co", "ada@example.com ", "ad\u{430}@example.com", "ADA@example.\u{212a}om", "ada@exampl\u{e9}.com"]
        {
            assert!(!is_same_address("ada@example.com", other), "{other}");
        }
        assert!(!is_same_address("kim@example.com", "\u{212a}im@example.com"), "the sign of Kelvin is no K");
    }
}
