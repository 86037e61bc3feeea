//! Quick actions applied by the desk: reply, variables and changes in one write.

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk, texts};

async fn saved(desk: &Desk, action: Value) -> String {
    let made = desk.agent().quick_actions().create(action).expect(201).await;
    made.json["short_id"].as_str().unwrap().to_owned()
}

async fn apply(desk: &Desk, ticket: &Value, action: &str, body: Value) -> Reply {
    let path = format!("/tickets/{}/quick_actions/{action}/apply/", ticket["id"].as_str().unwrap());
    desk.http.agent(Method::POST, &path, body).await
}

async fn thread(desk: &Desk, ticket: &Value) -> Value {
    desk.tickets().messages(&ticket).await["results"].clone()
}

#[tokio::test]
async fn a_prepared_reply_goes_out_with_its_variables_and_changes() {
    let desk = desk().await;
    let rich = json!({"type": "doc", "content": [{"type": "text", "text": "Hi {{customer.name|there}}, #{{ticket.number}}"}]});
    let action = json!({
        "name": "Refund", "content": "Hi {{customer.name|there}}, #{{ticket.number}}", "rich_content": rich,
        "actions": {"status": "pending", "priority": "high", "tags": ["refund"], "assignee": {"type": "user", "id": 1}},
    });
    let action = saved(&desk, action).await;
    let ticket = desk.tickets().create(json!({"anonymous_traits": {"name": "Ada"}, "tags": ["vip"]})).await;
    let dry = apply(&desk, &ticket, &action, json!({"dry_run": true})).await.expect(200).json;
    let text = format!("Hi Ada, #{}", ticket["ticket_number"]);
    assert_eq!((&dry["text"], &dry["message"], &dry["unset"]), (&json!(text), &Value::Null, &json!([])));
    assert_eq!((&dry["changes"]["status"], &dry["ticket"]["status"]), (&json!("pending"), &json!("new")));
    assert_eq!(thread(&desk, &ticket).await, json!([]), "nothing was changed");

    let sent = apply(&desk, &ticket, &action, json!({})).await.expect(201).json;
    assert_eq!(
        (&sent["message"]["content"], &sent["message"]["rich_content"]["content"][0]["text"]),
        (&json!(text), &json!(text))
    );
    let after = &sent["ticket"];
    assert_eq!(
        (&after["status"], &after["priority"], &after["tags"]),
        (&json!("pending"), &json!("high"), &json!(["vip", "refund"]))
    );
    assert_eq!(after["assignee"]["id"], 1);
    assert_eq!(texts(&thread(&desk, &ticket).await), [text]);

    let own = json!({"message": "Dear {{customer_name}}"});
    let own = apply(&desk, &ticket, &action, own).await.expect(201).json;
    assert_eq!((&own["message"]["content"], &own["message"]["rich_content"]), (&json!("Dear Ada"), &Value::Null));
}

#[tokio::test]
async fn a_variable_that_stands_for_nothing_stops_everything() {
    let desk = desk().await;
    let action = json!({"name": "x", "content": "Hi {{customer.name}}, {{order.id}}", "actions": {"status": "resolved"}});
    let action = saved(&desk, action).await;
    let ticket = desk.tickets().create(json!({"message": "hello"})).await;
    let dry = apply(&desk, &ticket, &action, json!({"dry_run": true})).await.expect(200).json;
    assert_eq!(dry["unset"], json!(["customer.name", "order.id"]));
    let refused = apply(&desk, &ticket, &action, json!({})).await.expect(400).json;
    assert_eq!((&refused["code"], &refused["attr"]), (&json!("unset_variables"), &json!("message")));
    let seen = thread(&desk, &ticket).await[0]["id"].clone();
    let colleague = desk.colleague("Ben").await;
    desk.agent_with(&colleague).tickets().reply(&ticket, "on it").await;
    let unseen = json!({"message": "Hi", "seen_until": seen});
    let newer = apply(&desk, &ticket, &action, unseen).await.expect(409).json;
    assert_eq!((&newer["code"], texts(&newer["newer"])), (&json!("newer_message"), vec!["on it"]));
    let now = desk.tickets().get(&ticket).await;
    assert_eq!((&now["status"], &now["message_count"]), (&json!("new"), &json!(2)));
    let forced = json!({"message": "Hi", "seen_until": seen, "force": true});
    assert_eq!(apply(&desk, &ticket, &action, forced).await.expect(201).json["ticket"]["status"], "resolved");
}

#[tokio::test]
async fn an_action_without_a_reply_changes_the_ticket() {
    let desk = desk().await;
    let action = saved(&desk, json!({"name": "Close", "actions": {"status": "resolved"}})).await;
    let mine = saved(&desk, json!({"name": "Mine", "content": "x", "visibility": "personal"})).await;
    let ticket = desk.tickets().create(json!({})).await;
    let path = format!("/tickets/{}/quick_actions", ticket["id"].as_str().unwrap());
    let keyed = [("authorization", AGENT), ("idempotency-key", "close")];
    let url = format!("/api/projects/1/conversations{path}/{action}/apply/");
    let done = desk.http.call(Method::POST, &url, &keyed, json!({})).await.expect(200);
    assert_eq!((&done.json["message"], &done.json["ticket"]["status"]), (&Value::Null, &json!("resolved")));
    desk.tickets().patch(&ticket, json!({"status": "open"})).await;
    assert_eq!(desk.http.call(Method::POST, &url, &keyed, json!({})).await.expect(200).text, done.text);
    let colleague = desk.colleague("Ben").await;
    let of_another = format!("/projects/1/conversations{path}/{mine}/apply/");
    desk.by(&colleague, Method::POST, &of_another, json!({})).await.expect(404);
    desk.http.agent(Method::POST, &format!("{path}/nope/apply/"), json!({})).await.expect(404);
    desk.http.agent(Method::POST, &format!("/tickets/99/quick_actions/{action}/apply/"), json!({})).await.expect(404);
}
