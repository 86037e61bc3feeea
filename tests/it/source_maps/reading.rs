//! What agents see of the frames.

use super::*;
use crate::{
    support::{desk, desk_at},
    table::{Table, text},
};

/// The frames of the bundle's exception in the sources: `priceOf` is called by the browser's own `map`, which writes no name.
fn expected() -> Vec<Value> {
    let of = |file: &str, line: u32, column: u32, function: Value| json!({"file": file, "line": line, "column": column, "function": function});
    vec![
        of("cart.js", 7, 43, Value::Null),
        Value::Null,
        of("cart.js", 3, 16, "totalOf".into()),
        of("checkout.js", 9, 17, "totalWithPostage".into()),
        of("checkout.js", 5, 13, "checkOut".into()),
        of("checkout.js", 13, 36, Value::Null),
    ]
}

#[tokio::test]
async fn a_real_bundles_frames_lie_in_its_sources() {
    let desk = desk().await;
    let ticket = failed(&desk).await;
    assert!(originals(&desk.http, &ticket).await.iter().all(Value::is_null), "no map yet");
    put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200);
    let seen = frames(&desk.http, &ticket).await;
    let originals: Vec<_> = seen.iter().map(|frame| frame["original"].clone()).collect();
    assert_eq!(originals, expected());
    // What was sent stays.
    let first = &seen[0];
    assert_eq!(
        json!([first["file"], first["function"], first["line"], first["column"], first["is_own"], first["chunk_id"]]),
        json!(["https://shop.example/assets/app.js", "n", 1, 166, true, CHUNK])
    );
}

#[tokio::test]
async fn without_an_id_the_address_tells() {
    let desk = desk().await;
    let mut list = bundled();
    for frame in list[0]["stacktrace"]["frames"].as_array_mut().unwrap() {
        frame.as_object_mut().unwrap().remove("chunk_id");
        if frame["filename"] != "<anonymous>" {
            frame["filename"] = json!("https://shop.example/assets/app.js?v=3#x");
        }
    }
    // Where a project keeps queries, they don't count all the same.
    desk.settings(json!({"context_url_queries": true})).await;
    throw(&desk.http, list).await;
    let ticket = opened(&desk).await;
    put(&desk.http, "url=https%3A%2F%2Fshop.example%2Fassets%2Fapp.js%3Fv%3D9", APP_MAP).await.expect(200);
    assert_eq!(originals(&desk.http, &ticket).await, expected());
    // Another script's map, and another project's, tell nothing.
    let id = list_of_one(&desk).await;
    delete(&desk.http, &id).await.expect(204);
    put(&desk.http, "url=https://shop.example/assets/other.js", APP_MAP).await.expect(200);
    assert!(originals(&desk.http, &ticket).await.iter().all(Value::is_null));
}

async fn list_of_one(desk: &Desk) -> String {
    list(&desk.http, "").await["results"][0]["id"].as_str().unwrap().to_owned()
}

#[tokio::test]
async fn what_a_ticket_keeps_is_resolved_while_the_map_is_there() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200);
    let ticket = failed(&desk).await;
    time.pass(6 * 60);
    assert_eq!(originals(&desk.http, &ticket).await, expected());
    time.pass(89 * 86_400);
    assert_eq!(originals(&desk.http, &ticket).await, expected(), "the ticket has kept the error");
    time.pass(86_400);
    assert!(originals(&desk.http, &ticket).await.iter().all(Value::is_null), "the map is kept for 90 days");
    assert_eq!(list(&desk.http, "").await["count"], 0);
    put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200);
    assert_eq!(originals(&desk.http, &ticket).await, expected());
}

#[tokio::test]
async fn an_error_is_shown_whatever_is_wrong_with_the_map() {
    let desk = desk().await;
    let ticket = failed(&desk).await;
    let map = put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200).json;
    let id = map["id"].as_str().unwrap();
    let whole = Table(&desk).seen("M#1").await.into_iter().find(|item| item["SK"] == text(id)).unwrap();
    // The item names parts that are not there, has none, or can't be read.
    for (name, value) in [("upload", text("0195f000-0000-7000-8000-000000000009")), ("stored", text("x")), ("upload", text("x"))]
    {
        let mut item = whole.clone();
        item.insert(name.to_owned(), value);
        Table(&desk).put_seen(item).await;
        assert!(originals(&desk.http, &ticket).await.iter().all(Value::is_null), "{name}");
    }
    Table(&desk).put_seen(whole).await;
    assert_eq!(originals(&desk.http, &ticket).await, expected());
}

/// What an answer costs, in read units.
async fn units(desk: &Desk, ticket: &str) -> f64 {
    desk.http.cheapest(&format!("/tickets/{ticket}/context/")).await.cost().rcu
}

#[tokio::test]
async fn maps_cost_half_a_unit_where_there_are_errors_and_nothing_elsewhere() {
    let desk = desk().await;
    let mut without = bundled();
    without[0].as_object_mut().unwrap().remove("stacktrace");
    throw(&desk.http, without).await;
    let ticket = opened(&desk).await;
    let before = units(&desk, &ticket).await;
    put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200);
    assert!((units(&desk, &ticket).await - before).abs() < 0.01, "an error without a stack needs no map");
    let id = list_of_one(&desk).await;
    delete(&desk.http, &id).await.expect(204);
    assert!(Table(&desk).seen("M#1").await.is_empty(), "nothing is left of the last map");

    throw(&desk.http, bundled()).await;
    let with_stack = units(&desk, &ticket).await - before;
    // The second error is another item of less than 4 KB in the same range.
    assert!((with_stack - 0.5).abs() < 0.01, "{with_stack}");
    // Its two names, and the one part of its content.
    put(&desk.http, &format!("chunk_id={CHUNK}"), APP_MAP).await.expect(200);
    let with_map = units(&desk, &ticket).await - before;
    assert!((with_map - 1.5).abs() < 0.51, "{with_map}");
}
