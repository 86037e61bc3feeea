//! Signed calls of services for which a whole SDK would be too much: Lambda and the table's stream.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::{HeaderMap, Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambdesk_runtime::{
    causes::causes,
    connect::{Access, BadEnvironment, endpoint},
};

use crate::Failure;

/// How long an answer may take. A function works while its caller waits.
const LONGEST: Duration = Duration::from_mins(5);

/// Who calls.
pub(crate) struct Caller {
    access: Access,
    web: Client<HttpsConnector<HttpConnector>, Full<Bytes>>,
}

/// A call.
pub(crate) struct Call<'a> {
    /// The service's name in signatures.
    pub(crate) service: &'a str,
    pub(crate) url: String,
    pub(crate) headers: Vec<(&'static str, String)>,
    pub(crate) body: String,
}

/// What came back.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Bytes,
}

impl Caller {
    pub(crate) fn new(access: Access) -> Result<Self, Failure> {
        let connector = HttpsConnectorBuilder::new()
            .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
            .https_or_http()
            .enable_http1()
            .build();
        Ok(Self { access, web: Client::builder(TokioExecutor::new()).build(connector) })
    }

    /// The address of a service: what the environment's variable says, or else the region's own.
    pub(crate) fn endpoint(&self, variable: &'static str, host: &str) -> Result<String, BadEnvironment> {
        let own = || format!("https://{host}.{}.amazonaws.com", self.access.region);
        Ok(endpoint(variable)?.map_or_else(own, |url| url.trim_end_matches('/').to_owned()))
    }

    pub(crate) async fn post(&self, call: Call<'_>) -> Result<Answer, Failure> {
        let url = call.url.clone();
        let asked = async {
            let request = signed(&self.access, call)?;
            let response = self.web.request(request).await?;
            let (parts, body) = response.into_parts();
            let body = body.collect().await?.to_bytes();
            Ok::<_, Trouble>(Answer { status: parts.status, headers: parts.headers, body })
        };
        let asked = tokio::time::timeout(LONGEST, asked).await.unwrap_or_else(|_| Err("it took too long".into()));
        asked.map_err(|error| Failure::refused(format!("{url} does not answer: {}", causes(error.as_ref()))))
    }
}

type Trouble = Box<dyn std::error::Error + Send + Sync>;

fn signed(access: &Access, call: Call<'_>) -> Result<Request<Full<Bytes>>, Trouble> {
    let Call { service, url, headers, body } = call;
    let (id, secret, token) = access.credentials.clone();
    let identity = Credentials::new(id, secret, token, None, "environment").into();
    let settings = SigningParams::builder()
        .identity(&identity)
        .region(&access.region)
        .name(service)
        .time(SystemTime::now())
        .settings(SigningSettings::default())
        .build()?
        .into();
    let named = headers.iter().map(|(name, value)| (*name, value.as_str()));
    let signable = SignableRequest::new("POST", &url, named, SignableBody::Bytes(body.as_bytes()))?;
    let (instructions, _) = sign(signable, &settings)?.into_parts();
    let mut request = Request::post(&url);
    for (name, value) in &headers {
        request = request.header(*name, value);
    }
    let mut request = request.body(Full::new(Bytes::from(body)))?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}
