//! Soak test: the memory of a renderer stays flat, and the bytes stay the same. `benches/soak` runs longer.
//!
//! It needs `/proc/self/status` of Linux.

#![cfg(target_os = "linux")]

use crate::loads;
use crate::soaking;
#[test]
fn memory_and_bytes_are_unchanged_after_hundreds_of_charts() {
    let soaked = soaking::soak(&loads::Load::S.chart(), 100, 400).expect("/proc/self/status");
    assert_eq!(soaked.verdict(), Ok(()));
}
