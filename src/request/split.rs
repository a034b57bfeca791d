//! Split metrics: one line per combination of label values, instead of one line for all series.

use super::DisplayText;
use std::fmt::Write;

/// Default maximum of lines of a split metric.
const LIMIT: usize = 12;
/// Highest maximum that a rule may set.
const MAX_LIMIT: usize = 100;
/// Separator between the values of a label without a template.
const SEPARATOR: &str = " · ";

/// Splits a metric into one line per combination of values of its `keys`.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct SplitBy {
    keys: Vec<String>,
    limit: usize,
    order: SplitOrder,
    label: Vec<Piece>,
}

/// Order of the lines; the limit leaves out the last ones.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum SplitOrder {
    /// Descending maximum over the buckets.
    #[default]
    Max,
    /// Descending last value.
    Last,
    /// Descending mean over the buckets.
    Average,
    /// Values of the keys, ascending.
    Name,
}

#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum Piece {
    Text(String),
    /// Index into the keys.
    Value(usize),
}

/// A fault of the settings of a split.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum SplitFault {
    #[error("split_by should name at least one label")]
    NoKey,
    #[error("split_by names '{0}' twice")]
    Twice(String),
    #[error("split_by cannot name '{0}'; write a label of the metric")]
    Reserved(String),
    #[error("limit = {0} should be 1 to {MAX_LIMIT}")]
    Limit(i64),
    #[error("order = '{0}' is not known; write one of max, last, avg, name")]
    Order(String),
    #[error("label: '{{{{' is never closed; write {{{{key}}}}")]
    Unclosed,
    #[error("label uses {{{{{0}}}}}, which split_by does not name")]
    UnknownKey(String),
    #[error("label should not be empty; leave it out for the values alone")]
    EmptyLabel,
}

impl SplitBy {
    /// Checks the settings: label keys, `limit` (12 by default), `order` (`max` by default), and a template such as
    /// `{{instance}} · {{device}}` (the values with ` · ` between them by default). Returns every fault at once.
    pub fn new(
        keys: Vec<String>,
        limit: Option<i64>,
        order: Option<&str>,
        label: Option<&str>,
    ) -> Result<Self, Vec<SplitFault>> {
        let mut faults = Vec::new();
        if keys.is_empty() {
            faults.push(SplitFault::NoKey);
        }
        let twice = keys.iter().enumerate().filter(|(index, key)| keys[..*index].contains(key));
        faults.extend(twice.map(|(_, key)| SplitFault::Twice(key.clone())));
        let reserved = keys.iter().filter(|key| key.is_empty() || *key == "__name__");
        faults.extend(reserved.map(|key| SplitFault::Reserved(key.clone())));
        let count =
            limit.map_or(Some(LIMIT), |limit| usize::try_from(limit).ok().filter(|n| (1..=MAX_LIMIT).contains(n)));
        if count.is_none() {
            faults.push(SplitFault::Limit(limit.unwrap_or_default()));
        }
        let order = match order {
            None | Some("max") => SplitOrder::Max,
            Some("last") => SplitOrder::Last,
            Some("avg") => SplitOrder::Average,
            Some("name") => SplitOrder::Name,
            Some(other) => {
                faults.push(SplitFault::Order(other.to_owned()));
                SplitOrder::Max
            }
        };
        let label = label.map_or_else(|| Ok(values_alone(keys.len())), |label| pieces(label, &keys));
        let label = label.map_err(|fault| faults.push(fault)).unwrap_or_default();
        let limit = count.unwrap_or(LIMIT);
        if faults.is_empty() { Ok(Self { keys, limit, order, label }) } else { Err(faults) }
    }

    /// Returns the label keys whose values tell the lines apart, each once.
    pub fn keys(&self) -> &[String] {
        &self.keys
    }

    /// Returns the maximum number of lines, 1 to 100.
    pub fn limit(&self) -> usize {
        self.limit
    }

    /// Returns the order of the lines, which decides the ones that are drawn.
    pub fn order(&self) -> SplitOrder {
        self.order
    }

    /// Returns the label of the line whose keys have `values`, in the order of the keys. A series without a label has
    /// an empty value.
    pub fn label(&self, values: &[String]) -> DisplayText {
        let mut text = String::new();
        for piece in &self.label {
            let piece = match piece {
                Piece::Text(text) => text,
                Piece::Value(index) => values.get(*index).map_or("", String::as_str),
            };
            // Writing to a String never fails.
            let _ = text.write_str(piece);
        }
        DisplayText::lossy(&text)
    }
}

fn values_alone(keys: usize) -> Vec<Piece> {
    let value = |index| [Piece::Text(SEPARATOR.to_owned()), Piece::Value(index)];
    (0..keys).flat_map(value).skip(1).collect()
}

fn pieces(label: &str, keys: &[String]) -> Result<Vec<Piece>, SplitFault> {
    if label.trim().is_empty() {
        return Err(SplitFault::EmptyLabel);
    }
    let (mut pieces, mut rest) = (Vec::new(), label);
    while let Some((before, after)) = rest.split_once("{{") {
        let (key, after) = after.split_once("}}").ok_or(SplitFault::Unclosed)?;
        let index = keys.iter().position(|known| known == key.trim());
        let index = index.ok_or_else(|| SplitFault::UnknownKey(key.trim().to_owned()))?;
        pieces.extend([Piece::Text(before.to_owned()), Piece::Value(index)]);
        rest = after;
    }
    pieces.push(Piece::Text(rest.to_owned()));
    Ok(pieces)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    #[test]
    fn a_label_is_the_template_with_the_values_in_it() {
        let label = |template: Option<&str>, values: &[&str]| {
            let split = SplitBy::new(words(&["instance", "device"]), None, None, template).unwrap();
            split.label(&words(values)).as_str().to_owned()
        };
        assert_eq!(label(None, &["web-1", "sda"]), "web-1 · sda");
        assert_eq!(label(Some("{{device}} of {{ instance }}"), &["web-1", "sda"]), "sda of web-1");
        assert_eq!(
            label(Some("disk {{device}}"), &["web-1", "{{instance}}"]),
            "disk {{instance}}",
            "values stay literal"
        );
        assert_eq!(label(None, &["web-1", "a\nb\0"]), "web-1 · a b\u{fffd}");
    }

    #[test]
    fn every_fault_of_a_split_is_reported() {
        let faults = SplitBy::new(words(&["a", "a", "__name__"]), Some(101), Some("size"), Some("{{b}}")).unwrap_err();
        let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
        assert_eq!(
            texts,
            [
                "split_by names 'a' twice",
                "split_by cannot name '__name__'; write a label of the metric",
                "limit = 101 should be 1 to 100",
                "order = 'size' is not known; write one of max, last, avg, name",
                "label uses {{b}}, which split_by does not name"
            ]
        );
        assert_eq!(SplitBy::new(vec![], None, None, None).unwrap_err(), [SplitFault::NoKey]);
        let label = |label| SplitBy::new(words(&["a"]), Some(1), None, Some(label)).unwrap_err();
        assert_eq!((label("{{a"), label(" ")), (vec![SplitFault::Unclosed], vec![SplitFault::EmptyLabel]));
        assert!([0, -1].iter().all(|limit| SplitBy::new(words(&["a"]), Some(*limit), None, None).is_err()));
    }
}
