//! What a machine may change. All fields are checked before any is written (docs/decisions.md, 21).

use lambdesk_domain::{
    Timestamp,
    calendar::{Amount, BusinessHours, SlaUnit},
    patch::Patch,
    sla::Deadline,
    tags::{Tags, TagsMode},
    ticket::{Priority, Status},
};
use lambdesk_http::{
    Problem,
    assignee::{self, AssigneeInput},
    body::{not_null, nullable},
};
use lambdesk_store::Directory;
use serde::Deserialize;
use serde_json::Value;
use utoipa::ToSchema;

/// A change of a ticket. Fields that are absent stay as they are. Unknown keys are ignored.
#[derive(Debug, Default, Deserialize, ToSchema)]
#[schema(as = ExternalTicketChange)]
pub(crate) struct TicketChange {
    #[serde(default, deserialize_with = "not_null")]
    status: Option<Status>,
    #[serde(default, deserialize_with = "not_null")]
    priority: Option<Priority>,
    /// The deadline; null clears it.
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    sla_due_at: Option<Option<Timestamp>>,
    /// The time from now to the deadline, in `sla_unit`: a number over 0, or such a number as text. It can't be given together
    /// with `sla_due_at`.
    #[schema(value_type = Option<f64>)]
    sla_amount: Option<Value>,
    /// `minute`, `hour` (the default) or `day`.
    sla_unit: Option<String>,
    /// The business hours in which `sla_amount` counts: `{days, time, timezone}`; null, the default, is always. `days` are
    /// lower-case names of weekdays, `time` is `any` or `["09:00", "17:00"]`, and `timezone` an IANA name, by default the
    /// project's, or UTC if the project has none.
    #[schema(value_type = Option<Object>)]
    sla_business_hours: Option<Value>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    snoozed_until: Option<Option<Timestamp>>,
    #[serde(default, deserialize_with = "nullable")]
    #[schema(value_type = Option<AssigneeInput>)]
    assignee: Option<Option<Value>>,
    #[serde(default, deserialize_with = "not_null")]
    tags: Option<Vec<String>>,
    /// `add` (the default), `set` or `remove`.
    tags_mode: Option<String>,
}

impl TicketChange {
    /// The change in the domain's types. The first field that is wrong is 400.
    pub(crate) fn check(self, directory: &Directory, now: Timestamp) -> Result<Patch, Problem> {
        let deadline = self.deadline(now)?;
        let mode = match self.tags_mode.as_deref() {
            None | Some("add") => TagsMode::Add,
            Some("set") => TagsMode::Set,
            Some("remove") => TagsMode::Remove,
            Some(_) => return Err(Problem::invalid("tags_mode", "Must be add, set or remove.")),
        };
        let tags = self.tags.map(Tags::new).transpose().map_err(|error| Problem::invalid("tags", error.to_string()))?;
        let assignee = self.assignee.map(|value| assignee::given(&value.unwrap_or_default(), directory)).transpose()?;
        let (assignee, names_outsider) = assignee.unzip();
        Ok(Patch {
            status: self.status,
            priority: self.priority.map(Some),
            assignee,
            names_outsider: names_outsider.unwrap_or(false),
            deadline,
            snoozed_until: self.snoozed_until,
            tags: tags.map(|tags| (tags, mode)),
            ..Patch::default()
        })
    }

    fn deadline(&self, now: Timestamp) -> Result<Option<Deadline>, Problem> {
        let hours = self.sla_business_hours.as_ref().filter(|hours| !hours.is_null()).map(BusinessHours::read).transpose();
        let hours = hours.map_err(|error| Problem::invalid("sla_business_hours", error.to_string()))?;
        let unit = self.sla_unit.as_deref().map_or(Some(SlaUnit::default()), SlaUnit::parse);
        let unit = unit.ok_or_else(|| Problem::invalid("sla_unit", "Must be minute, hour or day."))?;
        let Some(amount) = &self.sla_amount else {
            // Null always clears here: a machine does not send back what it has read.
            let deadline = |due: Option<Timestamp>| due.map_or(Deadline::Clear, |due| Deadline::Shown(Some(due)));
            return Ok(self.sla_due_at.map(deadline));
        };
        if self.sla_due_at.is_some() {
            return Err(Problem::invalid("sla_amount", "Give either sla_amount or sla_due_at."));
        }
        let number = amount.as_f64().or_else(|| amount.as_str().and_then(|text| text.trim().parse().ok()));
        let wrong = || Problem::invalid("sla_amount", "Must be a number greater than 0 and at most five years.");
        let amount = Amount::new(number.ok_or_else(wrong)?, unit, hours).map_err(|_| wrong())?;
        amount.due(now).map_err(|error| Problem::invalid("sla_amount", error.to_string()))?;
        Ok(Some(Deadline::In(Box::new(amount))))
    }
}

#[cfg(test)]
mod tests {
    use lambdesk_http::body::parse;

    use super::*;

    fn deadline(body: &str) -> Result<Option<Deadline>, Problem> {
        parse::<TicketChange>(body.as_bytes()).unwrap().deadline(Timestamp::from_micros(0).unwrap())
    }

    fn seconds(body: &str) -> i64 {
        match deadline(body).unwrap().unwrap() {
            Deadline::Clear => panic!("cleared"),
            Deadline::Shown(due) => due.unwrap().seconds(),
            Deadline::In(amount) => amount.due(Timestamp::EPOCH).unwrap().seconds(),
        }
    }

    #[test]
    fn deadlines_are_amounts_times_or_cleared() {
        assert_eq!(seconds(r#"{"sla_amount": 4}"#), 4 * 3600);
        assert_eq!(seconds(r#"{"sla_amount": "1.5", "sla_unit": "minute"}"#), 90);
        assert_eq!(seconds(r#"{"sla_due_at": "1970-01-01T00:00:09Z"}"#), 9);
        // The epoch was a Thursday.
        let hours = r#""sla_business_hours": {"days": ["thursday", "friday"], "time": ["09:00", "17:00"]}"#;
        assert_eq!(seconds(&format!(r#"{{"sla_amount": 9, {hours}}}"#)), (24 + 10) * 3600);
        assert_eq!(seconds(&format!(r#"{{"sla_amount": 1, "sla_unit": "day", {hours}}}"#)), 17 * 3600);
        assert_eq!(seconds(r#"{"sla_amount": 4, "sla_business_hours": null}"#), 4 * 3600);
        assert_eq!(deadline(r#"{"sla_due_at": null}"#).unwrap(), Some(Deadline::Clear));
        assert!(matches!(deadline(r#"{"sla_unit": "day"}"#), Ok(None)));
        for body in [
            r#"{"sla_amount": 0}"#,
            r#"{"sla_amount": "clear"}"#,
            r#"{"sla_amount": []}"#,
            r#"{"sla_amount": "NaN"}"#,
            r#"{"sla_amount": 1, "sla_due_at": null}"#,
            r#"{"sla_amount": 1, "sla_unit": "week"}"#,
            r#"{"sla_amount": 1, "sla_business_hours": {}}"#,
            r#"{"sla_amount": 1, "sla_business_hours": []}"#,
            r#"{"sla_business_hours": {"days": ["Monday"], "time": "any"}}"#,
            r#"{"sla_business_hours": {"days": ["monday"], "time": ["17:00", "09:00"]}}"#,
            r#"{"sla_business_hours": {"days": ["monday"], "time": "any", "timezone": "Mars"}}"#,
            r#"{"sla_amount": 9000, "sla_business_hours": {"days": ["monday"], "time": ["09:00", "10:00"]}}"#,
        ] {
            assert!(matches!(deadline(body), Err(Problem::Invalid { attr: Some(_), .. })), "{body}");
        }
    }
}
