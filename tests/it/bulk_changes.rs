//! Changes of many tickets that say what was there before, so that they can be undone.

use std::collections::BTreeMap;

use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk};

async fn bulk(desk: &Desk, body: Value) -> Reply {
    desk.http.agent(Method::POST, "/tickets/bulk_update/", body).await
}

async fn ids(desk: &Desk, tickets: &[Value]) -> Vec<String> {
    let mut ids = Vec::new();
    for ticket in tickets {
        ids.push(desk.tickets().create(ticket.clone()).id().await);
    }
    ids
}

fn skipped(reply: &Reply) -> BTreeMap<&str, &str> {
    let rows = reply.json["skipped"].as_array().unwrap();
    rows.iter().map(|row| (row["id"].as_str().unwrap(), row["reason"].as_str().unwrap())).collect()
}

#[tokio::test]
async fn a_bulk_is_undone_by_what_it_answered() {
    let desk = desk().await;
    let ids = ids(
        &desk,
        &[
            json!({"status": "open", "priority": "low", "tags": ["a"]}),
            json!({"status": "pending", "assignee": {"type": "user", "id": 1}}),
            json!({"status": "resolved", "priority": "high", "tags": ["b", "vip"]}),
        ],
    )
    .await;
    let nothing = "00000000-0000-7000-8000-000000000000";
    let changes = json!({"status": "resolved", "priority": "high", "tags": ["vip"], "tags_mode": "add"});
    let all = json!([ids[0], ids[1], ids[2], nothing, ids[0]]);
    let done = bulk(&desk, json!({"ids": all, "changes": changes})).await.expect(200);
    assert_eq!(skipped(&done), [(nothing, "not_found"), (ids[2].as_str(), "unchanged")].into());
    let updated = &done.json["updated"];
    assert_eq!(updated[0]["before"], json!({"status": "open", "priority": "low", "tags": ["a"]}));
    assert_eq!(updated[1]["before"], json!({"status": "pending", "priority": null, "tags": []}));
    let shown = desk.tickets().get(&ids[0]).reply().await;
    assert_eq!(shown.header("etag"), updated[0]["etag"].as_str());

    // Someone else sets the priority of one of them: only that one stays.
    desk.tickets().patch(&ids[0], json!({"priority": "medium"})).await;
    let set = json!({"status": "resolved", "priority": "high"});
    let items = updated.as_array().unwrap().iter();
    let items = items.map(|row| json!({"id": row["id"], "changes": row["before"], "expect": set}));
    let undone = bulk(&desk, json!({"items": items.collect::<Vec<_>>()})).await.expect(200);
    assert_eq!(skipped(&undone), [(ids[0].as_str(), "changed_meanwhile")].into());
    assert_eq!(undone.json["skipped"][0]["detail"], "priority");
    let second = desk.tickets().get(&ids[1]).await;
    assert_eq!((&second["status"], &second["priority"], &second["tags"]), (&json!("pending"), &Value::Null, &json!([])));
}

#[tokio::test]
async fn a_note_goes_to_each_ticket_in_the_same_write() {
    let desk = desk().await;
    let ids = ids(&desk, &[json!({"status": "open"}), json!({"status": "resolved"})]).await;
    let body = json!({"ids": ids, "changes": {"status": "resolved"}, "note": "Outage of Monday"});
    let done = bulk(&desk, body.clone()).await.expect(200);
    assert_eq!(done.json["updated"].as_array().unwrap().len(), 2, "a note is a change");
    assert_eq!(done.json["updated"][1]["before"], json!({}));
    // The same request again, as after an answer that was lost, adds no second note.
    let again = bulk(&desk, body).await.expect(200);
    assert_eq!(skipped(&again).into_values().collect::<Vec<_>>(), ["unchanged", "unchanged"]);
    for id in &ids {
        let thread = desk.tickets().messages(&id).await["results"].clone();
        assert_eq!((thread.as_array().unwrap().len(), &thread[0]["is_private"]), (1, &json!(true)));
    }
    let blank = json!({"ids": ids, "changes": {}, "note": " "});
    assert_eq!(bulk(&desk, blank).await.expect(400).json["attr"], "note");
}

#[tokio::test]
async fn what_breaks_a_rule_is_refused_whole_or_for_its_ticket() {
    let desk = desk().await;
    let many: Vec<_> = (0..100).map(|n| format!("t{n}")).collect();
    let ids = ids(&desk, &[json!({"tags": many}), json!({})]).await;
    let more = json!({"tags": ["one more"], "tags_mode": "add"});
    let done = bulk(&desk, json!({"ids": ids, "changes": more})).await.expect(200);
    assert_eq!(skipped(&done), [(ids[0].as_str(), "refused")].into());
    assert_eq!(done.json["updated"].as_array().unwrap().len(), 1);
    let item = json!({"id": ids[0], "changes": {"status": "open"}});
    for (body, attr) in [
        (json!({}), "ids"),
        (json!({"ids": ids}), "changes"),
        (json!({"ids": ids, "changes": {}, "items": [item]}), "items"),
        (json!({"ids": vec![&ids[0]; 501], "changes": {}}), "ids"),
        (json!({"ids": ids, "changes": {"assignee": 7}}), "changes.assignee"),
        (json!({"items": [item, {"id": ids[1], "changes": {"tags": [""]}}]}), "items[1].changes.tags"),
        (json!({"items": [{"id": ids[1], "changes": {}, "expect": {"assignee": 7}}]}), "items[0].expect.assignee"),
    ] {
        assert_eq!(bulk(&desk, body).await.expect(400).json["attr"], attr);
    }
    let headers = [("authorization", AGENT), ("idempotency-key", "bulk")];
    let url = "/api/projects/1/conversations/tickets/bulk_update/";
    let body = json!({"ids": [ids[1]], "changes": {"status": "pending"}});
    let first = desk.http.call(Method::POST, url, &headers, body.clone()).await.expect(200);
    assert_eq!(desk.http.call(Method::POST, url, &headers, body).await.expect(200).text, first.text);
}
