//! How policies are read and shown, and how many there may be.

use super::*;
use crate::testing::object;

#[test]
fn only_a_condition_on_a_trait_asks_for_traits() {
    let asks = |conditions: &[Value]| {
        let targets = json!({"resolution": {"amount": 1}});
        let named = |conditions: &Value| json!({"name": conditions.to_string(), "conditions": conditions, "targets": targets});
        let policies: Vec<_> = conditions.iter().map(named).collect();
        rules(&json!({"policies": policies})).policies.ask_for_traits()
    };
    assert!(!asks(&[]) && !asks(&[json!({}), json!({"tags": "vip", "priority": "high"})]));
    assert!(asks(&[json!({}), json!({"traits": {"plan": "scale"}})]));
}

#[test]
fn an_amount_may_be_written_as_text() {
    let target = |amount: Value| {
        let policy = json!({"name": "A", "targets": {"resolution": {"amount": amount, "unit": "minute"}}});
        let policies = Policies::parse(&object(json!({"policies": [policy]})));
        policies
            .map(|policies| policies.policies[0].target(Metric::Resolution).map(Target::given))
            .map_err(|refused| refused.reason)
    };
    for amount in [json!(90.5), json!("90.5"), json!(" 90.5 ")] {
        assert_eq!(target(amount), Ok(Some((90.5, SlaUnit::Minute))));
    }
    for amount in [json!("soon"), json!(""), Value::Null, json!([1])] {
        assert_eq!(target(amount), Err("Must be a number.".to_owned()));
    }
}

#[test]
fn policies_and_their_traits_are_bounded_in_number() {
    let targets = json!({"resolution": {"amount": 1}});
    let many = |number: usize, conditions: Value| {
        let named = |place: usize| json!({"name": place.to_string(), "conditions": conditions, "targets": targets});
        let policies: Vec<_> = (0..number).map(named).collect();
        Policies::parse(&object(json!({"policies": policies}))).map(|policies| policies.policies.len())
    };
    let refused = |refused: Result<usize, Invalid>| refused.map_err(|refused| (refused.place, refused.reason));
    let traits = |number: usize| (0..number).map(|name| (name.to_string(), json!("x"))).collect::<Object>();
    assert_eq!(many(50, json!({"traits": traits(50)})), Ok(50));
    let members = || "Can have at most 50 members.".to_owned();
    assert_eq!(refused(many(51, json!({}))), Err(("policies".to_owned(), members())));
    assert_eq!(refused(many(1, json!({"traits": traits(51)}))), Err(("policies[0].conditions.traits".to_owned(), members())));
}

#[test]
fn policies_are_shown_as_they_are_read() {
    let full = json!({
        "policies": [
            {
                "name": "VIP",
                "conditions": {
                    "priority": ["high", "low"], "channel_source": ["slack"], "tags": ["vip"], "traits": {"plan": ["scale"]},
                },
                "targets": {"first_response": {"amount": 1.5, "unit": "hour"}, "resolution": {"amount": 2.0, "unit": "day"}},
                "business_hours": {"days": ["monday"], "time": ["09:00", "17:00"]},
            },
            {
                "name": "All", "conditions": {}, "targets": {"next_response": {"amount": 30.0, "unit": "minute"}},
                "business_hours": null,
            },
        ],
        "paused_by": ["on_hold"],
    });
    let shown = |given: &Value| Value::Object(Policies::parse(given.as_object().unwrap()).unwrap().to_json());
    assert_eq!(shown(&full), full);
    let mut silent = full;
    silent["paused_by"] = Value::Null;
    assert_eq!(shown(&silent)["paused_by"], json!(["pending", "on_hold"]), "what pauses unless the project says otherwise");
    assert_eq!(shown(&json!({"policies": []})), json!({"policies": [], "paused_by": null}));
}

#[test]
fn policies_have_at_most_64_kb() {
    let of = |last: usize| {
        let mut words = vec!["x".repeat(500); 43];
        words.push("y".repeat(last));
        let targets = json!({"resolution": {"amount": 1}});
        let conditions = |words: &[String]| json!({"traits": {"plan": words}});
        let policy = |name: &str, words: &[String]| json!({"name": name, "conditions": conditions(words), "targets": targets});
        let policies = [policy("A", &words[..43]), policy("B", &words[..43]), policy("C", &words)];
        Policies::parse(&object(json!({"policies": policies})))
    };
    let bytes = |policies: Policies| Value::Object(policies.to_json()).to_string().len();
    let most = 65_536 - bytes(of(1).unwrap()) + 1;
    assert_eq!(of(most).map(bytes), Ok(65_536));
    assert_eq!(of(most + 1).unwrap_err().to_string(), "policies: Can have at most 64 KB in all.");
}

#[test]
fn what_is_wrong_is_named_by_its_place() {
    let targets = json!({"first_response": {"amount": 1}});
    let one = |policy: Value| json!({"policies": [policy]});
    for (given, place) in [
        (json!({}), "policies"),
        (json!({"policies": {}}), "policies"),
        (json!({"policies": [], "paused": []}), "paused"),
        (json!({"policies": [], "paused_by": ["resolved"]}), "paused_by"),
        (json!({"policies": [], "paused_by": ["asleep"]}), "paused_by[0]"),
        (one(json!({"targets": targets})), "policies[0].name"),
        (one(json!({"name": " ", "targets": targets})), "policies[0].name"),
        (one(json!({"name": "A"})), "policies[0].targets"),
        (one(json!({"name": "A", "targets": {}})), "policies[0].targets"),
        (one(json!({"name": "A", "targets": {"reply": {"amount": 1}}})), "policies[0].targets.reply"),
        (one(json!({"name": "A", "targets": {"resolution": {"amount": 0}}})), "policies[0].targets.resolution.amount"),
        (
            one(json!({"name": "A", "targets": {"resolution": {"amount": 1, "unit": "week"}}})),
            "policies[0].targets.resolution.unit",
        ),
        (
            one(json!({"name": "A", "targets": targets, "conditions": {"priority": ["urgent"]}})),
            "policies[0].conditions.priority[0]",
        ),
        (one(json!({"name": "A", "targets": targets, "conditions": {"tags": []}})), "policies[0].conditions.tags"),
        (
            one(json!({"name": "A", "targets": targets, "conditions": {"traits": {"plan": null}}})),
            "policies[0].conditions.traits.plan",
        ),
        (one(json!({"name": "A", "targets": targets, "conditions": {"traits": {"": "x"}}})), "policies[0].conditions.traits."),
        (
            one(json!({"name": "A", "targets": targets, "business_hours": {"days": ["monday"], "time": "any", "zone": "UTC"}})),
            "policies[0].business_hours.zone",
        ),
        (
            one(json!({"name": "A", "targets": targets, "business_hours": {"days": ["monday"], "time": "all"}})),
            "policies[0].business_hours.time",
        ),
        (
            one(json!({"name": "A", "targets": targets, "conditions": {"traits": {"plan": [1]}}})),
            "policies[0].conditions.traits.plan[0]",
        ),
        (one(json!({"name": "A", "targets": targets, "business_hours": {"days": []}})), "policies[0].business_hours.days"),
        (one(json!({"name": "A", "targets": targets, "business_hours": "any"})), "policies[0].business_hours"),
        (json!({"policies": [{"name": "A", "targets": targets}, {"name": "a", "targets": targets}]}), "policies[1].name"),
    ] {
        let refused = Policies::parse(given.as_object().unwrap()).unwrap_err();
        assert_eq!(refused.place, place, "{given}");
    }
}
