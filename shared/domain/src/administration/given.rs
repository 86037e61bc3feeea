//! What people may call themselves, and the things that they make.

use crate::text::fits;

/// The most characters of a key's label, or of the name of a project, role or workflow.
pub const NAME: usize = 200;
/// The most characters of a member's first name.
pub const FIRST_NAME: usize = 150;
/// The most characters of an e-mail address.
const EMAIL: usize = 254;

/// Whether the text has the shape of an e-mail address. Only a message to it could tell whether the address exists.
pub fn is_email(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let odd = |letter: char| letter.is_whitespace() || letter.is_control();
    fits(text, EMAIL)
        && !text.contains(odd)
        && !local.is_empty()
        && !domain.contains('@')
        && domain.contains('.')
        && domain.split('.').all(|label| !label.is_empty())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_known_by_their_shape() {
        let longest = format!("{}@b.c", "x".repeat(EMAIL - 4));
        for good in ["a@b.c", "first.last+tag@mail.example.com", "ü@bücher.example", &longest] {
            assert!(is_email(good), "{good}");
        }
        let long = format!("x{longest}");
        for bad in [
            "",
            "a",
            "@b.c",
            "a@",
            "a@b",
            "a@b.",
            "a@.c",
            "a@b..c",
            "a@b@c.d",
            "a b@c.d",
            " a@b.c",
            "a@b.c\n",
            "a\u{7}@b.c",
            &long,
        ] {
            assert!(!is_email(bad), "{bad:?}");
        }
    }
}
