//! Parts of a legend.

use super::statistics::Figures;
use super::swatch::{self, Marker};
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
pub(in crate::chart) const LEAST: usize = 8;

/// In which language and fonts it is written.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct Writing {
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
    pub tone: Tone,
}

/// How an entry is shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Tone {
    /// With the marker of its line.
    Drawn(Marker),
    /// In grey: there is no line.
    Quiet,
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
    pub tone: Tone,
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
    pub figures: &'a Figures,
}

/// What a cell says, and the pixels that it takes.
#[derive(Debug, Clone)]
#[allow(missing_docs)]
pub(in crate::chart) struct Measured {
    pub text: String,
    pub tone: Tone,
    pub width: i32,
}

impl Measured {
    /// With its marker, where it has one.
    pub fn new(text: String, tone: Tone, writing: Writing) -> Self {
        let from = if tone == Tone::More { 0 } else { TEXT_FROM };
        Self { width: from + width(&text, writing.font).ceil(), text, tone }
    }

    /// Says how many entries are not shown.
    pub fn more(count: usize, writing: Writing) -> Self {
        Self::new(messages::more(count, writing.language), Tone::More, writing)
    }
}

/// The names of `entries` within `column` pixels each.
pub(in crate::chart) fn cut_cells(
    entries: &[Entry],
    column: i32,
    least: usize,
    writing: Writing,
) -> Option<Vec<Measured>> {
    let labels: Vec<Label> = entries.iter().map(|entry| entry.label.clone()).collect();
    let fits = |text: &str| TEXT_FROM + width(text, writing.font).ceil() <= column;
    let texts = shorten(&labels, least, &fits)?;
    Some(texts.into_iter().zip(entries).map(|(text, entry)| Measured::new(text, entry.tone, writing)).collect())
}

pub(in crate::chart) fn as_pixels(count: usize) -> i32 {
    i32::try_from(count).unwrap_or(i32::MAX / BETWEEN)
}
