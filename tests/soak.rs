//! A renderer that runs for months: memory stays flat and the bytes stay the same. `benches/soak` does the same for longer.

#[path = "../benches/loads/mod.rs"]
mod loads;
#[path = "../benches/soaking.rs"]
mod soaking;

#[test]
fn hundreds_of_charts_later_memory_is_flat_and_the_bytes_are_the_same() {
    let Some(soaked) = soaking::soak(&loads::Load::S.chart(), 100, 400) else {
        return assert!(!cfg!(target_os = "linux"), "Linux tells a process's memory");
    };
    assert_eq!(soaked.verdict(), Ok(()));
}
