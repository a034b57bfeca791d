//! `check-config` and `print-config`.

use super::error::Ended;
use super::log;
use metricshot::config::{self, Given};
use std::io::{Write, stdout};

/// Loads everything that `serve` would load, and says what it is.
pub fn check(given: &Given) -> Result<(), Ended> {
    let logging = log::begin(&config::readable(given));
    let loaded = match (config::check(given), logging) {
        (Ok(loaded), Ok(())) => loaded,
        (checked, logging) => {
            return Err(checked.err().into_iter().flatten().chain(logging.err()).collect::<Vec<_>>().into());
        }
    };
    let sources: Vec<String> =
        loaded.config.sources.iter().map(|(name, source)| format!("{name} ({})", source.kind())).collect();
    let (metrics, namespaces) = (loaded.catalog.entries().count(), loaded.catalog.namespaces().len());
    let asked = loaded.catalog.sources();
    for name in loaded.config.sources.keys().filter(|name| !asked.contains(name.as_str())) {
        eprintln!("note: no rule asks the source '{name}', so no request reaches it; write [[metric]] or [[default]]");
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
        0 => "none: for this machine alone".to_owned(),
        _ => loaded.config.keys.keys().map(String::as_str).collect::<Vec<_>>().join(", "),
    };
    let lines = format!(
        "listens on:  {}\nsources:     {}\ncatalogue:   {metrics} metrics by name in {namespaces} namespaces\n\
         templates:   {templates}\n\
         time zones:  {} ({zones_from})\n\
         keys:        {keys}\n\
         The configuration is right. No server was asked.",
        loaded.config.listen,
        sources.join(", "),
        loaded.zones.edition(),
    );
    print_out(&lines)
}

/// Prints the configuration in force.
pub fn print(given: &Given) -> Result<(), Ended> {
    print_out(config::read(given)?.print()?.trim_end())
}

/// Lines for standard output.
pub(super) fn print_out(lines: &str) -> Result<(), Ended> {
    writeln!(stdout(), "{lines}").map_err(|cause| Ended::failed("standard output cannot be written", cause))
}
