//! What is attached to a mail.

use lambdesk_domain::attachment::{ALL_BYTES, FILE_BYTES, FILES, FileType};

use super::parts::Leaf;

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, which is only data: it is no path, and has no control characters.
    pub name: String,
    /// What it is, seen by its bytes and not by what the mail says.
    pub kind: FileType,
    /// How many bytes it has.
    pub size: usize,
    /// Its bytes.
    pub bytes: Bytes,
    /// The id by which the HTML shows it.
    pub content_id: Option<String>,
}

/// The bytes of a file, if they are kept.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Bytes {
    /// They are.
    Kept(Vec<u8>),
    /// The file is over a bound; it can be had from the raw mail.
    TooLarge,
}

/// What a file is, by its bytes.
pub fn file_type(bytes: &[u8]) -> FileType {
    infer::get(bytes).and_then(|seen| FileType::parse(seen.mime_type())).unwrap_or(FileType::Bytes)
}

/// How much of a mail's files is kept so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    files: usize,
    bytes: u64,
}

impl Room {
    /// The file of a part. Its bytes are kept if there is room.
    pub(super) fn take(&mut self, leaf: &Leaf, raw: &[u8]) -> File {
        let (written, encoding) = (leaf.written(raw), leaf.encoding());
        let size = encoding.size(written);
        let needed = size as u64;
        let is_kept = self.files < FILES && needed <= FILE_BYTES && self.bytes + needed <= ALL_BYTES;
        let bytes = is_kept.then(|| encoding.decode(written));
        if is_kept {
            self.files += 1;
            self.bytes += needed;
        }
        File {
            name: leaf.says.name.clone().unwrap_or_else(|| nameless(&leaf.says.kind)),
            kind: bytes.as_deref().map_or(FileType::Bytes, file_type),
            size,
            bytes: bytes.map_or(Bytes::TooLarge, Bytes::Kept),
            content_id: leaf.says.content_id.clone(),
        }
    }
}

fn nameless(kind: &str) -> String {
    match kind {
        "message/rfc822" => "message.eml",
        "text/calendar" => "invitation.ics",
        "text/html" => "text.html",
        _ if kind.starts_with("text/") => "text.txt",
        _ if kind.starts_with("image/") => "picture",
        _ => "file",
    }
    .to_owned()
}
