//! The daily schedule: yesterday's mails that were missed are taken in.

use std::time::Duration;

use lambdesk_domain::Timestamp;
use lambdesk_mailroom::Sweep;
use tokio::sync::watch;

use super::Service;

/// How often it is looked whether another day has begun.
const LOOK: Duration = Duration::from_mins(1);
/// How many hours of the day are over at the hour of the template's schedule.
const HOUR: i64 = 7;

/// Sweeps once when the desk starts, for it may have slept since yesterday, and then each day, until it stops.
pub(crate) async fn watch(service: Service, mut stopped: watch::Receiver<bool>) {
    let mut last = None;
    loop {
        let day = day_of(service.now());
        if last != Some(day) {
            last = Some(day);
            if let Err(error) = service.sweep(Sweep::default()).await {
                tracing::error!(%error, "mails that were missed could not be taken in");
            }
        }
        tokio::select! {
            () = tokio::time::sleep(LOOK) => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
    }
}

/// The day of the schedule that a time is in: it begins when the sweep is due.
fn day_of(now: Timestamp) -> i64 {
    (now.seconds() - HOUR * 3600).div_euclid(24 * 3600)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_day_begins_when_the_sweep_is_due() {
        let day = |text: &str| day_of(text.parse().unwrap());
        assert_eq!(day("2026-05-04T06:59:59Z") + 1, day("2026-05-04T07:00:00Z"));
        assert_eq!(day("2026-05-05T06:59:59Z"), day("2026-05-04T07:00:00Z"));
    }
}
