//! Whether a text can be an address at all.

/// The most bytes of an address, by RFC 5321, and of what stands before its at sign.
const ADDRESS: (usize, usize) = (254, 64);

/// Whether mail may be sent to this text. It says nothing about whose the address is, nor whether there is one.
pub fn is_plausible(text: &str) -> bool {
    let Some((local, domain)) = text.split_once('@') else { return false };
    let is_fit = |letter: char| letter.is_ascii_graphic() && !"()<>[]:;@\\,\"".contains(letter);
    let is_label = |label: &str| {
        let is_of_names = |letter: char| letter.is_ascii_alphanumeric() || letter == '-';
        !label.is_empty() && label.chars().all(is_of_names) && !label.starts_with('-') && !label.ends_with('-')
    };
    let is_local = (1..=ADDRESS.1).contains(&local.len()) && local.chars().all(is_fit);
    text.len() <= ADDRESS.0 && is_local && domain.contains('.') && domain.split('.').all(is_label)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn addresses_are_told_from_other_texts() {
        for good in ["ada@example.com", "Ada.Long+tag@mail.example.co.uk", "a@b-c.de"] {
            assert!(is_plausible(good), "{good}");
        }
        let long = format!("{}@example.com", "a".repeat(65));
        let bad = [
            "",
            "ada",
            "@example.com",
            "ada@",
            "ada@example",
            "ada@.com",
            "ada@-a.com",
            "a b@example.com",
            "a@b@example.com",
            "ada@example.com\r\nBcc: eve@example.com",
            "<ada@example.com>",
            "zoë@example.com",
            "ada@exämple.com",
            "a,b@example.com",
            &long,
        ];
        for bad in bad {
            assert!(!is_plausible(bad), "{bad}");
        }
    }

    #[test]
    fn an_address_has_bounds() {
        let address = |local: usize, domain: usize| format!("{}@{}.com", "a".repeat(local), "b".repeat(domain));
        assert!(is_plausible(&address(64, 185)) && !is_plausible(&address(64, 186)), "254 bytes");
        assert!(is_plausible(&address(64, 1)) && !is_plausible(&address(65, 1)));
        for bad in ["ada@a-.com", "ada@a..com", "ada@com.", "a\u{7f}@example.com", "ada@a_b.com", "a@b.c-"] {
            assert!(!is_plausible(bad), "{bad}");
        }
    }
}
