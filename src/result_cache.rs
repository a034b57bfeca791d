//! Finished charts that are answered again without a fetch or a render.
//!
//! A chart in a mail has a thousand readers. Entries own the memory that their request reserved, so the cache counts in the memory budget of
//! the process, and [`ResultCache::clear`] gives the memory back when admission needs it.

use moka::Expiry;
use moka::sync::Cache;
use std::fmt;
use std::hash::Hash;
use std::sync::Arc;
use std::time::{Duration, Instant};

/// Results by request, bounded in bytes, each for a time of its own. Clones share the entries.
pub struct ResultCache<K, V>(Cache<K, Entry<V>>);

impl<K, V> Clone for ResultCache<K, V> {
    fn clone(&self) -> Self {
        Self(self.0.clone())
    }
}

struct Entry<V> {
    value: Arc<V>,
    bytes: u32,
    life: Duration,
}

impl<V> Clone for Entry<V> {
    fn clone(&self) -> Self {
        Self { value: Arc::clone(&self.value), ..*self }
    }
}

/// Ends the life of each entry after its own time.
struct OwnLife;

impl<K, V> Expiry<K, Entry<V>> for OwnLife {
    fn expire_after_create(&self, _: &K, entry: &Entry<V>, _: Instant) -> Option<Duration> {
        Some(entry.life)
    }
}

impl<K: Hash + Eq + Send + Sync + 'static, V: Send + Sync + 'static> ResultCache<K, V> {
    /// Returns an empty cache of at most `max_bytes`.
    pub fn new(max_bytes: u64) -> Self {
        let weigher = |_: &K, entry: &Entry<V>| entry.bytes;
        Self(Cache::builder().max_capacity(max_bytes).weigher(weigher).expire_after(OwnLife).build())
    }

    /// Returns the value of an equal request.
    pub fn get(&self, key: &K) -> Option<Arc<V>> {
        self.0.get(key).map(|entry| entry.value)
    }

    /// Keeps `value`, which takes `bytes`, for `life`.
    pub fn insert(&self, key: K, value: Arc<V>, bytes: usize, life: Duration) {
        let bytes = u32::try_from(bytes).unwrap_or(u32::MAX);
        self.0.insert(key, Entry { value, bytes, life });
    }

    /// Drops all entries now, and with them their memory.
    pub fn clear(&self) {
        for (key, _) in &self.0 {
            self.0.invalidate(&*key);
        }
        self.0.run_pending_tasks();
    }
}

impl<K, V> fmt::Debug for ResultCache<K, V> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ResultCache")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LONG: Duration = Duration::from_secs(3600);

    #[test]
    fn a_value_is_returned_for_its_life_and_for_its_key_alone() {
        let cache = ResultCache::new(1000);
        cache.insert("a", Arc::new(1), 10, LONG);
        cache.insert("b", Arc::new(2), 10, Duration::ZERO);
        assert_eq!((cache.get(&"a").as_deref(), cache.get(&"b"), cache.get(&"c")), (Some(&1), None, None));
    }

    #[test]
    fn a_cleared_cache_has_dropped_its_values() {
        let (cache, value) = (ResultCache::new(1000), Arc::new(1));
        cache.insert("a", Arc::clone(&value), 10, LONG);
        assert_eq!(Arc::strong_count(&value), 2);
        cache.clear();
        assert_eq!((Arc::strong_count(&value), cache.get(&"a")), (1, None));
    }

    #[test]
    fn a_value_larger_than_the_cache_is_not_kept() {
        let cache = ResultCache::new(100);
        cache.insert("large", Arc::new(1), 101, LONG);
        cache.insert("fits", Arc::new(2), 100, LONG);
        cache.0.run_pending_tasks();
        assert_eq!((cache.get(&"large"), cache.get(&"fits").as_deref()), (None, Some(&2)));
    }
}
