//! Definitions that are refused, each with the place that is wrong (docs/decisions.md, 43).

use reqwest::Method;
use serde_json::{Value, json};

use super::{CREATED, condition, text, update};
use crate::support::{Desk, desk};

/// The place that the desk reports as wrong in a definition.
async fn place(desk: &Desk, trigger: Value, steps: Value) -> Value {
    let body = json!({"name": "Test", "trigger": trigger, "steps": steps});
    let refused = desk.agent().workflows().create(body.clone()).reply().await;
    assert_eq!(refused.status, 400, "{body}: {}", refused.text);
    assert_eq!(refused.json["type"], "validation_error", "{body}");
    refused.json["attr"].clone()
}

#[tokio::test]
async fn triggers_are_refused_by_place() {
    let desk = desk().await;
    for (trigger, at) in [
        (json!("created"), "trigger"),
        (json!({}), "trigger.event"),
        (json!({"event": null}), "trigger.event"),
        (json!({"event": "$pageview"}), "trigger.event"),
        (json!({"event": "ticket_created"}), "trigger.event"),
        (json!({"event": CREATED, "filter": []}), "trigger.filter"),
        (json!({"event": CREATED, "filters": {}}), "trigger.filters"),
        (json!({"event": CREATED, "filters": [7]}), "trigger.filters[0]"),
        (json!({"event": CREATED, "filters": [{"operator": "is_set"}]}), "trigger.filters[0].property"),
        (json!({"event": CREATED, "filters": [condition("status", "equals", json!("new"))]}), "trigger.filters[0].property"),
        (json!({"event": CREATED, "filters": [{"all": [{"not": {"any": []}}]}]}), "trigger.filters[0].all[0].not.any"),
    ] {
        assert_eq!(place(&desk, trigger.clone(), json!([])).await, at, "{trigger}");
    }
    assert_eq!(desk.agent().workflows().list("").await["count"], 0, "nothing was saved");
}

#[tokio::test]
async fn steps_are_refused_by_place() {
    let desk = desk().await;
    let set = json!({"property": "event.distinct_id", "operator": "is_set"});
    let when = |when: Value| json!([{"branches": [{"when": when, "steps": []}]}]);
    let status = |operator: &str, value: Value| when(condition("event.properties.status", operator, value));
    for (steps, at) in [
        (json!("update"), "steps"),
        (json!([null]), "steps[0]"),
        (json!([{}]), "steps[0]"),
        (json!([{"action": "update_ticket", "branches": []}]), "steps[0]"),
        (json!([update(json!({})), {"action": "send_email"}]), "steps[1].action"),
        (json!([{"action": "update_ticket", "input": {}}]), "steps[0].input"),
        (json!([{"action": "get_ticket", "inputs": {"status": "open"}}]), "steps[0].inputs.status"),
        (json!([{"action": "get_ticket", "inputs": {"ticket_id": "7"}}]), "steps[0].inputs.ticket_id"),
        (json!([{"branches": []}]), "steps[0].branches"),
        (json!([{"branches": [{"steps": []}]}]), "steps[0].branches[0].when"),
        (json!([{"branches": [{"when": set}]}]), "steps[0].branches[0].steps"),
        (json!([{"branches": [{"when": set, "steps": []}], "else": {}}]), "steps[0].else"),
        (json!([{"branches": [{"when": set, "steps": []}], "else": [{"action": "x"}]}]), "steps[0].else[0].action"),
        (
            json!([update(json!({})), {"branches": [{"when": condition("event.distinct_id", "is", json!("x")), "steps": []}]}]),
            "steps[1].branches[0].when.operator",
        ),
        (when(json!({"all": [], "any": []})), "steps[0].branches[0].when"),
        (when(json!({"any": [set, {"not": []}]})), "steps[0].branches[0].when.any[1].not"),
        (when(condition("variables.user.name", "equals", json!("x"))), "steps[0].branches[0].when.property"),
        (status("equals", Value::Null), "steps[0].branches[0].when.value"),
        (status("equals", json!("")), "steps[0].branches[0].when.value"),
        (status("contains", json!(["new"])), "steps[0].branches[0].when.value"),
        (status("in", json!("new")), "steps[0].branches[0].when.value"),
        (status("in", json!(["new", null])), "steps[0].branches[0].when.value[1]"),
        (status("greater_than", json!("soon")), "steps[0].branches[0].when.value"),
        (status("is_set", json!(true)), "steps[0].branches[0].when.value"),
    ] {
        assert_eq!(place(&desk, json!({"event": CREATED}), steps.clone()).await, at, "{steps}");
    }
}

#[tokio::test]
async fn inputs_are_refused_by_place() {
    let desk = desk().await;
    for (inputs, field) in [
        (json!({"statuss": "open"}), "statuss"),
        (json!({"status": "closed"}), "status"),
        (json!({"status": null}), "status"),
        (json!({"status": "{ticket.status}"}), "status"),
        (json!({"priority": "critical"}), "priority"),
        (json!({"ticket_id": 7}), "ticket_id"),
        (json!({"sla_amount": "soon"}), "sla_amount"),
        (json!({"sla_amount": "0"}), "sla_amount"),
        (json!({"sla_amount": "1826", "sla_unit": "day"}), "sla_amount"),
        (json!({"sla_amount": "1", "sla_unit": "week"}), "sla_unit"),
        (json!({"sla_amount": "1", "sla_business_hours": {"days": ["monday"]}}), "sla_business_hours"),
        (json!({"tags": "vip"}), "tags"),
        (json!({"tags": ["ok", " "]}), "tags[1]"),
        (json!({"tags": ["x".repeat(201)]}), "tags[0]"),
        (json!({"tags_mode": "replace"}), "tags_mode"),
        (json!({"assignee": "Support"}), "assignee"),
        (json!({"assignee": {"type": "team", "id": 1}}), "assignee.type"),
        (json!({"assignee": {"type": "user", "id": "1"}}), "assignee.id"),
        (json!({"assignee": {"type": "role"}}), "assignee.id"),
        (json!({"assignee": {"type": "role", "name": "Nobody"}}), "assignee.name"),
        (json!({"assignee": {"type": "user", "id": 2}}), "assignee"),
    ] {
        let at = place(&desk, json!({"event": CREATED}), json!([update(inputs.clone())])).await;
        assert_eq!(at, format!("steps[0].inputs.{field}"), "{inputs}");
    }
}

#[tokio::test]
async fn a_definition_needs_its_parts() {
    let desk = desk().await;
    let whole = json!({"name": "Test", "trigger": {"event": CREATED}, "steps": []});
    for (key, bad) in [
        ("name", None),
        ("trigger", None),
        ("steps", None),
        ("name", Some(Value::Null)),
        ("name", Some(json!(5))),
        ("enabled", Some(json!("yes"))),
        ("enabled", Some(Value::Null)),
        ("trigger", Some(Value::Null)),
        ("steps", Some(Value::Null)),
    ] {
        let mut body = whole.clone();
        match &bad {
            None => drop(body.as_object_mut().unwrap().remove(key)),
            Some(bad) => body[key] = bad.clone(),
        }
        let refused = desk.agent().workflows().create(body).refused(400).await;
        assert_eq!(refused["attr"], key, "{bad:?}");
    }
    let id = desk.on(CREATED, json!([update(json!({"status": "open"}))])).await;
    for key in ["name", "enabled", "trigger", "steps"] {
        let refused = desk.agent().workflows().patch(&id, json!({key: null})).refused(400).await;
        assert_eq!(refused["attr"], key, "null is not absent");
    }
}

#[tokio::test]
async fn roles_and_users_of_another_project_are_strangers() {
    let desk = desk().await;
    let body = json!({"name": "Support"});
    let theirs = text(&desk.by("phx_other", Method::POST, "/projects/2/roles/", body).await.expect(201).json["id"]);
    for (assignee, field) in [
        (json!({"type": "role", "id": theirs}), "assignee"),
        (json!({"type": "role", "name": "Support"}), "assignee.name"),
        (json!({"type": "user", "id": 2}), "assignee"),
    ] {
        let within = json!([{
            "branches": [{"when": {"property": "event.distinct_id", "operator": "is_set"}, "steps": []}],
            "else": [update(json!({"assignee": assignee}))],
        }]);
        let at = place(&desk, json!({"event": CREATED}), within).await;
        assert_eq!(at, format!("steps[0].else[0].inputs.{field}"), "{assignee}");
    }
    let id = desk.on(CREATED, json!([])).await;
    let change = json!({"name": "Half", "steps": [update(json!({"assignee": {"type": "role", "id": theirs}}))]});
    let refused = desk.agent().workflows().patch(&id, change).refused(400).await;
    assert_eq!(refused["attr"], "steps[0].inputs.assignee");
    let shown = desk.agent().workflows().get(&id).await;
    assert_eq!((&shown["name"], &shown["steps"]), (&json!("Test"), &json!([])), "a refused change changed nothing");
}

fn nested(levels: usize) -> Value {
    let set = json!({"property": "event.distinct_id", "operator": "is_set"});
    (0..levels).fold(update(json!({})), |inner, _| json!({"branches": [{"when": set, "steps": [inner]}]}))
}

#[tokio::test]
async fn what_is_too_much_is_refused() {
    let desk = desk().await;
    desk.on(CREATED, json!([nested(8)])).await;
    let at = place(&desk, json!({"event": CREATED}), json!([nested(9)])).await;
    assert_eq!(at, format!("steps[0]{}", ".branches[0].steps[0]".repeat(8)));
    let body = json!({"name": "Test", "trigger": {"event": CREATED}, "steps": [nested(30)]});
    let refused = desk.agent().workflows().create(body).refused(400).await;
    assert!(refused["attr"].is_null() && text(&refused["detail"]).contains("nested"), "{refused}");

    desk.on(CREATED, json!(vec![update(json!({})); 100])).await;
    assert_eq!(place(&desk, json!({"event": CREATED}), json!(vec![update(json!({})); 101])).await, "steps");
    let long: Vec<_> = (0..100).map(|number| format!("{number}{}", "x".repeat(190))).collect();
    let large = json!(vec![update(json!({"tags": long})); 6]);
    assert_eq!(place(&desk, json!({"event": CREATED}), large).await, "steps");
}
