//! Quick actions: a prepared reply, a change of the ticket, or both. The desk stores them, including variables such as
//! `{{customer_name}}`; the client fills them in and applies them.

use std::cmp::Reverse;

use serde_json::Value;

use crate::{
    assignee::Assignee,
    folding::is_blank,
    ids::UserId,
    saved::Metadata,
    tags::Tags,
    ticket::{Priority, Status},
    words::words,
};

/// The most characters of a quick action's name.
pub const NAME: usize = 200;
/// The most characters of a quick action's description.
pub const DESCRIPTION: usize = 400;

words! {
    /// Who sees a quick action.
    QuickActionVisibility {
        /// Everyone in the project.
        Team = "team",
        /// Only its creator.
        Personal = "personal",
    }
}

/// A quick action of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct QuickAction {
    /// Its ids, and who created it when.
    pub metadata: Metadata,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The reply as plain text, with its variables.
    pub content: String,
    /// The same reply with formatting, as a `TipTap` document.
    pub rich_content: Option<Value>,
    /// What it changes on a ticket.
    pub changes: TicketChanges,
    /// Who sees it, and so may use and change it.
    pub visibility: QuickActionVisibility,
}

/// What a quick action changes on a ticket; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketChanges {
    /// The status to set.
    pub status: Option<Status>,
    /// The priority to set; a quick action can't clear it.
    pub priority: Option<Priority>,
    /// Tags that the client applies; without tags, it changes none.
    pub tags: Tags,
    /// The assignee to set; a quick action can't clear it.
    pub assignee: Option<Assignee>,
}

/// Why a quick action is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadQuickAction {
    /// It has neither a reply nor a change.
    #[error("A quick action must have a reply or an action.")]
    DoesNothing,
    /// Only the creator of a quick action may make it personal.
    #[error("Only its creator can make a quick action personal.")]
    NotYours,
}

impl QuickAction {
    /// Whether this user sees the quick action.
    pub fn is_seen_by(&self, user: UserId) -> bool {
        match self.visibility {
            QuickActionVisibility::Team => true,
            QuickActionVisibility::Personal => self.metadata.created_by == user,
        }
    }

    /// Changes who sees the quick action. Fails if `by` is not its creator, unless it is so already.
    pub fn set_visibility(&mut self, visibility: QuickActionVisibility, by: UserId) -> Result<(), BadQuickAction> {
        if visibility != self.visibility && by != self.metadata.created_by {
            return Err(BadQuickAction::NotYours);
        }
        self.visibility = visibility;
        Ok(())
    }

    /// The quick action itself, or an error if it does nothing.
    pub fn that_does_something(self) -> Result<Self, BadQuickAction> {
        let replies = !is_blank(&self.content) || self.rich_content.is_some();
        if replies || self.changes != TicketChanges::default() { Ok(self) } else { Err(BadQuickAction::DoesNothing) }
    }
}

/// The quick actions that a user sees, the newest first.
pub fn as_seen_by(user: UserId, mut actions: Vec<QuickAction>) -> Vec<QuickAction> {
    actions.retain(|action| action.is_seen_by(user));
    actions.sort_by_key(|action| Reverse((action.metadata.created_at, action.metadata.id)));
    actions
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::{saved::ShortId, testing::at};

    fn nothing() -> QuickAction {
        let metadata =
            Metadata { id: uuid::Uuid::nil(), short_id: ShortId::new(1), created_at: at(1), created_by: UserId(1), version: 1 };
        QuickAction {
            metadata,
            name: "Close".to_owned(),
            description: String::new(),
            content: " ".to_owned(),
            rich_content: None,
            changes: TicketChanges::default(),
            visibility: QuickActionVisibility::Personal,
        }
    }

    #[test]
    fn a_quick_action_replies_or_changes_something() {
        assert_eq!(nothing().that_does_something(), Err(BadQuickAction::DoesNothing));
        let changes = TicketChanges { status: Some(Status::Resolved), ..TicketChanges::default() };
        for action in [
            QuickAction { content: "Bye".to_owned(), ..nothing() },
            QuickAction { rich_content: Some(json!({"type": "doc"})), ..nothing() },
            QuickAction { changes, ..nothing() },
        ] {
            assert_eq!(action.clone().that_does_something(), Ok(action));
        }
    }

    #[test]
    fn a_personal_one_is_its_creators() {
        let (creator, other) = (UserId(1), UserId(2));
        let mut action = nothing();
        assert!(action.is_seen_by(creator) && !action.is_seen_by(other));
        assert_eq!(action.set_visibility(QuickActionVisibility::Team, other), Err(BadQuickAction::NotYours));
        assert_eq!(action.set_visibility(QuickActionVisibility::Team, creator), Ok(()));
        assert_eq!(action.set_visibility(QuickActionVisibility::Team, other), Ok(()), "it is so already");
        let personal = QuickAction { metadata: Metadata { created_at: at(2), ..nothing().metadata }, ..nothing() };
        let seen = as_seen_by(creator, vec![action.clone(), personal.clone()]);
        assert_eq!(seen, [personal.clone(), action.clone()], "the newest first");
        assert_eq!(as_seen_by(other, vec![personal, action.clone()]), [action]);
    }
}
