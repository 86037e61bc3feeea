//! What is attached to a mail.

use super::parts::Leaf;

/// The most files of a mail that are kept.
pub(super) const FILES: usize = 20;
/// The most bytes of a file.
pub(super) const FILE: usize = 10 * 1024 * 1024;
/// The most bytes of all files of a mail.
pub(super) const ALL: usize = 25 * 1024 * 1024;

/// A file that came with a mail.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    /// Its name, which is only data: it is no path, and has no control characters.
    pub name: String,
    /// What it is, seen by its bytes and not by what the mail says.
    pub kind: Kind,
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

/// What a file is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// A picture of a kind that browsers show without running anything.
    Picture(&'static str),
    /// Anything else. It is only ever downloaded.
    Other,
}

impl Kind {
    fn of(bytes: &[u8]) -> Self {
        match infer::get(bytes).map(|seen| seen.mime_type()) {
            Some(seen @ ("image/png" | "image/jpeg" | "image/gif" | "image/webp")) => Self::Picture(seen),
            _ => Self::Other,
        }
    }

    /// The type that the file is served as.
    pub const fn content_type(self) -> &'static str {
        match self {
            Self::Picture(seen) => seen,
            Self::Other => "application/octet-stream",
        }
    }

    /// Whether it may be shown within a page.
    pub const fn is_shown(self) -> bool {
        matches!(self, Self::Picture(_))
    }
}

/// How much of a mail's files is kept so far.
#[derive(Debug, Default)]
pub(super) struct Room {
    files: usize,
    bytes: usize,
}

impl Room {
    /// The file of a part. Its bytes are kept if there is room.
    pub(super) fn take(&mut self, leaf: &Leaf, raw: &[u8]) -> File {
        let (written, encoding) = (leaf.written(raw), leaf.encoding());
        let size = encoding.size(written);
        let is_kept = self.files < FILES && size <= FILE && self.bytes + size <= ALL;
        let bytes = is_kept.then(|| encoding.decode(written));
        if is_kept {
            self.files += 1;
            self.bytes += size;
        }
        File {
            name: leaf.says.name.clone().unwrap_or_else(|| nameless(&leaf.says.kind)),
            kind: bytes.as_deref().map_or(Kind::Other, Kind::of),
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
