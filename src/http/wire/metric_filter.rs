//! The body of ListMetricInfos: which of the known metrics a caller wants to hear of. All of it is optional; `{}` wants all.

use super::fields::{Faults, Fields, list, text};
use super::json::Json;
use super::{Rules, body_fields};
use crate::catalog::Entry;
use crate::error::Fault;
use std::borrow::Cow;
use std::collections::BTreeSet;

/// A filter of metrics. Names are compared exactly: there are no patterns.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct MetricFilter {
    metric_name: Option<String>,
    /// Empty for all.
    namespaces: Vec<NamespaceFilter>,
    /// Resources and tags that the metric has to have. We know of none, so no metric has them.
    attributes: usize,
}

#[derive(Debug, Clone, PartialEq, Eq)]
struct NamespaceFilter {
    name: String,
    /// Sets of dimension keys, of which a metric has one; empty for any.
    dimensions: Vec<BTreeSet<String>>,
}

impl MetricFilter {
    /// `entry` is wanted.
    pub fn wants(&self, entry: &Entry) -> bool {
        let name = self.metric_name.as_ref().is_none_or(|name| *name == entry.name);
        let namespace = self.namespaces.is_empty() || self.namespaces.iter().any(|namespace| namespace.wants(entry));
        self.attributes == 0 && name && namespace
    }
}

impl NamespaceFilter {
    fn wants(&self, entry: &Entry) -> bool {
        let keys: BTreeSet<&String> = entry.dimensions.iter().collect();
        let dimensions =
            self.dimensions.is_empty() || self.dimensions.iter().any(|set| set.iter().eq(keys.iter().copied()));
        self.name == entry.namespace && dimensions
    }
}

/// The filter of a body.
pub fn metric_filter(body: &[u8], rules: &Rules<'_>) -> Result<MetricFilter, Vec<Fault>> {
    let mut fields = body_fields(body, rules).map_err(|fault| vec![fault])?;
    let metric_name = fields.optional("metric_name", word);
    let namespaces = fields.optional("namespaces", |json| any_list(json, namespace));
    let resource_id = fields.optional("resource_id", text);
    let resource_name = fields.optional("resource_name", text);
    let tags = fields.optional("tags", |json| any_list(json, tag));
    let filter = fields.finish(|| {
        let resources = [resource_id?, resource_name?].iter().flatten().count();
        Some(MetricFilter {
            metric_name: metric_name?,
            namespaces: namespaces?.unwrap_or_default(),
            attributes: resources + tags?.map_or(0, |tags| tags.len()),
        })
    });
    filter.map_err(|faults| faults.0)
}

fn namespace(json: Json<'_>) -> Result<NamespaceFilter, Faults> {
    let mut fields = Fields::of(json)?;
    let name = fields.required("name", word);
    let dimensions = fields.optional("dimensions", |json| any_list(json, |keys| any_list(keys, word)));
    fields.finish(|| {
        let sets = dimensions?.unwrap_or_default();
        Some(NamespaceFilter { name: name?, dimensions: sets.into_iter().map(BTreeSet::from_iter).collect() })
    })
}

fn tag(json: Json<'_>) -> Result<(Cow<'_, str>, Cow<'_, str>), Faults> {
    let mut fields = Fields::of(json)?;
    let (key, value) = (fields.required("key", text), fields.required("value", text));
    fields.finish(|| key.zip(value))
}

fn word(json: Json<'_>) -> Result<String, Fault> {
    text(json).map(Cow::into_owned)
}

/// A list as long as the body allows: nothing is done for its items but to compare them.
fn any_list<'a, T, E: Into<Faults>>(json: Json<'a>, item: impl Fn(Json<'a>) -> Result<T, E>) -> Result<Vec<T>, Faults> {
    list(json, usize::MAX, item)
}
