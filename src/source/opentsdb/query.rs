//! The body of a question. Whatever a caller wrote is in it as a literal value or not at all.
//!
//! Pure. OpenTSDB reads `|`, `*` and brackets in `tags`, so queries use `filters` of literals, which know only `|`. Erlenmeyer writes
//! every value between single quotes into a program for Warp 10: what could end them is refused, and what is read in a special way on
//! the way there (`|` and `*` by Erlenmeyer, `%` and `+` as an encoding by Warp 10) is percent-encoded.

use super::Dialect;
use crate::catalog::{Inexpressible, Part, Selector};
use serde::Serialize;
use std::collections::BTreeMap;

/// A whole question.
#[derive(Debug, Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Query<'a> {
    /// Inclusive; a whole Unix second, or milliseconds from 11 digits on.
    pub start: i64,
    /// See `start`.
    pub end: i64,
    /// Times of the answer are milliseconds.
    pub ms_resolution: bool,
    /// Each element of the answer says which of `queries` it is for. Erlenmeyer always does.
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    pub show_query: bool,
    /// Sub-queries; at least one.
    pub queries: Vec<SubQuery<'a>>,
}

/// One of the questions in it.
#[derive(Debug, Serialize)]
pub struct SubQuery<'a> {
    /// Selected series.
    #[serde(flatten)]
    pub series: &'a Series,
    /// Combination of several series.
    pub aggregator: &'static str,
    /// Combination of the points of a bucket, such as `300s-sum`.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub downsample: Option<String>,
}

/// Series with a name and labels, in the words of a dialect.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct Series {
    metric: String,
    #[serde(skip_serializing_if = "BTreeMap::is_empty")]
    tags: BTreeMap<String, String>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    filters: Vec<Filter>,
}

/// A label that must have a value.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[serde(rename_all = "camelCase")]
struct Filter {
    r#type: &'static str,
    tagk: String,
    filter: String,
    group_by: bool,
}

impl Series {
    /// Returns the series; `None` where the dialect cannot express exactly `selector`.
    pub fn new(selector: &Selector, dialect: Dialect) -> Option<Self> {
        let (mut tags, mut filters) = (BTreeMap::new(), Vec::new());
        let metric = match dialect {
            Dialect::OpenTsdb => {
                for (label, value) in &selector.labels {
                    filters.push(Filter::literal(label, value)?);
                }
                Some(selector.name.clone())
            }
            Dialect::Erlenmeyer => {
                for (label, value) in &selector.labels {
                    tags.insert(quotable(label)?, quotable(value)?);
                }
                // Warp 10 takes a name after ~ for a pattern, and = for no part of it.
                quotable(&selector.name).filter(|name| !name.starts_with(['~', '=']))
            }
        };
        metric.filter(|name| !name.is_empty()).map(|metric| Self { metric, tags, filters })
    }
}

impl Series {
    /// Returns whether an answer with this metric and these tags is one for these series; without tags the server does not say. Erlenmeyer
    /// may repeat a text as it was sent, encoded.
    pub fn has(&self, metric: &str, tags: &BTreeMap<String, String>) -> bool {
        let same = |told: &str, sent: &str| told == sent || quotable(told).as_deref() == Some(sent);
        let has = |label: &str, sent: &str| {
            tags.is_empty() || tags.iter().any(|(key, value)| same(key, label) && same(value, sent))
        };
        same(metric, &self.metric)
            && self.tags.iter().all(|(label, value)| has(label, value))
            && self.filters.iter().all(|filter| has(&filter.tagk, &filter.filter))
    }
}

impl Filter {
    fn literal(label: &str, value: &str) -> Option<Self> {
        let is_literal = !label.is_empty() && !value.is_empty() && !value.contains('|');
        let filter =
            || Self { r#type: "literal_or", tagk: label.to_owned(), filter: value.to_owned(), group_by: false };
        is_literal.then(filter)
    }
}

/// Returns the parts of `selector` that Erlenmeyer would not read literally, and that [`Series::new`] cannot express.
pub fn inexpressible(selector: &Selector) -> Vec<Inexpressible> {
    let quoted = |part: Part, text: &str| {
        let should = "without quotes, line breaks and control characters";
        quotable(text).is_none().then_some(Inexpressible { part, should })
    };
    let pattern = selector
        .name
        .starts_with(['~', '='])
        .then_some(Inexpressible { part: Part::Name, should: "a name that does not begin with '~' or '='" });
    let labels = selector.labels.iter().flat_map(|(label, value)| {
        [quoted(Part::Label(label.clone()), label), quoted(Part::Value(label.clone()), value)]
    });
    [quoted(Part::Name, &selector.name), pattern].into_iter().chain(labels).flatten().collect()
}

/// Returns the text as it may stand between Erlenmeyer's quotes.
fn quotable(text: &str) -> Option<String> {
    let breaks = |c: char| c.is_control() || matches!(c, '\'' | '\u{2028}' | '\u{2029}');
    if text.is_empty() || text.contains(breaks) {
        return None;
    }
    let mut quotable = String::with_capacity(text.len());
    for character in text.chars() {
        match character {
            '%' => quotable.push_str("%25"),
            '*' => quotable.push_str("%2A"),
            '+' => quotable.push_str("%2B"),
            '|' => quotable.push_str("%7C"),
            other => quotable.push(other),
        }
    }
    Some(quotable)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn series(name: &str, labels: &[(&str, &str)], dialect: Dialect) -> Option<String> {
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        let series = Series::new(&Selector { name: name.to_owned(), labels }, dialect)?;
        Some(serde_json::to_string(&series).unwrap())
    }

    #[test]
    fn erlenmeyer_gets_tags_and_opentsdb_literal_filters() {
        let labels = [("datacenter", "pcc-1_datacenter869"), ("host", "172.17.86.51")];
        assert_eq!(
            series("vscope.host.mem.usage.perc", &labels, Dialect::Erlenmeyer).unwrap(),
            r#"{"metric":"vscope.host.mem.usage.perc","tags":{"datacenter":"pcc-1_datacenter869","host":"172.17.86.51"}}"#
        );
        assert_eq!(
            series("cpu", &labels[1..], Dialect::OpenTsdb).unwrap(),
            r#"{"metric":"cpu","filters":[{"type":"literal_or","tagk":"host","filter":"172.17.86.51","groupBy":false}]}"#
        );
        assert_eq!(series("cpu", &[], Dialect::Erlenmeyer).unwrap(), r#"{"metric":"cpu"}"#);
    }

    #[test]
    fn an_answer_for_another_metric_or_other_tags_is_not_for_the_series() {
        let labels = vec![("host".to_owned(), "100%".to_owned())];
        for dialect in [Dialect::OpenTsdb, Dialect::Erlenmeyer] {
            let series = Series::new(&Selector { name: "a+b".to_owned(), labels: labels.clone() }, dialect).unwrap();
            let has = |metric: &str, tags: &[(&str, &str)]| {
                series.has(metric, &tags.iter().map(|&(key, value)| (key.to_owned(), value.to_owned())).collect())
            };
            assert!(
                has("a+b", &[("host", "100%")]) && has("a+b", &[("host", "100%"), ("rack", "1")]) && has("a+b", &[])
            );
            for (metric, tags) in
                [("a", &[("host", "100%")][..]), ("a+b", &[("host", "100")]), ("a+b", &[("rack", "100%")])]
            {
                assert!(!has(metric, tags), "{metric} {tags:?}");
            }
        }
    }

    #[test]
    fn what_could_leave_erlenmeyers_quotes_is_never_sent() {
        for text in ["a' 'b", "'", "a\nb", "a\rb", "a\tb", "nul\0", "\u{85}", "\u{2028}", "\u{2029}", "\u{7f}", ""] {
            assert_eq!(series(text, &[], Dialect::Erlenmeyer), None, "{text:?}");
            assert_eq!(series("cpu", &[("host", text)], Dialect::Erlenmeyer), None, "{text:?}");
            assert_eq!(series("cpu", &[(text, "a")], Dialect::Erlenmeyer), None, "{text:?}");
        }
        for name in ["~.*", "=cpu"] {
            assert_eq!(series(name, &[], Dialect::Erlenmeyer), None);
        }
    }

    #[test]
    fn what_has_no_words_is_told_apart_from_what_has() {
        let parts = |name: &str, labels: &[(&str, &str)]| -> Vec<Part> {
            let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
            inexpressible(&Selector { name: name.to_owned(), labels }).into_iter().map(|fault| fault.part).collect()
        };
        let (label, value) = (|text: &str| Part::Label(text.to_owned()), |text: &str| Part::Value(text.to_owned()));
        assert_eq!(parts("cpu*|+%", &[("host", "a b*"), ("rack", "~x")]), []);
        assert_eq!(parts("~.*", &[("it's", "a"), ("host", "a'b")]), [Part::Name, label("it's"), value("host")]);
        assert_eq!(parts("'", &[("host", "\u{2028}")]), [Part::Name, value("host")]);
    }

    #[test]
    fn what_erlenmeyer_or_warp_10_would_read_in_a_special_way_is_encoded() {
        let text = series("a b", &[("host", "*"), ("rack", "a|b"), ("zone", "GMT+1 100%")], Dialect::Erlenmeyer);
        let wanted = r#"{"metric":"a b","tags":{"host":"%2A","rack":"a%7Cb","zone":"GMT%2B1 100%25"}}"#;
        assert_eq!(text.unwrap(), wanted);
    }

    #[test]
    fn opentsdb_has_no_words_for_a_bar_or_nothing() {
        for value in ["a|b", "|", ""] {
            assert_eq!(series("cpu", &[("host", value)], Dialect::OpenTsdb), None);
        }
        for value in ["*", "va*", "regexp(.*)", "it's", "a\"b\\"] {
            assert!(series("cpu", &[("host", value)], Dialect::OpenTsdb).is_some(), "{value}");
        }
        assert_eq!(series("", &[], Dialect::OpenTsdb), None);
    }
}
