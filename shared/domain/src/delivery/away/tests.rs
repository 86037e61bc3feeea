use serde_json::json;

use super::*;
use crate::{
    ids::MessageId,
    mail::MailRoute,
    testing::{content, draft_of, mailed, object, opened, route},
    ticket::Origin,
};

fn said(ticket: &Ticket, author: Author, seconds: i64) -> Message {
    let at = ticket.created_at.plus_seconds(seconds);
    Message {
        id: MessageId::new(at, 1),
        created_at: at,
        author,
        content: content("Hi"),
        private: false,
        edits: 0,
        follows: None,
        mailed: None,
    }
}

fn support() -> Author {
    Author::Support { user: None, name: "Support".to_owned() }
}

fn planned(ticket: &Ticket, seconds: i64, set: serde_json::Value) -> Option<Delivery> {
    let message = said(ticket, support(), seconds);
    let settings = Settings::from_stored(object(set));
    follow(ticket, &message, &settings, message.created_at)
}

#[test]
fn a_reply_waits_for_as_long_as_the_project_says() {
    let ticket = opened(draft_of("Ada", "ada@example.com")).0;
    let waits = planned(&ticket, 1, json!({})).unwrap();
    let due = waits.written_at.plus_seconds(300);
    assert_eq!((waits.errand, waits.due, waits.timer, waits.since), (Errand::Away, None, due, due));
    assert_eq!(planned(&ticket, 1, json!({"email_widget_minutes": 0})).unwrap().due, Some(waits.written_at));
    for never in [json!({"email_widget_minutes": null}), json!({"email_enabled": false})] {
        assert_eq!(planned(&ticket, 1, never), None);
    }
    assert_eq!(planned(&opened(draft_of("Ada", "ada")).0, 1, json!({})), None, "mail can't be sent to such a text");
    let private = Message { private: true, ..said(&ticket, support(), 1) };
    assert!(!may_follow(&ticket, &private) && !may_follow(&ticket, &said(&ticket, Author::Customer, 1)));
}

#[test]
fn one_mail_takes_along_what_waits_behind_it() {
    let ticket = opened(draft_of("Ada", "ada@example.com")).0;
    let [one, two, three] = [1, 2, 3].map(|seconds| planned(&ticket, seconds, json!({})).unwrap());
    let tried = three.taken(three.timer).unwrap();
    let (first, along) = one.taken(one.timer).unwrap().with_others(&[two.clone(), tried.clone()]);
    assert_eq!((first.others.as_slice(), along.len()), ([two.written_at].as_slice(), 1), "another one is under way");
    assert_eq!((along[0].status(), along[0].is_settled(), along[0].version), (DeliveryStatus::Skipped, true, two.version + 1));
    let elsewhere = opened(draft_of("Bob", "bob@example.com")).0;
    let other = planned(&elsewhere, 4, json!({})).unwrap();
    assert!(first.with_others(&[other]).1.is_empty(), "the customer has another address since");
}

/// A ticket by mail, whose answers go to this address.
fn by_mail(reply_to: Option<&str>) -> Ticket {
    let route = MailRoute { reply_to: reply_to.map(str::to_owned), ..route() };
    Ticket { route: Some(Box::new(route)), ..opened(draft_of("Ada", "typed@example.com")).0 }
}

#[test]
fn a_customer_by_mail_is_answered_where_they_said() {
    assert_eq!(address_of(&by_mail(None)), Some("ada@example.com"));
    assert_eq!(address_of(&by_mail(Some("home@example.com"))), Some("home@example.com"));
    let filed = Ticket { origin: Origin::Email, ..opened(draft_of("Ada", "ada@example.com")).0 };
    assert_eq!(address_of(&filed), None);
    let api = Ticket { origin: Origin::Api, ..filed };
    assert_eq!(address_of(&api), Some("ada@example.com"));
}

#[test]
fn the_question_goes_by_mail_at_once_on_a_ticket_by_mail() {
    let settings = Settings::from_stored(object(json!({})));
    let (mail, widget) = (by_mail(None), opened(draft_of("Ada", "ada@example.com")).0);
    let asked = |ticket: &Ticket| {
        let message = said(ticket, Author::Desk, 1);
        follow(ticket, &message, &settings, message.created_at)
    };
    let at_once = asked(&mail).unwrap();
    assert_eq!((at_once.errand, at_once.due), (Errand::Survey, Some(at_once.written_at)));
    let waits = asked(&widget).unwrap();
    assert_eq!((waits.errand, waits.due), (Errand::Survey, None));
    assert_eq!(follow(&mail, &said(&mail, support(), 1), &settings, at_once.written_at), None, "replies leave by themselves");
}

#[test]
fn what_came_by_mail_itself_does_not_leave_again() {
    let ticket = opened(draft_of("Ada", "ada@example.com")).0;
    let reply = said(&ticket, support(), 1);
    assert!(may_follow(&ticket, &reply));
    assert!(!may_follow(&ticket, &Message { mailed: Some(Box::new(mailed("grace@example.com"))), ..reply }));
}

#[test]
fn a_mail_takes_along_nineteen_others_that_wait() {
    let ticket = opened(draft_of("Ada", "ada@example.com")).0;
    let waiting: Vec<_> = (1..=22).map(|seconds| planned(&ticket, seconds, json!({})).unwrap()).collect();
    let taken = waiting[0].taken(waiting[0].timer).unwrap();
    let survey = Delivery { errand: Errand::Survey, ..waiting[1].clone() };
    let (none, along) = taken.clone().with_others(&[survey]);
    assert_eq!((none.others.len(), along.len()), (0, 0), "a question goes alone");
    let (first, along) = taken.with_others(&waiting[1..]);
    assert_eq!((first.others.len(), along.len()), (19, 19));
    let other = waiting[21].taken(waiting[21].timer).unwrap();
    assert!(other.with_others(&along).1.is_empty(), "they are settled");
}
