//! SLA policies: what a project promises to which customers, and by when.
//!
//! A ticket's policy is the first one whose conditions hold. Its targets are for what the customer waits for: the first answer,
//! the next answer, and the end. The ticket records since when it waits and which statuses it has had ([`clock`]). The
//! deadlines are derived from that record by the policies that hold now. So a pause, a change of policy, of schedule or of
//! pausing statuses needs no case of its own.

use serde_json::{Value, json};

use crate::{
    calendar::{BusinessHours, Target, Zone},
    folding::for_conditions,
    ticket::{Channel, Priority, Status, Ticket},
    traits::{Object, text},
};

pub mod clock;
pub mod explain;
pub(crate) mod follow;
mod parse;

pub use crate::place::Invalid;
pub use clock::Metric;

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

/// Which tickets a policy applies to. All given conditions must hold. A condition holds if any of its words matches; one
/// without words always holds.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// The ticket has one of these priorities.
    pub priority: Vec<Priority>,
    /// The ticket came by one of these channels.
    pub channel_source: Vec<Channel>,
    /// The ticket has one of these tags.
    pub tags: Vec<String>,
    /// The customer has one of these values for each named trait, such as `plan`. Values are compared as workflow conditions
    /// compare them. Only a proven trait matches: a browser's claim about its user must not buy a promise (docs/decisions.md,
    /// 55).
    pub traits: Vec<(String, Vec<String>)>,
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Which one, such as `tags` or `traits.plan`.
    pub condition: String,
    /// Whether it would hold if the trait were proven.
    pub unproven: bool,
}

impl Conditions {
    /// Whether all of them hold for a ticket.
    pub fn hold(&self, ticket: &Ticket) -> bool {
        self.failing(ticket).is_none()
    }

    /// The first condition that does not hold; `None` if all hold.
    pub fn failing(&self, ticket: &Ticket) -> Option<Failing> {
        let failing = |condition: &str| Some(Failing { condition: condition.to_owned(), unproven: false });
        let Self { priority, channel_source, tags, traits } = self;
        if !priority.is_empty() && !ticket.fields.priority.is_some_and(|is| priority.contains(&is)) {
            return failing("priority");
        }
        if !channel_source.is_empty() && !channel_source.contains(&ticket.origin.channel()) {
            return failing("channel_source");
        }
        if !tags.is_empty() && !ticket.fields.tags.iter().any(|tag| tags.iter().any(|any| any == tag)) {
            return failing("tags");
        }
        traits.iter().find_map(|(key, any)| {
            let is = text(&ticket.fields.anonymous_traits, key).map(for_conditions);
            let is_any = is.is_some_and(|is| any.iter().any(|word| for_conditions(word) == is));
            let proven = ticket.fields.proven_traits.contains(key);
            (!is_any || !proven).then(|| Failing { condition: format!("traits.{key}"), unproven: is_any })
        })
    }
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
        let Conditions { priority, channel_source, tags, traits } = conditions;
        let mut when = Object::new();
        let mut given = |key: &str, any: Value| {
            if any.as_array().is_some_and(|any| !any.is_empty()) {
                when.insert(key.to_owned(), any);
            }
        };
        given("priority", json!(priority));
        given("channel_source", json!(channel_source));
        given("tags", json!(tags));
        if !traits.is_empty() {
            let traits: Object = traits.iter().map(|(key, any)| (key.clone(), json!(any))).collect();
            when.insert("traits".to_owned(), Value::Object(traits));
        }
        let targets: Object = targets.iter().map(|(metric, target)| (metric.name().to_owned(), target.to_json())).collect();
        let hours = hours.as_ref().map(BusinessHours::given);
        json!({"name": name, "conditions": when, "targets": targets, "business_hours": hours})
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
