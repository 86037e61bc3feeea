//! Who makes a change. A workflow's change publishes no event, which keeps workflows from starting each other in a loop
//! (docs/decisions.md, 18).

use std::{fmt, str::FromStr};

use uuid::Uuid;

use crate::ids::UserId;

/// The author of a change.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Actor {
    /// An agent, by a personal API key.
    User {
        /// The user whom the key belongs to.
        id: UserId,
        /// Their first name, or their e-mail if they have none.
        name: String,
    },
    /// The customer whom the ticket belongs to.
    Customer,
    /// A call of the external ticket API, with the workflow's id if it named one.
    Workflow(Option<Uuid>),
    /// The desk itself: timers and recounts.
    System,
}

impl Actor {
    /// What a ticket remembers of its last change's author.
    pub const fn stamp(&self) -> Stamp {
        match self {
            Self::User { id, .. } => Stamp::User(*id),
            Self::Customer => Stamp::Customer,
            Self::Workflow(id) => Stamp::Workflow(*id),
            Self::System => Stamp::System { late_secs: 0 },
        }
    }
}

/// An actor without a name. The table stores its text form, such as `user:1`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Stamp {
    /// A member of the team, by id.
    User(UserId),
    /// The customer whom the ticket belongs to.
    Customer,
    /// A workflow, by id; `None` for a call of the external API that named none.
    Workflow(Option<Uuid>),
    /// The desk itself, mostly its clock.
    System {
        /// How many seconds late the clock acted; zero if it was on time.
        late_secs: u32,
    },
}

impl Stamp {
    /// The word in JSON.
    pub const fn kind(self) -> &'static str {
        match self {
            Self::User(_) => "user",
            Self::Customer => "customer",
            Self::Workflow(_) => "workflow",
            Self::System { .. } => "system",
        }
    }

    /// The id of the user or workflow as text, where there is one.
    pub fn id(self) -> Option<String> {
        match self {
            Self::User(id) => Some(id.to_string()),
            Self::Workflow(id) => id.map(|id| id.to_string()),
            Self::Customer | Self::System { .. } => None,
        }
    }
}

impl fmt::Display for Stamp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match (self.id(), self) {
            (Some(id), _) => write!(f, "{}:{id}", self.kind()),
            (None, Self::System { late_secs: late @ 1.. }) => write!(f, "{}:{late}", self.kind()),
            (None, _) => f.write_str(self.kind()),
        }
    }
}

/// The text is not the text form of a stamp.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("is not an actor")]
pub struct NotAStamp;

impl FromStr for Stamp {
    type Err = NotAStamp;

    fn from_str(text: &str) -> Result<Self, NotAStamp> {
        match text.split_once(':') {
            None if text == "customer" => Ok(Self::Customer),
            None if text == "system" => Ok(Self::System { late_secs: 0 }),
            None if text == "workflow" => Ok(Self::Workflow(None)),
            Some(("system", late)) => late.parse().map(|late_secs| Self::System { late_secs }).map_err(|_| NotAStamp),
            Some(("user", id)) => id.parse().map(Self::User).map_err(|_| NotAStamp),
            Some(("workflow", id)) => id.parse().map(|id| Self::Workflow(Some(id))).map_err(|_| NotAStamp),
            _ => Err(NotAStamp),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn stamps_round_trip() {
        for stamp in [
            Stamp::User(UserId(7)),
            Stamp::Customer,
            Stamp::Workflow(None),
            Stamp::Workflow(Some(Uuid::from_u128(9))),
            Stamp::System { late_secs: 0 },
            Stamp::System { late_secs: 300 },
        ] {
            assert_eq!(stamp.to_string().parse(), Ok(stamp));
        }
        assert_eq!("user".parse::<Stamp>(), Err(NotAStamp));
    }
}
