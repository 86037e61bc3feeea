//! A project's source maps: uploaded and removed by who administers it, and read where a ticket's exceptions are shown.
//!
//! An upload lies under an id of its own before any item names it, and one write makes it the map's content. So a reader sees one
//! upload or the other, and never parts of both. That write also has the row of the audit log, in the desk's own table.

use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_domain::{
    Timestamp,
    audit::{self, By},
    capture::{
        source_map::{MapName, read::Readable},
        walls,
    },
    permission::{ReadsProjects, ReadsTickets, WritesProjects},
    time::DAY,
};
use uuid::Uuid;

use crate::{
    Desk,
    error::StoreError,
    items::{
        context::{EXPIRES, is_there},
        source_map::{self, CHANGE, Shelf, SourceMapInfo},
    },
    room::Room,
    transport::{
        call::Patience,
        context_keys,
        read::Range,
        write::{Guard, Rejection, Write},
    },
};

/// How many parts are written or removed at a time.
const AT_ONCE: usize = 4;

/// Why a source map was not taken.
#[derive(Debug)]
pub enum NotKept {
    /// The project has as many as it may.
    TooMany,
    /// The project's maps take as much room as they may.
    TooLarge,
    /// The store fails.
    Store(StoreError),
}

impl From<StoreError> for NotKept {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl<P: ReadsProjects> Desk<P> {
    /// The project's source maps, the newest first.
    pub async fn source_maps(&self) -> Result<Vec<SourceMapInfo>, StoreError> {
        let mut maps = self.room().shelf().await?.maps;
        maps.sort_by_key(|map| (std::cmp::Reverse(map.uploaded_at), map.id));
        Ok(maps)
    }
}

impl<P: WritesProjects> Desk<P> {
    /// Keeps a source map, in the place of the one of the same name.
    pub async fn keep_source_map(&self, by: &By, name: MapName, map: &Readable) -> Result<SourceMapInfo, NotKept> {
        let room = self.room();
        let now = room.now();
        let map_info = SourceMapInfo {
            id: name.id(),
            name,
            size: map.size,
            stored: map.zipped.len() as u64,
            uploaded_at: now,
            expires_at: now.plus_seconds(walls::MAP_DAYS * DAY),
            upload: room.new_id(),
        };
        // Before anything is written for nothing.
        check_room(&room.shelf().await?, &map_info)?;
        room.write_upload(&map_info, &map.zipped).await?;
        match room.replace(by, &map_info).await {
            Ok(before) => {
                room.forget_upload(before.as_ref()).await;
                Ok(map_info)
            }
            Err(error) => {
                // After an answer that was lost the item may name the upload.
                if matches!(error, NotKept::TooMany | NotKept::TooLarge) {
                    room.forget_upload(Some(&map_info)).await;
                }
                Err(error)
            }
        }
    }

    /// Removes a source map; false if there is none of this id.
    pub async fn delete_source_map(&self, by: &By, id: Uuid) -> Result<bool, StoreError> {
        let room = self.room();
        let mut patience = Patience::of_request();
        loop {
            let kept = room.shelf().await?;
            let Some(map) = kept.maps.iter().find(|map| map.id == id) else { return Ok(false) };
            let rest = kept.maps.iter().filter(|map| map.id != id);
            let until = rest.map(|map| map.expires_at).max();
            let delete = Write::delete(context_keys::map(room.project, id));
            let record = room.map_record(by, &map.name, Some(map.size), None);
            if room.change_shelf(&kept, delete, until, record).await? {
                room.forget_upload(Some(map)).await;
                return Ok(true);
            }
            patience.again("source maps").await?;
        }
    }
}

impl<P: ReadsTickets> Desk<P> {
    /// Those source maps of these names that there are. A project without any costs one read of an item that isn't there.
    pub async fn known_source_maps(&self, names: &[MapName]) -> Result<Vec<SourceMapInfo>, StoreError> {
        if names.is_empty() {
            return Ok(Vec::new());
        }
        let room = self.room();
        let (context, now) = (room.store.context(), room.now());
        let any = context.get_eventually(&context_keys::maps(room.project)).await?;
        if !any.is_some_and(|any| is_there(&any, now)) {
            return Ok(Vec::new());
        }
        let keys: Vec<_> = names.iter().map(|name| context_keys::map(room.project, name.id())).collect();
        let items = context.batch_get_eventually(&keys).await?;
        let mut maps = items.iter().map(source_map::read).collect::<Result<Vec<_>, _>>()?;
        maps.retain(|map| map.expires_at > now);
        Ok(maps)
    }

    /// The content of a source map, zipped; `None` if it is gone.
    pub async fn source_map(&self, map: &SourceMapInfo) -> Result<Option<Vec<u8>>, StoreError> {
        let room = self.room();
        if let Some(zipped) = room.upload(map, false).await? {
            return Ok(Some(zipped));
        }
        // Another upload has taken its place meanwhile, or this one is too new for a read that may be late.
        let context = room.store.context();
        let Some(item) = context.get(&context_keys::map(room.project, map.id)).await? else { return Ok(None) };
        room.upload(&source_map::read(&item)?, true).await
    }
}

/// Whether a project has room for a map, beside all but the one of the same name.
fn check_room(kept: &Shelf, map: &SourceMapInfo) -> Result<(), NotKept> {
    let others = || kept.maps.iter().filter(|other| other.id != map.id);
    if others().count() >= walls::MAPS {
        return Err(NotKept::TooMany);
    }
    let bytes: u64 = others().map(|other| other.stored).sum();
    if bytes + map.stored > walls::MAPS_BYTES { Err(NotKept::TooLarge) } else { Ok(()) }
}

impl Room {
    async fn shelf(&self) -> Result<Shelf, StoreError> {
        let all = Range::new("PK = :pk").text(":pk", context_keys::maps_partition(self.project)).consistent();
        source_map::read_shelf(self.store.context().query_all(all).await?, self.now())
    }

    async fn write_upload(&self, map: &SourceMapInfo, zipped: &[u8]) -> Result<(), StoreError> {
        let context = self.store.context();
        let parts = source_map::write_parts(self.project, map.upload, zipped, map.expires_at);
        let write = |part| {
            let context = &context;
            async move {
                let written = context.commit(vec![Write::put(part)]).await;
                written.map_err(|rejection| rejection.into_error("a source map"))
            }
        };
        stream::iter(parts).map(write).buffer_unordered(AT_ONCE).try_collect().await
    }

    /// Makes an upload the content of its map. Returns the map that it takes the place of.
    async fn replace(&self, by: &By, map: &SourceMapInfo) -> Result<Option<SourceMapInfo>, NotKept> {
        let mut patience = Patience::of_request();
        loop {
            let kept = self.shelf().await?;
            check_room(&kept, map)?;
            let before = kept.maps.iter().find(|other| other.id == map.id);
            let put = Write::put(source_map::write(self.project, map));
            let record = self.map_record(by, &map.name, before.map(|before| before.size), Some(map.size));
            if self.change_shelf(&kept, put, Some(map.expires_at), record).await? {
                return Ok(before.cloned());
            }
            patience.again("source maps").await?;
        }
    }

    /// The row of the audit log for a map that was `before` and is `after` so many bytes long.
    fn map_record(&self, by: &By, name: &MapName, before: Option<u64>, after: Option<u64>) -> Vec<Write> {
        let rows = self.audited(by, [audit::source_map(name, before, after)]);
        rows.into_iter().map(Write::of_desk).collect()
    }

    /// Commits a change of a project's maps, of which the last ends at `until`, and its record; false if they are no longer as they
    /// were read.
    async fn change_shelf(
        &self,
        kept: &Shelf,
        change: Write,
        until: Option<Timestamp>,
        record: Vec<Write>,
    ) -> Result<bool, StoreError> {
        let key = context_keys::maps(self.project);
        let mark = match until {
            Some(until) => Write::update(key, format!("SET {EXPIRES} = :expires, {CHANGE} = :next"))
                .number(":expires", until.seconds())
                .number(":next", kept.change.unwrap_or(0) + 1),
            None => Write::delete(key),
        };
        let mark = match kept.change {
            Some(change) => mark.only_if(format!("{CHANGE} = :change")).number(":change", change),
            None => mark.if_absent(),
        };
        let writes = [mark.guarding(Guard::AsRead), change].into_iter().chain(record).collect();
        match self.store.context().commit(writes).await {
            Ok(()) => Ok(true),
            Err(Rejection::Conditions(_)) => Ok(false),
            Err(Rejection::Store(error)) => Err(error),
        }
    }

    async fn upload(&self, map: &SourceMapInfo, consistent: bool) -> Result<Option<Vec<u8>>, StoreError> {
        let key = |number| context_keys::upload_part(self.project, map.upload, number);
        let keys: Vec<_> = (0..map.parts()).map(key).collect();
        source_map::read_parts(self.store.context().read_batch(&keys, consistent).await?, map)
    }

    /// Removes an upload that no item names any more. What is left by a failure expires as the map would have.
    async fn forget_upload(&self, map: Option<&SourceMapInfo>) {
        let Some(map) = map else { return };
        let context = self.store.context();
        let delete = |number| {
            let (context, key) = (&context, context_keys::upload_part(self.project, map.upload, number));
            async move {
                let deleted = context.commit(vec![Write::delete(key)]).await;
                deleted.map_err(|rejection| rejection.into_error("a source map"))
            }
        };
        let parts = stream::iter(0..map.parts()).map(delete).buffer_unordered(AT_ONCE);
        if let Err(error) = parts.try_collect::<()>().await {
            tracing::warn!(%error, "parts of a source map that nothing names were left");
        }
    }
}
