//! The open-file limit of the process (`RLIMIT_NOFILE`). Each connection is an open file, and so is each call to a source.
//!
//! The soft limit of the system, often 1024, protects programs that open files without a limit of their own; this one is bounded by
//! `[limits]`, so it raises the soft limit to the hard one. If that is too low for the configuration, the service has fewer connections and
//! calls than configured: a connection that cannot be accepted would wait without a response, even that of a health check.

use metricshot::config::Config;
use metricshot::limits::Limits;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};
use tracing::warn;

/// Open files of the process apart from connections and calls: listeners, log, the event queues of its threads (14 after the
/// start), and files while they are read.
const OWN_FDS: usize = 32;

/// Raises the soft limit to the hard one. Lowers `connections` and `calls_per_source` to what it allows, and logs that.
pub fn fit(config: &Config, limits: Limits) -> Limits {
    let users = Users { listeners: if config.metrics_listen.is_some() { 2 } else { 1 }, sources: config.sources.len() };
    let needed = users.needed(&limits);
    let Some(max_fds) = raised(needed).filter(|max_fds| *max_fds < needed) else { return limits };
    let fitted = users.fit(limits, max_fds);
    warn!(
        max_fds,
        needed_fds = needed,
        connections = fitted.connections,
        calls_per_source = fitted.calls_per_source,
        "the open-file limit is too low for limits.connections and the sources, so connections and calls are lowered; raise the limit \
         (ulimit -n, LimitNOFILE=), or lower limits.connections"
    );
    fitted
}

/// Raises the soft limit to the hard one, or to `needed` if the hard one is infinite. Returns the soft limit; `None` if it is infinite.
fn raised(needed: usize) -> Option<usize> {
    let Rlimit { current, maximum } = getrlimit(Resource::Nofile);
    // Not every system accepts an infinite limit.
    let wanted = maximum.unwrap_or(u64::try_from(needed).unwrap_or(u64::MAX));
    let is_raised = current.is_some_and(|current| current < wanted)
        && setrlimit(Resource::Nofile, Rlimit { current: Some(wanted), maximum }).is_ok();
    let max_fds = if is_raised { Some(wanted) } else { current };
    max_fds.map(|max_fds| usize::try_from(max_fds).unwrap_or(usize::MAX))
}

/// The users of open files.
#[derive(Debug, Clone, Copy)]
struct Users {
    listeners: usize,
    sources: usize,
}

impl Users {
    /// Returns the maximum number of open files of the process.
    fn needed(self, limits: &Limits) -> usize {
        let calls = self.sources.saturating_mul(fds_of_calls(limits.calls_per_source));
        let connections = self.listeners.saturating_mul(limits.connections);
        (OWN_FDS + limits.connections_reserved).saturating_add(calls).saturating_add(connections)
    }

    /// Returns `limits` with as many connections and calls as `max_fds` open files allow, at least one of each; calls get at most half of them.
    fn fit(self, limits: Limits, max_fds: usize) -> Limits {
        let available = max_fds.saturating_sub(OWN_FDS + limits.connections_reserved);
        let max_calls = (available / 2).checked_div(fds_of_calls(self.sources)).unwrap_or(usize::MAX);
        let calls_per_source = limits.calls_per_source.min(max_calls.max(1));
        let rest = available.saturating_sub(self.sources * fds_of_calls(calls_per_source));
        let connections = limits.connections.min((rest / self.listeners).max(1));
        Limits { connections, calls_per_source, ..limits }
    }
}

/// Returns the open files of `calls`: two each, because a connection to an address from before may still be open.
fn fds_of_calls(calls: usize) -> usize {
    calls.saturating_mul(2)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn limits_that_fit_stay_and_others_share_the_open_files() {
        for (listeners, sources, max_fds, (connections, calls)) in [
            (1, 0, 64, (24, 16)),
            (1, 1, 64, (12, 6)),
            (2, 1, 64, (6, 6)),
            (1, 3, 64, (12, 2)),
            (1, 20, 64, (1, 1)),
            (1, 1, 0, (1, 1)),
            (1, 1, 1024, (952, 16)),
            (1, 1, 1096, (1024, 16)),
        ] {
            let users = Users { listeners, sources };
            let fitted = users.fit(Limits::default(), max_fds);
            assert_eq!((fitted.connections, fitted.calls_per_source), (connections, calls), "{users:?}, {max_fds}");
            let least = users.needed(&Limits { connections: 1, calls_per_source: 1, ..Limits::default() });
            assert!(users.needed(&fitted) <= max_fds.max(least), "{users:?}, {max_fds}");
        }
        assert_eq!(Users { listeners: 1, sources: 1 }.needed(&Limits::default()), 1096);
    }
}
