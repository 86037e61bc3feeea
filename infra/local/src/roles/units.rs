//! The units that DynamoDB counted for each function, as its answers tell.

use std::{
    collections::BTreeMap,
    sync::{Mutex, PoisonError},
};

use serde::{Deserialize, Serialize};

/// What the calls of one function have used since the desk started.
#[derive(Debug, Clone, Copy, Default, PartialEq, Serialize)]
pub(crate) struct Used {
    calls: u32,
    rcu: f64,
    wcu: f64,
}

/// What each function of the template has used.
#[derive(Debug, Default)]
pub(crate) struct Units(Mutex<BTreeMap<String, Used>>);

/// The part of an answer that tells what was consumed.
#[derive(Deserialize)]
struct Answer {
    #[serde(rename = "ConsumedCapacity")]
    consumed: Option<Consumed>,
}

/// Calls on several tables tell it for each.
#[derive(Deserialize)]
#[serde(untagged)]
enum Consumed {
    Of(Capacity),
    OfEach(Vec<Capacity>),
}

#[derive(Deserialize)]
struct Capacity {
    #[serde(rename = "CapacityUnits", default)]
    units: f64,
}

impl Units {
    pub(super) fn of<'a>(functions: impl Iterator<Item = &'a String>) -> Self {
        Self(Mutex::new(functions.map(|name| (name.clone(), Used::default())).collect()))
    }

    /// Counts a call with its answer.
    pub(super) fn note(&self, function: &str, call: &str, answer: &[u8]) {
        let consumed = serde_json::from_slice::<Answer>(answer).ok().and_then(|answer| answer.consumed);
        let units = match consumed {
            None => 0.0,
            Some(Consumed::Of(one)) => one.units,
            Some(Consumed::OfEach(all)) => all.iter().map(|capacity| capacity.units).sum(),
        };
        let reads = matches!(call, "GetItem" | "BatchGetItem" | "Query" | "Scan");
        let mut all = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        let used = all.entry(function.to_owned()).or_default();
        used.calls += 1;
        *(if reads { &mut used.rcu } else { &mut used.wcu }) += units;
    }

    /// What each function has used, by its name in the template.
    pub(crate) fn used(&self) -> BTreeMap<String, Used> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_answer_counts_for_the_function_that_called() {
        let functions = ["RelayFunction".to_owned(), "ClockFunction".to_owned()];
        let units = Units::of(functions.iter());
        units.note("RelayFunction", "GetItem", br#"{"Item":{},"ConsumedCapacity":{"TableName":"desk","CapacityUnits":0.5}}"#);
        let each =
            br#"{"ConsumedCapacity":[{"TableName":"desk","CapacityUnits":6.0},{"TableName":"other","CapacityUnits":2.0}]}"#;
        units.note("RelayFunction", "TransactWriteItems", each);
        units.note("RelayFunction", "PutItem", br#"{"__type":"ConditionalCheckFailedException"}"#);
        let used = units.used();
        assert_eq!(used["RelayFunction"], Used { calls: 3, rcu: 0.5, wcu: 8.0 });
        assert_eq!(used["ClockFunction"], Used::default());
    }
}
