//! The mails themselves: objects of a bucket on AWS, files in the desk's directory on a laptop.

use std::{path::PathBuf, sync::OnceLock, time::Duration, time::SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SigningSettings, sign},
    sign::v4::SigningParams,
};
use bytes::Bytes;
use http::Request;
use http_body_util::{BodyExt, Empty, Limited};
use hyper_rustls::{HttpsConnector, HttpsConnectorBuilder};
use hyper_util::{
    client::legacy::{Client, connect::HttpConnector},
    rt::TokioExecutor,
};
use lambdesk_runtime::connect::Access;

/// The largest mail that the service takes, with some room.
const LARGEST: usize = 45_000_000;
/// How long a mail may take to be read.
const LONGEST: Duration = Duration::from_secs(20);

/// Where the mails are.
#[derive(Clone)]
pub struct Mails(Place);

#[derive(Clone)]
enum Place {
    Directory(PathBuf),
    Bucket { access: Access, name: String },
}

/// A mail can't be had.
#[derive(Debug, thiserror::Error)]
#[error("the mail {key} can't be read: {reason}")]
pub struct NoMail {
    key: String,
    reason: String,
}

impl Mails {
    /// The files of a directory.
    pub const fn in_directory(directory: PathBuf) -> Self {
        Self(Place::Directory(directory))
    }

    /// The objects of a bucket of S3.
    pub const fn in_bucket(access: Access, name: String) -> Self {
        Self(Place::Bucket { access, name })
    }

    /// A mail as it came.
    pub(crate) async fn read(&self, key: &str) -> Result<Vec<u8>, NoMail> {
        let read = async {
            match &self.0 {
                Place::Directory(directory) => Ok(tokio::fs::read(directory.join(key)).await?),
                Place::Bucket { access, name } => get(access, name, key).await,
            }
        };
        let read: Result<_, Failure> =
            tokio::time::timeout(LONGEST, read).await.unwrap_or_else(|_| Err("it took too long".into()));
        read.map_err(|error| NoMail { key: key.to_owned(), reason: error.to_string() })
    }
}

type Failure = Box<dyn std::error::Error + Send + Sync>;

/// Gets an object. One signed call: the SDK of S3 would be a third of this function.
async fn get(access: &Access, bucket: &str, key: &str) -> Result<Vec<u8>, Failure> {
    let host = format!("{bucket}.s3.{}.amazonaws.com", access.region);
    let request = signed(access, Request::get(format!("https://{host}/{key}")).body(Empty::<Bytes>::new())?)?;
    let response = web()?.request(request).await?;
    if !response.status().is_success() {
        return Err(response.status().to_string().into());
    }
    let body = Limited::new(response.into_body(), LARGEST).collect().await?;
    Ok(body.to_bytes().to_vec())
}

fn signed(access: &Access, mut request: Request<Empty<Bytes>>) -> Result<Request<Empty<Bytes>>, Failure> {
    let (id, secret, token) = access.credentials.clone();
    let identity = Credentials::new(id, secret, token, None, "environment").into();
    let mut settings = SigningSettings::default();
    // S3 wants the digest of the body as a header field.
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    let settings = SigningParams::builder()
        .identity(&identity)
        .region(&access.region)
        .name("s3")
        .time(SystemTime::now())
        .settings(settings)
        .build()?
        .into();
    let url = request.uri().to_string();
    let signable = SignableRequest::new("GET", url, std::iter::empty(), SignableBody::Bytes(&[]))?;
    let (instructions, _) = sign(signable, &settings)?.into_parts();
    instructions.apply_to_request_http1x(&mut request);
    Ok(request)
}

type Web = Client<HttpsConnector<HttpConnector>, Empty<Bytes>>;

/// The client. It is made at the first call: this machine's certificates take a while to read.
fn web() -> Result<&'static Web, Failure> {
    static WEB: OnceLock<Web> = OnceLock::new();
    if let Some(web) = WEB.get() {
        return Ok(web);
    }
    let connector = HttpsConnectorBuilder::new()
        .with_provider_and_native_roots(rustls::crypto::ring::default_provider())?
        .https_only()
        .enable_http1()
        .build();
    Ok(WEB.get_or_init(|| Client::builder(TokioExecutor::new()).build(connector)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_call_is_signed_with_the_digest_of_its_body() {
        let request = Request::get("https://mails.s3.us-east-1.amazonaws.com/inbound/abc").body(Empty::new()).unwrap();
        let signed = signed(&Access::local(), request).unwrap();
        let header = |name: &str| signed.headers()[name].to_str().unwrap().to_owned();
        assert!(header("authorization").contains("/us-east-1/s3/aws4_request"));
        assert!(header("authorization").contains("x-amz-content-sha256"));
        assert_eq!(header("x-amz-content-sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }
}
