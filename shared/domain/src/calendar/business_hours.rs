//! Business hours as the API has them.

use chrono_tz::Tz;
use serde_json::Value;

use super::{BadSchedule, Schedule};

/// `sla_business_hours` as it was given, and the schedule that it is.
#[derive(Debug, Clone, PartialEq)]
pub struct BusinessHours {
    given: Value,
    schedule: Schedule,
}

impl BusinessHours {
    /// Reads `{days, time, timezone}`; without a zone the wall clock is UTC's (agent-api.md section 6).
    pub fn read(given: &Value) -> Result<Self, BadSchedule> {
        Ok(Self { given: given.clone(), schedule: Schedule::parse(given, Tz::UTC)? })
    }

    /// When the clock runs.
    pub const fn schedule(&self) -> &Schedule {
        &self.schedule
    }

    /// As it was given.
    pub const fn given(&self) -> &Value {
        &self.given
    }
}
