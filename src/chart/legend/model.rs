//! Parts of a legend.

use super::statistics::LegendStatistics;
use super::swatch::{self, Swatch};
use crate::chart::labels::messages;
use crate::chart::labels::shorten::{Label, shorten};
use crate::chart::scene_builder::Anchor;
use crate::request::Language;
use crate::text::{Font, width};

/// Pixels from one row to the next.
pub(in crate::chart) const ROW: i32 = 18;
/// Pixels from the beginning of a marker to that of its text.
pub(in crate::chart) const TEXT_FROM: i32 = swatch::WIDTH + 6;
/// Pixels between two entries.
pub(in crate::chart) const BETWEEN: i32 = 16;
/// Characters that stay at both ends of a name that is cut.
pub(in crate::chart) const MIN_KEPT: usize = 8;

/// In which language and fonts it is written.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct LegendTextStyle {
    pub language: Language,
    pub font: Font,
    /// Of what stands above columns of numbers.
    pub heading: Font,
}

/// One line of the picture.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Entry {
    /// Its name, and what is said after it.
    pub label: Label,
    /// How it is shown.
    pub emphasis: Emphasis,
}

/// How an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Emphasis {
    /// With the marker of its line.
    Drawn(Swatch),
    /// In grey: there is no line.
    Secondary,
    /// Without a marker: it stands for entries without room.
    More,
}

/// An entry in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Cell {
    /// Pixels from the legend's left edge.
    pub left: i32,
    /// From the top.
    pub row: i32,
    /// What it says.
    pub text: String,
    /// How it is shown.
    pub emphasis: Emphasis,
}

/// A text that is no name, in its place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Note {
    /// Pixels from the legend's left edge.
    pub at: Anchor,
    /// From the top.
    pub row: i32,
    /// What it says.
    pub text: String,
    /// What it is.
    pub part: Part,
}

/// What a note is to the names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Part {
    /// Stands above a column, small.
    Heading,
    /// A number of a line.
    Number,
    /// In grey: there is no number.
    Nothing,
}

/// The cells, and how much room they take.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(in crate::chart) struct Legend {
    /// In the order of the lines.
    pub cells: Vec<Cell>,
    /// Beside and above the cells.
    pub notes: Vec<Note>,
    /// At most what was granted.
    pub rows: i32,
    /// Pixels, at most what was granted.
    pub width: i32,
}

/// What the legend has to show.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct Contents<'a> {
    /// One for each line.
    pub entries: &'a [Entry],
    /// Beside them; columns may be none.
    pub statistics: &'a LegendStatistics,
}

/// What a cell says, and the pixels that it takes.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(in crate::chart) struct Measured {
    pub text: String,
    pub emphasis: Emphasis,
    pub width: i32,
}

impl Measured {
    /// With its marker, where it has one.
    pub fn new(text: String, emphasis: Emphasis, text_style: LegendTextStyle) -> Self {
        let from = if emphasis == Emphasis::More { 0 } else { TEXT_FROM };
        Self { width: from + width(&text, text_style.font).ceil(), text, emphasis }
    }

    /// Says how many entries are not shown.
    pub fn more(count: usize, text_style: LegendTextStyle) -> Self {
        Self::new(messages::more(count, text_style.language), Emphasis::More, text_style)
    }
}

/// The names of `entries` within `column` pixels each.
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
