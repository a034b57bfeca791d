//! The legend below the plot.

use super::columns;
use super::model::{Contents, Legend, LegendTextStyle, MIN_KEPT};
use super::side_table;

/// Arranges the legend in at most `max_width` pixels and `rows` rows: with statistics if they fit, else names only.
pub(in crate::chart) fn below(contents: Contents, max_width: i32, rows: i32, text_style: LegendTextStyle) -> Legend {
    let numbers = if contents.statistics.columns.is_empty() {
        None
    } else {
        let cut_to = [MIN_KEPT, MIN_KEPT / 2, 1];
        cut_to.into_iter().find_map(|min_kept| side_table::arrange(contents, (max_width, rows), min_kept, text_style))
    };
    numbers.unwrap_or_else(|| columns::arrange(contents.entries, max_width, rows, text_style))
}
