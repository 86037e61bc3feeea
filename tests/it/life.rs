//! Tickets that nobody touches, with the settings that resolve them, reopen them or begin a follow-up.

use std::collections::BTreeSet;

use futures_util::future::join_all;
use lambdesk_store::Upkeep;
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{Desk, Reply, Time, Visitor, desk_at, texts};

const DAY: i64 = 24 * 3600;

async fn desk(settings: Value) -> (Desk, Time) {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    desk.settings(settings).await;
    (desk, time)
}

async fn tick(desk: &Desk, time: &Time, days: i64) {
    time.pass(days * DAY);
    desk.http.tick().await;
}

/// The names of the events of a ticket, each with its kind of actor.
async fn told(desk: &Desk, id: &str) -> Vec<(String, Value)> {
    desk.http.drain().await;
    let events = desk.http.events(1).await.into_iter().map(|event| event["detail"].clone());
    let about = events.filter(|detail| detail["properties"]["ticket_id"] == id);
    about.map(|it| (it["event"].as_str().unwrap().to_owned(), it["properties"]["actor_type"].clone())).collect()
}

#[tokio::test]
async fn a_pending_ticket_is_resolved_when_its_customer_stays_away() {
    let (desk, time) = desk(json!({"auto_resolve_pending_days": 7})).await;
    let visitor = desk.customer();
    let (silent, answered, spoken) = (visitor.open("a").await, visitor.open("b").await, visitor.open("c").await);
    for id in [&silent, &answered, &spoken] {
        desk.tickets().patch(id, json!({"status": "pending"})).await;
    }
    tick(&desk, &time, 5).await;
    visitor.send(Some(&answered), "I am here.").await.expect(200);
    desk.tickets().reply(&spoken, "Are you there?").await;
    tick(&desk, &time, 3).await;
    assert_eq!(desk.tickets().get(&silent).await["status"], "resolved");
    assert_eq!(desk.tickets().get(&answered).await["status"], "pending", "the customer waits, and not the team");
    assert_eq!(desk.tickets().get(&spoken).await["status"], "pending", "it was asked three days ago");
    let changed = ("$conversation_ticket_status_changed".to_owned(), json!("system"));
    assert_eq!(told(&desk, &silent).await.iter().filter(|event| **event == changed).count(), 1);
    tick(&desk, &time, 30).await;
    assert_eq!(desk.tickets().get(&answered).await["status"], "pending");
    assert_eq!(desk.tickets().get(&spoken).await["status"], "resolved");
    for id in [&silent, &spoken] {
        assert_eq!(told(&desk, id).await.iter().filter(|event| **event == changed).count(), 1, "once");
    }
}

#[tokio::test]
async fn nothing_happens_unless_it_was_set() {
    let (desk, time) = desk(json!({})).await;
    let visitor = desk.customer();
    let (pending, resolved) = (visitor.open("a").await, visitor.open("b").await);
    desk.tickets().patch(&pending, json!({"status": "pending"})).await;
    desk.tickets().patch(&resolved, json!({"status": "resolved"})).await;
    tick(&desk, &time, 40).await;
    assert_eq!(desk.tickets().get(&pending).await["status"], "pending");
    let sent = visitor.send(Some(&resolved), "again").await.expect(200).json;
    assert_eq!((&sent["ticket_id"], &sent["ticket_status"]), (&json!(resolved), &json!("resolved")));
    let latest = "9000-01-01T00:00:00Z".parse().unwrap();
    for shard in Upkeep::timer_shards() {
        assert!(desk.running.store.upkeep().due_timers(shard, latest, None, 10).await.unwrap().timers.is_empty());
    }
}

#[tokio::test]
async fn a_customer_who_writes_in_time_opens_the_ticket_again() {
    let (desk, time) = desk(json!({"reopen_within_days": 20})).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    time.pass(19 * DAY);
    let sent = visitor.send(Some(&id), "still broken").await.expect(200).json;
    assert_eq!((&sent["ticket_id"], &sent["ticket_status"]), (&json!(id), &json!("open")));
    let told = told(&desk, &id).await;
    assert!(told.contains(&("$conversation_ticket_status_changed".to_owned(), json!("customer"))), "{told:?}");
}

#[tokio::test]
async fn a_message_that_comes_too_late_begins_a_ticket_of_its_own() {
    let (desk, time) = desk(json!({"reopen_within_days": 20})).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved", "tags": ["old"], "assignee": {"type": "user", "id": 1}})).await;
    time.pass(21 * DAY);
    let late = visitor.send(Some(&id), "it is broken again").await.expect(200).json;
    let next = late["ticket_id"].as_str().unwrap().to_owned();
    assert_ne!(next, id);
    let (ended, begun) = (desk.tickets().get(&id).await, desk.tickets().get(&next).await);
    assert_eq!((&ended["follow_up"], &ended["status"], &ended["message_count"]), (&json!(next), &json!("resolved"), &json!(1)));
    assert_eq!((&begun["follows_up"], &begun["status"], &begun["ticket_number"]), (&json!(id), &json!("new"), &json!(2)));
    assert_eq!((&begun["tags"], &begun["assignee"], &begun["distinct_id"]), (&json!([]), &Value::Null, &ended["distinct_id"]));
    // Everything that is written on the old ticket goes to its follow-up, also from several requests at the same time.
    let more = (0..4).map(|n| visitor.message(Some(&id), &n.to_string()));
    let more = more.map(|body| desk.http.widget(Method::POST, "/message", body));
    for sent in join_all(more).await {
        assert_eq!(sent.expect(200).json["ticket_id"], json!(next));
    }
    assert_eq!(desk.tickets().list("").await["count"], 2);
    assert_eq!(visitor.poll(&next, None).await.expect(200).json["messages"].as_array().unwrap().len(), 5);
    assert_eq!(visitor.tickets().await.json["count"], 2, "the widget lists both");
    // The follow-up can end too, and then gets a follow-up of its own.
    desk.tickets().patch(&next, json!({"status": "resolved"})).await;
    time.pass(21 * DAY);
    let third = visitor.send(Some(&id), "and again").await.expect(200).json["ticket_id"].clone();
    assert_eq!(desk.tickets().get(third.as_str().unwrap()).await["follows_up"], json!(next));
    let told = told(&desk, third.as_str().unwrap()).await;
    assert_eq!(told.iter().filter(|(name, _)| name == "$conversation_ticket_created").count(), 1);
    desk.customer().send(Some(&id), "a stranger").await.expect(403);
}

/// The widget stays with the ticket that it knows, and does not let a customer write on a resolved one.
#[tokio::test]
async fn the_widget_goes_on_where_the_customer_wrote() {
    let (desk, time) = desk(json!({"reopen_within_days": 20})).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    assert_eq!(desk.tickets().get(&id).await["status"], "resolved", "to agents it is");
    assert_eq!(visitor.tickets().await.json["results"][0]["status"], "pending");
    assert_eq!(visitor.poll(&id, None).await.json["ticket_status"], "pending");
    time.pass(21 * DAY);
    let sent = visitor.send(Some(&id), "it is broken again").await.expect(200).json;
    let next = sent["ticket_id"].as_str().unwrap().to_owned();
    desk.tickets().reply(&next, "We look.").await;
    let poll = visitor.poll(&id, sent["created_at"].as_str()).await.expect(200).json;
    assert_eq!((texts(&poll["messages"]), &poll["ticket_id"], &poll["unread_count"]), (vec!["We look."], &json!(id), &json!(1)));
    assert_eq!(poll["ticket_status"], "new");
    let whole = visitor.poll(&id, None).await.expect(200).json;
    assert_eq!(texts(&whole["messages"]), ["help", "it is broken again", "We look."]);
    let who = json!({"widget_session_id": visitor.session});
    desk.http.widget(Method::POST, &format!("/messages/{id}/read"), who).await.expect(200);
    assert_eq!(desk.tickets().get(&next).await["unread_customer_count"], 0);

    desk.settings(json!({"reopen_within_days": null})).await;
    assert_eq!(visitor.poll(&id, None).await.json["messages"].as_array().unwrap().len(), 3);
    desk.tickets().patch(&next, json!({"status": "resolved"})).await;
    assert_eq!(visitor.poll(&id, None).await.json["ticket_status"], "resolved", "where the setting is off");
}

/// An agent may still write on the ticket that has ended.
#[tokio::test]
async fn a_thread_of_two_tickets_is_in_order_whichever_is_written_on() {
    let (desk, time) = desk(json!({"reopen_within_days": 1})).await;
    let visitor = desk.customer();
    let first = visitor.open("one").await;
    desk.tickets().patch(&first, json!({"status": "resolved"})).await;
    time.pass(2 * DAY);
    let second = visitor.send(Some(&first), "two").await.expect(200).json["ticket_id"].as_str().unwrap().to_owned();
    for (id, message) in [(&first, "three"), (&second, "four"), (&first, "five")] {
        desk.tickets().reply(&id, message).await;
    }
    let said = ["one", "two", "three", "four", "five"];
    let whole = visitor.poll(&first, None).await.expect(200).json;
    assert_eq!(texts(&whole["messages"]), said);
    assert_eq!((&whole["unread_count"], &whole["has_more"]), (&json!(3), &json!(false)));
    // Page by page, with every page size.
    for limit in 1..=5 {
        let (mut seen, mut after) = (Vec::new(), String::new());
        loop {
            let path = format!("/messages/{first}?widget_session_id={}&limit={limit}{after}", visitor.session);
            let page = desk.http.widget(Method::GET, &path, Value::Null).await.expect(200).json;
            let messages = page["messages"].as_array().unwrap().clone();
            assert!(messages.len() <= limit);
            seen.extend(messages.iter().map(|message| message["content"].as_str().unwrap().to_owned()));
            let Some(last) = messages.last().filter(|_| page["has_more"] == true) else { break };
            after = format!("&after={}", last["created_at"].as_str().unwrap());
        }
        assert_eq!(seen, said, "{limit}");
    }
}

/// A customer's ticket that was resolved too long ago to be opened again.
async fn ended() -> (Desk, Visitor, String) {
    let (desk, time) = desk(json!({"reopen_within_days": 1})).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    time.pass(2 * DAY);
    (desk, visitor, id)
}

/// Writes `texts` on a ticket, all at once. They have to meet on one ticket, which keeps each of them once. Returns its id.
async fn write_late(desk: &Desk, visitor: &Visitor, id: &str, texts: &[&str]) -> String {
    let sent = join_all(texts.iter().map(|text| visitor.send(Some(id), text))).await;
    let tickets: BTreeSet<_> =
        sent.into_iter().map(|sent| sent.expect(200).json["ticket_id"].as_str().unwrap().to_owned()).collect();
    assert_eq!(tickets.len(), 1, "{tickets:?}");
    let next = tickets.into_iter().next().unwrap();
    assert_eq!(kept(desk, &next).await, texts.iter().map(|text| (*text).to_owned()).collect::<Vec<_>>());
    let (ended, begun) = (desk.tickets().get(id).await, desk.tickets().get(&next).await);
    assert_eq!((&ended["follow_up"], &ended["message_count"]), (&json!(next), &json!(1)));
    assert_eq!((&begun["follows_up"], &begun["message_count"]), (&json!(id), &json!(texts.len())));
    next
}

/// The texts of a ticket's messages, sorted.
async fn kept(desk: &Desk, id: &str) -> Vec<String> {
    let thread = desk.tickets().messages(&id).query("limit=200").await;
    let mut kept: Vec<_> = texts(&thread["results"]).into_iter().map(str::to_owned).collect();
    kept.sort();
    kept
}

#[tokio::test(flavor = "multi_thread")]
async fn late_messages_at_once_begin_one_ticket() {
    let (desk, visitor, id) = ended().await;
    let next = write_late(&desk, &visitor, &id, &["0", "1", "2", "3", "4", "5"]).await;
    assert_eq!(desk.tickets().get(&next).await["ticket_number"], 2);
    assert_eq!(desk.tickets().list("").await["count"], 2);
    let created = told(&desk, &next).await.into_iter().filter(|(name, _)| name == "$conversation_ticket_created");
    assert_eq!(created.count(), 1);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_late_message_that_is_sent_many_times_at_once_under_one_key_is_one_message() {
    let (desk, visitor, id) = ended().await;
    let headers = [("x-conversations-token", "wgt_local"), ("idempotency-key", "late")];
    let send = || {
        let body = visitor.message(Some(&id), "it is broken again");
        desk.http.call(Method::POST, "/api/conversations/v1/widget/message", &headers, body)
    };
    let replies = join_all((0..6).map(|_| send())).await;
    let is_replayed = |reply: &Reply| reply.header("idempotent-replayed").is_some();
    let (answered, early): (Vec<_>, Vec<_>) = replies.iter().partition(|reply| reply.status == 200);
    assert!(early.iter().all(|reply| reply.status == 409), "it is being carried out: {early:?}");
    assert_eq!(answered.iter().filter(|reply| !is_replayed(reply)).count(), 1, "one wrote: {answered:?}");
    let again = send().await.expect(200);
    assert!(is_replayed(&again) && answered.iter().all(|reply| reply.text == again.text), "{answered:?}");
    let next = again.json["ticket_id"].as_str().unwrap();
    assert_eq!(kept(&desk, next).await, ["it is broken again"]);
    assert_eq!(desk.tickets().get(&id).await["follow_up"], next);
    assert_eq!(desk.tickets().list("").await["count"], 2);
}

#[tokio::test(flavor = "multi_thread")]
async fn late_messages_after_the_follow_up_was_deleted_begin_another() {
    let (desk, visitor, id) = ended().await;
    let first = write_late(&desk, &visitor, &id, &["gone"]).await;
    desk.tickets().delete(&first).await;
    let whole = visitor.poll(&id, None).await.expect(200).json;
    assert_eq!(texts(&whole["messages"]), ["help"], "the conversation ends where its rest was deleted");
    let second = write_late(&desk, &visitor, &id, &["0", "1", "2", "3"]).await;
    assert_ne!(second, first);
    assert_eq!(desk.tickets().get(&second).await["ticket_number"], 3);
    desk.tickets().get(&first).refused(404).await;
    assert_eq!(desk.tickets().list("").await["count"], 2);
    assert_eq!(visitor.poll(&id, None).await.expect(200).json["messages"].as_array().unwrap().len(), 5);
}

#[tokio::test]
async fn a_setting_takes_whole_days() {
    let (desk, _) = desk(json!({})).await;
    for (key, value) in [("auto_resolve_pending_days", json!(0)), ("reopen_within_days", json!("20"))] {
        let change = json!({"conversations_settings": {key: value}});
        let refused = desk.agent().configure(change).refused(400).await;
        assert!(refused["attr"].as_str().unwrap().ends_with(key), "{refused}");
    }
}

/// The links of each question in a ticket's thread, as the widget shows them.
async fn questions(visitor: &Visitor, id: &str) -> Vec<Vec<String>> {
    let thread = visitor.poll(id, None).await.expect(200).json;
    let messages = thread["messages"].as_array().unwrap().clone().into_iter();
    let questions = messages.filter(|message| message["content"].as_str().unwrap().starts_with("How satisfied"));
    let links = |question: Value| {
        assert_eq!((&question["author_type"], &question["author_name"]), (&json!("support"), &json!("Support")));
        let parts = question["rich_content"]["content"][1]["content"].as_array().unwrap_or_else(|| panic!("{question}")).clone();
        parts.iter().filter_map(|part| part["marks"][0]["attrs"]["href"].as_str().map(str::to_owned)).collect()
    };
    questions.map(links).collect()
}

#[tokio::test]
async fn a_customer_is_asked_once_and_answers_with_a_button() {
    let (desk, time) = desk(json!({"satisfaction_survey_days": 3})).await;
    // A workflow that waits for the team's answer must not take the question for one.
    let steps = json!([{"action": "update_ticket", "inputs": {"status": "pending"}}]);
    let workflow = json!({"name": "Wait", "trigger": {"event": "$conversation_message_sent"}, "steps": steps});
    desk.agent().workflows().create(workflow).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    tick(&desk, &time, 2).await;
    assert_eq!(desk.tickets().get(&id).await["satisfaction"], Value::Null);
    tick(&desk, &time, 2).await;
    tick(&desk, &time, 20).await;
    let seen = desk.tickets().get(&id).await;
    assert_eq!(
        (&seen["status"], &seen["message_count"], &seen["unread_customer_count"]),
        (&json!("resolved"), &json!(2), &json!(1))
    );
    assert_eq!((&seen["satisfaction"]["rating"], seen["satisfaction"]["asked_at"].is_string()), (&Value::Null, true));

    let asked = questions(&visitor, &id).await;
    assert_eq!(asked.len(), 1);
    let links = &asked[0];
    assert_eq!(links.len(), 5);
    // A scanner for bad links in mails opens all of them. That must not count as an answer.
    for method in [Method::HEAD, Method::GET, Method::GET] {
        for link in links {
            let page = desk.http.call(method.clone(), link, &[], Value::Null).await.expect(200);
            assert!(page.header("content-type").unwrap().starts_with("text/html"));
        }
    }
    assert_eq!(desk.tickets().get(&id).await["satisfaction"]["rating"], Value::Null);
    let page = desk.http.call(Method::GET, &links[3], &[], Value::Null).await.expect(200);
    let chosen = page.text.split("<label>").filter(|label| label.contains(" checked")).collect::<Vec<_>>();
    assert!(chosen.len() == 1 && chosen[0].contains("value=4 "), "{}", page.text);
    let form = [("content-type", "application/x-www-form-urlencoded")];
    let said = desk.http.raw(Method::POST, &links[0], &form, b"rating=4&comment=Quick+%26+kind%21".to_vec()).await.expect(200);
    assert!(said.text.contains("Quick &amp; kind!") && said.text.contains("4 of 5"), "{}", said.text);
    for page in [&page, &said] {
        let policy = page.header("content-security-policy").unwrap();
        assert!(policy.starts_with("default-src 'none';") && policy.contains("frame-ancestors 'none'"), "{policy}");
        assert!(!policy.contains("unsafe") && !policy.contains("script-src"), "{policy}");
        for (header, value) in
            [("cache-control", "no-store"), ("referrer-policy", "no-referrer"), ("x-content-type-options", "nosniff")]
        {
            assert_eq!(page.header(header), Some(value));
        }
    }
    for bad in [b"rating=6".as_slice(), b"rating=x", b"comment=%FF", b"comment=%00"] {
        desk.http.raw(Method::POST, &links[0], &form, bad.to_vec()).await.expect(400);
    }
    let satisfaction = desk.tickets().get(&id).await["satisfaction"].clone();
    assert_eq!((&satisfaction["rating"], &satisfaction["comment"]), (&json!(4), &json!("Quick & kind!")));
    let changed = desk.http.call(Method::POST, &links[0], &[], json!({"rating": 5})).await.expect(200).json;
    assert_eq!(changed, json!({"rating": 5, "comment": "Quick & kind!"}));
    // The same answer again changes nothing.
    desk.http.call(Method::POST, &links[4], &[], json!({"rating": 5})).await.expect(200);

    let names: Vec<_> = told(&desk, &id).await.into_iter().map(|(name, _)| name).collect();
    let of = |name: &str| names.iter().filter(|told| *told == name).count();
    assert_eq!((of("$conversation_satisfaction_asked"), of("$conversation_satisfaction_answered")), (1, 2), "{names:?}");
    assert_eq!(of("$conversation_message_sent"), 0);

    for wrong in ["?rating=6", "?rating=0", "?rating=x", ""] {
        let path = format!("{}{wrong}", links[0].split('?').next().unwrap());
        let status = desk.http.call(Method::GET, &path, &[], Value::Null).await.status;
        assert_eq!(status, if wrong.is_empty() { 200 } else { 400 }, "{wrong}");
    }
    let (head, _) = links[0].rsplit_once('/').unwrap();
    desk.http.call(Method::GET, &format!("{head}/0011?rating=1"), &[], Value::Null).await.expect(404);
    let long = json!({"rating": 1, "comment": "x".repeat(2001)});
    desk.http.call(Method::POST, &links[0], &[], long).await.expect(400);
    assert_eq!(desk.tickets().get(&id).await["satisfaction"]["rating"], 5);
}

#[tokio::test]
async fn a_question_expires() {
    let (desk, time) = desk(json!({"satisfaction_survey_days": 3})).await;
    let visitor = desk.customer();
    let id = visitor.open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    tick(&desk, &time, 4).await;
    let links = questions(&visitor, &id).await.remove(0);
    time.pass(29 * DAY);
    desk.http.call(Method::POST, &links[1], &[], json!({"rating": 2})).await.expect(200);
    time.pass(DAY);
    desk.http.call(Method::GET, &links[1], &[], Value::Null).await.expect(410);
    let refused = desk.http.call(Method::POST, &links[1], &[], json!({"rating": 5})).await.expect(410);
    assert_eq!(refused.json, json!({"error": "This question has expired."}));
    assert_eq!(desk.tickets().get(&id).await["satisfaction"]["rating"], 2);
    let thread = visitor.poll(&id, None).await.expect(200).json;
    let question = thread["messages"].as_array().unwrap().last().unwrap();
    assert_eq!(question["rich_content"], Value::Null, "no links that lead nowhere: {question}");
}

/// The widget shows a ticket and its follow-ups as one thread. Each question in it is about its own ticket.
#[tokio::test]
async fn each_ticket_of_a_thread_is_rated_by_its_own_links() {
    let (desk, time) = desk(json!({"reopen_within_days": 1, "satisfaction_survey_days": 3})).await;
    let visitor = desk.customer();
    let first = visitor.open("help").await;
    desk.tickets().patch(&first, json!({"status": "resolved"})).await;
    tick(&desk, &time, 4).await;
    let asked = questions(&visitor, &first).await;
    let sent = visitor.send(Some(&first), "it is broken again").await.expect(200).json;
    let next = sent["ticket_id"].as_str().unwrap().to_owned();
    assert_ne!(next, first);
    assert_eq!(questions(&visitor, &first).await, asked, "a follow-up takes no links away");
    desk.tickets().patch(&next, json!({"status": "resolved"})).await;
    tick(&desk, &time, 4).await;
    let both = questions(&visitor, &first).await;
    assert_eq!((both.len(), &both[0]), (2, &asked[0]));
    assert_eq!(both[1..], questions(&visitor, &next).await);
    let rating = async |id: &str| desk.tickets().get(id).await["satisfaction"]["rating"].clone();
    let form = async |link: &str| {
        let kind = [("content-type", "application/x-www-form-urlencoded")];
        desk.http.raw(Method::POST, link, &kind, b"comment=".to_vec()).await.expect(200);
    };
    // A form without a rating takes the rating of its link.
    form(&both[0][1]).await;
    assert_eq!((rating(&first).await, rating(&next).await), (json!(2), Value::Null));
    form(&both[1][4]).await;
    assert_eq!((rating(&first).await, rating(&next).await), (json!(2), json!(5)));
}

#[tokio::test]
async fn a_ticket_that_is_opened_again_asks_nobody() {
    let (desk, time) = desk(json!({"satisfaction_survey_days": 3})).await;
    let id = desk.customer().open("help").await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    time.pass(DAY);
    desk.tickets().patch(&id, json!({"status": "open"})).await;
    tick(&desk, &time, 5).await;
    assert_eq!(desk.tickets().get(&id).await["satisfaction"], Value::Null);
}

/// Turning the question on affects only tickets from now on.
#[tokio::test]
async fn nobody_is_asked_about_a_ticket_of_last_year() {
    let (desk, time) = desk(json!({})).await;
    let visitor = desk.customer();
    let (old, recent) = (visitor.open("a").await, visitor.open("b").await);
    desk.tickets().patch(&old, json!({"status": "resolved"})).await;
    time.pass(300 * DAY);
    desk.tickets().patch(&recent, json!({"status": "resolved"})).await;
    let settings = json!({"conversations_settings": {"satisfaction_survey_days": 3}});
    desk.agent().configure(settings).await;
    for id in [&old, &recent] {
        desk.tickets().patch(id, json!({"tags": ["touched"]})).await;
    }
    tick(&desk, &time, 4).await;
    assert_eq!(desk.tickets().get(&old).await["message_count"], 1);
    assert_eq!(desk.tickets().get(&recent).await["message_count"], 2, "this one is asked about");
}
