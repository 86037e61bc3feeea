//! Quick actions.

use lambdesk_domain::{
    ProjectId,
    assignee::Assignee,
    audit,
    quick_action::{QuickAction, QuickActionVisibility, TicketChanges},
    saved::Origin,
    tags::Tags,
    ticket::{Priority, Status},
};
use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::{
    error::StoreError,
    items::{
        row::{self, values},
        saved::{Kind, OriginRow},
    },
    transport::{item::Item, keys},
};

pub(crate) static QUICK_ACTION: Kind<QuickAction> = Kind {
    first: keys::QUICK_ACTIONS,
    origin: |action| &action.origin,
    origin_mut: |action| &mut action.origin,
    write,
    read,
    audit: audit::quick_action,
};

#[derive(Serialize, Deserialize)]
#[serde(remote = "QuickAction")]
struct QuickActionRow {
    #[serde(rename = "*origin", with = "OriginRow")]
    origin: Origin,
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
    let key = keys::saved(project, keys::QUICK_ACTIONS, action.origin.short_id);
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
    use crate::items::{row::tests::assert_faults_are_named, saved::tests::origin};

    #[test]
    fn what_is_written_is_read() {
        let action = QuickAction {
            origin: origin(),
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
