//! Runs of workflows: one for each workflow and event, however often the event arrives.
//!
//! What a run has done is written in the same transaction as its doing. So a run that is interrupted goes on where it was,
//! and two that are under way for one event do each step once: the second one's transaction finds that the run has moved.

use std::sync::{
    Mutex, PoisonError,
    atomic::{AtomicBool, Ordering},
};

use lambdesk_domain::{
    Actor, Command, Ticket, Timestamp, WorkflowId,
    activity::Activity,
    patch::Patch,
    permission::{ReadsWorkflows, Running},
    workflow::Party,
};
use uuid::Uuid;

use crate::{
    Desk, Posted,
    error::{ChangeError, StoreError},
    handles::{
        log::{Log, Stretch},
        windows::{ALL_ACTIONS, OF_STRANGERS, Share},
    },
    items::workflow::{RunRecord, WRITES, read_run, write_run},
    room::{Room, change::Outcome, once::Beside},
    transport::{
        item::size,
        keys,
        write::{Guard, Write},
    },
};

/// Why a run was not written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unwritten {
    /// Someone else has taken the run further.
    Overtaken,
    /// Its record would be larger than can be stored, however often it is tried.
    TooLarge,
}

/// The most bytes of a run's record, with room for what DynamoDB counts beside them.
const LARGEST: usize = 390 * 1024;

/// The step of a run, beside the change it makes.
struct Step<'a> {
    room: &'a Room,
    record: &'a (dyn Fn(&[Activity], Timestamp) -> RunRecord + Sync),
    /// The record as it was last to be written.
    written: Mutex<Option<RunRecord>>,
    too_large: AtomicBool,
}

impl Beside for Step<'_> {
    fn write(&self, _: &Posted, activity: &[Activity], now: Timestamp) -> Result<Write, StoreError> {
        let record = (self.record)(activity, now);
        let Some(write) = self.room.run_write(&record) else {
            self.too_large.store(true, Ordering::Relaxed);
            return Err(StoreError::TooLarge);
        };
        *self.written.lock().unwrap_or_else(PoisonError::into_inner) = Some(record);
        Ok(write)
    }
}

const ACTIONS_OF_STRANGERS: [Share; 2] = [ALL_ACTIONS, OF_STRANGERS];

impl Desk<Running> {
    /// Counts one action of a run of this project against what runs may do, or says how many seconds to wait until one fits.
    pub async fn admit_action(&self, party: Party) -> Result<Result<(), u32>, StoreError> {
        let shares = match party {
            Party::Known => &ACTIONS_OF_STRANGERS[..1],
            Party::Stranger => &ACTIONS_OF_STRANGERS,
        };
        self.store.admit(&self.runs_window(), shares).await
    }

    /// For how many seconds it is known that no run of this project may do anything, whoever set it off.
    pub fn without_actions(&self) -> Option<u32> {
        self.store.used_up(&self.runs_window(), &[ALL_ACTIONS], self.now())
    }

    fn runs_window(&self) -> String {
        format!("runs:{}", self.project)
    }

    /// The run of a workflow for an event, if it has begun.
    pub async fn run(&self, workflow: WorkflowId, event_at: Timestamp, event: Uuid) -> Result<Option<RunRecord>, StoreError> {
        self.store.get(&keys::run(self.project, workflow, event_at, event)).await?.as_ref().map(read_run).transpose()
    }

    /// Writes a run, if nobody has written it since it was read. `run.writes` counts this write.
    pub async fn save_run(&self, run: &RunRecord) -> Result<Result<(), Unwritten>, StoreError> {
        let Some(write) = self.run_write(run) else { return Ok(Err(Unwritten::TooLarge)) };
        match self.store.commit(vec![write]).await {
            Ok(()) => Ok(Ok(())),
            Err(rejection) if rejection.met(Guard::Once).is_some() => Ok(Err(Unwritten::Overtaken)),
            Err(rejection) => Err(rejection.into_error("a run")),
        }
    }

    /// Makes a run's change of a ticket that was just read, and writes the run with it as `record` has it for what the change
    /// says in the log, and when. The record as it was written; `None` if there was nothing to change, and so nothing was.
    pub async fn change_in_run(
        &self,
        ticket: Ticket,
        workflow: WorkflowId,
        patch: Patch,
        record: &(dyn Fn(&[Activity], Timestamp) -> RunRecord + Sync),
    ) -> Result<Result<Option<RunRecord>, Unwritten>, ChangeError> {
        let command = |_: &_| Ok(Command::Update(Box::new(patch.clone())));
        let step = Step { room: self, record, written: Mutex::default(), too_large: AtomicBool::new(false) };
        match self.change_from(ticket, &Actor::Workflow(Some(workflow.0)), &command, Some(&step)).await {
            Ok(applied) => {
                let written = step.written.into_inner().unwrap_or_else(PoisonError::into_inner);
                Ok(Ok(written.filter(|_| applied.outcome == Outcome::Written)))
            }
            Err(ChangeError::Store(StoreError::CarriedOut)) => Ok(Err(Unwritten::Overtaken)),
            Err(ChangeError::Store(StoreError::TooLarge)) if step.too_large.into_inner() => Ok(Err(Unwritten::TooLarge)),
            Err(error) => Err(error),
        }
    }
}

impl Room {
    /// The write of a run, unless it is larger than can be stored.
    fn run_write(&self, run: &RunRecord) -> Option<Write> {
        let item = write_run(self.project, run);
        let put = (size(&item) <= LARGEST).then(|| Write::put(item))?;
        // Nobody else has taken the run further.
        Some(
            if run.writes <= 1 {
                put.if_absent()
            } else {
                put.only_if(format!("{WRITES} = :before")).number(":before", run.writes - 1)
            }
            .guarding(Guard::Once),
        )
    }
}

impl<P: ReadsWorkflows> Desk<P> {
    /// The runs of a workflow, those for the latest events first.
    pub async fn runs(&self, workflow: WorkflowId, stretch: Stretch<'_>) -> Result<Log<RunRecord>, StoreError> {
        let expired = self.store.now().plus_seconds(-RunRecord::KEPT);
        let partition = keys::runs(self.project, workflow);
        let mut log = self.store.log(partition, "", keys::LAST, stretch, read_run).await?;
        // TTL is late.
        log.retain(|run| run.started_at > expired);
        Ok(log)
    }
}
