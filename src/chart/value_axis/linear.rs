//! Linear value axes.

use super::axis::{ValueAxis, ValueTick};
use super::domain::Domain;
use super::requested_range::RequestedRange;
use super::spacing::free_share;
use super::tick_row::TickRow;
use crate::chart::labels::number::{Scale, ZERO_BELOW};
use crate::request::{AxisOptions, AxisScale, Quantity, Unit};

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
        let scale = Scale::of(unit, magnitude);
        let counted = |value: f64| value * scale.factor;
        let cap = (unit.quantity == Quantity::Percent).then(|| counted(100.0));
        let share = free_share(plot_height);
        let domain = match (is_nothing, requested.max) {
            (true, None) => Domain::exact(0.0, counted(whole), cap, share),
            (true, Some(_)) => Domain::exact(counted(-whole), 0.0, cap, share),
            (false, _) => Domain::around(counted(min), counted(max), cap, share),
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
