//! Quick actions: a reply that is written before, what to change of the ticket with it, or both (agent-api.md section 3.10).
//! The desk stores them, variables such as `{{customer_name}}` and all; the client applies them.

use std::cmp::Reverse;

use serde_json::Value;

use crate::{
    assignee::Assignee,
    folding::is_blank,
    ids::UserId,
    saved::Origin,
    tags::Tags,
    ticket::{Priority, Status},
    words::words,
};

/// The most characters of a quick action's name.
pub const NAME: usize = 200;
/// The most characters of its description.
pub const DESCRIPTION: usize = 400;

words! {
    /// Who sees a quick action.
    QuickActionVisibility {
        /// Everyone in the project.
        Team = "team",
        /// Only who created it.
        Personal = "personal",
    }
}

/// A quick action of a project.
#[derive(Debug, Clone, PartialEq)]
pub struct QuickAction {
    /// Which.
    pub origin: Origin,
    /// What people call it.
    pub name: String,
    /// What it is for.
    pub description: String,
    /// The reply, as it was written.
    pub content: String,
    /// The same with formatting: a `TipTap` document.
    pub rich_content: Option<Value>,
    /// What it changes of a ticket.
    pub changes: TicketChanges,
    /// Who sees it.
    pub visibility: QuickActionVisibility,
}

/// What a quick action changes of a ticket; `None` leaves a field as it is.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct TicketChanges {
    /// Where it stands.
    pub status: Option<Status>,
    /// How urgent it is.
    pub priority: Option<Priority>,
    /// Tags; none change nothing.
    pub tags: Tags,
    /// Who is responsible.
    pub assignee: Option<Assignee>,
}

/// Why a quick action is refused.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadQuickAction {
    /// It says nothing and changes nothing.
    #[error("A quick action must have a reply or an action.")]
    DoesNothing,
    /// Only who created it may keep it from the team.
    #[error("Only its creator can make a quick action personal.")]
    NotYours,
}

impl QuickAction {
    /// Whether this member sees it.
    pub fn is_seen_by(&self, user: UserId) -> bool {
        match self.visibility {
            QuickActionVisibility::Team => true,
            QuickActionVisibility::Personal => self.origin.created_by == user,
        }
    }

    /// Shows it to the team or not, in the name of this member; what it is already, anyone may repeat.
    pub fn set_visibility(&mut self, visibility: QuickActionVisibility, by: UserId) -> Result<(), BadQuickAction> {
        if visibility != self.visibility && by != self.origin.created_by {
            return Err(BadQuickAction::NotYours);
        }
        self.visibility = visibility;
        Ok(())
    }

    /// The quick action, if it does anything.
    pub fn that_does_something(self) -> Result<Self, BadQuickAction> {
        let replies = !is_blank(&self.content) || self.rich_content.is_some();
        if replies || self.changes != TicketChanges::default() { Ok(self) } else { Err(BadQuickAction::DoesNothing) }
    }
}

/// What a member sees of these quick actions, the newest first.
pub fn as_seen_by(user: UserId, mut actions: Vec<QuickAction>) -> Vec<QuickAction> {
    actions.retain(|action| action.is_seen_by(user));
    actions.sort_by_key(|action| Reverse((action.origin.created_at, action.origin.id)));
    actions
}
