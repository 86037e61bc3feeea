//! Runs each minute, without any request. A tick first takes the timers that are due and wakes their tickets. It then hands
//! over the tickets of removed members and roles, and rolls out changed rules: each unresolved ticket of the project is looked
//! at once. It renews what an older version of the desk has written. Last it recounts some projects, in turn, and repairs
//! figures that have drifted.
//!
//! A tick reads each shard of the timers once if nothing is due, and the lists of removals, changed rules and projects once
//! each. Beyond that it costs what is due, however many tickets there are. A tick may run twice at once, be late, or end in the
//! middle: a ticket decides from its present state, and what was not done is still due.

mod deliveries;
mod renewals;
mod rollouts;
mod shares;
mod timers;
mod totals;
mod turns;

use std::time::{Duration, Instant};

use lambdesk_runtime::logging;
use lambdesk_store::Upkeep;
use serde_json::Value;

pub use deliveries::Deliveries;
pub use renewals::Renewals;
pub use rollouts::Rollouts;
pub use timers::Timers;
pub use totals::Recounts;

/// How long a tick takes timers before it leaves the rest to the next tick: well below the function's timeout.
const TIMERS: Duration = Duration::from_secs(40);
/// How long a tick spends on everything else, once the timers are done. On the local stack a tick may be a request, which ends
/// after 20 s.
const SPARE: Duration = Duration::from_secs(15);
/// The part of [`SPARE`] for handing over tickets, which gets half of it at most, and then for rolling out rules.
const RULES: Duration = Duration::from_secs(10);
/// When everything else ends at the latest, counted from the start of the tick. Each part may take some seconds longer than its
/// share, and the function's timeout is a minute.
const LATE: Duration = Duration::from_secs(45);

/// The function that the schedule runs each minute.
#[derive(Clone)]
pub struct Clock {
    /// The work that falls due.
    pub upkeep: Upkeep,
}

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// The timers that it took.
    pub timers: Timers,
    /// The rules that it rolled out, and the tickets that it handed over.
    pub rules: Rollouts,
    /// The projects that it renewed.
    pub renewals: Renewals,
    /// The projects that it recounted.
    pub totals: Recounts,
    /// The mails that it looked at.
    pub deliveries: Deliveries,
}

impl Ticked {
    /// Whether nothing failed. Being late is not failing.
    pub const fn succeeded(&self) -> bool {
        let Self { timers, rules, renewals, totals, deliveries } = self;
        timers.rung.failed == 0
            && timers.unread == 0
            && rules.rolled_out.failed == 0
            && rules.failed == 0
            && renewals.renewed.failed == 0
            && renewals.failed == 0
            && totals.uncounted == 0
            && deliveries.failed == 0
    }

    /// What people are told of by a tick that fails, though all of it was done; `None` if there is nothing.
    pub const fn alarms(&self) -> Option<&'static str> {
        if self.deliveries.late > 0 { Some("mails have not left for half an hour; the log says which") } else { None }
    }

    /// The tick's metrics, as one log line in the embedded metric format. `None` for a tick in which nothing was late, failed
    /// or was repaired, because each metric is billed.
    pub fn metrics(&self, at_millis: u64) -> Option<Value> {
        let figures = [
            ("TimersLate", self.timers.rung.late),
            ("TimersFailed", self.timers.rung.failed + self.timers.unread),
            ("RulesFailed", self.rules.rolled_out.failed + self.rules.failed),
            ("RenewalsFailed", self.renewals.renewed.failed + self.renewals.failed),
            ("TotalsRepaired", self.totals.recounted.repaired),
            ("MailTimersFailed", self.deliveries.failed),
            ("MailsLate", self.deliveries.late),
        ];
        let told: Vec<_> = figures.into_iter().filter(|(_, figure)| *figure > 0).collect();
        if told.is_empty() {
            return None;
        }
        Some(logging::metrics(at_millis, &told))
    }
}

impl Clock {
    /// Runs one tick: wakes tickets, hands over tickets, rolls out rules, renews projects and recounts totals.
    pub async fn tick(&self) -> Ticked {
        let began = Instant::now();
        // Timers come first, because they are due; the rest may not be. But they leave some time: one project's many timers
        // must not keep other projects from the rest.
        let mut timers = Box::pin(self.timers(began + TIMERS)).await;
        let deliveries = self.deliveries(began + TIMERS).await;
        let done = Instant::now();
        let until = (done + SPARE).min(began + LATE);
        let mut rules = self.hand_over(until.min(done + RULES / 2)).await;
        rules += self.roll_out(until.min(done + RULES)).await;
        // Tickets that are due only by the changed rules need not wait for the next tick.
        if !timers.more && (rules.rolled_out.changed > 0 || rules.failed > 0) {
            timers += Box::pin(self.timers(until)).await;
        }
        let (made, renewals) = Box::pin(self.renew(until)).await;
        let totals = match made {
            Some(projects) => self.totals_of(projects, until).await,
            None => Recounts::unlisted(),
        };
        Ticked { timers, rules, renewals, totals, deliveries }
    }
}
