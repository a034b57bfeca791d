//! What a request holds of the memory budget is what it takes at its peak, by an allocator that counts: at least as much, and at most half as
//! much again where it is more than a few MiB.
//!
//! One test, because the peak is the process's.

use crate::support::demo::{block_on, request};
use crate::support::fake::{Fake, Seen};
use axum::body::Bytes;
use metricshot::app::App;
use metricshot::config::{self, ConfigInputs};
use metricshot::limits::Limits;
use metricshot::render::{Format, Quality};
use metricshot::request::Kind;
use metricshot::source::SourceSet;
use parking_lot::Mutex;
use std::collections::HashMap;
use std::fmt::Write as _;
use std::time::Duration;
use tokio::runtime::Runtime;

const MIB: f64 = (1 << 20) as f64;

/// What a request may take beyond what it holds, or leave: code that counts nothing, such as the client of the source.
const UNCOUNTED: f64 = MIB;

/// A request, and where its data come from.
struct Case {
    name: &'static str,
    source: Source,
    format: Format,
    metrics: usize,
    size: (u32, u32),
    buckets: i64,
    kind: Kind,
}

#[derive(Clone, Copy, PartialEq)]
enum Source {
    Demo,
    /// A gauge, which Prometheus computes.
    Gauge,
    /// A counter with a sample every ten seconds.
    Counter,
}

fn cases() -> Vec<Case> {
    vec![
        Case {
            name: "one",
            source: Source::Demo,
            format: Format::Png,
            metrics: 1,
            size: (600, 400),
            buckets: 288,
            kind: Kind::Line,
        },
        Case {
            name: "ten",
            source: Source::Demo,
            format: Format::Png,
            metrics: 10,
            size: (1200, 600),
            buckets: 1440,
            kind: Kind::Line,
        },
        Case {
            name: "hundred",
            source: Source::Demo,
            format: Format::Png,
            metrics: 100,
            size: (1200, 600),
            buckets: 288,
            kind: Kind::Line,
        },
        Case {
            name: "hundred, large",
            source: Source::Demo,
            format: Format::Png,
            metrics: 100,
            size: (4096, 1953),
            buckets: 288,
            kind: Kind::Line,
        },
        Case {
            name: "one, large",
            source: Source::Demo,
            format: Format::Png,
            metrics: 1,
            size: (4096, 1953),
            buckets: 288,
            kind: Kind::Line,
        },
        Case {
            name: "many points",
            source: Source::Demo,
            format: Format::Png,
            metrics: 20,
            size: (1200, 600),
            buckets: 40_000,
            kind: Kind::Line,
        },
        Case {
            name: "stacked",
            source: Source::Demo,
            format: Format::Png,
            metrics: 30,
            size: (2000, 1000),
            buckets: 1440,
            kind: Kind::Stacked,
        },
        Case {
            name: "WebP",
            source: Source::Demo,
            format: Format::WebP,
            metrics: 10,
            size: (2000, 1500),
            buckets: 1440,
            kind: Kind::Line,
        },
        Case {
            name: "JPEG",
            source: Source::Demo,
            format: Format::Jpeg(Quality::default()),
            metrics: 10,
            size: (2000, 1500),
            buckets: 1440,
            kind: Kind::Line,
        },
        Case {
            name: "SVG",
            source: Source::Demo,
            format: Format::Svg,
            metrics: 50,
            size: (2000, 1500),
            buckets: 1440,
            kind: Kind::Line,
        },
        Case {
            name: "gauges",
            source: Source::Gauge,
            format: Format::Png,
            metrics: 20,
            size: (600, 400),
            buckets: 10_000,
            kind: Kind::Line,
        },
        Case {
            name: "counters",
            source: Source::Counter,
            format: Format::Png,
            metrics: 20,
            size: (600, 400),
            buckets: 140,
            kind: Kind::Line,
        },
    ]
}

impl Case {
    fn body(&self, title: &str) -> String {
        let (namespace, dimension) = match self.source {
            Source::Demo => ("Virtual Server", "VolumeID"),
            Source::Gauge | Source::Counter => ("P", "a"),
        };
        let metric = |n: usize| {
            let name = match self.source {
                Source::Demo => "CPU Usage/Core[Basic]".to_owned(),
                Source::Gauge => format!("load_{n}"),
                Source::Counter => format!("requests_{n}_total"),
            };
            format!(
                r#"{{"namespace_name":"{namespace}","name":"{name}","dimensions":[{{"key":"{dimension}","value":"{n}"}}]}}"#
            )
        };
        let metrics: Vec<String> = (0..self.metrics).map(metric).collect();
        let period = if self.source == Source::Counter { 3600 } else { 60 };
        let end = 1_641_600_000;
        format!(
            r#"{{"start":{},"end":{end},"period":{period},"statistic_type":"AVG","title":"{title}","width":{},"height":{},"metrics":[{}]}}"#,
            end - self.buckets * period,
            self.size.0,
            self.size.1,
            metrics.join(",")
        )
    }

    fn app(&self, url: &str) -> App {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("metricshot.toml");
        if self.source == Source::Demo {
            std::fs::write(&file, "").unwrap();
        } else {
            let text = format!(
                "[sources.p]\ntype = \"prometheus\"\nurl = \"{url}\"\n[[default]]\nnamespaces = [\"P\"]\nsource = \"p\"\n"
            );
            std::fs::write(&file, text).unwrap();
        }
        let loaded =
            config::load(&ConfigInputs { file: Some(file), ..ConfigInputs::default() }).expect("a right configuration");
        let long = Duration::from_secs(120);
        let limits =
            Limits { render: long, render_queue: long, source_total: long, request_total: long, ..loaded.limits };
        let sources = config::open_sources(&loaded.config, &limits).expect("sources that open");
        App::new(loaded.catalog, SourceSet::new(sources, &limits), limits).with_memory_limit(4 << 30)
    }
}

#[test]
fn a_request_holds_as_much_memory_as_it_takes_and_at_most_half_as_much_again() {
    let runtime = Runtime::new().unwrap();
    // The fake runs in this process: it makes each response before the measurement, and only shares it then.
    let responses = Mutex::new(HashMap::new());
    let fake = runtime.block_on(Fake::start(move |seen: &Seen| {
        let new = || Bytes::from(answer(seen));
        responses.lock().entry(seen.parameters.clone()).or_insert_with(new).clone()
    }));
    let mut wrong = Vec::new();
    for case in cases() {
        let app = case.app(&fake.url);
        block_on(async {
            // Responses of the fake, fonts, glyphs and connections are there before.
            drop(case.app(&fake.url).picture_as(request(case.body("first").as_bytes()), case.format).await);
            let small = Case { metrics: 1, size: (100, 80), buckets: 10, ..case };
            let _ = app.picture_as(request(small.body("warm").as_bytes()), case.format).await;
            let mut wanted = request(case.body("measured").as_bytes());
            wanted.chart.kind = case.kind;
            let before = crate::PEAK.current_usage();
            crate::PEAK.reset_peak_usage();
            let drawn = app.picture_as(wanted, case.format).await;
            let taken = (crate::PEAK.peak_usage() - before) as f64;
            drawn.unwrap_or_else(|failure| panic!("{}: {failure}", case.name));
            let held = app.admission_peak_bytes() as f64;
            let line =
                format!("{}: held {:.1} MiB, taken {:.1} MiB, {:.2}", case.name, held / MIB, taken / MIB, held / taken);
            println!("{line}");
            if held + UNCOUNTED < taken || held > taken * 1.5 + UNCOUNTED {
                wrong.push(line);
            }
        });
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
}

/// The metric of the query with a value at each step, or a sample each ten seconds.
fn answer(seen: &Seen) -> String {
    let query = seen.parameter("query").unwrap_or_default();
    let number =
        |name: &str| seen.parameter(name).and_then(|text| text.parse::<f64>().ok()).map(|number| number as i64);
    let window = query.split_once('[').and_then(|(_, rest)| rest.split_once("s]")?.0.parse::<i64>().ok());
    let times = match (number("start"), number("end"), number("step"), number("time"), window) {
        (Some(start), Some(end), Some(_), ..) => start..end + 1,
        (_, _, _, Some(time), Some(seconds)) => time - seconds + 1..time + 1,
        _ => 0..0,
    };
    let step = number("step").unwrap_or(10);
    let mut values = String::new();
    for time in times.step_by(usize::try_from(step).unwrap()) {
        let comma = if values.is_empty() { "" } else { "," };
        write!(values, "{comma}[{time},\"{}.25\"]", time % 100_000).unwrap();
    }
    let labels =
        query.split_once('{').and_then(|(_, rest)| Some(rest.split_once('"')?.1.split_once('"')?.0)).unwrap_or("0");
    format!(
        r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"a":"{labels}"}},"values":[{values}]}}]}}}}"#
    )
}
