//! Filters in a query string.
//!
//! Unknown words in a list are ignored, and a filter without a valid word is ignored too (docs/decisions.md, 8). A date that
//! can't be read and a search that is too long are 400.

use lambdesk_domain::{
    Timestamp, UserId,
    assignee::Assignee,
    query::{BadDate, Filter, Order, Search, SlaState, Span, read_from, read_to},
    tags::Tags,
    ticket::{Channel, ChannelDetail, Priority, Status},
};
use lambdesk_http::{Problem, body::query_value};
use serde_json::Value;

use super::view::Parameters;

/// Every parameter that selects or orders tickets.
const PARAMETERS: [&str; 18] = [
    "status",
    "priority",
    "channel_source",
    "channel_detail",
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

/// The most assignees, customers or tickets in a list; those beyond are ignored.
const MOST: usize = 100;
/// The most tags in a filter; a filter with more tags is ignored.
const MOST_TAGS: usize = 50;

/// The parameters of a request, and those that a saved view stands for. The request's own win; a parameter that is ignored does
/// not hide the view's.
pub(super) struct Given<'a> {
    pub(super) query: &'a str,
    pub(super) view: Parameters,
}

impl Given<'_> {
    /// The filter and the order. `me` is the agent who asks.
    pub(super) fn filter(&self, me: UserId, now: Timestamp) -> Result<(Filter, Order), Problem> {
        let tags_any = self.of_query("tags", tags);
        let tags_all = self.of_query("tags_all", tags);
        let (tags_any, tags_all) = if tags_any.is_none() && tags_all.is_none() {
            (self.of_view("tags", tags), self.of_view("tags_all", tags))
        } else {
            (tags_any, tags_all)
        };
        let filter = Filter {
            statuses: self.list("status", Status::parse),
            priorities: self.list("priority", Priority::parse),
            channels: self.list("channel_source", Channel::parse),
            channel_details: self.list("channel_detail", ChannelDetail::parse),
            assignees: self.list("assignee", |word| assignee(word, me)),
            created: Span { from: self.date("date_from", now, read_from)?, to: self.date("date_to", now, read_to)? },
            updated: Span { from: self.date("updated_from", now, read_from)?, to: self.date("updated_to", now, read_to)? },
            distinct_ids: self.list("distinct_ids", |id| Some(id.to_owned())),
            ids: self.list("ids", |id| id.parse().ok()),
            sla: self.list("sla", SlaState::parse),
            snoozed: self.any("snoozed", |word| match word {
                "true" => Some(true),
                "false" => Some(false),
                _ => None,
            }),
            tags_any,
            tags_all,
            tags_none: self.any("tags_exclude", tags),
            search: self.search()?,
        };
        Ok((filter, self.any("order_by", Order::known).unwrap_or_default()))
    }

    /// What a cursor is bound to: the parameters as they were written. Their values would not do, because a relative date means
    /// another time a moment later.
    pub(super) fn written(&self) -> String {
        let given = PARAMETERS.iter().filter_map(|name| Some([*name, "=", &query_value(self.query, name)?].concat()));
        let of_view = self.view.iter().map(|(name, value)| ["view.", name, "=", value].concat());
        given.chain(of_view).collect::<Vec<_>>().join("\n")
    }

    fn of_query<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        query_value(self.query, name).and_then(|given| read(&given))
    }

    fn of_view<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.view.get(name).and_then(|given| read(given))
    }

    fn any<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.of_query(name, &read).or_else(|| self.of_view(name, &read))
    }

    fn list<T: PartialEq>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        self.any(name, |given| list(given, &read))
    }

    fn date(&self, name: &str, now: Timestamp, read: ReadDate) -> Result<Option<Timestamp>, Problem> {
        if let Some(given) = query_value(self.query, name).filter(|given| !given.trim().is_empty()) {
            return read(&given, now).map_err(|error| Problem::invalid(name, error.to_string()));
        }
        let Some(given) = self.view.get(name) else { return Ok(None) };
        read(given, now).map_err(|error| Problem::invalid("view", format!("Its {name} can't be read. {error}")))
    }

    fn search(&self) -> Result<Option<Search>, Problem> {
        let read = |name: &str, text: &str| Search::read(text).map_err(|error| Problem::invalid(name, error.to_string()));
        match query_value(self.query, "search").filter(|text| !text.trim().is_empty()) {
            Some(text) => read("search", &text),
            None => self.view.get("search").map_or(Ok(None), |text| read("view", text)),
        }
    }
}

type ReadDate = fn(&str, Timestamp) -> Result<Option<Timestamp>, BadDate>;

fn list<T: PartialEq>(given: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
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

fn tags(given: &str) -> Option<Vec<String>> {
    let given: Vec<Value> = serde_json::from_str(given).ok()?;
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
        given(query, &[]).filter(UserId(7), Timestamp::EPOCH.plus_seconds(1_000_000)).unwrap().0
    }

    fn given<'a>(query: &'a str, view: &[(&'static str, &str)]) -> Given<'a> {
        Given { query, view: view.iter().map(|(name, value)| (*name, (*value).to_owned())).collect() }
    }

    #[test]
    fn what_is_given_wins_over_the_view_by_each_of_its_filters() {
        let view = [
            ("status", "open"),
            ("tags", r#"["vip"]"#),
            ("date_from", "2026-01-01"),
            ("order_by", "ticket_number"),
            ("search", "ada"),
        ];
        let read = |query: &str| given(query, &view).filter(UserId(7), Timestamp::EPOCH).unwrap();
        let (of_view, order) = read("status=nope&priority=&tags=x&search=%20&order_by=");
        assert_eq!((of_view.statuses.clone(), order.name()), (Some(vec![Status::Open]), "ticket_number".to_owned()));
        assert!(of_view.tags_any.is_some() && of_view.created.from.is_some() && of_view.search.is_some());
        let (given_all, order) =
            read("status=new&tags_all=[%22bug%22]&date_from=all&order_by=-created_at&search=bob&priority=low");
        let expected = Filter {
            statuses: Some(vec![Status::New]),
            priorities: Some(vec![Priority::Low]),
            tags_all: Some(vec!["bug".into()]),
            search: Search::read("bob").unwrap(),
            ..Filter::default()
        };
        assert_eq!((given_all, order.name()), (expected, "-created_at".to_owned()));
        let bad = given("", &[("date_from", "someday")]).filter(UserId(7), Timestamp::EPOCH);
        assert!(matches!(bad, Err(Problem::Invalid { attr: Some(attr), .. }) if attr == "view"));
        assert_ne!(given("", &view).written(), given("", &[]).written(), "a cursor of the one is none of the other");
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
        let refused = |query: &str| match given(query, &[]).filter(UserId(1), now) {
            Err(Problem::Invalid { attr: Some(attr), .. }) => attr,
            other => panic!("{other:?}"),
        };
        for name in ["date_from", "date_to", "updated_from", "updated_to"] {
            assert_eq!(refused(&format!("{name}=yesterday")), name);
        }
        assert_eq!(refused(&format!("search={}", "x".repeat(201))), "search");
    }
}
