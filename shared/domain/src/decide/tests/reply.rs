//! An agent's message with a change of the ticket, and messages that did not arrive.

use super::*;
use crate::{
    command::{ReplyAndChange, Returned},
    delivery::{DeliveryStatus, Failure, RecipientKind, Undelivered},
    ids::MessageId,
    mail::MailRoute,
    testing::route,
};

/// The customer's message on [`ticket`].
const SEEN: i64 = 1_000_000_000;

fn both(private: bool, seen_until: Option<i64>, changes: Option<Patch>) -> ReplyAndChange {
    let Command::Reply(reply) = reply("hi", private) else { unreachable!() };
    ReplyAndChange { reply, seen_until: seen_until.map(at), changes }
}

fn decided(ticket: &Ticket, both: ReplyAndChange) -> Result<Decision, Refusal> {
    decide(ticket, Command::ReplyAndChange(Box::new(both)), &agent(1), at(2_000_000_000))
}

fn pending() -> Patch {
    Patch { status: Some(Status::Pending), ..Patch::default() }
}

/// [`ticket`] as a ticket by mail, with so many who take part beside the one who asked.
fn by_mail(others: usize) -> Ticket {
    let cc = (0..others).map(|place| format!("{place}@example.com")).collect();
    Ticket { route: Some(Box::new(MailRoute { cc, ..route() })), ..ticket() }
}

#[test]
fn a_reply_is_not_sent_over_a_message_that_its_sender_has_not_seen() {
    assert_eq!(decided(&ticket(), both(false, Some(SEEN - 1), None)), Err(Refusal::NewerMessage));
    for seen in [Some(SEEN), Some(SEEN + 1), None] {
        assert_eq!(added(&change(decided(&ticket(), both(false, seen, None)))).content.text, "hi");
    }
}

#[test]
fn a_reply_and_its_change_are_written_once() {
    let first = change(decided(&ticket(), both(false, None, Some(pending()))));
    assert_eq!((first.ticket.fields.status, first.ticket.version), (Status::Pending, 2));
    let written = added(&first).created_at;
    let again = decided(&first.ticket, both(false, Some(SEEN), Some(pending())));
    assert_eq!(again, Ok(Decision::Replay(written)));
}

#[test]
fn a_message_moves_the_ticket_up_and_a_note_does_so_only_with_a_change() {
    let updated_at = |private, changes| change(decided(&ticket(), both(private, None, changes))).ticket.updated_at;
    let now = at(2_000_000_000);
    assert_eq!([updated_at(false, None), updated_at(false, Some(pending()))], [now, now]);
    assert_eq!([updated_at(true, None), updated_at(true, Some(pending()))], [ticket().updated_at, now]);
    let same = Patch { status: Some(Status::New), ..Patch::default() };
    assert_eq!(updated_at(true, Some(same)), ticket().updated_at);
}

#[test]
fn a_reply_with_a_change_that_is_refused_is_not_written() {
    let assign = Patch { assignee: Some(Some(HERE)), names_outsider: true, ..Patch::default() };
    assert_eq!(decided(&ticket(), both(false, None, Some(assign))), Err(Refusal::Outsider(HERE)));
    let far = Patch { snoozed_until: Some(Some(at(5_000_000_000_000_000))), ..Patch::default() };
    assert_eq!(decided(&ticket(), both(false, None, Some(far))), Err(Refusal::TooFar("snoozed_until")));
}

#[test]
fn a_mail_goes_to_fifty_addresses_and_a_note_to_none() {
    assert_eq!(change(decided(&by_mail(49), both(false, None, None))).delivery.unwrap().recipients.len(), 50);
    assert_eq!(decided(&by_mail(50), both(false, None, None)), Err(Refusal::TooManyRecipients));
    assert_eq!(change(decided(&by_mail(50), both(true, None, None))).delivery, None);
    let mut more = both(false, None, None);
    more.reply.copies.bcc = vec!["dee@example.com".to_owned()];
    assert_eq!(decided(&by_mail(49), more), Err(Refusal::TooManyRecipients));
}

#[test]
fn a_reply_goes_to_those_whom_its_author_names() {
    let copies = Copies { cc: vec!["cy@example.com".to_owned()], bcc: Vec::new() };
    let Command::Reply(plain) = reply("hi", false) else { unreachable!() };
    let mut with_change = both(false, None, None);
    with_change.reply.copies = copies.clone();
    for command in [Command::Reply(FromAgent { copies: copies.clone(), ..plain }), Command::ReplyAndChange(Box::new(with_change))]
    {
        let delivery = change(decide(&by_mail(0), command, &agent(1), at(2_000_000_000))).delivery.unwrap();
        let to: Vec<_> = delivery.recipients.iter().map(|to| (to.address.as_str(), to.kind)).collect();
        assert_eq!(to, [("ada@example.com", RecipientKind::To), ("cy@example.com", RecipientKind::Cc)]);
    }
}

#[test]
fn a_message_that_did_not_arrive_is_a_note_that_the_team_has_yet_to_read() {
    let read = change(decide(&ticket(), Command::ReadByTeam, &agent(1), at(2_000_000_000))).ticket;
    let message = MessageId::new(at(1_500_000_000), 1);
    let failure = Failure { message, status: DeliveryStatus::Bounced, text: "A mail did not reach ada@example.com".to_owned() };
    let returned = Command::Undelivered(Box::new(Returned { failure, entropy: 4 }));
    let told = change(decide(&read, returned, &Actor::System, at(3_000_000_000)));
    let note = added(&told);
    assert_eq!((note.private, &note.author, note.follows), (true, &Author::Desk, None));
    assert_eq!(note.content, content("A mail did not reach ada@example.com"));
    let Ticket { thread, undelivered, updated_at, .. } = &told.ticket;
    assert_eq!((thread.unread_team_count, thread.note_count, thread.message_count), (1, 1, 1));
    assert_eq!(*undelivered, Some(Undelivered { message, status: DeliveryStatus::Bounced, at: note.created_at }));
    assert_eq!(*updated_at, read.updated_at);
}
