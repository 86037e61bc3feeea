//! How many tickets the views hold.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::desk;

#[tokio::test]
async fn views_are_counted_from_the_totals() {
    let desk = desk().await;
    for n in 0..20 {
        let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
        let assignee = (n < 5).then(|| json!({"type": "user", "id": 1}));
        desk.http.file(json!({"status": status, "assignee": assignee, "priority": "high", "tags": ["vip"]})).await;
    }
    let mut views = Vec::new();
    for filters in [
        json!({"status": ["new", "open"], "priority": ["high"]}),
        json!({"assignee": ["me", "unassigned"], "status": ["resolved"]}),
        json!({"assignee": [{"type": "user", "id": 1}]}),
        json!({}),
        json!({"tags": ["vip"]}),
        json!({"dateFrom": "-7d"}),
        json!({"search": "ada"}),
        json!({"sla": "breached"}),
    ] {
        let view = desk.http.agent(Method::POST, "/views/", json!({"name": "v", "filters": filters})).await.expect(201);
        views.push(view.json["short_id"].as_str().unwrap().to_owned());
    }
    desk.http.drain().await;
    let counts = desk.http.get("/views/counts/").await.expect(200).json;
    for (name, count) in
        [("mine", 4), ("unassigned", 12), ("open", 8), ("pending", 4), ("on_hold", 4), ("resolved", 4), ("everything", 20)]
    {
        assert_eq!(counts[name], count, "{name}");
    }
    let of_views: Vec<_> = views.iter().map(|id| counts["views"][id].clone()).collect();
    let null = Value::Null;
    assert_eq!(of_views, [json!(8), json!(4), json!(5), json!(20), null.clone(), null.clone(), null.clone(), null]);
    // The shelf is remembered, so that only totals are read: the project's and the caller's.
    let cost = desk.http.cheapest("/views/counts/").await.cost();
    assert!(cost.rcu <= 1.0 && cost.round_trips <= 1.0, "{cost:?}");
    desk.http.agent(Method::DELETE, &format!("/views/{}/", views[0]), Value::Null).await.expect(204);
    assert_eq!(desk.http.get("/views/counts/").await.json["views"].as_object().unwrap().len(), 7);
}
