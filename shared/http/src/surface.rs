//! The three APIs, and the JSON shape of an error in each (docs/decisions.md, 25).

use std::collections::BTreeMap;

use axum::{
    Json,
    http::{HeaderMap, HeaderValue, StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Serialize;
use utoipa::ToSchema;

use crate::problem::{ErrorType, Problem, Row};

/// Which API a response belongs to; each has its own shape of error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Surface {
    /// The agents' API, called with a personal API key.
    Agents,
    /// The customers' API, called with the public widget token. A missing credential is 403 here.
    Widget,
    /// The external API, called with the project's secret.
    External,
}

/// An error of the agents' API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct AgentsError {
    r#type: ErrorType,
    /// What is wrong, as one word for programs.
    code: &'static str,
    /// What is wrong, in a sentence.
    detail: String,
    /// The path of the wrong field or parameter, such as `tags[0]`; null if the request as a whole is wrong.
    #[schema(required)]
    attr: Option<String>,
}

/// An error of the customers' API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct WidgetError {
    error: String,
    /// What is wrong, by field.
    #[serde(skip_serializing_if = "Option::is_none")]
    #[schema(nullable = false)]
    details: Option<BTreeMap<String, Vec<String>>>,
}

/// An error of the external API.
#[derive(Debug, Serialize, ToSchema)]
pub(crate) struct ExternalError {
    #[schema(inline)]
    error: Reason,
}

/// What is wrong: a sentence, or sentences by field.
#[derive(Debug, Serialize, ToSchema)]
#[serde(untagged)]
enum Reason {
    Whole(String),
    Fields(BTreeMap<String, Vec<String>>),
}

impl Surface {
    pub(crate) fn status(self, problem: &Problem) -> StatusCode {
        match (self, problem) {
            (Self::Widget, Problem::Unauthenticated(_)) => StatusCode::FORBIDDEN,
            _ => problem.status(),
        }
    }

    fn body(self, problem: &Problem) -> Response {
        let detail = problem.to_string();
        let attr = if let Problem::Invalid { attr, .. } = problem { attr.clone() } else { None };
        match self {
            Self::Agents => {
                if let Problem::Overtaken(by) = problem
                    && let Some(body) = &by.body
                {
                    return Json(body).into_response();
                }
                let Row { kind, code, .. } = problem.row();
                Json(AgentsError { r#type: kind, code, detail, attr }).into_response()
            }
            Self::Widget => Json(match attr {
                Some(attr) => {
                    let details = Some(BTreeMap::from([(attr, vec![detail])]));
                    WidgetError { error: "Invalid request data".to_owned(), details }
                }
                None => WidgetError { error: detail, details: None },
            })
            .into_response(),
            Self::External => Json(ExternalError {
                error: match attr {
                    Some(attr) => Reason::Fields(BTreeMap::from([(attr, vec![detail])])),
                    None => Reason::Whole(detail),
                },
            })
            .into_response(),
        }
    }
}

/// Writes the body of a failed response in the shape of `surface`. Paths and methods that no route knows fail here too
/// (docs/decisions.md, 26). For `axum::middleware::map_response`.
pub async fn render(surface: Surface, mut response: Response) -> Response {
    let problem = match response.extensions().get::<Problem>() {
        Some(problem) => problem.clone(),
        // One of axum's own extractors refused the request, such as the one of query strings. Its text is not in this API's
        // shape.
        None if response.status() == StatusCode::BAD_REQUEST && !is_json(&response) && !is_page(&response) => {
            Problem::refused("The query string can't be read.")
        }
        None if has_body(&response) => return response,
        None => match response.status() {
            StatusCode::NOT_FOUND => Problem::NotFound("Not found."),
            StatusCode::METHOD_NOT_ALLOWED => Problem::MethodNotAllowed,
            _ => return response,
        },
    };
    let mut headers = std::mem::replace(response.headers_mut(), HeaderMap::new());
    headers.remove(header::CONTENT_LENGTH);
    headers.remove(header::CONTENT_TYPE);
    let status = surface.status(&problem);
    if status == StatusCode::UNAUTHORIZED {
        headers.insert(header::WWW_AUTHENTICATE, HeaderValue::from_static("Bearer"));
    }
    let mut rendered = (status, headers, surface.body(&problem)).into_response();
    rendered.extensions_mut().insert(problem);
    rendered
}

fn is_json(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"application/json"))
}

/// A page for people, whatever its status.
fn is_page(response: &Response) -> bool {
    response.headers().get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"text/html"))
}

fn has_body(response: &Response) -> bool {
    response.headers().contains_key(header::CONTENT_TYPE)
}

#[cfg(test)]
mod tests {
    use http_body_util::BodyExt;
    use serde_json::{Value, json};

    use super::*;

    async fn rendered(surface: Surface, problem: Problem) -> (u16, bool, Value) {
        let response = render(surface, problem.into_response()).await;
        let (status, asks) = (response.status().as_u16(), response.headers().contains_key(header::WWW_AUTHENTICATE));
        let body = response.into_body().collect().await.unwrap().to_bytes();
        (status, asks, serde_json::from_slice(&body).unwrap())
    }

    #[tokio::test]
    async fn each_surface_has_its_shape() {
        let field = || Problem::invalid("tags", "Is wrong.");
        let agents = json!({"type": "validation_error", "code": "invalid_input", "detail": "Is wrong.", "attr": "tags"});
        assert_eq!(rendered(Surface::Agents, field()).await, (400, false, agents));
        let widget = json!({"error": "Invalid request data", "details": {"tags": ["Is wrong."]}});
        assert_eq!(rendered(Surface::Widget, field()).await, (400, false, widget));
        assert_eq!(rendered(Surface::External, field()).await, (400, false, json!({"error": {"tags": ["Is wrong."]}})));
    }

    #[tokio::test]
    async fn only_a_401_asks_for_a_bearer_token() {
        let nobody = || Problem::Unauthenticated("Who?");
        let agents = json!({"type": "authentication_error", "code": "not_authenticated", "detail": "Who?", "attr": null});
        assert_eq!(rendered(Surface::Agents, nobody()).await, (401, true, agents));
        assert_eq!(rendered(Surface::Widget, nobody()).await, (403, false, json!({"error": "Who?"})));
        assert_eq!(rendered(Surface::External, nobody()).await, (401, true, json!({"error": "Who?"})));
        assert!(!rendered(Surface::Agents, Problem::Forbidden("No.")).await.1);
    }
}
