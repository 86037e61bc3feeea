//! Does what nobody asks for: each minute it takes the timers that are due and wakes their tickets (design.md section 4). Then
//! it goes on with what a change of rules asks for: each unresolved ticket of the project is looked at once. It writes anew
//! what an older version of the desk left. And it counts projects anew, in turn, and puts right what has drifted.
//!
//! A tick reads each part of the timers once if nothing is due, and once whether any rules have changed; otherwise it costs
//! what is due, however many tickets there are. It may run twice at once, be late, or end in the middle: a ticket decides from
//! what it is, and what was not done is due still.

mod renewals;
mod rollouts;
mod shares;
mod timers;
mod totals;
mod turns;

use std::time::{Duration, Instant};

use lambdesk_store::{Store, logging};
use serde_json::Value;

pub use renewals::Renewals;
pub use rollouts::Rollouts;
pub use timers::Timers;
pub use totals::Totals;

/// When a tick takes no more timers and leaves the rest to the next one: well before the function's timeout.
const TIMERS: Duration = Duration::from_secs(40);
/// How long rules are rolled out and projects counted, once all timers are done. Locally a tick may be a request, which ends
/// after 20 s.
const SPARE: Duration = Duration::from_secs(15);
/// The part of that for the tickets of who was removed, half of it at most, and then for rules.
const RULES: Duration = Duration::from_secs(10);
/// Until when there is time for either, if the timers took long: each may take some seconds more than it was given, and the
/// function's timeout is a minute.
const LATE: Duration = Duration::from_secs(45);

/// What ticks.
#[derive(Clone)]
pub struct Clock {
    /// The table.
    pub store: Store,
}

/// What a tick did.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Ticked {
    /// With the timers.
    pub timers: Timers,
    /// With rules that have changed, and with tickets of who was removed.
    pub rules: Rollouts,
    /// With projects of an older version.
    pub renewals: Renewals,
    /// With totals.
    pub totals: Totals,
}

impl Ticked {
    /// Whether all that was due is done, or only late.
    pub const fn succeeded(&self) -> bool {
        let Self { timers, rules, renewals, totals } = self;
        timers.rung.failed == 0
            && timers.unread == 0
            && rules.rolled_out.failed == 0
            && rules.failed == 0
            && renewals.renewed.failed == 0
            && renewals.failed == 0
            && totals.uncounted == 0
    }

    /// Its figures as metrics, as one line of the log in the embedded metric format; `None` for a tick that is nothing out
    /// of the ordinary, since each figure is billed.
    pub fn metrics(&self, at_millis: u64) -> Option<Value> {
        let figures = [
            ("TimersLate", self.timers.rung.late),
            ("TimersFailed", self.timers.rung.failed + self.timers.unread),
            ("RulesFailed", self.rules.rolled_out.failed + self.rules.failed),
            ("RenewalsFailed", self.renewals.renewed.failed + self.renewals.failed),
            ("TotalsRepaired", self.totals.recounted.repaired),
        ];
        let told: Vec<_> = figures.into_iter().filter(|(_, figure)| *figure > 0).collect();
        if told.is_empty() {
            return None;
        }
        Some(logging::metrics(at_millis, &told))
    }
}

impl Clock {
    /// Wakes the tickets whose time has come, rolls out rules, writes projects anew, and counts those whose turn it is.
    pub async fn tick(&self) -> Ticked {
        let began = Instant::now();
        // What is due goes before what may have to be, or may have drifted; but one project's timers are no reason for others
        // to get nothing of that.
        let mut timers = Box::pin(self.timers(began + TIMERS)).await;
        let done = Instant::now();
        let until = (done + SPARE).min(began + LATE);
        let mut rules = self.hand_over(until.min(done + RULES / 2)).await;
        rules += self.roll_out(until.min(done + RULES)).await;
        // What is due by other rules than before has waited long enough.
        if !timers.more && (rules.rolled_out.changed > 0 || rules.failed > 0) {
            timers += Box::pin(self.timers(until)).await;
        }
        let (made, renewals) = Box::pin(self.renew(until)).await;
        let totals = match made {
            Some(projects) => self.totals_of(projects, until).await,
            None => Totals::unlisted(),
        };
        Ticked { timers, rules, renewals, totals }
    }
}
