use super::*;
use crate::{
    Actor, Command, Decision, Timestamp,
    actor::Stamp,
    command::FromAgent,
    decide::ThreadChange,
    delivery::{Copies, Errand},
    ids::Fingerprint,
    message::{Author, Content},
    patch::Patch,
    ticket::Status,
    workflow::tests::ticket,
};

const TEXT: &str = "my card number is 4111";

fn at(seconds: i64) -> Timestamp {
    Timestamp::EPOCH.plus_seconds(seconds)
}

fn changed(before: &Ticket, command: Command, actor: &Actor) -> (Ticket, Option<ThreadChange>) {
    match crate::decide::decide(before, command, actor, at(2_000_000_000), &crate::rules::Rules::default()) {
        Ok(Decision::Change(change)) => (change.ticket, change.entry),
        other => panic!("expected a change, got {other:?}"),
    }
}

fn resolve() -> Command {
    Command::Update(Box::new(Patch { status: Some(Status::Resolved), ..Patch::default() }))
}

fn agent() -> Actor {
    Actor::User { id: crate::UserId(1), name: "Agent".into() }
}

fn reply(private: bool) -> Command {
    let content = Content { text: TEXT.into(), rich: None, files: Vec::new() };
    Command::Reply(FromAgent {
        content,
        private,
        fingerprint: Fingerprint([0; 16]),
        keyed: true,
        mailed: None,
        copies: Copies::NONE,
        entropy: 5,
    })
}

#[test]
fn every_change_is_a_fact_whoever_made_it() {
    let before = ticket();
    let actors = [
        (agent(), Cause::Agent),
        (Actor::Customer, Cause::Customer),
        (Actor::Workflow(None), Cause::Workflow),
        (Actor::System, Cause::Desk),
    ];
    for (actor, cause) in actors {
        let (after, _) = changed(&before, resolve(), &actor);
        let fact = of_ticket(Some(&before), Some(&after)).unwrap();
        let expected = (FactKind::TicketChanged, before.id, None, Some(before.version + 1), cause);
        assert_eq!((fact.kind, fact.ticket, fact.message, fact.version, fact.cause), expected);
        assert_eq!(of_ticket(Some(&before), Some(&after)), Some(fact), "the same id again");
    }
    assert_eq!(of_ticket(Some(&before), Some(&before)), None, "stored anew at the same version");
    assert_eq!(of_ticket(None, None), None);
}

#[test]
fn a_ticket_comes_and_goes() {
    let of_widget = Ticket { changed_by: None, identity_verified: Some(false), ..ticket() };
    let filed = Ticket { identity_verified: None, ..of_widget.clone() };
    let follow_up = Ticket { changed_by: Some(Stamp::Customer), ..of_widget.clone() };
    for (new, cause) in [(&of_widget, Cause::Customer), (&filed, Cause::Agent), (&follow_up, Cause::Customer)] {
        let fact = of_ticket(None, Some(new)).unwrap();
        assert_eq!((fact.kind, fact.version, fact.cause), (FactKind::TicketCreated, Some(new.version), cause));
    }
    let gone = of_ticket(Some(&of_widget), None).unwrap();
    assert_eq!(
        (gone.kind, gone.version, gone.cause),
        (FactKind::TicketDeleted, Some(of_widget.version + 1), Cause::Agent),
        "behind the last change"
    );
    assert_ne!(gone.id, of_ticket(None, Some(&of_widget)).unwrap().id);
}

#[test]
fn a_message_is_a_fact_without_its_text() {
    let before = ticket();
    let (after, entry) = changed(&before, reply(false), &agent());
    let Some(ThreadChange::Added(message)) = entry else { panic!("no message") };
    let fact = of_message(after.id, &message).unwrap();
    let of_change = of_ticket(Some(&before), Some(&after)).unwrap();
    let expected = json!({
        "fact": "message.added", "uuid": fact.id, "project_id": 3, "ticket_id": after.id, "message_id": message.id,
        "version": null, "cause": "agent",
    });
    assert_eq!(fact.detail(ProjectId(3)), expected);
    assert!(!of_change.detail(ProjectId(3)).to_string().contains(TEXT));
    let by = |author| of_message(after.id, &Message { author, ..message.clone() }).unwrap().cause;
    assert_eq!((by(Author::Customer), by(Author::Desk)), (Cause::Customer, Cause::Desk), "the rating question too");
    let Some(ThreadChange::Added(note)) = changed(&before, reply(true), &agent()).1 else { panic!("no note") };
    assert_eq!(of_message(after.id, &note), None);
}

#[test]
fn a_ticket_names_a_session_once() {
    let of = |session: Option<&str>| Ticket { session_id: session.map(str::to_owned), ..ticket() };
    let (none, first, second) = (of(None), of(Some("s-1")), of(Some("s-2")));
    let fact = of_session(None, Some(&first)).unwrap();
    let named = (fact.kind, fact.named.as_ref().unwrap().session.as_str(), fact.version);
    assert_eq!(named, (FactKind::SessionNamed, "s-1", Some(first.version)));
    let detail = fact.detail(ProjectId(3));
    assert_eq!((&detail["session_id"], &detail["named_at"]), (&json!("s-1"), &json!(fact.named.unwrap().at)));
    assert!(of_session(Some(&none), Some(&first)).is_some() && of_session(Some(&first), Some(&second)).is_some());
    for (before, after) in [(Some(&first), Some(&first)), (Some(&first), None), (Some(&first), Some(&none)), (None, Some(&none))]
    {
        assert_eq!(of_session(before, after), None);
    }
    assert_eq!(of_session(None, Some(&of(Some("a#b")))), None, "no id of a session");
}

#[test]
fn a_list_of_kinds_is_read_and_a_mistake_named() {
    let kinds = |list: &str| list.parse::<Kinds>();
    assert_eq!(kinds(""), Ok(Kinds::default()));
    assert_eq!(
        kinds("message.added, ticket.changed,").unwrap().iter().collect::<Vec<_>>(),
        [FactKind::TicketChanged, FactKind::MessageAdded]
    );
    let deleted = kinds("ticket.deleted").unwrap();
    assert!(deleted.has(FactKind::TicketDeleted) && !deleted.has(FactKind::TicketCreated));
    assert_eq!(
        kinds("ticket.created,ticket.resolved").unwrap_err().to_string(),
        "there is no kind of fact \"ticket.resolved\"; there are ticket.created, ticket.changed, ticket.deleted, message.added, \
         session.named, delivery.due"
    );
}

#[test]
fn a_message_that_waits_to_be_sent_is_a_fact_each_time_it_waits_anew() {
    let waits = |due: Option<i64>| Delivery {
        errand: Errand::Reply,
        ticket: TicketId(Uuid::from_u128(1)),
        message: MessageId(Uuid::from_u128(2)),
        written_at: at(1),
        recipients: Vec::new(),
        since: at(1),
        tries: 0,
        tried_at: None,
        due: due.map(at),
        timer: at(600),
        mail: None,
        others: Vec::new(),
        page: None,
        version: 1,
    };
    let first = of_delivery(None, &waits(Some(1))).unwrap();
    let expected = (FactKind::DeliveryDue, TicketId(Uuid::from_u128(1)), Some(MessageId(Uuid::from_u128(2))), None, Cause::Desk);
    assert_eq!((first.kind, first.ticket, first.message, first.version, first.cause), expected);
    assert_eq!(of_delivery(Some(&waits(None)), &waits(Some(1))), Some(first.clone()), "the same id again");
    assert_ne!(of_delivery(Some(&waits(Some(1))), &waits(Some(2))).unwrap().id, first.id);
    assert_eq!(of_delivery(Some(&waits(Some(1))), &waits(Some(1))), None, "it waits still");
    assert_eq!((of_delivery(None, &waits(None)), of_delivery(Some(&waits(Some(1))), &waits(None))), (None, None));
}
