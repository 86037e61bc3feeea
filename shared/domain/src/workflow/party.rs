//! Who caused a workflow's run. Runs caused by strangers may use a share of a project's actions, and no more ([`STRANGERS`]).
//!
//! [`STRANGERS`]: crate::limit::STRANGERS

use super::known::Occurrence;
use crate::{events::EventName, ticket::Ticket};

/// Who caused a workflow's run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Party {
    /// An unknown customer: they did not prove who they are, and no agent has answered them on this ticket.
    Stranger,
    /// The team, or a customer who is no stranger.
    Known,
}

impl Party {
    /// Who caused an event. The team caused what an agent did. Any other event counts as caused by the ticket's customer, even
    /// if the clock did it. Otherwise a stranger who opens a thousand tickets today could use up all actions in the hour in
    /// which their deadlines pass. `ticket` is the event's ticket as it is now, so that a waiting run may go ahead once an
    /// agent has answered.
    pub fn of(event: &Occurrence, ticket: Option<&Ticket>) -> Self {
        let known = Self::is_team(event) || ticket.is_some_and(|ticket| !ticket.is_of_a_stranger());
        if known { Self::Known } else { Self::Stranger }
    }

    /// Whether an agent caused the event, no matter which customer's ticket it is.
    pub fn is_team(event: &Occurrence) -> bool {
        event.name == EventName::MessageSent || event.properties.get("actor_type").is_some_and(|actor| actor == "user")
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::workflow::tests::ticket;

    fn event(name: EventName, actor: Option<&str>) -> Occurrence {
        let mut properties = crate::traits::Object::new();
        properties.extend(actor.map(|actor| ("actor_type".to_owned(), json!(actor))));
        Occurrence { name, distinct_id: "ada".to_owned(), properties }
    }

    #[test]
    fn a_stranger_is_who_proved_nothing_and_was_not_answered() {
        let mut known = [ticket(), ticket(), ticket()];
        known[0].identity_verified = Some(true);
        // Filed over the API.
        known[1].identity_verified = None;
        known[2].identity_verified = Some(false);
        known[2].sla_clock.answered = true;
        let mut stranger = ticket();
        stranger.identity_verified = Some(false);
        for name in EventName::ALL.iter().copied() {
            for actor in [None, Some("customer"), Some("system")] {
                let event = event(name, actor);
                for known in &known {
                    assert_eq!(Party::of(&event, Some(known)), Party::Known, "{name:?} {actor:?}");
                }
                let expected = if name == EventName::MessageSent { Party::Known } else { Party::Stranger };
                assert_eq!(Party::of(&event, Some(&stranger)), expected, "{name:?} {actor:?}");
                assert_eq!(Party::of(&event, None), expected, "a ticket that is gone vouches for nobody");
            }
            assert_eq!(Party::of(&event(name, Some("user")), Some(&stranger)), Party::Known, "an agent did {name:?}");
        }
    }
}
