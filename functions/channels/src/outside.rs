//! What the function asks of others: the function that takes in mail, and the service that knows which domains may be sent from.

use std::{future::Future, pin::Pin, sync::Arc};

use http::{Method, StatusCode};
use lambdesk_http::Problem;
use lambdesk_runtime::{
    connect::Access,
    signed::{Call, NoAnswer},
};
use serde_json::{Value, json};

/// The most bytes of an answer.
const LARGEST: usize = 100_000;

type Handed = Pin<Box<dyn Future<Output = Result<(), NoAnswer>> + Send>>;

/// Hands an event to the function that takes in mail. Once this is done, the event is not lost.
pub type HandOver = Arc<dyn Fn(Value) -> Handed + Send + Sync>;

/// The service that knows which domains may be sent from: SES.
#[derive(Clone)]
pub struct Identities {
    access: Access,
    endpoint: String,
}

/// What is known of a domain.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(crate) struct Identity {
    /// Whether the desk may send from it.
    pub(crate) verified: bool,
    /// The names of the DNS records that it needs for that.
    pub(crate) dkim: Vec<String>,
}

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

impl Identities {
    /// SES of this region; `endpoint` replaces its own.
    pub fn new(access: Access, endpoint: Option<String>) -> Self {
        let endpoint = endpoint.unwrap_or_else(|| format!("https://email.{}.amazonaws.com", access.region));
        Self { access, endpoint }
    }

    /// What is known of a domain. A domain that the service does not know yet is made known to it.
    pub(crate) async fn of(&self, domain: &str) -> Result<Identity, Problem> {
        let found = match self.call(Method::GET, &format!("/{domain}"), None).await? {
            (StatusCode::NOT_FOUND, _) => self.call(Method::POST, "", Some(json!({"EmailIdentity": domain}))).await?,
            found => found,
        };
        let (status, known) = found;
        if !status.is_success() {
            return Err(away(format!("SES answers {status} of {domain}")));
        }
        let tokens = known["DkimAttributes"]["Tokens"].as_array().into_iter().flatten();
        Ok(Identity {
            verified: known["VerifiedForSendingStatus"] == true,
            dkim: tokens.filter_map(Value::as_str).map(str::to_owned).collect(),
        })
    }

    async fn call(&self, method: Method, path: &str, body: Option<Value>) -> Result<(StatusCode, Value), Problem> {
        let url = format!("{}/v2/email/identities{path}", self.endpoint);
        let body = body.map(|body| body.to_string().into_bytes()).unwrap_or_default();
        let fields = &[("content-type", "application/json")];
        let call = Call { service: "ses", method, url, fields, body, largest: LARGEST };
        let answer = call.answer(&self.access).await.map_err(|error| away(error.to_string()))?;
        Ok((answer.status, serde_json::from_slice(&answer.body).unwrap_or_default()))
    }
}

pub(crate) const fn away(cause: String) -> Problem {
    Problem::Unavailable { cause }
}
