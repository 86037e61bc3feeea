//! Uploading, listing, replacing and removing.

use std::collections::HashMap;

use aws_sdk_dynamodb::types::AttributeValue;

use super::*;
use crate::{
    sessions,
    support::{desk, desk_at},
    table::{Table, text},
};

#[tokio::test]
async fn maps_are_listed_newest_first_and_paged() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let url = put(&desk.http, "url=https://shop.example/a.js?v=1", small("a.ts")).await.expect(200).json;
    time.pass(60);
    let chunk = put(&desk.http, "chunk_id=c1", small("b.ts")).await.expect(200).json;
    assert_eq!(json!([url["url"], url["chunk_id"]]), json!(["https://shop.example/a.js", null]));
    assert_eq!(json!([chunk["url"], chunk["chunk_id"], chunk["size"]]), json!([null, "c1", small("b.ts").len()]));
    assert!(chunk["uploaded_at"].as_str().unwrap().starts_with("2026-03-02T10:01:00"), "{chunk}");
    assert!(chunk["expires_at"].as_str().unwrap().starts_with("2026-05-31T10:01:00"), "{chunk}");
    let all = list(&desk.http, "").await;
    assert_eq!(json!([all["count"], all["results"], all["next"]]), json!([2, [chunk, url], null]));
    let first = list(&desk.http, "?limit=1").await;
    assert_eq!(first["results"], json!([chunk]));
    let next = first["next"].as_str().unwrap();
    let second = desk.http.call(Method::GET, next, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
    assert_eq!(json!([second["results"], second["next"]]), json!([[url], null]));

    let id = chunk["id"].as_str().unwrap();
    delete(&desk.http, id).await.expect(204);
    delete(&desk.http, id).await.expect(404);
    assert_eq!(list(&desk.http, "").await["results"], json!([url]));
    delete(&desk.http, url["id"].as_str().unwrap()).await.expect(204);
    assert!(Table(&desk).seen("M#1").await.is_empty());
}

#[tokio::test]
async fn the_same_script_has_one_map() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let first = put(&desk.http, "chunk_id=c1", small("a.ts")).await.expect(200).json;
    let upload = |items: Vec<HashMap<String, AttributeValue>>| {
        let item = items.into_iter().find(|item| item["SK"] == text(first["id"].as_str().unwrap())).unwrap();
        item["upload"].as_s().unwrap().clone()
    };
    let before = upload(Table(&desk).seen("M#1").await);
    assert_eq!(Table(&desk).seen(&format!("B#1#{before}")).await.len(), 1);
    time.pass(60);
    let second = put(&desk.http, "chunk_id=c1", gzip::zip(small("longer.ts").as_bytes())).await.expect(200).json;
    assert_eq!(second["id"], first["id"]);
    assert!(second["size"].as_u64() > first["size"].as_u64() && second["expires_at"] != first["expires_at"]);
    assert_eq!(list(&desk.http, "").await["results"], json!([second]));
    assert!(Table(&desk).seen(&format!("B#1#{before}")).await.is_empty(), "nothing is left of the first");
    let now = upload(Table(&desk).seen("M#1").await);
    delete(&desk.http, first["id"].as_str().unwrap()).await.expect(204);
    assert!(Table(&desk).seen(&format!("B#1#{now}")).await.is_empty());
}

/// A map that takes several parts, all of whose positions lie in this file.
fn large(file: &str, seed: u128) -> Vec<u8> {
    let names: Vec<_> = (0..60_000_u128).map(|n| uuid::Uuid::new_v5(&uuid::Uuid::from_u128(seed), &n.to_le_bytes())).collect();
    let map = json!({"version": 3, "sources": [file], "names": names, "mappings": "AAAAA,EAAE,EAAE"}).to_string();
    gzip::zip(map.as_bytes())
}

#[tokio::test]
async fn a_reader_sees_one_upload_or_the_other() {
    let desk = desk().await;
    let frame = json!({"filename": "https://shop.example/a.js", "function": "a", "lineno": 1, "colno": 2, "in_app": true, "chunk_id": "c1"});
    throw(&desk.http, json!([{"type": "E", "value": "x", "stacktrace": {"frames": [frame]}}])).await;
    let ticket = opened(&desk).await;
    let both = [large("one.ts", 1), large("other.ts", 2)];
    let first = put(&desk.http, "chunk_id=c1", both[0].clone()).await.expect(200).json;
    assert!(first["stored_size"].as_u64().unwrap() > 2 * 380_000, "{first}");
    let (stop, stopped) = tokio::sync::watch::channel(false);
    let uploads = async {
        for round in 0..3 {
            let (one, other) = (put(&desk.http, "chunk_id=c1", both[0].clone()), put(&desk.http, "chunk_id=c1", both[1].clone()));
            let (one, other) = tokio::join!(one, other);
            assert_eq!((one.status, other.status), (200, 200), "round {round}: {} {}", one.text, other.text);
        }
        stop.send(true).unwrap();
    };
    let reads = async {
        let mut seen = 0;
        while !*stopped.borrow() {
            let original = originals(&desk.http, &ticket).await.remove(0);
            // Between two reads the map may change twice. Then there is none, and never a half of each.
            let file = original["file"].as_str().unwrap_or("none");
            assert!(["one.ts", "other.ts", "none"].contains(&file), "{original}");
            seen += usize::from(file != "none");
        }
        seen
    };
    let ((), seen) = tokio::join!(uploads, reads);
    assert!(seen > 0);
    assert_ne!(originals(&desk.http, &ticket).await[0], Value::Null);
    assert_eq!(list(&desk.http, "").await["count"], 1);
}

#[tokio::test]
async fn uploads_and_deletions_are_in_the_audit_log() {
    let desk = desk().await;
    let deploys = desk.key(json!({"label": "Deployment", "scopes": ["project:write"]})).await;
    let map: Value = serde_json::from_str(&small("a.ts")).unwrap();
    let first = desk.by(&deploys, Method::PUT, "/projects/1/source_maps/?chunk_id=c1", map).await.expect(200).json;
    let second = put(&desk.http, "chunk_id=c1", small("longer.ts")).await.expect(200).json;
    put(&desk.http, "chunk_id=c1", "{").await.expect(400);
    let id = first["id"].as_str().unwrap();
    delete(&desk.http, id).await.expect(204);
    delete(&desk.http, id).await.expect(404);
    let audited = async |query: &str| desk.admin(Method::GET, &format!("/projects/1/audit/{query}"), Value::Null).await.json;
    let rows = audited("").await["results"].as_array().unwrap().clone();
    let rows: Vec<_> = rows.iter().filter(|row| row["target"]["type"] == "source_map").collect();
    let told: Vec<_> = rows.iter().map(|row| json!([row["action"], row["key"]["label"], row["changes"]])).collect();
    let change = |before: &Value, after: &Value| json!([{"field": "size", "before": before, "after": after}]);
    let expected = [
        json!(["source_map.deleted", "Local", change(&second["size"], &Value::Null)]),
        json!(["source_map.uploaded", "Local", change(&first["size"], &second["size"])]),
        json!(["source_map.uploaded", "Deployment", change(&Value::Null, &first["size"])]),
    ];
    assert_eq!(told, expected, "what was refused or not there is no row");
    assert_eq!(rows[0]["target"], json!({"type": "source_map", "id": id, "name": "c1"}));
    assert_eq!(audited("?action=source_map.deleted").await["results"], json!([rows[0]]));
}

#[tokio::test]
async fn a_project_has_room_for_so_many() {
    let desk = desk().await;
    let known = put(&desk.http, "chunk_id=known", small("a.ts")).await.expect(200).json;
    let items = Table(&desk).seen("M#1").await;
    let item = items.iter().find(|item| item["SK"] == text(known["id"].as_str().unwrap())).unwrap().clone();
    let other = async |n: u32, stored: u64| {
        let mut item = item.clone();
        item.insert("SK".into(), text(&uuid::Uuid::from_u128(u128::from(n)).to_string()));
        item.insert("chunk".into(), text(&format!("c{n}")));
        item.insert("stored".into(), AttributeValue::N(stored.to_string()));
        Table(&desk).put_seen(item).await;
    };
    for n in 0..198 {
        other(n, 300).await;
    }
    put(&desk.http, "chunk_id=last", small("b.ts")).await.expect(200);
    let refused = put(&desk.http, "chunk_id=more", small("c.ts")).await.expect(400);
    assert_eq!(refused.json["detail"], "A project can have 200 source maps. Delete some first.");
    put(&desk.http, "chunk_id=known", small("c.ts")).await.expect(200);
    assert_eq!(list(&desk.http, "?limit=200").await["results"].as_array().unwrap().len(), 200);
    for n in 0..198 {
        other(n, 1_010_101).await;
    }
    let refused = put(&desk.http, "chunk_id=known", small("c.ts")).await.expect(400);
    assert_eq!(refused.json["detail"], "A project's source maps can take 200 MB as they are stored. Delete some first.");
    // Another project has room of its own.
    desk.by("phx_other", Method::PUT, "/projects/2/source_maps/?chunk_id=c", json!({})).await.expect(400);
}

#[tokio::test]
async fn a_session_of_an_administrator_may_do_it_too() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let cookie = sessions::sign_in(&desk.http).await;
    let map: Value = serde_json::from_str(&small("a.ts")).unwrap();
    let made = sessions::call(&desk.http, &cookie, Method::PUT, &format!("{MAPS}?chunk_id=c1"), map).await.expect(200).json;
    // Its use is recorded now and then.
    time.pass(3600);
    let listed = sessions::call(&desk.http, &cookie, Method::GET, MAPS, Value::Null).await.expect(200).json;
    assert_eq!(listed["results"], json!([made]));
    let id = made["id"].as_str().unwrap();
    sessions::call(&desk.http, &cookie, Method::DELETE, &format!("{MAPS}{id}/"), Value::Null).await.expect(204);
}
