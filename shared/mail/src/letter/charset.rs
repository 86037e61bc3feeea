//! Which letters bytes stand for.

use std::borrow::Cow;

use mail_parser::decoders::charsets::map::charset_decoder;

/// The text of bytes in the charset that a part declares. What is declared wrongly is read as if nothing were declared.
pub(super) fn text(bytes: &[u8], declared: Option<&str>) -> String {
    let declared = declared.map(|name| name.trim().to_ascii_lowercase()).filter(|name| !name.is_empty());
    // Senders write ASCII when they mean that they did not think of it, and UTF-8 is told by its form.
    let says_little = |name: &str| matches!(name, "us-ascii" | "ascii" | "utf-8" | "utf8" | "unknown-8bit" | "binary");
    let decoder = declared.filter(|name| !says_little(name)).and_then(|name| charset_decoder(name.as_bytes()));
    decoder.map_or_else(|| undeclared(bytes).into_owned(), |decode| decode(bytes))
}

/// The text of bytes of which nothing is declared: UTF-8 if they are, else windows-1252, in which every byte is a letter.
pub(super) fn undeclared(bytes: &[u8]) -> Cow<'_, str> {
    match std::str::from_utf8(bytes) {
        Ok(text) => Cow::Borrowed(text),
        Err(_) if is_mostly_utf8(bytes) => String::from_utf8_lossy(bytes),
        Err(_) => {
            charset_decoder(b"windows-1252").map_or_else(|| String::from_utf8_lossy(bytes), |decode| Cow::Owned(decode(bytes)))
        }
    }
}

/// Whether bytes are UTF-8 but for a few, such as one letter that was cut.
fn is_mostly_utf8(bytes: &[u8]) -> bool {
    let (mut letters, mut errors) = (0, 0);
    for chunk in bytes.utf8_chunks() {
        letters += chunk.valid().chars().filter(|letter| !letter.is_ascii()).count();
        errors += usize::from(!chunk.invalid().is_empty());
    }
    letters > errors * 10
}
