//! The parts of a legend and their measures.

use super::statistics::LegendStatistics;
use super::swatch::{self, Swatch};
use crate::chart::labels::messages;
use crate::chart::labels::shorten::{Label, shorten};
use crate::chart::scene_builder::Anchor;
use crate::request::Language;
use crate::text::{Font, width};

/// Height of a row in pixels.
pub(in crate::chart) const ROW: i32 = 18;
/// Pixels from the left edge of a swatch to its text.
pub(in crate::chart) const TEXT_FROM: i32 = swatch::WIDTH + 6;
/// Gap between two entries in pixels.
pub(in crate::chart) const BETWEEN: i32 = 16;
/// Minimum number of characters that stay at both ends of a cut name.
pub(in crate::chart) const MIN_KEPT: usize = 8;

/// Language and fonts of a legend.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct LegendTextStyle {
    pub language: Language,
    pub font: Font,
    /// Font of the texts above columns of statistics.
    pub heading: Font,
}

/// The legend entry of one series.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Entry {
    /// Name of the series, and the notes after it.
    pub label: Label,
    pub emphasis: Emphasis,
}

/// The emphasis of an entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Emphasis {
    /// Name with the swatch of its series.
    Drawn(Swatch),
    /// Grey, for a series without data.
    Secondary,
    /// Without a swatch, for the count of entries left out.
    More,
}

/// A placed entry.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Cell {
    /// Pixels from the left edge of the legend.
    pub left: i32,
    /// Row from the top.
    pub row: i32,
    pub text: String,
    pub emphasis: Emphasis,
}

/// A placed text other than a name.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Note {
    /// Position from the left edge of the legend.
    pub at: Anchor,
    /// Row from the top.
    pub row: i32,
    pub text: String,
    pub part: Part,
}

/// The kind of a note.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Part {
    /// Heading of a column, small.
    Heading,
    /// Value of a statistic.
    Number,
    /// Dash for a missing value, grey.
    Nothing,
}

/// A placed legend and its size.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::chart) struct Legend {
    /// Entries in the order of the series.
    pub cells: Vec<Cell>,
    /// Statistics and headings.
    pub notes: Vec<Note>,
    /// Number of rows.
    pub rows: i32,
    /// Width in pixels.
    pub width: i32,
}

/// The content of a legend.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct Contents<'a> {
    /// Entries, one per series.
    pub entries: &'a [Entry],
    /// Statistics; without columns if none are requested.
    pub statistics: &'a LegendStatistics,
}

/// The text of a cell and its width in pixels.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(in crate::chart) struct Measured {
    pub text: String,
    pub emphasis: Emphasis,
    pub width: i32,
}

impl Measured {
    /// Measures a cell, with its swatch if it has one.
    pub fn new(text: String, emphasis: Emphasis, text_style: LegendTextStyle) -> Self {
        let from = if emphasis == Emphasis::More { 0 } else { TEXT_FROM };
        Self { width: from + width(&text, text_style.font).ceil(), text, emphasis }
    }

    /// Returns a cell that counts the entries left out.
    pub fn more(count: usize, text_style: LegendTextStyle) -> Self {
        Self::new(messages::more(count, text_style.language), Emphasis::More, text_style)
    }
}

/// Cuts the names of `entries` to `column` pixels each; `None` if they would no longer be distinct.
pub(in crate::chart) fn cut_cells(
    entries: &[Entry],
    column: i32,
    min_kept: usize,
    text_style: LegendTextStyle,
) -> Option<Vec<Measured>> {
    let labels: Vec<Label> = entries.iter().map(|entry| entry.label.clone()).collect();
    let fits = |text: &str| TEXT_FROM + width(text, text_style.font).ceil() <= column;
    let texts = shorten(&labels, min_kept, &fits)?;
    Some(texts.into_iter().zip(entries).map(|(text, entry)| Measured::new(text, entry.emphasis, text_style)).collect())
}

pub(in crate::chart) fn as_pixels(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / BETWEEN)
}
