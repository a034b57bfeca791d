//! Metadata of a server: its series of the last day, and kinds and units of their names.
//!
//! Used when someone looks around. A server with more series than an answer may have tells the names alone, and so does one whose data
//! are all older; one without metadata, as
//! gateways are, leaves units and kinds to what names say by convention (prometheus.io/docs/practices/naming).

use super::api::Server;
use super::config::Operations;
use crate::call::Call;
use crate::catalog::{Description, MetricDescriptor, MetricKind};
use crate::error::{Reason, SourceError};
use crate::request::{Quantity, Unit};
use serde::Deserialize;
use std::collections::{BTreeMap, BTreeSet};

/// Seconds back from the present.
const DAY: i64 = 86_400;

/// The label that holds a name.
const NAME: &str = "__name__";

/// Names and keys of labels.
type Names = BTreeSet<(String, Vec<String>)>;

/// Metadata of one name; a response may have several where targets differ.
#[derive(Debug, Clone, Default, Deserialize)]
struct About {
    #[serde(default, rename = "type")]
    kind: String,
    #[serde(default)]
    unit: String,
}

/// Returns the metrics, sorted by name and labels.
pub async fn list(server: &Server, call: Call<'_>) -> Result<Vec<MetricDescriptor>, SourceError> {
    let names = match series(server, call).await {
        Err(error) if error.reason == Reason::TooBig => names(server, call).await?,
        Ok(series) if series.is_empty() => names(server, call).await?,
        answered => answered?,
    };
    let metadata = Metadata::fetch(server, call).await;
    let offer = |(name, labels): (String, Vec<String>)| {
        let Description { kind, unit } = metadata.describe(&name);
        MetricDescriptor { unit, kind, name, labels }
    };
    Ok(names.into_iter().map(offer).collect())
}

/// The metadata that a server has for its metrics; empty where it has none.
#[derive(Debug, Default)]
pub struct Metadata(BTreeMap<String, Vec<About>>);

impl Metadata {
    /// Requests all of it in one call. A server with [`Operations::InstantOnly`] has no such operation and gets no call.
    pub async fn fetch(server: &Server, call: Call<'_>) -> Self {
        if server.operations == Operations::InstantOnly {
            return Self::default();
        }
        let answer = server.data("api/v1/metadata", &[], call).await;
        Self(answer.unwrap_or_else(|error| {
            tracing::debug!(detail = error.detail, "the server has no metadata");
            BTreeMap::new()
        }))
    }

    /// Returns kind and unit of `name`, by its metadata or by what names say by convention.
    pub fn describe(&self, name: &str) -> Description {
        let about = known(name, &self.0);
        Description { kind: kind(name, &about), unit: unit(name, &about) }
    }
}

async fn series(server: &Server, call: Call<'_>) -> Result<Names, SourceError> {
    let (start, end) = ((call.now_ms / 1000 - DAY).to_string(), (call.now_ms / 1000).to_string());
    let parameters = [("match[]", "{__name__!=\"\"}"), ("start", &start), ("end", &end)];
    let series: Vec<BTreeMap<String, String>> = server.data("api/v1/series", &parameters, call).await?;
    let names = series.into_iter().filter_map(|mut labels| Some((labels.remove(NAME)?, labels.into_keys().collect())));
    Ok(names.collect())
}

/// Requests the names. VictoriaMetrics 1.145 lists those of the last day where no start is given; Aetos has no range.
async fn names(server: &Server, call: Call<'_>) -> Result<Names, SourceError> {
    let end = (call.now_ms / 1000).to_string();
    let range: &[(&str, &str)] = match server.operations {
        Operations::All => &[("start", "1"), ("end", &end)],
        Operations::InstantOnly => &[],
    };
    let names: Vec<String> = server.data("api/v1/label/__name__/values", range, call).await?;
    Ok(names.into_iter().map(|name| (name, Vec::new())).collect())
}

/// Returns the metadata of `name`. Those of a summary or a histogram are listed under its base name: its totals are counters, and only
/// the sum has its unit.
fn known(name: &str, about: &BTreeMap<String, Vec<About>>) -> About {
    let of = |name: &str| about.get(name).and_then(|about| about.first());
    let part =
        ["_count", "_sum", "_bucket"].into_iter().find_map(|suffix| Some((suffix, of(name.strip_suffix(suffix)?)?)));
    match (of(name), part) {
        (Some(own), _) => own.clone(),
        (None, Some((suffix, base))) if matches!(base.kind.as_str(), "summary" | "histogram" | "gaugehistogram") => {
            let unit = if suffix == "_sum" { base.unit.clone() } else { String::new() };
            let kind = if base.kind == "gaugehistogram" { "gauge" } else { "counter" };
            About { kind: kind.to_owned(), unit }
        }
        (None, _) => About::default(),
    }
}

/// Returns the kind. Quantiles of a summary have its base name, a native histogram its own.
fn kind(name: &str, about: &About) -> Option<MetricKind> {
    match about.kind.as_str() {
        "counter" | "histogram" => Some(MetricKind::Counter),
        "gauge" | "info" | "stateset" | "summary" | "gaugehistogram" => Some(MetricKind::Gauge),
        _ => name.ends_with("_total").then_some(MetricKind::Counter),
    }
}

fn unit(name: &str, about: &About) -> Option<Unit> {
    let stem = name.strip_suffix("_total").unwrap_or(name);
    let word = if about.unit.is_empty() { stem.rsplit('_').next().unwrap_or_default() } else { &about.unit };
    match word {
        "bytes" => Some(Unit::BYTES),
        "bits" => Some(Unit::plain(Quantity::Bits)),
        "seconds" => Some(Unit::SECONDS),
        "percent" => Some(Unit::PERCENT),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use super::super::response;
    use super::*;

    #[test]
    fn units_and_kinds_come_from_metadata_or_from_the_name() {
        let about = |kind: &str, unit: &str| About { kind: kind.into(), unit: unit.into() };
        let unknown = About::default();
        assert_eq!(unit("node_memory_Active_bytes", &unknown), Some(Unit::BYTES));
        assert_eq!(unit("http_request_duration_seconds_total", &unknown), Some(Unit::SECONDS));
        assert_eq!(unit("x", &about("gauge", "bytes")), Some(Unit::BYTES));
        assert_eq!(unit("go_goroutines", &about("gauge", "")), None);
        assert_eq!(kind("x", &about("histogram", "")), Some(MetricKind::Counter));
        assert_eq!(kind("x_total", &unknown), Some(MetricKind::Counter));
        assert_eq!(kind("x_total", &about("gauge", "")), Some(MetricKind::Gauge));
        assert_eq!(kind("x", &about("summary", "")), Some(MetricKind::Gauge));
        assert_eq!(kind("x", &unknown), None);
    }

    #[test]
    fn the_totals_of_a_summary_and_a_histogram_are_counters_and_its_quantiles_a_gauge() {
        let about = |kind: &str, unit: &str| vec![About { kind: kind.into(), unit: unit.into() }];
        let metadata = BTreeMap::from([
            ("rpc_duration_seconds".to_owned(), about("summary", "seconds")),
            ("size_bytes".to_owned(), about("histogram", "bytes")),
            ("open_files_count".to_owned(), about("gauge", "")),
            ("open_files".to_owned(), about("histogram", "")),
            ("load".to_owned(), about("gauge", "")),
        ]);
        for (name, expected_kind, expected_unit) in [
            ("rpc_duration_seconds", Some(MetricKind::Gauge), Some(Unit::SECONDS)),
            ("rpc_duration_seconds_sum", Some(MetricKind::Counter), Some(Unit::SECONDS)),
            ("rpc_duration_seconds_count", Some(MetricKind::Counter), None),
            ("size_bytes_bucket", Some(MetricKind::Counter), None),
            ("open_files_count", Some(MetricKind::Gauge), None),
            ("load_count", None, None),
            ("unknown_sum", None, None),
        ] {
            let about = known(name, &metadata);
            assert_eq!((kind(name, &about), unit(name, &about)), (expected_kind, expected_unit), "{name}");
        }
    }

    #[test]
    fn the_documented_answer_of_a_gateway_is_read() {
        let body = br#"{"status":"success","data":[{"__name__":"name","domainname":"(none)","job":"job"}]}"#;
        let series: Vec<BTreeMap<String, String>> = response::parse_data(200, body).unwrap();
        assert_eq!(series[0][NAME], "name");
        let refused =
            response::parse_data::<Vec<String>>(400, br#"{"status":"error","errorType":"bad_data","error":"no"}"#)
                .unwrap_err();
        assert_eq!((refused.reason, refused.detail.as_str()), (Reason::Refused, "HTTP status 400, bad_data: no"));
        assert_eq!(response::parse_data::<Vec<String>>(200, b"<html>").unwrap_err().reason, Reason::Malformed);
        assert_eq!(
            response::parse_data::<Vec<String>>(404, b"404 page not found").unwrap_err().reason,
            Reason::Refused
        );
    }
}
