//! `sla_business_hours`, as the external API and `update_ticket` take it (agent-api.md section 6, contract/workflows.md).

use chrono::Weekday;
use chrono_tz::Tz;
use serde_json::Value;

use super::{BadSchedule, Hours, Schedule};

impl Schedule {
    /// From `{days, time, timezone}`: the same hours on each of the days. Without a timezone it is the caller's, which is
    /// the project's. Keys that mean nothing are ignored, as everywhere in that body.
    ///
    /// The contract has `start < end`, so a night shift isn't one pair of times here: `22:00` to `06:00` is refused rather
    /// than guessed at.
    pub fn parse(given: &Value, timezone: Tz) -> Result<Self, BadSchedule> {
        let given = given.as_object().ok_or(BadSchedule::NotAnObject)?;
        let days = given.get("days").and_then(Value::as_array).ok_or(BadSchedule::Days)?;
        let days: Vec<Weekday> = days.iter().map(weekday).collect::<Option<_>>().ok_or(BadSchedule::Days)?;
        if days.is_empty() {
            return Err(BadSchedule::Days);
        }
        let hours = given.get("time").and_then(hours).ok_or(BadSchedule::Time)?;
        let zone = match given.get("timezone") {
            None | Some(Value::Null) => timezone,
            Some(name) => name.as_str().and_then(|name| name.parse().ok()).ok_or(BadSchedule::Timezone)?,
        };
        let windows: Vec<_> = days.into_iter().map(|day| (day, hours)).collect();
        Self::new(zone, &windows, [])
    }
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

fn hours(time: &Value) -> Option<Hours> {
    match time {
        Value::String(any) if any == "any" => Some(Hours::ALL_DAY),
        Value::Array(pair) => {
            let [from, to] = pair.as_slice() else { return None };
            let (from, to) = (from.as_str()?, to.as_str()?);
            let hours = Hours::parse(from, to).ok()?;
            (from < to).then_some(hours)
        }
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn hours_on_some_days() {
        let hours = Hours::parse("09:00", "17:00").unwrap();
        let given = json!({"days": ["monday", "friday", "monday"], "time": ["09:00", "17:00"], "timezone": "Europe/London"});
        let meant = Schedule::new(Tz::Europe__London, &[(Weekday::Mon, hours), (Weekday::Fri, hours)], []);
        assert_eq!(Schedule::parse(&given, Tz::UTC), meant);
    }

    #[test]
    fn any_is_the_whole_day_and_the_zone_has_a_default() {
        let meant = Schedule::new(Tz::Asia__Kolkata, &[(Weekday::Sat, Hours::ALL_DAY)], []);
        for given in [
            json!({"days": ["saturday"], "time": "any"}),
            json!({"days": ["saturday"], "time": "any", "timezone": null, "note": "ignored"}),
            json!({"days": ["saturday"], "time": ["00:00", "24:00"], "timezone": "Asia/Kolkata"}),
        ] {
            assert_eq!(Schedule::parse(&given, Tz::Asia__Kolkata), meant, "{given}");
        }
    }

    #[test]
    fn refusals_name_the_field() {
        let with = |key: &str, value: Value| {
            let mut given = json!({"days": ["monday"], "time": "any", "timezone": "UTC"});
            given[key] = value;
            Schedule::parse(&given, Tz::UTC).unwrap_err()
        };
        for given in [json!(null), json!([]), json!("any")] {
            assert_eq!(Schedule::parse(&given, Tz::UTC), Err(BadSchedule::NotAnObject), "{given}");
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
            json!([9, 17]),
        ] {
            assert_eq!(with("time", time.clone()), BadSchedule::Time, "{time}");
        }
        for zone in [json!(""), json!("Mars/Olympus"), json!("europe/london"), json!("+02:00"), json!(2)] {
            assert_eq!(with("timezone", zone.clone()), BadSchedule::Timezone, "{zone}");
        }
        assert_eq!(Schedule::parse(&json!({"time": "any"}), Tz::UTC), Err(BadSchedule::Days));
        assert_eq!(Schedule::parse(&json!({"days": ["monday"]}), Tz::UTC), Err(BadSchedule::Time));
    }
}
