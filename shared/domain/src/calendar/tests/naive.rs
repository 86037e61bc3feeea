//! Checks the engine against a counter that knows only the definition. The counter walks through UTC minute by minute, asks the
//! time zone what the wall clock shows, and checks whether that time is open.

use std::env;

use chrono::{DateTime, Datelike, NaiveDateTime, Timelike};
use fastrand::Rng;

use super::*;

const ZONES: [&str; 19] = [
    "America/New_York",
    "Europe/London",
    "Australia/Sydney",
    "Australia/Lord_Howe",
    "Asia/Kathmandu",
    "Asia/Kolkata",
    "America/St_Johns",
    "Pacific/Chatham",
    "Pacific/Apia",
    "Africa/Casablanca",
    "America/Boa_Vista",
    "Asia/Gaza",
    "America/Vancouver",
    "America/Edmonton",
    "America/Winnipeg",
    "Europe/Chisinau",
    "America/Havana",
    "Africa/El_Aaiun",
    "UTC",
];

/// How many random schedules, starts and amounts are tried; the environment variable `CALENDAR_CASES` overrides the number.
const CASES: u64 = 100_000;

#[test]
fn agrees_with_a_counter_of_minutes() {
    let cases = env::var("CALENDAR_CASES").map_or(CASES, |cases| cases.parse().unwrap());
    let eras: Vec<Era> = ZONES.into_iter().map(zone).flat_map(eras).collect();
    let mut tally = Tally::default();
    for seed in 0..cases {
        let mut rng = Rng::with_seed(seed);
        let era = &eras[rng.usize(..eras.len())];
        Case::new(&mut rng, era).check(era, seed, &mut tally);
    }
    println!("{cases} cases in {} eras: {tally:?}", eras.len());
    // A generator that no longer produces the interesting cases would let the test pass too easily.
    assert!(tally.due > cases / 2 && tally.across_change > cases / 8 && tally.from_closed > cases / 5, "{tally:?}");
    assert!(tally.from_repeated > cases / 200 && tally.on_edge > cases / 50 && tally.beyond > cases / 200, "{tally:?}");
}

/// Fewer cases, because the counter walks half a million minutes for each.
#[test]
fn agrees_over_a_year() {
    let zones = ["America/New_York", "Australia/Lord_Howe", "Africa/Casablanca"].map(zone);
    let eras = zones.map(|zone| Era::around(zone, utc("2026-01-08 00:00").seconds() / 60, 400 * 24 * 60));
    let mut tally = Tally::default();
    for seed in 0..60 {
        let mut rng = Rng::with_seed(seed);
        let era = &eras[rng.usize(..eras.len())];
        let mut case = Case::new(&mut rng, era);
        case.holidays = (0..rng.usize(..40)).map(|_| era.shown[rng.usize(..era.shown.len())].date).collect();
        case.minutes = f64::from(rng.u32(10_000..300_000)) + rng.f64();
        case.check(era, seed, &mut tally);
    }
    assert!(tally.due > 20 && tally.beyond > 5, "{tally:?}");
}

/// How many cases there were of each interesting kind.
#[derive(Debug, Default)]
struct Tally {
    due: u64,
    across_change: u64,
    from_closed: u64,
    from_repeated: u64,
    on_edge: u64,
    /// Not due before the era ends.
    beyond: u64,
}

/// Some weeks in one zone, most often around a clock change, and what the wall clock shows in each of their minutes. The zone
/// is asked once for each minute, because its answers don't depend on a schedule.
struct Era {
    zone: Zone,
    /// Minutes since the epoch.
    start: i64,
    shown: Vec<Shown>,
    changes: Vec<usize>,
}

#[derive(Clone, Copy)]
struct Shown {
    /// The date, as days of the common era: cheaper to compare in a debug build.
    date: i32,
    weekday: usize,
    minute: usize,
    repeated: bool,
}

const BEFORE: i64 = 6 * 24 * 60;
const AFTER: i64 = 12 * 24 * 60;

/// These years have Samoa's lost day (2011), Ramadan in Morocco (2024 to 2027), and a summer time of a single week in Brazil
/// (2000) and Gaza (2040).
const YEARS: [i64; 7] = [2000, 2011, 2024, 2025, 2026, 2027, 2040];

/// An era around every clock change of those years, the epoch, a quiet day, an end of February and an end of a year.
fn eras(zone: Zone) -> Vec<Era> {
    let mut middles: Vec<i64> = ["1970-01-07 00:00", "2026-07-15 12:00", "2028-02-29 00:00", "2026-12-31 23:00"]
        .map(|text| utc(text).seconds() / 60)
        .to_vec();
    for year in YEARS {
        let from = utc(&format!("{year}-01-01 00:00")).seconds() / 60;
        let hours = (from..from + 366 * 24 * 60).step_by(60);
        middles.extend(hours.filter(|&at| shown(zone, at) - shown(zone, at - 60) != TimeDelta::hours(1)));
    }
    middles.into_iter().map(|middle| Era::around(zone, middle, AFTER)).collect()
}

fn shown(zone: Zone, minute: i64) -> NaiveDateTime {
    let utc = DateTime::from_timestamp(minute * 60, 0).unwrap().naive_utc();
    utc + TimeDelta::microseconds(zone.offset_at(minute * MINUTE))
}

impl Era {
    fn around(zone: Zone, middle: i64, after: i64) -> Self {
        let start = middle - BEFORE;
        let locals: Vec<NaiveDateTime> = (start..middle + after).map(|at| shown(zone, at)).collect();
        let changes = (1..locals.len()).filter(|&at| locals[at] - locals[at - 1] != TimeDelta::minutes(1)).collect();
        let mut latest = NaiveDateTime::MIN;
        let shown = locals.into_iter().map(|local| {
            let repeated = local <= latest;
            latest = latest.max(local);
            Shown {
                date: local.date().num_days_from_ce(),
                weekday: local.weekday().num_days_from_monday() as usize,
                minute: (local.hour() * 60 + local.minute()) as usize,
                repeated,
            }
        });
        Self { zone, start, shown: shown.collect(), changes }
    }

    fn at(&self, micros: i64) -> usize {
        usize::try_from(micros.div_euclid(MINUTE) - self.start).unwrap()
    }

    fn end(&self) -> i64 {
        (self.start + i64::try_from(self.shown.len()).unwrap() - 1) * MINUTE
    }
}

struct Case {
    windows: Vec<Window>,
    holidays: Vec<i32>,
    now: i64,
    minutes: f64,
}

/// A weekday, and hours as text.
type Window = (Weekday, String, String);

impl Case {
    fn new(rng: &mut Rng, era: &Era) -> Self {
        let holidays = (0..rng.usize(..4)).map(|_| era.shown[rng.usize(..era.shown.len())].date).collect();
        let mut case = Self { windows: windows(rng), holidays, now: now(rng, era), minutes: minutes(rng) };
        if rng.u8(..24) == 0 {
            case.aim_at_an_edge(rng, era);
        }
        case
    }

    /// Sets the amount to exactly the open time until one of the next closing times.
    fn aim_at_an_edge(&mut self, rng: &mut Rng, era: &Era) {
        self.minutes = 7.0 * 1440.0;
        let mut open = self.count(era).counted;
        open.truncate(rng.usize(1..8));
        let micros: i64 = open.iter().map(|(from, to)| to - from).sum();
        #[expect(clippy::cast_precision_loss, reason = "at most a week")]
        let minutes = micros.max(1) as f64 / 6e7;
        self.minutes = minutes;
    }

    fn schedule(&self, zone: Zone) -> Schedule {
        let windows = self.windows.iter().map(|(day, from, to)| (*day, Hours::parse(from, to).unwrap()));
        let holidays = self.holidays.iter().filter_map(|&date| NaiveDate::from_num_days_from_ce_opt(date));
        Schedule::new(zone, &windows.collect::<Vec<_>>(), holidays).unwrap()
    }

    /// Whether each minute of each weekday is open.
    fn doors(&self) -> [[bool; 1440]; 7] {
        let mut doors = [[false; 1440]; 7];
        let minute = |text: &str| text[..2].parse::<usize>().unwrap() * 60 + text[3..].parse::<usize>().unwrap();
        for (day, from, to) in &self.windows {
            let (day, from, to) = (day.num_days_from_monday() as usize, minute(from), minute(to));
            if from < to {
                doors[day][from..to].fill(true);
            } else {
                doors[day][from..].fill(true);
                doors[(day + 1) % 7][..to].fill(true);
            }
        }
        doors
    }

    fn check(&self, era: &Era, seed: u64, tally: &mut Tally) {
        let context =
            || format!("seed {seed}: {} {:?} {:?} {} {}", era.zone, self.windows, self.holidays, self.now, self.minutes);
        let schedule = self.schedule(era.zone);
        let now = Timestamp::from_micros(self.now).unwrap();
        let found = deadline(now, self.minutes, Minute, &schedule);
        let naive = self.count(era);
        let first = era.at(self.now);
        tally.from_repeated += u64::from(era.shown[first].repeated);
        tally.from_closed += u64::from(!naive.open_at_start);
        if let Some(due) = naive.due {
            let due = Timestamp::from_micros(due).unwrap();
            assert_eq!(found, Ok(due), "{}", context());
            assert_eq!(open_time(now, due, &schedule), TimeDelta::microseconds(self.asked()), "{}", context());
            let (_, counted) = explain(now, self.minutes, Minute, &schedule).unwrap();
            assert_eq!(micros(&counted), naive.counted, "{}", context());
            tally.due += 1;
            tally.on_edge += u64::from(naive.on_edge);
            let last = era.at(due.micros() - 1);
            tally.across_change += u64::from(era.changes.iter().any(|&at| first < at && at <= last));
        } else {
            let end = Timestamp::from_micros(era.end()).unwrap();
            assert!(found.is_err() || found.is_ok_and(|due| due > end), "{}", context());
            let open = open_time(now, end, &schedule);
            assert_eq!(open, TimeDelta::microseconds(self.asked() - naive.left), "{}", context());
            assert_eq!(micros(&open_windows(now, end, &schedule)), naive.counted, "{}", context());
            tally.beyond += 1;
        }
    }

    fn asked(&self) -> i64 {
        #[expect(clippy::cast_possible_truncation, reason = "at most days of microseconds")]
        let asked = (self.minutes * 6e7).round() as i64;
        asked
    }

    /// A plain loop over slices with no call for most minutes, because a debug build spends most of its time here.
    fn count(&self, era: &Era) -> Count {
        let doors = self.doors();
        let is_open = |shown: &Shown| doors[shown.weekday][shown.minute] && !self.holidays.contains(&shown.date);
        let minutes = era.shown.as_slice();
        let mut at = era.at(self.now);
        let mut count =
            Count { due: None, left: self.asked(), counted: Vec::new(), open_at_start: is_open(&minutes[at]), on_edge: false };
        // The instant at which the present window began to count.
        let mut opened = None;
        let mut from = self.now;
        let mut to = (self.now.div_euclid(MINUTE) + 1) * MINUTE;
        let last = minutes.len() - 1;
        let (mut date, mut holiday) = (i32::MIN, false);
        while at < last {
            if minutes[at].date != date {
                date = minutes[at].date;
                holiday = self.holidays.contains(&date);
            }
            if !holiday && doors[minutes[at].weekday][minutes[at].minute] {
                if opened.is_none() {
                    opened = Some(from);
                }
                if count.left <= to - from {
                    count.on_edge = count.left == to - from && !is_open(&minutes[at + 1]);
                    count.due = Some(from + count.left);
                    from += count.left;
                    break;
                }
                count.left -= to - from;
            } else if let Some(began) = opened {
                count.counted.push((began, from));
                opened = None;
            }
            from = to;
            to += MINUTE;
            at += 1;
        }
        count.counted.extend(opened.map(|began| (began, from)));
        count
    }
}

struct Count {
    due: Option<i64>,
    left: i64,
    counted: Vec<(i64, i64)>,
    open_at_start: bool,
    on_edge: bool,
}

fn micros(windows: &[Open]) -> Vec<(i64, i64)> {
    windows.iter().map(|open| (open.from.micros(), open.to.micros())).collect()
}

/// Windows for most weekdays, in no particular order. Half of the schedules have the same windows on each day.
fn windows(rng: &mut Rng) -> Vec<Window> {
    let mut windows = Vec::new();
    let same = rng.bool().then(|| day(rng));
    for weekday in ALL {
        if rng.u8(..7) < 5 {
            let hours = same.clone().unwrap_or_else(|| day(rng));
            windows.extend(hours.into_iter().map(|(from, to)| (weekday, from, to)));
        }
    }
    if windows.is_empty() {
        windows.push((ALL[rng.usize(..7)], "00:00".to_owned(), "24:00".to_owned()));
    }
    rng.shuffle(&mut windows);
    windows
}

/// One to three windows, which may overlap or run through the night. One day in ten is open all day.
fn day(rng: &mut Rng) -> Vec<(String, String)> {
    if rng.u8(..10) == 0 {
        return vec![("00:00".to_owned(), "24:00".to_owned())];
    }
    let pairs = (0..rng.usize(1..4)).map(|_| (time(rng), time(rng)));
    pairs.filter(|(from, to)| from != to && from != "24:00").collect()
}

/// A time of day, often in the hours in which clocks change, or next to midnight.
fn time(rng: &mut Rng) -> String {
    match rng.u8(..4) {
        0 => format!("0{}:{:02}", rng.u8(..5), [0, 15, 30, 45][rng.usize(..4)]),
        1 => ["00:00", "24:00", "23:59", "09:00", "17:00"][rng.usize(..5)].to_owned(),
        2 => format!("{:02}:00", rng.u8(..24)),
        _ => format!("{:02}:{:02}", rng.u8(..24), rng.u8(..60)),
    }
}

/// A start, often within hours of a clock change: on a full hour, on a full minute, or at any microsecond.
fn now(rng: &mut Rng, era: &Era) -> i64 {
    let middle = era.start + BEFORE;
    let minute = match rng.u8(..4) {
        0 => middle + rng.i64(-180..180),
        1 => middle + rng.i64(-2880..1440),
        2 => (middle + rng.i64(-BEFORE + 60..2880)) / 60 * 60,
        _ => middle + rng.i64(-BEFORE..2880),
    };
    let within = [0, 0, 1, MINUTE - 1, rng.i64(0..MINUTE)][rng.usize(..5)];
    minute * MINUTE + within
}

/// An amount in minutes: round ones that end on edges, odd ones, hours, and sometimes a day or several.
fn minutes(rng: &mut Rng) -> f64 {
    match rng.u8(..16) {
        0..=5 => f64::from(rng.u32(1..40)) * 15.0,
        6..=8 => f64::from(rng.u32(1..600)),
        9..=11 => f64::from(rng.u32(1..600)) + rng.f64(),
        12 => rng.f64().max(1e-7),
        13 | 14 => f64::from(rng.u32(1..24)) * 60.0,
        _ => f64::from(rng.u32(1..10_000)),
    }
}
