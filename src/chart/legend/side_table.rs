//! The legend as a table: one name per row, statistics in columns to the right, headings above.
//!
//! Used for legends with statistics and for legends beside the plot. Values are never cut and end at the same column;
//! names are shortened instead.

use super::model::{
    BETWEEN, Cell, Contents, Emphasis, Legend, LegendTextStyle, MIN_KEPT, Measured, Note, Part, TEXT_FROM, as_pixels,
    cut_cells,
};
use super::statistics::Column;
use crate::chart::scene_builder::Anchor;
use crate::text::{Font, width};

/// Gap between columns in pixels if the usual one does not fit.
const CLOSE: i32 = 10;
/// Text in place of a missing value.
const NO_VALUE: &str = "–";

/// Arranges `contents` beside the plot in at most `max_width` pixels and `rows` rows; `None` if names would no longer
/// be distinct or none fits.
pub(in crate::chart) fn beside(
    contents: Contents,
    max_width: i32,
    rows: i32,
    text_style: LegendTextStyle,
) -> Option<Legend> {
    arrange(contents, (max_width, rows), MIN_KEPT, text_style)
}

/// Arranges `contents` in a width in pixels and a number of rows, with at least `min_kept` characters at both ends of a
/// cut name. Narrows the gaps between columns before it cuts names further.
pub(in crate::chart) fn arrange(
    contents: Contents,
    max_width: (i32, i32),
    min_kept: usize,
    text_style: LegendTextStyle,
) -> Option<Legend> {
    [BETWEEN, CLOSE].into_iter().find_map(|gap| spaced(contents, max_width, gap, min_kept, text_style))
}

/// Arranges `contents` with `gap` pixels between columns.
fn spaced(
    contents: Contents,
    (max_width, rows): (i32, i32),
    gap: i32,
    min_kept: usize,
    text_style: LegendTextStyle,
) -> Option<Legend> {
    let Contents { entries, statistics } = contents;
    let above = i32::from(!statistics.columns.is_empty());
    let max_rows = usize::try_from(rows - above).unwrap_or(0);
    let shown = if entries.len() <= max_rows { entries.len() } else { max_rows.saturating_sub(1) };
    let entries = entries.get(..shown).filter(|entries| !entries.is_empty())?;
    let widths: Vec<i32> = statistics.columns.iter().map(|column| column_width(column, shown, text_style)).collect();
    let beside_names: i32 = widths.iter().map(|width| gap + width).sum();
    let names = cut_cells(entries, max_width - beside_names, min_kept, text_style)?;
    let rest = contents.entries.len() - shown;
    let more = (rest > 0).then(|| Measured::more(rest, text_style));
    let names: Vec<Measured> = names.into_iter().chain(more).collect();
    let of_more = |name: &Measured| if name.emphasis == Emphasis::More { TEXT_FROM } else { 0 };
    let widest = names.iter().map(|name| of_more(name) + name.width);
    let mut right = widest.max().filter(|&widest| widest <= max_width - beside_names)?;
    let heading = |at, text| Note { at, row: 0, text, part: Part::Heading };
    let mut notes: Vec<Note> = Vec::new();
    for (column, width) in statistics.columns.iter().zip(widths) {
        right += gap + width;
        notes.push(heading(Anchor::End(right), column.heading.to_owned()));
        notes.extend(column.texts.iter().take(shown).enumerate().map(|(index, text)| {
            let part = if text.is_some() { Part::Number } else { Part::Nothing };
            let text = text.as_deref().unwrap_or(NO_VALUE).to_owned();
            Note { at: Anchor::End(right), row: above + as_pixels(index), text, part }
        }));
    }
    let rows = above + as_pixels(names.len());
    let cells = names.into_iter().zip(above..).map(|(Measured { text, emphasis, .. }, row)| Cell {
        left: if emphasis == Emphasis::More { TEXT_FROM } else { 0 },
        row,
        text,
        emphasis,
    });
    Some(Legend { cells: cells.collect(), notes, rows, width: right })
}

/// Returns the width of the widest of the first `shown` texts and the heading, in pixels.
fn column_width(column: &Column, shown: usize, text_style: LegendTextStyle) -> i32 {
    let texts =
        column.texts.iter().take(shown).map(|text| pixels(text.as_deref().unwrap_or(NO_VALUE), text_style.font));
    texts.fold(pixels(column.heading, text_style.heading), i32::max)
}

fn pixels(text: &str, font: Font) -> i32 {
    width(text, font).ceil()
}
