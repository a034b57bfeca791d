//! Metadata of `# TYPE` and `# UNIT` lines.
//!
//! A line names a metric family. The samples of a family have its name or its name with a suffix that depends on the type (OpenMetrics
//! 1.0, "Metric Types"; the Prometheus text format names a counter's family with the suffix `_total` as well).

use crate::catalog::MetricKind;
use crate::request::{Quantity, Unit};
use std::collections::BTreeMap;

/// Suffixes of sample names.
const SUFFIXES: [&str; 8] = ["_total", "_bucket", "_count", "_sum", "_gcount", "_gsum", "_created", "_info"];

/// Type and unit by the family's name; of several lines about one family the last one counts.
#[derive(Debug, Default)]
pub(super) struct Families(BTreeMap<String, Family>);

#[derive(Debug, Default)]
struct Family {
    kind: String,
    unit: String,
}

impl Families {
    /// Sets the type of `family`.
    pub(super) fn set_kind(&mut self, family: String, kind: &str) {
        self.0.entry(family).or_default().kind = kind.to_ascii_lowercase();
    }

    /// Sets the unit of `family`.
    pub(super) fn set_unit(&mut self, family: String, unit: &str) {
        self.0.entry(family).or_default().unit = unit.to_ascii_lowercase();
    }

    /// Returns what the samples with this name mean; a name that ends in `_total` is a counter where no type says otherwise.
    pub(super) fn kind(&self, sample: &str) -> Option<MetricKind> {
        let (family, suffix) = self.family(sample).unzip();
        let counter = match (family.map_or("", |family| family.kind.as_str()), suffix.unwrap_or_default()) {
            (_, "_created") => false,
            ("counter", "" | "_total") => true,
            ("histogram", "_bucket" | "_count" | "_sum") | ("summary", "_count" | "_sum") => true,
            ("summary", "") | ("gauge" | "gaugehistogram" | "info" | "stateset", _) => false,
            _ if sample.ends_with("_total") => true,
            _ => return None,
        };
        Some(if counter { MetricKind::Counter } else { MetricKind::Gauge })
    }

    /// Returns the unit of the samples with this name.
    pub(super) fn unit(&self, sample: &str) -> Option<Unit> {
        match self.family(sample)? {
            (_, "_bucket" | "_count" | "_gcount" | "_info") => None,
            (_, "_created") => Some(Unit::SECONDS),
            (family, _) => match family.unit.as_str() {
                "bytes" => Some(Unit::BYTES),
                "bits" => Some(Unit::plain(Quantity::Bits)),
                "seconds" => Some(Unit::SECONDS),
                "percent" => Some(Unit::PERCENT),
                _ => None,
            },
        }
    }

    /// Returns the family of a sample with this name, and the suffix of the name after the family's.
    fn family<'a>(&self, sample: &'a str) -> Option<(&Family, &'a str)> {
        let suffixed = || {
            SUFFIXES.into_iter().find_map(|suffix| {
                let family = self.0.get(sample.strip_suffix(suffix)?)?;
                Some((family, &sample[sample.len() - suffix.len()..]))
            })
        };
        self.0.get(sample).map(|family| (family, "")).or_else(suffixed)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn families(lines: &[(&str, &str, &str)]) -> Families {
        let mut families = Families::default();
        for (family, kind, unit) in lines {
            families.set_kind((*family).to_owned(), kind);
            families.set_unit((*family).to_owned(), unit);
        }
        families
    }

    #[test]
    fn samples_have_the_type_of_their_family() {
        let families = families(&[
            ("http_requests", "counter", ""),
            ("rpc_total", "counter", ""),
            ("load_total", "gauge", ""),
            ("latency_seconds", "histogram", "seconds"),
            ("size_bytes", "summary", "bytes"),
            ("queue", "unknown", ""),
        ]);
        let (counter, gauge) = (Some(MetricKind::Counter), Some(MetricKind::Gauge));
        for (sample, kind) in [
            ("http_requests_total", counter),
            ("http_requests", counter),
            ("http_requests_created", gauge),
            ("rpc_total", counter),
            ("load_total", gauge),
            ("latency_seconds_bucket", counter),
            ("latency_seconds_sum", counter),
            ("latency_seconds", None),
            ("size_bytes", gauge),
            ("size_bytes_count", counter),
            ("queue", None),
            ("other", None),
            ("other_total", counter),
        ] {
            assert_eq!(families.kind(sample), kind, "{sample}");
        }
    }

    #[test]
    fn numbers_of_events_do_not_have_the_unit_of_what_happened() {
        let families = families(&[("latency_seconds", "histogram", "seconds"), ("io_bytes", "counter", "Bytes")]);
        for (sample, unit) in [
            ("latency_seconds_sum", Some(Unit::SECONDS)),
            ("latency_seconds_bucket", None),
            ("latency_seconds_count", None),
            ("io_bytes_total", Some(Unit::BYTES)),
            ("io_bytes_created", Some(Unit::SECONDS)),
            ("other_bytes", None),
        ] {
            assert_eq!(families.unit(sample), unit, "{sample}");
        }
    }
}
