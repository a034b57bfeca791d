//! Loads: charts of fixed sizes, generated without input, equal on every machine.
//!
//! The benches, the program `draw` and, through `#[path]`, tests share them. Only this file builds their requests, frames and scenes, and
//! calls the stages of the library, so that a change of the library's types changes only this file.

#![allow(dead_code, unused_imports, reason = "each program uses a part of it")]

mod values;

pub use values::{Chance, wave};

use metricshot::cancel::Stop;
use metricshot::chart::{self, Dash, Scene, Shape, Stroke};
use metricshot::geometry::{Point, Px, Rect};
use metricshot::limits::Limits;
use metricshot::render::{self, Image, Output};
use metricshot::request::{
    ChartOptions, Colour, DisplayText, ImageRequest, Language, MetricRef, MetricRequest, Name, Period, Query, Scale,
    Size, Span, Statistic, Unit, Zone,
};
use metricshot::series::{Buckets, Frame, Grid, Line, Notes, Outcome};
use std::fmt;
use std::sync::Arc;

/// 2022-01-01T00:00:00Z.
const START: i64 = 1_640_995_200;

/// A chart to be measured.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Load {
    /// One line of a day, as in most requests.
    S,
    /// Ten lines of a day in minutes, with Korean text.
    M,
    /// Five lines of 200,000 points.
    L,
    /// Thirty lines of a day.
    Thirty,
    /// Four lines with a gap every few points.
    Gaps,
    /// A hundred lines, the maximum of a request.
    Hundred,
}

/// The dimensions of a load.
struct Numbers {
    size: (i64, i64),
    series: usize,
    points: usize,
    step_seconds: i64,
}

/// A request with its data.
pub struct Chart {
    pub request: ImageRequest,
    pub frame: Frame,
}

impl Load {
    pub const ALL: [Self; 6] = [Self::S, Self::M, Self::L, Self::Thirty, Self::Gaps, Self::Hundred];

    pub fn parse(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|load| load.to_string() == name)
    }

    fn numbers(self) -> Numbers {
        let (size, series, points, step_seconds) = match self {
            Self::S => ((600, 400), 1, 288, 300),
            Self::M => ((1200, 600), 10, 1440, 60),
            Self::L => ((1200, 600), 5, 200_000, 5),
            Self::Thirty => ((1200, 600), 30, 288, 300),
            Self::Gaps => ((1200, 600), 4, 4000, 60),
            Self::Hundred => ((1200, 600), 100, 288, 300),
        };
        Numbers { size, series, points, step_seconds }
    }

    /// Returns the length of a wave: a day, but a third of the range for `L`, so that rrdtool's PNG of it has 138 kB like that of the chart that
    /// published comparisons measure. (With waves of a day it has 208 kB, because the lines cross four times as often.)
    fn wave_seconds(self) -> f64 {
        match self {
            Self::L => 1_000_000.0 / 3.0,
            _ => 86_400.0,
        }
    }

    fn title(self) -> &'static str {
        match self {
            Self::M => "운영 환경 가상 서버의 중앙 처리 장치 사용률",
            _ => "CPU usage of the web servers",
        }
    }

    fn name(self, series: usize) -> String {
        match self {
            Self::M => format!("가상 서버 | 서울 웹 서버 {:02} | CPU 사용률", series + 1),
            _ => format!("Virtual Server | web-{:02} | CPU Usage", series + 1),
        }
    }

    pub fn chart(self) -> Chart {
        let (limits, zone) = (Limits::default(), Zone::parse("UTC").expect("a zone"));
        let Numbers { size: (width, height), series, points, step_seconds } = self.numbers();
        let span = Span::new(START, START + step_seconds * points as i64, &limits).expect("a span");
        let period = Period::new(step_seconds, &limits).expect("a period");
        let grid = Arc::new(Grid::new(span, period, &zone));
        let line = |index| {
            let gaps = if self == Self::Gaps { values::Gaps::Many } else { values::Gaps::None };
            let wave_points = self.wave_seconds() / step_seconds as f64;
            let buckets = Buckets::new(Arc::clone(&grid), values::of_series(index, points, wave_points, gaps));
            Line {
                metric: 0,
                label: DisplayText::lossy(&self.name(index)),
                colour: None,
                statistic: Statistic::Average,
                period,
                unit: Unit::PERCENT,
                outcome: Outcome::Answered(buckets, Notes::default()),
            }
        };
        let frame = Frame { span, zone: zone.clone(), complete_until: None, lines: (0..series).map(line).collect() };
        let request = ImageRequest {
            query: Query { span, zone, metrics: (0..series).map(|index| self.metric(index, period)).collect() },
            title: Some(DisplayText::lossy(self.title())),
            size: Size::new(width, height, &limits).expect("a size"),
            language: if self == Self::M { Language::Korean } else { Language::English },
            chart: ChartOptions::default(),
        };
        Chart { request, frame }
    }

    fn metric(self, index: usize, period: Period) -> MetricRequest {
        let name = |name: &str| Name::new(name, &Limits::default()).expect("a name");
        let metric = MetricRef::new(name("Virtual Server"), name("CPU Usage"), Vec::new()).expect("no dimension twice");
        let display_name = Some(DisplayText::lossy(&self.name(index)));
        MetricRequest { metric, period, statistic: Statistic::Average, colour: None, display_name, split_by: None }
    }
}

impl fmt::Display for Load {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::S => "S",
            Self::M => "M",
            Self::L => "L",
            Self::Thirty => "thirty",
            Self::Gaps => "gaps",
            Self::Hundred => "hundred",
        })
    }
}

impl Chart {
    /// Runs the first stage: places shapes.
    pub fn scene(&self) -> Scene {
        let theme = chart::Theme { text_scaling: chart::TextScaling::Fixed, ..chart::LIGHT };
        chart::compose(&self.request, &self.frame, &theme.into())
    }

    /// Runs both stages, from data in memory to the bytes of a PNG.
    pub fn picture(&self) -> Image {
        paint(&self.scene())
    }

    /// Returns colour and width of each line, in the order of the data. Lines are drawn last to first.
    pub fn strokes(&self) -> Vec<Stroke> {
        let stroke = |shape: Shape| if let Shape::Line { stroke, .. } = shape { Some(stroke) } else { None };
        self.scene().shapes.into_iter().rev().filter_map(stroke).collect()
    }
}

/// Runs the second stage: renders the pixels and encodes them as PNG.
pub fn paint(scene: &Scene) -> Image {
    render::paint(scene, &Output::default(), &Stop::default()).expect("the stop flag is never set")
}

/// Returns a white scene with a single line. Points are in pixels; x does not decrease within a run.
pub fn line_alone((width, height): (i32, i32), runs: &[Vec<(f64, f64)>], line_width: f64, colour: u32) -> Scene {
    let place = |run: &Vec<(f64, f64)>| run.iter().map(|&(x, y)| Point::new(Px::nearest(x), Px::nearest(y))).collect();
    let line = Shape::Line {
        runs: runs.iter().map(place).collect(),
        stroke: Stroke { width: Px::nearest(line_width), colour: Colour::rgb(colour), dash: Dash::default() },
        clip: Rect::new(0, 0, width, height),
    };
    let size = Size::new(width.into(), height.into(), &Limits::default()).expect("a size");
    Scene {
        size,
        scale: Scale::ONE,
        ground: Colour::rgb(0xffffff),
        backdrop: None,
        shapes: vec![line],
        title: None,
        alt: String::new(),
    }
}
