use serde_json::json;

use super::*;
use crate::testing::object;

/// In the order of the text, which the map of `json!` does not keep.
fn entries(keys: impl IntoIterator<Item = String>) -> Entries {
    keys.into_iter().map(|key| (key.clone(), json!(format!("{key}'s")))).collect()
}

fn keys(entries: &Entries) -> Vec<&str> {
    entries.iter().map(|(key, _)| key.as_str()).collect()
}

#[test]
fn a_null_never_erases() {
    let mut known = object(json!({"name": "Ada", "plan": null}));
    let given = [("name", Value::Null), ("email", Value::Null), ("plan", json!("scale"))];
    merge(&mut known, given.map(|(key, value)| (key.to_owned(), value)).to_vec());
    assert_eq!(Value::Object(known), json!({"name": "Ada", "plan": "scale", "email": null}));
}

#[test]
fn widget_traits_become_bounded_text() {
    let given = object(json!({"name": "é".repeat(600), "n": 1, "yes": true, "list": [1], "none": null, "k".repeat(201): "x"}));
    let traits = collected(from_widget(&given.into_iter().collect::<Entries>()));
    assert_eq!(traits["name"].as_str().unwrap().chars().count(), 500);
    assert_eq!((&traits["n"], &traits["yes"], &traits["none"]), (&json!("1"), &json!("true"), &Value::Null));
    assert_eq!(traits.len(), 4);
}

#[test]
fn what_is_proven_stays_until_it_is_proven_to_be_otherwise() {
    let (mut known, mut proven) = (object(json!({"plan": "free"})), Proven::new());
    let says = |plan: &str| vec![("plan".to_owned(), json!(plan)), ("team".to_owned(), json!("a"))];
    let signed = |plan: &str| [("plan".to_owned(), plan.to_owned())];
    receive(&mut known, &mut proven, says("enterprise"), &[]);
    assert_eq!((&known["plan"], proven.len()), (&json!("enterprise"), 0));
    receive(&mut known, &mut proven, says("enterprise"), &signed("scale"));
    assert_eq!((&known["plan"], &known["team"], proven.contains("plan")), (&json!("scale"), &json!("a"), true));
    receive(&mut known, &mut proven, vec![("plan".to_owned(), Value::Null)], &[]);
    receive(&mut known, &mut proven, says("enterprise"), &[]);
    assert_eq!((&known["plan"], proven.len()), (&json!("scale"), 1), "only the plan was signed");
    receive(&mut known, &mut proven, says("free"), &signed("Enterprise"));
    assert_eq!(known["plan"], "Enterprise");
    // Also where what browsers said has used up their room.
    let mut full = collected((0..50).map(|n| (format!("a{n}"), json!("x".repeat(300)))).collect());
    receive(&mut full, &mut Proven::new(), Vec::new(), &signed("scale"));
    assert_eq!(full["plan"], "scale");
}

#[test]
fn the_team_vouches_for_what_it_sets_and_not_for_what_it_sends_back() {
    let before = object(json!({"plan": "enterprise", "name": "Ada", "email": null}));
    let proven = Proven::from(["name".to_owned()]);
    let by = |after: Value, shown: bool| {
        let proven = proven_by_team(&before, &proven, &object(after), shown);
        proven.into_iter().collect::<Vec<_>>().join(" ")
    };
    assert_eq!(by(json!({"plan": "enterprise", "name": "Ada", "email": null}), true), "name");
    assert_eq!(by(json!({"plan": "scale", "name": "Ada B", "email": "a@b.c"}), true), "email name plan");
    assert_eq!(by(json!({"plan": "enterprise", "age": null}), false), "plan");
}

#[test]
fn of_too_many_keys_the_first_stay_and_name_and_email_always() {
    let many = |from: usize, to: usize| (from..to).rev().map(|n| format!("a{n:02}"));
    let own = || ["email", "name"].map(str::to_owned);
    let sent = entries(own().into_iter().chain(many(0, 60)));
    let told = from_widget(&sent);
    assert_eq!((told.len(), keys(&told)[..3].to_vec()), (50, vec!["email", "name", "a59"]));
    assert!(keys(&told).contains(&"a12") && !keys(&told).contains(&"a11"), "in the order sent");
    let last = collected(from_widget(&entries(many(0, 60).chain(own()))));
    assert_eq!(last.len(), 52);
    assert!(["name", "email", "a59", "a10"].iter().all(|key| last.contains_key(*key)) && !last.contains_key("a09"));
    // A ticket that is full takes no more of the others.
    let mut known = last;
    merge(&mut known, vec![("b".to_owned(), json!("new")), ("a59".to_owned(), json!("newer")), ("name".to_owned(), json!("N"))]);
    assert_eq!((known.get("b"), &known["a59"], &known["name"]), (None, &json!("newer"), &json!("N")));
}

#[test]
fn a_ticket_has_room_for_fifty_keys_beside_name_and_email() {
    let many = |count| (0..count).map(|n| format!("a{n}"));
    let own = || ["email", "name"].map(str::to_owned).into_iter();
    assert_eq!(collected(entries(own().chain(many(51)))).len(), 52);
    assert_eq!(collected(entries(many(50).chain(own()))).len(), 52);
}

#[test]
fn of_too_much_what_was_sent_first_stays_and_name_and_email_always() {
    let long = |key: &str| (key.to_owned(), json!("é".repeat(500)));
    let sent: Entries =
        ["z", "y", "x", "w", "v", "u", "t", "s", "r", "q", "p", "o", "n", "m", "l", "k", "name", "email"].map(long).to_vec();
    let traits = collected(from_widget(&sent));
    assert!(traits.contains_key("name") && traits.contains_key("email"));
    let others: String = traits.keys().filter(|key| key.len() == 1).rev().map(String::as_str).collect();
    assert_eq!(others, "zyxwvutsrqpon", "13 and these two take 16 KB");
    let mut full = collected(sent[..16].to_vec());
    merge(&mut full, from_widget(&sent));
    assert!(full.contains_key("name") && full.contains_key("email"), "also on a ticket that is full");
}

#[test]
fn of_a_long_context_what_was_sent_first_stays_and_the_sdks_own_always() {
    let sent = entries((0..30).rev().map(|n| format!("z{n:02}")).chain(["session_replay_url", "current_url"].map(str::to_owned)));
    let context = context_from_widget(&sent);
    assert_eq!((context.len(), keys(&context)[..3].to_vec()), (22, vec!["session_replay_url", "current_url", "z29"]));
}

#[test]
fn a_context_keeps_its_scalars_and_bounds_its_text() {
    let given =
        [("n", json!(1)), ("on", json!(true)), ("none", Value::Null), ("text", json!("é".repeat(2001))), ("list", json!([]))];
    let context = context_from_widget(&given.map(|(key, value)| (key.to_owned(), value)));
    let kept = json!([["n", 1], ["on", true], ["none", null], ["text", "é".repeat(2000)]]);
    assert_eq!(json!(context), kept);
}

#[test]
fn keys_count_up_to_their_longest() {
    let keys_of = |length| entries(["k".repeat(length)]);
    assert_eq!([200, 201].map(|length| from_widget(&keys_of(length)).len()), [1, 0]);
    assert_eq!([100, 101].map(|length| context_from_widget(&keys_of(length)).len()), [1, 0]);
}

/// A text of so many bytes with its quotes and a key of one letter.
fn of_bytes(bytes: usize) -> Value {
    json!("x".repeat(bytes - 3))
}

#[test]
fn customers_make_an_object_of_sixteen_thousand_bytes_at_most() {
    let merged = |known: Value, key: &str, bytes| {
        let mut known = object(known);
        merge(&mut known, vec![(key.to_owned(), of_bytes(bytes))]);
        known.get(key) == Some(&of_bytes(bytes))
    };
    assert_eq!((merged(json!({}), "a", 16_000), merged(json!({}), "a", 16_001)), (true, false));
    let known = json!({"a": of_bytes(9_000), "b": of_bytes(1_000)});
    assert_eq!((merged(known.clone(), "c", 6_000), merged(known.clone(), "c", 6_001)), (true, false));
    assert_eq!((merged(known.clone(), "a", 15_000), merged(known, "a", 15_001)), (true, false), "in place of what was there");
}

#[test]
fn signed_traits_have_as_much_room_again() {
    let is_kept = |others, bytes: usize| {
        let mut known = object(json!({"a": of_bytes(others), "b": of_bytes(5_000)}));
        receive(&mut known, &mut Proven::new(), Vec::new(), &[("b".to_owned(), "y".repeat(bytes - 3))]);
        known["b"].as_str().unwrap().starts_with('y')
    };
    assert_eq!((is_kept(31_000, 1_000), is_kept(31_000, 1_001)), (true, false));
}

#[test]
fn a_trait_is_read_as_text_unless_it_is_blank() {
    let traits = object(json!({"name": " Ada ", "email": " \u{200b}", "age": 5}));
    let read = |key| text(&traits, key);
    assert_eq!((read("name"), read("email"), read("age"), read("plan")), (Some("Ada"), None, None, None));
}
