//! Metrics that one query evaluates, because they differ in the values of labels alone.
//!
//! A hundred hosts of one gauge are one call instead of a hundred, whether a request names each of them or a rule splits by the host. Used
//! by [`super::pushdown`].

use super::promql;
use crate::catalog::{MetricKind, QueryTarget, Selector, SeriesQuery};
use crate::request::{SplitBy, Statistic};
use crate::source::runtime::sample_collector::{Answer, Series};
use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Mutex, PoisonError};

/// The longest list of values in one query, in bytes. VictoriaMetrics rejects queries of more than 16 KiB (`-search.maxQueryLen`), and a
/// query names its selector at most four times.
const VALUES_BYTES: usize = 3800;

/// The fewest metrics of one of two queries, see [`cut`].
const MIN_HALF: usize = 4;

/// One metric, or several that differ in the values of labels.
#[derive(Debug)]
pub struct Group<'a> {
    /// The selector of all metrics, in PromQL.
    pub selector: String,
    /// The selector of one metric.
    of: &'a Selector,
    /// The labels of series that the server returned although they were not requested.
    unrequested: Mutex<BTreeSet<Labels>>,
    members: Members<'a>,
}

/// The metrics of a group.
#[derive(Debug)]
enum Members<'a> {
    One,
    /// One for each of these values of a label.
    Named(&'a str, Vec<&'a str>),
    /// One for each combination of values that some series has of these labels.
    Found(Vec<&'a str>),
}

/// The values that tell a metric of a group apart, see [`Group::labels`].
pub type Values = Vec<String>;

type Labels = BTreeMap<String, String>;

/// A name, its labels, each with its value or none for the label that differs.
type Shape<'a> = (&'a str, usize, Vec<(&'a str, Option<&'a str>)>);

impl<'a> Group<'a> {
    /// Makes a group of one metric; `None` where its selector has no PromQL.
    pub fn alone(of: &'a Selector) -> Option<Self> {
        Some(Self { selector: promql::selector(of)?, of, unrequested: Mutex::default(), members: Members::One })
    }

    /// Makes a group of the lines of a split metric. `None` where its selector has no PromQL, or a label that not every server groups by.
    pub fn split(of: &'a Selector, by: &'a SplitBy) -> Option<Self> {
        let labels: Vec<&str> = by.keys().iter().map(String::as_str).collect();
        let members = labels.iter().all(|label| promql::groups_by(label)).then_some(Members::Found(labels))?;
        Some(Self { members, ..Self::alone(of)? })
    }

    /// Metrics that [`groups`] put together; `None` for others.
    pub fn of(queries: &[&'a SeriesQuery]) -> Option<Self> {
        let selectors: Vec<&Selector> = queries.iter().filter_map(|query| selector(query)).collect();
        let [first, second, ..] = selectors[..] else { return None };
        let differs = first.labels.iter().zip(&second.labels).position(|(one, two)| one != two)?;
        let values: Vec<&str> =
            selectors.iter().filter_map(|selector| Some(selector.labels.get(differs)?.1.as_str())).collect();
        let label = first.labels[differs].0.as_str();
        let selector = promql::selector_of_any(first, label, &values)?;
        let is_whole = values.len() == queries.len();
        let members = Members::Named(label, values);
        is_whole.then_some(Self { selector, of: first, unrequested: Mutex::default(), members })
    }

    /// Returns the labels that distinguish the metrics; none for one metric.
    pub fn labels(&self) -> &[&'a str] {
        match &self.members {
            Members::One => &[],
            Members::Named(label, _) => std::slice::from_ref(label),
            Members::Found(labels) => labels,
        }
    }

    /// Returns the values of the metrics that were requested, in their order; empty where the server's rows say which there are.
    pub fn named(&self) -> Vec<Values> {
        match &self.members {
            Members::One => vec![Values::new()],
            Members::Named(_, values) => values.iter().map(|&value| vec![value.to_owned()]).collect(),
            Members::Found(_) => Vec::new(),
        }
    }

    /// Returns the values of the metric that a row with these labels belongs to, `None` where it belongs to none. A series without a label
    /// has an empty value there.
    pub fn values(&self, labels: &Labels) -> Option<Values> {
        let value = |label: &&str| labels.get(*label).cloned().unwrap_or_default();
        let values: Values = self.labels().iter().map(value).collect();
        let is_member = match &self.members {
            Members::Named(_, named) => named.iter().any(|&value| values[0] == value),
            Members::One | Members::Found(_) => true,
        };
        is_member.then_some(values)
    }
}

impl Group<'_> {
    /// Drops the series of an answer whose labels contradict the selector, and counts them once each. A label that is absent contradicts
    /// nothing: servers may leave out the name, or labels that tell replicas apart. Rows that [`promql::counts_series`] are no series.
    pub fn keep_requested(&self, answer: &mut Answer) {
        let is_requested = |series: &mut Series| promql::counts_series(&series.labels) || self.selects(&series.labels);
        let others: Vec<Labels> =
            answer.series.extract_if(.., |series| !is_requested(series)).map(|s| s.labels).collect();
        if others.is_empty() {
            return;
        }
        tracing::warn!(series = others.len(), "the source answers with series that were not requested");
        self.unrequested.lock().unwrap_or_else(PoisonError::into_inner).extend(others);
    }

    /// Returns the number of different series that [`Group::keep_requested`] dropped.
    pub fn unrequested(&self) -> usize {
        self.unrequested.lock().unwrap_or_else(PoisonError::into_inner).len()
    }

    fn selects(&self, labels: &Labels) -> bool {
        let agrees = |label: &str, value: &str| labels.get(label).is_none_or(|is| is == value);
        let named = agrees("__name__", &self.of.name);
        let differs = match &self.members {
            Members::Named(label, _) => Some(*label),
            Members::One | Members::Found(_) => None,
        };
        let own = |(label, _): &&(String, String)| differs != Some(label.as_str());
        named
            && self.of.labels.iter().filter(own).all(|(label, value)| agrees(label, value))
            && self.values(labels).is_some()
    }
}

/// Returns the groups of at least two among `queries`, by index. The largest groups come first; no query is in two of them.
pub fn groups(queries: &[&SeriesQuery]) -> Vec<Vec<usize>> {
    let mut shapes = BTreeMap::<Shape, Vec<usize>>::new();
    for (index, query) in queries.iter().enumerate() {
        for shape in shapes_of(query) {
            shapes.entry(shape).or_default().push(index);
        }
    }
    let of_one_shape =
        |((_, differs, _), members)| of_one_kind(queries, members).map(move |members| (differs, members));
    let mut alike: Vec<(usize, Vec<usize>)> = shapes.into_iter().flat_map(of_one_shape).collect();
    alike.sort_by_key(|(_, members)| (Reverse(members.len()), members[0]));
    let (mut taken, mut groups) = (BTreeSet::new(), Vec::new());
    for (differs, mut members) in alike {
        members.retain(|index| !taken.contains(index));
        if members.len() > 1 {
            taken.extend(members.iter().copied());
            groups.extend(cut(queries, &members, differs).into_iter().filter(|group| group.len() > 1));
        }
    }
    groups
}

fn selector(query: &SeriesQuery) -> Option<&Selector> {
    match &query.target {
        QueryTarget::Select(selector) => Some(selector),
        QueryTarget::Expression(_) => None,
    }
}

/// Returns one shape for each label in which other metrics may differ. An empty value is left out: it selects series without the label.
fn shapes_of(query: &SeriesQuery) -> Vec<Shape<'_>> {
    let is_whole = query.kind == MetricKind::Gauge && query.split_by.is_none();
    let Some(selector) = selector(query).filter(|_| is_whole) else { return Vec::new() };
    let may_differ = |index: &usize| {
        let (label, value) = &selector.labels[*index];
        promql::groups_by(label) && !value.is_empty()
    };
    let shape = |differs: usize| {
        let mut labels: Vec<_> =
            selector.labels.iter().map(|(label, value)| (label.as_str(), Some(value.as_str()))).collect();
        labels[differs].1 = None;
        (selector.name.as_str(), differs, labels)
    };
    (0..selector.labels.len()).filter(may_differ).map(shape).collect()
}

/// Separates metrics of one shape that differ in the statistic, the grid or another option.
fn of_one_kind(queries: &[&SeriesQuery], members: Vec<usize>) -> impl Iterator<Item = Vec<usize>> {
    let mut kinds: Vec<Vec<usize>> = Vec::new();
    for member in members {
        let is_alike = |kind: &&mut Vec<usize>| {
            let (one, two) = (queries[kind[0]], queries[member]);
            SeriesQuery { target: one.target.clone(), ..two.clone() } == *one
        };
        match kinds.iter_mut().find(is_alike) {
            Some(kind) => kind.push(member),
            None => kinds.push(vec![member]),
        }
    }
    kinds.into_iter()
}

/// Cuts a group into groups whose values fit into one query.
///
/// A server evaluates one query on one core. All statistics but AVG and SUM read the samples twice, so many metrics that would be one such
/// query are two at the same time.
fn cut(queries: &[&SeriesQuery], members: &[usize], differs: usize) -> Vec<Vec<usize>> {
    let value = |index: usize| selector(queries[index]).map_or("", |selector| selector.labels[differs].1.as_str());
    let (mut groups, mut left) = (Vec::<Vec<usize>>::new(), 0);
    for &member in members {
        let bytes = promql::pattern_bytes(value(member)) + 1;
        match groups.last_mut() {
            Some(group) if bytes <= left => {
                group.push(member);
                left -= bytes;
            }
            _ => {
                groups.push(vec![member]);
                left = VALUES_BYTES.saturating_sub(bytes);
            }
        }
    }
    let reads_twice = !matches!(queries[members[0]].statistic, Statistic::Average | Statistic::Sum);
    if let [only] = &mut groups[..]
        && reads_twice
        && only.len() >= 2 * MIN_HALF
    {
        let half = only.split_off(only.len() / 2);
        groups.push(half);
    }
    groups
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;
    use crate::request::{Period, Span, Zone};
    use crate::series::Grid;
    use std::sync::Arc;

    fn query(name: &str, labels: &[(&str, &str)], statistic: Statistic) -> SeriesQuery {
        let limits = Limits::default();
        let grid = Grid::new(Span::new(600, 900, &limits).unwrap(), Period::new(300, &limits).unwrap(), &Zone::utc());
        let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
        let wanted = QueryTarget::Select(Selector { name: name.to_owned(), labels });
        SeriesQuery::new(wanted, MetricKind::Gauge, statistic, Arc::new(grid))
    }

    fn grouped(queries: &[SeriesQuery]) -> Vec<Vec<usize>> {
        groups(&queries.iter().collect::<Vec<_>>())
    }

    #[test]
    fn metrics_that_differ_in_one_value_are_one_group_and_all_others_are_none() {
        let of = |host: &str, region: &str| query("cpu", &[("host", host), ("region", region)], Statistic::Average);
        let queries = [
            of("a", "kr"),
            of("b", "kr"),
            of("c", "jp"),
            query("cpu", &[("host", "d"), ("region", "kr")], Statistic::Sum),
            query("mem", &[("host", "a"), ("region", "kr")], Statistic::Average),
            query("cpu", &[("host", "a")], Statistic::Average),
            query("cpu", &[("host", ""), ("region", "kr")], Statistic::Average),
            SeriesQuery { kind: MetricKind::Counter, ..of("e", "kr") },
            of("f", "kr"),
        ];
        assert_eq!(grouped(&queries), [vec![0, 1, 8]]);
        let members: Vec<&SeriesQuery> = [0, 1, 8].map(|index| &queries[index]).to_vec();
        let group = Group::of(&members).unwrap();
        assert_eq!((group.selector.as_str(), group.labels()), (r#"cpu{host=~"a|b|f",region="kr"}"#, &["host"][..]));
        let row = |host: &str| group.values(&BTreeMap::from([("host".to_owned(), host.to_owned())]));
        assert_eq!((row("b"), row("x"), group.values(&BTreeMap::new())), (Some(vec!["b".to_owned()]), None, None));
    }

    #[test]
    fn a_split_metric_has_the_members_that_the_rows_have() {
        let selector = Selector { name: "cpu".to_owned(), labels: vec![] };
        let split =
            |keys: &[&str]| SplitBy::new(keys.iter().map(|&key| key.to_owned()).collect(), None, None, None).unwrap();
        let by = split(&["host", "disk"]);
        let group = Group::split(&selector, &by).unwrap();
        let row = BTreeMap::from([("host".to_owned(), "a".to_owned()), ("column".to_owned(), "series".to_owned())]);
        assert_eq!((group.labels(), group.named()), (&["host", "disk"][..], vec![]));
        assert_eq!(group.values(&row), Some(vec!["a".to_owned(), String::new()]));
        for other in ["column", "a-b", "1a", "inf", "on"] {
            assert!(Group::split(&selector, &split(&["host", other])).is_none(), "{other}");
        }
    }

    #[test]
    fn series_whose_labels_contradict_the_selector_are_dropped_and_counted_once() {
        let labels = |text: &str| -> Labels {
            text.split(',').filter_map(|pair| pair.split_once('=')).map(|(l, v)| (l.to_owned(), v.to_owned())).collect()
        };
        let selector = Selector {
            name: "cpu".to_owned(),
            labels: vec![("a".to_owned(), String::new()), ("host".to_owned(), "h".to_owned())],
        };
        let group = Group::alone(&selector).unwrap();
        let mut kept = Vec::new();
        let texts = [
            "host=h",
            "",
            "__name__=cpu,host=h,disk=1",
            "column=series",
            "host=x",
            "__name__=mem,host=h",
            "a=1,host=h",
        ];
        for _ in 0..2 {
            let series = texts.map(|text| Series { labels: labels(text), points: vec![] }).into();
            let mut answer = Answer { series, ..Answer::default() };
            group.keep_requested(&mut answer);
            kept = answer.series.into_iter().map(|series| series.labels).collect();
        }
        assert_eq!((kept, group.unrequested()), (texts[..4].iter().map(|text| labels(text)).collect(), 3));
    }

    #[test]
    fn a_metric_joins_the_larger_of_two_groups() {
        let of = |host: &str, region: &str| query("cpu", &[("host", host), ("region", region)], Statistic::Average);
        let queries = [of("a", "kr"), of("a", "jp"), of("b", "kr"), of("c", "kr"), of("x", "jp")];
        assert_eq!(grouped(&queries), [vec![0, 2, 3], vec![1, 4]]);
    }

    #[test]
    fn a_hundred_hosts_are_one_query_and_more_values_than_fit_are_several() {
        let of = |statistic: Statistic, length: usize, count: usize| {
            let host = |index: usize| query("cpu", &[("host", &format!("{index:0>length$}"))], statistic);
            grouped(&(0..count).map(host).collect::<Vec<_>>())
        };
        let lengths = |groups: Vec<Vec<usize>>| groups.iter().map(Vec::len).collect::<Vec<_>>();
        assert_eq!(of(Statistic::Average, 36, 100), [(0..100).collect::<Vec<_>>()]);
        assert_eq!(of(Statistic::Minimum, 36, 100), [(0..50).collect::<Vec<_>>(), (50..100).collect()]);
        assert_eq!(lengths(of(Statistic::Count, 36, 7)), [7]);
        assert_eq!(lengths(of(Statistic::Count, 500, 20)), [7, 7, 6]);
        assert!(of(Statistic::Average, 4000, 3).is_empty(), "a value that fills a query alone");
    }
}
