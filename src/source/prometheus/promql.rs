//! The text of queries. Whatever a caller wrote is in here only inside of a quoted string.
//!
//! Pure. The forms are those that Prometheus 2.42 and 3, and VictoriaMetrics 1.79 and later, all understand.

use crate::catalog::{Expression, Piece, Selector};
use crate::request::Statistic;
use std::fmt::Write;

/// The label that tells the columns of [`summary`] apart.
pub const COLUMN: &str = "column";
/// See [`summary`].
pub const VALUE: &str = "value";
/// See [`summary`].
pub const UNCLEAR: &str = "unclear";

/// `{__name__="cpu",instance="i-1"}`: the one form that takes names of any content everywhere. `None` where a label is not ASCII.
///
/// VictoriaMetrics 1.145 writes queries anew and reads them again, with names and labels outside of quotes, and the whole server ends
/// over a character that its Unicode tables do not know. A regular expression stays in its quotes; there is none for labels.
pub fn selector(selector: &Selector) -> Option<String> {
    let name = match selector.name.is_ascii() {
        true => format!("={}", quoted(&selector.name)),
        false => format!("=~{}", quoted(&literal_pattern(&selector.name))),
    };
    let mut text = format!("{{__name__{name}");
    for (label, value) in &selector.labels {
        text.push(',');
        text.push_str(&label_name(label)?);
        text.push('=');
        text.push_str(&quoted(value));
    }
    Some(text + "}")
}

/// The operator's text with the values in it.
pub fn expression(expression: &Expression) -> String {
    let piece = |piece: &Piece| match piece {
        Piece::Text(text) => text.clone(),
        Piece::Value(value) => quoted(value),
        Piece::Resolution => format!("{}s", expression.resolution_seconds),
    };
    expression.pieces.iter().map(piece).collect()
}

/// The samples of the last `seconds` seconds.
pub fn raw(selector: &str, seconds: i64) -> String {
    format!("{selector}[{seconds}s]")
}

/// The values of `expression` in the last `seconds` seconds at the multiples of `resolution`.
pub fn sampled(expression: &str, seconds: i64, resolution: i64) -> String {
    format!("({expression})[{seconds}s:{resolution}s]")
}

/// The `statistic` over the samples of all series, of buckets of `seconds` seconds that end `offset_seconds` before the evaluation, as the
/// column [`VALUE`]; and a column [`UNCLEAR`] at those buckets alone whose samples have to be looked at: where one is not finite, which
/// its series' sum shows everywhere, and for a percentile where there are several series.
pub fn summary(selector: &str, statistic: Statistic, seconds: i64, offset_seconds: i64) -> String {
    let samples = format!("{} offset {}ms", raw(selector, seconds), offset_seconds * 1000 + 1);
    let (count, sum) = (format!("count_over_time({samples})"), format!("sum_over_time({samples})"));
    let value = match statistic {
        Statistic::Average => format!("sum({sum}) / sum({count})"),
        Statistic::Sum => format!("sum({sum})"),
        Statistic::Minimum => format!("min(min_over_time({samples}))"),
        Statistic::Maximum => format!("max(max_over_time({samples}))"),
        Statistic::Count => format!("sum({count})"),
        Statistic::Percentile(permille) => format!("sum(quantile_over_time(0.{permille:03}, {samples}))"),
    };
    let is_not_finite = format!("sum({count} unless abs({sum}) < Inf)");
    let unclear = match statistic {
        Statistic::Percentile(_) => format!("{is_not_finite} or count({count}) > 1"),
        _ => is_not_finite,
    };
    let column = |name: &str, value: &str| format!(r#"label_replace({value}, "{COLUMN}", "{name}", "", "")"#);
    format!("{} or {}", column(VALUE, &value), column(UNCLEAR, &unclear))
}

/// A string as Go reads it. Controls are escaped, and so is U+FFFD, which Prometheus takes for broken UTF-8.
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

/// The regular expression of RE2 that matches `text` alone; Prometheus anchors it.
fn literal_pattern(text: &str) -> String {
    let is_special = |c: char| r"\.+*?()|[]{}^$".contains(c);
    text.chars().flat_map(|c| is_special(c).then_some('\\').into_iter().chain([c])).collect()
}

/// The label itself where it is an identifier; else quoted, which old servers refuse and new ones understand.
fn label_name(label: &str) -> Option<String> {
    let is_word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    let is_identifier = label.chars().all(is_word) && label.starts_with(|c: char| !c.is_ascii_digit());
    if is_identifier { Some(label.to_owned()) } else { label.is_ascii().then(|| quoted(label)) }
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

    /// The one text that a regular expression matches.
    fn matched(pattern: &str) -> String {
        let (mut text, mut rest) = (String::new(), pattern.chars());
        while let Some(c) = rest.next() {
            assert!(!".+*?()|[]{}^$".contains(c), "{pattern} matches more than one text");
            text.push(if c == '\\' { rest.next().expect("an escape") } else { c });
        }
        text
    }

    /// Name, label and value of a selector with one label, or a panic where it is anything else.
    fn parsed(text: &str) -> (String, String, String) {
        let rest = text.strip_prefix("{__name__=").expect("the name first");
        let (name, rest) = match rest.strip_prefix('~') {
            Some(pattern) => {
                let (pattern, rest) = unquoted(pattern);
                (matched(&pattern), rest)
            }
            None => unquoted(rest),
        };
        let rest = rest.strip_prefix(',').expect("a label");
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

    #[test]
    fn a_summary_shifts_whole_buckets_and_names_its_columns() {
        let samples = r#"{__name__="x"}[86400s] offset 32400001ms"#;
        let unclear = format!("sum(count_over_time({samples}) unless abs(sum_over_time({samples})) < Inf)");
        let text = |statistic| summary(r#"{__name__="x"}"#, statistic, 86_400, 32_400);
        assert_eq!(
            text(Statistic::Maximum),
            format!(
                r#"label_replace(max(max_over_time({samples})), "column", "value", "", "") or label_replace({unclear}, "column", "unclear", "", "")"#
            )
        );
        let percentile = text(Statistic::Percentile(990));
        assert!(percentile.contains(&format!("sum(quantile_over_time(0.990, {samples}))")), "{percentile}");
        assert!(percentile.contains(&format!("{unclear} or count(count_over_time({samples})) > 1")), "{percentile}");
    }
}
