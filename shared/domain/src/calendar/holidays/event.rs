//! An event of a calendar, and the dates that it covers.

use std::collections::BTreeSet;

use chrono::{Days, NaiveDate};

use super::{
    Reason, dates,
    found::{Window, plain},
    yearly::{Yearly, stretched},
};

/// The most days of an event that recurs yearly.
const YEAR: u64 = 366;

/// What a calendar says of an event, as far as it matters for holidays.
#[derive(Debug, Default)]
pub(super) struct Event {
    /// Where it begins in the text.
    pub(super) line: usize,
    pub(super) name: String,
    pub(super) uid: String,
    /// The date of a recurring event with the same id that this one stands for.
    pub(super) replaces: Option<NaiveDate>,
    start: Option<When>,
    end: Option<When>,
    /// Its length in days.
    days: Option<u64>,
    /// Whether it says when it ends in a way that can't be read.
    has_odd_end: bool,
    rule: Option<String>,
    /// Whether it has a rule that is not read here.
    has_other_rule: bool,
    also_on: Vec<NaiveDate>,
    not_on: Vec<NaiveDate>,
    is_cancelled: bool,
}

/// The value of a date or time.
#[derive(Debug, Clone, Copy)]
enum When {
    Day(NaiveDate),
    /// A date with a time of day.
    Timed,
}

impl When {
    fn read(value: &str) -> Option<Self> {
        let (date, time) = value.trim().split_at_checked(8)?;
        let date = dates::compact(date)?;
        match time {
            "" => Some(Self::Day(date)),
            time => time.starts_with(['T', 't']).then_some(Self::Timed),
        }
    }
}

impl Event {
    pub(super) fn new(line: usize) -> Self {
        Self { line, ..Self::default() }
    }

    /// Takes the value of a property. A name or an id counts when it is first given.
    pub(super) fn set(&mut self, property: &str, value: &str) {
        match property.to_ascii_uppercase().as_str() {
            "SUMMARY" if self.name.is_empty() => self.name = plain(value),
            "UID" if self.uid.is_empty() => value.trim().clone_into(&mut self.uid),
            "DTSTART" => self.start = When::read(value),
            "DTEND" => {
                self.end = When::read(value);
                self.has_odd_end |= self.end.is_none();
            }
            "DURATION" => {
                self.days = days_of(value);
                self.has_odd_end |= self.days.is_none();
            }
            "RRULE" if self.rule.is_none() => self.rule = Some(value.to_owned()),
            "RRULE" | "EXRULE" => self.has_other_rule = true,
            "RDATE" => self.also_on.extend(days(value)),
            "EXDATE" => self.not_on.extend(days(value)),
            "RECURRENCE-ID" => self.replaces = days(value).next(),
            "STATUS" => self.is_cancelled = value.trim().eq_ignore_ascii_case("CANCELLED"),
            _ => {}
        }
    }

    /// The dates within the window that the event covers, except those of occurrences that others stand for.
    pub(super) fn dates(&self, window: Window, replaced: Option<&BTreeSet<NaiveDate>>) -> Result<Vec<NaiveDate>, Reason> {
        if self.is_cancelled {
            return Err(Reason::Cancelled);
        }
        let start = match self.start {
            Some(When::Day(start)) => start,
            Some(When::Timed) => return Err(Reason::Timed),
            None => return Err(Reason::Unreadable),
        };
        let length = self.length(start)?;
        let mut starts = self.starts(start, length, window)?;
        let without: BTreeSet<_> = self.not_on.iter().chain(replaced.into_iter().flatten()).collect();
        starts.retain(|start| !without.contains(start));
        let dates: Vec<_> = stretched(starts.into_iter(), length, window).collect();
        if dates.is_empty() { Err(self.absence(start, length, window)) } else { Ok(dates) }
    }

    /// How many days it covers: one if it does not say when it ends. Some calendars have it end when it starts.
    fn length(&self, start: NaiveDate) -> Result<u64, Reason> {
        match self.end {
            _ if self.has_odd_end => Err(Reason::Unreadable),
            Some(When::Timed) => Err(Reason::Timed),
            Some(When::Day(end)) => {
                let days = u64::try_from(end.signed_duration_since(start).num_days()).map_err(|_| Reason::Unreadable)?;
                Ok(days.max(1))
            }
            None => Ok(self.days.unwrap_or(1).max(1)),
        }
    }

    /// The days on which it begins, ascending: those that reach into the window at least.
    fn starts(&self, start: NaiveDate, length: u64, window: Window) -> Result<Vec<NaiveDate>, Reason> {
        let mut starts = match &self.rule {
            _ if self.has_other_rule => return Err(Reason::Rule),
            None => vec![start],
            Some(_) if length > YEAR => return Err(Reason::Rule),
            Some(rule) => {
                let rule = Yearly::read(rule, start).ok_or(Reason::Rule)?;
                let from = window.from.checked_sub_days(Days::new(length)).unwrap_or(NaiveDate::MIN);
                rule.dates(from, window.to).ok_or(Reason::Rule)?.collect()
            }
        };
        starts.extend(&self.also_on);
        starts.sort_unstable();
        Ok(starts)
    }

    /// Why it has no date within the window.
    fn absence(&self, start: NaiveDate, length: u64, window: Window) -> Reason {
        let ends_before = |last: NaiveDate| last.checked_add_days(Days::new(length - 1)).is_some_and(|end| end < window.from);
        let until = self.rule.as_ref().and_then(|rule| Yearly::read(rule, start)).and_then(|rule| rule.until());
        let recurs = self.rule.is_some() || !self.also_on.is_empty();
        match (recurs, until) {
            _ if start > window.to => Reason::TooFar,
            (false, _) if ends_before(start) => Reason::Past,
            (true, Some(until)) if ends_before(until) => Reason::Past,
            _ => Reason::NoneAhead,
        }
    }
}

/// The dates of a list. A time of day is dropped: some calendars have one even for the dates of a whole day.
fn days(list: &str) -> impl Iterator<Item = NaiveDate> {
    list.split(',').filter_map(|value| dates::compact(value.trim().get(..8)?))
}

/// The days of a duration such as `P1D` or `P2W`. What is less than a day is dropped.
fn days_of(duration: &str) -> Option<u64> {
    let duration = duration.trim().trim_start_matches('+').strip_prefix(['P', 'p'])?;
    let (number, unit) = duration.split_at_checked(duration.find(|letter: char| !letter.is_ascii_digit())?)?;
    let number: u64 = number.parse().ok().filter(|number| *number < 1_000_000)?;
    match unit.chars().next()?.to_ascii_uppercase() {
        'D' => Some(number),
        'W' => Some(7 * number),
        _ => None,
    }
}
