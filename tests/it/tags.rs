//! The tags of a project's tickets.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, desk};

impl Desk {
    /// The tags with their counts, once nothing is in flight.
    async fn tags(&self, query: &str) -> Vec<(String, u64)> {
        self.http.drain().await;
        let listed = self.http.get(&format!("/tags/{query}")).await.expect(200).json;
        let tag = |tag: &Value| (tag["name"].as_str().unwrap().to_owned(), tag["count"].as_u64().unwrap());
        listed["results"].as_array().unwrap().iter().map(tag).collect()
    }
}

fn counts(expected: &[(&str, u64)]) -> Vec<(String, u64)> {
    expected.iter().map(|(name, count)| ((*name).to_owned(), *count)).collect()
}

#[tokio::test]
async fn tags_are_counted_as_tickets_come_change_and_go() {
    let desk = desk().await;
    assert_eq!(desk.tags("").await, []);
    for tags in [json!(["vip", "billing"]), json!(["VIP"]), json!([])] {
        desk.tickets().create(json!({"tags": tags})).await;
    }
    assert_eq!(desk.tags("").await, counts(&[("billing", 1), ("vip", 2)]));
    let change = async |ticket: u64, body: Value| {
        desk.tickets().patch(&ticket, body).await;
    };
    change(1, json!({"tags": ["vip", "bug"]})).await;
    change(2, json!({"status": "resolved"})).await;
    change(3, json!({"tags": ["größe", "~", "m#1"]})).await;
    assert_eq!(desk.tags("").await, counts(&[("bug", 1), ("größe", 1), ("m#1", 1), ("vip", 2), ("~", 1)]));
    desk.tickets().delete(1).await;
    desk.tickets().delete(3).await;
    assert_eq!(desk.tags("").await, counts(&[("vip", 1)]));
    let listed = desk.agent().tags("").await;
    assert_eq!((&listed["count"], listed.get("count_is_exact")), (&json!(1), None));
    desk.agent_with("phx_other").tags("").refused(404).await;
    let theirs = desk.by("phx_other", Method::GET, "/projects/2/conversations/tags/", Value::Null).await.expect(200).json;
    assert_eq!(theirs["count"], 0);
}

#[tokio::test]
async fn more_tags_than_one_transaction_takes() {
    let desk = desk().await;
    let many = |letter: &str| (0..100).map(|n| format!("{letter}{n:02}")).collect::<Vec<_>>();
    let ids = [
        desk.tickets().create(json!({"tags": many("a")})).await["id"].clone(),
        desk.tickets().create(json!({})).await["id"].clone(),
    ];
    assert_eq!(desk.tags("").await.len(), 100);
    let set = json!({"ids": ids, "action": "set", "tags": many("b")});
    desk.http.agent(Method::POST, "/tickets/bulk_update_tags/", set).await.expect(200);
    let expected: Vec<_> = many("b").into_iter().map(|tag| (tag, 2)).collect();
    assert_eq!(desk.tags("?limit=1000").await, expected);
    assert_eq!(desk.tags("?search=%20B1&limit=3&offset=8").await, expected[18..20]);
    let page = desk.agent().tags("limit=10&offset=90").await;
    assert_eq!((&page["count"], &page["next"], &page["results"][9]["name"]), (&json!(100), &Value::Null, &json!("b99")));
    for id in &ids {
        desk.tickets().delete(id.as_str().unwrap()).await;
    }
    assert_eq!(desk.tags("").await, []);
    for (query, attr) in [("limit=x", "limit"), (&*format!("search={}", "x".repeat(201)), "search")] {
        assert_eq!(desk.agent().tags(query).refused(400).await["attr"], attr);
    }
}
