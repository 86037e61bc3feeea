//! Files of messages. Their bytes lie in the bucket.

use serde_json::Value;
use uuid::Uuid;

use crate::words::words;

/// The most files of a message.
pub const FILES: usize = 20;
/// The most bytes of a file.
pub const FILE_BYTES: u64 = 10 * 1024 * 1024;
/// The most bytes of all files of a message.
pub const ALL_BYTES: u64 = 25 * 1024 * 1024;
/// The most files of a mail that its message lists, with those that are too large to be kept.
pub const LISTED: usize = 40;

words! {
    /// What a file is, seen by its bytes. Anything but a picture that browsers show without running anything is just bytes.
    FileType {
        /// A picture.
        Png = "image/png",
        /// A picture.
        Jpeg = "image/jpeg",
        /// A picture.
        Gif = "image/gif",
        /// A picture.
        Webp = "image/webp",
        /// Anything else. It is only ever downloaded.
        Bytes = "application/octet-stream",
    }
}

impl FileType {
    /// Whether a page may show it.
    pub const fn is_picture(self) -> bool {
        !matches!(self, Self::Bytes)
    }
}

words! {
    /// Whether a file can be had.
    AttachmentState {
        /// It can.
        Kept = "kept",
        /// It is over a bound. It can be had from the raw mail.
        TooLarge = "too_large",
    }
}

/// A file of a message.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Attachment {
    /// Its id.
    pub id: Uuid,
    /// Its name, which is only data.
    pub name: String,
    /// What it is.
    pub content_type: FileType,
    /// How many bytes it has.
    pub size: u64,
    /// Whether the message shows it within its text.
    pub inline: bool,
    /// Whether it can be had.
    pub state: AttachmentState,
}

/// Gives the pictures of a `TipTap` document that are this file another address.
pub fn show_from(document: &mut Value, file: Uuid, address: &str) {
    let is_it = document["type"] == "image" && shows(&document["attrs"]["src"], file);
    if let Some(source) = document.pointer_mut("/attrs/src").filter(|_| is_it) {
        *source = address.into();
    }
    for child in document.get_mut("content").and_then(Value::as_array_mut).into_iter().flatten() {
        show_from(child, file, address);
    }
}

fn shows(source: &Value, file: Uuid) -> bool {
    source.as_str().is_some_and(|source| source.contains(&file.to_string()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_page_shows_what_is_known_as_a_picture() {
        let shown: Vec<_> = FileType::ALL.iter().copied().filter(|kind| kind.is_picture()).collect();
        assert_eq!(shown, [FileType::Png, FileType::Jpeg, FileType::Gif, FileType::Webp]);
    }

    #[test]
    fn a_picture_gets_the_address_of_its_file() {
        let (one, two) = (Uuid::from_u128(1), Uuid::from_u128(2));
        let document = |first: &str| {
            let picture = |source: &str| json!({"type": "image", "attrs": {"src": source}});
            json!({"type": "doc", "content": [
                {"type": "paragraph", "content": [picture(first), {"type": "text", "text": one}]}, picture(&format!("/{two}/")), 7,
            ]})
        };
        let mut shown = document(&format!("/attachments/{one}/"));
        show_from(&mut shown, one, "cid:1");
        assert_eq!(shown, document("cid:1"));
    }

    #[test]
    fn a_file_has_ten_megabytes_and_those_of_a_message_twenty_five() {
        assert_eq!((FILE_BYTES, ALL_BYTES), (10_485_760, 26_214_400));
    }
}
