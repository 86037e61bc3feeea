//! Who makes a change. A change made by a workflow publishes no event, which is what keeps workflows from looping
//! (design.md section 5, decision 18).

use uuid::Uuid;

use crate::ids::UserId;

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An agent, by a personal API key.
    User {
        /// Who.
        id: UserId,
        /// What customers see: first name, else e-mail.
        name: String,
    },
    /// The customer the ticket belongs to.
    Customer,
    /// A call of the external ticket API, with the workflow's id if it named one.
    Workflow(Option<Uuid>),
    /// The desk itself: timers and recounts.
    System,
}

impl Actor {
    /// The word for it in JSON (decision 52).
    pub const fn kind(&self) -> &'static str {
        match self {
            Self::User { .. } => "user",
            Self::Customer => "customer",
            Self::Workflow(_) => "workflow",
            Self::System => "system",
        }
    }

    /// The id beside the kind, as text, where there is one.
    pub fn id(&self) -> Option<String> {
        match self {
            Self::User { id, .. } => Some(id.to_string()),
            Self::Workflow(id) => id.map(|id| id.to_string()),
            Self::Customer | Self::System => None,
        }
    }
}
