//! Which events stay unpublished, so that nothing sets itself off. Facts are published whatever their cause: who listens to
//! facts looks at the cause.

use super::name::EventName;
use crate::cause::Cause;

/// Whether an event of this cause stays unpublished, and its alarm unraised.
pub(crate) const fn is_muted(event: EventName, cause: Cause) -> bool {
    match cause {
        // Workflows wait for events. Two of them could chase each other for ever (docs/decisions.md, 18).
        Cause::Workflow => true,
        // The desk's rating question. A workflow that waits for the team's answer must not take the question for one.
        Cause::Desk => matches!(event, EventName::MessageSent),
        Cause::Agent | Cause::Customer => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_workflows_do_and_what_the_desk_asks_is_muted() {
        for event in EventName::ALL.iter().copied() {
            assert!(is_muted(event, Cause::Workflow), "{event:?}");
            assert!(!is_muted(event, Cause::Customer) && !is_muted(event, Cause::Agent), "{event:?}");
            // A snooze that runs out changes the status, and workflows may wait for that (docs/decisions.md, 45).
            assert_eq!(is_muted(event, Cause::Desk), event == EventName::MessageSent, "{event:?}");
        }
    }
}
