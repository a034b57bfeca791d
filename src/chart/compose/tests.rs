//! Snapshots of whole scenes, and tests of the drawn lines.

use super::*;
use crate::chart::draw::arrange_axes;
use crate::chart::layout::Layout;
use crate::chart::{LIGHT, Shape, Sizes, Stroke, TextScaling, TextStyle};
use crate::error::Reason;
use crate::geometry::{Point, Rect};
use crate::limits::Limits;
use crate::request::{
    ChartOptions, Colour, DisplayText, Language, MetricRef, MetricRequest, Name, Period, Place, Query, Size, Span,
    Statistic, Unit, Zone,
};
use crate::series::{Buckets, Grid, Line, Notes, Outcome};
use crate::text::{cap_height, width};
use std::sync::Arc;

/// Start of the documented example, 2022-01-01T00:00:00Z.
const START: i64 = 1_640_995_200;
pub const HOUR: i64 = 3600;

/// The light theme without enlargement, with every series in colour, and with a legend.
pub const PLAIN: Theme = Theme { text_scaling: TextScaling::Fixed, focus_from: 10_000, direct_labels: 0, ..LIGHT };

/// A request and its data.
pub struct Case {
    pub request: ImageRequest,
    pub frame: Frame,
}

fn text(text: &str) -> DisplayText {
    DisplayText::lossy(text)
}

impl Case {
    pub fn new(title: &str, seconds: i64, zone: &str) -> Self {
        let (limits, zone) = (Limits::default(), Zone::parse(zone).unwrap());
        let span = Span::new(START, START + seconds, &limits).unwrap();
        let query = Query { span, zone: zone.clone(), metrics: Vec::new() };
        let title = Some(text(title)).filter(|title| !title.as_str().is_empty());
        let request = ImageRequest {
            query,
            title,
            size: size(600, 400),
            language: Language::English,
            chart: ChartOptions::default(),
        };
        Self { request, frame: Frame { span, zone, lines: Vec::new(), complete_until: None } }
    }

    /// Adds a series of five-minute averages in percent.
    pub fn line(mut self, label: &str, value: impl Fn(usize) -> Option<f64>) -> Self {
        let period = Period::new(300, &Limits::default()).unwrap();
        let grid = Arc::new(Grid::new(self.frame.span, period, &self.frame.zone));
        let values: Vec<_> = (0..grid.len()).map(value).collect();
        let outcome = Outcome::Answered(Buckets::new(grid, values), Notes::default());
        let (statistic, unit) = (Statistic::Average, Unit::PERCENT);
        let metric = self.frame.lines.len();
        self.frame.lines.push(Line { metric, label: text(label), colour: None, statistic, period, unit, outcome });
        let limits = Limits::default();
        let name = |name| Name::new(name, &limits).unwrap();
        let metric = MetricRef::new(name("Virtual Server"), name("CPU"), Vec::new()).unwrap();
        self.request.query.metrics.push(MetricRequest {
            metric,
            period,
            statistic,
            colour: None,
            display_name: None,
            split_by: None,
        });
        self
    }

    pub fn change(mut self, change: impl FnMut(&mut Line)) -> Self {
        self.frame.lines.last_mut().into_iter().for_each(change);
        self
    }

    pub fn failed(self) -> Self {
        self.change(|line| line.outcome = Outcome::Missing(Reason::Timeout))
    }

    pub fn unit(self, word: &str) -> Self {
        self.change(|line| line.unit = Unit::parse(word).unwrap())
    }

    pub fn korean(mut self) -> Self {
        self.request.language = Language::Korean;
        self
    }

    pub fn sized(mut self, width: i64, height: i64) -> Self {
        self.request.size = size(width, height);
        self
    }

    pub fn arrangement(&self) -> (ChartModel<'_>, Layout) {
        arrange_axes(|allowed| ChartModel::new(&self.request, &self.frame, &PLAIN, allowed), self.request.size)
    }

    /// Returns the scene at the positions of the arrangement, without enlargement.
    pub fn scene(&self) -> Scene {
        compose(&self.request, &self.frame, &PLAIN.into())
    }
}

pub fn size(width: i64, height: i64) -> Size {
    Size::new(width, height, &Limits::default()).unwrap()
}

pub fn wave(step: usize) -> impl Fn(usize) -> Option<f64> {
    move |index| Some((index * step % 37) as f64 + 20.0)
}

pub fn documented() -> Case {
    Case::new("Virtual Server Metric Chart", 240, "UTC")
        .line("Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]", |_| Some(45.5))
        .change(|line| line.colour = Some(Colour::rgb(0x0000ff)))
}

pub fn three_lines() -> Case {
    let gap = |index| wave(5)(index).filter(|_| !(10..16).contains(&index) && index != 18);
    Case::new("CPU of the shop", 2 * HOUR, "Asia/Seoul")
        .line("Virtual Server | shop-web-1 | CPU Usage", wave(3))
        .line("Virtual Server | shop-web-2 | CPU Usage", gap)
        .line("Virtual Server | shop-db | CPU Usage", wave(7))
}

pub fn one_failed() -> Case {
    Case::new("CPU of the shop", HOUR, "Asia/Seoul")
        .line("shop-web-1", wave(3))
        .line("shop-web-2", wave(5))
        .failed()
        .line("shop-db", |_| None)
}

pub fn nothing() -> Case {
    Case::new("CPU of the shop", 24 * HOUR, "Asia/Seoul").line("shop-web-1", |_| None).korean()
}

pub fn twelve_korean() -> Case {
    (1..=12).fold(
        Case::new("가상 서버의 매우 긴 지표 이름", 24 * HOUR, "Asia/Seoul").korean(),
        |case, n| {
            case.line(
                &format!("가상 서버 | 서울 리전 운영 환경 | 아주 긴 이름을 가진 서버 {n:02}번의 중앙 처리 장치 사용률"),
                wave(n),
            )
        },
    )
}

pub fn two_units() -> Case {
    Case::new("CPU and memory", HOUR, "Asia/Seoul")
        .line("Virtual Server | VM1 | CPU Usage", wave(3))
        .line("Virtual Server | VM1 | Memory", wave(5))
        .unit("MEGABYTES")
        .change(|line| line.statistic = Statistic::Maximum)
}

fn check(name: &str, case: &Case) {
    insta::with_settings!({ snapshot_path => "../../../snapshots/scene", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, case.scene().to_string());
    });
}

#[test]
fn the_documented_example() {
    check("documented_example", &documented());
}

#[test]
pub fn three_lines_with_a_gap() {
    check("three_lines_with_a_gap", &three_lines());
}

#[test]
fn one_of_three_failed() {
    check("one_of_three_failed", &one_failed());
}

#[test]
fn no_data() {
    check("no_data", &nothing());
}

#[test]
fn twelve_long_korean_names() {
    check("twelve_long_korean_names", &twelve_korean());
}

#[test]
fn a_small_image() {
    check("small", &three_lines().sized(300, 150));
}

#[test]
fn a_sparkline() {
    check("sparkline", &three_lines().sized(100, 40));
}

#[test]
fn lines_of_two_units() {
    check("two_units", &two_units());
}

/// Returns the texts of a scene, each with its box from the top of its capitals to its base line.
pub fn texts(scene: &Scene) -> Vec<(Rect, &str)> {
    let place = |at: Point, text: &str, style: TextStyle| {
        let (left, right) = (at.x.floor(), (at.x + width(text, style.font)).ceil());
        let top = (at.y - cap_height(style.font)).floor();
        Rect::new(left, top, right - left, at.y.ceil() - top)
    };
    let text = |shape| match shape {
        &Shape::Text { at, ref text, style } => Some((place(at, text, style), text.as_str())),
        _ => None,
    };
    scene.shapes.iter().filter_map(text).collect()
}

fn lines_of<'a>(scene: &'a Scene) -> Vec<(&'a Vec<Vec<Point>>, Stroke, Rect)> {
    let line = |shape: &'a Shape| {
        if let Shape::Line { runs, stroke, clip } = shape { Some((runs, *stroke, *clip)) } else { None }
    };
    scene.shapes.iter().filter_map(line).collect()
}

fn dots_of(scene: &Scene) -> Vec<(usize, f64)> {
    let dots = |shape: &Shape| {
        if let Shape::Dots { centres, radius, .. } = shape { Some((centres.len(), radius.to_f64())) } else { None }
    };
    scene.shapes.iter().filter_map(dots).collect()
}

#[test]
fn the_only_point_of_an_image_is_a_larger_dot() {
    let scene = documented().scene();
    assert_eq!((lines_of(&scene).len(), dots_of(&scene)), (0, vec![(1, 3.0)]));
}

#[test]
fn a_gap_breaks_the_line_and_an_isolated_point_is_a_dot() {
    let values = |i: usize| Some(1.0).filter(|_| i != 5 && i != 7);
    let scene = Case::new("", 24 * HOUR, "UTC").line("a", values).scene();
    let runs: Vec<usize> = lines_of(&scene)[0].0.iter().map(Vec::len).collect();
    assert_eq!((runs, dots_of(&scene)), (vec![5, 280], vec![(1, 2.25)]));
}

#[test]
fn points_far_enough_apart_are_dots() {
    let dots = |hours: i64| dots_of(&Case::new("", hours * HOUR, "UTC").line("a", wave(3)).scene());
    assert_eq!(dots(3), [(36, 2.25)]);
    assert_eq!(dots(6), []);
}

#[test]
fn lines_are_thinner_in_charts_of_more_series() {
    let stroke = |count: usize| {
        let case = (0..count).fold(Case::new("", HOUR, "UTC"), |case, n| case.line(&n.to_string(), wave(n)));
        lines_of(&case.scene())[0].1.width.to_f64()
    };
    assert_eq!([1, 2, 12, 13].map(stroke), [2.0, 1.5, 1.5, 1.0]);
}

#[test]
fn from_13_lines_on_the_six_with_the_largest_maximum_are_in_colour_above_grey_ones() {
    let many = |count: usize| {
        let value = |n: usize| move |_| Some((n * 7 % 20) as f64);
        (0..count).fold(Case::new("", HOUR, "UTC"), |case, n| case.line(&format!("web-{n:02}"), value(n)))
    };
    let composed = |case: Case| compose(&case.request, &case.frame, &LIGHT.into());
    let scene = composed(many(20));
    let greys = lines_of(&scene).iter().take_while(|(_, stroke, _)| stroke.colour == LIGHT.muted).count();
    let colours: Vec<Colour> = lines_of(&scene)[greys..].iter().rev().map(|line| line.1.colour).collect();
    assert_eq!((greys, colours), (14, LIGHT.palette[..6].to_vec()));
    assert!(lines_of(&scene)[greys..].iter().all(|line| line.1.width.to_f64() == 1.5));
    let written: Vec<&str> = texts(&scene).into_iter().map(|(_, text)| text).collect();
    // 7 n modulo 20 is largest for 17, 14, 11, 8, 5 and 2.
    for name in ["web-17", "web-14", "web-11", "web-08", "web-05", "web-02", "14 others"] {
        assert!(written.contains(&name), "{name} in {written:?}");
    }
    assert!(!written.contains(&"web-03"));
    let others = |case: Case| texts(&composed(case)).iter().filter(|(_, text)| text.ends_with("others")).count();
    assert_eq!(others(many(12)), 0);
    let coloured = many(20).change(|line| line.colour = Some(Colour::rgb(0x00ff00)));
    assert!(lines_of(&composed(coloured)).iter().any(|line| line.1.colour == Colour::rgb(0x00ff00)));
    assert!(lines_of(&many(20).scene()).iter().all(|line| line.1.colour != LIGHT.muted), "a theme may show all");
}

#[test]
fn the_first_line_is_on_top() {
    let case = Case::new("", HOUR, "UTC").line("a", wave(1)).change(|line| line.colour = Some(Colour::rgb(0xff0000)));
    let case = case.line("b", wave(2)).change(|line| line.colour = Some(Colour::rgb(0x00ff00)));
    let scene = case.scene();
    let colours: Vec<_> = lines_of(&scene).iter().map(|line| line.1.colour.to_string()).collect();
    assert_eq!(colours, ["#00ff00", "#ff0000"]);
}

#[test]
fn a_bucket_that_began_before_the_span_is_drawn_at_its_start() {
    let mut case = Case::new("", 100 * HOUR, "UTC");
    case.frame.span = Span::new(START + 200, START + 100 * HOUR, &Limits::default()).unwrap();
    let scene = case.line("a", wave(1)).scene();
    let (runs, _, clip) = lines_of(&scene)[0];
    assert_eq!(runs[0][0].x.to_f64(), f64::from(clip.left) + 1.5);
}

#[test]
fn a_peak_on_the_upper_edge_shows_its_whole_stroke() {
    let scene = Case::new("", 24 * HOUR, "UTC").line("a", |i| Some(if i == 100 { 1e308 } else { 0.0 })).scene();
    let (runs, stroke, clip) = lines_of(&scene)[0];
    let top = runs[0].iter().map(|point| point.y).min().unwrap();
    assert!((top - stroke.width.half()).floor() >= clip.top);
}

#[test]
fn one_spike_among_thousands_of_points_stays() {
    let scene =
        Case::new("", 150 * 24 * HOUR, "UTC").line("a", |i| Some(if i == 30_001 { 100.0 } else { 1.0 })).scene();
    let runs = lines_of(&scene)[0].0;
    let spikes = runs[0].iter().filter(|point| point.y == runs[0].iter().map(|p| p.y).min().unwrap()).count();
    assert_eq!(spikes, 1);
    assert!(runs[0].len() <= 4 * 600, "{}", runs[0].len());
}

#[test]
fn the_name_of_an_only_series_is_always_shown_if_it_fits() {
    let name = "Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]";
    for (width, height) in [(600, 400), (400, 260), (1000, 500)] {
        let scene = documented().sized(width, height).scene();
        let found = texts(&scene).iter().any(|(_, text)| text.contains(name) || text.contains("Basic]"));
        assert!(found, "{width}x{height}");
    }
}

#[test]
fn a_failed_series_keeps_its_entry_and_the_colours_of_the_others() {
    let colours = |case: Case| lines_of(&case.scene()).iter().map(|line| line.1.colour).collect::<Vec<_>>();
    let whole = colours(three_lines());
    let without_last = colours(three_lines().failed());
    assert_eq!(whole[1..], without_last);
}

#[test]
fn a_requested_colour_is_used_unchanged_and_takes_none_of_the_palette() {
    let requested = Colour::parse("#0000ff80").unwrap();
    let case = Case::new("", HOUR, "UTC").line("a", wave(1)).change(|line| line.colour = Some(requested));
    let case = case.line("b", wave(2)).line("c", wave(3));
    let colours = |case: &Case| lines_of(&case.scene()).iter().rev().map(|line| line.1.colour).collect::<Vec<_>>();
    let plain = Case::new("", HOUR, "UTC").line("b", wave(2)).line("c", wave(3));
    assert_eq!(colours(&case), [&[requested], &colours(&plain)[..]].concat());
}

#[test]
fn a_theme_with_twice_the_spacing_keeps_texts_twice_as_far_from_the_edges() {
    let airy = Theme { sizes: Sizes { spacing: 200, ..LIGHT.sizes }, ..LIGHT };
    let case = three_lines();
    let leftmost = |scene: &Scene| texts(scene).iter().map(|(place, _)| place.left).min();
    let airy = compose(&case.request, &case.frame, &airy.into());
    assert_eq!((leftmost(&case.scene()), leftmost(&airy)), (Some(16), Some(32)));
    assert!(texts(&airy).iter().all(|(place, _)| place.right() <= 600 - 24 && place.bottom() <= 400 - 20));
}

/// Returns the smallest text size of a scene, in pixels.
fn smallest_text(scene: &Scene) -> f64 {
    let sizes = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Text { style, .. } => Some(style.font.size.to_f64()),
        _ => None,
    });
    sizes.reduce(f64::min).unwrap()
}

#[test]
fn texts_grow_with_the_image_so_that_they_stay_readable_where_it_is_shown_smaller() {
    let drawn = |width, height, theme: Theme| {
        let case = three_lines().annotated(Place::Value(70.0), "limit").sized(width, height);
        compose(&case.request, &case.frame, &theme.into())
    };
    let shown = |width: i64, height, at: i64| smallest_text(&drawn(width, height, LIGHT)) * at as f64 / width as f64;
    assert_eq!(smallest_text(&drawn(600, 400, LIGHT)), 12.0);
    assert!(shown(1400, 500, 500) >= 7.0, "the default size in a chat: {}", shown(1400, 500, 500));
    assert!(shown(600, 400, 400) >= 8.0, "{}", shown(600, 400, 400));
    assert_eq!(smallest_text(&drawn(4000, 2000, LIGHT)), 24.0, "at most twice");
    let fixed = Theme { text_scaling: TextScaling::Fixed, ..LIGHT };
    assert_eq!(smallest_text(&drawn(1400, 500, fixed)), 12.0);
    for (width, height) in [(601, 401), (1001, 333), (1400, 500), (1999, 150)] {
        let size = drawn(width, height, LIGHT).size;
        assert_eq!((i64::from(size.width()), i64::from(size.height())), (width, height));
    }
}

#[test]
fn a_few_lines_have_names_and_last_values_at_their_ends_without_collisions() {
    let line = |case: Case, name: &str, last: f64| case.line(name, move |i| Some(if i < 200 { 40.0 } else { last }));
    let case = line(line(line(Case::new("Latency", 24 * HOUR, "UTC"), "p50", 20.0), "p95", 20.5), "p99", 90.0);
    let composed = |case: &Case| compose(&case.request, &case.frame, &LIGHT.into());
    let scene = composed(&case);
    let is_at_end = |place: &Rect| place.left > 450;
    let found = |expected: &str| texts(&scene).into_iter().find(|(at, text)| is_at_end(at) && *text == expected);
    let place = |expected: &str| found(expected).unwrap().0;
    let (p50, p95, p99) = (place("p50"), place("p95"), place("p99"));
    assert!(p99.bottom() < p95.top && p95.bottom() + 2 < p50.top, "{p50} {p95} {p99}");
    for (name, value) in [(p50, "20\u{202f}%"), (p95, "20.5\u{202f}%"), (p99, "90\u{202f}%")] {
        let value = place(value);
        assert!(value.left > name.right() && value.bottom() == name.bottom() && value.right() <= 600 - 16);
    }
    let swatches = scene.shapes.iter().filter(|shape| matches!(shape, Shape::Fill { area, .. } if area.width == 14));
    assert_eq!(swatches.count(), 0, "no legend");
    let has_legend = |case: &Case| {
        composed(case).shapes.iter().any(|shape| matches!(shape, Shape::Fill { area, .. } if area.width == 14))
    };
    let ended = line(line(Case::new("", 24 * HOUR, "UTC"), "a", 1.0), "b", 2.0).change(|line| {
        let period = line.period;
        let grid = Arc::new(Grid::new(case.frame.span, period, &case.frame.zone));
        let values: Vec<_> = (0..grid.len()).map(|i| Some(1.0).filter(|_| i < 100)).collect();
        line.outcome = Outcome::Answered(Buckets::new(grid, values), Notes::default());
    });
    assert!(has_legend(&ended), "the label would be far from a line that ends early");
    assert!(has_legend(&two_units()) && has_legend(&one_failed()) && has_legend(&twelve_korean()));
}
