//! A single value axis beside its plot.

use super::axis::ValueAxis;
use super::linear::LinearAxis;
use super::logarithmic;
use super::tick_row::TickRow;
use super::tolerance::MIN_LOGARITHMIC;
use crate::request::{AxisOptions, AxisScale};

/// Returns the axis for values in `extent`, or for no values, on a plot of `plot_height` pixels. The unit of `options`
/// is that of the values; without one the labels are plain numbers.
///
/// The step is the smallest round one with comfortable distances: 4 to 6 labels on 250 to 300 px.
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
