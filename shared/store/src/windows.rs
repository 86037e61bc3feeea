//! Limits that outlive a process: counts per bucket on one item, moved by plain atomic adds.

use lambdesk_domain::{
    Timestamp,
    limit::{Counts, Limit},
};

use crate::{
    Store,
    crypto::digest_of,
    error::StoreError,
    item::{Item, Reader},
    keys::{self, Key},
    write::Write,
};

/// The attribute that counts a limit's bucket.
pub(crate) fn attribute(limit: Limit, bucket: i64) -> String {
    format!("w{}_{bucket}", limit.seconds)
}

/// The parts of an update expression that count `:calls` for each limit and drop buckets that no longer matter.
pub(crate) struct Counting {
    pub(crate) set: String,
    pub(crate) add: String,
    pub(crate) remove: String,
    expires_at: i64,
}

impl Counting {
    pub(crate) fn new(limits: &[Limit], now: Timestamp) -> Self {
        let adds: Vec<_> = limits.iter().map(|limit| format!("{} :calls", attribute(*limit, limit.bucket(now)))).collect();
        let old = |limit: &Limit| {
            let (limit, present) = (*limit, limit.bucket(now));
            (present - 6..present - 1).map(move |bucket| attribute(limit, bucket))
        };
        let longest = limits.iter().map(|limit| limit.seconds).max().unwrap_or(0);
        Self {
            set: "expires_at = :expires_at".to_owned(),
            add: adds.join(", "),
            remove: limits.iter().flat_map(old).collect::<Vec<_>>().join(", "),
            expires_at: now.seconds() + 2 * longest,
        }
    }

    /// The update of `key`, with `extra` assignments beside the counting.
    pub(crate) fn update(&self, key: Key, extra: &str, calls: u32) -> Write {
        let expression = format!("SET {}{extra} ADD {} REMOVE {}", self.set, self.add, self.remove);
        Write::update(key, expression).number(":calls", calls).number(":expires_at", self.expires_at)
    }
}

/// The counts of `limit` on an item, at `now`.
pub(crate) fn counts(item: &Item, limit: Limit, now: Timestamp) -> Result<Counts, StoreError> {
    let bucket = limit.bucket(now);
    let count = |bucket| Reader(item).opt_number::<u32>(&attribute(limit, bucket)).map(Option::unwrap_or_default);
    Ok(Counts { present: count(bucket)?, before: count(bucket - 1)? })
}

impl Store {
    /// Counts `calls` of `who` durably and tells each limit's counts, these calls included.
    pub async fn count_calls(&self, who: &str, limits: &[Limit], calls: u32) -> Result<Vec<Counts>, StoreError> {
        let now = self.now();
        let key = keys::window(&hex::encode(digest_of(&[who.as_bytes()])));
        let item = self.update(Counting::new(limits, now).update(key, "", calls)).await?;
        limits.iter().map(|limit| counts(&item, *limit, now)).collect()
    }
}
