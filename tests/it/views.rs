//! Saved views of the list of tickets.

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Desk, Reply, desk};

const VIEWS: &str = "/projects/1/conversations/views/";

impl Desk {
    /// Calls the views of project 1 as the seeded agent.
    async fn views(&self, method: Method, path: &str, body: Value) -> Reply {
        self.admin(method, &format!("{VIEWS}{path}"), body).await
    }

    async fn save_view(&self, body: Value) -> Value {
        self.views(Method::POST, "", body).await.expect(201).json
    }

    /// The names of the views that this key lists.
    async fn view_names(&self, key: &str) -> Vec<String> {
        let listed = self.by(key, Method::GET, VIEWS, Value::Null).await.expect(200).json;
        listed["results"].as_array().unwrap().iter().map(|view| view["name"].as_str().unwrap().to_owned()).collect()
    }
}

fn path(view: &Value) -> String {
    format!("{}/", view["short_id"].as_str().unwrap())
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
    let path = path(&saved);
    let show = async || desk.views(Method::GET, &path, Value::Null).await.expect(200).json;
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
        assert_eq!(desk.views(Method::PATCH, &path, json!({key: value})).await.expect(200).json, expected);
        assert_eq!(show().await, expected, "nothing but {key}");
    }
    assert_eq!(desk.views(Method::PATCH, &path, expected.clone()).await.expect(200).json, expected, "as it is shown");
    desk.views(Method::PUT, &path, saved).await.expect(405);
    desk.views(Method::DELETE, &path, Value::Null).await.expect(204);
    for method in [Method::GET, Method::DELETE] {
        desk.views(method, &path, Value::Null).await.expect(404);
    }
    desk.views(Method::PATCH, &path, json!({})).await.expect(404);
    for bad in ["x", "abcdefg%23", "abcdefghi", "%C3%A4%C3%B6%C3%BC%C3%9F"] {
        desk.views(Method::GET, &format!("{bad}/"), Value::Null).await.expect(404);
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
    let as_bob = async |method, view: &Value, body| desk.by(&bob, method, &format!("{VIEWS}{}", path(view)), body).await;
    as_bob(Method::GET, &private, Value::Null).await.expect(404);
    as_bob(Method::PATCH, &private, json!({"is_favorited": true})).await.expect(404);
    as_bob(Method::DELETE, &private, Value::Null).await.expect(404);

    assert_eq!(
        as_bob(Method::PATCH, &shared, json!({"name": "Ours", "visibility": "shared"})).await.expect(200).json["name"],
        "Ours"
    );
    let refused = as_bob(Method::PATCH, &shared, json!({"name": "Taken", "visibility": "private"})).await.expect(400).json;
    assert_eq!(refused["attr"], "visibility");
    assert_eq!(desk.view_names(&bob).await, ["Ours"], "all or nothing");
    desk.views(Method::PATCH, &path(&private), json!({"visibility": "shared"})).await.expect(200);
    as_bob(Method::GET, &private, Value::Null).await.expect(200);
    as_bob(Method::DELETE, &private, Value::Null).await.expect(204);
    desk.by("phx_other", Method::GET, VIEWS, Value::Null).await.expect(404);
    let theirs = format!("/projects/2/conversations/views/{}", path(&shared));
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
    desk.views(Method::PATCH, &path(&views[0]), json!({"is_favorited": true})).await.expect(200);
    let favorite = desk.by(&bob, Method::PATCH, &format!("{VIEWS}{}", path(&views[1])), json!({"is_favorited": true})).await;
    assert_eq!(favorite.expect(200).json["is_favorited"], true);
    assert_eq!(desk.view_names("phx_local").await, ["a", "c", "b"]);
    assert_eq!(desk.view_names(&bob).await, ["b", "c", "a"]);
    assert_eq!(desk.views(Method::GET, &path(&views[1]), Value::Null).await.json["is_favorited"], false);
    desk.views(Method::PATCH, &path(&views[0]), json!({"is_favorited": false})).await.expect(200);
    assert_eq!(desk.view_names("phx_local").await, ["c", "b", "a"]);
    let page = desk.views(Method::GET, "?limit=1&offset=1", Value::Null).await.expect(200).json;
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
        assert_eq!(desk.views(Method::POST, "", body.clone()).await.expect(400).json["attr"], attr, "{body}");
        assert_eq!(desk.views(Method::PATCH, &path(&saved), body.clone()).await.expect(400).json["attr"], attr, "{body}");
    }
    assert_eq!(desk.views(Method::POST, "", json!({})).await.expect(400).json["attr"], "name");
    assert_eq!(desk.views(Method::GET, &path(&saved), Value::Null).await.json, saved);
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
    let refused = desk.views(Method::POST, "", json!({"name": "one more"})).await.expect(400).json;
    assert!(refused["detail"].as_str().unwrap().contains("500"), "{refused}");
    desk.views(Method::PATCH, &path(&last), json!({"name": "still changes"})).await.expect(200);
    desk.views(Method::DELETE, &path(&last), Value::Null).await.expect(204);
    desk.save_view(json!({"name": "one more"})).await;
    // Every request of an agent reads the project's directory, so that must not include the views.
    assert!(desk.http.get("/tickets/unread_count/").await.expect(200).cost().rcu < 2.0);
}
