//! Rate limits of all keys: requests per second and worker time.

use crate::admission::Quota;
use crate::clock::Stopwatch;
use crate::http::api::problem::Problem;
use crate::limits::Limits;
use crate::render_pool::Meter;
use parking_lot::Mutex;
use std::collections::BTreeMap;

/// One quota for each key that has asked, by its name.
#[derive(Debug)]
pub(crate) struct Quotas {
    of_key: Mutex<BTreeMap<String, Quota>>,
    clock: Stopwatch,
}

impl Quotas {
    /// Nothing used yet.
    pub fn new() -> Self {
        Self { of_key: Mutex::default(), clock: Stopwatch::start() }
    }

    /// Counts a request of `key`; what its picture is charged to, or the time that it should wait.
    pub fn admit(&self, key: &str, limits: &Limits) -> Result<Meter, Problem> {
        let mut of_key = self.of_key.lock();
        let quota = of_key.entry(key.to_owned()).or_insert_with(|| Quota::new(limits));
        quota.admit(self.clock.elapsed()).map_err(|wait| Problem::OverQuota { wait })?;
        Ok(quota.meter().clone())
    }
}
