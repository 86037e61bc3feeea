//! What the deadlines of a ticket are computed from, packed into text: it is written with every message.
//!
//! - The waits that policies measure: `<0 or 1>;<counter>;<counter>`. The parts are whether the team has answered, the wait for
//!   the resolution, and the wait for the next answer.
//! - The deadline that was set on the ticket: `<counter>`, or `<counter>;<amount>;<unit>;<hours as JSON>`.
//! - A counter: `<began>,<from>,<spent>,<due>,<raised>`. A part is empty if it is absent or equals its default.

use lambdesk_domain::{
    Timestamp,
    alarm::{Alarm, RaisedAlarm},
    calendar::{Amount, BusinessHours, SlaUnit},
    policies::clock::{Counter, Goal, SlaClock},
};

/// `None` for the clock that every new ticket has, so that it costs nothing.
pub(crate) fn write(clock: &SlaClock, created_at: Timestamp) -> Option<String> {
    let SlaClock { answered, response, resolution, set: _ } = clock;
    let whole = if *resolution == Counter::new(created_at) { String::new() } else { write_counter(resolution) };
    let response = response.as_ref().map(write_counter).unwrap_or_default();
    let bare = !answered && whole.is_empty() && response.is_empty();
    (!bare).then(|| format!("{};{whole};{response}", u8::from(*answered)))
}

pub(crate) fn read(text: &str, created_at: Timestamp) -> Option<SlaClock> {
    let mut parts = text.split(';');
    let (answered, whole, response) = (parts.next()?, parts.next()?, parts.next()?);
    let counter = |text: &str| if text.is_empty() { Some(None) } else { read_counter(text).map(Some) };
    let resolution = counter(whole)?.unwrap_or_else(|| Counter::new(created_at));
    let answered = match answered {
        "0" => false,
        "1" => true,
        _ => return None,
    };
    Some(SlaClock { answered, response: counter(response)?, resolution, set: None })
}

pub(crate) fn write_goal(goal: &Goal) -> String {
    let Goal { amount, counter } = goal;
    let counter = write_counter(counter);
    let Some(Amount { target, hours }) = amount else { return counter };
    let (amount, unit) = target.given();
    let hours = hours.as_ref().map(|hours| hours.with_zone().to_string()).unwrap_or_default();
    format!("{counter};{amount};{};{hours}", unit.name())
}

pub(crate) fn read_goal(text: &str) -> Option<Goal> {
    let mut parts = text.splitn(4, ';');
    let counter = read_counter(parts.next()?)?;
    let Some(amount) = parts.next() else { return Some(Goal { amount: None, counter }) };
    let (unit, hours) = (SlaUnit::parse(parts.next()?)?, parts.next()?);
    let hours = if hours.is_empty() { None } else { Some(BusinessHours::read(&serde_json::from_str(hours).ok()?).ok()?) };
    Some(Goal { amount: Some(Amount::new(amount.parse().ok()?, unit, hours).ok()?), counter })
}

fn write_counter(counter: &Counter) -> String {
    let Counter { began, from, spent, due, raised } = counter;
    let opt = |at: Option<Timestamp>| at.map(|at| at.micros().to_string()).unwrap_or_default();
    let from = opt(Some(*from).filter(|from| from != began));
    let spent = if *spent == 0 { String::new() } else { spent.to_string() };
    format!("{},{from},{spent},{},{}", began.micros(), opt(*due), raised.map(write_raised).unwrap_or_default())
}

fn read_counter(text: &str) -> Option<Counter> {
    let parts: Vec<_> = text.split(',').collect();
    let &[began, from, spent, due, raised] = parts.as_slice() else { return None };
    let time = |text: &str| text.parse().ok().and_then(Timestamp::from_micros);
    // `None` is a fault. `Some(None)` is an empty part.
    let opt = |text: &str| if text.is_empty() { Some(None) } else { time(text).map(Some) };
    let raised = if raised.is_empty() { None } else { Some(read_raised(raised)?) };
    let spent = if spent.is_empty() { 0 } else { spent.parse().ok()? };
    let began = time(began)?;
    Some(Counter { began, from: opt(from)?.unwrap_or(began), spent, due: opt(due)?, raised })
}

fn write_raised(RaisedAlarm { alarm, due, at, late_secs }: RaisedAlarm) -> String {
    format!("{}#{}#{}#{late_secs}", alarm.name(), due.micros(), at.micros())
}

fn read_raised(text: &str) -> Option<RaisedAlarm> {
    let mut parts = text.split('#');
    let (alarm, due, at, late) = (parts.next()?, parts.next()?, parts.next()?, parts.next()?);
    let time = |text: &str| text.parse().ok().and_then(Timestamp::from_micros);
    Some(RaisedAlarm { alarm: Alarm::parse(alarm)?, due: time(due)?, at: time(at)?, late_secs: late.parse().ok()? })
}

#[cfg(test)]
pub(crate) mod tests {
    use serde_json::json;

    use super::*;

    fn at(micros: i64) -> Timestamp {
        Timestamp::from_micros(micros).unwrap()
    }

    pub(crate) fn full() -> SlaClock {
        let raised = Some(RaisedAlarm { alarm: Alarm::Breached, due: at(3), at: at(9), late_secs: 300 });
        let resolution = Counter { began: at(1), from: at(2), spent: 5, due: Some(at(3)), raised };
        let set = Goal { amount: None, counter: Counter { due: Some(at(5)), ..Counter::new(at(4)) } };
        SlaClock { answered: true, response: Some(Counter::new(at(4))), resolution, set: Some(Box::new(set)) }
    }

    #[test]
    fn what_is_written_is_read() {
        let clock = SlaClock { set: None, ..full() };
        for clock in [clock.clone(), SlaClock { response: None, ..clock.clone() }, SlaClock { answered: false, ..clock }] {
            assert_eq!(read(&write(&clock, at(1)).unwrap(), at(1)), Some(clock));
        }
        let waiting = SlaClock { response: Some(Counter::new(at(4))), ..SlaClock::new(at(4)) };
        assert_eq!(write(&waiting, at(4)).unwrap(), "0;;4,,,,");
        assert_eq!(read("0;;4,,,,", at(4)), Some(waiting));
        assert_eq!(write(&SlaClock::new(at(4)), at(4)), None, "what every ticket has costs nothing");
        for junk in ["", "1", "2;;", "1;1,2,3,4;", "1;1,x,3,4,;", "1;1,2,3,4,soon#1#0;", "0;;x"] {
            assert_eq!(read(junk, at(1)), None, "{junk}");
        }
    }

    #[test]
    fn a_deadline_that_was_set_is_read_with_its_hours() {
        let hours = json!({"days": ["monday"], "time": [["09:00", "12:00"], ["13:00", "17:00"]], "timezone": "Asia/Kolkata"});
        let hours = BusinessHours::read(&hours).unwrap();
        let counter = full().resolution;
        for (amount, unit, hours) in [(4.0, SlaUnit::Hour, None), (0.1, SlaUnit::Day, Some(hours))] {
            let goal = Goal { amount: Some(Amount::new(amount, unit, hours).unwrap()), counter };
            assert_eq!(read_goal(&write_goal(&goal)), Some(goal));
        }
        let instant = *full().set.unwrap();
        assert_eq!(read_goal(&write_goal(&instant)), Some(instant));
        for junk in ["", "1,,,,;4", "1,,,,;4;week;", "1,,,,;4;hour;{}", "1,,,,;0;hour;"] {
            assert_eq!(read_goal(junk), None, "{junk}");
        }
    }
}
