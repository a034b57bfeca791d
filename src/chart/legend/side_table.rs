//! The legend as a table: one name a row, its numbers in columns to the right, what they are in a row above.
//!
//! Used by the legend where there are numbers, and wherever it stands beside the plot. Numbers stand whole and end below each other;
//! names give way.

use super::model::{
    BETWEEN, Cell, Contents, LEAST, Legend, Measured, Note, Part, TEXT_FROM, Tone, Writing, as_pixels, cut_cells,
};
use super::statistics::Column;
use crate::chart::labels::messages;
use crate::chart::scene_builder::Anchor;
use crate::text::{Font, width};

/// Pixels between columns where room is short.
const CLOSE: i32 = 10;
/// Stands where a line has no number.
const NOTHING: &str = "–";

/// Arranges `contents` beside the plot, in a width of at most `room` pixels and at most `rows` rows. `None` where names would have to be
/// cut to less than can be told apart, or not one has room.
pub(in crate::chart) fn beside(contents: Contents, room: i32, rows: i32, writing: Writing) -> Option<Legend> {
    arrange(contents, (room, rows), LEAST, writing)
}

/// Arranges `contents` in a room of so many pixels and rows, with at least `least` characters at both ends of a name that is cut. Columns
/// come closer before names are cut more.
pub(in crate::chart) fn arrange(
    contents: Contents,
    room: (i32, i32),
    least: usize,
    writing: Writing,
) -> Option<Legend> {
    [BETWEEN, CLOSE].into_iter().find_map(|gap| spaced(contents, room, gap, least, writing))
}

/// The same with `gap` pixels between columns.
fn spaced(contents: Contents, (room, rows): (i32, i32), gap: i32, least: usize, writing: Writing) -> Option<Legend> {
    let Contents { entries, figures } = contents;
    let above = i32::from(!figures.columns.is_empty());
    let granted = usize::try_from(rows - above).unwrap_or(0);
    let shown = if entries.len() <= granted { entries.len() } else { granted.saturating_sub(1) };
    let entries = entries.get(..shown).filter(|entries| !entries.is_empty())?;
    let widths: Vec<i32> = figures.columns.iter().map(|column| column_width(column, shown, writing)).collect();
    let beside_names: i32 = widths.iter().map(|width| gap + width).sum();
    let names = cut_cells(entries, room - beside_names, least, writing)?;
    let rest = contents.entries.len() - shown;
    let more = (rest > 0).then(|| Measured::more(rest, writing));
    let unit = figures.unit.as_ref().map(|unit| messages::in_unit(unit, writing.language));
    let unit = unit.filter(|unit| TEXT_FROM + pixels(unit, writing.heading) <= room - beside_names);
    let names: Vec<Measured> = names.into_iter().chain(more).collect();
    let of_more = |name: &Measured| if name.tone == Tone::More { TEXT_FROM } else { 0 };
    let widest = names.iter().map(|name| of_more(name) + name.width);
    let widest = widest.chain(unit.iter().map(|unit| TEXT_FROM + pixels(unit, writing.heading)));
    let mut right = widest.max().filter(|&widest| widest <= room - beside_names)?;
    let heading = |at, text| Note { at, row: 0, text, part: Part::Heading };
    let mut notes: Vec<Note> = unit.map(|unit| heading(Anchor::Start(TEXT_FROM), unit)).into_iter().collect();
    for (column, width) in figures.columns.iter().zip(widths) {
        right += gap + width;
        notes.push(heading(Anchor::End(right), column.heading.to_owned()));
        notes.extend(column.texts.iter().take(shown).enumerate().map(|(index, text)| {
            let part = if text.is_some() { Part::Number } else { Part::Nothing };
            let text = text.as_deref().unwrap_or(NOTHING).to_owned();
            Note { at: Anchor::End(right), row: above + as_pixels(index), text, part }
        }));
    }
    let rows = above + as_pixels(names.len());
    let cells = names.into_iter().zip(above..).map(|(Measured { text, tone, .. }, row)| Cell {
        left: if tone == Tone::More { TEXT_FROM } else { 0 },
        row,
        text,
        tone,
    });
    Some(Legend { cells: cells.collect(), notes, rows, width: right })
}

/// As wide as its widest text among the first `shown`.
fn column_width(column: &Column, shown: usize, writing: Writing) -> i32 {
    let texts = column.texts.iter().take(shown).map(|text| pixels(text.as_deref().unwrap_or(NOTHING), writing.font));
    texts.fold(pixels(column.heading, writing.heading), i32::max)
}

fn pixels(text: &str, font: Font) -> i32 {
    width(text, font).ceil()
}
