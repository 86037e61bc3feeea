//! Saved views, and what views and quick actions share: `id`, `created_at`, `created_by` and `version`. The sort key has the
//! short id.

use lambdesk_domain::{
    ProjectId, UserId,
    audit::{self, AuditEntry},
    saved::Metadata,
    view::{SavedView, ViewVisibility},
};

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

pub(crate) const VERSION: &str = "version";

/// What sets views and quick actions apart.
pub(crate) struct Kind<T> {
    /// First sort key.
    pub(crate) first: &'static str,
    pub(crate) metadata: fn(&T) -> &Metadata,
    pub(crate) metadata_mut: fn(&mut T) -> &mut Metadata,
    pub(crate) write: fn(ProjectId, &T) -> Item,
    pub(crate) read: fn(&Item) -> Result<T, StoreError>,
    /// What the record of administration tells of a change of it.
    pub(crate) audit: fn(Option<&T>, Option<&T>) -> Option<AuditEntry>,
}

pub(crate) static VIEW: Kind<SavedView> = Kind {
    first: keys::VIEWS,
    metadata: |view| &view.metadata,
    metadata_mut: |view| &mut view.metadata,
    write: write_view,
    read: read_view,
    audit: audit::view,
};

/// An item that begins with its metadata.
pub(super) fn begin(project: ProjectId, first: &str, metadata: &Metadata) -> Writer {
    let Metadata { id, short_id, created_at, created_by, version } = metadata;
    Writer::new(&keys::saved(project, first, *short_id))
        .text("id", id.to_string())
        .time("created_at", *created_at)
        .number("created_by", created_by)
        .number(VERSION, version)
}

pub(super) fn read_metadata(row: Reader<'_>, first: &str) -> Result<Metadata, StoreError> {
    let short_id = row.sort_key()?.strip_prefix(first).and_then(|id| id.parse().ok());
    Ok(Metadata {
        id: row.parsed("id", |id| id.parse().ok())?,
        short_id: short_id.ok_or_else(|| row.corrupt(keys::SK))?,
        created_at: row.time("created_at")?,
        created_by: UserId(row.number("created_by")?),
        version: row.number(VERSION)?,
    })
}

fn write_view(project: ProjectId, view: &SavedView) -> Item {
    let SavedView { metadata, name, filters, visibility, favorite_of } = view;
    begin(project, keys::VIEWS, metadata)
        .text("name", name)
        .object("filters", filters)
        .text("visibility", visibility.name())
        .texts("favorite_of", favorite_of.iter().map(ToString::to_string))
        .done()
}

fn read_view(item: &Item) -> Result<SavedView, StoreError> {
    let row = Reader(item);
    let favorite_of = row.texts("favorite_of")?.into_iter().map(|id| id.parse().map_err(|_| row.corrupt("favorite_of")));
    Ok(SavedView {
        metadata: read_metadata(row, keys::VIEWS)?,
        name: row.text("name")?.to_owned(),
        filters: row.object("filters")?,
        visibility: row.parsed("visibility", ViewVisibility::parse)?,
        favorite_of: favorite_of.collect::<Result<_, _>>()?,
    })
}

#[cfg(test)]
pub(super) mod tests {
    use lambdesk_domain::{Timestamp, saved::ShortId};
    use serde_json::json;
    use uuid::Uuid;

    use super::*;

    pub(in crate::items) fn metadata() -> Metadata {
        Metadata {
            id: Uuid::from_u128(7),
            short_id: ShortId::new(12_345_678_901_234_567),
            created_at: Timestamp::from_micros(5).unwrap(),
            created_by: UserId(3),
            version: 4,
        }
    }

    #[test]
    fn what_is_written_is_read() {
        let view = SavedView {
            metadata: metadata(),
            name: "Mine".to_owned(),
            filters: json!({"status": ["new"], "dateTo": null}).as_object().unwrap().clone(),
            visibility: ViewVisibility::Private,
            favorite_of: [UserId(1), UserId(12)].into(),
        };
        let bare = SavedView {
            filters: serde_json::Map::new(),
            visibility: ViewVisibility::Shared,
            favorite_of: [].into(),
            ..view.clone()
        };
        for view in [view, bare] {
            assert_eq!(read_view(&write_view(ProjectId(1), &view)).unwrap(), view);
        }
    }
}
