//! The same samples in a file and in a real Gnocchi, under archive policies that retain all samples and under one that retains aggregates:
//! the same request returns the same values. Also Keystone tokens, ids, lists, and missing metrics.

use crate::support::fixture::START;
use crate::support::gnocchi::{Gnocchi, Policy};
use crate::support::keystone::{Keystone, Rules};
use crate::support::numbers::{buckets, equal};
use crate::support::{configured, demo, fixture};
use axum::http::Method;
use metricshot::call::Call;
use metricshot::clock::{Deadline, now_ms};
use metricshot::config;
use metricshot::config::ConfigInputs;
use metricshot::error::Failure;
use metricshot::limits::Limits;
use metricshot::series::Notes;
use metricshot::source::Source;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;
use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

const DAY: i64 = 86_400;
const STATISTICS: [&str; 8] = ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p90", "p99.9"];

/// An archive policy with aggregates of each minute, five minutes, hour and day.
const ADDED_UP: Policy<'_> = Policy {
    name: "added-up",
    granularities: &[60, 300, 3600, 86_400],
    aggregations: &["mean", "sum", "count", "min", "max", "50pct", "90pct"],
};

/// An archive policy that retains every sample of the fixtures, because no second has two samples.
const SAMPLES: Policy<'_> = Policy { name: "samples", granularities: &[1], aggregations: &["mean"] };

/// An archive policy with means and counts of five minutes, like those of Ceilometer.
const MEANS: Policy<'_> = Policy { name: "means", granularities: &[300], aggregations: &["mean", "count"] };

/// Fills Gnocchi: each policy has resources of a type with its name. Returns the ids of the metrics with means.
async fn filled(gnocchi: &Gnocchi) -> Vec<String> {
    let all =
        [fixture::cpu(), fixture::irregular(), fixture::days(), fixture::counter(), fixture::not_finite()].concat();
    let mut means = Vec::new();
    for (policy, resource_type, series) in
        [(ADDED_UP, "added_up", &all), (SAMPLES, "samples", &all), (MEANS, "means", &fixture::cpu())]
    {
        gnocchi.add_policy(&policy).await;
        gnocchi.add_type(resource_type).await;
        means = gnocchi.add_series(resource_type, policy.name, series).await;
    }
    means
}

/// Returns a configuration with a namespace for the file and one for each resource type; `keys` go into the Gnocchi source.
fn configuration(folder: &Path, keys: &str) -> String {
    let all =
        [fixture::cpu(), fixture::irregular(), fixture::days(), fixture::counter(), fixture::not_finite()].concat();
    fs::write(folder.join("samples.om"), fixture::openmetrics(&all)).unwrap();
    let mut text = format!(
        "[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n[sources.gnocchi]\ntype = \"gnocchi\"\n{keys}\n"
    );
    for name in ["cpu_usage_percent", "irregular", "temperature", "requests_total", "not_finite", "not_there"] {
        let kind = if name == "requests_total" { "counter" } else { "gauge" };
        let keys = format!("name = \"{name}\"\noptional = [\"instance\"]\nkind = \"{kind}\"");
        writeln!(text, "[[metric]]\nnamespace = \"file\"\nsource = \"file\"\n{keys}").unwrap();
        for resource_type in ["added_up", "samples", "means"] {
            let labels = format!("{{ resource_type = \"{resource_type}\", instance = \"${{instance}}\" }}");
            let select = format!("select = {{ name = \"{name}\", labels = {labels} }}");
            writeln!(text, "[[metric]]\nnamespace = \"{resource_type}\"\nsource = \"gnocchi\"\n{keys}\n{select}")
                .unwrap();
        }
    }
    text + "[[default]]\nnamespaces = [\"plain\"]\nsource = \"gnocchi\"\n[[default]]\nnamespaces = [\"unitless\"]\nsource = \"gnocchi\"\nunit = \"NONE\"\n"
}

#[derive(Debug)]
struct Case<'a> {
    name: &'a str,
    instance: Option<&'a str>,
    start: i64,
    end: i64,
    period: i64,
    zone: &'a str,
}

impl Case<'_> {
    /// Statistic and namespace of each line, with the file first.
    fn requested(&self) -> Vec<(&'static str, &'static str)> {
        let mut asked = Vec::new();
        for statistic in STATISTICS {
            asked.push((statistic, "file"));
            // Samples are fetched alike for all statistics, so a few suffice.
            if matches!(statistic, "AVG" | "CNT" | "p99.9") {
                asked.push((statistic, "samples"));
            }
            // A counter has no additive aggregates, and values that are not finite make the minutes count as samples, which they are there.
            let minutes_are_samples = self.name == "not_finite" && self.period % 60 == 0;
            if self.name != "requests_total" && (minutes_are_samples || self.adds_up(statistic)) {
                asked.push((statistic, "added_up"));
            }
        }
        asked
    }

    /// Reports whether a statistic is exact from aggregates: percentiles are not, except those retained of one metric.
    fn adds_up(&self, statistic: &str) -> bool {
        let is_kept = || ADDED_UP.granularities.iter().any(|&one| i64::from(one) == self.period);
        match statistic {
            "p50" | "p90" => self.instance.is_some() && self.zone == "UTC" && is_kept(),
            "p99.9" => false,
            _ => self.period % 60 == 0,
        }
    }

    fn body(&self, asked: &[(&str, &str)]) -> Vec<u8> {
        let dimensions: Vec<Value> =
            self.instance.iter().map(|value| json!({"key": "instance", "value": value})).collect();
        let metric = |(statistic, namespace): &(&str, &str)| json!({"namespace_name": namespace, "name": self.name, "dimensions": dimensions, "statistic_type": statistic});
        request(self.start, self.end, self.period, "AVG", self.zone, asked.iter().map(metric).collect())
    }
}

fn request(start: i64, end: i64, period: i64, statistic: &str, zone: &str, metrics: Vec<Value>) -> Vec<u8> {
    let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic, "timezone": zone,
        "title": "", "width": 600, "height": 400, "metrics": metrics});
    body.to_string().into_bytes()
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_and_a_gnocchi_return_the_same_values() {
    let gnocchi = Gnocchi::start();
    filled(&gnocchi).await;
    let folder = tempfile::tempdir().unwrap();
    let auth = "auth = { basic = { username = \"admin\", password = \"\" } }";
    let app =
        configured::app(folder.path(), &configuration(folder.path(), &format!("url = \"{}\"\n{auth}", gnocchi.url)));
    let mut compared = 0;
    for (name, instance) in [
        ("cpu_usage_percent", None),
        ("cpu_usage_percent", Some("i-2")),
        ("irregular", Some("i-1")),
        ("temperature", Some("i-1")),
        ("requests_total", Some("i-1")),
        ("not_there", None),
        ("cpu_usage_percent", Some("not there")),
        ("not_finite", Some("a")),
    ] {
        for (start, end, period, zone) in [
            (START, START + 7200, 300, "UTC"),
            (START + 7, START + 7001, 60, "UTC"),
            (START - 900, START + 14_400, 420, "UTC"),
            (START + 2000, START + 2001, 3600, "UTC"),
            (START + 11, START + 2001, 97, "UTC"),
            (START - DAY, START + 4 * DAY, DAY, "UTC"),
            (START - 3600, START + 4 * DAY, DAY, "Europe/Berlin"),
            (START - 3600, START + 4 * DAY, 2 * DAY, "America/Sao_Paulo"),
        ] {
            let case = Case { name, instance, start, end, period, zone };
            let asked = case.requested();
            let frame = app.data(demo::request(&case.body(&asked)).query).await.unwrap();
            let mut expected = buckets(&frame.lines[0]);
            for (line, (statistic, namespace)) in frame.lines.iter().zip(asked) {
                let (actual, notes) = buckets(line);
                if namespace == "file" {
                    expected = (actual, notes);
                    continue;
                }
                let place = format!("{namespace}, {statistic}, {case:?}");
                assert_eq!(notes, expected.1, "{place}");
                for ((time, one), (_, two)) in expected.0.iter().zip(&actual) {
                    assert!(equal(*one, *two), "{place} at {time}: {two:?} instead of {one:?}");
                    compared += usize::from(one.is_some());
                }
            }
        }
    }
    assert!(compared > 5000, "{compared} values were compared");
}

/// Opens the source named `gnocchi`.
fn source(folder: &Path, configuration: &str) -> Arc<dyn Source> {
    let file = folder.join("source.toml");
    fs::write(&file, configuration).unwrap();
    let loaded =
        config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a right configuration");
    let mut sources = config::open_sources(&loaded.config, &Limits::default()).expect("sources that open");
    sources.remove("gnocchi").expect("a source")
}

fn call() -> Call<'static> {
    Call::unlimited(Deadline::after(Duration::from_secs(60)), now_ms())
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_gnocchi_with_an_application_credential_lists_only_its_metrics() {
    let gnocchi = Gnocchi::start();
    let means = filled(&gnocchi).await;
    let keystone = Keystone::start(Rules { upstream: gnocchi.url.clone(), operations: None, lifetime: 3600 }).await;
    let url = &keystone.url;
    let login = "application_credential_id = \"0123\", application_credential_secret = \"secret\"";
    let keys = format!("url = \"{url}\"\nauth = {{ keystone = {{ url = \"{url}/v3\", {login} }} }}");
    let folder = tempfile::tempdir().unwrap();
    let text = configuration(folder.path(), &keys);
    let app = configured::app(folder.path(), &text);
    let data = async |statistic: &str, namespace: &str, name: &str, dimensions: Value| {
        let metric = json!({"namespace_name": namespace, "name": name, "dimensions": dimensions});
        let body = request(START, START + 7200, 300, statistic, "UTC", vec![metric]);
        let frame = app.data(demo::request(&body).query).await.unwrap();
        let (values, notes) = buckets(&frame.lines[0]);
        (values.into_iter().map(|(_, value)| value).collect::<Vec<_>>(), notes.clone())
    };

    // One login serves all calls; aggregates take one call beside the search for the metric.
    let (values, notes) =
        data("AVG", "added_up", "cpu_usage_percent", json!([{"key": "instance", "value": "i-1"}])).await;
    assert_eq!((values[0], values[1], notes), (Some(9.5), Some(29.5), Notes::default()));
    let paths: Vec<(Method, String)> = keystone.calls().into_iter().map(|(method, path, _)| (method, path)).collect();
    let search = (Method::POST, "/v1/search/resource/added_up".to_owned());
    assert!(
        paths.len() == 3 && paths[0] == search && paths[2] == (Method::POST, "/v1/aggregates".to_owned()),
        "{paths:?}"
    );
    assert_eq!(keystone.logins().len(), 1);

    // A rejected token is renewed once for all concurrent calls.
    keystone.revoke();
    let dimensions = || json!([]);
    let (one, two) = tokio::join!(
        data("SUM", "added_up", "cpu_usage_percent", dimensions()),
        data("CNT", "added_up", "cpu_usage_percent", dimensions())
    );
    assert_eq!((one.0[0], two.0[0]), (Some(190.0 + 2190.0), Some(40.0)));
    assert_eq!(keystone.logins().len(), 2);

    // An id finds a metric of any resource type.
    let by_id = |id: &str| json!([{"key": "metric_id", "value": id}]);
    let (values, notes) = data("AVG", "plain", "cpu_usage_percent", by_id(&means[0])).await;
    assert_eq!((values[0], notes), (Some(9.5), Notes::default()));
    let resource = json!([{"key": "resource_id", "value": "5c1e9a10-0000-4000-8000-000000000000"}]);
    for (name, dimensions) in [
        ("cpu_usage_percent", by_id("0ef09b78-0000-4000-8000-000000000000")),
        ("cpu_usage_percent", resource),
        ("cpu_usage_percent", json!([{"key": "resource_type", "value": "no_such_type"}])),
        ("cpu_usage_percent", json!([{"key": "no_such_attribute", "value": "a"}])),
        ("nothing has this name", json!([])),
    ] {
        let (values, notes) = data("AVG", "plain", name, dimensions.clone()).await;
        assert!(values.iter().all(Option::is_none) && notes == Notes::default(), "{name} {dimensions}");
    }
    let (values, notes) = data("AVG", "plain", "another name", by_id(&means[0])).await;
    assert!(values.iter().all(Option::is_none), "the metric with this id has a name of its own");
    assert_eq!(notes, Notes { unrequested: 1, ..Notes::default() });
    for dimensions in [by_id("no id"), json!([{"key": "resource_type", "value": "../metric"}])] {
        let metric = json!({"namespace_name": "plain", "name": "cpu_usage_percent", "dimensions": dimensions});
        let body = request(START, START + 7200, 300, "AVG", "UTC", vec![metric]);
        let refused = app.data(demo::request(&body).query).await.unwrap_err();
        let Failure::Invalid(faults) = refused else { panic!("{refused}") };
        assert_eq!(faults[0].path, "metrics[0].dimensions[0].value", "{dimensions}");
    }

    // Means of many samples are not samples, and the notes say so.
    let (values, notes) = data("p90", "means", "cpu_usage_percent", json!([{"key": "instance", "value": "i-1"}])).await;
    assert!(values[0] == Some(9.5) && notes.incomplete);

    // The list and the charts have the unit of its metrics where no rule has another.
    let all = app.metrics().await.unwrap();
    for (namespace, expected) in [("plain", "PERCENT"), ("unitless", "NONE")] {
        let of_name = all.entries.iter().filter(|entry| entry.namespace == namespace && entry.name == "irregular");
        let listed: Vec<String> = of_name.map(|entry| entry.unit.to_string()).collect();
        let metric = json!({"namespace_name": namespace, "name": "irregular", "dimensions": []});
        let body = request(START, START + 7200, 300, "AVG", "UTC", vec![metric]);
        let frame = app.data(demo::request(&body).query).await.unwrap();
        assert_eq!((listed, frame.lines[0].unit.to_string()), (vec![expected.to_owned()], expected.to_owned()));
    }

    let source = source(folder.path(), &text);
    source.check(call()).await.unwrap();
    let offers = source.list(call()).await.unwrap().expect("a list");
    let reported: Vec<String> = offers
        .iter()
        .map(|offer| {
            format!("{} {:?} {}", offer.name, offer.labels, offer.unit.map_or("-".to_owned(), |unit| unit.to_string()))
        })
        .collect();
    let names = ["cpu_usage_percent", "irregular", "not_finite", "requests_total", "temperature"];
    assert_eq!(reported, names.map(|name| format!("{name} [\"metric_id\", \"resource_id\"] PERCENT")));
    assert!(
        keystone.calls().iter().filter(|(_, _, passed_on)| !passed_on).count() <= 2,
        "only the revoked token was refused"
    );
}

#[tokio::test]
async fn a_gnocchi_that_rejects_the_login_fails_its_check_without_the_password() {
    let keystone = Keystone::start(Rules { upstream: String::new(), operations: None, lifetime: 3600 }).await;
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("password"), "hidden\n").unwrap();
    let login = "username = \"reader\", password_file = \"password\", project = \"telemetry\"";
    let url = &keystone.url;
    let keys = format!("url = \"{url}\"\nauth = {{ keystone = {{ url = \"{url}/v3\", {login} }} }}");
    let source = source(folder.path(), &format!("[sources.gnocchi]\ntype = \"gnocchi\"\n{keys}\n"));
    let error = source.check(call()).await.unwrap_err();
    assert_eq!(error.to_string(), "refused: Keystone answered the login with status 401");
    assert_eq!((keystone.logins().len(), keystone.calls().len()), (1, 0), "a login is said once");
    assert_eq!(keystone.logins()[0]["password"]["user"]["password"], "hidden");
}
