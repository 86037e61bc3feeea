//! From a commit to its event, its workflows and the totals, while the bus fails or a record cannot be read. Every commit is
//! published in the end, and takes effect once.

use std::{
    sync::{
        Arc,
        atomic::{AtomicUsize, Ordering::SeqCst},
    },
    time::Duration,
};

use aws_sdk_dynamodb::types::AttributeValue;
use futures_util::future::join_all;
use lambdesk_local::bus::Fault;
use reqwest::Method;
use serde_json::{Value, json};

use crate::{
    support::{Desk, desk},
    team::{Case, Team},
};

const TEAMS: usize = 3;
const CASES: usize = 4;

/// How long a bus stays as it is.
#[derive(Clone, Copy)]
enum Until {
    /// Until so many entries have met its fault.
    Met(usize),
    Past(Duration),
}

impl Until {
    async fn wait(self, met: &AtomicUsize) {
        match self {
            Self::Past(time) => tokio::time::sleep(time).await,
            Self::Met(most) => {
                for _ in 0..4000 {
                    if met.load(SeqCst) >= most {
                        return;
                    }
                    tokio::time::sleep(Duration::from_millis(5)).await;
                }
                panic!("only {} entries met the fault", met.load(SeqCst));
            }
        }
    }
}

/// Lets teams work while the bus has `fault` for each entry. Heals the bus then, and checks that everything followed. Returns
/// how many entries met the fault, and how many the bus took more than once.
async fn through(until: Until, fault: impl Fn(usize) -> Option<Fault> + Send + Sync + 'static) -> (usize, usize) {
    let desk = desk().await;
    let Some(bus) = desk.running.bus() else { return (1, 1) };
    let teams: Vec<_> = join_all((0..TEAMS).map(|_| Team::new(&desk.http))).await;
    let (seen, met) = (AtomicUsize::new(0), Arc::new(AtomicUsize::new(0)));
    let count = Arc::clone(&met);
    bus.inject(move |_| {
        let fault = fault(seen.fetch_add(1, SeqCst));
        count.fetch_add(usize::from(fault.is_some()), SeqCst);
        fault
    });
    let working = teams.iter().map(|team| join_all((0..CASES).map(|_| team.case())));
    let cases = join_all(working).await;
    until.wait(&met).await;
    bus.heal();
    desk.http.drain().await;
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
    let mut again = 0;
    for (team, cases) in teams.iter().zip(cases) {
        let cases: Vec<_> = cases.into_iter().flatten().collect();
        assert_eq!(cases.len(), CASES, "nobody who writes notices");
        team.assert_followed(&desk.running.store, &cases).await;
        again += desk.http.events(team.project).await.len() - EVENTS / TEAMS;
    }
    (met.load(SeqCst), again)
}

/// Until every event was tried more than once.
const A_WHILE: Until = Until::Met(2 * EVENTS);
/// Each case has four events.
const EVENTS: usize = 4 * TEAMS * CASES;

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_refuses_some_entries_has_them_all_in_the_end() {
    let (met, _) =
        through(Until::Met(EVENTS / 3), |seen| (seen % 3 == 0).then_some(Fault::RefuseEntry("ThrottlingException"))).await;
    assert!(met > 0);
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_refuses_all_entries_has_them_all_in_the_end() {
    let (met, again) = through(Until::Met(10), |_| Some(Fault::RefuseEntry("InternalFailure"))).await;
    assert!(met > 0 && again == 0, "{met} {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn a_bus_that_is_away_has_all_entries_in_the_end() {
    let (met, again) = through(A_WHILE, |_| Some(Fault::FailCall)).await;
    assert!(met > 0 && again == 0, "{met} {again}");
}

#[tokio::test(flavor = "multi_thread")]
async fn entries_whose_answer_is_lost_come_again_with_the_same_id() {
    let (met, again) = through(A_WHILE, |_| Some(Fault::LoseAnswer)).await;
    assert!(met > 0 && again > 0, "{met} {again}");
}

#[tokio::test(flavor = "multi_thread")]
#[ignore = "takes a minute"]
async fn a_minute_without_a_bus_costs_nothing_but_time() {
    let (met, _) = through(Until::Past(Duration::from_mins(1)), |_| Some(Fault::FailCall)).await;
    assert!(met > 0);
}

/// EventBridge refuses one event each time, because of what the event is.
#[tokio::test(flavor = "multi_thread")]
async fn an_event_that_is_refused_is_set_aside_and_redriven() {
    let desk = desk().await;
    let Some(bus) = desk.running.bus() else { return };
    let (bad, good) = (Team::new(&desk.http).await, Team::new(&desk.http).await);
    let first = bad.case().await.unwrap();
    desk.http.drain().await;
    let ticket = first.ticket.clone();
    bus.inject(move |entry| entry.detail.contains(&ticket).then_some(Fault::RefuseEntry("MalformedDetail")));
    let resolved = bad.agent(Method::PATCH, &format!("/tickets/{}/", first.ticket), json!({"status": "pending"})).await;
    resolved.expect(200);
    let others = [good.case().await.unwrap(), good.case().await.unwrap()];
    desk.http.drain().await;
    good.assert_followed(&desk.running.store, &others).await;
    let dead = desk.http.dead_letters().await;
    assert_eq!(dead.len(), 1, "{dead:?}");
    assert_eq!(dead[0]["from"], "stream");
    let status_changes = async || {
        let told = desk.http.events(bad.project).await;
        told.iter().filter(|entry| entry["detail-type"] == "$conversation_ticket_status_changed").count()
    };
    assert_eq!(status_changes().await, 0);
    assert_eq!(desk.http.redrive().await, json!({"stream": 0, "queue": 0}), "it is refused as before");
    assert_eq!(desk.http.dead_letters().await, dead);
    bus.heal();
    assert_eq!(desk.http.redrive().await, json!({"stream": 1, "queue": 0}));
    desk.http.drain().await;
    assert_eq!((desk.http.dead_letters().await.len(), status_changes().await), (0, 1));
}

/// An item of the desk, to be written directly, without the store's checks.
struct Item<'a> {
    desk: &'a Desk,
    partition: String,
    sort: String,
}

impl<'a> Item<'a> {
    fn ticket(desk: &'a Desk, team: &Team, case: &Case) -> Self {
        Self { desk, partition: format!("P#{}#T#{}", team.project, case.ticket), sort: "~".to_owned() }
    }

    /// Sets an attribute of the item, and returns its value from before.
    async fn set(&self, attribute: &str, value: AttributeValue) -> AttributeValue {
        let connection = &self.desk.running.dynamodb;
        let update = connection.client().update_item().table_name(&connection.table);
        let update = update.key("PK", AttributeValue::S(self.partition.clone())).key("SK", AttributeValue::S(self.sort.clone()));
        let update = update.update_expression("SET #a = :v").expression_attribute_names("#a", attribute);
        let update = update.expression_attribute_values(":v", value);
        let before = update.return_values(aws_sdk_dynamodb::types::ReturnValue::AllOld).send().await.unwrap();
        before.attributes.unwrap().remove(attribute).unwrap()
    }
}

#[tokio::test(flavor = "multi_thread")]
async fn a_corrupt_ticket_is_set_aside_and_counts_again_once_it_is_mended() {
    let mut desk = desk().await;
    if desk.running.bus().is_none() {
        return;
    }
    let team = Team::new(&desk.http).await;
    let corrupt = team.case().await.unwrap();
    desk.http.drain().await;
    let item = Item::ticket(&desk, &team, &corrupt);
    let version = item.set("ver", AttributeValue::S("no number".to_owned())).await;
    let neighbours = [team.case().await.unwrap(), team.case().await.unwrap()];
    // Draining shows that the bad record does not block the records behind it.
    desk.http.drain().await;
    let dead = desk.http.dead_letters().await;
    assert_eq!(dead.iter().map(|letter| &letter["keys"]["PK"]["S"]).collect::<Vec<_>>(), [&item.partition]);
    assert_eq!(team.told().await.len(), 12, "the neighbours' events are out");
    let next = version.as_n().unwrap().parse::<u64>().unwrap() + 1;
    item.set("ver", AttributeValue::N(next.to_string())).await;
    desk.http.drain().await;
    let all = [vec![corrupt], neighbours.to_vec()].concat();
    team.assert_followed(&desk.running.store, &all).await;
    assert_eq!(desk.http.redrive().await, json!({"stream": 0, "queue": 0}), "the record itself stays as it was");
    assert_eq!(desk.http.dead_letters().await, dead);
    desk.rest.leaves_dead_letters();
}

#[tokio::test(flavor = "multi_thread")]
async fn an_event_whose_workflow_is_corrupt_is_set_aside_and_redriven() {
    let desk = desk().await;
    if desk.running.bus().is_none() {
        return;
    }
    let (bad, good) = (Team::new(&desk.http).await, Team::new(&desk.http).await);
    // Corrupt the workflow before the desk has read and cached it.
    let (partition, sort) = (format!("P#{}", bad.project), format!("WORKFLOW#{}", bad.on_create));
    let item = Item { desk: &desk, partition, sort };
    let definition = item.set("definition", AttributeValue::S("{".to_owned())).await;
    let (case, other) = (bad.case().await.unwrap(), good.case().await.unwrap());
    desk.http.drain().await;
    good.assert_followed(&desk.running.store, &[other]).await;
    let dead = desk.http.dead_letters().await;
    assert_eq!(dead.len(), 4, "every event of that project: {dead:?}");
    assert!(dead.iter().all(|letter| letter["from"] == "queue" && letter["receive_count"] == 5));
    item.set("definition", definition).await;
    assert_eq!(desk.http.redrive().await, json!({"stream": 0, "queue": 4}));
    desk.http.drain().await;
    assert_eq!(desk.http.dead_letters().await, [] as [Value; 0]);
    bad.assert_followed(&desk.running.store, &[case]).await;
}
