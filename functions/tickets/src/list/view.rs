//! A saved view, as the parameters of the list that mean the same.

use lambdesk_domain::{permission::ReadTickets, saved::ShortId, traits::Object, view::SavedView};
use lambdesk_http::{Agent, Problem, body::query_value};
use serde_json::Value;

use super::filter::{Parameters, named};

/// The parameters of the view that a query names; none if it names no view. A view that does not exist, or that the caller may
/// not see, is 400: otherwise the caller would get a list of all tickets.
pub(crate) async fn of_view(agent: &Agent<ReadTickets>, query: &str) -> Result<Parameters, Problem> {
    let Some(id) = query_value(query, "view").filter(|id| !id.trim().is_empty()) else {
        return Ok(Parameters::new());
    };
    let unknown = || Problem::invalid("view", "There is no such view.");
    let id: ShortId = id.trim().parse().map_err(|_| unknown())?;
    let view = agent.desk.views().get(id).await?.filter(|view| view.is_seen_by(agent.user.id)).ok_or_else(unknown)?;
    Ok(parameters(&view))
}

/// The view's filters were checked when it was saved. A filter has the name of its parameter, in camel case, unless it is named
/// here. Filters that the list does not have, such as `aiTriageResult`, are left out.
pub(crate) fn parameters(SavedView { filters, .. }: &SavedView) -> Parameters {
    let parameter = |(key, value): (&String, &Value)| {
        let (name, value) = match key.as_str() {
            "channel" => ("channel_source".to_owned(), words(value)),
            "tags" if matches_all(filters) => ("tags_all".to_owned(), list(value)),
            "tags" | "tagsExclude" => (snake_case(key), list(value)),
            "assignee" => (key.clone(), assignees(value)),
            "sorting" => ("order_by".to_owned(), order(value)),
            _ => (snake_case(key), words(value)),
        };
        Some((named(&name)?, value.filter(|value| !value.is_empty())?))
    };
    let mut all: Parameters = filters.iter().filter_map(parameter).collect();
    // A cursor is bound to them in this order.
    all.sort_unstable();
    all
}

fn snake_case(key: &str) -> String {
    key.chars().flat_map(|letter| letter.is_uppercase().then_some('_').into_iter().chain(letter.to_lowercase())).collect()
}

/// One word, or several joined by commas. The word `all` is no filter.
fn words(value: &Value) -> Option<String> {
    match value {
        Value::String(word) => Some(word.clone()).filter(|word| word != "all"),
        Value::Array(words) => Some(words.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(",")),
        _ => None,
    }
}

fn list(value: &Value) -> Option<String> {
    value.is_array().then(|| value.to_string())
}

fn matches_all(filters: &Object) -> bool {
    filters.get("tagsMatch").and_then(Value::as_str) == Some("all")
}

fn assignees(value: &Value) -> Option<String> {
    let word = |assignee: &Value| match assignee {
        Value::String(word) => Some(word.clone()),
        Value::Object(of) => {
            let id = of.get("id")?;
            Some(format!("{}:{}", of.get("type")?.as_str()?, id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
        }
        _ => None,
    };
    Some(value.as_array()?.iter().filter_map(word).collect::<Vec<_>>().join(","))
}

fn order(value: &Value) -> Option<String> {
    let sorting = value.as_object()?;
    let descending = sorting.get("order")?.as_i64()? < 0;
    Some(format!("{}{}", if descending { "-" } else { "" }, sorting.get("columnKey")?.as_str()?))
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{
        Timestamp, UserId,
        saved::Metadata,
        view::{ViewVisibility, read_filters},
    };
    use serde_json::json;

    use super::*;

    fn said(filters: &Value) -> Vec<String> {
        let metadata = Metadata {
            id: uuid::Uuid::nil(),
            short_id: ShortId::new(7),
            created_at: Timestamp::EPOCH,
            created_by: UserId(1),
            version: 1,
        };
        let filters = read_filters(filters.as_object().unwrap()).unwrap();
        let (name, visibility, favorite_of) = (String::new(), ViewVisibility::Shared, [].into());
        let view = SavedView { metadata, name, filters, visibility, favorite_of };
        parameters(&view).into_iter().map(|(name, value)| format!("{name}={value}")).collect()
    }

    #[test]
    fn each_filter_of_a_view_is_a_parameter() {
        let filters = json!({
            "status": ["new", "on_hold"], "priority": ["high"], "channel": "widget", "channelDetail": ["widget_api"], "sla": "none",
            "assignee": ["me", "unassigned", {"type": "user", "id": 1}, {"type": "role", "id": uuid::Uuid::nil()}],
            "tags": ["vip", "a,b"], "tagsMatch": "all", "tagsExclude": ["bug"], "dateFrom": "-7d", "dateTo": "2026-01-01",
            "sorting": {"columnKey": "sla_due_at", "order": -1}, "search": "ada", "aiTriageResult": ["persisted"],
        });
        assert_eq!(
            said(&filters),
            [
                "assignee=me,unassigned,user:1,role:00000000-0000-0000-0000-000000000000",
                "channel_detail=widget_api",
                "channel_source=widget",
                "date_from=-7d",
                "date_to=2026-01-01",
                "order_by=-sla_due_at",
                "priority=high",
                "search=ada",
                "sla=none",
                "status=new,on_hold",
                r#"tags_all=["vip","a,b"]"#,
                r#"tags_exclude=["bug"]"#,
            ]
        );
    }

    #[test]
    fn what_is_not_set_is_no_parameter() {
        let filters = json!({
            "status": [], "channel": "all", "sla": "all", "assignee": null, "tags": ["x"], "tagsMatch": "any", "dateFrom": null,
            "sorting": {"columnKey": "ticket_number", "order": 1}, "search": "",
        });
        assert_eq!(said(&filters), ["order_by=ticket_number", r#"tags=["x"]"#]);
    }
}
