//! What a person types, and what comes back: arguments in, an exit code out.
//!
//! Results go to standard output; faults, one a line, and the log go to standard error.

mod arguments;
mod check;
mod diff;
mod error;
mod health;
mod inspect;
mod log;
mod openmetric;
mod reload;
mod render;
mod rlimit;
mod serve;
mod sources;
mod table;

use arguments::{Arguments, Command};
use clap::Parser;
use error::Ended;
use metricshot::config::{self, Given};
use std::process::ExitCode;

/// Reads the arguments and does what they say.
pub fn run() -> ExitCode {
    let arguments = Arguments::parse();
    let given = Given { file: arguments.config, listen: arguments.listen, variables: config::variables() };
    let done = match arguments.command.unwrap_or(Command::Serve) {
        Command::Serve => serve::serve(&given),
        Command::Render(render) => render::render(&given, &render),
        Command::Inspect(picture) => inspect::inspect(&picture),
        Command::Diff(images) => diff::diff(&images),
        Command::Sources(what) => sources::sources(&given, &what),
        Command::Openmetric(arguments) => openmetric::openmetric(&given, arguments),
        Command::Health => health::health(&given),
        Command::CheckConfig => check::check(&given),
        Command::PrintConfig => check::print(&given),
    };
    done.map_or_else(Ended::exit, |()| ExitCode::SUCCESS)
}
