//! Messages and notes by mail.

use super::*;
use crate::{
    command::FromDesk,
    mail::{ByMail, OpenedByMail, Participant},
    testing::{mailed, route},
};

/// A ticket that Ada opened by mail.
fn by_mail() -> Ticket {
    let opened = OpenedByMail { route: route(), mailed: Some(mailed("ada@example.com")), related: Some(3), bcc: Vec::new() };
    let draft = Draft { origin: Origin::Email, message: says("hello"), mail: Some(Box::new(opened)), ..draft() };
    create::open(draft, TicketId(uuid::Uuid::nil()), 7, at(1_000_000_000), 0).0
}

#[test]
fn a_participant_is_of_the_customers_side_and_lets_others_join() {
    let ticket = by_mail();
    assert_eq!((ticket.related, ticket.thread.unread_team_count), (Some(3), 1));
    let bob = Participant { name: "Bob".to_owned(), address: "bob@example.com".to_owned() };
    let mail = ByMail {
        participant: Some(bob.clone()),
        joins: vec!["cy@example.com".to_owned()],
        mailed: mailed("bob@example.com"),
        opens: None,
    };
    let Command::Receive(mut sent) = received("I know more.") else { unreachable!() };
    sent.mail = Some(Box::new(mail));
    let change = change(decide(&ticket, Command::Receive(sent), &Actor::Customer, at(2_000_000_000)));
    let message = added(&change);
    assert_eq!((message.author.kind(), &message.author), ("customer", &Author::Participant(bob)));
    assert_eq!(message.mailed.as_ref().map(|mailed| mailed.from.as_str()), Some("bob@example.com"));
    assert_eq!(change.ticket.thread.unread_team_count, 2);
    assert_eq!(change.ticket.route.as_ref().map(|route| route.cc.clone()), Some(vec!["cy@example.com".to_owned()]));
    assert_eq!(change.activity.len(), 1, "who joined is logged");
}

#[test]
fn a_note_of_the_desk_answers_nothing() {
    let ticket = by_mail();
    let note = FromDesk { content: content("Automatic reply: away"), mailed: None, entropy: 3 };
    let change = change(decide(&ticket, Command::Note(Box::new(note)), &Actor::System, at(2_000_000_000)));
    let message = added(&change);
    assert_eq!((message.private, &message.author), (true, &Author::Desk));
    let Ticket { updated_at, thread, fields, .. } = change.ticket;
    assert_eq!((updated_at, thread.unread_team_count, thread.note_count), (ticket.updated_at, 1, 1));
    assert_eq!(fields, ticket.fields);
}
