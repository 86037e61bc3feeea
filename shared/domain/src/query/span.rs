//! Spans of time, as the date filters of a list take them (docs/decisions.md, 3).

use chrono::NaiveDate;

use crate::time::Timestamp;

/// A span between two instants, both included. A bound that is `None` is open.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Span {
    /// The first instant of the span.
    pub from: Option<Timestamp>,
    /// The last instant of the span.
    pub to: Option<Timestamp>,
}

impl Span {
    /// Whether an instant is within the span.
    pub fn contains(self, at: Timestamp) -> bool {
        self.from.is_none_or(|from| from <= at) && self.to.is_none_or(|to| at <= to)
    }
}

/// The text is neither a date, nor a date and time, nor a time before now.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
#[error("Must be a date, a date and time, or relative such as -7d or -24h.")]
pub struct BadDate;

const DAY: i64 = 24 * 3600;

/// Reads the start of a span; a date means its first instant. Empty text and `all` are no bound (docs/decisions.md, 35).
pub fn read_from(text: &str, now: Timestamp) -> Result<Option<Timestamp>, BadDate> {
    read(text, now, 0)
}

/// Reads the end of a span; a date means its last instant.
pub fn read_to(text: &str, now: Timestamp) -> Result<Option<Timestamp>, BadDate> {
    read(text, now, DAY * 1_000_000 - 1)
}

fn read(text: &str, now: Timestamp, into_day: i64) -> Result<Option<Timestamp>, BadDate> {
    let text = text.trim();
    if text.is_empty() || text == "all" {
        return Ok(None);
    }
    if let Some(back) = text.strip_prefix('-') {
        return back_by(back).map(|seconds| Some(now.plus_seconds(-seconds))).ok_or(BadDate);
    }
    if let Ok(date) = NaiveDate::parse_from_str(text, "%Y-%m-%d") {
        let midnight = date.and_hms_opt(0, 0, 0).ok_or(BadDate)?.and_utc().timestamp_micros();
        return Timestamp::from_micros(midnight).map(|at| Some(at.plus_micros(into_day))).ok_or(BadDate);
    }
    text.parse().map(Some).map_err(|_| BadDate)
}

/// The seconds of a text such as `7d`: hours, days, weeks, months of 30 days, years of 365.
fn back_by(text: &str) -> Option<i64> {
    let unit = text.chars().next_back()?;
    let seconds = match unit {
        'h' => 3600,
        'd' => DAY,
        'w' => 7 * DAY,
        'm' => 30 * DAY,
        'y' => 365 * DAY,
        _ => return None,
    };
    let digits =
        text.strip_suffix(unit).filter(|digits| !digits.is_empty() && digits.bytes().all(|digit| digit.is_ascii_digit()))?;
    digits.parse::<i64>().ok()?.checked_mul(seconds)
}
