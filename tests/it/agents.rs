//! The agents' API (docs/decisions.md, 5 to 16 and 46 to 52).

use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::support::{Http, desk, texts};

fn numbers(page: &Value) -> Vec<u64> {
    page["results"].as_array().unwrap().iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect()
}

async fn file(http: &Http, count: usize) {
    for n in 0..count {
        http.tickets().create(json!({"message": format!("question {n}")})).await;
    }
}

#[tokio::test]
async fn what_a_new_ticket_leaves_out_has_a_default() {
    let desk = desk().await;
    let bare = desk.tickets().create(json!({})).await;
    assert_eq!((&bare["status"], &bare["channel_source"], &bare["message_count"]), (&json!("new"), &json!("api"), &json!(0)));
    assert!(!bare["distinct_id"].as_str().unwrap().is_empty());
    let outbound = desk.tickets().create(json!({"message": "we noticed", "author_type": "support"})).await;
    assert_eq!((&outbound["unread_team_count"], &outbound["unread_customer_count"]), (&json!(0), &json!(1)));
}

#[tokio::test]
async fn looking_marks_as_read_and_listing_does_not() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let listed = desk.tickets().list("").await["results"][0].clone();
    assert_eq!((&listed["unread_team_count"], &listed["status"]), (&json!(1), &json!("new")));
    desk.http.drain().await;
    assert_eq!(desk.tickets().unread_count().await, json!({"count": 1}));
    let peeked = desk.http.agent(Method::HEAD, &format!("/tickets/{id}/"), Value::Null).await.expect(200);
    assert_eq!((peeked.text.as_str(), peeked.header("content-type")), ("", Some("application/json")));
    assert_eq!(desk.tickets().list("").await["results"][0], listed, "HEAD marks nothing");
    desk.http.agent(Method::HEAD, "/tickets/99/", Value::Null).await.expect(404);
    let seen = desk.tickets().get(&id).await;
    assert_eq!((&seen["unread_team_count"], &seen["status"]), (&json!(0), &json!("new")));
    assert_eq!(seen["updated_at"], listed["updated_at"], "looking is no update");
    assert_eq!(desk.tickets().get(1).await["id"], json!(id), "by number");
    desk.http.drain().await;
    assert_eq!(desk.http.get("/tickets/unread_count").await.json, json!({"count": 0}));
}

#[tokio::test]
async fn unread_leaves_resolved_tickets_and_disabled_projects_out() {
    let desk = desk().await;
    let id = desk.customer().open("hello").await;
    let resolve = async |status: &str| {
        desk.tickets().patch(&id, json!({"status": status})).await;
        desk.http.drain().await;
        desk.tickets().unread_count().await["count"].as_u64().unwrap()
    };
    assert_eq!(resolve("resolved").await, 0);
    assert_eq!(resolve("open").await, 1);
    let off = json!({"conversations_enabled": false});
    desk.http.call(Method::PATCH, "/api/projects/1/", &[("authorization", "Bearer phx_local")], off).await.expect(200);
    assert_eq!(desk.tickets().unread_count().await, json!({"count": 0}));
    desk.tickets().reply(&id, "x").refused(400).await;
}

#[tokio::test]
async fn absent_null_and_value_differ() {
    let desk = desk().await;
    let id = desk
        .tickets()
        .create(json!({"priority": "low", "escalation_reason": "x", "assignee": {"type": "user", "id": 1}}))
        .id()
        .await;
    let patch = |body: Value| desk.tickets().patch(&id, body);
    let before = desk.tickets().get(&id).await;
    assert_eq!(patch(json!({})).await["updated_at"], before["updated_at"], "no change is no update");
    let ignored = patch(json!({"ticket_number": 7, "created_at": "x", "nope": [], "unread_team_count": 3})).await;
    assert_eq!(ignored, before);
    let cleared = patch(json!({"priority": null, "escalation_reason": null, "assignee": null})).await;
    assert_eq!(
        (&cleared["priority"], &cleared["escalation_reason"], &cleared["assignee"]),
        (&Value::Null, &Value::Null, &Value::Null)
    );
    assert_eq!(patch(json!({"priority": ""})).await["priority"], Value::Null);
    let put = desk.tickets().put(&id, json!({"tags": ["a"], "priority": "medium"})).await;
    assert_eq!((&put["tags"], &put["priority"]), (&json!(["a"]), &json!("medium")));
    for (body, attr) in [
        (json!({"status": null}), "status"),
        (json!({"status": "bogus"}), "status"),
        (json!({"priority": "urgent"}), "priority"),
        (json!({"priority": 1}), "priority"),
        (json!({"assignee": "me"}), "assignee"),
        (json!({"assignee": {"type": "user"}}), "assignee"),
        (json!({"assignee": {"type": "robot", "id": 1}}), "assignee"),
        (json!({"assignee": {"type": "user", "id": "1"}}), "assignee"),
        (json!({"assignee": {"type": "user", "id": 2}}), "assignee"),
        (json!({"assignee": {"type": "role", "id": "x"}}), "assignee"),
        (json!({"assignee": {"type": "role", "id": Uuid::now_v7()}}), "assignee"),
        (json!({"tags": ["x".repeat(201)]}), "tags"),
        (json!({"tags": [""]}), "tags"),
        (json!({"tags": "a"}), "tags"),
        (json!({"sla_due_at": "soon"}), "sla_due_at"),
        (json!({"snoozed_until": 5}), "snoozed_until"),
        (json!({"ai_resolved": "yes"}), "ai_resolved"),
        (json!({"anonymous_traits": []}), "anonymous_traits"),
    ] {
        let error = patch(body.clone()).refused(400).await;
        assert_eq!((&error["type"], &error["attr"]), (&json!("validation_error"), &json!(attr)), "{body}");
    }
    let mixed = patch(json!({"status": "open", "assignee": {"type": "user", "id": 2}})).refused(400).await;
    assert_eq!(mixed["attr"], "assignee");
    assert_eq!(desk.tickets().get(&id).await["status"], "new", "all or nothing");
}

#[tokio::test]
async fn snooze_moves_the_status_with_it() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "later"})).id().await;
    let patch = async |body: Value| desk.tickets().patch(&id, body).await;
    let asleep = patch(json!({"snoozed_until": "2030-01-01T00:00:00+02:00"})).await;
    assert_eq!((&asleep["status"], &asleep["snoozed_until"]), (&json!("on_hold"), &json!("2029-12-31T22:00:00.000000Z")));
    assert_eq!(patch(json!({"snoozed_until": null})).await["status"], "open");
}

#[tokio::test]
async fn replies_notes_and_their_retries() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    let reply = |body: Value| desk.tickets().reply(&id, body);
    let first = reply(json!({"message": " hi "})).await;
    assert_eq!(
        (&first["content"], &first["author_type"], &first["author_name"], &first["is_private"]),
        (&json!("hi"), &json!("support"), &json!("Agent"), &json!(false))
    );
    assert_eq!(reply(json!({"message": "hi"})).expect(200).await.json, first, "a retry gets the first one");
    reply(json!({"message": "hi", "is_private": true})).await;
    reply(json!({"message": "hi", "rich_content": {"type": "doc"}})).await;
    for body in [
        json!({}),
        json!({"message": " "}),
        json!({"message": 1}),
        json!({"message": "x", "is_private": "true"}),
        json!({"message": "x".repeat(50_001)}),
        json!({"message": "x", "rich_content": []}),
    ] {
        reply(body).refused(400).await;
    }
    let thread = desk.tickets().messages(&id).await;
    assert_eq!(texts(&thread["results"]), ["help", "hi", "hi", "hi"]);
    assert_eq!(thread["count"], 4);
    let ticket = desk.tickets().get(&id).await;
    assert_eq!(
        (&ticket["message_count"], &ticket["unread_customer_count"], &ticket["status"]),
        (&json!(3), &json!(2), &json!("new"))
    );
    assert_eq!(texts(&visitor.poll(&id, None).await.json["messages"]), ["help", "hi", "hi"], "no note");

    let page = desk.tickets().messages(&id).query("limit=3").await;
    assert_eq!((page["results"].as_array().unwrap().len(), &page["previous"]), (3, &Value::Null));
    let next = desk
        .http
        .call(Method::GET, page["next"].as_str().unwrap(), &[("authorization", "Bearer phx_local")], Value::Null)
        .await
        .expect(200)
        .json;
    assert_eq!((next["results"].as_array().unwrap().len(), &next["next"]), (1, &Value::Null));
}

#[tokio::test]
async fn a_note_is_edited_and_deleted_by_its_author_only() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let note = desk.tickets().note(&id, "draft").await;
    let path = format!("/api/projects/1/conversations/tickets/{id}/notes/{}/", note["id"].as_str().unwrap());
    let agent = [("authorization", "Bearer phx_local")];
    let edited = desk.http.call(Method::PATCH, &path, &agent, json!({"message": "final"})).await.expect(200).json;
    assert_eq!(
        (&edited["content"], &edited["version"], &edited["id"], &edited["created_at"]),
        (&json!("final"), &json!(1), &note["id"], &note["created_at"])
    );
    // A colleague in the same project.
    let admin = async |method, path: &str, body| desk.http.call(method, path, &agent, body).await;
    let colleague = admin(Method::POST, "/api/projects/1/members/", json!({"email": "bob@example.com", "first_name": "Bob"}))
        .await
        .expect(201)
        .json;
    let key = json!({"label": "bob", "scopes": ["ticket:write"], "user": colleague["id"]});
    let key = admin(Method::POST, "/api/personal_api_keys/", key).await.expect(201).json["value"].as_str().unwrap().to_owned();
    let bearer = format!("Bearer {key}");
    let bob = [("authorization", bearer.as_str())];
    desk.http.call(Method::PATCH, &path, &bob, json!({"message": "mine"})).await.expect(403);
    desk.http.call(Method::DELETE, &path, &bob, Value::Null).await.expect(403);
    desk.http.call(Method::DELETE, &path, &agent, Value::Null).await.expect(204);
    desk.http.call(Method::DELETE, &path, &agent, Value::Null).await.expect(404);
    assert_eq!(desk.tickets().messages(&id).await["count"], 1);
    // A public message is not a note.
    let public = desk.tickets().reply(&id, "said").await;
    let path = format!("/api/projects/1/conversations/tickets/{id}/notes/{}/", public["id"].as_str().unwrap());
    desk.http.call(Method::DELETE, &path, &agent, Value::Null).await.expect(404);
}

#[tokio::test]
async fn deletion_is_complete_and_numbers_are_not_reused() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("bye").await;
    for n in 0..150 {
        desk.tickets().reply(&id, json!({"message": n.to_string(), "is_private": n % 2 == 0})).await;
    }
    desk.tickets().delete(&id).await;
    desk.tickets().delete(&id).refused(404).await;
    for path in [
        format!("/tickets/{id}/"),
        "/tickets/1/".to_owned(),
        format!("/tickets/{id}/messages/"),
        format!("/tickets/{id}/activity/"),
    ] {
        desk.http.get(&path).await.expect(404);
    }
    desk.tickets().reply(&id, "x").refused(404).await;
    visitor.poll(&id, None).await.expect(404);
    assert_eq!(visitor.tickets().await.json["count"], 0);
    desk.http.drain().await;
    assert_eq!(desk.tickets().unread_count().await["count"], 0);
    assert_eq!(desk.tickets().list("").await["count"], 0);
    assert_eq!(desk.tickets().create(json!({})).await["ticket_number"], 2);
}

#[tokio::test]
async fn pages_go_forth_and_back_without_gaps() {
    let desk = desk().await;
    file(&desk.http, 23).await;
    desk.http.drain().await;
    let go = async |link: &str| {
        desk.http.call(Method::GET, link, &[("authorization", "Bearer phx_local")], Value::Null).await.expect(200).json
    };
    let first = desk.tickets().list("limit=5").await;
    assert_eq!((&first["count"], &first["previous"]), (&json!(23), &Value::Null));
    let (mut pages, mut at) = (vec![numbers(&first)], first);
    while let Some(next) = at["next"].as_str() {
        at = go(next).await;
        assert_eq!(at["count"], 23);
        pages.push(numbers(&at));
    }
    assert_eq!(pages.concat(), (1..=23).rev().collect::<Vec<_>>());
    let mut back = vec![numbers(&at)];
    while let Some(previous) = at["previous"].as_str() {
        at = go(previous).await;
        back.push(numbers(&at));
    }
    back.reverse();
    assert_eq!(back, pages, "the same pages");

    let offset = desk.tickets().list("limit=5&offset=20").await;
    assert_eq!((numbers(&offset), &offset["next"], &offset["count"]), (vec![3, 2, 1], &Value::Null, &json!(23)));
    assert!(offset["previous"].is_string());
    let past = desk.tickets().list("limit=5&offset=500").await;
    assert_eq!((numbers(&past), &past["count"]), (vec![], &json!(23)));
}

/// Every row from `path` on, following `next`, and the number of pages.
async fn walk(http: &Http, path: &str) -> (Vec<Value>, usize) {
    let (mut rows, mut pages) = (Vec::new(), 0);
    let mut next = Some(http.url(&format!("/api/projects/1/conversations{path}")));
    while let Some(url) = next {
        let page = http.call(Method::GET, &url, &[("authorization", crate::support::AGENT)], Value::Null).await.expect(200);
        assert!(page.text.len() < 4_000_000, "an answer that Lambda can carry");
        rows.extend(page.json["results"].as_array().unwrap().clone());
        next = page.json["next"].as_str().map(str::to_owned);
        pages += 1;
    }
    (rows, pages)
}

#[tokio::test]
async fn pages_of_heavy_entries_are_short_and_lose_none() {
    let desk = desk().await;
    let heavy = |n: usize| format!("{n} {}", "é".repeat(49_000));
    let id = desk.tickets().create(json!({})).id().await;
    for n in 0..24 {
        let entry = json!({"message": heavy(n), "is_private": n % 3 == 0});
        desk.tickets().reply(&id, entry).await;
    }
    for path in ["limit=200", "limit=5", "limit=7&offset=0"] {
        let (rows, pages) = walk(&desk.http, &format!("/tickets/{id}/messages/?{path}")).await;
        assert!(pages > 1);
        let numbers: Vec<_> = rows.iter().map(|row| row["content"].as_str().unwrap().split(' ').next().unwrap()).collect();
        assert!(numbers.iter().map(|n| n.parse::<usize>().unwrap()).eq(0..24), "{path}: {numbers:?}");
    }
    let (rows, _) = walk(&desk.http, &format!("/tickets/{id}/messages/?limit=200&offset=20")).await;
    assert_eq!(rows.len(), 4, "what is passed over is passed over across pages");

    let tags: Vec<_> = (0..100).map(|n| format!("{n:0>200}")).collect();
    for _ in 0..60 {
        desk.tickets().create(json!({"tags": tags})).await;
    }
    let (rows, _) = walk(&desk.http, "/tickets/?limit=1000").await;
    let mut seen: Vec<_> = rows.iter().map(|row| row["ticket_number"].as_u64().unwrap()).collect();
    seen.sort_unstable();
    assert!(seen.into_iter().eq(1..=61));
    let (rows, _) = walk(&desk.http, "/tickets/?limit=1000&offset=58").await;
    assert_eq!(rows.len(), 3);
}

#[tokio::test]
async fn a_walk_meets_each_untouched_ticket_once_while_others_change() {
    let desk = desk().await;
    file(&desk.http, 30).await;
    let mut seen = Vec::new();
    let mut page = desk.tickets().list("limit=4").await;
    let mut touched = 0;
    loop {
        seen.extend(numbers(&page));
        // Changes move tickets to the front while pages are read: 30, 29, … behind the cursor and 1, 2, … ahead of it.
        touched += 1;
        for number in [31 - touched, touched] {
            desk.tickets().patch(&number, json!({"status": "open", "escalation_reason": touched.to_string()})).await;
        }
        match page["next"].as_str() {
            Some(next) => {
                page = desk
                    .http
                    .call(Method::GET, next, &[("authorization", "Bearer phx_local")], Value::Null)
                    .await
                    .expect(200)
                    .json;
            }
            None => break,
        }
    }
    let untouched: Vec<u64> = (touched + 1..=30 - touched).rev().collect();
    let met: Vec<u64> = seen.iter().copied().filter(|number| untouched.contains(number)).collect();
    assert_eq!(met, untouched);
    let mut once = seen.clone();
    once.sort_unstable();
    once.dedup();
    assert_eq!(once.len(), seen.len(), "none repeats");
}

#[tokio::test]
async fn statuses_filter_and_bad_words_are_ignored() {
    let desk = desk().await;
    for status in ["new", "open", "open", "pending", "on_hold", "resolved"] {
        desk.tickets().create(json!({"status": status})).await;
    }
    desk.http.drain().await;
    for (filter, expected) in [
        ("open", vec![3, 2]),
        ("open,resolved", vec![6, 3, 2]),
        ("open,bogus", vec![3, 2]),
        ("bogus", vec![6, 5, 4, 3, 2, 1]),
        ("", vec![6, 5, 4, 3, 2, 1]),
        ("%20pending", vec![4]),
    ] {
        let page = desk.tickets().list(&format!("status={filter}")).await;
        assert_eq!((numbers(&page), page["count"].as_u64().unwrap()), (expected.clone(), expected.len() as u64), "{filter}");
        let page = desk.tickets().list(&format!("status={filter}&limit=1")).await;
        assert_eq!(page["count"].as_u64().unwrap(), expected.len() as u64, "{filter}, from the totals");
    }
}

#[tokio::test]
async fn cursors_that_are_not_ours_are_refused() {
    let desk = desk().await;
    file(&desk.http, 3).await;
    let page = desk.tickets().list("limit=1").await;
    let cursor = page["next"].as_str().unwrap().split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    let mut bent = cursor.clone().into_bytes();
    let last = bent.len() - 3;
    bent[last] = if bent[last] == b'A' { b'B' } else { b'A' };
    let bent = String::from_utf8(bent).unwrap();
    for query in
        [format!("cursor={bent}"), "cursor=junk".to_owned(), "cursor=%23~".to_owned(), format!("status=open&cursor={cursor}")]
    {
        let refused = desk.tickets().list(&format!("limit=1&{query}")).expect(400).await;
        assert_eq!(refused.json["attr"], "cursor", "{query}");
    }
    let other = [("authorization", "Bearer phx_other")];
    desk.http
        .call(Method::GET, &format!("/api/projects/2/conversations/tickets/?limit=1&cursor={cursor}"), &other, Value::Null)
        .await
        .expect(400);
    desk.tickets().list("cursor=").await;
    for (query, attr) in
        [("limit=0", "limit"), ("limit=x", "limit"), ("limit=-1", "limit"), ("offset=10001", "offset"), ("offset=-1", "offset")]
    {
        assert_eq!(desk.tickets().list(query).refused(400).await["attr"], attr);
    }
    desk.tickets().list("limit=1001").await;
}

#[tokio::test]
async fn who_may_what() {
    let desk = desk().await;
    let id = desk.tickets().create(json!({"message": "q"})).id().await;
    let call = async |method: Method, path: &str, token: Option<&str>| {
        let bearer = token.map(|token| format!("Bearer {token}"));
        let headers: Vec<_> = bearer.iter().map(|bearer| ("authorization", bearer.as_str())).collect();
        desk.http.call(method, path, &headers, Value::Null).await
    };
    let list = "/api/projects/1/conversations/tickets/";
    for token in [None, Some("nope"), Some("phc_local"), Some("phs_local"), Some("wgt_local"), Some("#~")] {
        let refused = call(Method::GET, list, token).await.expect(401);
        assert_eq!(refused.json["type"], "authentication_error");
        assert!(refused.header("x-request-id").is_some());
    }
    // Another project is 404, and so is everything in it.
    for path in [list.to_owned(), format!("{list}{id}/"), format!("{list}{id}/messages/"), "/api/projects/1/".to_owned()] {
        assert_eq!(call(Method::GET, &path, Some("phx_other")).await.expect(404).json["code"], "not_found");
    }
    let foreign = format!("/api/projects/2/conversations/tickets/{id}/");
    for method in [Method::GET, Method::DELETE] {
        call(method, &foreign, Some("phx_other")).await.expect(404);
    }
    for project in ["3", "0", "01", "x", "-1", "4294967297"] {
        call(Method::GET, &format!("/api/projects/{project}/conversations/tickets/"), Some("phx_local")).await.expect(404);
    }
    // A key with a read scope does not write or administrate.
    let admin = [("authorization", "Bearer phx_local")];
    let key = json!({"label": "reader", "scopes": ["ticket:read"]});
    let key = desk.http.call(Method::POST, "/api/personal_api_keys/", &admin, key).await.expect(201).json["value"]
        .as_str()
        .unwrap()
        .to_owned();
    call(Method::GET, list, Some(&key)).await.expect(200);
    for (method, path) in [(Method::DELETE, format!("{list}{id}/")), (Method::GET, "/api/projects/1/".to_owned())] {
        call(method, &path, Some(&key)).await.expect(403);
    }
    let post = desk.http.call(Method::POST, list, &[("authorization", &format!("Bearer {key}"))], json!({})).await;
    assert_eq!(post.expect(403).json["code"], "permission_denied");
}
