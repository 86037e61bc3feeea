//! Addresses to which the desk sends nothing by itself any more.

use lambdesk_domain::{
    ProjectId, Timestamp,
    delivery::{Delivery, DeliveryStatus, Errand, Silence},
};
use lambdesk_store::CourierDesk;
use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, away::BEGIN, mail, mail_desk, mail_desk_at};
use crate::support::Visitor;

const DAY: i64 = 24 * 3600;
const BOUNCED: &str = "An earlier mail to this address came back for good.";
const COMPLAINED: &str = "The owner of this address has reported a mail as spam.";

impl MailDesk {
    fn courier(&self) -> CourierDesk {
        self.desk.running.store.courier().desk(ProjectId(1))
    }

    /// It is told what became of the last mail that was sent.
    async fn last_mail(&self, report: Value) {
        let mail = self.outbox().await.pop().unwrap();
        let path = format!("/_local/mail/outbox/{}/report", mail["id"].as_str().unwrap());
        self.desk.http.call(Method::POST, &path, &[], report).await.expect(202);
        self.desk.http.drain().await;
    }

    /// The delivery of a ticket that has this errand.
    async fn delivery(&self, ticket: &Value, errand: Errand) -> Delivery {
        let id = ticket.as_str().unwrap().parse().unwrap();
        let end: Timestamp = "2100-01-01T00:00:00Z".parse().unwrap();
        let all = self.courier().deliveries_to(id, end).await.unwrap();
        all.into_iter().find(|delivery| delivery.errand == errand).unwrap_or_else(|| panic!("no {}", errand.name()))
    }

    /// What became of that delivery, for each recipient.
    async fn became(&self, ticket: &Value, errand: Errand) -> Vec<(DeliveryStatus, Option<String>)> {
        let delivery = self.delivery(ticket, errand).await;
        delivery.recipients.into_iter().map(|recipient| (recipient.status, recipient.detail)).collect()
    }
}

fn skipped(why: &str) -> (DeliveryStatus, Option<String>) {
    (DeliveryStatus::Skipped, Some(why.to_owned()))
}

#[tokio::test]
async fn whoever_bounced_gets_no_mail_but_what_an_agent_writes() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let settings = json!({"email_acknowledge": true, "satisfaction_survey_days": 1, "widget_domains": ["shop.example.com"]});
    let asked = desk.asked().await;
    desk.reply(&asked, json!({"message": "Hi"})).await;
    desk.desk.http.drain().await;
    desk.last_mail(json!({"event": "bounced"})).await;
    desk.desk.settings(settings).await;
    let sent = desk.outbox().await.len();

    // That a mail has arrived.
    let again = desk.take(&mail("a2", "Hello?").from("ADA@example.com")).await["ticket"].clone();
    desk.desk.http.drain().await;
    assert_eq!(desk.became(&again, Errand::Acknowledgement).await, [skipped(BOUNCED)]);
    // The rating's question.
    desk.desk.tickets().patch(again.as_str().unwrap(), json!({"status": "resolved"})).expect(200).await;
    desk.later(&time, DAY + 1).await;
    assert_eq!(desk.became(&again, Errand::Survey).await, [skipped(BOUNCED)]);
    // A link to lost tickets.
    let body = json!({"email": "ada@example.com", "request_url": "https://shop.example.com/"});
    let headers = [("x-conversations-token", "wgt_local"), ("origin", "https://shop.example.com")];
    let visitor = Visitor::new(&desk.desk.http);
    let mut message = visitor.message(None, "Where is my invoice?");
    message["traits"] = json!({"name": "Ada", "email": "ada@example.com"});
    let opened = desk.desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &headers, message).await.expect(200);
    desk.desk.http.drain().await;
    desk.desk.http.call(Method::POST, "/api/conversations/v1/widget/restore/request", &headers, body).await.expect(200);
    // A reply to a customer of the widget who is away.
    let ticket = opened.json["ticket_id"].clone();
    desk.reply(&ticket, json!({"message": "In your account."})).await;
    desk.later(&time, 301).await;
    assert_eq!(desk.became(&ticket, Errand::Away).await, [skipped(BOUNCED)]);
    assert_eq!(desk.outbox().await.len(), sent, "nothing of all that was sent");
    assert_eq!(desk.later(&time, 7200).await, json!({"told": 0, "stale": 0}), "no timer is left");

    let by_hand = desk.reply(&asked, json!({"message": "Are you there?"})).await;
    assert_eq!(desk.settled(&asked, &by_hand).await["delivery"]["status"], "delivered");
    assert_eq!(desk.outbox().await.len(), sent + 1);
}

#[tokio::test]
async fn a_notice_goes_to_those_who_want_it() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    desk.desk.settings(json!({"notification_recipients": ["team@example.com", "boss@example.com"]})).await;
    let open = async |text: &str| {
        let opened = Visitor::new(&desk.desk.http).open(text).await;
        desk.desk.http.drain().await;
        json!(opened)
    };
    open("one").await;
    desk.last_mail(json!({"event": "complained", "recipient": "boss@example.com"})).await;
    let second = open("two").await;
    assert_eq!(desk.outbox().await.pop().unwrap()["recipients"], json!(["team@example.com"]));
    assert_eq!(desk.became(&second, Errand::Notice).await, [(DeliveryStatus::Delivered, None), skipped(COMPLAINED)]);
    desk.last_mail(json!({"event": "bounced", "recipient": "team@example.com"})).await;
    let third = open("three").await;
    assert_eq!(desk.became(&third, Errand::Notice).await, [skipped(BOUNCED), skipped(COMPLAINED)]);
    assert_eq!(desk.outbox().await.len(), 2);
    assert_eq!(desk.later(&time, 7200).await, json!({"told": 0, "stale": 0}), "no timer is left");
}

#[tokio::test]
async fn a_complaint_outlasts_the_bounce_that_follows_it() {
    let desk = mail_desk().await;
    let courier = desk.courier();
    let ada = ["ada@example.com".to_owned()];
    for (why, known) in [
        (Silence::Bounced, Silence::Bounced),
        (Silence::Complained, Silence::Complained),
        (Silence::Bounced, Silence::Complained),
    ] {
        courier.silence(&ada, why).await.unwrap();
        let found = courier.silent(&["Ada@Example.com", "bob@example.com"]).await.unwrap();
        assert_eq!(found, [("Ada@Example.com".to_owned(), known)]);
    }
    let elsewhere = desk.desk.running.store.courier().desk(ProjectId(2));
    assert_eq!(elsewhere.silent(&["ada@example.com"]).await.unwrap(), [], "it was another project's mail");
}
