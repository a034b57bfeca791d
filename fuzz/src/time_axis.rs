//! `time_axis`: start, seconds, an unused number, zone, plot width, language, rows → sorted ticks whose texts do not overlap.

use crate::words::{Words, text};
use metricshot::chart::time_axis::{RangeIn, TimeLabels, TimeRows, TimeTick, time_axis, zone_text};
use metricshot::geometry::Px;
use metricshot::request::Language;
use metricshot::text::{Font, width};

pub fn check(input: &[u8]) {
    let text = text(input);
    let mut words = Words::of(&text);
    let (span, _, zone) = words.time();
    let plot = i32::try_from(words.whole(1..=4096)).expect("small");
    let language = words.choice([("en", Language::English), ("ko", Language::Korean)]);
    let rows = words.choice([("two", TimeRows::Two), ("one", TimeRows::One)]);
    let width_of = |text: &str| width(text, Font::regular(12));
    let range = RangeIn::SubTitle;
    let labels =
        TimeLabels { plot_width: plot, left: 40, right: 0, language, rows, range, bar: 0, width_of: &width_of };
    let axis = time_axis(span, &zone, labels);
    assert!(!zone_text(span, &zone).is_empty());

    let inside = |at: i64| (span.start()..=span.end()).contains(&at);
    assert!(axis.ticks.len() <= 16 && axis.ticks.iter().all(|tick| inside(tick.at)), "{axis:?}");
    assert!(axis.ticks.is_sorted_by(|a, b| a.at < b.at), "{axis:?}");
    assert!(axis.minor.is_sorted_by(|a, b| a < b) && axis.minor.iter().all(|at| inside(*at)), "{axis:?}");
    assert!(axis.changes.iter().all(|change| inside(change.at)), "{axis:?}");
    let place = |tick: &TimeTick| (tick.centre - span.start()) as f64 * f64::from(plot) / span.seconds() as f64;
    let date = |tick: &TimeTick| Some((place(tick), width_of(tick.date.as_deref()?)));
    // With one row a date replaces its label.
    let first_line = |tick: &TimeTick| match (rows, date(tick)) {
        (TimeRows::One, Some(date)) => date,
        _ => (place(tick), width_of(&tick.label)),
    };
    keep_apart(&axis.ticks, &|tick| Some(first_line(tick)));
    if rows == TimeRows::Two {
        keep_apart(&axis.ticks, &date);
    }
}

/// Checks that texts centred on their ticks do not overlap.
fn keep_apart(ticks: &[TimeTick], extent: &dyn Fn(&TimeTick) -> Option<(f64, Px)>) {
    let extents: Vec<(f64, Px)> = ticks.iter().filter_map(extent).collect();
    for pair in extents.windows(2) {
        let ((left, left_width), (right, right_width)) = (pair[0], pair[1]);
        let gap = right - left - (left_width + right_width).to_f64() / 2.0;
        assert!(gap > 0.0, "labels meet at {left} and {right}: {ticks:?}");
    }
}
