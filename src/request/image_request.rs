//! The whole question: which metrics over which time, and how large a picture of them.

use super::{ChartOptions, DisplayText, MetricRequest, Scale, Span, Zone};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;

/// What is asked of the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// From when to when.
    pub span: Span,
    /// Where whole days begin, and what the time axis shows.
    pub zone: Zone,
    /// One for each line, at least one.
    pub metrics: Vec<MetricRequest>,
}

/// What is asked for as a picture.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// What is asked of the sources.
    pub query: Query,
    /// The headline, where there is one.
    pub title: Option<DisplayText>,
    /// The picture's size.
    pub size: Size,
    /// The language of the words that we add.
    pub language: Language,
    /// How it is drawn.
    pub chart: ChartOptions,
}

impl ImageRequest {
    /// The same drawn as `chart` says, as long as it stays within the limits in device pixels.
    pub fn with_chart(self, chart: ChartOptions, limits: &Limits) -> Result<Self, Fault> {
        let device = self.size.times(chart.scale);
        let (side, pixels) = (device.width.max(device.height), u64::from(device.width) * u64::from(device.height));
        if side > limits.max_side || pixels > limits.pixels {
            let (most, most_pixels) = (limits.max_side, limits.pixels);
            let text = format!(
                "Input should leave width and height times scale at most {most} pixels each and {most_pixels} together, not \
                 {}x{}",
                device.width, device.height
            );
            return Err(Fault::new(FaultKind::OutOfRange, text).at("scale"));
        }
        Ok(Self { chart, ..self })
    }
}

/// Width and height in pixels, within the configured limits.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Size {
    width: u32,
    height: u32,
}

impl Size {
    /// Checks a width alone, so that both sides can be found wrong at once.
    pub fn check_width(width: i64, limits: &Limits) -> Result<u32, Fault> {
        side(width, limits.min_width, limits.max_side)
    }

    /// Checks a height alone.
    pub fn check_height(height: i64, limits: &Limits) -> Result<u32, Fault> {
        side(height, limits.min_height, limits.max_side)
    }

    /// Checks both, and their product.
    pub fn new(width: i64, height: i64, limits: &Limits) -> Result<Self, Fault> {
        let (width, height) = (Self::check_width(width, limits)?, Self::check_height(height, limits)?);
        if u64::from(width) * u64::from(height) > limits.pixels {
            let text = format!("width times height should be at most {} pixels", limits.pixels);
            return Err(Fault::new(FaultKind::OutOfRange, text));
        }
        Ok(Self { width, height })
    }

    /// In device pixels.
    pub fn times(self, scale: Scale) -> Self {
        let side = |pixels: u32| scale.of_edge(i32::try_from(pixels).unwrap_or(i32::MAX)).unsigned_abs();
        Self { width: side(self.width), height: side(self.height) }
    }

    /// A part of it: no larger than it is, and at least one pixel.
    pub fn part(self, width: u32, height: u32) -> Self {
        Self { width: width.clamp(1, self.width), height: height.clamp(1, self.height) }
    }

    /// In pixels, at least 1.
    pub fn width(self) -> u32 {
        self.width
    }

    /// In pixels, at least 1.
    pub fn height(self) -> u32 {
        self.height
    }
}

fn side(pixels: i64, least: u32, most: u32) -> Result<u32, Fault> {
    let text = match pixels {
        p if p < i64::from(least) => format!("Input should be greater than or equal to {least}"),
        p if p > i64::from(most) => format!("Input should be less than or equal to {most}"),
        p => {
            return u32::try_from(p)
                .map_err(|_| Fault::new(FaultKind::OutOfRange, "Input should be a number of pixels"));
        }
    };
    Err(Fault::new(FaultKind::OutOfRange, text))
}

/// The language of the words that we add to the picture, such as "No data". Errors are always English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Language {
    #[default]
    English,
    Korean,
}
