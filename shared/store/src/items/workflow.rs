//! Workflows and their runs.
//!
//! A workflow's `definition` is the JSON that the API shows. A run keeps the results of its actions in `performed`, so that it
//! can be resumed; once it has ended, `performed` is empty. `steps` is what the API shows of them. `ended` and `outcome` are
//! there once it has ended. `writes` counts its writes, and each write requires the number that was read.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp, UserId, WorkflowId,
    events::EventName,
    workflow::{Definition, Performed, RunOutcome, StepLog, Workflow},
};
use serde::{Serialize, de::DeserializeOwned};
use serde_json::Value;
use uuid::Uuid;

use crate::{
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
    },
};

pub(crate) const VERSION: &str = "version";
pub(crate) const WRITES: &str = "writes";

/// A run, over or under way.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// Of which workflow.
    pub workflow: WorkflowId,
    /// The event that set it off (docs/decisions.md, 41).
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

pub(crate) fn write(project: ProjectId, workflow: &Workflow) -> Item {
    let Workflow { id, name, enabled, definition, created_at, updated_at, created_by, version } = workflow;
    Writer::new(&keys::workflow(project, *id))
        .text("name", name)
        .opt_flag("enabled", enabled.then_some(true))
        .text("definition", Value::Object(definition.to_json()).to_string())
        .time("created_at", *created_at)
        .time("updated_at", *updated_at)
        .number("created_by", created_by)
        .number(VERSION, version)
        .done()
}

pub(crate) fn read(item: &Item) -> Result<Workflow, StoreError> {
    let row = Reader(item);
    let id = row.sort_key()?.strip_prefix(keys::WORKFLOWS).and_then(|id| id.parse().ok());
    Ok(Workflow {
        id: id.ok_or_else(|| row.corrupt(keys::SK))?,
        name: row.text("name")?.to_owned(),
        enabled: row.flag("enabled")?.unwrap_or(false),
        definition: Definition::parse(&row.object("definition")?).map_err(|_| row.corrupt("definition"))?,
        created_at: row.time("created_at")?,
        updated_at: row.time("updated_at")?,
        created_by: UserId(row.number("created_by")?),
        version: row.number(VERSION)?,
    })
}

pub(crate) fn write_run(project: ProjectId, run: &RunRecord) -> Item {
    let RunRecord { workflow, event_id, event, event_at, ticket, started_at, ended, performed, steps, writes } = run;
    // The results name a customer. Only a run that has not ended needs them.
    let performed = if ended.is_some() { &[] } else { performed.as_slice() };
    Writer::new(&keys::run(project, *workflow, *event_at, *event_id))
        .text("event", event.name())
        .opt_text("ticket", ticket.map(|ticket| ticket.to_string()))
        .time("started_at", *started_at)
        .opt_time("ended", ended.map(|(at, _)| at))
        .opt_text("outcome", ended.map(|(_, outcome)| outcome.name()))
        .text("performed", json(&performed))
        .text("steps", json(steps))
        .number(WRITES, writes)
        .number("expires_at", started_at.plus_seconds(RunRecord::KEPT).seconds())
        .done()
}

pub(crate) fn read_run(item: &Item) -> Result<RunRecord, StoreError> {
    let row = Reader(item);
    let workflow = row.partition_key()?.rsplit_once('#').and_then(|(_, id)| id.parse().ok());
    let (event_at, event_id) = place(row.sort_key()?).ok_or_else(|| row.corrupt(keys::SK))?;
    let ended = row.opt_time("ended")?.zip(row.opt_parsed("outcome", RunOutcome::parse)?);
    Ok(RunRecord {
        workflow: workflow.ok_or_else(|| row.corrupt(keys::PK))?,
        event_id,
        event: row.parsed("event", EventName::parse)?,
        event_at,
        ticket: row.opt_parsed("ticket", |id| id.parse::<TicketId>().ok())?,
        started_at: row.time("started_at")?,
        ended,
        performed: list(row, "performed")?,
        steps: list(row, "steps")?,
        writes: row.number(WRITES)?,
    })
}

fn place(sort_key: &str) -> Option<(Timestamp, Uuid)> {
    let (micros, event) = sort_key.split_once('#')?;
    Some((Timestamp::from_micros(micros.parse().ok()?)?, event.parse().ok()?))
}

/// A list of the domain's plain structs as JSON. Serializing them does not fail.
fn json(list: &impl Serialize) -> String {
    serde_json::to_string(list).unwrap_or_default()
}

fn list<T: DeserializeOwned>(row: Reader, name: &str) -> Result<Vec<T>, StoreError> {
    serde_json::from_str(row.text(name)?).map_err(|_| row.corrupt(name))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        WorkflowId,
        workflow::{ActionOutcome, Performed, StepLog, StepResult, gallery::GALLERY},
    };
    use serde_json::json;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros).unwrap()
    }

    #[test]
    fn what_is_written_is_read() {
        let definition = Definition::parse(serde_json::from_str::<Value>(GALLERY[0].body).unwrap().as_object().unwrap());
        let workflow = Workflow {
            id: WorkflowId(Uuid::from_u128(7)),
            name: "SLA".to_owned(),
            enabled: true,
            definition: definition.unwrap(),
            created_at: at(1),
            updated_at: at(2),
            created_by: UserId(3),
            version: 4,
        };
        for workflow in [workflow.clone(), Workflow { enabled: false, ..workflow }] {
            assert_eq!(read(&write(ProjectId(1), &workflow)).unwrap(), workflow);
        }
        let begun = RunRecord {
            workflow: WorkflowId(Uuid::from_u128(7)),
            event_id: Uuid::from_u128(8),
            event: EventName::MessageSent,
            event_at: at(1_700_000_000_000_000),
            ticket: Some(TicketId(Uuid::from_u128(9))),
            started_at: at(5),
            ended: None,
            performed: vec![Performed { step: "steps[0]".to_owned(), outcome: ActionOutcome::Failed("why".to_owned()) }],
            steps: vec![StepLog { step: "steps[0]".to_owned(), result: StepResult::Failed, detail: Some(json!("why")) }],
            writes: 2,
        };
        let over = RunRecord { ended: Some((at(6), RunOutcome::Failed)), ticket: None, ..begun.clone() };
        let kept = RunRecord { performed: Vec::new(), ..over.clone() };
        for (run, kept) in [(begun.clone(), begun), (over, kept)] {
            assert_eq!(read_run(&write_run(ProjectId(1), &run)).unwrap(), kept);
        }
    }
}
