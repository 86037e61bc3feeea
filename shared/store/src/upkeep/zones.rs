//! Changed rules of time zones. The rules are part of the program, so a deployment changes them and not a request. The first tick
//! of a process compares the release that tickets follow with its own. If they differ, the tick leaves each project a note that
//! its rules have changed (`rollout`).

use std::{sync::atomic::Ordering::Relaxed, time::Instant};

use lambdesk_domain::{ProjectId, calendar::zone_release};

use crate::{
    Upkeep,
    error::StoreError,
    transport::{
        item::{Item, Reader, Writer},
        keys,
        write::{Guard, Rejection, Write},
    },
    upkeep::rollout,
};

/// How many projects get their note in one transaction.
const AT_ONCE: u32 = 50;
/// For how many seconds after the clock's deployment other functions may still be of the earlier one.
const DEPLOYING: i64 = 240;

/// How far the notes about a release of the zone rules have been left in the projects.
struct Progress {
    release: String,
    /// The projects up to this one have their note; [`ALL`] if all have.
    to: u32,
}

/// All projects, also those that are yet to be made: they follow the release from the start.
const ALL: u32 = u32::MAX;

impl Upkeep {
    /// Leaves each project a note if its tickets follow another release of the time zones than this process. Returns whether some
    /// projects are left for the next tick. Each process reads the release once.
    pub async fn follow_zones(&self, until: Instant) -> Result<bool, StoreError> {
        if self.store.inner.zones_known.load(Relaxed) {
            return Ok(false);
        }
        let release = zone_release();
        let mut met = self.store.get(&keys::zones()).await?;
        loop {
            let told = met.as_ref().map(read).transpose()?;
            let from = told.as_ref().filter(|told| told.release == release).map_or(0, |told| told.to);
            if from == ALL {
                self.store.inner.zones_known.store(true, Relaxed);
                return Ok(false);
            }
            if Instant::now() >= until {
                return Ok(true);
            }
            let made = self.projects_made().await?;
            let last = made.min(from.saturating_add(AT_ONCE));
            let to = if last == made { ALL } else { last };
            let at = self.store.now().plus_seconds(DEPLOYING);
            let item = write(&Progress { release: release.to_owned(), to });
            let mark = Write::put(item.clone());
            let mark = match &told {
                None => mark.if_absent(),
                Some(told) => mark.only_if("rel = :rel AND n = :n").text(":rel", &told.release).number(":n", told.to),
            };
            let mut writes = vec![mark.guarding(Guard::AsRead)];
            writes.extend((from + 1..=last).map(|project| Write::put(rollout::begin(ProjectId(project), at))));
            met = match self.store.commit(writes).await {
                Ok(()) => {
                    tracing::info!(
                        zones.release = release,
                        projects.to = last,
                        "projects are to follow other rules of time zones"
                    );
                    Some(item)
                }
                // Another clock was faster.
                Err(rejection @ Rejection::Conditions(_)) => rejection.met(Guard::AsRead).flatten(),
                Err(Rejection::Store(error)) => return Err(error),
            };
        }
    }
}

/// The item that says that the first project of a table follows this release from the start.
pub(crate) fn begin() -> Item {
    write(&Progress { release: zone_release().to_owned(), to: ALL })
}

/// The release that the item names.
pub(crate) fn release(item: &Item) -> Result<String, StoreError> {
    read(item).map(|told| told.release)
}

fn write(told: &Progress) -> Item {
    Writer::new(&keys::zones()).text("rel", &told.release).number("n", told.to).done()
}

fn read(item: &Item) -> Result<Progress, StoreError> {
    let row = Reader(item);
    Ok(Progress { release: row.text("rel")?.to_owned(), to: row.number("n")? })
}
