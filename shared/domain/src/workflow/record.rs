//! What is recorded of a run.

use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::openapi::{Object, ObjectBuilder, Type, schema::SchemaType};

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It changed a ticket, or found the ticket already as wanted.
    Acted,
    /// No branch led to an action that changes a ticket.
    Nothing,
    /// A step failed; the steps before it are not undone.
    Failed,
}

impl Ending {
    /// The outcome that the list of runs shows. `waited`: the limit held the run up. A run in which no branch led to a change
    /// counts as no match, like a run that a filter kept from starting.
    pub const fn outcome(self, waited: bool) -> RunOutcome {
        match (self, waited) {
            (Self::Acted, false) => RunOutcome::Acted,
            (Self::Acted, true) => RunOutcome::RateLimitedThenActed,
            (Self::Nothing, _) => RunOutcome::NoMatch,
            (Self::Failed, _) => RunOutcome::Failed,
        }
    }
}

/// The outcome of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It acted at once.
    Acted,
    /// The filters did not hold, or no branch led to a change.
    NoMatch,
    /// It acted after the limit had held it up.
    RateLimitedThenActed,
    /// A step failed, and the run ended there.
    Failed,
    /// It did nothing: while the limit held it up, a later event on its ticket started the same workflow.
    Superseded,
}

impl RunOutcome {
    /// Every outcome, as the list of runs can be filtered by it.
    pub const ALL: [Self; 5] = [Self::Acted, Self::NoMatch, Self::RateLimitedThenActed, Self::Failed, Self::Superseded];

    /// The word in JSON and in the table.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acted => "acted",
            Self::NoMatch => "no_match",
            Self::RateLimitedThenActed => "rate_limited_then_acted",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }

    /// The outcome with this name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What a run records of one step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepLog {
    /// The step's place, such as `steps[0].branches[1].steps[0]`.
    pub step: String,
    /// How the step ended.
    pub result: StepResult,
    /// The branch that was taken or why the step failed, as a text; or the fields that were changed, as an object.
    #[schema(schema_with = detail)]
    pub detail: Option<Value>,
}

fn detail() -> Object {
    let types = SchemaType::from_iter([Type::Object, Type::String, Type::Null]);
    let said = "The branch that was taken or why the step failed, as a text; or the fields that were changed, as an object.";
    ObjectBuilder::new().schema_type(types).description(Some(said)).build()
}

/// How a step ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// The action was done.
    Done,
    /// A branch was taken: `branches[0]` and so on, `else`, or `none` if there was nothing to do.
    Branch,
    /// The action could not be done; the run ends.
    Failed,
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn an_ending_leads_to_one_outcome() {
        for (ending, at_once, waited) in [
            (Ending::Acted, "acted", "rate_limited_then_acted"),
            (Ending::Nothing, "no_match", "no_match"),
            (Ending::Failed, "failed", "failed"),
        ] {
            assert_eq!((ending.outcome(false).name(), ending.outcome(true).name()), (at_once, waited));
        }
    }

    #[test]
    fn the_word_of_an_outcome_is_that_of_its_json() {
        for outcome in RunOutcome::ALL {
            assert_eq!(RunOutcome::parse(outcome.name()), Some(outcome));
            assert_eq!(json!(outcome), outcome.name());
        }
        assert_eq!(RunOutcome::parse("superseded"), Some(RunOutcome::Superseded));
        assert_eq!((RunOutcome::parse("Acted"), RunOutcome::parse("")), (None, None));
    }

    #[test]
    fn a_detail_is_a_text_or_an_object_or_missing() {
        let schema = json!(detail());
        assert_eq!(schema["type"], json!(["object", "string", "null"]));
        assert!(schema["description"].as_str().unwrap().starts_with("The branch that was taken or why the step failed"));
    }
}
