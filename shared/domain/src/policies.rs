//! SLA policies: what a project promises to which customers, and by when (seeds/support-handbook.txt, "Response targets").
//!
//! The first policy whose conditions hold is a ticket's. Its targets are for what the customer waits for: the first answer,
//! the next one, and the end. The ticket carries since when it waits and which statuses it has had ([`clock`]), and all else
//! follows from these by the policies of the moment: so a pause, another policy, another schedule and other pauses need no
//! case of their own.

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

/// The handbook's targets, as the body of a `PUT`.
pub const HANDBOOK: &str = include_str!("policies/handbook.json");

/// What pauses a clock unless the project says otherwise (seeds/support-hero.txt, "Ticket Status").
pub(crate) const PAUSING: [Status; 2] = [Status::Pending, Status::OnHold];

/// The policies of a project. None, unless it set some.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Policies {
    /// In the order in which they are tried.
    pub policies: Vec<Policy>,
    /// The statuses in which no time counts, for policies as for amounts that were set; resolved stops all of them. `None` if
    /// the project has not said so: then policies pause as the handbook has it, and amounts do not.
    pub paused_by: Option<Vec<Status>>,
}

/// What is promised to some.
#[derive(Debug, Clone, PartialEq)]
pub struct Policy {
    /// Its name.
    pub name: String,
    /// To whom.
    pub conditions: Conditions,
    /// The targets, at most one for each metric.
    pub targets: Vec<(Metric, Target)>,
    /// When time counts; always, if it is `None`.
    pub hours: Option<BusinessHours>,
}

/// Which tickets; all that is given must hold, each by any of its words.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct Conditions {
    /// Priorities.
    pub priority: Vec<Priority>,
    /// Channels.
    pub channel_source: Vec<Channel>,
    /// Tags.
    pub tags: Vec<String>,
    /// Traits of the customer, such as `plan`; compared as conditions are, and only where they are proven: what a browser says
    /// of its user promises nothing to anybody.
    pub traits: Vec<(String, Vec<String>)>,
}

/// A condition that does not hold.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failing {
    /// Which, such as `tags` or `traits.plan`.
    pub condition: String,
    /// Whether it would hold if the trait were proven.
    pub unproven: bool,
}

impl Conditions {
    /// Whether they hold for a ticket.
    pub fn hold(&self, ticket: &Ticket) -> bool {
        self.failing(ticket).is_none()
    }

    /// The first that does not hold.
    pub fn failing(&self, ticket: &Ticket) -> Option<Failing> {
        let failing = |condition: &str| Some(Failing { condition: condition.to_owned(), unproven: false });
        let Self { priority, channel_source, tags, traits } = self;
        if !priority.is_empty() && !ticket.priority.is_some_and(|is| priority.contains(&is)) {
            return failing("priority");
        }
        if !channel_source.is_empty() && !channel_source.contains(&ticket.channel) {
            return failing("channel_source");
        }
        if !tags.is_empty() && !ticket.tags.iter().any(|tag| tags.iter().any(|any| any == tag)) {
            return failing("tags");
        }
        traits.iter().find_map(|(key, any)| {
            let is = text(&ticket.anonymous_traits, key).map(for_conditions);
            let is_any = is.is_some_and(|is| any.iter().any(|word| for_conditions(word) == is));
            let proven = ticket.proven_traits.contains(key);
            (!is_any || !proven).then(|| Failing { condition: format!("traits.{key}"), unproven: is_any })
        })
    }
}

impl Policies {
    /// Reads what an administrator wrote.
    pub fn parse(given: &Object) -> Result<Self, Invalid> {
        parse::policies(given)
    }

    /// The same by the wall clock of `zone`, where a policy names no other.
    #[must_use]
    pub fn in_zone(mut self, zone: Zone) -> Self {
        for policy in &mut self.policies {
            policy.hours = policy.hours.take().map(|hours| hours.in_zone(zone));
        }
        self
    }

    /// Whether nothing is promised to anybody.
    pub fn is_empty(&self) -> bool {
        self.policies.is_empty()
    }

    /// The policy of a ticket.
    pub fn of(&self, ticket: &Ticket) -> Option<&Policy> {
        self.policies.iter().find(|policy| policy.conditions.hold(ticket))
    }

    /// The statuses that pause the clocks of policies.
    pub fn pausing(&self) -> &[Status] {
        self.paused_by.as_deref().unwrap_or(&PAUSING)
    }

    /// As they are written.
    pub fn to_json(&self) -> Object {
        let policies: Vec<_> = self.policies.iter().map(Policy::to_json).collect();
        object(json!({"policies": policies, "paused_by": self.paused_by}))
    }
}

impl Policy {
    /// The target for a metric.
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
