//! Rules by which an event recurs yearly (RFC 5545, 3.3.10): on a date, on days of months, or on weekdays such as the fourth
//! Thursday of November.

use std::collections::BTreeSet;

use chrono::{Datelike, Days, NaiveDate, Weekday};

use super::{dates, found::Window};

/// How many years before today a rule may begin that counts its dates: they are counted from the first one on.
const COUNTED_YEARS: i32 = 20;

/// A yearly rule of an event that begins at `start`.
#[derive(Debug, PartialEq)]
pub(super) struct Yearly {
    start: NaiveDate,
    interval: i32,
    count: Option<usize>,
    until: Option<NaiveDate>,
    // Sets, since a rule may name each a hundred thousand times, and every day asks them.
    months: BTreeSet<u32>,
    /// Days of the month; below zero from its end.
    month_days: BTreeSet<i64>,
    /// Weekdays, counted from Monday as 0: the n-th, from the end if below zero, or every one if zero.
    weekdays: BTreeSet<(i64, u32)>,
}

impl Yearly {
    /// Reads a rule; `None` if it recurs in another way, or has a part that is not read here.
    pub(super) fn read(rule: &str, start: NaiveDate) -> Option<Self> {
        let (months, month_days, weekdays) = Default::default();
        let mut read = Self { start, interval: 1, count: None, until: None, months, month_days, weekdays };
        let mut is_yearly = false;
        for part in rule.trim().split(';').filter(|part| !part.is_empty()) {
            let (key, value) = part.split_once('=')?;
            match key.trim().to_ascii_uppercase().as_str() {
                "FREQ" => is_yearly = value.trim().eq_ignore_ascii_case("YEARLY"),
                "INTERVAL" => read.interval = within(value, 1, 1000)?.try_into().ok()?,
                "COUNT" => read.count = Some(within(value, 1, i64::MAX)?.try_into().ok()?),
                "UNTIL" => read.until = Some(dates::compact(value.trim().get(..8)?)?),
                "BYMONTH" => read.months = list(value, |month| within(month, 1, 12)?.try_into().ok())?,
                "BYMONTHDAY" => read.month_days = list(value, |day| within(day, -31, 31).filter(|day| *day != 0))?,
                "BYDAY" => read.weekdays = list(value, weekday)?,
                "WKST" => {}
                _ => return None,
            }
        }
        is_yearly.then_some(read)
    }

    /// When the last date may be; `None` if there is no end.
    pub(super) const fn until(&self) -> Option<NaiveDate> {
        self.until
    }

    /// The dates from `from` to `to`, ascending; `None` if counting up to them takes too long.
    pub(super) fn dates(&self, from: NaiveDate, to: NaiveDate) -> Option<impl Iterator<Item = NaiveDate>> {
        if self.count.is_some() && self.start.year() < from.year() - COUNTED_YEARS {
            return None;
        }
        let first = if self.count.is_some() { self.start } else { self.start.max(from) };
        let last = self.until.map_or(to, |until| until.min(to));
        let dates = first.iter_days().take_while(move |date| *date <= last).filter(|date| self.falls_on(*date));
        Some(dates.take(self.count.unwrap_or(usize::MAX)).skip_while(move |date| *date < from))
    }

    fn falls_on(&self, date: NaiveDate) -> bool {
        let Self { start, months, month_days, weekdays, .. } = self;
        if date < *start || (date.year() - start.year()) % self.interval != 0 {
            return false;
        }
        if months.is_empty() && month_days.is_empty() && weekdays.is_empty() {
            return (date.month(), date.day()) == (start.month(), start.day());
        }
        let of_month = months.is_empty() || months.contains(&date.month());
        let of_day = match (month_days.is_empty(), weekdays.is_empty()) {
            (true, true) => date.day() == start.day(),
            (true, false) => true,
            (false, _) => {
                let day = i64::from(date.day());
                month_days.contains(&day) || month_days.contains(&(day - 1 - i64::from(date.num_days_in_month())))
            }
        };
        of_month && of_day && (weekdays.is_empty() || self.falls_on_weekday(date))
    }

    /// Whether the rule names the date's weekday: every one, or the one that it is of its month, or of its year if the rule names
    /// no months.
    fn falls_on_weekday(&self, date: NaiveDate) -> bool {
        let (day, days) = if self.months.is_empty() {
            (date.ordinal(), if date.leap_year() { 366 } else { 365 })
        } else {
            (date.day(), u32::from(date.num_days_in_month()))
        };
        let (from_first, from_last) = (i64::from((day - 1) / 7 + 1), i64::from((days - day) / 7 + 1));
        let weekday = date.weekday().num_days_from_monday();
        [0, from_first, -from_last].iter().any(|place| self.weekdays.contains(&(*place, weekday)))
    }
}

/// The dates within the window of the `length` days from each of `starts` on. These ascend; each date comes once.
pub(super) fn stretched(starts: impl Iterator<Item = NaiveDate>, length: u64, window: Window) -> impl Iterator<Item = NaiveDate> {
    let mut next = window.from;
    starts.flat_map(move |start| {
        let end = start.checked_add_days(Days::new(length - 1)).unwrap_or(NaiveDate::MAX).min(window.to);
        let first = start.max(next);
        next = end.succ_opt().unwrap_or(end).max(next);
        first.iter_days().take_while(move |date| *date <= end)
    })
}

fn list<T: Ord>(values: &str, read: impl Fn(&str) -> Option<T>) -> Option<BTreeSet<T>> {
    values.split(',').map(|value| read(value.trim())).collect()
}

fn within(number: &str, low: i64, high: i64) -> Option<i64> {
    number.trim().parse().ok().filter(|number| (low..=high).contains(number))
}

/// Reads `TH`, `4TH` or `-1MO`.
fn weekday(text: &str) -> Option<(i64, u32)> {
    let (nth, name) = text.split_at_checked(text.len().checked_sub(2)?)?;
    let weekday = match name.to_ascii_uppercase().as_str() {
        "MO" => Weekday::Mon,
        "TU" => Weekday::Tue,
        "WE" => Weekday::Wed,
        "TH" => Weekday::Thu,
        "FR" => Weekday::Fri,
        "SA" => Weekday::Sat,
        "SU" => Weekday::Sun,
        _ => return None,
    };
    let nth = if nth.is_empty() { 0 } else { within(nth, -53, 53).filter(|nth| *nth != 0)? };
    Some((nth, weekday.num_days_from_monday()))
}
