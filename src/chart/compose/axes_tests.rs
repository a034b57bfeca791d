//! Golden images and tests of two value axes, logarithmic axes, and requested ends and units.
//!
//! `METRICSHOT_BLESS=1` accepts the images; review every image that changed.

use super::tests::{Case, HOUR, texts};
use super::*;
use crate::cancel::Stop;
use crate::chart::marks::line::PlotTransform;
use crate::chart::value_axis::ValueAxis;
use crate::chart::{DARK, LIGHT, Shape, error_image};
use crate::render::{Output, paint};
use crate::request::{AxisOptions, AxisScale, Kind, Scale, Unit};
use std::collections::BTreeSet;
use std::path::Path;

fn golden(name: &str, scene: &Scene) {
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/axes");
    let path = folder.join(format!("{name}.png"));
    let actual = paint(scene, &Output::default(), &Stop::default()).unwrap().bytes;
    if std::env::var_os("METRICSHOT_BLESS").is_some() {
        std::fs::create_dir_all(&folder).unwrap();
        std::fs::write(&path, &actual).unwrap();
    }
    let is_same = std::fs::read(&path).unwrap_or_default() == actual;
    assert!(is_same, "{name} differs from snapshots/axes/{name}.png");
}

/// Returns noise between 0 and 1, without jumps and different for two seeds.
fn noise(index: usize, seed: usize) -> f64 {
    let hash = |n: usize| (n.wrapping_add(seed * 7919).wrapping_mul(2_654_435_761) >> 7) % 1009;
    let (step, part) = (index / 6, (index % 6) as f64 / 6.0);
    let smooth = part * part * (3.0 - 2.0 * part);
    let slow = hash(step) as f64 * (1.0 - smooth) + hash(step + 1) as f64 * smooth;
    (slow * 0.8 + hash(index + 50_000) as f64 * 0.2) / 1009.0
}

pub fn cpu_and_memory() -> Case {
    let memory = |i: usize| Some(2.1e9 + i as f64 * 4e6 + noise(i, 2) * 6e8);
    Case::new("Shop, one day", 24 * HOUR, "Asia/Seoul")
        .line("Virtual Server | shop-web-1 | CPU Usage", |i| Some(12.0 + 70.0 * noise(i, 1) * noise(i, 9)))
        .line("Virtual Server | shop-web-1 | Memory Used", memory)
        .unit("BYTES")
}

pub fn requests_and_latency() -> Case {
    Case::new("Checkout", 24 * HOUR, "UTC")
        .line("checkout | requests", |i| Some(240.0 + 900.0 * noise(i, 3)))
        .unit("COUNT_PER_SECOND")
        .line("checkout | median", |i| Some(42.0 + 60.0 * noise(i, 4)))
        .unit("MILLISECONDS")
        .line("checkout | 99th percentile", |i| Some(180.0 + 900.0 * noise(i, 5) * noise(i, 6)))
        .unit("MILLISECONDS")
}

/// Returns latencies from 1 ms to 10 s.
fn latencies() -> Case {
    let grown = |low: f64, power: usize, seed: usize| {
        move |i: usize| Some((0..power).fold(low, |value, n| value * (1.0 + 2.2 * noise(i, seed + n))))
    };
    Case::new("Latency of the gateway", 24 * HOUR, "Europe/Berlin")
        .line("50th percentile", grown(1.6, 2, 1))
        .unit("MILLISECONDS")
        .line("99th percentile", grown(14.0, 3, 5))
        .unit("MILLISECONDS")
        .line("slowest", grown(90.0, 4, 11))
        .unit("MILLISECONDS")
        .axis(logarithmic())
}

pub fn sizes() -> Case {
    let size =
        |i: usize| (0..20).fold(1500.0, |value, n| if noise(i, 1) * 24.0 > f64::from(n) { value * 1.9 } else { value });
    Case::new("Sizes of replies", 24 * HOUR, "UTC")
        .line("largest", move |i| Some(size(i)))
        .unit("BYTES")
        .line("median", |i| Some(if i % 40 < 4 { 0.0 } else { 700.0 + 5000.0 * noise(i, 8) }))
        .unit("BYTES")
        .axis(logarithmic())
}

pub fn clipped() -> Case {
    let peaks = |i: usize| 20.0 + 25.0 * noise(i, 1) + if i % 90 == 40 || (200..212).contains(&i) { 55.0 } else { 0.0 };
    let valleys = |i: usize| 22.0 + 16.0 * noise(i, 4) - if i % 110 == 70 { 30.0 } else { 0.0 };
    Case::new("CPU, 10 to 50 %", 24 * HOUR, "Asia/Seoul")
        .line("shop-web-1", move |i| Some(peaks(i)))
        .line("shop-web-2", move |i| Some(valleys(i)))
        .axis(AxisOptions { min: Some(10.0), max: Some(50.0), ..AxisOptions::default() })
}

fn renamed() -> Case {
    Case::new("Queue time as the exporter counts it", 6 * HOUR, "UTC")
        .line("queue time", |i| Some(120.0 + 300.0 * noise(i, 3)))
        .unit("NONE")
        .axis(AxisOptions { unit: Unit::parse("MICROSECONDS"), ..AxisOptions::default() })
}

fn logarithmic() -> AxisOptions {
    AxisOptions { scale: AxisScale::Logarithmic, ..AxisOptions::default() }
}

impl Case {
    pub fn axis(mut self, axis: AxisOptions) -> Self {
        self.request.chart.axis = axis;
        self
    }
}

fn written(case: &Case) -> Vec<String> {
    texts(&case.scene()).into_iter().map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn two_units_look_as_before() {
    for (width, height) in [(600, 400), (1200, 600), (300, 150)] {
        let case = cpu_and_memory().sized(width, height);
        golden(&format!("two-units-light-{width}x{height}"), &compose(&case.request, &case.frame, &LIGHT.into()));
        golden(&format!("two-units-dark-{width}x{height}"), &compose(&case.request, &case.frame, &DARK.into()));
    }
    golden("two-units-of-three-lines", &requests_and_latency().scene());
    golden("two-units-logarithmic", &requests_and_latency().axis(logarithmic()).scene());
    let ends = AxisOptions { min: Some(100.0), max: Some(1000.0), ..AxisOptions::default() };
    golden("two-units-clipped", &requests_and_latency().axis(ends).scene());
}

#[test]
fn logarithmic_axes_look_as_before() {
    golden("log-latencies", &latencies().scene());
    golden("log-latencies-300x150", &latencies().sized(300, 150).scene());
    golden("log-bytes", &sizes().scene());
    let short = requests_and_latency();
    let short = Case { frame: crate::series::Frame { lines: short.frame.lines[..1].to_vec(), ..short.frame }, ..short };
    golden("log-below-a-decade", &short.axis(logarithmic()).scene());
}

#[test]
fn requested_ends_and_units_look_as_before() {
    golden("clipped", &clipped().scene());
    let mut twice = clipped();
    twice.request.chart.scale = Scale::new(2.0).unwrap();
    golden("clipped-at-scale-2", &twice.scene());
    golden("unit-asked-for", &renamed().scene());
}

#[test]
fn an_error_image_looks_as_before() {
    let reason = "The sources of this chart did not answer in time";
    for (width, height) in [(600, 400), (300, 150), (120, 60)] {
        let image = |theme| error_image(super::tests::size(width, height), Scale::ONE, reason, "req-7f3a1c09b2", theme);
        golden(&format!("error-{width}x{height}"), &image(&LIGHT));
        golden(&format!("error-dark-{width}x{height}"), &image(&DARK));
    }
}

#[test]
fn every_golden_image_is_drawn_by_a_test() {
    let source = include_str!("axes_tests.rs");
    let folder = Path::new(env!("CARGO_MANIFEST_DIR")).join("snapshots/axes");
    let names: BTreeSet<String> =
        std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().file_name().into_string().unwrap()).collect();
    assert!(names.len() > 15);
    for name in names {
        let stem = name.trim_end_matches(".png").trim_end_matches(|c: char| c.is_ascii_digit() || c == 'x');
        assert!(source.contains(&format!("\"{stem}")), "no test draws {name}");
    }
}

#[test]
fn the_legend_and_the_alt_text_mark_series_of_the_right_axis() {
    let case = cpu_and_memory();
    assert!(written(&case).iter().any(|text| text == "Memory Used →"), "{:?}", written(&case));
    assert!(case.scene().alt.contains("Memory Used · AVG · 5 min (right axis): last "), "{}", case.scene().alt);
    let korean = cpu_and_memory().korean().scene().alt;
    assert!(korean.contains("(오른쪽 축)"), "{korean}");
}

#[test]
fn an_image_too_narrow_for_two_axes_names_the_units_in_the_legend() {
    let mut narrow = 0;
    for width in 120..360 {
        let case = requests_and_latency().sized(width, 300);
        let (model, layout) = case.arrangement();
        match (&layout.right_axis, model.right) {
            (Some(_), Some(_)) => assert!(layout.plot.width * 100 >= 44 * width as i32),
            (None, None) => {
                narrow += 1;
                assert!(model.entries.iter().all(|entry| entry.label.suffix.contains('(')));
            }
            other => panic!("{other:?}"),
        }
    }
    assert!((1..200).contains(&narrow), "{narrow}");
}

#[test]
fn values_of_zero_become_gaps_on_a_logarithmic_axis_and_are_counted() {
    let case = sizes();
    let gaps = (0..288).filter(|i| i % 40 < 4).count();
    let warning = format!("⚠ {gaps} values of zero or less are not on the logarithmic axis");
    assert!(written(&case).contains(&warning), "{:?}", written(&case));
    let korean = format!("⚠ 0 이하의 값 {gaps}개는 로그 축에 표시할 수 없음");
    assert!(written(&sizes().korean()).contains(&korean), "{:?}", written(&sizes().korean()));
    let linear = sizes().axis(AxisOptions::default());
    assert!(!written(&linear).iter().any(|text| text.contains('⚠')));
}

#[test]
fn a_logarithmic_axis_without_values_above_zero_has_no_data() {
    let case = Case::new("", HOUR, "UTC").line("a", |_| Some(0.0)).axis(logarithmic());
    assert!(written(&case).contains(&"No data".to_owned()), "{:?}", written(&case));
    assert!(written(&case).iter().any(|text| text.starts_with("⚠ 12 values")), "{:?}", written(&case));
}

#[test]
fn the_zero_line_is_bold_only_where_it_is_zero_on_both_axes() {
    let bold = |right_low: f64| {
        let case = Case::new("", HOUR, "UTC").line("a", |i| Some(if i % 2 == 0 { -40.0 } else { 100.0 })).unit("BYTES");
        let case = case.line("b", move |i| Some(if i % 2 == 0 { right_low } else { 20.0 }));
        let levels = case.scene().shapes.into_iter().filter(|shape| match shape {
            Shape::Fill { area, colour } => *colour == LIGHT.axis && area.width > 100,
            _ => false,
        });
        levels.count()
    };
    assert_eq!((bold(-35.0), bold(-8.0)), (0, 1), "zero is elsewhere, zero is the same");
}

fn triangles(case: &Case) -> Vec<usize> {
    let count = |shape: &Shape| match shape {
        Shape::Area { runs, .. } if runs[0].len() == 3 => Some(runs.len()),
        _ => None,
    };
    case.scene().shapes.iter().filter_map(count).collect()
}

#[test]
fn a_triangle_marks_where_a_line_leaves_the_axis() {
    assert_eq!(triangles(&clipped()), [2, 4], "the last line is drawn first");
    assert_eq!(triangles(&clipped().axis(AxisOptions::default())), [0_usize; 0]);
    let noisy = Case::new("", 24 * HOUR, "UTC").line("a", |i| Some(if i % 2 == 0 { 60.0 } else { 10.0 }));
    let noisy = noisy.axis(AxisOptions { max: Some(50.0), ..AxisOptions::default() });
    assert!((30..70).contains(&triangles(&noisy)[0]), "near ones are one: {:?}", triangles(&noisy));
}

#[test]
fn a_bar_along_the_edge_lasts_while_a_line_is_outside_the_axis() {
    let outside = |i: usize| if (100..=150).contains(&i) { 80.0 } else { 20.0 };
    let case = Case::new("", 24 * HOUR, "UTC").line("a", move |i| Some(outside(i)));
    let case = case.axis(AxisOptions { max: Some(50.0), ..AxisOptions::default() });
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let bar = scene.shapes.iter().find_map(|shape| match shape {
        Shape::Area { runs, .. } if runs[0].len() == 2 => Some(runs[0].clone()),
        _ => None,
    });
    let bar = bar.unwrap();
    let share = |at: usize| (bar[at].x.to_f64() - f64::from(layout.plot.left)) / f64::from(layout.plot.width);
    assert!((share(0) - 100.0 / 288.0).abs() < 0.005 && (share(1) - 150.0 / 288.0).abs() < 0.005, "{bar:?}");
    assert_eq!((bar[0].top.round(), bar[0].bottom.round()), (layout.plot.top, layout.plot.top + 3));
}

#[test]
fn triangles_of_a_stacked_chart_are_where_its_sums_leave_the_axis() {
    let max = AxisOptions { max: Some(50.0), ..AxisOptions::default() };
    let stacked = |second: f64| {
        let both = Case::new("", 24 * HOUR, "UTC").line("a", |_| Some(30.0)).line("b", move |_| Some(second));
        both.kind(Kind::Stacked).axis(max)
    };
    let layers = triangles(&stacked(10.0)).len();
    assert_eq!(triangles(&stacked(25.0)).len(), layers + 1, "25 alone is on the axis, the sum of 55 is not");
}

#[test]
fn labels_and_alt_text_have_the_requested_unit() {
    assert!(written(&renamed()).iter().any(|text| text == "200\u{202f}µs"), "{:?}", written(&renamed()));
    assert!(renamed().scene().alt.contains(" µs"), "{}", renamed().scene().alt);
}

#[test]
fn every_unit_of_the_contract_can_be_requested() {
    for unit in Unit::all() {
        let case = renamed().axis(AxisOptions { unit: Some(unit), ..AxisOptions::default() });
        assert_eq!(case.arrangement().0.extent, renamed().arrangement().0.extent, "{unit}: numbers stay");
    }
}

#[test]
fn labels_on_both_sides_stand_at_the_same_heights() {
    for height in (140..900).step_by(7) {
        for case in [cpu_and_memory(), requests_and_latency()] {
            let case = case.sized(700, height);
            let (_, layout) = case.arrangement();
            let right = layout.right_axis.as_ref().unwrap();
            let rows = |axis: &ValueAxis| {
                let transform = PlotTransform { plot: layout.plot, span: case.frame.span, axis, scale: Scale::ONE };
                axis.ticks.iter().map(|tick| transform.row(tick.value)).collect::<Vec<_>>()
            };
            let (left, right) = (rows(&layout.value_axis), rows(right));
            let are_near = left.iter().zip(&right).all(|(left, right)| (left - right).abs() <= 1);
            assert!(left.len() == right.len() && are_near, "{height}: {left:?} {right:?}");
            let lines: Vec<i32> = texts(&case.scene())
                .into_iter()
                .filter(|(place, _)| place.left >= layout.plot.right() && place.bottom() < layout.plot.bottom() + 10)
                .map(|(place, _)| place.bottom())
                .collect();
            let mut on_left: Vec<i32> = texts(&case.scene())
                .into_iter()
                .filter(|(place, _)| place.right() <= layout.plot.left && place.bottom() < layout.plot.bottom() + 10)
                .map(|(place, _)| place.bottom())
                .collect();
            on_left.retain(|line| *line > layout.plot.top);
            assert_eq!(on_left, lines, "{height}");
        }
    }
}

#[test]
fn an_error_image_says_its_reason_and_its_request_and_draws_no_axis() {
    let reason = "The sources of this chart did not answer in time";
    for width in (1..700).step_by(13) {
        for height in (1..400).step_by(11) {
            let scene = error_image(super::tests::size(width, height), Scale::ONE, reason, "req-7f3a1c09b2", &LIGHT);
            assert!(scene.shapes.iter().all(|shape| matches!(shape, Shape::Fill { .. } | Shape::Text { .. })));
            let all: Vec<&str> = texts(&scene).into_iter().map(|(_, text)| text).collect();
            if width >= 300 && height >= 120 {
                assert_eq!(all.join(" "), format!("{reason} req-7f3a1c09b2"), "{width}x{height}");
            }
        }
    }
}
