//! A saved view, as the parameters of the list that mean the same.

use std::collections::BTreeMap;

use lambdesk_domain::{permission::ReadTickets, saved::ShortId, traits::Object, view::SavedView};
use lambdesk_http::{Agent, Problem, body::query_value};
use serde_json::Value;

/// A view's filters and order, by parameter name.
pub(super) type Parameters = BTreeMap<&'static str, String>;

/// The parameters of the view that a query names; none if it names no view. A view that does not exist, or that the caller may
/// not see, is 400: otherwise the caller would get a list of all tickets.
pub(super) async fn of_query(agent: &Agent<ReadTickets>, query: &str) -> Result<Parameters, Problem> {
    let Some(named) = query_value(query, "view").filter(|named| !named.trim().is_empty()) else {
        return Ok(Parameters::new());
    };
    let unknown = || Problem::invalid("view", "There is no such view.");
    let id: ShortId = named.trim().parse().map_err(|_| unknown())?;
    let view = agent.desk.views().get(id).await?.filter(|view| view.is_seen_by(agent.user.id)).ok_or_else(unknown)?;
    Ok(parameters(&view))
}

/// The view's filters were checked when it was saved. Filters that the list does not have, such as `aiTriageResult`, are left
/// out.
fn parameters(SavedView { filters, .. }: &SavedView) -> Parameters {
    let words = |key: &str| Some(filters.get(key)?.as_array()?.iter().filter_map(Value::as_str).collect::<Vec<_>>().join(","));
    let text = |key: &str| filters.get(key)?.as_str().filter(|text| *text != "all").map(str::to_owned);
    let list = |key: &str| filters.get(key).filter(|value| value.is_array()).map(Value::to_string);
    let tags = if matches_all(filters) { "tags_all" } else { "tags" };
    let all = [
        ("status", words("status")),
        ("priority", words("priority")),
        ("channel_source", text("channel")),
        ("channel_detail", words("channelDetail")),
        ("sla", text("sla")),
        ("assignee", assignees(filters)),
        (tags, list("tags")),
        ("tags_exclude", list("tagsExclude")),
        ("date_from", text("dateFrom")),
        ("date_to", text("dateTo")),
        ("search", text("search")),
        ("order_by", order(filters)),
    ];
    all.into_iter().filter_map(|(name, value)| Some((name, value.filter(|value| !value.is_empty())?))).collect()
}

fn matches_all(filters: &Object) -> bool {
    filters.get("tagsMatch").and_then(Value::as_str) == Some("all")
}

fn assignees(filters: &Object) -> Option<String> {
    let word = |assignee: &Value| match assignee {
        Value::String(word) => Some(word.clone()),
        Value::Object(of) => {
            let id = of.get("id")?;
            Some(format!("{}:{}", of.get("type")?.as_str()?, id.as_str().map_or_else(|| id.to_string(), str::to_owned)))
        }
        _ => None,
    };
    Some(filters.get("assignee")?.as_array()?.iter().filter_map(word).collect::<Vec<_>>().join(","))
}

fn order(filters: &Object) -> Option<String> {
    let sorting = filters.get("sorting")?.as_object()?;
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
