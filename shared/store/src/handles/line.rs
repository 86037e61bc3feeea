//! The line of runs that wait for the limit on actions, one line for each workflow and ticket. Only the end of the line is
//! stored, because only the newest run is carried out. If a customer writes a hundred times while workflows have to wait, only
//! the last message has a run.

use std::cmp::Ordering;

use lambdesk_domain::{TicketId, Timestamp, WorkflowId, events::EventName, permission::Running, workflow::RunOutcome};
use uuid::Uuid;

use crate::{
    Desk, RunRecord,
    error::StoreError,
    transport::{
        call::{TRIES, pause},
        item::{Item, Reader, Writer},
        keys,
        write::{Guard, Write},
    },
};

/// How long the end of a line is known, in seconds: longer than anything waits.
const KEPT: i64 = 48 * 3600;

/// An event whose run has to wait.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waiting {
    /// The id of the event.
    pub id: Uuid,
    /// The name of the event.
    pub event: EventName,
    /// When the event happened.
    pub at: Timestamp,
    /// Since when the event's run waits.
    pub since: Timestamp,
}

/// The position of a run in its line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LinePosition {
    /// At the end: the run is to be carried out.
    Last,
    /// Before a newer run, which is carried out in its place.
    Superseded,
}

impl Waiting {
    /// Orders two events by when they happened.
    fn compare(&self, other: &Self) -> Ordering {
        (self.at, self.id).cmp(&(other.at, other.id))
    }

    /// The record of a run that is not carried out.
    fn superseded(&self, workflow: WorkflowId, ticket: TicketId, now: Timestamp) -> RunRecord {
        RunRecord {
            workflow,
            event_id: self.id,
            event: self.event,
            event_at: self.at,
            ticket: Some(ticket),
            started_at: self.since,
            ended: Some((now, RunOutcome::Superseded)),
            performed: Vec::new(),
            steps: Vec::new(),
            writes: 1,
        }
    }

    fn read(item: &Item) -> Result<Self, StoreError> {
        let row = Reader(item);
        Ok(Self {
            id: row.parsed("event_id", |id| id.parse().ok())?,
            event: row.parsed("event", EventName::parse)?,
            at: row.time("at")?,
            since: row.time("since")?,
        })
    }
}

impl Desk<Running> {
    /// The position of a run that has waited.
    pub async fn position_in_line(
        &self,
        workflow: WorkflowId,
        ticket: TicketId,
        waiting: &Waiting,
    ) -> Result<LinePosition, StoreError> {
        let last = self.store.get(&keys::line(self.project, workflow, ticket)).await?;
        let last = last.as_ref().map(Waiting::read).transpose()?;
        let superseded = last.is_some_and(|last| last.compare(waiting) == Ordering::Greater);
        Ok(if superseded { LinePosition::Superseded } else { LinePosition::Last })
    }

    /// Puts a run that has not begun at the end of its line. The run that was there before is superseded, and recorded so.
    pub async fn stand_in_line(
        &self,
        workflow: WorkflowId,
        ticket: TicketId,
        waiting: &Waiting,
    ) -> Result<LinePosition, StoreError> {
        let key = keys::line(self.project, workflow, ticket);
        let mut last = self.store.get(&key).await?;
        for attempt in 0..TRIES {
            let before = last.as_ref().map(Waiting::read).transpose()?;
            match before.map(|before| before.compare(waiting)) {
                Some(Ordering::Greater) => return Ok(LinePosition::Superseded),
                Some(Ordering::Equal) => return Ok(LinePosition::Last),
                Some(Ordering::Less) | None => {}
            }
            let item = Writer::new(&key)
                .text("event_id", waiting.id.to_string())
                .text("event", waiting.event.name())
                .time("at", waiting.at)
                .time("since", waiting.since)
                .number("expires_at", self.now().plus_seconds(KEPT).seconds())
                .done();
            let put = match &before {
                None => Write::put(item).if_absent(),
                Some(before) => Write::put(item).only_if("event_id = :before").text(":before", before.id.to_string()),
            };
            match self.store.commit(vec![put.guarding(Guard::AsRead)]).await {
                Ok(()) => {
                    if let Some(before) = before {
                        // A run that has begun meanwhile, or ended long ago, keeps its record.
                        let _ = self.save_run(&before.superseded(workflow, ticket, self.now())).await?;
                    }
                    return Ok(LinePosition::Last);
                }
                Err(rejection) => match rejection.met(Guard::AsRead) {
                    Some(met) => last = met,
                    None => return Err(rejection.into_error("a line of runs")),
                },
            }
            pause(attempt).await;
        }
        Err(StoreError::Contended("a line of runs"))
    }
}
