//! Rules and plans, from the operator's and the client's view.

mod counters;

use super::*;
use crate::catalog::{
    Born, CheckSelector, CounterConfig, Description, Inexpressible, MeaningConfig, Missing, Part, Piece, Precision,
    QueryConfig, QueryTarget, Selector, SplitConfig,
};
use crate::request::{Dimension, Name, Period, Span, Zone};
use proptest::prelude::*;

fn words(words: &[&str]) -> Vec<String> {
    words.iter().map(|&word| word.to_owned()).collect()
}

fn meaning(unit: &str, kind: &str) -> MeaningConfig {
    MeaningConfig {
        unit: Some(unit.to_owned()),
        kind: kind.to_owned(),
        scale: 2.0,
        missing: "gap".to_owned(),
        across: None,
        counter: CounterConfig::default(),
        resolution: None,
    }
}

fn rule(name: &str, dimensions: &[&str], optional: &[&str]) -> RuleConfig {
    RuleConfig {
        origin: "test.toml: [[metric]] 1".to_owned(),
        namespace: "Host".to_owned(),
        name: name.to_owned(),
        dimensions: words(dimensions),
        optional: words(optional),
        source: "prom".to_owned(),
        meaning: meaning("BYTES", "gauge"),
        query: QueryConfig::default(),
    }
}

fn labelled(rule: RuleConfig, name: &str, labels: &[(&str, &str)]) -> RuleConfig {
    let labels = labels.iter().map(|&(label, value)| (label.to_owned(), value.to_owned())).collect();
    let query = QueryConfig { name: Some(name.to_owned()), labels: Some(labels), ..Default::default() };
    RuleConfig { query, ..rule }
}

fn expressed(rule: RuleConfig, expression: &str) -> RuleConfig {
    let query = QueryConfig { expression: Some(expression.to_owned()), ..Default::default() };
    RuleConfig { query, ..rule }
}

fn default(namespaces: &[&str], namespace_label: Option<&str>) -> DefaultRuleConfig {
    DefaultRuleConfig {
        origin: "test.toml: [[default]] 1".to_owned(),
        namespaces: words(namespaces),
        namespace_label: namespace_label.map(str::to_owned),
        source: "prom".to_owned(),
        meaning: meaning("NONE", "gauge"),
    }
}

/// Returns one source, whose language has no wildcards.
fn sources() -> BTreeMap<String, WildcardCheck> {
    let none: WildcardCheck = |_| false;
    BTreeMap::from([("prom".to_owned(), none)])
}

fn catalog(rules: Vec<RuleConfig>, defaults: Vec<DefaultRuleConfig>) -> Result<Catalog, Vec<CatalogError>> {
    Catalog::new(rules, defaults, sources())
}

fn faults(rules: Vec<RuleConfig>, defaults: Vec<DefaultRuleConfig>) -> Vec<String> {
    catalog(rules, defaults).unwrap_err().iter().map(ToString::to_string).collect()
}

fn fault(rule: RuleConfig) -> String {
    let faults = faults(vec![rule], vec![]);
    assert_eq!(faults.len(), 1, "{faults:?}");
    faults.concat()
}

fn metric(namespace: &str, name: &str, dimensions: &[(&str, &str)], seconds: i64) -> MetricRequest {
    let limits = Limits::default();
    let named = |text| Name::new(text, &limits).unwrap();
    let (namespace, name) = (named(namespace), named(name));
    let pairs = dimensions.iter().map(|(key, value)| Dimension::new(key, value, &limits).unwrap()).collect();
    let metric = MetricRef::new(namespace, name, pairs).unwrap();
    let period = Period::new(seconds, &limits).unwrap();
    MetricRequest { metric, period, statistic: Statistic::Average, colour: None, display_name: None, split_by: None }
}

fn query(start: i64, end: i64, metrics: Vec<MetricRequest>) -> Query {
    Query { span: Span::new(start, end, &Limits::default()).unwrap(), zone: Zone::utc(), metrics }
}

fn hour(metrics: Vec<MetricRequest>) -> Query {
    query(3600, 7200, metrics)
}

fn selector(plan: &QueryPlan, index: usize) -> &Selector {
    match &plan.fetches[plan.lines[index].fetch].query.target {
        QueryTarget::Select(selector) => selector,
        QueryTarget::Expression(expression) => panic!("{expression:?}"),
    }
}

fn labels(plan: &QueryPlan, index: usize) -> Vec<(&str, &str)> {
    selector(plan, index).labels.iter().map(|(label, value)| (label.as_str(), value.as_str())).collect()
}

fn refused(catalog: &Catalog, query: &Query) -> Vec<(FaultKind, String)> {
    let faults = catalog.plan(query, &Limits::default()).unwrap_err();
    faults.into_iter().map(|fault| (fault.kind, fault.sentence())).collect()
}

#[test]
fn without_a_selection_name_and_dimensions_become_name_and_labels() {
    let catalog = catalog(vec![rule("CPU Usage/Core[Basic]", &["VolumeID"], &["Device"])], vec![]).unwrap();
    let query = hour(vec![
        metric("Host", "CPU Usage/Core[Basic]", &[("VolumeID", "v")], 60),
        metric("Host", "CPU Usage/Core[Basic]", &[("VolumeID", "v"), ("Device", "d")], 60),
    ]);
    let plan = catalog.plan(&query, &Limits::default()).unwrap();
    assert_eq!(selector(&plan, 0).name, "CPU Usage/Core[Basic]");
    assert_eq!(labels(&plan, 0), [("VolumeID", "v")]);
    assert_eq!(labels(&plan, 1), [("Device", "d"), ("VolumeID", "v")]);
}

#[test]
fn labels_are_literal_or_dimensions_and_missing_ones_are_omitted() {
    let pairs = [("volume_id", "${VolumeID}"), ("job", "node"), ("device", "${Device}")];
    let catalog =
        catalog(vec![labelled(rule("CPU", &["VolumeID"], &["Device"]), "cpu_usage", &pairs)], vec![]).unwrap();
    let given = [("VolumeID", "x\"} or up{a=\"")];
    let plan = catalog.plan(&hour(vec![metric("Host", "CPU", &given, 60)]), &Limits::default()).unwrap();
    assert_eq!(selector(&plan, 0).name, "cpu_usage");
    assert_eq!(labels(&plan, 0), [("job", "node"), ("volume_id", "x\"} or up{a=\"")]);
}

#[test]
fn other_keys_become_labels_if_the_rule_allows_it() {
    let one = labelled(rule("CPU", &["VolumeID"], &["*"]), "cpu", &[("id", "${VolumeID}"), ("job", "node")]);
    let catalog = catalog(vec![one], vec![]).unwrap();
    let query = hour(vec![metric("Host", "CPU", &[("z", "1"), ("VolumeID", "v"), ("a", "2")], 60)]);
    let plan = catalog.plan(&query, &Limits::default()).unwrap();
    assert_eq!(labels(&plan, 0), [("a", "2"), ("id", "v"), ("job", "node"), ("z", "1")]);
    let clash = hour(vec![metric("Host", "CPU", &[("VolumeID", "v"), ("job", "mine")], 60)]);
    assert_eq!(refused(&catalog, &clash).len(), 1);
}

#[test]
fn expressions_keep_client_values_separate() {
    let expression = "avg(rate(x{instance=${instance}}[${resolution}]))";
    let catalog = catalog(vec![expressed(rule("CPU", &["instance"], &[]), expression)], vec![]).unwrap();
    let query = hour(vec![metric("Host", "CPU", &[("instance", "a\"b")], 60)]);
    let plan = catalog.plan(&query, &Limits::default()).unwrap();
    let QueryTarget::Expression(expression) = &plan.fetches[0].query.target else { panic!("{plan:?}") };
    let text = |text: &str| Piece::Text(text.to_owned());
    let value = Piece::Value("a\"b".to_owned());
    assert_eq!(expression.pieces, [text("avg(rate(x{instance="), value, text("}["), Piece::Resolution, text("]))")]);
    assert_eq!(expression.resolution_seconds, 15);
}

#[test]
fn a_default_rule_serves_names_without_a_rule() {
    let catalog =
        catalog(vec![rule("CPU", &["a"], &[])], vec![default(&["Host", "Other"], Some("namespace"))]).unwrap();
    let query = hour(vec![metric("Other", "up", &[("job", "x")], 60), metric("Host", "CPU", &[("a", "1")], 60)]);
    let plan = catalog.plan(&query, &Limits::default()).unwrap();
    assert_eq!(labels(&plan, 0), [("job", "x"), ("namespace", "Other")]);
    assert_eq!(labels(&plan, 1), [("a", "1")]);
    let clash = hour(vec![metric("Other", "up", &[("namespace", "x")], 60), metric("Host", "CPU", &[("b", "1")], 60)]);
    let paths: Vec<_> = catalog.plan(&clash, &Limits::default()).unwrap_err().into_iter().map(|f| f.path).collect();
    assert_eq!(paths, ["metrics[0].dimensions", "metrics[1].dimensions"]);
}

#[test]
fn all_unknown_metrics_are_named_at_once() {
    let rules = vec![rule("CPU", &["a", "b"], &["c"]), rule("CPU", &["d"], &[])];
    let catalog = catalog(rules, vec![default(&["Open"], None)]).unwrap();
    let query = hour(vec![
        metric("host", "CPU", &[], 60),
        metric("Host", "cpu", &[], 60),
        metric("Open", "anything", &[], 60),
        metric("Host", "CPU", &[("a", "1")], 60),
    ]);
    let want = [
        (
            FaultKind::UnknownNamespace,
            "Namespace 'host' of metric 'CPU' should be one of the catalogue: metrics[0].namespace_name",
        ),
        (FaultKind::UnknownMetric, "Metric 'cpu' should be one of the catalogue's namespace 'Host': metrics[1].name"),
        (
            FaultKind::UnknownMetric,
            "Metric 'CPU' of namespace 'Host' should have the keys 'a', 'b', and perhaps 'c'; or the key 'd': metrics[3].dimensions",
        ),
    ];
    assert_eq!(refused(&catalog, &query), want.map(|(kind, text)| (kind, text.to_owned())));
}

#[test]
fn wildcard_values_are_rejected_and_values_that_contain_a_wildcard_are_not() {
    let rules = || (vec![rule("CPU", &["a"], &["*"])], vec![default(&["Open"], None)]);
    let query = hour(vec![
        metric("Host", "CPU", &[("a", "x*"), ("b", "*")], 60),
        metric("Open", "any", &[("c", "*"), ("d", "**")], 60),
    ]);
    let ((metrics, defaults), star): (_, WildcardCheck) = (rules(), |value| value == "*");
    let catalog = Catalog::new(metrics, defaults, BTreeMap::from([("prom".to_owned(), star)])).unwrap();
    let text = "String should be one value: '*' is several to the metric's source";
    let want = ["metrics[0].dimensions[1].value", "metrics[1].dimensions[0].value"];
    let want = want.map(|path| (FaultKind::InvalidName, format!("{text}: {path}")));
    assert_eq!(refused(&catalog, &query), want);
    let (metrics, defaults) = rules();
    assert!(Catalog::new(metrics, defaults, sources()).unwrap().plan(&query, &Limits::default()).is_ok());
}

#[test]
fn keys_that_are_no_labels_are_rejected_unless_a_rule_maps_them() {
    let named =
        QueryConfig { labels: Some(vec![("host".to_owned(), "${호스트}".to_owned())]), ..Default::default() };
    let mapped = RuleConfig { query: named, ..rule("Mapped", &["호스트"], &[]) };
    let rules = vec![rule("CPU", &["호스트"], &["*"]), mapped];
    let ascii: CheckSelector = |selector| {
        let labels = selector.labels.iter().map(|(label, _)| label).filter(|label| !label.is_ascii());
        labels.map(|label| Inexpressible { part: Part::Label(label.clone()), should: "ASCII" }).collect()
    };
    let catalog = catalog(rules, vec![default(&["Open"], None)]).unwrap();
    let catalog = catalog.with_checks(BTreeMap::from([("prom".to_owned(), ascii)]));
    let query = hour(vec![
        metric("Host", "CPU", &[("a", "1"), ("호스트", "b"), ("구역", "c")], 60),
        metric("Host", "Mapped", &[("호스트", "b")], 60),
        metric("Open", "any", &[("온도", "뜨거움")], 60),
    ]);
    let want = [("호스트", "[0].dimensions[1]"), ("구역", "[0].dimensions[2]"), ("온도", "[2].dimensions[0]")];
    let text = |key| format!("String should be ASCII for the metric's source: '{key}'");
    let want = want.map(|(key, place)| (FaultKind::InvalidName, format!("{}: metrics{place}.key", text(key))));
    assert_eq!(refused(&catalog, &query), want);
}

#[test]
fn inexpressible_client_values_are_rejected_with_their_path() {
    let check: CheckSelector = |selector| {
        let fault = |part: Part| Inexpressible { part, should: "plain" };
        let labels = selector.labels.iter().filter(|(_, value)| value.contains('!'));
        let values = labels.map(|(label, _)| fault(Part::Value(label.clone())));
        values.chain(selector.name.contains('!').then(|| fault(Part::Name))).collect()
    };
    let written = labelled(
        rule("CPU", &["Server", "disk"], &[]),
        "cpu!",
        &[("job", "a!"), ("host", "${Server}"), ("disk", "${disk}")],
    );
    let catalog = catalog(vec![written], vec![default(&["Any"], Some("space!"))]).unwrap();
    let catalog = catalog.with_checks(BTreeMap::from([("prom".to_owned(), check)]));
    let query = hour(vec![
        metric("Host", "CPU", &[("disk", "sda"), ("Server", "x!")], 60),
        metric("Any", "up!", &[("a", "1"), ("b", "2!")], 60),
    ]);
    let wanted = [
        "String should be plain for the metric's source: 'x!': metrics[0].dimensions[1].value",
        "String should be plain for the metric's source: '2!': metrics[1].dimensions[1].value",
        "String should be plain for the metric's source: 'up!': metrics[1].name",
    ];
    assert_eq!(refused(&catalog, &query), wanted.map(|text| (FaultKind::InvalidName, text.to_owned())));
}

#[test]
fn equal_queries_are_planned_once_and_grids_are_shared() {
    let catalog = catalog(vec![rule("CPU", &["a"], &[]), rule("Memory", &["a"], &[])], vec![]).unwrap();
    let of = |name, seconds| metric("Host", name, &[("a", "1")], seconds);
    let sum = MetricRequest { statistic: Statistic::Sum, ..of("CPU", 60) };
    let query = hour(vec![of("CPU", 60), of("Memory", 60), of("CPU", 60), of("CPU", 300), sum]);
    let plan = catalog.plan(&query, &Limits::default()).unwrap();
    assert_eq!(plan.lines.iter().map(|line| line.fetch).collect::<Vec<_>>(), [0, 1, 0, 2, 3]);
    assert!(Arc::ptr_eq(&plan.fetches[0].query.grid, &plan.fetches[1].query.grid));
    assert!(Arc::ptr_eq(&plan.fetches[0].query.grid, &plan.fetches[3].query.grid));
}

#[test]
fn units_follow_the_kind_and_the_statistic() {
    let gauge = rule("g", &[], &[]);
    let counter = RuleConfig { meaning: meaning("BYTES", "counter"), ..rule("c", &[], &[]) };
    let catalog = catalog(vec![gauge, counter], vec![]).unwrap();
    let line = |name, statistic| {
        let request = MetricRequest { statistic, ..metric("Host", name, &[], 60) };
        let plan = catalog.plan(&hour(vec![request]), &Limits::default()).unwrap();
        (plan.lines[0].unit.to_string(), plan.lines[0].scale)
    };
    let per_second = ("BYTES_PER_SECOND".to_owned(), 2.0);
    for statistic in [Statistic::Average, Statistic::Minimum, Statistic::Maximum, Statistic::Percentile(990)] {
        assert_eq!(line("g", statistic), ("BYTES".to_owned(), 2.0));
        assert_eq!(line("c", statistic), per_second);
    }
    assert_eq!(line("c", Statistic::Sum), ("BYTES".to_owned(), 2.0));
    assert_eq!(line("c", Statistic::Count), ("COUNT".to_owned(), 1.0));
    assert_eq!(line("g", Statistic::Count), ("COUNT".to_owned(), 1.0));
}

#[test]
fn entries_are_rules_of_one_metric_in_order() {
    let zero = MeaningConfig { missing: "zero".to_owned(), ..meaning("BYTES", "counter") };
    let rules = vec![rule("b", &["x", "y"], &["z"]), RuleConfig { meaning: zero, ..rule("a", &[], &[]) }];
    let catalog = catalog(rules, vec![default(&["Open"], None)]).unwrap();
    let entries: Vec<_> = catalog.entries().map(|entry| (entry.name, entry.dimensions, entry.unit)).collect();
    assert_eq!(entries, [("b".to_owned(), words(&["x", "y"]), Unit::BYTES), ("a".to_owned(), vec![], Unit::BYTES)]);
    let plan = catalog.plan(&hour(vec![metric("Host", "a", &[], 60)]), &Limits::default()).unwrap();
    assert_eq!(plan.lines[0].missing, Missing::Zero);
}

#[test]
fn buckets_up_to_the_limit_pass_and_one_more_is_rejected() {
    let catalog = catalog(vec![], vec![default(&["Open"], None)]).unwrap();
    let limits = Limits { buckets_per_series: 1000, buckets_per_request: 1500, ..Limits::default() };
    let request = |end, count: usize| {
        let plan = catalog.plan(&query(60, end, vec![metric("Open", "x", &[], 60); count]), &limits);
        plan.map(|plan| plan.fetches[0].query.grid.len()).map_err(|faults| faults[0].sentence())
    };
    assert_eq!(request(60 + 60_000, 1), Ok(1000));
    let text = "Input should be a period of at least 61 seconds: a series has at most 1000 points, not 1001: period";
    assert_eq!(request(60 + 60_001, 1), Err(text.to_owned()));
    assert_eq!(request(60 + 45_000, 2), Ok(750));
    let text = "Input should be a period of at least 61 seconds: a request has at most 1500 points over all its metrics, not 1502";
    assert_eq!(request(60 + 45_001, 2), Err(format!("{text}: period")));
}

#[test]
fn each_metric_with_its_own_period_has_its_own_fault() {
    let catalog = catalog(vec![], vec![default(&["Open"], None)]).unwrap();
    let metrics = [1, 3600, 2, 1].map(|seconds| metric("Open", "x", &[], seconds)).to_vec();
    let faults = catalog.plan(&query(1, 86_400, metrics), &Limits::for_tests()).unwrap_err();
    assert!(faults.iter().all(|fault| fault.kind == FaultKind::CostTooHigh), "{faults:?}");
    let paths: Vec<_> = faults.iter().map(|fault| fault.path.as_str()).collect();
    assert_eq!(paths, ["metrics[0].period", "metrics[2].period", "metrics[3].period"]);
}

#[test]
fn a_limit_that_no_period_meets_suggests_fewer_metrics_or_a_shorter_range() {
    let catalog = catalog(vec![], vec![default(&["Open"], None)]).unwrap();
    let limits = Limits { buckets_per_request: 1, ..Limits::default() };
    let faults = catalog.plan(&query(1, 86_400, vec![metric("Open", "x", &[], 60); 2]), &limits).unwrap_err();
    assert!(faults[0].text.starts_with("Input should be a shorter time range or fewer metrics:"), "{faults:?}");
}

proptest! {
    #[test]
    fn the_suggested_period_passes_and_one_second_less_does_not(
        start in 1_i64..1_000_000_000, seconds in 2000_i64..10_000_000, count in 1_usize..4,
    ) {
        let catalog = catalog(vec![], vec![default(&["Open"], None)]).unwrap();
        let limits = Limits::for_tests();
        let plan = |period| {
            let metrics = vec![metric("Open", "x", &[], period); count];
            catalog.plan(&query(start, start + seconds, metrics), &limits)
        };
        let faults = plan(1).unwrap_err();
        let words = faults[0].text.strip_prefix("Input should be a period of at least ").unwrap();
        let named: i64 = words.split(' ').next().unwrap().parse().unwrap();
        prop_assume!(named > 1);
        prop_assert!(plan(named - 1).is_err());
        prop_assert!(plan(named).is_ok());
    }
}

#[test]
fn every_fault_of_every_rule_is_listed_with_its_name() {
    let bad = RuleConfig { source: "prim".to_owned(), ..rule("A", &[], &[]) };
    let worse = MeaningConfig { unit: Some("PERCENTS".to_owned()), kind: "gage".to_owned(), ..meaning("", "") };
    let worse = MeaningConfig { scale: 0.0, missing: "null".to_owned(), ..worse };
    let worse =
        RuleConfig { origin: "test.toml: [[metric]] 2".to_owned(), meaning: worse, ..rule("B", &["x", "x"], &[]) };
    let faults = faults(vec![bad, worse], vec![default(&[], Some(""))]);
    let starts = [
        "test.toml: [[metric]] 1 ('Host', 'A'): there is no source 'prim'; the configuration has 'prom'",
        "test.toml: [[metric]] 2 ('Host', 'B'): the dimension 'x' is listed twice",
        "test.toml: [[metric]] 2 ('Host', 'B'): unit = 'PERCENTS' is not known; write one of SECONDS, ",
        "test.toml: [[metric]] 2 ('Host', 'B'): kind = 'gage' is not known; write one of gauge, counter",
        "test.toml: [[metric]] 2 ('Host', 'B'): scale = 0 should be a finite number above 0",
        "test.toml: [[metric]] 2 ('Host', 'B'): missing = 'null' is not known; write one of gap, zero",
        "test.toml: [[default]] 1 (namespaces none): a default rule needs at least one namespace",
        "test.toml: [[default]] 1 (namespaces none): namespace_label '' can never be asked for",
    ];
    assert_eq!(faults.len(), starts.len(), "{faults:#?}");
    for start in starts {
        assert!(faults.iter().any(|fault| fault.starts_with(start)), "{start} is not in {faults:#?}");
    }
}

#[test]
fn placeholders_and_dimensions_must_match() {
    let unknown = fault(labelled(rule("A", &["a"], &[]), "x", &[("a", "${a}"), ("b", "${b}")]));
    assert!(unknown.ends_with("label 'b' uses ${b}, but the rule has no such dimension; it has 'a'"), "{unknown}");
    let unused = fault(labelled(rule("A", &["a"], &["b"]), "x", &[("a", "${a}")]));
    assert!(unused.contains("the dimension 'b' changes nothing: use ${b} in the query"), "{unused}");
    let embedded = fault(labelled(rule("A", &["a"], &[]), "x", &[("a", "${a}"), ("b", "node-${a}")]));
    assert!(embedded.contains("label 'b': 'node-${a}' mixes text and a placeholder"), "{embedded}");
    let name = fault(labelled(rule("A", &["a"], &[]), "x_${a}", &[("a", "${a}")]));
    assert!(name.contains("name: 'x_${a}' mixes text and a placeholder"), "{name}");
    let optional = fault(expressed(rule("A", &["a"], &["b"]), "x{a=${a},b=${b}}"));
    assert!(optional.ends_with("list it under dimensions, not under optional"), "{optional}");
    let quoted = fault(expressed(rule("A", &["instance"], &[]), "x{instance=\"${instance}\"}"));
    assert!(quoted.ends_with("write instance=${instance}, without quotes"), "{quoted}");
    let reserved = fault(expressed(rule("A", &["a"], &[]), "x[${resolution}]{a=${a},b=${b}}"));
    assert!(reserved.contains("uses ${b}"), "{reserved}");
}

#[test]
fn a_query_is_a_selection_or_an_expression() {
    let both = QueryConfig { name: Some("x".to_owned()), expression: Some("x".to_owned()), ..Default::default() };
    assert!(fault(RuleConfig { query: both, ..rule("A", &[], &[]) }).contains("exclude each other"));
    let every = |seconds| MeaningConfig { resolution: Some(seconds), ..meaning("BYTES", "gauge") };
    let alone = RuleConfig { meaning: every(15), ..rule("A", &[], &[]) };
    assert!(fault(alone).contains("belongs to an expression"));
    let never = RuleConfig { meaning: every(0), ..expressed(rule("A", &[], &[]), "x") };
    assert!(fault(never).contains("1 to 86400"));
}

#[test]
fn a_shadowed_rule_is_rejected() {
    assert!(fault_of_second(rule("A", &["x", "y"], &[]), rule("A", &["y", "x"], &[])).contains("never be used"));
    assert!(catalog(vec![rule("A", &["x"], &[]), rule("A", &["y"], &[])], vec![]).is_ok());
}

fn fault_of_second(first: RuleConfig, second: RuleConfig) -> String {
    faults(vec![first, second], vec![]).concat()
}

fn split_rule(name: &str, limit: Option<i64>) -> RuleConfig {
    let split = SplitConfig { split_by: words(&["instance"]), limit, ..SplitConfig::default() };
    let query = QueryConfig { split: Some(split), ..QueryConfig::default() };
    RuleConfig { query, ..rule(name, &[], &[]) }
}

#[test]
fn a_split_metric_has_its_own_query_and_costs_its_maximum_lines() {
    let whole = RuleConfig { query: named("A"), ..rule("B", &[], &[]) };
    let catalog = catalog(vec![split_rule("A", None), whole, split_rule("C", Some(100))], vec![]).unwrap();
    let [a, b, c] = ["A", "B", "C"].map(|name| metric("Host", name, &[], 60));
    let plan = catalog.plan(&hour(vec![a.clone(), b, a]), &Limits::default()).unwrap();
    let keys: Vec<_> = plan.fetches.iter().map(|fetch| fetch.query.split_by.as_ref().map(SplitBy::keys)).collect();
    assert_eq!(keys, [Some(&words(&["instance"])[..]), None]);
    assert_eq!((plan.lines.len(), plan.max_lines()), (3, 25));
    let limits = Limits { buckets_per_request: 5999, ..Limits::default() };
    let expensive = catalog.plan(&hour(vec![c.clone()]), &limits).unwrap_err();
    assert!(expensive[0].text.contains("at most 5999 points over all its metrics, not 6000"), "{expensive:?}");
    let enough = Limits { buckets_per_request: 6000, ..limits };
    assert!(catalog.plan(&hour(vec![c]), &enough).is_ok());
}

fn named(name: &str) -> QueryConfig {
    QueryConfig { name: Some(name.to_owned()), ..QueryConfig::default() }
}

#[test]
fn faults_of_a_split_are_reported_with_the_rule() {
    let text = fault(split_rule("A", Some(1000)));
    assert_eq!(text, "test.toml: [[metric]] 1 ('Host', 'A'): limit = 1000 should be 1 to 100");
}

#[test]
fn a_default_rule_takes_kind_and_unit_from_metadata_and_a_rule_s_own_count_more() {
    let open = |kind: &str, unit: Option<&str>| {
        let meaning = MeaningConfig { unit: unit.map(str::to_owned), ..meaning("", kind) };
        DefaultRuleConfig { meaning, ..default(&["Open"], None) }
    };
    let plan = |rule: DefaultRuleConfig, description: Option<Description>| {
        let catalog = catalog(vec![], vec![rule]).unwrap();
        let query = hour(vec![metric("Open", "x_total", &[], 60)]);
        let key = ("prom".to_owned(), "x_total".to_owned());
        let is_open = catalog.undescribed(&query).contains(&key);
        let descriptions = description.map(|description| (key, description)).into_iter().collect();
        let plan = catalog.plan_described(&query, &descriptions, &Limits::default()).unwrap();
        (is_open, plan.fetches[0].query.kind, plan.fetches[0].query.across, plan.lines[0].unit.to_string())
    };
    let counter = Some(Description { kind: Some(MetricKind::Counter), unit: Some(Unit::BYTES) });
    let unit = |text: &str| text.to_owned();
    assert_eq!(plan(open("auto", None), counter), (true, MetricKind::Counter, Across::Sum, unit("BYTES_PER_SECOND")));
    assert_eq!(plan(open("auto", None), None), (true, MetricKind::Gauge, Across::Pool, unit("NONE")));
    assert_eq!(plan(open("auto", Some("PERCENT")), counter).1, MetricKind::Counter);
    assert_eq!(plan(open("gauge", None), counter), (true, MetricKind::Gauge, Across::Pool, unit("BYTES")));
    for word in ["COUNT", "NONE"] {
        assert_eq!(plan(open("gauge", Some(word)), counter), (false, MetricKind::Gauge, Across::Pool, unit(word)));
        assert_eq!(plan(open("auto", Some(word)), None), (true, MetricKind::Gauge, Across::Pool, unit(word)));
    }
}

#[test]
fn kind_auto_requires_a_default_rule_and_accepts_counter_options() {
    let auto = MeaningConfig { kind: "auto".to_owned(), ..meaning("BYTES", "gauge") };
    assert!(
        fault(RuleConfig { meaning: auto.clone(), ..rule("A", &[], &[]) }).ends_with("write one of gauge, counter")
    );
    let counter = CounterConfig { longest_gap: Some(7200), ..CounterConfig::default() };
    let rule = DefaultRuleConfig { meaning: MeaningConfig { counter, ..auto }, ..default(&["Open"], None) };
    assert!(catalog(vec![], vec![rule]).is_ok());
}
