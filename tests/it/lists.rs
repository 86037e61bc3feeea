//! Lists of tickets: every filter and order, page by page, compared with a naive list of all tickets (docs/decisions.md, 2 to 8
//! and 32).

use std::collections::BTreeSet;

use lambdesk_domain::folding::{beginnings, words};
use proptest::{
    prelude::*,
    sample::{select, subsequence},
    strategy::ValueTree,
    test_runner::{Config, RngAlgorithm, TestRng, TestRunner},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::support::{AGENT, Desk, Reply, desk};

const NAMES: [&str; 8] =
    ["José Díaz", "Ada Lovelace", "jo Straße", "", "12 Monkeys", "李 Ada", "Łukasz 山田太郎", "علی\u{200c}رضا"];
const SEARCHES: [&str; 22] = [
    "jose",
    "ADA",
    "strasse jo",
    "example",
    "lovelace ada",
    "nobody",
    "#7",
    "12",
    "j",
    "JOSÉ díaz",
    "jo.1@example.com",
    "a@",
    "李",
    "#1",
    "e ex exa",
    "ada x",
    "lukasz",
    "太郎 łuk",
    "山太",
    "علیرضا",
    "🦊",
    "@",
];
const TAGS: [&str; 3] = ["vip", "billing", "bug"];

/// The seeded project with a role, and fifty tickets of every kind.
async fn full(runner: &mut TestRunner) -> (Desk, String) {
    let desk = desk().await;
    let role = desk.agent().roles().create(json!({"name": "Support"})).await["id"].clone();
    let role = role.as_str().unwrap().to_owned();
    let assignees = [json!(null), json!({"type": "user", "id": 1}), json!({"type": "role", "id": role})];
    let ticket = (
        (select(&["new", "open", "pending", "on_hold", "resolved"]), select(&[None, Some("low"), Some("medium"), Some("high")])),
        (select(&["widget", "email", "slack", "api"]), select(assignees.to_vec()), subsequence(&TAGS, 0..=3)),
        (select(&NAMES), select(&["ada", "jo#1", "x", ""]), select(&[None, Some(-1.0), Some(0.5), Some(5.0)]), any::<bool>()),
    );
    for _ in 0..50 {
        let ((status, priority), (channel, assignee, tags), (name, customer, due, sleeps)) = sample(runner, &ticket);
        let email = if customer.is_empty() { String::new() } else { format!("{}@example.com", customer.replace('#', ".")) };
        let traits = json!({"name": name, "email": email});
        let mut filed = json!({
            "status": status, "priority": priority, "channel_source": channel, "assignee": assignee, "tags": tags,
            "anonymous_traits": traits, "message": "q",
        });
        if !customer.is_empty() {
            filed["distinct_id"] = json!(customer);
        }
        let id = desk.tickets().create(filed).id().await;
        let in_hours = |hours: f64| {
            let seconds = chrono::TimeDelta::seconds((hours * 3600.0).round().to_string().parse().unwrap());
            (chrono::Utc::now() + seconds).to_rfc3339()
        };
        let mut change = json!({"sla_due_at": due.map(in_hours)});
        if sleeps {
            change["snoozed_until"] = json!(in_hours(24.0));
            change["status"] = json!(status);
        }
        desk.tickets().patch(&id, change).await;
    }
    desk.http.drain().await;
    (desk, role)
}

fn sample<S: Strategy>(runner: &mut TestRunner, strategy: &S) -> S::Value {
    strategy.new_tree(runner).unwrap().current()
}

/// A filter as a client writes it: its name and its value.
type Filter = (&'static str, String);

fn filters(role: &str, ids: &[String]) -> impl Strategy<Value = Vec<Filter>> + use<> {
    let words = |name: &'static str, words: Vec<String>| {
        let most = words.len();
        subsequence(words, 1..=most).prop_map(move |words| (name, words.join(",")))
    };
    let owned = |words: &[&str]| words.iter().map(|word| (*word).to_owned()).collect::<Vec<_>>();
    let tags = |name: &'static str| subsequence(&TAGS, 1..=2).prop_map(move |tags| (name, json!(tags).to_string()));
    let one: Vec<BoxedStrategy<Filter>> = vec![
        words("status", owned(&["new", "open", "pending", "on_hold", "resolved"])).boxed(),
        words("priority", owned(&["low", "medium", "high"])).boxed(),
        words("channel_source", owned(&["widget", "email", "slack", "api"])).boxed(),
        words("assignee", vec!["unassigned".to_owned(), "me".to_owned(), format!("role:{role}")]).boxed(),
        words("distinct_ids", owned(&["ada", "jo#1", "nobody"])).boxed(),
        words("ids", ids.iter().take(6).cloned().collect()).boxed(),
        words("sla", owned(&["on-track", "at-risk", "breached", "none"])).boxed(),
        words("channel_detail", owned(&["widget_embedded", "widget_api"])).boxed(),
        select(&["true", "false"]).prop_map(|word| ("snoozed", word.to_owned())).boxed(),
        tags("tags").boxed(),
        tags("tags_all").boxed(),
        tags("tags_exclude").boxed(),
        select(&SEARCHES).prop_map(|text| ("search", text.to_owned())).boxed(),
        select(&["-1h", "2020-01-01", "all"]).prop_map(|text| ("date_from", text.to_owned())).boxed(),
        select(&["2020-01-01", "2099-01-01"]).prop_map(|text| ("updated_to", text.to_owned())).boxed(),
    ];
    proptest::collection::vec(proptest::strategy::Union::new(one), 0..4)
}

fn folded(ticket: &Value) -> Vec<String> {
    let texts = ["name", "email"].map(|key| ticket["anonymous_traits"][key].as_str().unwrap_or_default());
    texts.into_iter().flat_map(|text| beginnings(text, 32, 16)).collect()
}

/// Whether a filter admits a ticket, by a second, simple implementation.
fn admits(ticket: &Value, (name, value): &Filter, role: &str) -> bool {
    let among = |word: &str| value.split(',').any(|wanted| wanted == word);
    let tags: BTreeSet<String> = serde_json::from_value(ticket["tags"].clone()).unwrap();
    let wanted = || serde_json::from_str::<BTreeSet<String>>(value).unwrap();
    let text = |field: &str| ticket[field].as_str().unwrap_or("-").to_owned();
    match *name {
        "status" | "priority" | "channel_source" | "channel_detail" => among(&text(name)),
        "assignee" => match ticket["assignee"]["type"].as_str() {
            None => among("unassigned"),
            Some("user") => among("me"),
            Some(_) => among(&format!("role:{role}")),
        },
        "distinct_ids" => among(&text("distinct_id")),
        "ids" => among(&text("id")),
        "sla" if ticket["status"] == "resolved" => false,
        "sla" => match ticket["sla_due_at"].as_str() {
            None => among("none"),
            Some(due) => {
                let left = due.parse::<chrono::DateTime<chrono::Utc>>().unwrap() - chrono::Utc::now();
                let state = if left < chrono::TimeDelta::zero() {
                    "breached"
                } else if left.num_minutes() < 60 {
                    "at-risk"
                } else {
                    "on-track"
                };
                among(state)
            }
        },
        "snoozed" => ticket["snoozed_until"].is_null() == (value == "false"),
        "tags" => !tags.is_disjoint(&wanted()),
        "tags_all" => tags.is_superset(&wanted()),
        "tags_exclude" => tags.is_disjoint(&wanted()),
        "search" => {
            let number = value.trim_start_matches('#').parse::<u64>();
            let (known, typed) = (folded(ticket), words(value).collect::<Vec<_>>());
            number.is_ok_and(|number| ticket["ticket_number"] == number)
                || !typed.is_empty() && typed.iter().all(|typed| known.iter().any(|word| word.starts_with(typed)))
        }
        "date_from" => true,
        "updated_to" => value.starts_with("2099"),
        _ => panic!("{name}"),
    }
}

/// Sorts as `order_by` says. Tickets without a deadline come last.
fn sort(tickets: &mut [Value], order: &str) {
    let (descending, key) = order.strip_prefix('-').map_or((false, order), |key| (true, key));
    let key = if key == "created_at" { "ticket_number" } else { key };
    let number = |ticket: &Value| ticket["ticket_number"].as_u64().unwrap();
    tickets.sort_by(|one, other| {
        let of = |ticket: &Value| {
            let runs = key != "sla_due_at" || ticket["status"] != "resolved";
            ticket[key].as_str().filter(|_| runs).map(str::to_owned)
        };
        let by_key = match (of(one), of(other)) {
            (Some(one), Some(other)) => one.cmp(&other),
            (Some(_), None) => return std::cmp::Ordering::Less,
            (None, Some(_)) => return std::cmp::Ordering::Greater,
            (None, None) => std::cmp::Ordering::Equal,
        };
        let both = by_key.then(number(one).cmp(&number(other)));
        if descending { both.reverse() } else { both }
    });
}

async fn page(desk: &Desk, url: &str) -> Reply {
    desk.http.call(Method::GET, url, &[("authorization", AGENT)], Value::Null).await.expect(200)
}

fn numbers<'a>(tickets: impl IntoIterator<Item = &'a Value>) -> Vec<u64> {
    tickets.into_iter().map(|ticket| ticket["ticket_number"].as_u64().unwrap()).collect()
}

#[tokio::test]
async fn every_filter_and_order_lists_what_a_naive_one_does() {
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[7; 32]));
    let (desk, role) = full(&mut runner).await;
    let path = desk.http.url("/api/projects/1/conversations/tickets/");
    let all = page(&desk, &format!("{path}?limit=1000")).await.json["results"].as_array().unwrap().clone();
    assert_eq!(all.len(), 50);
    let ids: Vec<_> = all.iter().map(|ticket| ticket["id"].as_str().unwrap().to_owned()).collect();
    let filters = filters(&role, &ids);
    let orders = ["updated_at", "created_at", "ticket_number", "sla_due_at"].map(|key| [key.to_owned(), format!("-{key}")]);
    let (order, limit) = (select(orders.concat()), select(&[1_usize, 3, 7, 50]));
    let mut turned = 0;
    for _ in 0..150 {
        let mut given = sample(&mut runner, &filters);
        // Of a parameter that is given twice, the last one counts, so each name is given once.
        let mut seen = BTreeSet::new();
        given.retain(|(name, _)| seen.insert(*name));
        let (order, limit) = (sample(&mut runner, &order), sample(&mut runner, &limit));
        let mut query = form_urlencoded::Serializer::new(String::new());
        query.extend_pairs(given.iter()).append_pair("order_by", &order).append_pair("limit", &limit.to_string());
        let query = query.finish();
        let mut expected: Vec<_> =
            all.iter().filter(|ticket| given.iter().all(|filter| admits(ticket, filter, &role))).cloned().collect();
        sort(&mut expected, &order);
        let expected = numbers(&expected);

        let (mut found, mut pages) = (Vec::new(), Vec::new());
        let mut next = Some(format!("{path}?{query}"));
        while let Some(url) = next {
            let got = page(&desk, &url).await.json;
            assert_eq!((&got["count"], got.get("count_is_exact")), (&json!(expected.len()), None), "{query}");
            found.extend(numbers(got["results"].as_array().unwrap()));
            next = got["next"].as_str().map(str::to_owned);
            pages.push(got);
            assert!(pages.len() <= 60, "{query}");
        }
        assert_eq!(found, expected, "{query}");
        turned += pages.len() - 1;
        // Going back by `previous` shows the same pages.
        let mut back = pages.last().unwrap()["previous"].as_str().map(str::to_owned);
        for earlier in pages.iter().rev().skip(1) {
            let got = page(&desk, &back.expect("a way back")).await.json;
            assert_eq!(numbers(got["results"].as_array().unwrap()), numbers(earlier["results"].as_array().unwrap()), "{query}");
            back = got["previous"].as_str().map(str::to_owned);
        }
        // So does paging by offset.
        let offset = expected.len() / 2;
        let got = page(&desk, &format!("{path}?{query}&offset={offset}")).await.json;
        let shown = &expected[offset..expected.len().min(offset + limit)];
        assert_eq!(numbers(got["results"].as_array().unwrap()), shown, "{query}&offset={offset}");
    }
    assert!(turned > 500, "{turned} pages were turned");
}

/// The ticket numbers that a search finds, sorted, and its plan.
async fn search(desk: &Desk, text: &str) -> (BTreeSet<u64>, String) {
    let query = form_urlencoded::Serializer::new(String::new()).append_pair("search", text).finish();
    let page = desk.tickets().list(&format!("limit=1000&{query}")).expect(200).await;
    assert_eq!(page.json["next"], Value::Null, "{text}");
    let plan = page.header("x-lambdesk-plan").unwrap().to_owned();
    (numbers(page.json["results"].as_array().unwrap()).into_iter().collect(), plan)
}

/// Customers come, go and change their names. After each change, every search finds what a naive one does, by the words' rows
/// alone.
#[tokio::test]
async fn a_search_follows_customers_who_change() {
    let desk = desk().await;
    let mut runner = TestRunner::new_with_rng(Config::default(), TestRng::from_seed(RngAlgorithm::ChaCha, &[9; 32]));
    let traits = (select(&NAMES), select(&["ada@example.com", "12@x.org", "JO.1@Example.com", ""]), any::<bool>());
    let mut there: Vec<Value> = Vec::new();
    for round in 0..12 {
        for _ in 0..8 {
            let (name, email, known) = sample(&mut runner, &traits);
            let traits = if known { json!({"name": name, "email": email}) } else { json!({}) };
            match sample(&mut runner, &(0..4)) {
                0 | 1 => there.push(desk.tickets().create(json!({"message": "hello", "anonymous_traits": traits})).await),
                _ if there.is_empty() => {}
                chosen => {
                    let at = sample(&mut runner, &(0..there.len()));
                    if chosen == 2 {
                        let change = json!({"anonymous_traits": traits});
                        there[at] = desk.tickets().patch(&there[at], change).await;
                    } else {
                        desk.tickets().delete(&there[at]).await;
                        there.swap_remove(at);
                    }
                }
            }
        }
        desk.http.drain().await;
        for text in SEARCHES {
            let filter = ("search", text.to_owned());
            let expected = numbers(there.iter().filter(|ticket| admits(ticket, &filter, ""))).into_iter().collect();
            let (found, plan) = search(&desk, text).await;
            assert_eq!(found, expected, "round {round}: {text}");
            assert!(plan.starts_with("plan=words") || plan.starts_with("plan=number"), "{text}: {plan}");
        }
    }
}

/// Tickets so large that a page ends because of what it has read, even if it shows nothing. The link back from such a page
/// still leads to the ticket that it was reached from.
#[tokio::test]
async fn a_page_that_shows_nothing_leaves_nothing_out() {
    let desk = desk().await;
    let list = desk.http.url("/api/projects/1/conversations/tickets/");
    let large = json!({"name": "x".repeat(15_000)});
    let soon = (chrono::Utc::now() + chrono::TimeDelta::hours(5)).to_rfc3339();
    for _ in 0..90 {
        let id = desk.tickets().create(json!({"anonymous_traits": large, "message": "q"})).await["id"].clone();
        desk.tickets().patch(id.as_str().unwrap(), json!({"sla_due_at": soon})).await;
    }
    let far = json!({"tags": ["vip"], "sla_due_at": (chrono::Utc::now() + chrono::TimeDelta::hours(9)).to_rfc3339()});
    desk.tickets().patch(90, far).await;
    for order in ["-updated_at", "-ticket_number", "-created_at", "-sla_due_at"] {
        let first = page(&desk, &format!("{list}?tags=%5B%22vip%22%5D&limit=1&order_by={order}")).await.json;
        assert_eq!(first["results"][0]["ticket_number"], 90, "{order}");
        let mut at = first;
        let mut forth = 0;
        while let Some(next) = at["next"].as_str().map(str::to_owned) {
            at = page(&desk, &next).await.json;
            assert_eq!(at["results"], json!([]), "{order}");
            forth += 1;
        }
        assert!(forth > 0 || order != "-updated_at", "there is more than one page");
        while at["results"].as_array().unwrap().is_empty() {
            let previous = at["previous"].as_str().unwrap_or_else(|| panic!("{order} loses its way back")).to_owned();
            at = page(&desk, &previous).await.json;
        }
        assert_eq!(at["results"][0]["ticket_number"], 90, "{order}");
        // The same from before the start.
        let before = at["previous"].as_str().map(str::to_owned);
        if let Some(before) = before {
            let before = page(&desk, &before).await.json;
            let again = page(&desk, before["next"].as_str().unwrap()).await.json;
            assert_eq!(again["results"][0]["ticket_number"], 90, "{order}");
        }
    }
}

/// Reads every page in every order while tickets are created and changed.
#[tokio::test(flavor = "multi_thread")]
async fn a_walk_shows_each_untouched_ticket_once_and_none_twice_whatever_changes_meanwhile() {
    let desk = desk().await;
    let path = desk.http.url("/api/projects/1/conversations/tickets/");
    let due = |hours: i64| (chrono::Utc::now() + chrono::TimeDelta::hours(hours)).to_rfc3339();
    for number in 1..=60 {
        desk.tickets().create(json!({"message": "q"})).await;
        if number % 2 == 0 {
            let change = json!({"sla_due_at": due(number % 5)});
            desk.tickets().patch(&number, change).await;
        }
    }
    let writer = tokio::spawn({
        let http = desk.http.clone();
        async move {
            for step in 0.. {
                // Every third ticket is changed, again and again.
                let number = 3 * (1 + step % 20);
                let status = ["open", "pending", "resolved", "new"][step % 4];
                let change = json!({"status": status, "assignee": (step % 2 == 0).then(|| json!({"type": "user", "id": 1}))});
                http.tickets().patch(&number, change).await;
                http.tickets().create(json!({"message": "new"})).await;
            }
        }
    });
    for key in ["updated_at", "created_at", "ticket_number", "sla_due_at"] {
        for order in [key.to_owned(), format!("-{key}")] {
            let (mut next, mut seen, mut pages) = (Some(format!("{path}?limit=4&order_by={order}")), Vec::new(), 0);
            while let Some(url) = next {
                let page = page(&desk, &url).await.json;
                next = page["next"].as_str().map(str::to_owned);
                seen.extend(numbers(page["results"].as_array().unwrap()));
                pages += 1;
                // In an ascending order, new tickets come at the end for as long as they are created, so the pages never end.
                let through = seen.iter().filter(|number| **number <= 60 && **number % 3 != 0).count() == 40;
                if pages > 400 || (through && key != "updated_at" && !order.starts_with('-')) {
                    break;
                }
            }
            let distinct: BTreeSet<_> = seen.iter().copied().collect();
            assert_eq!(distinct.len(), seen.len(), "{order} repeats none: {seen:?}");
            let missed: Vec<_> = (1..=60).filter(|number| number % 3 != 0 && !distinct.contains(number)).collect();
            assert_eq!(missed, [0; 0], "{order} shows each");
        }
    }
    assert!(!writer.is_finished(), "there was change all the time");
    writer.abort();
}
