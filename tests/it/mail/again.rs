//! Mails of which nothing became, taken in once more.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, MailDesk, mail, mail_desk};
use crate::support::Reply;

impl MailDesk {
    async fn release(&self, mail: &Value) -> Reply {
        self.once_more(mail, "release").await
    }

    async fn replay(&self, mail: &Value) -> Reply {
        self.once_more(mail, "replay").await
    }

    async fn once_more(&self, mail: &Value, what: &str) -> Reply {
        let path = format!("/email/inbound/{}/{what}/", mail["id"].as_str().unwrap());
        self.desk.http.agent(Method::POST, &path, Value::Null).await
    }

    /// What is noted of a mail by now.
    async fn now(&self, mail: &Value) -> Value {
        self.noted(&mail["ses_id"]).await
    }
}

#[tokio::test]
async fn a_held_mail_becomes_its_ticket_once_however_often_it_is_let_in() {
    let desk = mail_desk().await;
    let held = desk.take(&mail("s1", "buy").found("spam=FAIL")).await;
    assert_eq!((&held["state"], &held["reason"], desk.tickets().await), (&json!("held"), &json!("spam"), 0));
    let press = || desk.release(&held);
    let pressed = tokio::join!(press(), press(), press(), press());
    for reply in [pressed.0, pressed.1, pressed.2, pressed.3] {
        // Whoever comes last finds it let in.
        assert!([202, 409].contains(&reply.status), "{}", reply.status);
    }
    let now = desk.now(&held).await;
    assert_eq!(
        [&now["state"], &now["reason"], &now["at"], &now["id"]],
        [&json!("opened"), &Value::Null, &held["at"], &held["id"]]
    );
    assert_eq!((desk.tickets().await, desk.inbound("").await.len(), desk.messages(&now["ticket"]).await.len()), (1, 1, 1));
    assert_eq!(desk.ticket(&now["ticket"]).await["tags"], json!(["spam"]));
    assert_eq!(desk.release(&held).await.expect(409).json["code"], "not_held");
    assert_eq!(desk.replay(&held).await.expect(409).json["code"], "not_open");
    let audit = desk.desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json;
    assert_eq!(audit["results"][0]["action"], "email_inbound.released");
}

#[tokio::test]
async fn all_that_is_held_may_be_let_in() {
    let desk = mail_desk().await;
    let news = mail("n1", "Ten tips").from("news@example.org").with("List-Unsubscribe", "<https://example.org/u/1>");
    let bulk = desk.take(&news).await;
    desk.release(&bulk).await.expect(202);
    assert_eq!(desk.now(&bulk).await["state"], "opened");
    // The 25 mails of one sender.
    let mut held = Vec::new();
    for place in 0..25 {
        let noted = desk.take(&mail(&format!("f{place}"), "Another one.")).await;
        if noted["reason"] == "rate" {
            held.push(noted);
        }
    }
    assert_eq!((held.len(), desk.tickets().await), (5, 21));
    for mail in &held {
        desk.release(mail).await.expect(202);
        assert_eq!(desk.now(mail).await["state"], "opened");
    }
    assert_eq!(desk.tickets().await, 26);
    assert_eq!(desk.inbound("&state=held").await, Vec::<Value>::new());
}

#[tokio::test]
async fn an_answer_that_was_held_goes_to_its_ticket() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let held = desk.take(&desk.answer(&ticket, "s1", "Still broken.").await.found("spam=FAIL")).await;
    assert_eq!(held["state"], "held");
    desk.release(&held).await.expect(202);
    let now = desk.now(&held).await;
    assert_eq!((&now["state"], &now["ticket"], &now["verified"]), (&json!("appended"), &ticket, &json!(true)));
    assert_eq!(desk.last(&ticket).await["content"], "Still broken.");
}

#[tokio::test]
async fn a_mail_that_came_again_meanwhile_is_no_second_ticket() {
    let desk = mail_desk().await;
    let held = desk.take(&mail("s1", "buy").found("spam=FAIL")).await;
    let copy = desk.take(&mail("s1", "buy")).await;
    assert_eq!(copy["state"], "opened");
    desk.release(&held).await.expect(202);
    let now = desk.now(&held).await;
    assert_eq!((&now["state"], &now["ticket"], desk.tickets().await), (&json!("duplicate"), &copy["ticket"], 1));
}

#[tokio::test]
async fn a_replay_follows_the_rules_of_its_time() {
    let desk = mail_desk().await;
    let held = desk.take(&mail("s1", "buy").found("spam=FAIL")).await;
    for _ in 0..2 {
        desk.replay(&held).await.expect(202);
        assert_eq!(desk.now(&held).await["state"], "held", "nothing has changed");
    }
    desk.desk.settings(json!({"email_spam": "open"})).await;
    desk.replay(&held).await.expect(202);
    assert_eq!(desk.now(&held).await["state"], "opened");
    let own = desk.take(&mail("l1", "hello").from("Acme <demo@desk.test>")).await;
    assert_eq!((&own["state"], desk.release(&own).await.status), (&json!("ignored"), 409));
    desk.replay(&own).await.expect(202);
    assert_eq!(desk.now(&own).await["reason"], "loop");
    let virus = desk.take(&mail("v1", "run me").found("virus=FAIL")).await;
    assert_eq!([desk.release(&virus).await.status, desk.replay(&virus).await.status], [409, 409]);
    assert_eq!(desk.tickets().await, 1);
}

#[tokio::test]
async fn a_mail_that_is_gone_is_told_so() {
    let data = tempfile::tempdir().unwrap();
    let desk = MailDesk { desk: crate::support::desk_on(data.path()).await };
    desk.add_address("demo").await;
    let held = desk.take(&mail("s1", "buy").found("spam=FAIL")).await;
    std::fs::remove_file(data.path().join("mail/inbound").join(held["ses_id"].as_str().unwrap())).unwrap();
    desk.release(&held).await.expect(202);
    let now = desk.now(&held).await;
    assert_eq!((&now["state"], &now["reason"]), (&json!("failed"), &json!("no_mail")));
}

#[tokio::test]
async fn administrators_let_in_and_agents_replay_in_their_own_project() {
    let desk = mail_desk().await;
    let held = desk.take(&mail("s1", "buy").found("spam=FAIL")).await;
    let key = desk.desk.colleague("ben").await;
    let path = |what: &str| format!("/email/inbound/{}/{what}/", held["id"].as_str().unwrap());
    let by = async |what: &str| {
        let path = format!("/projects/1/conversations{}", path(what));
        desk.desk.by(&key, Method::POST, &path, Value::Null).await.status
    };
    assert_eq!([by("release").await, by("replay").await], [403, 202]);
    for what in ["release", "replay"] {
        desk.as_other(Method::POST, &path(what), Value::Null).await.expect(404);
        for id in ["nothing", "0000000001000000-nothing", "1-2"] {
            let path = format!("/email/inbound/{id}/{what}/");
            assert_eq!(desk.desk.http.agent(Method::POST, &path, Value::Null).await.status, 404, "{id}");
        }
    }
    assert_eq!(desk.now(&held).await["state"], "held");
    // Without an address the project takes no mail, and what is held stays so.
    let all = desk.desk.http.get(ADDRESSES).await.expect(200).json;
    let address = format!("{ADDRESSES}{}/", all["results"][0]["id"].as_str().unwrap());
    desk.desk.http.agent(Method::DELETE, &address, Value::Null).await.expect(204);
    desk.release(&held).await.expect(202);
    assert_eq!((&desk.now(&held).await["state"], desk.tickets().await), (&json!("held"), 0));
}
