use super::*;
use crate::{create::open, testing::draft_of, ticket::Fields};

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

#[test]
fn a_deadline_has_one_of_three_states() {
    let state = |due| SlaState::of_deadline(at(due), at(10_000));
    assert_eq!(
        [state(9_999), state(10_000), state(13_600), state(13_601)],
        [SlaState::Breached, SlaState::Breached, SlaState::AtRisk, SlaState::OnTrack]
    );
    assert!(SlaState::ALL.into_iter().all(|state| SlaState::parse(state.name()) == Some(state)));
}

#[test]
fn a_resolved_ticket_is_in_no_state_and_has_no_place_by_its_deadline() {
    let late = Ticket { sla_due_at: Some(at(5)), ..ticket("Ada", "a@b.c") };
    let by_due = Order::parse("sla_due_at");
    for status in Status::ALL.iter().copied() {
        for (due, state) in [(Some(at(5)), SlaState::Breached), (None, SlaState::Without)] {
            let ticket = Ticket { fields: Fields { status, ..Fields::default() }, sla_due_at: due, ..late.clone() };
            let runs = status != Status::Resolved;
            assert_eq!(SlaState::of(&ticket, at(10)), runs.then_some(state), "{status:?}");
            assert_eq!(by_due.place(&ticket).at, due.filter(|_| runs), "{status:?}");
            let shown = crate::sla::Standing::of(&ticket, at(10)).name().replace('_', "-");
            assert_eq!(shown, if runs { state.name() } else { "none" });
            for asked in SlaState::ALL {
                let filter = Filter { sla: Some(vec![asked]), ..Filter::default() };
                assert_eq!(filter.admits(&ticket, at(10)), runs && asked == state, "{status:?} {asked:?}");
            }
        }
    }
}

#[test]
fn dates_are_absolute_relative_or_none() {
    let now = "2026-03-12T10:00:00Z".parse().unwrap();
    let from = |text: &str| read_from(text, now).map(|at| at.map(|at| at.to_string()));
    let to = |text: &str| read_to(text, now).map(|at| at.map(|at| at.to_string()));
    assert_eq!(from("2026-01-02").unwrap().unwrap(), "2026-01-02T00:00:00.000000Z");
    assert_eq!(to("2026-01-02").unwrap().unwrap(), "2026-01-02T23:59:59.999999Z");
    assert_eq!(to("2026-01-02T03:04:05Z").unwrap().unwrap(), "2026-01-02T03:04:05.000000Z");
    assert_eq!(from("2026-01-02T03:04:05+02:00").unwrap().unwrap(), "2026-01-02T01:04:05.000000Z");
    assert_eq!(from("-7d").unwrap().unwrap(), "2026-03-05T10:00:00.000000Z");
    assert_eq!(from("-24h").unwrap().unwrap(), "2026-03-11T10:00:00.000000Z");
    for (back, at) in [("-2w", "2026-02-26"), ("-1m", "2026-02-10"), ("-1y", "2025-03-12"), ("-0d", "2026-03-12")] {
        assert_eq!(from(back).unwrap().unwrap(), format!("{at}T10:00:00.000000Z"), "{back}");
    }
    assert_eq!((from("all"), from(""), from(" ")), (Ok(None), Ok(None), Ok(None)));
    for bad in ["yesterday", "-7", "-d", "--7d", "-7dd", "7d", "2026-13-01", "2026-02-30", "-é", "-99999999999999999999d"] {
        assert_eq!(from(bad), Err(BadDate), "{bad}");
    }
}

#[test]
fn an_order_is_a_word_or_the_default() {
    for word in ["updated_at", "-created_at", "ticket_number", "-sla_due_at"] {
        assert_eq!(Order::parse(word).name(), word);
    }
    for word in ["", "-", "priority", "--updated_at", "snoozed_until"] {
        assert_eq!(Order::parse(word), Order::default(), "{word}");
    }
    let place = |due: Option<i64>, number| Position { at: due.map(at), number, id: TicketId(uuid::Uuid::nil()) };
    let sorted = |order: &str| {
        let mut places = [place(None, 4), place(Some(2), 3), place(Some(1), 2), place(None, 1), place(Some(1), 5)];
        places.sort_by(|one, other| Order::parse(order).compare(one, other));
        places.map(|place| place.number)
    };
    assert_eq!(sorted("sla_due_at"), [2, 5, 3, 1, 4], "without a deadline last");
    assert_eq!(sorted("-sla_due_at"), [3, 5, 2, 4, 1]);
}

#[test]
fn a_span_includes_both_its_ends_and_is_open_where_none_is_given() {
    let within = |from: Option<i64>, to: Option<i64>| {
        let span = Span { from: from.map(at), to: to.map(at) };
        [1, 2, 4, 5].map(|second| span.contains(at(second)))
    };
    assert_eq!(within(Some(2), Some(4)), [false, true, true, false]);
    assert_eq!((within(Some(2), None), within(None, Some(4))), ([false, true, true, true], [true, true, true, false]));
}

#[test]
fn a_ticket_stands_by_the_time_that_the_order_goes_by() {
    let ticket = Ticket { updated_at: at(9), sla_due_at: Some(at(5)), ..ticket("Ada", "a@b.c") };
    for (word, by) in [("updated_at", Some(at(9))), ("created_at", None), ("ticket_number", None), ("sla_due_at", Some(at(5)))] {
        let place = Position { at: by, number: 42, id: ticket.id };
        assert_eq!((Order::parse(word).place(&ticket), Order::parse(&format!("-{word}")).place(&ticket)), (place, place));
    }
}

#[test]
fn beside_a_ticket_is_the_very_next_place() {
    let place = |micros: Option<i64>, number| Position {
        at: micros.and_then(Timestamp::from_micros),
        number,
        id: TicketId(uuid::Uuid::from_u128(7)),
    };
    for (word, timed, number, first, last) in
        [("updated_at", Some(11), 42, Some(10), Some(12)), ("-updated_at", Some(11), 42, Some(12), Some(10))]
    {
        let beside = |behind| Order::parse(word).beside(place(timed, number), behind);
        assert_eq!((beside(false), beside(true)), (place(first, number), place(last, number)), "{word}");
    }
    for (word, first, last) in [("created_at", 41, 43), ("-ticket_number", 43, 41), ("sla_due_at", 41, 43)] {
        let beside = |behind| Order::parse(word).beside(place(None, 42), behind);
        assert_eq!((beside(false), beside(true)), (place(None, first), place(None, last)), "{word}");
    }
}

fn ticket(name: &str, email: &str) -> Ticket {
    open(draft_of(name, email), TicketId(uuid::Uuid::nil()), 42, at(1), 0).0
}

#[test]
fn search_is_by_number_or_by_the_beginnings_of_words() {
    let ticket = ticket("José Ångström-Müller", "j.angstrom@Mail.Example.com");
    let finds = |text: &str| Search::read(text).unwrap().is_some_and(|search| search.finds(&ticket));
    for found in ["42", "#42", " jose ", "JOSÉ", "ang jo", "muller", "angstrom@mail", "j.angstrom@mail.example.com", "mail exam"]
    {
        assert!(finds(found), "{found}");
    }
    for missed in ["4", "#4", "ose", "jose x", "example.org", "", " ", "-", "@"] {
        assert!(!finds(missed), "{missed}");
    }
    assert_eq!(Search::read(&"x".repeat(201)), Err(BadSearch));
    assert!(Search::read(&"é".repeat(200)).is_ok());
    let number = |text: &str| Search::read(text).unwrap().unwrap().number();
    assert_eq!([number("42"), number(" #42"), number("42a"), number("#")], [Some(42), Some(42), None, None]);
    assert_eq!(number("99999999999999999999999"), None, "no number is that large");
}

#[test]
fn a_search_without_a_word_finds_nobody() {
    let named = [ticket("🦊", "@"), ticket("# \"", "x@y.z")];
    for text in ["🦊", "@", "#", "\"", "-", "🦊 @"] {
        let search = Search::read(text).unwrap().unwrap();
        assert!(named.iter().all(|ticket| !search.finds(ticket)), "{text}");
    }
    for text in ["", " ", "\u{200b}", "\u{301} "] {
        assert_eq!(Search::read(text), Ok(None), "{text:?} is no search");
    }
}

#[test]
fn names_of_any_script_are_found() {
    for (name, searches) in [
        ("Łukasz Wójcik", vec!["lukasz", "łukasz", "WOJ"]),
        ("Søren Ødegård", vec!["odegard", "ødegård", "sore"]),
        ("Đặng Thị Hà", vec!["dang", "ha thi"]),
        ("علی\u{200c}رضا", vec!["علیرضا", "علی\u{200c}رضا"]),
        ("山田太郎", vec!["太郎", "田太", "山田太郎", "郎"]),
        ("김민수", vec!["민수", "김", "수"]),
        ("สมชาย ใจดี", vec!["ชาย", "ใจ"]),
    ] {
        let ticket = ticket(name, "a@b.c");
        for text in searches {
            assert!(Search::read(text).unwrap().unwrap().finds(&ticket), "{text} for {name}");
        }
        assert!(!Search::read("other").unwrap().unwrap().finds(&ticket));
    }
}

#[test]
fn the_words_that_say_most_are_the_longest_and_none_begins_another() {
    let telling = |text: &str| Search::read(text).unwrap().unwrap().telling_words(2).join(" ");
    assert_eq!(
        (telling("jo lovelace ada"), telling("jo jose jos"), telling("a a")),
        ("lovelace ada".into(), "jose".into(), "a".into())
    );
    assert_eq!(
        (telling("#12"), Search::read("99999999999999999999999").unwrap().unwrap().telling_words(0)),
        ("12".into(), vec![])
    );
}

#[test]
fn a_customer_is_found_by_so_many_words_and_no_more() {
    let name: Vec<_> = (10..60).map(|n| format!("n{n}")).collect();
    let ticket = ticket(&name.join(" "), &name.join("@"));
    assert_eq!(customer_words(&ticket).len(), 32);
    let finds = |text: &str| Search::read(text).unwrap().is_some_and(|search| search.finds(&ticket));
    assert!(finds("n41 n10") && !finds("n42"));
}

#[test]
fn what_is_not_given_admits_every_ticket_and_what_is_must_hold() {
    let ticket = Ticket { sla_due_at: Some(at(5)), ..ticket("Ada", "a@b.c") };
    let now = at(10);
    assert!(Filter::default().admits(&ticket, now));
    let holds = [
        Filter { statuses: Some(vec![Status::Open, Status::New]), ..Filter::default() },
        Filter { assignees: Some(vec![None]), ..Filter::default() },
        Filter { sla: Some(vec![SlaState::Breached]), ..Filter::default() },
        Filter { snoozed: Some(false), ..Filter::default() },
        Filter { tags_none: Some(vec!["vip".into()]), ..Filter::default() },
        Filter { created: Span { from: Some(at(1)), to: Some(at(1)) }, ..Filter::default() },
    ];
    let fails = [
        Filter { statuses: Some(vec![Status::Open]), ..Filter::default() },
        Filter { priorities: Some(vec![Priority::Low]), ..Filter::default() },
        Filter { channels: Some(vec![Channel::Slack]), ..Filter::default() },
        Filter { channel_details: Some(vec![ChannelDetail::WidgetEmbedded]), ..Filter::default() },
        Filter { sla: Some(vec![SlaState::AtRisk]), ..Filter::default() },
        Filter { snoozed: Some(true), ..Filter::default() },
        Filter { tags_any: Some(vec!["vip".into()]), ..Filter::default() },
        Filter { tags_all: Some(vec!["vip".into()]), ..Filter::default() },
        Filter { distinct_ids: Some(vec!["other".into()]), ..Filter::default() },
        Filter { ids: Some(Vec::new()), ..Filter::default() },
        Filter { updated: Span { from: Some(at(2)), to: None }, ..Filter::default() },
    ];
    for filter in &holds {
        assert!(filter.admits(&ticket, now), "{filter:?}");
    }
    for filter in &fails {
        assert!(!filter.admits(&ticket, now), "{filter:?}");
        let both = Filter { statuses: filter.statuses.clone().or(Some(vec![Status::New])), ..filter.clone() };
        assert!(!both.admits(&ticket, now), "{both:?}");
    }
    assert!(holds[0].is_counted_by_totals() && holds[1].is_counted_by_totals() && !holds[2].is_counted_by_totals());
}

#[test]
fn rows_from_before_are_found_by_the_words_of_that_time() {
    let search = Search::read("Łukasz jo").unwrap().unwrap();
    assert_eq!((search.words().join(" "), search.number()), ("lukasz jo".into(), None));
    assert_eq!((search.telling_words(1), search.telling_words_before(1)), (vec!["lukasz"], vec!["łukasz"]));
    let name = (10..40).map(|n| format!("n{n}")).collect::<Vec<_>>().join(" ");
    let before = |name: &str| customer_words_before(&ticket(name, "ł.w@example.com")).into_iter().collect::<Vec<_>>();
    assert_eq!(before("Łukasz W"), ["com", "example", "w", "ł", "łukasz"]);
    assert_eq!(before(&name).len(), 16 + 4, "sixteen of a name");
}

#[test]
fn only_status_priority_channel_and_assignee_are_counted_by_totals() {
    let counted = Filter {
        statuses: Some(vec![Status::Open]),
        priorities: Some(vec![Priority::Low]),
        channels: Some(vec![Channel::Email]),
        assignees: Some(vec![None]),
        ..Filter::default()
    };
    assert!(Filter::default().is_counted_by_totals() && counted.is_counted_by_totals());
    for filter in [
        Filter { channel_details: Some(Vec::new()), ..counted.clone() },
        Filter { created: Span { from: Some(at(1)), to: None }, ..counted.clone() },
        Filter { tags_none: Some(Vec::new()), ..counted.clone() },
        Filter { snoozed: Some(false), ..counted },
    ] {
        assert!(!filter.is_counted_by_totals(), "{filter:?}");
    }
}
