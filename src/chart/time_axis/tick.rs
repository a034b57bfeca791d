//! The ticks of a time axis, and the space that their labels have.

use crate::geometry::Px;
use crate::request::Language;

/// A labelled instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTick {
    /// Unix seconds, within the span or at its end.
    pub at: i64,
    /// Instant below which the texts are centred: that of the tick, or the middle of its day.
    pub centre: i64,
    /// First line, centred.
    pub label: String,
    /// Second line, centred: a date, or the offset of a repeated hour.
    pub date: Option<String>,
    /// True if a local day starts here and not at every tick; its grid line is one step stronger.
    pub new_day: bool,
}

/// A change of the zone's offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMark {
    /// Unix seconds of the first instant with the new offset.
    pub at: i64,
    /// Signed change of the clock: `+1h`, `−1h`, `+30m`.
    pub label: String,
}

/// A time axis.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAxis {
    /// Labelled ticks, strictly increasing, at most 16, without overlapping texts; empty if the plot is narrower than a
    /// label.
    pub ticks: Vec<TimeTick>,
    /// Instants of short marks between the ticks; strictly increasing, at least 8 px apart.
    pub minor: Vec<i64>,
    /// Clock changes; empty if the labels are months or longer, where an hour is not visible.
    pub changes: Vec<ChangeMark>,
}

/// The rows of labels of a time axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRows {
    /// Dates below times.
    Two,
    /// Dates in place of times.
    One,
    /// Range as text, without ticks.
    Caption,
}

/// The text that states date and offset of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum RangeIn {
    /// The sub-title: the axis shows only times, and dates where days change.
    SubTitle,
    /// The first label.
    FirstLabel,
}

/// Space and style of the labels of a time axis.
#[derive(Clone, Copy)]
pub struct TimeLabels<'a> {
    /// Width of the plot in pixels.
    pub plot_width: i32,
    /// Pixels left of the plot into which a label may extend.
    pub left: i32,
    /// Pixels right of the plot into which a label may extend.
    pub right: i32,
    /// Language of dates.
    pub language: Language,
    /// Rows of labels.
    pub rows: TimeRows,
    /// Text that states date and offset.
    pub range: RangeIn,
    /// Length in seconds of a bar below which the label of its day is centred; 0 without bars of whole days.
    pub bar: i64,
    /// Measures a text in the font of the axis.
    pub width_of: &'a dyn Fn(&str) -> Px,
}
