//! What browsers may do with the page. A support desk shows strangers' words, so nothing but the page's own files may run.

use axum::{
    extract::{Request, State},
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use lambda_http::request::RequestContext;
use lambdesk_http::edge::Public;

use crate::Origins;

/// No script or style of anybody else, no picture but of the bucket of files, nothing inline, no frame around the page and none in
/// it but the player of recordings, and no string that becomes markup but by the page's own library (Trusted Types). Files are
/// sent to the bucket itself.
pub(crate) fn policy(player: &Origins, files: &Origins) -> String {
    let bucket: Vec<_> = std::iter::once("").chain(files.all().iter().map(String::as_str)).collect();
    let bucket = bucket.join(" ");
    format!(
        "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:{bucket}; font-src 'self'; \
         connect-src 'self'{bucket}; manifest-src 'self'; frame-src {}; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
         require-trusted-types-for 'script'; trusted-types svelte-trusted-html",
        player.as_sources()
    )
}

const PAGE: [(HeaderName, &str); 4] = [
    // An address of the page names a ticket. Links to elsewhere don't carry it.
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The player may use nothing of the browser, and asks nobody for the address of a link's host before it is followed.
pub(crate) const PLAYER: [(HeaderName, &str); 6] = [
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "accelerometer=(), autoplay=(), camera=(), clipboard-read=(), clipboard-write=(), display-capture=(), \
         encrypted-media=(), fullscreen=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), \
         picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), storage-access=(), usb=(), \
         xr-spatial-tracking=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (HeaderName::from_static("origin-agent-cluster"), "?1"),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
];

/// API Gateway answers on https only. On one's own machine it is plain HTTP.
pub(crate) const ENCRYPTED: (HeaderName, &str) = (header::STRICT_TRANSPORT_SECURITY, "max-age=31536000");

pub(crate) fn is_encrypted(request: &Request) -> bool {
    request.extensions().get::<RequestContext>().is_some()
}

/// The headers of the page and its files, under this policy.
pub(crate) async fn for_the_page(State(policy): State<HeaderValue>, request: Request, next: Next) -> Response {
    let encrypted = is_encrypted(&request);
    let mut response = next.run(request).await;
    response.headers_mut().insert(header::CONTENT_SECURITY_POLICY, policy);
    insert(response.headers_mut(), &PAGE);
    if encrypted {
        insert(response.headers_mut(), &[ENCRYPTED]);
    }
    response
}

/// The headers of posthog-js, which customers' sites load. Caches may keep its files. A 404 is not kept, because the file may
/// appear later.
pub(crate) async fn for_any_site(mut response: Response) -> Response {
    let status = response.status();
    if status.is_success() || status.is_redirection() {
        response.extensions_mut().insert(Public);
    }
    insert(
        response.headers_mut(),
        &[(header::ACCESS_CONTROL_ALLOW_ORIGIN, "*"), (HeaderName::from_static("cross-origin-resource-policy"), "cross-origin")],
    );
    response
}

pub(crate) fn insert(headers: &mut HeaderMap, all: &[(HeaderName, &'static str)]) {
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
