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
use utoipa::{
    IntoParams,
    openapi::{
        ObjectBuilder, Required, Type,
        path::{Parameter, ParameterBuilder, ParameterIn},
    },
};

/// Every parameter that selects or orders tickets, with its description. A parameter that is not in this list is not read.
#[rustfmt::skip]
const PARAMETERS: &[(&str, &str)] = &[
    ("status", "Comma list of statuses; words that are none are ignored, here and below"),
    ("priority", "Comma list of `low`, `medium`, `high`"),
    ("channel_source", "Comma list of `widget`, `email`, `slack`, `api`"),
    ("channel_detail", "Comma list of `widget_embedded`, `widget_api`"),
    ("assignee", "Comma list of `unassigned`, `me`, `user:<id>`, `role:<uuid>`"),
    ("date_from", "Created since: a date, a date and time, or relative such as `-7d`"),
    ("date_to", "Created up to"),
    ("updated_from", "Changed since"),
    ("updated_to", "Changed up to"),
    ("distinct_ids", "Comma list of customers; the first 100"),
    ("ids", "Comma list of UUIDs; the first 100"),
    ("sla", "Comma list of `on-track`, `at-risk`, `breached`, and `none` for no deadline that runs; a resolved ticket is in none of them"),
    ("snoozed", "`true` or `false`"),
    ("tags", "JSON array of up to 50 tags: any of them"),
    ("tags_all", "JSON array: all of them"),
    ("tags_exclude", "JSON array: none of them"),
    ("search", "A ticket number, or beginnings of words of the customer's name or e-mail, as people type them; what has no word finds nothing"),
    ("order_by", "`updated_at`, `created_at`, `ticket_number` or `sla_due_at`, each with or without `-`; `-updated_at` by default"),
];

/// The values of some parameters, by name.
pub(crate) type Parameters = Vec<(&'static str, String)>;

/// The parameters that a query string gives, in the order of the list.
pub(crate) fn of_query(query: &str) -> Parameters {
    PARAMETERS.iter().filter_map(|(name, _)| Some((*name, query_value(query, name)?.into_owned()))).collect()
}

/// The parameter of this name, if there is one.
pub(super) fn named(name: &str) -> Option<&'static str> {
    PARAMETERS.iter().map(|(known, _)| *known).find(|known| *known == name)
}

/// All of [`PARAMETERS`], for `#[utoipa::path]`.
pub(super) struct Selection;

impl IntoParams for Selection {
    fn into_params(_: impl Fn() -> Option<ParameterIn>) -> Vec<Parameter> {
        let parameter = |(name, description): &(&str, &str)| {
            ParameterBuilder::new()
                .name(*name)
                .parameter_in(ParameterIn::Query)
                .required(Required::False)
                .description(Some(*description))
                .schema(Some(ObjectBuilder::new().schema_type(Type::String)))
                .build()
        };
        PARAMETERS.iter().map(parameter).collect()
    }
}

/// The most assignees, customers or tickets in a list; those beyond are ignored.
const MOST: usize = 100;
/// The most tags in a filter; a filter with more tags is ignored.
const MOST_TAGS: usize = 50;

/// The parameters of a request, and those that a saved view stands for. The request's own win; a parameter that is ignored does
/// not hide the view's.
pub(crate) struct Given {
    pub(crate) query: Parameters,
    pub(crate) view: Parameters,
}

impl Given {
    /// The filter and the order. `me` is the agent who asks.
    pub(crate) fn filter(&self, me: UserId, now: Timestamp) -> Result<(Filter, Order), Problem> {
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
        let given = self.query.iter().map(|(name, value)| [name, "=", value].concat());
        let of_view = self.view.iter().map(|(name, value)| ["view.", name, "=", value].concat());
        given.chain(of_view).collect::<Vec<_>>().join("\n")
    }

    fn of_query<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        value(&self.query, name).and_then(read)
    }

    fn of_view<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        value(&self.view, name).and_then(read)
    }

    fn any<T>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<T> {
        self.of_query(name, &read).or_else(|| self.of_view(name, &read))
    }

    fn list<T: PartialEq>(&self, name: &str, read: impl Fn(&str) -> Option<T>) -> Option<Vec<T>> {
        self.any(name, |given| list(given, &read))
    }

    fn date(&self, name: &str, now: Timestamp, read: ReadDate) -> Result<Option<Timestamp>, Problem> {
        if let Some(given) = value(&self.query, name).filter(|given| !given.trim().is_empty()) {
            return read(given, now).map_err(|error| Problem::invalid(name, error.to_string()));
        }
        let Some(given) = value(&self.view, name) else { return Ok(None) };
        read(given, now).map_err(|error| Problem::invalid("view", format!("Its {name} can't be read. {error}")))
    }

    fn search(&self) -> Result<Option<Search>, Problem> {
        let read = |name: &str, text: &str| Search::read(text).map_err(|error| Problem::invalid(name, error.to_string()));
        match value(&self.query, "search").filter(|text| !text.trim().is_empty()) {
            Some(text) => read("search", text),
            None => value(&self.view, "search").map_or(Ok(None), |text| read("view", text)),
        }
    }
}

fn value<'a>(given: &'a Parameters, name: &str) -> Option<&'a str> {
    given.iter().find(|(of, _)| *of == name).map(|(_, value)| value.as_str())
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
mod tests;
