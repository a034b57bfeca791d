//! Tests of chart kinds and annotations in scenes.

use super::tests::{Case, HOUR, texts, three_lines, wave};
use crate::chart::annotations::draw;
use crate::chart::chart_model::ChartModel;
use crate::chart::contrast;
use crate::chart::layout::axis_assignment::AxesAllowed;
use crate::chart::marks::line::PlotTransform;
use crate::chart::scene_builder::SceneBuilder;
use crate::chart::value_axis::value_axis;
use crate::chart::{LIGHT, Scene, Section, Shape};
use crate::geometry::Rect;
use crate::request::{Annotation, Colour, DisplayText, IncompleteBuckets, Kind, Place, Scale};

/// Start of every case, 2022-01-01T00:00:00Z.
const START: i64 = 1_640_995_200;

impl Case {
    pub fn kind(mut self, kind: Kind) -> Self {
        self.request.chart.kind = kind;
        self
    }

    pub fn annotated(mut self, place: Place, label: &str) -> Self {
        let label = Some(DisplayText::lossy(label));
        self.request.chart.annotations.push(Annotation { place, label, colour: None });
        self
    }

    fn unfinished_after(mut self, seconds: i64) -> Self {
        self.request.chart.unfinished = IncompleteBuckets::Marked;
        self.frame.complete_until = Some(START + seconds);
        self
    }
}

pub const KINDS: [Kind; 6] = [Kind::Line, Kind::Area, Kind::Stacked, Kind::Step, Kind::Bar, Kind::Band];

fn areas(scene: &Scene) -> Vec<&Vec<Vec<Section>>> {
    fn area(shape: &Shape) -> Option<&Vec<Vec<Section>>> {
        if let Shape::Area { runs, .. } = shape { Some(runs) } else { None }
    }
    scene.shapes.iter().filter_map(area).collect()
}

fn lines(scene: &Scene) -> Vec<&Shape> {
    scene.shapes.iter().filter(|shape| matches!(shape, Shape::Line { .. })).collect()
}

fn written(scene: &Scene) -> String {
    texts(scene).iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ")
}

/// Returns the columns and rows of the bars.
fn bars(scene: &Scene) -> Vec<(i32, i32, i32)> {
    let bar = |run: &Vec<Section>| {
        assert!([run[0].x, run[1].x, run[0].top, run[0].bottom].iter().all(|edge| edge.units() % 64 == 0));
        (run[0].x.round(), run[1].x.round(), (run[0].bottom - run[0].top).round())
    };
    areas(scene).into_iter().flatten().map(bar).collect()
}

fn check(name: &str, case: &Case) {
    insta::with_settings!({ snapshot_path => "../../../snapshots/scene", prepend_module_to_snapshot => false, omit_expression => true }, {
        insta::assert_snapshot!(name, case.scene().to_string());
    });
}

#[test]
fn kinds_of_three_lines_with_a_gap() {
    for (name, kind) in [("area", Kind::Area), ("stacked", Kind::Stacked), ("step", Kind::Step), ("bar", Kind::Bar)] {
        check(&format!("kind_{name}"), &three_lines().kind(kind).sized(400, 260));
    }
}

#[test]
fn annotations_of_each_kind() {
    let case = three_lines().annotated(Place::Value(70.0), "limit").annotated(Place::Values(80.0, 90.0), "alarm");
    let case = case.annotated(Place::Time(START + HOUR), "deploy");
    check("annotations", &case.annotated(Place::Times(START, START + 600), "backup").sized(400, 260));
}

#[test]
fn a_stack_reaches_up_to_its_sum_and_down_to_zero() {
    let case = Case::new("", HOUR, "UTC").line("a", |_| Some(30.0)).line("b", |_| Some(35.0)).kind(Kind::Stacked);
    assert!(written(&case.scene()).contains("60\u{202f}%"), "{}", written(&case.scene()));
    let model = ChartModel::new(&case.request, &case.frame, &LIGHT, AxesAllowed::Two);
    assert_eq!(model.extent, Some((0.0, 65.0)));
}

#[test]
fn kinds_with_fills_include_zero() {
    for (kind, low) in [(Kind::Area, 0.0), (Kind::Bar, 0.0), (Kind::Line, 80.0), (Kind::Step, 80.0)] {
        let case = Case::new("", HOUR, "UTC").line("a", |i| Some(80.0 + i as f64)).kind(kind);
        assert_eq!(
            ChartModel::new(&case.request, &case.frame, &LIGHT, AxesAllowed::Two).extent,
            Some((low, 91.0)),
            "{kind:?}"
        );
    }
}

#[test]
fn fills_lie_below_every_line() {
    for kind in [Kind::Area, Kind::Stacked, Kind::Band] {
        let scene = Case::new("", 200 * HOUR, "UTC").line("a", wave(3)).line("b", wave(5)).kind(kind).scene();
        let last_fill = scene.shapes.iter().rposition(|shape| matches!(shape, Shape::Area { .. })).unwrap();
        let first_line = scene.shapes.iter().position(|shape| matches!(shape, Shape::Line { .. })).unwrap();
        assert!(last_fill < first_line, "{kind:?}");
    }
}

#[test]
fn a_step_lasts_to_the_end_of_the_span() {
    let scene = Case::new("", HOUR, "UTC").line("a", wave(3)).kind(Kind::Step).scene();
    let Shape::Line { runs, clip, .. } = lines(&scene)[0] else { unreachable!() };
    assert_eq!((runs[0].len(), runs[0].last().unwrap().x.floor()), (24, clip.right() - 2));
}

#[test]
fn bars_have_whole_pixels_and_equal_gaps() {
    let scene = Case::new("", HOUR, "UTC").line("a", wave(3)).kind(Kind::Bar).scene();
    let bars = bars(&scene);
    let gaps: Vec<i32> = bars.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
    assert_eq!(bars.len(), 12);
    assert!(gaps.iter().all(|&gap| gap == gaps[0] && gap >= 1), "{gaps:?}");
}

#[test]
fn bars_of_several_series_stand_side_by_side() {
    let scene = three_lines().kind(Kind::Bar).scene();
    let mut bars = bars(&scene);
    bars.sort();
    assert!(bars.windows(2).all(|pair| pair[0].1 <= pair[1].0), "{bars:?}");
    assert!(bars.iter().all(|bar| bar.1 > bar.0 && bar.2 >= 1));
}

#[test]
fn bars_narrower_than_3_px_have_no_gaps() {
    let gaps = |hours: i64| {
        let scene = Case::new("", hours * HOUR, "UTC").line("a", wave(3)).kind(Kind::Bar).scene();
        let bars = bars(&scene);
        let gaps: Vec<i32> = bars.windows(2).map(|pair| pair[1].0 - pair[0].1).collect();
        (bars.iter().map(|bar| bar.1 - bar.0).min().unwrap(), gaps.iter().any(|&gap| gap > 0))
    };
    let (wide, narrow) = (gaps(8), gaps(16));
    assert!(wide.0 >= 3 && wide.1 && narrow.0 < 3 && !narrow.1, "{wide:?} {narrow:?}");
}

#[test]
fn a_bar_of_zero_differs_from_a_gap() {
    let scene = Case::new("", HOUR, "UTC").line("a", |i| [Some(0.0), None, Some(5.0)][i % 3]).kind(Kind::Bar).scene();
    let heights: Vec<i32> = bars(&scene).iter().map(|bar| bar.2).collect();
    assert_eq!((heights.len(), heights.iter().filter(|&&height| height == 1).count()), (8, 4));
}

#[test]
fn one_high_bucket_among_thousands_of_bars_stays() {
    let value = |i: usize| Some(if i == 30_001 { 100.0 } else { 1.0 });
    let scene = Case::new("", 150 * 24 * HOUR, "UTC").line("a", value).kind(Kind::Bar).scene();
    let (bars, highest) = (bars(&scene), bars(&scene).iter().map(|bar| bar.2).max().unwrap());
    assert!(bars.len() < 600, "{}", bars.len());
    assert_eq!(bars.iter().filter(|bar| bar.2 == highest).count(), 1);
    assert!(bars.windows(2).all(|pair| pair[0].1 == pair[1].0));
}

#[test]
fn a_bucket_that_may_still_change_is_dotted_or_paler() {
    for (kind, shapes) in [(Kind::Line, 1), (Kind::Area, 1), (Kind::Step, 1), (Kind::Stacked, 1), (Kind::Bar, 1)] {
        let plain = Case::new("", 30 * HOUR, "UTC").line("a", wave(3)).kind(kind);
        let count = |case: &Case| case.scene().shapes.len();
        let before = count(&plain);
        assert_eq!(count(&plain.unfinished_after(30 * HOUR - 1)), before + shapes, "{kind:?}");
        let whole = Case::new("", 30 * HOUR, "UTC").line("a", wave(3)).kind(kind).unfinished_after(30 * HOUR);
        assert_eq!(count(&whole), before, "{kind:?}");
    }
}

#[test]
fn a_point_alone_that_may_still_change_is_a_ring() {
    let dots = |case: Case| case.scene().shapes.iter().filter(|shape| matches!(shape, Shape::Dots { .. })).count();
    let isolated = || Case::new("", 24 * HOUR, "UTC").line("a", |i| (i == 287 || i < 9).then_some(4.0));
    assert_eq!((dots(isolated()), dots(isolated().unfinished_after(24 * HOUR - 1))), (1, 2));
}

#[test]
fn the_axis_reaches_a_threshold_and_its_label_stands_in_the_plot() {
    let case = Case::new("", HOUR, "UTC").line("a", |i| Some(10.0 + i as f64)).annotated(Place::Value(90.0), "limit");
    let scene = case.scene();
    let (place, _) = texts(&scene).into_iter().find(|(_, text)| *text == "limit").unwrap();
    assert!(written(&scene).contains("100\u{202f}%") && place.right() < 600 - 16 && place.left > 500, "{place}");
    assert!(scene.alt.contains("(1) limit: 90 %"), "{}", scene.alt);
}

#[test]
fn a_threshold_outside_the_axis_is_a_triangle_with_its_label() {
    let case = Case::new("", HOUR, "UTC").line("a", |_| Some(50.0)).annotated(Place::Value(500.0), "limit");
    let model = ChartModel::new(&case.request, &case.frame, &LIGHT, AxesAllowed::Two);
    let axis = value_axis(Some((10.0, 60.0)), model.axis, 300);
    let plot = Rect::new(50, 20, 500, 300);
    let transform = PlotTransform { plot, span: case.frame.span, axis: &axis, scale: Scale::ONE };
    let mut builder = SceneBuilder::new(Rect::new(0, 0, 600, 400), Scale::ONE);
    draw::draw_marks(&mut builder, &model, &transform);
    let scene = builder.finish((case.request.size, Scale::ONE), LIGHT.ground, None, String::new());
    let halos = lines(&scene).len();
    assert_eq!((areas(&scene).len(), halos, written(&scene).as_str()), (1, 1, "limit"));
    let tip = &areas(&scene)[0][0][1];
    assert_eq!((tip.top.round(), texts(&scene)[0].0.right() < tip.x.round()), (plot.top, true));
}

fn deployments(count: i64, label: &str) -> Case {
    (0..count).fold(Case::new("", HOUR, "UTC").line("a", wave(3)), |case, n| {
        case.annotated(Place::Time(START + 1200 + n * 60), &format!("{label} {n}"))
    })
}

/// Returns the texts below the time axis, from the top.
fn below_the_axis(case: &Case) -> Vec<String> {
    let (_, layout) = case.arrangement();
    let below = layout.stack.dates.bottom();
    texts(&case.scene()).into_iter().filter(|(place, _)| place.top >= below).map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn deployments_close_together_have_labels_below_each_other_and_then_numbers_with_a_key() {
    let case = deployments(6, "deployment");
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let in_plot = |(place, text): (Rect, &str)| (place.bottom() < layout.plot.bottom()).then(|| text.to_owned());
    let in_plot: Vec<String> = texts(&scene).into_iter().filter_map(in_plot).collect();
    for label in ["deployment 0", "deployment 1", "deployment 2", "4", "5", "6"] {
        assert!(in_plot.contains(&label.to_owned()), "{label} in {in_plot:?}");
    }
    assert_eq!(below_the_axis(&case), ["4 deployment 3 · 5 deployment 4 · 6 deployment 5"]);
    assert!(scene.alt.contains("(4) deployment 3: 00:23"), "{}", scene.alt);
}

#[test]
fn a_key_has_two_rows_at_most_and_counts_labels_left_out() {
    let key = below_the_axis(&deployments(9, "deployment of the shop in the second region"));
    assert!(key.len() == 2 && key[0].starts_with("4 deployment"), "{key:?}");
    assert!(key[1].ends_with("· +3 more"), "{key:?}");
    assert_eq!(below_the_axis(&deployments(3, "deployment")), [""; 0], "without numbers there is no key");
    let small = deployments(9, "deployment").sized(230, 130);
    assert!(!written(&small.scene()).contains(" · "), "{}", written(&small.scene()));
}

#[test]
fn fills_are_as_strong_as_their_kind_needs() {
    let alphas = |case: Case| -> Vec<u32> {
        let percent = |shape: &Shape| match shape {
            Shape::Area { colour, .. } => Some(u32::from(colour.alpha) * 100 / 255),
            _ => None,
        };
        case.scene().shapes.iter().filter_map(percent).collect()
    };
    let line = || Case::new("", 100 * HOUR, "UTC").line("a", wave(3));
    assert!(alphas(line().kind(Kind::Area)).iter().all(|percent| (8..=12).contains(percent)));
    let areas = |count: usize| {
        let case = (0..count).fold(Case::new("", 100 * HOUR, "UTC"), |case, n| case.line(&n.to_string(), wave(n + 1)));
        alphas(case.kind(Kind::Area))
    };
    assert_eq!([1, 2, 4, 5].map(|count| areas(count).first().copied()), [Some(12), Some(7), Some(5), None]);
    assert!(alphas(line().kind(Kind::Stacked)).iter().all(|percent| (70..=80).contains(percent)));
    assert!(alphas(line().kind(Kind::Band)).iter().all(|percent| (15..=20).contains(percent)));
    let band = |place| {
        let scene = line().annotated(place, "").scene();
        let is_pale = |shape: &Shape| matches!(shape, Shape::Fill { colour, .. } if (8..=10).contains(&(u32::from(colour.alpha) * 100 / 255)));
        let (fill, line) = (
            scene.shapes.iter().position(is_pale),
            scene.shapes.iter().position(|shape| matches!(shape, Shape::Line { .. })),
        );
        fill.unwrap() < line.unwrap()
    };
    assert!(band(Place::Values(20.0, 40.0)) && band(Place::Times(START + 600, START + 6000)));
}

#[test]
fn annotations_outside_the_span_are_in_the_alt_text_only() {
    let plain = Case::new("", HOUR, "UTC").line("a", wave(3));
    let shapes = plain.scene().shapes;
    let scene = plain.annotated(Place::Time(START - 60), "early").scene();
    assert_eq!(scene.shapes, shapes);
    assert!(scene.alt.contains("(1) early: 2021-12-31 23:59"), "{}", scene.alt);
}

#[test]
fn lines_of_annotations_never_cross_a_text() {
    let case = three_lines().annotated(Place::Value(60.0), "a threshold with a long name");
    let scene = case.annotated(Place::Time(START + 2 * HOUR - 600), "deployment").scene();
    for (text, _) in texts(&scene) {
        for shape in &scene.shapes {
            if let Shape::Fill { area, colour } = shape
                && *colour == LIGHT.secondary
            {
                let both = area.intersect(text);
                assert!(both.width == 0 || both.height == 0, "{area} crosses {text}");
            }
        }
    }
}

#[test]
fn labels_of_annotations_have_the_colour_of_their_mark_on_a_halo_of_the_background() {
    let yellow = Colour::rgb(0xffd000);
    for (colour, name) in [(None, "usual"), (Some(yellow), "yellow"), (Some(Colour::rgb(0xa00000)), "red")] {
        let mut case = Case::new("", HOUR, "UTC").line("a", wave(3)).annotated(Place::Value(40.0), "limit");
        case.request.chart.annotations[0].colour = colour;
        let scene = case.scene();
        let at = scene.shapes.iter().position(|shape| matches!(shape, Shape::Text { text, .. } if text == "limit"));
        let (halo, text) = (&scene.shapes[at.unwrap() - 1], &scene.shapes[at.unwrap()]);
        let (Shape::Line { runs, stroke, .. }, Shape::Text { style, at, text }) = (halo, text) else {
            panic!("{name}: {halo}")
        };
        let end = at.x + crate::text::width(text, style.font);
        let half = stroke.width.half();
        assert!(runs[0][0].x - half <= at.x && runs[0][1].x + half >= end && stroke.colour == LIGHT.ground, "{halo}");
        assert!(contrast(style.colour, LIGHT.ground) >= 4.5, "{name}: {}", style.colour);
        let is_own = colour.is_some_and(|colour| colour == style.colour);
        assert_eq!(is_own, name == "red", "a readable colour stays, another becomes darker");
    }
}
