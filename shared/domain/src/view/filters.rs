//! Reads the filters of a saved view: known keys, each with a value of its type. Unknown keys are dropped, as in a quick
//! action's changes. Null is a filter that is not set.

use serde_json::Value;

use crate::{
    place::{Invalid, Place},
    query::SlaState,
    tags::{LONGEST, Tags},
    ticket::{Channel, ChannelDetail, Priority, Status},
    traits::Object,
};

/// The most bytes of a view's filters, as JSON.
pub const MOST_BYTES: usize = 10_000;
/// The most members of a list.
const MOST_LISTED: usize = 100;
/// The most tags that a tag filter of the ticket list takes.
const MOST_TAGS: usize = 50;
/// The most characters of a search.
const SEARCH: usize = 200;
/// The most characters of a date, or of a column's name.
const WORD: usize = 100;

/// The keys that [`read_filters`] keeps, as the API's description names them.
pub const KEYS: &str =
    "`status`, `priority`, `channel`, `channelDetail`, `sla`, `aiTriageResult`, `assignee`, `tags`, `tagsMatch`,
`tagsExclude`, `dateFrom`, `dateTo`, `sorting` and `search`";

/// The results of PostHog Support's AI triage.
const TRIAGE: [&str; 7] = [
    "persisted",
    "escalated_with_best",
    "escalated_no_reply",
    "skipped_unactionable",
    "blocked_unsafe",
    "blocked_unsafe_reply",
    "in_progress",
];

/// The filters in `given`. An error names the place of what is wrong, such as `filters.status[1]`.
pub fn read_filters(given: &Object) -> Result<Object, Invalid> {
    let place = Place::root("filters");
    if Value::Object(given.clone()).to_string().len() > MOST_BYTES {
        return Err(place.refuse(format!("Can have at most {MOST_BYTES} bytes as JSON.")));
    }
    let mut filters = Object::new();
    for (key, value) in given {
        if let Some(value) = filter(&place.key(key), key, value)? {
            filters.insert(key.clone(), value);
        }
    }
    Ok(filters)
}

/// The value of one filter as it is stored; `None` for an unknown key.
fn filter(place: &Place, key: &str, value: &Value) -> Result<Option<Value>, Invalid> {
    let read: fn(&Place, &Value) -> Result<Value, Invalid> = match key {
        "status" => |place, value| each(place, value, &|place, value| word(place, value, |word| Status::parse(word).is_some())),
        "priority" => {
            |place, value| each(place, value, &|place, value| word(place, value, |word| Priority::parse(word).is_some()))
        }
        "channel" => |place, value| word(place, value, |word| word == "all" || Channel::parse(word).is_some()),
        "channelDetail" => {
            |place, value| each(place, value, &|place, value| word(place, value, |word| ChannelDetail::parse(word).is_some()))
        }
        "sla" => {
            |place, value| word(place, value, |word| word == "all" || SlaState::ALL.iter().any(|state| state.name() == word))
        }
        "aiTriageResult" => |place, value| each(place, value, &|place, value| word(place, value, |word| TRIAGE.contains(&word))),
        "assignee" => |place, value| each(place, value, &assignee),
        "tags" | "tagsExclude" => tags,
        "tagsMatch" => |place, value| word(place, value, |word| ["any", "all"].contains(&word)),
        "dateFrom" | "dateTo" => |place, value| place.text(value, WORD).map(Value::from),
        "sorting" => sorting,
        "search" => |place, value| place.text(value, SEARCH).map(Value::from),
        _ => return Ok(None),
    };
    if value.is_null() { Ok(Some(Value::Null)) } else { read(place, value).map(Some) }
}

fn each(place: &Place, value: &Value, read: &dyn Fn(&Place, &Value) -> Result<Value, Invalid>) -> Result<Value, Invalid> {
    let members = place.list(value, MOST_LISTED)?.iter().enumerate();
    members.map(|(index, member)| read(&place.at(index), member)).collect()
}

fn word(place: &Place, value: &Value, is_known: impl Fn(&str) -> bool) -> Result<Value, Invalid> {
    let word = place.text(value, WORD)?;
    if is_known(word) { Ok(word.into()) } else { Err(place.refuse("Is not a valid choice.")) }
}

/// `me`, `unassigned`, or `{type, id}`; other keys are dropped. The user or role need not exist: a member may leave later as
/// well, and then the filter finds no ticket.
fn assignee(place: &Place, value: &Value) -> Result<Value, Invalid> {
    if value.is_string() {
        return word(place, value, |word| ["me", "unassigned"].contains(&word));
    }
    let object = value.as_object().ok_or_else(|| place.refuse("Must be me, unassigned, or an object."))?;
    let (kind, at_kind) = place.required(object, "type")?;
    let (id, at_id) = place.required(object, "id")?;
    match kind.as_str() {
        Some("user") if id.as_u64().is_none_or(|id| u32::try_from(id).is_err()) => {
            return Err(at_id.refuse("A user's id must be an integer."));
        }
        Some("role") if id.as_str().is_none_or(|id| uuid::Uuid::try_parse(id).is_err()) => {
            return Err(at_id.refuse("A role's id must be a UUID."));
        }
        Some("user" | "role") => {}
        _ => return Err(at_kind.refuse("Must be user or role.")),
    }
    Ok(serde_json::json!({"type": kind, "id": id}))
}

/// Tags in the form in which tickets store them.
fn tags(place: &Place, value: &Value) -> Result<Value, Invalid> {
    let given = place.list(value, MOST_TAGS)?.iter().enumerate();
    let given = given.map(|(index, tag)| place.at(index).text(tag, LONGEST)).collect::<Result<Vec<_>, _>>()?;
    let tags = Tags::new(given).map_err(|error| place.refuse(error.to_string()))?;
    Ok(tags.iter().collect())
}

fn sorting(place: &Place, value: &Value) -> Result<Value, Invalid> {
    let object = value.as_object().ok_or_else(|| place.refuse("Must be an object."))?;
    let (column, at) = place.required(object, "columnKey")?;
    let column = at.text(column, WORD)?;
    let (order, at) = place.required(object, "order")?;
    match order.as_i64() {
        Some(order @ (1 | -1)) => Ok(serde_json::json!({"columnKey": column, "order": order})),
        _ => Err(at.refuse("Must be 1 or -1.")),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn read(given: &Value) -> Result<Value, String> {
        let read = read_filters(given.as_object().unwrap());
        read.map(Value::Object).map_err(|Invalid { place, .. }| place)
    }

    #[test]
    fn every_key_is_kept_and_others_are_dropped() {
        let filters = json!({
            "status": ["new", "on_hold"], "priority": ["high"], "channel": "widget", "sla": "at-risk",
            "channelDetail": ["widget_embedded", "widget_api"],
            "aiTriageResult": ["persisted"], "tagsMatch": "all", "tagsExclude": [], "dateFrom": "-7d", "dateTo": null,
            "assignee": ["me", "unassigned", {"type": "user", "id": 1}, {"type": "role", "id": uuid::Uuid::nil()}],
            "sorting": {"columnKey": "updated_at", "order": -1}, "search": "ada", "tags": ["vip"],
        });
        assert_eq!(read(&filters), Ok(filters.clone()));
        let named: std::collections::BTreeSet<_> = KEYS.split('`').skip(1).step_by(2).collect();
        assert_eq!(named, filters.as_object().unwrap().keys().map(String::as_str).collect());
        let mut more = filters.clone();
        more["color"] = json!("red");
        more["sorting"]["wide"] = json!(true);
        more["assignee"][2]["user"] = json!({"email": "a@b.c"});
        more["tags"] = json!([" VIP ", "vip"]);
        assert_eq!(read(&more), Ok(filters));
        assert_eq!(read(&json!({})), Ok(json!({})));
    }

    #[test]
    fn what_is_wrong_is_named_by_its_place() {
        for (filters, place) in [
            (json!({"status": "new"}), "filters.status"),
            (json!({"status": ["new", "old"]}), "filters.status[1]"),
            (json!({"priority": [null]}), "filters.priority[0]"),
            (json!({"channel": ["widget"]}), "filters.channel"),
            (json!({"sla": "late"}), "filters.sla"),
            (json!({"channelDetail": "widget_api"}), "filters.channelDetail"),
            (json!({"channelDetail": ["widget_api", "fax"]}), "filters.channelDetail[1]"),
            (json!({"assignee": "me"}), "filters.assignee"),
            (json!({"assignee": ["you"]}), "filters.assignee[0]"),
            (json!({"assignee": [{"type": "user", "id": "1"}]}), "filters.assignee[0].id"),
            (json!({"assignee": [{"type": "robot", "id": 1}]}), "filters.assignee[0].type"),
            (json!({"assignee": [{"type": "role"}]}), "filters.assignee[0].id"),
            (json!({"assignee": [{"type": "role", "id": "sales"}]}), "filters.assignee[0].id"),
            (json!({"assignee": [{"type": "user", "id": 4_294_967_296_u64}]}), "filters.assignee[0].id"),
            (json!({"tags": [5]}), "filters.tags[0]"),
            (json!({"tags": [" "]}), "filters.tags"),
            (json!({"tags": vec!["x"; 51]}), "filters.tags"),
            (json!({"tagsMatch": "none"}), "filters.tagsMatch"),
            (json!({"dateFrom": 7}), "filters.dateFrom"),
            (json!({"sorting": {"columnKey": "updated_at", "order": 0}}), "filters.sorting.order"),
            (json!({"search": "x".repeat(201)}), "filters.search"),
            (json!({"unknown": "x".repeat(10_000)}), "filters"),
        ] {
            assert_eq!(read(&filters), Err(place.to_owned()), "{filters}");
        }
    }

    #[test]
    fn a_filter_of_every_ticket_or_none_is_a_choice() {
        for filters in [json!({"channel": "all", "sla": "all"}), json!({"sla": "on-track"}), json!({"tagsMatch": "any"})] {
            assert_eq!(read(&filters), Ok(filters.clone()));
        }
        for (key, word) in [("channel", "fax"), ("aiTriageResult", "lost"), ("tagsMatch", "none")] {
            let filters = if key == "aiTriageResult" { json!({key: [word]}) } else { json!({key: word}) };
            assert!(read(&filters).is_err(), "{filters}");
        }
    }

    #[test]
    fn filters_have_room_for_ten_thousand_bytes() {
        let of_bytes = |bytes: usize| json!({"unknown": "x".repeat(bytes - r#"{"unknown":""}"#.len())});
        assert_eq!((read(&of_bytes(10_000)), read(&of_bytes(10_001))), (Ok(json!({})), Err("filters".to_owned())));
    }
}
