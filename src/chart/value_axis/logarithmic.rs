//! Logarithmic value axes.
//!
//! Labels are powers of ten, of two for bytes, and clock units for times, with 2 and 5 between them if they fit. A
//! range too short for that has the labels of a linear axis, at their heights on the logarithmic one.

use super::axis::{ValueAxis, ValueTick};
use super::linear::LinearAxis;
use super::logarithm::{log2, power_of_two};
use super::requested_range::RequestedRange;
use super::spacing::{LABEL_DISTANCE, MAX_LABELS, free_share};
use super::step;
use super::tick_row::TickRow;
use super::tolerance::{MIN_LOGARITHMIC, NOISE};
use crate::chart::labels::number::{Counting, Scale, power_of_ten, value_text};
use crate::request::{AxisOptions, AxisScale, Quantity, Unit};

/// log₁₀ 2.
const LOG10_OF_2: f64 = std::f64::consts::LOG10_2;
/// log₂ 10.
const DECADE: f64 = std::f64::consts::LOG2_10;
/// Maximum share of the logarithmic data range that rounding to a labelled number may add at one end.
const MAX_WASTE: f64 = 0.15;
/// Ratio of the largest to the smallest value up to which a range is narrow.
const NARROW: f64 = 1.5;
/// Minimum number of labels; with fewer a linear row is tried.
const FEW_LABELS: usize = 3;
/// Minimum distance in pixels between the nearest unlabelled grid lines.
const MINOR_DISTANCE: f64 = 3.0;
/// Distances between labelled powers of ten, from dense to sparse.
const EVERY_DECADE: [i32; 10] = [1, 2, 3, 6, 10, 20, 50, 100, 200, 500];
/// Distances between labelled powers of two, from dense to sparse; 10 of them are a prefix of bytes.
const EVERY_DOUBLING: [i32; 10] = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000];
/// Clock units from a minute up in seconds, and their power: a second has power 0, ten seconds power 1.
const CLOCK: [(f64, Option<i32>); 12] = [
    (60.0, Some(2)),
    (120.0, None),
    (300.0, None),
    (600.0, Some(3)),
    (1800.0, None),
    (3600.0, Some(4)),
    (7200.0, None),
    (18_000.0, None),
    (36_000.0, Some(5)),
    (86_400.0, Some(6)),
    (172_800.0, None),
    (432_000.0, None),
];
/// First power of ten of days, in seconds, and its power; longer times count in powers of ten of days.
const TEN_DAYS: (f64, i32) = (864_000.0, 7);

/// A number that may have a label, in the unit of the values.
#[derive(Debug, Clone, Copy)]
struct Number {
    value: f64,
    log: f64,
    /// Power of the number; `None` for multiples of 2 and 5.
    power: Option<i32>,
}

/// Returns the axis for values in `extent`, whose upper end is above zero.
pub(super) fn axis(extent: (f64, f64), options: AxisOptions, plot_height: i32) -> ValueAxis {
    if let Some(narrow) = narrow_axis(extent, options, plot_height) {
        return narrow;
    }
    let requested = RequestedRange::of(options);
    let unit = options.unit.unwrap_or(Unit::NONE);
    let (min, max) = requested.instead_of((extent.0.max(MIN_LOGARITHMIC), extent.1));
    let (low, high) = domain((min, max), requested, unit, free_share(plot_height));
    let bare =
        ValueAxis { low, high, scale: AxisScale::Logarithmic, ticks: Vec::new(), minor: Vec::new(), title: None };
    let numbers: Vec<Number> = numbers(log2(low), log2(high), unit)
        .into_iter()
        .filter(|number| (low..=high).contains(&number.value) && number.value >= MIN_LOGARITHMIC)
        .collect();
    let labelled = labelled(&numbers, &bare, unit, plot_height);
    let (ticks, title) =
        if labelled.len() < FEW_LABELS { linear_row(&bare, unit, plot_height) } else { (Vec::new(), None) };
    if ticks.len() <= labelled.len() {
        let tick = |number: &Number| ValueTick { value: number.value, label: value_text(number.value, unit) };
        let ticks = labelled.iter().map(tick).collect();
        return ValueAxis { ticks, minor: minor(&bare, unit, plot_height), ..bare };
    }
    ValueAxis { ticks, title, ..bare }
}

/// Returns the axis of a range so narrow that a logarithmic axis hardly differs from a linear one: with its ends and
/// labels. `None` for a wider range, or without space for the labels.
fn narrow_axis(extent: (f64, f64), options: AxisOptions, plot_height: i32) -> Option<ValueAxis> {
    let is_narrow = extent.0 >= MIN_LOGARITHMIC && extent.1 <= extent.0 * NARROW;
    if !is_narrow || extent.1 - extent.0 <= NOISE * extent.1 || RequestedRange::of(options) != RequestedRange::NONE {
        return None;
    }
    let options = AxisOptions { scale: AxisScale::Linear, ..options };
    // The uppermost labels are nearer to each other than those of a linear axis.
    let linear = LinearAxis::new(Some(extent), options, plot_height * 3 / 4);
    let axis = linear.axis(&TickRow::finest(&linear.domain, &linear.scale, plot_height * 3 / 4));
    let axis = ValueAxis { scale: AxisScale::Logarithmic, ..axis };
    let distance = |pair: &[ValueTick]| axis.share(pair[1].value) - axis.share(pair[0].value);
    let is_far = |pair: &[ValueTick]| distance(pair) * f64::from(plot_height) >= f64::from(LABEL_DISTANCE);
    (axis.low > 0.0 && axis.ticks.len() >= FEW_LABELS && axis.ticks.windows(2).all(is_far)).then_some(axis)
}

/// Returns the ends of the axis: the requested ones, else a power outside the data and the free space above it; if that
/// wastes much, a number with 2 or 5, or one of two digits. A constant is in the middle of two powers.
fn domain((min, max): (f64, f64), requested: RequestedRange, unit: Unit, free_share: f64) -> (f64, f64) {
    let (bottom, top) = (log2(min), log2(max));
    let range = top - bottom;
    let (lower, upper) = if range <= NOISE * top.abs().max(1.0) {
        (min / 10.0, max * 10.0)
    } else {
        let (low, high) = (bottom, top + range * free_share / (1.0 - free_share));
        let all = numbers(low, high, unit);
        let is_power = |number: &&Number| number.power.is_some();
        let below = |number: &&Number| (0.0..=range * MAX_WASTE).contains(&(low - number.log));
        let above = |number: &&Number| (0.0..=range * MAX_WASTE).contains(&(number.log - high));
        let lower = all.iter().rev().filter(is_power).find(below).or_else(|| all.iter().rev().find(below));
        let upper = all.iter().filter(is_power).find(above).or_else(|| all.iter().find(above));
        let (lower, upper) = (lower.map(|number| number.value), upper.map(|number| number.value));
        (lower.unwrap_or_else(|| two_digits(low).0), upper.unwrap_or_else(|| two_digits(high).1))
    };
    let (lower, upper) = (lower.max(f64::MIN_POSITIVE).min(min), upper.min(f64::MAX).max(max));
    (requested.min.unwrap_or(lower), requested.max.unwrap_or(upper))
}

/// Returns the numbers of two digits next to the one whose logarithm is `log`: one not above it, one not below it.
fn two_digits(log: f64) -> (f64, f64) {
    let exponent = (log * LOG10_OF_2).floor() as i32;
    let numbers = (exponent - 1..=exponent + 1).flat_map(|power| (10..100).map(move |n| (n, power - 1)));
    let numbers: Vec<f64> = numbers.map(|(digits, power)| f64::from(digits) * power_of_ten(power)).collect();
    let after = numbers.partition_point(|&number| log2(number) <= log);
    (numbers[after.saturating_sub(1)], numbers[after.min(numbers.len() - 1)])
}

/// Returns all numbers that may have labels, increasing, from the last one below the logarithm `low` to the first above
/// `high`.
fn numbers(low: f64, high: f64, unit: Unit) -> Vec<Number> {
    let number = |value: f64, power| Number { value, log: log2(value), power };
    if unit.quantity == Quantity::Bytes {
        let powers = low.floor() as i32 - 1..=high.ceil() as i32 + 1;
        return powers.map(|power| number(power_of_two(power), Some(power))).collect();
    }
    let decades = |low: f64, high: f64| (low * LOG10_OF_2).floor() as i32 - 1..=(high * LOG10_OF_2).ceil() as i32 + 1;
    let decimal = |power: i32, size: f64| {
        [(1.0, Some(power)), (2.0, None), (5.0, None)].map(|(digit, power)| number(digit * size, power))
    };
    if unit.quantity != Quantity::Seconds {
        return decades(low, high).flat_map(|power| decimal(power, power_of_ten(power))).collect();
    }
    let (second, prefix) = (1.0 / unit.factor(), 3 * i32::from(unit.prefix));
    let below = decades(low, high.min(log2(60.0 * second)));
    let seconds = below.flat_map(|power| decimal(power + prefix, power_of_ten(power)));
    let clock = CLOCK.map(|(seconds, power)| number(seconds * second, power));
    let decades_of_days = ((high * LOG10_OF_2) as i32 + prefix - 4).max(1);
    let days = (0..decades_of_days).flat_map(|n| decimal(TEN_DAYS.1 + n, power_of_ten(n) * TEN_DAYS.0 * second));
    let seconds = seconds.filter(|number| number.value * unit.factor() < 59.0);
    seconds.chain(clock).chain(days).collect()
}

/// Returns the densest set of `numbers` that are far enough apart: all, every power, every second power, and so on.
fn labelled(numbers: &[Number], axis: &ValueAxis, unit: Unit, plot_height: i32) -> Vec<Number> {
    let pixels = f64::from(plot_height) / (log2(axis.high) - log2(axis.low));
    let far = |a: &Number, b: &Number| (b.log - a.log) * pixels >= f64::from(LABEL_DISTANCE);
    let reads_well =
        |set: &Vec<Number>| set.len() <= MAX_LABELS as usize && set.windows(2).all(|pair| far(&pair[0], &pair[1]));
    let every = if unit.quantity == Quantity::Bytes { EVERY_DOUBLING } else { EVERY_DECADE };
    let powers = every.map(|every| {
        let is_one = |number: &&Number| number.power.is_some_and(|power| power % every == 0);
        numbers.iter().filter(is_one).copied().collect()
    });
    let sets = std::iter::once(numbers.to_vec()).chain(powers);
    let set = sets.into_iter().find(reads_well).unwrap_or_default();
    if set.len() >= 2 {
        return set;
    }
    // These labels are uneven, but at least two.
    numbers.iter().fold(Vec::new(), |mut chosen: Vec<Number>, number| {
        if chosen.last().is_none_or(|last| far(last, number)) && chosen.len() < MAX_LABELS as usize {
            chosen.push(*number);
        }
        chosen
    })
}

/// Returns 2 to 9 times each power of ten, if those are not too dense.
fn minor(axis: &ValueAxis, unit: Unit, plot_height: i32) -> Vec<f64> {
    let decades = (log2(axis.high) - log2(axis.low)) / DECADE;
    // Distance from 9 to 10, as a share of a decade.
    let nearest = f64::from(plot_height) / decades * 0.0457;
    let is_clock = unit.quantity == Quantity::Seconds && axis.high * unit.factor() > 60.0;
    if nearest < MINOR_DISTANCE || unit.quantity == Quantity::Bytes || is_clock {
        return Vec::new();
    }
    let first = (log2(axis.low) * LOG10_OF_2).floor() as i32 - 1;
    let powers = (first..).take(decades.ceil() as usize + 3);
    let all = powers.flat_map(|power| (2..10).map(move |digit| f64::from(digit) * power_of_ten(power)));
    all.filter(|value| *value > axis.low && *value < axis.high).collect()
}

/// Returns the finest labels of a linear axis that are far enough apart on this one, or the first and the last label of
/// a row.
fn linear_row(axis: &ValueAxis, unit: Unit, plot_height: i32) -> (Vec<ValueTick>, Option<String>) {
    let scale = Scale::of(unit, axis.high);
    let (low, high) = (axis.low * scale.factor, axis.high * scale.factor);
    let counting = if scale.counting == Counting::Whole { Counting::Decimal } else { scale.counting };
    let rows = step::ladder(counting).into_iter().map(|step| {
        let row = TickRow { low, high, step, first: step.above(low), last: step.below(high) };
        // A logarithmic axis has no zero.
        if row.first < 1.0 { TickRow { first: 1.0, ..row } } else { row }
    });
    let rows = rows.filter(|row| row.count() >= 2.0 && row.count() <= f64::from(MAX_LABELS)).map(|row| {
        let (mut ticks, title) = row.ticks(&scale, high);
        ticks.iter_mut().for_each(|tick| tick.value = tick.value.clamp(axis.low, axis.high));
        (ticks, title)
    });
    let rows: Vec<(Vec<ValueTick>, Option<String>)> = rows.filter(|(ticks, _)| ticks.len() >= 2).collect();
    let far = |a: &ValueTick, b: &ValueTick| {
        (axis.share(b.value) - axis.share(a.value)) * f64::from(plot_height) >= f64::from(LABEL_DISTANCE)
    };
    let finest = rows.iter().find(|(ticks, _)| ticks.windows(2).all(|pair| far(&pair[0], &pair[1])));
    let mut ends = rows.iter().rev().filter_map(|(ticks, title)| match ticks.as_slice() {
        [first, .., last] if far(first, last) => Some((vec![first.clone(), last.clone()], title.clone())),
        _ => None,
    });
    finest.cloned().or_else(|| ends.next()).unwrap_or_default()
}
