//! Files of a mail whose ticket is not there yet. With its first file the ticket's id is given out, sealed, as the mail's `draft`: so
//! the files lie from the beginning where a ticket's files lie, and one ticket at the most can have them.

use axum::{Extension, http::StatusCode};
use lambdesk_bucket::Bucket;
use lambdesk_domain::{TicketId, Timestamp, permission::WriteTickets};
use lambdesk_http::{Agent, Answer, Json, Problem, cursor::Seal};
use lambdesk_store::KEPT;
use serde::{Deserialize, Serialize};
use utoipa::ToSchema;

use crate::attachments::{Announced, NewAttachment};

/// A file of a mail to come.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewMailFile {
    /// Of more than 255 characters, the first ones are kept.
    name: String,
    /// 1 to 10,485,760.
    size: u64,
    /// What the browser takes it for. What it is, its bytes say.
    content_type: Option<String>,
    /// What the mail's first file was answered; absent for that one.
    draft: Option<String>,
}

/// Where a file of a mail to come is to be uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AnnouncedWithMail {
    #[serde(flatten)]
    file: Announced,
    /// Names the mail in `compose/` and for its further files. It is the caller's alone, for a day and one ticket.
    draft: String,
}

/// Announces a file of a mail that begins a ticket. Its bytes go to the bucket, and `compose/` names its `id` and its `draft`.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/compose/attachments", tag = "tickets",
    operation_id = "tickets_compose_attachments_create",
    params(("project_id" = u32, Path)),
    request_body = NewMailFile,
    responses((status = 201, body = AnnouncedWithMail))
)]
pub(crate) async fn announce(
    agent: Agent<WriteTickets>,
    Extension(bucket): Extension<Bucket>,
    Json(new): Json<NewMailFile>,
) -> Result<Answer, Problem> {
    let NewMailFile { name, size, content_type, draft } = new;
    let file = NewAttachment { name, size, content_type };
    file.check()?;
    let draft = draft.unwrap_or_else(|| given_out(&agent));
    let ticket = ticket_of(&agent, &draft)?;
    let file = file.announced(&bucket, agent.desk.project(), ticket)?;
    Ok(Answer::new(StatusCode::CREATED, &AnnouncedWithMail { file, draft }))
}

fn seal(agent: &Agent<WriteTickets>) -> Seal<'_> {
    Seal::new(&agent.directory.project, "compose", &agent.user.id)
}

/// The id of a ticket to come, with the time at which it was given out.
fn given_out(agent: &Agent<WriteTickets>) -> String {
    seal(agent).write(&format!("{} {}", agent.desk.now().micros(), agent.desk.new_id()))
}

/// The id that the ticket of a draft will have.
pub(super) fn ticket_of(agent: &Agent<WriteTickets>, draft: &str) -> Result<TicketId, Problem> {
    let read = |place: &str| {
        let (at, id) = place.split_once(' ')?;
        let at = Timestamp::from_micros(at.parse().ok()?)?;
        (agent.desk.now() < at.plus_seconds(KEPT)).then_some(id.parse().ok()?)
    };
    seal(agent).read(draft, read).map_err(|_| Problem::invalid("draft", "Is no draft of yours, or is older than a day."))
}
