//! `openmetric`: lists and changes the collection of NHN Cloud System Monitoring.

mod arguments;
mod output;

use super::error::CliError;
use super::log;
use metricshot::config::{Config, ConfigInputs, load};
use metricshot::openmetric;
use metricshot::openmetric::{APP_KEY, OpenmetricFault, Operation, has_app_key};
use metricshot::source::AnySourceConfig;
use serde_json::Value;
use std::io::{Write, stdout};
use tokio::runtime::Builder;

pub use arguments::Openmetric;

/// Performs the operation, and prints the response of the service.
pub fn openmetric(inputs: &ConfigInputs, arguments: Openmetric) -> Result<(), CliError> {
    let (project, operation) = arguments.object.operation();
    let loaded = load(inputs)?;
    log::begin(&loaded.config)?;
    let (name, source) = source(&loaded.config, project.source.as_deref())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| CliError::failed("no thread could be started", cause))?;
    let performed = runtime.block_on(openmetric::perform(source, &project.place(), &operation, &loaded.limits));
    let body = performed.map_err(|fault| match fault {
        OpenmetricFault::Unfit(fault) => CliError::Invalid(vec![format!("sources.{name}: {fault}")]),
        other => CliError::Failed(other.to_string()),
    })?;
    let text = if project.json { format!("{body}\n") } else { lines(&operation, &body) };
    stdout().write_all(text.as_bytes()).map_err(|cause| CliError::failed("standard output cannot be written", cause))
}

/// Returns the source of `--source`, else the only one with an app key.
fn source<'a>(config: &'a Config, named: Option<&str>) -> Result<(&'a str, &'a AnySourceConfig), CliError> {
    let all = || config.sources.iter().map(|(name, source)| (name.as_str(), source));
    let faulty = |text: String| CliError::Invalid(vec![text]);
    if let Some(named) = named {
        let known = all().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let fault = || faulty(format!("unknown source '{named}'; the configuration has {known}"));
        return all().find(|(name, _)| *name == named).ok_or_else(fault);
    }
    match all().filter(|(_, source)| has_app_key(source)).collect::<Vec<_>>()[..] {
        [one] => Ok(one),
        [] => Err(faulty(format!("no source has the header {APP_KEY}; add one as in examples/nhn.toml"))),
        _ => Err(faulty(format!("several sources have the header {APP_KEY}; choose one with --source"))),
    }
}

/// Formats the response for a terminal.
fn lines(operation: &Operation, body: &Value) -> String {
    match (operation.is_list(), output::table(body)) {
        (true, None) => "None found.\n".to_owned(),
        (true, Some(table)) => table,
        (false, None) => "Done.\n".to_owned(),
        (false, Some(table)) => format!("Done.\n{table}"),
    }
}
