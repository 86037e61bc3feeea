//! What an operation uses: of the request itself, as its answers tell, and of what follows from it, as the desk counts for each of
//! its functions.

use std::collections::BTreeMap;

use serde::Deserialize;
use serde_json::Value;

use super::{amounts::Amounts, template};
use crate::{Failure, front::Connection, world::World};

/// How often each operation is measured. What most of the times cost counts, and of several such the least. Some read what a process
/// remembers for a minute, and what follows from a mail costs less if it is told of before it is noted as sent.
const TIMES: u32 = 3;
/// Billed milliseconds of an invocation, and of each round trip to the table in it.
pub(super) const MILLIS_OF_WORK: f64 = 5.0;
pub(super) const MILLIS_OF_TRIP: f64 = 5.0;
/// How much of an answer is billed as one request.
const BILLED_BYTES: f64 = 524_288.0;
/// Bytes of a request's two log lines, and of an event on the bus.
pub(super) const LOG_BYTES: f64 = 1_000.0;
pub(super) const EVENT_BYTES: f64 = 2_000.0;
/// Requests that a message of a queue takes: it is sent, received and deleted.
pub(super) const OF_MESSAGE: f64 = 3.0;

/// What a function has used.
#[derive(Debug, Clone, Copy, Default, PartialEq, Deserialize)]
pub(super) struct Units {
    pub(super) calls: f64,
    pub(super) rcu: f64,
    pub(super) wcu: f64,
}

impl Units {
    fn without(self, other: Self) -> Self {
        Self { calls: self.calls - other.calls, rcu: self.rcu - other.rcu, wcu: self.wcu - other.wcu }
    }

    fn and(self, other: Self) -> Self {
        Self { calls: self.calls + other.calls, rcu: self.rcu + other.rcu, wcu: self.wcu + other.wcu }
    }
}

#[derive(Deserialize)]
struct Told {
    functions: BTreeMap<String, Units>,
}

/// Everything that the desk has counted.
#[derive(Clone, Default)]
struct Counted {
    functions: BTreeMap<String, Units>,
    events: usize,
    facts: usize,
}

/// What calls the function that an operation begins with.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum By {
    /// The API.
    Requests,
    /// Mail that arrived.
    Mail,
    /// A schedule.
    Schedule,
}

/// What an operation uses.
#[derive(Clone)]
pub(super) struct Measured {
    pub(super) name: &'static str,
    pub(super) by: By,
    /// How many requests it is.
    pub(super) requests: f64,
    /// Of the function that answers them.
    pub(super) own: Units,
    /// Of all functions that run because of it.
    pub(super) later: BTreeMap<String, Units>,
    /// The function that answers.
    pub(super) function: String,
    pub(super) events: f64,
    pub(super) facts: f64,
    /// What its answers weigh, in bytes.
    pub(super) answered: f64,
}

impl Measured {
    pub(super) fn later(&self) -> Units {
        self.later.values().copied().fold(Units::default(), Units::and)
    }

    pub(super) fn amounts(&self) -> Amounts {
        let ran = self.invocations();
        let seconds = |function: &str, runs: f64, calls: f64| {
            template::memory(function) * (runs * MILLIS_OF_WORK + calls * MILLIS_OF_TRIP) / 1e3
        };
        let later = self.later();
        let events = self.events + self.facts;
        let arrived = if self.by == By::Mail { 1.0 } else { 0.0 };
        let first = if self.by == By::Requests { self.requests } else { 1.0 };
        let mut gb_seconds = seconds(&self.function, first, self.own.calls);
        for (function, runs) in &ran {
            gb_seconds += seconds(function, *runs, self.later.get(function).map_or(0.0, |units| units.calls));
        }
        Amounts {
            reads: self.own.rcu + later.rcu,
            writes: self.own.wcu + later.wcu,
            requests: self.requests.max((self.answered / BILLED_BYTES).ceil()),
            invocations: first + ran.values().sum::<f64>(),
            gb_seconds,
            events,
            event_bytes: self.events * EVENT_BYTES,
            queue: self.events * OF_MESSAGE,
            log_bytes: first * LOG_BYTES,
            sent_bytes: self.answered,
            mails: arrived + if self.later.contains_key("CourierFunction") { 1.0 } else { 0.0 },
            objects: arrived,
        }
    }

    /// How often the functions run that follow. The relay runs for the request's commit and for what a workflow did, the
    /// automation once for each event, and others once.
    fn invocations(&self) -> BTreeMap<String, f64> {
        let wrote = |function: &str| self.later.get(function).is_some_and(|units| units.wcu > 0.0);
        let mut all: BTreeMap<_, _> = self.later.keys().map(|name| (name.clone(), 1.0)).collect();
        if self.events > 0.0 {
            all.insert("AutomationFunction".to_owned(), self.events);
        }
        if let (Some(relay), true) = (all.get_mut("RelayFunction"), wrote("AutomationFunction")) {
            *relay += 1.0;
        }
        all
    }
}

/// A desk whose operations are measured.
pub(super) struct Meter<'a> {
    pub(super) world: &'a World,
    pub(super) connection: Connection,
    pub(super) all: Vec<Measured>,
}

impl Meter<'_> {
    /// Does something a few times, and keeps what it mostly used. The work is told which time it is, and what it takes from the
    /// connection is its requests.
    pub(super) async fn take(
        &mut self,
        name: &'static str,
        by: By,
        mut work: impl AsyncFnMut(&mut Connection, u32) -> Result<(), Failure>,
    ) -> Result<(), Failure> {
        let mut measured = Vec::new();
        for time in 0..TIMES {
            let before = self.counted().await?;
            self.connection.begin();
            work(&mut self.connection, time).await?;
            let (requests, answered, trips) = self.connection.end();
            let mut used = self.counted().await?.since(&before);
            let function = used.busiest(by);
            let own = used.functions.remove(&function).unwrap_or_default();
            // Round trips take time, and calls that overlap are one. Only answers tell of them.
            let own = Units { calls: if by == By::Requests { trips } else { own.calls }, ..own };
            let requests = if by == By::Requests { requests } else { 0.0 };
            let answered = if by == By::Requests { answered } else { 0.0 };
            let (events, facts) = (used.events as f64, used.facts as f64);
            measured.push(Measured { name, by, requests, own, later: used.functions, function, events, facts, answered });
        }
        self.all.extend(usual(measured));
        Ok(())
    }

    /// What the desk has counted, once it is at rest.
    async fn counted(&mut self) -> Result<Counted, Failure> {
        self.world.quiet().await?;
        let Told { functions } = self.connection.get("/_local/units").await?;
        let mut on_the_bus = [0; 2];
        for (source, count) in ["lambdesk", "lambdesk.facts"].iter().zip(&mut on_the_bus) {
            let told: Value = self.connection.get(&format!("/_local/events?project_id=1&source={source}")).await?;
            *count = told["results"].as_array().map_or(0, Vec::len);
        }
        let [events, facts] = on_the_bus;
        Ok(Counted { functions, events, facts })
    }
}

/// The time whose units of the table most times have; of several such, the one with the least.
fn usual(measured: Vec<Measured>) -> Option<Measured> {
    let dollars: Vec<f64> = measured.iter().map(|time| time.amounts().table()).collect();
    let as_often = |cost: f64| dollars.iter().filter(|other| other.total_cmp(&cost).is_eq()).count();
    let order = |a: f64, b: f64| as_often(b).cmp(&as_often(a)).then(a.total_cmp(&b));
    measured.into_iter().zip(&dollars).min_by(|(_, a), (_, b)| order(**a, **b)).map(|(time, _)| time)
}

impl Counted {
    /// What came since, without functions that were not called.
    fn since(&self, before: &Self) -> Self {
        let of = |(name, now): (&String, &Units)| {
            let used = now.without(before.functions.get(name).copied().unwrap_or_default());
            (used.calls > 0.0).then(|| (name.clone(), used))
        };
        Self {
            functions: self.functions.iter().filter_map(of).collect(),
            events: self.events - before.events,
            facts: self.facts - before.facts,
        }
    }

    /// The function that the operation began with: of those that don't follow others, the one that called most.
    fn busiest(&self, by: By) -> String {
        const FOLLOW: [&str; 4] = ["RelayFunction", "AutomationFunction", "NamingFunction", "CourierFunction"];
        let first = match by {
            By::Mail => Some("MailroomFunction"),
            By::Schedule => Some("ClockFunction"),
            By::Requests => None,
        };
        let calling = self.functions.iter().filter(|(name, _)| !FOLLOW.contains(&name.as_str()));
        let most = calling.max_by(|(_, a), (_, b)| a.calls.total_cmp(&b.calls)).map(|(name, _)| name.clone());
        first.map(str::to_owned).or(most).unwrap_or_default()
    }
}
