use serde_json::{Value, json};

use super::*;
use crate::{
    create::Draft,
    tags::Tags,
    testing::{draft, object, opened},
    ticket::{Channel, Fields, Origin, Priority},
};

/// What is said of one policy with these conditions.
fn said(ticket: &Ticket, conditions: &Value) -> Value {
    let policy = json!({"name": "Some", "conditions": conditions, "targets": {"resolution": {"amount": 1}}});
    let policies = Policies::parse(&object(json!({"policies": [policy]}))).unwrap();
    all_json(&policies, ticket).remove(0)
}

fn with(traits: Value, tags: &[&str], priority: Option<Priority>) -> Ticket {
    let traits = object(traits);
    let proven_traits = traits.keys().filter(|name| *name != "claimed").cloned().collect();
    let tags = Tags::new(tags).unwrap();
    let fields = Fields { priority, tags, anonymous_traits: traits, proven_traits, ..Fields::default() };
    opened(Draft { origin: Origin::filed(Channel::Email), fields, ..draft() }).0
}

#[test]
fn the_first_condition_that_does_not_hold_is_named() {
    let traits = json!({"plan": " Free ", "claimed": "Scale", "seats": 5, "long": "é".repeat(900), "list": ["x"]});
    let ticket = with(traits, &["billing", "eu"], Some(Priority::High));
    for (conditions, attribute, had, reason) in [
        (
            json!({"priority": ["low", "medium"], "tags": "vip"}),
            "priority",
            json!("high"),
            "The ticket's priority is high; the policy is for low or medium.",
        ),
        (
            json!({"priority": "high", "channel_source": ["widget", "slack", "api"]}),
            "channel_source",
            json!("email"),
            "The ticket came by email; the policy is for widget, slack or api.",
        ),
        (
            json!({"tags": ["vip"], "traits": {"plan": "scale"}}),
            "tags",
            json!(["billing", "eu"]),
            "The ticket's tags are billing and eu; the policy is for vip.",
        ),
        (
            json!({"tags": "eu", "traits": {"plan": ["scale", "enterprise"]}}),
            "traits.plan",
            json!("Free"),
            "The customer's plan is Free; the policy is for scale or enterprise.",
        ),
        (
            json!({"traits": {"seats": "5"}}),
            "traits.seats",
            json!(5),
            "The customer's seats is 5, which is not text; the policy is for 5.",
        ),
        (json!({"traits": {"region": "eu"}}), "traits.region", Value::Null, "The customer has no region; the policy is for eu."),
        (json!({"traits": {"list": "x"}}), "traits.list", Value::Null, "The customer has no list; the policy is for x."),
        (
            json!({"traits": {"plan": ["a", "b", "c", "d", "e", "f", "g"]}}),
            "traits.plan",
            json!("Free"),
            "The customer's plan is Free; the policy is for a, b, c, d, e or 2 more.",
        ),
    ] {
        let said = said(&ticket, &conditions);
        assert_eq!((&said["failing"], &said["unmet"]["attribute"]), (&json!(attribute), &json!(attribute)));
        assert_eq!((&said["unmet"]["had"], &said["reason"]), (&had, &json!(reason)));
        assert_eq!((&said["matched"], &said["why"], &said["unmet"]["is_unproven"]), (&json!(false), &Value::Null, &json!(false)));
    }
    let long = said(&ticket, &json!({"traits": {"long": "x"}}));
    assert_eq!(long["unmet"]["had"], "é".repeat(500));
    assert_eq!(long["reason"], format!("The customer's long is {}…; the policy is for x.", "é".repeat(100)));
    let claimed = said(&ticket, &json!({"traits": {"claimed": "scale"}}));
    assert_eq!(
        claimed["unmet"],
        json!({"attribute": "traits.claimed", "expected": ["scale"], "had": "Scale", "is_unproven": true})
    );
    assert_eq!(claimed["reason"], claimed["why"]);
    assert!(claimed["why"].as_str().unwrap().contains("is not proven"));
    let bare = with(json!({}), &[], None);
    assert_eq!(said(&bare, &json!({"priority": "low"}))["reason"], "The ticket has no priority; the policy is for low.");
    assert_eq!(said(&bare, &json!({"tags": ["a", "b"]}))["reason"], "The ticket has no tags; the policy is for a or b.");
}

#[test]
fn only_the_first_policy_that_matches_applies() {
    let policy =
        |name: &str, conditions: Value| json!({"name": name, "conditions": conditions, "targets": {"resolution": {"amount": 1}}});
    let policies =
        [policy("Vip", json!({"tags": "vip"})), policy("Mail", json!({"channel_source": "email"})), policy("All", json!({}))];
    let policies = Policies::parse(&object(json!({"policies": policies}))).unwrap();
    let said = all_json(&policies, &with(json!({}), &[], None));
    let told: Vec<_> = said.iter().map(|policy| [&policy["matched"], &policy["applies"]].map(Value::as_bool)).collect();
    assert_eq!(told, [[Some(false), Some(false)], [Some(true), Some(true)], [Some(true), Some(false)]]);
    assert_eq!(said[1]["reason"], "All its conditions hold, and it is the first such policy.");
    assert_eq!(said[2]["reason"], "All its conditions hold, but the policy Mail comes before it.");
    assert_eq!((&said[1]["unmet"], &said[2]["unmet"]), (&Value::Null, &Value::Null));
}
