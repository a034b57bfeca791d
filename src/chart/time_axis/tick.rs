//! Ticks of a time axis.

/// A labelled instant.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeTick {
    /// In Unix seconds, within the span or at its end.
    pub at: i64,
    /// The first line, centred on the tick.
    pub label: String,
    /// The second line, semi-bold and centred too: a date, a year, or the offset of an hour that comes twice.
    pub date: Option<String>,
    /// A local day starts here, and not at every tick: its grid line is one step stronger.
    pub new_day: bool,
}

/// A change of the zone's offset.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeMark {
    /// In Unix seconds: the first with the new offset.
    pub at: i64,
    /// By how much the clock is moved: `+1h`, `−1h`, `+30m`.
    pub label: String,
}

/// What a time axis shows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct TimeAxis {
    /// Strictly increasing, at most 16; their texts do not overlap. Empty where the plot is narrower than a label.
    pub ticks: Vec<TimeTick>,
    /// Instants between the ticks that get a short mark; strictly increasing, at least 8 px apart.
    pub minor: Vec<i64>,
    /// Where the clock is changed. Empty where the labels are whole days or longer, in which an hour cannot be read off.
    pub changes: Vec<ChangeMark>,
}

/// How the time axis is labelled.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum TimeRows {
    /// Dates below times.
    Two,
    /// Dates in the place of times.
    One,
    /// The range in words, without ticks.
    Caption,
}
