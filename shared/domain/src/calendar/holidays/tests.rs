use chrono::{Datelike, Days, Weekday};
use proptest::prelude::*;

use super::*;
use crate::text::cut;

fn date(text: &str) -> NaiveDate {
    text.parse().unwrap()
}

/// A Sunday.
fn today() -> NaiveDate {
    date("2026-11-29")
}

fn read(text: &str) -> Preview {
    preview(text, today()).unwrap()
}

/// Dates and names, and what was left out with its line and reason.
fn told(preview: &Preview) -> (Vec<String>, Vec<String>) {
    let named = |holiday: &Holiday| format!("{} {}", holiday.date, holiday.name.as_deref().unwrap_or("-"));
    let left = |left: &LeftOut| format!("{} {} {}", left.line, left.reason.name(), left.what);
    (preview.holidays.iter().map(named).collect(), preview.left_out.iter().map(left).collect())
}

fn calendar(events: &[&str]) -> String {
    let event = |event: &&str| format!("BEGIN:VEVENT\n{event}\nEND:VEVENT\n");
    let events = events.iter().map(event).collect::<Vec<_>>().concat();
    format!("BEGIN:VCALENDAR\nVERSION:2.0\nPRODID:-//x//y//EN\n{events}END:VCALENDAR\n").replace('\n', "\r\n")
}

/// The dates of one event without a name, or the reason why it was left out.
fn one(event: &str) -> Result<Vec<String>, Reason> {
    let preview = read(&calendar(&[event]));
    match preview.left_out.as_slice() {
        [] => Ok(preview.holidays.iter().map(|holiday| holiday.date.to_string()).collect()),
        [left] => Err(left.reason),
        several => panic!("{several:?}"),
    }
}

#[test]
fn pasted_dates_may_have_names() {
    let preview = read(concat!(
        "2026-12-25 Christmas Day\n",
        "  2026-12-26\tBoxing   Day \r\n",
        "2027-01-01,New Year\n",
        "\"2027-05-01\",\"May Day, observed\"\n",
        "2027-10-03 - Tag der Einheit\n",
        "\n",
        "2026-12-25; Christmas Day\n",
        "2026-12-25: Noël\n",
        "2026-11-29\n",
        "1.5.27 May Day\n",
        "2027-02-30\n",
        "2026-12-25T10:00:00Z\n",
        "2026-12-24 - 2026-12-26 Christmas\n",
        "2026-11-28 yesterday\n",
        "2028-11-29 the last\n",
        "2028-11-30 later\n",
        "0100-12-25 long past\n",
        "0099-12-25 of two digits",
    ));
    let (dates, left) = told(&preview);
    assert_eq!(
        dates,
        [
            "2026-11-29 -",
            "2026-12-25 Christmas Day, Noël",
            "2026-12-26 Boxing Day",
            "2027-01-01 New Year",
            "2027-05-01 May Day, observed",
            "2027-10-03 Tag der Einheit",
            "2028-11-29 the last",
        ]
    );
    let expected = [
        "10 unreadable 1.5.27 May Day",
        "11 unreadable 2027-02-30",
        "12 unreadable 2026-12-25T10:00:00Z",
        "13 unreadable 2026-12-24 - 2026-12-26 Christmas",
        "14 past 2026-11-28 yesterday",
        "16 too_far 2028-11-30 later",
        "17 past 0100-12-25 long past",
        "18 unreadable 0099-12-25 of two digits",
    ];
    assert_eq!((left.as_slice(), preview.left_out_count), (expected.map(str::to_owned).as_slice(), 8));
    assert_eq!((preview.format, preview.from, preview.to), (Format::Dates, today(), date("2028-11-29")));
    assert_eq!(preview.most, 100);
}

#[test]
fn dates_are_read_as_people_write_them() {
    for written in [
        "2026-12-24",
        "2026/12/24",
        "24.12.2026",
        "24. 12. 2026.",
        "24/12/2026",
        "12/24/2026",
        "24-12-2026",
        "24 December 2026",
        "24. December 2026",
        "24 dec 2026",
        "24-Dec-2026",
        "24th of December, 2026",
        "Dec 24 2026",
        "Dec. 24th, 2026",
        "DECEMBER 24, 2026",
        "Thursday, 24 December 2026",
        "Thu Dec 24 2026",
    ] {
        assert_eq!(told(&read(&format!("{written} Eve"))), (vec!["2026-12-24 Eve".to_owned()], vec![]), "{written}");
        assert_eq!(told(&read(&format!("\"{written}\",\"Eve\""))), (vec!["2026-12-24 Eve".to_owned()], vec![]), "{written}");
        assert_eq!(told(&read(written)).0, ["2026-12-24 -"]);
    }
    assert_eq!(
        told(&read("1.5.2027\n3/3/2027\n9 Sept 2027 May Day 2")).0,
        ["2027-03-03 -", "2027-05-01 -", "2027-09-09 May Day 2"]
    );
}

#[test]
fn a_date_that_may_be_meant_otherwise_is_left_out_with_its_line() {
    for (written, reason) in [
        ("5/6/2027", "ambiguous"),
        ("05-06-2027 Day", "ambiguous"),
        ("24.12.26", "unreadable"),
        ("31/31/2027", "unreadable"),
        ("24 December", "unreadable"),
        ("December 2026", "unreadable"),
        ("30 February 2027", "unreadable"),
        ("24 Brumaire 2026", "unreadable"),
        ("24 Décembre 2026", "unreadable"),
        ("24 Ma 2027", "unreadable"),
        ("24-26 December 2026", "unreadable"),
        ("24 December 2026 to 26 December 2026", "unreadable"),
        ("24 December 2026 - 26 December", "unreadable"),
        ("2026-12-24/2026-12-26", "unreadable"),
        ("2026-12-24 and 5/6/2027", "unreadable"),
        ("24.12.2026 – 26.12.2026 Christmas", "unreadable"),
        ("Christmas Eve", "unreadable"),
    ] {
        assert_eq!(told(&read(written)), (vec![], vec![format!("1 {reason} {written}")]));
    }
}

/// What is said follows the bounds.
#[test]
fn the_reasons_name_the_bounds() {
    let mut lines = read("2030-01-01").left_out;
    lines.extend(read(&calendar(&vec!["DTSTART;VALUE=DATE:20261225"; MOST_EVENTS + 1])).left_out);
    let why: Vec<_> = lines.iter().map(|left| left.why.as_str()).collect();
    assert_eq!(why, ["It is more than 2 years ahead.", "It comes behind 1000 events, and no more are read."]);
}

#[test]
fn a_calendar_is_read_as_calendars_write_it() {
    let text = concat!(
        "\u{feff}BEGIN:VCALENDAR\r\n",
        "VERSION:2.0\r\n",
        "BEGIN:VTIMEZONE\r\nTZID:Europe/Berlin\r\nBEGIN:DAYLIGHT\r\nDTSTART:19700329T020000\r\n",
        "RRULE:FREQ=YEARLY;BYDAY=-1SU;BYMONTH=3\r\nEND:DAYLIGHT\r\nEND:VTIMEZONE\r\n",
        "BEGIN:VEVENT\r\n",
        "DTSTART;VALUE=DATE:20261225\r\n",
        "DTEND;VALUE=DATE:20261227\r\n",
        "SUMMARY;LANGUAGE=en;X-NOTE=\"a:b;c\":Christmas\\, Boxing Day\\; a very long na\r\n me that is fol\r\n\tded\\nover lines\r\n",
        "BEGIN:VALARM\r\nSUMMARY:An alarm\r\nDTSTART;VALUE=DATE:20270101\r\nEND:VALARM\r\n",
        "END:VEVENT\r\n",
        "begin:vevent\r\nsummary:Team meeting\r\ndtstart;TZID=\"Europe/Berlin\":20261201T090000\r\nend:vevent\r\n",
        "BEGIN:VTODO\r\nDTSTART;VALUE=DATE:20270202\r\nEND:VTODO\r\n",
        "BEGIN:VEVENT\r\nSUMMARY:Called off\r\nSTATUS:CANCELLED\r\nDTSTART;VALUE=DATE:20270303\r\nEND:VEVENT\r\n",
        "BEGIN:VEVENT\r\nSUMMARY:No date\r\nEND:VEVENT\r\n",
        "BEGIN:VEVENT\r\nSUMMARY:Cut off\r\nDTSTART;VALUE=DATE:20270404\r\n",
    );
    let preview = read(text);
    let (dates, left) = told(&preview);
    let name = "Christmas, Boxing Day; a very long name that is folded over lines";
    assert_eq!(dates, [format!("2026-12-25 {name}"), format!("2026-12-26 {name}")]);
    assert_eq!(left, ["21 timed Team meeting", "28 cancelled Called off", "33 unreadable No date", "36 unreadable Cut off"]);
    assert_eq!(preview.format, Format::Ics);
}

#[test]
fn an_event_covers_the_days_before_its_end() {
    for (event, dates) in [
        ("DTSTART;VALUE=DATE:20261224", &["2026-12-24"][..]),
        ("DTSTART:20261224", &["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261224", &["2026-12-24"]),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261227", &["2026-12-24", "2026-12-25", "2026-12-26"]),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P2D", &["2026-12-24", "2026-12-25"]),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P1DT0H0M0S", &["2026-12-24"]),
        // Those of the past and of a distant future are cut off.
        ("DTSTART;VALUE=DATE:20261101\nDTEND;VALUE=DATE:20261201", &["2026-11-29", "2026-11-30"]),
        ("DTSTART;VALUE=DATE:20281128\nDURATION:P1W", &["2028-11-28", "2028-11-29"]),
        ("DTSTART;VALUE=DATE:20281129\nDURATION:P1D", &["2028-11-29"]),
    ] {
        assert_eq!(one(event).unwrap(), dates, "{event}");
    }
    for (event, reason) in [
        ("DTSTART;VALUE=DATE:20261128", Reason::Past),
        ("DTSTART;VALUE=DATE:20251224\nDTEND;VALUE=DATE:20261129", Reason::Past),
        ("DTSTART;VALUE=DATE:20281130", Reason::TooFar),
        ("DTSTART;VALUE=DATE:20261224\nDTEND;VALUE=DATE:20261223", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:20261224\nDTEND:20261225T120000Z", Reason::Timed),
        ("DTSTART;VALUE=DATE:20261224\nDTEND:2026-12-27", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:three days", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P3Y", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:20261224\nDURATION:P1000000D", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:2027 1 2", Reason::Unreadable),
        ("DTSTART:20261224T000000Z", Reason::Timed),
        ("DTSTART;VALUE=DATE:20261324", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:2026-12-24", Reason::Unreadable),
        ("DTSTART;VALUE=DATE:20261224\nEXDATE;VALUE=DATE:20261224", Reason::NoneAhead),
        // On the first and on the last day that is taken.
        ("DTSTART;VALUE=DATE:20261129\nEXDATE;VALUE=DATE:20261129", Reason::NoneAhead),
        ("DTSTART;VALUE=DATE:20281129\nEXDATE;VALUE=DATE:20281129", Reason::NoneAhead),
    ] {
        assert_eq!(one(event), Err(reason), "{event}");
    }
    let fortnight = one("DTSTART;VALUE=DATE:20261224\nDURATION:P2W").unwrap();
    assert_eq!((fortnight.len(), fortnight[13].as_str()), (14, "2027-01-06"));
    assert_eq!(one("DTSTART;VALUE=DATE:20261224\nDURATION:P999999D").unwrap().len(), 707, "to the last date that is taken");
    assert_eq!(one("DTSTART;VALUE=DATE:00010101\nDTEND;VALUE=DATE:99991231").unwrap().len(), 732);
}

#[test]
fn an_event_may_recur_yearly() {
    for (event, dates) in [
        ("DTSTART;VALUE=DATE:20001225\nRRULE:FREQ=YEARLY", &["2026-12-25", "2027-12-25"][..]),
        ("DTSTART;VALUE=DATE:20001224\nDTEND;VALUE=DATE:20001226\nRRULE:FREQ=YEARLY;INTERVAL=3", &["2027-12-24", "2027-12-25"]),
        ("DTSTART;VALUE=DATE:20240229\nRRULE:FREQ=YEARLY", &["2028-02-29"]),
        ("DTSTART;VALUE=DATE:20201126\nRRULE:FREQ=YEARLY;BYMONTH=11;BYDAY=4TH", &["2027-11-25", "2028-11-23"]),
        ("DTSTART;VALUE=DATE:20200525\nRRULE:BYDAY=-1MO;BYMONTH=5;FREQ=YEARLY;WKST=SU", &["2027-05-31", "2028-05-29"]),
        (
            "DTSTART;VALUE=DATE:20201103\nRRULE:FREQ=YEARLY;INTERVAL=4;BYMONTH=11;BYDAY=TU;BYMONTHDAY=2,3,4,5,6,7,8",
            &["2028-11-07"],
        ),
        (
            "DTSTART;VALUE=DATE:20200131\nRRULE:FREQ=YEARLY;BYMONTH=1,2;BYMONTHDAY=-1",
            &["2027-01-31", "2027-02-28", "2028-01-31", "2028-02-29"],
        ),
        ("DTSTART;VALUE=DATE:20200106\nRRULE:FREQ=YEARLY;BYDAY=1MO", &["2027-01-04", "2028-01-03"]),
        ("DTSTART;VALUE=DATE:20200106\nRRULE:FREQ=YEARLY;BYMONTH=3", &["2027-03-06", "2028-03-06"]),
        ("DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY;COUNT=2", &["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY;UNTIL=20271224T235959Z", &["2026-12-25"]),
        ("DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY;UNTIL=20271225", &["2026-12-25", "2027-12-25"]),
        ("DTSTART;VALUE=DATE:20251225\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261225,20281225", &["2027-12-25"]),
        ("DTSTART;VALUE=DATE:20200101\nRDATE;VALUE=DATE:20270105,20270103", &["2027-01-03", "2027-01-05"]),
        // It began before the window, and reaches into it.
        ("DTSTART;VALUE=DATE:20201127\nDURATION:P4D\nRRULE:FREQ=YEARLY;COUNT=7", &["2026-11-29", "2026-11-30"]),
    ] {
        assert_eq!(one(event).unwrap(), dates, "{event}");
    }
    for (event, reason) in [
        ("RRULE:FREQ=MONTHLY", Reason::Rule),
        ("RRULE:FREQ=WEEKLY;BYDAY=MO", Reason::Rule),
        ("RRULE:FREQ=YEARLY;BYWEEKNO=20", Reason::Rule),
        ("RRULE:FREQ=YEARLY;BYSETPOS=1;BYDAY=MO", Reason::Rule),
        ("RRULE:FREQ=YEARLY;INTERVAL=0", Reason::Rule),
        ("RRULE:FREQ=YEARLY;COUNT=x", Reason::Rule),
        ("RRULE:FREQ=YEARLY;UNTIL=soon", Reason::Rule),
        ("RRULE:FREQ=YEARLY;BYDAY=0MO", Reason::Rule),
        ("RRULE:FREQ=YEARLY;BYDAY=1XX", Reason::Rule),
        ("RRULE:FREQ=YEARLY;BYMONTH=13", Reason::Rule),
        ("RRULE:COUNT=3", Reason::Rule),
        ("RRULE:yearly", Reason::Rule),
        ("RRULE:FREQ=YEARLY\nRRULE:FREQ=YEARLY;BYMONTH=3", Reason::Rule),
        ("RRULE:FREQ=YEARLY\nEXRULE:FREQ=YEARLY;BYMONTH=3", Reason::Rule),
        ("RRULE:FREQ=YEARLY\nDURATION:P367D", Reason::Rule),
        ("RRULE:FREQ=YEARLY;UNTIL=20251231", Reason::Past),
        ("RRULE:FREQ=YEARLY;COUNT=3", Reason::NoneAhead),
        ("RRULE:FREQ=YEARLY;INTERVAL=50", Reason::NoneAhead),
        ("RRULE:FREQ=YEARLY;INTERVAL=50;UNTIL=20301231", Reason::NoneAhead),
    ] {
        assert_eq!(one(&format!("DTSTART;VALUE=DATE:20200601\n{event}")), Err(reason), "{event}");
    }
    assert_eq!(one("DTSTART;VALUE=DATE:20290601\nRRULE:FREQ=YEARLY"), Err(Reason::TooFar));
    assert_eq!(one("DTSTART;VALUE=DATE:20050601\nRRULE:FREQ=YEARLY;COUNT=99"), Err(Reason::Rule), "counted for too long");
    let counted = one("DTSTART;VALUE=DATE:20060601\nRRULE:FREQ=YEARLY;COUNT=99");
    assert_eq!(counted.unwrap(), ["2027-06-01", "2028-06-01"], "twenty years");
    let year = one("DTSTART;VALUE=DATE:20200601\nDURATION:P366D\nRRULE:FREQ=YEARLY");
    assert_eq!(year.unwrap().len(), 732, "it begins again before it ends");
}

#[test]
fn the_first_of_each_weekday_of_a_month_is_found() {
    // March begins on a Monday in 2027, and on a Wednesday in 2028.
    for (day, first, second) in [("MO", 1, 6), ("TU", 2, 7), ("WE", 3, 1), ("TH", 4, 2), ("FR", 5, 3), ("SA", 6, 4), ("SU", 7, 5)]
    {
        let dates = one(&format!("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;BYMONTH=3;BYDAY=1{day}"));
        assert_eq!(dates.unwrap(), [format!("2027-03-0{first}"), format!("2028-03-0{second}")], "{day}");
    }
}

#[test]
fn a_name_or_an_id_counts_when_it_is_first_given() {
    let text = calendar(&[
        "UID:a\nUID:b\nSUMMARY:Outing\nSUMMARY:Other\nDTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY",
        "UID:a\nSUMMARY:Moved\nRECURRENCE-ID;VALUE=DATE:20270601\nDTSTART;VALUE=DATE:20270604",
    ]);
    assert_eq!(told(&read(&text)), (vec!["2027-06-04 Moved".to_owned(), "2028-06-01 Outing".to_owned()], vec![]));
}

#[test]
fn what_stands_behind_an_alarm_is_the_events_own() {
    let alarm = "BEGIN:VALARM\nSUMMARY:An alarm\nEND:VALARM";
    let text = calendar(&[&format!("{alarm}\n{alarm}\nSUMMARY:Eve\nDTSTART;VALUE=DATE:20261224")]);
    assert_eq!(told(&read(&text)), (vec!["2026-12-24 Eve".to_owned()], vec![]));
}

/// A beginning ends the event before it, which is told of. What comes after stays.
#[test]
fn an_event_without_an_end_hides_no_other() {
    let text = concat!(
        "BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:Open\nDTSTART:20261224\nBEGIN:VALARM\n",
        "BEGIN:VEVENT\nSUMMARY:One\nDTSTART:20261225\nEND:VALARM\nEND:VEVENT\n",
        "BEGIN:VEVENT\nSUMMARY:Two\nDTSTART:20261226\nEND:VEVENT\nEND:VCALENDAR\n",
    );
    let (dates, left) = told(&read(text));
    assert_eq!(dates, ["2026-12-25 One", "2026-12-26 Two"]);
    assert_eq!(left, ["2 unreadable Open"]);
}

#[test]
fn a_name_with_a_comma_is_one_name() {
    let twice = calendar(&["DTSTART:20270501\nSUMMARY:May Day\\, observed"; 2]);
    assert_eq!(told(&read(&twice)).0, ["2027-05-01 May Day, observed"]);
}

/// An occurrence may be moved by an event of its own.
#[test]
fn an_occurrence_may_be_replaced() {
    let text = calendar(&[
        "UID:a\nSUMMARY:Outing\nDTSTART;VALUE=DATE:20260601\nRRULE:FREQ=YEARLY;BYMONTH=6,7",
        "UID:a\nSUMMARY:Outing, moved\nRECURRENCE-ID;VALUE=DATE:20270601\nDTSTART;VALUE=DATE:20270604",
        "UID:a\nSUMMARY:Outing, called off\nSTATUS:CANCELLED\nRECURRENCE-ID;VALUE=DATE:20280601\nDTSTART;VALUE=DATE:20280601",
        "UID:b\nSUMMARY:Another\nDTSTART;VALUE=DATE:20270601",
    ]);
    let (dates, left) = told(&read(&text));
    assert_eq!(dates, ["2027-06-01 Another", "2027-06-04 Outing, moved", "2027-07-01 Outing", "2028-07-01 Outing"]);
    assert_eq!(left, ["16 cancelled Outing, called off"]);
}

#[test]
fn names_are_short_and_on_one_line() {
    let long = format!("2026-12-25 {}\n2026-12-25 {}", "é".repeat(150), "x".repeat(50));
    assert_eq!(read(&long).holidays[0].name.as_deref(), Some("é".repeat(100).as_str()));
    let odd = calendar(&["DTSTART;VALUE=DATE:20261225\nSUMMARY: a\\n\u{7}b\u{a0}  c "]);
    assert_eq!(told(&read(&odd)).0, ["2026-12-25 a b c"]);
    assert_eq!(read(&calendar(&["DTSTART;VALUE=DATE:20261225\nSUMMARY: \\n"])).holidays[0].name, None);
    let wide = calendar(&[&format!("DTSTART;VALUE=DATE:20261225\nSUMMARY:a{}b", " ".repeat(200))]);
    assert_eq!(told(&read(&wide)).0, ["2026-12-25 a b"]);
    let trees = "\u{1f384}".repeat(30);
    assert_eq!(told(&read(&format!("2026-12-25 {trees}\n2026-12-25 Noël"))).0, [format!("2026-12-25 {trees}, Noël")]);
}

#[test]
fn what_is_left_out_is_counted_and_partly_shown() {
    let preview = read(&"x\n".repeat(250));
    assert_eq!((preview.left_out.len(), preview.left_out_count, preview.holidays.len()), (100, 250, 0));
    let many = calendar(&vec!["DTSTART;VALUE=DATE:20261225\nSUMMARY:One"; 1003]);
    let preview = read(&many);
    assert_eq!((preview.holidays.len(), preview.left_out_count, preview.left_out[0].reason), (1, 3, Reason::TooMany));
    assert_eq!(read(&"x".repeat(256 * 1024)).left_out_count, 1);
    for (text, reason) in
        [("", "Can't be empty."), (" \n\u{feff}", "Can't be empty."), (&"x".repeat(MOST_BYTES + 1), "Can have at most 256 KB.")]
    {
        let refused = preview_refused(text);
        assert_eq!((refused.place.as_str(), refused.reason.as_str()), ("text", reason));
    }
}

fn preview_refused(text: &str) -> Invalid {
    preview(text, today()).unwrap_err()
}

/// Text that would cost a careless reader much: depth, length, and rules whose dates are many.
#[test]
fn hostile_calendars_are_read() {
    let size = MOST_BYTES - 100;
    let fill = |unit: &str| unit.repeat(size / unit.len());
    let every_day = "BEGIN:VEVENT\nDTSTART:20070101\nRRULE:FREQ=YEARLY;COUNT=99999;BYDAY=SU,MO,TU,WE,TH,FR,SA\nEND:VEVENT\n";
    let long = "BEGIN:VEVENT\nDTSTART:00010101\nDTEND:99991231\nSUMMARY:x\nEND:VEVENT\n";
    let one_rule = |part: &str| {
        let part = part.trim_end_matches(',');
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20070101\nRRULE:FREQ=YEARLY;COUNT=99999;{part}\nEND:VEVENT\n")
    };
    for text in [
        format!("BEGIN:VCALENDAR\n{}", fill("BEGIN:VEVENT\n")),
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\n{}", fill("BEGIN:A\n")),
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY:{}", fill("\n x")),
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nSUMMARY{}", fill(";A=\"b\"")),
        format!("BEGIN:VCALENDAR\nBEGIN:VEVENT\nDTSTART:20270101\nEXDATE:{}\nEND:VEVENT", fill("20270101,")),
        format!("BEGIN:VCALENDAR\n{}", fill(every_day)),
        format!("BEGIN:VCALENDAR\n{}", fill(long)),
        one_rule(&format!("BYMONTHDAY={}", fill("1,"))),
        one_rule(&format!("BYDAY={}", fill("MO,"))),
        fill("2027-01-01 x\n"),
    ] {
        let began = std::time::Instant::now();
        let preview = read(&text);
        // Each takes a fraction of a second; what grows with days times rules takes minutes.
        assert!(began.elapsed().as_secs() < 30, "{}", cut(&text, 120));
        assert!(preview.holidays.len() <= 732 && preview.left_out.len() <= 100);
    }
}

/// Any dates within the window are found, whatever is around them.
fn content() -> impl Strategy<Value = String> {
    let line = prop_oneof![
        Just("BEGIN:VEVENT".to_owned()),
        Just("END:VEVENT".to_owned()),
        Just("BEGIN:VALARM".to_owned()),
        Just("END:VCALENDAR".to_owned()),
        "[ -~é]{0,20}",
        "(DTSTART|DTEND|EXDATE|RDATE|RECURRENCE-ID)(;VALUE=DATE)?:[0-9]{0,4}(01|12|13)(28|29|30|31)(T1)?",
        "(RRULE|EXRULE):FREQ=YEARLY;(COUNT|INTERVAL|BYMONTH|BYMONTHDAY|BYDAY|UNTIL|X)=-?[0-9]{0,9}(MO|,|;)?",
        "DURATION:P[0-9]{0,9}[DWTX]",
        "(SUMMARY|UID|STATUS)[;:=\"\\\\, a-z]{0,12}",
        "[ \\t]\\PC{0,5}",
    ];
    let lines = prop::collection::vec((line, prop_oneof![Just("\n"), Just("\r\n"), Just("\r")]), 0..40);
    lines.prop_map(|lines| lines.into_iter().map(|(line, end)| line + end).collect())
}

/// A simple second reading of a yearly rule: the n-th weekday of a month is found by walking along the month.
fn nth_weekday(year: i32, month: u32, nth: i64, weekday: Weekday) -> Option<NaiveDate> {
    let first = NaiveDate::from_ymd_opt(year, month, 1)?;
    let mut days: Vec<_> =
        first.iter_days().take_while(|day| day.month() == month).filter(|day| day.weekday() == weekday).collect();
    if nth < 0 {
        days.reverse();
    }
    days.get(usize::try_from(nth.abs() - 1).ok()?).copied()
}

proptest! {
    #[test]
    fn any_text_is_read(text in any::<String>(), content in content(), today in 0..4_000_000_u64) {
        let today = NaiveDate::MIN.checked_add_days(Days::new(today * 40)).unwrap();
        for text in [text.clone(), content.clone(), format!("BEGIN:VCALENDAR\n{text}"), format!("BEGIN:VCALENDAR\n{content}")] {
            let Ok(preview) = preview(&text, today) else { continue };
            prop_assert!(preview.holidays.is_sorted_by(|one, next| one.date < next.date));
            prop_assert!(preview.holidays.iter().all(|holiday| (preview.from..=preview.to).contains(&holiday.date)));
            prop_assert!(preview.left_out.len() <= preview.left_out_count);
        }
    }

    /// What a calendar says is found, however its lines are folded.
    #[test]
    fn what_is_written_is_read(days in prop::collection::btree_map(0..731_u64, "[a-zé]{1,30}", 0..20), fold in 1..20_usize) {
        let on = |day: u64| today().checked_add_days(Days::new(day)).unwrap();
        let folded = |line: String| {
            let letters: Vec<_> = line.chars().collect();
            letters.chunks(fold).map(String::from_iter).collect::<Vec<_>>().join("\n ")
        };
        let event = |(day, name): (&u64, &String)| {
            let lines = [format!("DTSTART;VALUE=DATE:{}", on(*day).format("%Y%m%d")), format!("SUMMARY:{name}")];
            lines.map(folded).join("\n")
        };
        let events: Vec<_> = days.iter().map(event).collect();
        let text = calendar(&events.iter().map(String::as_str).collect::<Vec<_>>());
        let expected: Vec<_> = days.iter().map(|(day, name)| format!("{} {name}", on(*day))).collect();
        prop_assert_eq!(told(&read(&text)), (expected.clone(), Vec::new()));
        let lines: Vec<_> = expected.iter().rev().cloned().collect();
        if !lines.is_empty() {
            prop_assert_eq!(told(&read(&lines.join("\n"))), (expected, Vec::new()));
        }
    }

    #[test]
    fn weekdays_of_months_are_counted(
        month in 1..=12_u32, nth in prop::sample::select(vec![-5_i64, -2, -1, 1, 2, 5]), day in 0..7_u8,
    ) {
        let weekday = Weekday::try_from(day).unwrap();
        let name = weekday.to_string()[..2].to_uppercase();
        let event = format!("DTSTART;VALUE=DATE:20200101\nRRULE:FREQ=YEARLY;BYMONTH={month};BYDAY={nth}{name}");
        let expected = (2026..=2028).filter_map(|year| nth_weekday(year, month, nth, weekday));
        let expected: Vec<_> =
            expected.filter(|date| (today()..=self::date("2028-11-29")).contains(date)).map(|date| date.to_string()).collect();
        prop_assert_eq!(one(&event), if expected.is_empty() { Err(Reason::NoneAhead) } else { Ok(expected) });
    }
}
