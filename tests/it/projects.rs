//! The administration of projects.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::desk;

#[tokio::test]
async fn a_project_is_created_with_tokens_that_work() {
    let desk = desk().await;
    let made = desk.admin(Method::POST, "/projects/", json!({"name": " Shop "})).await.expect(201).json;
    assert_eq!((&made["id"], &made["name"], &made["conversations_enabled"]), (&json!(3), &json!("Shop"), &json!(true)));
    let list = desk.admin(Method::GET, "/projects/", Value::Null).await.expect(200).json;
    assert_eq!(list["results"].as_array().unwrap().iter().map(|p| p["id"].as_u64().unwrap()).collect::<Vec<_>>(), [1, 3]);
    let token = made["conversations_settings"]["widget_public_token"].as_str().unwrap();
    let body = desk.customer().message(None, "hi");
    let sent =
        desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &[("x-conversations-token", token)], body).await;
    let ticket = sent.expect(200).json["ticket_id"].as_str().unwrap().to_owned();
    let path = format!("/api/conversations/external/ticket/{ticket}");
    let secret = format!("Bearer {}", made["secret_api_token"].as_str().unwrap());
    assert_eq!(
        desk.http.call(Method::GET, &path, &[("authorization", &secret)], Value::Null).await.expect(200).json["number"],
        1
    );
    let config = format!("/array/{}/config", made["api_token"].as_str().unwrap());
    assert_eq!(desk.http.call(Method::GET, &config, &[], Value::Null).await.expect(200).json["conversations"]["token"], *token);
    desk.by("phx_other", Method::GET, "/projects/3/", Value::Null).await.expect(404);
    for body in [json!({}), json!({"name": " "}), json!({"name": 1}), json!({"name": "x".repeat(201)})] {
        assert_eq!(desk.admin(Method::POST, "/projects/", body).await.expect(400).json["attr"], "name");
    }
}

#[tokio::test]
async fn settings_merge_and_name_what_is_wrong() {
    let desk = desk().await;
    let patch = |body: Value| desk.agent().configure(body);
    let settings = json!({"widget_color": "#fff", "widget_domains": ["a.com"], "widget_require_email": true});
    patch(json!({"conversations_settings": settings, "name": "Renamed"})).await;
    let changed = patch(json!({"conversations_settings": {"widget_color": null}})).await;
    let expected = json!({"widget_domains": ["a.com"], "widget_require_email": true, "widget_public_token": "wgt_local"});
    assert_eq!((&changed["conversations_settings"], &changed["name"]), (&expected, &json!("Renamed")));
    for (settings, key) in [
        (json!({"nope": 1}), "nope"),
        (json!({"widget_public_token": "x"}), "widget_public_token"),
        (json!({"widget_color": 1}), "widget_color"),
    ] {
        let refused = patch(json!({"conversations_settings": settings, "name": "Half"})).refused(400).await;
        assert_eq!(refused["attr"], format!("conversations_settings.{key}"));
    }
    let flags = ["widget_enabled", "widget_collect_name", "widget_require_email"];
    let at_once = join_all(flags.map(|flag| patch(json!({"conversations_settings": {flag: false}})).reply())).await;
    assert!(at_once.iter().all(|reply| reply.status == 200));
    let after = desk.admin(Method::GET, "/projects/1/", Value::Null).await.expect(200).json;
    assert_eq!(after["name"], "Renamed", "a refused patch wrote nothing");
    assert!(flags.iter().all(|flag| after["conversations_settings"][*flag] == false), "{after}");
    let reader = desk.key(json!({"label": "r", "scopes": ["project:read"]})).await;
    assert!(desk.by(&reader, Method::GET, "/projects/1/", Value::Null).await.expect(200).json.get("secret_api_token").is_none());
    desk.agent_with(&reader).configure(json!({"name": "x"})).refused(403).await;
}

#[tokio::test]
async fn rotation_takes_effect_at_once() {
    let desk = desk().await;
    let ticket = desk.tickets().create(json!({})).id().await;
    let external = async |secret: &str| {
        let path = format!("/api/conversations/external/ticket/{ticket}");
        desk.http.call(Method::GET, &path, &[("authorization", &format!("Bearer {secret}"))], Value::Null).await.status
    };
    assert_eq!(external("phs_local").await, 200);
    let rotate = async |what: &str| desk.admin(Method::POST, &format!("/projects/1/{what}/"), Value::Null).await;
    let second = rotate("rotate_secret_token").await.expect(200).json["secret_api_token"].as_str().unwrap().to_owned();
    assert_eq!((external("phs_local").await, external(&second).await), (200, 200));
    let third = rotate("rotate_secret_token").await.expect(200).json["secret_api_token"].as_str().unwrap().to_owned();
    assert_eq!((external("phs_local").await, external(&second).await, external(&third).await), (401, 200, 200));
    rotate("delete_secret_token_backup").await.expect(204);
    assert_eq!((external(&second).await, external(&third).await), (401, 200));
    let widget = rotate("rotate_widget_token").await.expect(200).json["widget_public_token"].as_str().unwrap().to_owned();
    let session = "/api/conversations/v1/widget/tickets?widget_session_id=01890000-0000-7000-8000-000000000001";
    for (token, status) in [("wgt_local", 403), (widget.as_str(), 200)] {
        desk.http.call(Method::GET, session, &[("x-conversations-token", token)], Value::Null).await.expect(status);
    }
}

#[tokio::test]
async fn members_and_roles() {
    let desk = desk().await;
    let add = |email: &str| desk.agent().members().create(json!({"email": email, "first_name": "Bob"}));
    let adding = join_all((0..8).map(|_| add("bob@example.com").reply())).await;
    assert_eq!(adding.iter().filter(|reply| reply.status == 201).count(), 1, "one address is one member");
    let bob = adding.iter().find(|reply| reply.status == 201).unwrap().json["id"].clone();
    assert!(bob.is_u64());
    assert_eq!(add("Other@example.com").await["id"], 2, "a known address stays the same user");
    for email in ["", "x", "a@b", "a b@c.de", "@c.de"] {
        assert_eq!(add(email).refused(400).await["attr"], "email");
    }
    let role = desk.agent().roles().create(json!({"name": "Support"})).await;
    assert_eq!(desk.agent().roles().patch(&role, json!({"members": [1, bob, 1]})).await["members"], json!([1, bob]));
    desk.agent().roles().patch(&role, json!({"members": [99]})).refused(400).await;
    desk.agent().roles().create(json!({"name": "support"})).refused(400).await;

    let ticket = desk.tickets().create(json!({"assignee": {"type": "role", "id": role["id"]}})).await;
    assert_eq!(ticket["assignee"]["role"], json!({"name": "Support"}));
    let mine = desk.tickets().create(json!({"assignee": {"type": "user", "id": bob}})).await;
    assert_eq!(mine["assignee"]["user"], json!({"email": "bob@example.com", "first_name": "Bob"}));

    let key = desk.key(json!({"label": "bob", "scopes": ["ticket:read"], "user": bob})).await;
    desk.agent_with(&key).tickets().list("").await;
    desk.agent().members().delete(&bob).await;
    desk.agent_with(&key).tickets().list("").refused(404).await;
    desk.agent().members().delete(&bob).refused(404).await;
    let seen = desk.tickets().get(&mine).await;
    assert_eq!(seen["assignee"], Value::Null);
    desk.agent().members().delete(2).await;
    let last = desk.agent().members().delete(1).expect(409).await;
    assert_eq!(last.json["code"], "last_admin");
    desk.agent().roles().delete(&role).await;
    desk.agent().roles().delete(&role).refused(404).await;
}

#[tokio::test]
async fn keys_reach_no_further_than_their_maker() {
    let desk = desk().await;
    let make = async |body: Value| desk.admin(Method::POST, "/personal_api_keys/", body).await;
    for (body, attr) in [
        (json!({"label": "x", "scopes": []}), "scopes"),
        (json!({"label": "x", "scopes": ["nope"]}), "scopes"),
        (json!({"scopes": ["ticket:read"]}), "label"),
        (json!({"label": "x", "scopes": ["ticket:read"], "user": 99}), "user"),
        (json!({"label": "x", "scopes": ["ticket:read"], "user": 2}), "user"),
    ] {
        assert_eq!(make(body.clone()).await.expect(400).json["attr"], attr, "{body}");
    }
    let admin = desk.key(json!({"label": "admin", "scopes": ["project:write"]})).await;
    let wider = json!({"label": "x", "scopes": ["ticket:read"]});
    desk.by(&admin, Method::POST, "/personal_api_keys/", wider).await.expect(403);
    // User 2 is also a member of project 2, which user 1's key does not reach.
    desk.agent().members().create(json!({"email": "other@example.com"})).await;
    make(json!({"label": "x", "scopes": ["ticket:read"], "user": 2})).await.expect(403);
    let list = desk.admin(Method::GET, "/personal_api_keys/", Value::Null).await.expect(200);
    assert!(!list.text.contains("phx_") && list.json["results"].as_array().unwrap().iter().all(|key| key.get("value").is_none()));
    let id = list.json["results"].as_array().unwrap().iter().find(|key| key["label"] == "admin").unwrap()["id"]
        .as_str()
        .unwrap()
        .to_owned();
    desk.by("phx_other", Method::DELETE, &format!("/personal_api_keys/{id}/"), Value::Null).await.expect(404);
    desk.admin(Method::DELETE, &format!("/personal_api_keys/{id}/"), Value::Null).await.expect(204);
    desk.by(&admin, Method::GET, "/projects/1/", Value::Null).await.expect(401);
}

#[tokio::test]
async fn a_key_made_by_a_member_who_left_ends_with_them() {
    let desk = desk().await;
    let add = async |email: &str| {
        let member = json!({"email": email, "access": "admin"});
        desk.agent().members().create(member).await["id"].clone()
    };
    let (bob, eve) = (add("bob@example.com").await, add("eve@example.com").await);
    let scopes = json!(["ticket:read", "project:read", "project:write"]);
    let eves = desk.key(json!({"label": "eve", "scopes": scopes, "user": eve})).await;
    let made = json!({"label": "bob's, by eve", "scopes": scopes, "user": bob});
    let bobs = desk.by(&eves, Method::POST, "/personal_api_keys/", made).await.expect(201).json["value"].clone();
    let bobs = bobs.as_str().unwrap();
    let projects = async || desk.by(bobs, Method::GET, "/projects/", Value::Null).await.expect(200).json["count"].clone();
    desk.agent_with(bobs).tickets().list("").await;
    assert_eq!(projects().await, 1);
    desk.agent().members().delete(&eve).await;
    desk.agent_with(bobs).tickets().list("").refused(404).await;
    assert_eq!(projects().await, 0, "the list would show the project's secret");
}

#[tokio::test]
async fn the_documentation_is_served() {
    let desk = desk().await;
    let served = desk.http.call(Method::GET, "/api/openapi.json", &[], Value::Null).await.expect(200).json;
    assert!(served["paths"]["/api/projects/{project_id}/conversations/tickets"]["get"].is_object());
}
