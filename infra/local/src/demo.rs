//! `--demo`: a desk that has been worked at. A story (`demo/story.yaml`) tells what a small team and its customers did over the
//! last weeks.
//!
//! The story is told to a real desk, whose clock is set back, over its own API: widget messages, replies, changes, ratings, and
//! what customers' browsers sent beside them. So
//! tickets, logs, totals, deadlines and runs of workflows are what they would be, and none is written by another way. The desk
//! that serves people afterwards has a bus of its own: what the story published, nobody else hears of.

mod seen;
mod span;
mod story;
mod teller;

use std::{
    fs, io,
    path::Path,
    sync::{
        Arc,
        atomic::{AtomicI64, Ordering::SeqCst},
    },
};

use lambdesk_domain::Timestamp;

use crate::{Options, about, database::Database, own, start};

use story::Story;
use teller::Teller;

/// What the directory of a demo holds, so that a later start knows it.
const MARK: &str = "lambdesk.demo";
const BEGUN: &str = "begun";
const TOLD: &str = "told";
/// What the desk that hears the story leaves, beside the table: its bus, with what the story published.
const BUS: &str = "bus.sqlite";

/// The clock of the desk that hears the story. Each reading is later than the one before by a microsecond, as time passes.
#[derive(Clone)]
struct StoryClock(Arc<AtomicI64>);

impl StoryClock {
    fn at(time: Timestamp) -> Self {
        Self(Arc::new(AtomicI64::new(time.micros())))
    }

    fn now(&self) -> Timestamp {
        Timestamp::from_micros(self.0.fetch_add(1, SeqCst)).unwrap_or_else(|| Timestamp::from(chrono::Utc::now()))
    }

    /// Time never goes back.
    fn pass_to(&self, time: Timestamp) {
        self.0.fetch_max(time.micros(), SeqCst);
    }
}

/// Makes the demo's desk in `directory`, unless it is there. A directory with a desk that is no demo is an error. A demo that was
/// interrupted is made anew.
pub async fn prepare(directory: &Path) -> io::Result<()> {
    own::directory(directory)?;
    let lock = Database::lock(directory)?;
    let mark = directory.join(MARK);
    match fs::read_to_string(&mark).as_deref().map(str::trim) {
        Ok(TOLD) => return Ok(()),
        Ok(_) => own::remove(directory)?,
        Err(_) if directory.join("dynamodb.sqlite").exists() => {
            return Err(about(&directory.display().to_string(), "holds a desk that is no demo; name another directory"));
        }
        Err(_) => {}
    }
    own::write(&mark, BEGUN)?;
    // The desk that hears the story takes the lock itself.
    drop(lock);
    tell(directory).await?;
    for entry in fs::read_dir(directory)? {
        let entry = entry?;
        if entry.file_name().to_string_lossy().starts_with(BUS) {
            fs::remove_file(entry.path())?;
        }
    }
    own::write(&mark, TOLD)
}

async fn tell(directory: &Path) -> io::Result<()> {
    let now = Timestamp::from(chrono::Utc::now());
    let story = Story::read()?;
    let clock = StoryClock::at(story.begins_at(now));
    let told = clock.clone();
    let options = Options {
        data: Some(directory.to_owned()),
        time: Some(Arc::new(move || told.now())),
        records: true,
        ..Options::default()
    };
    let running = start(options).await?;
    let result = match Teller::new(&running, clock, now) {
        Ok(teller) => teller.tell(story).await,
        Err(error) => Err(error),
    };
    running.stop().await;
    result
}
