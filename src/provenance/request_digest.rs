//! A request as text that is the same for the same question, to be digested.
//!
//! Called by the record. Every field of a request is in it, and a new one does not compile until it is here too. Whoever changes the
//! text raises the number in its first line, so that digests of different texts are never taken for digests of different questions.

use crate::request::{Annotation, AxisOptions, ChartOptions, DisplayText, ImageRequest, MetricRequest, Place, Query};
use sha2::{Digest, Sha256};
use std::fmt::{self, Display, Formatter, Write};

/// SHA-256 of what is asked: the same for the same question, however its JSON was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Question([u8; 32]);

impl Question {
    /// For a picture.
    pub fn of_picture(request: &ImageRequest) -> Self {
        Self(Sha256::digest(text(request)).into())
    }

    /// For values alone.
    pub fn of_values(query: &Query) -> Self {
        Self(Sha256::digest(text_of_query(query)).into())
    }

    /// Its bytes.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn text_of_query(query: &Query) -> String {
    let Query { span, zone, metrics } = query;
    let mut lines = Lines("metricshot query 1\n".to_owned());
    lines.add("span", format_args!("{} {}", span.start(), span.end()));
    lines.add("zone", Quoted(zone.name()));
    metrics.iter().for_each(|metric| lines.add_metric(metric));
    lines.0
}

/// One field a line. Texts carry their length in bytes, so that no text can look like a field; what was left out is `-`.
pub(super) fn text(request: &ImageRequest) -> String {
    let ImageRequest { query: Query { span, zone, metrics }, title, size, language, chart } = request;
    let mut lines = Lines("metricshot request 1\n".to_owned());
    lines.add("span", format_args!("{} {}", span.start(), span.end()));
    lines.add("zone", Quoted(zone.name()));
    lines.add("title", shown(title.as_ref()));
    lines.add("size", format_args!("{} {}", size.width(), size.height()));
    lines.add("language", format_args!("{language:?}"));
    metrics.iter().for_each(|metric| lines.add_metric(metric));
    lines.add_chart(chart);
    lines.0
}

struct Lines(String);

impl Lines {
    fn add(&mut self, name: &str, value: impl Display) {
        // Writing to a String never fails.
        let _ = writeln!(self.0, "{name} {value}");
    }

    fn add_metric(&mut self, request: &MetricRequest) {
        let MetricRequest { metric, period, statistic, colour, display_name } = request;
        self.add("metric", format_args!("{} {}", Quoted(metric.namespace.as_str()), Quoted(metric.name.as_str())));
        for dimension in metric.dimensions() {
            self.add("dimension", format_args!("{} {}", Quoted(dimension.key()), Quoted(dimension.value())));
        }
        self.add("bucket", format_args!("{statistic} {}", period.seconds()));
        self.add("colour", Chosen(colour.as_ref()));
        self.add("name", shown(display_name.as_ref()));
    }

    fn add_chart(&mut self, chart: &ChartOptions) {
        let ChartOptions {
            kind,
            legend,
            legend_values,
            axis,
            annotations,
            template,
            scale,
            footer,
            ground,
            unfinished,
        } = chart;
        self.add("kind", format_args!("{kind:?}"));
        self.add("legend", format_args!("{legend:?} {legend_values:?}"));
        let AxisOptions { min, max, scale: axis_scale, unit } = axis;
        let (min, max, unit) = (Chosen(min.as_ref()), Chosen(max.as_ref()), Chosen(unit.as_ref()));
        self.add("axis", format_args!("{min} {max} {axis_scale:?} {unit}"));
        annotations.iter().for_each(|annotation| self.add_annotation(annotation));
        self.add("template", Chosen(template.as_ref().map(|name| Quoted(name.as_str()))));
        self.add("scale", scale.of_pixels(1.0));
        self.add("footer", format_args!("{footer:?}"));
        self.add("ground", format_args!("{ground:?}"));
        self.add("unfinished", format_args!("{unfinished:?}"));
    }

    fn add_annotation(&mut self, annotation: &Annotation) {
        let Annotation { place, label, colour } = annotation;
        let (label, colour) = (shown(label.as_ref()), Chosen(colour.as_ref()));
        let place = match place {
            Place::Value(value) => format!("value {value}"),
            Place::Values(low, high) => format!("values {low} {high}"),
            Place::Time(second) => format!("time {second}"),
            Place::Times(from, to) => format!("times {from} {to}"),
        };
        self.add("annotation", format_args!("{place} {colour} {label}"));
    }
}

/// Its length, then itself.
struct Quoted<'a>(&'a str);

impl Display for Quoted<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.len(), self.0)
    }
}

/// Itself, or a dash.
struct Chosen<T>(Option<T>);

impl<T: Display> Display for Chosen<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("-"),
        }
    }
}

fn shown(text: Option<&DisplayText>) -> Chosen<Quoted<'_>> {
    Chosen(text.map(|text| Quoted(text.as_str())))
}
