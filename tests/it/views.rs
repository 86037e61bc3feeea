//! Saved views of the list of tickets.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Desk, desk};

const VIEWS: &str = "/projects/1/conversations/views/";

impl Desk {
    async fn save_view(&self, body: Value) -> Value {
        self.agent().views().create(body).await
    }

    /// The names of the views that this key lists.
    async fn view_names(&self, key: &str) -> Vec<String> {
        let listed = self.agent_with(key).views().list("").await;
        listed["results"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
    }
}

#[tokio::test]
async fn what_was_saved_is_shown_changed_and_gone() {
    let desk = desk().await;
    let filters = json!({"status": ["new"], "assignee": ["me"], "sorting": {"columnKey": "updated_at", "order": -1}});
    let mut given = json!({"name": " Mine ", "filters": filters, "id": Uuid::nil(), "short_id": "x", "created_by": 7});
    given["filters"]["color"] = json!("red");
    let saved = desk.save_view(given).await;
    assert_eq!((&saved["name"], &saved["filters"]), (&json!("Mine"), &filters));
    assert_eq!((&saved["visibility"], &saved["is_favorited"]), (&json!("shared"), &json!(false)));
    assert_eq!(saved["created_by"], json!({"id": 1, "email": "agent@example.com", "first_name": "Agent"}));
    let short_id = saved["short_id"].as_str().unwrap();
    assert!(short_id.len() == 8 && short_id.bytes().all(|letter| letter.is_ascii_alphanumeric()), "{short_id}");
    assert_ne!(saved["id"], json!(Uuid::nil()));
    let show = async || desk.agent().views().get(&saved).await;
    assert_eq!(show().await, saved);
    let mut expected = saved.clone();
    for (key, value) in [
        ("name", json!("Other")),
        ("filters", json!({"search": "ada"})),
        ("visibility", json!("private")),
        ("is_favorited", json!(true)),
        ("is_favorited", json!(false)),
    ] {
        expected[key] = value.clone();
        assert_eq!(desk.agent().views().patch(&saved, json!({key: value})).await, expected);
        assert_eq!(show().await, expected, "nothing but {key}");
    }
    assert_eq!(desk.agent().views().patch(&saved, expected.clone()).await, expected, "as it is shown");
    desk.agent().views().put(&saved, saved.clone()).refused(405).await;
    desk.agent().views().delete(&saved).await;
    desk.agent().views().get(&saved).refused(404).await;
    desk.agent().views().delete(&saved).refused(404).await;
    desk.agent().views().patch(&saved, json!({})).refused(404).await;
    for bad in ["x", "abcdefg%23", "abcdefghi", "%C3%A4%C3%B6%C3%BC%C3%9F"] {
        desk.agent().views().get(&bad).refused(404).await;
    }
}

#[tokio::test]
async fn private_views_are_there_for_their_creator_only() {
    let desk = desk().await;
    let bob = desk.colleague("bob").await;
    let (private, shared) =
        (desk.save_view(json!({"name": "P", "visibility": "private"})).await, desk.save_view(json!({"name": "S"})).await);
    assert_eq!(desk.view_names("phx_local").await, ["S", "P"], "the newest first");
    assert_eq!(desk.view_names(&bob).await, ["S"]);
    let bobs = desk.agent_with(&bob).views();
    bobs.get(&private).refused(404).await;
    bobs.patch(&private, json!({"is_favorited": true})).refused(404).await;
    bobs.delete(&private).refused(404).await;

    assert_eq!(bobs.patch(&shared, json!({"name": "Ours", "visibility": "shared"})).await["name"], "Ours");
    let refused = bobs.patch(&shared, json!({"name": "Taken", "visibility": "private"})).refused(400).await;
    assert_eq!(refused["attr"], "visibility");
    assert_eq!(desk.view_names(&bob).await, ["Ours"], "all or nothing");
    desk.agent().views().patch(&private, json!({"visibility": "shared"})).await;
    bobs.get(&private).await;
    bobs.delete(&private).await;
    desk.agent_with("phx_other").views().list("").refused(404).await;
    let theirs = format!("/projects/2/conversations/views/{}/", shared["short_id"].as_str().unwrap());
    desk.by("phx_other", Method::GET, &theirs, Value::Null).await.expect(404);
}

#[tokio::test]
async fn favourites_are_personal_and_come_first() {
    let desk = desk().await;
    let bob = desk.colleague("bob").await;
    let mut views = Vec::new();
    for name in ["a", "b", "c"] {
        views.push(desk.save_view(json!({"name": name})).await);
    }
    desk.agent().views().patch(&views[0], json!({"is_favorited": true})).await;
    let favorite = desk.agent_with(&bob).views().patch(&views[1], json!({"is_favorited": true})).reply().await;
    assert_eq!(favorite.expect(200).json["is_favorited"], true);
    assert_eq!(desk.view_names("phx_local").await, ["a", "c", "b"]);
    assert_eq!(desk.view_names(&bob).await, ["b", "c", "a"]);
    assert_eq!(desk.agent().views().get(&views[1]).await["is_favorited"], false);
    desk.agent().views().patch(&views[0], json!({"is_favorited": false})).await;
    assert_eq!(desk.view_names("phx_local").await, ["c", "b", "a"]);
    let page = desk.agent().views().list("limit=1&offset=1").await;
    assert_eq!((&page["count"], &page["results"][0]["name"]), (&json!(3), &json!("b")));
    assert!(page["next"].as_str().unwrap().contains("offset=2") && page["previous"].is_string());
}

#[tokio::test]
async fn what_is_wrong_is_named() {
    let desk = desk().await;
    let saved = desk.save_view(json!({"name": "ok"})).await;
    for (body, attr) in [
        (json!({"name": " "}), "name"),
        (json!({"name": "x".repeat(401)}), "name"),
        (json!({"name": null}), "name"),
        (json!({"name": "x", "visibility": "team"}), "visibility"),
        (json!({"name": "x", "is_favorited": "yes"}), "is_favorited"),
        (json!({"name": "x", "filters": []}), "filters"),
        (json!({"name": "x", "filters": {"status": ["new", "closed"]}}), "filters.status[1]"),
        (json!({"name": "x", "filters": {"search": "x".repeat(201)}}), "filters.search"),
        (json!({"name": "x", "filters": {"other": "x".repeat(10_000)}}), "filters"),
    ] {
        assert_eq!(desk.agent().views().create(body.clone()).refused(400).await["attr"], attr, "{body}");
        assert_eq!(desk.agent().views().patch(&saved, body.clone()).refused(400).await["attr"], attr, "{body}");
    }
    assert_eq!(desk.agent().views().create(json!({})).refused(400).await["attr"], "name");
    assert_eq!(desk.agent().views().get(&saved).await, saved);
    assert_eq!(desk.view_names("phx_local").await, ["ok"]);
    let long = "ü".repeat(400);
    assert_eq!(desk.save_view(json!({"name": long})).await["name"], long);
}

#[tokio::test]
async fn a_key_makes_one_view() {
    let desk = desk().await;
    let save = async |name: &str| {
        let headers = [("authorization", "Bearer phx_local"), ("idempotency-key", "k")];
        desk.http.call(Method::POST, &format!("/api{VIEWS}"), &headers, json!({"name": name})).await
    };
    let first = save("a").await.expect(201);
    let again = save("a").await.expect(201);
    assert_eq!((again.text.as_str(), again.header("idempotent-replayed")), (first.text.as_str(), Some("true")));
    save("b").await.expect(422);
    assert_eq!(desk.view_names("phx_local").await, ["a"]);
}

#[tokio::test]
async fn a_project_has_five_hundred_views_at_most() {
    let desk = desk().await;
    let mut last = Value::Null;
    for n in 0..500 {
        last = desk.save_view(json!({"name": n.to_string()})).await;
    }
    let refused = desk.agent().views().create(json!({"name": "one more"})).refused(400).await;
    assert!(refused["detail"].as_str().unwrap().contains("500"), "{refused}");
    desk.agent().views().patch(&last, json!({"name": "still changes"})).await;
    desk.agent().views().delete(&last).await;
    desk.save_view(json!({"name": "one more"})).await;
    // Every request of an agent reads the project's directory, so that must not include the views.
    assert!(desk.tickets().unread_count().expect(200).await.cost().rcu < 2.0);
}
