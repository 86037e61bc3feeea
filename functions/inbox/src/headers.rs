//! What browsers may do with the page. A support desk shows strangers' words, so nothing but the page's own files may run.

use axum::{
    extract::Request,
    http::{HeaderMap, HeaderName, HeaderValue, header},
    middleware::Next,
    response::Response,
};
use lambda_http::request::RequestContext;
use lambdesk_http::edge::Public;

/// No script, style or picture of anybody else, nothing inline, no frame around the page, and no string that becomes markup but
/// by the page's own library (Trusted Types).
pub const CONTENT_SECURITY_POLICY: &str = "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data: blob:; \
    font-src 'self'; connect-src 'self'; manifest-src 'self'; base-uri 'none'; form-action 'self'; frame-ancestors 'none'; \
    require-trusted-types-for 'script'; trusted-types svelte-trusted-html";

const PAGE: [(HeaderName, &str); 5] = [
    (header::CONTENT_SECURITY_POLICY, CONTENT_SECURITY_POLICY),
    // An address of the page names a ticket. Links to elsewhere don't carry it.
    (header::REFERRER_POLICY, "no-referrer"),
    (
        HeaderName::from_static("permissions-policy"),
        "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    ),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
];

/// The headers of the page and its files.
pub(crate) async fn for_the_page(request: Request, next: Next) -> Response {
    // API Gateway answers on https only. On one's own machine it is plain HTTP.
    let encrypted = request.extensions().get::<RequestContext>().is_some();
    let mut response = next.run(request).await;
    insert(response.headers_mut(), &PAGE);
    if encrypted {
        insert(response.headers_mut(), &[(header::STRICT_TRANSPORT_SECURITY, "max-age=31536000")]);
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

fn insert(headers: &mut HeaderMap, all: &[(HeaderName, &'static str)]) {
    for (name, value) in all {
        headers.insert(name, HeaderValue::from_static(value));
    }
}
