//! The addresses of a project.

use reqwest::Method;
use serde_json::{Value, json};

use super::{ADDRESSES, mail, mail_desk};
use crate::{
    sessions::{call, sign_in},
    support::{AGENT, desk_at},
};

#[tokio::test]
async fn an_address_belongs_to_one_project_and_one_of_them_is_the_default() {
    let desk = mail_desk().await;
    let second = desk.add_address("Sales@desk.test").await;
    assert_eq!(second["address"], "sales@desk.test");
    assert_eq!(
        [&second["kind"], &second["is_default"], &second["verified"], &second["from_name"]],
        [&json!("desk"), &json!(false), &json!(true), &Value::Null]
    );
    let demo = json!({"kind": "desk", "address": "demo"});
    let taken = desk.as_other(Method::POST, ADDRESSES, demo.clone()).await.expect(409).json;
    assert_eq!(taken["code"], "taken");
    desk.desk.http.agent(Method::POST, ADDRESSES, demo).await.expect(409);

    let path = format!("{ADDRESSES}{}/", second["id"].as_str().unwrap());
    assert_eq!(
        desk.desk.http.agent(Method::POST, &format!("{path}set_default/"), Value::Null).await.expect(200).json["is_default"],
        true
    );
    let all = desk.desk.http.get(ADDRESSES).await.expect(200).json;
    let addresses: Vec<_> = all["results"].as_array().unwrap().iter().map(|it| it["address"].as_str().unwrap()).collect();
    assert_eq!(addresses, ["sales@desk.test", "demo@desk.test"]);
    desk.as_other(Method::DELETE, &path, Value::Null).await.expect(404);
    desk.desk.http.agent(Method::DELETE, &path, Value::Null).await.expect(204);
    desk.desk.http.agent(Method::DELETE, &path, Value::Null).await.expect(404);
    desk.as_other(Method::POST, ADDRESSES, json!({"kind": "desk", "address": "sales"})).await.expect(201);

    let audit = desk.desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json;
    let actions: Vec<_> = audit["results"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..3], ["email_address.removed", "email_address.default", "email_address.added"]);
}

#[tokio::test]
async fn what_can_be_no_address_is_refused() {
    let desk = mail_desk().await;
    for address in ["", "ab", "in-touch", "reply", "a.b.c", "demo@example.com", "white space"] {
        let refused =
            desk.desk.http.agent(Method::POST, ADDRESSES, json!({"kind": "desk", "address": address})).await.expect(400);
        assert_eq!(refused.json["attr"], "address", "{address}");
    }
    let blank = json!({"kind": "desk", "address": "support", "from_name": " "});
    assert_eq!(desk.desk.http.agent(Method::POST, ADDRESSES, blank).await.expect(400).json["attr"], "from_name");
    for place in 1..10 {
        desk.add_address(&format!("desk-{place}")).await;
    }
    desk.desk.http.agent(Method::POST, ADDRESSES, json!({"kind": "desk", "address": "one-more"})).await.expect(400);
}

#[tokio::test]
async fn an_address_has_a_name_of_its_own_or_the_projects() {
    let desk = mail_desk().await;
    let second = desk.add_address("sales").await;
    let path = format!("{ADDRESSES}{}/", second["id"].as_str().unwrap());
    let change = async |body: Value| desk.desk.http.agent(Method::PATCH, &path, body).await;
    let named = change(json!({"from_name": " Acme sales "})).await.expect(200).json;
    assert_eq!((&named["from_name"], &named["address"]), (&json!("Acme sales"), &json!("sales@desk.test")));
    assert_eq!(change(json!({})).await.expect(200).json["from_name"], "Acme sales", "what is absent stays");
    assert_eq!(change(json!({"from_name": null})).await.expect(200).json["from_name"], Value::Null);
    for bad in [json!(""), json!("x".repeat(201))] {
        assert_eq!(change(json!({"from_name": bad})).await.expect(400).json["attr"], "from_name");
    }
    desk.as_other(Method::PATCH, &path, json!({"from_name": "Mine"})).await.expect(404);
    let audit = desk.desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json;
    let rows: Vec<_> = audit["results"].as_array().unwrap().iter().take(2).collect();
    assert!(rows.iter().all(|row| row["action"] == "email_address.updated"), "what changes nothing is no change: {rows:?}");
    assert_eq!(rows[1]["changes"][0], json!({"field": "from_name", "before": null, "after": "Acme sales"}));
}

#[tokio::test]
async fn two_secrets_are_valid_while_one_replaces_the_other() {
    let desk = mail_desk().await;
    let ticket = desk.asked().await;
    let (old, text) = (desk.reply_to(&ticket).await, "An answer.");
    let rotate = async || desk.desk.http.agent(Method::POST, "/email/rotate_key/", Value::Null).await.expect(200).json;
    assert_eq!(rotate().await, json!({"has_previous": true}));
    let new = desk.reply_to(&ticket).await;
    assert_ne!(old, new);
    let answered = async |id: &str, to: &str| desk.take(&mail(id, text).to(&[to])).await["state"].clone();
    assert_eq!([answered("k1", &old).await, answered("k2", &new).await], [json!("appended"), json!("appended")]);
    let ended = desk.desk.http.agent(Method::POST, "/email/delete_previous_key/", Value::Null).await;
    ended.expect(204);
    desk.desk.http.agent(Method::POST, "/email/delete_previous_key/", Value::Null).await.expect(204);
    assert_eq!([answered("k3", &old).await, answered("k4", &new).await], [json!("opened"), json!("appended")]);
    rotate().await;
    rotate().await;
    assert_eq!(answered("k5", &new).await, json!("opened"), "two at most");
    let audit = desk.desk.admin(Method::GET, "/projects/1/audit/", Value::Null).await.expect(200).json;
    let actions: Vec<_> = audit["results"].as_array().unwrap().iter().map(|row| row["action"].as_str().unwrap()).collect();
    assert_eq!(actions[..4], ["email_key.rotated", "email_key.rotated", "email_key_previous.deleted", "email_key.rotated"]);
    assert!(!audit.to_string().contains(&new[6..20]), "secrets are not told");
}

#[tokio::test]
async fn two_administrators_at_once_both_add_theirs() {
    let desk = mail_desk().await;
    let add = async |local: &str| desk.add_address(local).await;
    tokio::join!(add("one-1"), add("two-2"), add("three-3"));
    assert_eq!(desk.desk.http.get(ADDRESSES).await.expect(200).json["count"], 4);
}

#[tokio::test]
async fn an_address_is_added_once_however_often_it_is_asked_for() {
    let desk = mail_desk().await;
    let path = format!("/api/projects/1/conversations{ADDRESSES}");
    let keyed = [("authorization", AGENT), ("idempotency-key", "once")];
    let new = json!({"kind": "desk", "address": "support", "from_name": "Acme"});
    let first = desk.desk.http.call(Method::POST, &path, &keyed, new.clone()).await.expect(201).json;
    let again = desk.desk.http.call(Method::POST, &path, &keyed, new).await.expect(201).json;
    assert_eq!((first["from_name"].as_str(), &first), (Some("Acme"), &again));
}

#[tokio::test]
async fn a_removed_address_takes_no_mail() {
    let desk = mail_desk().await;
    let all = desk.desk.http.get(ADDRESSES).await.expect(200).json;
    let id = all["results"][0]["id"].as_str().unwrap();
    desk.desk.http.agent(Method::DELETE, &format!("{ADDRESSES}{id}/"), Value::Null).await.expect(204);
    let sent = mail("a1", "hello");
    desk.upload(&sent.envelope(), &["demo@desk.test"], "", sent.raw()).await.expect(202);
    assert_eq!((desk.tickets().await, desk.inbound("").await.len()), (0, 0));
}

#[tokio::test]
async fn agents_see_what_arrived_and_administrators_decide_where() {
    let desk = mail_desk().await;
    let key = desk.desk.colleague("ben").await;
    let by = async |method, path: &str, body| desk.desk.by(&key, method, &format!("/projects/1/conversations{path}"), body).await;
    by(Method::GET, ADDRESSES, Value::Null).await.expect(403);
    by(Method::POST, ADDRESSES, json!({"kind": "desk", "address": "ben"})).await.expect(403);
    by(Method::GET, "/email/inbound/", Value::Null).await.expect(200);
    assert_eq!(by(Method::GET, "/email/inbound/?state=eaten", Value::Null).await.expect(400).json["attr"], "state");
}

#[tokio::test]
async fn whoever_signed_in_has_addresses_too() {
    let (desk, time) = desk_at("2026-05-04T08:00:00Z").await;
    let cookie = sign_in(&desk.http).await;
    // From then on the function records that the session is used.
    time.pass(11 * 60);
    let path = format!("/api/projects/1/conversations{ADDRESSES}");
    let new = json!({"kind": "desk", "address": "demo"});
    call(&desk.http, &cookie, Method::POST, &path, new).await.expect(201);
    assert_eq!(call(&desk.http, &cookie, Method::GET, &path, Value::Null).await.expect(200).json["count"], 1);
}
