//! What an event sets off: a run of each of the project's workflows that is about it, in the order they were created.
//!
//! A run is done once, however often its event arrives: what it has done is written with the doing (`lambdesk_store`,
//! `runs.rs`), so one that was interrupted goes on where it was. Each action counts against the limit that workflows share
//! with the external API (decision 44); where that is used up, the event comes again later.

use std::sync::Arc;

use lambdesk_domain::{
    TicketId, Timestamp,
    activity::Activity,
    limit::EXTERNAL,
    workflow::{
        Action, Changes, Ending, Next, Occurrence, Outcome, Run, RunOutcome, StepLog, StepResult, Workflow, changed,
        ticket_variables,
    },
};
use lambdesk_store::{ChangeError, Desk, Directory, Overtaken, RunRecord, StoreError};
use serde_json::json;

use crate::{Automation, Trigger};

/// How often a run that another delivery of its event has taken further is read again.
const TRIES: u32 = 10;

/// What became of an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// All that was to be done for it is done.
    Done,
    /// The project's workflows have used up what they may do for now.
    Later {
        /// In how many seconds to try again.
        secs: u32,
    },
}

/// Why an event could not be carried out. It is tried again.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Automation {
    /// Does what the project's workflows ask for when this happens. May be called more than once for the same event.
    pub async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure> {
        let desk = self.store.desk(trigger.project);
        let workflows = desk.remembered_workflows().await?;
        // One that was disabled may have a run that waited, which ends now.
        let about =
            |workflow: &&Workflow| (workflow.enabled || trigger.waits > 0) && workflow.definition.trigger.event == trigger.event;
        let mut about = workflows.iter().filter(about).peekable();
        if about.peek().is_none() {
            return Ok(Carried::Done);
        }
        // A project that is not there has no workflows.
        let Some(directory) = desk.directory().await? else { return Ok(Carried::Done) };
        let occurrence = trigger.occurrence();
        for workflow in about {
            let runner = Runner { desk: &desk, directory: &directory, workflow, trigger, occurrence: &occurrence };
            if let Carried::Later { secs } = runner.carry_out(self).await? {
                return Ok(Carried::Later { secs });
            }
        }
        Ok(Carried::Done)
    }
}

/// One workflow on one event.
struct Runner<'a> {
    desk: &'a Desk,
    directory: &'a Arc<Directory>,
    workflow: &'a Workflow,
    trigger: &'a Trigger,
    occurrence: &'a Occurrence,
}

/// How far a run came.
enum Reached {
    Carried(Carried),
    /// Another delivery of the event was faster.
    Overtaken,
}

const DONE: Reached = Reached::Carried(Carried::Done);

impl From<Result<(), Overtaken>> for Reached {
    fn from(saved: Result<(), Overtaken>) -> Self {
        match saved {
            Ok(()) => DONE,
            Err(Overtaken) => Self::Overtaken,
        }
    }
}

impl Runner<'_> {
    async fn carry_out(&self, automation: &Automation) -> Result<Carried, Failure> {
        for _ in 0..TRIES {
            let begun = self.desk.run(self.workflow.id, self.trigger.at, self.trigger.id).await?;
            let record = begun.unwrap_or_else(|| self.begin());
            if record.ended.is_some() {
                return Ok(Carried::Done);
            }
            if let Reached::Carried(carried) = self.go_on(automation, record).await? {
                return Ok(carried);
            }
        }
        Err(StoreError::Contended("a run").into())
    }

    fn begin(&self) -> RunRecord {
        RunRecord {
            workflow: self.workflow.id,
            event_id: self.trigger.id,
            event: self.trigger.event,
            event_at: self.trigger.at,
            ticket: self.trigger.ticket(),
            started_at: self.desk.now(),
            ended: None,
            performed: Vec::new(),
            steps: Vec::new(),
            writes: 0,
        }
    }

    /// From where the run is to its end, or to where the limit holds it up.
    async fn go_on(&self, automation: &Automation, mut record: RunRecord) -> Result<Reached, Failure> {
        let definition = &self.workflow.definition;
        let begun = !record.performed.is_empty();
        if !self.workflow.enabled {
            return if begun {
                self.fail(record, "The workflow was disabled while this run was under way.").await
            } else {
                Ok(DONE)
            };
        }
        // What has matched once goes on, as long as the steps are still the same.
        if !begun && !definition.trigger.matches(self.occurrence).matched() {
            return self.end(record, RunOutcome::NoMatch).await;
        }
        let Ok(mut run) = Run::resume(definition, self.occurrence, record.performed.clone()) else {
            return self.fail(record, "The workflow was changed while this run was under way.").await;
        };
        loop {
            let action = match run.advance() {
                Next::Done(ending) => return self.end(told(record, &run), self.outcome(ending)).await,
                Next::Act { action, .. } => action,
            };
            if let Err(secs) = automation.store.admit_call(&format!("external:{}", self.trigger.project), &EXTERNAL).await? {
                return self.wait(told(record, &run), secs).await;
            }
            let outcome = match action {
                Action::GetTicket { ticket_id } => self.read(ticket_id).await?,
                Action::UpdateTicket { ticket_id, changes } => match self.update(ticket_id, &changes, &record, &run).await? {
                    Updated::Recorded(after) if after.ended.is_some() => return Ok(Reached::Carried(Carried::Done)),
                    Updated::Recorded(after) => {
                        let Ok(resumed) = Run::resume(definition, self.occurrence, after.performed.clone()) else {
                            return Ok(Reached::Overtaken);
                        };
                        (run, record) = (resumed, *after);
                        continue;
                    }
                    Updated::Unrecorded(outcome) => outcome,
                    Updated::Overtaken => return Ok(Reached::Overtaken),
                },
            };
            // The outcome is made for the action it answers.
            if run.tell(outcome).is_err() {
                return Ok(Reached::Overtaken);
            }
        }
    }

    async fn read(&self, ticket: TicketId) -> Result<Outcome, StoreError> {
        let ticket = self.desk.ticket(ticket).await?;
        Ok(ticket.map_or_else(no_ticket, |ticket| Outcome::Ticket(ticket_variables(&ticket))))
    }

    /// Changes the ticket, and writes with it how far the run is then.
    async fn update(
        &self,
        ticket: TicketId,
        changes: &Changes,
        record: &RunRecord,
        run: &Run<'_>,
    ) -> Result<Updated, StoreError> {
        if let Some(stranger) = self.stranger(changes).await? {
            return Ok(Updated::Unrecorded(Outcome::Failed(stranger.to_owned())));
        }
        let after = |activity: &[Activity], now| self.after_update(record, run, activity, now);
        let written = self.desk.change_in_run(ticket, self.workflow.id, changes.patch(), &after).await;
        Ok(match written {
            Ok(Ok(Some(after))) => Updated::Recorded(Box::new(after)),
            Ok(Ok(None)) => Updated::Unrecorded(Outcome::Updated(changed(&[]))),
            Ok(Err(Overtaken)) => Updated::Overtaken,
            Err(ChangeError::NotFound) => Updated::Unrecorded(no_ticket()),
            Err(ChangeError::Store(StoreError::TooLarge)) => {
                Updated::Unrecorded(Outcome::Failed("The ticket would be larger than can be stored.".to_owned()))
            }
            Err(ChangeError::Store(error)) => return Err(error),
            Err(error @ (ChangeError::Refused(_) | ChangeError::Forbidden | ChangeError::Limited { .. })) => {
                Updated::Unrecorded(Outcome::Failed(error.to_string()))
            }
        })
    }

    /// Whom the ticket can't be assigned to. What is remembered of the project may be older than the workflow, so that nobody
    /// is a stranger by that alone.
    async fn stranger(&self, changes: &Changes) -> Result<Option<&'static str>, StoreError> {
        if changes.stranger(|assignee| self.directory.has(assignee)).is_none() {
            return Ok(None);
        }
        let directory = self.desk.fresh_directory().await?;
        Ok(changes.stranger(|assignee| directory.has(assignee)))
    }

    /// The record of the run once this update is done; with its end, if nothing is left to do then.
    fn after_update(&self, record: &RunRecord, run: &Run<'_>, activity: &[Activity], now: Timestamp) -> RunRecord {
        let mut run = run.clone();
        let told_of = run.tell(Outcome::Updated(changed(activity)));
        let next = run.advance();
        let mut after = told(record.clone(), &run);
        after.writes += 1;
        if let (Ok(()), Next::Done(ending)) = (told_of, next) {
            after.ended = Some((now, self.outcome(ending)));
        }
        after
    }

    /// Leaves the run for later. What it has read so far is kept: to read it again would cost another action each time.
    async fn wait(&self, mut record: RunRecord, secs: u32) -> Result<Reached, Failure> {
        if record.performed.is_empty() {
            return Ok(Reached::Carried(Carried::Later { secs }));
        }
        record.writes += 1;
        Ok(match self.desk.save_run(&record).await? {
            Ok(()) => Reached::Carried(Carried::Later { secs }),
            Err(Overtaken) => Reached::Overtaken,
        })
    }

    fn outcome(&self, ending: Ending) -> RunOutcome {
        ending.outcome(self.trigger.waits > 0)
    }

    /// Ends a run that can't go on.
    async fn fail(&self, mut record: RunRecord, why: &str) -> Result<Reached, Failure> {
        record.steps.push(StepLog { step: "steps".to_owned(), result: StepResult::Failed, detail: Some(json!(why)) });
        self.end(record, RunOutcome::Failed).await
    }

    async fn end(&self, mut record: RunRecord, outcome: RunOutcome) -> Result<Reached, Failure> {
        record.ended = Some((self.desk.now(), outcome));
        record.writes += 1;
        Ok(self.desk.save_run(&record).await?.into())
    }
}

/// What became of an update.
enum Updated {
    /// The ticket is changed, and the run so recorded.
    Recorded(Box<RunRecord>),
    /// Nothing is written; the run is to hear of this.
    Unrecorded(Outcome),
    Overtaken,
}

/// The record with what the run has done and says.
fn told(mut record: RunRecord, run: &Run<'_>) -> RunRecord {
    record.performed = run.performed().to_vec();
    record.steps = run.log().to_vec();
    record
}

fn no_ticket() -> Outcome {
    Outcome::Failed("The ticket does not exist.".to_owned())
}
