//! Holidays as people have them: the file of a calendar, or pasted dates. They are read and shown, and nothing more: the
//! administrator chooses which of them a policy's business hours get.

mod dates;
mod event;
mod found;
mod ics;
mod lines;
mod yearly;

use chrono::{Months, NaiveDate};
use serde::Serialize;
use utoipa::ToSchema;

use super::parse::MOST_HOLIDAYS;
use crate::{
    folding::is_blank,
    place::{Invalid, Place},
    words::words,
};
use found::{Found, Window};

/// The most bytes of a text.
pub const MOST_BYTES: usize = 256 * 1024;
/// The most events of a calendar that are read.
const MOST_EVENTS: usize = 1000;
/// How far ahead holidays are read: a calendar that recurs has no end.
const YEARS: u32 = 2;

/// What a text says about holidays.
#[derive(Debug, Clone, PartialEq, Serialize, ToSchema)]
pub struct Preview {
    /// `ics`, or `dates`.
    pub format: Format,
    /// The first date that is taken: today by the project's time zone.
    pub from: NaiveDate,
    /// The last date that is taken, two years on.
    pub to: NaiveDate,
    /// How many dates business hours can have. There may be more `holidays` than that.
    pub most: usize,
    /// Each date once, ascending.
    pub holidays: Vec<Holiday>,
    /// What was left out, in the order of the text: the first 100.
    pub left_out: Vec<LeftOut>,
    /// How many were left out.
    pub left_out_count: usize,
}

words! {
    /// How holidays are written.
    Format {
        /// The file of a calendar (iCalendar, RFC 5545).
        Ics = "ics",
        /// Lines that begin with a date.
        Dates = "dates",
    }
}

/// A date on which the desk may stay closed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct Holiday {
    /// The date.
    pub date: NaiveDate,
    /// Its name, at most 100 characters. The names of a date that has several are joined.
    #[schema(required)]
    pub name: Option<String>,
}

/// An event or a line that brought no holiday.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, ToSchema)]
pub struct LeftOut {
    /// Where it begins in the text; lines count from 1.
    pub line: usize,
    /// The event's name, or the line: at most 100 characters.
    pub what: String,
    /// Why.
    pub reason: Reason,
    /// Why, in words.
    pub why: String,
}

words! {
    /// Why an event or a line brought no holiday.
    Reason {
        /// There is no date, or none that can be read.
        Unreadable = "unreadable",
        /// Day and month of its date may be meant either way, as in `5/6/2027`.
        Ambiguous = "ambiguous",
        /// It has a time of day.
        Timed = "timed",
        /// All its dates are over.
        Past = "past",
        /// All its dates are more than two years ahead.
        TooFar = "too_far",
        /// It recurs, and none of its dates lies within the next two years.
        NoneAhead = "none_ahead",
        /// It was called off.
        Cancelled = "cancelled",
        /// It recurs in a way that is not read.
        Rule = "rule",
        /// It comes behind so many events that it is not read.
        TooMany = "too_many",
    }
}

/// Reads the holidays of a text from `today` on, for two years. Whatever can't be read is left out, and told of. A text that is
/// blank or too long is refused.
pub fn preview(text: &str, today: NaiveDate) -> Result<Preview, Invalid> {
    let place = Place::root("text");
    if text.len() > MOST_BYTES {
        return Err(place.refuse(format!("Can have at most {} KB.", MOST_BYTES / 1024)));
    }
    let text = text.trim_start_matches('\u{feff}');
    if is_blank(text) {
        return Err(place.refuse("Can't be empty."));
    }
    let window = Window { from: today, to: today.checked_add_months(Months::new(12 * YEARS)).unwrap_or(NaiveDate::MAX) };
    let mut found = Found::new(window);
    let format = if ics::is_calendar(text) {
        ics::read(text, &mut found);
        Format::Ics
    } else {
        lines::read(text, &mut found);
        Format::Dates
    };
    let holidays = found.holidays();
    let Found { window: Window { from, to }, left_out, left_out_count, .. } = found;
    Ok(Preview { format, from, to, most: MOST_HOLIDAYS, holidays, left_out, left_out_count })
}

#[cfg(test)]
mod tests;
