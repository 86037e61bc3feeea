//! What is kept of a run (contract/workflows.md, `runs/`).

use serde::{Deserialize, Serialize};
use serde_json::Value;

/// How a run ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ending {
    /// It changed a ticket, or found it as it should be.
    Acted,
    /// No branch led to a change.
    Nothing,
    /// A step failed; those before it are not undone.
    Failed,
}

impl Ending {
    /// The word for it in the list of runs; `waited` if the limit held the run up. A run in which no branch led to a change
    /// matched nothing, just as one that a filter kept from starting.
    pub const fn outcome(self, waited: bool) -> RunOutcome {
        match (self, waited) {
            (Self::Acted, false) => RunOutcome::Acted,
            (Self::Acted, true) => RunOutcome::RateLimitedThenActed,
            (Self::Nothing, _) => RunOutcome::NoMatch,
            (Self::Failed, _) => RunOutcome::Failed,
        }
    }
}

/// What came of a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum RunOutcome {
    /// It acted at once.
    Acted,
    /// Nothing was to be done.
    NoMatch,
    /// It acted, after the limit had held it up.
    RateLimitedThenActed,
    /// A step failed.
    Failed,
    /// It did nothing: while the limit held it up, a later event on its ticket set off the same workflow.
    Superseded,
}

impl RunOutcome {
    /// Every outcome.
    pub const ALL: [Self; 5] = [Self::Acted, Self::NoMatch, Self::RateLimitedThenActed, Self::Failed, Self::Superseded];

    /// The word on the wire.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Acted => "acted",
            Self::NoMatch => "no_match",
            Self::RateLimitedThenActed => "rate_limited_then_acted",
            Self::Failed => "failed",
            Self::Superseded => "superseded",
        }
    }

    /// The outcome of that name.
    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|outcome| outcome.name() == name)
    }
}

/// What a run says of a step.
#[derive(Debug, Clone, PartialEq, Serialize, Deserialize, utoipa::ToSchema)]
pub struct StepLog {
    /// Its place, such as `steps[0].branches[1].steps[0]`.
    pub step: String,
    /// What came of it.
    pub result: StepResult,
    /// The branch that was taken, the fields that were changed, or why the step failed.
    #[schema(value_type = Option<Object>)]
    pub detail: Option<Value>,
}

/// What came of a step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize, utoipa::ToSchema)]
#[serde(rename_all = "snake_case")]
pub enum StepResult {
    /// The action was done.
    Done,
    /// A way was taken: `branches[0]` and so on, `else`, or `none` if there is nothing to do.
    Branch,
    /// The action could not be done; the run ends.
    Failed,
}
