//! What people get to read of a workflow.

use lambdesk_domain::{Timestamp, UserId, WorkflowId, workflow::Workflow};
use lambdesk_store::Directory;
use serde::Serialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A workflow (contract/workflows.md).
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

/// Who created it; without a name once they left the project.
#[derive(Debug, Clone, Serialize, ToSchema)]
struct Creator {
    #[schema(value_type = u32)]
    id: UserId,
    email: Option<String>,
    first_name: Option<String>,
}

impl WorkflowBody {
    pub(crate) fn new(workflow: &Workflow, directory: &Directory) -> Self {
        let Workflow { id, name, enabled, definition, created_at, updated_at, created_by, version: _ } = workflow;
        let mut definition = definition.to_json();
        let mut part = |key: &str| definition.remove(key).unwrap_or_default();
        let creator = directory.member(*created_by).cloned();
        let (email, first_name) = creator.map(|creator| (creator.email, creator.first_name)).unzip();
        Self {
            id: *id,
            name: name.clone(),
            enabled: *enabled,
            trigger: part("trigger"),
            steps: part("steps"),
            created_at: *created_at,
            updated_at: *updated_at,
            created_by: Creator { id: *created_by, email, first_name },
        }
    }
}
