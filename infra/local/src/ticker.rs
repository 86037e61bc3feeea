//! The schedule: runs the clock at a fixed interval, and on request.

use std::{sync::Arc, time::Duration};

use lambdesk_clock::{Clock, Ticked};
use tokio::{
    sync::{Mutex, watch},
    task::{JoinError, JoinHandle},
    time::{Instant, MissedTickBehavior, interval_at},
};

/// Runs the clock, one tick at a time.
pub(crate) struct Ticker {
    clock: Arc<Mutex<Clock>>,
    stop: watch::Sender<bool>,
    schedule: Mutex<Option<JoinHandle<()>>>,
}

impl Ticker {
    /// Ticks at the interval `every`; with `None`, only on request.
    pub(crate) fn start(clock: Clock, every: Option<Duration>) -> Self {
        let clock = Arc::new(Mutex::new(clock));
        let (stop, stopped) = watch::channel(false);
        let schedule = every.map(|every| tokio::spawn(run(clock.clone(), every, stopped)));
        Self { clock, stop, schedule: Mutex::new(schedule) }
    }

    /// Runs one tick now. The tick finishes even if the caller stops waiting for it.
    pub(crate) async fn tick(&self) -> Result<Ticked, JoinError> {
        let clock = Arc::clone(&self.clock);
        tokio::spawn(async move { clock.lock().await.tick().await }).await
    }

    /// Stops the schedule after the tick in flight.
    pub(crate) async fn stop(&self) {
        self.stop.send_replace(true);
        if let Some(schedule) = self.schedule.lock().await.take() {
            let _ = schedule.await;
        }
    }
}

async fn run(clock: Arc<Mutex<Clock>>, every: Duration, mut stopped: watch::Receiver<bool>) {
    let mut schedule = interval_at(Instant::now() + every, every);
    schedule.set_missed_tick_behavior(MissedTickBehavior::Delay);
    loop {
        tokio::select! {
            _ = schedule.tick() => {}
            _ = stopped.wait_for(|stop| *stop) => return,
        }
        clock.lock().await.tick().await;
    }
}
