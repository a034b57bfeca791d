//! Metadata of a Gnocchi: its metrics by name, with the labels that select each.

use super::api::Server;
use super::resources::{METRIC_ID, RESOURCE_ID};
use super::response::Metric;
use crate::call::Call;
use crate::catalog::MetricDescriptor;
use crate::error::SourceError;
use crate::request::{Quantity, Rate, Unit};
use std::collections::BTreeMap;

/// Returns every metric that has a name.
pub async fn offers(server: &Server, call: Call<'_>) -> Result<Vec<MetricDescriptor>, SourceError> {
    let page = server.metrics(None, call).await?;
    if page.goes_on {
        tracing::warn!(metrics = page.items.len(), "the source has more metrics than are listed");
    }
    Ok(together(page.items))
}

/// Merges metrics of one name, sorted; a unit is kept where all have the same.
fn together(metrics: Vec<Metric>) -> Vec<MetricDescriptor> {
    let mut named = BTreeMap::<(String, Vec<String>), Option<Unit>>::new();
    for Metric { name, unit: word, resource_id, .. } in metrics {
        let Some(name) = name else { continue };
        let labels =
            [Some(METRIC_ID), resource_id.map(|_| RESOURCE_ID)].into_iter().flatten().map(str::to_owned).collect();
        let unit = word.as_deref().and_then(unit);
        named.entry((name, labels)).and_modify(|kept| *kept = kept.filter(|kept| Some(*kept) == unit)).or_insert(unit);
    }
    let offer = |((name, labels), unit)| MetricDescriptor { name, labels, unit, kind: None };
    named.into_iter().map(offer).collect()
}

/// Maps Ceilometer's units for which the contract has a word.
/// <https://docs.openstack.org/ceilometer/latest/admin/telemetry-measurements.html>
fn unit(word: &str) -> Option<Unit> {
    let (word, rate) = match word.strip_suffix("/s") {
        Some(word) => (word, Rate::PerSecond),
        None => (word, Rate::Whole),
    };
    let (quantity, prefix) = match word {
        "%" => (Quantity::Percent, 0),
        "B" => (Quantity::Bytes, 0),
        "KB" | "kB" | "KiB" => (Quantity::Bytes, 1),
        "MB" | "MiB" => (Quantity::Bytes, 2),
        "GB" | "GiB" => (Quantity::Bytes, 3),
        "s" | "sec" => (Quantity::Seconds, 0),
        "ms" => (Quantity::Seconds, -1),
        "us" => (Quantity::Seconds, -2),
        "packet" | "request" | "vcpu" | "instance" | "image" | "process" | "object" | "container" | "connection" => {
            (Quantity::Count, 0)
        }
        _ => return None,
    };
    Some(Unit { quantity, prefix, rate }).filter(|unit| Unit::all().any(|known| known == *unit))
}

#[cfg(test)]
mod tests {
    use super::super::policy::Policy;
    use super::*;

    fn metric(name: Option<&str>, unit: Option<&str>, resource: Option<&str>) -> Metric {
        let text = |text: Option<&str>| text.map(str::to_owned);
        Metric {
            id: String::new(),
            name: text(name),
            unit: text(unit),
            resource_id: text(resource),
            policy: Policy::default(),
        }
    }

    #[test]
    fn metrics_of_one_name_are_one_offer_with_the_unit_that_all_have() {
        let offers = together(vec![
            metric(Some("memory.usage"), Some("MB"), Some("a")),
            metric(Some("memory.usage"), Some("MB"), Some("b")),
            metric(Some("cpu"), Some("ns"), Some("a")),
            metric(Some("mixed"), Some("B"), Some("a")),
            metric(Some("mixed"), Some("%"), Some("b")),
            metric(Some("alone"), None, None),
            metric(None, Some("B"), Some("a")),
        ]);
        let told: Vec<String> = offers
            .iter()
            .map(|offer| {
                format!("{} {} {:?}", offer.name, offer.labels.join("+"), offer.unit.map(|unit| unit.to_string()))
            })
            .collect();
        let wanted = [
            "alone metric_id None",
            "cpu metric_id+resource_id None",
            "memory.usage metric_id+resource_id Some(\"MEGABYTES\")",
            "mixed metric_id+resource_id None",
        ];
        assert_eq!(told, wanted);
    }

    #[test]
    fn only_units_of_the_contract_are_told() {
        let word = |text| unit(text).map(|unit| unit.to_string());
        assert_eq!(word("B/s").as_deref(), Some("BYTES_PER_SECOND"));
        assert_eq!(word("packet/s").as_deref(), Some("COUNT_PER_SECOND"));
        for unknown in ["ns", "%/s", "W", "", "/s", "s/s"] {
            assert_eq!(word(unknown), None, "{unknown}");
        }
    }
}
