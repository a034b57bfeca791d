//! The complete request: metrics, time range, and image options.

use super::{ChartOptions, DisplayText, MetricRequest, Scale, Span, Zone};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;

/// A query to the sources.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Query {
    /// Requested time range.
    pub span: Span,
    /// Time zone of whole days and of the time axis.
    pub zone: Zone,
    /// Requested metrics, at least one.
    pub metrics: Vec<MetricRequest>,
}

/// Seconds for which a chart of a range in the past may be cached: a day.
const PAST_SECONDS: i64 = 86_400;
/// Bounds, in seconds, of the same for a range that may still get data.
const OPEN_SECONDS: [i64; 2] = [10, 300];

impl Query {
    /// Returns the seconds for which a result may be cached at `now`, in Unix seconds: a day if the range ended a period or more ago, else
    /// half of the shortest period, 10 to 300 seconds.
    pub fn cache_seconds(&self, now: i64) -> i64 {
        let periods = || self.metrics.iter().map(|metric| metric.period.seconds());
        let longest = periods().max().unwrap_or(0);
        if self.span.end().saturating_add(longest) <= now {
            return PAST_SECONDS;
        }
        (periods().min().unwrap_or(0) / 2).clamp(OPEN_SECONDS[0], OPEN_SECONDS[1])
    }
}

/// A request for an image.
#[derive(Debug, Clone, PartialEq)]
pub struct ImageRequest {
    /// Query to the sources.
    pub query: Query,
    /// Title of the chart.
    pub title: Option<DisplayText>,
    /// Size of the image.
    pub size: Size,
    /// Language of the chart's own texts.
    pub language: Language,
    /// Chart options.
    pub chart: ChartOptions,
}

impl ImageRequest {
    /// Returns the request with other chart options. Fails if the image exceeds the limits in device pixels.
    pub fn with_chart(self, chart: ChartOptions, limits: &Limits) -> Result<Self, Fault> {
        let device = self.size.times(chart.scale);
        let (side, pixels) = (device.width.max(device.height), u64::from(device.width) * u64::from(device.height));
        if side > limits.max_side || pixels > limits.pixels {
            let (max, most_pixels) = (limits.max_side, limits.pixels);
            let text = format!(
                "Input should leave width and height times scale at most {max} pixels each and {most_pixels} together, not \
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
    /// Checks a width alone, so that faults of both sides are reported at once.
    pub fn check_width(width: i64, limits: &Limits) -> Result<u32, Fault> {
        side(width, limits.min_width, limits.max_side)
    }

    /// Checks a height alone.
    pub fn check_height(height: i64, limits: &Limits) -> Result<u32, Fault> {
        side(height, limits.min_height, limits.max_side)
    }

    /// Checks width, height and their product.
    pub fn new(width: i64, height: i64, limits: &Limits) -> Result<Self, Fault> {
        let (width, height) = (Self::check_width(width, limits)?, Self::check_height(height, limits)?);
        if u64::from(width) * u64::from(height) > limits.pixels {
            let text = format!("width times height should be at most {} pixels", limits.pixels);
            return Err(Fault::new(FaultKind::OutOfRange, text));
        }
        Ok(Self { width, height })
    }

    /// Returns the size in device pixels.
    pub fn times(self, scale: Scale) -> Self {
        let side = |pixels: u32| scale.of_edge(i32::try_from(pixels).unwrap_or(i32::MAX)).unsigned_abs();
        Self { width: side(self.width), height: side(self.height) }
    }

    /// Returns the size in units of `eighths` eighths of a pixel, rounded down.
    pub fn in_units_of(self, eighths: u32) -> Self {
        self.part(self.width * 8 / eighths.max(8), self.height * 8 / eighths.max(8))
    }

    /// Returns a smaller size: at most this size, and at least one pixel.
    pub fn part(self, width: u32, height: u32) -> Self {
        Self { width: width.clamp(1, self.width), height: height.clamp(1, self.height) }
    }

    /// Returns the width in pixels, at least 1.
    pub fn width(self) -> u32 {
        self.width
    }

    /// Returns the height in pixels, at least 1.
    pub fn height(self) -> u32 {
        self.height
    }
}

fn side(pixels: i64, min: u32, max: u32) -> Result<u32, Fault> {
    let text = match pixels {
        p if p < i64::from(min) => format!("Input should be greater than or equal to {min}"),
        p if p > i64::from(max) => format!("Input should be less than or equal to {max}"),
        p => {
            return u32::try_from(p)
                .map_err(|_| Fault::new(FaultKind::OutOfRange, "Input should be a number of pixels"));
        }
    };
    Err(Fault::new(FaultKind::OutOfRange, text))
}

/// Language of the chart's own texts, such as "No data". Errors are always English.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default)]
#[allow(missing_docs)]
pub enum Language {
    #[default]
    English,
    Korean,
}
