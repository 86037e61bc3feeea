//! Quick actions.

use lambdesk_domain::{
    ProjectId,
    assignee::Assignee,
    audit,
    quick_action::{QuickAction, QuickActionVisibility, TicketChanges},
    saved::Metadata,
    tags::Tags,
    ticket::{Priority, Status},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::StoreError,
    items::{
        row::{self, values},
        saved::{Kind, MetadataRow},
    },
    transport::{item::Item, keys},
};

pub(crate) static QUICK_ACTION: Kind<QuickAction> = Kind {
    first: keys::QUICK_ACTIONS,
    metadata: |action| &action.metadata,
    metadata_mut: |action| &mut action.metadata,
    write,
    read,
    audit: audit::quick_action,
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "QuickAction")]
struct QuickActionRow {
    #[serde(rename = "*metadata", with = "MetadataRow")]
    metadata: Metadata,
    name: String,
    description: String,
    content: String,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "values::opt_json")]
    rich_content: Option<Value>,
    #[serde(rename = "*changes", with = "ChangesRow")]
    changes: TicketChanges,
    visibility: QuickActionVisibility,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "TicketChanges")]
struct ChangesRow {
    #[serde(skip_serializing_if = "Option::is_none")]
    status: Option<Status>,
    #[serde(skip_serializing_if = "Option::is_none")]
    priority: Option<Priority>,
    #[serde(default, skip_serializing_if = "Tags::is_empty", deserialize_with = "values::tags")]
    tags: Tags,
    #[serde(default, skip_serializing_if = "Option::is_none", with = "values::opt_text")]
    assignee: Option<Assignee>,
}

fn write(project: ProjectId, action: &QuickAction) -> Item {
    let key = keys::saved(project, keys::QUICK_ACTIONS, action.metadata.short_id);
    row::write(&key, action, QuickActionRow::serialize).done()
}

fn read(item: &Item) -> Result<QuickAction, StoreError> {
    row::read(item, QuickActionRow::deserialize)
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::UserId;
    use serde_json::json;

    use super::*;
    use crate::items::{row::tests::assert_faults_are_named, saved::tests::metadata};

    #[test]
    fn what_is_written_is_read() {
        let action = QuickAction {
            metadata: metadata(),
            name: "Thanks".to_owned(),
            description: "At the end".to_owned(),
            content: " Thank you, {{customer_name}}! ".to_owned(),
            rich_content: Some(json!({"type": "doc"})),
            changes: TicketChanges {
                status: Some(Status::OnHold),
                priority: Some(Priority::Low),
                tags: Tags::new(["vip"]).unwrap(),
                assignee: Some(Assignee::User(UserId(3))),
            },
            visibility: QuickActionVisibility::Personal,
        };
        let bare = QuickAction {
            description: String::new(),
            content: String::new(),
            rich_content: None,
            changes: TicketChanges::default(),
            visibility: QuickActionVisibility::Team,
            ..action.clone()
        };
        for action in [action, bare] {
            let item = write(ProjectId(1), &action);
            assert_eq!(read(&item).unwrap(), action);
            assert_faults_are_named(&item, &[], read);
        }
    }
}
