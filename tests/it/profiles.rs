//! Traits and context that are too large to be written with every message.

use aws_sdk_dynamodb::types::AttributeValue;
use reqwest::Method;
use serde_json::{Value, json};
use uuid::Uuid;

use crate::{
    support::{Desk, Reply, Visitor, desk, desk_at, halves, proof},
    table::{Table, text},
};

/// The most that a browser may send: 16 KB of traits and 16 KB of context.
fn large(word: &str) -> (Value, Value) {
    let long = |size: usize| format!("{word} {}", "x".repeat(size - word.len() - 1));
    let mut traits = json!({"name": "Ada", "email": "ada@example.com"});
    let mut context = json!({});
    for n in 0..31 {
        traits[format!("trait{n:02}")] = json!(long(490));
    }
    for n in 0..8 {
        context[format!("context{n}")] = json!(long(1950));
    }
    (traits, context)
}

/// Sends a visitor's message with these traits and this context.
async fn send(visitor: &Visitor, ticket: Option<&str>, replay: &str, (traits, context): (Value, Value)) -> Reply {
    let mut message = visitor.message(ticket, &format!("see {replay}"));
    message["traits"] = traits;
    message["session_context"] = context;
    message["session_context"]["session_replay_url"] = json!(format!("https://example.com/replay/{replay}"));
    visitor.http.widget(Method::POST, "/message", message).await.expect(200)
}

fn id_of(sent: &Reply) -> String {
    sent.json["ticket_id"].as_str().unwrap().to_owned()
}

/// The ticket as an agent reads it.
async fn seen(desk: &Desk, id: &str) -> Value {
    desk.tickets().get(&id).await
}

#[track_caller]
fn shows(ticket: &Value, word: &str, replay: &str) {
    let (traits, mut context) = large(word);
    context["session_replay_url"] = json!(format!("https://example.com/replay/{replay}"));
    assert_eq!((&ticket["anonymous_traits"], &ticket["session_context"]), (&traits, &context));
}

#[tokio::test]
async fn a_large_profile_is_written_when_it_changes_and_not_with_every_message() {
    let desk = desk().await;
    let visitor = desk.customer();
    let opened = send(&visitor, None, "r0", large("first")).await;
    println!("opened {:?}", opened.cost());
    assert!(opened.cost().wcu <= 80.0, "{:?}", opened.cost());
    let id = id_of(&opened);
    shows(&seen(&desk, &id).await, "first", "r0");
    for n in 1..4 {
        let sent = send(&visitor, Some(&id), &format!("r{n}"), large("first")).await;
        println!("sent {:?}", sent.cost());
        assert!(sent.cost().wcu <= 8.0, "{:?}", sent.cost());
        shows(&seen(&desk, &id).await, "first", &format!("r{n}"));
    }
    let changed = send(&visitor, Some(&id), "r4", large("second")).await;
    println!("changed {:?}", changed.cost());
    assert!(changed.cost().wcu <= 80.0, "{:?}", changed.cost());
    shows(&seen(&desk, &id).await, "second", "r4");
    let answered = desk.tickets().patch(&id, json!({"priority": "high"})).expect(200).await;
    assert!(answered.cost().wcu <= 12.0, "{:?}", answered.cost());
    shows(&answered.json, "second", "r4");
    let polled = visitor.poll(&id, None).await.expect(200);
    assert!(polled.cost().rcu <= 1.0, "a customer's poll reads no profile: {:?}", polled.cost());
}

#[tokio::test]
async fn what_fits_stays_in_the_tickets_own_item() {
    let desk = desk().await;
    let visitor = desk.customer();
    let small =
        |bytes: usize| (json!({"name": "Ada", "about": "x".repeat(bytes.min(490))}), json!({"page": "y".repeat(bytes - 490)}));
    let has_profile = async |id: &str| Table(&desk).get(&format!("P#1#T#{id}"), "C#").await.is_some();
    let id = id_of(&send(&visitor, None, "r0", small(1850)).await);
    assert!(!has_profile(&id).await);
    send(&visitor, Some(&id), "r1", small(2100)).await;
    assert!(has_profile(&id).await);
    // The profile stays in its own item, and what the team removes is gone.
    let traits = json!({"anonymous_traits": {"name": "Ada", "plan": "pro"}});
    let patched = desk.tickets().patch(&id, traits.clone()).await;
    assert_eq!(patched["anonymous_traits"], traits["anonymous_traits"]);
    assert_eq!(seen(&desk, &id).await["anonymous_traits"], traits["anonymous_traits"]);
    assert_eq!(seen(&desk, &id).await["proven_traits"], json!(["name", "plan"]));
    // Deleting the ticket deletes the profile too.
    desk.tickets().delete(&id).await;
    desk.http.drain().await;
    assert_eq!(Table(&desk).partition(&format!("P#1#T#{id}")).await, []);
}

#[tokio::test]
async fn every_list_shows_the_whole_ticket_within_its_budget() {
    let desk = desk().await;
    let session = desk.customer();
    let mut ids = Vec::new();
    for n in 0..60 {
        // Each message comes from a browser of its own, because a browser may open only a few tickets an hour.
        let visitor = Visitor { session: Uuid::now_v7().to_string(), ..session.clone() };
        ids.push(id_of(&send(&visitor, None, &format!("r{n}"), large("first")).await));
    }
    desk.http.drain().await;
    for query in [
        "",
        "&status=new",
        "&search=ada",
        "&channel_source=widget&sla=none",
        "&distinct_ids=visitor",
        "&order_by=ticket_number",
        "&order_by=sla_due_at",
    ] {
        let (mut shown, mut next) = (0, Some(format!("/tickets/?limit=50{query}")));
        while let Some(path) = next {
            let path = path.split_once("/conversations").map_or(path.as_str(), |(_, path)| path).to_owned();
            let page = desk.http.get(&path).await.expect(200);
            let tickets = page.json["results"].as_array().unwrap();
            for ticket in tickets {
                let number = ticket["ticket_number"].as_u64().unwrap();
                shows(ticket, "first", &format!("r{}", number - 1));
            }
            assert!(page.cost().rcu <= 130.0 + halves(tickets.len()), "{query}: {} cost {:?}", tickets.len(), page.cost());
            shown += tickets.len();
            next = page.json["next"].as_str().map(str::to_owned);
        }
        assert_eq!(shown, 60, "{query}");
    }
    let (mut shown, mut next) = (0, Some(format!("/tickets/{}/previous/?limit=50", ids[0])));
    while let Some(path) = next {
        let path = path.split_once("/conversations").map_or(path.as_str(), |(_, path)| path).to_owned();
        let page = desk.http.get(&path).await.expect(200);
        let shown_here = page.json["results"].as_array().unwrap().len();
        assert!(page.cost().rcu <= 130.0 + halves(shown_here), "{shown_here} cost {:?}", page.cost());
        for ticket in page.json["results"].as_array().unwrap() {
            shows(ticket, "first", &format!("r{}", ticket["ticket_number"].as_u64().unwrap() - 1));
            shown += 1;
        }
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(shown, 59, "previous tickets");
}

/// As many proven customers as a page could show, with the longest name and address that a browser may tell, and as much beside.
#[tokio::test]
async fn a_page_of_large_persons_stays_within_its_budget() {
    let desk = desk().await;
    let long = "\u{1f600}".repeat(500);
    for n in 0..40 {
        let mut traits = large("first").0;
        (traits["name"], traits["email"]) = (json!(long), json!(long));
        let id = format!("user-{n}");
        let message = json!({
            "message": "it is me", "distinct_id": id, "identity_distinct_id": id, "identity_hash": proof(&id, "phs_local"),
            "traits": traits, "session_context": large("first").1,
        });
        desk.http.widget(Method::POST, "/message", message).await.expect(200);
    }
    desk.http.drain().await;
    for order in ["-updated_at", "-ticket_number", "-created_at"] {
        let page = desk.tickets().list(&format!("limit=1000&order_by={order}")).expect(200).await;
        let tickets = page.json["results"].as_array().unwrap();
        assert!(tickets.len() > 10 && tickets.iter().all(|ticket| ticket["person"]["name"] == long.as_str()));
        // Half a unit for each ticket, and for the person of each.
        let most = 130.0 + 2.0 * halves(tickets.len());
        assert!(page.cost().rcu <= most, "{order}: {} cost {:?}", tickets.len(), page.cost());
    }
}

#[tokio::test]
async fn who_proved_it_is_known_by_what_a_large_profile_tells() {
    let desk = desk().await;
    let hash = proof("user-1", "phs_local");
    let say = async |ticket: Option<&str>, traits: Value| {
        let message = json!({
            "message": "it is me", "ticket_id": ticket, "identity_distinct_id": "user-1", "identity_hash": hash,
            "distinct_id": "user-1", "traits": traits,
        });
        let sent = desk.http.widget(Method::POST, "/message", message).await.expect(200);
        desk.http.drain().await;
        id_of(&sent)
    };
    // A person holds 2,500 bytes of traits, taken in the order of their names. These names come first.
    let mut traits = large("first").0;
    traits["aa_plan"] = json!("pro");
    let id = say(None, traits.clone()).await;
    let person = |ticket: &Value| ticket["person"]["properties"].clone();
    let known = person(&seen(&desk, &id).await);
    assert_eq!((&known["name"], &known["email"], &known["aa_plan"]), (&json!("Ada"), &json!("ada@example.com"), &json!("pro")));
    traits["aa_plan"] = json!("scale");
    traits["name"] = json!("Ada L.");
    say(Some(&id), traits).await;
    let known = person(&seen(&desk, &id).await);
    assert_eq!((&known["name"], &known["aa_plan"]), (&json!("Ada L."), &json!("scale")));
    // What an agent writes is not the customer's own statement, so the person does not change.
    let patch = json!({"anonymous_traits": {"name": "Ada", "aa_plan": "none"}});
    desk.tickets().patch(&id, patch).await;
    desk.http.drain().await;
    assert_eq!(person(&seen(&desk, &id).await)["aa_plan"], "scale");
    assert_eq!(desk.http.dead_letters().await, Vec::<Value>::new());
}

#[tokio::test]
async fn a_policy_finds_a_trait_of_a_large_profile_whoever_changes_the_ticket() {
    let desk = desk().await;
    let mut traits = large("first").0;
    traits["plan"] = json!("enterprise");
    let filed = json!({"distinct_id": "ada", "message": "help", "anonymous_traits": traits});
    let id = desk.tickets().create(filed).id().await;
    assert_eq!(seen(&desk, &id).await["sla_due_at"], Value::Null);
    let policy = json!({
        "name": "Enterprise", "conditions": {"traits": {"plan": ["enterprise"]}}, "targets": {"resolution": {"amount": 2}},
    });
    desk.agent().set_sla_policies(json!({"policies": [policy]})).await;
    desk.http.tick().await;
    let due = seen(&desk, &id).await["sla_due_at"].clone();
    assert!(due.is_string(), "the clock rolls the policy out: {due}");
    desk.http.agent(Method::POST, "/tickets/bulk_update_tags/", json!({"ids": [id], "tags": ["vip"], "mode": "add"})).await;
    assert_eq!(seen(&desk, &id).await["sla_due_at"], due);
    assert_eq!(seen(&desk, &id).await["anonymous_traits"], traits);
}

#[tokio::test]
async fn a_message_that_comes_too_late_takes_the_profile_along() {
    let (desk, time) = desk_at("2026-03-09T09:00:00Z").await;
    let visitor = desk.customer();
    let id = id_of(&send(&visitor, None, "r0", large("first")).await);
    let settings = json!({"conversations_settings": {"reopen_within_days": 1}});
    desk.agent().configure(settings).await;
    desk.tickets().patch(&id, json!({"status": "resolved"})).await;
    time.pass(2 * 24 * 3600);
    let next = id_of(&send(&visitor, Some(&id), "r1", large("first")).await);
    assert_ne!(next, id);
    shows(&seen(&desk, &next).await, "first", "r1");
    shows(&seen(&desk, &id).await, "first", "r0");
}

/// Writers change a trait and a word of the context together. A reader never sees one change without the other.
#[tokio::test(flavor = "multi_thread")]
async fn who_reads_while_others_write_never_finds_half_a_change() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = id_of(&send(&visitor, None, "n0", large("n0")).await);
    let writing = (1..=3).map(|writer| {
        let (visitor, id) = (visitor.clone(), id.clone());
        tokio::spawn(async move {
            for n in 0..8 {
                let word = format!("n{writer}{n}");
                send(&visitor, Some(&id), &word, large(&word)).await;
            }
        })
    });
    let writing: Vec<_> = writing.collect();
    let mut reads = 0;
    while reads < 6 || writing.iter().any(|writer| !writer.is_finished()) {
        // By itself, and as lists show it: an index brings the ticket, and another read the profile.
        let ticket = match reads % 3 {
            0 => seen(&desk, &id).await,
            1 => desk.tickets().list("").await["results"][0].clone(),
            _ => desk.tickets().list("distinct_ids=visitor").await["results"][0].clone(),
        };
        let replay = ticket["session_context"]["session_replay_url"].as_str().unwrap().to_owned();
        let word = replay.rsplit('/').next().unwrap();
        shows(&ticket, word, word);
        reads += 1;
    }
    for writer in writing {
        writer.await.unwrap();
    }
    assert_eq!(seen(&desk, &id).await["message_count"], 25);
}

/// Older versions wrote everything into one item.
#[tokio::test]
async fn a_large_ticket_of_an_older_version_is_read_and_parted_with_its_next_change() {
    let desk = desk().await;
    let (table, visitor) = (Table(&desk), desk.customer());
    let id = id_of(&send(&visitor, None, "r0", large("first")).await);
    let pk = format!("P#1#T#{id}");
    let mut item = table.get(&pk, "~").await.unwrap();
    let (traits, mut context) = large("first");
    context["session_replay_url"] = json!("https://example.com/replay/r0");
    item.remove("prf");
    item.insert("trt".to_owned(), text(&traits.to_string()));
    item.insert("sct".to_owned(), text(&context.to_string()));
    table.delete(&pk, "C#").await;
    table.put(item).await;
    shows(&seen(&desk, &id).await, "first", "r0");
    desk.tickets().patch(&id, json!({"priority": "low"})).await;
    assert!(table.get(&pk, "C#").await.is_some());
    shows(&seen(&desk, &id).await, "first", "r0");
    assert!(send(&visitor, Some(&id), "r1", large("first")).await.cost().wcu <= 8.0);
    // A profile that is missing is an error that names it. The ticket is not shown without it.
    table.delete(&pk, "C#").await;
    desk.tickets().get(&id).refused(500).await;
    desk.tickets().list("").refused(500).await;
    let ticket = table.get(&pk, "~").await.unwrap();
    assert!(matches!(ticket.get("prf"), Some(AttributeValue::S(_))));
}
