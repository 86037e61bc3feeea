//! What the search for clock changes takes for granted, asked of every zone in the database.

use chrono::{DateTime, Offset};

use super::*;

/// Hours since the epoch, until 2100.
const HOURS: i64 = 130 * 365 * 24 + 32 * 24;

#[test]
#[ignore = "asks every zone about every hour of 130 years; run it after a new version of chrono-tz"]
fn no_zone_changes_and_changes_back_within_a_week() {
    for zone in chrono_tz::TZ_VARIANTS {
        let offset =
            |hour: i64| zone.offset_from_utc_datetime(&DateTime::from_timestamp(hour * 3600, 0).unwrap().naive_utc()).fix();
        let mut before = offset(0);
        let mut changes: Vec<(i64, chrono::FixedOffset)> = Vec::new();
        for hour in 1..HOURS {
            let now = offset(hour);
            if now == before {
                continue;
            }
            changes.retain(|(at, _)| hour - at <= 7 * 24);
            assert!(changes.iter().all(|(_, was)| *was != now), "{zone} before {}", hour * 3600);
            changes.push((hour, before));
            before = now;
        }
    }
}
