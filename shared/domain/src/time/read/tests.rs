use proptest::prelude::*;

use super::*;
use crate::Timestamp;

const HOUR: i64 = 3_600_000_000;

#[test]
fn what_clients_write_is_one_instant() {
    // 24 December 2026, 15:00 UTC.
    let at = 1_798_124_400_000_000;
    for text in [
        "2026-12-24T15:00Z",
        "2026-12-24T15:00z",
        "2026-12-24t15:00:00z",
        "2026-12-24T15:00:00Z",
        "2026-12-24T15:00:00.000Z",
        "2026-12-24T15:00:00.0000000Z",
        "2026-12-24T15:00:00,000Z",
        "2026-12-24T15:00:00.000000000000000000Z",
        "2026-12-24 15:00:00Z",
        "2026-12-24 15:00",
        "2026-12-24T15:00",
        "2026-12-24T15:00:00",
        "2026-12-24T15:00:00+00:00",
        "2026-12-24T15:00:00-00:00",
        "2026-12-24T16:00:00+01:00",
        "2026-12-24T16:00+01:00",
        "2026-12-24T16:00:00+0100",
        "2026-12-24T16:00+0100",
        "2026-12-24T16:00:00+01",
        "2026-12-24 16:00:00+01",
        "2026-12-24T20:45:00+0545",
        "2026-12-24T07:00:00-08:00",
        "2026-12-24T07:00-08",
        "2026-12-24T16:00+01:00[Europe/Paris]",
        "2026-12-24T16:00:00.000+01:00[Europe/Paris]",
        "2026-12-24 16:00:00 +0100",
        "2026-12-24 16:00:00 +01:00",
        "2026-12-24 15:00:00 UTC",
        "2026-12-24 15:00:00 +0000 UTC",
        "2026-12-24T16:00:00 01:00",
        "2026-12-24T16:00:00.000 0100",
        "2026-12-24 16:00:00  0100",
        "20261224T150000Z",
        "20261224T1500Z",
        "20261224T160000+0100",
        " 2026-12-24T15:00Z\n",
    ] {
        assert_eq!(read(text), Some(at), "{text}");
    }
    assert_eq!(read("2026-12-24T15:00:00.1234567890123Z"), Some(at + 123_456));
    assert_eq!(read("2026-12-24T15:00:00,5+00:00"), Some(at + 500_000));
    assert_eq!(read("2026-12-31T23:59:60Z"), read("2026-12-31T23:59:59Z"));
    assert_eq!(read("9999-12-31T23:59:59.999999Z"), Some(253_402_300_799_999_999));
}

#[test]
fn what_is_none_is_refused() {
    for text in [
        "",
        " ",
        "T",
        "yesterday",
        "2026-12-24",
        "20261224",
        "1798124400",
        "1798124400000",
        "2026-12-24T",
        "2026-12-24TZ",
        "T15:00Z",
        "2026-12-24T24:00:00Z",
        "2026-12-24T25:00Z",
        "2026-12-24T15:60Z",
        "2026-12-24T15:00:61Z",
        "2026-13-01T00:00Z",
        "2026-02-29T00:00Z",
        "2026-12-24T15:00:00.Z",
        "2026-12-24T15:00:00ZZ",
        "2026-12-24T15:00:00Z+01:00",
        "2026-12-24T15:00+24:00",
        "2026-12-24T15:00+1",
        "2026-12-24T15:00+01:",
        "2026-12-24T15:00[Europe/Paris]",
        "2026-12-24T15:00 CET",
        "2026-W52-4T15:00Z",
        "2026-358T15:00Z",
        "24.12.2026 15:00",
        "12/24/2026 15:00",
        "Thu, 24 Dec 2026 15:00:00 GMT",
        "２０２６-12-24T15:00Z",
        "2026-12-24T15:00\u{2212}01:00",
        "2026-12-24+15:00Z",
    ] {
        assert_eq!(read(text), None, "{text}");
    }
}

#[test]
fn text_of_over_a_hundred_characters_is_not_read() {
    let text = |digits| format!("2026-12-24T15:00:00.{}Z", "0".repeat(digits));
    assert_eq!((text(79).len(), read(&text(79)), read(&text(80))), (100, Some(1_798_124_400_000_000), None));
}

/// How a client writes an instant, in one of several styles.
fn written(at: i64, ahead: i64, style: u8, digits: usize) -> String {
    let shown = DateTime::constant(1970, 1, 1, 0, 0, 0, 0) + jiff::SignedDuration::from_micros(at + ahead * 60_000_000);
    let (hours, minutes) = (ahead.abs() / 60, ahead.abs() % 60);
    let sign = if ahead < 0 { '-' } else { '+' };
    let separator = ['T', 't', ' '][usize::from(style % 3)];
    let seconds = shown.strftime("%S").to_string();
    let fraction = format!("{:06}{}", at.rem_euclid(1_000_000), "7".repeat(digits));
    // Like Java, this style leaves out seconds of zero.
    let seconds = match (at.rem_euclid(60_000_000), style / 3 % 3) {
        (0, 0) => String::new(),
        (_, 1) => format!(":{seconds},{fraction}"),
        _ => format!(":{seconds}.{fraction}"),
    };
    let offset = match style / 9 % 5 {
        0 if ahead == 0 => "Z".to_owned(),
        1 if ahead == 0 => "z".to_owned(),
        2 if minutes == 0 => format!("{sign}{hours:02}"),
        3 => format!("{sign}{hours:02}{minutes:02}"),
        4 => format!(" {sign}{hours:02}{minutes:02}"),
        _ => format!("{sign}{hours:02}:{minutes:02}"),
    };
    format!("{}{separator}{}{seconds}{offset}", shown.strftime("%Y-%m-%d"), shown.strftime("%H:%M"))
}

proptest! {
    #[test]
    fn however_it_is_written(
        at in prop_oneof![24 * HOUR..250_000_000_000_000_000, (1..2_000_000_i64).prop_map(|minutes| minutes * 60_000_000 + 24 * HOUR)],
        ahead in prop_oneof![Just(0), (-14..=14_i64).prop_map(|hours| hours * 60), -1000..1000_i64],
        style in any::<u8>(),
        digits in 0..20_usize,
    ) {
        let text = written(at, ahead, style, digits);
        prop_assert_eq!(text.parse(), Ok(Timestamp::from_micros(at).unwrap()), "{}", text);
    }

    #[test]
    fn junk_is_refused_and_breaks_nothing(junk in ".{0,40}", at in 0..30_usize, byte in any::<char>()) {
        let _ = read(&junk);
        let mut text: Vec<char> = "2026-12-24T15:00:00.123+01:00[Europe/Paris]".chars().collect();
        text[at] = byte;
        let text: String = text.into_iter().collect();
        if let Some(read) = read(&text) {
            prop_assert!(text.is_ascii() && read < 400_000_000_000_000_000, "{}", text);
        }
    }
}
