//! The same samples in a file and behind three servers, whose clocks are right, ahead and behind: the same request returns the same values
//! for every statistic, several periods and zones, a gap, a clock change, and windows that do not begin or end on a bucket.

use super::{LOGIN, with_login};
use crate::support::fake::{Fake, Seen};
use crate::support::fixture::{self, START, Series};
use crate::support::numbers::{complete, equal};
use crate::support::paasta::{Measured, Now, PaasTa, rounded};
use crate::support::{configured, demo};
use metricshot::app::App;
use serde_json::json;
use std::fmt::Write;
use std::fs;
use std::path::Path;

const DAY: i64 = 86_400;

/// The instances of the comparison: a sample every 15 s for two hours with a gap of 20 minutes, and one every half hour for five days around
/// a clock change.
const REGULAR: &str = "c5e1012f-9455-47ff-bbb7-1cff5e1f9894";
const SPARSE: &str = "0123456789abcdef0123456789abcdef";

/// Returns the start of each sampled group of 15 s, and a number for its value.
fn moments(instance: &str) -> Vec<(i64, i64)> {
    let hole = START + 1800..START + 3000;
    match instance {
        REGULAR => (0..=480).map(|k| (START + 15 * k, k)).filter(|(time, _)| !hole.contains(time)).collect(),
        _ => (-48..192).map(|k| (START + 1800 * k + 15, k * 31)).collect(),
    }
}

/// Returns the samples of an agent, each at some time within its group; and the samples of the chart, at the start of each group.
fn agents() -> (Vec<Measured>, Vec<Series>) {
    let (mut raw, mut charts) = (Vec::new(), Vec::new());
    for instance in [REGULAR, SPARSE] {
        let moments = moments(instance);
        let late = |(time, k): (i64, i64)| time * 1000 + 1 + k.rem_euclid(14) * 1007;
        let mut chart = |name: &str,
                         direction: Option<&str>,
                         value: &dyn Fn(i64) -> f64,
                         of: &[(&'static str, &dyn Fn(i64) -> f64)]| {
            for (measurement, value) in of {
                let points = moments.iter().map(|&(time, k)| (late((time, k)), value(k))).collect();
                raw.push(Measured { instance: instance.to_owned(), measurement, points });
            }
            let labels: Vec<_> =
                direction.map(|to| ("direction", to)).into_iter().chain([("instance", instance)]).collect();
            let points = moments.iter().map(|&(time, k)| (time * 1000, rounded(value(k)))).collect();
            charts.push(Series::new(name, &labels, points));
        };
        let kb = |k: i64| (k.rem_euclid(97) * 41) as f64 / 4.0;
        let free = |k: i64| (k.rem_euclid(89) * 113) as f64;
        chart(
            "cpuUsage",
            None,
            &|k| (k.rem_euclid(40)) as f64 / 4.0,
            &[("cpu.utilization_norm_perc", &|k| k.rem_euclid(40) as f64 / 4.0)],
        );
        let memory: [(&str, &dyn Fn(i64) -> f64); 2] = [("mem.free_mb", &free), ("mem.total_mb", &|_| 16_000.0)];
        chart("memUsage", None, &|k| 100.0 - free(k) / 16_000.0 * 100.0, &memory);
        chart("diskRead", None, &kb, &[("io.read_bytes_sec", &|k| kb(k) * 1024.0)]);
        chart("diskWrite", None, &|k| kb(k + 7), &[("io.write_bytes_sec", &|k| kb(k + 7) * 1024.0)]);
        chart("networkIo", Some("in"), &|k| kb(k + 1), &[("net.in_bytes_sec", &|k| kb(k + 1) * 1024.0)]);
        chart("networkIo", Some("out"), &|k| kb(k + 2), &[("net.out_bytes_sec", &|k| kb(k + 2) * 1024.0)]);
        chart("networkPackets", Some("in"), &|k| kb(k + 3), &[("net.in_packets_sec", &|k| kb(k + 3))]);
        chart("networkPackets", Some("out"), &|k| kb(k + 4), &[("net.out_packets_sec", &|k| kb(k + 4))]);
    }
    (raw, charts)
}

/// Starts a file source and servers with the same samples; the clocks of the servers are right, ahead and behind.
async fn compared(folder: &Path) -> (App, Vec<Fake>) {
    let (raw, charts) = agents();
    fs::write(folder.join("samples.om"), fixture::openmetrics(&charts)).unwrap();
    let mut configuration = "[sources.file]\ntype = \"file\"\npath = \"samples.om\"\n".to_owned();
    let mut fakes = Vec::new();
    for (name, ahead) in [("right", 0), ("ahead", 14), ("behind", -14)] {
        let fake = PaasTa { samples: raw.clone(), now: Now::Machine(ahead), ..PaasTa::default() };
        let fake = with_login(fake, 50).start().await;
        writeln!(configuration, "[sources.{name}]\ntype = \"paasta\"\nurl = \"{}\"\n{LOGIN}", fake.url).unwrap();
        fakes.push(fake);
    }
    for name in ["file", "right", "ahead", "behind"] {
        writeln!(configuration, "[[default]]\nnamespaces = [\"{name}\"]\nsource = \"{name}\"").unwrap();
    }
    (configured::app(folder, &configuration), fakes)
}

#[tokio::test]
async fn a_file_and_paasta_return_the_same_values() {
    let folder = tempfile::tempdir().unwrap();
    let (app, fakes) = compared(folder.path()).await;
    let metrics = [
        ("cpuUsage", None),
        ("memUsage", None),
        ("diskRead", None),
        ("diskWrite", None),
        ("networkIo", Some("in")),
        ("networkIo", Some("out")),
        ("networkIo", None),
        ("networkPackets", Some("in")),
        ("networkPackets", Some("out")),
        ("not there", None),
    ];
    let windows = [
        (START, START + 7200, 300, "UTC"),
        (START + 7, START + 7001, 60, "UTC"),
        (START + 100, START + 400, 10, "UTC"),
        (START - 900, START + 14_400, 420, "UTC"),
        (START + 2000, START + 2001, 3600, "UTC"),
        (START - DAY, START + 4 * DAY, DAY, "UTC"),
        (START - 3600, START + 4 * DAY, DAY, "Europe/Berlin"),
        (START - 3600, START + 4 * DAY, 2 * DAY, "America/Sao_Paulo"),
    ];
    let mut compared = 0;
    for (name, direction) in metrics {
        for (start, end, period, zone) in windows {
            for (statistic, instance) in ["AVG", "SUM", "MAX", "MIN", "CNT", "p50", "p90", "p99.9"]
                .iter()
                .flat_map(|s| [(s, REGULAR), (s, SPARSE)])
            {
                let mut dimensions = vec![json!({"key": "instance", "value": instance})];
                dimensions.extend(direction.map(|to| json!({"key": "direction", "value": to})));
                let metric = |namespace| json!({"namespace_name": namespace, "name": name, "dimensions": dimensions});
                let metrics = ["file", "right", "ahead", "behind"].map(metric);
                let body = json!({"start": start, "end": end, "period": period, "statistic_type": statistic,
                    "timezone": zone, "title": "", "width": 600, "height": 400,
                    "metrics": metrics});
                let frame = app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
                let expected = complete(&frame.lines[0]);
                for line in &frame.lines[1..] {
                    for ((time, one), (_, two)) in expected.iter().zip(complete(line)) {
                        let place = format!("{name} {direction:?}, {statistic} by {period} {zone} at {time}");
                        assert!(equal(*one, two), "{place}: {two:?} instead of {one:?}");
                        compared += usize::from(one.is_some());
                    }
                }
            }
        }
    }
    assert!(compared > 20_000, "{compared} values were compared");
    let logins = fakes[0].seen().iter().filter(|seen| seen.path == "/v1/login").count();
    assert!(logins > 5, "sessions ended {logins} times");
}

#[tokio::test]
async fn a_long_range_is_fetched_window_by_window() {
    let folder = tempfile::tempdir().unwrap();
    let (app, fakes) = compared(folder.path()).await;
    let body = json!({"start": START - DAY, "end": START + 9 * DAY, "period": 3600, "statistic_type": "AVG", "title": "",
        "width": 600, "height": 400, "metrics": [{"namespace_name": "right", "name": "cpuUsage",
        "dimensions": [{"key": "instance", "value": SPARSE}]}]});
    app.data(demo::request(body.to_string().as_bytes()).query).await.unwrap();
    let seconds = |seen: &Seen, name: &str| seen.parameter(name)?.strip_suffix('s')?.parse::<i64>().ok();
    let seen = fakes[0].seen();
    let lengths: Vec<i64> =
        seen.iter().filter_map(|seen| Some(seconds(seen, "timeRangeTo")? - seconds(seen, "timeRangeFrom")?)).collect();
    assert_eq!(lengths, [DAY + 60, 2 * DAY + 60, 4 * DAY + 60, 3 * DAY + 60]);
}
