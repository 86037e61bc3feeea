use proptest::prelude::*;

use super::*;

proptest! {
    #![proptest_config(ProptestConfig::with_cases(200))]

    #[test]
    fn what_was_saved_is_shown_again(definition in any::definition()) {
        prop_assert_eq!(Definition::parse(&definition.to_json()), Ok(definition));
    }

    /// Reading ends, whatever JSON stands in place of conditions and steps, and a definition that is accepted can be run.
    #[test]
    fn any_json_is_read_or_refused(value in any::nearly(), event in any::event()) {
        let bodies = [
            value.clone(),
            json!({"trigger": value, "steps": []}),
            json!({"trigger": {"event": "$conversation_ticket_created", "filters": [value]}, "steps": []}),
            json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [value]}),
            json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [update(value.clone())]}),
            json!({"trigger": {"event": "$conversation_ticket_created"}, "steps": [update(json!({"assignee": value, "tags": [value]}))]}),
        ];
        for body in bodies.iter().filter_map(Value::as_object) {
            if let Ok(definition) = Definition::parse(body) {
                prop_assert_eq!(Definition::parse(&definition.to_json()), Ok(definition.clone()));
                super::dry_run(&definition, &event, &ticket(), |_| true, at(5), &crate::rules::Rules::default());
            }
        }
    }
}

/// The place and the reason of a refusal.
fn refusal(steps: Value) -> (String, String) {
    let invalid = parse_steps(steps).unwrap_err();
    (invalid.place, invalid.reason)
}

fn place(steps: Value) -> String {
    refusal(steps).0
}

fn when(condition: Value) -> Value {
    json!([{"branches": [{"when": condition, "steps": []}]}])
}

fn inputs(inputs: Value) -> Value {
    json!([update(inputs)])
}

#[test]
fn the_documented_example_is_read() {
    let body = json!({
        "name": "Set SLA based on channel",
        "enabled": true,
        "trigger": {"event": "$conversation_ticket_created", "filters": []},
        "steps": [{
            "branches": [{
                "when": {"property": "event.properties.channel_source", "operator": "equals", "value": "slack"},
                "steps": [{"action": "update_ticket", "inputs": {"sla_amount": "24", "sla_unit": "hour"}}],
            }],
            "else": [{"action": "update_ticket", "inputs": {"sla_amount": "4", "sla_unit": "hour"}}],
        }],
    });
    let definition = Definition::parse(&object(body.clone())).unwrap();
    let shown = definition.to_json();
    assert_eq!((&shown["trigger"], &shown["steps"]), (&body["trigger"], &body["steps"]));
}

#[test]
fn triggers_are_refused_by_place() {
    let place = |trigger: Value| {
        let body = object(json!({"trigger": trigger, "steps": []}));
        Definition::parse(&body).map_or_else(|invalid| invalid.place, |_| String::new())
    };
    let event = "$conversation_ticket_created";
    assert_eq!(place(json!({"event": event})), "");
    assert_eq!(place(json!(null)), "trigger");
    assert_eq!(place(json!({})), "trigger.event");
    assert_eq!(place(json!({"event": "$pageview"})), "trigger.event");
    assert_eq!(place(json!({"event": 5})), "trigger.event");
    assert_eq!(place(json!({"event": event, "filter": []})), "trigger.filter");
    assert_eq!(place(json!({"event": event, "filters": null})), "trigger.filters");
    assert_eq!(place(json!({"event": event, "filters": [{}]})), "trigger.filters[0].property");
    let nested = json!({"all": [{"property": "event.distinct_id", "operator": "is_set"}, {"not": {"property": "x"}}]});
    assert_eq!(place(json!({"event": event, "filters": [nested]})), "trigger.filters[0].all[1].not.property");
    let place = |body: Value| Definition::parse(&object(body)).unwrap_err().place;
    assert_eq!(place(json!({"steps": []})), "trigger");
    assert_eq!(place(json!({"trigger": {"event": event}})), "steps");
}

#[test]
fn steps_are_refused_by_place() {
    for (steps, expected) in [
        (json!({}), "steps"),
        (json!([5]), "steps[0]"),
        (json!([{}]), "steps[0]"),
        (json!([{"action": "update_ticket", "branches": []}]), "steps[0]"),
        (json!([{"action": "send_email"}]), "steps[0].action"),
        (json!([{"action": "get_ticket", "input": {}}]), "steps[0].input"),
        (json!([{"action": "get_ticket", "else": []}]), "steps[0].else"),
        (json!([{"action": "get_ticket", "inputs": []}]), "steps[0].inputs"),
        (json!([{"action": "get_ticket", "inputs": {"status": "open"}}]), "steps[0].inputs.status"),
        (json!([{"action": "get_ticket", "inputs": {"ticket_id": "7"}}]), "steps[0].inputs.ticket_id"),
        (json!([{"branches": []}]), "steps[0].branches"),
        (json!([{"branches": [{"steps": []}]}]), "steps[0].branches[0].when"),
        (json!([{"branches": [{"when": {"not": 5}, "steps": []}]}]), "steps[0].branches[0].when.not"),
        (json!([{"branches": [{"when": {"any": []}, "steps": []}]}]), "steps[0].branches[0].when.any"),
        (json!([{"branches": [{"when": {"any": [], "all": []}, "steps": []}]}]), "steps[0].branches[0].when"),
        (json!([{"branches": [{"if": {}}]}]), "steps[0].branches[0].if"),
        (
            json!([{"branches": [{"when": {"property": "event.distinct_id", "operator": "is_set"}}]}]),
            "steps[0].branches[0].steps",
        ),
        (
            json!([update(json!({})), {"branches": [{"when": {"property": "event.distinct_id", "operator": "is"}, "steps": []}]}]),
            "steps[1].branches[0].when.operator",
        ),
        (
            json!([{"branches": [{"when": {"property": "event.distinct_id", "operator": "is_set"}, "steps": []}], "else": [{"action": 1}]}]),
            "steps[0].else[0].action",
        ),
    ] {
        assert_eq!(place(steps.clone()), expected, "{steps}");
    }
}

#[test]
fn values_must_fit_their_operators() {
    let condition =
        |operator: &str, value: Value| when(json!({"property": "event.properties.x", "operator": operator, "value": value}));
    for (operator, value) in [
        ("equals", json!("a")),
        ("equals", json!(5)),
        ("equals", json!(false)),
        ("in", json!(["a", 5])),
        ("greater_than", json!(5)),
        ("greater_than", json!("5.5")),
        ("less_than", json!("2026-01-01")),
        ("less_than", json!("2026-01-01T00:00:00Z")),
        ("is_set", Value::Null),
        ("equals", json!("{event.properties.y}")),
    ] {
        assert!(parse_steps(condition(operator, value.clone())).is_ok(), "{operator} {value}");
    }
    let at = "steps[0].branches[0].when.value";
    for (operator, value, expected) in [
        ("equals", Value::Null, at.to_owned()),
        ("equals", json!(""), at.to_owned()),
        ("equals", json!(["a"]), at.to_owned()),
        ("contains", json!({}), at.to_owned()),
        ("starts_with", json!("x".repeat(1001)), at.to_owned()),
        ("in", json!("a"), at.to_owned()),
        ("in", json!([]), at.to_owned()),
        ("in", json!(["a", null]), format!("{at}[1]")),
        ("in", json!(vec!["a"; 101]), at.to_owned()),
        ("greater_than", json!("soon"), at.to_owned()),
        ("greater_than", json!("NaN"), at.to_owned()),
        ("less_than", json!(true), at.to_owned()),
        ("is_set", json!(true), at.to_owned()),
    ] {
        assert_eq!(place(condition(operator, value.clone())), expected, "{operator} {value}");
    }
    assert_eq!(place(when(json!({"property": "event.distinct_id", "operator": "equals"}))), at);
}

#[test]
fn constant_inputs_are_checked_at_save() {
    for good in [
        json!({"status": "on_hold", "priority": "low", "sla_amount": 0.5, "sla_unit": "day"}),
        json!({"sla_amount": " clear ", "sla_unit": "minute", "sla_business_hours": null}),
        json!({"sla_unit": "hour"}),
        json!({"sla_amount": "4", "sla_business_hours": {"days": ["monday"], "time": ["09:00", "17:00"]}}),
        json!({"sla_amount": 1, "sla_business_hours": {"days": ["monday"], "time": "any", "timezone": "Asia/Kathmandu"}}),
        json!({"assignee": null, "tags": [], "tags_mode": "remove"}),
        json!({"assignee": {"type": "user", "id": 5, "user": {"email": "a@b.c"}, "role": null}}),
        json!({"status": "{event.properties.old_status}", "tags": ["{not a placeholder}", "{v2}", "a{", "}b"]}),
        json!({"sla_amount": "1000000", "sla_unit": "{event.properties.unit}"}),
    ] {
        assert!(parse_steps(inputs(good.clone())).is_ok(), "{good}");
    }
    for (bad, field) in [
        (json!({"statuss": "open"}), "statuss"),
        (json!({"status": "closed"}), "status"),
        (json!({"status": null}), "status"),
        (json!({"status": "Open"}), "status"),
        (json!({"status": "{event.propertis.x}"}), "status"),
        (json!({"status": "{evnt.properties.x}"}), "status"),
        (json!({"status": "{variables.ticket}"}), "status"),
        (json!({"priority": "critical"}), "priority"),
        (json!({"priority": null}), "priority"),
        (json!({"ticket_id": 7}), "ticket_id"),
        (json!({"ticket_id": ""}), "ticket_id"),
        (json!({"sla_amount": "soon"}), "sla_amount"),
        (json!({"sla_amount": 0}), "sla_amount"),
        (json!({"sla_amount": "-1"}), "sla_amount"),
        (json!({"sla_amount": "inf"}), "sla_amount"),
        (json!({"sla_amount": "1826", "sla_unit": "day"}), "sla_amount"),
        (json!({"sla_amount": null}), "sla_amount"),
        (json!({"sla_amount": 1, "sla_unit": "week"}), "sla_unit"),
        (json!({"sla_business_hours": {}}), "sla_business_hours"),
        (json!({"sla_business_hours": {"days": ["monday"], "time": ["17:00", "09:00"]}}), "sla_business_hours"),
        (json!({"sla_amount": "9000", "sla_business_hours": {"days": ["monday"], "time": ["09:00", "10:00"]}}), "sla_amount"),
        (json!({"assignee": "user:1"}), "assignee"),
        (json!({"assignee": {}}), "assignee.type"),
        (json!({"assignee": {"type": "team", "id": 1}}), "assignee.type"),
        (json!({"assignee": {"type": "user", "id": "1"}}), "assignee.id"),
        (json!({"assignee": {"type": "role", "id": 1}}), "assignee.id"),
        (json!({"assignee": {"type": "role"}}), "assignee.id"),
        (json!({"assignee": {"type": "user", "name": "Ada"}}), "assignee.name"),
        (json!({"assignee": {"type": "role", "name": "Support", "id": uuid(1)}}), "assignee.name"),
        (json!({"assignee": {"type": "role", "name": 5}}), "assignee.name"),
        (json!({"assignee": {"type": "role", "id": uuid(1), "nam": "x"}}), "assignee.nam"),
        (json!({"tags": "vip"}), "tags"),
        (json!({"tags": ["ok", " "]}), "tags[1]"),
        (json!({"tags": ["x".repeat(201)]}), "tags[0]"),
        (json!({"tags": [5]}), "tags[0]"),
        (json!({"tags": vec!["a"; 101]}), "tags"),
        (json!({"tags_mode": "replace"}), "tags_mode"),
        (json!({"status": format!("{{event.properties.x}}{}", "x".repeat(1000))}), "status"),
    ] {
        assert_eq!(place(inputs(bad.clone())), format!("steps[0].inputs.{field}"), "{bad}");
    }
}

#[test]
fn reasons_say_what_would_do() {
    let (_, reason) = refusal(inputs(json!({"status": "{event.propertis.x}"})));
    assert!(reason.contains("'event.propertis.x'") && reason.contains("event.properties.*"), "{reason}");
    let (_, reason) = refusal(inputs(json!({"sla_business_hours": {"days": ["monday"]}})));
    assert!(reason.starts_with("Time must be \"any\" or"), "{reason}");
    let (place, reason) = refusal(inputs(json!({"x".repeat(5000): 1})));
    assert_eq!((place.len(), reason.as_str()), ("steps[0].inputs.".len() + 100, "Unknown key."));
}

fn nested_branches(levels: usize) -> Value {
    let condition = json!({"property": "event.distinct_id", "operator": "is_set"});
    (0..levels).fold(update(json!({})), |inner, _| json!({"branches": [{"when": condition, "steps": [inner]}]}))
}

fn nested_conditions(levels: usize) -> Value {
    let leaf = json!({"property": "event.distinct_id", "operator": "is_set"});
    when((0..levels).fold(leaf, |inner, _| json!({"not": inner})))
}

#[test]
fn nesting_and_number_are_bounded() {
    assert!(parse_steps(json!([nested_branches(8)])).is_ok());
    assert_eq!(place(json!([nested_branches(9)])), format!("steps[0]{}", ".branches[0].steps[0]".repeat(8)));
    assert!(parse_steps(json!([nested_branches(100)])).is_err());
    assert!(parse_steps(nested_conditions(8)).is_ok());
    assert_eq!(place(nested_conditions(9)), format!("steps[0].branches[0].when{}", ".not".repeat(8)));

    let steps = |n: usize| vec![update(json!({})); n];
    assert!(parse_steps(json!(steps(100))).is_ok());
    assert_eq!(place(json!(steps(101))), "steps");
    let branch = |inner: Vec<Value>| json!([{"branches": [{"when": {"property": "event.distinct_id", "operator": "is_set"}, "steps": inner}], "else": steps(50)}]);
    assert!(parse_steps(branch(steps(49))).is_ok());
    assert_eq!(place(branch(steps(50))), "steps[0].else[49]");
    let tags: Vec<String> = (0..100).map(|n| format!("{n}{}", "x".repeat(190))).collect();
    let (place, reason) = refusal(json!(vec![update(json!({"tags": tags})); 6]));
    assert!(place == "steps" && reason.contains("bytes"), "{reason}");
}

#[test]
fn nesting_counts_through_else_and_through_all_and_any() {
    let leaf = json!({"property": "event.distinct_id", "operator": "is_set"});
    let branches = json!([{"when": leaf, "steps": []}]);
    let otherwise =
        |levels: usize| (0..levels).fold(update(json!({})), |inner, _| json!({"branches": branches, "else": [inner]}));
    assert!(parse_steps(json!([otherwise(8)])).is_ok());
    assert_eq!(place(json!([otherwise(9)])), format!("steps[0]{}", ".else[0]".repeat(8)));
    for key in ["all", "any"] {
        let joined = |levels: usize| when((0..levels).fold(leaf.clone(), |inner, _| json!({key: [inner]})));
        assert!(parse_steps(joined(8)).is_ok(), "{key}");
        assert_eq!(place(joined(9)), format!("steps[0].branches[0].when{}", format!(".{key}[0]").repeat(8)));
    }
}

#[test]
fn a_definition_has_at_most_100_000_bytes() {
    let of = |last: usize| {
        let is = |length: usize| json!({"property": "event.distinct_id", "operator": "equals", "value": "x".repeat(length)});
        let mut filters = vec![is(1000); 93];
        filters.push(is(last));
        Definition::parse(&object(json!({"trigger": {"event": "$conversation_ticket_created", "filters": filters}, "steps": []})))
    };
    let bytes = |definition: Definition| Value::Object(definition.to_json()).to_string().len();
    let most = 100_000 - bytes(of(1).unwrap()) + 1;
    assert_eq!(of(most).map(bytes), Ok(100_000));
    let refused = of(most + 1).unwrap_err();
    assert_eq!(refused.to_string(), "steps: A workflow can have at most 100000 bytes of JSON; this one has 100001.");
}

#[test]
fn assignees_are_listed_and_names_resolved_by_place() {
    let assign = |assignee: Value| update(json!({"assignee": assignee}));
    let condition = json!({"property": "event.distinct_id", "operator": "is_set"});
    let mut definition = steps(json!([
        assign(json!({"type": "user", "id": 5})),
        assign(Value::Null),
        {"branches": [{"when": condition, "steps": [assign(json!({"type": "role", "name": "Support"}))]}],
         "else": [assign(json!({"type": "role", "id": uuid(9)}))]},
        {"action": "get_ticket"},
    ]));
    let invalid = definition.resolve_roles(|_| None).unwrap_err();
    assert_eq!(invalid.place, "steps[2].branches[0].steps[0].inputs.assignee.name");
    definition.resolve_roles(|name| (name == "Support").then(|| RoleId(uuid(8)))).unwrap();
    let found: Vec<_> = definition.assignees().into_iter().map(|(place, assignee)| (place, assignee.known())).collect();
    assert_eq!(
        found,
        [
            ("steps[0].inputs.assignee".to_owned(), Some(Assignee::User(UserId(5)))),
            ("steps[2].branches[0].steps[0].inputs.assignee".to_owned(), Some(Assignee::Role(RoleId(uuid(8))))),
            ("steps[2].else[0].inputs.assignee".to_owned(), Some(Assignee::Role(RoleId(uuid(9))))),
        ]
    );
    assert!(!Value::Object(definition.to_json()).to_string().contains("Support"), "what is saved holds ids");
}
