//! The file of a calendar (iCalendar, RFC 5545): its events, whatever lies within or around them.
//!
//! The crate `icalendar` reads a content line: name, parameters, and the text without its escapes. Which lines belong together
//! is found here, by counting. So a file of a hundred thousand beginnings is no deep recursion, and one flawed line spoils no
//! other event.

use std::{
    borrow::Cow,
    collections::{BTreeSet, HashMap},
};

use chrono::NaiveDate;
use icalendar::parser::Property;

use super::{MOST_EVENTS, Reason, event::Event, found::Found};

/// Whether the text is the file of a calendar, or of one event.
pub(super) fn is_calendar(text: &str) -> bool {
    text.lines().map(str::trim).find(|line| !line.is_empty()).is_some_and(|line| {
        matches!(edge(line), Some(Edge::Begin(name)) if name.get(..1).is_some_and(|first| first.eq_ignore_ascii_case("v")))
    })
}

/// Reads the events of a calendar.
pub(super) fn read(text: &str, found: &mut Found) {
    let (events, unended) = events(text);
    let replaced = replaced(&events);
    for (index, event) in events.iter().enumerate() {
        let but = replaced.get(event.uid.as_str()).filter(|_| event.replaces.is_none());
        let dates = if index < MOST_EVENTS { event.dates(found.window, but) } else { Err(Reason::TooMany) };
        match dates {
            Ok(dates) => dates.into_iter().for_each(|date| found.take(date, &event.name)),
            Err(reason) => found.leave_out(event.line, &event.name, reason),
        }
    }
    for event in unended {
        found.leave_out(event.line, &event.name, Reason::Unreadable);
    }
}

/// The dates of recurring events that an event of their own stands for, by the id that both have.
fn replaced(events: &[Event]) -> HashMap<&str, BTreeSet<NaiveDate>> {
    let mut replaced = HashMap::<_, BTreeSet<_>>::new();
    for event in events.iter().filter(|event| !event.uid.is_empty()) {
        if let Some(date) = event.replaces {
            replaced.entry(event.uid.as_str()).or_default().insert(date);
        }
    }
    replaced
}

/// The events, and those that are not ended: another one begins, or the text ends.
fn events(text: &str) -> (Vec<Event>, Vec<Event>) {
    let (mut events, mut unended, mut open, mut within) = (Vec::new(), Vec::new(), None::<Event>, 0_usize);
    for (line, content) in content_lines(text) {
        match (edge(&content), &mut open) {
            (Some(Edge::Begin(name)), _) if is_event(name) => {
                unended.extend(open.replace(Event::new(line)));
                within = 0;
            }
            (Some(Edge::End(name)), Some(_)) if is_event(name) => events.extend(open.take()),
            // An alarm, such as lies within many events.
            (Some(Edge::Begin(_)), Some(_)) => within += 1,
            (Some(Edge::End(_)), Some(_)) => within = within.saturating_sub(1),
            (None, Some(event)) if within == 0 => {
                if let Ok(Property { name, val, .. }) = Property::try_from(content.as_ref()) {
                    event.set(name.as_str(), val.as_str());
                }
            }
            _ => {}
        }
    }
    unended.extend(open);
    (events, unended)
}

fn is_event(name: &str) -> bool {
    name.eq_ignore_ascii_case("VEVENT")
}

/// A line that begins or ends something.
enum Edge<'a> {
    Begin(&'a str),
    End(&'a str),
}

fn edge(content: &str) -> Option<Edge<'_>> {
    let (key, name) = content.split_once(':')?;
    match key.trim() {
        key if key.eq_ignore_ascii_case("BEGIN") => Some(Edge::Begin(name.trim())),
        key if key.eq_ignore_ascii_case("END") => Some(Edge::End(name.trim())),
        _ => None,
    }
}

/// Content lines, each with the number of the line where it begins. One that begins with a blank continues the one before it.
fn content_lines(text: &str) -> impl Iterator<Item = (usize, Cow<'_, str>)> {
    let mut lines = text.lines().enumerate().peekable();
    std::iter::from_fn(move || {
        let (index, first) = lines.next()?;
        let mut content = Cow::Borrowed(first);
        while let Some((_, more)) = lines.next_if(|(_, line)| line.starts_with([' ', '\t'])) {
            content.to_mut().push_str(&more[1..]);
        }
        Some((index + 1, content))
    })
}
