//! Files that leave with an answer.

use lambdesk_local::ses::Fault;
use lambdesk_mail::letter::Bytes;
use serde_json::{Value, json};

use super::{MailDesk, away::BEGIN, mail, mail_desk, mail_desk_at};
use crate::attachments::PNG;

impl MailDesk {
    async fn uploaded(&self, ticket: &Value, name: &str, bytes: &[u8]) -> Value {
        self.desk.upload(ticket.as_str().unwrap(), name, bytes).await
    }
}

/// A document with a picture that was uploaded.
fn showing(ticket: &Value, picture: &Value) -> Value {
    let (ticket, picture) = (ticket.as_str().unwrap(), picture.as_str().unwrap());
    let source = format!("/api/projects/1/conversations/tickets/{ticket}/attachments/{picture}/");
    json!({"type": "doc", "content": [
        {"type": "paragraph", "content": [{"type": "text", "text": "See:"}]},
        {"type": "image", "attrs": {"src": source, "alt": "the menu"}},
    ]})
}

#[tokio::test]
async fn files_of_an_answer_leave_with_it_and_pictures_of_the_text_are_shown_there() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let (bill, menu) =
        (desk.uploaded(&ticket, "Rechnung über \"fünf\".pdf", b"%PDF-1.7").await, desk.uploaded(&ticket, "menu.png", PNG).await);
    let body = json!({"message": "See: the menu", "rich_content": showing(&ticket, &menu), "attachments": [bill, menu]});
    let sent = desk.reply(&ticket, body).await;
    let message = desk.settled(&ticket, &sent).await;
    assert_eq!(message["delivery"]["status"], "delivered", "{message}");
    let inline: Vec<_> = message["attachments"].as_array().unwrap().iter().map(|file| file["inline"].clone()).collect();
    assert_eq!(inline, [json!(false), json!(true)]);

    let letter = desk.sent(&desk.outbox().await[0]).await;
    let bytes = |name: &str| letter.files.iter().find(|file| file.name == name).map(|file| file.bytes.clone());
    assert_eq!(bytes("Rechnung über \"fünf\".pdf"), Some(Bytes::Kept(b"%PDF-1.7".to_vec())));
    assert_eq!(letter.files.len(), 2, "{:?}", letter.files);
    let id = menu.as_str().unwrap();
    let shown = letter.files.iter().find(|file| file.content_id.as_deref() == Some(id)).unwrap();
    assert_eq!(shown.bytes, Bytes::Kept(PNG.to_vec()));
    let html = letter.html.as_deref().unwrap();
    assert!(html.contains(&format!("cid:{id}")) && !html.contains("/attachments/"), "{html}");
    // The customer answers with the picture in the quote. It is known by the mail that it came in.
    assert_eq!(desk.take(&desk.answer(&ticket, "a2", "Thanks.").await).await["state"], "appended");
}

#[tokio::test]
async fn files_of_a_note_stay_on_the_desk() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let log = desk.uploaded(&ticket, "log.txt", b"secret").await;
    desk.reply(&ticket, json!({"message": "See the log.", "is_private": true, "attachments": [log]})).await;
    let told = desk.reply(&ticket, json!({"message": "We look into it."})).await;
    desk.settled(&ticket, &told).await;
    let outbox = desk.outbox().await;
    assert_eq!(outbox.len(), 1);
    let letter = desk.sent(&outbox[0]).await;
    assert!(letter.files.is_empty());
    let html = letter.html.unwrap();
    assert!(html.contains("We look into it.") && !html.contains("log") && !html.contains("href"), "{html}");
}

#[tokio::test]
async fn a_customer_who_is_away_gets_the_files_of_all_that_waits() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let (_, ticket) = desk.in_widget().await;
    for (name, bytes) in [("bill.pdf", b"%PDF-1.7".as_slice()), ("menu.png", PNG)] {
        let file = desk.uploaded(&ticket, name, bytes).await;
        desk.reply(&ticket, json!({"message": name, "attachments": [file]})).await;
    }
    desk.later(&time, 301).await;
    let outbox = desk.outbox().await;
    let names: Vec<_> = desk.sent(&outbox[0]).await.files.into_iter().map(|file| file.name).collect();
    assert_eq!((outbox.len(), names), (1, vec!["bill.pdf".to_owned(), "menu.png".to_owned()]));
}

#[tokio::test]
async fn an_answer_waits_for_its_files_while_the_bucket_is_away() {
    let (desk, time) = mail_desk_at(BEGIN).await;
    let ticket = desk.asked().await;
    let bill = desk.uploaded(&ticket, "bill.pdf", b"%PDF-1.7").await;
    // The first try fails for another reason, so that the bucket can go between the reply and its mail.
    desk.fail_first(Fault::Throttle, 1);
    let sent = desk.reply(&ticket, json!({"message": "Here it is.", "attachments": [bill]})).await;
    assert_eq!(desk.settled(&ticket, &sent).await["delivery"]["status"], "queued");
    let later = async || {
        time.pass(3600);
        desk.desk.http.tick().await;
        desk.settled(&ticket, &sent).await["delivery"].clone()
    };
    desk.desk.running.bucket_is_away(true);
    let waits = later().await;
    assert_eq!(waits["status"], "queued");
    assert!(waits["detail"].as_str().unwrap().contains("files"), "{waits}");
    desk.desk.running.bucket_is_away(false);
    assert_eq!(later().await["status"], "delivered");
    let outbox = desk.outbox().await;
    assert_eq!((outbox.len(), desk.sent(&outbox[0]).await.files.len()), (1, 1));
}

/// The mail is kept before the function hears of it. What it can't put beside the ticket, it puts there the next time.
#[tokio::test]
async fn a_mail_is_taken_in_once_the_bucket_works_again() {
    let desk = mail_desk().await;
    desk.desk.running.bucket_is_away(true);
    let sent = mail("a1", "hello");
    desk.upload(&sent.envelope(), &["demo@desk.test"], "", sent.raw()).await.expect(500);
    assert!(desk.inbound("").await.is_empty(), "nothing is noted of what was not read");
    desk.desk.running.bucket_is_away(false);
    assert_eq!(desk.take(&sent).await["state"], "opened");
}
