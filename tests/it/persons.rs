//! The persons beside tickets: customers whose identity is proven (docs/decisions.md, 24).

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, desk, proof};

/// Sends a message with a proof of identity, and returns its ticket.
async fn prove(desk: &Desk, distinct_id: &str, ticket: Option<&str>, traits: Value) -> String {
    let hash = proof(distinct_id, "phs_local");
    let message = json!({
        "message": "it is me", "ticket_id": ticket, "identity_distinct_id": distinct_id, "identity_hash": hash,
        "distinct_id": distinct_id, "traits": traits,
    });
    let sent = desk.http.widget(Method::POST, "/message", message).await.expect(200).json;
    desk.http.drain().await;
    sent["ticket_id"].as_str().unwrap().to_owned()
}

/// The person of each ticket in the list, in the order of the tickets' numbers.
async fn listed(desk: &Desk, query: &str) -> Vec<Value> {
    let page = desk.tickets().list(&format!("order_by=ticket_number{query}")).await;
    page["results"].as_array().unwrap().iter().map(|ticket| ticket["person"].clone()).collect()
}

#[tokio::test]
async fn a_person_is_whoever_proved_it() {
    let desk = desk().await;
    let visitor = desk.customer();
    visitor.open("nobody yet").await;
    desk.http.drain().await;
    assert_eq!(listed(&desk, "").await, [Value::Null]);

    let id = prove(&desk, "user-1", None, json!({"name": "Ada", "email": null, "plan": "pro"})).await;
    let seen = desk.tickets().get(&id).await;
    let person = &seen["person"];
    assert_eq!((&person["name"], &person["distinct_ids"]), (&json!("Ada"), &json!(["user-1"])));
    assert_eq!((&person["properties"], &person["is_identified"]), (&json!({"name": "Ada", "plan": "pro"}), &json!(true)));
    assert_eq!(person["created_at"], seen["created_at"]);
    assert!(person["id"].as_str().unwrap().parse::<uuid::Uuid>().is_ok());
    assert_eq!(listed(&desk, "").await, [Value::Null, person.clone()]);
    assert_eq!(listed(&desk, "&search=ada").await, std::slice::from_ref(person));

    // The person is on each of their tickets, wherever a ticket is shown.
    let change = json!({"priority": "high"});
    assert_eq!(desk.tickets().patch(&id, change).await["person"], *person);
    let filed = desk.tickets().create(json!({"distinct_id": "user-1", "message": "for Ada"})).await;
    assert_eq!(filed["person"], *person);
    let previous = desk.tickets().previous(&id).await;
    assert_eq!(previous["results"][0]["person"], *person);
    let elsewhere = json!({"distinct_id": "user-1", "message": "another Ada"});
    let path = "/projects/2/conversations/tickets/";
    let elsewhere = desk.by("phx_other", Method::POST, path, elsewhere).await.expect(201).json;
    assert_eq!(elsewhere["person"], Value::Null, "of another project");
}

#[tokio::test]
async fn a_person_is_what_was_told_last_and_nothing_that_others_told() {
    let desk = desk().await;
    let mut visitor = json!({"message": "I am Ada", "ticket_id": null, "distinct_id": "user-1"});
    visitor["widget_session_id"] = json!(uuid::Uuid::now_v7());
    visitor["traits"] = json!({"name": "Eve", "email": "eve@example.com"});
    let opened = desk.http.widget(Method::POST, "/message", visitor).await.expect(200).json;
    desk.http.drain().await;
    assert_eq!(listed(&desk, "").await, [Value::Null], "anyone can name a distinct id");

    let id = prove(&desk, "user-1", opened["ticket_id"].as_str(), json!({"name": "Ada", "email": "eve@example.com"})).await;
    let seen = desk.tickets().get(&id).await;
    assert_eq!((&seen["identity_verified"], &seen["person"]["properties"]), (&json!(true), &json!({"name": "Ada"})));

    prove(&desk, "user-1", None, json!({"name": "Ada Lovelace", "email": "ada@example.com"})).await;
    prove(&desk, "user-1", None, json!({"name": null, "email": null})).await;
    let traits = json!({"anonymous_traits": {"name": "An agent's guess"}});
    desk.tickets().patch(&id, traits).await;
    desk.http.drain().await;
    let people = listed(&desk, "").await;
    assert_eq!(people[0]["properties"], json!({"name": "Ada Lovelace", "email": "ada@example.com"}));
    assert!(people.iter().all(|person| *person == people[0]));
}
