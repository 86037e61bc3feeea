//! Reads `sla_business_hours` as the external ticket API and the workflow action `update_ticket` take it.

use chrono::{NaiveDate, Weekday};

use serde_json::Value;

use super::{BadSchedule, Hours, Schedule, Zone};

const MOST_WINDOWS: usize = 24;
/// Enough for eight years of twelve holidays; a deadline lies within five.
pub(super) const MOST_HOLIDAYS: usize = 100;
const MOST_DAYS: usize = 7;

impl Schedule {
    /// Reads `{days, time, timezone, holidays}`: the same hours on each of the days. Without a `timezone` the zone is the
    /// caller's. Unknown keys are ignored, as everywhere in that body. An error names the field that is wrong.
    ///
    /// Two things go beyond PostHog Support's API. `time` may be several pairs, such as before and after lunch, and `holidays`
    /// is a list of at most 100 dates on which the desk stays closed.
    ///
    /// PostHog Support's API wants `start < end`, so one pair can't be a night shift: `22:00` to `06:00` is refused, not
    /// guessed at.
    pub fn parse(given: &Value, timezone: Zone) -> Result<Self, BadSchedule> {
        let given = given.as_object().ok_or(BadSchedule::NotAnObject)?;
        let days = given.get("days").and_then(Value::as_array).ok_or(BadSchedule::Days)?;
        if days.is_empty() || days.len() > MOST_DAYS {
            return Err(BadSchedule::Days);
        }
        let days: Vec<Weekday> = days.iter().map(weekday).collect::<Option<_>>().ok_or(BadSchedule::Days)?;
        let hours = given.get("time").and_then(day).ok_or(BadSchedule::Time)?;
        let zone = match given.get("timezone") {
            None | Some(Value::Null) => timezone,
            Some(name) => name.as_str().and_then(|name| name.parse().ok()).ok_or(BadSchedule::Timezone)?,
        };
        let holidays = match given.get("holidays") {
            None | Some(Value::Null) => Vec::new(),
            Some(dates) => dates_of(dates).ok_or(BadSchedule::Holidays)?,
        };
        let windows: Vec<_> = days.into_iter().flat_map(|day| hours.iter().map(move |hours| (day, *hours))).collect();
        Self::new(zone, &windows, holidays)
    }
}

fn dates_of(given: &Value) -> Option<Vec<NaiveDate>> {
    let dates = given.as_array().filter(|dates| dates.len() <= MOST_HOLIDAYS)?;
    dates.iter().map(|date| NaiveDate::parse_from_str(date.as_str()?, "%Y-%m-%d").ok()).collect()
}

fn weekday(name: &Value) -> Option<Weekday> {
    Some(match name.as_str()? {
        "monday" => Weekday::Mon,
        "tuesday" => Weekday::Tue,
        "wednesday" => Weekday::Wed,
        "thursday" => Weekday::Thu,
        "friday" => Weekday::Fri,
        "saturday" => Weekday::Sat,
        "sunday" => Weekday::Sun,
        _ => return None,
    })
}

/// The hours of one day: `"any"`, one pair, or up to 24 pairs.
fn day(time: &Value) -> Option<Vec<Hours>> {
    match time {
        Value::String(any) if any == "any" => Some(vec![Hours::ALL_DAY]),
        Value::Array(pairs) if pairs.first().is_some_and(Value::is_array) && pairs.len() <= MOST_WINDOWS => {
            pairs.iter().map(|pair| hours(pair.as_array()?)).collect()
        }
        Value::Array(pair) => Some(vec![hours(pair)?]),
        _ => None,
    }
}

fn hours(pair: &[Value]) -> Option<Hours> {
    let [from, to] = pair else { return None };
    let (from, to) = (from.as_str()?, to.as_str()?);
    let hours = Hours::parse(from, to).ok()?;
    (from < to).then_some(hours)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn zone(name: &str) -> Zone {
        name.parse().unwrap()
    }

    #[test]
    fn hours_on_some_days() {
        let hours = Hours::parse("09:00", "17:00").unwrap();
        let given = json!({"days": ["monday", "friday", "monday"], "time": ["09:00", "17:00"], "timezone": "Europe/London"});
        let meant = Schedule::new(zone("Europe/London"), &[(Weekday::Mon, hours), (Weekday::Fri, hours)], []);
        assert_eq!(Schedule::parse(&given, Zone::UTC), meant);
    }

    #[test]
    fn any_is_the_whole_day_and_the_zone_has_a_default() {
        let meant = Schedule::new(zone("Asia/Kolkata"), &[(Weekday::Sat, Hours::ALL_DAY)], []);
        for given in [
            json!({"days": ["saturday"], "time": "any"}),
            json!({"days": ["saturday"], "time": "any", "timezone": null, "note": "ignored"}),
            json!({"days": ["saturday"], "time": ["00:00", "24:00"], "timezone": "Asia/Kolkata"}),
        ] {
            assert_eq!(Schedule::parse(&given, zone("Asia/Kolkata")), meant, "{given}");
        }
    }

    #[test]
    fn a_day_may_have_a_lunch_and_a_year_holidays() {
        let given = json!({
            "days": ["monday", "tuesday"], "time": [["09:00", "12:00"], ["13:00", "17:00"]], "timezone": "UTC",
            "holidays": ["2026-12-25", "2026-12-28"],
        });
        let windows: Vec<_> = [Weekday::Mon, Weekday::Tue]
            .into_iter()
            .flat_map(|day| [("09:00", "12:00"), ("13:00", "17:00")].map(|(from, to)| (day, Hours::parse(from, to).unwrap())))
            .collect();
        let date = |day| NaiveDate::from_ymd_opt(2026, 12, day).unwrap();
        assert_eq!(Schedule::parse(&given, Zone::UTC), Schedule::new(Zone::UTC, &windows, [date(25), date(28)]));
        // One hour from Monday the 21st, 11:30, is 13:30. One day (seven hours) more is Tuesday, 13:30. Two hours from Tuesday,
        // 16:00, end on the Tuesday after: only Mondays and Tuesdays have hours, and that Monday is a holiday.
        let schedule = Schedule::parse(&given, Zone::UTC).unwrap();
        let due = |from: &str, amount, unit| {
            crate::calendar::after(
                from.parse().unwrap(),
                crate::calendar::amount::micros(amount, unit, &schedule).unwrap(),
                &schedule,
            )
            .unwrap()
        };
        assert_eq!(due("2026-12-21T11:30:00Z", 1.0, crate::calendar::SlaUnit::Hour).to_string(), "2026-12-21T13:30:00.000000Z");
        assert_eq!(due("2026-12-21T13:30:00Z", 1.0, crate::calendar::SlaUnit::Day).to_string(), "2026-12-22T13:30:00.000000Z");
        assert_eq!(due("2026-12-22T16:00:00Z", 2.0, crate::calendar::SlaUnit::Hour).to_string(), "2026-12-29T10:00:00.000000Z");
    }

    #[test]
    fn each_weekday_has_its_name() {
        let days = ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];
        let weekdays = [Weekday::Mon, Weekday::Tue, Weekday::Wed, Weekday::Thu, Weekday::Fri, Weekday::Sat, Weekday::Sun];
        for (name, day) in days.into_iter().zip(weekdays) {
            let meant = Schedule::new(Zone::UTC, &[(day, Hours::ALL_DAY)], []);
            assert_eq!(Schedule::parse(&json!({"days": [name], "time": "any"}), Zone::UTC), meant, "{name}");
        }
        let always = Schedule::new(Zone::UTC, &weekdays.map(|day| (day, Hours::ALL_DAY)), []);
        assert_eq!(Schedule::parse(&json!({"days": days, "time": "any"}), Zone::UTC), always);
    }

    #[test]
    fn lists_are_bounded() {
        let minute = |from: u32| [format!("{from:02}:00"), format!("{from:02}:01")];
        let pairs: Vec<_> = (0..24).map(minute).collect();
        let dates: Vec<_> = (1926..2026).map(|year| format!("{year}-12-25")).collect();
        let most = json!({"days": vec!["monday"; 7], "time": pairs, "holidays": dates});
        assert!(Schedule::parse(&most, Zone::UTC).is_ok());
        for (key, error) in [("days", BadSchedule::Days), ("time", BadSchedule::Time), ("holidays", BadSchedule::Holidays)] {
            let mut more = most.clone();
            let first = more[key][0].clone();
            more[key].as_array_mut().unwrap().push(first);
            assert_eq!(Schedule::parse(&more, Zone::UTC), Err(error));
        }
    }

    #[test]
    fn refusals_name_the_field() {
        let with = |key: &str, value: Value| {
            let mut given = json!({"days": ["monday"], "time": "any", "timezone": "UTC"});
            given[key] = value;
            Schedule::parse(&given, Zone::UTC).unwrap_err()
        };
        for given in [json!(null), json!([]), json!("any")] {
            assert_eq!(Schedule::parse(&given, Zone::UTC), Err(BadSchedule::NotAnObject), "{given}");
        }
        for days in [json!(null), json!([]), json!("monday"), json!(["Monday"]), json!(["mon"]), json!(["monday", 1])] {
            assert_eq!(with("days", days.clone()), BadSchedule::Days, "{days}");
        }
        for time in [
            json!(null),
            json!("all"),
            json!([]),
            json!(["09:00"]),
            json!(["09:00", "12:00", "17:00"]),
            json!(["17:00", "09:00"]),
            json!(["22:00", "00:00"]),
            json!(["09:00", "09:00"]),
            json!(["9:00", "17:00"]),
            json!(["09:00", "24:01"]),
            json!([["09:00", "12:00"], ["17:00", "13:00"]]),
            json!([["09:00", "12:00"], "any"]),
            json!([[]]),
            json!([9, 17]),
        ] {
            assert_eq!(with("time", time.clone()), BadSchedule::Time, "{time}");
        }
        for zone in [json!(""), json!("Mars/Olympus"), json!("europe/london"), json!("Factory"), json!("+02:00"), json!(2)] {
            assert_eq!(with("timezone", zone.clone()), BadSchedule::Timezone, "{zone}");
        }
        for holidays in [json!("2026-12-25"), json!(["25.12.2026"]), json!(["2026-02-30"]), json!([1])] {
            assert_eq!(with("holidays", holidays.clone()), BadSchedule::Holidays, "{holidays}");
        }
        assert_eq!(Schedule::parse(&json!({"time": "any"}), Zone::UTC), Err(BadSchedule::Days));
        assert_eq!(Schedule::parse(&json!({"days": ["monday"]}), Zone::UTC), Err(BadSchedule::Time));
    }
}
