//! Renders one chart many times, and measures the memory of the process.
//!
//! `draw soak` and a test use it. Once it is warm, a renderer must hold no more memory after the last chart than after the first, and return
//! the same bytes.

use crate::loads::Chart;
use std::fs;

/// The result of a soak. Memory is resident, in KiB.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Soaked {
    pub warm_kib: u64,
    pub end_kib: u64,
    pub bytes: Bytes,
}

/// The comparison of the first image with the last.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bytes {
    Equal,
    Different,
}

/// The allowed growth of a warm process, in KiB: about the fluctuation of the memory that the allocator holds.
pub const BOUND_KIB: u64 = 1024;

/// Renders `chart` `warm_up` times, then `times` times. `None` if the system does not report the memory of a process.
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
    /// Checks memory and bytes; the error describes the failure.
    pub fn verdict(self) -> Result<(), String> {
        let Self { warm_kib, end_kib, bytes } = self;
        if bytes == Bytes::Different {
            return Err("the last image differs from the first".to_owned());
        }
        if end_kib > warm_kib + BOUND_KIB {
            return Err(format!("memory grew from {warm_kib} to {end_kib} KiB, by more than {BOUND_KIB} KiB"));
        }
        Ok(())
    }
}

/// Returns a line of `/proc/self/status`, such as `VmHWM:`, in KiB.
pub fn status_kib(name: &str) -> Option<u64> {
    let status = fs::read_to_string("/proc/self/status").ok()?;
    let line = status.lines().find_map(|line| line.strip_prefix(name))?;
    line.split_whitespace().next()?.parse().ok()
}
