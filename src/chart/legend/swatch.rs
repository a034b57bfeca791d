//! Legend swatches: a piece of the line, or a square for fills.

use crate::chart::palette::{LineStyle, with_opacity};
use crate::chart::scene_builder::{Row, SceneBuilder};
use crate::chart::theme::Theme;
use crate::geometry::{Px, Rect};
use crate::request::{Kind, Scale};

/// Width of a swatch in pixels.
pub(in crate::chart) const WIDTH: i32 = 14;
/// Height of a piece of a line in pixels.
const LINE: i32 = 3;
/// Side of a square in pixels.
const SQUARE: i32 = 12;

/// The swatch of a series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) struct Swatch {
    pub style: LineStyle,
    pub shape: SwatchShape,
}

/// The outline of a swatch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) enum SwatchShape {
    /// Piece of the line with its dashes.
    Line,
    /// Square with this opacity in percent.
    Square(u32),
    /// Square with twice this opacity in percent, under a piece of the line.
    Area(u32),
}

impl Swatch {
    /// Returns the swatch of a series in a chart of this kind.
    pub fn of(style: LineStyle, kind: Kind) -> Self {
        let shape = match kind {
            Kind::Line | Kind::Step | Kind::Band => SwatchShape::Line,
            Kind::Area => SwatchShape::Area(crate::chart::marks::AREA_FILL),
            Kind::Stacked => SwatchShape::Square(crate::chart::marks::stacked::FILL),
            Kind::Bar => SwatchShape::Square(crate::chart::marks::bar::FILL),
        };
        Self { style, shape }
    }

    /// Draws the swatch at the left end of a row.
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

    /// Draws the strokes of the pattern, clipped to `place`.
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

/// Returns the rectangle of a piece of a line at the left end of a row.
fn line(left: i32, row: Row) -> Rect {
    Rect::new(left, row.top + (row.height - LINE) / 2, WIDTH, LINE)
}

/// Draws the swatch of a series without data.
pub(in crate::chart) fn draw_secondary(builder: &mut SceneBuilder, left: i32, row: Row, theme: &Theme) {
    builder.fill(line(left, row), theme.muted);
}
