//! The entry point of the program. Everything except the command line is in the library.

mod cli;

/// Chosen by measurement, see docs/performance.md: it gives freed memory back to the system.
#[cfg(target_os = "linux")]
#[global_allocator]
static ALLOCATOR: tikv_jemallocator::Jemalloc = tikv_jemallocator::Jemalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
