//! What the function asks of the function that takes in mail.

use std::{future::Future, pin::Pin, sync::Arc};

use http::{Method, StatusCode};
use lambdesk_http::Problem;
use lambdesk_runtime::{
    connect::Access,
    signed::{Call, NoAnswer},
};
use serde_json::Value;

/// The most bytes of an answer.
const LARGEST: usize = 100_000;

type Handed = Pin<Box<dyn Future<Output = Result<(), NoAnswer>> + Send>>;

/// Hands an event to the function that takes in mail. Once this is done, the event is not lost.
pub type HandOver = Arc<dyn Fn(Value) -> Handed + Send + Sync>;

/// Hands events to a function of Lambda, which keeps them until it is done.
pub fn to_lambda(access: Access, function: &str) -> HandOver {
    let url = format!("https://lambda.{}.amazonaws.com/2015-03-31/functions/{function}/invocations", access.region);
    Arc::new(move |event| {
        let (access, url) = (access.clone(), url.clone());
        Box::pin(async move {
            let fields = &[("content-type", "application/json"), ("x-amz-invocation-type", "Event")];
            let body = event.to_string().into_bytes();
            let call = Call { service: "lambda", method: Method::POST, url, fields, body, largest: LARGEST };
            let answer = call.answer(&access).await?;
            if answer.status == StatusCode::ACCEPTED { Ok(()) } else { Err(answer.status.to_string().into()) }
        })
    })
}

pub(crate) const fn away(cause: String) -> Problem {
    Problem::Unavailable { cause }
}
