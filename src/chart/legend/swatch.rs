//! What stands beside a name in the legend: a piece of the line, or a square of what is filled.
//!
//! Made with the legend's entries, put down with the legend.

use crate::chart::palette::{LineStyle, with_opacity};
use crate::chart::scene_builder::{Row, SceneBuilder};
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
pub(in crate::chart) struct Swatch {
    /// That of its line.
    pub style: LineStyle,
    /// Its outline.
    pub shape: SwatchShape,
}

/// The outline of a marker.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum SwatchShape {
    /// A piece of the line with its dashes.
    Line,
    /// A square filled with so many percent of the colour.
    Square(u32),
    /// The same with a light fill under a piece of the line.
    Area(u32),
}

impl Swatch {
    /// Of a line in a chart of some kind.
    pub fn of(style: LineStyle, kind: Kind) -> Self {
        let shape = match kind {
            Kind::Line | Kind::Step | Kind::Band => SwatchShape::Line,
            Kind::Area => SwatchShape::Area(crate::chart::marks::AREA_FILL),
            Kind::Stacked => SwatchShape::Square(crate::chart::marks::stacked::FILL),
            Kind::Bar => SwatchShape::Square(crate::chart::marks::bar::FILL),
        };
        Self { style, shape }
    }

    /// Puts it down at the left end of a row.
    pub fn draw(self, builder: &mut SceneBuilder, left: i32, row: Row) {
        let square = Rect::new(left, row.top + (row.height - SQUARE) / 2, SQUARE, SQUARE);
        match self.shape {
            SwatchShape::Line => self.draw_strokes(builder, line(left, row)),
            SwatchShape::Square(percent) => builder.fill(square, self.style.fill(percent)),
            SwatchShape::Area(percent) => {
                builder.fill(square, with_opacity(self.style.colour, 2 * percent));
                self.draw_strokes(builder, Rect { height: LINE, ..square });
            }
        }
    }

    /// Each stroke of its pattern as far as it lies in `place`.
    fn draw_strokes(self, builder: &mut SceneBuilder, place: Rect) {
        let lengths = self.style.pattern.dash(Scale::ONE).lengths;
        if lengths.is_empty() {
            return builder.fill(place, self.style.colour);
        }
        let mut left = place.left;
        for pair in lengths.chunks(2).cycle() {
            let [stroke, gap] = [0, 1].map(|index| pair.get(index).copied().map_or(0, Px::round));
            builder.fill(Rect { left, width: stroke, ..place }.intersect(place), self.style.colour);
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
pub(in crate::chart) fn draw_secondary(builder: &mut SceneBuilder, left: i32, row: Row, theme: &Theme) {
    builder.fill(line(left, row), theme.muted);
}
