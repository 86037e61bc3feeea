//! What every route has in common: which bodies it reads, what caches may store, and where links lead.

use std::{fs, os::unix::fs::PermissionsExt, time::Duration};

use lambdesk_local::Options;
use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};
use uuid::Uuid;

use crate::{
    program::Program,
    support::{AGENT, desk, desk_on, desk_with},
};

const JSON: (&str, &str) = ("content-type", "application/json");
const TICKETS: &str = "/api/projects/1/conversations/tickets/";
const SEND: &str = "/api/conversations/v1/widget/message";

fn everyone(path: &str) -> [(&'static str, &'static str); 2] {
    let machine = path.contains("/external/");
    [("authorization", if machine { "Bearer phs_local" } else { AGENT }), ("x-conversations-token", "wgt_local")]
}

#[tokio::test]
async fn what_is_not_utf_8_is_no_json_on_any_route() {
    let desk = desk().await;
    let document = desk.http.call(Method::GET, "/api/openapi.json", &[], Value::Null).await.expect(200).json;
    let (id, mut tried) = (desk.tickets().create(json!({})).id().await, 0);
    for (path, operations) in document["paths"].as_object().unwrap() {
        for (method, _) in operations.as_object().unwrap().iter().filter(|(method, _)| *method != "get") {
            let mut path = path.replace("{project_id}", "1").replace("{id}", &id);
            while let (Some(start), Some(end)) = (path.find('{'), path.find('}')) {
                path.replace_range(start..=end, &Uuid::now_v7().to_string());
            }
            let headers = [everyone(&path).as_slice(), &[JSON]].concat();
            let method = Method::from_bytes(method.to_uppercase().as_bytes()).unwrap();
            let refused = desk.http.raw(method.clone(), &path, &headers, b"{\"x\": \"\xff\"}".to_vec()).await;
            assert_eq!(refused.status, 400, "{method} {path} {}", refused.text);
            assert!(refused.text.contains("not UTF-8"), "{method} {path} {}", refused.text);
            tried += 1;
        }
    }
    assert!(tried > 30, "{tried}");
    assert_eq!(desk.tickets().get(&id).await["id"], id, "nothing was done");
}

#[tokio::test]
async fn what_is_passed_over_must_be_text_as_well() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let (ticket, external) = (format!("{TICKETS}{id}/"), format!("/api/conversations/external/ticket/{id}"));
    let utf16: Vec<u8> = "\u{feff}{\"x\": 1}".encode_utf16().flat_map(u16::to_le_bytes).collect();
    let bodies: [&[u8]; 7] = [
        b"{\"x\": \"\xff\"}",
        b"{\"\xc3\x28\": 1}",
        b"{\"x\": [{\"y\": \"\xed\xa0\x80\"}]}",
        br#"{"x": "\ud800"}"#,
        br#"{"x": {"y": ["\udc00\ud800"]}}"#,
        br#"{"x": "a\u0000b"}"#,
        &utf16,
    ];
    for body in bodies {
        for path in [&ticket, "/api/projects/1/", &external] {
            let refused = desk.http.raw(Method::PATCH, path, &[everyone(path).as_slice(), &[JSON]].concat(), body.to_vec()).await;
            assert_eq!(refused.status, 400, "{path} {body:?} {}", refused.text);
        }
    }
    let whole = br#"{"x": "\ud83e\udd8a \\ud800"}"#;
    let headers = [everyone(&ticket).as_slice(), &[JSON]].concat();
    desk.http.raw(Method::PATCH, &ticket, &headers, whole.to_vec()).await.expect(200);
    // A parameter whose bytes are no text is ignored, like any unknown parameter.
    for query in ["search=%FF", "x=%C3", "%ff=1", "search=100%", "x=%C3%A9", "x=%zz"] {
        desk.tickets().list(query).await;
    }
}

#[tokio::test]
async fn every_preflight_of_the_widget_allows_what_the_sdk_sends() {
    let desk = desk().await;
    let id = Uuid::now_v7();
    for path in ["message", "tickets", &format!("messages/{id}"), &format!("messages/{id}/read"), "nothing"] {
        for (method, asked) in [
            ("GET", "x-conversations-token"),
            ("POST", "content-type,x-conversations-token"),
            ("GET", "x-of-the-page"),
            ("GET", ""),
        ] {
            let asks = [
                ("origin", "https://shop.example.com"),
                ("access-control-request-method", method),
                ("access-control-request-headers", asked),
            ];
            let asks = if asked.is_empty() { &asks[..2] } else { &asks };
            let path = format!("/api/conversations/v1/widget/{path}");
            let preflight = desk.http.call(Method::OPTIONS, &path, asks, Value::Null).await.expect(200);
            let allowed = preflight.header("access-control-allow-headers").unwrap().to_lowercase();
            for header in ["content-type", "x-conversations-token", "idempotency-key", asked] {
                assert!(allowed.contains(header), "{path} {asked}: {allowed}");
            }
            assert_eq!(preflight.header("access-control-allow-origin"), Some("*"));
        }
    }
}

#[tokio::test]
async fn no_cache_keeps_what_is_private() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let thread = format!("/api/conversations/v1/widget/messages/{id}?widget_session_id={}", visitor.session);
    for (method, path, status) in [
        (Method::GET, TICKETS, 200),
        (Method::GET, "/api/projects/1/", 200),
        (Method::GET, "/api/personal_api_keys/", 200),
        (Method::GET, &thread, 200),
        (Method::HEAD, &thread, 200),
        (Method::POST, SEND, 400),
        (Method::GET, "/api/conversations/v1/widget/tickets", 400),
        (Method::GET, &format!("/api/conversations/external/ticket/{id}"), 200),
        (Method::OPTIONS, SEND, 200),
        (Method::GET, "/nothing", 404),
        (Method::GET, "/api/conversations/v1/widget/nothing", 404),
        (Method::DELETE, TICKETS, 405),
        (Method::GET, "/array/unknown/config", 404),
        (Method::GET, "/static/nothing.js", 404),
        (Method::GET, "/_local/events?project_id=1", 200),
        (Method::GET, "/demo", 200),
    ] {
        let reply = desk.http.call(method.clone(), path, &everyone(path), Value::Null).await;
        assert_eq!(reply.status, status, "{method} {path}");
        let told = (reply.header("cache-control"), reply.header("x-content-type-options"));
        assert_eq!(told, (Some("no-store"), Some("nosniff")), "{method} {path}");
    }
    for (path, cached) in [
        ("/array/phc_local/config", Some("no-cache")),
        ("/array/phc_local/config.js", Some("no-cache")),
        ("/api/openapi.json", None),
    ] {
        let reply = desk.http.call(Method::GET, path, &[], Value::Null).await.expect(200);
        assert_eq!((reply.header("cache-control"), reply.header("x-content-type-options")), (cached, Some("nosniff")), "{path}");
    }
}

#[tokio::test]
async fn the_sdks_own_files_may_be_kept() {
    let files = tempfile::tempdir().unwrap();
    fs::write(files.path().join("array.js"), "1").unwrap();
    let program = Program::start(None, &["--static", files.path().to_str().unwrap()]);
    let file = program.http.call(Method::GET, "/static/array.js", &[], Value::Null).await.expect(200);
    assert_eq!((file.header("cache-control"), file.header("x-content-type-options")), (None, Some("nosniff")));
    let none = program.http.call(Method::GET, "/static/nothing.js", &[], Value::Null).await.expect(404);
    assert_eq!(none.header("cache-control"), Some("no-store"));
}

#[tokio::test]
async fn links_lead_to_the_desk_whatever_a_caller_says() {
    let desk = desk().await;
    for _ in 0..3 {
        desk.tickets().create(json!({})).await;
    }
    let evil = [
        ("authorization", AGENT),
        ("host", "evil.example.com"),
        ("x-forwarded-proto", "https"),
        ("x-forwarded-host", "evil.example.com"),
        ("forwarded", "host=evil.example.com;proto=https"),
    ];
    let base = desk.http.url("/");
    for path in [TICKETS, "/api/projects/1/conversations/workflows/gallery/"] {
        let page = desk.http.call(Method::GET, &format!("{path}?limit=1"), &evil, Value::Null).await.expect(200).json;
        let next = page["next"].as_str().unwrap();
        assert!(next.starts_with(&base), "{next}");
        let on = desk.http.call(Method::GET, next, &evil, Value::Null).await.expect(200).json;
        assert!(on["previous"].as_str().is_some_and(|link| link.starts_with(&base)), "{on}");
    }
}

#[tokio::test]
async fn links_begin_with_the_address_that_is_configured() {
    let program = Program::start(None, &["--public-url", "https://desk.example.com/support/"]);
    let path = "/api/projects/1/conversations/workflows/gallery/";
    let page = program.http.call(Method::GET, &format!("{path}?limit=1"), &[("authorization", AGENT)], Value::Null).await;
    let next = page.expect(200).json["next"].as_str().unwrap().to_owned();
    assert_eq!(next, format!("https://desk.example.com/support{path}?limit=1&offset=1"));
}

/// A reply that fits in a ticket is also accepted with an idempotency key, although as JSON it may be six times as long.
#[tokio::test]
async fn the_same_reply_is_taken_with_a_key_and_without() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({})).id().await;
    let reply = async |body: &Value, key: Option<&str>| {
        let key = key.map(|key| ("idempotency-key", key));
        let headers: Vec<_> = [("authorization", AGENT)].into_iter().chain(key).collect();
        desk.http.call(Method::POST, &format!("{TICKETS}{id}/reply/"), &headers, body.clone()).await
    };
    // Characters that JSON escapes, and formatting up to the limit of a whole message.
    let random: String = (0..50_000).map(|_| char::from(fastrand::u8(1..32))).collect();
    let text = format!("a{}z", &random[2..]);
    let full: String = std::iter::repeat_with(|| fastrand::char('\u{10000}'..='\u{10FFFF}')).take(74_000).collect();
    for (n, body) in [
        json!({"message": format!("x{}x", "\u{1}".repeat(49_990))}),
        json!({"message": text}),
        json!({"message": text, "rich_content": {"t": full}}),
        json!({"message": "\"".repeat(50_000), "rich_content": {"t": full}}),
        json!({"message": text, "rich_content": {"t": full}, "is_private": true}),
        json!({"message": "\u{1F600}".repeat(50_000), "rich_content": {"t": "\u{1F600}".repeat(37_000)}}),
    ]
    .iter()
    .enumerate()
    {
        let bytes = body.to_string().len();
        let key = format!("a{n}");
        let keyed = reply(body, Some(&key)).await;
        assert_eq!(keyed.status, 201, "{n}: {bytes} bytes with a key: {}", &keyed.text[..keyed.text.len().min(200)]);
        let again = reply(body, Some(&key)).await.expect(201);
        assert_eq!((again.text == keyed.text, again.header("idempotent-replayed")), (true, Some("true")), "{n}");
        let retried = reply(body, None).await.expect(200);
        assert_eq!(retried.json["id"], keyed.json["id"], "{n}: the same within two minutes is a retry");
        let second = reply(body, Some(&format!("b{n}"))).await.expect(201);
        assert_ne!(second.json["id"], keyed.json["id"], "{n}: two keys are two effects");
    }
    let other = json!({"message": format!("b{}", &text[1..]), "rich_content": {"t": full}});
    let first = reply(&other, None).await.expect(201);
    assert_ne!(reply(&other, Some("c")).await.expect(201).json["id"], first.json["id"], "a key is an effect of its own");
}

#[tokio::test]
async fn what_is_kept_is_for_nobody_else_on_the_machine() {
    let place = tempfile::tempdir().unwrap();
    let data = place.path().join("desk");
    let modes = |data: &std::path::Path| {
        let mode = |path: &std::path::Path| fs::metadata(path).unwrap().permissions().mode() & 0o777;
        let (files, directories) = beneath(data);
        assert!(files.len() >= 3, "{files:?}");
        for directory in directories {
            assert_eq!(mode(&directory), 0o700, "{}", directory.display());
        }
        for file in files {
            assert_eq!(mode(&file), 0o600, "{}", file.display());
        }
    };
    for _ in 0..2 {
        let desk = desk_on(&data).await;
        desk.tickets().create(json!({"message": "q"})).await;
        desk.http.drain().await;
        modes(&data);
        desk.stop().await;
        modes(&data);
        // Modes as an earlier version may have left them.
        let (files, directories) = beneath(&data);
        for (paths, mode) in [(files, 0o644), (directories, 0o755)] {
            for path in paths {
                fs::set_permissions(path, fs::Permissions::from_mode(mode)).unwrap();
            }
        }
    }
}

/// All files of a directory, and itself with all directories in it.
fn beneath(directory: &std::path::Path) -> (Vec<std::path::PathBuf>, Vec<std::path::PathBuf>) {
    let (mut files, mut directories) = (Vec::new(), vec![directory.to_owned()]);
    for entry in fs::read_dir(directory).unwrap().map(Result::unwrap) {
        if entry.file_type().unwrap().is_dir() {
            let (more_files, more_directories) = beneath(&entry.path());
            files.extend(more_files);
            directories.extend(more_directories);
        } else {
            files.push(entry.path());
        }
    }
    (files, directories)
}

/// A client cannot hold a connection for as long as it likes.
#[tokio::test]
async fn who_sends_headers_byte_by_byte_loses_the_connection_and_keeps_nobody_else_waiting() {
    let desk = desk_with(Options { patience: Some(Duration::from_secs(2)), ..Options::default() }).await;
    let mut slow = TcpStream::connect(desk.running.address).await.unwrap();
    slow.write_all(b"GET /_local/health HTTP/1.1\r\n").await.unwrap();
    let (mut reading, mut writing) = slow.into_split();
    let dripping = tokio::spawn(async move {
        while writing.write_all(b"x-more: y\r\n").await.is_ok() {
            tokio::time::sleep(Duration::from_millis(200)).await;
        }
    });
    desk.http.call(Method::GET, "/_local/health", &[], Value::Null).await.expect(200);
    let mut answered = Vec::new();
    let ended = tokio::time::timeout(Duration::from_mins(1), reading.read_to_end(&mut answered)).await;
    assert!(ended.is_ok(), "the connection is still open");
    dripping.abort();
    assert!(!answered.starts_with(b"HTTP/1.1 200"), "{answered:?}");
}
