//! Files of messages: one attribute of JSON with names of one letter. Most messages have none.

use lambdesk_domain::attachment::{Attachment, AttachmentState, FileType};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error as _, ser::Error as _};
use uuid::Uuid;

#[derive(Serialize, Deserialize)]
#[serde(remote = "Attachment")]
struct AttachmentRow {
    #[serde(rename = "i")]
    id: Uuid,
    #[serde(rename = "n")]
    name: String,
    #[serde(rename = "t", default = "bytes", skip_serializing_if = "is_bytes")]
    content_type: FileType,
    #[serde(rename = "s")]
    size: u64,
    #[serde(rename = "c", default, skip_serializing_if = "super::row::values::is_off")]
    inline: bool,
    #[serde(rename = "l", default = "kept", skip_serializing_if = "is_kept")]
    state: AttachmentState,
}

const fn bytes() -> FileType {
    FileType::Bytes
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_bytes(content_type: &FileType) -> bool {
    *content_type == bytes()
}

const fn kept() -> AttachmentState {
    AttachmentState::Kept
}

#[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
fn is_kept(state: &AttachmentState) -> bool {
    *state == kept()
}

#[derive(Serialize, Deserialize)]
struct Row(#[serde(with = "AttachmentRow")] Attachment);

pub(super) fn serialize<S: Serializer>(files: &[Attachment], serializer: S) -> Result<S::Ok, S::Error> {
    let rows: Vec<_> = files.iter().cloned().map(Row).collect();
    serializer.serialize_str(&serde_json::to_string(&rows).map_err(S::Error::custom)?)
}

pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Vec<Attachment>, D::Error> {
    let text = String::deserialize(deserializer)?;
    let rows: Vec<Row> = serde_json::from_str(&text).map_err(|_| D::Error::custom("fil"))?;
    Ok(rows.into_iter().map(|Row(file)| file).collect())
}
