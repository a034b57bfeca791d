//! Golden images of legends, legend statistics, footers and scales: each case is rendered from the demo source, and compared byte for byte
//! with `snapshots/legends/`.
//!
//! `METRICSHOT_BLESS=1` accepts the rendered images; then look at each changed one.

use crate::support::demo::{self, block_on};
use crate::support::golden;
use metricshot::cancel::Stop;
use metricshot::chart::{DARK, LIGHT, Theme, compose};
use metricshot::http::wire::chart_options;
use metricshot::limits::Limits;
use metricshot::render::{Image, Output, Raster, paint};
use metricshot::request::{ImageRequest, Language};
use serde_json::{Value, json};

/// A golden image: its name and request.
struct Case {
    body: Value,
    chart: Value,
    language: Language,
    theme: Theme,
}

const NUMBERS: [&str; 4] = ["min", "avg", "max", "last"];

/// Returns the request for a day of some metrics, each with its name in the catalogue and its display name.
fn day(title: &str, metrics: Vec<(&str, String)>, chart: Value) -> Case {
    let metric = |(index, (name, display)): (usize, (&str, String))| {
        let dimensions = json!([{"key": "VolumeID", "value": format!("vm-{}", index + 1)}]);
        let namespace = if name == "error" || name == "no data" { "Demo" } else { "Virtual Server" };
        json!({"namespace_name": namespace, "name": name, "dimensions": dimensions, "display_name": display})
    };
    let metrics: Vec<Value> = metrics.into_iter().enumerate().map(metric).collect();
    let body = json!({"start": 1779289200, "end": 1779375600, "period": 300, "statistic_type": "AVG", "title": title,
        "timezone": "Asia/Seoul", "width": 600, "height": 400, "metrics": metrics});
    Case { body, chart, language: Language::English, theme: LIGHT }
}

const CPU: &str = "CPU Usage/Core[Basic]";

fn servers(count: usize, chart: Value) -> Case {
    let names = (1..=count).map(|n| (CPU, format!("Virtual Server | shop-web-{n:02} | CPU Usage")));
    day("CPU of the web servers", names.collect(), chart)
}

impl Case {
    fn sized(mut self, width: u32, height: u32) -> Self {
        (self.body["width"], self.body["height"]) = (json!(width), json!(height));
        self
    }

    fn korean(self) -> Self {
        Self { language: Language::Korean, ..self }
    }

    fn dark(self) -> Self {
        Self { theme: DARK, ..self }
    }

    fn request(&self) -> ImageRequest {
        let limits = Limits::default();
        let request = demo::request(self.body.to_string().as_bytes());
        let chart = chart_options(self.chart.to_string().as_bytes(), &limits).expect("right options");
        ImageRequest { language: self.language, ..request }
            .with_chart(chart, &limits)
            .expect("a size within the limits")
    }

    fn draw(&self) -> Image {
        let request = self.request();
        let frame = block_on(demo::app().data(request.query.clone())).expect("the demo source answers");
        paint(&compose(&request, &frame, &self.theme.clone().into()), &Output::default(), &Stop::default())
            .expect("an image")
    }
}

fn cases() -> Vec<(&'static str, Case)> {
    let right = || json!({"legend": {"place": "right"}});
    let numbers = || json!({"legend": {"values": NUMBERS}});
    let right_numbers = || json!({"legend": {"place": "right", "values": ["avg", "max"]}});
    let korean = || {
        let names =
            (1..=5).map(|n| (CPU, format!("가상 서버 | 서울 리전 운영 환경의 아주 긴 이름을 가진 서버 {n:02}번")));
        day("가상 서버의 중앙 처리 장치 사용률", names.collect(), numbers()).korean()
    };
    let bytes = |chart| {
        let names = ["Network In Bytes", "Network Out Bytes"].map(|name| (name, format!("shop-web-01 | {name}")));
        day("Network of a server", names.into(), chart)
    };
    let failed = || {
        let names = [(CPU, "shop-web-01"), ("error", "shop-db-01"), (CPU, "shop-web-02"), ("no data", "shop-web-03")];
        day("CPU of the shop", names.map(|(name, display)| (name, display.to_owned())).into(), numbers())
    };
    let footer = || json!({"footer": true});
    vec![
        ("automatic-one-series", servers(1, json!({}))),
        ("bottom-one-series", servers(1, json!({"legend": {"place": "bottom"}}))),
        ("hidden", servers(5, json!({"legend": {"place": "hidden"}}))),
        ("right", servers(5, right())),
        ("right-1200x600", servers(40, right()).sized(1200, 600)),
        ("right-narrow-moves-below", servers(5, right()).sized(470, 300)),
        ("right-with-numbers", servers(5, right_numbers()).sized(800, 400)),
        ("right-with-numbers-too-wide", servers(5, json!({"legend": {"place": "right", "values": NUMBERS}}))),
        ("right-30-series", servers(30, right_numbers()).sized(1000, 400)),
        ("numbers-1-series", servers(1, numbers())),
        ("numbers-5-series", servers(5, numbers())),
        ("numbers-5-series-dark", servers(5, numbers()).dark()),
        ("numbers-5-series-1200x600", servers(5, numbers()).sized(1200, 600)),
        ("numbers-30-series", servers(30, numbers())),
        ("numbers-360x300", servers(3, numbers()).sized(360, 300)),
        ("numbers-bytes", bytes(numbers())),
        ("numbers-korean", korean()),
        ("numbers-failed", failed()),
        ("right-failed-dark", Case { chart: right_numbers(), ..failed() }.sized(800, 400).dark()),
        ("footer", servers(3, footer())),
        ("footer-thinned", {
            let mut case = servers(2, footer());
            (case.body["start"], case.body["period"]) = (json!(1776783600), json!(60));
            case
        }),
        ("footer-korean-small", servers(2, footer()).sized(300, 240).korean()),
        ("marker-of-areas", servers(3, json!({"kind": "area"}))),
        ("scale-2", servers(5, json!({"scale": 2, "footer": true, "legend": {"values": NUMBERS}}))),
        ("scale-1.5-right", servers(5, json!({"scale": 1.5, "legend": {"place": "right"}}))),
    ]
}

#[test]
fn images_with_legends_equal_their_golden_images() {
    golden::compare("snapshots/legends", cases().into_iter().map(|(name, case)| (name.to_owned(), case.draw().bytes)));
}

#[test]
fn an_image_has_the_requested_size_times_its_scale_with_any_legend() {
    for (name, case) in cases() {
        let scale = case.chart["scale"].as_f64().unwrap_or(1.0);
        let asked = ["width", "height"].map(|side| case.body[side].as_f64().expect("a side") * scale);
        let (width, height) = Raster::decode(&case.draw().bytes).expect("a PNG").dimensions();
        assert_eq!([f64::from(width), f64::from(height)], asked, "{name}");
    }
}
