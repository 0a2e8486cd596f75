//! What is fetched once and shared by everybody who asks with the same key.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

/// Where one value is kept. Held while the value is fetched, so that everybody else waits for it.
pub(crate) type Slot<V> = Arc<Mutex<Option<V>>>;

/// Slots by their keys, a limited number of them.
pub(crate) struct Kept<K, V> {
    kept_max: usize,
    // Held for the look-up only.
    slots: Mutex<BTreeMap<K, Slot<V>>>,
}

impl<K: Ord, V> Kept<K, V> {
    /// Nothing yet, and never more than `kept_max` slots.
    pub(crate) fn new(kept_max: usize) -> Self {
        Self { kept_max, slots: Mutex::new(BTreeMap::new()) }
    }

    /// The slot of `key`. Where there is no room for another one, all are given up: whoever holds one
    /// goes on with it.
    pub(crate) async fn slot(&self, key: K) -> Slot<V> {
        let mut slots = self.slots.lock().await;
        if self.kept_max <= slots.len() && !slots.contains_key(&key) {
            slots.clear();
        }
        Arc::clone(slots.entry(key).or_default())
    }
}
