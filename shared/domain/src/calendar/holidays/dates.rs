//! How people and calendars write dates.

use std::ops::RangeInclusive;

use chrono::NaiveDate;

use super::Reason;

const MONTHS: [&str; 12] =
    ["January", "February", "March", "April", "May", "June", "July", "August", "September", "October", "November", "December"];
const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];
/// The fewest letters of a name that is cut short, such as `Dec`.
const SHORTEST: usize = 3;

/// Reads `YYYYMMDD` and nothing else, as calendars write a date.
pub(super) fn compact(text: &str) -> Option<NaiveDate> {
    let is_date = text.len() == 8 && text.bytes().all(|byte| byte.is_ascii_digit());
    is_date.then(|| NaiveDate::parse_from_str(text, "%Y%m%d").ok()).flatten()
}

/// The date that a text begins with, and what stands behind it: `2026-12-24`, `24.12.2026`, `24 December 2026` or
/// `Thu, Dec 24th, 2026`. Of `5/6/2026` nobody knows which is the month, but of `24/12/2026` everybody does.
pub(super) fn leading(text: &str) -> Result<(NaiveDate, &str), Reason> {
    let text = name_of(&WEEKDAYS, text).map_or(text, |(_, rest)| gap(rest));
    match in_words(text) {
        Some(date) => Ok(date),
        None => in_figures(text),
    }
}

/// Whether a text begins with a day and the name of a month, with or without a year.
pub(super) fn has_day_of_month(text: &str) -> bool {
    day_of_month(text).is_some()
}

fn in_words(text: &str) -> Option<(NaiveDate, &str)> {
    let (day, month, rest) = day_of_month(text)?;
    let (year, rest) = number(gap(rest), 4..=4)?;
    Some((date(year, month, day)?, rest))
}

/// Reads `24 December`, `24th of Dec.` or `December 24th`.
fn day_of_month(text: &str) -> Option<(u32, u32, &str)> {
    let Some((day, rest)) = number(text, 1..=2) else {
        let (month, rest) = name_of(&MONTHS, text)?;
        let (day, rest) = number(gap(rest), 1..=2)?;
        return Some((day, month, without_word(rest, &["st", "nd", "rd", "th"])));
    };
    let rest = gap(without_word(rest, &["st", "nd", "rd", "th"]));
    let (month, rest) = name_of(&MONTHS, gap(without_word(rest, &["of"])))?;
    Some((day, month, rest))
}

/// Reads three numbers with the same sign between them. The year has four digits, and is the first or the last.
fn in_figures(text: &str) -> Result<(NaiveDate, &str), Reason> {
    let (sign, [first, second, third], rest) = figures(text).ok_or(Reason::Unreadable)?;
    let dates = match sign {
        _ if first > 99 => [date(first, second, third), None],
        // With points, the day comes first wherever dates are written so.
        '.' => [date(third, second, first), None],
        _ => [date(third, second, first), date(third, first, second)],
    };
    match dates {
        [Some(one), Some(other)] if one != other => Err(Reason::Ambiguous),
        [one, other] => Ok((one.or(other).ok_or(Reason::Unreadable)?, rest)),
    }
}

fn figures(text: &str) -> Option<(char, [u32; 3], &str)> {
    let is_first = number(text, 4..=4).is_some();
    let (first, rest) = number(text, if is_first { 4..=4 } else { 1..=2 })?;
    let sign = rest.chars().next().filter(|sign| "-/.".contains(*sign))?;
    let (second, rest) = number(behind(rest, sign)?, 1..=2)?;
    let (third, rest) = number(behind(rest, sign)?, if is_first { 1..=2 } else { 4..=4 })?;
    Some((sign, [first, second, third], rest))
}

/// What stands behind the sign. Behind a point there may be a blank.
fn behind(text: &str, sign: char) -> Option<&str> {
    let rest = text.strip_prefix(sign)?;
    Some(if sign == '.' { rest.trim_start() } else { rest })
}

fn date(year: u32, month: u32, day: u32) -> Option<NaiveDate> {
    NaiveDate::from_ymd_opt(year.try_into().ok()?, month, day)
}

/// The number that a text begins with, if it has so many digits.
fn number(text: &str, digits: RangeInclusive<usize>) -> Option<(u32, &str)> {
    let (number, rest) = text.split_at(text.find(|letter: char| !letter.is_ascii_digit()).unwrap_or(text.len()));
    digits.contains(&number.len()).then(|| number.parse().ok()).flatten().map(|number| (number, rest))
}

/// Which of the names a text begins with, counted from 1. A name may be cut short.
fn name_of<'a>(names: &[&str], text: &'a str) -> Option<(u32, &'a str)> {
    let (word, rest) = word(text);
    let is_meant = |name: &&str| name.get(..word.len()).is_some_and(|start| start.eq_ignore_ascii_case(word));
    let place = names.iter().position(|name| word.len() >= SHORTEST && is_meant(name))?;
    Some((u32::try_from(place).ok()? + 1, rest))
}

/// A text without the word that it begins with, if that is one of these.
pub(super) fn without_word<'a>(text: &'a str, words: &[&str]) -> &'a str {
    let (first, rest) = word(text);
    if words.iter().any(|word| word.eq_ignore_ascii_case(first)) { rest } else { text }
}

fn word(text: &str) -> (&str, &str) {
    text.split_at(text.find(|letter: char| !letter.is_alphabetic()).unwrap_or(text.len()))
}

/// What may stand between the parts of a date in words is left out.
fn gap(text: &str) -> &str {
    text.trim_start_matches(|letter: char| letter.is_whitespace() || ".,-".contains(letter))
}
