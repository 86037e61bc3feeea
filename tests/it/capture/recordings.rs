//! Recordings of who has written.

use lambdesk_domain::{ProjectId, TicketId};
use lambdesk_store::{Naming, Store};

use super::*;
use crate::{
    support::{desk, desk_at},
    table::{Item, Table, text},
};

/// What hears of tickets and sessions, by the clock of this machine.
fn naming(desk: &Desk) -> Naming {
    let connection = &desk.running.dynamodb;
    Store::new(connection.client(), &connection.table).naming()
}

fn recorded(n: u64) -> Value {
    json!({"type": 3, "timestamp": 1_772_445_600_000_u64 + n * 1000, "data": {"source": 2, "n": n}})
}

async fn record(http: &Http, data: &Value) -> Reply {
    post(http, "/s/", snapshot(data)).await
}

#[tokio::test]
async fn a_recording_begins_when_the_customer_writes() {
    let (desk, _) = desk_at("2026-03-02T10:00:10Z").await;
    desk.settings(json!({"context_recording": true})).await;
    let early = record(&desk.http, &json!([recorded(0)])).await.expect(503);
    assert_eq!(early.header("retry-after"), Some("1"));
    assert!(Table(&desk).seen("E#1#s1").await.is_empty(), "nothing of a stranger is written");
    let ticket = opened(&desk).await;
    assert_eq!(record(&desk.http, &json!([recorded(0), recorded(1)])).await.expect(200).json, json!({"status": 1}));
    record(&desk.http, &json!([recorded(2)])).await.expect(200);
    let counts = async || {
        let session = Table(&desk).seen("E#1#s1").await.pop().unwrap();
        ["n_chunks", "n_bytes"].map(|name| session[name].clone())
    };
    let counted = counts().await;
    record(&desk.http, &json!([recorded(2)])).await.expect(200);
    assert_eq!(counts().await, counted, "what is sent again counts once");

    let seen = context(&desk.http, &ticket).await;
    let session = &seen["sessions"][0];
    assert_eq!(json!([session["id"], session["has_recording"]]), json!(["s1", true]));
    let thread = desk.http.get(&format!("/tickets/{ticket}/messages/")).await.json;
    assert_eq!(session["message_id"], thread["results"][0]["id"]);
    let shown = desk.http.get(&format!("/tickets/{ticket}/recording/")).await.expect(200).json;
    assert_eq!(json!([shown["session_id"], shown["state"], shown["left_out"]]), json!(["s1", "ready", 0]));
    assert!(shown["expires_at"].as_str().unwrap().starts_with("2026-04-01T10:00:10"), "{shown}");
    let [first, second] = shown["chunks"].as_array().unwrap().as_slice() else { panic!("two parts: {shown}") };
    assert_eq!(
        json!([first["window_id"], first["events"], first["from"], first["until"]]),
        json!(["w1", 2, "2026-03-02T10:00:00.000000Z", "2026-03-02T10:00:01.000000Z"])
    );
    for (part, data) in [(first, json!([recorded(0), recorded(1)])), (second, json!([recorded(2)]))] {
        let path = format!("/api/projects/1/conversations/tickets/{ticket}/recording/{}/", part["id"].as_str().unwrap());
        let (headers, body) = desk.http.bytes(&path).await;
        assert_eq!(
            (headers["content-encoding"].as_bytes(), headers["content-type"].as_bytes()),
            (b"gzip".as_slice(), b"application/json".as_slice())
        );
        assert_eq!(body.len() as u64, part["bytes"].as_u64().unwrap());
        assert_eq!(serde_json::from_slice::<Value>(&gzip::unzip(&body, 1_000_000).unwrap()).unwrap(), data);
    }
}

#[tokio::test]
async fn a_later_session_of_the_ticket_can_be_recorded_too() {
    let desk = desk().await;
    desk.settings(json!({"context_recording": true})).await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    let mut message = visitor.message(Some(&ticket), "me again");
    message["session_id"] = json!("s2");
    desk.http.widget(Method::POST, "/message", message).await.expect(200);
    desk.http.drain().await;
    let mut body = snapshot(&json!([recorded(0)]));
    body[0]["properties"]["$session_id"] = json!("s2");
    post(&desk.http, "/s/", body).await.expect(200);
    let sessions = context(&desk.http, &ticket).await["sessions"].clone();
    let told: Vec<_> = sessions.as_array().unwrap().iter().map(|it| json!([it["id"], it["has_recording"]])).collect();
    assert_eq!(told, [json!(["s2", true]), json!(["s1", false])], "newest first");
    assert_ne!(sessions[0]["message_id"], sessions[1]["message_id"]);
    let path = |session: &str| format!("/tickets/{ticket}/recording/{session}");
    assert_eq!(desk.http.get(&path("?session=s2")).await.expect(200).json["chunks"].as_array().unwrap().len(), 1);
    assert_eq!(desk.http.get(&path("")).await.expect(200).json["chunks"], json!([]));
    let chunk = desk.http.get(&path("?session=s2")).await.json["chunks"][0]["id"].as_str().unwrap().to_owned();
    desk.http.get(&path(&format!("{chunk}/"))).await.expect(404);
    desk.http.get(&path(&format!("{chunk}/?session=s3"))).await.expect(404);
    // A further message from there names it: the first session of the ticket stays reachable.
    assert_eq!(desk.http.get(&path("?session=s1")).await.expect(200).json["session_id"], "s1");
}

#[tokio::test]
async fn a_ticket_names_a_session_since_its_visitor_came_first() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    let visitor = Visitor::new(&desk.http);
    let ticket = visitor.open("hello").await;
    for session in ["s2", "s1"] {
        time.pass(60);
        let mut message = visitor.message(Some(&ticket), &format!("from {session}"));
        message["session_id"] = json!(session);
        desk.http.widget(Method::POST, "/message", message).await.expect(200);
        desk.http.drain().await;
    }
    let sessions = context(&desk.http, &ticket).await["sessions"].clone();
    let thread = desk.http.get(&format!("/tickets/{ticket}/messages/")).await.json["results"].clone();
    let told: Vec<_> = sessions.as_array().unwrap().iter().map(|it| json!([it["id"], it["message_id"]])).collect();
    assert_eq!(told, [json!(["s2", thread[1]["id"]]), json!(["s1", thread[0]["id"]])]);
}

#[tokio::test]
async fn a_ticket_names_a_hundred_sessions_and_all_go_with_it() {
    let desk = desk().await;
    let naming = naming(&desk);
    let (project, ticket) = (ProjectId(1), TicketId(uuid::Uuid::from_u128(7)));
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let session = |n: u64| format!("many-{n}").parse().unwrap();
    for n in 0..103 {
        naming.named(project, ticket, &session(n), at).await.unwrap();
    }
    let row = format!("T#1#{ticket}");
    let rows = Table(&desk).seen(&row).await;
    assert_eq!(rows.len(), 100);
    assert!(Table(&desk).seen("E#1#many-100").await.is_empty(), "a session beyond is a stranger's");
    naming.named(project, ticket, &session(5), at).await.unwrap();
    // As if many had been named at once, each when there was room for it.
    for n in 103..203 {
        let mut more = rows[0].clone();
        more.insert("SK".to_owned(), text(&format!("many-{n}")));
        Table(&desk).put_seen(more).await;
    }
    naming.gone(project, ticket).await.unwrap();
    assert_eq!(Table(&desk).seen(&row).await.len(), 1, "only that it is gone");
    assert!(Table(&desk).seen("E#1#many-5").await.is_empty());
}

#[tokio::test]
async fn what_a_session_sent_goes_with_its_last_ticket() {
    let desk = desk().await;
    desk.settings(json!({"context_recording": true})).await;
    let (first, second) = (opened(&desk).await, opened(&desk).await);
    send(&desk.http, &[event("e", &json!({})), thrown(12)]).await.expect(200);
    record(&desk.http, &json!([recorded(0)])).await.expect(200);
    let left = async || {
        let table = Table(&desk);
        (table.seen("E#1#s1").await.len(), table.seen("R#1#s1").await.len())
    };
    assert_eq!(left().await, (4, 1), "events, an exception, a part of a recording, and the session");
    desk.tickets().delete(&first).await;
    desk.http.drain().await;
    assert_eq!(left().await, (4, 1), "another ticket names it");
    desk.tickets().delete(&second).await;
    desk.http.drain().await;
    assert_eq!(left().await, (0, 0));
    record(&desk.http, &json!([recorded(1)])).await.expect(503);
    assert_eq!(left().await, (0, 0));
}

#[tokio::test]
async fn a_part_without_its_description_goes_too() {
    let desk = desk().await;
    desk.settings(json!({"context_recording": true})).await;
    let ticket = opened(&desk).await;
    record(&desk.http, &json!([recorded(0)])).await.expect(200);
    // As if the process had died between the content and what describes it.
    let mut content = Table(&desk).seen("R#1#s1").await.remove(0);
    let name = "1772445600000#00000000-0000-0000-0000-000000000007";
    content.insert("SK".to_owned(), text(name));
    Table(&desk).put_seen(content).await;
    desk.tickets().delete(&ticket).await;
    desk.http.drain().await;
    assert!(Table(&desk).seen("R#1#s1").await.is_empty());
}

#[tokio::test]
async fn a_session_outlives_its_recording_though_the_settings_are_lowered() {
    let (desk, time) = desk_at("2026-03-02T10:00:00Z").await;
    desk.settings(json!({"context_recording": true, "recording_days": 300})).await;
    let (first, second) = (opened(&desk).await, opened(&desk).await);
    record(&desk.http, &json!([recorded(0)])).await.expect(200);
    desk.settings(json!({"context_recording": false, "recording_days": 1, "context_days": 1})).await;
    time.pass(60);
    send(&desk.http, &[event("e", &json!({}))]).await.expect(200);
    let expires = |item: &Item| item["expires_at"].as_n().unwrap().parse::<i64>().unwrap();
    let kept = Table(&desk).seen("E#1#s1").await;
    let part = kept.iter().find(|item| item["SK"].as_s().unwrap().starts_with("R#")).unwrap();
    let session = kept.iter().find(|item| item["SK"].as_s().unwrap() == "~").unwrap();
    assert!(expires(session) > expires(part), "its tickets are known for as long as its recording is there");
    desk.tickets().delete(&first).await;
    desk.http.drain().await;
    assert_eq!(Table(&desk).seen("R#1#s1").await.len(), 1, "another ticket names it");
    desk.tickets().delete(&second).await;
    desk.http.drain().await;
    assert!(Table(&desk).seen("R#1#s1").await.is_empty());
}

/// Facts of tickets reach the function at once and in no order.
#[tokio::test]
async fn tickets_that_come_and_go_at_once_leave_what_is_named_and_nothing_else() {
    let desk = desk().await;
    let naming = naming(&desk);
    let at = "2026-03-02T10:00:00Z".parse().unwrap();
    let (project, ticket) = (ProjectId(1), |n| TicketId(uuid::Uuid::from_u128(n)));
    for n in 0..30 {
        let (here, other) = (ticket(2 * n), ticket(2 * n + 1));
        let session = format!("at-once-{n}").parse().unwrap();
        let (named, gone) = tokio::join!(naming.named(project, here, &session, at), naming.gone(project, here));
        named.and(gone).unwrap();
        let row = format!("T#1#{here}");
        assert_eq!(Table(&desk).seen(&row).await.len(), 1, "only that it is gone");
        assert!(Table(&desk).seen(&format!("E#1#{session}")).await.is_empty());
        let again = ticket(1000 + n);
        naming.named(project, again, &session, at).await.unwrap();
        let (named, gone) = tokio::join!(naming.named(project, other, &session, at), naming.gone(project, again));
        named.and(gone).unwrap();
        let kept = Table(&desk).seen(&format!("E#1#{session}")).await;
        assert_eq!(kept[0]["tickets"].as_ss().unwrap(), &[other.to_string()], "the other ticket names it");
    }
}

#[tokio::test]
async fn a_project_that_records_nothing_stops_the_sdk() {
    let desk = desk().await;
    opened(&desk).await;
    let enough = json!({"status": 1, "quota_limited": ["recordings"]});
    assert_eq!(record(&desk.http, &json!([recorded(0)])).await.expect(200).json, enough);
    assert!(Table(&desk).seen("R#1#s1").await.is_empty());
}
