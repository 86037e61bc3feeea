//! What every build serves; without a page those tests have nothing to look at, and say so.

use axum::{
    body::Body,
    http::{Method, Request, StatusCode},
};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::*;

async fn ask(routes: Router, method: Method, path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    let mut request = Request::builder().method(method).uri(path);
    for (name, value) in headers {
        request = request.header(*name, *value);
    }
    let response = routes.oneshot(request.body(Body::empty()).unwrap()).await.unwrap();
    let (parts, body) = response.into_parts();
    (parts.status, parts.headers, body.collect().await.unwrap().to_bytes().to_vec())
}

async fn get_from(path: &str, headers: &[(&str, &str)]) -> (StatusCode, HeaderMap, Vec<u8>) {
    ask(routes(None), Method::GET, path, headers).await
}

/// The page's files; none where this build was told to leave the page out.
fn built() -> &'static [File] {
    assert!(is_built() || std::env::var("LAMBDESK_PAGE").is_ok_and(|page| page == "skip"), "{:?}", files::LEFT_OUT);
    files::FILES
}

#[tokio::test]
async fn every_place_of_the_page_is_the_page_and_may_run_nothing_else() {
    if built().is_empty() {
        return;
    }
    for path in ["/inbox", "/inbox/1", "/inbox/1/t/12", "/inbox/auth/nothing", "/inbox/1/v/Ab3.x"] {
        let (status, headers, body) = get_from(path, &[]).await;
        assert_eq!(
            (status, &headers[header::CONTENT_TYPE]),
            (StatusCode::OK, &"text/html; charset=utf-8".parse().unwrap()),
            "{path}"
        );
        assert_eq!(headers[header::CACHE_CONTROL], "no-cache", "{path}");
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], CONTENT_SECURITY_POLICY, "{path}");
        assert_eq!(headers[header::X_CONTENT_TYPE_OPTIONS], "nosniff", "{path}");
        assert_eq!(headers[header::REFERRER_POLICY], "no-referrer", "{path}");
        assert!(!headers.contains_key(header::STRICT_TRANSPORT_SECURITY), "plain HTTP");
        assert!(String::from_utf8(body).unwrap().to_lowercase().starts_with("<!doctype html>"), "{path}");
    }
}

#[tokio::test]
async fn a_build_without_the_page_says_why_in_its_place() {
    let response = index_of(None, Some("It needs npm."), &HeaderMap::new());
    assert_eq!(response.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(response.into_body().collect().await.unwrap().to_bytes(), "It needs npm.");
}

#[tokio::test]
async fn the_policy_allows_nothing_inline_and_no_other_host() {
    for part in CONTENT_SECURITY_POLICY.split("; ") {
        assert!(!part.contains("unsafe") && !part.contains("http") && !part.contains('*'), "{part}");
    }
    assert!(CONTENT_SECURITY_POLICY.starts_with("default-src 'none'; "));
    for file in built().iter().filter(|file| file.path == "index.html") {
        let html = std::str::from_utf8(file.plain).unwrap();
        assert!(!html.contains("style=") && !html.contains("<style"), "inline style");
        for script in html.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains("src="), "inline script");
        }
    }
}

#[tokio::test]
async fn hashed_files_are_kept_and_come_as_small_as_the_browser_takes_them() {
    for file in built().iter().filter(|file| file.path.starts_with("assets/")) {
        let path = format!("/inbox/{}", file.path);
        for (accepted, encoding, bytes) in [
            ("gzip, deflate, br, zstd", file.brotli.map(|_| "br"), file.brotli.unwrap_or(file.plain)),
            ("br;q=0, gzip", file.gzip.map(|_| "gzip"), file.gzip.unwrap_or(file.plain)),
            ("identity", None, file.plain),
        ] {
            let (status, headers, body) = get_from(&path, &[("accept-encoding", accepted)]).await;
            assert_eq!((status, &body[..]), (StatusCode::OK, bytes), "{path} {accepted}");
            let told = headers.get(header::CONTENT_ENCODING).map(|encoding| encoding.to_str().unwrap());
            assert_eq!((told, &headers[header::VARY]), (encoding, &"accept-encoding".parse().unwrap()), "{path} {accepted}");
            assert_eq!(headers[header::CACHE_CONTROL], KEEP, "{path}");
        }
        let (status, _, body) = get_from(&path, &[("if-none-match", &format!("\"x\", W/{}", file.etag))]).await;
        assert_eq!((status, body.len()), (StatusCode::NOT_MODIFIED, 0), "{path}");
    }
}

#[tokio::test]
async fn an_asset_that_an_older_page_names_is_not_found() {
    for path in ["/inbox/assets/index-0000.js", "/inbox/assets/../index.html", "/static/none.js", "/static/../index.html"] {
        let (status, _, body) = get_from(path, &[]).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}: {}", String::from_utf8_lossy(&body));
    }
}

#[tokio::test]
async fn any_site_may_load_the_sdk_and_none_the_page() {
    if built().is_empty() {
        return;
    }
    let (status, headers, _) = get_from("/static/array.js", &[("origin", "https://shop.example")]).await;
    assert_eq!((status, &headers[header::ACCESS_CONTROL_ALLOW_ORIGIN]), (StatusCode::OK, &"*".parse().unwrap()));
    assert_eq!(headers[header::CACHE_CONTROL], CHECK);
    let (_, headers, _) = get_from("/inbox", &[("origin", "https://shop.example")]).await;
    assert!(!headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
}

#[tokio::test]
async fn another_host_of_the_sdk_wins() {
    let routes = || routes(Some("https://cdn.example/sdk/".to_owned()));
    let (status, headers, _) = ask(routes(), Method::GET, "/static/array.js?v=1", &[]).await;
    assert_eq!(
        (status, &headers[header::LOCATION]),
        (StatusCode::TEMPORARY_REDIRECT, &"https://cdn.example/sdk/static/array.js?v=1".parse().unwrap())
    );
}

#[tokio::test]
async fn the_desks_address_leads_to_the_page_and_nothing_is_written_here() {
    let (status, headers, _) = get_from("/", &[]).await;
    assert_eq!((status, &headers[header::LOCATION]), (StatusCode::TEMPORARY_REDIRECT, &"/inbox".parse().unwrap()));
    let (status, headers, body) = ask(routes(None), Method::POST, "/inbox", &[]).await;
    assert_eq!((status, &headers[header::ALLOW]), (StatusCode::METHOD_NOT_ALLOWED, &"GET,HEAD".parse().unwrap()));
    assert_eq!(body[0], b'{', "the API's own shape");
    if !built().is_empty() {
        let (status, _, body) = ask(routes(None), Method::HEAD, "/inbox", &[]).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 0));
    }
}
