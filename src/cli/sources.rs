//! `sources check` and `sources metrics`: what an operator asks before the first picture, or at night.

use super::arguments::SourcesCommand;
use super::check::print_out;
use super::error::{Ended, words};
use super::log;
use super::table::{aligned, shown};
use metricshot::catalog::{Kind, Offer};
use metricshot::clock::{Deadline, Stopwatch};
use metricshot::config::{Given, load, open_sources};
use metricshot::series::Reason;
use metricshot::source::{SourceError, Sources};
use serde::Serialize;
use std::time::Duration;
use tokio::runtime::Builder;

/// Asks them.
pub fn sources(given: &Given, what: &SourcesCommand) -> Result<(), Ended> {
    let loaded = load(given)?;
    log::begin(&loaded.config)?;
    let sources = Sources::new(open_sources(&loaded.config, &loaded.limits)?, &loaded.limits);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| Ended::failed("no thread could be started", cause))?;
    let time = loaded.limits.source_total;
    let done = match what {
        SourcesCommand::Check { names } => runtime.block_on(check(&sources, names, time)),
        SourcesCommand::Metrics { name, json } => runtime.block_on(metrics(&sources, name, *json, time)),
    };
    runtime.shutdown_timeout(Duration::from_millis(100));
    done
}

/// A line for each, in turn: what one says must not wait for another.
async fn check(sources: &Sources, names: &[String], time: Duration) -> Result<(), Ended> {
    let unknown: Vec<String> =
        names.iter().filter(|name| !sources.names().any(|known| known == *name)).cloned().collect();
    if !unknown.is_empty() {
        return Err(Ended::Faulty(unknown.iter().map(|name| no_such(sources, name)).collect()));
    }
    let wanted: Vec<&str> =
        sources.names().filter(|name| names.is_empty() || names.iter().any(|n| n == name)).collect();
    let width = wanted.iter().map(|name| name.chars().count()).max().unwrap_or_default();
    let mut silent = 0;
    for &name in &wanted {
        let clock = Stopwatch::start();
        let Some(answer) = sources.check(name, Deadline::after(time)).await else { continue };
        let milliseconds = clock.elapsed().as_millis();
        let sentence = match answer {
            Ok(()) => format!("answers in {milliseconds} ms"),
            Err(error) => {
                silent += 1;
                format!("fails after {milliseconds} ms: {}", sentence(&error))
            }
        };
        print_out(&shown(&format!("{name:width$}  {sentence}")))?;
    }
    match silent {
        0 => Ok(()),
        _ => Err(Ended::Failed(format!("{silent} of {} sources failed", wanted.len()))),
    }
}

async fn metrics(sources: &Sources, name: &str, json: bool, time: Duration) -> Result<(), Ended> {
    let Some(listing) = sources.list(name, Deadline::after(time)).await else {
        return Err(Ended::Faulty(vec![no_such(sources, name)]));
    };
    let Some(offers) = listing.map_err(|error| Ended::failed(name, sentence(&error)))? else {
        return Err(Ended::Failed(format!("{name}: a source of this type has no way to tell what it has")));
    };
    let lines: Vec<String> = if json { offers.iter().map(object).collect() } else { table(&offers) };
    if lines.is_empty() {
        eprintln!("note: {name} has no metrics");
        return Ok(());
    }
    print_out(&lines.join("\n"))
}

/// What to do about it, and what was heard.
fn sentence(error: &SourceError) -> String {
    let advice = match error.reason {
        Reason::Down => "it cannot be reached; look at its url, and whether it runs",
        Reason::Timeout => "it does not answer in time; see limits.source_total",
        Reason::Refused => "it answers with an error; look at url, auth and headers",
        Reason::Malformed => "its answer is not what this type of source answers; look at type and url",
        Reason::TooBig | Reason::TooManySamples { .. } | Reason::NativeHistogram | Reason::CircuitOpen { .. } => {
            &words(error.reason)
        }
    };
    format!("{advice} ({})", error.detail)
}

fn no_such(sources: &Sources, name: &str) -> String {
    let known: Vec<&str> = sources.names().collect();
    format!("'{name}' should be one of the configured sources: {}", known.join(", "))
}

/// Name, kind, unit and labels in columns.
fn table(offers: &[Offer]) -> Vec<String> {
    let unit = |offer: &Offer| offer.unit.map_or("-".to_owned(), |unit| unit.to_string());
    let row = |offer: &Offer| {
        vec![offer.name.clone(), kind(offer).unwrap_or("-").to_owned(), unit(offer), offer.labels.join(", ")]
    };
    aligned(&offers.iter().map(row).collect::<Vec<_>>())
}

fn kind(offer: &Offer) -> Option<&'static str> {
    offer.kind.map(|kind| match kind {
        Kind::Gauge => "gauge",
        Kind::Counter => "counter",
    })
}

fn object(offer: &Offer) -> String {
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
