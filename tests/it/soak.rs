//! A renderer that runs for months: memory stays flat and the bytes stay the same. `benches/soak` does the same for longer.
//!
//! Only Linux tells a process's memory as a file.

#![cfg(target_os = "linux")]

use crate::loads;
use crate::soaking;
#[test]
fn hundreds_of_charts_later_memory_is_flat_and_the_bytes_are_the_same() {
    let soaked = soaking::soak(&loads::Load::S.chart(), 100, 400).expect("/proc/self/status");
    assert_eq!(soaked.verdict(), Ok(()));
}
