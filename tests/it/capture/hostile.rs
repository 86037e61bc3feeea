//! What a customer may send who means harm, or whose browser is broken, and what of it agents then see.

use base64::{Engine, engine::general_purpose::STANDARD};

use super::*;
use crate::{
    support::{desk, desk_at},
    table::Table,
};

/// A part of a recording of session `s1`, with this text in place of what the recorder saw.
fn raw_part(data: &str) -> Vec<u8> {
    let properties = r#""$session_id":"s1","$window_id":"w1","token":"phc_local","distinct_id":"visitor""#;
    format!(r#"[{{"event":"$snapshot","properties":{{{properties},"$snapshot_data":{data}}}}}]"#).into_bytes()
}

async fn recording(http: &Http, ticket: &str) -> Value {
    http.get(&format!("/tickets/{ticket}/recording/")).await.expect(200).json
}

/// A desk that records, and a ticket whose customer wrote in session `s1`.
async fn recorded() -> (Desk, String) {
    let desk = desk().await;
    desk.settings(json!({"context_recording": true})).await;
    let ticket = opened(&desk).await;
    (desk, ticket)
}

#[tokio::test]
async fn bombs_are_refused_in_every_encoding_and_on_every_route() {
    let (desk, ticket) = recorded().await;
    let bomb = gzip::zip(&vec![b' '; 20_000_001]);
    let in_bomb = gzip::zip(&bomb);
    let form = form_urlencoded::Serializer::new(String::new()).append_pair("data", &STANDARD.encode(&bomb)).finish();
    // What unfolds to no more than is taken, and is no JSON then.
    let spaces = gzip::zip(&vec![b' '; 19_000_000]);
    for path in ["/e/", "/i/v0/e/", "/s/"] {
        for (body, status) in [
            (bomb.clone(), 413),
            (form.clone().into_bytes(), 413),
            (STANDARD.encode(&bomb).into_bytes(), 413),
            (in_bomb.clone(), 400),
            (spaces.clone(), 400),
        ] {
            desk.http.raw(Method::POST, path, &TEXT, body).await.expect(status);
        }
    }
    // Events that compress well take their room unzipped: of one request 128 KB of JSON.
    let long: Vec<_> = (0..100).map(|n| event(&"x".repeat(200), &json!({"n": n, "a": "a".repeat(200), "b": "b".repeat(200), "c": "c".repeat(200), "d": "d".repeat(200), "e": "e".repeat(200), "f": "f".repeat(200)}))).collect();
    send(&desk.http, &long).await.expect(200);
    let seen = context(&desk.http, &ticket).await;
    let shown = seen["events"]["results"].as_array().unwrap().len() as u64;
    assert!(shown > 10 && seen["events"]["results"].to_string().len() < 250_000, "{shown}");
    assert_eq!(shown + seen["events"]["left_out"].as_u64().unwrap(), 100);
    // What the recorder compressed itself is never unfolded by the desk.
    let within = String::from_utf8(gzip::zip(b"x").into_iter().map(|byte| byte & 0x7f).collect()).unwrap();
    let part = json!([{"type": 2, "timestamp": 1, "cv": "2024-10", "data": within}]).to_string();
    desk.http.raw(Method::POST, "/s/", &JSON, raw_part(&part)).await.expect(200);
    assert_eq!(recording(&desk.http, &ticket).await["chunks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn nesting_ends_where_each_route_says_and_brackets_in_text_are_text() {
    let (desk, ticket) = recorded().await;
    let deep = |levels: usize| format!("{}{}", "[".repeat(levels), "]".repeat(levels));
    // Around what is nested lie the request, the event, its properties and the recorder's own array.
    for (levels, status) in [(1_021, 200), (1_022, 400), (100_000, 400)] {
        desk.http.raw(Method::POST, "/s/", &JSON, raw_part(&deep(levels))).await.expect(status);
    }
    let with = |levels: usize| {
        format!(
            r#"{{"api_key":"phc_local","batch":[{{"event":"deep","properties":{{"$session_id":"s1","x":{}}}}}]}}"#,
            deep(levels)
        )
    };
    for (levels, status) in [(28, 200), (29, 400), (400_000, 400)] {
        desk.http.raw(Method::POST, "/e/", &JSON, with(levels).into_bytes()).await.expect(status);
    }
    send(&desk.http, &[event(&"[{".repeat(90), &json!({}))]).await.expect(200);
    assert_eq!(names(&context(&desk.http, &ticket).await["events"]), ["deep", &"[{".repeat(90)]);
    assert_eq!(recording(&desk.http, &ticket).await["chunks"].as_array().unwrap().len(), 1);
}

#[tokio::test]
async fn arrays_of_a_million_elements_cost_little_and_store_nothing() {
    let (desk, ticket) = recorded().await;
    let many = |element: &str, count: usize| format!("[{}]", vec![element; count].join(","));
    for body in [many("0", 490_000), many("{}", 330_000), format!(r#"{{"api_key":"phc_local","batch":{}}}"#, many("0", 490_000))]
    {
        let answer = desk.http.raw(Method::POST, "/e/", &JSON, body.into_bytes()).await;
        assert!([200, 403].contains(&answer.status), "{} {}", answer.status, answer.text);
    }
    // Of what the recorder saw 50,000 events are kept, and the others are counted.
    desk.http.raw(Method::POST, "/s/", &JSON, raw_part(&many("{}", 1_000_000))).await.expect(200);
    let shown = recording(&desk.http, &ticket).await;
    let kept: u64 = shown["chunks"].as_array().unwrap().iter().map(|chunk| chunk["events"].as_u64().unwrap()).sum();
    assert_eq!((kept, shown["left_out"].as_u64().unwrap()), (50_000, 950_000));
    assert_eq!(context(&desk.http, &ticket).await["events"]["results"], json!([]));
}

#[tokio::test]
async fn no_forged_id_reaches_another_session_project_or_ticket() {
    let (desk, ticket) = recorded().await;
    let of = |session: Value| event("forged", &json!({"$session_id": session}));
    for session in ["s1#x", "s1~", "~", "../s1", "s1\u{0}", "ｓ1", " s1", &"s".repeat(65)]
        .map(|id| json!(id))
        .into_iter()
        .chain([json!(["s1"]), json!(1), json!(null), json!({"s1": 1})])
    {
        assert_eq!(send(&desk.http, &[of(session)]).await.expect(200).json, json!({"status": 1}));
        let mut part = snapshot(&json!([{"timestamp": 1}]));
        part[0]["properties"]["$session_id"] = json!("s1#x");
        assert_eq!(post(&desk.http, "/s/", part).await.expect(200).json, json!({"status": 1}));
    }
    // Another project's page names the same session.
    let mut other = batch(&[event("of another project", &json!({"token": "phc_other"}))]);
    other["api_key"] = json!("phc_other");
    post(&desk.http, "/e/", other).await.expect(200);
    // Of two tokens the request's own counts, and of events without it the first.
    let two = json!([event("of the first token", &json!({})), event("beside it", &json!({"token": "phc_other"}))]);
    post(&desk.http, "/e/", two).await.expect(200);
    let seen = context(&desk.http, &ticket).await;
    assert_eq!(names(&seen["events"]), ["of the first token", "beside it"]);
    assert_eq!(recording(&desk.http, &ticket).await["chunks"], json!([]));
    assert_eq!(Table(&desk).seen("E#2#s1").await.len(), 2, "what the other project's page sent is the other project's");
    // Odd names of the tab and of the event are left out, and what claims to be somebody is marked.
    let odd = event(
        "odd",
        &json!({"$window_id": "w#1", "distinct_id": "admin", "$set": {"email": "x@example.com"}, "__proto__": "p", "constructor": 1}),
    );
    send(&desk.http, &[odd]).await.expect(200);
    let seen = context(&desk.http, &ticket).await["events"]["results"][2].clone();
    assert_eq!(json!([seen["window_id"], seen["is_other_person"]]), json!([null, true]));
    assert_eq!(seen["properties"], json!({"$browser": "Chrome", "__proto__": "p", "constructor": 1}));
    assert_eq!(desk.tickets().get(&ticket).await["person"], Value::Null);
}

/// An event's id is the SDK's word. Who repeats it hides nothing that the desk has stored, and stores nothing over it.
#[tokio::test]
async fn a_forged_event_id_replaces_nothing() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let (first, mut forged) = (event("first", &json!({"n": 1})), event("forged", &json!({"n": 2})));
    forged["uuid"] = first["uuid"].clone();
    send(&desk.http, &[first]).await.expect(200);
    send(&desk.http, &[forged]).await.expect(200);
    assert_eq!(names(&context(&desk.http, &ticket).await["events"]), ["first"]);
    for id in [json!("#"), json!(7), json!("~"), json!("00000000-0000-0000-0000-000000000000")] {
        let mut odd = event("odd", &json!({}));
        odd["uuid"] = id;
        send(&desk.http, &[odd]).await.expect(200);
    }
    assert_eq!(names(&context(&desk.http, &ticket).await["events"]), ["first", "odd", "odd", "odd", "odd"]);
}

#[tokio::test]
async fn a_clock_that_is_a_year_off_is_set_right_or_held() {
    let (desk, _) = desk_at("2026-03-02T10:00:10Z").await;
    desk.settings(json!({"context_recording": true})).await;
    let ticket = opened(&desk).await;
    for (name, sent_at, at) in [
        ("a year ahead", json!("2027-03-02T10:00:10Z"), json!("2027-03-02T10:00:05Z")),
        ("a year behind", json!("2025-03-02T10:00:10Z"), json!("2025-03-02T10:00:04Z")),
        ("ahead, and it does not say so", Value::Null, json!("2027-03-02T10:00:05Z")),
        ("no time at all", json!("soon"), json!({"$date": 1})),
        ("before all time", json!("2026-03-02T10:00:10Z"), json!("-9999-01-01T00:00:00Z")),
    ] {
        let mut sent = event(name, &json!({}));
        sent["timestamp"] = at;
        let mut body = batch(&[sent]);
        body["sent_at"] = sent_at;
        post(&desk.http, "/e/", body).await.expect(200);
    }
    let seen = context(&desk.http, &ticket).await["events"]["results"].clone();
    let told: Vec<_> = seen
        .as_array()
        .unwrap()
        .iter()
        .map(|event| (event["event"].as_str().unwrap(), &event["at"].as_str().unwrap()[11..19]))
        .collect();
    // A time that says nothing is the desk's, and no time is ahead of it.
    let expected = [
        ("a year behind", "10:00:04"),
        ("a year ahead", "10:00:05"),
        ("ahead, and it does not say so", "10:00:10"),
        ("no time at all", "10:00:10"),
        ("before all time", "10:00:10"),
    ];
    assert_eq!(told, expected);

    let millis = |at: &str| at.parse::<lambdesk_domain::Timestamp>().unwrap().micros() / 1000;
    let part = |at: i64, sent_at: Value| {
        let mut body = snapshot(&json!([{"type": 3, "timestamp": at}, {"type": 3, "timestamp": at + 1000}]));
        body[0]["sent_at"] = sent_at;
        body
    };
    post(&desk.http, "/s/", part(millis("2027-03-02T10:00:02Z"), json!("2027-03-02T10:00:10Z"))).await.expect(200);
    post(&desk.http, "/s/", part(millis("2025-03-02T10:00:00Z"), json!("2025-03-02T10:00:10Z"))).await.expect(200);
    post(&desk.http, "/s/", part(millis("2027-03-02T10:00:02Z"), Value::Null)).await.expect(200);
    for odd in [json!(1e300), json!(-1e300), json!("now"), json!(null), json!(1e15)] {
        let mut body = part(0, Value::Null);
        body[0]["properties"]["$snapshot_data"] = json!([{"type": 3, "timestamp": odd, "data": odd}]);
        post(&desk.http, "/s/", body).await.expect(200);
    }
    let shown = recording(&desk.http, &ticket).await;
    let second = |chunk: &Value, name: &str| chunk[name].as_str().unwrap()[..19].to_owned();
    let chunks = shown["chunks"].as_array().unwrap();
    let times: Vec<_> = chunks.iter().map(|chunk| (second(chunk, "from"), second(chunk, "until"))).collect();
    let is_there = |from: &str, until: &str| times.contains(&(from.to_owned(), until.to_owned()));
    assert!(is_there("2026-03-02T10:00:00", "2026-03-02T10:00:01"), "{times:?}");
    assert!(is_there("2026-03-02T10:00:02", "2026-03-02T10:00:03"), "{times:?}");
    let is_held = |at: &str| ("2026-03-01T10:00:10"..="2026-03-02T10:00:10").contains(&at);
    assert!(times.iter().all(|(from, until)| is_held(from) && is_held(until)), "{times:?}");
}

#[tokio::test]
async fn parts_that_come_twice_and_in_no_order_are_listed_once_and_in_theirs() {
    let (desk, _) = desk_at("2026-03-02T10:01:00Z").await;
    desk.settings(json!({"context_recording": true})).await;
    let ticket = opened(&desk).await;
    let at = |n: u64| 1_772_445_600_000_u64 + n * 1000;
    let data = |n: u64| json!([{"type": 3, "timestamp": at(2 * n), "data": {"n": n}}, {"type": 3, "timestamp": at(2 * n + 1), "data": {"n": n}}]);
    for n in [4, 1, 3, 1, 0, 4, 2, 0, 4] {
        assert_eq!(post(&desk.http, "/s/", snapshot(&data(n))).await.expect(200).json, json!({"status": 1}));
    }
    // Twice at once, and in one request.
    let twice = json!([snapshot(&data(5))[0], snapshot(&data(5))[0]]);
    let (one, other) = tokio::join!(post(&desk.http, "/s/", twice.clone()), post(&desk.http, "/s/", twice));
    assert_eq!((one.status, other.status), (200, 200));
    let shown = recording(&desk.http, &ticket).await;
    let chunks = shown["chunks"].as_array().unwrap();
    assert_eq!(chunks.len(), 6, "{shown}");
    for (n, chunk) in (0..).zip(chunks) {
        let path = format!("/api/projects/1/conversations/tickets/{ticket}/recording/{}/", chunk["id"].as_str().unwrap());
        let (_, zipped) = desk.http.bytes(&path).await;
        assert_eq!(serde_json::from_slice::<Value>(&gzip::unzip(&zipped, 1_000_000).unwrap()).unwrap(), data(n));
    }
    let session = Table(&desk).seen("E#1#s1").await.pop().unwrap();
    assert_eq!(session["n_chunks"].as_n().unwrap(), "6", "each counts once");
}

#[tokio::test]
async fn an_exception_of_any_shape_is_bounded() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let frames: Vec<_> = (0..1_000)
        .map(|n| json!({"filename": "x".repeat(300), "function": "f".repeat(300), "lineno": n, "colno": -1, "in_app": "yes"}))
        .collect();
    let causes: Vec<_> =
        (0..100).map(|n| json!({"type": format!("T{n}"), "value": "v".repeat(2_000), "stacktrace": {"frames": []}})).collect();
    let mut chain = vec![json!({"type": "T".repeat(500), "value": "v".repeat(50_000), "stacktrace": {"frames": frames}})];
    chain.extend(causes);
    for list in [
        json!(chain),
        json!([]),
        json!({}),
        json!("x"),
        json!([1, null, "x", [], {"type": 7}]),
        json!([{"stacktrace": 3, "value": "odd"}]),
        json!([{"type": "E", "stacktrace": {"frames": [null, 1, {}]}}]),
    ] {
        send(&desk.http, &[event("$exception", &json!({"$exception_list": list}))]).await.expect(200);
    }
    let errors = context(&desk.http, &ticket).await["errors"]["results"].clone();
    let errors = errors.as_array().unwrap();
    assert_eq!(errors.len(), 3, "what has neither class nor words is none");
    let large = errors.iter().find(|error| error["type"].as_str().unwrap().starts_with("TT")).unwrap();
    assert!(large.to_string().len() < 40_000 && large["causes"].as_array().unwrap().len() <= 5, "{}", large.to_string().len());
    assert_eq!((large["type"].as_str().unwrap().len(), large["message"].as_str().unwrap().len()), (200, 1_000));
}

/// Bytes of chance, and real bodies that are broken somewhere.
#[tokio::test]
async fn no_body_makes_the_desk_fail() {
    let (desk, _) = recorded().await;
    let mut random = fastrand::Rng::with_seed(14);
    let event = batch(&[event("e", &json!({"n": 1})), thrown(1)]).to_string().into_bytes();
    let part = snapshot(&json!([{"type": 3, "timestamp": 1, "data": {"source": 0}}])).to_string().into_bytes();
    let real = [event.clone(), gzip::zip(&event), part.clone(), gzip::zip(&part)];
    for round in 0..400 {
        let mut body = if round % 4 == 0 {
            (0..random.usize(1..400)).map(|_| random.u8(..)).collect()
        } else {
            real[random.usize(..4)].clone()
        };
        for _ in 0..random.usize(1..4) {
            let place = random.usize(..body.len());
            match random.u8(..4) {
                0 => body[place] = random.u8(..),
                1 => body.truncate(place + 1),
                2 => body.insert(place, *random.choice(b"[]{}\",:\\\x00\xff0e-").unwrap()),
                _ => drop(body.drain(place..(place + 9).min(body.len()))),
            }
            if body.is_empty() {
                body.push(b'{');
            }
        }
        let path = *random.choice(["/e/", "/i/v0/e/", "/s/"].as_slice()).unwrap();
        let answer = desk.http.raw(Method::POST, path, &TEXT, body.clone()).await;
        // A session that no ticket names is 503 of the recorder's route, which a broken id may make of it.
        let is_stranger = answer.status == 503 && path == "/s/" && answer.header("retry-after") == Some("1");
        assert!(answer.status < 500 || is_stranger, "{} {path} {}", answer.status, String::from_utf8_lossy(&body));
    }
}
