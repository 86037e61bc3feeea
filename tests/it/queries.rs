//! Everything that can be wrong in the query of a list. Each has the answer that was decided on, stays within the read budget,
//! and is never a 5xx (docs/decisions.md, 3 to 8 and 32).

use reqwest::Method;
use serde_json::{Value, json};
use tokio::{
    io::{AsyncReadExt, AsyncWriteExt},
    net::TcpStream,
};

use crate::support::{AGENT, Desk, Reply, desk};

const GARBAGE: [&str; 24] = [
    "",
    ",",
    "%00",
    "%ff",
    "%F0%9F%92%A9",
    "null",
    "-1",
    "0",
    "1e9",
    "99999999999999999999",
    "true",
    "%23",
    "~",
    "%27%20OR%201%3D1",
    "%5B%5D",
    "%5B%5B%5D%5D",
    "%5B%22%22%5D",
    "%5Bnull%2C1%5D",
    "%7B%7D",
    "%5B",
    "user%3A",
    "role%3Ax",
    "a%2Cb%2Cc",
    "+",
];

async fn three() -> Desk {
    let desk = desk().await;
    for _ in 0..3 {
        desk.tickets().create(json!({"message": "q", "tags": ["vip"]})).await;
    }
    desk
}

async fn ask(desk: &Desk, query: &str) -> Reply {
    let headers = [("authorization", AGENT), ("x-lambdesk-debug", "1")];
    desk.http.call(Method::GET, &format!("/api/projects/1/conversations/tickets/?{query}"), &headers, Value::Null).await
}

/// The status that answers a query which is too long for an ordinary client.
async fn status(desk: &Desk, query: &str) -> u16 {
    let mut stream = TcpStream::connect(desk.running.address).await.unwrap();
    let request = format!(
        "GET /api/projects/1/conversations/tickets/?{query} HTTP/1.1\r\nHost: desk\r\nAuthorization: {AGENT}\r\n\
         Connection: close\r\n\r\n"
    );
    // The answer may come before the desk has read the whole request.
    let _ = stream.write_all(request.as_bytes()).await;
    let mut answer = [0; 12];
    stream.read_exact(&mut answer).await.unwrap();
    String::from_utf8_lossy(&answer[9..]).parse().unwrap()
}

#[tokio::test]
async fn a_word_that_is_none_is_no_filter() {
    let desk = three().await;
    let filters = [
        "status",
        "priority",
        "channel_source",
        "assignee",
        "distinct_ids",
        "ids",
        "sla",
        "snoozed",
        "tags",
        "tags_all",
        "tags_exclude",
        "order_by",
        "unknown",
    ];
    for filter in filters {
        for value in GARBAGE {
            let page = ask(&desk, &format!("{filter}={value}")).await.expect(200);
            // A customer or a tag may have that name. For any other filter, a word without a meaning is ignored
            // (docs/decisions.md, 8).
            let free = filter == "distinct_ids" || filter.starts_with("tags") || (filter, value) == ("snoozed", "true");
            assert!(free || page.json["count"] == 3, "{filter}={value}: {}", page.text);
        }
    }
}

#[tokio::test]
async fn a_date_that_cannot_be_read_is_refused_by_name() {
    let desk = three().await;
    for filter in ["date_from", "date_to", "updated_from", "updated_to"] {
        for value in GARBAGE {
            let answer = ask(&desk, &format!("{filter}={value}")).await;
            let none = ["", "+"].contains(&value);
            assert_eq!(
                (answer.status, answer.json["attr"] == filter),
                if none { (200, false) } else { (400, true) },
                "{filter}={value}"
            );
        }
        for far in ["0001-01-01", "1969-12-31", "9999-12-31", "2500-01-01", "-9999y", "2026-01-01T00:00:00Z"] {
            let answer = ask(&desk, &format!("{filter}={far}&order_by=created_at")).await;
            assert!([200, 400].contains(&answer.status), "{filter}={far}: {}", answer.text);
        }
    }
    assert_eq!(ask(&desk, "updated_to=2500-01-01").await.expect(200).json["count"], 3, "far in the future is far in the future");
}

#[tokio::test]
async fn nothing_is_read_without_bounds() {
    let desk = three().await;
    for value in GARBAGE {
        let answer = ask(&desk, &format!("search={value}")).await;
        assert!(answer.status == 200 || (value == "%00" && answer.status == 400), "{value}: {}", answer.text);
    }
    assert_eq!(ask(&desk, &format!("search={}", "x".repeat(201))).await.expect(400).json["attr"], "search");
    for (query, status) in [
        ("limit=0", 400),
        ("limit=-1", 400),
        ("limit=ten", 400),
        ("limit=1001", 200),
        ("offset=-1", 400),
        ("offset=10001", 400),
        ("offset=10000", 200),
        ("cursor=%00", 400),
        ("cursor=18446744073709551615~7", 400),
    ] {
        ask(&desk, query).await.expect(status);
    }
    let mut ids = vec![desk.tickets().get(1).await["id"].as_str().unwrap().to_owned()];
    ids.resize_with(10_000, || uuid::Uuid::new_v4().to_string());
    for name in ["ids", "distinct_ids", "assignee"] {
        assert_eq!(status(&desk, &format!("{name}={}", ids.join(","))).await, 414, "{name}");
        // As many as fit in the request are accepted, and cut to a hundred.
        let page = ask(&desk, &format!("{name}={}", ids[..1600].join(","))).await.expect(200);
        assert!(page.cost().rcu <= 130.0, "{name}: {:?}", page.cost());
    }
    // The server refuses so long a request line before it knows the route.
    assert_eq!(status(&desk, &format!("search={}", "x".repeat(1_000_000))).await, 431);
    let log = desk.tickets().messages(1).query("cursor=18446744073709551615~7").expect(400).await;
    assert_eq!(log.json["attr"], "cursor");
}
