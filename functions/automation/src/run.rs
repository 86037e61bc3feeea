//! The runs that an event starts: one for each workflow of the project on this event, in the order the workflows were created.
//!
//! A run is carried out once, however often its event is delivered. Its progress is written in the transaction that changes the
//! ticket (`lambdesk_store`, `runs.rs`), so an interrupted run resumes where it was. Each action counts against the project's
//! limit (docs/decisions.md, 44). When the limit is used up, the event is retried later.

use std::sync::Arc;

use lambdesk_domain::{
    Ticket, TicketId, Timestamp,
    activity::Activity,
    patch::Patch,
    permission::Running,
    workflow::{
        Action, ActionOutcome, Ending, Next, Occurrence, Party, Run, RunOutcome, StepLog, StepResult, Workflow, changed,
        no_assignee, ticket_variables,
    },
};
use lambdesk_store::{ChangeError, Desk, Directory, LinePosition, RunCommit, RunRecord, StoreError, Unwritten, Waiting};
use serde_json::json;

use crate::{Automation, Trigger};

/// How often a run is read again when another delivery of its event has advanced it meanwhile.
const TRIES: u32 = 10;

/// The result of handling an event.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Carried {
    /// All its runs have ended.
    Done,
    /// The project's workflows have used up their limit for now.
    Later {
        /// The seconds until it can be tried again.
        secs: u32,
    },
}

/// Why an event could not be handled. It is retried.
#[derive(Debug, thiserror::Error)]
pub enum Failure {
    /// The table could not be read or written.
    #[error(transparent)]
    Store(#[from] StoreError),
}

impl Automation {
    /// Runs the project's workflows for an event. It may be called more than once for the same event.
    pub async fn carry_out(&self, trigger: &Trigger) -> Result<Carried, Failure> {
        let desk = self.runs.desk(trigger.project);
        let workflows = desk.remembered_workflows().await?;
        // A disabled workflow may have a run that was waiting. That run ends now.
        let about = |workflow: &&Workflow| {
            (workflow.enabled || trigger.mark.waits > 0) && workflow.definition.trigger.event == trigger.event
        };
        let mut about = workflows.iter().filter(about).peekable();
        if about.peek().is_none() {
            return Ok(Carried::Done);
        }
        // A project that does not exist has no workflows.
        let Some(directory) = desk.directory().await? else { return Ok(Carried::Done) };
        let occurrence = trigger.occurrence();
        let runner = |workflow| Runner { desk: &desk, directory: &directory, workflow, trigger, occurrence: &occurrence };
        while let Some(workflow) = about.next() {
            if let Carried::Later { secs } = Box::pin(runner(workflow).carry_out()).await? {
                // The workflows after it wait as well, each in its own line.
                for workflow in about.filter(|_| trigger.mark.waits == 0) {
                    runner(workflow).stand_behind().await?;
                }
                return Ok(Carried::Later { secs });
            }
        }
        Ok(Carried::Done)
    }
}

/// One workflow on one event.
struct Runner<'a> {
    desk: &'a Desk<Running>,
    directory: &'a Arc<Directory>,
    workflow: &'a Workflow,
    trigger: &'a Trigger,
    occurrence: &'a Occurrence,
}

/// Who set off the run, as far as it is known yet.
#[derive(Default)]
struct SetOff {
    by: Option<Party>,
    /// The event's ticket, if it was read to find that out. The first action on it need not read it again.
    ticket: Option<Ticket>,
}

impl SetOff {
    /// A ticket: the one that is known already, or read now.
    async fn ticket(&mut self, desk: &Desk<Running>, id: TicketId) -> Result<Option<Ticket>, StoreError> {
        match self.ticket.take() {
            Some(ticket) if ticket.id == id => Ok(Some(ticket)),
            _ => desk.ticket(id).await,
        }
    }
}

/// How far a run got.
enum Reached {
    Carried(Carried),
    /// Another delivery of the event has advanced the run meanwhile.
    Overtaken,
}

const DONE: Reached = Reached::Carried(Carried::Done);

impl Runner<'_> {
    async fn carry_out(&self) -> Result<Carried, Failure> {
        for _ in 0..TRIES {
            let begun = self.desk.run(self.workflow.id, self.trigger.at, self.trigger.id).await?;
            let record = begun.unwrap_or_else(|| self.begin());
            if record.ended.is_some() {
                return Ok(Carried::Done);
            }
            if let Reached::Carried(carried) = Box::pin(self.go_on(record)).await? {
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

    /// Advances the run from where it is to its end, or until the limit holds it up.
    async fn go_on(&self, mut record: RunRecord) -> Result<Reached, Failure> {
        let definition = &self.workflow.definition;
        let begun = !record.performed.is_empty();
        if !self.workflow.enabled {
            return if begun {
                self.fail(record, "The workflow was disabled while this run was under way.").await
            } else {
                Ok(DONE)
            };
        }
        // A run that has begun is not matched again. It goes on as long as the steps are the same.
        if !begun && !definition.trigger.matches(self.occurrence).matched() {
            return self.end(record, RunOutcome::NoMatch).await;
        }
        let Ok(mut run) = Run::resume(definition, self.occurrence, record.performed.clone()) else {
            return self.fail(record, "The workflow was changed while this run was under way.").await;
        };
        let mut set_off = SetOff::default();
        loop {
            let action = match run.advance() {
                Next::Done(ending) => return self.end(with_progress(record, &run), self.outcome(ending)).await,
                Next::Act { action, .. } => action,
            };
            let begun = !run.performed().is_empty();
            if !begun && self.trigger.mark.waits > 0 && self.is_superseded().await? {
                return self.end(record, RunOutcome::Superseded).await;
            }
            if let Err(secs) = self.admit(&mut set_off).await? {
                return self.wait(with_progress(record, &run), secs).await;
            }
            let outcome = match action {
                Action::GetTicket { ticket_id } => self.read(ticket_id, &mut set_off).await?,
                Action::UpdateTicket { ticket_id, patch } => {
                    match self.update((ticket_id, &patch), &record, &run, &mut set_off).await? {
                        Updated::Recorded(after) if after.ended.is_some() => return Ok(Reached::Carried(Carried::Done)),
                        Updated::Recorded(after) => {
                            let Ok(resumed) = Run::resume(definition, self.occurrence, after.performed.clone()) else {
                                return Ok(Reached::Overtaken);
                            };
                            (run, record) = (resumed, *after);
                            continue;
                        }
                        Updated::Unrecorded(outcome) => outcome,
                        Updated::Unwritten(Unwritten::Overtaken) => return Ok(Reached::Overtaken),
                        Updated::Unwritten(Unwritten::TooLarge) => {
                            return self.end_without_details(with_progress(record, &run)).await;
                        }
                    }
                }
            };
            // This can't fail: the outcome answers the action that the run asked for.
            if run.tell(outcome).is_err() {
                return Ok(Reached::Overtaken);
            }
        }
    }

    /// Counts one more action, or returns in how many seconds one is allowed.
    async fn admit(&self, set_off: &mut SetOff) -> Result<Result<(), u32>, StoreError> {
        if let Some(secs) = self.desk.without_actions() {
            return Ok(Err(secs));
        }
        let party = match set_off.by {
            Some(party) => party,
            None => self.party(set_off).await?,
        };
        self.desk.admit_action(party).await
    }

    async fn party(&self, set_off: &mut SetOff) -> Result<Party, StoreError> {
        if let Some(ticket) = self.trigger.ticket().filter(|_| !Party::is_team(self.occurrence)) {
            set_off.ticket = self.desk.ticket(ticket).await?;
        }
        let party = Party::of(self.occurrence, set_off.ticket.as_ref());
        set_off.by = Some(party);
        Ok(party)
    }

    async fn read(&self, ticket: TicketId, set_off: &mut SetOff) -> Result<ActionOutcome, StoreError> {
        let ticket = set_off.ticket(self.desk, ticket).await?;
        Ok(ticket.map_or_else(no_ticket, |ticket| ActionOutcome::Ticket(ticket_variables(&ticket))))
    }

    /// Changes the ticket, and records the run's progress in the same transaction.
    async fn update(
        &self,
        (ticket, patch): (TicketId, &Patch),
        record: &RunRecord,
        run: &Run<'_>,
        set_off: &mut SetOff,
    ) -> Result<Updated, StoreError> {
        if let Some(reason) = self.no_assignee(patch).await? {
            return Ok(Updated::Unrecorded(ActionOutcome::Failed(reason.to_owned())));
        }
        let Some(ticket) = set_off.ticket(self.desk, ticket).await? else { return Ok(Updated::Unrecorded(no_ticket())) };
        Ok(match Box::pin(self.change(ticket, patch, record, run)).await {
            Ok(updated) => updated,
            Err(ChangeError::NotFound) => Updated::Unrecorded(no_ticket()),
            Err(ChangeError::Store(StoreError::TooLarge)) => {
                Updated::Unrecorded(ActionOutcome::Failed("The ticket would be larger than can be stored.".to_owned()))
            }
            Err(ChangeError::Store(error)) => return Err(error),
            Err(error @ (ChangeError::Refused(_) | ChangeError::Forbidden | ChangeError::Limited { .. })) => {
                Updated::Unrecorded(ActionOutcome::Failed(error.to_string()))
            }
        })
    }

    /// Decides on the ticket, and commits the change with the record of the run after it. If another writer has changed the
    /// ticket first, decides again on the ticket as it is.
    async fn change(&self, ticket: Ticket, patch: &Patch, record: &RunRecord, run: &Run<'_>) -> Result<Updated, ChangeError> {
        let mut change = self.desk.change_in_run(ticket, self.workflow.id, patch.clone());
        while let Some(decided) = change.decide().await? {
            let after = self.after_update(record, run, decided.activity(), decided.at);
            match change.commit(decided, &after).await? {
                RunCommit::Written => return Ok(Updated::Recorded(Box::new(after))),
                RunCommit::Unwritten(unwritten) => return Ok(Updated::Unwritten(unwritten)),
                RunCommit::Outrun => {}
            }
        }
        Ok(Updated::Unrecorded(ActionOutcome::Updated(changed(&[]))))
    }

    /// Why the ticket can't be assigned so; `None` if it can. The project in memory may be older than the workflow, so it is
    /// read again before an assignee is refused.
    async fn no_assignee(&self, patch: &Patch) -> Result<Option<&'static str>, StoreError> {
        if no_assignee(patch, |assignee| self.directory.has(assignee)).is_none() {
            return Ok(None);
        }
        let directory = self.desk.fresh_directory().await?;
        Ok(no_assignee(patch, |assignee| directory.has(assignee)))
    }

    /// The record of the run after this update. If nothing is left to do then, the record has the run's end.
    fn after_update(&self, record: &RunRecord, run: &Run<'_>, activity: &[Activity], now: Timestamp) -> RunRecord {
        let mut run = run.clone();
        let told_of = run.tell(ActionOutcome::Updated(changed(activity)));
        let next = run.advance();
        let mut after = with_progress(record.clone(), &run);
        after.writes += 1;
        if let (Ok(()), Next::Done(ending)) = (told_of, next) {
            after.ended = Some((now, self.outcome(ending)));
        }
        after
    }

    /// Leaves the run for later. What it has read so far is recorded, because reading it again would cost another action each
    /// time.
    async fn wait(&self, mut record: RunRecord, secs: u32) -> Result<Reached, Failure> {
        if record.performed.is_empty() {
            return match self.stand_in_line().await? {
                LinePosition::Last => Ok(Reached::Carried(Carried::Later { secs })),
                LinePosition::Superseded => {
                    // It took branches, and did nothing on them.
                    record.steps.clear();
                    self.end(record, RunOutcome::Superseded).await
                }
            };
        }
        record.writes += 1;
        match self.desk.save_run(&record).await? {
            Ok(()) => Ok(Reached::Carried(Carried::Later { secs })),
            Err(Unwritten::Overtaken) => Ok(Reached::Overtaken),
            Err(Unwritten::TooLarge) => {
                record.writes -= 1;
                self.end_without_details(record).await
            }
        }
    }

    /// Puts this workflow's run in its line, behind another workflow's run of the same event, if the run would do anything.
    async fn stand_behind(&self) -> Result<(), Failure> {
        let definition = &self.workflow.definition;
        if !definition.trigger.matches(self.occurrence).matched() {
            return Ok(());
        }
        if matches!(Run::new(definition, self.occurrence).advance(), Next::Act { .. })
            && self.stand_in_line().await? == LinePosition::Superseded
        {
            // If another delivery has written the run meanwhile, it has ended the run too.
            self.end(self.begin(), RunOutcome::Superseded).await?;
        }
        Ok(())
    }

    async fn stand_in_line(&self) -> Result<LinePosition, StoreError> {
        match self.trigger.ticket() {
            Some(ticket) => self.desk.stand_in_line(self.workflow.id, ticket, &self.waiting()).await,
            None => Ok(LinePosition::Last),
        }
    }

    /// Whether a newer run has taken this one's place while it waited.
    async fn is_superseded(&self) -> Result<bool, StoreError> {
        let Some(ticket) = self.trigger.ticket() else { return Ok(false) };
        Ok(self.desk.position_in_line(self.workflow.id, ticket, &self.waiting()).await? == LinePosition::Superseded)
    }

    fn waiting(&self) -> Waiting {
        let Trigger { id, event, at, ref mark, .. } = *self.trigger;
        Waiting { id, event, at, since: mark.since.unwrap_or_else(|| self.desk.now()) }
    }

    fn outcome(&self, ending: Ending) -> RunOutcome {
        ending.outcome(self.trigger.mark.waits > 0)
    }

    /// Ends a run that can't go on, as failed, with the reason.
    async fn fail(&self, mut record: RunRecord, why: &str) -> Result<Reached, Failure> {
        record.steps.push(StepLog { step: "steps".to_owned(), result: StepResult::Failed, detail: Some(json!(why)) });
        self.end(record, RunOutcome::Failed).await
    }

    async fn end(&self, mut record: RunRecord, outcome: RunOutcome) -> Result<Reached, Failure> {
        record.ended = Some((self.desk.now(), outcome));
        record.writes += 1;
        match self.desk.save_run(&record).await? {
            Ok(()) => Ok(DONE),
            Err(Unwritten::Overtaken) => Ok(Reached::Overtaken),
            Err(Unwritten::TooLarge) => {
                record.writes -= 1;
                self.end_without_details(record).await
            }
        }
    }

    /// Ends a run whose record would be larger than an item can be. The record keeps the steps, without what they read and
    /// changed.
    async fn end_without_details(&self, mut record: RunRecord) -> Result<Reached, Failure> {
        record.performed.clear();
        record.steps.iter_mut().filter(|step| step.result == StepResult::Done).for_each(|step| step.detail = None);
        let why = json!("What this run has read and changed is more than can be recorded.");
        record.steps.push(StepLog { step: "steps".to_owned(), result: StepResult::Failed, detail: Some(why) });
        record.ended = Some((self.desk.now(), RunOutcome::Failed));
        record.writes += 1;
        match self.desk.save_run(&record).await? {
            Ok(()) => Ok(DONE),
            Err(Unwritten::Overtaken) => Ok(Reached::Overtaken),
            Err(Unwritten::TooLarge) => Err(StoreError::TooLarge.into()),
        }
    }
}

/// The result of an update.
enum Updated {
    /// The ticket is changed, and the run is recorded with it.
    Recorded(Box<RunRecord>),
    /// Nothing is written. The run continues with this outcome.
    Unrecorded(ActionOutcome),
    /// Nothing is written, because the run can't be recorded.
    Unwritten(Unwritten),
}

/// The record, with the run's actions and log.
fn with_progress(mut record: RunRecord, run: &Run<'_>) -> RunRecord {
    record.performed = run.performed().to_vec();
    record.steps = run.log().to_vec();
    record
}

fn no_ticket() -> ActionOutcome {
    ActionOutcome::Failed("The ticket does not exist.".to_owned())
}
