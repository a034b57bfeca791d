//! Shapes of the demo's metrics: the hard cases by name, and a shape for any other name.
//!
//! Used by the source and by its list of metrics. A shape's value is a function of seed and time alone.

use super::noise::{daylight, ease, random, smooth, stream};
use crate::catalog::MetricKind;

const MINUTE: i64 = 60;
const HOUR: i64 = 3600;
const DAY: i64 = 86_400;

/// Time of [`Shape::Spike`] in every 30 days since 1970: noon of the 15th.
const SPIKE_MINUTE: i64 = 14 * 1440 + 720;

/// Shape of a metric.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Shape {
    /// A server's usual day, in a range.
    Usual(Range),
    /// A total that grows and starts again every so many seconds.
    Total {
        range: Range,
        reset_every: i64,
    },
    Gap,
    NotANumber,
    Flat,
    Zero,
    Huge,
    Tiny,
    Negative,
    Mixed,
    Spike,
    Ramp,
    DayCurve,
    SinglePoint,
    NoData,
    Slow,
    Error,
}

/// Magnitude of usual values.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Range {
    /// 0 to 100.
    Percent,
    /// Whole numbers up to some hundred millions.
    Bytes,
    /// 0 to 1000.
    Plain,
}

/// The hard cases. Names match in any case of letters.
pub(super) const CASES: [(&str, Shape); 16] = [
    ("Gap", Shape::Gap),
    ("NaN", Shape::NotANumber),
    ("Counter Reset", Shape::Total { range: Range::Plain, reset_every: 6 * HOUR }),
    ("Flat", Shape::Flat),
    ("Zero", Shape::Zero),
    ("Huge", Shape::Huge),
    ("Tiny", Shape::Tiny),
    ("Negative", Shape::Negative),
    ("Mixed", Shape::Mixed),
    ("Spike", Shape::Spike),
    ("Ramp", Shape::Ramp),
    ("Day Curve", Shape::DayCurve),
    ("Single Point", Shape::SinglePoint),
    ("No Data", Shape::NoData),
    ("Slow", Shape::Slow),
    ("Error", Shape::Error),
];

impl Shape {
    /// Returns the shape of a hard case's name; else one by words in the name.
    pub(super) fn of(name: &str, kind: MetricKind) -> Self {
        let case = CASES.iter().find(|(case, _)| case.eq_ignore_ascii_case(name));
        case.map_or_else(|| Self::usual(name, kind), |&(_, shape)| shape)
    }

    fn usual(name: &str, kind: MetricKind) -> Self {
        let name = name.to_lowercase();
        let has = |words: &[&str]| words.iter().any(|word| name.contains(word));
        let range = match () {
            () if has(&["cpu", "usage", "util", "%", "percent"]) => Range::Percent,
            () if has(&["bytes", "memory", "network", "disk"]) => Range::Bytes,
            () => Range::Plain,
        };
        match kind {
            MetricKind::Gauge => Self::Usual(range),
            MetricKind::Counter => Self::Total { range, reset_every: 30 * DAY },
        }
    }

    /// Returns the value at `second`; `None` where there is no sample.
    pub(super) fn value(self, seed: u64, second: i64) -> Option<f64> {
        let value = match self {
            Self::Usual(range) => range.of(seed, level(seed, second)),
            Self::Total { range, reset_every } => total(seed, second, range, reset_every),
            Self::Gap if is_gap(second) => return None,
            Self::Gap => Range::Percent.of(seed, level(seed, second)),
            Self::NotANumber => sometimes_not_a_number(seed, second),
            Self::Flat => 42.0,
            Self::Zero => 0.0,
            Self::Huge => 1e300 * level(seed, second),
            Self::Tiny => 1e-9 * level(seed, second),
            Self::Negative => -100.0 * level(seed, second),
            Self::Mixed => 100.0 * level(seed, second) - 40.0,
            Self::Spike if second.rem_euclid(30 * DAY).div_euclid(MINUTE) == SPIKE_MINUTE => 1000.0,
            Self::Spike => 1.0,
            Self::Ramp => second.rem_euclid(DAY) as f64 / 864.0,
            Self::DayCurve => 100.0 * daylight(second),
            Self::SinglePoint | Self::NoData | Self::Slow | Self::Error => return None,
        };
        Some(value)
    }
}

impl Range {
    fn of(self, seed: u64, level: f64) -> f64 {
        match self {
            Self::Percent => 100.0 * level,
            Self::Bytes => (self.per_second(seed) * level).floor(),
            Self::Plain => 1000.0 * level,
        }
    }

    /// Returns the rate of a total.
    fn per_second(self, seed: u64) -> f64 {
        let size = 1.0 + 31.0 * random(stream(seed, 20), 0);
        if self == Self::Bytes { size * 16_777_216.0 } else { size }
    }
}

/// Returns the load of a server, 0 to 1: a level of its own, a day (quieter at weekends), slow and fast noise, and now and then a burst.
fn level(seed: u64, second: i64) -> f64 {
    let own = |stream_of: u64| random(stream(seed, stream_of), 0);
    let noise = |stream_of: u64, every: i64| smooth(stream(seed, stream_of), second, every) - 0.5;
    let local = second + (own(1) * 4.0 * HOUR as f64) as i64 - 2 * HOUR;
    // 1970-01-01 was a Thursday.
    let weekend = local.div_euclid(DAY).rem_euclid(7) == 2 || local.div_euclid(DAY).rem_euclid(7) == 3;
    let swing = (0.15 + 0.25 * own(2)) * if weekend { 0.4 } else { 1.0 };
    let jitter = random(stream(seed, 3), second) - 0.5;
    let curve = 0.12 + 0.25 * own(4) + swing * daylight(local);
    let rough = 0.16 * noise(5, 2 * HOUR) + 0.09 * noise(6, 10 * MINUTE) + 0.04 * jitter;
    (curve + rough + burst(stream(seed, 7), second)).clamp(0.0, 1.0)
}

/// Returns the burst of 10 to 40 minutes in about every third stretch of four hours.
fn burst(seed: u64, second: i64) -> f64 {
    let (stretch, within) = (second.div_euclid(4 * HOUR), second.rem_euclid(4 * HOUR) as f64);
    let chance = |index: i64| random(seed, stretch * 4 + index);
    if chance(0) > 0.35 {
        return 0.0;
    }
    let length = 600.0 + 1800.0 * chance(1);
    let progress = (within - chance(2) * (4.0 * HOUR as f64 - length)) / length;
    let height = 0.15 + 0.35 * chance(3);
    height * ease(5.0 * progress) * ease(5.0 * (1.0 - progress))
}

/// Grows at its pace, up to 0.8 of that faster or slower from hour to hour, so it never falls but at a reset.
fn total(seed: u64, second: i64, range: Range, reset_every: i64) -> f64 {
    let phase = (random(stream(seed, 21), 0) * reset_every as f64) as i64;
    let since = (second - phase).div_euclid(reset_every) * reset_every + phase;
    let pace = range.per_second(seed);
    let reach = 0.8 * pace * HOUR as f64 / 1.5;
    let wave = |second| smooth(stream(seed, 22), second, HOUR);
    (pace * (second - since) as f64 + reach * (wave(second) - wave(since))).floor()
}

/// Reports gaps: ten minutes of each hour, three hours of each day and a day of each week, so that every window shows one.
fn is_gap(second: i64) -> bool {
    let within = |every: i64, from: i64, to: i64| (from..to).contains(&second.rem_euclid(every));
    within(HOUR, 20 * MINUTE, 30 * MINUTE) || within(DAY, 3 * HOUR, 6 * HOUR) || within(7 * DAY, 2 * DAY, 3 * DAY)
}

/// Returns some samples as NaN, some as infinite, and every sixth hour only NaN.
fn sometimes_not_a_number(seed: u64, second: i64) -> f64 {
    match (second.div_euclid(HOUR).rem_euclid(6), second.div_euclid(MINUTE).rem_euclid(25)) {
        (5, _) | (_, 3 | 11) => f64::NAN,
        (_, 7) => f64::INFINITY,
        (_, 19) => f64::NEG_INFINITY,
        _ => Range::Percent.of(seed, level(seed, second)),
    }
}
