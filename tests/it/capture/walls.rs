//! How much is taken, and what it may cost.

use super::*;
use crate::{
    support::{desk, desk_at, still_desk},
    table::Table,
};

#[tokio::test]
async fn a_session_has_an_end() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let many = || (0..100).map(|n| event("e", &json!({"n": n}))).collect::<Vec<_>>();
    for _ in 0..20 {
        assert_eq!(send(&desk.http, &many()).await.expect(200).json, json!({"status": 1}));
    }
    let full = send(&desk.http, &many()).await.expect(200).json;
    assert_eq!(full, json!({"status": 1, "quota_limited": ["events"]}));
    let mut of_another = event("e", &json!({}));
    of_another["properties"]["$session_id"] = json!("s2");
    assert_eq!(send(&desk.http, &[of_another]).await.expect(200).json, json!({"status": 1}), "another session goes on");
    assert_eq!(context(&desk.http, &ticket).await["events"]["results"].as_array().unwrap().len(), 2000);
}

#[tokio::test]
async fn of_one_request_a_bounded_part_is_taken() {
    let desk = desk().await;
    let ticket = opened(&desk).await;
    let many: Vec<_> = (0..300).map(|n| event("e", &json!({"n": n}))).collect();
    send(&desk.http, &many).await.expect(200);
    let sessions: Vec<_> = (0..50).map(|n| event("e", &json!({"$session_id": format!("x{n}")}))).collect();
    send(&desk.http, &sessions).await.expect(200);
    assert_eq!(context(&desk.http, &ticket).await["events"]["results"].as_array().unwrap().len(), 100);
    let mut stored = 0;
    for n in 0..50 {
        stored += usize::from(!Table(&desk).seen(&format!("E#1#x{n}")).await.is_empty());
    }
    assert_eq!(stored, 4, "a browser has one session, or two");
    let errors: Vec<_> = (1..=100).map(thrown).collect();
    send(&desk.http, &errors).await.expect(200);
    let shown = context(&desk.http, &ticket).await;
    assert_eq!(shown["errors"]["results"].as_array().unwrap().len(), 50);
    assert_eq!(
        json!([shown["events"]["left_out"], shown["errors"]["left_out"]]),
        json!([0, 50]),
        "and that there were more is told"
    );
}

#[tokio::test]
async fn a_project_has_a_day() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let one = [event("e", &json!({}))];
    send(&desk.http, &one).await.expect(200);
    // As if other processes had taken the rest of the day.
    let mut day = Table(&desk).seen("Q#1").await.remove(0);
    day.insert("n_events".to_owned(), aws_sdk_dynamodb::types::AttributeValue::N("499999".to_owned()));
    Table(&desk).put_seen(day).await;
    time.pass(61);
    assert_eq!(send(&desk.http, &one).await.expect(200).json, json!({"status": 1}), "it counts once a minute");
    let enough = json!({"status": 1, "quota_limited": ["events"]});
    assert_eq!(send(&desk.http, &one).await.expect(200).json, enough);
    time.pass(86_400);
    assert_eq!(send(&desk.http, &one).await.expect(200).json, json!({"status": 1}));
}

#[tokio::test]
async fn a_recording_that_is_too_large_is_cut_and_said() {
    let desk = desk().await;
    desk.settings(json!({"context_recording": true})).await;
    let ticket = opened(&desk).await;
    let noise = |length: usize, seed: u64| {
        let mut random = fastrand::Rng::with_seed(seed);
        (0..length).map(|_| random.alphanumeric()).collect::<String>()
    };
    let recorded = |seed, length| json!({"type": 3, "timestamp": 1, "data": noise(length, seed)});
    let data = json!([recorded(1, 300_000), recorded(2, 300_000), recorded(3, 600_000)]);
    post(&desk.http, "/s/", snapshot(&data)).await.expect(200);
    let shown = desk.http.get(&format!("/tickets/{ticket}/recording/")).await.expect(200).json;
    assert_eq!((shown["chunks"].as_array().unwrap().len(), &shown["left_out"]), (2, &json!(1)));
    let beyond = json!([recorded(4, 4_000_000)]);
    post(&desk.http, "/s/", snapshot(&beyond)).await.expect(413);
    for n in 0..20 {
        let data = json!([recorded(100 + n, 500_000), recorded(200 + n, 500_000)]);
        let answer = post(&desk.http, "/s/", snapshot(&data)).await.expect(200).json;
        if answer != json!({"status": 1}) {
            assert_eq!(answer, json!({"status": 1, "quota_limited": ["recordings"]}));
            assert!(n > 10, "10 MB are taken");
            return;
        }
    }
    panic!("a session has no end");
}

#[tokio::test]
async fn what_a_recorder_saw_is_counted_by_its_parts() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    desk.settings(json!({"context_recording": true})).await;
    opened(&desk).await;
    let many: Vec<_> = (0..1000).map(|n| json!({"type": 3, "timestamp": n})).collect();
    post(&desk.http, "/s/", snapshot(&json!(many))).await.expect(200);
    time.pass(61);
    post(&desk.http, "/s/", snapshot(&json!([{"type": 3, "timestamp": 5000}]))).await.expect(200);
    let day = Table(&desk).seen("Q#1").await.remove(0);
    assert_eq!(day["n_events"].as_n().unwrap(), "2", "a recording leaves the day to events");
}

#[tokio::test]
async fn of_a_recordings_request_all_sessions_are_known_or_nothing_is_stored() {
    let desk = still_desk().await;
    desk.settings(json!({"context_recording": true})).await;
    opened(&desk).await;
    let of = |session: &str| {
        let mut piece = snapshot(&json!([{"type": 3, "timestamp": 1}]))[0].clone();
        piece["properties"]["$session_id"] = json!(session);
        piece
    };
    post(&desk.http, "/s/", json!([of("s1"), of("stranger")])).await.expect(503);
    assert!(Table(&desk).seen("R#1#s1").await.is_empty(), "all of it comes again");
    let same: Vec<_> = (0..50).map(|_| of("s1")).collect();
    let cost = post(&desk.http, "/s/", json!(same)).await.expect(200).cost();
    assert!(cost.rcu <= 1.0, "a session is asked for once: {cost:?}");
    let many: Vec<_> = (0..50).map(|n| of(&format!("x{n}"))).collect();
    let cost = post(&desk.http, "/s/", json!(many)).await.expect(503).cost();
    assert!(cost.rcu <= 4.0, "{cost:?}");
}

#[tokio::test]
async fn it_costs_little() {
    let desk = still_desk().await;
    desk.settings(json!({"context_recording": true})).await;
    send(&desk.http, &[event("warm", &json!({"$session_id": "s9"}))]).await;
    let ticket = opened(&desk).await;
    let cost = send(&desk.http, &[event("$pageview", &json!({"title": "Cart"}))]).await.expect(200).cost();
    assert!(cost.rcu <= 0.0 && cost.wcu <= 2.0 && cost.round_trips <= 2.0, "{cost:?}");
    let stranger =
        json!([{"event": "$snapshot", "properties": {"$session_id": "s8", "$snapshot_data": [], "token": "phc_local"}}]);
    let cost = post(&desk.http, "/s/", stranger).await.expect(503).cost();
    assert!(cost.rcu <= 1.0 && cost.wcu <= 0.0, "{cost:?}");
    let cost = post(&desk.http, "/s/", snapshot(&json!([{"timestamp": 1}]))).await.expect(200).cost();
    assert!(cost.rcu <= 1.0 && cost.wcu <= 3.0, "{cost:?}");
    desk.http.get("/tickets/").await.expect(200);
    let cost = desk.http.get(&format!("/tickets/{ticket}/context/")).await.expect(200).cost();
    assert!(cost.rcu <= 4.5 && cost.wcu <= 0.0 && cost.round_trips <= 3.0, "{cost:?}");
    let cost = desk.http.get(&format!("/tickets/{ticket}/recording/")).await.expect(200).cost();
    assert!(cost.rcu <= 3.0 && cost.wcu <= 0.0 && cost.round_trips <= 2.0, "{cost:?}");
}

/// A session may have 10 MB, of which a page before the creation and one after it are read.
#[tokio::test]
async fn of_a_full_session_the_nearest_events_are_read_and_the_others_counted() {
    let desk = desk().await;
    let mut random = fastrand::Rng::with_seed(5);
    let mut text = |length: usize| (0..length).map(|_| random.alphanumeric()).collect::<String>();
    let mut noisy = |name: &str| {
        let properties = (0..18).map(|place| (format!("p{place}"), json!(text(200)))).collect::<serde_json::Map<_, _>>();
        event(name, &properties.into())
    };
    let requests: Vec<_> = (0..330).map(|n| batch(&[noisy(&format!("event {n}")), noisy("beside it")])).collect();
    for request in requests.chunks(20) {
        futures_util::future::join_all(request.iter().map(|body| post(&desk.http, "/e/", body.clone()))).await;
    }
    let ticket = opened(&desk).await;
    send(&desk.http, &[event("after it", &json!({}))]).await.expect(200);
    let stored: usize =
        Table(&desk).seen("E#1#s1").await.iter().filter_map(|item| Some(item["body"].as_b().ok()?.as_ref().len())).sum();
    let reply = desk.http.get(&format!("/tickets/{ticket}/context/")).await.expect(200);
    let (events, cost) = (&reply.json["events"], reply.cost());
    assert!(cost.rcu < 140.0, "a megabyte is 128 units: {cost:?}, of {stored} bytes");
    let shown = names(events).len() as u64;
    assert_eq!(shown + events["left_out"].as_u64().unwrap(), 661);
    assert!(names(events).contains(&"after it") && (300..661).contains(&shown), "{shown}");
}
