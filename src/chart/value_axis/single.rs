//! A value axis alone beside its plot.

use super::axis::ValueAxis;
use super::linear::LinearAxis;
use super::logarithmic;
use super::tick_row::TickRow;
use super::tolerance::MIN_LOGARITHMIC;
use crate::request::{AxisOptions, AxisScale};

/// The axis for values between the two of `extent`, or for none, on a plot that is `plot_height` pixels high. The unit of `options`
/// is what the values are; without one the labels are plain numbers.
///
/// The step is the smallest round one that leaves easy distances; 4 to 6 labels on 250 to 300 px.
pub fn value_axis(extent: Option<(f64, f64)>, options: AxisOptions, plot_height: i32) -> ValueAxis {
    match (options.scale, extent) {
        (AxisScale::Logarithmic, Some(extent)) if extent.1 >= MIN_LOGARITHMIC => {
            logarithmic::axis(extent, options, plot_height)
        }
        _ => {
            let linear = LinearAxis::new(extent, options, plot_height);
            linear.axis(&TickRow::finest(&linear.domain, &linear.scale, plot_height))
        }
    }
}
