//! Who has signed a call or a link. The signature is made again from what arrived, and has to be the same.

use std::{
    borrow::Cow,
    time::{Duration, SystemTime},
};

use aws_credential_types::Credentials;
use aws_sigv4::{
    http_request::{
        PayloadChecksumKind, PercentEncodingMode, SignableBody, SignableRequest, SignatureLocation, SigningSettings,
        UriPathNormalizationMode, sign,
    },
    sign::v4::SigningParams,
};
use axum::http::request::Parts;
use chrono::NaiveDateTime;
use lambdesk_http::body::query_value;
use lambdesk_runtime::{connect::Access, crypto::sha256_hex};

/// How far the clock of whoever signs a call may be from this one.
const SKEW: Duration = Duration::from_mins(15);
/// What a signer adds to a query.
const ADDED: &str = "X-Amz-";
/// What a signer adds to the header fields of a call.
const OWN: [&str; 3] = ["host", "x-amz-date", "x-amz-content-sha256"];

type Refused = &'static str;

/// What a signature says of itself.
struct Said {
    /// `<key>/<day>/<region>/s3/aws4_request`.
    credential: String,
    headers: String,
    signature: String,
    at: SystemTime,
}

/// The key that signed a request, all of whose keys have one secret.
pub(super) fn signer(parts: &Parts, body: &[u8], secret: &str, now: SystemTime) -> Result<String, Refused> {
    let query = parts.uri.query().unwrap_or_default();
    let asked = |name: &str| query_value(query, name).map(Cow::into_owned);
    let is_link = asked("X-Amz-Signature").is_some();
    let said = if is_link { of_link(&asked) } else { of_call(parts) }.ok_or("there is no signature")?;
    let mut settings = SigningSettings::default();
    settings.percent_encoding_mode = PercentEncodingMode::Single;
    settings.uri_path_normalization_mode = UriPathNormalizationMode::Disabled;
    let hash = sha256_hex(body);
    let body = if is_link {
        let secs = asked("X-Amz-Expires").and_then(|secs| secs.parse().ok()).ok_or("it has no end")?;
        let lasts = Duration::from_secs(secs);
        if now.duration_since(said.at).unwrap_or_default() > lasts {
            return Err("the link has expired");
        }
        settings.signature_location = SignatureLocation::QueryParams;
        settings.expires_in = Some(lasts);
        SignableBody::UnsignedPayload
    } else {
        let apart = now.duration_since(said.at).or_else(|_| said.at.duration_since(now)).unwrap_or_default();
        if apart > SKEW {
            return Err("the clocks differ");
        }
        settings.payload_checksum_kind = PayloadChecksumKind::XAmzSha256;
        SignableBody::Precomputed(hash)
    };
    let key = said.credential.split('/').next().unwrap_or_default().to_owned();
    let made = signature(parts, &said, settings, (&key, secret), body).ok_or("it can't be signed")?;
    if made == said.signature { Ok(key) } else { Err("the signature is of something else") }
}

fn of_link(asked: &dyn Fn(&str) -> Option<String>) -> Option<Said> {
    Some(Said {
        credential: asked("X-Amz-Credential")?,
        headers: asked("X-Amz-SignedHeaders")?,
        signature: asked("X-Amz-Signature")?,
        at: time(&asked("X-Amz-Date")?)?,
    })
}

fn of_call(parts: &Parts) -> Option<Said> {
    let header = |name: &str| parts.headers.get(name)?.to_str().ok();
    let fields = header("authorization")?.strip_prefix("AWS4-HMAC-SHA256 ")?;
    let field = |name: &str| fields.split(", ").find_map(|field| field.strip_prefix(name)).map(str::to_owned);
    Some(Said {
        credential: field("Credential=")?,
        headers: field("SignedHeaders=")?,
        signature: field("Signature=")?,
        at: time(header("x-amz-date")?)?,
    })
}

fn time(text: &str) -> Option<SystemTime> {
    let at = NaiveDateTime::parse_from_str(text, "%Y%m%dT%H%M%SZ").ok()?.and_utc();
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(at.timestamp().try_into().ok()?))
}

/// The signature of what arrived.
fn signature(
    parts: &Parts,
    said: &Said,
    settings: SigningSettings,
    (key, secret): (&str, &str),
    body: SignableBody<'_>,
) -> Option<String> {
    let query = parts.uri.query().unwrap_or_default();
    let own: Vec<_> = query.split('&').filter(|pair| !pair.is_empty() && !pair.starts_with(ADDED)).collect();
    let mark = if own.is_empty() { "" } else { "?" };
    let host = parts.headers.get("host")?.to_str().ok()?;
    let url = format!("http://{host}{}{mark}{}", parts.uri.path(), own.join("&"));
    let names = said.headers.split(';').filter(|name| !OWN.contains(name));
    let headers = names.map(|name| Some((name, parts.headers.get(name)?.to_str().ok()?))).collect::<Option<Vec<_>>>()?;
    let identity = Credentials::new(key, secret, None, None, "local").into();
    let region = Access::local().region;
    let params = SigningParams::builder().identity(&identity).region(&region).name("s3").time(said.at).settings(settings);
    let params = params.build().ok()?.into();
    let signable = SignableRequest::new(parts.method.as_str(), url, headers.into_iter(), body).ok()?;
    Some(sign(signable, &params).ok()?.into_parts().1)
}

#[cfg(test)]
mod tests {
    use axum::http::Request;
    use lambdesk_bucket::Bucket;

    use super::*;

    fn bucket() -> Bucket {
        let credentials = ("TicketsFunction".to_owned(), "local".to_owned(), None);
        Bucket::at("http://127.0.0.1:9000", Access { credentials, ..Access::local() }, "files")
    }

    fn signed(method: &str, url: &str, headers: &[(&str, &str)], now: SystemTime) -> Result<String, Refused> {
        let uri = url.strip_prefix("http://127.0.0.1:9000").unwrap();
        let mut request = Request::builder().method(method).uri(uri).header("host", "127.0.0.1:9000");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        signer(&request.body(()).unwrap().into_parts().0, b"1234567", "local", now)
    }

    #[test]
    fn a_link_is_for_one_object_and_a_while() {
        let now = SystemTime::now();
        let link = bucket().link("p/1/a").unwrap().url;
        assert_eq!(signed("GET", &link, &[], now).as_deref(), Ok("TicketsFunction"));
        assert_eq!(signed("PUT", &link, &[], now), Err("the signature is of something else"));
        assert_eq!(signed("GET", &link.replace("p/1/a", "p/1/b"), &[], now), Err("the signature is of something else"));
        assert_eq!(
            signed("GET", &link.replace("Expires=900", "Expires=9000"), &[], now),
            Err("the signature is of something else")
        );
        assert_eq!(signed("GET", &link, &[], now + Duration::from_secs(902)), Err("the link has expired"));
        assert_eq!(signed("GET", "http://127.0.0.1:9000/files/p/1/a", &[], now), Err("there is no signature"));
    }

    #[test]
    fn an_upload_is_as_it_was_announced() {
        let upload = bucket().upload("pending/1/a", "a.pdf", 7).unwrap();
        let mut headers: Vec<_> = upload.headers.iter().map(|(name, value)| (*name, value.as_str())).collect();
        headers.push(("content-length", "7"));
        let now = SystemTime::now();
        assert_eq!(signed("PUT", &upload.link.url, &headers, now).as_deref(), Ok("TicketsFunction"));
        headers.pop();
        assert!(signed("PUT", &upload.link.url, &headers, now).is_err(), "no length");
        headers.push(("content-length", "8"));
        assert!(signed("PUT", &upload.link.url, &headers, now).is_err(), "another length");
    }
}
