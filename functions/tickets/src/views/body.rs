//! The JSON of a view, as members read and write it.

use lambdesk_domain::{
    Timestamp, UserId,
    saved::{Metadata, ShortId},
    traits::Object,
    view::{KEYS, NAME, SavedView, ViewVisibility, read_filters},
};
use lambdesk_http::{Agent, Problem, body::not_null, input::name_within};
use serde::{Deserialize, Serialize};
use utoipa::{
    ToSchema,
    openapi::{self, ObjectBuilder, Type, schema::SchemaType},
};
use uuid::Uuid;

use crate::creator::Creator;

/// A saved view: filters and an order of the list of tickets.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct ViewBody {
    id: Uuid,
    /// The id in paths.
    #[schema(value_type = String)]
    short_id: ShortId,
    name: String,
    #[schema(value_type = Object)]
    filters: Object,
    visibility: ViewVisibility,
    /// Whether it is a favourite of the caller.
    is_favorited: bool,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    created_by: Creator,
}

impl ViewBody {
    /// A view as an agent sees it.
    pub(crate) fn new<P>(view: &SavedView, agent: &Agent<P>) -> Self {
        let is_favorited = view.is_favorite_of(agent.user.id);
        let SavedView { metadata, name, filters, visibility, favorite_of: _ } = view.clone();
        let Metadata { id, short_id, created_at, created_by, version: _ } = metadata;
        let created_by = Creator::new(created_by, &agent.directory);
        Self { id, short_id, name, filters, visibility, is_favorited, created_at, created_by }
    }
}

/// A new view, or a change of one. Read-only keys are ignored, so that what was read can be sent back.
#[derive(Debug, Clone, Deserialize, ToSchema)]
pub(crate) struct ViewInput {
    /// 1 to 400 characters.
    #[serde(default, deserialize_with = "not_null")]
    pub(crate) name: Option<String>,
    #[serde(default, deserialize_with = "not_null")]
    #[schema(schema_with = filters)]
    filters: Option<Object>,
    #[serde(default, deserialize_with = "not_null")]
    visibility: Option<ViewVisibility>,
    /// Whether it is a favourite of the caller.
    #[serde(default, deserialize_with = "not_null")]
    is_favorited: Option<bool>,
}

/// Describes the filters by the keys that the domain reads.
fn filters() -> openapi::Object {
    let text = format!("{KEYS}. They replace all earlier filters; other keys are dropped.\nAt most 10,000 bytes as JSON.");
    ObjectBuilder::new().schema_type(SchemaType::from_iter([Type::Object, Type::Null])).description(Some(text)).build()
}

impl ViewInput {
    /// The view that `before` becomes. A field that breaks a rule is 400.
    pub(crate) fn apply(&self, before: SavedView, by: UserId) -> Result<SavedView, Problem> {
        let Self { name, filters, visibility, is_favorited } = self;
        let mut view = before;
        if let Some(name) = name {
            view.name = name_within("name", name, NAME)?;
        }
        if let Some(filters) = filters {
            view.filters = read_filters(filters).map_err(|invalid| Problem::invalid(invalid.place, invalid.reason))?;
        }
        if let Some(visibility) = visibility {
            view.set_visibility(*visibility, by).map_err(|error| Problem::invalid("visibility", error.to_string()))?;
        }
        if let Some(favorite) = is_favorited {
            view.set_favorite(by, *favorite);
        }
        Ok(view)
    }
}
