use SlaUnit::{Day, Hour, Minute};
use Weekday::{Fri, Mon, Sat, Sun, Thu, Tue, Wed};

use super::{amount::micros, *};

mod naive;
mod speed;
mod zones;

const WORKDAYS: [Weekday; 5] = [Mon, Tue, Wed, Thu, Fri];
const ALL: [Weekday; 7] = [Mon, Tue, Wed, Thu, Fri, Sat, Sun];

fn every(days: &[Weekday], hours: &[(&str, &str)]) -> Vec<(Weekday, Hours)> {
    let windows = |day: &Weekday| {
        let day = *day;
        hours.iter().map(move |(from, to)| (day, Hours::parse(from, to).unwrap()))
    };
    days.iter().flat_map(windows).collect()
}

fn schedule(zone: Zone, windows: &[(Weekday, Hours)]) -> Schedule {
    Schedule::new(zone, windows, []).unwrap()
}

/// Monday to Friday, nine to five, in UTC.
fn office() -> Schedule {
    schedule(Zone::UTC, &every(&WORKDAYS, &[("09:00", "17:00")]))
}

fn zone(name: &str) -> Zone {
    name.parse().unwrap()
}

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// An instant in UTC: `2026-03-06 16:30`, with seconds if they matter.
fn utc(text: &str) -> Timestamp {
    let text = if text.len() == 16 { format!("{text}:00Z") } else { format!("{text}Z") };
    text.parse().unwrap()
}

/// The instant at which the wall clock shows `text`. Panics if there is none, or if a clock change repeats it.
fn local(zone: Zone, text: &str) -> Timestamp {
    let shown: jiff::civil::DateTime = text.parse().unwrap();
    let at = zone.rules().to_ambiguous_timestamp(shown).unambiguous().unwrap();
    Timestamp::from_micros(at.as_microsecond()).unwrap()
}

/// The instant at which `amount` units of open time have passed since `now`.
fn deadline(now: Timestamp, amount: f64, unit: SlaUnit, schedule: &Schedule) -> Result<Timestamp, NoDeadline> {
    after(now, micros(amount, unit, schedule).unwrap(), schedule)
}

/// The deadline, and the windows that add up to it.
fn explain(now: Timestamp, amount: f64, unit: SlaUnit, schedule: &Schedule) -> Result<(Timestamp, Vec<Open>), NoDeadline> {
    let due = deadline(now, amount, unit, schedule)?;
    Ok((due, open_windows(now, due, schedule)))
}

fn hours(amount: f64) -> impl Fn(&str, &Schedule) -> Timestamp {
    move |now, schedule| deadline(utc(now), amount, Hour, schedule).unwrap()
}

// 2026-03-02 is a Monday.

#[test]
fn the_examples_of_the_contract() {
    assert_eq!(hours(4.0)("2026-03-05 16:00", &office()), utc("2026-03-06 12:00"));
    assert_eq!(hours(10.0)("2026-03-05 16:00", &office()), utc("2026-03-09 10:00"));
    assert_eq!(hours(1.0)("2026-03-06 16:30", &office()), utc("2026-03-09 09:30"));
}

#[test]
fn a_deadline_on_closing_time_stays_there() {
    assert_eq!(hours(1.0)("2026-03-06 16:00", &office()), utc("2026-03-06 17:00"));
    assert_eq!(hours(40.0)("2026-03-02 09:00", &office()), utc("2026-03-06 17:00"));
    assert_eq!(hours(40.0)("2026-03-01 12:00", &office()), utc("2026-03-06 17:00"));
    let soon = deadline(utc("2026-03-06 16:59:59.999999"), 0.000_001 / 60.0, Minute, &office()).unwrap();
    assert_eq!(soon, utc("2026-03-06 17:00"));
    assert_eq!(hours(1.0)("2026-03-06 16:00:00.000001", &office()), utc("2026-03-09 09:00:00.000001"));
}

#[test]
fn a_start_on_opening_time_counts_at_once_and_one_on_closing_time_waits() {
    assert_eq!(hours(1.0)("2026-03-06 09:00", &office()), utc("2026-03-06 10:00"));
    assert_eq!(hours(1.0)("2026-03-06 17:00", &office()), utc("2026-03-09 10:00"));
}

#[test]
fn a_start_in_closed_time_counts_from_the_opening() {
    for now in ["2026-03-06 17:00:00.000001", "2026-03-07 12:00", "2026-03-08 23:59:59.999999", "2026-03-09 08:59"] {
        assert_eq!(hours(1.5)(now, &office()), utc("2026-03-09 10:30"), "{now}");
    }
}

#[test]
fn lunch_does_not_count() {
    let split = schedule(Zone::UTC, &every(&WORKDAYS, &[("13:00", "17:00"), ("09:00", "12:30")]));
    assert_eq!(hours(1.0)("2026-03-06 12:00", &split), utc("2026-03-06 13:30"));
    assert_eq!(hours(0.5)("2026-03-06 12:00", &split), utc("2026-03-06 12:30"));
    assert_eq!(hours(1.0)("2026-03-06 12:45", &split), utc("2026-03-06 14:00"));
    assert_eq!(deadline(utc("2026-03-05 13:00"), 1.0, Day, &split), Ok(utc("2026-03-06 12:30")), "a day is 7.5 hours");
}

#[test]
fn midnight_is_no_seam_but_the_minute_before_it_is_what_it_says() {
    let seamless = schedule(Zone::UTC, &every(&[Sun, Mon], &[("00:00", "06:00"), ("22:00", "24:00")]));
    assert_eq!(hours(3.0)("2026-03-01 22:30", &seamless), utc("2026-03-02 01:30"), "Sunday into Monday");
    let night = open_windows(utc("2026-03-01 21:00"), utc("2026-03-02 09:00"), &seamless);
    assert_eq!(night, [Open { from: utc("2026-03-01 22:00"), to: utc("2026-03-02 06:00") }]);
    assert_eq!(hours(2.0)("2026-03-01 22:00", &seamless), utc("2026-03-02 00:00"), "on the seam itself");

    let seam = schedule(Zone::UTC, &every(&ALL, &[("00:00", "23:59")]));
    assert_eq!(hours(3.0)("2026-03-01 22:30", &seam), utc("2026-03-02 01:31"));
    assert_eq!(hours(1.0)("2026-03-01 22:59", &seam), utc("2026-03-01 23:59"));
}

#[test]
fn a_night_shift_belongs_to_the_day_it_begins_on() {
    let nights = schedule(Zone::UTC, &every(&[Fri, Sun], &[("22:00", "06:00")]));
    assert_eq!(hours(4.0)("2026-03-06 20:00", &nights), utc("2026-03-07 02:00"), "Friday night");
    assert_eq!(hours(10.0)("2026-03-06 20:00", &nights), utc("2026-03-09 00:00"), "goes on on Sunday");
    assert_eq!(hours(1.0)("2026-03-09 05:30", &nights), utc("2026-03-13 22:30"), "Sunday's ends on Monday");
    assert_eq!(deadline(utc("2026-03-06 22:00"), 1.0, Day, &nights), Ok(utc("2026-03-07 06:00")), "a day is a whole shift");
    let written_out = [every(&[Fri, Sun], &[("22:00", "24:00")]), every(&[Sat, Mon], &[("00:00", "06:00")])].concat();
    let written_out = schedule(Zone::UTC, &written_out);
    for amount in [0.5, 4.0, 10.0, 33.0] {
        assert_eq!(hours(amount)("2026-03-06 20:00", &nights), hours(amount)("2026-03-06 20:00", &written_out));
    }
}

#[test]
fn a_day_is_the_open_time_of_the_longest_day() {
    let short_friday = [every(&[Fri], &[("09:00", "12:00")]), every(&[Mon, Tue, Wed, Thu], &[("09:00", "17:00")])].concat();
    let monday = utc("2026-03-02 09:00");
    assert_eq!(deadline(monday, 1.0, Day, &schedule(Zone::UTC, &short_friday)), Ok(utc("2026-03-02 17:00")));
    let overlapping = every(&[Mon], &[("09:00", "13:00"), ("12:00", "17:00"), ("10:00", "11:00")]);
    assert_eq!(deadline(monday, 1.0, Day, &schedule(Zone::UTC, &overlapping)), Ok(utc("2026-03-02 17:00")));
    let always = schedule(Zone::UTC, &every(&ALL, &[("00:00", "24:00")]));
    assert_eq!(deadline(monday, 1.5, Day, &always), Ok(utc("2026-03-03 21:00")));
    assert_eq!(deadline(monday, 2.0, Day, &office()), Ok(utc("2026-03-03 17:00")));
}

#[test]
fn a_schedule_without_open_time_is_refused() {
    assert_eq!(Schedule::new(Zone::UTC, &[], []), Err(BadSchedule::NoOpenTime));
    let now = utc("2026-03-02 09:00");
    let closed = date("2026-03-01").iter_days().take(5 * 366);
    let closed = Schedule::new(Zone::UTC, &every(&WORKDAYS, &[("09:00", "17:00")]), closed).unwrap();
    assert_eq!(deadline(now, 1.0, Hour, &closed), Err(NoDeadline::NoOpenTime));
    let sundays = date("2026-03-01").iter_weeks().take(5 * 53);
    let sundays = Schedule::new(Zone::UTC, &every(&[Sun], &[("09:00", "17:00")]), sundays).unwrap();
    assert_eq!(explain(now, 1.0, Hour, &sundays), Err(NoDeadline::NoOpenTime));
}

#[test]
fn a_deadline_lies_within_five_years() {
    let now = utc("2026-03-02 09:00");
    for amount in [0.0, -1.0, f64::NAN, f64::INFINITY, f64::NEG_INFINITY, 43_801.0] {
        assert_eq!(micros(amount, Hour, &office()), Err(BadAmount), "{amount}");
    }
    let always = schedule(Zone::UTC, &every(&ALL, &[("00:00", "24:00")]));
    assert_eq!(deadline(now, 1825.0, Day, &always), Ok(now.plus_seconds(1825 * 86_400)));
    assert_eq!(deadline(now, 1825.0, Day, &office()), Err(NoDeadline::TooFar));
    // Five years of days end on Saturday 2031-03-01.
    assert_eq!(deadline(now, 1305.0, Day, &office()), Ok(utc("2031-02-28 17:00")));
    assert_eq!(deadline(now, 1305.001, Day, &office()), Err(NoDeadline::TooFar));
    let tiny = deadline(now, 1e-30, Minute, &office()).unwrap();
    assert_eq!(tiny, now.next(), "always later than now");
    let last = Timestamp::from_micros(253_402_300_799_999_999).unwrap();
    assert!(deadline(last, 1.0, Hour, &always).is_err(), "the end of representable time");
}

#[test]
fn holidays_are_closed_at_either_end() {
    let with = |holidays: &[&str]| {
        let holidays = holidays.iter().map(|day| date(day));
        Schedule::new(Zone::UTC, &every(&WORKDAYS, &[("09:00", "17:00")]), holidays).unwrap()
    };
    let start = with(&["2026-03-05"]);
    assert_eq!(hours(4.0)("2026-03-05 16:00", &start), utc("2026-03-06 13:00"), "the first day");
    let end = with(&["2026-03-06"]);
    assert_eq!(hours(4.0)("2026-03-05 16:00", &end), utc("2026-03-09 12:00"), "the last day");
    assert_eq!(hours(1.0)("2026-03-05 16:00", &end), utc("2026-03-05 17:00"), "due before the holiday");
    let both = with(&["2026-03-09", "2026-03-05", "2026-03-06", "2026-03-05"]);
    assert_eq!(hours(4.0)("2026-03-05 16:00", &both), utc("2026-03-10 13:00"));
    let weekend = with(&["2026-03-07"]);
    assert_eq!(hours(4.0)("2026-03-05 16:00", &weekend), utc("2026-03-06 12:00"), "a holiday on a closed day");
}

#[test]
fn a_holiday_is_a_date_of_the_zone_and_cuts_night_shifts_at_midnight() {
    let nights = every(&ALL, &[("22:00", "06:00")]);
    let closed = Schedule::new(zone("Australia/Sydney"), &nights, [date("2026-05-06")]).unwrap();
    let evening = local(zone("Australia/Sydney"), "2026-05-05 22:00");
    let next = open_windows(evening, evening.plus_seconds(36 * 3600), &closed);
    let at = |text| local(zone("Australia/Sydney"), text);
    assert_eq!(
        next,
        [Open { from: evening, to: at("2026-05-06 00:00") }, Open { from: at("2026-05-07 00:00"), to: at("2026-05-07 06:00") },]
    );
}

#[test]
fn an_hour_that_is_skipped_never_counts() {
    // On 2026-03-08 New York goes from 01:59 to 03:00.
    let zone = zone("America/New_York");
    let morning = schedule(zone, &every(&[Sun], &[("01:00", "04:00")]));
    let start = local(zone, "2026-03-08 01:00");
    assert_eq!(open_time(start, local(zone, "2026-03-08 04:00"), &morning), TimeDelta::hours(2));
    assert_eq!(deadline(start, 90.0, Minute, &morning), Ok(local(zone, "2026-03-08 03:30")));
    assert_eq!(deadline(start, 3.0, Hour, &morning), Ok(local(zone, "2026-03-15 02:00")));
    let skipped = schedule(zone, &every(&[Sun], &[("02:00", "03:00")]));
    assert_eq!(deadline(start, 1.0, Hour, &skipped), Ok(local(zone, "2026-03-15 03:00")), "a window that isn't there");
}

#[test]
fn an_hour_that_is_repeated_counts_twice() {
    // On 2026-11-01 New York goes from 01:59 (05:59 UTC) to 01:00 (06:00 UTC).
    let zone = zone("America/New_York");
    let morning = schedule(zone, &every(&[Sun], &[("00:00", "03:00")]));
    assert_eq!(hours(4.0)("2026-11-01 04:00", &morning), utc("2026-11-01 08:00"));
    let half = schedule(zone, &every(&[Sun], &[("01:30", "02:00")]));
    let (due, counted) = explain(utc("2026-11-01 04:00"), 1.0, Hour, &half).unwrap();
    assert_eq!(
        counted,
        [
            Open { from: utc("2026-11-01 05:30"), to: utc("2026-11-01 06:00") },
            Open { from: utc("2026-11-01 06:30"), to: utc("2026-11-01 07:00") },
        ]
    );
    assert_eq!(due, utc("2026-11-01 07:00"));
}

#[test]
fn a_start_during_the_repeated_hour_knows_which_of_both_it_is() {
    let zone = zone("America/New_York");
    let half = schedule(zone, &every(&[Sun], &[("01:00", "01:30")]));
    assert_eq!(hours(0.25)("2026-11-01 05:10", &half), utc("2026-11-01 05:25"), "in the first");
    assert_eq!(hours(0.5)("2026-11-01 05:10", &half), utc("2026-11-01 06:10"), "from the first into the second");
    assert_eq!(hours(0.25)("2026-11-01 06:10", &half), utc("2026-11-01 06:25"), "in the second");
    assert_eq!(hours(0.5)("2026-11-01 06:10", &half), utc("2026-11-08 06:10"), "and next week");
}

#[test]
fn half_hours_of_offset_and_of_summer_time() {
    let nine_to_five = |zone| schedule(zone, &every(&WORKDAYS, &[("09:00", "17:00")]));
    assert_eq!(hours(1.0)("2026-03-02 00:00", &nine_to_five(zone("Asia/Kathmandu"))), utc("2026-03-02 04:15"));
    assert_eq!(hours(1.0)("2026-03-02 00:00", &nine_to_five(zone("Asia/Kolkata"))), utc("2026-03-02 04:30"));
    // Lord Howe goes back by 30 minutes at 02:00 on 2026-04-05, and forward at 02:00 on 2026-10-04.
    let zone = zone("Australia/Lord_Howe");
    let night = schedule(zone, &every(&[Sun], &[("01:00", "04:00")]));
    let day_of = |day: &str| open_time(utc(&format!("{day} 00:00")), utc(&format!("{day} 00:00")).plus_seconds(86_400), &night);
    assert_eq!(day_of("2026-04-04"), TimeDelta::minutes(210));
    assert_eq!(day_of("2026-10-03"), TimeDelta::minutes(150));
    assert_eq!(day_of("2026-10-10"), TimeDelta::minutes(180));
}

#[test]
fn a_date_that_never_was_has_no_hours() {
    // Samoa went from Thursday 2011-12-29 to Saturday 2011-12-31.
    let zone = zone("Pacific/Apia");
    let office = schedule(zone, &every(&WORKDAYS, &[("09:00", "17:00")]));
    let start = local(zone, "2011-12-29 16:00");
    assert_eq!(deadline(start, 4.0, Hour, &office), Ok(local(zone, "2012-01-02 12:00")));
}

#[test]
fn remaining_time_is_the_inverse_and_below_zero_when_overdue() {
    let friday = utc("2026-03-06 16:30");
    let due = deadline(friday, 1.0, Hour, &office()).unwrap();
    assert_eq!(open_time(friday, due, &office()), TimeDelta::hours(1));
    assert_eq!(open_time(utc("2026-03-07 12:00"), due, &office()), TimeDelta::minutes(30));
    assert_eq!(open_time(due, due, &office()), TimeDelta::zero());
    assert_eq!(open_time(utc("2026-03-10 09:15"), due, &office()), TimeDelta::minutes(-(7 * 60 + 45)));
}

#[test]
fn there_is_no_window_between_closing_and_opening_time() {
    assert_eq!(open_windows(utc("2026-03-06 17:00"), utc("2026-03-09 09:00"), &office()), []);
}

#[test]
fn an_explanation_counts_only_open_time() {
    let (due, counted) = explain(utc("2026-03-05 16:00"), 10.0, Hour, &office()).unwrap();
    assert_eq!(due, utc("2026-03-09 10:00"));
    assert_eq!(
        counted,
        [
            Open { from: utc("2026-03-05 16:00"), to: utc("2026-03-05 17:00") },
            Open { from: utc("2026-03-06 09:00"), to: utc("2026-03-06 17:00") },
            Open { from: utc("2026-03-09 09:00"), to: utc("2026-03-09 10:00") },
        ]
    );
    let always = schedule(zone("America/New_York"), &every(&ALL, &[("00:00", "24:00")]));
    let (_, year) = explain(utc("2026-03-05 16:00"), 365.0, Day, &always).unwrap();
    assert_eq!(year.len(), 1, "windows that touch are one, across midnights and clock changes");
}
