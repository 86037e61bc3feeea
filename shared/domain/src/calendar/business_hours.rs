//! Business hours as the API has them.

use serde_json::{Value, json};

use super::{BadSchedule, Schedule, Zone};

/// `sla_business_hours` as it was given, and the schedule that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessHours {
    given: Value,
    schedule: Schedule,
}

impl BusinessHours {
    /// What is read of the given, and kept.
    pub(crate) const KEYS: [&str; 4] = ["days", "time", "timezone", "holidays"];

    /// Reads `{days, time, timezone, holidays}`; without a zone the wall clock is UTC's (agent-api.md section 6), until
    /// [`BusinessHours::in_zone`] says whose.
    pub fn read(given: &Value) -> Result<Self, BadSchedule> {
        let schedule = Schedule::parse(given, Zone::UTC)?;
        let kept = |key: &str| Some((key.to_owned(), given.get(key).filter(|value| !value.is_null())?.clone()));
        Ok(Self { given: Value::Object(Self::KEYS.into_iter().filter_map(kept).collect()), schedule })
    }

    /// The same by the wall clock of `zone`, unless they name another (contract/workflows.md: "default the project's").
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        if self.given.get("timezone").is_none() {
            self.schedule = self.schedule.in_zone(zone);
        }
        self
    }

    /// When the clock runs.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// As it was given, without what means nothing.
    pub const fn given(&self) -> &Value {
        &self.given
    }

    /// As it was given, and with the zone whose wall clock it is.
    pub fn with_zone(&self) -> Value {
        let mut given = self.given.clone();
        given["timezone"] = json!(self.schedule.zone().name());
        given
    }
}
