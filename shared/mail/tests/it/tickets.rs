//! Which ticket a mail goes to, and as what.

use lambdesk_domain::TicketId;
use lambdesk_mail::{
    address::recipient::Recipient,
    admit::{LOOKED_UP, Outcome, Pointed, participants},
    clean::Pictures,
    letter::Letter,
    once::{Identity, Seen},
    words::Words,
};

use crate::desk::{
    DOMAIN, MESSAGE, NEW, OTHER_PROJECT, PROJECT, Ticket, ada, address, is_proven, letter, mail, mail_with, reply_token, ticket,
};

fn identity(name: &str) -> Identity {
    Identity::of(&letter(name))
}

#[test]
fn a_first_mail_opens_a_ticket() {
    let arrived = Ticket::default().receives(&mail("plain"));
    assert_eq!(arrived.outcome, NEW);
    assert_eq!(Recipient::of(&arrived.letter.to[0].address, DOMAIN).unwrap().name().as_deref(), Some("demo"));
    assert_eq!((arrived.sender.name.as_deref(), arrived.sender.address), (Some("Ada Example"), ada()));
    assert_eq!(arrived.letter.subject, "The export fails");
    let words = Words::of(&arrived.letter, false, &Pictures::default());
    assert_eq!(words.text, "Hello,\n\nthe export to CSV stops after 1,000 rows.\n\n-- \nAda Example\nExample Ltd, accounts");
}

#[test]
fn a_mail_that_comes_twice_is_one() {
    let first = identity("plain");
    assert_eq!(first.id, "a1@mail.example.com");
    assert_eq!(identity("plain").beside(&first.digest), Seen::Again);
}

#[test]
fn another_mail_under_the_same_id_is_another() {
    let (first, other) = (identity("plain"), identity("other-with-the-same-id"));
    assert_eq!(other.id, first.id);
    let Seen::Another(made) = other.beside(&first.digest) else { panic!("the other mail would be lost") };
    assert!(made.starts_with('<'), "no mail can bring this id: {made}");
}

#[test]
fn a_mail_without_an_id_that_comes_twice_is_one() {
    let (first, again) = (identity("without-id"), identity("without-id"));
    assert_eq!(first.id, again.id);
    assert_eq!(again.beside(&first.digest), Seen::Again);
}

#[test]
fn the_same_words_without_an_id_on_another_day_are_another_mail() {
    let (first, raw) = (identity("without-id"), String::from_utf8(mail("without-id")).unwrap());
    for (from, to) in [
        ("Date: Mon, 04 May 2026", "Date: Thu, 07 May 2026"),
        ("MIME-Version", "In-Reply-To: <a@example.com>\r\nMIME-Version"),
        ("MIME-Version", "References: <a@example.com>\r\nMIME-Version"),
    ] {
        assert!(raw.contains(from), "{from}");
        let other = Identity::of(&Letter::read(raw.replace(from, to).as_bytes()));
        assert_ne!(other.id, first.id, "{to}");
    }
}

#[test]
fn two_mails_with_an_empty_id_are_two() {
    assert_ne!(identity("empty-id-1").id, identity("empty-id-2").id);
}

#[test]
fn a_reply_finds_its_ticket_by_the_token_alone() {
    let arrived = Ticket::default().receives(&mail("reply-by-token"));
    assert_eq!(arrived.outcome, MESSAGE);
    assert_eq!(arrived.letter.in_reply_to, Vec::<String>::new());
    assert_eq!(Words::of(&arrived.letter, true, &Pictures::default()).text, "It works now, thank you.");
}

#[test]
fn a_reply_finds_its_ticket_by_an_id_that_was_seen() {
    let arrived = Ticket::default().receives(&mail("reply-by-id-of-ses"));
    assert_eq!((arrived.pointers.signed.len(), arrived.outcome), (0, MESSAGE));
    assert_eq!(arrived.pointers.seen[0], "0100018f-1111-2222-3333-444455556666-000000@email.amazonses.com", "the newest first");
}

#[test]
fn a_reply_finds_its_ticket_by_our_own_id() {
    let arrived = Ticket::default().receives(&mail("reply-by-own-id"));
    assert_eq!((arrived.pointers.signed, arrived.outcome), (vec![ticket()], MESSAGE));
}

#[test]
fn a_token_in_capitals_is_the_same() {
    let raw = mail_with("reply-by-token", &[("TOKEN", &reply_token(PROJECT).to_uppercase())]);
    assert_eq!(Ticket::default().receives(&raw).outcome, MESSAGE);
}

#[test]
fn a_token_with_another_letter_points_nowhere() {
    let token = reply_token(PROJECT);
    for at in [0, 10, 44] {
        let mut letters: Vec<char> = token.chars().collect();
        letters[at] = if letters[at] == 'q' { 'a' } else { 'q' };
        let other: String = letters.into_iter().collect();
        let arrived = Ticket::default().receives(&mail_with("reply-by-token", &[("TOKEN", &other)]));
        assert_eq!((arrived.pointers.signed, arrived.outcome), (Vec::<TicketId>::new(), NEW), "{other}");
    }
}

#[test]
fn a_token_of_another_project_points_nowhere_in_this_one() {
    let raw = mail_with("reply-by-token", &[("TOKEN", &reply_token(OTHER_PROJECT))]);
    let arrived = Ticket::default().receives(&raw);
    assert_eq!((arrived.pointers.signed, arrived.outcome), (Vec::<TicketId>::new(), NEW));
    let Some(Recipient::Reply(token)) = Recipient::of(&arrived.letter.to[0].address, DOMAIN) else { panic!("a token") };
    assert_eq!(token.project(), OTHER_PROJECT, "it is the other project's mail");
}

#[test]
fn a_stranger_with_a_token_opens_a_ticket_of_their_own() {
    let arrived = Ticket::default().receives(&mail("reply-of-stranger"));
    assert!(is_proven(&arrived));
    assert_eq!(arrived.outcome, Outcome::Opens { is_verified: true, is_related: true });
}

#[test]
fn whoever_forges_the_requester_opens_a_ticket_of_their_own() {
    let arrived = Ticket::default().receives(&mail("forged-refuted"));
    assert_eq!(arrived.outcome, Outcome::Opens { is_verified: false, is_related: true });
}

#[test]
fn an_unproven_requester_is_heard_and_adds_nobody() {
    let arrived = Ticket::default().receives(&mail("forged-unproven"));
    assert_eq!(arrived.outcome, Outcome::Message { is_verified: false, adds: false });
    assert_eq!(arrived.letter.cc[0].address, address("attacker@example.net"), "who would get every later answer");
}

#[test]
fn a_proven_requester_adds_others() {
    let arrived = Ticket::default().receives(&mail("reply-with-cc"));
    assert_eq!(arrived.outcome, MESSAGE);
    let (requester, own) = (ada(), address("support@acme.example"));
    let pointed = Pointed { requester: Some(&requester), participants: &[] };
    let added = participants(&arrived.letter, pointed, |other| other.domain() == DOMAIN || *other == own);
    assert_eq!(added, [address("bob@example.com")], "and none of the desk's own addresses");
}

#[test]
fn no_ticket_has_more_than_twenty_participants() {
    let many = (0..50).map(|number| format!("p{number}@example.org, ")).collect::<Vec<_>>().concat();
    let raw = format!("From: ada@example.com\r\nTo: demo@desk.test\r\nCc: {many}p0@example.org\r\n\r\nhi\r\n");
    let requester = ada();
    let pointed = Pointed { requester: Some(&requester), participants: &[] };
    let letter = Letter::read(raw.as_bytes());
    assert_eq!(participants(&letter, pointed, |other| other.domain() == DOMAIN).len(), 20);
}

#[test]
fn a_participant_writes_on_the_ticket() {
    assert_eq!(Ticket::with(&["bob@example.com"]).receives(&mail("reply-of-bob")).outcome, MESSAGE);
    assert_eq!(Ticket::default().receives(&mail("reply-of-bob")).outcome, Outcome::Opens { is_verified: true, is_related: true });
}

#[test]
fn fifty_answers_to_one_newsletter_are_fifty_tickets() {
    let mut ids = std::collections::HashSet::new();
    for number in 1..=50 {
        let arrived = Ticket::default().receives(&mail_with("newsletter-answer", &[("N", &number.to_string())]));
        assert!(matches!(arrived.outcome, Outcome::Opens { is_related: false, .. }), "{number}");
        ids.insert(Identity::of(&arrived.letter).id);
    }
    assert_eq!(ids.len(), 50);
}

#[test]
fn of_many_ids_the_newest_are_looked_up() {
    let ids: Vec<String> = (0..40).map(|number| format!("<{number}@example.com>")).collect();
    let mail = format!("From: ada@example.com\r\nReferences: {}\r\n\r\nHello", ids.join(" "));
    let pointers = Ticket::default().receives(mail.as_bytes()).pointers;
    assert_eq!(pointers.seen.len(), LOOKED_UP);
    assert_eq!((pointers.seen[0].as_str(), pointers.seen[LOOKED_UP - 1].as_str()), ("39@example.com", "15@example.com"));
}

#[test]
fn a_number_in_the_subject_points_nowhere() {
    let arrived = Ticket::default().receives(&mail("number-in-subject"));
    assert_eq!((arrived.pointers.signed.len(), arrived.pointers.seen.len(), arrived.outcome), (0, 0, NEW));
}

#[test]
fn a_member_answers_the_requester_or_the_team() {
    assert_eq!(Ticket::default().receives(&mail("member-to-all")).outcome, Outcome::Support);
    assert_eq!(Ticket::default().receives(&mail("member-to-desk")).outcome, Outcome::Note);
}

#[test]
fn a_forged_member_is_never_the_team() {
    for (said, is_related) in [("dmarc=fail", true), ("dmarc=none", true)] {
        let raw = String::from_utf8(mail("member-to-all")).unwrap();
        let raw = raw.replace("dmarc=pass", said).replace("dkim=pass", "dkim=fail").replace("spf=pass", "spf=fail");
        let outcome = Ticket::default().receives(raw.as_bytes()).outcome;
        assert_eq!(outcome, Outcome::Opens { is_verified: false, is_related }, "{said}");
    }
}

#[test]
fn a_deleted_ticket_does_not_come_back() {
    let deleted = Ticket { is_deleted: true, ..Ticket::default() };
    assert_eq!(deleted.receives(&mail("reply-by-token")).outcome, NEW);
}

#[test]
fn an_answer_to_the_widgets_mail_is_the_customers() {
    let of_eve = Ticket::with(&["eve@example.net"]);
    assert_eq!(of_eve.receives(&mail("widget-answer")).outcome, Outcome::Message { is_verified: false, adds: false });
    assert_eq!(
        Ticket::default().receives(&mail("widget-answer")).outcome,
        Outcome::Opens { is_verified: false, is_related: true }
    );
}

#[test]
fn recipients_are_those_of_the_envelope() {
    let of = |text: &str| Recipient::of(&address(text), DOMAIN);
    let arrived = letter("several-addresses");
    let named: Vec<_> = arrived.to.iter().filter_map(|to| Recipient::of(&to.address, DOMAIN)).collect();
    assert_eq!(named, [Recipient::Desk("demo".into()), Recipient::Desk("other".into())], "nobody elsewhere");
    // A blind copy names nobody, and is for whom the envelope says.
    let blind = letter("bcc");
    assert!(blind.to.is_empty());
    let arrived = Ticket::default().receives_for(blind, &[of("demo@desk.test").unwrap()]);
    assert_eq!(arrived.outcome, NEW);
    assert_eq!(of("in-abcdefghijklmnopqrstuvwxyz@desk.test"), Some(Recipient::Forwarded("abcdefghijklmnopqrstuvwxyz".into())));
    assert_eq!(of("Demo+shop@desk.test").unwrap().name().as_deref(), Some("demo"));
    assert_eq!(of("demo@sub.desk.test"), None);
    assert_eq!(of("demo@desk.test.evil.example"), None);
}
