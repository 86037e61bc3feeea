//! When the desk is open.

use chrono::{NaiveDate, Weekday};

use super::{
    DAY, Hours, MINUTE, Zone,
    week::{Week, merged},
};

/// When the desk is open: hours for each weekday, the dates on which it stays closed, and the zone whose wall clock both
/// are read from.
///
/// A holiday is a local date from midnight to midnight, whatever the hours: a night shift that begins on the evening
/// before ends at its midnight, and one that would begin on it begins at the midnight after.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    zone: Zone,
    week: Week,
    /// Days since the epoch, ascending.
    holidays: Vec<i64>,
    day: i64,
}

/// Why a schedule is refused. The texts name the field of `sla_business_hours` they are about.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// Not an object.
    #[error("must be an object with days, time and timezone")]
    NotAnObject,
    /// None, not a list, or an unknown name.
    #[error("days must be a list of one to seven weekdays in lower case, such as [\"monday\", \"friday\"]")]
    Days,
    /// Neither of the two forms, or the end isn't after the start.
    #[error("time must be \"any\" or [\"HH:MM\", \"HH:MM\"] with the start before the end, or a list of such pairs")]
    Time,
    /// Not a list of dates, or too many.
    #[error("holidays must be a list of up to 100 dates, such as [\"2026-12-25\"]")]
    Holidays,
    /// Not in the IANA database.
    #[error("timezone must be the name of an IANA time zone, such as \"Europe/London\"")]
    Timezone,
    /// Never open.
    #[error("must have open time: no day of the week has any hours")]
    NoOpenTime,
}

impl BadSchedule {
    /// The key that it is about, if it is about one.
    pub(crate) const fn key(self) -> Option<&'static str> {
        match self {
            Self::NotAnObject | Self::NoOpenTime => None,
            Self::Days => Some("days"),
            Self::Time => Some("time"),
            Self::Holidays => Some("holidays"),
            Self::Timezone => Some("timezone"),
        }
    }
}

impl Schedule {
    /// From any number of windows for each weekday, which may overlap, and the closed dates.
    pub fn new(
        zone: Zone,
        windows: &[(Weekday, Hours)],
        holidays: impl IntoIterator<Item = NaiveDate>,
    ) -> Result<Self, BadSchedule> {
        let week = Week::new(windows);
        if week.is_closed() {
            return Err(BadSchedule::NoOpenTime);
        }
        let mut holidays: Vec<i64> = holidays.into_iter().map(days_since_epoch).collect();
        holidays.sort_unstable();
        holidays.dedup();
        Ok(Self { zone, week, holidays, day: longest_day(windows) })
    }

    /// The same by the wall clock of another zone.
    pub(super) fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The zone of its wall clock.
    pub const fn zone(&self) -> Zone {
        self.zone
    }

    /// The microseconds that the unit `day` stands for.
    pub(super) const fn day(&self) -> i64 {
        self.day
    }

    pub(super) const fn week(&self) -> &Week {
        &self.week
    }

    /// The first holiday on or after a day.
    pub(super) fn holiday_from(&self, day: i64) -> Option<i64> {
        self.holidays.get(self.holidays.partition_point(|&holiday| holiday < day)).copied()
    }
}

/// What `day` stands for: "one window length" (contract/workflows.md), 24 hours of a day that never closes. Where weekdays
/// differ it is the open time of the longest, so that "one day" on a short Friday isn't less than on a Monday; a night
/// shift belongs whole to the day it begins on.
fn longest_day(windows: &[(Weekday, Hours)]) -> i64 {
    let open_on = |day: Weekday| {
        let hours = windows.iter().filter(|(on, _)| *on == day).map(|(_, hours)| hours.minutes()).collect();
        merged(hours).iter().map(|(from, to)| to - from).sum::<i64>()
    };
    windows.iter().map(|(day, _)| open_on(*day) * MINUTE).max().unwrap_or(DAY)
}

fn days_since_epoch(date: NaiveDate) -> i64 {
    date.signed_duration_since(NaiveDate::default()).num_days()
}
