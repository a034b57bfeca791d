//! Cells in columns, for a person at a terminal: as wide as it shows them, and nothing in them can steer it.

use metricshot::request::DisplayText;
use unicode_width::UnicodeWidthStr;

/// A line for each row; each cell but the last is as wide as its column.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| shown(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row.iter().zip(&widths).map(|(cell, most)| format!("{cell}{}", " ".repeat(most - cell.width())));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// An answer may hold anything: control characters in it do not reach the terminal.
pub fn shown(text: &str) -> String {
    DisplayText::lossy(text).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_are_as_wide_as_a_terminal_shows_them_and_nothing_steers_it() {
        let rows = [["작업공간", "1"], ["web", "2\u{1b}[2J"]].map(|row| row.map(str::to_owned).to_vec());
        let lines = aligned(&rows);
        assert_eq!(lines[0], "작업공간  1");
        assert!(lines[1].starts_with("web       2") && !lines[1].contains('\u{1b}'), "{lines:?}");
    }
}
