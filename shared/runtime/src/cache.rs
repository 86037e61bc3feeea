//! What a warm function remembers, such as credentials and projects. An entry lasts a minute at most, and never longer than the
//! next write by this process. So a change takes effect at once on the local stack, which is one process, and within a minute on
//! AWS (docs/decisions.md, 39).

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use hashlink::LruCache;

/// How long an entry may be used, unless its cache says less.
pub const LIFETIME: Duration = Duration::from_mins(1);
/// Beyond this many entries the one that was not asked for the longest is forgotten.
const MOST: usize = 10_000;

/// A map from key to value, each for a while.
pub struct Cache<V> {
    inner: Mutex<Inner<V>>,
    lifetime: Duration,
}

struct Inner<V> {
    entries: LruCache<String, (Since, Arc<V>)>,
    /// Counts what was forgotten: a value loaded before a write must not be remembered after it.
    forgotten: u64,
}

/// By both clocks: one may stand still while Lambda freezes a function, and the other may be set back.
struct Since(Instant, SystemTime);

impl Since {
    fn now() -> Self {
        Self(Instant::now(), SystemTime::now())
    }

    fn is_within(&self, lifetime: Duration) -> bool {
        self.0.elapsed() < lifetime && self.1.elapsed().is_ok_and(|elapsed| elapsed < lifetime)
    }
}

impl<V> Default for Cache<V> {
    fn default() -> Self {
        Self::lasting(LIFETIME)
    }
}

impl<V> Cache<V> {
    /// A cache whose entries may be used for `lifetime`.
    pub fn lasting(lifetime: Duration) -> Self {
        Self { inner: Mutex::new(Inner { entries: LruCache::new(MOST), forgotten: 0 }), lifetime }
    }

    fn inner(&self) -> std::sync::MutexGuard<'_, Inner<V>> {
        self.inner.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The remembered value, or what `load` finds. What does not exist is not remembered.
    pub async fn get<E, F>(&self, key: &str, load: impl FnOnce() -> F) -> Result<Option<Arc<V>>, E>
    where
        F: Future<Output = Result<Option<V>, E>>,
    {
        let forgotten = {
            let mut inner = self.inner();
            if let Some((since, value)) = inner.entries.get(key)
                && since.is_within(self.lifetime)
            {
                return Ok(Some(value.clone()));
            }
            inner.forgotten
        };
        let Some(value) = load().await?.map(Arc::new) else { return Ok(None) };
        let mut inner = self.inner();
        if inner.forgotten == forgotten {
            inner.entries.insert(key.to_owned(), (Since::now(), value.clone()));
        }
        Ok(Some(value))
    }

    /// The remembered value, if there is one.
    pub fn peek(&self, key: &str) -> Option<Arc<V>> {
        let inner = self.inner();
        let (since, value) = inner.entries.peek(key)?;
        since.is_within(self.lifetime).then(|| value.clone())
    }

    /// Drops one entry, after a write to what it was made from.
    pub fn forget(&self, key: &str) {
        let mut inner = self.inner();
        inner.forgotten += 1;
        inner.entries.remove(key);
    }
}

#[cfg(test)]
mod tests {
    use std::convert::Infallible;

    use super::*;

    #[tokio::test]
    async fn a_value_loaded_before_a_write_is_not_kept_after_it() {
        let cache = Cache::<u8>::default();
        let stale = cache
            .get("a", || async {
                cache.forget("a");
                Ok::<_, Infallible>(Some(1))
            })
            .await;
        assert_eq!(stale.unwrap().as_deref(), Some(&1));
        let fresh = cache.get("a", || async { Ok::<_, Infallible>(Some(2)) }).await;
        assert_eq!(fresh.unwrap().as_deref(), Some(&2));
        let kept = cache.get("a", || async { Ok::<_, Infallible>(Some(3)) }).await;
        assert_eq!(kept.unwrap().as_deref(), Some(&2));
    }

    #[tokio::test]
    async fn what_is_asked_for_stays_however_much_else_comes() {
        let cache = Cache::<usize>::default();
        let get = async |key: &str, value: usize| {
            *cache.get(key, || async { Ok::<_, Infallible>(Some(value)) }).await.unwrap().unwrap()
        };
        get("old", 1).await;
        get("used", 1).await;
        for n in 0..MOST {
            get(&n.to_string(), n).await;
            if n % 1000 == 0 {
                assert_eq!(get("used", 2).await, 1);
            }
        }
        assert_eq!((get("used", 2).await, get("old", 2).await), (1, 2), "only the oldest is forgotten");
    }
}
