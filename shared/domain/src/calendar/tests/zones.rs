//! What the search for clock changes takes for granted, asked of every zone in the database.

use chrono::{DateTime, FixedOffset, Offset};

use super::{super::stretch::STEP, *};

/// Half days from 1970 to 2100.
const HALF_DAYS: i64 = 130 * 365 * 2 + 2 * 32;

#[test]
fn no_change_is_taken_back_before_it_is_seen() {
    for zone in chrono_tz::TZ_VARIANTS {
        let offset = |half_day: i64| {
            let at = DateTime::from_timestamp(half_day * 43_200, 0).unwrap();
            zone.offset_from_utc_datetime(&at.naive_utc()).fix()
        };
        let (mut held, mut since, mut before) = (offset(0), 0, None::<FixedOffset>);
        for half_day in 1..HALF_DAYS {
            let now = offset(half_day);
            if now != held {
                let unseen = before == Some(now) && (half_day - since - 1) * DAY / 2 < STEP;
                assert!(!unseen, "{zone} was at {held} only until {}", half_day * 43_200);
                (before, since, held) = (Some(held), half_day, now);
            }
        }
    }
}
