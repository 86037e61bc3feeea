//! Calls of the identity provider: no redirects, 3 s each, 1 MB of answer at most.

use std::{sync::OnceLock, time::Duration};

use bytes::Bytes;
use http_body_util::{BodyExt, Full, LengthLimitError, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use openidconnect::{HttpRequest, HttpResponse};

/// How long a call may take.
const LONGEST: Duration = Duration::from_secs(3);
/// The largest answer, in bytes.
const LARGEST: usize = 1_000_000;

/// Why a call has no answer.
#[derive(Debug, thiserror::Error)]
pub enum Failed {
    /// This machine does not say whom to trust.
    #[error("this machine's certificates can't be read: {0}")]
    Certificates(String),
    /// There is no connection.
    #[error("the provider can't be reached: {0}")]
    Unreachable(#[from] hyper_util::client::legacy::Error),
    /// The answer did not come in time.
    #[error("the provider took longer than 3 s")]
    TooSlow,
    /// The answer is too long, or broken off.
    #[error("the provider's answer is over 1 MB, or broken off")]
    Unreadable,
}

type Web = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// Makes one call.
pub async fn fetch(request: HttpRequest) -> Result<HttpResponse, Failed> {
    let answer = async {
        let response = web()?.request(request.map(|body| Full::new(Bytes::from(body)))).await?;
        let (parts, body) = response.into_parts();
        let body = Limited::new(body, LARGEST).collect().await.map_err(|error| {
            tracing::warn!(too_long = error.is::<LengthLimitError>(), "the provider's answer can't be read");
            Failed::Unreadable
        })?;
        Ok(HttpResponse::from_parts(parts, body.to_bytes().to_vec()))
    };
    tokio::time::timeout(LONGEST, answer).await.unwrap_or(Err(Failed::TooSlow))
}

/// The client. It is made at the first call: this machine's certificates take a while to read.
fn web() -> Result<&'static Web, Failed> {
    static WEB: OnceLock<Web> = OnceLock::new();
    if let Some(web) = WEB.get() {
        return Ok(web);
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())
        .map_err(|error| Failed::Certificates(error.to_string()))?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(WEB.get_or_init(|| Client::builder(TokioExecutor::new()).build(connector)))
}
