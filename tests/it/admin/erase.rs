//! Customers who ask to be forgotten.

use reqwest::Method;
use serde_json::{Value, json};

use super::run;
use crate::{
    support::{Desk, desk, proof},
    table::Table,
};

/// A ticket of somebody who proved who they are, and one that somebody else opened under the same distinct id.
async fn two_of_ada(desk: &Desk) -> [String; 2] {
    let proven = json!({
        "message": "I can't pay", "distinct_id": "user-1", "identity_distinct_id": "user-1",
        "identity_hash": proof("user-1", "phs_local"), "traits": {"name": "Ada Lovelace", "email": "Ada@example.com"},
    });
    let sent = desk.http.widget(Method::POST, "/message", proven).await.expect(200).json;
    let filed = desk.tickets().create(json!({"message": "by phone", "distinct_id": "user-1"})).id().await;
    [sent["ticket_id"].as_str().unwrap().to_owned(), filed]
}

/// The kinds of what the table has of a text, wherever it is.
async fn traces(desk: &Desk, text: &str) -> Vec<String> {
    let items = Table(desk).scan().await;
    let mut found: Vec<_> = items.iter().filter(|item| format!("{item:?}").to_lowercase().contains(text)).collect();
    found.retain(|item| !item.contains_key("expires_at"));
    found.iter().map(|item| format!("{} {}", item["PK"].as_s().unwrap(), item["SK"].as_s().unwrap())).collect()
}

#[tokio::test]
async fn nothing_is_left_of_a_customer_and_all_of_the_others() {
    let desk = desk().await;
    let mine = two_of_ada(&desk).await;
    let other = desk
        .tickets()
        .create(json!({"message": "mine", "distinct_id": "user-2", "anonymous_traits": {"name": "Bob"}}))
        .id()
        .await;
    desk.http.drain().await;
    assert!(!traces(&desk, "lovelace").await.is_empty());
    let store = &desk.running.store;
    let looked = run(store, &["erase-customer", "--project", "1", "--distinct-id", "user-1"]).await.unwrap();
    for (number, ticket, proven) in [(1, &mine[0], "proven"), (2, &mine[1], "not proven")] {
        assert!(looked.contains(&format!("ticket {number}  {ticket}  {proven}  user-1\n")), "{looked}");
    }
    assert!(looked.contains("person user-1") && looked.contains("Nothing was deleted") && looked.contains("35 days"), "{looked}");
    for ticket in &mine {
        desk.http.get(&format!("/tickets/{ticket}/")).await.expect(200);
    }

    let erased = run(store, &["erase-customer", "--project", "1", "--distinct-id", "user-1", "--yes"]).await.unwrap();
    assert!(erased.contains("All of it is deleted"), "{erased}");
    desk.http.drain().await;
    for ticket in &mine {
        desk.http.get(&format!("/tickets/{ticket}/")).await.expect(404);
    }
    for text in ["lovelace", "user-1", "can't pay"] {
        assert_eq!(traces(&desk, text).await, [] as [String; 0], "{text}");
    }
    desk.http.get(&format!("/tickets/{other}/")).await.expect(200);
    assert_eq!(desk.tickets().list("search=bob").await["count"], 1);
    let again = run(store, &["erase-customer", "--project", "1", "--distinct-id", "user-1", "--yes"]).await.unwrap();
    assert_eq!(again, "project 1 keeps nothing of this customer\n");
}

#[tokio::test]
async fn a_stranger_speaks_in_their_own_line_only() {
    let desk = desk().await;
    let forged = json!({
        "message": "hello", "widget_session_id": "b4c1a2d3-0000-4000-8000-000000000001",
        "distinct_id": "x\u{1b}[2J\nticket 7  proven", "traits": {"email": "eve@example.com"},
    });
    desk.http.widget(Method::POST, "/message", forged).await.expect(200);
    let found = run(&desk.running.store, &["erase-customer", "--project", "1", "--email", "eve@example.com"]).await.unwrap();
    assert!(found.lines().next().unwrap().ends_with(r"  not proven  x\u{1b}[2J\nticket 7  proven"), "{found}");
}

#[tokio::test]
async fn an_address_is_found_in_traits_and_in_mails() {
    let desk = desk().await;
    let [first, filed] = two_of_ada(&desk).await;
    let address = json!({"kind": "desk", "address": "demo", "from_name": "Acme"});
    desk.http.agent(Method::POST, "/email/addresses/", address).await.expect(201);
    for from in ["ada@example.com", "carol@example.com"] {
        let raw =
            format!("From: {from}\r\nTo: demo@desk.test\r\nSubject: Order 7\r\nMessage-ID: <{from}>\r\n\r\nWhere is it?\r\n");
        let path = format!("/_local/mail?from={from}&to=demo@desk.test");
        desk.http.raw(Method::POST, &path, &[], raw.into_bytes()).await.expect(202);
    }
    desk.http.drain().await;
    let command = ["erase-customer", "--project", "1", "--email", "ADA@example.com", "--yes"];
    let erased = run(&desk.running.store, &command).await.unwrap();
    assert!(erased.contains("1 rows of mails, 1 ids of mails") && erased.contains("raw mail "), "{erased}");
    assert_eq!(erased.lines().filter(|line| line.starts_with("ticket ")).count(), 2, "{erased}");
    desk.http.drain().await;
    desk.http.get(&format!("/tickets/{first}/")).await.expect(404);
    desk.http.get(&format!("/tickets/{filed}/")).await.expect(200);
    let left = desk.http.get("/email/inbound/").await.expect(200).json["results"].clone();
    assert_eq!(left.as_array().unwrap().len(), 1, "{left}");
    assert_eq!(traces(&desk, "ada@example.com").await, [] as [String; 0]);
    assert!(!traces(&desk, "carol@example.com").await.is_empty());
}

/// Mails to the desk: who wrote, who got copies, and the headers that lead to a ticket.
async fn mailed(desk: &Desk, from: &str, more: &str) {
    let raw = format!("From: {from}\r\nTo: demo@desk.test\r\n{more}\r\n\r\nWhere is it?\r\n");
    let path = format!("/_local/mail?from={from}&to=demo@desk.test");
    desk.http.raw(Method::POST, &path, &[], raw.into_bytes()).await.expect(202);
    desk.http.drain().await;
}

#[tokio::test]
async fn tickets_of_others_that_somebody_takes_part_in_are_named_and_stay() {
    let desk = desk().await;
    let address = json!({"kind": "desk", "address": "demo", "from_name": "Acme"});
    desk.http.agent(Method::POST, "/email/addresses/", address).await.expect(201);
    mailed(&desk, "carol@example.com", "Cc: ada@example.com\r\nSubject: Copied\r\nMessage-ID: <1@example.com>").await;
    mailed(&desk, "carol@example.com", "Cc: bob@example.com\r\nSubject: Joined\r\nMessage-ID: <2@example.com>").await;
    mailed(&desk, "carol@example.com", "Subject: Alone\r\nMessage-ID: <3@example.com>").await;
    mailed(&desk, "bob@example.com", "Subject: Re: Joined\r\nMessage-ID: <4@example.com>\r\nIn-Reply-To: <2@example.com>").await;
    for (email, number) in [("ada@example.com", 1), (" Bob@example.com ", 2)] {
        let found = run(&desk.running.store, &["erase-customer", "--project", "1", "--email", email, "--yes"]).await.unwrap();
        let tickets: Vec<_> = found.lines().filter(|line| line.starts_with("ticket ")).collect();
        assert!(tickets.len() == 1 && tickets[0].starts_with(&format!("ticket {number}  ")), "{found}");
        assert!(tickets[0].contains("of somebody else, and stays"), "{found}");
    }
    assert_eq!(desk.http.get("/tickets/").await.expect(200).json["count"], Value::from(3));
}

/// A customer who gives another address later has written from both.
#[tokio::test]
async fn an_address_of_an_earlier_message_is_found() {
    let desk = desk().await;
    let say = async |email: &str, ticket: Value| {
        let mut body = json!({
            "message": "hello", "widget_session_id": "b4c1a2d3-0000-4000-8000-000000000001", "distinct_id": "anon-1",
            "traits": {"email": email},
        });
        body["ticket_id"] = ticket;
        desk.http.widget(Method::POST, "/message", body).await.expect(200).json["ticket_id"].clone()
    };
    let ticket = say("old@example.com", Value::Null).await;
    assert_eq!(say("new@example.com", ticket.clone()).await, ticket);
    desk.http.drain().await;
    for email in ["new@example.com", "OLD@example.com "] {
        let found = run(&desk.running.store, &["erase-customer", "--project", "1", "--email", email]).await.unwrap();
        assert!(found.contains(&format!("ticket 1  {}  not proven", ticket.as_str().unwrap())), "{email}: {found}");
    }
}

#[tokio::test]
async fn a_customer_is_named_in_one_way() {
    let desk = desk().await;
    let store = &desk.running.store;
    let none = run(store, &["erase-customer", "--project", "9", "--distinct-id", "user-1"]).await.unwrap_err();
    assert_eq!(none, "this desk has no project 9");
    for flags in [&[][..], &["--distinct-id", "a", "--email", "b"]] {
        let flags = [&["lambdesk-admin", "erase-customer", "--project", "1"][..], flags].concat();
        assert!(<lambdesk_admin::Flags as clap::Parser>::try_parse_from(flags).is_err());
    }
    let nobody = run(store, &["erase-customer", "--project", "1", "--email", "nobody@example.com"]).await.unwrap();
    assert_eq!(nobody, "project 1 keeps nothing of this customer\n");
    assert_eq!(desk.http.get("/tickets/").await.expect(200).json["count"], Value::from(0));
}
