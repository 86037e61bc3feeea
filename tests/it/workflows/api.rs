//! Workflows as people write and read them.

use futures_util::future::join_all;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use super::{CREATED, condition, text, time, update};
use crate::support::{AGENT, desk};

const WORKFLOWS: &str = "/api/projects/1/conversations/workflows/";

/// A workflow that uses every field.
fn body() -> Value {
    json!({
        "name": "Triage",
        "enabled": false,
        "trigger": {
            "event": CREATED,
            "filters": [
                condition("event.properties.channel_source", "in", json!(["widget", "slack"])),
                {"not": {"all": [{"property": "event.distinct_id", "operator": "is_not_set"}]}},
            ],
        },
        "steps": [
            {"action": "get_ticket", "inputs": {"ticket_id": "{event.properties.ticket_id}"}},
            {
                "branches": [{
                    "when": {"any": [condition("variables.ticket.message_count", "greater_than", json!(3))]},
                    "steps": [update(json!({"sla_amount": "30", "sla_unit": "minute", "assignee": {"type": "user", "id": 1}}))],
                }],
                "else": [update(json!({"tags": ["{event.properties.customer_email}", "b"], "tags_mode": "add", "assignee": null}))],
            },
        ],
    })
}

#[tokio::test]
async fn what_was_saved_is_shown_changed_and_gone() {
    let desk = desk().await;
    let body = body();
    let saved = desk.agent().workflows().create(body.clone()).await;
    for key in ["name", "enabled", "trigger", "steps"] {
        assert_eq!(saved[key], body[key]);
    }
    assert_eq!(saved["created_by"], json!({"id": 1, "email": "agent@example.com", "first_name": "Agent"}));
    assert_eq!(saved["created_at"], saved["updated_at"]);
    let show = async || desk.agent().workflows().get(&saved).await;
    assert_eq!(show().await, saved);
    let listed = desk.agent().workflows().list("").await;
    assert_eq!((&listed["count"], &listed["results"]), (&json!(1), &json!([saved])));

    let (steps, trigger) = (json!([update(json!({"status": "open"}))]), json!({"event": CREATED, "filters": []}));
    let mut expected = saved.clone();
    for (change, key, value) in [
        (json!({"name": " Other "}), "name", json!("Other")),
        (json!({"enabled": true}), "enabled", json!(true)),
        (json!({"steps": steps}), "steps", steps.clone()),
        (json!({"trigger": {"event": CREATED}}), "trigger", trigger),
    ] {
        let changed = desk.agent().workflows().patch(&saved, change).await;
        assert!(time(&changed["updated_at"]) > time(&expected["updated_at"]));
        (expected[key], expected["updated_at"]) = (value, changed["updated_at"].clone());
        assert_eq!(changed, expected, "nothing but {key}");
        assert_eq!(show().await, expected);
    }
    let replaced = desk.agent().workflows().put(&saved, body.clone()).await;
    for key in ["name", "enabled", "trigger", "steps"] {
        assert_eq!(replaced[key], body[key]);
    }
    assert_eq!((&replaced["id"], &replaced["created_at"]), (&saved["id"], &saved["created_at"]));

    desk.agent().workflows().delete(&saved).await;
    let workflows = desk.agent().workflows();
    for call in [
        workflows.get(&saved),
        workflows.patch(&saved, json!({})),
        workflows.put(&saved, json!({})),
        workflows.delete(&saved),
        workflows.runs(&saved),
    ] {
        call.refused(404).await;
    }
    desk.agent().workflows().get("nonsense").refused(404).await;
    assert_eq!(desk.agent().workflows().list("").await["results"], json!([]));
}

#[tokio::test]
async fn workflows_are_listed_in_the_order_they_were_created() {
    let desk = desk().await;
    let mut ids = Vec::new();
    for name in ["d", "a", "c", "e", "b"] {
        let body = json!({"name": name, "trigger": {"event": CREATED}, "steps": []});
        ids.push(desk.agent().workflows().create(body).await["id"].clone());
    }
    desk.agent().workflows().patch(&ids[0], json!({"name": "z"})).await;
    let (mut next, mut seen) = (Some(format!("{WORKFLOWS}?limit=2")), Vec::new());
    while let Some(link) = next {
        let page = desk.http.call(Method::GET, &link, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
        assert_eq!(page["count"], 5);
        seen.push(page["results"].as_array().unwrap().iter().map(|workflow| workflow["id"].clone()).collect::<Vec<_>>());
        next = page["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, ids.chunks(2).map(<[Value]>::to_vec).collect::<Vec<_>>());
    let last = desk.agent().workflows().list("limit=2&offset=4").await;
    assert!(text(&last["previous"]).contains("offset=2"));
    for (query, attr) in [("limit=0", "limit"), ("offset=x", "offset")] {
        assert_eq!(desk.agent().workflows().list(query).refused(400).await["attr"], attr);
    }
}

#[tokio::test]
async fn a_key_makes_one_workflow() {
    let desk = desk().await;
    let save = async |path: &str, body: Value| {
        let headers = [("authorization", AGENT), ("idempotency-key", "k")];
        desk.http.call(Method::POST, &format!("{WORKFLOWS}{path}"), &headers, body).await
    };
    let first = save("", body()).await.expect(201);
    let again = save("", body()).await.expect(201);
    assert_eq!((again.text, again.headers.contains_key("idempotent-replayed")), (first.text, true));
    save("", json!({"name": "Other", "trigger": {"event": CREATED}, "steps": []})).await.expect(422);
    let gallery = join_all((0..4).map(|_| save("gallery/01-sla-by-channel/", Value::Null))).await;
    assert!(gallery.iter().all(|reply| matches!(reply.status, 201 | 409)), "{gallery:?}");
    assert_eq!(desk.agent().workflows().list("").await["count"], 2, "one of each route");
}

#[tokio::test]
async fn reading_and_writing_are_two_scopes() {
    let desk = desk().await;
    let id = desk.on(CREATED, json!([])).await;
    let ticket = desk.file(json!({})).await;
    let trial = (Method::POST, format!("{id}/dry_run/"), json!({"ticket_id": ticket}));
    let reads = [
        (Method::GET, String::new(), Value::Null),
        (Method::GET, format!("{id}/"), Value::Null),
        (Method::GET, format!("{id}/runs/"), Value::Null),
        (Method::GET, "gallery/".to_owned(), Value::Null),
    ];
    let writes = [
        (Method::POST, String::new(), body()),
        (Method::POST, "gallery/01-sla-by-channel/".to_owned(), Value::Null),
        (Method::PATCH, format!("{id}/"), json!({"name": "x"})),
        (Method::PUT, format!("{id}/"), json!({"name": "x"})),
        (Method::DELETE, format!("{id}/"), Value::Null),
    ];
    let reader = desk.key(json!({"label": "r", "scopes": ["workflow:read"]})).await;
    let author = desk.key(json!({"label": "w", "scopes": ["workflow:write"]})).await;
    let stranger = desk.key(json!({"label": "t", "scopes": ["ticket:write", "project:write"]})).await;
    let call = async |key: &str, (method, path, body): &(Method, String, Value)| {
        desk.by(key, method.clone(), &format!("/projects/1/conversations/workflows/{path}"), body.clone()).await.status
    };
    for read in &reads {
        assert_eq!(
            (call(&reader, read).await, call(&author, read).await, call(&stranger, read).await),
            (200, 200, 403),
            "{read:?}"
        );
    }
    // A dry run shows what is in a ticket, so it also needs `ticket:read`.
    for (scopes, status) in [
        (json!(["workflow:read"]), 403),
        (json!(["workflow:write", "project:write"]), 403),
        (json!(["ticket:write"]), 403),
        (json!(["workflow:read", "ticket:read"]), 200),
        (json!(["workflow:write", "ticket:write"]), 200),
    ] {
        let key = desk.key(json!({"label": "d", "scopes": scopes})).await;
        assert_eq!(call(&key, &trial).await, status, "a dry run with {scopes}");
    }
    for write in &writes {
        assert_eq!((call(&reader, write).await, call(&stranger, write).await), (403, 403), "{write:?}");
        assert!((200..300).contains(&call(&author, write).await), "{write:?}");
    }
}

#[tokio::test]
async fn what_a_run_wrote_on_a_ticket_is_for_those_who_may_read_tickets() {
    let desk = desk().await;
    let steps = json!([
        {"branches": [{
            "when": condition("event.properties.customer_email", "is_set", Value::Null),
            "steps": [update(json!({"tags": ["{event.properties.customer_email}"]}))],
        }]},
        update(json!({"priority": "{event.properties.customer_email}"})),
    ]);
    let id = desk.on(CREATED, steps).await;
    desk.customer().open_as("ada@example.com").await;
    let told = desk.only_run(&id).await;
    assert_eq!(told["steps"][1]["detail"], json!({"tags": ["ada@example.com"]}));
    let key = desk.key(json!({"label": "w", "scopes": ["workflow:write", "project:write"]})).await;
    let answer = desk.agent_with(&key).workflows().runs(&id).expect(200).await;
    assert!(!answer.text.contains("ada@"), "{}", answer.text);
    let run = &answer.json["results"][0];
    assert_eq!((&run["outcome"], &run["steps"][0]), (&told["outcome"], &told["steps"][0]));
    assert_eq!(run["steps"][1], json!({"step": "steps[0].branches[0].steps[0]", "result": "done", "detail": null}));
    assert_eq!(run["steps"][2], told["steps"][2], "why it failed is nobody's words");
    let key = desk.key(json!({"label": "r", "scopes": ["workflow:read", "ticket:read"]})).await;
    assert_eq!(desk.agent_with(&key).workflows().runs(&id).await["results"][0], told);
}

#[tokio::test]
async fn another_projects_workflows_are_not_there() {
    let desk = desk().await;
    let id = desk.on(CREATED, json!([])).await;
    let ticket = desk.file(json!({})).await;
    for (method, path, body) in [
        (Method::GET, "/", Value::Null),
        (Method::PATCH, "/", json!({"name": "x"})),
        (Method::PUT, "/", json!({"name": "x"})),
        (Method::DELETE, "/", Value::Null),
        (Method::GET, "/runs/", Value::Null),
        (Method::POST, "/dry_run/", json!({"ticket_id": ticket})),
    ] {
        for project in [1, 2] {
            let path = format!("/projects/{project}/conversations/workflows/{id}{path}");
            desk.by("phx_other", method.clone(), &path, body.clone()).await.expect(404);
        }
    }
    let collection = "/projects/1/conversations/workflows/";
    desk.by("phx_other", Method::GET, collection, Value::Null).await.expect(404);
    desk.by("phx_other", Method::POST, collection, body()).await.expect(404);
    desk.by("phx_other", Method::POST, &format!("{collection}gallery/01-sla-by-channel/"), Value::Null).await.expect(404);
    let theirs = desk.by("phx_other", Method::GET, "/projects/2/conversations/workflows/", Value::Null).await.expect(200).json;
    assert_eq!(theirs["count"], 0);
    desk.by("nope", Method::GET, collection, Value::Null).await.expect(401);
    assert_eq!(desk.agent().workflows().get(&id).await["name"], "Test");
}

#[tokio::test]
async fn keys_that_cannot_be_written_are_ignored() {
    let desk = desk().await;
    let mut told = body();
    let read_only = json!({"id": Uuid::nil(), "created_at": "2001-01-01T00:00:00Z", "updated_at": 5, "created_by": {"id": 7}, "color": "red"});
    told.as_object_mut().unwrap().extend(read_only.as_object().unwrap().clone());
    let saved = desk.agent().workflows().create(told).await;
    assert_eq!(saved["created_by"]["id"], 1);
    assert!(saved["id"] != json!(Uuid::nil()) && !text(&saved["created_at"]).starts_with("2001") && saved.get("color").is_none());
    let patched = desk.agent().workflows().patch(&saved, read_only).await;
    for key in ["id", "name", "created_at", "created_by", "steps"] {
        assert_eq!(patched[key], saved[key]);
    }
    let whole = desk.agent().workflows().put(&saved, patched.clone()).await;
    assert_eq!(whole["steps"], patched["steps"], "what is shown can be saved as it is");
}

#[tokio::test]
async fn names_have_bounds() {
    let desk = desk().await;
    let id = desk.on(CREATED, json!([])).await;
    for name in [String::new(), "  ".to_owned(), "x".repeat(201)] {
        let mut body = body();
        body["name"] = json!(name);
        assert_eq!(desk.agent().workflows().create(body).refused(400).await["attr"], "name");
        assert_eq!(desk.agent().workflows().patch(&id, json!({"name": name})).refused(400).await["attr"], "name");
    }
    let longest = "ü".repeat(200);
    let renamed = desk.agent().workflows().patch(&id, json!({"name": format!(" {longest} ")})).await;
    assert_eq!(renamed["name"], longest);
}

#[tokio::test]
async fn a_project_has_a_hundred_workflows_at_most() {
    let desk = desk().await;
    let mut last = String::new();
    for _ in 0..100 {
        last = desk.on(CREATED, json!([])).await;
    }
    let refused = desk.agent().workflows().create(body()).refused(400).await;
    assert!(text(&refused["detail"]).contains("100"), "{refused}");
    desk.workflows(Method::POST, "gallery/01-sla-by-channel/", Value::Null).await.expect(400);
    desk.agent().workflows().delete(&last).await;
    desk.on(CREATED, json!([])).await;
}

#[tokio::test]
async fn a_change_takes_effect_at_once() {
    let desk = desk().await;
    let id = desk.on(CREATED, json!([update(json!({"status": "open"}))])).await;
    let status = async || {
        let ticket = desk.file(json!({})).await;
        desk.http.drain().await;
        desk.tickets().get(&ticket).await["status"].clone()
    };
    let change = async |change: Value| drop(desk.agent().workflows().patch(&id, change).expect(200).await);
    assert_eq!(status().await, "open");
    change(json!({"steps": [update(json!({"status": "pending"}))]})).await;
    assert_eq!(status().await, "pending");
    change(json!({"enabled": false})).await;
    assert_eq!(status().await, "new");
    assert_eq!(desk.runs(&id).await.len(), 2, "while it is disabled it does not run");
    change(json!({"enabled": true, "trigger": {"event": CREATED, "filters": [condition("event.properties.priority", "equals", json!("high"))]}})).await;
    assert_eq!(status().await, "new");
    assert_eq!(desk.runs(&id).await.len(), 3);
    desk.agent().workflows().delete(&id).await;
    assert_eq!(status().await, "new");
}
