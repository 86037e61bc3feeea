use std::{hint::black_box, time::Instant};

use super::*;

/// `cargo test --release -p lambdesk-domain calendar -- --ignored --nocapture` prints the figures.
#[test]
#[ignore = "measures; meaningful in release builds"]
fn a_deadline_a_year_away_takes_less_than_20_microseconds() {
    let holidays: Vec<NaiveDate> = (0..5).flat_map(|year| (1..=12).map(move |month| (2026 + year, month))).map(first).collect();
    let lunch = every(&WORKDAYS, &[("09:00", "12:30"), ("13:00", "17:00")]);
    let zones = [Zone::UTC, zone("America/New_York"), zone("Australia/Lord_Howe"), zone("Africa/Casablanca")];
    for (name, holidays) in [("no holidays", &[][..]), ("a holiday a month", &holidays)] {
        for zone in zones {
            let schedule = Schedule::new(zone, &lunch, holidays.iter().copied()).unwrap();
            let now = utc("2026-03-02 09:00");
            for (span, amount) in [("1 day", 1.0), ("1 year", 258.0), ("4.9 years", 1200.0)] {
                let due = deadline(now, amount, Day, &schedule).unwrap();
                let rounds = 5000;
                let began = Instant::now();
                for _ in 0..rounds {
                    black_box(deadline(black_box(now), black_box(amount), Day, &schedule)).unwrap();
                }
                let each = began.elapsed() / rounds;
                println!("{name}, {zone}, {span} (due {due}): {each:?}");
                assert!(cfg!(debug_assertions) || span != "1 year" || each.as_nanos() < 20_000, "{each:?}");
            }
        }
    }
}

fn first((year, month): (i32, u32)) -> NaiveDate {
    NaiveDate::from_ymd_opt(year, month, 1).unwrap()
}
