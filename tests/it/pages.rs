//! Pages: offsets in every order, where a page ends, and cursors of another list.

use aws_sdk_dynamodb::types::{AttributeValue, Put, TransactWriteItem};
use lambdesk_domain::{
    ProjectId, Ticket, TicketId, Timestamp, UserId,
    assignee::Assignee,
    create::{Draft, open},
    testing::draft,
    ticket::{Fields, Status},
};
use lambdesk_store::Load;
use proptest::{
    prelude::*,
    sample::select,
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk, desk_at, halves, proof};

/// Whether a filter admits a ticket at a time.
type Admits = fn(&Ticket, Timestamp) -> bool;

fn runner(seed: u8) -> TestRunner {
    TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[seed; 32]))
}

fn sample<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

/// Loads tickets into project 1, as a bulk load does.
pub(crate) async fn load(desk: &Desk, tickets: &[Ticket]) {
    let client = desk.running.dynamodb.client();
    let mut load = Load::new(ProjectId(1));
    let mut items: Vec<_> = tickets.iter().flat_map(|ticket| load.items(ticket, None)).collect();
    items.extend(load.end());
    for items in items.chunks(100) {
        let puts = items.iter().map(|item| {
            let put = Put::builder().table_name(&desk.running.dynamodb.table).set_item(Some(item.clone())).build().unwrap();
            TransactWriteItem::builder().put(put).build()
        });
        client.transact_write_items().set_transact_items(Some(puts.collect())).send().await.unwrap();
    }
}

/// The ticket with this number. A higher number was created later.
pub(crate) fn numbered(number: u32, draft: Draft) -> Ticket {
    let at = Timestamp::from(chrono::Utc::now()).plus_seconds(i64::from(number) - 1_000_000);
    open(draft, TicketId::new(at, fastrand::u64(..)), u64::from(number), at, 0).0
}

pub(crate) async fn list(desk: &Desk, query: &str) -> Reply {
    desk.tickets().list(query).expect(200).await
}

async fn follow(desk: &Desk, link: &str) -> Reply {
    desk.http.call(Method::GET, link, &[("authorization", AGENT)], Value::Null).await.expect(200)
}

pub(crate) fn numbers(page: &Reply) -> Vec<u64> {
    page.json["results"].as_array().unwrap().iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect()
}

/// The numbers of the tickets in this order, by a naive sort.
pub(crate) fn in_order(tickets: &[&Ticket], order: &str) -> Vec<u64> {
    let (descending, key) = order.strip_prefix('-').map_or((false, order), |key| (true, key));
    let at = |ticket: &Ticket| match key {
        "updated_at" => Some(ticket.updated_at),
        "sla_due_at" => ticket.sla_due_at.filter(|_| ticket.fields.status != Status::Resolved),
        _ => None,
    };
    let mut keyed: Vec<_> = tickets.iter().map(|ticket| (at(ticket), ticket.number)).collect();
    keyed.sort_by(|one, other| if descending { other.cmp(one) } else { one.cmp(other) });
    let (dated, dateless): (Vec<_>, Vec<_>) = keyed.into_iter().partition(|(at, _)| at.is_some());
    dated.into_iter().chain(dateless).map(|(_, number)| number).collect()
}

/// Tickets with random statuses, assignees and deadlines, some of which are equal.
fn mixed(runner: &mut TestRunner, count: u32) -> Vec<Ticket> {
    let base = Timestamp::from(chrono::Utc::now());
    let status = select(Status::ALL.to_vec());
    (1..=count)
        .map(|number| {
            let assignee = sample(runner, &select(&[None, Some(Assignee::User(UserId(1)))]));
            let fields = Fields { status: sample(runner, &status), assignee, ..Fields::default() };
            let draft = Draft { fields, distinct_id: format!("c{}", number % 9), ..draft() };
            let mut ticket = numbered(number, draft);
            let due = sample(runner, &select(&[None, None, Some(-50_i64), Some(1), Some(30), Some(200)]));
            ticket.sla_due_at = due.map(|hours| base.plus_seconds(hours * 3600 + i64::from(number % 40)));
            ticket.updated_at = ticket.created_at.plus_seconds(sample(runner, &(0_i64..500)));
            ticket
        })
        .collect()
}

#[tokio::test(flavor = "multi_thread")]
async fn an_offset_passes_over_what_it_names_in_every_order() {
    let desk = desk().await;
    let mut runner = runner(3);
    let tickets = mixed(&mut runner, 700);
    load(&desk, &tickets).await;
    desk.http.drain().await;
    let now = Timestamp::from(chrono::Utc::now());
    let filters: [(&str, Admits); 9] = [
        ("", |_, _| true),
        ("", |_, _| true),
        ("", |_, _| true),
        ("&status=open", |ticket, _| ticket.fields.status == Status::Open),
        ("&status=resolved,new", |ticket, _| matches!(ticket.fields.status, Status::Resolved | Status::New)),
        ("&assignee=me", |ticket, _| ticket.fields.assignee.is_some()),
        ("&assignee=me&status=pending", |ticket, _| ticket.fields.assignee.is_some() && ticket.fields.status == Status::Pending),
        ("&sla=none", |ticket, _| ticket.sla_due_at.is_none() && ticket.fields.status != Status::Resolved),
        ("&sla=breached", |ticket, now| {
            ticket.sla_due_at.is_some_and(|due| due < now) && ticket.fields.status != Status::Resolved
        }),
    ];
    let orders = ["updated_at", "created_at", "ticket_number", "sla_due_at"].map(|key| [key.to_owned(), format!("-{key}")]);
    let orders = select(orders.concat());
    for _ in 0..160 {
        let (filter, admits) = sample(&mut runner, &select(filters.to_vec()));
        let order = sample(&mut runner, &orders);
        let (offset, limit) = (sample(&mut runner, &(0_usize..760)), sample(&mut runner, &select(&[1_usize, 10, 50, 120, 1000])));
        let expected: Vec<_> = tickets.iter().filter(|ticket| admits(ticket, now)).collect();
        let expected = in_order(&expected, &order);
        let page = list(&desk, &format!("order_by={order}&offset={offset}&limit={limit}{filter}")).await;
        let shown = &expected[offset.min(expected.len())..expected.len().min(offset + limit)];
        assert_eq!(numbers(&page), shown, "{order} {offset} {limit} {filter}: {:?}", page.header("x-lambdesk-plan"));
        assert_eq!(page.json["count"], expected.len(), "{order} {offset} {limit} {filter}");
        let cost = page.cost();
        let passed_over = if order.ends_with("updated_at") { halves(offset) * 0.4 } else { 0.0 };
        assert!(cost.rcu <= 131.0 + halves(shown.len()) + passed_over, "{order} {offset} {limit} {filter}: {cost:?}");
        // The next page begins where this one ended, and its `previous` leads back.
        if let Some(next) = page.json["next"].as_str() {
            let next = follow(&desk, next).await;
            let behind = &expected[offset + limit..expected.len().min(offset + 2 * limit)];
            assert_eq!(numbers(&next), behind, "behind {order} {offset} {limit} {filter}");
            let back = follow(&desk, next.json["previous"].as_str().unwrap()).await;
            assert_eq!(numbers(&back), shown, "back to {order} {offset} {limit} {filter}");
        } else {
            assert!(offset + limit >= expected.len(), "{order} {offset} {limit} {filter}");
        }
    }
}

#[tokio::test]
async fn a_customers_lists_take_no_more_than_they_say() {
    let desk = desk().await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    let session = &visitor.session;
    for (path, attr) in [
        (format!("/tickets?limit=501&widget_session_id={session}"), "limit"),
        (format!("/tickets?offset=501&widget_session_id={session}"), "offset"),
        (format!("/messages/{id}?limit=501&widget_session_id={session}"), "limit"),
        (format!("/messages/{id}?limit=0&widget_session_id={session}"), "limit"),
    ] {
        let refused = desk.http.widget(Method::GET, &path, Value::Null).await.expect(400);
        assert!(refused.text.contains(attr), "{path}: {}", refused.text);
    }
    for path in [
        format!("/tickets?limit=500&offset=500&widget_session_id={session}"),
        format!("/messages/{id}?limit=500&widget_session_id={session}"),
    ] {
        desk.http.widget(Method::GET, &path, Value::Null).await.expect(200);
    }
    // The agents' lists still accept a larger limit, and cut it to the largest.
    list(&desk, "limit=5000").await;
}

/// Anyone may write under a customer's distinct id. That must not crowd out the tickets that the customer has proven to be
/// theirs.
#[tokio::test(flavor = "multi_thread")]
async fn what_is_proven_comes_before_what_anyone_wrote() {
    let desk = desk().await;
    let hash = proof("ada", "phs_local");
    let as_ada = |message: &str, ticket: Option<&str>| json!({"message": message, "ticket_id": ticket, "identity_distinct_id": "ada", "identity_hash": hash});
    let send = async |message: &str, ticket: Option<&str>| {
        desk.http.widget(Method::POST, "/message", as_ada(message, ticket)).await.expect(200).json["ticket_id"].clone()
    };
    let forged: Vec<_> = (1..=505)
        .map(|number| numbered(number, Draft { distinct_id: "ada".into(), identity_verified: Some(false), ..draft() }))
        .collect();
    load(&desk, &forged).await;
    let own = [send("mine", None).await, send("mine too", None).await];
    let tickets = async |query: &str| {
        let path = format!("/tickets?identity_distinct_id=ada&identity_hash={hash}&{query}");
        let page = desk.http.widget(Method::GET, &path, Value::Null).await.expect(200);
        assert!(page.cost().rcu <= 130.0 + 10.0, "{query}: {:?}", page.cost());
        page.json
    };
    let ids = |page: &Value| page["results"].as_array().unwrap().iter().map(|ticket| ticket["id"].clone()).collect::<Vec<_>>();
    let of = |number: usize| json!(forged[number - 1].id.to_string());
    let newest: Vec<_> = (486..=505).rev().map(of).collect();
    let whole = tickets("limit=500").await;
    assert_eq!(whole["count"], 22);
    assert_eq!(ids(&whole), [vec![own[1].clone(), own[0].clone()], newest].concat());
    let (first, second) = (tickets("limit=3").await, tickets("limit=3&offset=3").await);
    assert_eq!([ids(&first), ids(&second)].concat(), ids(&whole)[..6]);
    assert_eq!(tickets("limit=500&status=new").await["count"], 22);
    assert_eq!(ids(&tickets("limit=2&offset=1&status=new").await), ids(&whole)[1..3]);

    // Once a ticket is proven, it moves to the proven ones.
    send("this one is mine as well", Some(&forged[499].id.to_string())).await;
    let moved = tickets("limit=500").await;
    assert_eq!((&moved["count"], ids(&moved)[2].clone()), (&json!(23), of(500)));
    let again =
        desk.http.widget(Method::POST, "/message", as_ada("once more", Some(&forged[499].id.to_string()))).await.expect(200);
    assert!(again.cost().wcu <= 8.0, "only proving moves it: {:?}", again.cost());

    // Agents see the tickets of both kinds.
    let previous = desk.tickets().previous(507).query("limit=4").expect(200).await;
    assert_eq!(numbers(&previous), [506, 505, 504, 503]);
    let (mut next, mut seen) = (Some("/api/projects/1/conversations/tickets/500/previous/?limit=50".to_owned()), Vec::new());
    while let Some(link) = next {
        let page = follow(&desk, &link).await;
        seen.extend(numbers(&page));
        next = page.json["next"].as_str().map(str::to_owned);
    }
    assert_eq!(seen, (1..=507).rev().filter(|number| *number != 500).collect::<Vec<_>>());
    assert_eq!(numbers(&list(&desk, "distinct_ids=ada&limit=3&order_by=-ticket_number").await), [507, 506, 505]);

    // A ticket of an older version, which kept proven and other tickets together.
    let table = &desk.running.dynamodb.table;
    let key = AttributeValue::S(format!("P#1#T#{}", own[0].as_str().unwrap()));
    let update = desk.running.dynamodb.client().update_item().table_name(table).key("PK", key);
    let update = update.key("SK", AttributeValue::S("~".into())).update_expression("SET cus = :old");
    update.expression_attribute_values(":old", AttributeValue::S("1#ada".into())).send().await.unwrap();
    let seen = tickets("limit=500").await;
    assert!(ids(&seen)[..3].contains(&own[0]), "{:?}", &ids(&seen)[..3]);
    assert_eq!(numbers(&desk.tickets().previous(507).query("limit=1").reply().await), [506]);
    send("and it moves when it is written", own[0].as_str()).await;
    assert_eq!(tickets("limit=500").await["count"], 23);
}

/// In JSON, a control character is six times as long.
#[tokio::test(flavor = "multi_thread")]
async fn a_page_ends_before_it_is_too_large_to_send() {
    let (desk, time) = desk_at("2026-11-02T09:00:00Z").await;
    let visitor = desk.customer();
    let id = visitor.open("hello").await;
    for number in 0..19 {
        let body = json!({"message": format!("{number}{}", "\u{1}".repeat(49_990))});
        desk.tickets().reply(&id, body).await;
    }
    time.pass(11);
    let (mut next, mut seen, mut pages) = (Some(format!("/api/projects/1/conversations/tickets/{id}/messages/?limit=200")), 0, 0);
    while let Some(link) = next {
        let page = follow(&desk, &link).await;
        assert!(page.text.len() <= 5_000_000, "{}", page.text.len());
        assert!(page.cost().rcu <= 130.0, "{:?}", page.cost());
        assert_eq!(page.json["count"], 20);
        seen += page.json["results"].as_array().unwrap().len();
        next = page.json["next"].as_str().map(str::to_owned);
        pages += 1;
    }
    assert_eq!((seen, pages), (20, 2));
    let (mut after, mut seen) = (None::<String>, 0);
    for _ in 0..2 {
        let since = after.map(|after| format!("&after={after}")).unwrap_or_default();
        let path = format!("/messages/{id}?widget_session_id={}{since}", visitor.session);
        let page = desk.http.widget(Method::GET, &path, Value::Null).await.expect(200);
        assert!(page.text.len() <= 5_000_000, "{}", page.text.len());
        let messages = page.json["messages"].as_array().unwrap().clone();
        seen += messages.len();
        assert_eq!(page.json["has_more"], seen < 20);
        after = messages.last().map(|message| message["created_at"].as_str().unwrap().to_owned());
    }
    assert_eq!(seen, 20);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_list_of_tickets_ends_before_it_is_too_large_to_send() {
    let desk = desk().await;
    let tickets: Vec<_> = (1..=1000)
        .map(|number| {
            let traits = json!({"name": "\u{1}".repeat(900)}).as_object().unwrap().clone();
            numbered(number, Draft { fields: Fields { anonymous_traits: traits, ..Fields::default() }, ..draft() })
        })
        .collect();
    load(&desk, &tickets).await;
    for order in ["-updated_at", "ticket_number"] {
        let (mut next, mut seen) =
            (Some(format!("/api/projects/1/conversations/tickets/?limit=1000&order_by={order}")), Vec::new());
        let mut last = String::new();
        while let Some(link) = next {
            let page = follow(&desk, &link).await;
            assert!(page.text.len() <= 5_000_000, "{order}: {}", page.text.len());
            seen.push(numbers(&page));
            next = page.json["next"].as_str().map(str::to_owned);
            last = page.json["previous"].as_str().unwrap_or_default().to_owned();
        }
        // In the order of numbers, a page ends sooner, because of the limit on what it reads.
        assert!(seen.len() >= 2 && seen.len() <= 6 && seen.concat().len() == 1000, "{order}: {}", seen.len());
        let back = follow(&desk, &last).await;
        assert!(back.text.len() <= 5_000_000);
        let (before, earlier) = (numbers(&back), seen[..seen.len() - 1].concat());
        assert_eq!(earlier[earlier.len() - before.len()..], before, "{order}: what was shown before");
    }
}

#[tokio::test]
async fn a_cursor_of_another_list_is_refused() {
    let desk = desk().await;
    for number in 0..4 {
        desk.tickets().create(json!({"distinct_id": "ada", "message": format!("hello {number}")})).await;
    }
    for number in [1, 2] {
        for n in 0..3 {
            desk.tickets().patch(&number, json!({"status": if n % 2 == 0 { "open" } else { "new" }})).await;
            let note = json!({"message": format!("note {n}"), "is_private": true});
            desk.tickets().reply(&number, note).await;
        }
    }
    let micros = chrono::Utc::now().timestamp_micros();
    let lists = ["messages", "activity", "previous"];
    let paths: Vec<_> = lists.iter().flat_map(|list| [1, 2].map(|ticket| format!("/tickets/{ticket}/{list}/"))).collect();
    // These lists give a cursor only for places beyond the 10,000th row. This test makes cursors up, so it does not need so
    // many rows.
    for path in &paths {
        for made_up in [
            format!("0~{micros}"),
            format!("1~{micros}%230"),
            format!("2~{micros}%2300000000-0000-7000-8000-000000000001"),
            "3~ffff".to_owned(),
            "junk".to_owned(),
            "AAAAAAAAAAAAAAAAAAAAAAAA".to_owned(),
        ] {
            let refused = desk.http.get(&format!("{path}?cursor={made_up}")).await.expect(400);
            assert_eq!(refused.json["attr"], "cursor", "{path} {made_up}");
        }
        desk.http.get(&format!("{path}?cursor=")).await.expect(200);
    }
    // A cursor of the list of tickets is not a cursor of these lists either.
    let next = list(&desk, "limit=1").await.json["next"].as_str().unwrap().to_owned();
    let cursor = next.split("cursor=").nth(1).unwrap().split('&').next().unwrap().to_owned();
    for path in &paths {
        desk.http.get(&format!("{path}?cursor={cursor}")).await.expect(400);
    }
}

#[tokio::test]
async fn a_saved_view_applies_to_the_list_and_what_is_given_wins() {
    let desk = desk().await;
    for (number, status) in ["new", "open", "open", "resolved"].iter().enumerate() {
        let tags = if number == 1 { json!(["vip"]) } else { json!([]) };
        desk.tickets().create(json!({"message": "q", "status": status, "tags": tags})).await;
    }
    let view =
        async |key: &str, body: Value| desk.agent_with(key).views().create(body).await["short_id"].as_str().unwrap().to_owned();
    let sorting = json!({"columnKey": "ticket_number", "order": 1});
    let open = view("phx_local", json!({"name": "Open", "filters": {"status": ["open"], "sorting": sorting}})).await;
    let listed = async |query: &str| numbers(&list(&desk, query).await);
    assert_eq!(listed(&format!("view={open}")).await, [2, 3]);
    assert_eq!(list(&desk, &format!("view={open}")).await.json["count"], 2);
    assert_eq!(listed(&format!("view={open}&order_by=-ticket_number")).await, [3, 2]);
    assert_eq!(listed(&format!("view={open}&status=new,resolved")).await, [1, 4]);
    assert_eq!(listed(&format!("view={open}&status=nope")).await, [2, 3], "what is no filter says nothing");
    assert_eq!(listed(&format!("view={open}&tags=[%22vip%22]")).await, [2]);
    assert_eq!(listed("view=").await.len(), 4);
    // A view has pages like any list. A cursor is no longer accepted once the view has changed.
    let first = list(&desk, &format!("view={open}&limit=1")).await.json;
    let next = first["next"].as_str().unwrap().to_owned();
    assert_eq!(numbers(&follow(&desk, &next).await), [3]);
    let changed = json!({"filters": {"status": ["new"], "sorting": sorting}});
    desk.agent().views().patch(&open, changed).await;
    let refused = desk.http.call(Method::GET, &next, &[("authorization", AGENT)], Value::Null).await.expect(400);
    assert_eq!(refused.json["attr"], "cursor");

    for unknown in ["nope", "AAAAAAAA", "%23", "00000000-0000-7000-8000-000000000001"] {
        let refused = desk.tickets().list(&format!("view={unknown}&status=open")).expect(400).await;
        assert_eq!(refused.json["attr"], "view", "{unknown}");
    }
    let colleague = desk.colleague("grace").await;
    let private = view(&colleague, json!({"name": "Mine", "visibility": "private", "filters": {"status": ["open"]}})).await;
    desk.tickets().list(&format!("view={private}")).refused(400).await;
    let theirs = desk.agent_with(&colleague).tickets().list(&format!("view={private}")).reply().await;
    assert_eq!(numbers(&theirs.expect(200)), [3, 2]);
    desk.by("phx_other", Method::GET, &format!("/projects/2/conversations/tickets/?view={open}"), Value::Null).await.expect(400);
    desk.agent().views().delete(&open).await;
    desk.tickets().list(&format!("view={open}")).refused(400).await;
}

/// Every parameter of the lists, empty or with a value that has no meaning.
#[tokio::test]
async fn what_a_list_does_not_understand() {
    let desk = desk().await;
    for status in ["new", "resolved"] {
        desk.tickets().create(json!({"message": "q", "status": status, "distinct_id": "ada"})).await;
    }
    let lists = [
        "/tickets/",
        "/tickets/1/messages/",
        "/tickets/1/activity/",
        "/tickets/2/previous/",
        "/tags/",
        "/views/",
        "/quick_actions/",
        "/workflows/",
        "/workflows/gallery/",
    ];
    for list in lists {
        for (query, attr) in [
            ("limit=0", "limit"),
            ("limit=x", "limit"),
            ("limit=-1", "limit"),
            ("limit=1.5", "limit"),
            ("offset=x", "offset"),
            ("offset=-1", "offset"),
            ("offset=10001", "offset"),
        ] {
            let refused = desk.http.get(&format!("{list}?{query}")).await.expect(400);
            assert_eq!(refused.json["attr"], attr, "{list}?{query}");
        }
        for ignored in ["limit=&offset=", "unknown=1&also%20unknown"] {
            desk.http.get(&format!("{list}?{ignored}")).await.expect(200);
        }
    }
    for parameter in [
        "status",
        "priority",
        "channel_source",
        "channel_detail",
        "assignee",
        "distinct_ids",
        "ids",
        "sla",
        "snoozed",
        "tags",
        "tags_all",
        "tags_exclude",
        "order_by",
        "view",
        "cursor",
        "search",
        "date_from",
        "date_to",
        "updated_from",
        "updated_to",
        "persons",
    ] {
        assert_eq!(list(&desk, &format!("{parameter}=")).await.json["count"], 2, "{parameter}");
        let strange = desk.tickets().list(&format!("{parameter}=%25strange")).reply().await;
        match parameter {
            "view" | "cursor" | "date_from" | "date_to" | "updated_from" | "updated_to" | "persons" => {
                assert_eq!((strange.status, &strange.json["attr"]), (400, &json!(parameter)));
            }
            "search" | "distinct_ids" => assert_eq!(strange.expect(200).json["count"], 0),
            _ => assert_eq!(strange.expect(200).json["count"], 2, "{parameter}"),
        }
    }
}

#[tokio::test]
async fn tickets_by_the_way_a_channel_was_used() {
    let desk = desk().await;
    desk.customer().open("hello").await;
    desk.tickets().create(json!({"message": "q"})).await;
    let detail = list(&desk, "limit=1&order_by=ticket_number").await.json["results"][0]["channel_detail"].clone();
    assert_eq!(detail, "widget_embedded");
    for (asked, found) in [("widget_embedded", 1), ("widget_api", 0), ("widget_api,widget_embedded", 1), ("fax", 2)] {
        let page = list(&desk, &format!("channel_detail={asked}")).await;
        assert_eq!((numbers(&page).len(), &page.json["count"]), (found, &json!(found)), "{asked}");
    }
    let view = json!({"name": "Embedded", "filters": {"channelDetail": ["widget_embedded"]}});
    let view = desk.agent().views().create(view).await["short_id"].clone();
    assert_eq!(numbers(&list(&desk, &format!("view={}", view.as_str().unwrap())).await), [1]);
}

#[tokio::test]
async fn a_resolved_ticket_is_in_no_list_of_deadlines() {
    let desk = desk().await;
    let hence = |hours: i64| (chrono::Utc::now() + chrono::TimeDelta::hours(hours)).to_rfc3339();
    for (number, hours) in [(1, -1), (2, 0), (3, 9), (4, 9)] {
        desk.tickets().create(json!({"message": "q"})).await;
        let due = if hours == 0 { (chrono::Utc::now() + chrono::TimeDelta::minutes(30)).to_rfc3339() } else { hence(hours) };
        let change = json!({"sla_due_at": if number == 4 { Value::Null } else { json!(due) }});
        desk.tickets().patch(&number, change).await;
    }
    let lists = [("breached", 1), ("at-risk", 2), ("on-track", 3), ("none", 4)];
    for (state, number) in lists {
        for order in ["-updated_at", "ticket_number", "sla_due_at", "-sla_due_at"] {
            assert_eq!(numbers(&list(&desk, &format!("sla={state}&order_by={order}")).await), [number], "{state} {order}");
        }
    }
    assert_eq!(numbers(&list(&desk, "sla=none,breached&order_by=sla_due_at").await), [1, 4]);
    let change = async |number: u64, status: &str| desk.tickets().patch(&number, json!({"status": status})).expect(200).await;
    let with_deadline = change(3, "resolved").await;
    let without = change(4, "resolved").await;
    println!("resolved with a deadline: {:?}, without: {:?}", with_deadline.cost(), without.cost());
    assert!(with_deadline.json["sla_due_at"].is_string(), "it is still shown");
    assert_eq!(with_deadline.json["sla"]["state"], "none");
    for number in [1, 2] {
        change(number, "resolved").await;
    }
    for (state, _) in lists {
        for order in ["-updated_at", "ticket_number", "sla_due_at", "-sla_due_at"] {
            assert_eq!(numbers(&list(&desk, &format!("sla={state}&order_by={order}")).await), [0; 0], "{state} {order}");
        }
    }
    assert_eq!(numbers(&list(&desk, "order_by=sla_due_at").await), [1, 2, 3, 4]);
    assert_eq!(numbers(&list(&desk, "order_by=-sla_due_at").await), [4, 3, 2, 1]);
    let plain = change(4, "open").await.cost();
    let reopened = change(3, "open").await;
    assert!(reopened.cost().wcu <= plain.wcu + 4.0, "{:?} beside {plain:?}", reopened.cost());
    assert_eq!(numbers(&list(&desk, "sla=on-track").await), [3]);
    let view = json!({"name": "No deadline", "filters": {"sla": "none"}});
    let view = desk.agent().views().create(view).await["short_id"].clone();
    assert_eq!(numbers(&list(&desk, &format!("view={}", view.as_str().unwrap())).await), [4]);
}
