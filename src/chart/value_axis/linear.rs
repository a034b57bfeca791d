//! Linear value axes.

use super::axis::{ValueAxis, ValueTick};
use super::domain::Domain;
use super::requested_range::RequestedRange;
use super::spacing::free_share;
use super::tick_row::TickRow;
use super::tolerance::NOISE;
use crate::chart::labels::number::{Counting, Scale, ZERO_BELOW};
use crate::request::{AxisOptions, AxisScale, Quantity, Rate, Unit};

/// Range of percentages up to which an axis may begin above zero.
const WIDE_PERCENT: f64 = 10.0;
/// Range of counts that certainly contains two whole numbers.
const MIN_COUNTS: f64 = 2.0;

/// The constraints on a linear axis.
pub(super) struct LinearAxis {
    pub scale: Scale,
    pub domain: Domain,
    pub requested: RequestedRange,
    /// Extent that the axis covers.
    pub extent: (f64, f64),
    /// Largest absolute value of the extent, in counted numbers.
    pub magnitude: f64,
}

impl LinearAxis {
    pub fn new(extent: Option<(f64, f64)>, options: AxisOptions, plot_height: i32) -> Self {
        let unit = options.unit.unwrap_or(Unit::NONE);
        let whole = if unit.quantity == Quantity::Percent { 100.0 } else { 1.0 };
        let requested = RequestedRange::of(options);
        let (min, max) = requested.instead_of(extent.unwrap_or((0.0, 0.0)));
        let magnitude = min.abs().max(max.abs());
        let is_nothing = magnitude < ZERO_BELOW;
        let magnitude = if is_nothing { whole } else { magnitude };
        // Requested ends may leave less than two whole numbers between them.
        let is_cut = requested.max.is_some() || requested.min.is_some_and(|min| min.fract() != 0.0);
        let is_short = max - min < MIN_COUNTS;
        let is_whole = is_count(unit) && !(is_cut && is_short);
        let scale = Scale::of(unit, if is_whole { magnitude.max(1.0) } else { magnitude });
        let counting = if is_count(unit) && !is_whole { Counting::Decimal } else { scale.counting };
        let scale = Scale { counting, ..scale };
        let counted = |value: f64| value * scale.factor;
        let cap = (unit.quantity == Quantity::Percent).then(|| counted(100.0));
        let share = free_share(plot_height);
        let domain = match (is_nothing, requested.max) {
            (true, None) => Domain::exact(0.0, counted(whole), cap, share),
            (true, Some(_)) => Domain::exact(counted(-whole), 0.0, cap, share),
            (false, _) => {
                let (low, high) = without_noise(min, max);
                let (low, high) = if is_whole && is_short { (low.floor(), high.ceil()) } else { (low, high) };
                let wide = if cap.is_some() { counted(WIDE_PERCENT) } else { f64::INFINITY };
                Domain::around((counted(low), counted(high)), wide, cap, share)
            }
        };
        let domain = domain.with_requested(requested.min.map(counted), requested.max.map(counted));
        Self { domain, requested, extent: (min, max), magnitude: counted(magnitude), scale }
    }

    /// Returns the axis with the ends and labels of `row`.
    pub fn axis(&self, row: &TickRow) -> ValueAxis {
        let (ticks, title) = row.ticks(&self.scale, self.magnitude);
        let (min, max) = self.extent;
        let low = self.requested.min.unwrap_or((row.low / self.scale.factor).max(f64::MIN).min(min));
        let high = self.requested.max.unwrap_or((row.high / self.scale.factor).min(f64::MAX).max(max));
        let within = |tick: ValueTick| ValueTick { value: tick.value.clamp(low, high), ..tick };
        let ticks = ticks.into_iter().map(within).collect();
        ValueAxis { low, high, scale: AxisScale::Linear, ticks, minor: Vec::new(), title }
    }
}

/// Returns true if the values are numbers of things, which have no fractions.
fn is_count(unit: Unit) -> bool {
    unit.quantity == Quantity::Count && unit.rate == Rate::Whole
}

/// Returns the extent with an end of zero in place of one that differs from zero by noise only.
fn without_noise(min: f64, max: f64) -> (f64, f64) {
    let noise = NOISE * (max / 2.0 - min / 2.0);
    let cleaned = |end: f64| if end.abs() <= noise { 0.0 } else { end };
    (cleaned(min), cleaned(max))
}
