//! A request as text that is the same for the same question, to be digested.
//!
//! Called by the record. Every field of a request is in it, and a new one does not compile until it is here too. Whoever changes the
//! text raises the number in its first line, so that digests of different texts are never taken for digests of different questions.

use crate::request::{
    Annotation, AxisOptions, ChartOptions, Colour, DisplayText, ImageRequest, MetricRequest, Place, Query,
};
use sha2::{Digest, Sha256};
use std::fmt::{Display, Write};

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
    lines.add("zone", quoted(zone.name()));
    metrics.iter().for_each(|metric| lines.add_metric(metric));
    lines.0
}

/// One field a line. Texts carry their length in bytes, so that no text can look like a field; what was left out is `-`.
pub(super) fn text(request: &ImageRequest) -> String {
    let ImageRequest { query: Query { span, zone, metrics }, title, size, language, chart } = request;
    let mut lines = Lines("metricshot request 1\n".to_owned());
    lines.add("span", format_args!("{} {}", span.start(), span.end()));
    lines.add("zone", quoted(zone.name()));
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
        self.add("metric", format_args!("{} {}", quoted(metric.namespace.as_str()), quoted(metric.name.as_str())));
        for dimension in metric.dimensions() {
            self.add("dimension", format_args!("{} {}", quoted(dimension.key()), quoted(dimension.value())));
        }
        self.add("bucket", format_args!("{statistic} {}", period.seconds()));
        self.add("colour", chosen(colour.as_ref()));
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
        let (min, max, unit) = (chosen(min.as_ref()), chosen(max.as_ref()), chosen(unit.as_ref()));
        self.add("axis", format_args!("{min} {max} {axis_scale:?} {unit}"));
        annotations.iter().for_each(|annotation| self.add_annotation(annotation));
        self.add("template", template.as_ref().map_or("-".to_owned(), |name| quoted(name.as_str())));
        self.add("scale", scale.of_pixels(1.0));
        self.add("footer", format_args!("{footer:?}"));
        self.add("ground", format_args!("{ground:?}"));
        self.add("unfinished", format_args!("{unfinished:?}"));
    }

    fn add_annotation(&mut self, annotation: &Annotation) {
        let Annotation { place, label, colour } = annotation;
        let (label, colour) = (shown(label.as_ref()), chosen::<Colour>(colour.as_ref()));
        let place = match place {
            Place::Value(value) => format!("value {value}"),
            Place::Values(low, high) => format!("values {low} {high}"),
            Place::Time(second) => format!("time {second}"),
            Place::Times(from, to) => format!("times {from} {to}"),
        };
        self.add("annotation", format_args!("{place} {colour} {label}"));
    }
}

fn quoted(text: &str) -> String {
    format!("{}:{text}", text.len())
}

fn shown(text: Option<&DisplayText>) -> String {
    text.map_or("-".to_owned(), |text| quoted(text.as_str()))
}

fn chosen<T: Display>(value: Option<&T>) -> String {
    value.map_or("-".to_owned(), T::to_string)
}
