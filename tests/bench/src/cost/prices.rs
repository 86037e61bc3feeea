//! AWS's list prices. This is the one place that has them.

/// Where, and when they were written down.
pub(super) const REGION: &str = "us-east-1";
pub(super) const DATE: &str = "2026-11-30";

/// A price.
pub(super) struct Price {
    pub(super) what: &'static str,
    pub(super) dollars: f64,
    /// How many of them cost that.
    pub(super) each: f64,
    /// The same for people.
    pub(super) per: &'static str,
    /// Whether another source than this table said the same on that day.
    pub(super) is_checked: bool,
}

impl Price {
    const fn million(what: &'static str, dollars: f64, is_checked: bool) -> Self {
        Self { what, dollars, each: 1e6, per: "a million", is_checked }
    }

    const fn one(what: &'static str, dollars: f64, per: &'static str, is_checked: bool) -> Self {
        Self { what, dollars, each: 1.0, per, is_checked }
    }

    /// What so many cost.
    pub(super) fn of(&self, number: f64) -> f64 {
        number * self.dollars / self.each
    }
}

pub(super) const WRITE: Price = Price::million("DynamoDB, write units on demand", 0.625, true);
pub(super) const READ: Price = Price::million("DynamoDB, read units on demand", 0.125, true);
pub(super) const STORED: Price = Price::one("DynamoDB, stored; the first 25 GB are free", 0.25, "a GB and month", false);
pub(super) const BACKED_UP: Price = Price::one("DynamoDB, point-in-time recovery", 0.20, "a GB and month", false);
pub(super) const REQUEST: Price = Price::million("API Gateway, requests of an HTTP API, 512 KB each", 1.0, true);
pub(super) const INVOCATION: Price = Price::million("Lambda, invocations", 0.20, true);
pub(super) const TIME: Price = Price::one("Lambda, time on arm64", 0.000_013_333_4, "a GB and second", true);
pub(super) const EVENT: Price = Price::million("EventBridge, events on a bus of one's own, 64 KB each", 1.0, true);
pub(super) const ARCHIVED: Price = Price::one("EventBridge, archive", 0.10, "a GB", true);
pub(super) const SCHEDULED: Price = Price::million("EventBridge Scheduler, invocations; 14 million a month are free", 1.0, false);
pub(super) const QUEUE: Price = Price::million("SQS, requests; a million a month are free", 0.40, true);
pub(super) const LOG: Price = Price::one("CloudWatch, logs taken in", 0.50, "a GB", true);
pub(super) const ALARM: Price = Price::one("CloudWatch, alarms; ten are free", 0.10, "a month", true);
pub(super) const METRIC: Price =
    Price::one("CloudWatch, metrics of one's own while they report; ten are free", 0.30, "a month", true);
pub(super) const DASHBOARD: Price = Price::one("CloudWatch, dashboards; three are free", 3.0, "a month", false);
pub(super) const TRACE: Price = Price::million("X-Ray, traces recorded; 100,000 a month are free", 5.0, false);
pub(super) const SENT: Price = Price::one("data to the internet; the first 100 GB a month are free", 0.09, "a GB", true);
pub(super) const MAIL: Price = Price { each: 1e3, per: "a thousand", ..Price::million("SES, mails in or out", 0.10, false) };
pub(super) const MAIL_PART: Price =
    Price { each: 1e3, per: "a thousand", ..Price::million("SES, each 256 KB of mails that arrive", 0.09, false) };
pub(super) const KEPT: Price = Price::one("S3, stored", 0.023, "a GB and month", false);
pub(super) const OBJECT: Price = Price::million("S3, objects stored", 5.0, false);

pub(super) const ALL: [&Price; 21] = [
    &WRITE,
    &READ,
    &STORED,
    &BACKED_UP,
    &REQUEST,
    &INVOCATION,
    &TIME,
    &EVENT,
    &ARCHIVED,
    &SCHEDULED,
    &QUEUE,
    &LOG,
    &ALARM,
    &METRIC,
    &DASHBOARD,
    &TRACE,
    &SENT,
    &MAIL,
    &MAIL_PART,
    &KEPT,
    &OBJECT,
];
