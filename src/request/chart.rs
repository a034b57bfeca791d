//! How the picture is drawn: kind, legend, value axis, annotations, template, scale.
//!
//! The ServiceWatch operation draws with the defaults; `render` reads the rest from a file. Used by the chart, and by nothing
//! before it: no option changes what is asked of a source.

use super::{Colour, DisplayText, Unit};
use crate::error::{Fault, FaultKind};
use crate::geometry::Px;

/// Everything that can be chosen of a picture's look.
#[derive(Debug, Clone, Default, PartialEq)]
pub struct ChartOptions {
    /// What a series looks like.
    pub kind: Kind,
    /// Where the names stand.
    pub legend: LegendPlace,
    /// Which numbers stand beside each name, in this order; each at most once.
    pub legend_values: Vec<LegendValue>,
    /// The value axis; where there are two, the left one.
    pub axis: AxisOptions,
    /// Lines and bands with a meaning of their own, in the order in which they are drawn.
    pub annotations: Vec<Annotation>,
    /// Which theme and frame; `None` is the configured one.
    pub template: Option<TemplateName>,
    /// Device pixels for each pixel of the request.
    pub scale: Scale,
    /// Whether a line below everything says what was drawn.
    pub footer: Footer,
    /// What the picture stands on.
    pub ground: Ground,
    /// Whether buckets that may still change look so.
    pub unfinished: Unfinished,
}

/// What a series looks like.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Kind {
    /// From point to point.
    #[default]
    Line,
    /// The same with a light fill down to zero.
    Area,
    /// Each series stands on the one before.
    Stacked,
    /// A value stays until the next bucket.
    Step,
    /// A bar for each bucket, those of several series beside each other.
    Bar,
    /// The mean of the points that are within a few pixels, in a light band from their least to their greatest value.
    Band,
}

/// Where the names of the series stand.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum LegendPlace {
    /// Below the plot, and only where it says something that the title does not.
    #[default]
    Automatic,
    /// Below the plot.
    Bottom,
    /// Beside the plot, in pictures that are wide enough; else below.
    Right,
    /// Nowhere.
    Hidden,
}

/// A number of a series over the picture's span, beside its name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum LegendValue {
    /// The least bucket.
    Min,
    /// The mean of all buckets that have a value.
    Average,
    /// The greatest bucket.
    Max,
    /// The newest bucket.
    Last,
}

/// What a caller decides of the value axis.
#[derive(Debug, Clone, Copy, Default, PartialEq)]
pub struct AxisOptions {
    /// Its lower end, exactly; finite, and below `max`.
    pub min: Option<f64>,
    /// Its upper end, exactly; finite.
    pub max: Option<f64>,
    /// How values become heights.
    pub scale: AxisScale,
    /// What the values are, instead of what the catalogue says.
    pub unit: Option<Unit>,
}

/// How values become heights.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum AxisScale {
    /// In proportion.
    #[default]
    Linear,
    /// By their decimal logarithm; zero and less cannot be drawn.
    Logarithmic,
}

/// A line or band with a meaning of its own, perhaps with a name.
#[derive(Debug, Clone, PartialEq)]
pub struct Annotation {
    /// Where it is.
    pub place: Place,
    /// What it says.
    pub label: Option<DisplayText>,
    /// Instead of the theme's.
    pub colour: Option<Colour>,
}

/// Where an annotation is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub enum Place {
    /// A line across the plot, such as a threshold; finite, in the unit of the axis.
    Value(f64),
    /// A band across the plot between two values, the lower one first.
    Values(f64, f64),
    /// A line from top to bottom, in Unix seconds.
    Time(i64),
    /// A band from top to bottom between two instants, the earlier one first.
    Times(i64, i64),
}

/// The name of a template, as its file is called.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct TemplateName(String);

impl TemplateName {
    /// Characters that a name has at most.
    const LONGEST: usize = 64;

    /// Small letters, digits, `-` and `_`, at least one and at most 64.
    pub fn new(name: &str) -> Result<Self, Fault> {
        let allowed = |c: char| matches!(c, 'a'..='z' | '0'..='9' | '-' | '_');
        if name.is_empty() || name.len() > Self::LONGEST || !name.chars().all(allowed) {
            let text = "A template's name should be 1 to 64 small letters, digits, '-' and '_', such as 'dark'";
            return Err(Fault::new(FaultKind::InvalidText, text));
        }
        Ok(Self(name.to_owned()))
    }

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

/// Device pixels for each pixel: 1 to 4 in quarters.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Scale {
    quarters: i32,
}

impl Default for Scale {
    fn default() -> Self {
        Self::ONE
    }
}

impl Scale {
    /// As many device pixels as pixels.
    pub const ONE: Self = Self { quarters: 4 };

    /// Of 1, 1.25, 1.5 … 4.
    pub fn new(scale: f64) -> Result<Self, Fault> {
        let quarters = scale * 4.0;
        if !(4.0..=16.0).contains(&quarters) || quarters.fract() != 0.0 {
            return Err(Fault::new(FaultKind::OutOfRange, "Input should be 1 to 4 in steps of 0.25, such as 2"));
        }
        Ok(Self { quarters: quarters as i32 })
    }

    /// A length in device pixels.
    pub fn of(self, length: Px) -> Px {
        Px::from_units(length.units().saturating_mul(self.quarters) / 4)
    }

    /// A length in device pixels.
    pub fn of_pixels(self, pixels: f64) -> f64 {
        pixels * f64::from(self.quarters) / 4.0
    }

    /// The device pixel at which a whole pixel begins.
    pub fn of_edge(self, pixel: i32) -> i32 {
        (pixel.saturating_mul(self.quarters)).div_euclid(4)
    }
}

/// Whether a line below everything says what was drawn: range, zone, period, reduction.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Footer {
    #[default]
    Hidden,
    Shown,
}

/// How a bucket looks that was not over when its value was fetched.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Unfinished {
    /// Like all others.
    #[default]
    Plain,
    /// Dotted, hollow or paler.
    Marked,
}

/// What the picture stands on.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
pub enum Ground {
    /// The theme's colour.
    #[default]
    Opaque,
    /// Whatever the picture is laid on.
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
    fn a_template_is_called_like_a_file_and_leads_nowhere() {
        assert_eq!(TemplateName::new("corporate-2").unwrap().as_str(), "corporate-2");
        for wrong in ["", "../dark", "Dark", "a b", "dark.svg", &"x".repeat(65)] {
            assert_eq!(TemplateName::new(wrong).unwrap_err().kind, FaultKind::InvalidText, "{wrong:?}");
        }
    }
}
