//! The ticks of a time axis.

/// A labelled instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTick {
    /// Unix seconds, within the span or at its end.
    pub at: i64,
    /// First line, centred on the tick.
    pub label: String,
    /// Second line, semi-bold and centred: a date, a year, or the offset of a repeated hour.
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
    /// Clock changes; empty if the labels are whole days or longer, where an hour is not readable.
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
