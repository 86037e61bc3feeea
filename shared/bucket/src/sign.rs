//! Signatures of version 4: of a call in its header fields, and of a link in its query.

use std::time::{Duration, SystemTime};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningParams,
        SigningSettings, UriPathNormalizationMode, sign,
    },
    sign::v4,
};
use aws_smithy_runtime_api::client::identity::Identity;
use http::Request;
use lambdesk_runtime::connect::Access;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};

/// Why something could not be signed or called.
pub(crate) type Reason = Box<dyn std::error::Error + Send + Sync>;

/// All but what a query may hold as it is.
const QUERY: &AsciiSet = &NON_ALPHANUMERIC.remove(b'-').remove(b'.').remove(b'_').remove(b'~');

/// A text as a value of a query.
pub(crate) fn encoded(text: &str) -> String {
    utf8_percent_encode(text, QUERY).to_string()
}

/// Signs a call. Its header fields are signed, and so is the digest of its body.
pub(crate) fn call<B>(access: &Access, request: &mut Request<B>, body: &[u8], at: SystemTime) -> Result<(), Reason> {
    let (identity, mut settings) = (identity(access), settings());
    // S3 wants the digest of the body as a header field.
    settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
    let url = request.uri().to_string();
    let headers: Vec<_> =
        request.headers().iter().map(|(name, value)| Ok((name.as_str(), value.to_str()?))).collect::<Result<_, Reason>>()?;
    let signable = SignableRequest::new(request.method().as_str(), url, headers.into_iter(), SignableBody::Bytes(body))?;
    let (instructions, _) = sign(signable, &params(&identity, &access.region, settings, at)?)?.into_parts();
    instructions.apply_to_request_http1x(request);
    Ok(())
}

/// An address that may be called in this way until `secs` seconds after `at`, with just these header fields.
pub(crate) fn link(
    access: &Access,
    method: &str,
    url: &str,
    headers: &[(&str, &str)],
    at: SystemTime,
    secs: u64,
) -> Result<String, Reason> {
    let (identity, mut settings) = (identity(access), settings());
    settings.signature_location = SignatureLocation::QueryParams;
    settings.expires_in = Some(Duration::from_secs(secs));
    let signable = SignableRequest::new(method, url, headers.iter().copied(), SignableBody::UnsignedPayload)?;
    let (instructions, _) = sign(signable, &params(&identity, &access.region, settings, at)?)?.into_parts();
    let mut request = Request::builder().method(method).uri(url).body(())?;
    instructions.apply_to_request_http1x(&mut request);
    Ok(request.uri().to_string())
}

fn settings() -> SigningSettings {
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    settings
}

/// Who signs.
fn identity(access: &Access) -> Identity {
    let (id, secret, token) = access.credentials.clone();
    Credentials::new(id, secret, token, None, "environment").into()
}

fn params<'a>(
    identity: &'a Identity,
    region: &'a str,
    settings: SigningSettings,
    at: SystemTime,
) -> Result<SigningParams<'a>, Reason> {
    let params = v4::SigningParams::builder().identity(identity).region(region).name("s3").time(at).settings(settings);
    Ok(params.build()?.into())
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The example of AWS's own documentation of links ("Authenticating Requests: Using Query Parameters").
    #[test]
    fn a_link_is_signed_as_the_documentation_shows() {
        let credentials = ("AKIAIOSFODNN7EXAMPLE".to_owned(), "wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY".to_owned(), None);
        let access = Access { region: "us-east-1".to_owned(), credentials };
        let at = SystemTime::UNIX_EPOCH + Duration::from_hours(380_376);
        let url = link(&access, "GET", "https://examplebucket.s3.amazonaws.com/test.txt", &[], at, 86400).unwrap();
        assert!(url.contains("X-Amz-Credential=AKIAIOSFODNN7EXAMPLE%2F20130524%2Fus-east-1%2Fs3%2Faws4_request"), "{url}");
        assert!(url.contains("aeeed9bbccd4d02ee5c0109b86d86835f995330da4c265957d157751f604d404"), "{url}");
    }

    #[test]
    fn a_call_is_signed_with_the_digest_of_its_body() {
        let url = "https://mails.s3.us-east-1.amazonaws.com/inbound/abc";
        let mut request = Request::put(url).header("content-type", "image/png").body(()).unwrap();
        call(&Access::local(), &mut request, b"", SystemTime::now()).unwrap();
        let header = |name: &str| request.headers()[name].to_str().unwrap().to_owned();
        assert!(header("authorization").contains("/us-east-1/s3/aws4_request"));
        assert!(header("authorization").contains("SignedHeaders=content-type;host;x-amz-content-sha256;x-amz-date"));
        assert_eq!(header("x-amz-content-sha256"), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    }

    #[test]
    fn an_upload_is_of_the_size_that_was_announced() {
        let headers = [("content-length", "7"), ("content-type", "application/octet-stream")];
        let url =
            link(&Access::local(), "PUT", "http://127.0.0.1:9000/files/pending/1", &headers, SystemTime::now(), 60).unwrap();
        assert!(url.contains("X-Amz-SignedHeaders=content-length%3Bcontent-type%3Bhost"), "{url}");
    }
}
