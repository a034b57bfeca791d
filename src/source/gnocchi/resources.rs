//! Resolution of a selector to metrics.
//!
//! Its name is the metric's. Of its labels, `metric_id` and `resource_id` are ids, `resource_type` says among which resources to look, and
//! every other one is an attribute that the resource must have. Whatever a caller wrote is a value of JSON, a parameter, or one segment
//! of a path.

use super::api::{Server, together, too_many};
use super::response::Metric;
use crate::call::Call;
use crate::catalog::{Inexpressible, Part, Selector};
use crate::error::SourceError;
use percent_encoding::{AsciiSet, NON_ALPHANUMERIC, utf8_percent_encode};
use serde_json::{Value, json};
use std::collections::BTreeSet;
use uuid::Uuid;

/// The labels that are no attributes, and where to look for resources when nothing is said.
pub const METRIC_ID: &str = "metric_id";
pub const RESOURCE_ID: &str = "resource_id";
const RESOURCE_TYPE: &str = "resource_type";
const ANY_TYPE: &str = "generic";

/// All but what RFC 3986 calls unreserved, `~` aside.
const ESCAPED: &AsciiSet = &NON_ALPHANUMERIC.remove(b'.').remove(b'-').remove(b'_');

/// The metrics of a server that match a selector.
#[derive(Debug, Default)]
pub struct Found {
    /// Each metric once; none where there is no such name.
    pub metrics: Vec<Metric>,
    /// Metrics that the server returned and that were not requested.
    pub unrequested: usize,
}

/// Returns the metrics that `selector` selects.
pub async fn metrics(server: &Server, selector: &Selector, call: Call<'_>) -> Result<Found, SourceError> {
    let Some(choice) = Choice::of(selector) else { return Ok(Found::default()) };
    let mut found = match &choice.place {
        Place::Metric(path) | Place::OfResource(path) => server.metric(path, call).await?.into_iter().collect(),
        Place::Search(path, filter) => {
            let resources = server.resources(path, filter, call).await?;
            let ids: BTreeSet<&String> = resources.iter().filter_map(|one| one.metrics.get(&selector.name)).collect();
            let paths: Vec<String> = ids.into_iter().filter_map(|id| metric_path(id)).collect();
            let calls = paths.iter().map(|path| server.metric(path, call)).collect();
            together(calls).await?.into_iter().flatten().collect()
        }
        Place::Anywhere => {
            let page = server.metrics(Some(&selector.name), call).await?;
            if page.goes_on {
                return Err(too_many("metrics"));
            }
            page.items
        }
    };
    let count = found.len();
    // Some versions give more than was asked for: they do not know every parameter.
    found.retain(|metric: &Metric| {
        let is_named = metric.name.as_ref() == Some(&selector.name);
        is_named && choice.metric_id.is_none_or(|id| Uuid::parse_str(&metric.id) == Ok(id))
    });
    // A list of all metrics instead of those with the name is nothing odd; another metric at the path of one is.
    let unrequested = if choice.place == Place::Anywhere { 0 } else { count - found.len() };
    if found.len() > server.room.series() {
        return Err(too_many("metrics"));
    }
    Ok(Found { metrics: found, unrequested })
}

/// Returns the parts of `selector` that no metric or resource can have, and for which [`Choice::of`] has no place.
pub fn inexpressible(selector: &Selector) -> Vec<Inexpressible> {
    let Selector { name, labels } = selector;
    let is_id = |label: &str| [METRIC_ID, RESOURCE_ID, RESOURCE_TYPE].contains(&label);
    // Then resource and name are parts of a path; else they are values of a search.
    let is_path = labels.iter().any(|(label, _)| label == RESOURCE_ID) && labels.iter().all(|(label, _)| is_id(label));
    let segment_only = "without '/', and not '.' or '..'";
    let value = |(label, value): &(String, String)| {
        let should = match label.as_str() {
            _ if value.contains('\0') => "without the character U+0000",
            METRIC_ID if Uuid::parse_str(value).is_err() => "a UUID",
            RESOURCE_TYPE if segment(value).is_none() => segment_only,
            RESOURCE_ID if is_path && segment(value).is_none() => segment_only,
            _ => return None,
        };
        Some(Inexpressible { part: Part::Value(label.clone()), should })
    };
    let name = (is_path && segment(name).is_none()).then_some(Inexpressible { part: Part::Name, should: segment_only });
    name.into_iter().chain(labels.iter().filter_map(value)).collect()
}

/// Parsed selector.
#[derive(Debug, PartialEq)]
struct Choice {
    metric_id: Option<Uuid>,
    place: Place,
}

/// Path below the server at which the metrics are listed.
#[derive(Debug, PartialEq)]
enum Place {
    Metric(String),
    OfResource(String),
    Search(String, Value),
    Anywhere,
}

impl Choice {
    /// Parses a selector; `None` where no metric can match.
    fn of(selector: &Selector) -> Option<Self> {
        let Selector { name, labels } = selector;
        // PostgreSQL has no text with this character, and Gnocchi fails over it.
        if name.is_empty()
            || labels.iter().flat_map(|(label, value)| [label, value]).chain([name]).any(|text| text.contains('\0'))
        {
            return None;
        }
        let value_of = |wanted: &str| labels.iter().find(|(label, _)| label == wanted).map(|(_, value)| value.as_str());
        let metric_id = value_of(METRIC_ID).map(Uuid::parse_str).transpose().ok()?;
        let is_attribute = |label: &str| ![METRIC_ID, RESOURCE_ID, RESOURCE_TYPE].contains(&label);
        let attributes = labels.iter().filter(|(label, _)| is_attribute(label));
        let mut conditions: Vec<Value> = attributes.map(|(label, value)| json!({"=": {label: value}})).collect();
        let resource_type = value_of(RESOURCE_TYPE);
        let place = match (value_of(RESOURCE_ID), resource_type) {
            (Some(id), _) if conditions.is_empty() => {
                let resource_type = segment(resource_type.unwrap_or(ANY_TYPE))?;
                Place::OfResource(format!("v1/resource/{resource_type}/{}/metric/{}", segment(id)?, segment(name)?))
            }
            (None, None) if conditions.is_empty() => match metric_id {
                Some(id) => Place::Metric(format!("v1/metric/{id}")),
                None => Place::Anywhere,
            },
            (id, _) => {
                conditions.extend(id.map(|id| json!({"=": {"id": id}})));
                let filter = match &mut conditions[..] {
                    [] => json!({}),
                    [one] => one.take(),
                    _ => json!({ "and": conditions }),
                };
                Place::Search(format!("v1/search/resource/{}", segment(resource_type.unwrap_or(ANY_TYPE))?), filter)
            }
        };
        Some(Self { metric_id, place })
    }
}

/// Returns the path of a metric; `None` where the server's id is no UUID.
fn metric_path(id: &str) -> Option<String> {
    Uuid::parse_str(id).ok().map(|id| format!("v1/metric/{id}"))
}

/// Encodes one segment of a path; `None` where Gnocchi accepts no such name: with `/`, or with dots alone, which would change the path.
pub fn segment(text: &str) -> Option<String> {
    if matches!(text, "" | "." | "..") || text.contains('/') {
        return None;
    }
    Some(utf8_percent_encode(text, ESCAPED).to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    const ID: &str = "0ef09b78-c1bd-49e9-85eb-d8552011c28f";

    fn place(name: &str, labels: &[(&str, &str)]) -> Option<Place> {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        Choice::of(&Selector { name: name.to_owned(), labels }).map(|choice| choice.place)
    }

    #[test]
    fn ids_lead_straight_to_a_metric() {
        assert_eq!(place("cpu", &[]), Some(Place::Anywhere));
        assert_eq!(place("cpu", &[("metric_id", ID)]), Some(Place::Metric(format!("v1/metric/{ID}"))));
        let of = |path: &str| Some(Place::OfResource(path.to_owned()));
        assert_eq!(place("cpu", &[("resource_id", "i 1")]), of("v1/resource/generic/i%201/metric/cpu"));
        let labels = [("resource_id", ID), ("resource_type", "instance"), ("metric_id", ID)];
        assert_eq!(place("disk.read%", &labels), of(&format!("v1/resource/instance/{ID}/metric/disk.read%25")));
    }

    #[test]
    fn other_labels_are_attributes_and_all_of_them_count() {
        let search = |path: &str, filter: Value| Some(Place::Search(path.to_owned(), filter));
        assert_eq!(
            place("cpu", &[("project_id", "p")]),
            search("v1/search/resource/generic", json!({"=": {"project_id": "p"}}))
        );
        assert_eq!(place("cpu", &[("resource_type", "instance")]), search("v1/search/resource/instance", json!({})));
        let labels = [("resource_type", "instance"), ("host", "h\"1"), ("resource_id", "a")];
        let filter = json!({"and": [{"=": {"host": "h\"1"}}, {"=": {"id": "a"}}]});
        assert_eq!(place("cpu", &labels), search("v1/search/resource/instance", filter));
    }

    #[test]
    fn what_no_metric_can_have_is_told_before_the_server_is_asked() {
        let parts = |name: &str, labels: &[(&str, &str)]| -> Vec<Part> {
            let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
            inexpressible(&Selector { name: name.to_owned(), labels }).into_iter().map(|fault| fault.part).collect()
        };
        let value = |label: &str| Part::Value(label.to_owned());
        assert_eq!(parts("a/b", &[("metric_id", ID), ("host", "a/b")]), []);
        assert_eq!(parts("cpu", &[("host", "x"), ("resource_id", "a/b")]), [], "a value of a search");
        assert_eq!(parts("cpu", &[("metric_id", "i-1")]), [value("metric_id")]);
        assert_eq!(
            parts("a/b", &[("resource_id", ".."), ("resource_type", "a/b")]),
            [Part::Name, value("resource_id"), value("resource_type")]
        );
    }

    #[test]
    fn nothing_leads_out_of_a_path() {
        for hostile in ["", ".", "..", "a/b", "../../../metric", "nul\0"] {
            assert_eq!(place("cpu", &[("resource_id", hostile)]), None, "{hostile:?}");
            assert_eq!(place("cpu", &[("resource_id", "a"), ("resource_type", hostile)]), None, "{hostile:?}");
            assert_eq!(place(hostile, &[("resource_id", "a")]), None, "{hostile:?}");
            assert_eq!(place("cpu", &[("metric_id", hostile)]), None, "{hostile:?}");
        }
        assert_eq!(segment("a?b#c%2e\\").as_deref(), Some("a%3Fb%23c%252e%5C"));
    }
}
