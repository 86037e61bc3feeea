//! What a warm function remembers, such as credentials and projects. An entry lasts a minute at most, and never longer than the
//! next write by this process. So a change takes effect at once on the local stack, which is one process, and within a minute on
//! AWS (docs/decisions.md, 39).

use std::{
    future::Future,
    sync::{Arc, Mutex, PoisonError},
    time::{Duration, Instant, SystemTime},
};

use hashlink::LruCache;

/// How long most entries may be used.
pub const LIFETIME: Duration = Duration::from_mins(1);
/// Beyond this many entries the one that was not asked for the longest is forgotten.
const MOST: usize = 10_000;

/// A map from key to value, each for a while.
pub struct Cache<V> {
    inner: Mutex<Inner<V>>,
    lifetime: Duration,
    clock: Clock,
}

struct Inner<V> {
    entries: LruCache<String, (Since, Arc<V>)>,
    /// Counts what was forgotten: a value loaded before a write must not be remembered after it.
    forgotten: u64,
}

/// What tells how old an entry is.
#[derive(Clone)]
pub enum Clock {
    /// Both clocks of the machine: one may stand still while Lambda freezes a function, and the other may be set back.
    Machine,
    /// The time since any fixed moment, as a test tells it.
    Told(Arc<dyn Fn() -> Duration + Send + Sync>),
}

/// When an entry was made, by its cache's clock.
enum Since {
    Machine(Instant, SystemTime),
    Told(Duration),
}

impl Clock {
    fn now(&self) -> Since {
        match self {
            Self::Machine => Since::Machine(Instant::now(), SystemTime::now()),
            Self::Told(now) => Since::Told(now()),
        }
    }

    /// Whether an entry is younger than `lifetime`. None is, whose making now lies ahead.
    fn is_within(&self, since: &Since, lifetime: Duration) -> bool {
        match (self, since) {
            (Self::Machine, Since::Machine(steady, set)) => {
                steady.elapsed() < lifetime && set.elapsed().is_ok_and(|elapsed| elapsed < lifetime)
            }
            (Self::Told(now), Since::Told(then)) => now().checked_sub(*then).is_some_and(|elapsed| elapsed < lifetime),
            _ => false,
        }
    }
}

impl<V> Cache<V> {
    /// A cache whose entries may be used for `lifetime` by this clock.
    pub fn lasting(lifetime: Duration, clock: Clock) -> Self {
        Self { inner: Mutex::new(Inner { entries: LruCache::new(MOST), forgotten: 0 }), lifetime, clock }
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
                && self.clock.is_within(since, self.lifetime)
            {
                return Ok(Some(value.clone()));
            }
            inner.forgotten
        };
        let Some(value) = load().await?.map(Arc::new) else { return Ok(None) };
        let mut inner = self.inner();
        if inner.forgotten == forgotten {
            inner.entries.insert(key.to_owned(), (self.clock.now(), value.clone()));
        }
        Ok(Some(value))
    }

    /// The remembered value, if there is one.
    pub fn peek(&self, key: &str) -> Option<Arc<V>> {
        let inner = self.inner();
        let (since, value) = inner.entries.peek(key)?;
        self.clock.is_within(since, self.lifetime).then(|| value.clone())
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
    use std::{
        convert::Infallible,
        sync::atomic::{AtomicU64, Ordering::Relaxed},
    };

    use super::*;

    #[tokio::test]
    async fn a_value_loaded_before_a_write_is_not_kept_after_it() {
        let cache = Cache::<u8>::lasting(LIFETIME, Clock::Machine);
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
        let cache = Cache::<usize>::lasting(LIFETIME, Clock::Machine);
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

    #[tokio::test]
    async fn an_entry_ends_by_the_clock_of_its_cache() {
        let seconds = Arc::new(AtomicU64::new(100));
        let told = Arc::clone(&seconds);
        let cache = Cache::lasting(LIFETIME, Clock::Told(Arc::new(move || Duration::from_secs(told.load(Relaxed)))));
        let get = async |value: u8| *cache.get("a", || async { Ok::<_, Infallible>(Some(value)) }).await.unwrap().unwrap();
        assert_eq!(get(1).await, 1);
        seconds.store(159, Relaxed);
        assert_eq!((get(2).await, cache.peek("a").as_deref()), (1, Some(&1)));
        seconds.store(160, Relaxed);
        assert_eq!((cache.peek("a"), get(2).await), (None, 2));
        seconds.store(0, Relaxed);
        assert_eq!(get(3).await, 3, "a clock that was set back");
    }
}
