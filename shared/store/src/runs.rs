//! Runs of workflows: one for each workflow and event, however often the event arrives (design.md section 6).
//!
//! What a run has done is written in the same transaction as its doing. So a run that is interrupted goes on where it was,
//! and two that are under way for one event do each step once: the second one's transaction finds that the run has moved.

use std::sync::{Mutex, PoisonError};

use lambdesk_domain::{
    Actor, Command, TicketId, Timestamp, WorkflowId,
    activity::Activity,
    events::EventName,
    patch::Patch,
    workflow::{Performed, RunOutcome, StepLog},
};
use uuid::Uuid;

use crate::{
    Desk, Posted,
    desk::Outcome,
    error::{ChangeError, StoreError},
    items::workflow::{WRITES, read_run, write_run},
    keys,
    log::{Log, Stretch},
    once::Beside,
    write::Write,
};

/// A run, over or under way.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Of which workflow.
    pub workflow: WorkflowId,
    /// The event that set it off (decision 41).
    pub event_id: Uuid,
    /// What happened.
    pub event: EventName,
    /// When.
    pub event_at: Timestamp,
    /// The ticket that the event is about.
    pub ticket: Option<TicketId>,
    /// When the run began.
    pub started_at: Timestamp,
    /// When it was over, and how.
    pub ended: Option<(Timestamp, RunOutcome)>,
    /// What came of its actions.
    pub performed: Vec<Performed>,
    /// What it tells of its steps.
    pub steps: Vec<StepLog>,
    /// How often it was written.
    pub writes: u32,
}

impl RunRecord {
    /// How long runs are kept, in seconds: 30 days.
    pub const KEPT: i64 = 30 * 24 * 3600;

    /// Its id: the same for the same workflow and event.
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&self.workflow.0, self.event_id.as_bytes())
    }
}

/// Someone else has taken the run further.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Overtaken;

/// The step of a run, beside the change it makes.
struct Step<'a> {
    desk: &'a Desk,
    record: &'a (dyn Fn(&[Activity], Timestamp) -> RunRecord + Sync),
    /// The record as it was last to be written.
    written: Mutex<Option<RunRecord>>,
}

impl Beside for Step<'_> {
    fn write(&self, _: &Posted, activity: &[Activity], now: Timestamp) -> Result<Write, StoreError> {
        let record = (self.record)(activity, now);
        let write = self.desk.run_write(&record);
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
        Ok(write)
    }
}

impl Desk {
    /// The run of a workflow for an event, if it has begun.
    pub async fn run(&self, workflow: WorkflowId, event_at: Timestamp, event: Uuid) -> Result<Option<RunRecord>, StoreError> {
        self.store.get(&keys::run(self.project, workflow, event_at, event)).await?.as_ref().map(read_run).transpose()
    }

    /// Writes a run, if nobody has written it since it was read. `run.writes` counts this write.
    pub async fn save_run(&self, run: &RunRecord) -> Result<Result<(), Overtaken>, StoreError> {
        match self.store.commit(vec![self.run_write(run)]).await {
            Ok(()) => Ok(Ok(())),
            Err(rejection) if rejection.at(0).is_some() => Ok(Err(Overtaken)),
            Err(rejection) => Err(rejection.into_error("a run")),
        }
    }

    fn run_write(&self, run: &RunRecord) -> Write {
        let put = Write::put(write_run(self.project, run));
        if run.writes <= 1 {
            put.if_absent()
        } else {
            put.only_if(format!("{WRITES} = :before")).number(":before", run.writes - 1)
        }
    }

    /// Makes a run's change of a ticket, and writes the run with it as `record` has it for what the change says in the log, and when.
    /// The record as it was written; `None` if there was nothing to change, and so nothing was.
    pub async fn change_in_run(
        &self,
        ticket: TicketId,
        workflow: WorkflowId,
        patch: Patch,
        record: &(dyn Fn(&[Activity], Timestamp) -> RunRecord + Sync),
    ) -> Result<Result<Option<RunRecord>, Overtaken>, ChangeError> {
        let ticket = self.ticket(ticket).await?.ok_or(ChangeError::NotFound)?;
        let command = |_: &_| Ok(Command::Update(Box::new(patch.clone())));
        let step = Step { desk: self, record, written: Mutex::default() };
        match self.change_from(ticket, &Actor::Workflow(Some(workflow.0)), &command, Some(&step)).await {
            Ok(applied) => {
                let written = step.written.into_inner().unwrap_or_else(PoisonError::into_inner);
                Ok(Ok(written.filter(|_| applied.outcome == Outcome::Written)))
            }
            Err(ChangeError::Store(StoreError::CarriedOut)) => Ok(Err(Overtaken)),
            Err(error) => Err(error),
        }
    }

    /// The runs of a workflow, those for the latest events first.
    pub async fn runs(&self, workflow: WorkflowId, stretch: Stretch<'_>) -> Result<Log<RunRecord>, StoreError> {
        let expired = self.store.now().plus_seconds(-RunRecord::KEPT);
        let partition = keys::runs(self.project, workflow);
        let mut log = self.store.log(partition, "", keys::LAST, stretch, read_run).await?;
        // TTL is late.
        log.rows.retain(|run| run.started_at > expired);
        Ok(log)
    }
}
