//! `layout` and `whole`: a chart → everything is inside of the picture, no text meets another, and the pixels are the same twice.

use crate::chart::Chart;
use crate::raster::{assert_png, stop};
use metricshot::chart::{Scene, Shape};
use metricshot::geometry::Rect;
use metricshot::paint::{Format, Output, paint};
use metricshot::record::Record;
use metricshot::text::{cap_height, width};

/// Percent of the height that a plot with axes has at least: what headings, axes and legend leave it.
const LEAST_PLOT: i32 = 40;

/// `layout`: boxes alone.
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
                "{text:?} at {place} meets {before:?} at {other} in {picture}"
            );
        }
    }
    for shape in &scene.shapes {
        let area = match shape {
            Shape::Fill { area, .. } => area,
            Shape::Line { clip, runs, .. } => {
                assert!(runs.iter().all(|run| !run.is_empty() && run.is_sorted_by_key(|point| point.x)));
                assert!(
                    clip.width > 0 && clip.height * 100 >= LEAST_PLOT * picture.height - 100,
                    "{clip} of {picture}"
                );
                clip
            }
            Shape::Area { clip, .. } | Shape::Dots { clip, .. } => clip,
            Shape::Text { .. } => continue,
        };
        assert_eq!(picture.intersect(*area), *area, "{area} leaves {picture}");
    }
}

/// `whole`: to the file, with its record.
pub fn whole(input: &[u8]) {
    let chart = Chart::of(input);
    let file = || {
        let scene = chart.scene();
        let record = Some(Record::new(&chart.request, &chart.frame, &scene.alt));
        paint(&scene, &Output { format: Format::Png, record }, &stop()).expect("nothing stops it").bytes
    };
    let (one, other) = (file(), file());
    assert_eq!(one, other, "two runs differ");
    assert_png(&one, chart.request.size.times(chart.request.chart.scale));
}

fn whole_of(scene: &Scene) -> Rect {
    let [width, height] = [scene.size.width(), scene.size.height()].map(|side| i32::try_from(side).expect("small"));
    Rect::new(0, 0, width, height)
}

/// Where the ink of each text is at most, without what hangs below the line.
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
