//! What mails cost: those that arrive, those that agents write, and those that the desk writes by itself.

use std::sync::{Arc, Mutex};

use lambdesk_courier::{Courier, Sender};
use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    delivery::{Delivery, Errand},
};
use lambdesk_local::ses::{Fault, Outgoing, Ses};
use lambdesk_runtime::connect::Access;
use lambdesk_store::meter::{Usage, metered};
use reqwest::Method;
use serde_json::{Value, json};

use super::within;
use crate::{
    mail::{DOMAIN, MailDesk, mail, mail_desk_at, still_mail_desk},
    support::{Visitor, no_bucket},
};

/// The function that sends, beside the desk's own.
fn courier(desk: &MailDesk) -> Courier {
    let sender = Sender::new(&Access::local(), "MailConfiguration", desk.desk.running.ses_endpoint().map(str::to_owned));
    let (store, link_base, files) = (desk.desk.running.store.courier(), "http://localhost".to_owned(), no_bucket());
    Courier { store, mail_domain: DOMAIN.to_owned(), sender, files, link_base }
}

/// That a message waits to be sent.
fn fact(ticket: &Value, message: &Value) -> Value {
    let detail = json!({"fact": "delivery.due", "project_id": 1, "ticket_id": ticket, "message_id": message});
    json!({"source": "lambdesk.facts", "detail": detail})
}

/// What a mail costs until it is a ticket, or a message of one.
#[tokio::test]
async fn a_mail_that_arrives() {
    let desk = still_mail_desk().await;
    let text = "x".repeat(300);
    desk.take(&mail("warm", &text)).await;
    let cost = async |mail: &crate::mail::Mail, round_trips, rcu, wcu| {
        let to: Vec<_> = mail.to.iter().map(String::as_str).collect();
        let reply = desk.upload(&mail.envelope(), &to, "", mail.raw()).await.expect(202);
        within(&reply, round_trips, rcu, wcu);
        desk.noted(&reply.json["ses_id"]).await
    };
    let opened = cost(&mail("new", &text), 9.0, 14.0, 18.0).await;
    assert_eq!(opened["state"], "opened");
    for n in 0..2 {
        let answer = desk.answer(&opened["ticket"], &format!("on{n}"), &format!("{n} {text}")).await;
        assert_eq!(cost(&answer, 9.0, 14.0, 14.0).await["state"], "appended");
    }
    let again = cost(&mail("new", &text), 6.0, 14.0, 2.0).await;
    assert_eq!(again["state"], "duplicate");
}

/// A reply on a ticket by mail costs two items more, and one unit for each step until it is delivered.
#[tokio::test]
async fn a_reply_that_leaves_by_mail() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    let ticket = desk.asked().await;
    let http = &desk.desk.http;
    let path = format!("/tickets/{}/reply/", ticket.as_str().unwrap());
    let reply = async |n: usize| {
        http.agent(Method::POST, &path, json!({"message": format!("{n} {}", "x".repeat(298))})).await.expect(201)
    };
    // What follows from a person's first ticket makes the desk read the project anew.
    http.drain().await;
    reply(0).await;
    http.drain().await;
    let warm = reply(1).await;
    http.drain().await;
    within(&warm, 2.0, 1.0, 10.0);
    // The desk's own function is refused, and this one is not: it takes the delivery over, by the same message of the bus.
    let ses = desk.desk.running.ses().unwrap();
    ses.inject(|_| Some(Fault::Throttle));
    let message = reply(2).await.json;
    http.drain().await;
    ses.inject(|_| Some(Fault::LoseEvents));
    time.pass(60);
    let (courier, fact) = (courier(&desk), fact(&ticket, &message["id"]));
    let (handled, usage) = Box::pin(metered(courier.handle(fact.clone()))).await;
    handled.unwrap();
    println!("{usage:?}");
    assert!(usage.read_units <= 10.0 && usage.write_units <= 4.0, "taken, its id, settled, its timer: {usage:?}");
    let sent = desk.messages(&ticket).await.pop().unwrap();
    assert_eq!(sent["delivery"]["status"], "sent");
    let (handled, again) = Box::pin(metered(courier.handle(fact))).await;
    handled.unwrap();
    assert!(again.calls == 1 && again.write_units <= 0.0, "{again:?}");
}

/// The deliveries that were tried, by their tickets and times.
type Tried = Arc<Mutex<Vec<(TicketId, Timestamp)>>>;

/// Nothing can be sent for now, and what was tried is noted.
fn throttle(ses: &Ses, tried: &Tried) {
    let tried = Arc::clone(tried);
    ses.inject(move |mail: &Outgoing| {
        let at = mail.tag("m").and_then(|micros| Timestamp::from_micros(micros.parse().ok()?)).unwrap();
        tried.lock().unwrap().push((mail.tag("t").unwrap().parse().unwrap(), at));
        Some(Fault::Throttle)
    });
}

/// What the function uses for the delivery that the desk's own tried last, on its first try.
async fn used(desk: &MailDesk, tried: &Tried, errand: Errand) -> Usage {
    desk.desk.http.drain().await;
    let (ticket, at) = tried.lock().unwrap().pop().unwrap();
    let rows = desk.desk.running.store.courier().desk(ProjectId(1));
    let before = rows.delivery(ticket, at).await.unwrap().unwrap();
    assert_eq!(before.errand, errand);
    let (timer, version) = (before.timer.next(), before.version + 1);
    let untried = Delivery { tries: 0, tried_at: None, timer, version, ..before.clone() };
    assert!(rows.put_off(&before, &untried).await.unwrap());
    let ses = desk.desk.running.ses().unwrap();
    ses.inject(|_| Some(Fault::LoseEvents));
    let (handled, usage) = Box::pin(metered(courier(desk).handle(fact(&json!(ticket), &json!(before.message))))).await;
    handled.unwrap();
    let sent = rows.delivery(ticket, at).await.unwrap().unwrap();
    assert!(sent.mail.is_some(), "{sent:?}");
    throttle(ses, tried);
    println!("{} {usage:?}", errand.name());
    usage
}

/// Each is taken, known by its id, settled and without a timer, as a reply is: four units to write. Whatever nobody asked for is
/// counted for its address and for the project, which is two more; an acknowledgement once more, a notice once. A link is an item.
/// Half a unit of what is read says for each recipient whether the desk leaves them alone.
#[tokio::test]
async fn mails_that_the_desk_writes_by_itself() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    let tried = Tried::default();
    throttle(desk.desk.running.ses().unwrap(), &tried);
    let within = |usage: &Usage, rcu: f64, wcu: f64| assert!(usage.read_units <= rcu && usage.write_units <= wcu, "{usage:?}");

    let domains = json!(["shop.example.com"]);
    desk.desk.settings(json!({"notification_recipients": ["team@example.com"], "widget_domains": domains})).await;
    let visitor = Visitor::new(&desk.desk.http);
    let mut message = visitor.message(None, "Where is my invoice?");
    message["traits"] = json!({"name": "Ada", "email": "ada@example.com"});
    let on_page = [("x-conversations-token", "wgt_local"), ("origin", "https://shop.example.com")];
    let widget = async |path: &str, body| {
        let path = format!("/api/conversations/v1/widget/{path}");
        desk.desk.http.call(Method::POST, &path, &on_page, body).await.expect(200).json
    };
    let ticket = widget("message", message).await["ticket_id"].clone();
    within(&used(&desk, &tried, Errand::Notice).await, 7.0, 5.0);

    desk.reply(&ticket, json!({"message": "In your account."})).await;
    desk.later(&time, 301).await;
    within(&used(&desk, &tried, Errand::Away).await, 11.0, 6.0);

    widget("restore/request", json!({"email": "ada@example.com", "request_url": "https://shop.example.com/"})).await;
    within(&used(&desk, &tried, Errand::Restore).await, 8.0, 7.0);

    desk.desk.settings(json!({"notification_recipients": null, "email_acknowledge": true, "satisfaction_survey_days": 1})).await;
    let asked = desk.asked().await;
    desk.desk.http.drain().await;
    // The first try was counted, and an address gets one in a day.
    time.pass(2 * 24 * 3600);
    within(&used(&desk, &tried, Errand::Acknowledgement).await, 9.0, 7.0);

    desk.desk.tickets().patch(asked.as_str().unwrap(), json!({"status": "resolved"})).expect(200).await;
    desk.later(&time, 24 * 3600 + 1).await;
    within(&used(&desk, &tried, Errand::Survey).await, 11.0, 6.0);
}
