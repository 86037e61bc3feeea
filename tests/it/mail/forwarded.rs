//! Addresses elsewhere whose mail is forwarded to the desk.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, Mail, MailDesk, mail, mail_desk};

const SUPPORT: &str = "support@acme.test";

impl MailDesk {
    async fn add_forwarded(&self, address: &str) -> Value {
        let new = json!({"kind": "forwarded", "address": address});
        self.desk.http.agent(Method::POST, ADDRESSES, new).await.expect(201).json
    }
}

/// A mail to the address elsewhere, as its server hands it on.
fn forwarded(mail: Mail, to: &Value) -> Mail {
    let inbound = to["inbound_address"].as_str().unwrap().to_owned();
    mail.to(&[&inbound]).with("To", SUPPORT).sent_by("bounces@acme.test")
}

#[tokio::test]
async fn an_address_elsewhere_takes_mail_at_one_that_nobody_guesses() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded("Support@Acme.test").await;
    assert_eq!([&added["kind"], &added["address"], &added["verified"]], [&json!("forwarded"), &json!(SUPPORT), &json!(false)]);
    let inbound = added["inbound_address"].as_str().unwrap();
    assert!(inbound.starts_with("in-") && inbound.len() == "in-@desk.test".len() + 26, "{inbound}");
    let records = added["dns_records"].as_array().unwrap();
    assert_eq!(records.len(), 3);
    assert_eq!(records[0], json!({"type": "CNAME", "name": "local1._domainkey.acme.test", "value": "local1.dkim.amazonses.com"}));
    let noted = desk.take(&forwarded(mail("f1", "hello"), &added)).await;
    assert_eq!((&noted["state"], &noted["to"]), (&json!("opened"), &json!(SUPPORT)));
    let ticket = desk.ticket(&noted["ticket"]).await;
    assert_eq!((&ticket["email_to"], &ticket["cc_participants"]), (&json!(SUPPORT), &json!([])), "the project is no participant");
    // It is one project's, at both of its addresses, until it is removed.
    let again = json!({"kind": "forwarded", "address": SUPPORT});
    desk.desk.http.agent(Method::POST, ADDRESSES, again.clone()).await.expect(409);
    assert_eq!(desk.as_other(Method::POST, ADDRESSES, again.clone()).await.expect(409).json["code"], "taken");
    let path = format!("{ADDRESSES}{}/", added["id"].as_str().unwrap());
    desk.desk.http.agent(Method::DELETE, &path, Value::Null).await.expect(204);
    desk.upload("ada@example.com", &[inbound], "", forwarded(mail("f2", "hello"), &added).raw()).await.expect(202);
    assert_eq!(desk.tickets().await, 1);
    desk.as_other(Method::POST, ADDRESSES, again).await.expect(201);
}

#[tokio::test]
async fn an_address_is_verified_once_its_domain_has_the_records() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded(SUPPORT).await;
    let verify = async |address: &Value| {
        let path = format!("{ADDRESSES}{}/verify/", address["id"].as_str().unwrap());
        desk.desk.http.agent(Method::POST, &path, Value::Null).await.expect(200).json["verified"].clone()
    };
    assert_eq!([verify(&added).await, verify(&added).await], [json!(true), json!(true)]);
    let elsewhere = desk.add_forwarded("support@acme.org").await;
    assert_eq!(verify(&elsewhere).await, json!(false));
    let own = desk.add_address("sales").await;
    assert_eq!((verify(&own).await, &own["dns_records"]), (json!(true), &json!([])));
    let audit =
        desk.desk.admin(Method::GET, "/projects/1/audit/?action=email_address.updated", Value::Null).await.expect(200).json;
    assert_eq!(audit["results"].as_array().unwrap().len(), 1, "{audit}");
    for bad in ["support", "a@b", "demo@desk.test"] {
        let new = json!({"kind": "forwarded", "address": bad});
        assert_eq!(desk.desk.http.agent(Method::POST, ADDRESSES, new).await.expect(400).json["attr"], "address", "{bad}");
    }
    let path = format!("{ADDRESSES}{}/verify/", added["id"].as_str().unwrap());
    desk.as_other(Method::POST, &path, Value::Null).await.expect(404);
}

#[tokio::test]
async fn a_list_in_front_of_the_desk_is_no_mail_to_many() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded(SUPPORT).await;
    let listed = |id: &str| {
        mail(id, "hello").with("List-Unsubscribe", "<https://acme.test/u/1>").with("List-Id", "Support <support.acme.test>")
    };
    assert_eq!(desk.take(&forwarded(listed("g1"), &added)).await["state"], "opened");
    let other = listed("g2").with("List-Id", "News <news.example.org>");
    assert_eq!(desk.take(&forwarded(other, &added)).await["reason"], "bulk");
}

#[tokio::test]
async fn whom_a_group_wrote_over_is_the_customer_and_unproven() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded(SUPPORT).await;
    let rewritten = mail("g1", "hello")
        .from("'Ann Lee' via Support <support@acme.test>")
        .with("X-Original-From", "Ann Lee <ann@example.org>");
    let noted = desk.take(&forwarded(rewritten, &added)).await;
    assert_eq!(
        [&noted["state"], &noted["from"], &noted["verified"]],
        [&json!("opened"), &json!("ann@example.org"), &json!(false)]
    );
    let ticket = desk.ticket(&noted["ticket"]).await;
    assert_eq!(
        [&ticket["distinct_id"], &ticket["identity_verified"], &ticket["anonymous_traits"]["name"]],
        [&json!("ann@example.org"), &json!(false), &json!("Ann Lee")]
    );
}

/// The server that forwards has checked who wrote the mail. Its word counts if the project trusts it, and if it is the one that
/// handed the mail on.
#[tokio::test]
async fn a_trusted_forwarder_vouches_for_a_sender() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded(SUPPORT).await;
    let checked = |id: &str, by: &str, envelope: &str| {
        let results = format!("{by}; spf=pass smtp.mailfrom=acme.org; dmarc=pass header.from=acme.org");
        let sent = mail(id, "hello").from("Ada <ada@acme.org>").with("Authentication-Results", &results);
        forwarded(sent, &added).sent_by(envelope).found("dmarc=GRAY&spf=pass")
    };
    let verified = async |mail: Mail| desk.take(&mail).await["verified"].clone();
    assert_eq!(verified(checked("t1", "mx.google.com", "bounces@acme.test")).await, json!(true));
    assert_eq!(verified(checked("t2", "mx.example.net", "bounces@acme.test")).await, json!(false));
    assert_eq!(verified(checked("t3", "mx.google.com", "bounces@elsewhere.test")).await, json!(false));
    desk.desk.settings(json!({"email_trusted_forwarders": ["mx.example.net"]})).await;
    assert_eq!(verified(checked("t4", "mx.example.net", "bounces@acme.test")).await, json!(true));
    assert_eq!(verified(checked("t5", "mx.google.com", "bounces@acme.test")).await, json!(false));
}

#[tokio::test]
async fn answers_leave_from_the_address_once_its_domain_lets_the_desk_send() {
    let desk = mail_desk().await;
    let added = desk.add_forwarded(SUPPORT).await;
    let ticket = desk.take(&forwarded(mail("f1", "hello"), &added)).await["ticket"].clone();
    let answered = async |text: &str| {
        let sent = desk.reply(&ticket, json!({"message": text})).await;
        desk.settled(&ticket, &sent).await;
        let mail = desk.outbox().await.pop().unwrap();
        let letter = desk.sent(&mail).await;
        assert!(letter.reply_to[0].address.as_str().starts_with("reply+"), "answers come to the desk");
        (mail["from"].clone(), letter.from[0].address.to_string())
    };
    assert_eq!(answered("First").await, (json!("demo@desk.test"), "demo@desk.test".to_owned()));
    let path = format!("{ADDRESSES}{}/verify/", added["id"].as_str().unwrap());
    desk.desk.http.agent(Method::POST, &path, Value::Null).await.expect(200);
    assert_eq!(answered("Second").await, (json!(SUPPORT), SUPPORT.to_owned()));
    // So does a mail that begins a ticket.
    let new = json!({"recipient_email": "ben@example.com", "email_config_id": added["id"], "message": "Third"});
    let made = desk.desk.http.agent(Method::POST, "/tickets/compose/", new).await.expect(201).json;
    desk.desk.http.drain().await;
    assert_eq!(desk.outbox().await.pop().unwrap()["from"], SUPPORT);
    assert_eq!(desk.ticket(&made["id"]).await["email_to"], SUPPORT);
}

/// SES forgets a domain with its last address, whatever project has that.
#[tokio::test]
async fn a_domain_goes_with_its_last_address() {
    let desk = mail_desk().await;
    let ses = desk.desk.running.ses().unwrap();
    let added = desk.add_forwarded(SUPPORT).await;
    let new = json!({"kind": "forwarded", "address": "sales@acme.test"});
    let other = desk.as_other(Method::POST, ADDRESSES, new).await.expect(201).json;
    desk.desk.http.agent(Method::DELETE, &path_of(&added), Value::Null).await.expect(204);
    assert!(ses.knows_domain("acme.test"), "the other project's answers leave from it");

    desk.as_other(Method::POST, &format!("{}verify/", path_of(&other)), Value::Null).await.expect(200);
    ses.stick_domains(true);
    let away = desk.as_other(Method::DELETE, &path_of(&other), Value::Null).await.expect(503);
    assert!(away.header("retry-after").is_some());
    let left = desk.as_other(Method::GET, ADDRESSES, Value::Null).await.expect(200).json;
    assert_eq!(left["results"][0]["verified"], false, "nothing is sent from an address that is about to go");
    ses.stick_domains(false);
    desk.as_other(Method::DELETE, &path_of(&other), Value::Null).await.expect(204);
    assert!(!ses.knows_domain("acme.test"));
    desk.as_other(Method::DELETE, &path_of(&other), Value::Null).await.expect(404);
}

/// An account sends more mail than its desk's: whoever administers a project is not to send it as, say, the shop.
#[tokio::test]
async fn from_a_domain_of_others_the_desk_sends_only_with_leave() {
    let tag = |key: &str, desk: &str| json!([{"Key": key, "Value": desk}]);
    for (tags, may) in [
        (Value::Null, false),
        (tag("lambdesk-sends", "other.test"), false),
        (tag("lambdesk", "other.test"), false),
        (tag("lambdesk-sends", "desk.test"), true),
    ] {
        let desk = mail_desk().await;
        desk.desk.running.ses().unwrap().make_domain("acme.test", tags.clone());
        let added = desk.add_forwarded(SUPPORT).await;
        let asked = desk.desk.http.agent(Method::POST, &format!("{}verify/", path_of(&added)), Value::Null).await;
        if may {
            assert_eq!(asked.expect(200).json["verified"], true, "{tags}");
        } else {
            assert_eq!(asked.expect(409).json["code"], "domain_of_others", "{tags}");
        }
        let ticket = desk.take(&forwarded(mail("f1", "hello"), &added)).await["ticket"].clone();
        let sent = desk.reply(&ticket, json!({"message": "Hello"})).await;
        desk.settled(&ticket, &sent).await;
        let from = if may { SUPPORT } else { "demo@desk.test" };
        assert_eq!(desk.outbox().await.pop().unwrap()["from"], from, "{tags}");
    }
}

#[tokio::test]
async fn a_domain_that_others_have_made_known_stays() {
    let desk = mail_desk().await;
    let ses = desk.desk.running.ses().unwrap();
    ses.make_domain("acme.test", Value::Null);
    let added = desk.add_forwarded(SUPPORT).await;
    desk.desk.http.agent(Method::DELETE, &path_of(&added), Value::Null).await.expect(204);
    assert!(ses.knows_domain("acme.test"));
}

fn path_of(address: &Value) -> String {
    format!("{ADDRESSES}{}/", address["id"].as_str().unwrap())
}
