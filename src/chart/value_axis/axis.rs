//! A value axis: its ends, its ticks and the mapping from values to heights.

use super::logarithm::log2;
use crate::request::AxisScale;

/// A labelled value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTick {
    /// Value in the unit of the axis.
    pub value: f64,
    /// Text of the label.
    pub label: String,
}

/// A value axis: finite, covers the data, with distinct labels.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    /// Value at the bottom; finite, above 0 if the axis is logarithmic.
    pub low: f64,
    /// Value at the top; finite, above `low`.
    pub high: f64,
    /// Mapping from values to heights.
    pub scale: AxisScale,
    /// Ticks, strictly increasing, between the ends; at least two on plots of at least 60 px, at most 12.
    pub ticks: Vec<ValueTick>,
    /// Values of grid lines without a label, between the ticks.
    pub minor: Vec<f64>,
    /// Multiple and unit, if the labels are too long to carry them.
    pub title: Option<String>,
}

impl ValueAxis {
    /// Returns the height of `value` as a share: 0 at `low`, 1 at `high`. On a logarithmic axis a value of zero or less
    /// is at −∞.
    pub fn share(&self, value: f64) -> f64 {
        self.shares()(value)
    }

    /// Returns the mapping from values to shares. Halves the values first, because the difference of the ends may
    /// exceed the largest number.
    pub(in crate::chart) fn shares(&self) -> impl Fn(f64) -> f64 + use<> {
        let scale = self.scale;
        let counted = move |value: f64| match scale {
            AxisScale::Linear => value / 2.0,
            AxisScale::Logarithmic => log2(value),
        };
        let low = counted(self.low);
        let whole = counted(self.high) - low;
        move |value| (counted(value) - low) / whole
    }
}
