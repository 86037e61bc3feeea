//! Faults of DynamoDB: it throttles, conflicts, loses answers or does not answer. Nothing acknowledged is lost, nothing is done
//! twice, and the caller gets 503 and may retry (docs/decisions.md, 29).
//!
//! The embedded engine has none of these faults itself. So a proxy between the engine and the functions injects them.

pub(crate) mod proxy;

use lambdesk_domain::{ProjectId, TicketId, capture::pinned::AROUND, permission::ReadTickets};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{AGENT, Visitor, desk, proof},
    table::{Item, Table},
};
use proxy::{Fault, at, faulty, functions_on};

const WRITE: &str = "TransactWriteItems";

#[tokio::test]
async fn an_answer_lost_after_the_commit_writes_once() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    desk.plan(&[(WRITE, Fault::AnswerLost)]);
    let id = visitor.open("hello").await;
    desk.all_hit(1);
    for n in 0..3 {
        desk.plan(&[(WRITE, Fault::AnswerLost), (WRITE, Fault::Broken), (WRITE, Fault::AnswerLost)]);
        visitor.send(Some(&id), &format!("more {n}")).await.expect(200);
        desk.all_hit(3);
    }
    // When the SDK asks again, another transaction is on the ticket.
    for fault in [Fault::Conflict, Fault::CancelledByThrottle] {
        desk.plan(&[(WRITE, Fault::AnswerLost), (WRITE, fault)]);
        visitor.send(Some(&id), &format!("{fault:?}")).await.expect(200);
        desk.all_hit(2);
    }
    desk.plan(&[(WRITE, Fault::AnswerLost)]);
    desk.http.tickets().reply(&id, "yes").await;
    desk.plan(&[(WRITE, Fault::AnswerLost)]);
    desk.http.tickets().create(json!({"message": "filed"})).await;
    // Marking as read is one plain write, and its retry finds its own effect.
    desk.plan(&[("PutItem", Fault::AnswerLost)]);
    assert_eq!(desk.http.tickets().get(&id).await["unread_team_count"], 0);
    desk.all_hit(1);
    let thread = desk.whole.tickets().messages(&id).await;
    assert_eq!(thread["count"], 7);
    assert_eq!(desk.whole.tickets().list("").await["count"], 2);
}

/// A deletion is one plain call, which carries no token: the next try finds nothing.
#[tokio::test]
async fn a_deletion_whose_answer_is_lost_is_done() {
    let desk = faulty().await;
    let (tickets, views) = (desk.http.tickets(), desk.http.agent_with("phx_local").views());
    let ticket = tickets.create(json!({"message": "by phone"})).await;
    // A plain put has no token either: the next try meets what the first has put.
    desk.plan(&[("PutItem", Fault::AnswerLost)]);
    let view = views.create(json!({"name": "Mine", "filters": {}, "visibility": "private"})).await;
    desk.all_hit(1);
    desk.plan(&[("DeleteItem", Fault::AnswerLost)]);
    tickets.delete(&ticket).await;
    desk.all_hit(1);
    desk.plan(&[("DeleteItem", Fault::AnswerLost)]);
    views.delete(&view).await;
    desk.all_hit(1);
    tickets.delete(&ticket).refused(404).await;
    views.delete(&view).refused(404).await;
    // When the SDK asks again, another transaction is on the ticket.
    let ticket = tickets.create(json!({"message": "by phone"})).await;
    desk.plan(&[("DeleteItem", Fault::AnswerLost), ("DeleteItem", Fault::Conflict)]);
    tickets.delete(&ticket).await;
    desk.all_hit(2);
}

#[tokio::test]
async fn throttles_and_conflicts_are_waited_out() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    for fault in [Fault::Throttled, Fault::Conflict, Fault::Broken] {
        desk.plan(&[(WRITE, fault), (WRITE, fault)]);
        let id = visitor.open(&format!("{fault:?}")).await;
        desk.all_hit(2);
        // A plain read cannot conflict with another transaction.
        let reading = if fault == Fault::Conflict { "no call" } else { "GetItem" };
        desk.plan(&[("UpdateItem", fault), (reading, fault), (WRITE, fault)]);
        visitor.send(Some(&id), "more").await.expect(200);
    }
    assert_eq!(desk.whole.tickets().list("").await["count"], 3);
}

#[tokio::test]
async fn a_transaction_cancelled_by_a_throttle_is_tried_again() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    desk.plan(&[(WRITE, Fault::CancelledByThrottle); 2]);
    let id = visitor.open("hello").await;
    desk.all_hit(2);
    desk.plan(&[(WRITE, Fault::CancelledByThrottle); 2]);
    visitor.send(Some(&id), "more").await.expect(200);
    desk.all_hit(2);
    assert_eq!(desk.whole.tickets().messages(&id).await["count"], 2);
}

/// A try takes long on a busy desk, and each may meet another writer. The limit is the time of the request, not the number of
/// tries.
#[tokio::test]
async fn a_reply_that_keeps_meeting_others_gets_its_turn_within_its_time() {
    let desk = faulty().await;
    let id = Visitor::new(&desk.http).open("hello").await;
    desk.plan(&[(WRITE, Fault::Conflict); 60]);
    desk.http.tickets().reply(&id, "hi").await;
    desk.all_hit(60);
    assert_eq!(desk.whole.tickets().messages(&id).await["count"], 2);
}

#[tokio::test]
async fn creates_that_keep_meeting_others_are_numbered_all_the_same() {
    let desk = faulty().await;
    desk.plan(&[(WRITE, Fault::Conflict); 20]);
    let filed = desk.http.tickets().create(json!({"message": "q"})).await;
    desk.all_hit(20);
    assert_eq!(filed["ticket_number"], 1);
    assert_eq!(desk.http.tickets().create(json!({})).await["ticket_number"], 2);
}

/// A commit takes longer than one try. DynamoDB knows the token, and answers that the transaction is in progress until there is
/// an outcome.
#[tokio::test]
async fn a_commit_still_in_progress_is_asked_for_again_and_written_once() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("hello").await;
    // More faults than the SDK retries by itself.
    let mut slow = vec![(WRITE, Fault::AnswerLost)];
    slow.extend([(WRITE, Fault::InProgress); 6]);
    desk.plan(&slow);
    visitor.send(Some(&id), "slow").await.expect(200);
    desk.all_hit(7);
    let thread = desk.whole.tickets().messages(&id).await;
    assert_eq!(thread["count"], 2, "{thread}");
}

#[tokio::test]
async fn a_store_that_stays_away_is_503_and_nothing_is_written() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("hello").await;
    desk.http.tickets().list("").await;
    for (call, fault) in [(WRITE, Fault::Throttled), (WRITE, Fault::Broken), (WRITE, Fault::Conflict)] {
        // More faults than the retries that fit into the time of a request.
        desk.plan(&[(call, fault); 600]);
        let refused = visitor.send(Some(&id), "lost?").await.expect(503);
        assert!(refused.header("retry-after").is_some() && refused.json["error"].is_string());
        assert!(!refused.text.contains("Exception") && !refused.text.contains("Transact"), "no internals: {}", refused.text);
        let refused = desk.http.tickets().create(json!({"message": "lost?"})).expect(503).await;
        assert_eq!(refused.json["type"], "server_error");
    }
    desk.plan(&[("Query", Fault::Throttled); 40]);
    desk.http.tickets().list("").refused(503).await;
    desk.plan(&[]);
    assert_eq!(desk.http.tickets().messages(&id).await["count"], 1);
    assert_eq!(desk.http.tickets().list("").await["count"], 1);

    let away = functions_on(at(&desk.whole, "http://127.0.0.1:9".to_owned())).await;
    away.get("/tickets/").await.expect(503);
    Visitor::new(&away).send(None, "hello").await.expect(503);
    away.external(Method::GET, &id, Value::Null).await.expect(503);
}

/// What a bulk request has done stays done. The same request sent again does the rest.
#[tokio::test]
async fn a_bulk_that_ends_half_way_is_503_and_safe_to_send_again() {
    let desk = faulty().await;
    let mut ids = Vec::new();
    for _ in 0..40 {
        ids.push(desk.http.tickets().create(json!({})).await["id"].clone());
    }
    let resolve = async || {
        let headers = [("authorization", "Bearer phx_local"), ("idempotency-key", "k")];
        let path = "/api/projects/1/conversations/tickets/bulk_update_status/";
        desk.http.call(Method::POST, path, &headers, json!({"ids": ids, "status": "resolved"})).await
    };
    desk.plan(&[(WRITE, Fault::AnswerLost); 100]);
    assert!(resolve().await.expect(503).header("retry-after").is_some());
    desk.plan(&[]);
    let again = resolve().await.expect(200);
    assert!(again.header("idempotent-replayed").is_none(), "what did not end has no answer");
    let (updated, skipped) = (again.json["updated"].as_u64().unwrap(), again.json["skipped"].as_array().unwrap());
    assert!(skipped.iter().all(|skipped| skipped["reason"] == "unchanged"), "{skipped:?}");
    assert_eq!(updated + skipped.len() as u64, 40);
    for id in &ids {
        let log = desk.whole.tickets().activity(id.as_str().unwrap()).await;
        assert_eq!(log["count"], 1, "each was resolved once");
    }
    assert_eq!(resolve().await.expect(200).header("idempotent-replayed"), Some("true"));
}

#[tokio::test]
async fn a_limiter_that_fails_refuses_nobody() {
    let desk = faulty().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("hello").await;
    desk.plan(&[("UpdateItem", Fault::Throttled); 40]);
    visitor.send(Some(&id), "still heard").await.expect(200);
    desk.plan(&[("UpdateItem", Fault::Throttled); 40]);
    desk.http.external(Method::GET, &id, Value::Null).await.expect(200);
}

#[tokio::test]
async fn a_mark_that_fails_does_not_fail_the_look() {
    let desk = faulty().await;
    let id = Visitor::new(&desk.http).open("hello").await;
    desk.plan(&[("PutItem", Fault::Throttled); 40]);
    let seen = desk.http.tickets().get(&id).await;
    assert_eq!(seen["unread_team_count"], 1);
}

#[tokio::test]
async fn people_who_cannot_be_read_do_not_fail_the_list() {
    let desk = faulty().await;
    let message = json!({
        "message": "it is me", "identity_distinct_id": "user-1", "identity_hash": proof("user-1", "phs_local"),
        "traits": {"name": "Ada"},
    });
    desk.http.widget(Method::POST, "/message", message).await.expect(200);
    desk.whole.http.drain().await;
    desk.plan(&[("BatchGetItem", Fault::Throttled); 40]);
    let list = desk.http.tickets().list("").await;
    assert_eq!((&list["results"][0]["anonymous_traits"]["name"], &list["results"][0]["person"]), (&json!("Ada"), &Value::Null));
    desk.plan(&[]);
    assert_eq!(desk.http.tickets().list("").await["results"][0]["person"]["name"], "Ada");
}

#[tokio::test]
async fn a_key_carried_out_with_its_answer_lost_is_answered_again() {
    let desk = faulty().await;
    let file = async || {
        let headers = [("authorization", "Bearer phx_local"), ("idempotency-key", "k")];
        desk.http.call(Method::POST, "/api/projects/1/conversations/tickets/", &headers, json!({"message": "q"})).await
    };
    // The commit succeeds, every answer about it is lost, and the function gives up with 503.
    let mut faults = vec![(WRITE, Fault::AnswerLost)];
    faults.extend([(WRITE, Fault::Broken); 40]);
    desk.plan(&faults);
    file().await.expect(503);
    desk.plan(&[]);
    let again = file().await.expect(201);
    assert_eq!(again.header("idempotent-replayed"), Some("true"));
    assert_eq!(desk.http.tickets().list("").await["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn many_processes_number_without_gaps() {
    let desk = desk().await;
    let processes = futures_util::future::join_all((0..6).map(|_| functions_on(desk.running.dynamodb.clone()))).await;
    let filing = (0..120).map(|n| processes[n % 6].agent(Method::POST, "/tickets/", json!({"message": n.to_string()})));
    let filed = futures_util::future::join_all(filing).await;
    assert!(filed.iter().all(|reply| reply.status == 201), "{:?}", filed.iter().find(|reply| reply.status != 201));
    let mut numbers: Vec<_> = filed.iter().map(|reply| reply.json["ticket_number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=120).collect::<Vec<_>>());
}

/// An agent reads what the customer saw, and meanwhile the ticket is deleted.
#[tokio::test]
async fn a_ticket_that_is_gone_keeps_nothing_of_what_was_seen() {
    let desk = faulty().await;
    let http = &desk.whole.http;
    let event = json!({"event": "e", "properties": {"$session_id": "s1"}});
    http.call(Method::POST, "/e/", &[], json!({"api_key": "phc_local", "batch": [event]})).await.expect(200);
    let id = Visitor::new(http).open("hello").await;
    // Another ticket of the session, with which its events stay.
    Visitor::new(http).open("hello again").await;
    http.drain().await;
    let agent = desk.store.unchecked::<ReadTickets>(ProjectId(1));
    let mut ticket = agent.ticket(TicketId(id.parse().unwrap())).await.unwrap().unwrap();
    desk.whole.tickets().delete(&id).await;
    http.drain().await;
    // As if the agent had asked five minutes after the ticket was opened, and nothing could be removed any more.
    ticket.created_at = ticket.created_at.plus_seconds(-AROUND);
    desk.plan(&[("DeleteItem", Fault::Broken); 9]);
    let seen = Box::pin(agent.seen(&ticket)).await.unwrap();
    assert_eq!((seen.seen.events.len(), seen.is_kept), (1, false));
    // Its messages go with the table's stream, which not every table of these tests has.
    let left = Table(&desk.whole).partition(&format!("P#1#T#{id}")).await;
    let of_messages = |item: &Item| item["SK"].as_s().unwrap().starts_with("M#");
    assert!(left.iter().all(of_messages), "{left:?}");
}

/// Source maps lie in the table of what browsers sent. Without them an error is shown as it was sent.
#[tokio::test]
async fn without_source_maps_an_error_is_shown_as_it_was_sent() {
    let desk = faulty().await;
    let map = json!({"version": 3, "sources": ["a.ts"], "names": [], "mappings": "AAAA"});
    let maps = "/api/projects/1/source_maps/?chunk_id=c1";
    let put = async || desk.http.call(Method::PUT, maps, &[("authorization", AGENT)], map.clone()).await;
    put().await.expect(200);
    let frame = json!({"filename": "https://a.example/a.js", "lineno": 1, "colno": 1, "in_app": true, "chunk_id": "c1"});
    let list = json!([{"type": "E", "value": "x", "stacktrace": {"frames": [frame]}}]);
    let properties = json!({"distinct_id": "visitor", "$session_id": "s1", "$exception_list": list});
    let batch = json!({"api_key": "phc_local", "batch": [{"event": "$exception", "properties": properties}]});
    desk.whole.http.call(Method::POST, "/i/v0/e/", &[], batch).await.expect(200);
    let id = Visitor::new(&desk.whole.http).open("hello").await;
    desk.whole.http.drain().await;
    let original = async || {
        let mut seen = desk.http.get(&format!("/tickets/{id}/context/")).await.expect(200).json;
        seen["errors"]["results"][0]["causes"][0]["frames"][0]["original"].take()
    };
    assert_eq!(original().await["file"], "a.ts");
    for call in [r#"GetItem:"M#1""#, r#"BatchGetItem:"M#1""#, r#"BatchGetItem:"B#1#"#] {
        for fault in [Fault::Throttled, Fault::Broken] {
            desk.plan(&[(call, fault); 40]);
            assert_eq!(original().await, Value::Null, "{call} {fault:?}");
            assert!(!desk.hit.lock().unwrap().is_empty(), "{call}");
        }
    }
    for call in [r#"Query:"M#1""#, r#"PutItem:"B#1#"#, r#"TransactWriteItems:"M#1""#] {
        desk.plan(&[(call, Fault::Broken); 600]);
        assert!(put().await.expect(503).header("retry-after").is_some(), "{call}");
    }
    desk.plan(&[]);
    assert_eq!(original().await["file"], "a.ts", "what was not put took nothing away");
}

/// Notes and messages are read one beside the other. Here one of the two is read before a message and a note are written, and the
/// other after it.
#[tokio::test]
async fn a_note_is_not_shown_before_the_message_that_it_follows() {
    let desk = faulty().await;
    let id = Visitor::new(&desk.whole.http).open("hello").await;
    let thread = format!("/tickets/{id}/messages/");
    let texts = |page: &Value, list: &str| -> Vec<String> {
        page[list].as_array().unwrap().iter().map(|entry| entry["content"].as_str().unwrap().to_owned()).collect()
    };
    desk.http.get(&thread).await.expect(200);
    let mut written = vec!["hello".to_owned()];
    for (round, held) in [r#"Query:{"S":"B#"}"#, r#"Query:{"S":"M#"}"#].into_iter().enumerate() {
        desk.plan(&[(held, Fault::Held)]);
        let mut reading = std::pin::pin!(desk.http.get(&thread));
        // The ticket, and the other one of the two.
        desk.holds_beside(2, reading.as_mut()).await;
        let (message, note) = (format!("message {round}"), format!("note {round}"));
        desk.whole.tickets().reply(&id, &message).await;
        desk.whole.tickets().note(&id, &note).await;
        written.extend([message, note]);
        desk.let_go();
        let page = reading.await.expect(200).json;
        let shown = texts(&page, "results");
        assert_eq!(shown, written[..shown.len()], "{held}");
        // Whoever asks for what came after the newest one gets all the rest.
        let last = &page["results"].as_array().unwrap().last().unwrap()["created_at"];
        let asked = json!({"open": {"id": id, "version": null, "last_entry_at": last}});
        let news = desk.http.agent(Method::POST, "/sync/", asked).await.expect(200).json;
        assert_eq!(texts(&news["open"], "messages"), written[shown.len()..], "{held}");
    }
}
