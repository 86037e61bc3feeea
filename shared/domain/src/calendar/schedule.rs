//! When the desk is open.

use chrono::{NaiveDate, Weekday};

use super::{
    DAY, Hours, MINUTE, Zone,
    week::{Week, merged},
};

/// When the desk is open: the hours of each weekday, the dates on which it stays closed, and the zone whose wall clock both are
/// read from.
///
/// A holiday is a local date from midnight to midnight, whatever the hours. A night shift that begins the evening before ends
/// at the holiday's midnight. A night shift that would begin on the holiday begins at the midnight after it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Schedule {
    zone: Zone,
    week: Week,
    /// Days since the epoch (1970-01-01), ascending, without duplicates.
    holidays: Vec<i64>,
    day: i64,
}

/// Why a schedule is refused. Each text names the field of `sla_business_hours` that is wrong.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadSchedule {
    /// The value is not an object.
    #[error("must be an object with days, time and timezone")]
    NotAnObject,
    /// `days` is not a list of one to seven lower-case weekdays.
    #[error("days must be a list of one to seven weekdays in lower case, such as [\"monday\", \"friday\"]")]
    Days,
    /// `time` has none of its forms, or an end is not after its start.
    #[error("time must be \"any\" or [\"HH:MM\", \"HH:MM\"] with the start before the end, or a list of such pairs")]
    Time,
    /// `holidays` is not a list of dates, or has over 100.
    #[error("holidays must be a list of up to 100 dates, such as [\"2026-12-25\"]")]
    Holidays,
    /// `timezone` is not in the IANA database.
    #[error("timezone must be the name of an IANA time zone, such as \"Europe/London\"")]
    Timezone,
    /// The desk is never open.
    #[error("must have open time: no day of the week has any hours")]
    NoOpenTime,
}

impl BadSchedule {
    /// The key that the error is about; `None` if it is about the whole object.
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
    /// A schedule of any number of windows for each weekday, which may overlap, and the closed dates. Fails if no weekday has
    /// hours.
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

    /// The same schedule by the wall clock of another zone.
    pub(super) fn in_zone(self, zone: Zone) -> Self {
        Self { zone, ..self }
    }

    /// The zone whose wall clock the schedule is read from.
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

    /// The first holiday on or after `day`, both in days since the epoch.
    pub(super) fn holiday_from(&self, day: i64) -> Option<i64> {
        self.holidays.get(self.holidays.partition_point(|&holiday| holiday < day)).copied()
    }
}

/// The microseconds that the unit `day` stands for: the open time of one day, 24 hours for a day that never closes. Where
/// weekdays differ it is the longest day's, so that "one day" on a short Friday isn't less than on a Monday. A night shift
/// belongs whole to the day on which it begins.
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_error_names_the_key_that_it_is_about() {
        for (error, key) in [
            (BadSchedule::NotAnObject, None),
            (BadSchedule::Days, Some("days")),
            (BadSchedule::Time, Some("time")),
            (BadSchedule::Holidays, Some("holidays")),
            (BadSchedule::Timezone, Some("timezone")),
            (BadSchedule::NoOpenTime, None),
        ] {
            assert_eq!(error.key(), key, "{error}");
            assert!(error.to_string().starts_with(key.unwrap_or("must ")), "{error}");
        }
    }
}
