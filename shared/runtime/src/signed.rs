//! Single signed calls of AWS's services, for functions that would use a small part of a service's SDK: the SDK of S3 alone would
//! be a third of the function that takes in mail.

use std::{sync::OnceLock, time::Duration, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::{Method, Request, StatusCode};
use http_body_util::{BodyExt, Full, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};

use crate::connect::Access;

/// How long a call may take, with its answer.
const LONGEST: Duration = Duration::from_secs(20);

/// A call of a service.
#[derive(Debug, Clone)]
pub struct Call<'a> {
    /// The service's name in signatures.
    pub service: &'static str,
    /// What is done.
    pub method: Method,
    /// The whole URL.
    pub url: String,
    /// Header fields beside those of the signature.
    pub fields: &'a [(&'static str, &'static str)],
    /// What is sent.
    pub body: Vec<u8>,
    /// The most bytes of the answer.
    pub largest: usize,
}

/// What a service answers.
#[derive(Debug, Clone)]
pub struct Answered {
    /// Whether it did what was asked.
    pub status: StatusCode,
    /// What it says.
    pub body: Vec<u8>,
}

/// Why there is no answer.
pub type NoAnswer = Box<dyn std::error::Error + Send + Sync>;

impl Call<'_> {
    /// Makes the call, once.
    pub async fn answer(self, access: &Access) -> Result<Answered, NoAnswer> {
        let largest = self.largest;
        let request = self.signed(access)?;
        let answer = async {
            let response = web()?.request(request).await?;
            let status = response.status();
            let body = Limited::new(response.into_body(), largest).collect().await?.to_bytes().to_vec();
            Ok(Answered { status, body })
        };
        tokio::time::timeout(LONGEST, answer).await.unwrap_or_else(|_| Err("it took too long".into()))
    }

    fn signed(self, access: &Access) -> Result<Request<Full<Bytes>>, NoAnswer> {
        let Self { service, method, url, fields, body, largest: _ } = self;
        let (id, secret, token) = access.credentials.clone();
        let identity = Credentials::new(id, secret, token, None, "environment").into();
        let mut settings = SigningSettings::default();
        // S3 wants the digest of the body as a header field, and signs paths as they are.
        if service == "s3" {
            settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
            settings.percent_encoding_mode = PercentEncodingMode::Single;
        }
        let settings = SigningParams::builder()
            .identity(&identity)
            .region(&access.region)
            .name(service)
            .time(SystemTime::now())
            .settings(settings)
            .build()?
            .into();
        let named = method.clone();
        let signable = SignableRequest::new(named.as_str(), url.clone(), fields.iter().copied(), SignableBody::Bytes(&body))?;
        let (instructions, _) = sign(signable, &settings)?.into_parts();
        let mut request = Request::builder().method(method).uri(url);
        for (name, value) in fields {
            request = request.header(*name, *value);
        }
        let mut request = request.body(Full::from(body))?;
        instructions.apply_to_request_http1x(&mut request);
        Ok(request)
    }
}

/// A client of HTTP.
pub type Web = Client<HttpsConnector<HttpConnector>, Full<Bytes>>;

/// The client of this process. It is made at the first call: this machine's certificates take a while to read. Only services on this machine are
/// called without TLS.
pub fn web() -> Result<&'static Web, NoAnswer> {
    static WEB: OnceLock<Web> = OnceLock::new();
    if let Some(web) = WEB.get() {
        return Ok(web);
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_or_http()
        .enable_http1()
        .build();
    Ok(WEB.get_or_init(|| Client::builder(TokioExecutor::new()).build(connector)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_signed_for_its_service() {
        let signed = |service, fields: &'static [(&'static str, &'static str)]| {
            let url = "https://mails.example.com/inbound/abc".to_owned();
            let call = Call { service, method: Method::GET, url, fields, body: Vec::new(), largest: 0 };
            call.signed(&Access::local()).unwrap()
        };
        let of_mail = signed("s3", &[]);
        let header = |name: &str| of_mail.headers()[name].to_str().unwrap().to_owned();
        assert!(header("authorization").contains("/us-east-1/s3/aws4_request"));
        assert!(header("authorization").contains("x-amz-content-sha256"));
        assert_eq!(header("x-amz-content-sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
        let of_function = signed("lambda", &[("x-amz-invocation-type", "Event")]);
        assert_eq!(of_function.headers()["x-amz-invocation-type"], "Event");
        assert!(of_function.headers()["authorization"].to_str().unwrap().contains("x-amz-invocation-type"));
    }
}
