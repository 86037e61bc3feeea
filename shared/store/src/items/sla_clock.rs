//! What counts towards the deadlines of policies, as text on the ticket: whether the team has answered, the counter of the
//! ticket and the one of the answer that is due. It is short, because it is written with every message.
//!
//! `<0 or 1>;<counter>;<counter>`, a counter being `<began>,<spent>,<running since>,<due>,<told>`; what is not there is empty.

use lambdesk_domain::{
    Timestamp,
    policies::clock::{Counter, SlaClock},
    sla::{Alarm, Told},
};

pub(crate) fn write(clock: &SlaClock) -> String {
    let SlaClock { answered, response, resolution } = clock;
    let response = response.as_ref().map(write_counter).unwrap_or_default();
    format!("{};{};{response}", u8::from(*answered), write_counter(resolution))
}

pub(crate) fn read(text: &str) -> Option<SlaClock> {
    let mut parts = text.split(';');
    let (answered, resolution, response) = (parts.next()?, parts.next()?, parts.next()?);
    let response = Some(response).filter(|text| !text.is_empty()).map(|text| read_counter(text).ok_or(())).transpose().ok()?;
    Some(SlaClock { answered: answered == "1", response, resolution: read_counter(resolution)? })
}

fn write_counter(counter: &Counter) -> String {
    let Counter { began, spent, running, due, told } = counter;
    let opt = |at: &Option<Timestamp>| at.map(|at| at.micros().to_string()).unwrap_or_default();
    let told = told.map(write_told).unwrap_or_default();
    format!("{},{spent},{},{},{told}", began.micros(), opt(running), opt(due))
}

fn read_counter(text: &str) -> Option<Counter> {
    let parts: Vec<_> = text.split(',').collect();
    let &[began, spent, running, due, told] = parts.as_slice() else { return None };
    let time = |text: &str| text.parse().ok().and_then(Timestamp::from_micros);
    // Three answers: a time, none, and no time at all.
    let opt = |text: &str| if text.is_empty() { Some(None) } else { time(text).map(Some) };
    let told = if told.is_empty() { None } else { Some(read_told(told)?) };
    Some(Counter { began: time(began)?, spent: spent.parse().ok()?, running: opt(running)?, due: opt(due)?, told })
}

pub(crate) fn write_told(Told { alarm, at, late_secs }: Told) -> String {
    format!("{}#{}#{late_secs}", alarm.name(), at.micros())
}

pub(crate) fn read_told(text: &str) -> Option<Told> {
    let mut parts = text.split('#');
    let (alarm, at, late) = (parts.next()?, parts.next()?, parts.next()?);
    let at = at.parse().ok().and_then(Timestamp::from_micros)?;
    Some(Told { alarm: Alarm::parse(alarm)?, at, late_secs: late.parse().ok()? })
}

#[cfg(test)]
pub(crate) mod tests {
    use super::*;

    pub(crate) fn full() -> SlaClock {
        let at = |micros| Timestamp::from_micros(micros).unwrap();
        let told = Some(Told { alarm: Alarm::Breached, at: at(9), late_secs: 300 });
        let resolution = Counter { began: at(1), spent: -5, running: Some(at(2)), due: Some(at(3)), told };
        let response = Counter { began: at(4), spent: 7, running: None, due: None, told: None };
        SlaClock { answered: true, response: Some(response), resolution }
    }

    #[test]
    fn what_is_written_is_read() {
        for clock in [full(), SlaClock { answered: false, response: None, ..full() }] {
            assert_eq!(read(&write(&clock)), Some(clock));
        }
        for junk in ["", "1", "1;;", "1;1,2,3,4;", "1;1,2,x,4,;", "1;1,2,3,4,soon#1#0;", "0;1,2,,,;x"] {
            assert_eq!(read(junk), None, "{junk}");
        }
    }
}
