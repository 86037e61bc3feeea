//! The question how satisfied the customer is. The message that asks has links to a page, where the customer chooses a rating
//! and sends it by a button. Opening a link records nothing (docs/decisions.md, 66).
//!
//! The links are made when the message is read, because only then the desk's own address is known. A link carries a signature,
//! which proves that the desk made it for this ticket, and reveals nothing else about the ticket.

use axum::{
    Json as Body, RequestPartsExt,
    extract::{FromRequestParts, Path},
    http::{HeaderMap, Method, header, request::Parts},
    response::{Html, IntoResponse, Response},
};
use lambdesk_domain::{
    Message, ProjectId, Refusal, Ticket, TicketId, Timestamp,
    message::Author,
    project::Project,
    satisfaction::{Given, NotTaken, QUESTION, Rating, Satisfaction},
};
use lambdesk_http::{
    Context, Problem,
    address::counted_address,
    body::{Raw, parse, query_value},
};
use lambdesk_runtime::{
    crypto,
    links::{rating_key, rating_page},
};
use lambdesk_store::RatingDesk;
use serde::{Deserialize, Serialize};
use serde_json::{Value, json};
use utoipa::ToSchema;

use crate::{
    body::{NO_TICKET, VisibleMessage, problem},
    throttle::{Lane, admit_holder, admit_link},
};

/// A ticket whose customer may have been asked, with the desk's own address for the links.
pub(crate) struct Asking<'a> {
    pub(crate) project: &'a Project,
    pub(crate) ticket: &'a Ticket,
    pub(crate) link_base: &'a str,
    pub(crate) now: Timestamp,
}

impl Asking<'_> {
    /// The message, with five links if it is the question and can still be answered.
    pub(crate) fn show(&self, shown: VisibleMessage, message: &Message) -> VisibleMessage {
        let asks = |asked: &Satisfaction| asked.asked_at == message.created_at && asked.is_open(self.now);
        let asked = self.ticket.satisfaction.as_ref().is_some_and(asks);
        if asked && message.author == Author::Desk { shown.with_rich(self.question()) } else { shown }
    }

    fn question(&self) -> Value {
        let (project, ticket) = (self.project, self.ticket.id);
        let at = rating_page(self.link_base, project, ticket);
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

/// A caller with a valid link to a question. A link that the desk did not make is 404.
pub(crate) struct Asked {
    desk: RatingDesk,
    now: Timestamp,
}

impl FromRequestParts<Context> for Asked {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, context: &Context) -> Result<Self, Problem> {
        let lane = if parts.method == Method::POST { Lane::Write } else { Lane::Poll };
        admit_link(context, lane, &counted_address(&parts.extensions))?;
        let path = parts.extract::<Path<(String, String, String)>>().await;
        let Path((project, ticket, given)) = path.map_err(|_| NO_TICKET)?;
        let (project, ticket): (ProjectId, TicketId) =
            (project.parse().map(ProjectId).map_err(|_| NO_TICKET)?, ticket.parse().map_err(|_| NO_TICKET)?);
        let signed = |project: &Project| crypto::same(given.as_bytes(), rating_key(project, ticket).as_bytes());
        let desk = context.enter_by_link(project, ticket, signed).await?.ok_or(NO_TICKET)?;
        // Counted only after the signature holds. Otherwise anyone who knows the ticket's id could use up its customer's calls.
        admit_holder(context, &format!("satisfaction:{project}:{ticket}"))?;
        Ok(Self { desk, now: context.now() })
    }
}

impl Asked {
    /// What was asked, if it can still be answered: 410 if it has expired, 400 if the ticket has no question.
    async fn question(&self) -> Result<Satisfaction, Problem> {
        let ticket = self.desk.ticket().await?.ok_or(NO_TICKET)?;
        let not_asked = || Problem::from(Refusal::Satisfaction(NotTaken::NotAsked));
        let asked = ticket.satisfaction.ok_or_else(not_asked)?;
        if asked.is_open(self.now) { Ok(asked) } else { Err(Refusal::Satisfaction(NotTaken::Expired).into()) }
    }

    async fn record(&self, rating: Option<Rating>, comment: Option<String>) -> Result<Satisfaction, Problem> {
        let ticket = self.desk.rate(Given { rating, comment }).await.map_err(problem)?;
        ticket.satisfaction.ok_or(NO_TICKET)
    }
}

fn rating(given: u64) -> Result<Rating, Problem> {
    Rating::new(given).ok_or_else(wrong_rating)
}

fn wrong_rating() -> Problem {
    Problem::invalid("rating", "Must be a whole number from 1 to 5.")
}

/// The rating in a link's query, if it has one.
pub(crate) struct Tapped(Option<Rating>);

impl<S: Send + Sync> FromRequestParts<S> for Tapped {
    type Rejection = Problem;

    async fn from_request_parts(parts: &mut Parts, _: &S) -> Result<Self, Problem> {
        let query = parts.uri.query().unwrap_or_default();
        let given = query_value(query, "rating").map(|given| given.parse().map_err(|_| wrong_rating()));
        Ok(Self(given.transpose()?.map(rating).transpose()?))
    }
}

/// Shows the page that a link of the question leads to, where the customer chooses a rating and sends it by a button. Opening
/// the page records nothing, because link scanners open every link in a mail.
#[utoipa::path(
    get, path = "/api/conversations/v1/widget/satisfaction/{project_id}/{ticket_id}/{key}", tag = "widget",
    operation_id = "widget_satisfaction_tap",
    params(
        ("project_id" = u32, Path), ("ticket_id" = uuid::Uuid, Path),
        ("key" = String, Path, description = "From the link of the message that asks"),
        ("rating" = Option<u8>, Query, description = "1 to 5"),
    ),
    security(()),
    responses(
        (status = 200, content_type = "text/html", body = String),
        (status = 410, description = "The question was asked over 30 days ago."),
        (status = 429, description = "The link, or those of one address, were called too often."),
    )
)]
pub(crate) async fn tap(asked: Asked, Tapped(tapped): Tapped) -> Result<Response, Problem> {
    let question = asked.question().await?;
    let answer = question.answer.as_ref();
    let chosen = tapped.or(answer.map(|answer| answer.rating));
    Ok(page(QUESTION, chosen, answer.and_then(|answer| answer.comment.as_deref())))
}

/// An answer, or a part of it.
#[derive(Debug, Deserialize, ToSchema)]
pub(crate) struct AnswerInput {
    /// 1 to 5. It may be left out once a rating is recorded.
    rating: Option<u64>,
    /// At most 2,000 characters.
    comment: Option<String>,
}

/// The answer as it is recorded.
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
    responses(
        (status = 200, body = Answered),
        (status = 410, description = "The question was asked over 30 days ago."),
        (status = 429, description = "The link, or those of one address, were called too often."),
    )
)]
pub(crate) async fn answer(
    asked: Asked,
    Tapped(tapped): Tapped,
    headers: HeaderMap,
    raw: axum::Extension<Raw>,
) -> Result<Response, Problem> {
    let kind = headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok()).unwrap_or_default();
    // The page's own form, which works without a script.
    if kind.starts_with("application/x-www-form-urlencoded") {
        let form = form(&raw.0.0)?;
        let answered = asked.record(form.rating.or(tapped), form.comment).await?.answer;
        let chosen = answered.as_ref().map(|answer| answer.rating);
        let thanks = format!("Thank you! You rated our help {} of 5.", chosen.map_or(0, Rating::number));
        return Ok(page(&thanks, chosen, answered.as_ref().and_then(|answer| answer.comment.as_deref())));
    }
    if !kind.starts_with("application/json") {
        return Err(Problem::NotJson);
    }
    let input: AnswerInput = parse(&raw.0.0)?;
    let answer = asked.record(input.rating.map(rating).transpose()?, input.comment).await?.answer;
    let rating = answer.as_ref().map(|answer| answer.rating.number());
    Ok(Body(Answered { rating, comment: answer.and_then(|answer| answer.comment) }).into_response())
}

/// What the page's form sends.
#[derive(Debug, PartialEq)]
struct Form {
    rating: Option<Rating>,
    comment: Option<String>,
}

/// Reads a form. If a field comes twice, the last one counts. Bytes that are not UTF-8 and NUL characters are 400.
fn form(body: &[u8]) -> Result<Form, Problem> {
    let unreadable = || Problem::Malformed("The form can't be read.".to_owned());
    let decoded = percent_encoding::percent_decode(body).decode_utf8().map_err(|_| unreadable())?;
    if decoded.contains('\0') {
        return Err(Problem::Malformed("Text must not contain NUL characters.".to_owned()));
    }
    let mut form = Form { rating: None, comment: None };
    for (name, value) in form_urlencoded::parse(body) {
        match name.as_ref() {
            "rating" if value.is_empty() => {}
            "rating" => form.rating = Some(rating(value.parse().map_err(|_| wrong_rating())?)?),
            "comment" => form.comment = Some(value.into_owned()),
            _ => {}
        }
    }
    Ok(form)
}

/// The page's only style. [`POLICY`] names it by its digest.
const STYLE: &str = ":root{color-scheme:light dark}\
    body{font:1rem/1.5 system-ui,sans-serif;max-width:30rem;margin:3rem auto;padding:0 1rem}\
    h1{font-size:1.5rem;line-height:1.3;margin:0;text-wrap:balance}\
    fieldset{border:0;padding:0;margin:1.5rem 0}legend{padding:0;margin-bottom:.5rem}\
    fieldset div{display:flex;gap:.5rem}\
    fieldset label{flex:1;display:flex;flex-direction:column;align-items:center;gap:.25rem;padding:.75rem 0;\
    border:1px solid GrayText;border-radius:.5rem;cursor:pointer}\
    fieldset label:has(:checked){border-color:CanvasText;box-shadow:0 0 0 1px CanvasText}\
    fieldset label:focus-within{outline:2px solid LinkText;outline-offset:3px}\
    input{margin:0}textarea{display:block;box-sizing:border-box;width:100%;margin-top:.5rem;padding:.5rem;font:inherit}\
    button{font:inherit;margin-top:1.5rem;padding:.5rem 1.5rem}";
/// What the browser allows the page: that style, and sending the form back here. No script runs, nothing is loaded from
/// elsewhere, and no other page may frame this one to have its button pressed unseen.
const POLICY: &str = "default-src 'none'; style-src 'sha256-iLUTC/JP+y6t9fPXr8lcjodHKVMYtOsnQBdNmHqEmT8='; form-action 'self'; base-uri 'none'; \
    frame-ancestors 'none'";

/// The page: a heading, and the form with the rating and comment so far. The page's address is the key to the answer, so the
/// browser must not pass it on as a referrer.
fn page(heading: &str, chosen: Option<Rating>, comment: Option<&str>) -> Response {
    let choice = |rating: Rating| {
        let (number, checked) = (rating.number(), if chosen == Some(rating) { " checked" } else { "" });
        format!("<label><input type=radio name=rating value={number} required{checked}>{number}</label>")
    };
    let choices: String = Rating::ALL.into_iter().map(choice).collect();
    let (heading, comment) = (escaped(heading), escaped(comment.unwrap_or_default()));
    let page = format!(
        "<!doctype html><html lang=en><meta charset=utf-8><meta name=viewport content=\"width=device-width,initial-scale=1\">\
         <title>Your rating</title><style>{STYLE}</style><body><h1>{heading}</h1><form method=post>\
         <fieldset><legend>1 is not at all, 5 is very.</legend><div>{choices}</div></fieldset>\
         <label>Is there anything that you would like to add?\
         <textarea name=comment rows=5 maxlength=2000>{comment}</textarea></label>\
         <button>Send</button></form></body></html>"
    );
    let headers = [
        (header::CONTENT_SECURITY_POLICY, POLICY),
        (header::CACHE_CONTROL, "no-store"),
        (header::REFERRER_POLICY, "no-referrer"),
        (header::X_FRAME_OPTIONS, "DENY"),
    ];
    (headers, Html(page)).into_response()
}

/// Text that is safe inside HTML, whatever a customer wrote.
fn escaped(text: &str) -> String {
    text.replace('&', "&amp;").replace('<', "&lt;").replace('>', "&gt;").replace('"', "&quot;")
}

#[cfg(test)]
mod tests {
    use base64::{Engine, engine::general_purpose::STANDARD};
    use http_body_util::BodyExt;

    use super::*;

    async fn text(page: Response) -> String {
        String::from_utf8(page.into_body().collect().await.unwrap().to_bytes().to_vec()).unwrap()
    }

    #[tokio::test]
    async fn no_comment_ends_its_field() {
        let page = text(page("Thanks", Some(Rating::ALL[0]), Some("</textarea><script>alert(1)</script>"))).await;
        assert!(!page.contains("<script") && page.contains("value=1 required checked"), "{page}");
        assert_eq!(page.matches(" checked").count(), 1);
    }

    #[test]
    fn the_policy_names_the_style() {
        let digest = STANDARD.encode(hex::decode(crypto::sha256_hex(STYLE.as_bytes())).unwrap());
        assert!(POLICY.contains(&format!("'sha256-{digest}'")), "{digest}");
    }

    #[test]
    fn a_form_is_text() {
        let five = Some(Rating::ALL[4]);
        let read = form(b"rating=5&comment=Quick+%26+kind%21%C3%A9&x=1").unwrap();
        assert_eq!(read, Form { rating: five, comment: Some("Quick & kind!é".into()) });
        assert_eq!(form(b"rating=&comment=").unwrap(), Form { rating: None, comment: Some(String::new()) });
        for bad in [b"comment=%FF".as_slice(), b"comment=\xff", b"comment=%00", b"x=%C3", b"rating=6", b"rating=x"] {
            assert!(form(bad).is_err(), "{bad:?}");
        }
    }
}
