//! How a part's bytes are written in a mail. Mistakes are read over: a mail is there to be read.

/// How bytes are written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Encoding {
    AsIs,
    Base64,
    QuotedPrintable,
}

impl Encoding {
    /// The encoding of this name.
    pub(super) fn named(name: &str) -> Self {
        match name.trim().to_ascii_lowercase().as_str() {
            "base64" => Self::Base64,
            "quoted-printable" => Self::QuotedPrintable,
            _ => Self::AsIs,
        }
    }

    /// The bytes that were meant.
    pub(super) fn decode(self, written: &[u8]) -> Vec<u8> {
        match self {
            Self::AsIs => written.to_vec(),
            Self::Base64 => base64(written),
            Self::QuotedPrintable => quoted_printable(written),
        }
    }

    /// How many bytes were meant, without making them.
    pub(super) fn size(self, written: &[u8]) -> usize {
        match self {
            Self::AsIs => written.len(),
            Self::Base64 => written.iter().filter(|letter| sextet(**letter).is_some()).count() * 6 / 8,
            Self::QuotedPrintable => quoted_printable(written).len(),
        }
    }
}

fn base64(written: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len() / 4 * 3);
    let (mut held, mut bits) = (0_u32, 0);
    for letter in written {
        // Padding ends a group. Texts that were joined go on behind it.
        if *letter == b'=' {
            (held, bits) = (0, 0);
        }
        let Some(value) = sextet(*letter) else { continue };
        held = (held << 6) | value;
        bits += 6;
        if bits >= 8 {
            bits -= 8;
            bytes.push(u8::try_from((held >> bits) & 0xff).unwrap_or_default());
        }
        held &= 0xffff;
    }
    bytes
}

const fn sextet(letter: u8) -> Option<u32> {
    match letter {
        b'A'..=b'Z' => Some((letter - b'A') as u32),
        b'a'..=b'z' => Some((letter - b'a') as u32 + 26),
        b'0'..=b'9' => Some((letter - b'0') as u32 + 52),
        b'+' | b'-' => Some(62),
        b'/' | b'_' => Some(63),
        _ => None,
    }
}

fn quoted_printable(written: &[u8]) -> Vec<u8> {
    let mut bytes = Vec::with_capacity(written.len());
    for line in written.split_inclusive(|byte| *byte == b'\n') {
        let content = line.trim_ascii_end();
        let (content, is_soft) = content.strip_suffix(b"=").map_or((content, false), |content| (content, true));
        let mut at = 0;
        while let Some(byte) = content.get(at) {
            let pair =
                content.get(at + 1..at + 3).filter(|_| *byte == b'=').and_then(|pair| Some((hex(pair[0])?, hex(pair[1])?)));
            bytes.push(pair.map_or(*byte, |(high, low)| high << 4 | low));
            at += if pair.is_some() { 3 } else { 1 };
        }
        if !is_soft && line.ends_with(b"\n") {
            bytes.extend(if line.ends_with(b"\r\n") { b"\r\n".as_slice() } else { b"\n" });
        }
    }
    bytes
}

fn hex(digit: u8) -> Option<u8> {
    char::from(digit).to_digit(16).and_then(|value| u8::try_from(value).ok())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn mistakes_are_read_over() {
        for (written, meant) in
            [("aGVs\r\nbG8=", "hello"), ("aGVsbG8", "hello"), ("aG*Vs bG8=\r\n", "hello"), ("aGk=aGk=", "hihi"), ("", "")]
        {
            assert_eq!(Encoding::Base64.decode(written.as_bytes()), meant.as_bytes(), "{written}");
        }
        for (written, meant) in [
            ("caf=C3=A9", "café"),
            ("a=\r\nb", "ab"),
            ("a= \nb", "ab"),
            ("100% =zz = x", "100% =zz = x"),
            ("a  \r\nb", "a\r\nb"),
            ("=", ""),
        ] {
            assert_eq!(Encoding::QuotedPrintable.decode(written.as_bytes()), meant.as_bytes(), "{written}");
        }
        assert_eq!(Encoding::named(" BASE64 "), Encoding::Base64);
        assert_eq!(Encoding::named("x-uuencode"), Encoding::AsIs);
    }

    #[test]
    fn a_size_is_known_without_the_bytes() {
        for written in ["aGVsbG8=", "aGk=", "aGV\r\nsbG8gd29ybGQh"] {
            assert_eq!(Encoding::Base64.size(written.as_bytes()), Encoding::Base64.decode(written.as_bytes()).len());
        }
    }
}
