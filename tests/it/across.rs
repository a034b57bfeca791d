//! Four network cards of 100 to 400 KB/s: each `across` combines them to the same value on every source.

use crate::support::erlenmeyer::{Erlenmeyer, Milliseconds};
use crate::support::fixture::{self, START, Series};
use crate::support::gnocchi::{Gnocchi, Policy};
use crate::support::servers::Servers;
use crate::support::warp10::Warp10;
use crate::support::{configured, demo, opentsdb};
use metricshot::app::App;
use metricshot::series::Outcome;
use serde_json::{Value, json};
use std::fmt::Write;
use std::fs;

const ACROSS: [&str; 5] = ["pool", "sum", "avg", "min", "max"];

/// Returns a sample per card every 15 s for an hour; the third card has none in the first ten minutes.
fn cards() -> Vec<Series> {
    let card = |number: i64| {
        let first = if number == 3 { 40 } else { 0 };
        let points =
            (first..240).map(|index| ((START + 15 * index) * 1000, 100.0 * number as f64 + (index % 4) as f64));
        Series::new("net_kilobytes", &[("instance", &format!("eth{number}"))], points.collect())
    };
    (1..=4).map(card).collect()
}

fn rules(sources: &[(&str, String)], selection: impl Fn(&str) -> String) -> String {
    let mut text = String::new();
    for (name, keys) in sources {
        writeln!(text, "[sources.{name}]\n{keys}").unwrap();
        for across in ACROSS {
            let rule = format!("name = \"{across}\"\nacross = \"{across}\"\n{}", selection(name));
            writeln!(text, "[[metric]]\nnamespace = \"{name}\"\nsource = \"{name}\"\n{rule}").unwrap();
        }
    }
    text
}

/// Returns the value of the five-minute bucket without the third card, and of one with all cards.
fn expected(statistic: &str, across: &str) -> (f64, f64) {
    // Each card has index % 4 above its hundreds, so 1.5 on average, and 20 samples in a bucket.
    let (three, four): ([f64; 3], [f64; 4]) = ([100.0, 200.0, 400.0], [100.0, 200.0, 300.0, 400.0]);
    let of = |cards: &[f64]| {
        let own: Vec<f64> = cards
            .iter()
            .map(|hundreds| match statistic {
                "AVG" | "p50" => hundreds + 1.5,
                "MIN" => *hundreds,
                "MAX" => hundreds + 3.0,
                "SUM" => 20.0 * (hundreds + 1.5),
                "CNT" => 20.0,
                other => panic!("{other}"),
            })
            .collect();
        let (sum, count) = (own.iter().sum::<f64>(), own.len() as f64);
        match (across, statistic) {
            ("sum", _) | ("pool", "SUM" | "CNT") => sum,
            ("min", _) | ("pool", "MIN") => own.iter().copied().fold(f64::INFINITY, f64::min),
            ("max", _) | ("pool", "MAX") => own.iter().copied().fold(f64::NEG_INFINITY, f64::max),
            ("avg", _) | ("pool", "AVG") => sum / count,
            // The median of all samples: 201.5 lies in the middle of three cards, 251.5 of four.
            ("pool", "p50") => {
                if cards.len() == 3 {
                    201.5
                } else {
                    251.5
                }
            }
            other => panic!("{other:?}"),
        }
    };
    (of(&three), of(&four))
}

async fn assert_every_way(app: &App, sources: &[&str]) {
    for statistic in ["AVG", "MIN", "MAX", "SUM", "CNT", "p50"] {
        for across in ACROSS {
            let metric = |source: &&str| json!({"namespace_name": source, "name": across, "dimensions": []});
            let metrics: Vec<Value> = sources.iter().map(metric).collect();
            let body = json!({"start": START + 300, "end": START + 900, "period": 300, "statistic_type": statistic, "metrics": metrics});
            let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
            for (line, source) in frame.lines.iter().zip(sources) {
                let case = format!("{statistic} by {across} on {source}");
                let Outcome::Answered(buckets, notes) = &line.outcome else { panic!("{case}: {:?}", line.outcome) };
                let values: Vec<f64> = buckets.points().map(|(_, value)| value).collect();
                let (three, four) = expected(statistic, across);
                assert_eq!(values.len(), 2, "{case}");
                for (value, expected) in values.iter().zip([three, four]) {
                    assert!((value - expected).abs() <= 1e-12 * expected, "{case}: {value} instead of {expected}");
                }
                // A server that puts the series together does not say how many they are, or would have to compute as much again.
                let is_one_sum = match statistic {
                    "AVG" => matches!(across, "sum" | "avg"),
                    "SUM" => !matches!(across, "min" | "max"),
                    _ => false,
                };
                let is_unknown = match *source {
                    "erlenmeyer_pushed" | "victoriametrics" => true,
                    "prometheus" => is_one_sum,
                    _ => false,
                };
                if !is_unknown {
                    assert_eq!(notes.pooled, 4, "{case}");
                }
            }
        }
    }
}

#[tokio::test]
async fn four_series_sum_to_the_same_value_on_every_source() {
    let cards = cards();
    let text = fixture::openmetrics(&cards);
    let servers = Servers::start(&text);
    let folder = tempfile::tempdir().unwrap();
    fs::write(folder.path().join("samples.om"), &text).unwrap();
    let opentsdb = opentsdb::start(cards.clone()).await;
    let erlenmeyer =
        Erlenmeyer { series: cards.clone(), token: "secret".to_owned(), now: 0, milliseconds: Milliseconds::Kept };
    let erlenmeyer = erlenmeyer.start().await;
    let warp10 = Warp10 { series: cards, token: "secret".to_owned(), per_millisecond: 1000, chunk: 100 };
    let warp10 = warp10.start().await;
    let auth = "auth = { basic = { username = \"read\", password = \"secret\" } }";
    let tsdb = |dialect: &str, url: &str, raw_seconds: i64, auth: &str| {
        format!("type = \"opentsdb\"\ndialect = \"{dialect}\"\nurl = \"{url}\"\nraw_seconds = {raw_seconds}\n{auth}")
    };
    let prometheus =
        |url: String| format!("type = \"prometheus\"\nurl = \"{url}\"\nparameters = {{ nocache = \"1\" }}");
    let sources = [
        ("file", "type = \"file\"\npath = \"samples.om\"".to_owned()),
        ("prometheus", prometheus(servers.prometheus.url())),
        ("victoriametrics", prometheus(servers.victoria_metrics.url())),
        ("opentsdb", tsdb("opentsdb", &opentsdb.url, 604_800, "")),
        ("opentsdb_pushed", tsdb("opentsdb", &opentsdb.url, 0, "")),
        ("erlenmeyer", tsdb("erlenmeyer", &erlenmeyer.url, 604_800, auth)),
        ("erlenmeyer_pushed", tsdb("erlenmeyer", &erlenmeyer.url, 0, auth)),
        ("warp10", format!("type = \"warp10\"\nauth = {{ bearer = \"secret\" }}\nurl = \"{}\"", warp10.url)),
    ];
    let selection = |_: &str| "select = { name = \"net_kilobytes\" }".to_owned();
    let app = configured::app(folder.path(), &format!("percentiles = true\n{}", rules(&sources, selection)));
    assert_every_way(&app, &sources.each_ref().map(|(name, _)| *name)).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn four_series_sum_to_the_same_value_on_a_real_gnocchi() {
    let gnocchi = Gnocchi::start();
    let aggregations = &["mean", "sum", "count", "min", "max", "median"];
    gnocchi.add_policy(&Policy { name: "five", granularities: &[15, 300], aggregations }).await;
    gnocchi.add_type("card").await;
    gnocchi.add_series("card", "five", &cards()).await;
    let folder = tempfile::tempdir().unwrap();
    let auth = "auth = { basic = { username = \"admin\", password = \"\" } }";
    let sources = [("gnocchi", format!("type = \"gnocchi\"\nurl = \"{}\"\n{auth}", gnocchi.url))];
    let selection = |_: &str| "select = { name = \"net_kilobytes\" }".to_owned();
    let app = configured::app(folder.path(), &format!("percentiles = true\n{}", rules(&sources, selection)));
    assert_every_way(&app, &["gnocchi"]).await;
}
