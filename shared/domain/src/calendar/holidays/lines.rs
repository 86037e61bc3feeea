//! Pasted dates: one a line, with a name behind it if there is one.

use chrono::NaiveDate;

use super::{
    Reason,
    found::{Found, plain},
};

/// The bytes of a date such as `2026-12-25`.
const DATE: usize = 10;

/// Reads each line. A blank one is none.
pub(super) fn read(text: &str, found: &mut Found) {
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let what = match dated(line) {
            None => Err(Reason::Unreadable),
            Some((date, _)) if date < found.window.from => Err(Reason::Past),
            Some((date, _)) if date > found.window.to => Err(Reason::TooFar),
            Some(dated) => Ok(dated),
        };
        match what {
            Ok((date, name)) => found.take(date, &name),
            Err(reason) => found.leave_out(index + 1, line, reason),
        }
    }
}

/// The date that a line begins with, and the name behind it. A spreadsheet may have put either in quotes.
fn dated(line: &str) -> Option<(NaiveDate, String)> {
    let line = line.trim().trim_start_matches('"');
    let (date, name) = line.split_at_checked(DATE)?;
    let date = iso(date)?;
    if name.starts_with(char::is_alphanumeric) {
        return None;
    }
    let between = |letter: char| letter.is_whitespace() || ",;:|\"-–—".contains(letter);
    let name = name.trim_start_matches(between);
    // From one date to another: taken as the first one, the days between would be missed without a word.
    if name.split_at_checked(DATE).is_some_and(|(second, _)| iso(second).is_some()) {
        return None;
    }
    Some((date, plain(name.trim_end_matches(['"', ' ', ',', ';']))))
}

/// Reads `YYYY-MM-DD` and nothing else.
fn iso(text: &str) -> Option<NaiveDate> {
    let shape = text.bytes().enumerate().all(|(at, byte)| if at == 4 || at == 7 { byte == b'-' } else { byte.is_ascii_digit() });
    shape.then(|| NaiveDate::parse_from_str(text, "%Y-%m-%d").ok()).flatten()
}
