//! Mail that no person wrote to the desk, and more mail than one person writes.

use serde_json::{Value, json};

use super::{away::BEGIN, mail, mail_desk, mail_desk_at};

fn became(noted: &Value) -> (&str, Option<&str>) {
    (noted["state"].as_str().unwrap(), noted["reason"].as_str())
}

#[tokio::test]
async fn an_automatic_reply_is_a_note_or_nothing() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let before = desk.ticket(&ticket).await;
    let away = |mail: super::Mail| mail.with("Auto-Submitted", "auto-replied (vacation)");
    let noted = desk.take(&away(desk.answer(&ticket, "o1", "I am on holiday.").await)).await;
    assert_eq!((became(&noted), &noted["ticket"]), (("noted", None), &ticket));
    let note = desk.last(&ticket).await;
    assert_eq!((&note["is_private"], note["content"].as_str()), (&json!(true), Some("Automatic reply: I am on holiday.")));
    let after = desk.ticket(&ticket).await;
    for field in ["status", "message_count", "last_message_at", "unread_customer_count", "sla", "updated_at"] {
        assert_eq!(after[field], before[field], "{field}");
    }
    assert_eq!(became(&desk.take(&away(mail("o2", "I am away."))).await), ("ignored", Some("auto_reply")));
    let of_stranger = away(desk.answer(&ticket, "o3", "Away too.").await.from("carol@example.net"));
    assert_eq!(became(&desk.take(&of_stranger).await), ("ignored", Some("auto_reply")));
    assert_eq!(desk.tickets().await, 1);
}

/// What a machine answers is nothing that the customer has said.
#[tokio::test]
async fn an_automatic_reply_moves_nothing() {
    let (desk, _) = mail_desk_at(BEGIN).await;
    desk.desk.settings(json!({"reopen_within_days": 7})).await;
    let targets = json!({"first_response": {"amount": 8}, "next_response": {"amount": 4}});
    desk.desk.agent().set_sla_policies(json!({"policies": [{"name": "All", "targets": targets}]})).await;
    let ticket = desk.asked().await;
    let sent = desk.reply(&ticket, json!({"message": "Try again."})).await;
    desk.settled(&ticket, &sent).await;
    desk.ticket(&ticket).await;
    let seen = async || {
        desk.desk.http.drain().await;
        (desk.listed().await, desk.desk.http.events(1).await.len())
    };
    for status in ["pending", "resolved"] {
        desk.desk.tickets().patch(ticket.as_str().unwrap(), json!({"status": status})).await;
        let before = seen().await;
        let away = desk.answer(&ticket, status, "I am on holiday.").await.with("Auto-Submitted", "auto-replied (vacation)");
        assert_eq!(became(&desk.take(&away).await), ("noted", None));
        assert_eq!(seen().await, before, "{status}");
    }
    // What she writes herself does all of that.
    let (before, told) = seen().await;
    assert_eq!((&before["unread_team_count"], &before["sla_due_at"]), (&json!(0), &Value::Null));
    assert_eq!(became(&desk.take(&desk.answer(&ticket, "a2", "Still broken.").await).await), ("appended", None));
    let (after, told_since) = seen().await;
    assert_eq!((&after["status"], &after["unread_team_count"]), (&json!("open"), &json!(1)));
    assert!(after["sla_due_at"].is_string() && told_since > told, "{after}");
}

#[tokio::test]
async fn a_bounce_opens_no_ticket() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let report = "--r\nContent-Type: message/delivery-status\n\nFinal-Recipient: rfc822; ada@example.com\nAction: failed\n\n--r\n\
                  Content-Type: text/rfc822-headers\n\nMessage-ID: <{ID}>\n\n--r--\n";
    let own = desk.own_id(&ticket).await;
    for (id, about) in [("d1", own.as_str()), ("d2", "x@elsewhere.example")] {
        let bounce = mail(id, &report.replace("{ID}", about))
            .from("Mail Delivery System <mailer-daemon@mail.example.com>")
            .sent_by("")
            .with("Content-Type", "multipart/report; report-type=delivery-status; boundary=\"r\"");
        assert_eq!(became(&desk.take(&bounce).await), ("ignored", Some("bounce")), "{id}");
    }
    assert_eq!(became(&desk.take(&mail("d3", "lost").sent_by("")).await), ("ignored", Some("bounce")));
    assert_eq!((desk.tickets().await, desk.messages(&ticket).await.len()), (1, 1));
}

#[tokio::test]
async fn the_desks_own_mails_go_in_no_circle() {
    let desk = mail_desk().await;
    let mark = desk.mark().await;
    let ticket = desk.asked().await;
    let own = desk.own_id(&ticket).await;
    for circling in [
        mail("l1", "hello").from("Acme <demo@desk.test>"),
        mail("l2", "hello").with("X-Lambdesk-Desk", &mark),
        mail("l3", "hello").with("Message-ID", &format!("<{own}>")),
    ] {
        assert_eq!(became(&desk.take(&circling).await), ("ignored", Some("loop")));
    }
    assert_eq!(desk.tickets().await, 1);
}

#[tokio::test]
async fn what_a_machine_writes_is_marked_and_what_goes_to_many_is_held() {
    let desk = mail_desk().await;
    let order = mail("s1", "Order 7 was paid.").with("Auto-Submitted", "auto-generated");
    let noted = desk.take(&order).await;
    assert_eq!(became(&noted), ("opened", None));
    assert_eq!(desk.last(&noted["ticket"]).await["source"]["automated"], true);
    let news = mail("n1", "Ten tips").from("news@example.org").with("List-Unsubscribe", "<https://example.org/u/1>");
    assert_eq!(became(&desk.take(&news).await), ("held", Some("bulk")));
    desk.desk.settings(json!({"email_bulk": "open"})).await;
    let noted = desk.take(&news.with("Message-ID", "<n2@example.org>")).await;
    assert_eq!(became(&noted), ("opened", None));
}

#[tokio::test]
async fn spam_is_held_and_viruses_are_refused() {
    let desk = mail_desk().await;
    assert_eq!(became(&desk.take(&mail("s1", "buy").found("spam=FAIL")).await), ("held", Some("spam")));
    assert_eq!(became(&desk.take(&mail("v1", "run me").found("virus=FAIL")).await), ("refused", Some("virus")));
    assert_eq!(became(&desk.take(&mail("g1", "hi").found("spam=GRAY&virus=PROCESSING_FAILED")).await), ("opened", None));
    let said = mail("s2", "buy").with("X-Local-Verdict", "spam=FAIL");
    assert_eq!(became(&desk.take(&said).await), ("held", Some("spam")));
    desk.desk.settings(json!({"email_spam": "open"})).await;
    let noted = desk.take(&mail("s3", "buy").found("spam=FAIL")).await;
    assert_eq!((became(&noted), desk.ticket(&noted["ticket"]).await["tags"].clone()), (("opened", None), json!(["spam"])));
}

#[tokio::test]
async fn too_many_tickets_of_one_sender_are_held() {
    let desk = mail_desk().await;
    let mut states = Vec::new();
    for place in 0..25 {
        let noted = desk.take(&mail(&format!("f{place}"), "Another one.")).await;
        states.push(format!("{} {}", noted["state"].as_str().unwrap(), noted["reason"].as_str().unwrap_or_default()));
    }
    assert_eq!((states[..20].iter().all(|state| state == "opened "), desk.tickets().await), (true, 20), "{states:?}");
    assert!(states[20..].iter().all(|state| state == "held rate"), "{states:?}");
    assert_eq!(became(&desk.take(&mail("g1", "hello").from("carol@example.net")).await), ("opened", None), "others are heard");
}
