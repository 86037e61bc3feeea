//! How many tickets the views hold.

use serde_json::{Value, json};

use crate::support::desk;

#[tokio::test]
async fn views_are_counted_from_the_totals() {
    let desk = desk().await;
    for n in 0..20 {
        let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
        let assignee = (n < 5).then(|| json!({"type": "user", "id": 1}));
        desk.tickets().create(json!({"status": status, "assignee": assignee, "priority": "high", "tags": ["vip"]})).await;
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
        let view = desk.agent().views().create(json!({"name": "v", "filters": filters})).expect(201).await;
        views.push(view.json["short_id"].as_str().unwrap().to_owned());
    }
    desk.http.drain().await;
    let counts = desk.agent().views().counts().await;
    for (name, count) in
        [("mine", 4), ("unassigned", 12), ("open", 8), ("pending", 4), ("on_hold", 4), ("resolved", 4), ("everything", 20)]
    {
        assert_eq!(counts[name], count, "{name}");
    }
    // Other than a field that is not there, null says that these can't be counted cheaply.
    for name in ["next_up", "snoozed"] {
        assert_eq!(counts.get(name), Some(&Value::Null), "{name}");
    }
    let of_views: Vec<_> = views.iter().map(|id| counts["views"][id].clone()).collect();
    let null = Value::Null;
    assert_eq!(of_views, [json!(8), json!(4), json!(5), json!(20), null.clone(), null.clone(), null.clone(), null]);
    // The shelf is remembered, so that only totals are read: the project's and the caller's.
    let cost = desk.http.cheapest("/views/counts/").await.cost();
    assert!(cost.rcu <= 1.0 && cost.round_trips <= 1.0, "{cost:?}");
    desk.agent().views().delete(&views[0]).await;
    assert_eq!(desk.agent().views().counts().await["views"].as_object().unwrap().len(), 7);
}
