//! Comparison of what a source returned with what was requested.
//!
//! Used by the sources whose servers choose the series. A server that ignores a part of a query, or a gateway that answers another one,
//! would otherwise be drawn under the name of the requested metric.

use crate::catalog::Selector;
use std::collections::BTreeMap;

/// Returns whether `selector` requests a series that its server describes so. `None` is what the server did not say. An empty value
/// requests that there is no such label.
pub fn is_requested(selector: &Selector, name: Option<&str>, labels: Option<&BTreeMap<String, String>>) -> bool {
    let has = |labels: &BTreeMap<String, String>| {
        let value = |label: &String| labels.get(label).map_or("", String::as_str);
        selector.labels.iter().all(|(label, wanted)| value(label) == wanted)
    };
    name.is_none_or(|name| name == selector.name) && labels.is_none_or(has)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_series_is_requested_unless_its_name_or_a_label_contradicts() {
        let selector =
            Selector { name: "cpu".into(), labels: vec![("host".into(), "a".into()), ("rack".into(), "".into())] };
        let labels = |pairs: &[(&str, &str)]| -> BTreeMap<String, String> {
            pairs.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect()
        };
        for (name, given, requested) in [
            (Some("cpu"), Some(labels(&[("host", "a"), ("zone", "1")])), true),
            (None, None, true),
            (Some("mem"), Some(labels(&[("host", "a")])), false),
            (Some("cpu"), Some(labels(&[("host", "b")])), false),
            (Some("cpu"), Some(labels(&[])), false),
            (None, Some(labels(&[("host", "a"), ("rack", "7")])), false),
        ] {
            assert_eq!(is_requested(&selector, name, given.as_ref()), requested, "{name:?} {given:?}");
        }
    }
}
