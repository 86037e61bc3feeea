//! The question how it was, which the customer answers with one tap on a link of the message that asks.
//!
//! The links are made when the message is read, since only then it is known where the desk answers. What they carry proves
//! that they were made here, for this ticket, and says nothing else of it.

use axum::{
    Json as Body, RequestPartsExt,
    extract::{FromRequestParts, Path, Query},
    http::{HeaderMap, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use lambdesk_domain::{
    Actor, Command, Message, ProjectId, Ticket, TicketId,
    message::Author,
    project::Project,
    satisfaction::{Given, QUESTION, Rating, Satisfaction},
};
use lambdesk_http::{
    Context, Problem,
    body::{Raw, parse},
    paging::Links,
};
use lambdesk_store::{Desk, crypto};
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    body::{NO_TICKET, VisibleMessage, problem},
    throttle::PER_VISITOR,
};

/// How much of the signature a link carries.
const SIGNATURE: usize = 16;

fn signature(project: &Project, ticket: TicketId) -> String {
    let bound = format!("satisfaction|{}|{ticket}", project.id);
    hex::encode(&crypto::sign(project.cursor_key.as_bytes(), bound.as_bytes())[..SIGNATURE])
}

/// A ticket whose customer may have been asked, and where the desk answers.
pub(crate) struct Asking<'a> {
    pub(crate) project: &'a Project,
    pub(crate) ticket: &'a Ticket,
    pub(crate) links: &'a Links,
}

impl Asking<'_> {
    /// The message, with five links if it is the question.
    pub(crate) fn show(&self, shown: VisibleMessage, message: &Message) -> VisibleMessage {
        let asked = self.ticket.satisfaction.as_ref().is_some_and(|asked| asked.asked_at == message.created_at);
        if asked && message.author == Author::Desk { shown.with_rich(self.question()) } else { shown }
    }

    fn question(&self) -> Value {
        let (project, ticket) = (self.project, self.ticket.id);
        let at = format!(
            "{}/api/conversations/v1/widget/satisfaction/{}/{ticket}/{}",
            self.links.origin(),
            project.id,
            signature(project, ticket)
        );
        let link = |rating: Rating| {
            let rating = rating.number();
            let mark = json!({"type": "link", "attrs": {"href": format!("{at}?rating={rating}"), "target": "_blank"}});
            [json!({"type": "text", "text": rating.to_string(), "marks": [mark]}), json!({"type": "text", "text": "  "})]
        };
        let links: Vec<_> = Rating::ALL.into_iter().flat_map(link).collect();
        let text = |text: &str| json!({"type": "paragraph", "content": [{"type": "text", "text": text}]});
        json!({"type": "doc", "content": [
            text(QUESTION),
            {"type": "paragraph", "content": links},
            text("1 is not at all, 5 is very."),
        ]})
    }
}

/// Whoever has a link to a question, which was made here.
pub(crate) struct Asked {
    desk: Desk,
    ticket: TicketId,
}

impl FromRequestParts<Context> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let path = parts.extract::<Path<(String, String, String)>>().await;
        let Path((project, ticket, given)) = path.map_err(|_| NO_TICKET)?;
        let (project, ticket): (ProjectId, TicketId) =
            (project.parse().map(ProjectId).map_err(|_| NO_TICKET)?, ticket.parse().map_err(|_| NO_TICKET)?);
        let limited = |retry_after| Problem::Limited { retry_after };
        let who = format!("satisfaction:{project}:{ticket}");
        context.limits.admit(&who, PER_VISITOR, context.store.now()).map_err(limited)?;
        let found = context.store.project(project).await?.ok_or(NO_TICKET)?;
        if !crypto::same(given.as_bytes(), signature(&found, ticket).as_bytes()) {
            return Err(NO_TICKET);
        }
        Ok(Self { desk: context.store.desk(project), ticket })
    }
}

impl Asked {
    async fn record(&self, rating: Option<u64>, comment: Option<String>) -> Result<Satisfaction, Problem> {
        let wrong = || Problem::invalid("rating", "Must be a whole number from 1 to 5.");
        let rating = rating.map(|rating| Rating::new(rating).ok_or_else(wrong)).transpose()?;
        let rate = Command::Rate(Given { rating, comment });
        let (posted, _) = self.desk.change(self.ticket, &Actor::Customer, rate, None).await.map_err(problem)?;
        posted.ticket.satisfaction.ok_or(NO_TICKET)
    }
}

/// The tap.
#[derive(Debug, Deserialize)]
pub(crate) struct Tap {
    rating: Option<u64>,
}

/// Records a rating with one tap, and thanks, with room for a comment.
#[utoipa::path(
    get, path = "/api/conversations/v1/widget/satisfaction/{project_id}/{ticket_id}/{key}", tag = "widget",
    operation_id = "widget_satisfaction_tap",
    params(
        ("project_id" = u32, Path), ("ticket_id" = uuid::Uuid, Path),
        ("key" = String, Path, description = "From the link of the message that asks"),
        ("rating" = Option<u8>, Query, description = "1 to 5"),
    ),
    security(()),
    responses((status = 200, content_type = "text/html", body = String))
)]
pub(crate) async fn tap(
    asked: Asked,
    tap: Result<Query<Tap>, axum::extract::rejection::QueryRejection>,
) -> Result<Html<String>, Problem> {
    let rating = tap.map_err(|_| Problem::invalid("rating", "Must be a whole number from 1 to 5."))?.rating;
    Ok(Html(page(&asked.record(rating, None).await?)))
}

/// An answer, or a part of it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnswerInput {
    /// 1 to 5; may be left out once it is given.
    rating: Option<u64>,
    /// At most 2,000 characters.
    comment: Option<String>,
}

/// An answer as it is kept.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct Answered {
    rating: Option<u8>,
    comment: Option<String>,
}

/// Records a rating, a comment, or both.
#[utoipa::path(
    post, path = "/api/conversations/v1/widget/satisfaction/{project_id}/{ticket_id}/{key}", tag = "widget",
    operation_id = "widget_satisfaction_answer",
    params(
        ("project_id" = u32, Path), ("ticket_id" = uuid::Uuid, Path),
        ("key" = String, Path, description = "From the link of the message that asks"),
    ),
    security(()),
    request_body = AnswerInput,
    responses((status = 200, body = Answered))
)]
pub(crate) async fn answer(asked: Asked, headers: HeaderMap, raw: axum::Extension<Raw>) -> Result<Response, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // The page's own form, which needs no script.
    if kind.starts_with("application/x-www-form-urlencoded") {
        let comment = form_urlencoded::parse(&raw.0.0).find(|(key, _)| key == "comment").map(|(_, value)| value.into_owned());
        return Ok(Html(page(&asked.record(None, comment).await?)).into_response());
    }
    if !kind.starts_with("application/json") {
        return Err(Problem::NotJson);
    }
    let AnswerInput { rating, comment } = parse(&raw.0.0)?;
    let answer = asked.record(rating, comment).await?.answer;
    let rating = answer.as_ref().map(|answer| answer.rating.number());
    Ok(Body(Answered { rating, comment: answer.and_then(|answer| answer.comment) }).into_response())
}

/// What a customer sees after the tap.
fn page(satisfaction: &Satisfaction) -> String {
    let answer = satisfaction.answer.as_ref();
    let rating = answer.map_or(0, |answer| answer.rating.number());
    let comment = escaped(answer.and_then(|answer| answer.comment.as_deref()).unwrap_or_default());
    format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width\">\
         <title>Thank you</title><body style=\"font-family:sans-serif;max-width:30em;margin:3em auto;padding:0 1em\">\
         <h1>Thank you!</h1><p>You rated our help {rating} of 5.</p><form method=post>\
         <label>Is there anything that you would like to add?<br>\
         <textarea name=comment rows=5 maxlength=2000 style=\"width:100%\">{comment}</textarea></label>\
         <p><button>Send</button></form></body></html>"
    )
}

/// Text that may stand in a page, whatever a customer wrote.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use lambdesk_domain::{Timestamp, satisfaction::Answer};

    use super::*;

    #[test]
    fn no_comment_ends_its_field() {
        let comment = Some("</textarea><script>alert(1)</script>".to_owned());
        let answer = Some(Answer { rating: Rating::ALL[0], comment, at: Timestamp::EPOCH });
        let page = page(&Satisfaction { asked_at: Timestamp::EPOCH, answer });
        assert!(!page.contains("<script") && page.contains("1 of 5"), "{page}");
    }
}
