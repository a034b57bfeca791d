//! The command line: which command, with which configuration. Everything else is in the library.

mod cli;

fn main() -> std::process::ExitCode {
    cli::run()
}
