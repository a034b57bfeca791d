//! `sources check` and `sources metrics`: tests of the sources, and lists of their metrics.

use super::arguments::SourcesCommand;
use super::check::print_lines;
use super::error::{CliError, reason_text};
use super::log;
use super::table::{aligned, printable};
use metricshot::catalog::{MetricDescriptor, MetricKind};
use metricshot::clock::{Deadline, Stopwatch};
use metricshot::config::{ConfigInputs, load, open_sources};
use metricshot::error::{Reason, SourceError};
use metricshot::source::SourceSet;
use serde::Serialize;
use std::time::Duration;
use tokio::runtime::Builder;

/// Runs a command of `sources`.
pub fn sources(inputs: &ConfigInputs, command: &SourcesCommand) -> Result<(), CliError> {
    let loaded = load(inputs)?;
    log::begin(&loaded.config)?;
    let sources = SourceSet::new(open_sources(&loaded.config, &loaded.limits)?, &loaded.limits);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| CliError::failed("no thread could be started", cause))?;
    let time = loaded.limits.source_total;
    let done = match command {
        SourcesCommand::Check { names } => runtime.block_on(check(&sources, names, time)),
        SourcesCommand::Metrics { name, json } => runtime.block_on(metrics(&sources, name, *json, time)),
    };
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// Tests the sources one after the other, and prints the line of each before it tests the next.
async fn check(sources: &SourceSet, names: &[String], time: Duration) -> Result<(), CliError> {
    let unknown: Vec<String> =
        names.iter().filter(|name| !sources.names().any(|known| known == *name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(CliError::Invalid(unknown.iter().map(|name| no_such(sources, name)).collect()));
    }
    let selected: Vec<&str> =
        sources.names().filter(|name| names.is_empty() || names.iter().any(|n| n == name)).collect();
    let width = selected.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut failed = 0;
    for &name in &selected {
        let clock = Stopwatch::start();
        let Some(answer) = sources.check(name, Deadline::after(time)).await else { continue };
        let milliseconds = clock.elapsed().as_millis();
        let sentence = match answer {
            Ok(()) => format!("answers in {milliseconds} ms"),
            Err(error) => {
                failed += 1;
                format!("fails after {milliseconds} ms: {}", sentence(&error))
            }
        };
        print_lines(&printable(&format!("{name:width$}  {sentence}")))?;
    }
    match failed {
        0 => Ok(()),
        _ => Err(CliError::Failed(format!("{failed} of {} sources failed", selected.len()))),
    }
}

async fn metrics(sources: &SourceSet, name: &str, json: bool, time: Duration) -> Result<(), CliError> {
    let Some(listing) = sources.list(name, Deadline::after(time)).await else {
        return Err(CliError::Invalid(vec![no_such(sources, name)]));
    };
    let Some(offers) = listing.map_err(|error| CliError::failed(name, sentence(&error)))? else {
        return Err(CliError::Failed(format!("{name}: sources of this type cannot list their metrics")));
    };
    let lines: Vec<String> = if json { offers.iter().map(object).collect() } else { table(&offers) };
    if lines.is_empty() {
        eprintln!("note: {name} has no metrics");
        return Ok(());
    }
    print_lines(&lines.join("\n"))
}

/// Returns a remedy for the error, and its detail.
fn sentence(error: &SourceError) -> String {
    let advice = match error.reason {
        Reason::Down => "it cannot be reached; check its url, and whether it runs",
        Reason::Timeout => "it did not answer in time; check limits.source_total",
        Reason::Refused => "it answers with an error; check url, auth and headers",
        Reason::Malformed => "its response is malformed for a source of this type; check type and url",
        Reason::TooBig | Reason::TooManySamples { .. } | Reason::NativeHistogram | Reason::CircuitOpen { .. } => {
            &reason_text(error.reason)
        }
    };
    format!("{advice} ({})", error.detail)
}

fn no_such(sources: &SourceSet, name: &str) -> String {
    let known: Vec<&str> = sources.names().collect();
    format!("'{name}' should be one of the configured sources: {}", known.join(", "))
}

/// Formats name, kind, unit and labels in columns.
fn table(offers: &[MetricDescriptor]) -> Vec<String> {
    let unit = |offer: &MetricDescriptor| offer.unit.map_or("-".to_owned(), |unit| unit.to_string());
    let row = |offer: &MetricDescriptor| {
        vec![offer.name.clone(), kind(offer).unwrap_or("-").to_owned(), unit(offer), offer.labels.join(", ")]
    };
    aligned(&offers.iter().map(row).collect::<Vec<_>>())
}

fn kind(offer: &MetricDescriptor) -> Option<&'static str> {
    offer.kind.map(|kind| match kind {
        MetricKind::Gauge => "gauge",
        MetricKind::Counter => "counter",
    })
}

fn object(offer: &MetricDescriptor) -> String {
    #[derive(Serialize)]
    struct Row<'a> {
        name: &'a str,
        labels: &'a [String],
        kind: Option<&'static str>,
        unit: Option<String>,
    }
    let unit = offer.unit.map(|unit| unit.to_string());
    let row = Row { name: &offer.name, labels: &offer.labels, kind: kind(offer), unit };
    serde_json::to_string(&row).unwrap_or_default()
}
