//! First mails, and mails that come twice.

use std::time::Duration;

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, mail, mail_desk};
use crate::support::desk_on;

#[tokio::test]
async fn a_first_mail_opens_a_ticket() {
    let desk = mail_desk().await;
    let noted = desk.take(&mail("a1", "The export stops.").to(&["demo@desk.test", "Bob <bob@example.com>"])).await;
    assert_eq!(
        [&noted["state"], &noted["to"], &noted["from"], &noted["subject"], &noted["verified"], &noted["reason"], &noted["files"]],
        [
            &json!("opened"),
            &json!("demo@desk.test"),
            &json!("ada@example.com"),
            &json!("The export fails"),
            &json!(true),
            &Value::Null,
            &json!(0)
        ]
    );
    let listed = desk.desk.http.get("/tickets/").await.expect(200).json["results"][0].clone();
    assert_eq!(listed["unread_team_count"], 1);
    let ticket = desk.ticket(&noted["ticket"]).await;
    for (field, value) in [
        ("status", json!("new")),
        ("channel_source", json!("email")),
        ("distinct_id", json!("ada@example.com")),
        ("identity_verified", json!(true)),
        ("anonymous_traits", json!({"name": "Ada Example", "email": "ada@example.com"})),
        ("proven_traits", json!(["email"])),
        ("email_subject", json!("The export fails")),
        ("email_from", json!("ada@example.com")),
        ("email_to", json!("demo@desk.test")),
        ("cc_participants", json!(["bob@example.com"])),
        ("last_message_text", json!("The export stops.")),
        ("related_ticket", Value::Null),
    ] {
        assert_eq!(ticket[field], value, "{field}");
    }
    let message = desk.last(&noted["ticket"]).await;
    assert_eq!((&message["author_type"], &message["author_name"]), (&json!("customer"), &json!("Ada Example")));
    let source = json!({
        "channel": "email", "from": "ada@example.com", "to": ["demo@desk.test", "bob@example.com"], "cc": [], "verified": true,
        "quoted": false, "cut": false, "automated": false, "files": 0,
    });
    assert_eq!(message["source"], source);
    desk.desk.http.drain().await;
    let events = desk.desk.http.events(1).await;
    let names: Vec<_> = events.iter().map(|event| event["detail"]["event"].as_str().unwrap()).collect();
    for name in ["$conversation_ticket_created", "$conversation_message_received"] {
        assert!(names.contains(&name), "{names:?}");
    }
}

#[tokio::test]
async fn a_mail_that_comes_twice_is_written_once() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let again = desk.take(&mail("a1", "The export stops after 1,000 rows.")).await;
    assert_eq!((&again["state"], &again["ticket"]), (&json!("duplicate"), &ticket));
    assert_eq!((desk.tickets().await, desk.messages(&ticket).await.len()), (1, 1));
}

#[tokio::test]
async fn another_mail_under_the_same_id_is_not_lost() {
    let desk = mail_desk().await;
    desk.asked().await;
    let other = mail("a1", "Something else").from("Carol <carol@example.net>");
    assert_eq!(desk.take(&other).await["state"], "opened");
    assert_eq!(desk.take(&other).await["state"], "duplicate");
    assert_eq!(desk.tickets().await, 2);
}

#[tokio::test]
async fn mails_without_ids_are_known_by_what_they_say() {
    let desk = mail_desk().await;
    let nameless = mail("a1", "hello").without("Message-ID");
    assert_eq!(desk.take(&nameless).await["state"], "opened");
    assert_eq!(desk.take(&nameless).await["state"], "duplicate");
    for text in ["one", "two"] {
        assert_eq!(desk.take(&mail("a1", text).with("Message-ID", "<>")).await["state"], "opened", "{text}");
    }
    assert_eq!(desk.tickets().await, 3);
}

#[tokio::test]
async fn many_copies_at_once_are_one_ticket() {
    let desk = mail_desk().await;
    let sent = mail("a1", "hello");
    let take = || desk.take(&sent);
    let noted = tokio::join!(take(), take(), take(), take(), take());
    let states = [noted.0, noted.1, noted.2, noted.3, noted.4].map(|noted| noted["state"].as_str().unwrap().to_owned());
    assert_eq!(states.iter().filter(|state| *state == "opened").count(), 1, "{states:?}");
    assert_eq!(states.iter().filter(|state| *state == "duplicate").count(), 4, "{states:?}");
    assert_eq!(desk.tickets().await, 1);
}

#[tokio::test]
async fn one_mail_to_several_addresses_is_one_ticket_in_each_project() {
    let desk = mail_desk().await;
    desk.add_address("sales").await;
    desk.as_other(Method::POST, ADDRESSES, json!({"kind": "desk", "address": "other"})).await.expect(201);
    desk.take(&mail("a1", "hello").to(&["demo@desk.test", "sales@desk.test"])).await;
    assert_eq!(desk.tickets().await, 1);
    desk.take(&mail("a2", "hello").to(&["demo@desk.test", "other@desk.test"])).await;
    let theirs = async || desk.as_other(Method::GET, "/tickets/", Value::Null).await.expect(200).json["count"].clone();
    assert_eq!((desk.tickets().await, theirs().await), (2, json!(1)));
    // The envelope says where a mail goes, and the header may name others.
    let hidden = mail("a3", "hello").with("To", "undisclosed-recipients:;");
    assert_eq!((&desk.take(&hidden).await["state"], desk.tickets().await), (&json!("opened"), 3));
    let tagged = mail("a4", "hello").to(&["demo+shop@desk.test"]);
    let noted = desk.take(&tagged).await;
    assert_eq!((&noted["state"], &noted["to"]), (&json!("opened"), &json!("demo@desk.test")));
}

#[tokio::test]
async fn a_mail_of_the_drop_folder_is_taken_in() {
    let data = tempfile::tempdir().unwrap();
    let desk = super::MailDesk { desk: desk_on(data.path()).await };
    desk.add_address("demo").await;
    let folder = data.path().join("mail/in");
    std::fs::write(folder.join("unfinished"), mail("a1", "hello").raw()).unwrap();
    std::fs::rename(folder.join("unfinished"), folder.join("first.eml")).unwrap();
    for _ in 0..300 {
        if desk.tickets().await == 1 && !folder.join("first.eml").exists() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(100)).await;
    }
    assert_eq!(desk.tickets().await, 1);
    let noted = desk.inbound("").await.remove(0);
    let kept = std::fs::read(data.path().join("mail/inbound").join(noted["ses_id"].as_str().unwrap())).unwrap();
    assert!(kept.ends_with(&mail("a1", "hello").raw()), "the mail itself is kept");
}

#[tokio::test]
async fn what_arrived_is_listed_by_what_became_of_it() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    desk.take(&mail("a2", "buy").found("spam=FAIL")).await;
    desk.take(&mail("a3", "other").from("Carol <carol@example.net>")).await;
    let states = async |query: &str| {
        desk.inbound(query).await.iter().map(|noted| noted["state"].as_str().unwrap().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(states("").await, ["opened", "held", "opened"]);
    assert_eq!(states("&state=held").await, ["held"]);
    assert_eq!(states("&from=Carol%40example.net").await, ["opened"]);
    let of_ticket = desk.inbound(&format!("&ticket={}", ticket.as_str().unwrap())).await;
    assert_eq!(of_ticket.iter().map(|noted| noted["from"].as_str().unwrap()).collect::<Vec<_>>(), ["ada@example.com"]);
    let page = desk.desk.http.get("/email/inbound/?limit=2").await.expect(200).json;
    let rest = desk.desk.http.get(page["next"].as_str().unwrap().split_once("/conversations").unwrap().1).await.expect(200).json;
    assert_eq!(rest["results"][0]["ticket"], ticket);
    let theirs = desk.as_other(Method::GET, "/email/inbound/", Value::Null).await.expect(200).json;
    assert_eq!(theirs["results"], json!([]), "another project's mail is its own");
}

#[tokio::test]
async fn a_ticket_by_mail_follows_the_policies() {
    let desk = mail_desk().await;
    let policy = json!({"name": "All", "targets": {"first_response": {"amount": 8}}});
    desk.desk.agent().set_sla_policies(json!({"policies": [policy]})).await;
    let ticket = desk.asked().await;
    let sla = desk.ticket(&ticket).await["sla"].clone();
    assert_eq!((&sla["policy"], sla["due_at"].is_string()), (&json!("All"), true));
}
