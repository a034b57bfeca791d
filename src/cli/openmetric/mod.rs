//! `openmetric`: what NHN Cloud System Monitoring collects, shown and changed.

mod arguments;
mod output;

use super::error::Ended;
use super::log;
use metricshot::config::{Config, Given, load};
use metricshot::source::WrittenSource;
use metricshot::source::openmetric::{self, APP_KEY, OpenmetricFault, Operation, has_app_key};
use serde_json::Value;
use std::io::{Write, stdout};
use tokio::runtime::Builder;

pub use arguments::Openmetric;

/// Does it, and prints what the service says.
pub fn openmetric(given: &Given, arguments: Openmetric) -> Result<(), Ended> {
    let (at, operation) = arguments.what.operation();
    let loaded = load(given)?;
    log::begin(&loaded.config)?;
    let (name, source) = source(&loaded.config, at.source.as_deref())?;
    let runtime = Builder::new_current_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Ended::failed("no thread could be started", cause))?;
    let performed = runtime.block_on(openmetric::perform(source, &at.place(), &operation, &loaded.limits));
    let body = performed.map_err(|fault| match fault {
        OpenmetricFault::Unfit(fault) => Ended::Faulty(vec![format!("sources.{name}: {fault}")]),
        other => Ended::Failed(other.to_string()),
    })?;
    let text = if at.json { format!("{body}\n") } else { lines(&operation, &body) };
    stdout().write_all(text.as_bytes()).map_err(|cause| Ended::failed("standard output cannot be written", cause))
}

/// The source that was named, else the only one with an app key.
fn source<'a>(config: &'a Config, named: Option<&str>) -> Result<(&'a str, &'a WrittenSource), Ended> {
    let all = || config.sources.iter().map(|(name, source)| (name.as_str(), source));
    let faulty = |text: String| Ended::Faulty(vec![text]);
    if let Some(named) = named {
        let known = all().map(|(name, _)| name).collect::<Vec<_>>().join(", ");
        let fault = || faulty(format!("there is no source '{named}'; the configuration has {known}"));
        return all().find(|(name, _)| *name == named).ok_or_else(fault);
    }
    match all().filter(|(_, source)| has_app_key(source)).collect::<Vec<_>>()[..] {
        [one] => Ok(one),
        [] => Err(faulty(format!("no source has the header {APP_KEY}; examples/nhn.toml shows one"))),
        _ => Err(faulty(format!("several sources have the header {APP_KEY}; name one by --source"))),
    }
}

/// For a person.
fn lines(operation: &Operation, body: &Value) -> String {
    match (operation.is_list(), output::table(body)) {
        (true, None) => "There are none.\n".to_owned(),
        (true, Some(table)) => table,
        (false, None) => "Done.\n".to_owned(),
        (false, Some(table)) => format!("Done.\n{table}"),
    }
}
