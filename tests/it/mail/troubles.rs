//! Mails that do not leave at once, do not arrive, or of which nobody knows.

use std::sync::atomic::{AtomicUsize, Ordering::SeqCst};

use lambdesk_domain::{ProjectId, Timestamp};
use lambdesk_local::ses::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, mail, mail_desk, mail_desk_at};
use crate::faults::proxy::{self, faulty_on};

const BEGIN: &str = "2026-05-04T08:00:00Z";

impl MailDesk {
    /// From now on the first calls meet a fault, and the others none.
    pub(crate) fn fail_first(&self, fault: Fault, calls: usize) {
        let failed = AtomicUsize::new(0);
        self.desk.running.ses().unwrap().inject(move |_| (failed.fetch_add(1, SeqCst) < calls).then_some(fault));
    }

    /// Has the clock look, and waits for what follows.
    async fn tick(&self) -> Value {
        let done = self.desk.http.tick().await;
        self.desk.http.drain().await;
        done["deliveries"].clone()
    }

    async fn status(&self, ticket: &Value, message: &Value) -> Value {
        self.settled(ticket, message).await["delivery"]["status"].clone()
    }

    /// The sending service tells what became of a mail.
    async fn report(&self, mail: &Value, event: &str) {
        let path = format!("/_local/mail/outbox/{}/report", mail["id"].as_str().unwrap());
        self.desk.http.call(Method::POST, &path, &[], json!({"event": event})).await.expect(202);
        self.desk.http.drain().await;
    }

    /// How often the bus was told that a message did not arrive.
    async fn failures_told(&self) -> usize {
        let events = self.desk.http.events(1).await;
        events.iter().filter(|event| event["detail"]["event"] == "$conversation_delivery_failed").count()
    }
}

#[tokio::test]
async fn what_is_throttled_leaves_later_and_once() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    // The third call sends the mail, and the test tells what becomes of it.
    let calls = AtomicUsize::new(0);
    let fault = move |call| if call < 2 { Fault::Throttle } else { Fault::LoseEvents };
    desk.desk.running.ses().unwrap().inject(move |_| Some(fault(calls.fetch_add(1, SeqCst))));
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    let waiting = desk.settled(&ticket, &sent).await["delivery"].clone();
    assert_eq!((&waiting["status"], &waiting["detail"]), (&json!("queued"), &json!("Maximum sending rate exceeded.")));
    assert_eq!(desk.tick().await, json!({"told": 0, "stale": 0}), "it is too early");
    time.pass(76);
    desk.tick().await;
    assert_eq!(desk.status(&ticket, &sent).await, "queued");
    time.pass(151);
    desk.tick().await;
    assert_eq!(desk.status(&ticket, &sent).await, "sent");
    let outbox = desk.outbox().await;
    assert_eq!(outbox.len(), 1);
    desk.report(&outbox[0], "delivered").await;
    assert_eq!(desk.status(&ticket, &sent).await, "delivered");
    time.pass(7200);
    assert_eq!(desk.tick().await, json!({"told": 0, "stale": 0}), "no timer is left");
}

#[tokio::test]
async fn a_lost_answer_is_one_mail_if_the_service_tells_of_it() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    desk.fail_first(Fault::LoseAnswer, 1);
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "delivered");
    time.pass(7200);
    desk.tick().await;
    assert_eq!(desk.outbox().await.len(), 1);
    // An answer by the service's id finds the ticket, though no answer of the service told it.
    let id = desk.sent(&desk.outbox().await[0]).await.message_id.unwrap();
    let answer = mail("a2", "It works.").with("In-Reply-To", &format!("<{id}>"));
    assert_eq!(desk.take(&answer).await["ticket"], ticket);
}

#[tokio::test]
async fn a_lost_answer_and_a_lost_event_are_waited_for_and_then_sent_again() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    desk.fail_first(Fault::LoseAll, 1);
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "sending");
    time.pass(590);
    desk.tick().await;
    assert_eq!((desk.status(&ticket, &sent).await, desk.outbox().await.len()), (json!("sending"), 1));
    time.pass(30);
    desk.tick().await;
    assert_eq!((desk.status(&ticket, &sent).await, desk.outbox().await.len()), (json!("delivered"), 2));
}

#[tokio::test]
async fn replies_of_a_ticket_leave_in_their_order() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    desk.fail_first(Fault::Unavailable, 1);
    let first = desk.reply(&ticket, json!({"message": "First"})).await;
    assert_eq!(desk.status(&ticket, &first).await, "queued");
    let second = desk.reply(&ticket, json!({"message": "Second"})).await;
    assert_eq!(desk.status(&ticket, &second).await, "queued", "it waits for the first");
    assert_eq!(desk.outbox().await.len(), 0);
    time.pass(76);
    desk.tick().await;
    assert_eq!([desk.status(&ticket, &first).await, desk.status(&ticket, &second).await], ["delivered", "delivered"]);
    let mut texts = Vec::new();
    for mail in desk.outbox().await {
        texts.push(desk.sent(&mail).await.plain.unwrap().trim().to_owned());
    }
    assert_eq!(texts, ["First", "Second"]);
}

#[tokio::test]
async fn a_bounce_is_told_to_the_team_once() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    desk.ticket(&ticket).await;
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "delivered");
    let mail = desk.outbox().await.remove(0);
    for event in ["bounced", "bounced", "delivered", "sent"] {
        desk.report(&mail, event).await;
    }
    let delivery = desk.settled(&ticket, &sent).await["delivery"].clone();
    assert_eq!((&delivery["status"], &delivery["detail"]), (&json!("bounced"), &json!("smtp; 550 5.1.1 user unknown")));
    let listed = desk.desk.http.get("/tickets/").await.expect(200).json["results"][0].clone();
    assert_eq!(listed["unread_team_count"], 1);
    let notes: Vec<_> = desk.messages(&ticket).await.into_iter().filter(|message| message["is_private"] == true).collect();
    assert_eq!(notes.len(), 1);
    assert_eq!(notes[0]["content"], "A mail did not reach ada@example.com: smtp; 550 5.1.1 user unknown");
    assert_eq!(desk.failures_told().await, 1);

    let path =
        |message: &Value| format!("/tickets/{}/messages/{}/resend/", ticket.as_str().unwrap(), message["id"].as_str().unwrap());
    desk.desk.http.agent(Method::POST, &path(&notes[0]), Value::Null).await.expect(404);
    desk.desk.http.agent(Method::POST, &path(&sent), Value::Null).await.expect(202);
    assert_eq!((desk.status(&ticket, &sent).await, desk.outbox().await.len()), (json!("delivered"), 2));
    desk.desk.http.agent(Method::POST, &path(&sent), Value::Null).await.expect(400);
}

/// The note about it is a change of the ticket like any other. So rules that the clock has not brought to the ticket yet count from
/// then on.
#[tokio::test]
async fn a_bounce_sets_the_timer_that_newer_rules_ask_for() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "delivered");
    desk.desk.tickets().patch(ticket.as_str().unwrap(), json!({"status": "pending"})).await;
    desk.desk.settings(json!({"auto_resolve_pending_days": 1})).await;
    time.pass(120);
    let mail = desk.outbox().await.remove(0);
    desk.report(&mail, "bounced").await;
    time.pass(2 * 24 * 3600);
    desk.tick().await;
    assert_eq!(desk.ticket(&ticket).await["status"], "resolved");
}

#[tokio::test]
async fn what_the_service_refuses_for_good_is_not_tried_again() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    desk.fail_first(Fault::Reject, 1);
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    let delivery = desk.settled(&ticket, &sent).await["delivery"].clone();
    assert_eq!((&delivery["status"], &delivery["detail"]), (&json!("failed"), &json!("Email address is not verified.")));
    assert_eq!((desk.failures_told().await, desk.outbox().await.len()), (1, 0));
    // The next one is not kept from leaving.
    let next = desk.reply(&ticket, json!({"message": "Hi again"})).await;
    assert_eq!(desk.status(&ticket, &next).await, "delivered");
}

#[tokio::test]
async fn the_simulators_addresses_bounce_and_complain() {
    let desk = mail_desk().await;
    for (address, status) in [("bounce@simulator.amazonses.com", "bounced"), ("complaint@simulator.amazonses.com", "complained")]
    {
        let ticket = desk.take(&mail(status, "hello").from(address)).await["ticket"].clone();
        let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
        assert_eq!(desk.status(&ticket, &sent).await, status);
    }
    assert_eq!(desk.failures_told().await, 2);
}

#[tokio::test]
async fn nothing_is_sent_of_a_ticket_that_is_gone() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    desk.fail_first(Fault::Throttle, 1);
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "queued");
    desk.desk.http.agent(Method::DELETE, &format!("/tickets/{}/", ticket.as_str().unwrap()), Value::Null).await.expect(204);
    desk.desk.http.drain().await;
    time.pass(76);
    assert_eq!(desk.tick().await, json!({"told": 0, "stale": 1}));
    assert_eq!((desk.tick().await, desk.outbox().await.len()), (json!({"told": 0, "stale": 0}), 0));
}

#[tokio::test]
async fn a_report_of_a_server_says_which_mail_bounced() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    assert_eq!(desk.status(&ticket, &sent).await, "delivered");
    let mail = desk.sent(&desk.outbox().await[0]).await;
    let own = mail.references.last().unwrap().clone();
    let report = format!(
        "From: MAILER-DAEMON@mx.example.com\r\nTo: demo@desk.test\r\nSubject: Undelivered\r\nMessage-ID: <d1@mx.example.com>\r\n\
         Content-Type: multipart/report; report-type=delivery-status; boundary=b\r\n\r\n--b\r\nContent-Type: text/plain\r\n\r\nSorry.\r\n\
         --b\r\nContent-Type: message/delivery-status\r\n\r\nReporting-MTA: dns; mx.example.com\r\n\r\n\
         Final-Recipient: rfc822; ada@example.com\r\nAction: failed\r\nStatus: 5.1.1\r\n\r\n\
         --b\r\nContent-Type: text/rfc822-headers\r\n\r\nMessage-ID: <ses@email.amazonses.com>\r\nReferences: <{own}>\r\n\r\n--b--\r\n"
    );
    let taken = desk.upload("", &["demo@desk.test"], "", report.into_bytes()).await.expect(202).json["ses_id"].clone();
    let noted = desk.noted(&taken).await;
    assert_eq!((&noted["state"], &noted["reason"]), (&json!("ignored"), &json!("bounce")));
    assert_eq!(desk.status(&ticket, &sent).await, "bounced");
    assert_eq!((desk.failures_told().await, desk.tickets().await), (1, 1));
}

/// The invocation of the clock fails then, so that people hear of it.
#[tokio::test]
async fn a_mail_that_does_not_leave_is_told_of_for_a_while() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    desk.desk.running.ses().unwrap().inject(|_| Some(Fault::Throttle));
    desk.reply(&ticket, json!({"message": "Hi"})).await;
    desk.desk.http.drain().await;
    let clock = lambdesk_clock::Clock { upkeep: desk.desk.running.store.upkeep() };
    let mut late = Vec::new();
    for seconds in [76, 1800, 5000] {
        time.pass(seconds);
        let done = Box::pin(clock.tick()).await;
        assert!(done.succeeded());
        late.push((done.deliveries.late, done.alarms().is_some()));
        desk.desk.http.drain().await;
    }
    assert_eq!(late, [(0, false), (1, true), (0, false)]);
    desk.desk.running.ses().unwrap().heal();
    time.pass(5000);
    desk.tick().await;
    assert_eq!(desk.outbox().await.len(), 1);
}

/// A plain put carries no token either: the next try meets what the first has put.
#[tokio::test]
async fn a_delivery_is_taken_though_the_answer_is_lost() {
    let desk = mail_desk().await;
    let ticket = desk.take(&mail("a", "Hello?").from("ada@example.com")).await["ticket"].clone();
    desk.desk.running.ses().unwrap().inject(|_| Some(Fault::Throttle));
    desk.reply(&ticket, json!({"message": "Yes?"})).await;
    desk.desk.http.drain().await;
    let desk = faulty_on(desk.desk, || Timestamp::from(chrono::Utc::now())).await;
    let courier = desk.store.courier().desk(ProjectId(1));
    let end = "2100-01-01T00:00:00Z".parse().unwrap();
    let waiting = courier.deliveries_to(ticket.as_str().unwrap().parse().unwrap(), end).await.unwrap().remove(0);
    let (taken, by_another) = (waiting.taken(end).unwrap(), waiting.taken(end.plus_seconds(1)).unwrap());
    desk.plan(&[("PutItem", proxy::Fault::AnswerLost)]);
    assert!(courier.take(&taken, &[]).await.unwrap());
    desk.all_hit(1);
    desk.plan(&[("PutItem", proxy::Fault::AnswerLost)]);
    assert!(!courier.take(&by_another, &[]).await.unwrap(), "somebody else has it");
    desk.all_hit(1);
}
