//! The holidays that were found so far, and what was left out.

use std::collections::BTreeMap;

use chrono::NaiveDate;

use super::{Holiday, LeftOut, MOST_EVENTS, Reason, YEARS};
use crate::text::cut;

/// The most characters of a name.
const NAME: usize = 100;
/// How many of the left out are shown.
const SHOWN: usize = 100;

/// The dates that are taken, both ends included.
#[derive(Debug, Clone, Copy)]
pub(super) struct Window {
    pub(super) from: NaiveDate,
    pub(super) to: NaiveDate,
}

pub(super) struct Found {
    pub(super) window: Window,
    /// Each date with its names, each once.
    dates: BTreeMap<NaiveDate, Vec<String>>,
    pub(super) left_out: Vec<LeftOut>,
    pub(super) left_out_count: usize,
}

impl Found {
    pub(super) const fn new(window: Window) -> Self {
        Self { window, dates: BTreeMap::new(), left_out: Vec::new(), left_out_count: 0 }
    }

    /// Takes a date of the window. `name` is a [`plain`] one.
    pub(super) fn take(&mut self, date: NaiveDate, name: &str) {
        let names = self.dates.entry(date).or_default();
        let is_shown = names.iter().map(String::len).sum::<usize>() < 4 * NAME;
        if is_shown && !name.is_empty() && !names.iter().any(|known| known == name) {
            names.push(name.to_owned());
        }
    }

    /// The holidays, ascending.
    pub(super) fn holidays(&mut self) -> Vec<Holiday> {
        let named = |names: Vec<String>| Some(cut(&names.join(", "), NAME).to_owned()).filter(|name| !name.is_empty());
        std::mem::take(&mut self.dates).into_iter().map(|(date, names)| Holiday { date, name: named(names) }).collect()
    }

    pub(super) fn leave_out(&mut self, line: usize, what: &str, reason: Reason) {
        self.left_out_count += 1;
        if self.left_out.len() < SHOWN {
            self.left_out.push(LeftOut { line, what: plain(what), reason, why: reason.in_words() });
        }
    }
}

impl Reason {
    fn in_words(self) -> String {
        match self {
            Self::Unreadable => "It has no date that can be read. A line begins with a date such as 2026-12-25.".to_owned(),
            Self::Ambiguous => "Its day and its month may be meant either way. Write it as 2026-12-25.".to_owned(),
            Self::Timed => "It has a time of day, and a holiday is a whole day.".to_owned(),
            Self::Past => "It is over.".to_owned(),
            Self::TooFar => format!("It is more than {YEARS} years ahead."),
            Self::NoneAhead => format!("None of its dates lies within the next {YEARS} years."),
            Self::Cancelled => "It was called off.".to_owned(),
            Self::Rule => {
                "It recurs in a way that is not read. Rules that are read recur yearly, by month, day and weekday.".to_owned()
            }
            Self::TooMany => format!("It comes behind {MOST_EVENTS} events, and no more are read."),
        }
    }
}

/// A name on one line, at most 100 characters of it.
pub(super) fn plain(name: &str) -> String {
    let start = cut(name, 4 * NAME);
    let words = start.split(|letter: char| letter.is_whitespace() || letter.is_control()).filter(|word| !word.is_empty());
    cut(&words.collect::<Vec<_>>().join(" "), NAME).to_owned()
}
