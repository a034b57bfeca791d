//! Chart options: kind, legend, value axis, annotations, template, scale.
//!
//! The ServiceWatch operation uses the defaults; `render` reads the options from a file. Only the chart module uses
//! them: no option changes the queries to the sources.

use super::{Colour, DisplayText, Unit};
use crate::error::{Fault, FaultKind};
use crate::geometry::Px;

/// Options of a chart.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartOptions {
    /// Drawing style of the series.
    pub kind: Kind,
    /// Position of the legend.
    pub legend: LegendPlace,
    /// Statistics beside each name in the legend, in this order; each at most once.
    pub legend_values: Vec<LegendValue>,
    /// Options of the value axis; with two axes, of the left one.
    pub axis: AxisOptions,
    /// Reference lines and bands, in drawing order.
    pub annotations: Vec<Annotation>,
    /// Name of the theme and frame; `None` uses the configured default.
    pub template: Option<TemplateName>,
    /// Device pixels per requested pixel.
    pub scale: Scale,
    /// Footer with the chart's source data.
    pub footer: Footer,
    /// Background of the image.
    pub ground: Background,
    /// Style of incomplete buckets.
    pub unfinished: IncompleteBuckets,
}

/// Drawing style of the series.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// Lines from point to point.
    #[default]
    Line,
    /// Lines with a light fill down to zero.
    Area,
    /// Filled series on top of each other.
    Stacked,
    /// Steps: a value holds until the next bucket.
    Step,
    /// Bars for each bucket, several series side by side.
    Bar,
    /// A line of the mean of the points within a few pixels, in a light band from their minimum to their maximum.
    Band,
}

/// Position of the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LegendPlace {
    /// Below the plot, unless the title says the same.
    #[default]
    Automatic,
    /// Below the plot.
    Bottom,
    /// Beside the plot in wide images, else below it.
    Right,
    /// No legend.
    Hidden,
}

/// A legend statistic of a series over the requested range.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegendValue {
    /// Minimum over the buckets.
    Min,
    /// Mean over all buckets with a value.
    Average,
    /// Maximum over the buckets.
    Max,
    /// Value of the newest bucket.
    Last,
}

/// Options of the value axis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AxisOptions {
    /// Exact lower end; finite, and below `max`.
    pub min: Option<f64>,
    /// Exact upper end; finite.
    pub max: Option<f64>,
    /// Mapping of values to heights.
    pub scale: AxisScale,
    /// Unit of the values; overrides the catalogue.
    pub unit: Option<Unit>,
}

/// Mapping of values to heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AxisScale {
    /// Linear.
    #[default]
    Linear,
    /// Logarithmic, base 10; values of zero and below cannot be drawn.
    Logarithmic,
}

/// A reference line or band with an optional label.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Position of the annotation.
    pub place: Place,
    /// Text of the label.
    pub label: Option<DisplayText>,
    /// Colour; `None` uses the theme's.
    pub colour: Option<Colour>,
}

/// Position of an annotation.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// Horizontal line, such as a threshold; finite, in the unit of the axis.
    Value(f64),
    /// Horizontal band between two values, the lower one first.
    Values(f64, f64),
    /// Vertical line, in Unix seconds.
    Time(i64),
    /// Vertical band between two instants, the earlier one first.
    Times(i64, i64),
}

/// A name of a template: the stem of its file's name.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateName(String);

impl TemplateName {
    /// Maximum characters of a name.
    const MAX_CHARS: usize = 64;

    /// Checks a name: lower-case letters, digits, `-` and `_`, 1 to 64 of them.
    pub fn new(name: &str) -> Result<Self, Fault> {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
        if name.is_empty() || name.len() > Self::MAX_CHARS || !name.chars().all(allowed) {
            let text = "A template's name should be 1 to 64 small letters, digits, '-' and '_', such as 'dark'";
            return Err(Fault::new(FaultKind::InvalidText, text));
        }
        Ok(Self(name.to_owned()))
    }

    /// Returns the name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Device pixels per pixel: 1 to 4 in quarters, times the enlargement of a large image's parts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale {
    parts: i32,
}

/// Parts of a scale of one: quarters of eighths.
const SCALE_PARTS: i32 = 32;

impl Default for Scale {
    fn default() -> Self {
        Self::ONE
    }
}

impl Scale {
    /// One device pixel per pixel.
    pub const ONE: Self = Self { parts: SCALE_PARTS };

    /// Checks a scale: 1, 1.25, 1.5 … 4.
    pub fn new(scale: f64) -> Result<Self, Fault> {
        let quarters = scale * 4.0;
        if !(4.0..=16.0).contains(&quarters) || quarters.fract() != 0.0 {
            return Err(Fault::new(FaultKind::OutOfRange, "Input should be 1 to 4 in steps of 0.25, such as 2"));
        }
        Ok(Self { parts: quarters as i32 * SCALE_PARTS / 4 })
    }

    /// Returns the scale enlarged by a number of eighths, from 8 for the same scale to 16 for twice.
    pub fn enlarged(self, eighths: i32) -> Self {
        Self { parts: self.parts * eighths.clamp(8, 16) / 8 }
    }

    /// Converts a length to device pixels.
    pub fn of(self, length: Px) -> Px {
        let units = i64::from(length.units()) * i64::from(self.parts) / i64::from(SCALE_PARTS);
        Px::from_units(i32::try_from(units).unwrap_or(if units < 0 { i32::MIN } else { i32::MAX }))
    }

    /// Converts a length in pixels to device pixels.
    pub fn of_pixels(self, pixels: f64) -> f64 {
        pixels * f64::from(self.parts) / f64::from(SCALE_PARTS)
    }

    /// Returns the device pixel at which a whole pixel begins.
    pub fn of_edge(self, pixel: i32) -> i32 {
        (pixel.saturating_mul(self.parts)).div_euclid(SCALE_PARTS)
    }
}

/// Footer with range, zone, period and reduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Footer {
    #[default]
    Hidden,
    Shown,
}

/// Style of buckets that were incomplete when their value was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum IncompleteBuckets {
    /// The same as all other buckets.
    #[default]
    Plain,
    /// Dotted, hollow or paler.
    Marked,
}

/// Background of the image.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Background {
    /// The theme's colour.
    #[default]
    Opaque,
    /// Transparent.
    Transparent,
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_scale_is_one_to_four_in_quarters() {
        for wrong in [0.0, 0.75, 1.1, 4.25, f64::NAN, f64::INFINITY, -2.0] {
            assert_eq!(Scale::new(wrong).unwrap_err().kind, FaultKind::OutOfRange, "{wrong}");
        }
        let one_and_a_half = Scale::new(1.5).unwrap();
        assert_eq!((one_and_a_half.of(Px::whole(3)), one_and_a_half.of_edge(3)), (Px::from_units(288), 4));
        assert_eq!(Scale::new(1.0).unwrap(), Scale::ONE);
    }

    #[test]
    fn a_template_name_is_a_file_stem_without_a_path() {
        assert_eq!(TemplateName::new("corporate-2").unwrap().as_str(), "corporate-2");
        for wrong in ["", "../dark", "Dark", "a b", "dark.svg", &"x".repeat(65)] {
            assert_eq!(TemplateName::new(wrong).unwrap_err().kind, FaultKind::InvalidText, "{wrong:?}");
        }
    }
}
