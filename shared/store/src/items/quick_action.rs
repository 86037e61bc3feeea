//! Quick actions.

use lambdesk_domain::{
    ProjectId, audit,
    quick_action::{QuickAction, QuickActionVisibility, TicketChanges},
    tags::Tags,
    ticket::{Priority, Status},
};

use super::saved::{Kind, begin, read_metadata};
use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader},
        keys,
    },
};

pub(crate) static QUICK_ACTION: Kind<QuickAction> = Kind {
    first: keys::QUICK_ACTIONS,
    metadata: |action| &action.metadata,
    metadata_mut: |action| &mut action.metadata,
    write,
    read,
    audit: audit::quick_action,
};

fn write(project: ProjectId, action: &QuickAction) -> Item {
    let QuickAction { metadata, name, description, content, rich_content, changes, visibility } = action;
    let TicketChanges { status, priority, tags, assignee } = changes;
    begin(project, keys::QUICK_ACTIONS, metadata)
        .text("name", name)
        .text("description", description)
        .text("content", content)
        .opt_text("rich_content", rich_content.as_ref().map(ToString::to_string))
        .opt_text("status", status.map(Status::name))
        .opt_text("priority", priority.map(Priority::name))
        .texts("tags", tags.iter())
        .opt_text("assignee", assignee.map(|assignee| assignee.to_string()))
        .text("visibility", visibility.name())
        .done()
}

fn read(item: &Item) -> Result<QuickAction, StoreError> {
    let row = Reader(item);
    Ok(QuickAction {
        metadata: read_metadata(row, keys::QUICK_ACTIONS)?,
        name: row.text("name")?.to_owned(),
        description: row.text("description")?.to_owned(),
        content: row.text("content")?.to_owned(),
        rich_content: row.opt_json("rich_content")?,
        changes: TicketChanges {
            status: row.opt_parsed("status", Status::parse)?,
            priority: row.opt_parsed("priority", Priority::parse)?,
            tags: Tags::from_stored(row.texts("tags")?),
            assignee: row.opt_parsed("assignee", |assignee| assignee.parse().ok())?,
        },
        visibility: row.parsed("visibility", QuickActionVisibility::parse)?,
    })
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{UserId, assignee::Assignee};
    use serde_json::json;

    use super::*;
    use crate::items::saved::tests::metadata;

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
            assert_eq!(read(&write(ProjectId(1), &action)).unwrap(), action);
        }
    }
}
