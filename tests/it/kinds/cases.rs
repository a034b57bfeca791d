//! Charts as on usual dashboards, with values that are computed from their bucket instead of fetched. The golden images use them.

use metricshot::chart::{DARK, LIGHT, Theme};
use metricshot::limits::Limits;
use metricshot::request::{
    Annotation, Background, ChartOptions, Colour, DisplayText, ImageRequest, IncompleteBuckets, Kind, Language, Period,
    Place, Query, Scale, Size, Span, Statistic, Unit, Zone,
};
use metricshot::series::{Buckets, Frame, Grid, Line, Notes, Outcome};
use std::sync::Arc;

/// 2026-11-21T00:00:00+09:00.
const START: i64 = 1_795_186_800;
const MINUTE: i64 = 60;
const HOUR: i64 = 3600;

/// A chart with a name.
pub struct Case {
    pub name: &'static str,
    pub request: ImageRequest,
    pub frame: Frame,
    pub theme: Theme,
}

impl Case {
    fn new(name: &'static str, title: &str, seconds: i64, kind: Kind) -> Self {
        let (limits, zone) = (Limits::default(), Zone::parse("Asia/Seoul").expect("a zone"));
        let span = Span::new(START, START + seconds, &limits).expect("a span");
        let query = Query { span, zone: zone.clone(), metrics: Vec::new() };
        let chart = ChartOptions { kind, ..ChartOptions::default() };
        let (title, size) = (Some(DisplayText::lossy(title)), Size::new(600, 400, &limits).expect("a size"));
        let request = ImageRequest { query, title, size, language: Language::English, chart };
        Self { name, request, frame: Frame { span, zone, lines: Vec::new(), complete_until: None }, theme: LIGHT }
    }

    fn line(mut self, label: &str, unit: &str, period: i64, value: impl Fn(f64) -> Option<f64>) -> Self {
        let period = Period::new(period, &Limits::default()).expect("a period");
        let grid = Arc::new(Grid::new(self.frame.span, period, &self.frame.zone));
        let values: Vec<_> = (0..grid.len()).map(|bucket| value((grid.edge(bucket) - START) as f64 / 60.0)).collect();
        let outcome = Outcome::Answered(Buckets::new(grid, values), Notes::default());
        let (label, unit) = (DisplayText::lossy(label), Unit::parse(unit).expect("a unit"));
        let metric = self.frame.lines.len();
        self.frame.lines.push(Line {
            metric,
            label,
            colour: None,
            statistic: Statistic::Average,
            period,
            unit,
            outcome,
        });
        self
    }

    fn coloured(mut self, colour: &str) -> Self {
        let colour = Colour::parse(colour).expect("a colour");
        self.frame.lines.iter_mut().rev().take(1).for_each(|line| line.colour = Some(colour));
        self
    }

    fn dark(mut self) -> Self {
        self.theme = DARK;
        self
    }

    fn transparent(mut self) -> Self {
        self.request.chart.ground = Background::Transparent;
        self
    }

    fn sized(mut self, width: i64, height: i64) -> Self {
        self.request.size = Size::new(width, height, &Limits::default()).expect("a size");
        self
    }

    fn scaled(mut self, scale: f64) -> Self {
        self.request.chart.scale = Scale::new(scale).expect("a scale");
        self
    }

    fn annotated(mut self, place: Place, label: &str) -> Self {
        let label = Some(DisplayText::lossy(label)).filter(|_| !label.is_empty());
        self.request.chart.annotations.push(Annotation { place, label, colour: None });
        self
    }

    /// Sets the minute at which the data was fetched.
    fn unfinished_after(mut self, minute: i64) -> Self {
        self.request.chart.unfinished = IncompleteBuckets::Marked;
        self.frame.complete_until = Some(START + minute * MINUTE);
        self
    }
}

/// Returns a smooth wave between 0 and 1 with a period in minutes, without trigonometry.
fn wave(minute: f64, period: f64) -> f64 {
    let phase = (minute / period).rem_euclid(1.0);
    let ramp = if phase < 0.5 { 2.0 * phase } else { 2.0 - 2.0 * phase };
    ramp * ramp * (3.0 - 2.0 * ramp)
}

/// Returns noise between 0 and 1.
fn noise(minute: f64, seed: u64) -> f64 {
    let mixed = ((minute as i64).unsigned_abs() + 1).wrapping_mul(0x9e37_79b9_7f4a_7c15 ^ (seed << 17));
    let mixed = (mixed ^ (mixed >> 29)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    ((mixed >> 40) % 1000) as f64 / 1000.0
}

/// Returns the CPU usage of a server in percent.
fn cpu(seed: u64) -> impl Fn(f64) -> Option<f64> {
    let shift = seed as f64 * 171.0;
    move |minute| {
        Some(12.0 + 45.0 * wave(minute + shift, 720.0) + 14.0 * wave(minute, 97.0) + 8.0 * noise(minute, seed))
    }
}

fn without(from: f64, to: f64, value: impl Fn(f64) -> Option<f64>) -> impl Fn(f64) -> Option<f64> {
    move |minute| value(minute).filter(|_| !(from..to).contains(&minute))
}

fn servers(name: &'static str, kind: Kind) -> Case {
    Case::new(name, "CPU of the web servers", 24 * HOUR, kind)
        .line("shop-web-1", "PERCENT", 300, cpu(1))
        .line("shop-web-2", "PERCENT", 300, without(600.0, 720.0, cpu(3)))
        .line("shop-db", "PERCENT", 300, |minute| Some(0.4 * cpu(6)(minute)?))
}

fn statuses(name: &'static str) -> Case {
    let rate = |share: f64, seed: u64| {
        move |minute: f64| Some(share * (300.0 + 700.0 * wave(minute, 1440.0)) * (0.85 + 0.3 * noise(minute, seed)))
    };
    let errors = move |minute: f64| {
        let outage = if (800.0..860.0).contains(&minute) { 12.0 } else { 1.0 };
        Some(rate(0.02, 4)(minute)? * outage)
    };
    Case::new(name, "Requests by status", 24 * HOUR, Kind::Stacked)
        .line("2xx", "COUNT_PER_SECOND", 300, rate(0.8, 1))
        .line("3xx", "COUNT_PER_SECOND", 300, rate(0.15, 2))
        .line("4xx", "COUNT_PER_SECOND", 300, without(300.0, 420.0, rate(0.1, 3)))
        .line("5xx", "COUNT_PER_SECOND", 300, errors)
}

fn traffic(name: &'static str, kind: Kind) -> Case {
    let rate = |scale: f64, seed: u64| {
        move |minute: f64| Some(scale * (2e6 + 9e6 * wave(minute, 700.0) + 2e6 * noise(minute, seed)))
    };
    Case::new(name, "Traffic of the load balancer", 12 * HOUR, kind)
        .line("received", "BYTES_PER_SECOND", 600, rate(1.0, 1))
        .line("sent", "BYTES_PER_SECOND", 600, rate(-0.6, 2))
}

fn orders(name: &'static str) -> Case {
    Case::new(name, "Orders per hour", 24 * HOUR, Kind::Bar).line(
        "orders",
        "COUNT",
        3600,
        without(540.0, 590.0, |minute| {
            Some(
                (40.0 + 400.0 * wave(minute, 1440.0)).floor()
                    * if (180.0..230.0).contains(&minute) { 0.0 } else { 1.0 },
            )
        }),
    )
}

fn memory(name: &'static str) -> Case {
    Case::new(name, "Memory of the cluster", 7 * 24 * HOUR, Kind::Stacked)
        .line("used", "BYTES", 3600, |minute| Some(9e9 + 6e9 * wave(minute, 1440.0) + 1e9 * noise(minute, 1)))
        .line("buffers", "BYTES", 3600, |minute| Some(2e9 + 5e8 * noise(minute, 2)))
        .line("cache", "BYTES", 3600, |minute| Some(6e9 + 4e9 * wave(minute, 4000.0)))
}

fn latency(name: &'static str, kind: Kind) -> Case {
    let slow = |minute: f64| if (400.0..450.0).contains(&minute) { 160.0 } else { 0.0 };
    Case::new(name, "Latency of the checkout", 12 * HOUR, kind).line("p95", "MILLISECONDS", 60, move |minute| {
        Some(120.0 + 60.0 * wave(minute, 500.0) + 30.0 * noise(minute, 5) + slow(minute))
    })
}

fn many(name: &'static str, kind: Kind, count: u64) -> Case {
    (1..=count).fold(Case::new(name, "CPU of all workers", 6 * HOUR, kind), |case, n| {
        let label = format!("worker-{n:02}");
        case.line(&label, "PERCENT", 300, move |minute| Some(0.25 * cpu(n)(minute)? + 70.0 * (n as f64 / count as f64)))
    })
}

fn at(hour: i64) -> i64 {
    START + hour * HOUR
}

fn annotated(name: &'static str) -> Case {
    latency(name, Kind::Line)
        .annotated(Place::Value(300.0), "SLO 300 ms")
        .annotated(Place::Values(380.0, 450.0), "page the on-call")
        .annotated(Place::Times(at(6) + 40 * MINUTE, at(7) + 30 * MINUTE), "incident 4711")
        .annotated(Place::Time(at(3)), "deploy 2.14.0")
        .annotated(Place::Time(at(3) + 40 * MINUTE), "deploy 2.14.1")
        .annotated(Place::Time(at(11) + 30 * MINUTE), "rollback")
}

fn crowded(name: &'static str) -> Case {
    let case = latency(name, Kind::Line).annotated(Place::Value(500.0), "limit").annotated(Place::Value(60.0), "usual");
    (0..8).fold(case, |case, n| {
        case.annotated(Place::Time(at(2) + n * 9 * MINUTE), &format!("deploy 2.15.{n} of the shop"))
    })
}

/// Returns all cases; each tests one thing.
pub fn cases() -> Vec<Case> {
    vec![
        servers("area-light", Kind::Area),
        servers("area-dark", Kind::Area).dark(),
        traffic("area-of-both-signs", Kind::Area),
        servers("area-transparent", Kind::Area).transparent(),
        statuses("stacked-light"),
        statuses("stacked-dark").dark(),
        statuses("stacked-small").sized(300, 150),
        statuses("stacked-twice").scaled(2.0),
        traffic("stacked-of-both-signs", Kind::Stacked),
        memory("stacked-bytes"),
        many("stacked-twelve", Kind::Stacked, 12).sized(800, 400),
        servers("step-light", Kind::Step).sized(900, 400),
        orders("bar-light"),
        orders("bar-dark").dark(),
        traffic("bar-of-both-signs", Kind::Bar).sized(900, 400),
        many("bar-twelve", Kind::Bar, 12).sized(1200, 400),
        latency("bar-narrow", Kind::Bar).sized(300, 150),
        Case::new("band-light", "CPU of a week", 7 * 24 * HOUR, Kind::Band)
            .line("shop-web-1", "PERCENT", 300, |minute| {
                Some(cpu(1)(minute)? + if minute == 6000.0 { 35.0 } else { 0.0 })
            })
            .line("shop-db", "PERCENT", 300, without(4000.0, 5000.0, |minute| Some(0.4 * cpu(6)(minute)?))),
        servers("sparkline-area", Kind::Area).sized(100, 40),
        orders("sparkline-bar").sized(100, 40),
        many("dashes-12", Kind::Line, 12).sized(800, 400),
        many("dashes-32-dark", Kind::Line, 32).sized(1200, 700).dark(),
        Case::new("dashes-of-one-colour", "Read and written", 6 * HOUR, Kind::Line)
            .line("read", "BYTES_PER_SECOND", 300, |minute| Some(4e6 + 3e6 * wave(minute, 200.0)))
            .coloured("#166f63")
            .line("written", "BYTES_PER_SECOND", 300, |minute| Some(2e6 + 3e6 * wave(minute, 90.0)))
            .coloured("#166f63"),
        annotated("annotations-light"),
        annotated("annotations-dark").dark().sized(1200, 500),
        annotated("annotations-small").sized(300, 150),
        annotated("annotations-twice").scaled(2.0),
        crowded("annotations-crowded"),
        Case::new("unfinished-line", "CPU of the database", 2 * HOUR, Kind::Area)
            .line("shop-db", "PERCENT", 300, cpu(2))
            .unfinished_after(117),
        Case::new("unfinished-step", "Jobs in the queue", 3 * HOUR, Kind::Step)
            .line("jobs", "COUNT", 900, |minute| Some((20.0 * wave(minute, 100.0)).floor()))
            .unfinished_after(172),
        orders("unfinished-bar").unfinished_after(1400),
    ]
}
