//! The tags of a project's tickets.

use axum::{Json, extract::RawQuery};
use lambdesk_domain::{folding::for_conditions, permission::ReadTickets};
use lambdesk_http::{
    Agent, Problem,
    body::query_value,
    paging::{Listing, Page},
};
use lambdesk_store::TagCounts;
use serde::Serialize;
use utoipa::ToSchema;

/// A tag that tickets carry.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct TagBody {
    name: String,
    /// How many tickets carry it.
    count: u64,
}

/// Lists the tags that tickets carry, by name. The counts follow a change within about a second.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tags", tag = "tickets", operation_id = "tags_list",
    params(
        ("project_id" = u32, Path),
        ("search" = Option<String>, Query, description = "Only tags that begin so, in whatever case and spelling"),
        ("limit" = Option<usize>, Query, description = "1 to 1000, 100 by default"),
        ("offset" = Option<usize>, Query, description = "0 to 10000"),
    ),
    responses((status = 200, body = Page<TagBody>))
)]
pub(crate) async fn list(
    agent: Agent<ReadTickets>,
    listing: Listing,
    RawQuery(query): RawQuery,
) -> Result<Json<Page<TagBody>>, Problem> {
    let query = query.unwrap_or_default();
    let beginning = for_conditions(query_value(&query, "search").unwrap_or_default().trim_start());
    // No tag is longer. A longer text could not be part of a sort key either.
    if !lambdesk_domain::text::fits(&beginning, lambdesk_domain::tags::LONGEST) {
        return Err(Problem::invalid("search", "Must be at most 200 characters."));
    }
    let TagCounts { tags, more } = agent.desk.tags(&beginning).await?;
    let page = listing.page(&tags, |(name, count)| TagBody { name: name.clone(), count: *count });
    Ok(Json(Page { count_is_exact: more.then_some(false), ..page }))
}
