use proptest::prelude::*;
use serde_json::json;

use super::*;
use crate::workflow::tests::occurrence;

fn rendered(source: &str) -> String {
    let properties =
        json!({"x": "X", "n": 1.5, "none": null, "list": ["a", 1], "in": {"deep": true}, "braces": "{event.distinct_id}"});
    let occurrence = occurrence(crate::events::EventName::TicketCreated, properties);
    Template::parse(source).unwrap().render(&Known::new(&occurrence))
}

#[test]
fn placeholders_are_filled_in() {
    for (source, expected) in [
        ("", ""),
        ("plain", "plain"),
        ("{event.properties.x}", "X"),
        ("a{event.properties.x}{ event.properties.n }b", "aX1.5b"),
        ("{event.distinct_id}", "Ada-1"),
        ("<{event.properties.none}{event.properties.missing}{variables.ticket.id}>", "<>"),
        ("{event.properties.list}", "[\"a\",1]"),
        ("{event.properties.in.deep}", "true"),
        ("{event.properties.braces}", "{event.distinct_id}"),
    ] {
        assert_eq!(rendered(source), expected, "{source}");
    }
}

#[test]
fn other_braces_are_text() {
    for source in ["{", "}", "{}", "{x}", "{x y.z}", "{\"a\": 1.5}", "{1.5}", "a { b", "{{}}", "{e.g.}", "{event}", "{ü", "}{"] {
        assert_eq!(rendered(source), source);
        assert_eq!(Template::parse(source).unwrap().constant(), Some(source));
    }
    assert_eq!(rendered("{{event.properties.x}}"), "{X}");
    assert_eq!(rendered("{\"a\": {event.properties.x}}"), "{\"a\": X}");
}

#[test]
fn misspelt_paths_are_named() {
    for path in [
        "event.propertis.x",
        "evnt.properties.x",
        "variables.tickets.x",
        "event.properties.",
        "ticket.status",
        "event.a b",
        "variables.a b",
    ] {
        assert!(Template::parse(&format!("a {{{path}}}")).unwrap_err().contains(&format!("'{path}'")), "{path}");
    }
}

proptest! {
    /// Text without placeholders renders to itself, and parsing fails only on a path.
    #[test]
    fn constants_render_to_themselves(source in "[{}a. ü]{0,20}") {
        if let Ok(template) = Template::parse(&source) {
            prop_assert_eq!(template.constant(), Some(source.as_str()));
            prop_assert_eq!(rendered(&source), source);
        }
    }
}
