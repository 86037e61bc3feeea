//! Rows of the activity log. The sort key has the time.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    activity::{Activity, FieldChange},
};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    error::StoreError,
    items::row::{
        self,
        values::{self, key},
    },
    transport::{item::Item, keys},
};

/// A row of a ticket's log as the store reads it (docs/decisions.md, 52).
#[derive(Debug, Clone, PartialEq)]
pub struct LoggedActivity {
    /// Unique, with the time of the change in its first bits.
    pub id: Uuid,
    /// `updated` or `assigned`.
    pub activity: String,
    /// `user`, `customer`, `workflow` or `system`.
    pub actor_kind: String,
    /// The id of the user or the workflow; `None` for the customer and the system.
    pub actor_id: Option<String>,
    /// A list of `{field, before, after}`.
    pub changes: Value,
    /// When the change was made.
    pub created_at: Timestamp,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "LoggedActivity")]
struct ActivityRow {
    id: Uuid,
    #[serde(rename = "kind")]
    activity: String,
    #[serde(rename = "actor")]
    actor_kind: String,
    #[serde(rename = "who", skip_serializing_if = "Option::is_none")]
    actor_id: Option<String>,
    #[serde(with = "values::json")]
    changes: Value,
    #[serde(rename = "SK", skip_serializing, deserialize_with = "key::time")]
    created_at: Timestamp,
}

pub(crate) fn write(project: ProjectId, ticket: TicketId, at: Timestamp, order: usize, id: Uuid, row: &Activity) -> Item {
    let Activity { kind, actor, changes } = row;
    let stamp = actor.stamp();
    let change = |FieldChange { field, before, after }: &FieldChange| json!({"field": field, "before": before, "after": after});
    let logged = LoggedActivity {
        id,
        activity: kind.name().to_owned(),
        actor_kind: stamp.kind().to_owned(),
        actor_id: stamp.id(),
        changes: changes.iter().map(change).collect(),
        created_at: at,
    };
    row::write(&keys::activity(project, ticket, at, order), &logged, ActivityRow::serialize).done()
}

pub(crate) fn read(item: &Item) -> Result<LoggedActivity, StoreError> {
    row::read(item, ActivityRow::deserialize)
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{Actor, activity::ActivityKind};

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

    #[test]
    fn what_is_written_is_read() {
        let at = Timestamp::EPOCH.plus_seconds(1);
        let (ticket, workflow) = (TicketId(Uuid::from_u128(1)), Uuid::from_u128(2));
        let changes = vec![FieldChange { field: "status", before: json!("new"), after: json!("open") }];
        for (actor, kind, id) in
            [(Actor::Workflow(Some(workflow)), "workflow", Some(workflow.to_string())), (Actor::Customer, "customer", None)]
        {
            let row = Activity { kind: ActivityKind::Updated, actor, changes: changes.clone() };
            let item = write(ProjectId(1), ticket, at, 3, Uuid::from_u128(4), &row);
            let logged = LoggedActivity {
                id: Uuid::from_u128(4),
                activity: "updated".to_owned(),
                actor_kind: kind.to_owned(),
                actor_id: id,
                changes: json!([{"field": "status", "before": "new", "after": "open"}]),
                created_at: at,
            };
            assert_eq!(read(&item).unwrap(), logged);
            assert_faults_are_named(&item, &[], read);
        }
    }
}
