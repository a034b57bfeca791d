//! A value axis: its ends, its ticks and the mapping from values to heights.

use super::logarithm::log2;
use crate::request::AxisScale;

/// A labelled value.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueTick {
    /// In the unit of what is drawn.
    pub value: f64,
    /// Its text.
    pub label: String,
}

/// What a value axis shows.
#[derive(Debug, Clone, PartialEq)]
pub struct ValueAxis {
    /// The value at the bottom; finite, above 0 where the axis is logarithmic.
    pub low: f64,
    /// The value at the top; finite, above `low`.
    pub high: f64,
    /// How values between them become heights.
    pub scale: AxisScale,
    /// Strictly increasing, between the ends; at least two from 60 px on, at most 12.
    pub ticks: Vec<ValueTick>,
    /// Values between the ticks that show how the axis is divided.
    pub minor: Vec<f64>,
    /// Multiple and unit, where the labels are too long to carry them.
    pub title: Option<String>,
}

impl ValueAxis {
    /// How far up `value` is: 0 at `low`, 1 at `high`. On a logarithmic axis what is not above zero is infinitely far down.
    pub fn share(&self, value: f64) -> f64 {
        self.shares()(value)
    }

    /// The same of many values. Halves first, since the ends may be further apart than a number can say.
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
