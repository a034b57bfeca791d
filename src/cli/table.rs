//! Tables for a terminal: columns by display width, control characters replaced.

use metricshot::request::DisplayText;
use unicode_width::UnicodeWidthStr;

/// Returns a line for each row, with all cells except the last padded to the display width of their column.
pub fn aligned(rows: &[Vec<String>]) -> Vec<String> {
    let rows: Vec<Vec<String>> = rows.iter().map(|row| row.iter().map(|cell| printable(cell)).collect()).collect();
    let columns = rows.iter().map(Vec::len).max().unwrap_or(0);
    let widest = |column: usize| rows.iter().filter_map(|row| row.get(column)).map(|cell| cell.width()).max();
    let widths: Vec<usize> = (0..columns).map(|column| widest(column).unwrap_or(0)).collect();
    let line = |row: &Vec<String>| {
        let cells = row
            .iter()
            .zip(&widths)
            .map(|(cell, column_width)| format!("{cell}{}", " ".repeat(column_width - cell.width())));
        cells.collect::<Vec<_>>().join("  ").trim_end().to_owned()
    };
    rows.iter().map(line).collect()
}

/// Replaces control characters of untrusted text, so that it cannot control the terminal.
pub fn printable(text: &str) -> String {
    DisplayText::lossy(text).as_str().to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn korean_names_take_two_columns_a_character_and_control_characters_are_replaced() {
        let rows = [["작업공간", "1"], ["web", "2\u{1b}[2J"]].map(|row| row.map(str::to_owned).to_vec());
        let lines = aligned(&rows);
        assert_eq!(lines[0], "작업공간  1");
        assert!(lines[1].starts_with("web       2") && !lines[1].contains('\u{1b}'), "{lines:?}");
    }
}
