//! The whole mail that a message came by.

use axum::{Extension, Json as Body, extract::RawQuery};
use lambdesk_bucket::{
    Bucket, Disposition, Kept, keys,
    shown::{Shown, with_links},
};
use lambdesk_domain::{Timestamp, permission::ReadTickets};
use lambdesk_http::{Problem, body::query_value};
use serde::Serialize;
use utoipa::ToSchema;

use crate::{
    attachments::{LinkBody, internal},
    input::{MessageOfPath, OnTicket},
};

/// The most bytes of how a mail is shown: its HTML twice, and its text.
const SHOWN: usize = 20_000_000;
const NOT_FOUND: Problem = Problem::NotFound("Not found.");

/// A mail.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct FullEmail {
    /// HTML in which nothing is active; null if it has none. Its own pictures are links of 15 minutes.
    #[schema(required)]
    html: Option<String>,
    /// How many pictures that lie elsewhere were left out. With `images=true` they are not: whoever sent the mail then learns that
    /// it is read.
    images_left_out: u64,
    /// The text, with the copies of earlier mails.
    text: String,
    headers: HeadersBody,
    /// The mail as it came.
    raw: LinkBody,
}

/// The header fields that people read.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct HeadersBody {
    from: Vec<String>,
    to: Vec<String>,
    cc: Vec<String>,
    /// When its sender says to have sent it.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    date: Option<Timestamp>,
    subject: String,
}

/// Shows the whole mail that a message came by.
#[utoipa::path(
    get, path = "/api/projects/{project_id}/conversations/tickets/{id}/messages/{message_id}/full-email", tag = "messages",
    operation_id = "messages_full_email",
    params(
        ("project_id" = u32, Path),
        ("id" = String, Path, description = "UUID or ticket number"),
        ("message_id" = uuid::Uuid, Path),
        ("images" = Option<bool>, Query, description = "Whether pictures that lie elsewhere are shown"),
    ),
    responses((status = 200, body = FullEmail))
)]
pub(crate) async fn full_email(
    on: OnTicket<ReadTickets>,
    MessageOfPath(message): MessageOfPath,
    Extension(bucket): Extension<Bucket>,
    RawQuery(query): RawQuery,
) -> Result<Body<FullEmail>, Problem> {
    let OnTicket { agent, id: ticket } = on;
    let project = agent.desk.project();
    let shows_images = match query_value(&query.unwrap_or_default(), "images").as_deref() {
        None | Some("" | "false") => false,
        Some("true") => true,
        Some(_) => return Err(Problem::invalid("images", "Must be true or false.")),
    };
    let found = agent.desk.message_of(ticket, message).await?;
    let mailed = found.and_then(|message| message.mailed).ok_or(NOT_FOUND)?;
    let kept = bucket.get(&keys::shown(project, ticket, &mailed.raw), SHOWN).await.map_err(internal)?.ok_or(NOT_FOUND)?;
    let shown: Shown = serde_json::from_slice(&kept).map_err(|error| Problem::Internal { cause: error.to_string() })?;
    let as_mail = Kept { content_type: "message/rfc822".to_owned(), disposition: Disposition::attachment("mail.eml") };
    let raw = LinkBody::new(bucket.link_as(&mailed.raw, &as_mail).map_err(internal)?);
    let link = |file: &uuid::Uuid| Ok((*file, bucket.link(&keys::file(project, ticket, *file)).map_err(internal)?.url));
    let links = shown.files.iter().map(link).collect::<Result<Vec<_>, Problem>>()?;
    let Shown { html, html_with_images, images_left_out, text, from, to, cc, date, subject, files: _ } = shown;
    let html = if shows_images { html_with_images.or(html) } else { html };
    Ok(Body(FullEmail {
        html: html.map(|html| with_links(&html, links.iter().map(|(file, link)| (*file, link.as_str())))),
        images_left_out: if shows_images { 0 } else { images_left_out },
        text,
        headers: HeadersBody { from, to, cc, date, subject },
        raw,
    }))
}
