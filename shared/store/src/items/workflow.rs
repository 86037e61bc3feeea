//! Workflows and their runs.
//!
//! A run that has not ended keeps the results of its actions, so that it can be resumed. The results name a customer, so a run
//! that has ended keeps none.

use lambdesk_domain::{
    ProjectId, TicketId, Timestamp, UserId, WorkflowId,
    events::EventName,
    workflow::{Definition, Performed, RunOutcome, StepLog, Workflow},
};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::{
    error::StoreError,
    items::row::{
        self,
        values::{self, key},
    },
    transport::{
        item::{Item, Reader},
        keys,
    },
};

pub(crate) const VERSION: &str = "version";
pub(crate) const WRITES: &str = "writes";

/// A run, over or under way.
#[derive(Debug, Clone, PartialEq)]
pub struct RunRecord {
    /// The workflow that runs.
    pub workflow: WorkflowId,
    /// The event that set it off (docs/decisions.md, 41).
    pub event_id: Uuid,
    /// The kind of that event.
    pub event: EventName,
    /// When the event happened. Runs are listed by this time.
    pub event_at: Timestamp,
    /// The ticket that the event is about; `None` for an event about no ticket.
    pub ticket: Option<TicketId>,
    /// When the run began.
    pub started_at: Timestamp,
    /// When the run ended, and how; `None` while it goes on.
    pub ended: Option<(Timestamp, RunOutcome)>,
    /// The outcomes of its actions, by which an interrupted run goes on. Empty once the run has ended.
    pub performed: Vec<Performed>,
    /// What the API shows of its steps.
    pub steps: Vec<StepLog>,
    /// How often the record was written. Each write requires the number that was read.
    pub writes: u32,
}

impl RunRecord {
    /// How long runs are kept, in seconds: 30 days.
    pub const KEPT: i64 = 30 * 24 * 3600;

    /// The id of the run: the same for the same workflow and event.
    pub fn id(&self) -> Uuid {
        Uuid::new_v5(&self.workflow.0, self.event_id.as_bytes())
    }
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "Workflow")]
struct WorkflowRow {
    #[serde(rename = "SK", skip_serializing, deserialize_with = "key::last")]
    id: WorkflowId,
    name: String,
    #[serde(default, skip_serializing_if = "values::is_off")]
    enabled: bool,
    #[serde(with = "definition")]
    definition: Definition,
    #[serde(with = "values::time")]
    created_at: Timestamp,
    #[serde(with = "values::time")]
    updated_at: Timestamp,
    created_by: UserId,
    version: u64,
}

#[derive(Serialize, Deserialize)]
#[serde(remote = "RunRecord")]
struct RunRow {
    #[serde(rename = "PK", skip_serializing, deserialize_with = "key::last")]
    workflow: WorkflowId,
    #[serde(skip)]
    event_id: Uuid,
    #[serde(with = "event")]
    event: EventName,
    #[serde(rename = "SK", skip_serializing, deserialize_with = "key::time")]
    event_at: Timestamp,
    #[serde(skip_serializing_if = "Option::is_none")]
    ticket: Option<TicketId>,
    #[serde(with = "values::time")]
    started_at: Timestamp,
    #[serde(rename = "*ended", with = "ended")]
    ended: Option<(Timestamp, RunOutcome)>,
    #[serde(with = "values::json")]
    performed: Vec<Performed>,
    #[serde(with = "values::json")]
    steps: Vec<StepLog>,
    writes: u32,
}

pub(crate) fn write(project: ProjectId, workflow: &Workflow) -> Item {
    row::write(&keys::workflow(project, workflow.id), workflow, WorkflowRow::serialize).done()
}

pub(crate) fn read(item: &Item) -> Result<Workflow, StoreError> {
    row::read(item, WorkflowRow::deserialize)
}

pub(crate) fn write_run(project: ProjectId, run: &RunRecord) -> Item {
    let performed = if run.ended.is_some() { Vec::new() } else { run.performed.clone() };
    let run = RunRecord { performed, ..run.clone() };
    let expires_at = run.started_at.plus_seconds(RunRecord::KEPT).seconds();
    let key = keys::run(project, run.workflow, run.event_at, run.event_id);
    row::write(&key, &run, RunRow::serialize).number("expires_at", expires_at).done()
}

pub(crate) fn read_run(item: &Item) -> Result<RunRecord, StoreError> {
    let row = Reader(item);
    let event_id = row.parsed(keys::SK, |key| key.split_once('#')?.1.parse().ok())?;
    Ok(RunRecord { event_id, ..row::read(item, RunRow::deserialize)? })
}

/// The definition of a workflow, as the JSON that the API shows.
mod definition {
    use lambdesk_domain::{traits::Object, workflow::Definition};
    use serde::{Deserializer, Serializer, de::Error};

    use crate::items::row::values::json;

    pub(super) fn serialize<S: Serializer>(definition: &Definition, serializer: S) -> Result<S::Ok, S::Error> {
        json::serialize(&definition.to_json(), serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Definition, D::Error> {
        let stored: Object = json::deserialize(deserializer)?;
        Definition::parse(&stored).map_err(|_| D::Error::custom("no definition"))
    }
}

/// The event that set off a run, by its name.
mod event {
    use lambdesk_domain::events::EventName;
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    #[expect(clippy::trivially_copy_pass_by_ref, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(event: &EventName, serializer: S) -> Result<S::Ok, S::Error> {
        event.name().serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<EventName, D::Error> {
        EventName::parse(&String::deserialize(deserializer)?).ok_or_else(|| D::Error::custom("no event"))
    }
}

/// When and how a run ended: two attributes, or none.
mod ended {
    use lambdesk_domain::{Timestamp, workflow::RunOutcome};
    use serde::{Deserialize, Deserializer, Serialize, Serializer, de::Error};

    use crate::items::row::values;

    #[derive(Serialize, Deserialize)]
    struct EndedRow {
        #[serde(default, skip_serializing_if = "Option::is_none", with = "values::opt_time")]
        ended: Option<Timestamp>,
        #[serde(skip_serializing_if = "Option::is_none")]
        outcome: Option<RunOutcome>,
    }

    #[expect(clippy::ref_option, reason = "serde passes a reference")]
    pub(super) fn serialize<S: Serializer>(over: &Option<(Timestamp, RunOutcome)>, serializer: S) -> Result<S::Ok, S::Error> {
        let (ended, outcome) = over.unzip();
        EndedRow { ended, outcome }.serialize(serializer)
    }

    pub(super) fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<(Timestamp, RunOutcome)>, D::Error> {
        match EndedRow::deserialize(deserializer)? {
            EndedRow { ended: Some(at), outcome: Some(outcome) } => Ok(Some((at, outcome))),
            EndedRow { ended: None, outcome: None } => Ok(None),
            EndedRow { ended: Some(_), outcome: None } => Err(D::Error::missing_field("outcome")),
            EndedRow { ended: None, outcome: Some(_) } => Err(D::Error::missing_field("ended")),
        }
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        WorkflowId,
        workflow::{ActionOutcome, Performed, StepLog, StepResult, gallery::GALLERY},
    };
    use serde_json::{Value, json};

    use super::*;
    use crate::items::row::tests::assert_faults_are_named;

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
            let item = write(ProjectId(1), &workflow);
            assert_eq!(read(&item).unwrap(), workflow);
            assert_faults_are_named(&item, &[], read);
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
            let item = write_run(ProjectId(1), &run);
            assert_eq!(read_run(&item).unwrap(), kept);
            assert_faults_are_named(&item, &["expires_at"], read_run);
        }
    }
}
