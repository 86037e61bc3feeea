//! What openapi.json says of the reasons for a deadline's state.
#![expect(dead_code, reason = "`explain` of the domain makes the JSON; these describe it")]

use lambdesk_domain::{Timestamp, alarm::Alarm, policies::Metric, ticket::Status};
use serde_json::Value;
use utoipa::ToSchema;

/// What the state of a deadline follows from.
#[derive(ToSchema)]
pub(crate) struct SlaReasons {
    /// `explicit`, `policy` or `none`.
    source: String,
    /// Why, in words.
    reason: String,
    /// A deadline that was set on the ticket.
    #[schema(required)]
    set: Option<SlaGoal>,
    /// When time counts for the ticket's policy: `{days, time, timezone}`; null for always.
    #[schema(required, value_type = Option<Object>)]
    business_hours: Option<Value>,
    /// The statuses in which the clock is paused.
    paused_by: Vec<Status>,
    /// The targets of the ticket's policy.
    metrics: Vec<SlaTarget>,
    policies: Vec<SlaRule>,
}

/// A target of the ticket's policy.
#[derive(ToSchema)]
struct SlaTarget {
    metric: Metric,
    /// `{amount, unit}`.
    #[schema(required, value_type = Option<Object>)]
    target: Option<Value>,
    /// `running`, `paused`, `stopped` (the ticket is resolved) or `not_waiting` (nothing is due, and all that follows is
    /// absent).
    state: String,
    #[serde(flatten)]
    counted: SlaCounted,
}

/// A deadline that was set on the ticket. Of one that was set to an instant there are only `due_at` and `told`.
#[derive(ToSchema)]
struct SlaGoal {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    set_at: Timestamp,
    /// `{amount, unit}`; null if it was set to an instant.
    #[schema(required, value_type = Option<Object>)]
    target: Option<Value>,
    /// When the amount counts: `{days, time, timezone}`; null for always.
    #[schema(value_type = Option<Object>)]
    business_hours: Option<Value>,
    /// `running`, `paused`, or `stopped`: the ticket is resolved.
    state: Option<String>,
    #[serde(flatten)]
    counted: SlaCounted,
}

/// What has counted towards a deadline.
#[derive(ToSchema)]
struct SlaCounted {
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    began_at: Option<Timestamp>,
    counted_seconds: Option<i64>,
    remaining_seconds: Option<i64>,
    /// Null while the clock is paused.
    #[schema(value_type = Option<chrono::DateTime<chrono::Utc>>)]
    due_at: Option<Timestamp>,
    /// The alarm that was raised for it.
    told: Option<SlaTold>,
    /// The time that counted before the windows that are shown.
    earlier_seconds: Option<f64>,
    /// The time that counts until the deadline; until now, while the clock is paused.
    windows: Option<Vec<SlaSpan>>,
    /// The time between the windows.
    pauses: Option<Vec<SlaPause>>,
}

#[derive(ToSchema)]
struct SlaSpan {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    from: Timestamp,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    to: Timestamp,
}

#[derive(ToSchema)]
struct SlaPause {
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    from: Timestamp,
    /// Null while it lasts.
    #[schema(required, value_type = Option<chrono::DateTime<chrono::Utc>>)]
    to: Option<Timestamp>,
    status: Status,
}

#[derive(ToSchema)]
struct SlaTold {
    state: Alarm,
    #[schema(value_type = chrono::DateTime<chrono::Utc>)]
    at: Timestamp,
    /// How late it was raised.
    late_seconds: u32,
}

/// A policy of the project.
#[derive(ToSchema)]
struct SlaRule {
    name: String,
    /// Whether all its conditions hold.
    matched: bool,
    /// Whether the ticket follows it: the first one that matches.
    applies: bool,
    /// The condition that does not hold.
    #[schema(required)]
    failing: Option<String>,
    /// Said of a trait that is not proven.
    #[schema(required)]
    why: Option<String>,
    /// The first condition that does not hold; null if all hold.
    #[schema(required)]
    unmet: Option<SlaUnmet>,
    /// Why the ticket follows it or not, in words.
    reason: String,
}

/// A condition that does not hold.
#[derive(ToSchema)]
struct SlaUnmet {
    /// `priority`, `channel_source`, `tags`, or a trait such as `traits.plan`.
    attribute: String,
    /// The words of which one would do.
    expected: Vec<String>,
    /// What the ticket has: a word, a list of tags, the first 500 characters of a trait; null if it has none.
    #[schema(required, value_type = Option<Value>)]
    had: Option<Value>,
    /// Whether the trait would do if it were proven.
    is_unproven: bool,
}
