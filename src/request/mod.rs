//! The question, as values that cannot be wrong: what a [`ImageRequest`] holds was checked once, when it was made.
//!
//! Made by `http::wire` from a body; used by every room after it. Constructors answer with a [`crate::error::Fault`] that
//! says what is wrong and what would be right; the wire adds which field it was.

mod chart;
mod color;
mod image_request;
mod metric;
mod period;
mod span;
mod split;
mod statistic;
mod text;
mod time_zone;
mod unit;
mod zone_database;

pub use chart::{
    Annotation, AxisOptions, AxisScale, ChartOptions, Footer, Ground, Kind, LegendPlace, LegendValue, Place, Scale,
    TemplateName, Unfinished,
};
pub use color::Colour;
pub use image_request::{ImageRequest, Language, Query, Size};
pub use metric::{Dimension, MetricRef, MetricRequest, Name};
pub use period::Period;
pub use span::Span;
pub use split::{SplitBy, SplitFault, SplitOrder};
pub use statistic::Statistic;
pub use text::DisplayText;
pub use time_zone::{Change, Date, Instants, Weekday, Zone, unix_millisecond, unix_second};
pub use unit::{Quantity, Rate, Unit};
pub use zone_database::{ZoneFault, ZoneFile, Zones};
