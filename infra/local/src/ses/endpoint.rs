//! The endpoint that the ordinary SDK calls: `SendEmail` of SES's API, with a raw mail and nothing else.

use axum::{
    Json, Router,
    body::Bytes,
    extract::{DefaultBodyLimit, State},
    http::StatusCode,
    response::{IntoResponse, Response},
    routing::post,
};
use base64::{Engine, engine::general_purpose::STANDARD};
use serde::Deserialize;
use serde_json::json;

use super::{Fault, Outgoing, Ses};

/// The most bytes of a mail.
const LARGEST: usize = 40 * 1024 * 1024;
/// The most recipients of a mail.
const RECIPIENTS: usize = 50;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendEmail {
    from_email_address: Option<String>,
    destination: Destination,
    content: Content,
    #[serde(default)]
    email_tags: Vec<Tag>,
    configuration_set_name: Option<String>,
}

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct Destination {
    #[serde(rename = "ToAddresses", default)]
    to: Vec<String>,
    #[serde(rename = "CcAddresses", default)]
    cc: Vec<String>,
    #[serde(rename = "BccAddresses", default)]
    bcc: Vec<String>,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Content {
    raw: Raw,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Raw {
    data: String,
}

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct Tag {
    name: String,
    value: String,
}

/// An error in the words of the service.
struct Failure(StatusCode, &'static str, String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, kind, message) = self;
        (status, [("x-amzn-errortype", kind)], Json(json!({"message": message}))).into_response()
    }
}

pub(super) fn routes(ses: Ses) -> Router {
    Router::new()
        .route("/v2/email/outbound-emails", post(send))
        // The call's own bound is that of a mail.
        .layer(DefaultBodyLimit::disable())
        .with_state(ses)
}

async fn send(State(ses): State<Ses>, body: Bytes) -> Response {
    let mail = match read(&body) {
        Ok(mail) => mail,
        Err(failure) => return failure.into_response(),
    };
    let fault = ses.0.faults.of(&mail);
    match fault {
        Some(Fault::Throttle) => {
            return Failure(
                StatusCode::TOO_MANY_REQUESTS,
                "TooManyRequestsException",
                "Maximum sending rate exceeded.".to_owned(),
            )
            .into_response();
        }
        Some(Fault::Unavailable) => {
            return Failure(StatusCode::SERVICE_UNAVAILABLE, "ServiceUnavailable", "injected".to_owned()).into_response();
        }
        Some(Fault::Reject) => return refused("MessageRejected", "Email address is not verified.").into_response(),
        Some(Fault::LoseAnswer | Fault::LoseAll | Fault::LoseEvents) | None => {}
    }
    let is_told = !matches!(fault, Some(Fault::LoseAll | Fault::LoseEvents));
    match ses.take(&mail, is_told).await {
        Ok(_) if matches!(fault, Some(Fault::LoseAnswer | Fault::LoseAll)) => broken(),
        Ok(id) => Json(json!({"MessageId": id})).into_response(),
        Err(error) => {
            tracing::error!(%error, "a mail could not be kept");
            Failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalFailure", error.to_string()).into_response()
        }
    }
}

/// An answer whose body ends before its length: the caller can't know what it was.
fn broken() -> Response {
    let cut = futures_util::stream::once(async { Err::<Bytes, _>(std::io::Error::other("injected")) });
    axum::body::Body::from_stream(cut).into_response()
}

fn read(body: &[u8]) -> Result<Outgoing, Failure> {
    let call: SendEmail = serde_json::from_slice(body).map_err(|error| refused("BadRequestException", &error.to_string()))?;
    let SendEmail { from_email_address, destination, content, email_tags, configuration_set_name } = call;
    let Destination { to, cc, bcc } = destination;
    let raw = STANDARD.decode(content.raw.data).map_err(|error| refused("BadRequestException", &error.to_string()))?;
    let recipients: Vec<_> = to.into_iter().chain(cc).chain(bcc).collect();
    if raw.len() > LARGEST || !(1..=RECIPIENTS).contains(&recipients.len()) {
        return Err(refused("BadRequestException", "A mail has at most 40 MB, and 1 to 50 recipients."));
    }
    let is_name = |text: &str| !text.is_empty() && text.bytes().all(|byte| byte.is_ascii_alphanumeric() || b"_-".contains(&byte));
    if email_tags.iter().any(|tag| !is_name(&tag.name) || !is_name(&tag.value)) {
        return Err(refused("BadRequestException", "A tag is of letters, digits, - and _."));
    }
    Ok(Outgoing {
        from: from_email_address.ok_or_else(|| refused("BadRequestException", "Who sends it?"))?,
        recipients,
        raw,
        tags: email_tags.into_iter().map(|Tag { name, value }| (name, value)).collect(),
        configuration_set: configuration_set_name,
    })
}

fn refused(kind: &'static str, message: &str) -> Failure {
    Failure(StatusCode::BAD_REQUEST, kind, message.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_read_as_the_sdk_sends_it() {
        let call = |change: &dyn Fn(&mut serde_json::Value)| {
            let mut call = json!({
                "FromEmailAddress": "demo@desk.test", "Destination": {"ToAddresses": ["ada@example.com"], "BccAddresses": ["b@c.de"]},
                "Content": {"Raw": {"Data": STANDARD.encode("Subject: hi\r\n\r\nhi")}}, "EmailTags": [{"Name": "p", "Value": "1"}],
                "ConfigurationSetName": "desk",
            });
            change(&mut call);
            read(call.to_string().as_bytes()).map_err(|Failure(status, kind, _)| (status.as_u16(), kind))
        };
        let mail = call(&|_| {}).unwrap();
        assert_eq!((mail.recipients.len(), mail.tag("p"), mail.raw.len()), (2, Some("1"), 17));
        let bad = Err((400, "BadRequestException"));
        assert_eq!(call(&|call| call["EmailTags"][0]["Value"] = json!("a b")).map(|_| ()), bad);
        assert_eq!(call(&|call| call["Destination"] = json!({})).map(|_| ()), bad);
        assert_eq!(call(&|call| call["Content"] = json!({"Simple": {}})).map(|_| ()), bad, "only raw mails are known here");
    }
}
