//! What pages of tickets cost: what an offset passes over, and the budget that no list exceeds.

use lambdesk_domain::{
    create::Draft,
    message::{Author, Content},
    tags::Tags,
    testing::draft,
    ticket::{Fields, Origin, Status},
};
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    pages::{in_order, list, load, numbered, numbers},
    support::{desk, halves},
};

/// A large offset still shows a full page, so that every ticket can be reached by offset.
#[tokio::test(flavor = "multi_thread")]
async fn an_offset_of_ten_thousand_costs_what_it_passes_over() {
    let desk = desk().await;
    let tickets: Vec<_> = (1..=10_400)
        .map(|number| {
            let mut ticket = numbered(
                number,
                Draft { fields: Fields { status: Status::ALL[number as usize % 5], ..Fields::default() }, ..draft() },
            );
            let due = ticket.created_at.plus_seconds(30 * 24 * 3600);
            ticket.sla_due_at = Some(due).filter(|_| number % 3 == 0);
            ticket
        })
        .collect();
    load(&desk, &tickets).await;
    list(&desk, "limit=1").await;
    let all: Vec<_> = tickets.iter().collect();
    for (key, beside) in [("ticket_number", 130.0), ("created_at", 130.0), ("sla_due_at", 170.0), ("updated_at", 1000.0)] {
        for order in [key.to_owned(), format!("-{key}")] {
            let expected = in_order(&all, &order);
            let page = list(&desk, &format!("order_by={order}&offset=10000&limit=50")).await;
            println!("{order}: {:?}", page.cost());
            assert_eq!(numbers(&page), expected[10_000..10_050], "{order}");
            let cost = desk.http.cheapest(&format!("/tickets/?order_by={order}&offset=10000&limit=50")).await.cost();
            assert!(cost.rcu <= beside + 25.0 && cost.round_trips <= 10.0, "{order}: {cost:?}");
            let full = list(&desk, &format!("order_by={order}&limit=1000")).await;
            println!("{order}, a thousand: {:?}", full.cost());
            assert_eq!(numbers(&full), expected[..1000], "{order}");
            assert!(full.cost().rcu <= 630.0, "{order}: {:?}", full.cost());
        }
    }
}

/// A page of a filter without an index costs no more than any other page, apart from the tickets that it shows.
#[tokio::test(flavor = "multi_thread")]
async fn no_list_reads_more_than_its_budget() {
    let desk = desk().await;
    let large = "x".repeat(1500);
    let tickets: Vec<_> = (1..=2000)
        .map(|number| {
            let traits = json!({"name": "Ada", "about": large}).as_object().unwrap().clone();
            let tags = Tags::new(["vip"].iter().filter(|_| number == 7)).unwrap();
            let session = Some("00000000-0000-7000-8000-000000000001".to_owned());
            let status = Status::ALL[number as usize % 5];
            let fields = Fields { status, tags, anonymous_traits: traits, ..Fields::default() };
            numbered(number, Draft { fields, origin: Origin::Widget { session, detail: None }, ..draft() })
        })
        .collect();
    load(&desk, &tickets).await;
    list(&desk, "limit=1").await;
    for query in
        ["tags=[\"vip\"]", "priority=high", "snoozed=true", "search=nobody%20x", "search=ada", "distinct_ids=ada", "status=open"]
    {
        for order in ["-updated_at", "ticket_number", "-created_at", "sla_due_at"] {
            for limit in [1, 50] {
                let page = list(&desk, &format!("limit={limit}&order_by={order}&{query}")).await;
                let (cost, shown) = (page.cost(), halves(numbers(&page).len()));
                assert!(cost.rcu <= 150.0 + shown, "{query} {order} {limit}: {cost:?}");
            }
        }
    }
    let tickets = "/tickets?widget_session_id=00000000-0000-7000-8000-000000000001";
    for (query, count, shown) in [("limit=1&status=new", None, 1), ("limit=20", Some(500), 20), ("limit=500", Some(500), 500)] {
        let page = desk.http.widget(Method::GET, &format!("{tickets}&{query}"), Value::Null).await.expect(200);
        assert_eq!(page.json["results"].as_array().unwrap().len(), shown, "{query}");
        assert!(count.is_none_or(|count: u32| page.json["count"] == count), "{query}: {}", page.json["count"]);
        let cost = page.cost();
        println!("{query}: {cost:?}");
        assert!(cost.rcu <= 130.0 + halves(shown), "{query}: {cost:?}");
    }
}

/// What a ticket's own item holds in any case is as large as text can be: four bytes a character.
#[tokio::test(flavor = "multi_thread")]
async fn no_list_of_the_largest_tickets_reads_more_than_its_budget() {
    let desk = desk().await;
    let long = |length: usize| "\u{1f980}".repeat(length);
    let tickets: Vec<_> = (1..=500)
        .map(|number| {
            let traits = json!({"name": format!("ada {}", long(490)), "email": long(490)}).as_object().unwrap().clone();
            let context = json!({"session_replay_url": long(1990), "current_url": long(1990)}).as_object().unwrap().clone();
            let session = Some("00000000-0000-7000-8000-000000000001".to_owned());
            let status = Status::ALL[number as usize % 5];
            let message = Some((Author::Customer, Content::from_customer(&long(600)).unwrap()));
            let fields = Fields { status, anonymous_traits: traits, ..Fields::default() };
            let origin = Origin::Widget { session, detail: None };
            numbered(number, Draft { fields, origin, session_context: context, message, ..draft() })
        })
        .collect();
    load(&desk, &tickets).await;
    list(&desk, "limit=1").await;
    let ids: Vec<_> = tickets[..90].iter().map(|ticket| ticket.id.to_string()).collect();
    let few = format!("ids={}", ids.join(","));
    let mut over = Vec::new();
    for query in
        ["tags=[\"vip\"]", "priority=high", "search=nobody%20x", "search=ada", "distinct_ids=ada", "status=open", &few, ""]
    {
        for order in ["-updated_at", "ticket_number", "-created_at", "sla_due_at"] {
            for limit in [1, 50] {
                let page = list(&desk, &format!("limit={limit}&order_by={order}&{query}")).await;
                let (cost, shown) = (page.cost(), halves(numbers(&page).len()));
                println!("{} {order} {limit}: {cost:?}", &query[..query.len().min(20)]);
                if cost.rcu > 150.0 + shown {
                    over.push((query.to_owned(), order, limit, cost));
                }
            }
        }
    }
    for limit in [1, 50, 100] {
        let page = desk.http.get(&format!("/tickets/1/previous/?limit={limit}")).await.expect(200);
        let (cost, shown) = (page.cost(), page.json["results"].as_array().unwrap().len());
        println!("previous {limit}: {cost:?}, {shown} shown");
        if cost.rcu > 150.0 + halves(shown) {
            over.push(("previous".to_owned(), "", limit, cost));
        }
    }
    let tickets = "/tickets?widget_session_id=00000000-0000-7000-8000-000000000001";
    for query in ["limit=1&status=new", "limit=20", "limit=500"] {
        let page = desk.http.widget(Method::GET, &format!("{tickets}&{query}"), Value::Null).await.expect(200);
        let (cost, shown) = (page.cost(), page.json["results"].as_array().unwrap().len());
        println!("{query}: {cost:?}");
        if cost.rcu > 130.0 + halves(shown) {
            over.push((query.to_owned(), "customer", 0, cost));
        }
    }
    assert!(over.is_empty(), "{over:#?}");
}
