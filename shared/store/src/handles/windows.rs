//! Limits that outlive a process: counts per bucket on one item, moved by plain atomic adds.

use std::sync::PoisonError;

use lambdesk_domain::{
    Timestamp,
    limit::{Calls, Limit, RUNS, STRANGERS},
};
use lambdesk_runtime::crypto::digest_of;

use crate::{
    Store,
    error::StoreError,
    transport::{
        item::{Item, Reader},
        keys::{self, Key},
        write::Write,
    },
};

/// The letter that the attributes of a count begin with.
const LETTER: char = 'w';

/// The attribute that counts a limit's bucket.
pub(crate) fn attribute(limit: Limit, bucket: i64) -> String {
    attribute_of(LETTER, limit, bucket)
}

fn attribute_of(letter: char, limit: Limit, bucket: i64) -> String {
    format!("{letter}{}_{bucket}", limit.seconds)
}

/// Limits on a part of the calls that one item counts.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Share {
    /// The letter of its attributes, which no other share of the item has.
    letter: char,
    limits: [Limit; 2],
}

/// The actions of a project's runs, and of those what strangers set off.
pub(crate) const ALL_ACTIONS: Share = Share { letter: LETTER, limits: RUNS };
pub(crate) const OF_STRANGERS: Share = Share { letter: 's', limits: STRANGERS };

/// The parts of an update expression that count `:calls` for each limit and drop buckets that no longer matter.
pub(crate) struct Counting {
    pub(crate) set: String,
    pub(crate) add: String,
    pub(crate) remove: String,
    expires_at: i64,
}

impl Counting {
    pub(crate) fn new(limits: &[Limit], now: Timestamp) -> Self {
        Self::of(limits.iter().map(|limit| (LETTER, *limit)), now)
    }

    /// Of several shares at once.
    fn of_shares(shares: &[Share], now: Timestamp) -> Self {
        Self::of(shares.iter().flat_map(|share| share.limits.map(|limit| (share.letter, limit))), now)
    }

    fn of(limits: impl Iterator<Item = (char, Limit)> + Clone, now: Timestamp) -> Self {
        let add = |(letter, limit): (char, Limit)| format!("{} :calls", attribute_of(letter, limit, limit.bucket(now)));
        let old = |(letter, limit): (char, Limit)| {
            let present = limit.bucket(now);
            (present - 6..present - 1).map(move |bucket| attribute_of(letter, limit, bucket))
        };
        let longest = limits.clone().map(|(_, limit)| limit.seconds).max().unwrap_or(0);
        Self {
            set: "expires_at = :expires_at".to_owned(),
            add: limits.clone().map(add).collect::<Vec<_>>().join(", "),
            remove: limits.flat_map(old).collect::<Vec<_>>().join(", "),
            expires_at: now.seconds() + 2 * longest,
        }
    }

    /// The update of `key`, with `extra` assignments beside the counting. It drops the buckets that frequent calls leave
    /// behind; what rare ones leave is for [`Store::count`] to see.
    pub(crate) fn update(&self, key: Key, extra: &str, calls: u32) -> Write {
        let expression = format!("SET {}{extra} ADD {} REMOVE {}", self.set, self.add, self.remove);
        Write::update(key, expression).number(":calls", calls).number(":expires_at", self.expires_at)
    }
}

impl Counting {
    /// The update of `key` that takes one counted call back.
    fn undo(&self, key: Key) -> Write {
        Write::update(key, format!("ADD {}", self.add)).number(":calls", -1)
    }
}

/// The counts of `limit` on an item, at `now`.
pub(crate) fn counts(item: &Item, limit: Limit, now: Timestamp) -> Result<Calls, StoreError> {
    counts_of(LETTER, item, limit, now)
}

fn counts_of(letter: char, item: &Item, limit: Limit, now: Timestamp) -> Result<Calls, StoreError> {
    let bucket = limit.bucket(now);
    let count = |bucket| Reader(item).opt_number::<u32>(&attribute_of(letter, limit, bucket)).map(Option::unwrap_or_default);
    Ok(Calls { present: count(bucket)?, before: count(bucket - 1)? })
}

/// How many callers that have used up a limit are remembered. The one asked about the longest ago is forgotten first, which
/// costs a call and nothing else.
pub(crate) const FULL: usize = 10_000;

/// How many old buckets an item may carry before they are removed. On AWS removing them costs as much as a count, so it is done
/// rarely.
const SURPLUS: usize = 24;

/// The removal of the buckets of `item` that no longer matter, if they are many.
fn tidying(item: &Item, key: &Key, now: Timestamp) -> Option<Write> {
    let old = |name: &&String| {
        let letters = [ALL_ACTIONS.letter, OF_STRANGERS.letter];
        let Some((seconds, bucket)) = name.strip_prefix(letters).and_then(|rest| rest.split_once('_')) else { return false };
        let (Ok(seconds), Ok(bucket)) = (seconds.parse::<i64>(), bucket.parse::<i64>()) else { return false };
        seconds > 0 && bucket < now.seconds() / seconds - 1
    };
    let old: Vec<_> = item.keys().filter(old).map(String::as_str).collect();
    (old.len() > SURPLUS).then(|| Write::update(key.clone(), format!("REMOVE {}", old.join(", "))))
}

impl Store {
    /// Counts on the item at `key`, and returns the item as it is afterwards.
    pub(crate) async fn count(&self, counting: &Counting, key: Key, calls: u32, now: Timestamp) -> Result<Item, StoreError> {
        let item = self.update(counting.update(key.clone(), "", calls)).await?;
        if let Some(tidying) = tidying(&item, &key, now)
            && let Err(error) = self.update(tidying).await
        {
            tracing::warn!(%error, "old counts could not be removed");
        }
        Ok(item)
    }

    /// Counts one call of `who` against all of `shares`, or says how many seconds to wait until one fits. A refused call is not
    /// counted. A share that has just been found used up refuses again from memory, for nothing, until that time.
    pub(crate) async fn admit(&self, who: &str, shares: &[Share]) -> Result<Result<(), u32>, StoreError> {
        let now = self.now();
        if let Some(wait) = self.used_up(who, shares, now) {
            return Ok(Err(wait));
        }
        let key = keys::window(&hex::encode(digest_of(&[who.as_bytes()])));
        let counting = Counting::of_shares(shares, now);
        let item = self.count(&counting, key.clone(), 1, now).await?;
        let mut longest = None;
        for Share { letter, limits } in shares {
            let wait = limits.iter().map(|limit| {
                let counts = counts_of(*letter, &item, *limit, now)?;
                Ok(limit.admit(counts.without_one(), now).err())
            });
            let wait = wait.collect::<Result<Vec<_>, StoreError>>()?.into_iter().flatten().max();
            if let Some(wait) = wait {
                self.full_until(&format!("{letter}{who}"), now.plus_seconds(wait.into()));
            }
            longest = longest.max(wait);
        }
        let Some(wait) = longest else { return Ok(Ok(())) };
        self.update(counting.undo(key)).await?;
        Ok(Err(wait))
    }

    /// For how many seconds one of `shares` is known to be used up, if one is.
    pub(crate) fn used_up(&self, who: &str, shares: &[Share], now: Timestamp) -> Option<u32> {
        shares.iter().filter_map(|share| self.full_for(&format!("{}{who}", share.letter), now)).max()
    }

    fn full_for(&self, who: &str, now: Timestamp) -> Option<u32> {
        let mut full = self.inner.full.lock().unwrap_or_else(PoisonError::into_inner);
        let until = full.get(who).filter(|until| **until > now)?;
        u32::try_from((until.micros() - now.micros() + 999_999) / 1_000_000).ok()
    }

    fn full_until(&self, who: &str, until: Timestamp) {
        let mut full = self.inner.full.lock().unwrap_or_else(PoisonError::into_inner);
        full.insert(who.to_owned(), until);
    }

    /// Counts `calls` of `who` in the table, and returns each limit's counts, these calls included.
    pub async fn count_calls(&self, who: &str, limits: &[Limit], calls: u32) -> Result<Vec<Calls>, StoreError> {
        let now = self.now();
        let key = keys::window(&hex::encode(digest_of(&[who.as_bytes()])));
        let item = self.count(&Counting::new(limits, now), key, calls, now).await?;
        limits.iter().map(|limit| counts(&item, *limit, now)).collect()
    }
}

#[cfg(test)]
mod tests {
    use aws_sdk_dynamodb::types::AttributeValue;

    use super::*;

    #[test]
    fn what_rare_calls_leave_behind_is_removed() {
        let (now, minute) = (Timestamp::from_micros(600_000_000_000).unwrap(), Limit::per_minute(60));
        let one = || AttributeValue::N("1".to_owned());
        let mut item: Item = (0..).take(SURPLUS + 1).map(|age: i64| (attribute(minute, 9900 - 10 * age), one())).collect();
        item.extend([(attribute(minute, 10_000), one()), (attribute(minute, 9999), one()), ("who".to_owned(), one())]);
        let key = keys::window("x");
        let write = format!("{:?}", tidying(&item, &key, now).unwrap());
        assert!(write.contains("w60_9900") && write.contains("w60_9890"));
        assert!(!write.contains("w60_10000") && !write.contains("w60_9999") && !write.contains("who"));
        item.remove("w60_9900");
        assert!(tidying(&item, &key, now).is_none(), "a few may stay");
    }
}
