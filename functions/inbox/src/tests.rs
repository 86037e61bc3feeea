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
    ask(routes(None, &place(), &bucket()), Method::GET, path, headers).await
}

/// Where the bucket of files is.
fn bucket() -> Origins {
    "https://files.example".parse().unwrap()
}

/// Where the player of recordings is.
fn place() -> Origins {
    "https://player.example".parse().unwrap()
}

async fn of_player(path: &str) -> (StatusCode, HeaderMap, Vec<u8>) {
    let inbox = "https://desk.example.com http://127.0.0.1:8000".parse().unwrap();
    ask(player(&inbox, &"https://files.example".parse().unwrap()), Method::GET, path, &[]).await
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
        assert_eq!(headers[header::CONTENT_SECURITY_POLICY], headers::policy(&place(), &bucket()), "{path}");
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
    let policy = headers::policy(&place(), &bucket());
    for part in policy.split("; ") {
        let part = part.strip_suffix(" https://player.example").filter(|part| *part == "frame-src").unwrap_or(part);
        let part = part
            .strip_suffix(" https://files.example")
            .filter(|part| part.starts_with("img-src") || *part == "connect-src 'self'")
            .unwrap_or(part);
        assert!(!part.contains("unsafe") && !part.contains("http") && !part.contains('*'), "{part}");
    }
    assert!(policy.starts_with("default-src 'none'; ") && policy.contains("frame-src https://player.example;"));
    assert!(
        headers::policy(&Origins::default(), &Origins::default())
            .contains("connect-src 'self'; manifest-src 'self'; frame-src 'none';")
    );
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
    let routes = || routes(Some("https://cdn.example/sdk/".to_owned()), &Origins::default(), &Origins::default());
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
    let (status, headers, body) = ask(routes(None, &place(), &bucket()), Method::POST, "/inbox", &[]).await;
    assert_eq!((status, &headers[header::ALLOW]), (StatusCode::METHOD_NOT_ALLOWED, &"GET,HEAD".parse().unwrap()));
    assert_eq!(body[0], b'{', "the API's own shape");
    if !built().is_empty() {
        let (status, _, body) = ask(routes(None, &place(), &bucket()), Method::HEAD, "/inbox", &[]).await;
        assert_eq!((status, body.len()), (StatusCode::OK, 0));
    }
}

#[tokio::test]
async fn the_page_is_told_where_the_player_is() {
    let (status, headers, body) = get_from("/inbox/player.json", &[]).await;
    assert_eq!((status, &body[..]), (StatusCode::OK, &br#"{"origins":["https://player.example"]}"#[..]));
    assert_eq!(headers[header::CONTENT_TYPE], "application/json");
}

/// What the player's policy says of one kind.
fn directive<'a>(policy: &'a str, name: &str) -> Option<&'a str> {
    policy.split("; ").find_map(|part| part.strip_prefix(name)?.strip_prefix(' '))
}

#[tokio::test]
async fn only_the_inbox_frames_the_player_which_fetches_nothing() {
    if built().is_empty() {
        return;
    }
    let (still, opens) =
        ("allow-scripts allow-same-origin", "allow-scripts allow-same-origin allow-popups allow-popups-to-escape-sandbox");
    for (path, pictures, sandbox) in [
        ("/player", "data:", still),
        ("/player-with-pictures", "https: data:", still),
        ("/mail", "https://files.example data:", opens),
        ("/mail-with-pictures", "https://files.example https: data:", opens),
    ] {
        let (status, headers, body) = of_player(path).await;
        assert_eq!((status, &headers[header::CACHE_CONTROL]), (StatusCode::OK, &CHECK.parse().unwrap()), "{path}");
        let policy = headers[header::CONTENT_SECURITY_POLICY].to_str().unwrap();
        assert!(policy.starts_with("default-src 'none'; "), "{policy}");
        assert_eq!(directive(policy, "frame-ancestors"), Some("https://desk.example.com http://127.0.0.1:8000"));
        assert_eq!(directive(policy, "sandbox"), Some(sandbox));
        assert_eq!((directive(policy, "script-src"), directive(policy, "img-src")), (Some("'self'"), Some(pictures)), "{path}");
        for nothing in ["connect-src", "frame-src", "worker-src", "media-src"] {
            assert_eq!(directive(policy, nothing), None, "{nothing} is the default, none");
        }
        assert_eq!(headers["referrer-policy"], "no-referrer");
        assert!(!headers.contains_key(header::SET_COOKIE) && !headers.contains_key(header::ACCESS_CONTROL_ALLOW_ORIGIN));
        let html = String::from_utf8(body).unwrap();
        assert!(html.contains(r#"content="https://desk.example.com http://127.0.0.1:8000""#), "{html}");
        for script in html.split("<script").skip(1) {
            assert!(script.split('>').next().unwrap().contains("src="), "inline script");
        }
    }
}

#[tokio::test]
async fn the_player_and_the_page_serve_nothing_of_each_other() {
    for path in ["/", "/inbox", "/static/array.js", "/inbox/player.json", "/assets/none.js", "/player/x", "/index.html"] {
        let (status, headers, _) = of_player(path).await;
        assert_eq!(status, StatusCode::NOT_FOUND, "{path}");
        assert!(!headers.contains_key(header::SET_COOKIE), "{path}");
    }
    for file in files::PLAYER.iter().filter(|file| file.path.starts_with("assets/")) {
        let (status, headers, body) = of_player(&format!("/{}", file.path)).await;
        assert_eq!((status, &body[..], &headers[header::CACHE_CONTROL]), (StatusCode::OK, file.plain, &KEEP.parse().unwrap()));
        assert_eq!(get_from(&format!("/inbox/{}", file.path), &[]).await.0, StatusCode::NOT_FOUND, "{}", file.path);
    }
}
