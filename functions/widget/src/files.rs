//! Files of the team's messages. The widget shows text, pictures and links, so a file is a link below the message, and a picture
//! is shown there too. The links are made when the message is read, because only then the desk's own address is known.

use axum::{
    Extension, RequestPartsExt,
    extract::{FromRequestParts, Path},
    http::{StatusCode, header, request::Parts},
    response::{IntoResponse, Response},
};
use lambdesk_bucket::{
    Bucket, keys,
    signature::{address, is_signed},
};
use lambdesk_domain::{
    Message, ProjectId, TicketId,
    attachment::{Attachment, AttachmentState, show_from},
    project::Project,
};
use lambdesk_http::{Context, Problem, address::counted_address};
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    body::{NOT_FOUND, VisibleMessage},
    throttle::{Lane, admit_link},
};

/// Where a message's files are.
pub(crate) struct Linking<'a> {
    pub(crate) project: &'a Project,
    pub(crate) ticket: TicketId,
    pub(crate) link_base: &'a str,
}

impl Linking<'_> {
    /// The message, with its files.
    pub(crate) fn show(&self, shown: VisibleMessage, message: &Message) -> VisibleMessage {
        let files: Vec<_> = message.content.files.iter().filter(|file| file.state == AttachmentState::Kept).collect();
        if files.is_empty() {
            return shown;
        }
        let mut document = message.content.rich.clone().unwrap_or_else(|| plain(&message.content.text));
        for file in &files {
            show_from(&mut document, file.id, &self.address(file));
        }
        let below = files.iter().flat_map(|file| self.below(file));
        match document.get_mut("content").and_then(Value::as_array_mut) {
            Some(content) => content.extend(below),
            None => document = json!({"type": "doc", "content": below.collect::<Vec<_>>()}),
        }
        shown.with_rich(document)
    }

    fn address(&self, file: &Attachment) -> String {
        address(self.link_base, self.project, self.ticket, file.id)
    }

    /// What stands below the message for a file. One that the message shows already needs nothing.
    fn below(&self, file: &Attachment) -> Vec<Value> {
        if file.inline {
            return Vec::new();
        }
        let mark = json!({"type": "link", "attrs": {"href": self.address(file), "target": "_blank"}});
        let link = json!({"type": "paragraph", "content": [{"type": "text", "text": file.name, "marks": [mark]}]});
        let picture = json!({"type": "image", "attrs": {"src": self.address(file), "alt": file.name}});
        if file.content_type.is_picture() { vec![picture, link] } else { vec![link] }
    }
}

/// A text as a document. A line is a paragraph, as the widget breaks lines.
fn plain(text: &str) -> Value {
    let line = |line: &str| match line {
        "" => json!({"type": "paragraph"}),
        line => json!({"type": "paragraph", "content": [{"type": "text", "text": line}]}),
    };
    json!({"type": "doc", "content": text.lines().map(line).collect::<Vec<_>>()})
}

/// A file whose address the desk made. Any other address is 404.
pub(crate) struct Addressed {
    project: ProjectId,
    ticket: TicketId,
    file: Uuid,
}

impl FromRequestParts<Context> for Addressed {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        admit_link(context, Lane::Poll, &counted_address(&parts.extensions))?;
        let path = parts.extract::<Path<(u32, Uuid, Uuid, String)>>().await;
        let Path((project, ticket, file, given)) = path.map_err(|_| NOT_FOUND)?;
        let (project, ticket) = (ProjectId(project), TicketId(ticket));
        let desk = context.enter_by_link(project, ticket, |project| is_signed(project, ticket, file, &given)).await?;
        // What a deleted ticket had is gone, or about to go.
        desk.ok_or(NOT_FOUND)?.ticket().await?.ok_or(NOT_FOUND)?;
        Ok(Self { project, ticket, file })
    }
}

/// A file of a message, for whoever has its address from the widget or a mail: leads to the file for 15 minutes.
#[utoipa::path(
    get, path = "/api/conversations/v1/files/{project_id}/{ticket_id}/{file_id}/{signature}", tag = "widget",
    operation_id = "files_retrieve",
    params(
        ("project_id" = u32, Path), ("ticket_id" = uuid::Uuid, Path), ("file_id" = uuid::Uuid, Path),
        ("signature" = String, Path, description = "From the address in the message"),
    ),
    security(()),
    responses(
        (status = 302, description = "Leads to the file."),
        (status = 429, description = "Addresses were called too often."),
    )
)]
pub(crate) async fn file(addressed: Addressed, Extension(bucket): Extension<Bucket>) -> Result<Response, Problem> {
    let Addressed { project, ticket, file } = addressed;
    let link = bucket.link(&keys::file(project, ticket, file));
    let link = link.map_err(|failure| Problem::Internal { cause: failure.to_string() })?;
    Ok((StatusCode::FOUND, [(header::LOCATION, link.url), (header::CACHE_CONTROL, "no-store".to_owned())]).into_response())
}
