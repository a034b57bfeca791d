//! The text of queries. Whatever a caller wrote is in here only inside of a quoted string.
//!
//! Pure. The forms are those that Prometheus 2.42 and 3, and VictoriaMetrics 1.79 and later, all understand.

use crate::catalog::{Across, Expression, Inexpressible, Part, Piece, Selector};
use crate::request::Statistic;
use std::collections::BTreeMap;
use std::fmt::Write;

/// The label of the rows of [`per_series`] and [`across`] that hold no value.
pub const COLUMN: &str = "column";
/// The value of [`COLUMN`] in rows that count the series of a bucket, see [`series_of`].
const SERIES: &str = "series";
/// Counts from here on stand for series with samples that are not finite; no server has as many series.
const NOT_FINITE: f64 = 1e9;

/// Words that some server reads as an operator, a number or a keyword where a metric's name may stand, in any case of their letters.
const RESERVED: [&str; 27] = [
    "anchored",
    "and",
    "atan2",
    "bool",
    "by",
    "default",
    "end",
    "fill",
    "fill_left",
    "fill_right",
    "group_left",
    "group_right",
    "if",
    "ifnot",
    "ignoring",
    "inf",
    "keep_metric_names",
    "limit",
    "nan",
    "offset",
    "on",
    "or",
    "smoothed",
    "start",
    "unless",
    "with",
    "without",
];

/// The differences between servers that change the text of a query.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Dialect {
    /// Range selectors include their left end (Prometheus 2; "Migration" in its documentation).
    pub closed_ranges: bool,
    /// A result that is NaN is answered. VictoriaMetrics leaves it out.
    pub keeps_nan: bool,
}

/// The samples of buckets of one length.
#[derive(Debug, Clone, Copy)]
pub struct Bucketed<'a> {
    /// The selector in PromQL.
    pub selector: &'a str,
    /// The length of a bucket.
    pub seconds: i64,
    /// The seconds from the end of a bucket to its evaluation.
    pub offset_seconds: i64,
    /// The labels whose values get one row each; none for one row of all series.
    pub by: &'a [&'a str],
    /// The rule that combines several series into one value.
    pub across: Across,
    /// The server's.
    pub dialect: Dialect,
}

/// Returns the labels of `selector` that not every server reads: those that are not ASCII, see [`selector()`].
pub fn inexpressible(selector: &Selector) -> Vec<Inexpressible> {
    let labels = selector.labels.iter().map(|(label, _)| label).filter(|label| !label.is_ascii());
    labels.map(|label| Inexpressible { part: Part::Label(label.clone()), should: "ASCII" }).collect()
}

/// Returns `cpu{instance="i-1"}`, or `{__name__="CPU Usage",instance="i-1"}` where the name is not an identifier. `None` where a label is
/// not ASCII.
///
/// Proxies that restrict queries look for names outside of quotes: the form with `__name__` is for names that no other form can hold on
/// every server.
///
/// VictoriaMetrics rewrites queries and parses them again, with names and labels outside of quotes, and the whole server ends over a
/// name such as `inf` (1.79) and over a character that its Unicode tables do not know (1.145). A regular expression stays in its quotes;
/// there is none for labels.
pub fn selector(selector: &Selector) -> Option<String> {
    let matcher = |(label, value): &(String, String)| Some(format!("{}={}", label_name(label)?, quoted(value)));
    selecting(&selector.name, selector.labels.iter().map(matcher))
}

/// Returns the selector of all series that `selector` selects with some of `values` in the place of the value of `label`.
pub fn selector_of_any(selector: &Selector, label: &str, values: &[&str]) -> Option<String> {
    let any = || values.iter().map(|value| literal_pattern(value)).collect::<Vec<_>>().join("|");
    let matcher = |(name, value): &(String, String)| match name == label {
        true => Some(format!("{}=~{}", label_name(name)?, quoted(&any()))),
        false => Some(format!("{}={}", label_name(name)?, quoted(value))),
    };
    selecting(&selector.name, selector.labels.iter().map(matcher))
}

fn selecting(name: &str, matchers: impl Iterator<Item = Option<String>>) -> Option<String> {
    let matchers: Vec<String> = matchers.collect::<Option<_>>()?;
    let is_bare = is_metric_name(name);
    let named = match name.is_ascii() && !is_reserved(name) {
        _ if is_bare => None,
        true => Some(format!("__name__={}", quoted(name))),
        false => Some(format!("__name__=~{}", quoted(&literal_pattern(name)))),
    };
    let matchers = named.into_iter().chain(matchers).collect::<Vec<_>>().join(",");
    Some(match (is_bare, matchers.as_str()) {
        (true, "") => name.to_owned(),
        (true, _) => format!("{name}{{{matchers}}}"),
        (false, _) => format!("{{{matchers}}}"),
    })
}

/// Returns the operator's text with the values in it.
pub fn expression(expression: &Expression) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(value) => quoted(value),
        Piece::Resolution => format!("{}s", expression.resolution_seconds),
    };
    expression.pieces.iter().map(piece).collect()
}

/// Returns the samples of the last `seconds` seconds.
pub fn raw(selector: &str, seconds: i64) -> String {
    format!("{selector}[{seconds}s]")
}

/// Returns the values of `expression` in the last `seconds` seconds at the multiples of `resolution`.
pub fn sampled(expression: &str, seconds: i64, resolution: i64) -> String {
    format!("({expression})[{seconds}s:{resolution}s]")
}

/// Returns the query for the `statistic` of each series by itself, where it has one row for each; of more than two series the two with the
/// greatest values are enough to see that there are several. `None` where [`across`] costs no more.
///
/// Rows that count series tell buckets with samples that are not finite where the value does not show them.
pub fn per_series(statistic: Statistic, of: &Bucketed) -> Option<String> {
    if of.across != Across::Pool {
        return None;
    }
    let value = match statistic {
        Statistic::Average if of.dialect.keeps_nan => return Some(of.two(&of.over_time("avg"))),
        Statistic::Percentile(_) => of.statistic(statistic),
        _ => return None,
    };
    Some(format!("{} or {}", of.two(&value), of.series()))
}

/// Returns the query for the one value of all series: their samples pooled, or their statistics combined. `None` for the percentile of
/// pooled samples, which PromQL does not have.
///
/// Further rows count the series of each bucket and tell those with samples that are not finite. Where the server answers NaN, sums and means
/// show the latter themselves: no finite sum has such a sample in it. Then only the mean of pooled samples, which is requested where there
/// are several series, has the count, because it costs a sum as much again.
pub fn across(statistic: Statistic, of: &Bucketed) -> Option<String> {
    let combined = |operator: &str| of.aggregated(operator, &of.statistic(statistic));
    let value = match (of.across, statistic) {
        (Across::Pool, Statistic::Percentile(_)) => return None,
        (Across::Pool, Statistic::Average) => {
            let total = |function: &str| of.aggregated("sum", &of.over_time(function));
            format!("{} / {}", total("sum"), total("count"))
        }
        (Across::Pool, Statistic::Minimum) | (Across::Minimum, _) => combined("min"),
        (Across::Pool, Statistic::Maximum) | (Across::Maximum, _) => combined("max"),
        (Across::Pool | Across::Sum, _) => combined("sum"),
        (Across::Average, _) => combined("avg"),
    };
    let is_sum = matches!(statistic, Statistic::Average | Statistic::Sum);
    let shows = of.dialect.keeps_nan && is_sum && !matches!(of.across, Across::Minimum | Across::Maximum);
    let is_pooled_mean = (of.across, statistic) == (Across::Pool, Statistic::Average);
    Some(if shows && !is_pooled_mean { value } else { format!("{value} or {}", of.series()) })
}

/// Reports whether a row with these labels counts series instead of holding values of the statistic.
pub fn counts_series(labels: &BTreeMap<String, String>) -> bool {
    labels.get(COLUMN).is_some_and(|column| column == SERIES)
}

/// Returns the number of series of a bucket, from a row that [`counts_series`]; `None` where one has samples that are not finite. There is
/// no row for a bucket with one series whose samples are finite.
pub fn series_of(count: f64) -> Option<usize> {
    (1.0..NOT_FINITE).contains(&count).then_some(count as usize)
}

/// Returns a query for one evaluation that yields a row `closed` with the value 2 where ranges are closed, and a row `nan` where a result
/// that is NaN is answered.
pub fn probe() -> String {
    let named = |name: &str, value: &str| format!(r#"label_replace({value}, "{COLUMN}", "{name}", "", "")"#);
    format!("{} or {}", named("closed", "count_over_time(vector(1)[1s:1s])"), named("nan", "vector(0) / 0"))
}

impl Bucketed<'_> {
    /// Returns the half-open bucket, at the millisecond resolution of samples.
    fn samples(&self) -> String {
        let length = match self.dialect.closed_ranges {
            true => format!("{}ms", self.seconds * 1000 - 1),
            false => format!("{}s", self.seconds),
        };
        format!("{}[{length}] offset {}ms", self.selector, self.offset_seconds * 1000 + 1)
    }

    fn over_time(&self, function: &str) -> String {
        format!("{function}_over_time({})", self.samples())
    }

    /// Returns the statistic of each series.
    fn statistic(&self, statistic: Statistic) -> String {
        match statistic {
            Statistic::Average => self.over_time("avg"),
            Statistic::Sum => self.over_time("sum"),
            Statistic::Minimum => self.over_time("min"),
            Statistic::Maximum => self.over_time("max"),
            Statistic::Count => self.over_time("count"),
            Statistic::Percentile(permille) => format!("quantile_over_time(0.{permille:03}, {})", self.samples()),
        }
    }

    fn aggregated(&self, operator: &str, vector: &str) -> String {
        match self.by {
            [] => format!("{operator}({vector})"),
            labels => format!("{operator} by ({}) ({vector})", labels.join(",")),
        }
    }

    fn two(&self, vector: &str) -> String {
        self.aggregated("topk", &format!("2, {vector}"))
    }

    /// A series' sum shows samples that are not finite, and makes NaN of the count. Where NaN is not answered, the absence of a finite sum
    /// shows them; there the number of other series would cost one evaluation more, and has no row.
    fn series(&self) -> String {
        let sum = self.over_time("sum");
        let count = match self.dialect.keeps_nan {
            true => format!("{} != 1", self.aggregated("sum", &format!("{sum} * 0 + 1"))),
            false => {
                let not_finite = format!("{} unless abs({sum}) < Inf", self.over_time("count"));
                format!("{} * {NOT_FINITE:e}", self.aggregated("count", &not_finite))
            }
        };
        format!(r#"label_replace({count}, "{COLUMN}", "{SERIES}", "", "")"#)
    }
}

/// Quotes a string in Go's syntax. Controls are escaped, and so is U+FFFD, which Prometheus takes for broken UTF-8.
fn quoted(text: &str) -> String {
    let mut quoted = String::with_capacity(text.len() + 2);
    quoted.push('"');
    for character in text.chars() {
        match character {
            '"' | '\\' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            // Writing to a String cannot fail.
            c if c.is_ascii_control() => write!(quoted, "\\x{:02x}", u32::from(c)).unwrap_or_default(),
            '\u{fffd}' => quoted.push_str("\\ufffd"),
            c => quoted.push(c),
        }
    }
    quoted + "\""
}

/// Returns the regular expression of RE2 that matches `text` alone; Prometheus anchors it.
fn literal_pattern(text: &str) -> String {
    let is_special = |c: char| r"\.+*?()|[]{}^$".contains(c);
    text.chars().flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// Returns the bytes that `value` takes in the text of [`selector_of_any`].
pub fn pattern_bytes(value: &str) -> usize {
    quoted(&literal_pattern(value)).len() - 2
}

/// Returns the label itself where it is an identifier, else quoted, which Prometheus 2 rejects.
fn label_name(label: &str) -> Option<String> {
    if is_label_name(label) { Some(label.to_owned()) } else { label.is_ascii().then(|| quoted(label)) }
}

/// Reports whether every server reads `label` as a label without quotes.
fn is_label_name(label: &str) -> bool {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    label.chars().all(is_word) && label.starts_with(|c: char| !c.is_ascii_digit())
}

/// Reports whether every server keeps the values of `label` in the rows of an aggregation by it. Prometheus reads `inf` as a number there.
pub fn groups_by(label: &str) -> bool {
    is_label_name(label) && !is_reserved(label) && label != COLUMN && label != "__name__"
}

/// Reports whether every server reads `name` as a metric's name without quotes.
fn is_metric_name(name: &str) -> bool {
    !name.starts_with(':') && is_label_name(&name.replace(':', "_")) && !is_reserved(name)
}

fn is_reserved(name: &str) -> bool {
    RESERVED.iter().any(|word| word.eq_ignore_ascii_case(name))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const HOSTILE: [&str; 10] = [
        "",
        r#"" or up or ""#,
        r"back\slash\",
        "line\nbreak\r\ttab",
        r#"{instance=~".*"}"#,
        "nul\0and\u{7f}del\u{1b}",
        "replaced \u{fffd} 온도 😀",
        r#"\"} or vector(1) #"#,
        ".*+?()[]|^$",
        "\u{202e}\u{85}\u{2028}",
    ];

    fn selector_of(name: &str, label: &str, value: &str) -> String {
        selector(&Selector { name: name.to_owned(), labels: vec![(label.to_owned(), value.to_owned())] }).unwrap()
    }

    /// Reads one Go string at the beginning of `text`: its value, and what follows it.
    fn unquoted(text: &str) -> (String, &str) {
        let mut rest = text.strip_prefix('"').expect("a quote").chars();
        let mut value = String::new();
        let hex = |rest: &mut std::str::Chars, digits: usize| {
            let code: String = rest.by_ref().take(digits).collect();
            char::from_u32(u32::from_str_radix(&code, 16).expect("hex digits")).expect("a character")
        };
        loop {
            match rest.next().expect("the string ends") {
                '"' => return (value, rest.as_str()),
                '\\' => value.push(match rest.next().expect("an escape") {
                    'n' => '\n',
                    'x' => hex(&mut rest, 2),
                    'u' => hex(&mut rest, 4),
                    other => other,
                }),
                raw => {
                    assert!(!raw.is_ascii_control() && raw != '\u{fffd}');
                    value.push(raw);
                }
            }
        }
    }

    /// Returns the one text that a regular expression matches.
    fn matched(pattern: &str) -> String {
        let (mut text, mut rest) = (String::new(), pattern.chars());
        while let Some(c) = rest.next() {
            assert!(!".+*?()|[]{}^$".contains(c), "{pattern} matches more than one text");
            text.push(if c == '\\' { rest.next().expect("an escape") } else { c });
        }
        text
    }

    /// Returns name, label and value of a selector with one label; panics where it is anything else.
    fn parsed(text: &str) -> (String, String, String) {
        let (name, rest) = match text.strip_prefix("{__name__=") {
            Some(rest) => {
                let (name, rest) = match rest.strip_prefix('~') {
                    Some(pattern) => {
                        let (pattern, rest) = unquoted(pattern);
                        (matched(&pattern), rest)
                    }
                    None => unquoted(rest),
                };
                (name, rest.strip_prefix(',').expect("a label"))
            }
            None => {
                let (name, rest) = text.split_once('{').expect("labels");
                assert!(name.starts_with(|c: char| c.is_ascii_alphabetic() || c == '_'), "{name}");
                assert!(name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '_' | ':')), "{name}");
                (name.to_owned(), rest)
            }
        };
        let (label, rest) = match rest.starts_with('"') {
            true => unquoted(rest),
            false => rest.split_once('=').map(|(label, _)| (label.to_owned(), &rest[label.len()..])).expect("equals"),
        };
        let (value, rest) = unquoted(rest.strip_prefix('=').expect("equals"));
        assert_eq!(rest, "}");
        (name, label, value)
    }

    #[test]
    fn a_selector_has_its_plain_form() {
        let text = selector_of("CPU Usage/Core[Basic]", "VolumeID", "45fbde15");
        assert_eq!(text, r#"{__name__="CPU Usage/Core[Basic]",VolumeID="45fbde15"}"#);
        assert_eq!(selector_of("ceilometer_memory_usage", "vm", "a"), r#"ceilometer_memory_usage{vm="a"}"#);
        assert_eq!(selector_of("job:load:sum", "vm", "a"), r#"job:load:sum{vm="a"}"#);
        let alone = |name: &str| selector(&Selector { name: name.into(), labels: vec![] }).unwrap();
        assert_eq!((alone("up"), alone("a b")), ("up".to_owned(), r#"{__name__="a b"}"#.to_owned()));
    }

    #[test]
    fn a_name_that_a_server_could_read_as_something_else_is_quoted() {
        for name in [":a", "1a", "a-b", ""] {
            assert_eq!(selector_of(name, "a", "b"), format!(r#"{{__name__="{name}",a="b"}}"#));
        }
        for name in ["inf", "NaN", "Inf", "on", "ignoring", "BOOL", "atan2", "with"] {
            assert_eq!(selector_of(name, "a", "b"), format!(r#"{{__name__=~"{name}",a="b"}}"#));
        }
    }

    #[test]
    fn values_of_one_label_are_alternatives_and_none_is_a_pattern() {
        let selector =
            Selector { name: "cpu".into(), labels: vec![("host".into(), "a".into()), ("region".into(), "kr".into())] };
        let text = selector_of_any(&selector, "host", &["a", "b.c|d", "온도"]).unwrap();
        assert_eq!(text, r#"cpu{host=~"a|b\\.c\\|d|온도",region="kr"}"#);
    }

    #[test]
    fn hostile_names_and_values_are_read_back_as_they_were() {
        for text in HOSTILE {
            assert_eq!(parsed(&selector_of(text, "instance", text)), (text.into(), "instance".into(), text.into()));
        }
    }

    #[test]
    fn hostile_labels_are_quoted_and_those_that_are_not_ascii_refused() {
        for label in HOSTILE.into_iter().chain(["a-b", "a.b", "1a", "온도", r#"a="b",c"#]) {
            let selector = Selector { name: "up".into(), labels: vec![(label.into(), "v".into())] };
            let text = super::selector(&selector);
            assert_eq!(text.is_some(), label.is_ascii());
            assert!(text.is_none_or(|text| parsed(&text) == ("up".into(), label.into(), "v".into())));
        }
    }

    #[test]
    fn a_name_that_is_not_ascii_stays_in_its_quotes() {
        let text = selector_of("온도 (°C)", "a", "온도");
        assert_eq!(text, r#"{__name__=~"온도 \\(°C\\)",a="온도"}"#);
    }

    proptest! {
        #[test]
        fn any_text_is_read_back_as_it_was(name in any::<String>(), label in "[ -~]*", value in any::<String>()) {
            prop_assert_eq!(parsed(&selector_of(&name, &label, &value)), (name, label, value));
        }
    }

    #[test]
    fn an_expression_holds_values_as_strings_and_the_resolution_as_a_duration() {
        let pieces = vec![
            Piece::Text("rate(x{a=".into()),
            Piece::Value(r#"b"c"#.into()),
            Piece::Text("}[".into()),
            Piece::Resolution,
            Piece::Text("])".into()),
        ];
        let text = expression(&Expression { pieces, resolution_seconds: 15 });
        assert_eq!(text, r#"rate(x{a="b\"c"}[15s])"#);
    }

    fn of(dialect: Dialect, by: &'static [&'static str]) -> Bucketed<'static> {
        let across = Across::Pool;
        Bucketed { selector: "x", seconds: 86_400, offset_seconds: 32_400, by, across, dialect }
    }

    const NAMED: &str = r#""column", "series", "", "")"#;

    #[test]
    fn a_query_for_buckets_shifts_whole_ranges_and_counts_their_series() {
        let samples = "x[86400s] offset 32400001ms";
        let mark = format!(
            "label_replace(count(count_over_time({samples}) unless abs(sum_over_time({samples})) < Inf) * 1e9, {NAMED}"
        );
        let old = of(Dialect::default(), &[]);
        assert_eq!(across(Statistic::Maximum, &old), Some(format!("max(max_over_time({samples})) or {mark}")));
        let average = format!("sum(sum_over_time({samples})) / sum(count_over_time({samples})) or {mark}");
        assert_eq!((per_series(Statistic::Average, &old), across(Statistic::Average, &old)), (None, Some(average)));
        let percentile = format!("topk(2, quantile_over_time(0.990, {samples})) or {mark}");
        let both = (per_series(Statistic::Percentile(990), &old), across(Statistic::Percentile(990), &old));
        assert_eq!(both, (Some(percentile), None));
    }

    #[test]
    fn where_nan_is_answered_a_sum_needs_no_count_and_one_series_no_sum() {
        let samples = "x[86400s] offset 32400001ms";
        let new = of(Dialect { keeps_nan: true, closed_ranges: false }, &[]);
        assert_eq!(per_series(Statistic::Average, &new), Some(format!("topk(2, avg_over_time({samples}))")));
        assert_eq!(across(Statistic::Sum, &new), Some(format!("sum(sum_over_time({samples}))")));
        let mark = format!("label_replace(sum(sum_over_time({samples}) * 0 + 1) != 1, {NAMED}");
        let average = format!("sum(sum_over_time({samples})) / sum(count_over_time({samples})) or {mark}");
        assert_eq!(across(Statistic::Average, &new), Some(average));
        assert_eq!(across(Statistic::Count, &new), Some(format!("sum(count_over_time({samples})) or {mark}")));
    }

    #[test]
    fn a_count_of_series_is_unclear_where_one_of_them_is() {
        assert_eq!([2.0, 16.0, 999_999.0].map(series_of), [Some(2), Some(16), Some(999_999)]);
        assert_eq!([f64::NAN, NOT_FINITE, NOT_FINITE + 15.0, f64::INFINITY].map(series_of), [None; 4]);
    }

    #[test]
    fn statistics_of_several_series_are_combined_where_a_rule_says_so() {
        let samples = "x[86400s] offset 32400001ms";
        let new = of(Dialect { keeps_nan: true, closed_ranges: false }, &[]);
        let text = |combined: Across, statistic| {
            let of = Bucketed { across: combined, ..new };
            assert_eq!(per_series(statistic, &of), None, "one query is enough");
            across(statistic, &of).unwrap()
        };
        assert_eq!(text(Across::Sum, Statistic::Average), format!("sum(avg_over_time({samples}))"));
        assert_eq!(text(Across::Average, Statistic::Sum), format!("avg(sum_over_time({samples}))"));
        let greatest = text(Across::Maximum, Statistic::Average);
        assert!(greatest.starts_with(&format!("max(avg_over_time({samples})) or label_replace(")), "{greatest}");
        let percentile = text(Across::Sum, Statistic::Percentile(990));
        assert!(percentile.starts_with(&format!("sum(quantile_over_time(0.990, {samples})) or ")), "{percentile}");
    }

    #[test]
    fn a_closed_range_is_a_millisecond_shorter() {
        let closed = of(Dialect { keeps_nan: true, closed_ranges: true }, &[]);
        let sum = across(Statistic::Sum, &closed);
        assert_eq!(sum.as_deref(), Some("sum(sum_over_time(x[86399999ms] offset 32400001ms))"));
    }

    #[test]
    fn metrics_that_are_told_apart_by_a_label_keep_it() {
        let by = of(Dialect { keeps_nan: true, closed_ranges: false }, &["host"]);
        let samples = "x[86400s] offset 32400001ms";
        let each = per_series(Statistic::Average, &by);
        assert_eq!(each, Some(format!("topk by (host) (2, avg_over_time({samples}))")));
        let mark = format!("label_replace(sum by (host) (sum_over_time({samples}) * 0 + 1) != 1, {NAMED}");
        let least = across(Statistic::Minimum, &by);
        assert_eq!(least, Some(format!("min by (host) (min_over_time({samples})) or {mark}")));
        let both = Bucketed { by: &["host", "disk"], ..by };
        assert_eq!(across(Statistic::Sum, &both), Some(format!("sum by (host,disk) (sum_over_time({samples}))")));
    }
}
