//! Business hours in the shape that the API takes.

use serde_json::{Value, json};

use super::{BadSchedule, Schedule, Zone};

/// `sla_business_hours` as given, and the schedule read from it.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessHours {
    given: Value,
    schedule: Schedule,
}

impl BusinessHours {
    /// The keys that are read and kept; all others are dropped.
    pub(crate) const KEYS: [&str; 4] = ["days", "time", "timezone", "holidays"];

    /// Reads `{days, time, timezone, holidays}`. Without a `timezone` the wall clock is UTC's, as PostHog Support's API has it;
    /// [`BusinessHours::in_zone`] replaces that default by the project's zone.
    pub fn read(given: &Value) -> Result<Self, BadSchedule> {
        let schedule = Schedule::parse(given, Zone::UTC)?;
        let kept = |key: &str| Some((key.to_owned(), given.get(key).filter(|value| !value.is_null())?.clone()));
        Ok(Self { given: Value::Object(Self::KEYS.into_iter().filter_map(kept).collect()), schedule })
    }

    /// The same hours by the wall clock of `zone`, the project's, unless the hours name a zone themselves.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        if self.given.get("timezone").is_none() {
            self.schedule = self.schedule.in_zone(zone);
        }
        self
    }

    /// The schedule: when the clock runs.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// The object as given, without unknown keys and nulls.
    pub const fn given(&self) -> &Value {
        &self.given
    }

    /// The object as given, with `timezone` always filled in: the zone whose wall clock applies.
    pub fn with_zone(&self) -> Value {
        let mut given = self.given.clone();
        given["timezone"] = json!(self.schedule.zone().name());
        given
    }
}
