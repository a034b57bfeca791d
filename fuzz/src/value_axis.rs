//! `value_axis`: two numbers of 8 bytes each, then plot height, unit, scale and both ends as words → a readable axis.

use crate::quickly;
use crate::words::{Words, text};
use metricshot::chart::value_axis::{ValueAxis, value_axis};
use metricshot::request::{AxisOptions, AxisScale, Unit};
use std::time::Duration;

/// The maximum time of one axis, ten times that of a release build, because fuzz builds have checks and tracing.
const MAX_TIME: Duration = Duration::from_millis(10);

pub fn check(input: &[u8]) {
    let Some((numbers, rest)) = input.split_first_chunk::<16>() else { return };
    let [a, b] = [0, 8].map(|at| f64::from_bits(u64::from_le_bytes(numbers[at..at + 8].try_into().expect("8 bytes"))));
    let text = text(rest);
    let mut words = Words::of(&text);
    let height = i32::try_from(words.whole(1..=4096)).expect("small");
    let unit = Unit::parse(words.word());
    let scale = words.choice([("linear", AxisScale::Linear), ("log", AxisScale::Logarithmic)]);
    let possible = |end: &f64| end.is_finite() && (scale == AxisScale::Linear || *end > 0.0);
    let (min, max) = (words.number().filter(possible), words.number().filter(possible));
    let max = max.filter(|max| min.is_none_or(|min| min < *max));
    let extent = (a.is_finite() && b.is_finite()).then(|| (a.min(b), a.max(b)));
    let options = AxisOptions { min, max, scale, unit };
    let axis = quickly(MAX_TIME, || value_axis(extent, options, height));

    assert!(axis.low.is_finite() && axis.high.is_finite() && axis.low < axis.high, "{axis:?}");
    assert_eq!((min.unwrap_or(axis.low), max.unwrap_or(axis.high)), (axis.low, axis.high), "the requested ends");
    assert!(axis.ticks.len() <= 12, "{axis:?}");
    assert!(height < 60 || min.is_some() || max.is_some() || axis.ticks.len() >= 2, "{extent:?} has {axis:?}");
    assert!(axis.ticks.iter().all(|tick| (axis.low..=axis.high).contains(&tick.value)), "{axis:?}");
    assert!(axis.ticks.is_sorted_by(|a, b| a.value < b.value && a.label != b.label), "{axis:?}");
    if let Some(extent) = extent {
        covers(&axis, extent, min, max);
    }
}

/// Checks that values not cut off by a requested end lie on the axis.
fn covers(axis: &ValueAxis, (low, high): (f64, f64), min: Option<f64>, max: Option<f64>) {
    let is_shown = axis.scale == AxisScale::Linear || low > 0.0;
    if min.is_none() && max.is_none() && is_shown && low >= axis_floor(axis) {
        assert!(axis.low <= low && high <= axis.high, "{low} to {high} is not covered by {axis:?}");
        for value in [low, high, low / 2.0 + high / 2.0] {
            assert!(
                (-1e-9..=1.0 + 1e-9).contains(&axis.share(value)),
                "{value} is at {} of {axis:?}",
                axis.share(value)
            );
        }
    }
}

/// Returns the smallest value that the axis shows.
fn axis_floor(axis: &ValueAxis) -> f64 {
    if axis.scale == AxisScale::Logarithmic { 1e-290 } else { f64::MIN }
}
