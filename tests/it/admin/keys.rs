//! Keys that the desk's owner makes and ends.

use reqwest::Method;
use serde_json::{Value, json};

use super::run;
use crate::support::desk;

#[tokio::test]
async fn a_key_is_made_and_ended_and_both_are_recorded() {
    let desk = desk().await;
    let store = &desk.running.store;
    let made = run(store, &["create-key", "--email", "agent@example.com", "--scopes", "ticket:read", "--label", "lo\nst"])
        .await
        .unwrap();
    let words: Vec<_> = made.split_whitespace().collect();
    let (id, value) = (words[1], *words.iter().find(|word| word.starts_with("phx_")).unwrap());
    let tickets = "/projects/1/conversations/tickets/";
    desk.by(value, Method::GET, tickets, Value::Null).await.expect(200);
    desk.by(value, Method::POST, tickets, json!({"message": "x"})).await.expect(403);

    let listed = run(store, &["revoke-key", "--email", "agent@example.com"]).await.unwrap();
    assert!(listed.lines().any(|line| line.starts_with(id) && line.ends_with(r"  lo\nst  ticket:read")), "{listed}");
    run(store, &["revoke-key", "--email", "agent@example.com", "--id", id]).await.unwrap();
    desk.by(value, Method::GET, tickets, Value::Null).await.expect(401);
    let again = run(store, &["revoke-key", "--email", "agent@example.com", "--id", id]).await.unwrap_err();
    assert!(again.contains("has no key"), "{again}");

    let audit = desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json;
    let rows: Vec<_> = audit["results"].as_array().unwrap().iter().filter(|row| row["target"]["id"] == id).collect();
    let actions: Vec<_> = rows.iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions, ["personal_api_key.deleted", "personal_api_key.created"], "{audit}");
    assert!(rows.iter().all(|row| row["actor"]["type"] == "system" && row["address"].is_null()), "the desk itself: {rows:?}");
}

#[tokio::test]
async fn a_key_reaches_the_projects_that_it_is_given() {
    let desk = desk().await;
    let store = &desk.running.store;
    let refused = run(store, &["create-key", "--email", "agent@example.com", "--scopes", "all", "--project", "99"]).await;
    assert_eq!(refused.unwrap_err(), "agent@example.com is not in project 99");
    desk.admin(Method::POST, "/projects/", json!({"name": "Second"})).await.expect(201);
    let made = run(store, &["create-key", "--email", "agent@example.com", "--scopes", "all", "--project", "1"]).await.unwrap();
    let value = made.split_whitespace().find(|word| word.starts_with("phx_")).unwrap();
    let projects = desk.by(value, Method::GET, "/projects/", Value::Null).await.expect(200).json;
    assert_eq!(projects["results"].as_array().unwrap().len(), 1, "{projects}");
}

#[tokio::test]
async fn a_user_has_as_many_keys_as_the_api_allows() {
    let desk = desk().await;
    let store = &desk.running.store;
    let made = async || run(store, &["create-key", "--email", "agent@example.com", "--scopes", "ticket:read"]).await;
    // The desk begins with one.
    for _ in 1..50 {
        made().await.unwrap();
    }
    assert_eq!(made().await.unwrap_err(), "A user can have at most 50 keys. revoke-key ends one");
}
