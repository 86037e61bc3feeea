use proptest::{option, prelude::*, sample};
use serde_json::{Value, json};

use super::*;
use crate::{
    create::Draft,
    testing::{draft, object, opened},
    ticket::{Channel, Fields, Origin, Priority},
    totals::{Cell, Counts},
};

fn ticket() -> impl Strategy<Value = Ticket> {
    let status = sample::select(Status::ALL);
    let priority = option::of(sample::select(Priority::ALL));
    let channel = sample::select(Channel::ALL);
    (status, priority, channel, any::<bool>(), sample::select(&["scale", "free"]), any::<bool>()).prop_map(
        |(status, priority, channel, is_vip, plan, is_proven)| {
            let tags = crate::tags::Tags::new(is_vip.then_some("vip")).unwrap();
            let anonymous_traits = object(json!({"plan": plan}));
            let proven_traits = is_proven.then(|| "plan".to_owned()).into_iter().collect();
            let fields = Fields { status, priority, tags, anonymous_traits, proven_traits, ..Fields::default() };
            opened(Draft { origin: Origin::filed(channel), fields, ..draft() }).0
        },
    )
}

fn conditions() -> impl Strategy<Value = Value> {
    let priorities = option::of(sample::subsequence(Priority::ALL, 1..=2));
    let channels = option::of(sample::subsequence(Channel::ALL, 1..=2));
    (priorities, channels, prop::bool::weighted(0.2), prop::bool::weighted(0.2)).prop_map(
        |(priority, channel_source, tags, traits)| {
            json!({
                "priority": priority, "channel_source": channel_source, "tags": tags.then_some("vip"),
                "traits": traits.then(|| json!({"plan": "scale"})),
            })
        },
    )
}

fn policies() -> impl Strategy<Value = Policies> {
    prop::collection::vec(conditions(), 0..5).prop_map(|all| {
        let targets = json!({"resolution": {"amount": 1}});
        let named = |(place, conditions): (usize, &Value)| json!({"name": place.to_string(), "conditions": conditions, "targets": targets});
        let policies: Vec<_> = all.iter().enumerate().map(named).collect();
        Policies::parse(&object(json!({"policies": policies}))).unwrap()
    })
}

fn totals(tickets: &[Ticket]) -> Totals {
    Totals::new(0, tickets.iter().map(|ticket| (Cell::of(ticket).bucket, 1)).collect(), Counts::default())
}

/// How many tickets each policy holds, counted one by one; those of none at the end.
fn counted(policies: &Policies, tickets: &[Ticket]) -> Vec<u64> {
    let mut counts = vec![0; policies.policies.len() + 1];
    for ticket in tickets.iter().filter(|ticket| ticket.fields.status != Status::Resolved) {
        let held = policies.policies.iter().take_while(|policy| !policy.conditions.hold(ticket)).count();
        counts[held] += 1;
    }
    counts
}

fn all(holdings: &Holdings) -> Vec<Held> {
    holdings.policies.iter().copied().chain([holdings.without]).collect()
}

proptest! {
    /// A count that says that it is exact is, and any other is a lower bound: by the totals alone, and with some or all of the
    /// tickets.
    #[test]
    fn counts_say_whether_they_are_exact(
        tickets in prop::collection::vec(ticket(), 0..40), policies in policies(), read in 0..40_usize,
    ) {
        let expected = counted(&policies, &tickets);
        let holds = |holdings: &Holdings| {
            all(holdings).iter().zip(&expected).all(|(held, exact)| {
                held.tickets == *exact || (!held.is_exact && held.tickets < *exact)
            })
        };
        let by_totals = Holdings::of_totals(&policies, &totals(&tickets));
        prop_assert!(holds(&by_totals), "{:?} {:?}", by_totals, expected);
        let open: Vec<_> = tickets.iter().filter(|ticket| ticket.fields.status != Status::Resolved).collect();
        let some = by_totals.clone().with_tickets(&policies, open.iter().take(read).copied(), false);
        prop_assert!(holds(&some), "{:?} {:?}", some, expected);
        let whole = by_totals.with_tickets(&policies, open.into_iter(), true);
        prop_assert!(whole.are_exact());
        prop_assert_eq!(all(&whole).iter().map(|held| held.tickets).collect::<Vec<_>>(), expected);
    }
}

/// A condition on a trait leaves exact what it is not about.
#[test]
fn totals_count_what_no_trait_divides() {
    let targets = json!({"resolution": {"amount": 1}});
    let policy = |name: &str, conditions: Value| json!({"name": name, "conditions": conditions, "targets": targets});
    let policies = json!({"policies": [
        policy("Urgent", json!({"priority": "high"})),
        policy("Scale by mail", json!({"channel_source": "email", "traits": {"plan": "scale"}})),
        policy("Slack", json!({"channel_source": "slack"})),
        policy("Mail", json!({"channel_source": "email"})),
    ]});
    let policies = Policies::parse(&object(policies)).unwrap();
    let ticket = |channel, priority| {
        opened(Draft { origin: Origin::filed(channel), fields: Fields { priority, ..Fields::default() }, ..draft() }).0
    };
    let tickets = [
        ticket(Channel::Email, Some(Priority::High)),
        ticket(Channel::Email, None),
        ticket(Channel::Slack, None),
        ticket(Channel::Widget, None),
    ];
    let exact = Held { tickets: 1, is_exact: true };
    let unknown = Held { tickets: 0, is_exact: false };
    let holdings = Holdings::of_totals(&policies, &totals(&tickets));
    assert_eq!((all(&holdings), holdings.are_exact()), (vec![exact, unknown, exact, unknown, exact], false));
    let none = Held { tickets: 0, is_exact: true };
    let holdings = Holdings::of_totals(&policies, &totals(&tickets[2..]));
    assert_eq!((all(&holdings), holdings.are_exact()), (vec![none, none, exact, none, exact], true), "no mail to divide");
}
