//! The command line: which command, with which configuration. Everything else is in the library.

mod cli;

/// A chart takes and gives back some thousand pieces of memory: this allocator does it in half the time, and keeps large ones.
#[global_allocator]
static MEMORY: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> std::process::ExitCode {
    cli::run()
}
