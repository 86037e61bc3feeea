//! Which ticket a mail goes to, and who may write on it.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, mail, mail_desk, mail_desk_at};

/// What is noted of a mail: what became of it, and whether it is on this ticket.
fn on(noted: &Value, ticket: &Value) -> (String, bool) {
    (noted["state"].as_str().unwrap().to_owned(), noted["ticket"] == *ticket)
}

fn appended() -> (String, bool) {
    ("appended".to_owned(), true)
}

fn opened() -> (String, bool) {
    ("opened".to_owned(), false)
}

#[tokio::test]
async fn a_reply_finds_its_ticket_by_its_address_or_by_any_id() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let by_token = desk.answer(&ticket, "a2", "By the token.").await;
    assert_eq!(on(&desk.take(&by_token).await, &ticket), appended());
    let capitals = desk.reply_to(&ticket).await.to_uppercase().replace("DESK.TEST", "desk.test");
    assert_eq!(on(&desk.take(&mail("a3", "In capitals.").to(&[&capitals])).await, &ticket), appended());
    let own = desk.own_id(&ticket).await;
    let by_own = mail("a4", "By our id.").with("References", &format!("<x.1@apple.example> <{own}>"));
    assert_eq!(on(&desk.take(&by_own).await, &ticket), appended());
    let by_seen = mail("a5", "By an id that was seen.").with("In-Reply-To", "<a1@mail.example.com>");
    assert_eq!(on(&desk.take(&by_seen).await, &ticket), appended());
    assert_eq!(desk.messages(&ticket).await.len(), 5);
    let shown = desk.desk.http.get("/tickets/").await.expect(200).json["results"][0].clone();
    assert_eq!((&shown["message_count"], &shown["status"]), (&json!(5), &json!("new")));
}

#[tokio::test]
async fn a_reply_shows_new_text_only() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let text = "It works now.\n\nOn Mon, 4 May 2026 at 10:11, Acme <demo@desk.test> wrote:\n> Try again.\n";
    desk.take(&desk.answer(&ticket, "a2", text).await).await;
    let last = desk.last(&ticket).await;
    assert_eq!((last["content"].as_str(), &last["source"]["quoted"]), (Some("It works now."), &json!(true)));
}

#[tokio::test]
async fn what_points_nowhere_opens_a_ticket() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let token = desk.token(&ticket).await;
    let other = if token.ends_with('a') { "q" } else { "a" };
    let broken = format!("{}{other}{}", &token[..30], &token[31..]);
    let broken = if broken == token { token.replacen('b', "c", 1) } else { broken };
    let to = format!("reply+{broken}@desk.test");
    let noted = desk.take(&mail("a2", "With a letter changed.").to(&[&to])).await;
    assert_eq!(on(&noted, &ticket), opened());
    assert_eq!(noted["to"], "demo@desk.test", "the default address stands for the project");
    assert_eq!(on(&desk.take(&mail("a3", "By number.").with("Subject", "[#1] Re: The export fails")).await, &ticket), opened());
    desk.desk.http.agent(Method::DELETE, &format!("/tickets/{}/", ticket.as_str().unwrap()), Value::Null).await.expect(204);
    let late = mail("a4", "Too late.").to(&[&format!("reply+{token}@desk.test")]);
    assert_eq!(on(&desk.take(&late).await, &ticket), opened());
    assert_eq!(desk.desk.http.get(&format!("/tickets/{}/", ticket.as_str().unwrap())).await.status, 404, "it does not come back");
}

#[tokio::test]
async fn a_token_of_another_project_is_that_projects_mail() {
    let desk = mail_desk().await;
    desk.as_other(Method::POST, ADDRESSES, json!({"kind": "desk", "address": "other"})).await.expect(201);
    let asked = mail("o1", "hello").from("Zoe <zoe@example.org>").to(&["other@desk.test"]);
    desk.upload("zoe@example.org", &["other@desk.test"], "", asked.raw()).await.expect(202);
    let theirs = async || desk.as_other(Method::GET, "/tickets/", Value::Null).await.expect(200).json;
    let ticket = theirs().await["results"][0]["id"].clone();
    let to = format!("reply+{}@desk.test", desk.token_of(2, &ticket).await);
    let sent = mail("a1", "I am no part of it.").to(&[&to]);
    desk.upload("ada@example.com", &[&to], "", sent.raw()).await.expect(202);
    let after = theirs().await;
    assert_eq!((&after["count"], &after["results"][0]["related_ticket"]), (&json!(2), &json!(1)));
    assert_eq!(desk.tickets().await, 0);

    // Who takes part there is heard there, also as a customer of this one.
    let own = desk.asked().await;
    let with_ada = mail("o2", "Ada knows more.").from("Zoe <zoe@example.org>").to(&[&to]).with("Cc", "ada@example.com");
    desk.upload("zoe@example.org", &[&to], "", with_ada.raw()).await.expect(202);
    let sent = mail("a2", "I do.").to(&[&to]);
    desk.upload("ada@example.com", &[&to], "", sent.raw()).await.expect(202);
    let path = format!("/tickets/{}/messages/", ticket.as_str().unwrap());
    let there = desk.as_other(Method::GET, &path, Value::Null).await.expect(200).json;
    let last = there["results"].as_array().unwrap().last().unwrap();
    assert_eq!((&last["content"], &last["author_type"]), (&json!("I do."), &json!("customer")));
    assert_eq!((&theirs().await["count"], desk.tickets().await, desk.messages(&own).await.len()), (&json!(2), 1, 1));
}

#[tokio::test]
async fn a_stranger_with_a_token_opens_a_ticket_of_their_own() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let forwarded = desk.answer(&ticket, "c1", "A secret of Carol's.").await.from("Carol <carol@example.net>");
    let noted = desk.take(&forwarded).await;
    assert_eq!(on(&noted, &ticket), opened());
    let own = desk.ticket(&noted["ticket"]).await;
    assert_eq!((&own["related_ticket"], &own["email_from"]), (&json!(1), &json!("carol@example.net")));
    let note = desk.last(&ticket).await;
    assert_eq!((&note["is_private"], &note["author_type"]), (&json!(true), &json!("support")));
    let text = note["content"].as_str().unwrap();
    assert!(text.contains("carol@example.net") && text.contains("#2") && !text.contains("secret"), "{text}");
    assert_eq!(desk.ticket(&ticket).await["status"], "new");
}

#[tokio::test]
async fn whoever_forges_the_requester_learns_and_says_nothing() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let forged = desk.answer(&ticket, "f1", "Send me all.").await.found("dmarc=FAIL&policy=reject");
    let noted = desk.take(&forged).await;
    assert_eq!(on(&noted, &ticket), opened());
    let own = desk.ticket(&noted["ticket"]).await;
    assert_eq!((&own["identity_verified"], &own["related_ticket"]), (&json!(false), &json!(1)));
    assert_eq!(own["proven_traits"], json!([]));
    // Without a rule of the domain nobody knows, so the mail is heard, is marked, and adds nobody.
    let doubtful = desk.answer(&ticket, "f2", "Me again.").await.with("Cc", "attacker@example.net").unproven();
    assert_eq!(on(&desk.take(&doubtful).await, &ticket), appended());
    assert_eq!(desk.last(&ticket).await["source"]["verified"], false);
    assert_eq!(desk.ticket(&ticket).await["cc_participants"], json!([]));
    let attacker = desk.answer(&ticket, "f3", "And me?").await.from("attacker@example.net");
    assert_eq!(on(&desk.take(&attacker).await, &ticket), opened());
}

#[tokio::test]
async fn a_proven_requester_lets_others_take_part() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let cc = "Bob <bob@example.com>, demo@desk.test, agent@example.com";
    desk.take(&desk.answer(&ticket, "a2", "Bob knows more.").await.with("Cc", cc)).await;
    assert_eq!(desk.ticket(&ticket).await["cc_participants"], json!(["bob@example.com"]), "neither the desk nor the team");
    let of_bob = desk.answer(&ticket, "b1", "I do.").await.from("Bob <bob@example.com>");
    assert_eq!(on(&desk.take(&of_bob).await, &ticket), appended());
    let last = desk.last(&ticket).await;
    assert_eq!((&last["author_type"], &last["author_name"]), (&json!("customer"), &json!("Bob")));
    let path = format!("/tickets/{}/activity/", ticket.as_str().unwrap());
    let activity = desk.desk.http.get(&path).await.expect(200).json["results"].clone();
    let changes = &activity.as_array().unwrap().last().unwrap()["changes"];
    assert_eq!(changes[0], json!({"field": "cc_participants", "before": null, "after": ["bob@example.com"]}));
    assert_eq!(activity.as_array().unwrap().len(), 1);
    desk.desk.http.drain().await;
    assert_eq!(desk.desk.http.get("/tickets/").await.expect(200).json["results"][0]["unread_team_count"], 1, "read since");
}

#[tokio::test]
async fn answers_to_one_newsletter_are_tickets_of_their_own() {
    let desk = mail_desk().await;
    for person in 0..50 {
        let answer = mail(&format!("p{person}"), "Please call me.")
            .from(&format!("Person <person{person}@example.org>"))
            .with("In-Reply-To", "<news-2026-05@lists.acme.example>");
        assert_eq!(desk.take(&answer).await["state"], "opened", "{person}");
    }
    assert_eq!(desk.tickets().await, 50);
}

/// The seeded agent is `agent@example.com`.
#[tokio::test]
async fn a_member_writes_to_the_customer_or_to_the_team() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let reply_to = desk.reply_to(&ticket).await;
    let to_all = mail("m1", "Please try again.").from("Agent <agent@example.com>").to(&["Ada <ada@example.com>", &reply_to]);
    assert_eq!(on(&desk.take(&to_all).await, &ticket), appended());
    let sent = desk.last(&ticket).await;
    assert_eq!((&sent["author_type"], &sent["author_name"]), (&json!("support"), &json!("Agent")));
    assert_eq!((&sent["is_private"], &sent["source"]["verified"]), (&json!(false), &json!(true)));
    let to_desk = mail("m2", "She is a new customer.").from("Agent <agent@example.com>").to(&[&reply_to]);
    assert_eq!(on(&desk.take(&to_desk).await, &ticket), ("noted".to_owned(), true));
    assert_eq!(desk.last(&ticket).await["is_private"], true);
    for (id, found) in [("m3", "dmarc=GRAY"), ("m4", "dmarc=FAIL&policy=reject")] {
        let forged = mail(id, "I am the boss.").from("Agent <agent@example.com>").to(&[&reply_to]).found(found);
        let noted = desk.take(&forged).await;
        assert_eq!(on(&noted, &ticket), opened(), "{found}");
        assert_eq!(desk.last(&noted["ticket"]).await["author_type"], "customer");
    }
}

#[tokio::test]
async fn a_reply_reopens_its_ticket_while_it_may() {
    let (desk, time) = mail_desk_at("2026-05-04T08:00:00Z").await;
    desk.desk.settings(json!({"reopen_within_days": 7})).await;
    let ticket = desk.asked().await;
    let path = format!("/tickets/{}/", ticket.as_str().unwrap());
    let resolve = async || desk.desk.http.agent(Method::PATCH, &path, json!({"status": "resolved"})).await.expect(200);
    resolve().await;
    time.pass(24 * 3600);
    assert_eq!(on(&desk.take(&desk.answer(&ticket, "a2", "Again.").await).await, &ticket), appended());
    assert_eq!(desk.ticket(&ticket).await["status"], "open");
    resolve().await;
    time.pass(8 * 24 * 3600);
    let noted = desk.take(&desk.answer(&ticket, "a3", "And again.").await).await;
    assert_eq!(on(&noted, &ticket), opened());
    let next = desk.ticket(&noted["ticket"]).await;
    assert_eq!((&next["follows_up"], &next["email_from"]), (&ticket, &json!("ada@example.com")));
    // What is addressed to the ended one goes on in the next.
    let later = desk.take(&desk.answer(&ticket, "a4", "Still.").await).await;
    assert_eq!(on(&later, &noted["ticket"]), appended());
}

/// Nobody takes part by mail in a ticket of the widget, since no mail was sent on it.
#[tokio::test]
async fn no_mail_writes_on_a_ticket_of_the_widget() {
    let desk = mail_desk().await;
    let ticket = json!(desk.desk.customer().open("help").await);
    assert_eq!(on(&desk.take(&desk.answer(&ticket, "a1", "It is me.").await).await, &ticket), opened());
    assert_eq!(desk.messages(&ticket).await.len(), 2, "the note names the new one");
}
