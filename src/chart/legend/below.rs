//! The legend below the plot.

use super::columns;
use super::model::{Cell, Contents, Emphasis, Legend, LegendTextStyle, MIN_KEPT, Note};
use super::side_table;

/// Gap between two tables in pixels.
const BETWEEN_TABLES: i32 = 32;
/// Maximum number of tables beside each other.
const MAX_TABLES: usize = 4;

/// Arranges the legend in at most `max_width` pixels and `rows` rows: with statistics if they fit, in as many tables as
/// fit beside each other, else names only.
pub(in crate::chart) fn below(contents: Contents, max_width: i32, rows: i32, text_style: LegendTextStyle) -> Legend {
    let numbers = if contents.statistics.columns.is_empty() {
        None
    } else {
        let tables = (2..=MAX_TABLES.min(contents.entries.len() / 2)).rev();
        let beside = tables.into_iter().find_map(|count| in_tables(contents, count, (max_width, rows), text_style));
        let cut_to = [MIN_KEPT, MIN_KEPT / 2, 1];
        let one = |min_kept| side_table::arrange(contents, (max_width, rows), min_kept, text_style);
        beside.or_else(|| cut_to.into_iter().find_map(one))
    };
    numbers.unwrap_or_else(|| columns::arrange(contents.entries, max_width, rows, text_style))
}

/// Arranges all entries with whole names in `count` tables beside each other; `None` if they do not fit.
fn in_tables(
    contents: Contents,
    count: usize,
    (max_width, rows): (i32, i32),
    text_style: LegendTextStyle,
) -> Option<Legend> {
    let tables = i32::try_from(count).ok()?;
    let width = (max_width - BETWEEN_TABLES * (tables - 1)) / tables;
    let entries_per_table = contents.entries.len().div_ceil(count);
    let mut legend = Legend::default();
    for (index, entries) in contents.entries.chunks(entries_per_table).enumerate() {
        let first = index * entries_per_table;
        let statistics = contents.statistics.part(first..first + entries.len());
        let part = Contents { entries, statistics: &statistics };
        let table = side_table::arrange(part, (width, rows), MIN_KEPT, text_style)?;
        let is_whole = |(cell, entry): (&Cell, &super::model::Entry)| cell.text == entry.label.text();
        let has_all = table.cells.iter().all(|cell| cell.emphasis != Emphasis::More);
        if !has_all || !table.cells.iter().zip(entries).all(is_whole) {
            return None;
        }
        let left = legend.width + if index == 0 { 0 } else { BETWEEN_TABLES };
        legend.cells.extend(table.cells.into_iter().map(|cell| Cell { left: cell.left + left, ..cell }));
        legend.notes.extend(table.notes.into_iter().map(|note| Note { at: note.at.moved(left), ..note }));
        (legend.rows, legend.width) = (legend.rows.max(table.rows), left + table.width);
    }
    Some(legend)
}
