//! Arranges the names of a legend in columns.
//!
//! Every name is whole or cut in its middle, and distinct from the others; names without space are counted.

use super::model::{
    BETWEEN, Cell, Entry, Legend, LegendTextStyle, MIN_KEPT, Measured, TEXT_FROM, as_pixels, cut_cells,
};

/// Arranges names in at most `max_width` pixels and `rows` rows.
pub(super) fn arrange(entries: &[Entry], max_width: i32, rows: i32, text_style: LegendTextStyle) -> Legend {
    let max_rows = usize::try_from(rows).unwrap_or(0);
    if entries.is_empty() || max_rows == 0 {
        return Legend::default();
    }
    let cells: Vec<Measured> =
        entries.iter().map(|entry| Measured::new(entry.label.text(), entry.emphasis, text_style)).collect();
    in_natural_columns(&cells, max_width, max_rows)
        .or_else(|| cut(entries, entries.len().div_ceil(max_rows), max_width, MIN_KEPT, text_style))
        .or_else(|| {
            let whole = counted_whole(&cells, max_width, max_rows, text_style);
            let cut = counted_cut(entries, max_width, max_rows, text_style);
            if whole.as_ref().map(Legend::len) >= cut.as_ref().map(Legend::len) { whole } else { cut }
        })
        .or_else(|| if entries.len() <= max_rows { cut(entries, 1, max_width, 1, text_style) } else { None })
        .unwrap_or_default()
}

/// Arranges whole cells in as few rows as possible, evenly filled, each column as wide as its widest cell.
fn in_natural_columns(cells: &[Measured], max_width: i32, max_rows: usize) -> Option<Legend> {
    let columns_of = |count: usize| -> Vec<i32> {
        let widest = |column| cells.iter().skip(column).step_by(count).map(|cell| cell.width).max().unwrap_or(0);
        (0..count).map(widest).collect()
    };
    let fits = |columns: &Vec<i32>| columns.iter().sum::<i32>() + BETWEEN * (as_pixels(columns.len()) - 1) <= max_width;
    let min_columns = cells.len().div_ceil(max_rows);
    let max_columns =
        (min_columns..=max_column_count(cells, max_width)).rev().find(|&count| fits(&columns_of(count)))?;
    let even = cells.len().div_ceil(cells.len().div_ceil(max_columns));
    let columns = (even..=max_columns).map(columns_of).find(fits)?;
    Some(Legend::new(cells.iter().cloned(), &columns))
}

/// Returns an upper bound of the number of columns: as if all cells were as narrow as the narrowest.
fn max_column_count(cells: &[Measured], max_width: i32) -> usize {
    let narrowest = cells.iter().map(|cell| cell.width).min().unwrap_or(0);
    usize::try_from((max_width + BETWEEN) / (narrowest + BETWEEN)).unwrap_or(0).min(cells.len())
}

/// Arranges all names in `count` columns of equal width, cut as needed.
fn cut(
    entries: &[Entry],
    count: usize,
    max_width: i32,
    min_kept: usize,
    text_style: LegendTextStyle,
) -> Option<Legend> {
    let column = column_width(max_width, count)?;
    Some(Legend::new(cut_cells(entries, column, min_kept, text_style)?, &vec![column; count]))
}

/// Arranges as many whole names as fit, and the count of the rest.
fn counted_whole(cells: &[Measured], max_width: i32, max_rows: usize, text_style: LegendTextStyle) -> Option<Legend> {
    let max_cells = (max_column_count(cells, max_width) + 1) * max_rows;
    (1..cells.len().min(max_cells)).rev().find_map(|shown| {
        let more = Measured::more(cells.len() - shown, text_style);
        let cells: Vec<Measured> = cells[..shown].iter().cloned().chain([more]).collect();
        in_natural_columns(&cells, max_width, max_rows)
    })
}

/// Arranges as many cut names as fit, in columns of equal width, and the count of the rest.
fn counted_cut(entries: &[Entry], max_width: i32, max_rows: usize, text_style: LegendTextStyle) -> Option<Legend> {
    (1..=entries.len()).rev().find_map(|count| {
        let shown = (count * max_rows - 1).min(entries.len() - 1);
        let (more, column) = (Measured::more(entries.len() - shown, text_style), column_width(max_width, count)?);
        if shown == 0 || more.width > column {
            return None;
        }
        let cells = cut_cells(&entries[..shown], column, MIN_KEPT, text_style)?;
        Some(Legend::new(cells.into_iter().chain([more]), &vec![column; count]))
    })
}

fn column_width(max_width: i32, count: usize) -> Option<i32> {
    let count = as_pixels(count);
    Some((max_width - BETWEEN * (count - 1)) / count.max(1)).filter(|&width| width > TEXT_FROM)
}

impl Legend {
    /// Returns the cells row by row.
    fn new(cells: impl IntoIterator<Item = Measured>, columns: &[i32]) -> Self {
        let cell = |(index, Measured { text, emphasis, .. }): (usize, Measured)| {
            let (row, column) = (index / columns.len(), index % columns.len());
            Cell {
                left: columns[..column].iter().map(|width| width + BETWEEN).sum(),
                row: as_pixels(row),
                text,
                emphasis,
            }
        };
        let cells: Vec<Cell> = cells.into_iter().enumerate().map(cell).collect();
        let rows = cells.last().map_or(0, |cell| cell.row + 1);
        let width = columns.iter().map(|width| width + BETWEEN).sum::<i32>() - BETWEEN;
        Self { cells, notes: Vec::new(), rows, width }
    }

    fn len(&self) -> usize {
        self.cells.len()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::chart::labels::shorten::Label;
    use crate::chart::legend::model::Emphasis;
    use crate::request::Language;
    use crate::text::{Font, width};
    use std::collections::BTreeSet;

    const ENGLISH: LegendTextStyle =
        LegendTextStyle { language: Language::English, font: Font::regular(12), heading: Font::regular(11) };

    fn entries(names: impl IntoIterator<Item = String>) -> Vec<Entry> {
        let entry = |name| Entry { label: Label { name, suffix: String::new() }, emphasis: Emphasis::Secondary };
        names.into_iter().map(entry).collect()
    }

    fn numbered(count: usize) -> Vec<Entry> {
        entries((0..count).map(|n| format!("a rather long name of line number {n:03}")))
    }

    fn texts(legend: &Legend) -> Vec<&str> {
        legend.cells.iter().map(|cell| cell.text.as_str()).collect()
    }

    #[test]
    fn short_names_stand_in_one_row() {
        let legend = arrange(&entries(["CPU", "Memory", "Disk"].map(str::to_owned)), 300, 4, ENGLISH);
        assert_eq!((texts(&legend), legend.rows), (vec!["CPU", "Memory", "Disk"], 1));
        let gap = |pair: &[Cell]| pair[1].left - pair[0].left - TEXT_FROM - width(&pair[0].text, ENGLISH.font).ceil();
        assert_eq!(legend.cells.windows(2).map(gap).collect::<Vec<_>>(), [16, 16]);
    }

    #[test]
    fn longer_names_stand_in_aligned_columns() {
        let legend = arrange(&numbered(4), 600, 4, ENGLISH);
        let lefts: BTreeSet<i32> = legend.cells.iter().map(|cell| cell.left).collect();
        assert_eq!((lefts.len(), legend.rows), (2, 2));
    }

    #[test]
    fn rows_are_filled_evenly() {
        let names = (1..=12).map(|number| format!("{number:02}"));
        let legend = arrange(&entries(names), 500, 4, ENGLISH);
        assert_eq!((legend.rows, legend.cells.iter().filter(|cell| cell.row == 0).count()), (2, 6));
    }

    #[test]
    fn names_are_cut_before_any_is_left_out() {
        let legend = arrange(&numbered(4), 400, 2, ENGLISH);
        assert_eq!((legend.cells.len(), legend.rows), (4, 2));
        assert!(texts(&legend).iter().all(|text| text.contains('…')));
    }

    #[test]
    fn names_without_space_are_counted() {
        let legend = arrange(&numbered(40), 500, 3, ENGLISH);
        let shown = legend.cells.len() - 1;
        assert_eq!((texts(&legend)[shown], legend.rows), (format!("+{} more", 40 - shown).as_str(), 3));
        let korean = LegendTextStyle { language: Language::Korean, ..ENGLISH };
        assert_eq!(arrange(&numbered(40), 500, 3, korean).cells[shown].text, format!("외 {}개", 40 - shown));
    }

    #[test]
    fn cells_never_overlap_or_leave_the_legend() {
        for count in [1, 2, 3, 7, 12, 40, 100] {
            for (max_width, rows) in [(40, 1), (90, 2), (200, 1), (200, 5), (450, 3), (900, 8), (2000, 8)] {
                let legend = arrange(&numbered(count), max_width, rows, ENGLISH);
                assert!(legend.rows <= rows);
                for (index, cell) in legend.cells.iter().enumerate() {
                    let right = cell.left + TEXT_FROM + width(&cell.text, ENGLISH.font).ceil();
                    let next = legend.cells.get(index + 1).filter(|next| next.row == cell.row);
                    assert!(
                        right <= next.map_or(max_width, |next| next.left - BETWEEN),
                        "{count} in {max_width}: {cell:?}"
                    );
                }
            }
        }
    }
}
