//! SQS's `SendMessage` to the queues of the bus, in SQS's JSON protocol.

use std::time::Duration;

use axum::{
    http::{StatusCode, header},
    response::{IntoResponse, Response},
};
use serde::Deserialize;
use serde_json::json;

use super::Core;

/// The longest delay, in seconds.
const LONGEST: i64 = 900;
/// The most bytes in a message.
const BYTES: usize = 1024 * 1024;

/// A message. Its other fields on AWS (attributes, groups) reach no function here, and are refused.
#[derive(Deserialize)]
#[serde(rename_all = "PascalCase", deny_unknown_fields)]
struct SendMessage {
    queue_url: String,
    message_body: String,
    #[serde(default)]
    delay_seconds: i64,
}

/// Why a message is refused. `kind` is the JSON protocol's error type; `code` is the error code of SQS's older protocol, by
/// which SDKs know the error.
pub(super) struct Failure {
    status: StatusCode,
    kind: &'static str,
    code: &'static str,
    message: String,
}

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self { status, kind, code, message } = self;
        let fault = if status.is_server_error() { "Receiver" } else { "Sender" };
        let body = json!({"__type": kind, "message": message}).to_string();
        (status, [(header::CONTENT_TYPE.as_str(), JSON), ("x-amzn-query-error", &format!("{code};{fault}"))], body)
            .into_response()
    }
}

const JSON: &str = "application/x-amz-json-1.0";

/// A queue's `QueueUrl`.
pub(super) fn url(endpoint: &str, queue: &str) -> String {
    format!("{endpoint}/000000000000/{queue}")
}

pub(super) async fn send_message(core: &Core, body: &[u8]) -> Result<Response, Failure> {
    let call: SendMessage = serde_json::from_slice(body).map_err(|error| Failure {
        status: StatusCode::BAD_REQUEST,
        kind: "com.amazon.coral.service#SerializationException",
        code: "SerializationException",
        message: error.to_string(),
    })?;
    let name = call.queue_url.rsplit('/').next().unwrap_or_default();
    let aside = core.rules.dead_letters.get(name);
    let queue = core.queues.get(aside.map_or(name, String::as_str)).ok_or_else(no_such_queue)?;
    let seconds = call.delay_seconds;
    let Some(delay) = u64::try_from(seconds).ok().filter(|_| seconds <= LONGEST) else {
        let reason = format!("DelaySeconds must be >= 0 and <= {LONGEST}.");
        return Err(invalid(format!("Value {seconds} for parameter DelaySeconds is invalid. Reason: {reason}")));
    };
    check(&call.message_body)?;
    let md5 = format!("{:x}", md5::compute(&call.message_body));
    // Nobody receives from a queue of dead letters, so the delay does not matter there.
    let sent = match aside {
        Some(_) => queue.send_aside(call.message_body).await,
        None => queue.send(call.message_body, Duration::from_secs(delay)).await,
    };
    let id = sent.map_err(|error| {
        tracing::error!(%error, "a message could not be written");
        let message = "We encountered an internal error. Please try again.".to_owned();
        let status = StatusCode::INTERNAL_SERVER_ERROR;
        Failure { status, kind: "com.amazonaws.sqs#InternalError", code: "InternalError", message }
    })?;
    let answer = json!({"MessageId": id, "MD5OfMessageBody": md5}).to_string();
    Ok(([(header::CONTENT_TYPE, JSON)], answer).into_response())
}

pub(super) fn unknown_action(target: &str) -> Failure {
    Failure {
        status: StatusCode::BAD_REQUEST,
        kind: "com.amazon.coral.service#UnknownOperationException",
        code: "InvalidAction",
        message: format!("{target:?} is not known here"),
    }
}

fn check(body: &str) -> Result<(), Failure> {
    if body.is_empty() {
        return Err(Failure {
            status: StatusCode::BAD_REQUEST,
            kind: "com.amazonaws.sqs#MissingParameter",
            code: "MissingParameter",
            message: "The request must contain the parameter MessageBody.".to_owned(),
        });
    }
    if body.len() > BYTES {
        return Err(invalid(format!("One or more parameters are invalid. Reason: Message must be shorter than {BYTES} bytes.")));
    }
    // The characters that XML 1.0 does not allow, because SQS's older protocol was XML.
    let refused = |it: char| (it < ' ' && !['\t', '\n', '\r'].contains(&it)) || ['\u{fffe}', '\u{ffff}'].contains(&it);
    if body.contains(refused) {
        return Err(Failure {
            status: StatusCode::BAD_REQUEST,
            kind: "com.amazonaws.sqs#InvalidMessageContents",
            code: "InvalidMessageContents",
            message: "Invalid characters found.".to_owned(),
        });
    }
    Ok(())
}

fn no_such_queue() -> Failure {
    Failure {
        status: StatusCode::BAD_REQUEST,
        kind: "com.amazonaws.sqs#QueueDoesNotExist",
        code: "AWS.SimpleQueueService.NonExistentQueue",
        message: "The specified queue does not exist.".to_owned(),
    }
}

fn invalid(message: String) -> Failure {
    Failure {
        status: StatusCode::BAD_REQUEST,
        kind: "com.amazonaws.sqs#InvalidParameterValue",
        code: "InvalidParameterValue",
        message,
    }
}
