//! `check-config` and `print-config`: the faults of a configuration, and the configuration in force.

use super::error::CliError;
use super::log;
use metricshot::config::{self, ConfigInputs};
use std::io::{Write, stdout};

/// Loads everything that `serve` would load, and prints a summary, or returns all faults.
pub fn check(inputs: &ConfigInputs) -> Result<(), CliError> {
    let logging = log::begin(&config::readable(inputs));
    let loaded = match (config::check(inputs), logging) {
        (Ok(loaded), Ok(())) => loaded,
        (checked, logging) => {
            return Err(checked.err().into_iter().flatten().chain(logging.err()).collect::<Vec<_>>().into());
        }
    };
    let sources: Vec<String> =
        loaded.config.sources.iter().map(|(name, source)| format!("{name} ({})", source.kind())).collect();
    let (metrics, namespaces) = (loaded.catalog.entries().count(), loaded.catalog.namespaces().len());
    let used = loaded.catalog.sources();
    for name in loaded.config.sources.keys().filter(|name| !used.contains(name.as_str())) {
        eprintln!(
            "note: no rule uses the source '{name}', so no request reaches it; add a [[metric]] or [[default]] rule"
        );
    }
    for note in &loaded.notes {
        eprintln!("note: {note}");
    }
    let templates = loaded.templates.names().collect::<Vec<_>>().join(", ");
    let zones_from =
        loaded.config.zoneinfo.as_ref().map_or_else(|| "bundled".to_owned(), |path| path.display().to_string());
    let keys = match loaded.config.keys.len() {
        0 if loaded.config.is_open() => {
            "none, by auth.mode: every client that reaches the service may read everything".to_owned()
        }
        0 => "none: only clients on this machine are served".to_owned(),
        _ => loaded.config.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    let lines = format!(
        "listens on:  {}\nsources:     {}\ncatalogue:   {metrics} metrics by name in {namespaces} namespaces\n\
         templates:   {templates}\n\
         time zones:  {} ({zones_from})\n\
         keys:        {keys}\n\
         The configuration is valid. No source was contacted.",
        loaded.config.listen,
        sources.join(", "),
        loaded.zones.edition(),
    );
    print_lines(&lines)
}

/// Prints the configuration in force as TOML, with secrets masked.
pub fn print(inputs: &ConfigInputs) -> Result<(), CliError> {
    print_lines(config::read(inputs)?.print()?.trim_end())
}

/// Writes `lines` and a line break to standard output.
pub(super) fn print_lines(lines: &str) -> Result<(), CliError> {
    writeln!(stdout(), "{lines}").map_err(|cause| CliError::failed("standard output cannot be written", cause))
}
