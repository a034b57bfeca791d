//! Tests of grid, tick marks, labels and the edge of the plot in scenes.

use super::tests::{Case, HOUR, texts, three_lines, two_units, wave};
use super::*;
use crate::cancel::Stop;
use crate::chart::layout::Layout;
use crate::chart::marks::line::PlotTransform;
use crate::chart::time_axis::TimeTick;
use crate::chart::{LIGHT, Shape};
use crate::geometry::{Point, Rect};
use crate::limits::Limits;
use crate::render::{Output, paint};
use crate::request::{AxisOptions, Background, Colour, Span, Zone};
use crate::text::Weight;

/// Returns the areas of all fills in one of `colours`.
fn fills(scene: &Scene, colours: &[Colour]) -> Vec<Rect> {
    let fill = |shape: &Shape| match shape {
        Shape::Fill { area, colour } if colours.contains(colour) => Some(*area),
        _ => None,
    };
    scene.shapes.iter().filter_map(fill).collect()
}

fn field_of<'a>(case: &Case, layout: &'a Layout) -> PlotTransform<'a> {
    PlotTransform {
        plot: layout.plot,
        span: case.frame.span,
        axis: &layout.value_axis,
        scale: case.request.chart.scale,
    }
}

fn sorted<T: Ord>(items: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut items: Vec<T> = items.into_iter().collect();
    items.sort();
    items.dedup();
    items
}

#[test]
fn every_labelled_value_has_a_grid_line_and_no_other_has_one() {
    for case in [three_lines(), two_units(), three_lines().sized(300, 150), three_lines().sized(1200, 600)] {
        let (scene, (_, layout)) = (case.scene(), case.arrangement());
        let transform = field_of(&case, &layout);
        let is_level =
            |area: &Rect| area.height == 1 && area.left == layout.plot.left && area.width == layout.plot.width;
        let lines = fills(&scene, &[LIGHT.grid_value, LIGHT.axis]).into_iter().filter(is_level);
        let expected =
            layout.value_axis.ticks.iter().map(|tick| transform.row(tick.value)).chain([layout.plot.bottom() - 1]);
        assert_eq!(sorted(lines.map(|line| line.top)), sorted(expected));
    }
}

#[test]
fn labels_of_values_are_in_the_middle_of_their_grid_lines() {
    for size in [(600, 400), (300, 150), (1200, 600)] {
        let case = three_lines().sized(size.0, size.1);
        let (scene, (_, layout)) = (case.scene(), case.arrangement());
        let transform = field_of(&case, &layout);
        for tick in &layout.value_axis.ticks {
            let label = texts(&scene)
                .into_iter()
                .find(|(place, text)| *text == tick.label && place.right() <= layout.plot.left);
            let (place, text) = label.unwrap_or_else(|| panic!("{} is not in {size:?}", tick.label));
            let off = 2 * transform.row(tick.value) + 1 - place.top - place.bottom();
            assert!(off.abs() <= 1, "{text} is {off} half pixels off in {size:?}");
        }
    }
}

#[test]
fn vertical_grid_lines_are_only_at_labelled_times_and_the_value_axis_has_no_line() {
    let days = || Case::new("", 4 * 24 * HOUR, "Asia/Seoul").line("a", wave(3));
    for case in [three_lines(), three_lines().sized(300, 150), days(), days().sized(300, 150)] {
        let (scene, (_, layout)) = (case.scene(), case.arrangement());
        let transform = field_of(&case, &layout);
        let is_upright = |area: &Rect| area.width == 1 && area.height > 20;
        let of =
            |colours: &[Colour]| sorted(fills(&scene, colours).into_iter().filter(is_upright).map(|area| area.left));
        let columns = |new_day: bool| {
            let ticks = layout.time_axis.ticks.iter().filter(move |tick| tick.new_day == new_day);
            sorted(ticks.map(|tick| transform.column(tick.at)))
        };
        assert_eq!((of(&[LIGHT.grid_time]), of(&[LIGHT.grid_day])), (columns(false), columns(true)));
        assert_eq!(of(&[LIGHT.axis, LIGHT.grid_value, LIGHT.muted]), [0_i32; 0]);
        let is_written = |tick: &&TimeTick| {
            texts(&scene).iter().any(|(_, text)| *text == tick.label || Some(*text) == tick.date.as_deref())
        };
        assert_eq!(layout.time_axis.ticks.iter().filter(is_written).count(), layout.time_axis.ticks.len());
    }
}

#[test]
fn tick_marks_hang_4_px_below_the_plot_and_those_between_labels_2() {
    let case = Case::new("", HOUR, "Asia/Seoul").line("a", wave(3));
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let transform = field_of(&case, &layout);
    let hanging = |height: i32| {
        let marks = fills(&scene, &[LIGHT.axis]).into_iter();
        sorted(marks.filter(|mark| mark.top == layout.plot.bottom() && mark.height == height).map(|mark| mark.left))
    };
    assert_eq!(hanging(4), sorted(layout.time_axis.ticks.iter().map(|tick| transform.column(tick.at))));
    assert_eq!(hanging(2), sorted(layout.time_axis.minor.iter().map(|&at| transform.column(at))));
    assert!(hanging(2).len() > 4);
}

#[test]
fn the_lower_left_corner_has_only_zero_and_the_first_label() {
    let case = Case::new("", 24 * HOUR, "Asia/Seoul").line("a", wave(3));
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let corner = |(place, _): &(Rect, &str)| place.left < layout.plot.left && place.bottom() >= layout.plot.bottom();
    let found: Vec<&str> = texts(&scene).into_iter().filter(corner).map(|(_, text)| text).collect();
    assert_eq!(found, ["0", "09:00"]);
    let bold = scene.shapes.iter().filter(|shape| {
        matches!(shape, Shape::Text { at, style, .. } if style.font.weight == Weight::SemiBold && at.y.floor() > 50)
    });
    assert_eq!(bold.count(), 0, "no bold date");
}

#[test]
fn the_same_instants_are_the_same_curve_in_every_zone() {
    let in_zone = |zone: &str| {
        let mut case = Case::new("", 24 * HOUR, "UTC").line("a", wave(3));
        (case.frame.zone, case.request.query.zone) = (Zone::parse(zone).unwrap(), Zone::parse(zone).unwrap());
        let (scene, (_, layout)) = (case.scene(), case.arrangement());
        let transform = field_of(&case, &layout);
        let Some(Shape::Line { runs, .. }) = scene.shapes.iter().find(|shape| matches!(shape, Shape::Line { .. }))
        else {
            panic!("no line")
        };
        // Labels of other widths move the left edge of the plot.
        let share = |point: &Point| (point.x.to_f64() - f64::from(layout.plot.left)) / f64::from(layout.plot.width);
        let curve: Vec<(i64, i32)> =
            runs[0].iter().map(|point| ((share(point) * 2000.0).round() as i64, point.y.units())).collect();
        (curve, layout.time_axis.ticks.iter().map(|tick| transform.column(tick.at)).collect::<Vec<_>>())
    };
    let (curve, ticks) = in_zone("Asia/Tokyo");
    for zone in ["Asia/Kathmandu", "America/St_Johns", "Australia/Eucla"] {
        let (other, other_ticks) = in_zone(zone);
        let off = |((x, y), (other_x, other_y)): (&(i64, i32), &(i64, i32))| (x - other_x).abs() > 1 || y != other_y;
        assert!(curve.len() == 288 && other.len() == 288 && !curve.iter().zip(&other).any(off), "{zone}");
        assert_ne!(other_ticks, ticks, "{zone}");
    }
}

#[test]
fn the_range_is_shown_whole_where_data_covers_a_part() {
    let case = Case::new("", 24 * HOUR, "UTC").line("a", |i| Some(1.0).filter(|_| i < 72));
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let transform = field_of(&case, &layout);
    let (start, end) = (case.frame.span.start(), case.frame.span.end());
    assert_eq!((transform.column(start), transform.column(end)), (layout.plot.left, layout.plot.right() - 1));
    let Some(Shape::Line { runs, .. }) = scene.shapes.iter().find(|shape| matches!(shape, Shape::Line { .. })) else {
        panic!("no line")
    };
    let last = runs[0].last().unwrap().x.to_f64() - f64::from(layout.plot.left);
    assert!((last / f64::from(layout.plot.width) - 71.0 / 288.0).abs() < 0.005, "a quarter is drawn: {last}");
}

/// Returns the dots of a scene: centres, radius and clip.
fn dots(scene: &Scene) -> Vec<(Vec<Point>, f64, Rect)> {
    let dots = |shape: &Shape| match shape {
        Shape::Dots { centres, radius, clip, .. } => Some((centres.clone(), radius.to_f64(), *clip)),
        _ => None,
    };
    scene.shapes.iter().filter_map(dots).collect()
}

#[test]
fn a_dot_on_the_plots_edge_is_whole() {
    let mut case = Case::new("", 2 * HOUR, "UTC")
        .line("a", |i| Some(0.0).filter(|_| i == 0))
        .line("b", |i| (i == 0).then_some(9.0));
    case.frame.span = Span::new(case.frame.span.start() + 200, case.frame.span.end(), &Limits::default()).unwrap();
    for (centres, radius, clip) in dots(&case.scene()) {
        let (x, y) = (centres[0].x.to_f64(), centres[0].y.to_f64());
        let inside = |from: i32, at: f64, to: i32| f64::from(from) <= at - radius && at + radius <= f64::from(to);
        assert!(inside(clip.left, x, clip.right()) && inside(clip.top, y, clip.bottom()), "{x} {y} in {clip}");
    }
}

#[test]
fn a_line_of_zeros_keeps_its_width() {
    let scene = Case::new("", 24 * HOUR, "UTC").line("a", |_| Some(0.0)).scene();
    let Some(Shape::Line { runs, stroke, clip }) = scene.shapes.iter().find(|s| matches!(s, Shape::Line { .. })) else {
        panic!("no line")
    };
    assert!((runs[0][0].y + stroke.width.half()).ceil() <= clip.bottom());
}

#[test]
fn a_line_at_the_upper_end_of_the_axis_keeps_its_width() {
    let ends = AxisOptions { min: Some(0.0), max: Some(50.0), ..AxisOptions::default() };
    let case = Case::new("", 24 * HOUR, "UTC").line("a", |_| Some(50.0)).axis(ends);
    let (scene, (_, layout)) = (case.scene(), case.arrangement());
    let Some(Shape::Line { runs, stroke, clip }) = scene.shapes.iter().find(|s| matches!(s, Shape::Line { .. })) else {
        panic!("no line")
    };
    assert_eq!(runs[0][0].y.floor(), layout.plot.top, "it is at the end");
    assert!((runs[0][0].y - stroke.width.half()).floor() >= clip.top);
}

#[test]
fn more_than_eight_lines_have_dots_only_where_a_point_is_alone() {
    let many =
        |count: usize| (0..count).fold(Case::new("", HOUR, "UTC"), |case, n| case.line(&n.to_string(), wave(n + 1)));
    assert_eq!((dots(&many(8).scene()).len(), dots(&many(9).scene()).len()), (8, 0));
    let isolated = dots(&many(8).line("alone", |i| (i == 5).then_some(3.0)).scene());
    assert_eq!((isolated.len(), isolated[0].0.len(), isolated[0].1), (1, 1, 2.25));
}

#[test]
fn a_sparkline_keeps_2_px_free_and_shows_gaps_isolated_points_and_its_end() {
    let value = |i: usize| Some((i % 50) as f64).filter(|_| !(100..140).contains(&i) || i == 120);
    let scene = Case::new("", 24 * HOUR, "UTC").line("a", value).sized(100, 40).scene();
    let Some(Shape::Line { runs, stroke, .. }) = scene.shapes.iter().find(|s| matches!(s, Shape::Line { .. })) else {
        panic!("no line")
    };
    let half = stroke.width.half().to_f64();
    let (centres, radius, _) = &dots(&scene)[0];
    assert_eq!((runs.len(), centres.len()), (2, 2), "two runs; the point between them and the last");
    let reach = |points: &[Point], by: f64| {
        let inside = |at: f64, max: f64| 2.0 <= at - by && at + by <= max - 2.0;
        points.iter().all(|point| inside(point.x.to_f64(), 100.0) && inside(point.y.to_f64(), 40.0))
    };
    assert!(runs.iter().all(|run| reach(run, half)) && reach(centres, *radius), "{runs:?} {centres:?}");
    assert_eq!(texts(&scene), []);
}

#[test]
fn a_sparkline_uses_its_whole_height_with_a_thin_line_and_an_end_dot_of_its_colour() {
    for (width, height, free) in [(100, 40, 4.0), (40, 12, 2.0)] {
        let scene =
            Case::new("", 24 * HOUR, "UTC").line("a", |i| Some(60.0 + (i % 9) as f64)).sized(width, height).scene();
        let Some(Shape::Line { runs, stroke, .. }) = scene.shapes.iter().find(|s| matches!(s, Shape::Line { .. }))
        else {
            panic!("no line")
        };
        let ys = || runs[0].iter().map(|point| point.y.to_f64());
        let (top, bottom) = (ys().fold(f64::MAX, f64::min), ys().fold(f64::MIN, f64::max));
        assert_eq!((top, bottom), (free + 0.5, height as f64 - free - 0.5), "{width}x{height}");
        assert_eq!(stroke.width.to_f64(), 1.25);
        let is_end = |shape: &&Shape| matches!(shape, Shape::Dots { colour, .. } if *colour == stroke.colour);
        assert!(scene.shapes.iter().any(|shape| is_end(&shape)));
    }
}

#[test]
fn a_transparent_image_has_no_background_and_an_opaque_one_does() {
    let alphas = |ground: Background| {
        let mut case = three_lines();
        case.request.chart.ground = ground;
        let file = paint(&case.scene(), &Output::default(), &Stop::default()).unwrap().bytes;
        let mut decoder = zune_png::PngDecoder::new(zune_png::zune_core::bytestream::ZCursor::new(&file));
        let pixels = decoder.decode().unwrap().u8().unwrap();
        let channels = pixels.len() / (600 * 400);
        if channels == 4 { pixels.chunks(4).map(|pixel| pixel[3]).collect() } else { vec![255; 600 * 400] }
    };
    let (opaque, transparent): (Vec<u8>, Vec<u8>) = (alphas(Background::Opaque), alphas(Background::Transparent));
    assert!(opaque.iter().all(|&alpha| alpha == 255));
    assert!(
        transparent[0] == 0 && transparent.contains(&255) && transparent.iter().any(|alpha| (1..255).contains(alpha))
    );
}
