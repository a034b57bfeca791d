//! `promql`, `opentsdb_query`, `openstack_path`: a name, then labels and values, one per line → the generated query selects exactly these.

use crate::words::text;
use metricshot::catalog::{Across, Selector};
use metricshot::request::Statistic;
use metricshot::source::gnocchi::segment;
use metricshot::source::opentsdb::Dialect;
use metricshot::source::opentsdb::query::{Query, Series, SubQuery};
use metricshot::source::prometheus::promql;
use metricshot::source::prometheus::promql::{Bucketed, per_series, raw, selector};
use percent_encoding::percent_decode_str;
use promql_parser::label::MatchOp;
use promql_parser::parser::{Expr, MatrixSelector, Offset, VectorSelector, parse};
use serde_json::{Value, json};
use std::collections::BTreeMap;
use std::time::Duration;
use url::Url;

/// Parses a selector with distinct, sorted labels, as the catalogue has them. The name may be empty, which the catalogue rejects.
fn wanted(input: &[u8]) -> Selector {
    let text = text(input);
    let mut lines = text.split('\n');
    let name = lines.next().unwrap_or_default().to_owned();
    let mut labels = BTreeMap::new();
    while let (Some(label), Some(value)) = (lines.next(), lines.next()) {
        if !label.is_empty() && label != "__name__" {
            labels.insert(label.to_owned(), value.to_owned());
        }
    }
    Selector { name, labels: labels.into_iter().collect() }
}

/// Checks `promql`: an independent parser finds exactly these matchers, this range and this offset. That parser supports no quoted labels,
/// and does not unescape strings.
pub fn promql(input: &[u8]) {
    let mut wanted = wanted(input);
    if wanted.name.is_empty() {
        return;
    }
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_plain = |label: &str| label.chars().all(is_word) && !label.starts_with(|c: char| c.is_ascii_digit());
    if wanted.labels.iter().any(|(label, _)| !label.is_ascii()) {
        return assert_eq!(selector(&wanted), None, "VictoriaMetrics crashes on it");
    }
    wanted.labels.retain(|(label, _)| is_plain(label));
    let text = selector(&wanted).expect("all of it is ASCII or a value");
    let seconds = 1 + input.len() as i64 % 86_400;
    let parsed = parse(&raw(&text, seconds)).unwrap_or_else(|error| panic!("{text} is no PromQL: {error}"));
    let Expr::MatrixSelector(matrix) = parsed else { panic!("{text} is no range of samples") };
    selects(&matrix, &wanted, seconds, None);
    let (by, across, dialect): (&[_], _, _) = (&[], Across::Pool, promql::Dialect::default());
    let bucketed = Bucketed { selector: &text, seconds, offset_seconds: 7, by, across, dialect };
    let query = per_series(Statistic::Percentile(999), &bucketed).expect("a percentile is of each series");
    let parsed = parse(&query).expect("a query is PromQL");
    let mut found = Vec::new();
    ranges(&parsed, &mut found);
    assert_eq!(found.len(), 3, "the quantile, the count and the sum");
    found.into_iter().for_each(|matrix| selects(matrix, &wanted, seconds, Some(7001)));
}

fn selects(matrix: &MatrixSelector, wanted: &Selector, seconds: i64, offset_ms: Option<u64>) {
    assert_eq!(matrix.range, Duration::from_secs(seconds.unsigned_abs()));
    let VectorSelector { name, matchers, offset, at } = &matrix.vs;
    assert_eq!((at, matchers.or_matchers.len()), (&None, 0));
    let shifted = offset.as_ref().map(|offset| match offset {
        Offset::Pos(duration) => *duration,
        Offset::Neg(_) => panic!("the offset is negative"),
    });
    assert_eq!(shifted, offset_ms.map(Duration::from_millis));
    let mut left: Vec<(&str, &str)> =
        wanted.labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect();
    match name {
        Some(name) => assert_eq!(name, &wanted.name),
        None => left.push(("__name__", &wanted.name)),
    }
    for matcher in &matchers.matchers {
        let said = unquoted(&matcher.value);
        let place = left.iter().position(|(label, value)| {
            *label == matcher.name
                && match &matcher.op {
                    MatchOp::Equal => *value == said,
                    // A name that is not ASCII, or that a server could misread, is sent as a pattern that matches only this name.
                    MatchOp::Re(_) => *label == "__name__" && *value == literal(&said),
                    MatchOp::NotEqual | MatchOp::NotRe(_) => false,
                }
        });
        left.remove(place.unwrap_or_else(|| panic!("{matcher:?} is not part of {wanted:?}")));
    }
    assert!(left.is_empty(), "{left:?} is lost");
}

/// Unescapes a quoted text as Go does.
fn unquoted(text: &str) -> String {
    let (mut rest, mut said) = (text, String::new());
    while let Some((before, escape)) = rest.split_once('\\') {
        assert!(!before.contains(['"', '\n']), "{text} ends too early");
        let code =
            |digits: usize| u32::from_str_radix(&escape[1..=digits], 16).ok().and_then(char::from_u32).expect("a code");
        let (character, length) = match escape.chars().next().expect("a backslash is never the last") {
            'n' => ('\n', 1),
            'x' => (code(2), 3),
            'u' => (code(4), 5),
            itself => (itself, itself.len_utf8()),
        };
        said.extend(before.chars().chain([character]));
        rest = &escape[length..];
    }
    assert!(!rest.contains(['"', '\n']), "{text} ends too early");
    said + rest
}

/// Returns the only text that a pattern matches.
fn literal(pattern: &str) -> String {
    let mut characters = pattern.chars();
    let mut literal = String::new();
    while let Some(character) = characters.next() {
        assert!(!".+*?()|[]{}^$".contains(character), "{pattern} is no literal");
        literal.extend(if character == '\\' { characters.next() } else { Some(character) });
    }
    literal
}

fn ranges<'a>(expression: &'a Expr, found: &mut Vec<&'a MatrixSelector>) {
    match expression {
        Expr::Binary(binary) => [&binary.lhs, &binary.rhs].into_iter().for_each(|side| ranges(side, found)),
        Expr::Call(call) => call.args.args.iter().for_each(|argument| ranges(argument, found)),
        Expr::Aggregate(aggregate) => ranges(&aggregate.expr, found),
        Expr::Paren(inside) => ranges(&inside.expr, found),
        Expr::MatrixSelector(matrix) => found.push(matrix),
        Expr::StringLiteral(_) | Expr::NumberLiteral(_) => {}
        other => panic!("{other:?} is not expected"),
    }
}

/// Checks `opentsdb_query`: literal filters for OpenTSDB, and tags without special characters for Erlenmeyer.
pub fn opentsdb_query(input: &[u8]) {
    let wanted = wanted(input);
    for dialect in [Dialect::OpenTsdb, Dialect::Erlenmeyer] {
        let Some(series) = Series::new(&wanted, dialect) else { continue };
        let queries = vec![SubQuery { series: &series, aggregator: "none", downsample: None }];
        let question = Query { start: 1, end: 2, ms_resolution: true, show_query: false, queries };
        let sent = serde_json::to_string(&question).expect("a question is JSON");
        let read: Value = serde_json::from_str(&sent).expect("what is sent is JSON");
        let query = &read["queries"][0];
        if dialect == Dialect::OpenTsdb {
            let filter = |(label, value): &(String, String)| json!({"type": "literal_or", "tagk": label, "filter": value, "groupBy": false});
            let filters: Vec<Value> = wanted.labels.iter().map(filter).collect();
            assert_eq!((&query["metric"], query.get("tags")), (&json!(wanted.name), None));
            assert_eq!(query.get("filters").cloned().unwrap_or(json!([])), json!(filters));
            assert!(wanted.labels.iter().all(|(_, value)| !value.contains('|')), "one literal only");
        } else {
            // Erlenmeyer puts "=" before the value of a label, but not before a name.
            assert!(!wanted.name.starts_with(['~', '=']), "{} is a pattern", wanted.name);
            assert_eq!((decoded(&query["metric"]), query.get("filters")), (wanted.name.clone(), None));
            let tags = query.get("tags").and_then(Value::as_object).cloned().unwrap_or_default();
            let tags = tags.iter().map(|(label, value)| (decoded(&json!(label)), decoded(value)));
            assert_eq!(tags.collect::<BTreeMap<_, _>>(), wanted.labels.iter().cloned().collect());
        }
    }
}

/// Decodes a text as Warp 10 does, between the quotes of Erlenmeyer.
fn decoded(sent: &Value) -> String {
    let sent = sent.as_str().expect("a string");
    let special = |c: char| c.is_control() || "'*|+\u{2028}\u{2029}".contains(c);
    assert!(!sent.contains(special), "{sent:?} has special characters");
    percent_decode_str(sent).decode_utf8().expect("UTF-8").into_owned()
}

/// Checks `openstack_path`: one path segment, unchanged after URL parsing.
pub fn openstack_path(input: &[u8]) {
    let text = text(input);
    let Some(sent) = segment(&text) else { return };
    let url = Url::parse(&format!("http://gnocchi/v1/resource/{sent}/metric/cpu")).expect("a URL");
    let segments: Vec<&str> = url.path_segments().expect("a path").collect();
    let ["v1", "resource", read, "metric", "cpu"] = segments[..] else { panic!("{text:?} leads to {url}") };
    assert_eq!(percent_decode_str(read).decode_utf8().expect("UTF-8"), text);
    assert_eq!((url.query(), url.fragment(), read), (None, None, sent.as_str()));
}
