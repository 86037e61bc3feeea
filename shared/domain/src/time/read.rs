//! Reads dates and times as clients write them (docs/decisions.md, 63).
//!
//! | Written by | For example |
//! | --- | --- |
//! | JavaScript, PHP, Go, Swift, Ruby's `iso8601` | `2026-12-24T15:00:00.000Z`, `2026-12-24T15:00:00+01:00` |
//! | Java and js-joda, which leave out seconds of zero | `2026-12-24T15:00Z`, `2026-12-24T15:00+01:00[Europe/Paris]` |
//! | Python | `2026-12-24 15:00:00.000001+00:00`, and without an offset |
//! | .NET | `2026-12-24T15:00:00.0000000Z`, `2026-12-24 15:00:00Z` |
//! | PHP's `DATE_ISO8601`, `strftime`'s `%z` | `2026-12-24T15:00:00+0100` |
//! | Databases, as text | `2026-12-24 15:00:00+01` |
//! | Ruby's and Go's `to_s` | `2026-12-24 15:00:00 +0100`, `2026-12-24 15:00:00 UTC`, `2026-12-24 15:00:00 +0000 UTC` |
//! | ISO 8601 in its basic form | `20261224T150000Z` |
//!
//! A fraction of a second may have any number of digits, after a point or a comma; digits finer than a microsecond are cut off.
//! A time without an offset is UTC. A leap second (`:60`) is read as the second before it. Refused are `24:00`, which RFC 3339
//! does not have, week dates, ordinal dates, and a time zone without an offset.

use jiff::{civil::DateTime, fmt::temporal::Pieces};

use super::DAY;

/// The longest text that is read; more than any of these forms takes, even with the name of a zone.
const LONGEST: usize = 100;
/// The most digits of a fraction that jiff takes.
const DIGITS: usize = 9;
const EPOCH: DateTime = DateTime::constant(1970, 1, 1, 0, 0, 0, 0);

/// Microseconds since the epoch; `None` if the text has none of these forms.
pub(super) fn read(text: &str) -> Option<i64> {
    let text = tidy(text.trim())?;
    let pieces = Pieces::parse(text.as_str()).ok()?;
    let ahead = match (pieces.to_numeric_offset(), pieces.time_zone_annotation()) {
        (Some(offset), _) => Some(offset.seconds()).filter(|seconds| i64::from(seconds.abs()) < DAY)?,
        (None, None) => 0,
        (None, Some(_)) => return None,
    };
    let shown = pieces.date().to_datetime(pieces.time()?).duration_since(EPOCH);
    i64::try_from(shown.as_micros()).ok()?.checked_sub(i64::from(ahead) * 1_000_000)
}

/// The text in the one form that jiff reads: `T` between date and time, and nothing between time and offset.
fn tidy(text: &str) -> Option<String> {
    // The shortest date has eight characters.
    if text.len() > LONGEST || !text.is_ascii() || text.len() < 8 {
        return None;
    }
    let separator = 8 + text.bytes().skip(8).position(|byte| matches!(byte, b'T' | b't' | b' '))?;
    let (date, time) = (&text[..separator], text[separator + 1..].trim_start());
    let (time, offset) = time.split_once(' ').unwrap_or((time, ""));
    let offset = match offset.strip_suffix(" UTC").unwrap_or(offset).trim_start() {
        "UTC" | "GMT" | "Z" | "z" => "Z".to_owned(),
        // A `+` that was not escaped in a query string arrives as a space.
        bare if bare.starts_with(|first: char| first.is_ascii_digit()) => format!("+{bare}"),
        signed => signed.to_owned(),
    };
    let (time, fraction) = time.find(['.', ',']).map_or((time, ""), |point| time.split_at(point));
    let end = fraction.bytes().skip(1).position(|byte| !byte.is_ascii_digit()).map_or(fraction.len(), |digits| digits + 1);
    let (fraction, rest) = fraction.split_at(end);
    Some(format!("{date}T{time}{}{rest}{offset}", &fraction[..fraction.len().min(DIGITS + 1)]))
}

#[cfg(test)]
mod tests;
