//! What stands beside a name in the legend: a piece of the line, or a square of what is filled.
//!
//! Made with the legend's entries, put down with the legend.

use crate::chart::palette::{Look, faded};
use crate::chart::scene_builder::{Row, Sheet};
use crate::chart::theme::Theme;
use crate::geometry::{Px, Rect};
use crate::request::{Kind, Scale};

/// Width of every marker.
pub(in crate::chart) const WIDTH: i32 = 14;
/// Height of a piece of a line.
const LINE: i32 = 3;
/// Side of a square.
const SQUARE: i32 = 12;

/// A line's sign in the legend.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) struct Marker {
    /// That of its line.
    pub look: Look,
    /// Its outline.
    pub form: Form,
}

/// The outline of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum Form {
    /// A piece of the line with its dashes.
    Line,
    /// A square filled with so many percent of the colour.
    Square(u32),
    /// The same with a light fill under a piece of the line.
    Area(u32),
}

impl Marker {
    /// Of a line in a chart of some kind.
    pub fn of(look: Look, kind: Kind) -> Self {
        let form = match kind {
            Kind::Line | Kind::Step | Kind::Band => Form::Line,
            Kind::Area => Form::Area(crate::chart::marks::AREA_FILL),
            Kind::Stacked => Form::Square(crate::chart::marks::stacked::FILL),
            Kind::Bar => Form::Square(crate::chart::marks::bar::FILL),
        };
        Self { look, form }
    }

    /// Puts it down at the left end of a row.
    pub fn draw(self, sheet: &mut Sheet, left: i32, row: Row) {
        let square = Rect::new(left, row.top + (row.height - SQUARE) / 2, SQUARE, SQUARE);
        match self.form {
            Form::Line => self.draw_strokes(sheet, line(left, row)),
            Form::Square(percent) => sheet.fill(square, self.look.fill(percent)),
            Form::Area(percent) => {
                sheet.fill(square, faded(self.look.colour, 2 * percent));
                self.draw_strokes(sheet, Rect { height: LINE, ..square });
            }
        }
    }

    /// Each stroke of its pattern as far as it lies in `place`.
    fn draw_strokes(self, sheet: &mut Sheet, place: Rect) {
        let lengths = self.look.pattern.dash(Scale::ONE).lengths;
        if lengths.is_empty() {
            return sheet.fill(place, self.look.colour);
        }
        let mut left = place.left;
        for pair in lengths.chunks(2).cycle() {
            let [stroke, gap] = [0, 1].map(|index| pair.get(index).copied().map_or(0, Px::round));
            sheet.fill(Rect { left, width: stroke, ..place }.intersect(place), self.look.colour);
            left += (stroke + gap).max(1);
            if left >= place.right() {
                return;
            }
        }
    }
}

/// The place of a piece of a line at the left end of a row.
fn line(left: i32, row: Row) -> Rect {
    Rect::new(left, row.top + (row.height - LINE) / 2, WIDTH, LINE)
}

/// The sign of a line that has nothing to draw.
pub(in crate::chart) fn draw_quiet(sheet: &mut Sheet, left: i32, row: Row, theme: &Theme) {
    sheet.fill(line(left, row), theme.muted);
}
