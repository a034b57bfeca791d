//! `layout` and `whole`: a chart → all shapes lie inside the image, no two texts overlap, two renders have equal pixels, and a render takes at
//! most 20 % more memory than estimated.

use crate::chart::Chart;
use crate::raster::{assert_png, stop};
use crate::taken;
use metricshot::admission::Cost;
use metricshot::catalog::{
    MetricKind, Missing, PlannedFetch, PlannedLine, QueryPlan, QueryTarget, Selector, SeriesQuery,
};
use metricshot::chart::{Scene, Shape};
use metricshot::geometry::Rect;
use metricshot::provenance::Record;
use metricshot::render::{Format, Output, paint};
use metricshot::series::{Grid, Line};
use metricshot::text::{cap_height, width};

/// The minimum height of a plot with axes, in percent of the image.
const MIN_PLOT: i32 = 40;

/// Checks `layout`: the boxes of the scene.
pub fn check(input: &[u8]) {
    let chart = Chart::of(input);
    let scene = chart.scene();
    assert_eq!(scene.size, chart.request.size.times(chart.request.chart.scale));
    let picture = whole_of(&scene);
    let texts = texts(&scene);
    for (index, (place, text)) in texts.iter().enumerate() {
        assert_eq!(picture.intersect(*place), *place, "{text:?} leaves {picture}");
        for (other, before) in &texts[..index] {
            let both = other.intersect(*place);
            assert!(
                both.width <= 0 || both.height <= 0,
                "{text:?} at {place} overlaps {before:?} at {other} in {picture}"
            );
        }
    }
    for shape in &scene.shapes {
        let area = match shape {
            Shape::Fill { area, .. } => area,
            Shape::Line { clip, runs, .. } => {
                assert!(runs.iter().all(|run| !run.is_empty() && run.is_sorted_by_key(|point| point.x)));
                assert!(clip.width > 0 && clip.height * 100 >= MIN_PLOT * picture.height - 100, "{clip} of {picture}");
                clip
            }
            Shape::Area { clip, .. } | Shape::Dots { clip, .. } => clip,
            Shape::Text { .. } => continue,
        };
        assert_eq!(picture.intersect(*area), *area, "{area} leaves {picture}");
    }
}

/// Checks `whole`: the rendered file with its record.
pub fn whole(input: &[u8]) {
    let chart = Chart::of(input);
    let file = || {
        let scene = chart.scene();
        let record = Some(Record::new(&chart.request, &chart.frame, &scene.alt));
        paint(&scene, &Output { format: Format::Png, record }, &stop()).expect("nothing stops it").bytes
    };
    let one = file();
    // The first render loads fonts and time zone rules, which stay in memory.
    let (other, bytes) = taken(file);
    assert_eq!(one, other, "two runs differ");
    let estimate = Cost::of_picture(&plan(&chart), &chart.request, Format::Png).bytes;
    assert!(bytes as u64 * 5 <= estimate * 6, "{bytes} bytes instead of the estimated {estimate}");
    assert_png(&one, chart.request.size.times(chart.request.chart.scale));
}

/// Returns a query plan for the chart.
fn plan(chart: &Chart) -> QueryPlan {
    let fetch = |line: &Line| {
        let query = SeriesQuery::new(
            QueryTarget::Select(Selector { name: "m".into(), labels: vec![] }),
            MetricKind::Gauge,
            line.statistic,
            Grid::new(chart.frame.span, line.period, &chart.frame.zone).into(),
        );
        PlannedFetch { source: "s".into(), query }
    };
    let fetches: Vec<_> = chart.frame.lines.iter().map(fetch).collect();
    let line =
        |(fetch, line): (usize, &Line)| PlannedLine { fetch, unit: line.unit, scale: 1.0, missing: Missing::Gap };
    QueryPlan { lines: chart.frame.lines.iter().enumerate().map(line).collect(), fetches }
}

fn whole_of(scene: &Scene) -> Rect {
    let [width, height] = [scene.size.width(), scene.size.height()].map(|side| i32::try_from(side).expect("small"));
    Rect::new(0, 0, width, height)
}

/// Returns the maximum box of each text, without descenders.
fn texts(scene: &Scene) -> Vec<(Rect, &str)> {
    let place = |shape| match shape {
        &Shape::Text { at, ref text, style } => {
            let (left, right) = (at.x.floor(), (at.x + width(text, style.font)).ceil());
            let top = (at.y - cap_height(style.font)).floor();
            Some((Rect::new(left, top, right - left, at.y.ceil() - top), text.as_str()))
        }
        _ => None,
    };
    scene.shapes.iter().filter_map(place).collect()
}
