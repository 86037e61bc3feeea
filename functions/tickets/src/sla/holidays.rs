//! Holidays from a calendar's file or from pasted dates, shown before anyone saves them.

use axum::Json as Body;
use lambdesk_domain::{
    calendar::holidays::{Preview, preview},
    permission::ReadProjects,
    policies::Invalid,
};
use lambdesk_http::{Agent, Json, Problem};
use serde::Deserialize;
use utoipa::ToSchema;

/// The text that has the holidays.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct HolidayText {
    /// The file of a calendar (`.ics`), or lines that begin with a date such as `2026-12-25`, with a name behind it if there is
    /// one. At most 256 KB.
    text: String,
}

/// Reads the holidays of the next two years from the file of a calendar or from pasted dates, and says what was left out. Of a
/// calendar it takes events of whole days, once or yearly. It saves nothing.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/sla_policies/holidays/preview", tag = "sla",
    operation_id = "sla_policies_holidays_preview",
    params(("project_id" = u32, Path)),
    request_body = HolidayText,
    responses((status = 200, body = Preview))
)]
pub(crate) async fn read(agent: Agent<ReadProjects>, Json(given): Json<HolidayText>) -> Result<Body<Preview>, Problem> {
    let today = agent.directory.project.settings.zone().date_at(agent.desk.now());
    preview(&given.text, today).map(Body).map_err(|Invalid { place, reason }| Problem::invalid(place, reason))
}
