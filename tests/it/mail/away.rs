//! Replies on tickets of the widget, whose customers may be away.

use lambdesk_local::ses::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, mail, mail_desk, mail_desk_at, still_mail_desk};
use crate::support::{Time, Visitor, still_desk};

pub(crate) const BEGIN: &str = "2026-05-04T08:00:00Z";
/// As long as a reply waits by default.
const MINUTES: i64 = 5 * 60 + 1;

impl MailDesk {
    /// Someone who says that they are Ada opens a ticket in the widget; returns them and the ticket's id.
    pub(crate) async fn in_widget(&self) -> (Visitor, Value) {
        let visitor = Visitor::new(&self.desk.http);
        let id = self.say(&visitor, None, "Where is my invoice?", json!({"name": "Ada", "email": "Ada@example.com"})).await;
        (visitor, id)
    }

    async fn say(&self, visitor: &Visitor, ticket: Option<&str>, text: &str, traits: Value) -> Value {
        let mut message = visitor.message(ticket, text);
        message["traits"] = traits;
        self.desk.http.widget(Method::POST, "/message", message).await.expect(200).json["ticket_id"].clone()
    }

    /// The clock looks after some time, and all that follows is done. Returns what it did with mails.
    pub(crate) async fn later(&self, time: &Time, seconds: i64) -> Value {
        time.pass(seconds);
        let done = self.desk.http.tick().await;
        self.desk.http.drain().await;
        done["deliveries"].clone()
    }

    /// The texts of the mails that were sent.
    pub(crate) async fn texts(&self) -> Vec<String> {
        let mut texts = Vec::new();
        for mail in self.outbox().await {
            texts.push(self.sent(&mail).await.plain.unwrap().replace("\r\n", "\n").trim().to_owned());
        }
        texts
    }
}

async fn read(visitor: &Visitor, ticket: &Value) {
    let body = json!({"widget_session_id": visitor.session});
    visitor.http.widget(Method::POST, &format!("/messages/{}/read", ticket.as_str().unwrap()), body).await.expect(200);
}

#[tokio::test]
async fn a_reply_that_the_customer_has_read_stays_on_the_desk() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (visitor, ticket) = desk.in_widget().await;
    let sent = desk.reply(&ticket, json!({"message": "In your account."})).await;
    assert_eq!(sent["delivery"]["status"], "queued");
    assert_eq!(desk.later(&time, 240).await, json!({"told": 0, "stale": 0}), "it waits for five minutes");
    read(&visitor, &ticket).await;
    desk.later(&time, 61).await;
    let delivery = desk.settled(&ticket, &sent).await["delivery"].clone();
    assert_eq!((&delivery["status"], &delivery["detail"]), (&json!("skipped"), &json!("The customer has read it.")));
    assert_eq!(desk.outbox().await, Vec::<Value>::new());
    assert_eq!(desk.later(&time, 7200).await, json!({"told": 0, "stale": 0}), "no timer is left");
}

#[tokio::test]
async fn replies_that_nobody_has_read_go_in_one_mail() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (_, ticket) = desk.in_widget().await;
    let first = desk.reply(&ticket, json!({"message": "In your account."})).await;
    desk.later(&time, 60).await;
    let rich = json!({"type": "doc", "content": [{"type": "paragraph", "content": [
        {"type": "text", "text": "Under Billing.", "marks": [{"type": "bold"}]}]}]});
    let second = desk.reply(&ticket, json!({"message": "Under Billing.", "rich_content": rich})).await;
    desk.reply(&ticket, json!({"message": "A note", "is_private": true})).await;
    desk.later(&time, 241).await;
    assert_eq!(desk.texts().await, ["In your account.\n\n* * *\n\nUnder Billing."]);
    let outbox = desk.outbox().await;
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!(outbox[0]["recipients"], json!(["ada@example.com"]));
    assert_eq!((letter.subject.as_str(), letter.from[0].name.as_deref()), ("Your conversation with Demo", Some("Agent (Demo)")));
    assert_eq!(letter.reply_to[0].address.as_str(), desk.reply_to(&ticket).await);
    assert!(letter.html.as_deref().unwrap().contains("<strong>Under Billing.</strong>"));
    for message in [&first, &second] {
        assert_eq!(desk.settled(&ticket, message).await["delivery"]["status"], "delivered");
    }
    assert_eq!(desk.later(&time, 7200).await, json!({"told": 0, "stale": 0}), "no timer is left");

    // What was mailed is not mailed again.
    desk.reply(&ticket, json!({"message": "Did you find it?"})).await;
    desk.later(&time, MINUTES).await;
    assert_eq!(desk.texts().await[1], "Did you find it?");
    assert_eq!(desk.sent(&desk.outbox().await[1]).await.subject, "Re: Your conversation with Demo");
}

#[tokio::test]
async fn what_was_read_before_the_last_reply_is_not_mailed() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (visitor, ticket) = desk.in_widget().await;
    desk.reply(&ticket, json!({"message": "In your account."})).await;
    read(&visitor, &ticket).await;
    desk.later(&time, 60).await;
    desk.reply(&ticket, json!({"message": "Under Billing."})).await;
    desk.later(&time, MINUTES).await;
    desk.later(&time, 60).await;
    assert_eq!(desk.texts().await, ["Under Billing."]);
}

#[tokio::test]
async fn faults_leave_one_mail() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (_, ticket) = desk.in_widget().await;
    let first = desk.reply(&ticket, json!({"message": "One"})).await;
    let second = desk.reply(&ticket, json!({"message": "Two"})).await;
    let ses = desk.desk.running.ses().unwrap();
    ses.inject(|_| Some(Fault::Throttle));
    desk.later(&time, MINUTES).await;
    ses.inject(|_| Some(Fault::LoseAnswer));
    // A third one goes along with the next try.
    desk.reply(&ticket, json!({"message": "Three"})).await;
    desk.later(&time, 76).await;
    ses.heal();
    desk.later(&time, 7200).await;
    assert_eq!(desk.texts().await, ["One\n\n* * *\n\nTwo\n\n* * *\n\nThree"]);
    for message in [&first, &second] {
        assert_eq!(desk.settled(&ticket, message).await["delivery"]["status"], "delivered");
    }
}

#[tokio::test]
async fn the_answer_comes_back_to_the_ticket_and_proves_nothing() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (visitor, ticket) = desk.in_widget().await;
    desk.reply(&ticket, json!({"message": "In your account."})).await;
    desk.later(&time, MINUTES).await;
    let unproven = desk.answer(&ticket, "a1", "Found it.").await.unproven();
    let noted = desk.take(&unproven).await;
    assert_eq!((&noted["state"], &noted["ticket"]), (&json!("appended"), &ticket));
    assert_eq!(desk.last(&ticket).await["source"]["verified"], false);
    assert_eq!(desk.take(&desk.answer(&ticket, "a2", "Thanks.").await).await["state"], "appended");
    let last = desk.last(&ticket).await;
    assert_eq!((&last["author_type"], &last["source"]["verified"]), (&json!("customer"), &json!(true)));
    assert_eq!(desk.ticket(&ticket).await["identity_verified"], false, "the ticket's own customer is who holds the session");
    visitor.poll(ticket.as_str().unwrap(), None).await.expect(200);

    // From another address it is another ticket.
    let other = desk.answer(&ticket, "a3", "Me too.").await.from("eve@example.net");
    let noted = desk.take(&other).await;
    assert_eq!(noted["state"], "opened");
    assert_ne!(noted["ticket"], ticket);
    // Forged where the owner of the domain forbids it, too.
    let forged = desk.answer(&ticket, "a4", "It is me.").await.found("dmarc=FAIL&policy=reject");
    assert_eq!(desk.take(&forged).await["state"], "opened");
}

#[tokio::test]
async fn the_settings_say_when_and_how() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (_, ticket) = desk.in_widget().await;
    desk.desk.settings(json!({"email_widget_minutes": 0, "email_reply_token": false})).await;
    desk.reply(&ticket, json!({"message": "At once"})).await;
    desk.desk.http.drain().await;
    let letter = desk.sent(&desk.outbox().await[0]).await;
    assert_eq!((letter.reply_to.len(), letter.from[0].address.as_str()), (0, "demo@desk.test"));
    // The answer is found by the id that the service gave.
    let answer = mail("a1", "Thanks.").with("In-Reply-To", &format!("<{}>", letter.message_id.unwrap()));
    assert_eq!(desk.take(&answer).await["ticket"], ticket);
    for never in [json!({"email_widget_minutes": null}), json!({"email_widget_minutes": 0, "email_enabled": false})] {
        desk.desk.settings(never).await;
        let sent = desk.reply(&ticket, json!({"message": format!("Never {}", time.now().micros())})).await;
        assert_eq!(sent.get("delivery"), None);
    }
    desk.later(&time, 7200).await;
    assert_eq!(desk.outbox().await.len(), 1);
}

#[tokio::test]
async fn without_an_address_nothing_leaves() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let visitor = Visitor::new(&desk.desk.http);
    for (text, email) in
        [("one", json!("ada")), ("two", json!(null)), ("three", json!("ada@example.com\r\nBcc: eve@example.com"))]
    {
        let ticket = desk.say(&visitor, None, text, json!({"name": "Ada", "email": email})).await;
        assert_eq!(desk.reply(&ticket, json!({"message": "Hi"})).await.get("delivery"), None, "{text}");
    }
    desk.later(&time, MINUTES).await;
    assert_eq!(desk.outbox().await, Vec::<Value>::new());
    let bare = MailDesk { desk: crate::support::desk().await };
    let (_, ticket) = bare.in_widget().await;
    assert_eq!(bare.reply(&ticket, json!({"message": "Hi"})).await.get("delivery"), None, "the project has no address");
}

/// Whoever types another's address into a form gets nobody's mailbox filled.
#[tokio::test]
async fn one_address_gets_so_many_mails_in_an_hour() {
    let desk = mail_desk().await;
    desk.desk.settings(json!({"email_widget_minutes": 0})).await;
    let (_, ticket) = desk.in_widget().await;
    let mut last = Value::Null;
    for n in 0..21 {
        last = desk.reply(&ticket, json!({"message": format!("Reply {n}")})).await;
        desk.desk.http.drain().await;
    }
    let delivery = desk.settled(&ticket, &last).await["delivery"].clone();
    assert_eq!((&delivery["status"], &delivery["detail"]), (&json!("skipped"), &json!("Too many mails were sent.")));
    assert_eq!(desk.outbox().await.len(), 20);
}

/// What a reply costs that may leave by mail: two items more where there is an address, and nothing where there is none.
#[tokio::test]
async fn a_project_without_an_address_pays_nothing() {
    let bare = MailDesk { desk: still_desk().await };
    let with = still_mail_desk().await;
    for (desk, most) in [(&bare, 8.0), (&with, 10.0)] {
        let (_, ticket) = desk.in_widget().await;
        // What follows from a person's first ticket makes the desk read the project anew.
        desk.desk.http.drain().await;
        let path = format!("/tickets/{}/reply/", ticket.as_str().unwrap());
        let reply = async |n: usize| {
            let body = json!({"message": format!("{n} {}", "x".repeat(200))});
            desk.desk.http.agent(Method::POST, &path, body).await.expect(201).cost()
        };
        reply(0).await;
        let warm = reply(1).await;
        assert!(warm.round_trips <= 2.0 && warm.rcu <= 1.0 && warm.wcu <= most, "{warm:?}");
    }
}
