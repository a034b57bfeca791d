//! A legend below the plot.

use super::columns;
use super::model::{Contents, LEAST, Legend, Writing};
use super::side_table;

/// Arranges it below the plot, in a width of `room` pixels and at most `rows` rows: with its numbers where they have room, else the
/// names alone.
pub(in crate::chart) fn below(contents: Contents, room: i32, rows: i32, writing: Writing) -> Legend {
    let numbers = if contents.figures.columns.is_empty() {
        None
    } else {
        let cut_to = [LEAST, LEAST / 2, 1];
        cut_to.into_iter().find_map(|least| side_table::arrange(contents, (room, rows), least, writing))
    };
    numbers.unwrap_or_else(|| columns::arrange(contents.entries, room, rows, writing))
}
