//! Test mails: whether mail leaves from an address.

use lambdesk_local::ses::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, MailDesk, mail, mail_desk, mail_desk_at};
use crate::support::{AGENT, Reply};

impl MailDesk {
    async fn send_test(&self, address: &Value, key: Option<&str>) -> Reply {
        let path = format!("/api/projects/1/conversations{ADDRESSES}{}/send_test/", address["id"].as_str().unwrap());
        let keyed = key.map(|key| ("idempotency-key", key));
        let headers: Vec<_> = [("authorization", AGENT)].into_iter().chain(keyed).collect();
        self.desk.http.call(Method::POST, &path, &headers, Value::Null).await
    }

    /// Everything that was sent, also what names no project.
    async fn all_sent(&self) -> Vec<Value> {
        let path = "/_local/mail/outbox";
        self.desk.http.call(Method::GET, path, &[], Value::Null).await.expect(200).json["results"].as_array().unwrap().clone()
    }
}

#[tokio::test]
async fn a_test_goes_to_the_caller_and_their_answer_opens_a_ticket() {
    let desk = mail_desk().await;
    let address = desk.add_address("sales").await;
    let sent = desk.send_test(&address, None).await.expect(200).json;
    assert_eq!(sent, json!({"from": "sales@desk.test", "to": "agent@example.com"}));
    desk.desk.http.drain().await;
    let outbox = desk.all_sent().await;
    assert_eq!(
        (outbox.len(), &outbox[0]["from"], &outbox[0]["recipients"]),
        (1, &json!("sales@desk.test"), &json!(["agent@example.com"]))
    );
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!(
        (letter.subject.as_str(), letter.first("auto-submitted")),
        ("Test mail from sales@desk.test", Some("auto-generated"))
    );
    assert!(letter.plain.unwrap().contains("mail leaves from sales@desk.test"));
    let answer = mail("t1", "It is here.").from("agent@example.com").to(&["sales@desk.test"]);
    let answer = answer.with("In-Reply-To", &format!("<{}>", letter.message_id.unwrap()));
    assert_eq!(desk.take(&answer).await["state"], "opened");
}

#[tokio::test]
async fn what_the_sending_service_says_is_told() {
    let desk = mail_desk().await;
    let address = desk.add_address("sales").await;
    let ses = desk.desk.running.ses().unwrap();
    ses.inject(|_| Some(Fault::Reject));
    let refused = desk.send_test(&address, Some("once")).await.expect(409).json;
    assert_eq!(
        (&refused["code"], &refused["detail"]),
        (&json!("mail_refused"), &json!("SES does not take the mail: Email address is not verified."))
    );
    for fault in [Fault::Throttle, Fault::Unavailable, Fault::LoseAll] {
        ses.inject(move |_| Some(fault));
        let away = desk.send_test(&address, Some("once")).await.expect(503);
        assert!(away.header("retry-after").is_some());
    }
    ses.heal();
    desk.send_test(&address, Some("once")).await.expect(200);
    let before = desk.all_sent().await.len();
    desk.send_test(&address, Some("once")).await.expect(200);
    assert_eq!(desk.all_sent().await.len(), before, "it has its answer, and sends nothing more");
}

#[tokio::test]
async fn a_user_gets_six_a_minute() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    let address = desk.add_address("sales").await;
    for _ in 0..6 {
        desk.send_test(&address, None).await.expect(200);
    }
    let limited = desk.send_test(&address, None).await.expect(429);
    let wait: i64 = limited.header("retry-after").unwrap().parse().unwrap();
    assert_eq!(desk.all_sent().await.len(), 6);
    let path = format!("{ADDRESSES}{}/send_test/", address["id"].as_str().unwrap());
    desk.as_other(Method::POST, &path, Value::Null).await.expect(404);
    time.pass(wait);
    desk.send_test(&address, None).await.expect(200);
}

#[tokio::test]
async fn an_address_whose_domain_lets_nobody_send_sends_no_test() {
    let desk = mail_desk().await;
    let new = json!({"kind": "forwarded", "address": "support@acme.test"});
    let address = desk.desk.http.agent(Method::POST, ADDRESSES, new).await.expect(201).json;
    let refused = desk.send_test(&address, None).await.expect(409).json;
    assert_eq!(
        (&refused["code"], &refused["detail"]),
        (&json!("not_verified"), &json!("The domain of this address does not let the desk send yet."))
    );
    let verify = format!("{ADDRESSES}{}/verify/", address["id"].as_str().unwrap());
    desk.desk.http.agent(Method::POST, &verify, Value::Null).await.expect(200);
    assert_eq!(desk.send_test(&address, None).await.expect(200).json["from"], "support@acme.test");
}
