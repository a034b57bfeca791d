//! The request digest: a canonical text of a request, hashed.
//!
//! The text contains every field of a request; a new field does not compile until it is added here. When the text
//! changes, increase the number in its first line, so that digests of different texts are never compared.

use crate::request::{Annotation, AxisOptions, ChartOptions, DisplayText, ImageRequest, MetricRequest, Place, Query};
use sha2::{Digest, Sha256};
use std::fmt::{self, Display, Formatter, Write};

/// SHA-256 of a request: equal for equal requests, however their JSON was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct RequestDigest([u8; 32]);

impl RequestDigest {
    /// Digests a request for an image.
    pub fn of_image(request: &ImageRequest) -> Self {
        Self(Sha256::digest(text(request)).into())
    }

    /// Digests a request for values only.
    pub fn of_values(query: &Query) -> Self {
        Self(Sha256::digest(query_text(query)).into())
    }

    /// Returns the 32 bytes of the digest.
    pub fn bytes(&self) -> &[u8] {
        &self.0
    }
}

fn query_text(query: &Query) -> String {
    let Query { span, zone, metrics } = query;
    let mut lines = Lines("metricshot query 1\n".to_owned());
    lines.add("span", format_args!("{} {}", span.start(), span.end()));
    lines.add("zone", LengthPrefixed(zone.name()));
    metrics.iter().for_each(|metric| lines.add_metric(metric));
    lines.0
}

/// Writes one field per line. Texts carry their length in bytes, so no text can imitate a field; an omitted option is
/// `-`.
pub(super) fn text(request: &ImageRequest) -> String {
    let ImageRequest { query: Query { span, zone, metrics }, title, size, language, chart } = request;
    let mut lines = Lines("metricshot request 1\n".to_owned());
    lines.add("span", format_args!("{} {}", span.start(), span.end()));
    lines.add("zone", LengthPrefixed(zone.name()));
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
        let MetricRequest { metric, period, statistic, colour, display_name, split_by } = request;
        self.add(
            "metric",
            format_args!("{} {}", LengthPrefixed(metric.namespace.as_str()), LengthPrefixed(metric.name.as_str())),
        );
        for dimension in metric.dimensions() {
            self.add(
                "dimension",
                format_args!("{} {}", LengthPrefixed(dimension.key()), LengthPrefixed(dimension.value())),
            );
        }
        self.add("bucket", format_args!("{statistic} {}", period.seconds()));
        self.add("colour", OrDash(colour.as_ref()));
        self.add("name", shown(display_name.as_ref()));
        if let Some(split_by) = split_by {
            self.add("split", LengthPrefixed(&format!("{split_by:?}")));
        }
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
        let (min, max, unit) = (OrDash(min.as_ref()), OrDash(max.as_ref()), OrDash(unit.as_ref()));
        self.add("axis", format_args!("{min} {max} {axis_scale:?} {unit}"));
        annotations.iter().for_each(|annotation| self.add_annotation(annotation));
        self.add("template", OrDash(template.as_ref().map(|name| LengthPrefixed(name.as_str()))));
        self.add("scale", scale.of_pixels(1.0));
        self.add("footer", format_args!("{footer:?}"));
        self.add("ground", format_args!("{ground:?}"));
        self.add("unfinished", format_args!("{unfinished:?}"));
    }

    fn add_annotation(&mut self, annotation: &Annotation) {
        let Annotation { place, label, colour } = annotation;
        let (label, colour) = (shown(label.as_ref()), OrDash(colour.as_ref()));
        let place = match place {
            Place::Value(value) => format!("value {value}"),
            Place::Values(low, high) => format!("values {low} {high}"),
            Place::Time(second) => format!("time {second}"),
            Place::Times(from, to) => format!("times {from} {to}"),
        };
        self.add("annotation", format_args!("{place} {colour} {label}"));
    }
}

/// A text, displayed as its length and itself.
struct LengthPrefixed<'a>(&'a str);

impl Display for LengthPrefixed<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.0.len(), self.0)
    }
}

/// A value, displayed as itself or as a dash.
struct OrDash<T>(Option<T>);

impl<T: Display> Display for OrDash<T> {
    fn fmt(&self, f: &mut Formatter<'_>) -> fmt::Result {
        match &self.0 {
            Some(value) => value.fmt(f),
            None => f.write_str("-"),
        }
    }
}

fn shown(text: Option<&DisplayText>) -> OrDash<LengthPrefixed<'_>> {
    OrDash(text.map(|text| LengthPrefixed(text.as_str())))
}
