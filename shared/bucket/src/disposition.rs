//! `Content-Disposition`: the name of a file, and whether a browser may show it (RFC 6266).

use std::fmt;

use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, percent_decode_str, utf8_percent_encode};

/// All but what a name may hold as it is (`attr-char` of RFC 8187).
const NAME: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~').remove(b'!');
/// What stands before a name.
const BEFORE: &str = "filename*=UTF-8''";

/// The name of a file, and whether a browser may show it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Disposition {
    is_shown: bool,
    name: String,
}

impl Disposition {
    /// A file that is only ever downloaded.
    pub fn attachment(name: &str) -> Self {
        Self { is_shown: false, name: name.to_owned() }
    }

    /// A file that a browser may show.
    pub fn inline(name: &str) -> Self {
        Self { is_shown: true, name: name.to_owned() }
    }

    /// The name in a header field that this wrote; `None` for any other.
    pub fn name_in(field: &str) -> Option<String> {
        let (_, name) = field.split_once(BEFORE)?;
        percent_decode_str(name).decode_utf8().ok().map(Into::into)
    }
}

impl fmt::Display for Disposition {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = if self.is_shown { "inline" } else { "attachment" };
        write!(f, "{kind}; {BEFORE}{}", utf8_percent_encode(&self.name, NAME))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_name_is_read_as_it_was_written_and_ends_nothing() {
        for name in ["invoice.pdf", "Überweisung \"7\"; x=1.pdf", "李\r\nX-Odd: 1", "%41 'a'*"] {
            let field = Disposition::attachment(name).to_string();
            assert_eq!(Disposition::name_in(&field).as_deref(), Some(name));
            assert!(
                field.starts_with("attachment; ") && field.bytes().all(|byte| byte.is_ascii_graphic() || byte == b' '),
                "{field}"
            );
            assert_eq!(field.matches(';').count(), 1, "{field}");
        }
        assert_eq!(Disposition::inline("a.png").to_string(), "inline; filename*=UTF-8''a.png");
        assert_eq!(Disposition::name_in("attachment; filename=a"), None);
    }
}
