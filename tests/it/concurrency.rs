//! Many requests at the same time: numbers without gaps, threads in order, one ticket for one opening.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::json;

use crate::support::{desk, desk_at, texts};

#[tokio::test(flavor = "multi_thread")]
async fn two_hundred_tickets_at_once_are_numbered_one_to_two_hundred() {
    let desk = desk().await;
    let filing = (0..100).map(|n| desk.tickets().create(json!({"message": n.to_string()})).reply());
    let visitors: Vec<_> = (0..100).map(|_| desk.customer()).collect();
    let writing = visitors.iter().map(|visitor| visitor.send(None, "hello"));
    let (filed, written) = tokio::join!(join_all(filing), join_all(writing));
    assert!(filed.iter().all(|reply| reply.status == 201) && written.iter().all(|reply| reply.status == 200));
    let page = desk.tickets().list("limit=1000").await;
    let mut numbers: Vec<_> =
        page["results"].as_array().unwrap().iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    assert_eq!(numbers, (1..=200).collect::<Vec<_>>());
    desk.http.drain().await;
    assert_eq!(desk.tickets().list("limit=1").await["count"], 200);
    assert_eq!(desk.tickets().unread_count().await["count"], 200);
}

#[tokio::test(flavor = "multi_thread")]
async fn eight_writers_and_a_poller_agree_on_the_order() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let visitor = desk.customer();
    let id = visitor.open("start").await;
    let writers = (0..8).map(|writer| {
        let (http, path) = (desk.http.clone(), format!("/tickets/{id}/reply/"));
        tokio::spawn(async move {
            for n in 0..15 {
                let body = json!({"message": format!("{writer}-{n}"), "is_private": writer == 7});
                http.agent(Method::POST, &path, body).await.expect(201);
            }
        })
    });
    let writers = join_all(writers);
    let poller = async {
        let (mut seen, mut cursor) = (Vec::new(), String::from("2000-01-01T00:00:00Z"));
        while seen.len() < 106 {
            let page = visitor.poll(&id, Some(&cursor)).await;
            if page.status == 429 {
                // A visitor may poll 30 times a minute.
                time.pass(60);
                continue;
            }
            let messages = page.json["messages"].as_array().unwrap().clone();
            if let Some(last) = messages.last() {
                cursor = last["created_at"].as_str().unwrap().to_owned();
            }
            seen.extend(texts(&page.json["messages"]).into_iter().map(str::to_owned));
        }
        seen
    };
    let (written, seen) = tokio::join!(writers, poller);
    for writer in written {
        writer.unwrap();
    }
    let thread = desk.tickets().messages(&id).query("limit=200").await;
    let all = texts(&thread["results"]);
    assert_eq!(all.len(), 121);
    let public: Vec<_> = all.iter().filter(|text| !text.starts_with("7-")).copied().collect();
    assert_eq!(seen, public, "each message once and in order");
    for writer in 0..8 {
        let own: Vec<_> = all.iter().filter(|text| text.starts_with(&format!("{writer}-"))).collect();
        assert!(own.iter().enumerate().all(|(n, text)| **text == format!("{writer}-{n}")), "a writer's own order");
    }
    let ticket = desk.tickets().get(&id).await;
    assert_eq!((&ticket["message_count"], &ticket["unread_customer_count"]), (&json!(106), &json!(105)));
}

#[tokio::test(flavor = "multi_thread")]
async fn one_opening_sent_many_times_at_once_is_one_ticket() {
    let desk = desk().await;
    let visitor = desk.customer();
    let replies = join_all((0..12).map(|_| visitor.send(None, "help"))).await;
    assert!(replies.iter().all(|reply| reply.status == 200 && reply.json == replies[0].json), "every caller gets the answer");
    assert_eq!(desk.tickets().list("").await["count"], 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn one_reply_sent_many_times_at_once_is_one_message() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let replies = join_all((0..10).map(|_| desk.tickets().reply(&id, "a").reply())).await;
    assert_eq!(replies.iter().filter(|reply| reply.status == 201).count(), 1);
    assert!(replies.iter().all(|reply| matches!(reply.status, 200 | 201) && reply.json == replies[0].json));
    assert_eq!(desk.tickets().messages(&id).await["count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn different_changes_at_once_all_hold() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let changes = [
        json!({"status": "open"}),
        json!({"priority": "high"}),
        json!({"tags": ["a"]}),
        json!({"escalation_reason": "x"}),
        json!({"assignee": {"type": "user", "id": 1}}),
    ];
    let replies = join_all(changes.iter().map(|change| desk.tickets().patch(&id, change.clone()).reply())).await;
    assert!(replies.iter().all(|reply| reply.status == 200));
    let ticket = desk.tickets().get(&id).await;
    assert_eq!(
        (&ticket["status"], &ticket["priority"], &ticket["tags"], &ticket["escalation_reason"], &ticket["assignee"]["id"]),
        (&json!("open"), &json!("high"), &json!(["a"]), &json!("x"), &json!(1))
    );
}
