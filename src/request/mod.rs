//! Requests, valid by construction: the values of an [`ImageRequest`] are checked once, when they are made.
//!
//! `http::wire` makes them from a body; all later stages use them. Constructors fail with a [`crate::error::Fault`]
//! that describes the fault and its correction; the wire module adds the field's path.

mod chart;
mod color;
mod format;
mod image_request;
mod metric;
mod moment;
mod period;
mod span;
mod split;
mod statistic;
mod text;
mod time_zone;
mod unit;
mod zone_database;

pub use chart::{
    Annotation, AxisOptions, AxisScale, Background, ChartOptions, Footer, IncompleteBuckets, Kind, LegendPlace,
    LegendValue, Place, Scale, TemplateName,
};
pub use color::Colour;
pub use format::ChartFormat;
pub use image_request::{ImageRequest, Language, Query, Size};
pub use metric::{Dimension, MetricRef, MetricRequest, Name};
pub use moment::{Distance, Moment};
pub use period::{Period, PeriodChoice};
pub use span::Span;
pub use split::{SplitBy, SplitFault, SplitOrder};
pub use statistic::Statistic;
pub use text::DisplayText;
pub use time_zone::{Change, Date, Instants, Weekday, Zone, unix_millisecond, unix_second};
pub use unit::{Quantity, Rate, Unit};
pub use zone_database::{ZoneFault, ZoneFile, Zones};
