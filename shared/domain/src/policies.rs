//! SLA policies: what a project promises to which customers, and by when.
//!
//! A ticket's policy is the first one whose conditions hold. Its targets are for what the customer waits for: the first answer,
//! the next answer, and the end. The ticket records since when it waits and which statuses it has had ([`clock`]). The
//! deadlines are derived from that record by the policies that hold now. So a pause, a change of policy, of schedule or of
//! pausing statuses needs no case of its own.

use serde_json::{Value, json};

use crate::{
    calendar::{BusinessHours, Target, Zone},
    ticket::{Status, Ticket},
    traits::Object,
};

pub mod clock;
mod conditions;
pub mod explain;
pub(crate) mod follow;
pub mod held;
mod parse;

pub use crate::place::Invalid;
pub use clock::Metric;
pub use conditions::Conditions;
pub(crate) use conditions::Failing;

/// The response targets of PostHog's support handbook, as the body of a `PUT`.
pub const HANDBOOK: &str = include_str!("policies/handbook.json");

/// The statuses that pause a clock unless the project says otherwise, as in PostHog's support handbook.
pub(crate) const PAUSING: [Status; 2] = [Status::Pending, Status::OnHold];

/// The policies of a project: none, unless the project set some.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    /// In the order in which they are tried; the first match wins.
    pub policies: Vec<Policy>,
    /// The statuses in which no time counts, for policies and for amounts set on a ticket. Resolved stops every clock. `None`
    /// if the project has not set this: then policies pause in pending and on hold, and amounts never pause.
    pub paused_by: Option<Vec<Status>>,
}

/// What is promised for the tickets that meet some conditions.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its name, unique among the project's policies.
    pub name: String,
    /// Which tickets it applies to.
    pub conditions: Conditions,
    /// The targets, at most one for each metric.
    pub targets: Vec<(Metric, Target)>,
    /// The business hours within which time counts. `None`: time always counts.
    pub hours: Option<BusinessHours>,
}

impl Policies {
    /// Reads the policies that an administrator wrote. An error names the place of what is wrong.
    pub fn parse(given: &Object) -> Result<Self, Invalid> {
        parse::policies(given)
    }

    /// The same policies by the wall clock of `zone`, where a policy's hours name no zone themselves.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        for policy in &mut self.policies {
            policy.hours = policy.hours.take().map(|hours| hours.in_zone(zone));
        }
        self
    }

    /// Whether the project has no policies.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The first policy whose conditions hold for a ticket.
    pub fn of(&self, ticket: &Ticket) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.conditions.hold(ticket))
    }

    /// The place of that policy among the policies.
    pub fn position(&self, ticket: &Ticket) -> Option<usize> {
        self.policies.iter().position(|policy| policy.conditions.hold(ticket))
    }

    /// Whether a condition asks for a trait.
    pub fn ask_for_traits(&self) -> bool {
        self.policies.iter().any(|policy| !policy.conditions.traits.is_empty())
    }

    /// The statuses that pause the clocks of policies; pending and on hold by default.
    pub fn pausing(&self) -> &[Status] {
        self.paused_by.as_deref().unwrap_or(&PAUSING)
    }

    /// `{"policies", "paused_by"}`, as [`Policies::parse`] reads it.
    pub fn to_json(&self) -> Object {
        let policies: Vec<_> = self.policies.iter().map(Policy::to_json).collect();
        object(json!({"policies": policies, "paused_by": self.paused_by}))
    }
}

impl Policy {
    /// The target for a metric, if the policy has one.
    pub fn target(&self, metric: Metric) -> Option<Target> {
        self.targets.iter().find(|(of, _)| *of == metric).map(|(_, target)| *target)
    }

    fn to_json(&self) -> Value {
        let Self { name, conditions, targets, hours } = self;
        let targets: Object = targets.iter().map(|(metric, target)| (metric.name().to_owned(), target.to_json())).collect();
        let hours = hours.as_ref().map(BusinessHours::given);
        json!({"name": name, "conditions": conditions.to_json(), "targets": targets, "business_hours": hours})
    }
}

fn object(value: Value) -> Object {
    match value {
        Value::Object(object) => object,
        _ => Object::new(),
    }
}

#[cfg(test)]
mod tests;
