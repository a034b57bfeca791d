//! A linear axis.

use super::axis::{ValueAxis, ValueTick};
use super::domain::Ends;
use super::requested_range::Asked;
use super::spacing::room;
use super::tick_row::Row;
use crate::chart::labels::number::{NOTHING, Scale};
use crate::request::{AxisOptions, AxisScale, Quantity, Unit};

/// What an axis in proportion has to respect.
pub(super) struct Linear {
    pub scale: Scale,
    pub ends: Ends,
    pub asked: Asked,
    /// What it covers at least.
    pub extent: (f64, f64),
    /// The largest of it, whatever its sign, in counted numbers.
    pub magnitude: f64,
}

impl Linear {
    pub fn new(extent: Option<(f64, f64)>, options: AxisOptions, plot_height: i32) -> Self {
        let unit = options.unit.unwrap_or(Unit::NONE);
        let whole = if unit.quantity == Quantity::Percent { 100.0 } else { 1.0 };
        let asked = Asked::of(options);
        let (min, max) = asked.instead_of(extent.unwrap_or((0.0, 0.0)));
        let magnitude = min.abs().max(max.abs());
        let is_nothing = magnitude < NOTHING;
        let magnitude = if is_nothing { whole } else { magnitude };
        let scale = Scale::of(unit, magnitude);
        let counted = |value: f64| value * scale.factor;
        let cap = (unit.quantity == Quantity::Percent).then(|| counted(100.0));
        let room = room(plot_height);
        let ends = match (is_nothing, asked.max) {
            (true, None) => Ends::exact(0.0, counted(whole), cap, room),
            (true, Some(_)) => Ends::exact(counted(-whole), 0.0, cap, room),
            (false, _) => Ends::around(counted(min), counted(max), cap, room),
        };
        let ends = ends.asked(asked.min.map(counted), asked.max.map(counted));
        Self { ends, asked, extent: (min, max), magnitude: counted(magnitude), scale }
    }

    /// With the ends and the labels of `row`.
    pub fn axis(&self, row: &Row) -> ValueAxis {
        let (ticks, title) = row.ticks(&self.scale, self.magnitude);
        let (min, max) = self.extent;
        let low = self.asked.min.unwrap_or((row.low / self.scale.factor).max(f64::MIN).min(min));
        let high = self.asked.max.unwrap_or((row.high / self.scale.factor).min(f64::MAX).max(max));
        let within = |tick: ValueTick| ValueTick { value: tick.value.clamp(low, high), ..tick };
        let ticks = ticks.into_iter().map(within).collect();
        ValueAxis { low, high, scale: AxisScale::Linear, ticks, minor: Vec::new(), title }
    }
}
