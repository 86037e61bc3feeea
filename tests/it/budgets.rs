//! The budgets: the most round trips, read units and write units that each operation may use, compared with real calls.

mod mail;

use aws_lambda_events::event::sqs::SqsEvent;
use lambdesk_store::meter::metered;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    apart::{Apart, message},
    support::{AGENT, Cost, Reply, Visitor, desk_at, proof, still_desk},
};

#[track_caller]
fn within(reply: &Reply, round_trips: f64, rcu: f64, wcu: f64) -> Cost {
    let cost = reply.cost();
    assert!(
        cost.round_trips <= round_trips && cost.rcu <= rcu && cost.wcu <= wcu,
        "{cost:?} is over {round_trips} round trips, {rcu} RCU, {wcu} WCU"
    );
    println!("{cost:?} of {round_trips} round trips, {rcu} RCU, {wcu} WCU");
    cost
}

#[tokio::test]
async fn a_poll_with_nothing_new() {
    let desk = still_desk().await;
    let visitor = Visitor::new(&desk.http);
    let sent = visitor.send(None, "hello").await.expect(200).json;
    let (id, at) = (sent["ticket_id"].as_str().unwrap(), sent["created_at"].as_str().unwrap());
    for n in 0..20 {
        visitor.send(Some(id), &format!("{n} {}", "x".repeat(290))).await.expect(200);
    }
    let last = visitor.poll(id, Some(at)).await.json["messages"][19]["created_at"].as_str().unwrap().to_owned();
    within(&visitor.poll(id, Some(&last)).await.expect(200), 1.0, 0.5, 0.0);
}

#[tokio::test]
async fn a_message_of_either_side() {
    let desk = still_desk().await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("hello").await;
    let text = |n: usize| format!("{n} {}", "x".repeat(298));
    for n in 0..3 {
        within(&visitor.send(Some(&id), &text(n)).await.expect(200), 2.0, 1.0, 8.0);
    }
    let reply = async |n: usize, private: bool| {
        let body = json!({"message": text(n), "is_private": private});
        desk.http.agent(Method::POST, &format!("/tickets/{id}/reply/"), body).await.expect(201)
    };
    desk.http.get("/tickets/").await.expect(200);
    within(&reply(4, false).await, 2.0, 1.0, 8.0);
    within(&reply(5, true).await, 2.0, 1.0, 8.0);
    desk.http.agent(Method::PATCH, &format!("/tickets/{id}/"), json!({"assignee": {"type": "user", "id": 1}})).await.expect(200);
    within(&reply(6, false).await, 2.0, 1.0, 10.0);
    within(&visitor.send(Some(&id), &text(7)).await.expect(200), 2.0, 1.0, 10.0);
}

#[tokio::test]
async fn a_new_ticket() {
    let desk = still_desk().await;
    Visitor::new(&desk.http).open("the process gets warm").await;
    let warm = Visitor::new(&desk.http).send(None, &"x".repeat(300)).await.expect(200);
    within(&warm, 1.0, 0.0, 12.0);
    desk.http.get("/tickets/").await.expect(200);
    let filed = desk.http.agent(Method::POST, "/tickets/", json!({"message": "y".repeat(300)})).await.expect(201);
    within(&filed, 1.0, 0.0, 12.0);
}

#[tokio::test]
async fn opening_a_ticket_of_thirty_messages() {
    let (desk, time) = desk_at("2026-11-02T09:00:00Z").await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open(&"x".repeat(300)).await;
    for n in 0..29 {
        let body = json!({"message": format!("{n:03}{}", "x".repeat(297))});
        desk.http.agent(Method::POST, &format!("/tickets/{id}/reply/"), body).await.expect(201);
    }
    let (path, thread) = (format!("/tickets/{id}/"), format!("/tickets/{id}/messages/"));
    // Where somebody has just written, the end is read once more.
    within(&desk.http.get(&thread).await.expect(200), 2.0, 9.0, 0.0);
    time.pass(11);
    // An inbox page makes two calls at the same time: two round trips until both are answered.
    let (seen, thread) = tokio::join!(desk.http.get(&path), desk.http.get(&thread));
    assert_eq!((&seen.json["unread_team_count"], thread.json["results"].as_array().unwrap().len()), (&json!(0), 30));
    let (seen, thread) = (within(&seen, 2.0, 6.0, 4.0), within(&thread, 1.0, 6.0, 0.0));
    assert!(seen.rcu + thread.rcu <= 6.0 && seen.wcu + thread.wcu <= 4.0, "{seen:?} {thread:?}");
}

#[tokio::test]
async fn the_unread_total() {
    let desk = still_desk().await;
    Visitor::new(&desk.http).open("hello").await;
    desk.http.drain().await;
    let counted = desk.http.cheapest("/tickets/unread_count/").await;
    assert_eq!(counted.json["count"], 1);
    within(&counted, 1.0, 0.5, 0.0);
}

/// What a page asks every few seconds: the first place of each status, the unread total, and the ticket that is open.
#[tokio::test]
async fn a_sync_with_nothing_new() {
    let (desk, time) = desk_at("2026-11-02T09:00:00Z").await;
    let visitor = Visitor::new(&desk.http);
    let id = visitor.open("hello").await;
    for n in 0..100 {
        let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
        desk.http.file(json!({"message": "x".repeat(300), "status": status})).await;
    }
    desk.http.drain().await;
    let thread = desk.http.get(&format!("/tickets/{id}/messages/")).await.json["results"].clone();
    time.pass(60);
    let open = |version: &Value| json!({"id": id, "version": version, "last_entry_at": thread[0]["created_at"]});
    let sync = async |since: &Value, version: &Value| {
        let asked = json!({"since": since, "filter": "status=open", "open": open(version)});
        desk.http.agent(Method::POST, "/sync/", asked).await.expect(200)
    };
    let first = sync(&Value::Null, &Value::Null).await.json;
    let quiet = sync(&first["cursor"], &first["open"]["version"]).await;
    assert_eq!((&quiet.json["tickets"], &quiet.json["open"]["ticket"]), (&json!([]), &Value::Null));
    within(&quiet, 1.0, 4.0, 0.0);
}

#[tokio::test]
async fn a_page_of_fifty() {
    let desk = still_desk().await;
    desk.http.get("/tickets/").await.expect(200);
    let mut first = None;
    // First there are enough tickets of each status for one page, then for two.
    for _ in 0..2 {
        for n in 0..300 {
            let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
            desk.http.file(json!({"message": "x".repeat(300), "status": status})).await;
        }
        // The first list of a process reads fewer tickets at first: it can't know yet how large they are.
        desk.http.get("/tickets/?limit=1").await.expect(200);
        let all = within(&desk.http.cheapest("/tickets/?limit=50&persons=false").await, 3.0, 10.0, 0.0);
        let open = within(&desk.http.cheapest("/tickets/?limit=50&status=open").await, 1.0, 60.0, 0.0);
        let before = first.replace((all, open));
        if let Some((all_before, _)) = before {
            assert!(all.rcu <= all_before.rcu * 1.2, "bounded by the page, not by the number of tickets");
        }
    }
    let cursor = desk.http.get("/tickets/?limit=50").await.json["next"].as_str().unwrap().to_owned();
    within(
        &desk.http.call(Method::GET, &cursor, &[("authorization", "Bearer phx_local")], Value::Null).await.expect(200),
        3.0,
        10.0,
        0.0,
    );
}

/// The inbox's own list reads about what it shows, however its tickets are spread over the statuses: the statuses that run dry
/// are read on.
#[tokio::test]
async fn a_page_of_fifty_of_uneven_statuses() {
    let desk = still_desk().await;
    let all = ["new", "open", "pending", "on_hold", "resolved"];
    for n in 0..300 {
        desk.http.file(json!({"message": "x".repeat(300), "status": all[n % 5]})).await;
    }
    for common in [&all[..1], &all[1..3], &all[2..5]] {
        for n in 0..60 {
            desk.http.file(json!({"message": "x".repeat(300), "status": common[n % common.len()]})).await;
        }
        let page = desk.http.cheapest("/tickets/?limit=50&persons=false").await;
        assert_eq!(page.json["results"].as_array().unwrap().len(), 50);
        println!("{common:?}: {}", page.header("x-lambdesk-plan").unwrap());
        within(&page, 3.0, 10.0, 0.0);
    }
}

/// Every filter and order that an agent may ask for takes one round trip, or two where the index has keys only.
#[tokio::test]
async fn a_page_of_fifty_by_each_filter_and_order() {
    let desk = still_desk().await;
    let mut ids = Vec::new();
    for n in 0..300 {
        let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
        let ticket = json!({
            "message": "x".repeat(300), "status": status, "distinct_id": format!("customer {}", n % 4), "priority": "high",
            "assignee": (n % 2 == 0).then(|| json!({"type": "user", "id": 1})),
        });
        ids.push(desk.http.file(ticket).await["id"].as_str().unwrap().to_owned());
    }
    for id in ids.iter().take(60) {
        let change = json!({"sla_due_at": "2099-01-01T00:00:00Z"});
        desk.http.agent(Method::PATCH, &format!("/tickets/{id}/"), change).await.expect(200);
    }
    let (ids, soon) = (ids[..60].join(","), "sla=on-track&order_by=sla_due_at");
    desk.http.get("/tickets/?limit=1").await.expect(200);
    for (query, steps) in [
        ("assignee=me", 1.0),
        ("assignee=me&status=open,pending", 1.0),
        ("priority=high&channel_source=api", 1.0),
        ("date_from=-1d", 1.0),
        ("order_by=-ticket_number", 2.0),
        ("order_by=created_at&date_from=-1d", 4.0),
        ("distinct_ids=customer%201", 2.0),
        ("search=%23250", 2.0),
        (soon, 2.0),
        (&format!("ids={ids}"), 1.0),
    ] {
        let path = format!("/tickets/?limit=50&{query}");
        let page = desk.http.cheapest(&path).await;
        let plan = page.header("x-lambdesk-plan").unwrap().to_owned();
        assert!(!page.json["results"].as_array().unwrap().is_empty(), "{query}");
        within(&page, steps, if query.starts_with("order_by=created_at&") { 130.0 } else { 60.0 }, 0.0);
        println!("{query}: {plan}");
    }
}

/// Where customers' identities are proven, a page reads its people in one more batch.
#[tokio::test]
async fn a_page_of_fifty_identified_customers() {
    let desk = still_desk().await;
    for n in 1..=260 {
        let id = format!("user-{n}");
        let message = json!({
            "message": "x".repeat(300), "identity_distinct_id": id, "identity_hash": proof(&id, "phs_local"),
            "traits": {"name": if n % 5 == 0 { "Ada Fifth" } else { "Ada" }, "email": format!("{id}@example.com")},
        });
        desk.http.widget(Method::POST, "/message", message).await.expect(200);
    }
    desk.http.drain().await;
    desk.http.get("/tickets/").await.expect(200);
    for (query, steps) in [("", 3.0), ("status=new", 2.0), ("order_by=-ticket_number", 3.0), ("search=fifth", 3.0)] {
        let page = desk.http.cheapest(&format!("/tickets/?limit=50&{query}")).await;
        let rows = page.json["results"].as_array().unwrap();
        assert!(rows.len() == 50 && rows.iter().all(|ticket| ticket["person"]["is_identified"] == true), "{query}");
        println!("{query}:");
        within(&page, steps, 60.0, 0.0);
    }
    // The first look at a ticket marks it as read, so each is looked at once.
    let mut seen = desk.http.get("/tickets/10/").await.expect(200);
    assert_eq!(seen.json["person"]["name"], "Ada Fifth");
    for n in 11..18 {
        let again = desk.http.get(&format!("/tickets/{n}/")).await.expect(200);
        if again.cost().round_trips < seen.cost().round_trips {
            seen = again;
        }
    }
    // One more round trip, because the ticket is found by its number first.
    within(&seen, 3.0, 3.0, 4.0);
    // A page ends early if it would need more people than one page may read.
    let page = desk.http.cheapest("/tickets/?limit=1000").await;
    let rows = page.json["results"].as_array().unwrap();
    assert_eq!(rows.len(), 200);
    assert!(rows.iter().all(|ticket| ticket["person"]["is_identified"] == true));
    within(&page, 3.0, 230.0, 0.0);
    let rest = page.json["next"].as_str().unwrap();
    let rest = desk.http.call(Method::GET, rest, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
    assert_eq!(rows.len() + rest["results"].as_array().unwrap().len(), 260);
}

/// A search costs what it finds. A search that finds too much costs no more than any other list, and goes on with the next
/// page.
#[tokio::test]
async fn a_page_of_what_is_searched_for() {
    let desk = still_desk().await;
    // Each name has five words that begin with the same letter. So a search for that letter finds too much for one read.
    let name = |n: usize| format!("Ada Lovelace{} a1 a2 a3", n % 6);
    for n in 0..300 {
        let traits = json!({"name": name(n), "email": format!("a{n}@example.com")});
        desk.http.file(json!({"message": "x".repeat(300), "anonymous_traits": traits})).await;
    }
    desk.http.drain().await;
    for (text, found, steps, rcu) in [
        ("lovelace3", 50, 2.0, 60.0),
        ("LOVELACE3 ad", 50, 2.0, 60.0),
        ("a217%40example.com", 1, 2.0, 60.0),
        ("%2317", 1, 2.0, 60.0),
        ("nobody", 0, 1.0, 60.0),
        ("lovelace", 300, 5.0, 130.0),
        ("a", 300, 5.0, 130.0),
    ] {
        for order in ["", "&order_by=ticket_number", "&order_by=sla_due_at"] {
            let page = desk.http.cheapest(&format!("/tickets/?limit=50&search={text}{order}")).await;
            println!("{text}{order}: {}", page.header("x-lambdesk-plan").unwrap());
            assert_eq!(page.json["results"].as_array().unwrap().len(), found.min(50), "{text}{order}");
            within(&page, if order.is_empty() || found <= 250 { steps } else { steps + 6.0 }, rcu, 0.0);
        }
        let (mut seen, mut next) = (0, Some(format!("/api/projects/1/conversations/tickets/?limit=50&search={text}")));
        while let Some(url) = next {
            let page = desk.http.call(Method::GET, &url, &[("authorization", AGENT)], Value::Null).await.expect(200).json;
            seen += page["results"].as_array().unwrap().len();
            next = page["next"].as_str().map(str::to_owned);
        }
        assert_eq!(seen, found, "{text}");
    }
}

/// The totals count what they can. Otherwise counting costs a page of a list at most, however many tickets there are.
#[tokio::test]
async fn a_count_of_what_policies_hold() {
    let desk = still_desk().await;
    let targets = json!({"first_response": {"amount": 4}});
    let set = async |conditions: Value| {
        let policies =
            [json!({"name": "Some", "conditions": conditions, "targets": targets}), json!({"name": "All", "targets": targets})];
        desk.agent().set_sla_policies(json!({"policies": policies})).await;
    };
    let count = async || desk.http.cheapest("/sla_policies/counts/").await;
    for n in 0..500 {
        let status = ["new", "open", "pending", "on_hold", "resolved"][n % 5];
        let tags = if n % 10 == 0 { json!(["vip"]) } else { json!([]) };
        desk.http.file(json!({"message": "x".repeat(300), "status": status, "tags": tags, "priority": "high"})).await;
    }
    desk.http.drain().await;
    let told = |reply: &Reply| {
        let of = |held: &Value| (held["tickets"].as_u64().unwrap(), held["is_exact"].as_bool().unwrap());
        let [some, all] = [0, 1].map(|at| of(&reply.json["policies"][at]));
        (some, all, of(&reply.json["without"]), reply.json["examined"].as_u64().unwrap())
    };
    set(json!({"priority": "high"})).await;
    let by_totals = count().await;
    assert_eq!(told(&by_totals), ((400, true), (0, true), (0, true), 0));
    within(&by_totals, 1.0, 2.0, 0.0);
    set(json!({"tags": "vip"})).await;
    let by_tickets = count().await;
    assert_eq!(told(&by_tickets), ((50, true), (350, true), (0, true), 400));
    within(&by_tickets, 3.0, 50.0, 0.0);
    // Larger tickets than one answer may read, which changed last.
    for _ in 0..200 {
        desk.http.file(json!({"escalation_reason": "x".repeat(9000), "tags": ["vip"]})).await;
    }
    desk.http.drain().await;
    let some = count().await;
    let ((vip, vip_is_exact), (all, all_is_exact), without, examined) = told(&some);
    assert!(!vip_is_exact && !all_is_exact && without == (0, true), "{}", some.text);
    assert!(vip > 50 && vip + all == examined && (100..600).contains(&examined), "{}", some.text);
    within(&some, 6.0, 135.0, 0.0);
}

#[tokio::test]
async fn a_visitors_list_reads_only_its_page() {
    let desk = still_desk().await;
    let visitor = Visitor::new(&desk.http);
    for n in 0..25 {
        visitor.open(&format!("conversation {n}")).await;
    }
    let list = visitor.tickets().await.expect(200);
    assert_eq!((&list.json["count"], list.json["results"].as_array().unwrap().len()), (&json!(25), 20));
    within(&list, 2.0, 21.0, 0.0);
}

#[tokio::test]
async fn a_run_of_one_action() {
    let apart = Apart::new().await;
    apart.workflow(json!({"status": "open", "sla_amount": "4"})).await;
    let cost = async |body: String| {
        let mut event = SqsEvent::default();
        event.records = vec![message(body)];
        let (response, usage) = Box::pin(metered(apart.automation.handle(event))).await;
        assert_eq!(response.batch_item_failures, []);
        usage
    };
    // The first event also reads the workflows and the project, which are then cached.
    cost(apart.event(apart.ticket().await)).await;
    for _ in 0..2 {
        let event = apart.event(apart.ticket().await);
        // Four round trips: the run, the limit, the ticket, and one transaction of ticket, log, timer and run.
        let once = cost(event.clone()).await;
        println!("{once:?}");
        assert!(once.round_trips <= 4 && once.read_units <= 2.0 && once.write_units <= 12.0, "{once:?}");
        let again = cost(event).await;
        assert!(again.calls <= 1 && again.read_units <= 1.0 && again.write_units <= 0.0, "{again:?}");
    }
}
