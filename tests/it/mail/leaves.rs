//! Answers that leave by mail.

use reqwest::Method;
use serde_json::{Value, json};

use super::{MailDesk, mail, mail_desk};

impl MailDesk {
    /// An agent answers on a ticket; returns the message.
    pub(crate) async fn reply(&self, ticket: &Value, body: Value) -> Value {
        let path = format!("/tickets/{}/reply/", ticket.as_str().unwrap());
        self.desk.http.agent(Method::POST, &path, body).await.expect(201).json
    }

    /// A message as it is once all that follows is done.
    pub(crate) async fn settled(&self, ticket: &Value, message: &Value) -> Value {
        self.desk.http.drain().await;
        let messages = self.messages(ticket).await;
        messages.into_iter().find(|found| found["id"] == message["id"]).unwrap()
    }
}

#[tokio::test]
async fn a_reply_leaves_and_the_customers_answer_comes_back() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let rich = json!({"type": "doc", "content": [{"type": "paragraph", "content": [
        {"type": "text", "text": "Try "}, {"type": "text", "text": "again", "marks": [{"type": "bold"}]}]}]});
    let sent = desk.reply(&ticket, json!({"message": "Try again", "rich_content": rich})).await;
    assert_eq!((&sent["delivery"]["status"], &sent["delivery"]["channel"]), (&json!("queued"), &json!("email")));
    let message = desk.settled(&ticket, &sent).await;
    let delivery = &message["delivery"];
    assert_eq!(delivery["status"], "delivered", "{message}");
    assert_eq!(delivery["recipients"][0]["address"], "ada@example.com");
    assert_eq!(delivery["recipients"][0]["kind"], "to");

    let outbox = desk.outbox().await;
    assert_eq!(outbox.len(), 1);
    assert_eq!((&outbox[0]["from"], &outbox[0]["recipients"]), (&json!("demo@desk.test"), &json!(["ada@example.com"])));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.subject.as_str(), letter.plain.as_deref().map(str::trim)), ("Re: The export fails", Some("Try again")));
    assert!(letter.html.as_deref().unwrap().contains("<strong>again</strong>"));
    assert_eq!(letter.from[0].name.as_deref(), Some("Agent (Demo)"));
    assert_eq!(letter.to[0].address.as_str(), "ada@example.com");
    assert_eq!(letter.reply_to[0].address.as_str(), desk.reply_to(&ticket).await);
    assert_eq!(letter.in_reply_to, ["a1@mail.example.com"]);
    assert_eq!(letter.references.first().map(String::as_str), Some("a1@mail.example.com"));

    // By the id that the service gave it, with all else stripped.
    let answer = mail("a2", "It works.").with("In-Reply-To", &format!("<{}>", letter.message_id.unwrap()));
    let noted = desk.take(&answer).await;
    assert_eq!((&noted["state"], &noted["ticket"]), (&json!("appended"), &ticket));
}

#[tokio::test]
async fn what_stays_on_the_desk_makes_no_mail() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let note = desk.reply(&ticket, json!({"message": "Who knows this?", "is_private": true})).await;
    assert_eq!(note.get("delivery"), None);
    let filed = desk.desk.http.file(json!({"message": "hello"})).await["id"].clone();
    let reply = desk.reply(&filed, json!({"message": "Hi"})).await;
    assert_eq!(reply.get("delivery"), None, "a ticket of another channel");
    desk.desk.http.drain().await;
    assert_eq!(desk.outbox().await, Vec::<Value>::new());
}

#[tokio::test]
async fn copies_go_to_whom_the_reply_names() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let path = format!("/tickets/{}/reply/", ticket.as_str().unwrap());
    for bad in [
        json!({"cc": ["nobody"]}),
        json!({"bcc": vec!["a@example.com"; 21]}),
        json!({"cc": ["zoë@exämple.com"]}),
        json!({"cc": ["bob@example.com"], "is_private": true}),
        json!({"bcc": ["bob@example.com"], "is_private": true}),
    ] {
        let mut body = json!({"message": "Hi"});
        body.as_object_mut().unwrap().extend(bad.as_object().unwrap().clone());
        desk.desk.http.agent(Method::POST, &path, body).await.expect(400);
    }
    let copies = json!({"message": "Hi", "cc": ["Bob@example.com", "ada@example.com"], "bcc": ["eve@example.com"]});
    let sent = desk.reply(&ticket, copies).await;
    let delivery = desk.settled(&ticket, &sent).await["delivery"].clone();
    let kinds: Vec<_> = delivery["recipients"].as_array().unwrap().iter().map(|to| (&to["address"], &to["kind"])).collect();
    let (ada, bob, eve) = (json!("ada@example.com"), json!("bob@example.com"), json!("eve@example.com"));
    assert_eq!(kinds, [(&ada, &json!("to")), (&bob, &json!("cc")), (&eve, &json!("bcc"))]);
    let outbox = desk.outbox().await;
    assert_eq!(outbox[0]["recipients"], json!([ada, bob, eve]));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.cc.len(), letter.first("bcc")), (1, None), "nobody sees a blind copy");
    // Who got one copy takes no part for that.
    assert_eq!(desk.ticket(&ticket).await["cc_participants"], json!([]));
}

#[tokio::test]
async fn a_reply_goes_to_at_most_fifty_people() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let path = format!("/tickets/{}/", ticket.as_str().unwrap());
    let people = |of: &str, count: usize| (0..count).map(|place| format!("{of}{place}@example.com")).collect::<Vec<_>>();
    desk.desk.http.agent(Method::PATCH, &path, json!({"cc_participants": people("part", 20)})).await.expect(200);
    let reply = async |bcc: Vec<String>| {
        let body = json!({"message": "Hi", "cc": people("cc", 20), "bcc": bcc});
        desk.desk.http.agent(Method::POST, &format!("{path}reply/"), body).await
    };
    let over = reply(people("bcc", 10)).await.expect(400).json;
    let why = "A mail can go to at most 50 addresses, with those who take part.";
    assert_eq!((&over["attr"], &over["detail"]), (&json!("cc"), &json!(why)));
    // Who is named twice gets it once.
    let mut bcc = people("bcc", 9);
    bcc.extend(people("part", 5));
    let sent = reply(bcc).await.expect(201).json;
    assert_eq!(sent["delivery"]["recipients"].as_array().unwrap().len(), 50);
}

#[tokio::test]
async fn whoever_takes_part_gets_the_next_reply_and_nothing_before_it() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let first = desk.reply(&ticket, json!({"message": "A secret for Ada"})).await;
    desk.settled(&ticket, &first).await;
    let with_bob = desk.answer(&ticket, "a2", "Bob has to know.").await.with("Cc", "Bob <bob@example.com>");
    assert_eq!(desk.take(&with_bob).await["state"], "appended");
    let unproven = desk.answer(&ticket, "a3", "Me too.").await.with("Cc", "attacker@example.com").unproven();
    assert_eq!(desk.take(&unproven).await["state"], "appended");
    let next = desk.reply(&ticket, json!({"message": "Hello both"})).await;
    desk.settled(&ticket, &next).await;
    let outbox = desk.outbox().await;
    assert_eq!(outbox[1]["recipients"], json!(["ada@example.com", "bob@example.com"]), "an unproven sender adds nobody");
    let raw = format!("{:?}", desk.sent(&outbox[1]).await);
    assert!(!raw.contains("A secret for Ada") && !raw.contains("The export stops"), "{raw}");

    let patch =
        async |change| desk.desk.http.agent(Method::PATCH, &format!("/tickets/{}/", ticket.as_str().unwrap()), change).await;
    let changed = patch(json!({"cc_participants": ["carol@example.com"]})).await.expect(200).json;
    assert_eq!(changed["cc_participants"], json!(["carol@example.com"]));
    patch(json!({"cc_participants": ["carol"]})).await.expect(400);
    let third = desk.reply(&ticket, json!({"message": "Hello Carol"})).await;
    desk.settled(&ticket, &third).await;
    assert_eq!(desk.outbox().await[2]["recipients"], json!(["ada@example.com", "carol@example.com"]));
    let filed = desk.desk.http.file(json!({"message": "hello"})).await;
    let other = format!("/tickets/{}/", filed["id"].as_str().unwrap());
    desk.desk.http.agent(Method::PATCH, &other, json!({"cc_participants": ["carol@example.com"]})).await.expect(400);
    desk.desk.http.agent(Method::PUT, &other, filed).await.expect(200);
}

#[tokio::test]
async fn what_a_member_wrote_by_mail_is_not_sent_again() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    // The team has read what she wrote.
    desk.ticket(&ticket).await;
    let to = desk.reply_to(&ticket).await;
    let by_member = mail("m1", "We look into it.").from("agent@example.com").to(&[&to, "ada@example.com"]);
    assert_eq!(desk.take(&by_member).await["state"], "appended");
    desk.desk.http.drain().await;
    assert_eq!(desk.listed().await["unread_team_count"], 0, "nobody has to read what the team wrote");
    let message = desk.last(&ticket).await;
    assert_eq!((&message["author_type"], message.get("delivery")), (&json!("support"), None));
    assert_eq!(desk.outbox().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_subject_can_name_nobody_who_gets_mail() {
    let desk = mail_desk().await;
    let odd = mail("a1", "hello").with("Subject", "=?utf-8?q?Hi=0D=0ABcc:_eve=40example.com=0D=0A?=");
    let ticket = desk.take(&odd).await["ticket"].clone();
    let sent = desk.reply(&ticket, json!({"message": "Hi"})).await;
    desk.settled(&ticket, &sent).await;
    let outbox = desk.outbox().await;
    assert_eq!(outbox[0]["recipients"], json!(["ada@example.com"]));
    let letter = desk.sent(&outbox[0]).await;
    assert_eq!((letter.first("bcc"), letter.all("subject").count()), (None, 1));
    assert!(letter.subject.contains("Bcc: eve@example.com"), "{}", letter.subject);
}

#[tokio::test]
async fn a_mail_of_the_team_begins_a_ticket() {
    let desk = mail_desk().await;
    let address = desk.desk.http.get("/email/addresses/").await.expect(200).json["results"][0]["id"].clone();
    let compose = async |change: Value| {
        let mut body = json!({
            "recipient_email": "Zoe@example.com", "email_subject": "Your order", "email_config_id": address, "message": "It is on its way.",
            "tags": ["order"],
        });
        body.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        desk.desk.http.agent(Method::POST, "/tickets/compose/", body).await
    };
    for bad in [
        json!({"recipient_email": "zoe"}),
        json!({"email_config_id": "01a00000-0000-7000-8000-000000000001"}),
        json!({"message": " "}),
        json!({"email_subject": "a\r\nBcc: eve@example.com"}),
    ] {
        compose(bad).await.expect(400);
    }
    let begun = compose(json!({})).await.expect(201).json;
    desk.desk.http.drain().await;
    let ticket = desk.ticket(&begun["id"]).await;
    for (field, value) in [
        ("status", json!("open")),
        ("channel_source", json!("email")),
        ("email_from", json!("zoe@example.com")),
        ("email_to", json!("demo@desk.test")),
        ("email_subject", json!("Your order")),
        ("identity_verified", Value::Null),
        ("tags", json!(["order"])),
        ("ticket_number", begun["ticket_number"].clone()),
    ] {
        assert_eq!(ticket[field], value, "{field}");
    }
    let message = desk.last(&begun["id"]).await;
    assert_eq!((&message["author_type"], &message["delivery"]["status"]), (&json!("support"), &json!("delivered")));
    let first = desk.sent(&desk.outbox().await[0]).await;
    assert_eq!((first.subject.as_str(), first.in_reply_to.len()), ("Your order", 0));
    let answer = mail("z1", "Thanks!").from("Zoe <zoe@example.com>").to(&[first.reply_to[0].address.as_str()]);
    assert_eq!(desk.take(&answer).await["ticket"], begun["id"]);
    let next = desk.reply(&begun["id"], json!({"message": "Welcome"})).await;
    desk.settled(&begun["id"], &next).await;
    let second = desk.sent(&desk.outbox().await[1]).await;
    assert_eq!((second.subject.as_str(), &second.in_reply_to), ("Re: Your order", &vec!["z1@mail.example.com".to_owned()]));
    assert!(second.references.contains(&first.message_id.unwrap()), "{:?}", second.references);
}
