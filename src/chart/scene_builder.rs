//! Collects shapes one after the other. A text that would leave the image or overlap an earlier text is dropped.
//!
//! Therefore no two texts overlap, whatever the data and the size. Callers write the most important texts first.

use super::scene::{Dash, Scene, Shape, Stroke, TextStyle};
use crate::geometry::{Point, Px, Rect};
use crate::request::{Colour, Scale, Size};
use crate::text::{Font, cap_height, width};

/// Minimum gap between two texts beside each other, in pixels.
const BESIDE: i32 = 6;
/// Width in pixels of the halo around a text on data.
const HALO: i32 = 3;
/// Minimum gap between two texts above each other, in pixels.
const ABOVE: i32 = 2;

/// Horizontal alignment of a text: the whole pixel at which it starts, is centred, or ends.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) enum Anchor {
    Start(i32),
    Middle(i32),
    End(i32),
}

impl Anchor {
    /// Returns the anchor `by` pixels further right.
    pub fn moved(self, by: i32) -> Self {
        match self {
            Self::Start(x) => Self::Start(x + by),
            Self::Middle(x) => Self::Middle(x + by),
            Self::End(x) => Self::End(x + by),
        }
    }
}

/// A band of whole pixels for one line of text.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub(super) struct Row {
    pub top: i32,
    pub height: i32,
}

impl Row {
    /// Returns the first pixel row after the band.
    pub fn bottom(self) -> i32 {
        self.top + self.height
    }

    /// Returns the band whose text is vertically centred on the pixel row `y`.
    pub fn around(y: i32) -> Self {
        Self { top: y, height: 1 }
    }

    /// Returns the base line at which capitals and digits are vertically centred.
    pub fn base_line(self, font: Font) -> i32 {
        (Px::whole(self.top + self.bottom()) + cap_height(font)).half().round()
    }
}

/// The shapes so far, and the boxes of the texts among them.
#[derive(Debug)]
pub(super) struct SceneBuilder {
    image: Rect,
    scale: Scale,
    shapes: Vec<Shape>,
    texts: Vec<Rect>,
}

impl SceneBuilder {
    /// Returns an empty builder for an image of `image` pixels, drawn `scale` times as large.
    pub fn new(image: Rect, scale: Scale) -> Self {
        Self { image, scale, shapes: Vec::new(), texts: Vec::new() }
    }

    /// Adds a filled rectangle, clipped to the image.
    pub fn fill(&mut self, area: Rect, colour: Colour) {
        let area = area.intersect(self.image);
        if area.width > 0 && area.height > 0 {
            self.shapes.push(Shape::Fill { area: to_device(area, self.scale), colour });
        }
    }

    /// Adds a line one pixel thin, interrupted around the texts so far.
    pub fn line_between_texts(&mut self, line: Rect, colour: Colour) {
        for piece in self.between_texts(line) {
            self.fill(piece, colour);
        }
    }

    /// Returns the pieces of a thin line that stay clear of the texts so far.
    pub fn between_texts(&self, line: Rect) -> Vec<Rect> {
        let near = |text: &Rect| {
            Rect::new(text.left - ABOVE, text.top - ABOVE, text.width + 2 * ABOVE, text.height + 2 * ABOVE)
        };
        self.texts
            .iter()
            .map(near)
            .fold(vec![line], |pieces, text| pieces.into_iter().flat_map(|piece| beside(piece, text)).collect())
    }

    /// Adds shapes other than texts, in device pixels.
    pub fn draw(&mut self, shapes: impl IntoIterator<Item = Shape>) {
        self.shapes.extend(shapes);
    }

    /// Adds a text in `row`, moved so that it lies between the columns `within`; adds nothing if it does not fit.
    pub fn text_within(&mut self, text: &str, style: TextStyle, anchor: Anchor, row: Row, within: (i32, i32)) {
        let length = width(text, style.font);
        let left = match anchor {
            Anchor::Start(x) => Px::whole(x),
            Anchor::Middle(x) => Px::whole(x) + Px::whole(1).half() - length.half(),
            Anchor::End(x) => Px::whole(x) - length,
        };
        let (first, last) = (Px::whole(within.0), Px::whole(within.1) - length);
        if first <= last {
            self.put(text, style, Point::new(left.clamp(first, last), Px::whole(row.base_line(style.font))), length);
        }
    }

    /// Adds a text in `row`, anywhere on the image.
    pub fn text(&mut self, text: &str, style: TextStyle, anchor: Anchor, row: Row) {
        self.text_within(text, style, anchor, row, (self.image.left, self.image.right()));
    }

    /// Adds a text at the first of `places` at which it lies between the columns `within` and overlaps no other.
    ///
    /// Returns the row of that place, or `None` if no place is free.
    pub fn text_at_first(
        &mut self,
        text: &str,
        style: TextStyle,
        places: impl IntoIterator<Item = (Anchor, Row)>,
        within: (i32, i32),
    ) -> Option<Row> {
        let before = self.texts.len();
        places.into_iter().find_map(|(anchor, row)| {
            self.text_within(text, style, anchor, row, within);
            (self.texts.len() > before).then_some(row)
        })
    }

    /// Adds a text at `left` that continues the text before it, however near.
    pub fn text_beside(&mut self, text: &str, style: TextStyle, left: i32, row: Row) {
        let before = self.texts.pop();
        self.text(text, style, Anchor::Start(left), row);
        self.texts.extend(before);
    }

    /// Adds a text as `text_at_first` does, on a halo of `background` that separates it from the data below.
    pub fn label_at_first(
        &mut self,
        text: &str,
        (style, background): (TextStyle, Colour),
        places: impl IntoIterator<Item = (Anchor, Row)>,
        within: (i32, i32),
    ) -> Option<Row> {
        let row = self.text_at_first(text, style, places, within)?;
        let place = self.texts.last().copied()?;
        let height = Px::whole(place.height + 2 * HALO);
        let middle = Px::whole(place.top) + Px::whole(place.height).half();
        let ends = [Px::whole(place.left - HALO) + height.half(), Px::whole(place.right() + HALO) - height.half()];
        let point = |x: Px| Point::new(self.scale.of(x), self.scale.of(middle));
        let run = if ends[0] < ends[1] { ends.map(point).to_vec() } else { vec![point(ends[0])] };
        let stroke = Stroke { width: self.scale.of(height), colour: background, dash: Dash::default() };
        let clip = to_device(self.image, self.scale);
        let below = self.shapes.len() - 1;
        self.shapes.insert(below, Shape::Line { runs: vec![run], stroke, clip });
        Some(row)
    }

    fn put(&mut self, text: &str, style: TextStyle, at: Point, length: Px) {
        let (left, right) = (at.x.floor(), (at.x + length).ceil());
        let (top, bottom) = ((at.y - cap_height(style.font)).floor(), at.y.ceil());
        let place = Rect::new(left, top, right - left, bottom - top);
        let descent = style.font.size.ceil() / 4;
        let whole = Rect { height: place.height + descent, ..place };
        let clear = Rect::new(left - BESIDE, top - ABOVE, place.width + 2 * BESIDE, place.height + 2 * ABOVE);
        let free = |other: &Rect| {
            let both = clear.intersect(*other);
            both.width == 0 || both.height == 0
        };
        if whole.intersect(self.image) == whole && self.texts.iter().all(free) {
            self.texts.push(place);
            let at = Point::new(self.scale.of(at.x), Px::whole(self.scale.of(at.y).round()));
            let font = Font { size: self.scale.of(style.font.size), ..style.font };
            self.shapes.push(Shape::Text { at, text: text.to_owned(), style: TextStyle { font, ..style } });
        }
    }

    /// Returns the shapes, in device pixels.
    pub fn into_shapes(self) -> Vec<Shape> {
        self.shapes
    }

    /// Returns the finished scene of an image of `size` pixels with `scale` device pixels each.
    pub fn finish(self, (size, scale): (Size, Scale), background: Colour, title: Option<&str>, alt: String) -> Scene {
        let title = title.map(str::to_owned);
        Scene { size: size.times(scale), scale, ground: background, backdrop: None, shapes: self.shapes, title, alt }
    }
}

/// Returns the pieces of a line before and after the box `met`.
fn beside(line: Rect, met: Rect) -> Vec<Rect> {
    let both = line.intersect(met);
    if both.width == 0 || both.height == 0 {
        return vec![line];
    }
    let pieces = if line.width > line.height {
        let after = Rect { left: both.right(), width: line.right() - both.right(), ..line };
        [Rect { width: both.left - line.left, ..line }, after]
    } else {
        let after = Rect { top: both.bottom(), height: line.bottom() - both.bottom(), ..line };
        [Rect { height: both.top - line.top, ..line }, after]
    };
    pieces.into_iter().filter(|piece| piece.width > 0 && piece.height > 0).collect()
}

/// Converts pixels to device pixels. A side of one pixel is a hairline and stays one device pixel thin.
pub(super) fn to_device(area: Rect, scale: Scale) -> Rect {
    let side = |start: i32, length: i32| match length {
        1 => (scale.of(Px::whole(start) + Px::whole(1).half()).floor(), 1),
        _ => (scale.of_edge(start), scale.of_edge(start + length) - scale.of_edge(start)),
    };
    let ((left, width), (top, height)) = (side(area.left, area.width), side(area.top, area.height));
    Rect { left, top, width, height }
}

#[cfg(test)]
mod tests {
    use super::super::theme::LIGHT;
    use super::*;

    fn builder() -> SceneBuilder {
        SceneBuilder::new(Rect::new(0, 0, 100, 40), Scale::ONE)
    }

    #[test]
    fn a_text_never_touches_another() {
        let mut builder = builder();
        for x in 0..100 {
            builder.text("12", LIGHT.axis_label(), Anchor::Start(x), Row { top: 8, height: 16 });
        }
        let gaps: Vec<i32> = builder.texts.windows(2).map(|pair| pair[1].left - pair[0].right()).collect();
        assert!(!gaps.is_empty() && gaps.iter().all(|&gap| gap == BESIDE), "{gaps:?}");
    }

    #[test]
    fn a_text_never_leaves_the_image() {
        let mut builder = builder();
        builder.text("12", LIGHT.axis_label(), Anchor::Middle(20), Row { top: -4, height: 8 });
        builder.text("12", LIGHT.axis_label(), Anchor::Middle(20), Row { top: 30, height: 16 });
        builder.text(&"1".repeat(40), LIGHT.axis_label(), Anchor::Start(0), Row { top: 8, height: 16 });
        assert_eq!(builder.shapes, []);
    }

    #[test]
    fn a_text_at_the_edge_is_moved_inward() {
        let mut builder = builder();
        builder.text_within("12", LIGHT.axis_label(), Anchor::Middle(90), Row { top: 8, height: 16 }, (0, 90));
        assert_eq!(builder.texts[0].right(), 90);
    }

    #[test]
    fn a_line_is_interrupted_around_a_text() {
        let mut builder = builder();
        builder.text("12", LIGHT.axis_label(), Anchor::Start(20), Row { top: 8, height: 16 });
        let text = builder.texts[0];
        let rows: Vec<(i32, i32)> =
            builder.between_texts(Rect::new(24, 0, 1, 40)).iter().map(|piece| (piece.top, piece.bottom())).collect();
        assert_eq!(rows, [(0, text.top - 2), (text.bottom() + 2, 40)]);
        assert_eq!(builder.between_texts(Rect::new(60, 0, 1, 40)), [Rect::new(60, 0, 1, 40)]);
        assert_eq!(builder.between_texts(Rect::new(0, text.top, 100, 1)).len(), 2);
    }

    #[test]
    fn a_fill_is_clipped_to_the_image() {
        let mut builder = builder();
        builder.fill(Rect::new(90, 30, 50, 50), LIGHT.axis);
        builder.fill(Rect::new(200, 30, 50, 50), LIGHT.axis);
        let area = Rect::new(90, 30, 10, 10);
        assert_eq!(builder.shapes, [Shape::Fill { area, colour: LIGHT.axis }]);
    }
}
