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
