//! The other tickets of a customer, which the inbox shows beside a ticket.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Http, Visitor, desk};

fn numbers(page: &Value) -> Vec<u64> {
    page["results"].as_array().unwrap().iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect()
}

async fn file(http: &Http, customer: &str, count: usize) {
    for _ in 0..count {
        http.file(json!({"distinct_id": customer, "message": "hello"})).await;
    }
}

#[tokio::test]
async fn other_tickets_of_the_same_person_the_newest_first() {
    let desk = desk().await;
    file(&desk.http, "ada", 3).await;
    file(&desk.http, "bob", 1).await;
    file(&desk.http, "ada", 2).await;
    file(&desk.http, "ada#", 1).await;
    let second = desk.http.get("/tickets/?limit=10").await.json["results"][5].clone();
    assert_eq!(second["ticket_number"], 2);
    for path in ["/tickets/2/previous/".to_owned(), format!("/tickets/{}/previous/", second["id"].as_str().unwrap())] {
        let previous = desk.http.get(&path).await.expect(200).json;
        assert_eq!(numbers(&previous), [6, 5, 3, 1]);
        assert_eq!((&previous["count"], &previous["next"], &previous["previous"]), (&json!(4), &Value::Null, &Value::Null));
    }
    let newest = desk.http.get("/tickets/2/previous/?limit=1").await.json["results"][0].clone();
    assert_eq!(newest["unread_team_count"], 1, "looking marks nothing");
    let listed = desk.http.get("/tickets/?limit=2").await.json["results"][1].clone();
    assert_eq!(newest, listed, "as in the list");
    assert_eq!(numbers(&desk.http.get("/tickets/4/previous/").await.expect(200).json), [0; 0]);
    desk.http.agent(Method::DELETE, "/tickets/5/", Value::Null).await.expect(204);
    assert_eq!(numbers(&desk.http.get("/tickets/2/previous/").await.json), [6, 3, 1]);
    desk.http.get("/tickets/5/previous/").await.expect(404);
    desk.http.get("/tickets/x/previous/").await.expect(404);
    desk.by("phx_other", Method::GET, "/projects/1/conversations/tickets/2/previous/", Value::Null).await.expect(404);
    desk.by("phx_other", Method::GET, "/projects/2/conversations/tickets/2/previous/", Value::Null).await.expect(404);
}

#[tokio::test]
async fn pages_show_each_ticket_once() {
    let desk = desk().await;
    file(&desk.http, "ada", 12).await;
    for path in ["/tickets/5/previous/?limit=3", "/tickets/12/previous/?limit=3", "/tickets/1/previous/?limit=4&offset=2"] {
        let (mut next, mut seen) = (Some(format!("/api/projects/1/conversations{path}")), Vec::new());
        while let Some(link) = next {
            let page = desk.http.call(Method::GET, &link, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
            seen.extend(numbers(&page));
            next = page["next"].as_str().map(str::to_owned);
        }
        let own: u64 = path.split('/').nth(2).unwrap().parse().unwrap();
        let skipped = if path.contains("offset") { 2 } else { 0 };
        assert_eq!(seen, (1..=12).rev().filter(|number| *number != own).skip(skipped).collect::<Vec<_>>(), "{path}");
    }
    for (query, attr) in [
        ("limit=0", "limit"),
        ("offset=10001", "offset"),
        ("cursor=x", "cursor"),
        ("cursor=1~7", "cursor"),
        ("cursor=2~1700000000000000%2300000000-0000-0000-0000-000000000007", "cursor"),
    ] {
        assert_eq!(desk.http.get(&format!("/tickets/12/previous/?{query}")).await.expect(400).json["attr"], attr, "{query}");
    }
    let cost = desk.http.cheapest("/tickets/12/previous/").await.cost();
    assert!(cost.round_trips <= 4.0 && cost.rcu <= 15.0, "{cost:?}");
}

#[tokio::test]
async fn customers_of_the_widget_are_people_too() {
    let desk = desk().await;
    let visitor = Visitor::new(&desk.http);
    let (first, second) = (visitor.open("one").await, visitor.open("two").await);
    let previous = desk.http.get(&format!("/tickets/{second}/previous/")).await.expect(200);
    assert_eq!(previous.json["results"][0]["id"], json!(first));
    assert!(!previous.text.contains(&visitor.session), "the session is a secret");
}
