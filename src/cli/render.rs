//! `render`: renders one request to a file, as the service does.

use super::arguments::{FailOn, Render};
use super::error::{CliError, reason_text};
use super::log;
use metricshot::app::{App, RenderedChart};
use metricshot::config::{ConfigInputs, data_faults, load, open_sources};
use metricshot::error::Fault;
use metricshot::http::{Version, wire};
use metricshot::limits::Limits;
use metricshot::provenance::Recording;
use metricshot::request::{ChartOptions, DisplayText, ImageRequest, MetricRequest, Statistic, Zones};
use metricshot::series::Remark;
use metricshot::source::SourceSet;
use std::fs::{self, File};
use std::io::{Read, Write, stdin, stdout};
use std::path::Path;
use std::time::Duration;
use tokio::runtime::Builder;

/// The name of the limit on request and chart options, for errors.
const BODY: &str = "which is limits.body_bytes";

/// Renders the request and writes the image. Prints a warning for each note of the chart.
pub fn render(inputs: &ConfigInputs, arguments: &Render) -> Result<(), CliError> {
    let format = arguments.format()?;
    let loaded = load(inputs)?;
    log::begin(&loaded.config)?;
    let body = read(&arguments.request, loaded.limits.body_bytes, BODY)?;
    let request = image_request(&body, arguments, &loaded.zones, &loaded.limits)?;
    let request = request.with_chart(chart_options(arguments, &loaded.limits)?, &loaded.limits)?;
    let opened = open_sources(&loaded.config, &loaded.limits)?;
    data_faults(&opened).iter().for_each(|fault| eprintln!("warning: {fault}"));
    let sources = SourceSet::new(opened, &loaded.limits);
    let recording = if arguments.no_record { Recording::Off } else { loaded.config.pictures.recording() };
    let app = App::new(loaded.catalog, sources, loaded.limits);
    let app = app.with_templates(loaded.templates).recording(recording);
    let runtime = Builder::new_multi_thread().enable_all().build();
    let runtime = runtime.map_err(|cause| CliError::failed("no thread could be started", cause))?;
    let labels: Vec<DisplayText> = request.query.metrics.iter().map(MetricRequest::label).collect();
    let drawn = runtime.block_on(app.picture_as(request, format));
    runtime.shutdown_timeout(Duration::from_millis(100));
    let drawn = drawn?;
    write(&arguments.output, &drawn)?;
    warn(&drawn, &labels);
    check_notes(&drawn, &arguments.fail_on)
}

/// Prints a warning for each missing metric, each note and missing glyphs.
fn warn(drawn: &RenderedChart, labels: &[DisplayText]) {
    let label = |index: usize| labels.get(index).map_or("", DisplayText::as_str);
    let warn_of = |index: usize, sentence: &str| eprintln!("warning: metrics[{index}] ({}): {sentence}", label(index));
    for &(index, reason) in &drawn.missing {
        warn_of(index, &format!("missing on the chart: {}", reason_text(reason)));
    }
    for (&index, remarks) in &drawn.remarks {
        remarks.iter().for_each(|remark| warn_of(index, &remark.sentence()));
    }
    match drawn.picture.missing_glyphs {
        0 => {}
        1 => eprintln!("warning: 1 character has no glyph in any font and is drawn as a box"),
        count => eprintln!("warning: {count} characters have no glyph in any font and are drawn as boxes"),
    }
}

/// Fails if the chart has one of the `unwanted` notes.
fn check_notes(drawn: &RenderedChart, unwanted: &[FailOn]) -> Result<(), CliError> {
    let noted = |wanted: Remark| {
        let has = |(&index, remarks): (&usize, &Vec<Remark>)| remarks.contains(&wanted).then_some(index);
        drawn.remarks.iter().filter_map(has).collect::<Vec<usize>>()
    };
    let found = |(note, word, indices): (FailOn, &str, Vec<usize>)| {
        let metrics: Vec<String> = indices.iter().map(|index| format!("metrics[{index}]")).collect();
        (unwanted.contains(&note) && !metrics.is_empty()).then(|| format!("{word}: {}", metrics.join(", ")))
    };
    let found: Vec<String> = [
        (FailOn::Empty, "empty", noted(Remark::Empty)),
        (FailOn::Missing, "missing", drawn.missing.iter().map(|(index, _)| *index).collect()),
        (FailOn::Incomplete, "incomplete", noted(Remark::Incomplete)),
    ]
    .into_iter()
    .filter_map(found)
    .collect();
    if found.is_empty() { Ok(()) } else { Err(CliError::Noted(format!("the chart was written; {}", found.join("; ")))) }
}

fn image_request(body: &[u8], arguments: &Render, zones: &Zones, limits: &Limits) -> Result<ImageRequest, Vec<Fault>> {
    let version = arguments.api_version.unwrap_or(Version::NEWEST);
    let rules = wire::Rules { version, statistic: Statistic::parse_with_percentiles, zones, limits };
    wire::image_request(body, arguments.language.into(), &rules)
}

/// Reads the chart options of the file, and overrides them by the flags.
fn chart_options(arguments: &Render, limits: &Limits) -> Result<ChartOptions, CliError> {
    let chart = match &arguments.chart {
        Some(path) => {
            let faulty = |fault: &Fault| format!("{}: {}", display_name(path, "standard input"), fault.sentence());
            let read = wire::chart_options(&read(path, limits.body_bytes, BODY)?, limits);
            read.map_err(|faults| CliError::Invalid(faults.iter().map(faulty).collect()))?
        }
        None => ChartOptions::default(),
    };
    let scale = arguments.scale.unwrap_or(chart.scale);
    let template = arguments.template.clone().or(chart.template);
    Ok(ChartOptions { scale, kind: arguments.kind.unwrap_or(chart.kind), template, ..chart })
}

/// Reads a file or standard input of at most `max` bytes; `bound` explains that limit in an error.
pub(super) fn read(path: &Path, max: usize, bound: &str) -> Result<Vec<u8>, CliError> {
    let faulty = |cause: String| CliError::Invalid(vec![format!("{}: {cause}", display_name(path, "standard input"))]);
    let input: Box<dyn Read> = if path.as_os_str() == "-" {
        Box::new(stdin())
    } else {
        Box::new(File::open(path).map_err(|cause| faulty(format!("cannot be read: {cause}")))?)
    };
    let mut body = Vec::new();
    let cap = u64::try_from(max).unwrap_or(u64::MAX).saturating_add(1);
    input.take(cap).read_to_end(&mut body).map_err(|cause| faulty(format!("cannot be read: {cause}")))?;
    if body.len() > max {
        return Err(faulty(format!("is larger than {max} bytes, {bound}")));
    }
    Ok(body)
}

fn write(path: &Path, drawn: &RenderedChart) -> Result<(), CliError> {
    let written = if path.as_os_str() == "-" {
        stdout().write_all(&drawn.picture.bytes)
    } else {
        fs::write(path, &drawn.picture.bytes)
    };
    written.map_err(|cause| {
        CliError::failed(format!("{}: cannot be written", display_name(path, "standard output")), cause)
    })
}

/// Returns the path for texts, or `stream` if the path is `-`.
pub(super) fn display_name(path: &Path, stream: &str) -> String {
    if path.as_os_str() == "-" { stream.to_owned() } else { path.display().to_string() }
}
