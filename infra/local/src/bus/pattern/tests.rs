use proptest::prelude::*;
use serde_json::json;

use super::*;

#[derive(serde::Deserialize)]
struct Pair {
    name: String,
    pattern: Value,
    event: Value,
    /// Whether they match: true, false, or "refused".
    expected: Value,
}

/// `tests/eventbridge/run.sh` checks the same pairs against moto.
#[test]
fn every_pair_is_as_aws_documents_it() {
    let pairs: Vec<Pair> = serde_json::from_str(include_str!("../../../../../tests/eventbridge/pairs.json")).unwrap();
    assert!(pairs.len() >= 40);
    for pair in pairs {
        let found = Pattern::parse(&pair.pattern).map_or(json!("refused"), |pattern| json!(pattern.matches(&pair.event)));
        assert_eq!(found, pair.expected, "{}: {} on {}", pair.name, pair.pattern, pair.event);
    }
}

fn refusal(pattern: &Value) -> String {
    Pattern::parse(pattern).unwrap_err().to_string()
}

#[test]
fn a_refusal_names_the_place() {
    assert_eq!(refusal(&json!([])), "the pattern: must be an object");
    assert_eq!(refusal(&json!({"a": {"b": ["x", {"like": "y"}]}})), "a.b[1]: the operator \"like\" is not known");
    assert_eq!(refusal(&json!({"$or": [{"a": [1]}, {"b": []}]})), "$or[1].b: an empty array matches nothing");
    assert_eq!(refusal(&json!({"a": [{"cidr": "10.0.0.0/8"}]})), "a[0]: the operator \"cidr\" is not known");
    assert_eq!(
        refusal(&json!({"a": [1], "$or": [{"a": [2]}, {"b": [1]}]})),
        "a: \"a\" has conditions both inside and outside of $or"
    );
}

#[test]
fn combinations_have_an_end() {
    let or = |count: usize| json!({"$or": (0..count).map(|index| json!({format!("f{index}"): [1]})).collect::<Vec<_>>()});
    let twice = |first, second| Pattern::parse(&json!({"a": or(first), "b": or(second)}));
    assert_eq!(twice(10, 100).unwrap().combinations.len(), 1000);
    assert!(twice(10, 101).unwrap_err().reason.contains("1000"));
}

#[test]
fn conditions_of_or_and_beside_it_hold_within_one_object() {
    let pattern = json!({"people": {"first": ["Anna"]}, "$or": [{"people": {"last": ["Doe"]}}, {"other": [1]}]});
    let pattern = Pattern::parse(&pattern).unwrap();
    assert!(pattern.matches(&json!({"people": [{"first": "Anna", "last": "Doe"}]})));
    assert!(!pattern.matches(&json!({"people": [{"first": "Anna", "last": "Smith"}, {"first": "Jane", "last": "Doe"}]})));
    assert!(pattern.matches(&json!({"people": [{"first": "Anna"}], "other": 1})));
}

// --- Properties ---------------------------------------------------------------------------------------------------------

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        (-3..3_i64).prop_map(Value::from),
        (-3..3_i32).prop_map(|half| json!(f64::from(half) / 2.0)),
        "[aAb*]{0,4}".prop_map(Value::from),
    ]
}

/// Nested values with few names, so that patterns often match a path.
fn value() -> impl Strategy<Value = Value> {
    scalar().prop_recursive(4, 24, 3, |inner| {
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..3).prop_map(Value::from),
            prop::collection::btree_map("[abc]", inner, 0..3).prop_map(|fields| json!(fields)),
        ]
    })
}

fn event() -> impl Strategy<Value = Value> {
    prop::collection::btree_map("[abc]", value(), 0..3).prop_map(|fields| json!(fields))
}

fn condition() -> impl Strategy<Value = Value> {
    prop_oneof![
        3 => scalar(),
        1 => any::<bool>().prop_map(|exists| json!({"exists": exists})),
        1 => "[aAb]{1,2}".prop_map(|text| json!({"prefix": text})),
        1 => "[aAb]{1,2}".prop_map(|text| json!({"anything-but": {"suffix": [text]}})),
        1 => (-3..3_i64).prop_map(|number| json!({"anything-but": number})),
        1 => (-3..3_i64).prop_map(|number| json!({"numeric": [">", number]})),
        1 => "[aAb]{0,2}".prop_map(|text| json!({"equals-ignore-case": text})),
    ]
}

/// A pattern without `$or`.
fn plain() -> impl Strategy<Value = Value> {
    let leaf = prop::collection::vec(condition(), 1..3).prop_map(Value::from);
    let node =
        leaf.prop_recursive(3, 8, 2, |inner| prop::collection::btree_map("[abc]", inner, 1..3).prop_map(|fields| json!(fields)));
    prop::collection::btree_map("[abc]", node, 1..3).prop_map(|fields| json!(fields))
}

fn matches(pattern: &Value, event: &Value) -> bool {
    Pattern::parse(pattern).unwrap().matches(event)
}

/// A pattern with these conditions on the field at `path`.
fn on(path: &[String], conditions: &Value) -> Value {
    path.iter().rev().fold(conditions.clone(), |inner, name| json!({name: inner}))
}

/// Path and value of each scalar, with arrays searched.
fn scalars(value: &Value, path: &[String]) -> Vec<(Vec<String>, Value)> {
    match value {
        Value::Array(items) => items.iter().flat_map(|item| scalars(item, path)).collect(),
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, field)| scalars(field, &[path, std::slice::from_ref(name)].concat())).collect()
        }
        scalar => vec![(path.to_vec(), scalar.clone())],
    }
}

/// The same value, with every array reversed.
fn reversed(value: &Value) -> Value {
    match value {
        Value::Array(items) => items.iter().rev().map(reversed).collect(),
        Value::Object(fields) => fields.iter().map(|(name, field)| (name.clone(), reversed(field))).collect(),
        scalar => scalar.clone(),
    }
}

/// A simple and slow implementation of wildcards, to compare with.
fn like(wildcard: &[char], text: &[char]) -> bool {
    match (wildcard, text) {
        ([], []) => true,
        (['*', rest @ ..], _) => like(rest, text) || text.split_first().is_some_and(|(_, text)| like(wildcard, text)),
        ([one, rest @ ..], [other, text @ ..]) => one == other && like(rest, text),
        _ => false,
    }
}

proptest! {
    #[test]
    fn any_json_is_a_pattern_or_refused(pattern in value()) {
        let _ = Pattern::parse(&pattern);
    }

    #[test]
    fn a_pattern_of_a_value_the_event_has_matches(event in event()) {
        for (path, value) in scalars(&event, &[]) {
            prop_assert!(matches(&on(&path, &json!([value])), &event), "{path:?} = {value}");
            prop_assert!(matches(&on(&path, &json!([{"exists": true}])), &event), "{path:?}");
        }
    }

    #[test]
    fn something_exists_or_does_not(event in event(), path in prop::collection::vec("[abc]", 1..4)) {
        let found = !scalars(&event, &[]).into_iter().any(|(of, _)| of == path);
        prop_assert_eq!(matches(&on(&path, &json!([{"exists": false}])), &event), found);
        prop_assert_eq!(matches(&on(&path, &json!([{"exists": true}])), &event), !found);
    }

    #[test]
    fn anything_but_is_every_other_value(value in scalar(), excluded in scalar().prop_filter("text or number", |value| value.is_string() || value.is_number())) {
        let event = json!({"a": value});
        prop_assert_ne!(matches(&json!({"a": [{"anything-but": excluded}]}), &event), matches(&json!({"a": [excluded]}), &event));
        prop_assert!(!matches(&json!({"b": [{"anything-but": excluded}]}), &event), "what is not there is not anything");
    }

    #[test]
    fn or_is_one_or_the_other(one in plain(), other in plain(), event in event()) {
        let either = matches(&one, &event) || matches(&other, &event);
        prop_assert_eq!(matches(&json!({"$or": [one, other]}), &event), either);
    }

    #[test]
    fn more_conditions_on_a_field_match_more_and_more_fields_match_less(pattern in plain(), extra in condition(), event in event()) {
        let matched = matches(&pattern, &event);
        let mut narrowed = pattern.clone();
        narrowed["d"] = json!([extra.clone()]);
        prop_assert!(matched || !matches(&narrowed, &event));
        let widened: Map<_, _> = pattern.as_object().unwrap().iter().map(|(name, node)| {
            let mut node = node.clone();
            if let Value::Array(conditions) = &mut node {
                conditions.push(extra.clone());
            }
            (name.clone(), node)
        }).collect();
        prop_assert!(!matched || matches(&Value::from(widened), &event));
    }

    #[test]
    fn the_order_within_arrays_does_not_matter(pattern in plain(), event in event()) {
        prop_assert_eq!(matches(&pattern, &event), matches(&pattern, &reversed(&event)));
    }

    #[test]
    fn wildcards_match_as_the_naive_matcher_has_it(wildcard in "[ab*]{0,6}", text in "[ab]{0,8}") {
        let parsed = wildcard::Wildcard::parse(&wildcard);
        prop_assert_eq!(parsed.is_err(), wildcard.contains("**"));
        if let Ok(parsed) = parsed {
            let characters = |text: &str| text.chars().collect::<Vec<_>>();
            prop_assert_eq!(parsed.matches(&text), like(&characters(&wildcard), &characters(&text)));
        }
    }
}
