//! Mail that no person wrote.

use lambdesk_domain::Timestamp;
use lambdesk_mail::{
    loops::{Counted, Sort, may_answer_itself},
    sender::proof::Proof,
};

use crate::desk::{MESSAGE, NEW, PROJECT, Ticket, ada, address, id_of_ours, key, mail, mail_with, ticket};

fn sort_of(raw: &[u8]) -> Sort {
    Ticket::default().receives(raw).sort
}

#[test]
fn an_automatic_reply_is_a_note_if_it_has_a_ticket() {
    let arrived = Ticket::default().receives(&mail("out-of-office"));
    assert_eq!((arrived.sort, arrived.outcome), (Sort::AutoReply, MESSAGE), "somebody of the ticket");
    let elsewhere = Ticket::default().receives(&mail_with("out-of-office", &[("TOKEN", "x"), ("ID", "x@example.org")]));
    assert_eq!((elsewhere.sort, elsewhere.outcome), (Sort::AutoReply, NEW), "nothing to note it on");
    let raw = String::from_utf8(mail("out-of-office")).unwrap().replace("Return-Path: <ada@example.com>", "Return-Path: <>");
    assert_eq!(sort_of(raw.as_bytes()), Sort::AutoReply, "most automatic replies have no sender, as bounces");
}

#[test]
fn an_answer_that_a_machine_made_is_no_bounce() {
    let arrived = Ticket::default().receives(&mail("answer-of-machine"));
    assert_eq!((arrived.sort, arrived.outcome), (Sort::AutoReply, MESSAGE));
    let raw = String::from_utf8(mail("answer-of-machine")).unwrap();
    let answers_nothing = raw.replace("In-Reply-To", "X-Was");
    assert_eq!(sort_of(answers_nothing.as_bytes()), Sort::Bounce(None), "what answers nothing is none");
}

#[test]
fn a_bounce_names_the_mail_of_ours() {
    let bounce = |action: &str, id: &str| sort_of(&mail_with("bounce", &[("ACTION", action), ("NAMED", id)]));
    let Sort::Bounce(Some(own)) = bounce("failed", &id_of_ours()) else { panic!("a bounce") };
    assert_eq!(own.written, Timestamp::from_micros(1_777_881_600_000_000).unwrap());
    assert_eq!(own.token.proven(&[key(PROJECT)], lambdesk_mail::token::Purpose::Reply), Some(ticket()));
    assert_eq!(bounce("failed", "somebody@example.org"), Sort::Bounce(None));
    assert_eq!(bounce("delayed", &id_of_ours()), Sort::Bounce(None), "a mail that is late has not bounced");
    let forged = id_of_ours().replacen('a', "b", 1);
    assert_eq!(bounce("failed", &forged), Sort::Bounce(None), "of nobody's signature");
    let raw = String::from_utf8(mail("plain")).unwrap().replace("Return-Path: <ada@example.com>", "Return-Path: <>");
    assert_eq!(sort_of(raw.as_bytes()), Sort::Bounce(None));
}

#[test]
fn the_desk_hears_no_mail_of_its_own() {
    for name in ["own-address", "own-mark", "in-circles"] {
        assert_eq!(sort_of(&mail(name)), Sort::Loop, "{name}");
    }
    assert_eq!(sort_of(&mail_with("own-mark", &[("MARK", "aaaaaaaaaaaaaaaaaaaa")])), Sort::Letter, "a mark of nobody");
    let raw = String::from_utf8(mail("plain")).unwrap().replace("a1@mail.example.com", &id_of_ours());
    assert_eq!(sort_of(raw.as_bytes()), Sort::Loop, "an id of ours");
}

#[test]
fn two_desks_do_not_answer_each_other() {
    // What this desk acknowledges, as the other desk receives it.
    assert!(may_answer_itself(Sort::Letter, Proof::Proven, &ada()));
    assert_eq!(sort_of(&mail("order-of-a-shop")), Sort::Automated, "an acknowledgement says so too");
    for sort in [Sort::Automated, Sort::AutoReply, Sort::Bulk, Sort::Loop, Sort::Bounce(None)] {
        assert!(!may_answer_itself(sort, Proof::Proven, &ada()), "{sort:?}");
    }
    assert!(!may_answer_itself(Sort::Letter, Proof::Unproven, &ada()), "else anybody could flood Ada");
    assert!(!may_answer_itself(Sort::Letter, Proof::Proven, &address("no-reply@example.org")));
}

#[test]
fn bulk_is_told_from_a_group_of_the_project() {
    assert_eq!(sort_of(&mail("newsletter")), Sort::Bulk);
    let group = Ticket::default().receives(&mail("own-group"));
    assert_eq!((group.sort, group.outcome), (Sort::Letter, NEW));
}

#[test]
fn answers_on_tickets_count_as_mails_only_and_unproven_senders_count_together() {
    let of = |opens, proof| Counted::of(opens, proof).collect::<Vec<_>>();
    assert_eq!(of(false, Proof::Proven), [Counted::Mails]);
    assert_eq!(of(false, Proof::Unproven), [Counted::Mails]);
    assert_eq!(of(true, Proof::Proven), [Counted::Mails, Counted::Tickets]);
    for proof in [Proof::Unproven, Proof::Refuted] {
        assert_eq!(of(true, proof), [Counted::Mails, Counted::Tickets, Counted::UnprovenTickets]);
    }
}
