//! Generates definitions of every kind, and JSON that is almost a definition.

use proptest::{collection::vec, option, prelude::*, sample::select};

use super::*;
use crate::{calendar::BusinessHours, tags::TagsMode};

fn text(sources: &'static [&'static str]) -> impl Strategy<Value = Option<Template>> {
    option::of(select(sources).prop_map(|source| Template::parse(source).unwrap()))
}

fn property() -> impl Strategy<Value = Property> {
    let paths = [
        "event.properties.status",
        "event.properties.customer_email",
        "event.properties.n",
        "event.distinct_id",
        "variables.ticket.tags",
        "variables.ticket.message_count",
        "variables.ticket.assignee.type",
    ];
    select(paths.to_vec()).prop_map(|path| Property::parse(path).unwrap())
}

fn scalar() -> impl Strategy<Value = Value> {
    prop_oneof![
        select(&["new", "open", "a", "VIP", "3"]).prop_map(Value::from),
        (-3..9_i64).prop_map(Value::from),
        any::<bool>().prop_map(Value::from),
    ]
}

fn comparison() -> impl Strategy<Value = (Operator, Option<Value>)> {
    use Operator as O;
    prop_oneof![
        (select(&[O::Equals, O::NotEquals, O::Contains, O::NotContains, O::StartsWith, O::EndsWith]), scalar())
            .prop_map(|(operator, value)| (operator, Some(value))),
        vec(scalar(), 1..4).prop_map(|values| (O::In, Some(Value::Array(values)))),
        (select(&[O::GreaterThan, O::LessThan]), prop_oneof![Just(json!(2)), Just(json!("2026-01-01")), Just(json!("1.5"))])
            .prop_map(|(operator, value)| (operator, Some(value))),
        select(&[O::IsSet, O::IsNotSet]).prop_map(|operator| (operator, None)),
    ]
}

pub(super) fn condition() -> impl Strategy<Value = Condition> {
    let leaf =
        (property(), comparison()).prop_map(|(property, (operator, value))| Condition::Holds { property, operator, value });
    leaf.prop_recursive(3, 8, 3, |inner| {
        prop_oneof![
            vec(inner.clone(), 1..3).prop_map(Condition::All),
            vec(inner.clone(), 1..3).prop_map(Condition::Any),
            inner.prop_map(|inner| Condition::Not(Box::new(inner))),
        ]
    })
}

fn assignee() -> impl Strategy<Value = Option<AssigneeRef>> {
    option::of(prop_oneof![
        (0..4_u32).prop_map(|id| AssigneeRef::User(UserId(id))),
        (0..4_u128).prop_map(|id| AssigneeRef::Role(RoleId(uuid(id)))),
        select(&["Support", "Élan"]).prop_map(|name| AssigneeRef::RoleNamed(name.to_owned())),
    ])
}

fn ticket_id() -> impl Strategy<Value = Option<Template>> {
    text(&["{event.properties.ticket_id}", "00000000-0000-0000-0000-000000000001", "{variables.ticket.id}"])
}

prop_compose! {
    fn update_ticket()(
        ticket_id in ticket_id(),
        status in text(&["open", "on_hold", "{event.properties.status}", "{ variables.ticket.status }"]),
        priority in text(&["low", "{event.properties.priority}"]),
        sla_amount in text(&["24", " 1.5 ", "clear", "{event.properties.n}"]),
        sla_unit in text(&["minute", "hour", "day", "{event.properties.unit}"]),
        hours in option::of(select(&[r#"{"days": ["monday"], "time": "any"}"#])),
        assignee in option::of(assignee()),
        tags in option::of(vec(select(&["vip", "{variables.ticket.tags}", "from {event.properties.status}", "{x}"]), 0..3)),
        tags_mode in option::of(select(&TagsMode::ALL)),
    ) -> UpdateTicket {
        let tags = tags.map(|tags| tags.into_iter().map(|tag| Template::parse(tag).unwrap()).collect());
        let sla_business_hours = hours.map(|hours| BusinessHours::read(&serde_json::from_str(hours).unwrap()).unwrap());
        UpdateTicket { ticket_id, status, priority, sla_amount, sla_unit, sla_business_hours, assignee, tags, tags_mode }
    }
}

fn step() -> impl Strategy<Value = Step> {
    let action = prop_oneof![
        ticket_id().prop_map(|ticket_id| Step::GetTicket { ticket_id }),
        update_ticket().prop_map(|update| Step::UpdateTicket(Box::new(update))),
    ];
    action.prop_recursive(3, 12, 3, |inner| {
        let branch = (condition(), vec(inner.clone(), 0..3)).prop_map(|(when, steps)| Branch { when, steps });
        (vec(branch, 1..3), vec(inner, 0..3)).prop_map(|(branches, otherwise)| Step::Branch { branches, otherwise })
    })
}

pub(super) fn definition() -> impl Strategy<Value = Definition> {
    (select(EventName::ALL), vec(condition(), 0..3), vec(step(), 0..4))
        .prop_map(|(event, filters, steps)| Definition { trigger: Trigger { event, filters }, steps })
}

pub(super) fn event() -> impl Strategy<Value = Occurrence> {
    let status = prop_oneof![Just(json!("new")), Just(json!("OPEN")), Just(json!("")), Just(Value::Null)];
    let n = prop_oneof![Just(json!(3)), Just(json!("3")), Just(json!("{event.properties.status}")), Just(json!(["a"]))];
    (select(EventName::ALL), status, n)
        .prop_map(|(name, status, n)| occurrence(name, json!({"status": status, "n": n, "unit": "hour", "priority": "low"})))
}

/// Any JSON, mostly of the words that definitions consist of.
pub(super) fn nearly() -> impl Strategy<Value = Value> {
    let words = [
        "trigger",
        "event",
        "filters",
        "steps",
        "action",
        "inputs",
        "branches",
        "else",
        "when",
        "property",
        "operator",
        "value",
        "all",
        "any",
        "not",
        "get_ticket",
        "update_ticket",
        "ticket_id",
        "status",
        "priority",
        "sla_amount",
        "sla_unit",
        "assignee",
        "type",
        "id",
        "name",
        "user",
        "role",
        "tags",
        "tags_mode",
        "equals",
        "in",
        "greater_than",
        "is_set",
        "open",
        "high",
        "set",
        "clear",
        "hour",
        "event.properties.x",
        "variables.ticket.tags",
        "$conversation_ticket_created",
        "{event.properties.x}",
        "{event.x}",
        "{",
        "}",
        "",
    ];
    let word = select(words.to_vec()).prop_map(str::to_owned);
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<f64>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        word.clone().prop_map(Value::from),
        ".{0,8}".prop_map(Value::from),
    ];
    leaf.prop_recursive(6, 48, 5, move |inner| {
        prop_oneof![
            vec(inner.clone(), 0..4).prop_map(Value::from),
            vec((word.clone(), inner), 0..5).prop_map(|entries| Value::Object(entries.into_iter().collect())),
        ]
    })
}
