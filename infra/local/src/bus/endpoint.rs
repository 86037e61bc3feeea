//! The endpoint that the ordinary SDK calls, in AWS's JSON protocol. It knows EventBridge's `PutEvents` and SQS's
//! `SendMessage`, and nothing else.

use std::sync::Arc;

use axum::{
    Router,
    body::Bytes,
    extract::State,
    http::{HeaderMap, StatusCode, header},
    response::{IntoResponse, Response},
    routing::post,
};
use serde::Deserialize;
use serde_json::{Value, json};

use super::{
    Core,
    entry::{Entry, Refusal},
    faults::Fault,
    sqs,
};

/// The most entries in a call.
const MOST: usize = 10;
/// The most bytes in a call.
const BYTES: usize = 256 * 1024;

#[derive(Deserialize)]
#[serde(rename_all = "PascalCase")]
struct PutEvents {
    entries: Vec<Entry>,
}

/// A call that failed as a whole.
struct Failure(StatusCode, &'static str, String);

impl IntoResponse for Failure {
    fn into_response(self) -> Response {
        let Self(status, kind, message) = self;
        answer(status, &json!({"__type": kind, "message": message}))
    }
}

pub(super) fn routes(core: Arc<Core>) -> Router {
    Router::new().route("/", post(call)).with_state(core)
}

async fn call(State(core): State<Arc<Core>>, headers: HeaderMap, body: Bytes) -> Response {
    let target = headers.get("x-amz-target").and_then(|target| target.to_str().ok()).unwrap_or_default();
    match target {
        "AWSEvents.PutEvents" => put_events(&core, &body).await.into_response(),
        "AmazonSQS.SendMessage" => sqs::send_message(&core, &body).await.into_response(),
        _ if target.starts_with("AmazonSQS.") => sqs::unknown_action(target).into_response(),
        _ => refused("UnknownOperationException", format!("{target:?} is not known here")).into_response(),
    }
}

async fn put_events(bus: &Arc<Core>, body: &[u8]) -> Result<Response, Failure> {
    let call: PutEvents = serde_json::from_slice(body).map_err(|error| refused("SerializationException", error.to_string()))?;
    if !(1..=MOST).contains(&call.entries.len()) {
        return Err(refused("ValidationException", format!("a call has 1 to {MOST} entries")));
    }
    if call.entries.iter().map(Entry::size).sum::<usize>() > BYTES {
        return Err(refused("ValidationException", "Total size of the entries in the request is over the limit.".to_owned()));
    }
    take(bus, &call.entries).await
}

async fn take(bus: &Arc<Core>, entries: &[Entry]) -> Result<Response, Failure> {
    let faults: Vec<_> = entries.iter().map(|entry| bus.faults.of(entry)).collect();
    if faults.contains(&Some(Fault::FailCall)) {
        return Err(failed("injected"));
    }
    let mut results = Vec::new();
    let mut events = Vec::new();
    for (entry, fault) in entries.iter().zip(&faults) {
        let event = match fault {
            Some(Fault::RefuseEntry(code)) => Err(Refusal { code, message: "injected".to_owned() }),
            _ => bus.event(entry),
        };
        results.push(match event {
            Ok(event) => {
                let result = json!({"EventId": event["id"]});
                events.push(event);
                result
            }
            Err(refusal) => json!({"ErrorCode": refusal.code, "ErrorMessage": refusal.message}),
        });
    }
    let refused = entries.len() - events.len();
    bus.publish(events).await.map_err(|error| {
        tracing::error!(%error, "events could not be written");
        failed("events could not be written")
    })?;
    if faults.contains(&Some(Fault::LoseAnswer)) {
        return Err(failed("injected"));
    }
    Ok(answer(StatusCode::OK, &json!({"FailedEntryCount": refused, "Entries": results})))
}

fn refused(kind: &'static str, message: String) -> Failure {
    Failure(StatusCode::BAD_REQUEST, kind, message)
}

fn failed(message: &str) -> Failure {
    Failure(StatusCode::INTERNAL_SERVER_ERROR, "InternalException", message.to_owned())
}

fn answer(status: StatusCode, body: &Value) -> Response {
    (status, [(header::CONTENT_TYPE, "application/x-amz-json-1.1")], body.to_string()).into_response()
}
