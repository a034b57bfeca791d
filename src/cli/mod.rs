//! The command line: arguments in, an exit code out.
//!
//! Results go to standard output; the log, and faults with one line each, go to standard error.

mod arguments;
mod check;
mod diff;
mod error;
mod health;
mod inspect;
mod log;
mod open;
mod openmetric;
mod reload;
mod render;
mod rlimit;
mod serve;
mod sources;
mod table;

use arguments::{Arguments, Command};
use clap::Parser;
use error::CliError;
use metricshot::config::{self, ConfigInputs};
use std::process::ExitCode;

/// Parses the arguments, runs the command and returns its exit code.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let inputs = ConfigInputs { file: arguments.config, listen: arguments.listen, variables: config::variables() };
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&inputs),
        Command::Render(render) => render::render(&inputs, &render),
        Command::Inspect(image) => inspect::inspect(&image),
        Command::Diff(images) => diff::diff(&images),
        Command::Sources(command) => sources::sources(&inputs, &command),
        Command::Openmetric(arguments) => openmetric::openmetric(&inputs, arguments),
        Command::Health => health::health(&inputs),
        Command::CheckConfig => check::check(&inputs),
        Command::PrintConfig => check::print(&inputs),
    };
    done.map_or_else(CliError::exit, |()| ExitCode::SUCCESS)
}
