//! The JSON of a quick action that members read.

use lambdesk_domain::{
    Timestamp,
    quick_action::{QuickAction, QuickActionVisibility, TicketChanges},
    saved::{Metadata, ShortId},
    tags::Tags,
    ticket::{Priority, Status},
};
use lambdesk_http::assignee::AssigneeBody;
use lambdesk_store::Directory;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::creator::Creator;

/// A quick action: a reply and changes of a ticket, saved for reuse.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct QuickActionBody {
    id: Uuid,
    /// The id in paths.
    #[schema(value_type = String)]
    short_id: ShortId,
    name: String,
    description: String,
    /// The reply's text.
    content: String,
    /// The same text with formatting, as a `TipTap` document.
    #[schema(value_type = Option<Object>)]
    rich_content: Option<Value>,
    actions: TicketActions,
    visibility: QuickActionVisibility,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    created_by: Creator,
}

/// What the quick action changes of a ticket. Fields that are absent stay as they are.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(super) struct TicketActions {
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    priority: Option<Priority>,
    #[serde(skip_serializing_if = "Tags::is_empty")]
    #[schema(value_type = Vec<String>, required = false)]
    tags: Tags,
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    assignee: Option<AssigneeBody>,
}

impl TicketActions {
    pub(super) fn new(changes: &TicketChanges, directory: &Directory) -> Self {
        let TicketChanges { status, priority, tags, assignee } = changes.clone();
        Self { status, priority, tags, assignee: assignee.map(|assignee| AssigneeBody::new(assignee, directory)) }
    }
}

impl QuickActionBody {
    pub(crate) fn new(action: &QuickAction, directory: &Directory) -> Self {
        let QuickAction { metadata, name, description, content, rich_content, changes, visibility } = action.clone();
        let Metadata { id, short_id, created_at, created_by, version: _ } = metadata;
        Self {
            id,
            short_id,
            name,
            description,
            content,
            rich_content,
            actions: TicketActions::new(&changes, directory),
            visibility,
            created_at,
            created_by: Creator::new(created_by, directory),
        }
    }
}
