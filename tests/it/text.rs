//! How people's text is compared: searches as people type, and tags and conditions in every spelling. Also text that shows
//! nothing.

mod everywhere;
mod files;
mod logs;
mod mails;
mod texts;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, desk};

/// The numbers of the tickets that a query lists, sorted.
async fn listed(desk: &Desk, pairs: &[(&str, &str)]) -> Vec<u64> {
    let query = form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish();
    let page = desk.tickets().list(&query).await;
    let tickets = page["results"].as_array().unwrap();
    assert_eq!(page["count"], tickets.len(), "{pairs:?}");
    let mut numbers: Vec<_> = tickets.iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect();
    numbers.sort_unstable();
    numbers
}

#[tokio::test]
async fn customers_are_found_as_people_type_their_names() {
    let desk = desk().await;
    let customers = [
        ("Łukasz Wójcik", "wojcik@example.com"),
        ("Søren Ødegård", "so@example.com"),
        ("Đặng Thị Hà", "ha@example.com"),
        ("علی\u{200c}رضا", "ali@example.com"),
        ("山田太郎", "太郎@例え.jp"),
        ("김민수", ""),
        ("🦊 @", ""),
    ];
    for (name, email) in customers {
        let ticket = desk.tickets().create(json!({"anonymous_traits": {"name": name, "email": email}})).await;
        assert_eq!(ticket["anonymous_traits"]["name"], name, "shown as it was sent");
    }
    desk.http.drain().await;
    for (typed, found) in [
        ("lukasz", vec![1]),
        ("łukasz wójcik", vec![1]),
        ("odegard", vec![2]),
        ("ØDE sor", vec![2]),
        ("dang", vec![3]),
        ("đặng", vec![3]),
        ("علیرضا", vec![4]),
        ("علی\u{200c}رضا", vec![4]),
        ("太郎", vec![5]),
        ("山田太郎", vec![5]),
        ("田太", vec![5]),
        ("太郎@例え.jp", vec![5]),
        ("민수", vec![6]),
        ("기", vec![6]),
        ("e\u{300}xample", vec![1, 2, 3, 4]),
        ("🦊", vec![]),
        ("@", vec![]),
        ("#", vec![]),
        ("\"", vec![]),
        ("\u{200b}", vec![1, 2, 3, 4, 5, 6, 7]),
    ] {
        assert_eq!(listed(&desk, &[("search", typed)]).await, found, "{typed}");
        for order in ["ticket_number", "-sla_due_at"] {
            assert_eq!(listed(&desk, &[("search", typed), ("order_by", order)]).await, found, "{typed} by {order}");
        }
    }
}

#[tokio::test]
async fn a_tag_is_one_in_every_spelling() {
    let desk = desk().await;
    let (composed, apart) = ("café", "cafe\u{301}");
    let first = desk.tickets().create(json!({"tags": [composed, apart, "CAFÉ", "CAFE\u{301}"]})).await;
    assert_eq!(first["tags"], json!([composed]));
    let second = desk.tickets().create(json!({"tags": [apart]})).await;
    assert_eq!(second["tags"], json!([composed]));
    desk.tickets().create(json!({"tags": ["cafe"]})).await;
    desk.http.drain().await;
    for tag in [composed, apart, "CAFE\u{301}"] {
        let given = json!([tag]).to_string();
        assert_eq!(listed(&desk, &[("tags", &given)]).await, [1, 2], "{tag}");
        assert_eq!(listed(&desk, &[("tags_exclude", &given)]).await, [3], "{tag}");
        let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", tag).finish();
        let tags = desk.agent().tags(&query).await;
        assert_eq!(tags["results"], json!([{"name": composed, "count": 2}]), "{tag}");
    }
    let ids = json!([first["id"]]);
    let removed = json!({"ids": ids, "action": "remove", "tags": [apart]});
    let removed = desk.http.agent(Method::POST, "/tickets/bulk_update_tags/", removed).await.expect(200).json;
    assert_eq!(removed["updated"][0]["tags"], json!([]));
    let added = json!({"tags": [apart], "tags_mode": "add"});
    desk.http.external(Method::PATCH, second["id"].as_str().unwrap(), added).await.expect(200);
    assert_eq!(desk.tickets().get(2).await["tags"], json!([composed]));
    let action = json!({"name": "Coffee", "actions": {"tags": [apart, composed]}});
    let action = desk.agent().quick_actions().create(action).await;
    assert_eq!(action["actions"]["tags"], json!([composed]));
    let view = json!({"name": "Coffee", "filters": {"tags": [apart]}});
    assert_eq!(desk.agent().views().create(view).await["filters"]["tags"], json!([composed]));
}

#[tokio::test]
async fn conditions_and_names_know_every_spelling() {
    let desk = desk().await;
    let apart = "Cafe\u{301}";
    let policy = json!({"policies": [{
        "name": "Coffee", "conditions": {"traits": {"plan": "CAFÉ"}}, "targets": {"first_response": {"amount": 4}}
    }]});
    desk.agent().set_sla_policies(policy).await;
    let ticket = desk.tickets().create(json!({"message": "q", "anonymous_traits": {"plan": apart, "name": "Ada"}})).await;
    assert_eq!(ticket["sla"]["policy"], "Coffee");
    let twice = json!({"policies": [
        {"name": "Büro", "targets": {"first_response": {"amount": 4}}},
        {"name": "BU\u{308}RO", "targets": {"first_response": {"amount": 4}}},
    ]});
    let refused = desk.agent().set_sla_policies(twice).refused(400).await;
    assert_eq!(refused["attr"], "policies[1].name");
    desk.agent().roles().create(json!({"name": "Büro"})).await;
    let refused = desk.agent().roles().create(json!({"name": "bu\u{308}ro"})).refused(400).await;
    assert_eq!(refused["attr"], "name");
    let workflow = json!({
        "name": "Coffee", "trigger": {"event": "$conversation_message_received", "filters": [
            {"property": "event.properties.message_content", "operator": "contains", "value": "CAFÉ"}
        ]},
        "steps": [{"action": "update_ticket", "inputs": {
            "tags": ["found"], "assignee": {"type": "role", "name": "BU\u{308}RO"}
        }}],
    });
    desk.agent().workflows().create(workflow).await;
    desk.customer().open(&format!("a {apart}, please")).await;
    desk.http.drain().await;
    let found = desk.tickets().get(2).await;
    assert_eq!((&found["tags"], &found["assignee"]["type"]), (&json!(["found"]), &json!("role")));
}

#[tokio::test]
async fn text_that_shows_nothing_is_blank() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let role = desk.agent().roles().create(json!({"name": "Sales"})).await["id"].clone();
    let conversations = "/projects/1/conversations";
    let targets = json!({"first_response": {"amount": 4}});
    let before = desk.tickets().list("").await;
    for nothing in ["\u{200b}", "\u{feff} \u{200d}", "\u{3164}", "\u{ad}", "\u{301}", "\u{2800}\u{2066}"] {
        let requests = [
            (Method::POST, format!("{conversations}/tickets/{id}/reply/"), json!({"message": nothing})),
            (Method::POST, format!("{conversations}/tickets/{id}/reply/"), json!({"message": nothing, "is_private": true})),
            (Method::PATCH, format!("{conversations}/tickets/{id}/"), json!({"tags": ["a", nothing]})),
            (Method::POST, format!("{conversations}/tickets/"), json!({"message": nothing})),
            (Method::POST, format!("{conversations}/tickets/"), json!({"distinct_id": nothing})),
            (Method::POST, format!("{conversations}/views/"), json!({"name": nothing})),
            (Method::POST, format!("{conversations}/quick_actions/"), json!({"name": nothing, "content": "x"})),
            (Method::POST, format!("{conversations}/quick_actions/"), json!({"name": "x", "content": nothing})),
            (Method::PUT, format!("{conversations}/sla_policies/"), json!({"policies": [{"name": nothing, "targets": targets}]})),
            (Method::PATCH, "/projects/1/".to_owned(), json!({"name": nothing})),
            (Method::PATCH, "/projects/1/".to_owned(), json!({"conversations_settings": {"widget_domains": [nothing]}})),
            (Method::POST, "/projects/".to_owned(), json!({"name": nothing})),
            (Method::POST, "/projects/1/roles/".to_owned(), json!({"name": nothing})),
            (Method::PATCH, format!("/projects/1/roles/{}/", role.as_str().unwrap()), json!({"name": nothing})),
            (Method::POST, "/personal_api_keys/".to_owned(), json!({"label": nothing, "scopes": ["ticket:read"]})),
        ];
        for (method, path, body) in requests {
            let refused = desk.admin(method, &path, body.clone()).await;
            assert_eq!(refused.status, 400, "{path} {body}: {}", refused.text);
        }
        let visitor = desk.customer();
        visitor.send(None, nothing).await.expect(400);
        let mut message = visitor.message(None, "hello");
        message["distinct_id"] = json!(nothing);
        desk.http.widget(Method::POST, "/message", message).await.expect(400);
    }
    let after = desk.tickets().list("").await;
    assert_eq!((&after["count"], &after["results"][0]["updated_at"]), (&before["count"], &before["results"][0]["updated_at"]));
    // A text that shows something is stored exactly as it was sent.
    let sent = "\u{200b}👩\u{200d}🚀 cafe\u{301}";
    desk.tickets().reply(&id, sent).await;
    let thread = desk.tickets().messages(&id).await;
    let texts: Vec<_> = thread["results"].as_array().unwrap().iter().map(|message| &message["content"]).collect();
    assert!(texts.contains(&&Value::from(sent)), "{texts:?}");
}
