//! Files of messages: agents upload them to the bucket itself, and name them in a reply or a note. Whoever may read the ticket gets
//! a link to each.

use axum::{Extension, Json as Body, http::StatusCode};
use futures_util::{StreamExt, TryStreamExt, stream};
use lambdesk_bucket::{Bucket, Failure, Kept, LINK_SECS, Link, keys};
use lambdesk_domain::{
    ProjectId, TicketId, Timestamp,
    attachment::{ALL_BYTES, Attachment, AttachmentState, FILE_BYTES, FILES, FileType},
    permission::{ReadTickets, WriteTickets},
};
use lambdesk_http::{Answer, Json, Problem};
use lambdesk_mail::letter::{file_name, file_type};
use serde::{Deserialize, Serialize};
use serde_json::Value;
use utoipa::ToSchema;
use uuid::Uuid;

use crate::input::{AttachmentId, OnTicket};

/// How many bytes tell what a file is.
const BEGINNING: usize = 64;
/// How many files are looked at at once.
const AT_ONCE: usize = 5;
/// The most bytes of a type that a browser names.
const TYPE: usize = 255;
const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// A file of a message.
#[derive(Debug, Clone, Serialize, ToSchema)]
pub(crate) struct AttachmentBody {
    id: Uuid,
    name: String,
    /// What its bytes show it to be. Anything but a picture is just bytes.
    content_type: FileType,
    size: u64,
    /// Whether the message shows it within its text.
    inline: bool,
    /// Whether it can be had. What is `too_large` is in the raw mail.
    state: AttachmentState,
    /// Where a link to it is to be had; null if it can't be had.
    #[schema(required)]
    url: Option<String>,
}

impl AttachmentBody {
    pub(crate) fn new(file: &Attachment, project: ProjectId, ticket: TicketId) -> Self {
        let Attachment { id, name, content_type, size, inline, state } = file.clone();
        let url = format!("/api/projects/{project}/conversations/tickets/{ticket}/attachments/{id}/");
        Self { id, name, content_type, size, inline, state, url: (state == AttachmentState::Kept).then_some(url) }
    }
}

/// A file to be uploaded.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct NewAttachment {
    /// Of more than 255 characters, the first ones are kept.
    pub(crate) name: String,
    /// 1 to 10,485,760.
    pub(crate) size: u64,
    /// What the browser takes it for. What it is, its bytes say.
    pub(crate) content_type: Option<String>,
}

/// Where a file is to be uploaded.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Announced {
    /// Names it in `attachments` of a reply. Its bytes stay those that the first reply found.
    id: Uuid,
    upload: UploadBody,
    /// Until when the upload may begin. What no reply names goes after a day.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Timestamp,
}

/// An upload: a request with the file's bytes as its body, and as many of them as were announced.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct UploadBody {
    method: &'static str,
    url: String,
    /// The header fields that it has to have.
    #[schema(value_type = Object)]
    headers: serde_json::Map<String, Value>,
}

impl NewAttachment {
    /// Refuses what no message may have.
    pub(crate) fn check(&self) -> Result<(), Problem> {
        let Self { name, size, content_type } = self;
        if file_name(name).is_empty() {
            return Err(Problem::invalid("name", "This field may not be blank."));
        }
        if !(1..=FILE_BYTES).contains(size) {
            return Err(Problem::invalid("size", "A file can have 1 to 10485760 bytes."));
        }
        if content_type.as_ref().is_some_and(|content_type| content_type.len() > TYPE) {
            return Err(Problem::invalid("content_type", "Ensure this field has no more than 255 characters."));
        }
        Ok(())
    }

    /// Where its bytes go.
    pub(crate) fn announced(&self, bucket: &Bucket, project: ProjectId, ticket: TicketId) -> Result<Announced, Problem> {
        let (id, name) = (Uuid::new_v4(), file_name(&self.name));
        let upload = bucket.upload(&keys::pending(project, ticket, id), &name, self.size).map_err(internal)?;
        let headers = upload.headers.into_iter().map(|(name, value)| (name.to_owned(), value.into())).collect();
        let Link { url, expires_at } = upload.link;
        Ok(Announced { id, upload: UploadBody { method: "PUT", url, headers }, expires_at })
    }
}

/// Announces a file of a reply or a note to come. Its bytes go to the bucket, and the reply names its `id`.
#[utoipa::path(
    post, path = "/api/projects/{project_id}/conversations/tickets/{id}/attachments", tag = "messages",
    operation_id = "attachments_create",
    params(("project_id" = u32, Path), ("id" = String, Path, description = "UUID or ticket number")),
    request_body = NewAttachment,
    responses((status = 201, body = Announced))
)]
pub(crate) async fn announce(
    on: OnTicket<WriteTickets>,
    Extension(bucket): Extension<Bucket>,
    Json(new): Json<NewAttachment>,
) -> Result<Answer, Problem> {
    let OnTicket { agent, id: ticket } = on;
    new.check()?;
    agent.desk.ticket(ticket).await?.ok_or(NOT_FOUND)?;
    Ok(Answer::new(StatusCode::CREATED, &new.announced(&bucket, agent.desk.project(), ticket)?))
}

/// A link, for whoever has it.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct LinkBody {
    url: String,
    /// 15 minutes from now.
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    expires_at: Timestamp,
}

impl LinkBody {
    pub(crate) fn new(Link { url, expires_at }: Link) -> Self {
        const { assert!(LINK_SECS == 15 * 60, "as the documentation says") };
        Self { url, expires_at }
    }
}

/// A link to a file of a message. Pictures are shown, and anything else is downloaded.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/attachments/{attachment_id}", tag = "messages",
    operation_id = "attachments_retrieve",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("attachment_id" = uuid::Uuid, Path),
    ),
    responses((status = 200, body = LinkBody))
)]
pub(crate) async fn link(
    on: OnTicket<ReadTickets>,
    AttachmentId(id): AttachmentId,
    Extension(bucket): Extension<Bucket>,
) -> Result<Body<LinkBody>, Problem> {
    let OnTicket { agent, id: ticket } = on;
    agent.desk.ticket(ticket).await?.ok_or(NOT_FOUND)?;
    let key = keys::file(agent.desk.project(), ticket, id);
    bucket.begin(&key, 1).await.map_err(internal)?.ok_or(NOT_FOUND)?;
    Ok(Body(LinkBody::new(bucket.link(&key).map_err(internal)?)))
}

/// The files that a message to come names, now kept beside its ticket. A file that the ticket has may be sent again.
pub(crate) async fn named(
    bucket: &Bucket,
    project: ProjectId,
    ticket: TicketId,
    ids: &[Uuid],
    rich: Option<&Value>,
) -> Result<Vec<Attachment>, Problem> {
    let mut once = ids.to_vec();
    once.sort_unstable();
    once.dedup();
    if once.len() < ids.len() || ids.len() > FILES {
        return Err(wrong("Names a file twice, or more than 20 files."));
    }
    let rich = rich.map(Value::to_string).unwrap_or_default();
    let looked: Vec<_> = ids.iter().map(|id| uploaded(bucket, project, ticket, *id)).collect();
    let found: Vec<(Attachment, bool)> = stream::iter(looked).buffered(AT_ONCE).try_collect().await?;
    if found.iter().map(|(file, _)| file.size).sum::<u64>() > ALL_BYTES {
        return Err(wrong("Files of one message can have at most 25 MB together."));
    }
    let moved = found.into_iter().map(|(file, is_pending)| {
        let inline = file.content_type.is_picture() && rich.contains(&file.id.to_string());
        keep(bucket, project, ticket, Attachment { inline, ..file }, is_pending)
    });
    stream::iter(moved.collect::<Vec<_>>()).buffered(AT_ONCE).try_collect().await
}

/// A file that was uploaded, and whether it has not been sent yet. Whoever announced it may upload it anew for a quarter of an hour. So
/// what was sent comes first: other bytes must not take the place of those that a message shows.
async fn uploaded(bucket: &Bucket, project: ProjectId, ticket: TicketId, id: Uuid) -> Result<(Attachment, bool), Problem> {
    let kept = bucket.begin(&keys::file(project, ticket, id), BEGINNING).await.map_err(internal)?;
    let is_pending = kept.is_none();
    let begun = match kept {
        Some(begun) => Some(begun),
        None => bucket.begin(&keys::pending(project, ticket, id), BEGINNING).await.map_err(internal)?,
    };
    let begun = begun.ok_or_else(|| wrong("Names a file that was not uploaded for this ticket."))?;
    let (name, content_type) = (begun.name.unwrap_or_default(), file_type(&begun.bytes));
    Ok((Attachment { id, name, content_type, size: begun.size, inline: false, state: AttachmentState::Kept }, is_pending))
}

async fn keep(
    bucket: &Bucket,
    project: ProjectId,
    ticket: TicketId,
    file: Attachment,
    is_pending: bool,
) -> Result<Attachment, Problem> {
    let (from, to) = (keys::pending(project, ticket, file.id), keys::file(project, ticket, file.id));
    if is_pending && !bucket.copy(&from, &to, &Kept::of(&file)).await.map_err(internal)? {
        return Err(wrong("Names a file that is gone."));
    }
    Ok(file)
}

fn wrong(detail: &str) -> Problem {
    Problem::invalid("attachments", detail)
}

#[expect(clippy::needless_pass_by_value, reason = "the argument of map_err")]
pub(crate) fn internal(failure: Failure) -> Problem {
    Problem::Internal { cause: failure.to_string() }
}
