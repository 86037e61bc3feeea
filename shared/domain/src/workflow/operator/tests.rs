#![expect(clippy::needless_pass_by_value, reason = "JSON literals read better where they are passed as they are")]

use proptest::prelude::*;
use serde_json::json;

use super::*;

fn holds(found: Value, operator: Operator, value: Value) -> bool {
    operator.holds(Some(&found), Some(&value))
}

#[test]
fn names_round_trip() {
    for operator in Operator::ALL {
        assert_eq!(Operator::parse(operator.name()), Some(operator));
    }
    assert_eq!(Operator::parse("Equals"), None);
}

#[test]
fn what_is_not_set_is_not_anything() {
    for found in [None, Some(Value::Null), Some(json!("")), Some(json!(" \n")), Some(json!([])), Some(json!({}))] {
        for operator in Operator::ALL {
            let expected = matches!(operator, Operator::IsNotSet | Operator::NotEquals | Operator::NotContains);
            for value in [json!("x"), json!(0), json!(["x"])] {
                assert_eq!(operator.holds(found.as_ref(), Some(&value)), expected, "{found:?} {operator:?}");
            }
        }
    }
    for found in [json!(false), json!(0), json!("null"), json!([null]), json!({"a": null})] {
        assert!(Operator::IsSet.holds(Some(&found), None) && !Operator::IsNotSet.holds(Some(&found), None), "{found}");
    }
}

#[test]
fn text_compares_without_case() {
    assert!(holds(json!("High"), Operator::Equals, json!("hIGH")));
    assert!(holds(json!("Ada@BigCorp.com"), Operator::Contains, json!("@BIGcorp")));
    assert!(
        !holds(json!("Straße"), Operator::Equals, json!("STRASSE")) && !holds(json!("café"), Operator::Contains, json!("cafe"))
    );
    assert!(
        holds(json!("CAFE\u{301}"), Operator::Equals, json!("café"))
            && holds(json!(["cafe\u{301}"]), Operator::In, json!(["Café"]))
    );
    assert!(!holds(json!("\u{200b}"), Operator::IsSet, json!(null)), "nothing that can be seen");
    assert!(holds(json!("ΟΔΟΣ"), Operator::Equals, json!("οδος")));
    assert!(holds(json!("Ärger"), Operator::StartsWith, json!("ä")) && holds(json!("CAFÉ"), Operator::EndsWith, json!("é")));
    assert!(!holds(json!("high"), Operator::Equals, json!("high ")));
}

#[test]
fn numbers_compare_by_value() {
    assert!(holds(json!(5), Operator::Equals, json!("5.0")) && holds(json!("5"), Operator::Equals, json!(5)));
    assert!(holds(json!(5.0), Operator::Equals, json!(5)) && !holds(json!("05"), Operator::Equals, json!("5")));
    assert!(!holds(json!(9_007_199_254_740_993_u64), Operator::Equals, json!(9_007_199_254_740_992_u64)));
    assert!(holds(json!(10), Operator::GreaterThan, json!("9")) && holds(json!("10"), Operator::GreaterThan, json!("9")));
    assert!(!holds(json!(3), Operator::LessThan, json!(3)) && holds(json!(-1), Operator::LessThan, json!(0)));
    assert!(!holds(json!("many"), Operator::GreaterThan, json!(3)) && !holds(json!("many"), Operator::LessThan, json!(3)));
    assert!(!holds(json!(true), Operator::Equals, json!(1)) && holds(json!(true), Operator::Equals, json!("True")));
    assert!(holds(json!(42), Operator::Contains, json!(2)));
}

#[test]
fn times_compare_as_times() {
    let due = || json!("2026-03-01T12:00:00.000000Z");
    assert!(holds(due(), Operator::GreaterThan, json!("2026-03-01")) && holds(due(), Operator::LessThan, json!("2026-03-02")));
    assert!(holds(due(), Operator::LessThan, json!("2026-03-01T14:00:00+01:00")));
    assert!(!holds(due(), Operator::LessThan, json!(2_000_000_000)) && !holds(due(), Operator::GreaterThan, json!(0)));
}

#[test]
fn lists_are_asked_for_members() {
    let tags = || json!(["vip", "Beta-Tester", 5]);
    assert!(holds(tags(), Operator::Contains, json!("VIP")) && holds(tags(), Operator::Contains, json!("5")));
    assert!(!holds(tags(), Operator::Contains, json!("beta")) && holds(tags(), Operator::NotContains, json!("beta")));
    assert!(holds(tags(), Operator::In, json!(["x", "vip"])) && !holds(tags(), Operator::In, json!(["x"])));
    assert!(holds(json!("b"), Operator::In, json!(["a", "B"])) && !holds(json!("ab"), Operator::In, json!(["a", "b"])));
    assert!(!holds(tags(), Operator::Equals, json!("vip")) && holds(tags(), Operator::NotEquals, json!("vip")));
    assert!(!holds(tags(), Operator::StartsWith, json!("v")) && !holds(json!({"a": 1}), Operator::Contains, json!("a")));
}

#[test]
fn a_fraction_compares_with_whole_numbers_and_others() {
    for (smaller, greater) in
        [(json!(1), json!(1.5)), (json!("1.5"), json!(2)), (json!(-0.5), json!("0.25")), (json!(-2), json!(-1.5))]
    {
        assert!(holds(greater.clone(), Operator::GreaterThan, smaller.clone()), "{greater} > {smaller}");
        assert!(holds(smaller.clone(), Operator::LessThan, greater.clone()), "{smaller} < {greater}");
        assert!(!holds(smaller.clone(), Operator::Equals, greater.clone()), "{smaller} = {greater}");
        assert!(!holds(smaller.clone(), Operator::GreaterThan, greater.clone()), "{smaller} > {greater}");
    }
}

fn any_value() -> impl Strategy<Value = Value> {
    prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        "[aAbB 0-9ßΣς.-]{0,4}".prop_map(Value::from),
        ".{0,6}".prop_map(Value::from),
        prop::collection::vec("[ab]{0,2}", 0..3).prop_map(Value::from),
        Just(json!({"a": 1})),
    ]
}

proptest! {
    /// Each negated operator is the opposite of the other one, for every pair of values, set or not.
    #[test]
    fn negations_are_opposites(found in prop::option::of(any_value()), value in any_value()) {
        let holds = |operator: Operator| operator.holds(found.as_ref(), Some(&value));
        prop_assert_ne!(holds(Operator::Equals), holds(Operator::NotEquals));
        prop_assert_ne!(holds(Operator::Contains), holds(Operator::NotContains));
        prop_assert_ne!(holds(Operator::IsSet), holds(Operator::IsNotSet));
        prop_assert!(!(holds(Operator::GreaterThan) && holds(Operator::LessThan)));
    }

    /// A part of a text is found in the whole, whatever the case of either.
    #[test]
    fn a_part_is_found(before in "[a-zA-ZéÉñΣςσα-ω0-9 ]{0,5}", part in "[a-zA-ZéÉñΣςσα-ω0-9 ]{1,5}", after in "[a-zA-ZéÉΣς ]{0,5}") {
        let whole = json!(format!("{before}{part}{after}"));
        prop_assume!(is_set(&whole));
        prop_assert!(holds(whole.clone(), Operator::Contains, json!(part)));
        prop_assert!(holds(whole, Operator::Contains, json!(part.to_uppercase())));
    }
}
