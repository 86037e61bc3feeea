//! The JSON of a workflow that members read.

use lambdesk_domain::{Timestamp, WorkflowId, workflow::Workflow};
use lambdesk_store::Directory;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

use crate::creator::Creator;

/// A workflow: what starts it, and the steps that it takes.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct WorkflowBody {
    #[schema(value_type = uuid::Uuid)]
    id: WorkflowId,
    name: String,
    enabled: bool,
    /// `{event, filters}`.
    #[schema(value_type = Object)]
    trigger: Value,
    /// Actions and branches, in order.
    #[schema(value_type = Vec<Object>)]
    steps: Value,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    created_at: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    updated_at: Timestamp,
    created_by: Creator,
}

impl WorkflowBody {
    pub(crate) fn new(workflow: &Workflow, directory: &Directory) -> Self {
        let Workflow { id, name, enabled, definition, created_at, updated_at, created_by, version: _ } = workflow;
        let mut definition = definition.to_json();
        let mut part = |key: &str| definition.remove(key).unwrap_or_default();
        Self {
            id: *id,
            name: name.clone(),
            enabled: *enabled,
            trigger: part("trigger"),
            steps: part("steps"),
            created_at: *created_at,
            updated_at: *updated_at,
            created_by: Creator::new(*created_by, directory),
        }
    }
}
