//! Draws one chart again and again and looks at what the process keeps.
//!
//! Used by `draw soak` and by a test. Once it is warm, a renderer that lives for months must keep no more memory after the last chart
//! than after the first, and give the same bytes.

use crate::loads::Chart;
use std::fs;

/// What a soak found. Memory is resident, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soaked {
    pub warm_kib: u64,
    pub end_kib: u64,
    pub bytes: Bytes,
}

/// The first picture beside the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    Equal,
    Different,
}

/// KiB by which the memory of a warm process may grow: what the allocator keeps for itself moves by about this much.
pub const BOUND_KIB: u64 = 1024;

/// Draws `chart` `warm_up` times, then `times` times. None where the system does not tell a process's memory.
pub fn soak(chart: &Chart, warm_up: usize, times: usize) -> Option<Soaked> {
    let first = chart.picture().bytes;
    (0..warm_up).for_each(|_| drop(chart.picture()));
    let warm_kib = status_kib("VmRSS:")?;
    (0..times).for_each(|_| drop(chart.picture()));
    let end_kib = status_kib("VmRSS:")?;
    let bytes = if chart.picture().bytes == first { Bytes::Equal } else { Bytes::Different };
    Some(Soaked { warm_kib, end_kib, bytes })
}

impl Soaked {
    /// Err says what is wrong.
    pub fn verdict(self) -> Result<(), String> {
        let Self { warm_kib, end_kib, bytes } = self;
        if bytes == Bytes::Different {
            return Err("the last picture is not the first".to_owned());
        }
        if end_kib > warm_kib + BOUND_KIB {
            return Err(format!(
                "memory grew from {warm_kib} to {end_kib} KiB, which is more than {BOUND_KIB} KiB should move"
            ));
        }
        Ok(())
    }
}

/// A line of `/proc/self/status`, such as `VmHWM:`, in KiB.
pub fn status_kib(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
