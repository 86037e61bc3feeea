//! A source map as the API shows it.

use lambdesk_domain::{Timestamp, capture::source_map::MapName};
use lambdesk_store::SourceMapInfo;
use serde::Serialize;
use utoipa::ToSchema;
use uuid::Uuid;

/// A source map, without its content.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct SourceMapBody {
    id: Uuid,
    /// The id of the script that it is of; null if it is known by its address.
    #[schema(required)]
    chunk_id: Option<String>,
    /// The address of the script that it is of, without query and fragment; null if it is known by its id.
    #[schema(required)]
    url: Option<String>,
    /// How many bytes were sent, after they were unzipped.
    size: u64,
    /// How many bytes it takes as it is stored: zipped, and without the sources' texts.
    stored_size: u64,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    uploaded_at: Timestamp,
    /// Until when it is kept.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Timestamp,
}

impl SourceMapBody {
    pub(crate) fn new(map: &SourceMapInfo) -> Self {
        let (chunk_id, url) = match map.name.clone() {
            MapName::Chunk(id) => (Some(id), None),
            MapName::Url(url) => (None, Some(url)),
        };
        Self {
            id: map.id,
            chunk_id,
            url,
            size: map.size,
            stored_size: map.stored,
            uploaded_at: map.uploaded_at,
            expires_at: map.expires_at,
        }
    }
}
