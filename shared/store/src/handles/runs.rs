//! Runs of workflows: one for each workflow and event, however often the event arrives.
//!
//! What a run has done is written in the same transaction as its doing. So a run that is interrupted goes on where it was,
//! and two that are under way for one event do each step once: the second one's transaction finds that the run has moved.

use lambdesk_domain::{
    Actor, Change, Command, Decision, Ticket, Timestamp, WorkflowId,
    activity::Activity,
    patch::Patch,
    permission::{ReadsWorkflows, Running},
};
use uuid::Uuid;

use crate::{
    Desk,
    error::{ChangeError, StoreError},
    handles::log::{Log, Stretch},
    items::workflow::{RunRecord, WRITES, read_run, write_run},
    room::{Room, change::Committed},
    transport::{
        call::Patience,
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

/// The most bytes of a run's record. An item holds 400 KB, and DynamoDB counts a little more than [`size`] does.
const LARGEST: usize = 390 * 1024;

/// A change of a ticket by a run, which is committed together with the run's record. [`RunChange::decide`] says what the change
/// comes to, its caller makes the record of that, and [`RunChange::commit`] writes both.
pub struct RunChange<'a> {
    room: &'a Room,
    actor: Actor,
    patch: Patch,
    /// The ticket as it was last read.
    ticket: Ticket,
    patience: Patience,
}

/// What a run's change comes to on the ticket as it was last read. It has a change, or there would be nothing to commit.
pub struct RunDecision {
    change: Box<Change>,
    /// When it was decided.
    pub at: Timestamp,
}

/// How the commit of a run's change ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RunCommit {
    /// The ticket is changed, and the run is recorded.
    Written,
    /// Another writer changed the ticket first, and nothing is written. The change is to be decided again, on the ticket as it
    /// is.
    Outrun,
    /// The run could not be recorded, and nothing is written.
    Unwritten(Unwritten),
}

impl RunDecision {
    /// What the change says in the ticket's log.
    pub fn activity(&self) -> &[Activity] {
        &self.change.activity
    }
}

impl RunChange<'_> {
    /// What the change comes to; `None` if it changes nothing.
    pub async fn decide(&self) -> Result<Option<RunDecision>, ChangeError> {
        let at = self.room.now();
        let command = Command::Update(Box::new(self.patch.clone()));
        match Box::pin(self.room.decide(&self.ticket, command, &self.actor, at)).await? {
            Decision::Change(change) => Ok(Some(RunDecision { change, at })),
            // An update adds no message, so it neither repeats one nor goes on in another ticket.
            Decision::Nothing | Decision::Replay(_) | Decision::FollowUp(_) | Decision::HandOn(_) => Ok(None),
        }
    }

    /// Commits a change as it was decided, and `run` with it. `run.writes` counts this write.
    pub async fn commit(&mut self, decided: RunDecision, run: &RunRecord) -> Result<RunCommit, ChangeError> {
        let RunDecision { mut change, at } = decided;
        let Some(record) = self.room.run_write(run) else { return Ok(RunCommit::Unwritten(Unwritten::TooLarge)) };
        let mut writes = self.room.writes_of(&self.ticket, &mut change, at);
        writes.push(record);
        match self.room.commit_change(writes, &mut self.patience).await {
            Ok(Committed::Done) => Ok(RunCommit::Written),
            Ok(Committed::Lost(item)) => {
                self.ticket = self.room.met(item).await?;
                self.patience.again("a ticket").await?;
                Ok(RunCommit::Outrun)
            }
            Err(StoreError::CarriedOut) => Ok(RunCommit::Unwritten(Unwritten::Overtaken)),
            Err(error) => Err(error.into()),
        }
    }
}

impl Desk<Running> {
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

    /// A run's change of a ticket that was just read. Nothing is written until it is committed.
    pub fn change_in_run(&self, ticket: Ticket, workflow: WorkflowId, patch: Patch) -> RunChange<'_> {
        let actor = Actor::Workflow(Some(workflow.0));
        RunChange { room: self.room(), actor, patch, ticket, patience: Patience::of_request() }
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
