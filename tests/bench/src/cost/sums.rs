//! What months and days come to: a desk by its size, a desk at rest, and the worst day that strangers can make.

use super::{
    amounts::{Amounts, GB},
    measure::{LOG_BYTES, MILLIS_OF_WORK, Measured},
    operations::{self as of},
    prices, template,
};
use crate::Failure;

pub(super) const SECONDS_OF_DAY: f64 = 86_400.0;
pub(super) const DAYS: f64 = 30.0;
const MINUTES: f64 = DAYS * 24.0 * 60.0;

/// Where the widget's routes begin.
const WIDGET: &str = "/api/conversations/v1/widget/";

/// How many tickets a month the desks have.
pub(super) const SIZES: [f64; 3] = [1_000.0, 10_000.0, 100_000.0];
/// How many tickets a month an agent answers, in so many hours of work, in each of which the page asks so often: every 5 s while it
/// is used, every 15 s else.
pub(super) const TICKETS_OF_AGENT: f64 = 500.0;
pub(super) const HOURS: f64 = 160.0;
pub(super) const SYNCS_OF_HOUR: f64 = 480.0;
/// What a ticket takes with its thread, log and indexes, and how many months it is kept.
pub(super) const BYTES_OF_TICKET: f64 = 15_000.0;
pub(super) const MONTHS: f64 = 12.0;

/// What belongs to one ticket, by who does it: operations, and how often.
pub(super) const OF_TICKET: [(&str, &[(&str, f64)]); 5] = [
    ("the customer writes, and the widget polls", &[(of::OPENED, 1.0), (of::WROTE, 2.0), (of::POLLED, 200.0)]),
    (
        "agents answer",
        &[
            (of::REPLIED, 2.0),
            (of::NOTED, 1.0),
            (of::PATCHED, 3.0),
            (of::READ, 6.0),
            (of::LISTED, 5.0),
            (of::SYNCED, HOURS * SYNCS_OF_HOUR / TICKETS_OF_AGENT),
        ],
    ),
    ("a workflow runs on a reply", &[(of::RAN, 1.0)]),
    ("the session is recorded; every other one is looked at", &[(of::RECORDED, 1.0), (of::LOOKED, 0.5)]),
    ("100 visitors who don't write, with two calls of 20 events each", &[(of::CAPTURED, 200.0)]),
];

/// The operations that were measured, by name.
pub(super) struct Sums<'a>(pub(super) &'a [Measured]);

impl Sums<'_> {
    pub(super) fn of(&self, name: &str) -> Result<Amounts, Failure> {
        let found = self.0.iter().find(|measured| measured.name == name);
        Ok(found.ok_or_else(|| format!("{name} was not measured"))?.amounts())
    }

    pub(super) fn all(&self, parts: &[(&str, f64)]) -> Result<Amounts, Failure> {
        parts.iter().try_fold(Amounts::default(), |sum, (name, times)| Ok(sum.and(self.of(name)?.times(*times))))
    }

    /// A ticket with everything that belongs to it.
    pub(super) fn ticket(&self) -> Result<Amounts, Failure> {
        OF_TICKET.iter().try_fold(Amounts::default(), |sum, (_, parts)| Ok(sum.and(self.all(parts)?)))
    }

    /// A month of ticks, with what starts them.
    pub(super) fn clock(&self) -> Result<f64, Failure> {
        Ok(self.of(of::TICKED)?.times(MINUTES).dollars() + prices::SCHEDULED.of(MINUTES))
    }

    /// What is billed each month while nobody calls: what it is, how much of it, and dollars by list prices and after what is free.
    pub(super) fn at_rest(&self) -> Result<Vec<(String, String, f64, f64)>, Failure> {
        let tick = self.of(of::TICKED)?.times(MINUTES);
        let mut rows = vec![
            (
                "the clock's units".to_owned(),
                format!("{:.0} reads, {:.0} writes", tick.reads, tick.writes),
                tick.table(),
                tick.table(),
            ),
            (
                "the clock's invocations and log".to_owned(),
                format!("{MINUTES:.0}"),
                tick.calls(),
                prices::LOG.of(tick.log_bytes / GB),
            ),
        ];
        for (function, when) in template::schedules() {
            let runs = if when == "rate(1 minute)" { MINUTES } else { DAYS };
            let needs = function.condition.map(|name| format!(", with `{}`", template::parameter(&name))).unwrap_or_default();
            rows.push((
                format!("the schedule of `{}`{needs}", function.name),
                format!("{runs:.0}"),
                prices::SCHEDULED.of(runs),
                0.0,
            ));
        }
        // Lambda begins with five pollers for each queue, each of which waits 20 s for messages.
        let polls = template::fed_by_queues() as f64 * 5.0 * 3.0 * MINUTES;
        rows.push((
            "Lambda asks the workflows' queue".to_owned(),
            format!("{polls:.0}"),
            prices::QUEUE.of(polls),
            prices::QUEUE.of((polls - 1e6).max(0.0)),
        ));
        let alarms = template::of_kind("AWS::CloudWatch::Alarm");
        for (what, wanted) in [("alarms", None), ("further alarms, with `MoreAlarms=yes`", Some(()))] {
            let of_kind: Vec<_> = alarms.iter().filter(|alarm| alarm.condition.is_some() == wanted.is_some()).collect();
            let names =
                of_kind.iter().map(|alarm| format!("`{}`", alarm.name.trim_end_matches("Alarm"))).collect::<Vec<_>>().join(", ");
            let dollars = prices::ALARM.of(of_kind.len() as f64);
            let free = if wanted.is_some() { dollars } else { prices::ALARM.of((of_kind.len() as f64 - 10.0).max(0.0)) };
            rows.push((format!("{} {what}: {names}", of_kind.len()), of_kind.len().to_string(), dollars, free));
        }
        rows.push(("the dashboard, with `Dashboard=yes`".to_owned(), "1".to_owned(), prices::DASHBOARD.of(1.0), 0.0));
        let kept = prices::BACKED_UP.of(1.0);
        rows.push((
            "a GB of the desk's table, with its backup".to_owned(),
            "1 GB".to_owned(),
            prices::STORED.of(1.0) + kept,
            kept,
        ));
        Ok(rows)
    }

    /// What strangers may do for a day at the throttles of the routes: what, calls a second, and the amounts.
    pub(super) fn worst_day(&self) -> Result<Vec<(String, f64, Amounts)>, Failure> {
        let throttles = template::throttles();
        let rate =
            |wanted: &[&str]| -> f64 { throttles.iter().filter(|(route, _)| wanted.contains(route)).map(|(_, rate)| rate).sum() };
        let messages = [format!("{WIDGET}message"), format!("{WIDGET}message/{{proxy+}}")];
        let messages = rate(&[&messages[0], &messages[1]]);
        let polls = rate(&[&format!("{WIDGET}{{proxy+}}")]);
        let recordings = rate(&["/s", "/s/{proxy+}"]);
        let sdk = rate(&["/static/{proxy+}"]);
        let page = rate(&["/inbox/{proxy+}"]);
        let player = template::throttle_of_player();
        let all: f64 = throttles.iter().map(|(_, rate)| rate).sum();
        // A project's day of events holds 500 MB, of which each KB is a unit.
        let day = Amounts { writes: 500e6 / 1024.0, ..Amounts::default() };
        let rest = all - messages - polls - recordings - sdk - page;
        let a_day = |amounts: Amounts, rate: f64| amounts.times(rate * SECONDS_OF_DAY);
        Ok(vec![
            (
                "first messages, each as large as may be, of ever new sessions".to_owned(),
                messages,
                a_day(self.of(of::LARGEST)?, messages),
            ),
            ("polls that read a page of the longest messages".to_owned(), polls, a_day(self.of(of::HEAVY)?, polls)),
            ("recordings of sessions that nobody named".to_owned(), recordings, a_day(self.of(of::STRANGER)?, recordings)),
            ("a project's day of events is filled".to_owned(), 0.0, day),
            ("the SDK, fetched anew each time and uncompressed".to_owned(), sdk, a_day(self.of(of::SDK_FILE)?, sdk)),
            // The player's script is a little smaller.
            (
                "the scripts of the page and the player likewise".to_owned(),
                page + player,
                a_day(self.of(of::PAGE_FILE)?, page + player),
            ),
            ("every other route, refused or answered without the table".to_owned(), rest, a_day(refused(), rest)),
        ])
    }
}

/// A call that a function answers without the table.
fn refused() -> Amounts {
    Amounts {
        requests: 1.0,
        invocations: 1.0,
        gb_seconds: template::memory("WidgetFunction") * MILLIS_OF_WORK / 1e3,
        log_bytes: LOG_BYTES,
        ..Amounts::default()
    }
}
