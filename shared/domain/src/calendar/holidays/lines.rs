//! Pasted dates: one a line, with a name behind it if there is one.

use chrono::NaiveDate;

use super::{
    Reason,
    dates::{has_day_of_month, leading, without_word},
    found::{Found, plain},
};

/// What leads from one date to another.
const TO: [&str; 6] = ["to", "until", "till", "through", "thru", "and"];

/// Reads each line. A blank one is none.
pub(super) fn read(text: &str, found: &mut Found) {
    for (index, line) in text.lines().enumerate().filter(|(_, line)| !line.trim().is_empty()) {
        let what = match dated(line) {
            Ok((date, _)) if date < found.window.from => Err(Reason::Past),
            Ok((date, _)) if date > found.window.to => Err(Reason::TooFar),
            dated => dated,
        };
        match what {
            Ok((date, name)) => found.take(date, &name),
            Err(reason) => found.leave_out(index + 1, line, reason),
        }
    }
}

/// The date that a line begins with, and the name behind it. A spreadsheet may have put either in quotes.
fn dated(line: &str) -> Result<(NaiveDate, String), Reason> {
    let (date, name) = leading(line.trim().trim_start_matches('"'))?;
    if name.starts_with(char::is_alphanumeric) {
        return Err(Reason::Unreadable);
    }
    let name = unled(name);
    // From one date to another: taken as the first one, the days between would be missed without a word.
    let second = unled(without_word(name, &TO));
    if !matches!(leading(second), Err(Reason::Unreadable)) || has_day_of_month(second) {
        return Err(Reason::Unreadable);
    }
    Ok((date, plain(name.trim_end_matches(['"', ' ', ',', ';']))))
}

/// A text without what may stand between a date and a name.
fn unled(text: &str) -> &str {
    text.trim_start_matches(|letter: char| letter.is_whitespace() || ",;:|/.\"-–—".contains(letter))
}
