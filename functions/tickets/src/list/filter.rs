//! Filters as a query string has them (agent-api.md section 2, decisions 2 to 8).
//!
//! Words that are none are ignored, and a filter without a valid word is no filter (decision 8); dates that can't be read and
//! a search that is too long are refused.

use lambdesk_domain::{
    Timestamp, UserId,
    assignee::Assignee,
    query::{BadDate, Filter, Order, Search, SlaState, Span, read_from, read_to},
    tags::Tags,
    ticket::{Channel, Priority, Status},
};
use lambdesk_http::{Problem, body::query_value};
use serde_json::Value;

/// Every parameter that says which tickets, and in which order.
const PARAMETERS: [&str; 17] = [
    "status",
    "priority",
    "channel_source",
    "assignee",
    "date_from",
    "date_to",
    "updated_from",
    "updated_to",
    "distinct_ids",
    "ids",
    "sla",
    "snoozed",
    "tags",
    "tags_all",
    "tags_exclude",
    "search",
    "order_by",
];

/// The most members of a list of assignees, customers or tickets; those beyond are ignored.
const MOST: usize = 100;
/// The most tags of a filter; one with more is no filter.
const MOST_TAGS: usize = 50;

/// The filter and order of a query, for an agent who calls themselves `me`.
pub(super) fn read(query: &str, me: UserId, now: Timestamp) -> Result<(Filter, Order), Problem> {
    let date = |name: &str, read: fn(&str, Timestamp) -> Result<Option<Timestamp>, BadDate>| {
        let given = query_value(query, name).unwrap_or_default();
        read(&given, now).map_err(|error| Problem::invalid(name, error.to_string()))
    };
    let search = query_value(query, "search").map_or(Ok(None), |text| Search::read(&text));
    let filter = Filter {
        statuses: list(query, "status", Status::parse),
        priorities: list(query, "priority", Priority::parse),
        channels: list(query, "channel_source", Channel::parse),
        assignees: list(query, "assignee", |word| assignee(word, me)),
        created: Span { from: date("date_from", read_from)?, to: date("date_to", read_to)? },
        updated: Span { from: date("updated_from", read_from)?, to: date("updated_to", read_to)? },
        distinct_ids: list(query, "distinct_ids", |id| Some(id.to_owned())),
        ids: list(query, "ids", |id| id.parse().ok()),
        sla: list(query, "sla", SlaState::parse),
        snoozed: query_value(query, "snoozed").and_then(|word| match word.as_ref() {
            "true" => Some(true),
            "false" => Some(false),
            _ => None,
        }),
        tags_any: tags(query, "tags"),
        tags_all: tags(query, "tags_all"),
        tags_none: tags(query, "tags_exclude"),
        search: search.map_err(|error| Problem::invalid("search", error.to_string()))?,
    };
    Ok((filter, Order::parse(&query_value(query, "order_by").unwrap_or_default())))
}

/// What a cursor is bound to: the parameters as they were written, since a relative date means another one a moment later.
pub(super) fn written(query: &str) -> String {
    let given: Vec<_> = PARAMETERS.iter().filter_map(|name| Some([*name, "=", &query_value(query, name)?].concat())).collect();
    given.join("\n")
}

fn list<T: PartialEq>(query: &str, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
    let given = query_value(query, name)?;
    let words = given.split(',').map(str::trim).filter(|word| !word.is_empty()).filter_map(read).take(MOST);
    let mut values = Vec::new();
    for value in words {
        if !values.contains(&value) {
            values.push(value);
        }
    }
    (!values.is_empty()).then_some(values)
}

#[expect(clippy::option_option, reason = "nobody is an assignee to ask for, and a word may be none")]
fn assignee(word: &str, me: UserId) -> Option<Option<Assignee>> {
    match word {
        "unassigned" => Some(None),
        "me" => Some(Some(Assignee::User(me))),
        other => other.parse().ok().map(Some),
    }
}

fn tags(query: &str, name: &str) -> Option<Vec<String>> {
    let given: Vec<Value> = serde_json::from_str(&query_value(query, name)?).ok()?;
    if given.len() > MOST_TAGS {
        return None;
    }
    let valid = given.iter().filter_map(Value::as_str).filter(|tag| Tags::new([tag]).is_ok());
    let tags = Tags::new(valid).ok()?;
    let tags: Vec<_> = tags.iter().map(str::to_owned).collect();
    (!tags.is_empty()).then_some(tags)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn filter(query: &str) -> Filter {
        read(query, UserId(7), Timestamp::EPOCH.plus_seconds(1_000_000)).unwrap().0
    }

    #[test]
    fn what_is_no_filter_is_none() {
        for query in [
            "",
            "status=&priority=&assignee=,&ids=,,",
            "status=closed,NEW&priority=critical,null&channel_source=fax&sla=late&snoozed=yes",
            "assignee=nobody,user:x,role:1,me:&ids=1,x&distinct_ids=,",
            "tags=vip&tags_all={}&tags_exclude=[1]&search=%20",
            "date_from=all&date_to=&unknown=1&order_by=priority",
            "tags=[]&tags_all=%5B%22%20%22%5D",
        ] {
            assert_eq!(filter(query), Filter::default(), "{query}");
        }
        let vip = || Some(vec!["vip".to_owned()]);
        assert_eq!((filter(r#"tags=["VIP","",7]"#).tags_any, filter(r#"tags_exclude=["vip",null]"#).tags_none), (vip(), vip()));
        let many: Vec<_> = (0..51).map(|n| n.to_string()).collect();
        assert_eq!(filter(&format!("tags={}", serde_json::to_string(&many).unwrap())), Filter::default());
    }

    #[test]
    fn lists_keep_their_valid_words_once() {
        let filter =
            filter("status=open,%20new,open,x&assignee=me,unassigned,user:7,user:8&distinct_ids=a%23b,c&tags=[%22VIP%20%22]");
        assert_eq!(filter.statuses, Some(vec![Status::Open, Status::New]));
        let user = |id| Some(Assignee::User(UserId(id)));
        assert_eq!(filter.assignees, Some(vec![user(7), None, user(8)]));
        assert_eq!(filter.distinct_ids, Some(vec!["a#b".to_owned(), "c".to_owned()]));
        assert_eq!(filter.tags_any, Some(vec!["vip".to_owned()]));
        let ids = (0..150).map(|n| uuid::Uuid::from_u128(n).to_string()).collect::<Vec<_>>().join(",");
        assert_eq!(self::filter(&format!("ids={ids}")).ids.unwrap().len(), MOST);
    }

    #[test]
    fn dates_and_long_searches_are_refused_by_name() {
        let now = Timestamp::EPOCH;
        let refused = |query: &str| match read(query, UserId(1), now) {
            Err(Problem::Invalid { attr: Some(attr), .. }) => attr,
            other => panic!("{other:?}"),
        };
        for name in ["date_from", "date_to", "updated_from", "updated_to"] {
            assert_eq!(refused(&format!("{name}=yesterday")), name);
        }
        assert_eq!(refused(&format!("search={}", "x".repeat(201))), "search");
    }
}
