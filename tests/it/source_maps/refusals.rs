//! What is refused, and to whom.

use super::*;
use crate::support::desk;

#[track_caller]
fn said(reply: &Reply) -> &str {
    reply.json["detail"].as_str().unwrap_or_else(|| panic!("{}", reply.text))
}

#[tokio::test]
async fn what_is_wrong_with_a_map_is_said_and_nothing_is_kept() {
    let desk = desk().await;
    let with = |more: Value| {
        let mut map: Value = serde_json::from_str(&small("a.ts")).unwrap();
        map.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
        map.to_string()
    };
    let section = json!({"offset": {"line": 0, "column": 0}, "map": {"version": 3, "sections": []}});
    let cases: [(Vec<u8>, &str); 10] = [
        (b"".to_vec(), "The body is empty"),
        (b"{".to_vec(), "The map is not JSON: an error at line 1, column 1."),
        (b"[]".to_vec(), "it must be a JSON object"),
        (b"{}".to_vec(), "`version` must be 3."),
        (with(json!({"mappings": "AAAA!"})).into(), "`mappings` can't be decoded"),
        (with(json!({"mappings": "ACAA"})).into(), "`mappings` can't be decoded"),
        (with(json!({"mappings": "AADA"})).into(), "`mappings` has a position out of range."),
        (with(json!({"mappings": ";".repeat(2_000_001)})).into(), "over 2000000 positions"),
        (json!({"version": 3, "sections": [section]}).to_string().into(), "they lie in each other"),
        (gzip::zip(small("a.ts").as_bytes())[..40].to_vec(), "no gzip, or not the whole of it"),
    ];
    for (body, what) in cases {
        let headers = [("authorization", AGENT), ("content-type", "application/octet-stream")];
        let refused = desk.http.raw(Method::PUT, &format!("{MAPS}?chunk_id=c1"), &headers, body).await.expect(400);
        assert!(said(&refused).contains(what), "{what}: {}", said(&refused));
    }
    let bomb = put(&desk.http, "chunk_id=c1", gzip::zip(&vec![b' '; 32_000_001])).await.expect(413);
    let large = put(&desk.http, "chunk_id=c1", vec![b' '; 4_000_001]).await.expect(413);
    assert!(said(&bomb).contains("32 MB") && said(&large).contains("4 MB"), "{} {}", bomb.text, large.text);
    assert!([bomb, large].iter().all(|reply| said(reply).contains("trip `sourcesContent`")));
    for (query, attr) in [
        ("", json!(null)),
        ("chunk_id=", json!(null)),
        ("chunk_id=a&url=https://b.example/c.js", json!(null)),
        ("chunk_id=a%2Fb", json!("chunk_id")),
        ("url=app.js", json!("url")),
        ("url=https://b.example/%00", json!("url")),
    ] {
        assert_eq!(put(&desk.http, query, small("a.ts")).await.expect(400).json["attr"], attr, "{query}");
    }
    assert_eq!(list(&desk.http, "").await["count"], 0);
}

#[tokio::test]
async fn gzip_is_taken_under_any_content_type() {
    let desk = desk().await;
    let zipped = gzip::zip(small("a.ts").as_bytes());
    let send = async |headers: &[(&str, &str)], body: Vec<u8>| {
        let all: Vec<_> = [("authorization", AGENT)].into_iter().chain(headers.iter().copied()).collect();
        desk.http.raw(Method::PUT, &format!("{MAPS}?chunk_id=c1"), &all, body).await
    };
    for kind in ["application/json", "application/octet-stream", "application/gzip"] {
        send(&[("content-type", kind), ("content-encoding", "gzip")], zipped.clone()).await.expect(200);
    }
    send(&[], zipped).await.expect(200);
    let plain = || small("a.ts").into_bytes();
    send(&[("content-encoding", "identity")], plain()).await.expect(200);
    let refused = send(&[("content-encoding", "gzip")], plain()).await.expect(400);
    assert!(said(&refused).contains("no gzip"), "{}", refused.text);
    assert_eq!(send(&[("content-encoding", "br")], plain()).await.expect(400).json["attr"], "Content-Encoding");
    // What gzip becomes where something on the way takes it for text.
    let mangled = send(&[("content-encoding", "gzip")], b"\x1f\xef\xbf\xbd\x08".to_vec()).await.expect(400);
    assert!(said(&mangled).contains("application/octet-stream"), "{}", mangled.text);
}

#[tokio::test]
async fn nobody_else_may() {
    let desk = desk().await;
    let id = put(&desk.http, "chunk_id=c1", small("a.ts")).await.expect(200).json["id"].as_str().unwrap().to_owned();
    let reads = desk.key(json!({"label": "reads", "scopes": ["project:read"]})).await;
    let tickets = desk.key(json!({"label": "tickets", "scopes": ["ticket:write"]})).await;
    let map: Value = serde_json::from_str(&small("b.ts")).unwrap();
    let all = [
        (Method::GET, "/projects/1/source_maps/".to_owned(), Value::Null),
        (Method::PUT, "/projects/1/source_maps/?chunk_id=c1".to_owned(), map.clone()),
        (Method::DELETE, format!("/projects/1/source_maps/{id}/"), Value::Null),
    ];
    for (method, path, body) in all {
        let read = if method == Method::GET { 200 } else { 403 };
        desk.by(&reads, method.clone(), &path, body.clone()).await.expect(read);
        desk.by(&tickets, method.clone(), &path, body.clone()).await.expect(403);
        desk.by("phx_other", method.clone(), &path, body.clone()).await.expect(404);
        desk.by("phs_local", method.clone(), &path, body.clone()).await.expect(401);
        desk.http.call(method, &format!("/api{path}"), &[], body).await.expect(401);
    }
    let elsewhere = format!("/projects/2/source_maps/{id}/");
    desk.by("phx_other", Method::DELETE, &elsewhere, Value::Null).await.expect(404);
    for id in ["x", "../1", "0195f000-0000-7000-8000-000000000009"] {
        desk.admin(Method::DELETE, &format!("/projects/1/source_maps/{id}/"), Value::Null).await.expect(404);
    }
    assert_eq!(list(&desk.http, "").await["count"], 1);
    // The map of another project of the same script tells nothing here.
    delete(&desk.http, &id).await.expect(204);
    desk.by("phx_other", Method::PUT, &format!("/projects/2/source_maps/?chunk_id={CHUNK}"), map).await.expect(200);
    let ticket = failed(&desk).await;
    assert!(originals(&desk.http, &ticket).await.iter().all(Value::is_null));
}
