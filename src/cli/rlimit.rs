//! How many files the process may have open, where each connection is one. Called by `serve` once its log has begun, before it listens.
//!
//! The soft limit of the system, often 1024, protects programs that count no further; this one is bounded by `[limits]`. The hard limit is
//! meant: where it is too low for the configuration, the log says so, because connections would wait there that should be let in.

use metricshot::config::Config;
use metricshot::limits::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// What the program itself has open: its listeners, its log, what its threads wait at, and files while they are read.
const ITS_OWN: u64 = 64;

/// Raises the soft limit to the hard one, and tells where that is not enough.
pub fn make_room(config: &Config, limits: &Limits) {
    let needed = needed(limits, if config.metrics_listen.is_some() { 2 } else { 1 }, config.sources.len());
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Not every system takes "any number" for an answer.
    let wanted = maximum.unwrap_or(needed);
    let is_raised = current.is_some_and(|current| current < wanted)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok();
    let most = if is_raised { Some(wanted) } else { current };
    if let Some(most) = most.filter(|most| *most < needed) {
        warn!(
            most,
            needed,
            connections = limits.connections,
            "the process may open fewer files than limits.connections and the sources can take; raise its limit of open files, or lower limits.connections"
        );
    }
}

/// For so many listeners and sources: every connection that may be, and two for each call at once, because those to an address from before
/// may still be open.
fn needed(limits: &Limits, listeners: usize, sources: usize) -> u64 {
    let connections = limits.connections.saturating_mul(listeners);
    let calls = limits.calls_per_source.saturating_mul(2).saturating_mul(sources);
    u64::try_from(connections.saturating_add(calls)).unwrap_or(u64::MAX).saturating_add(ITS_OWN)
}
