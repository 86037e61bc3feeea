//! Source maps in the table of what browsers sent. A map's own item says which upload has its content, and the parts of an upload
//! never change: whoever follows the item reads all of one upload or nothing.

use lambdesk_domain::{
    ProjectId, Timestamp,
    capture::{source_map::MapName, walls},
};
use uuid::Uuid;

use crate::{
    error::StoreError,
    items::context::EXPIRES,
    transport::{
        context_keys,
        item::{Item, Reader, Writer},
        key::LAST,
    },
};

/// Bytes that are zipped.
const BODY: &str = "body";
/// Which change of a project's maps was the last.
pub(crate) const CHANGE: &str = "n_change";

/// A source map, without its content.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct SourceMapInfo {
    /// The id, which follows from the name.
    pub id: Uuid,
    /// Which script it is of.
    pub name: MapName,
    /// How many bytes were sent, after they were unzipped.
    pub size: u64,
    /// How many bytes it has as it is stored.
    pub stored: u64,
    /// When it was uploaded.
    pub uploaded_at: Timestamp,
    /// Until when it is kept.
    pub expires_at: Timestamp,
    /// The upload that has its content.
    pub(crate) upload: Uuid,
}

impl SourceMapInfo {
    /// How many parts its content has.
    pub(crate) fn parts(&self) -> usize {
        usize::try_from(self.stored).unwrap_or(usize::MAX).div_ceil(walls::CHUNK)
    }
}

/// What is known of a project's maps.
#[derive(Debug, Default)]
pub(crate) struct Shelf {
    pub(crate) maps: Vec<SourceMapInfo>,
    /// Which change of them was the last; `None` where there are none.
    pub(crate) change: Option<u64>,
}

pub(crate) fn write(project: ProjectId, map: &SourceMapInfo) -> Item {
    let SourceMapInfo { id, name, size, stored, uploaded_at, expires_at, upload } = map;
    let (chunk, url) = match name {
        MapName::Chunk(chunk) => (Some(chunk), None),
        MapName::Url(url) => (None, Some(url)),
    };
    Writer::new(&context_keys::map(project, *id))
        .opt_text("chunk", chunk)
        .opt_text("url", url)
        .number("size", size)
        .number("stored", stored)
        .time("at", *uploaded_at)
        .time("until", *expires_at)
        .text("upload", upload.to_string())
        .number(EXPIRES, expires_at.seconds())
        .done()
}

pub(crate) fn read(item: &Item) -> Result<SourceMapInfo, StoreError> {
    let row = Reader(item);
    let name = match row.opt_text("chunk")? {
        Some(chunk) => MapName::Chunk(chunk.to_owned()),
        None => MapName::Url(row.text("url")?.to_owned()),
    };
    Ok(SourceMapInfo {
        id: row.parsed("SK", |id| id.parse().ok())?,
        name,
        size: row.number("size")?,
        stored: row.number("stored")?,
        uploaded_at: row.time("at")?,
        expires_at: row.time("until")?,
        upload: row.parsed("upload", |id| id.parse().ok())?,
    })
}

/// All of a partition of maps, in the order of its keys.
pub(crate) fn read_shelf(mut items: Vec<Item>, now: Timestamp) -> Result<Shelf, StoreError> {
    let last = items.pop_if(|item| Reader(item).sort_key().is_ok_and(|sk| sk == LAST));
    let change = last.as_ref().map(|item| Reader(item).number(CHANGE)).transpose()?;
    let mut maps = items.iter().map(read).collect::<Result<Vec<_>, _>>()?;
    maps.retain(|map| map.expires_at > now);
    Ok(Shelf { maps, change })
}

/// The content in parts, each of which fits into an item.
pub(crate) fn write_parts(project: ProjectId, upload: Uuid, zipped: &[u8], until: Timestamp) -> Vec<Item> {
    let part = |(number, part): (usize, &[u8])| {
        let key = context_keys::upload_part(project, upload, number);
        Writer::new(&key).bytes(BODY, part.to_vec()).number(EXPIRES, until.seconds()).done()
    };
    zipped.chunks(walls::CHUNK).enumerate().map(part).collect()
}

/// The content of an upload from its parts, which come in no order; `None` if one is missing.
pub(crate) fn read_parts(mut items: Vec<Item>, map: &SourceMapInfo) -> Result<Option<Vec<u8>>, StoreError> {
    items.sort_by(|one, other| Reader(one).sort_key().ok().cmp(&Reader(other).sort_key().ok()));
    let mut zipped = Vec::with_capacity(usize::try_from(map.stored).unwrap_or(0).min(walls::MAP_KEPT));
    for item in &items {
        let row = Reader(item);
        zipped.extend_from_slice(row.bytes(BODY)?.ok_or_else(|| row.corrupt(BODY))?);
    }
    Ok((zipped.len() as u64 == map.stored).then_some(zipped))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn map(name: MapName) -> SourceMapInfo {
        let now = Timestamp::EPOCH.plus_seconds(10);
        SourceMapInfo {
            id: name.id(),
            name,
            size: 5_000_000,
            stored: 1_000_000,
            uploaded_at: now,
            expires_at: now.plus_seconds(90),
            upload: Uuid::from_u128(7),
        }
    }

    #[test]
    fn what_is_written_is_read() {
        for name in [MapName::Chunk("c-1".into()), MapName::Url("https://shop.example/app.js".into())] {
            let map = map(name);
            assert_eq!(read(&write(ProjectId(3), &map)).unwrap(), map);
            assert_eq!(map.parts(), 3);
        }
    }

    #[test]
    fn a_content_is_whole_or_nothing() {
        let zipped: Vec<u8> = (0..1_000_000_u32).map(|n| n.to_le_bytes()[1]).collect();
        let map = map(MapName::Chunk("c".into()));
        let mut items = write_parts(ProjectId(3), map.upload, &zipped, map.expires_at);
        assert_eq!(items.len(), map.parts());
        items.reverse();
        assert_eq!(read_parts(items.clone(), &map).unwrap().as_deref(), Some(zipped.as_slice()));
        items.remove(1);
        assert_eq!(read_parts(items, &map).unwrap(), None);
    }
}
