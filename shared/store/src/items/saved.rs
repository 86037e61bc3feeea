//! Saved views, and what views and quick actions share: their metadata. The sort key has the short id.

use std::collections::BTreeSet;

use lambdesk_domain::{
    ProjectId, Timestamp, UserId,
    audit::{self, AuditEntry},
    saved::{Metadata, ShortId},
    traits::Object,
    view::{SavedView, ViewVisibility},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::StoreError,
    items::row::{
        self,
        values::{self, key},
    },
    transport::{item::Item, keys},
};

pub(crate) const VERSION: &str = "version";

/// What sets views and quick actions apart.
pub(crate) struct Kind<T> {
    /// How the sort keys of its items begin. The short id follows.
    pub(crate) first: &'static str,
    pub(crate) metadata: fn(&T) -> &Metadata,
    pub(crate) metadata_mut: fn(&mut T) -> &mut Metadata,
    pub(crate) write: fn(ProjectId, &T) -> Item,
    pub(crate) read: fn(&Item) -> Result<T, StoreError>,
    /// What the record of administration tells of a change from one state to another. A state that does not exist is `None`.
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

/// The metadata of a view or quick action, as a part of its row.
#[derive(Serialize, Deserialize)]
#[serde(remote = "Metadata")]
pub(super) struct MetadataRow {
    id: Uuid,
    #[serde(rename = "SK", skip_serializing, deserialize_with = "key::last")]
    short_id: ShortId,
    #[serde(with = "values::time")]
    created_at: Timestamp,
    created_by: UserId,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "SavedView")]
struct ViewRow {
    #[serde(rename = "*metadata", with = "MetadataRow")]
    metadata: Metadata,
    name: String,
    #[serde(default, skip_serializing_if = "Object::is_empty", with = "values::json")]
    filters: Object,
    visibility: ViewVisibility,
    #[serde(default, skip_serializing_if = "BTreeSet::is_empty", with = "values::texts")]
    favorite_of: BTreeSet<UserId>,
}

fn write_view(project: ProjectId, view: &SavedView) -> Item {
    row::write(&keys::saved(project, keys::VIEWS, view.metadata.short_id), view, ViewRow::serialize).done()
}

fn read_view(item: &Item) -> Result<SavedView, StoreError> {
    row::read(item, ViewRow::deserialize)
}

#[cfg(test)]
pub(super) mod tests {
    use serde_json::json;

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

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
            let item = write_view(ProjectId(1), &view);
            assert_eq!(read_view(&item).unwrap(), view);
            assert_faults_are_named(&item, &[], read_view);
        }
    }
}
