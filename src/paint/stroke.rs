//! Lines with round joins and ends, for curves that are functions of x.
//!
//! At any x such a stroke covers one interval of y: it is the union of discs around connected points. So it is kept as the upper
//! and lower edge at eight places in every pixel column. A vertex widens the edges by its disc, a segment by its two offset lines;
//! there are no joins, no polygon and no sorting, and the cost is the points plus the columns that they reach. Coverage is exact
//! in y and the mean of the eight places in x. Fed and read by the backend.

use crate::chart::{self, Dash};
use crate::geometry::{Px, Rect};
use crate::stop::{Stop, Stopped};

/// Places in a pixel column where the edges are known.
const SAMPLES: usize = 8;

/// Columns between two looks at the stop flag.
const COLUMNS_PER_LOOK: usize = 64;

/// The edges of the stroke at one x, in pixels; nothing is covered while top is below bottom.
#[derive(Debug, Clone, Copy)]
struct Section {
    top: f64,
    bottom: f64,
}

impl Section {
    const EMPTY: Self = Self { top: f64::INFINITY, bottom: f64::NEG_INFINITY };

    /// How much of the pixel row it covers, 0 to 1.
    fn share_of(self, row: f64) -> f64 {
        (self.bottom.min(row + 1.0) - self.top.max(row)).max(0.0)
    }
}

/// A point of the curve, in pixels.
#[derive(Debug, Clone, Copy, PartialEq)]
#[allow(missing_docs)]
pub struct Vertex {
    pub x: f64,
    pub y: f64,
}

/// The edges of one stroke. Its memory is used again for the next.
#[derive(Debug, Default)]
pub struct Envelope {
    clip: Rect,
    half_width: f64,
    last: Option<Vertex>,
    /// Index of the first section; counted from the clip's left edge, eight for each column.
    first: usize,
    sections: Vec<Section>,
}

/// A curve is a function of x and this one is not.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct GoesBack;

impl Envelope {
    /// Starts a stroke, `half_width` pixels thick to each side. Nothing outside `clip` will be covered.
    pub fn start(&mut self, half_width: f64, clip: Rect) {
        *self = Self { clip, half_width, last: None, first: 0, sections: std::mem::take(&mut self.sections) };
        self.sections.clear();
    }

    /// Leads the stroke on to `to`; a first point is a disc. Err when it lies left of the last one.
    pub fn lead_to(&mut self, to: Vertex) -> Result<(), GoesBack> {
        match self.last {
            None => self.first = self.index_from(to.x - self.half_width),
            Some(from) if to.x < from.x => return Err(GoesBack),
            Some(from) => self.add_segment(from, to),
        }
        self.add_disc(to);
        self.last = Some(to);
        Ok(())
    }

    /// Widens the edges to all that lies between two sections of an area. Those at the same x are a step, which covers nothing.
    pub fn fill_between(&mut self, from: chart::Section, to: chart::Section) {
        let (left, right) = (from.x.to_f64(), to.x.to_f64());
        if self.last.is_none() {
            self.first = self.index_from(left);
            self.last = Some(Vertex { x: left, y: from.top.to_f64() });
        }
        let line = |from: Px, to: Px| (from.to_f64(), (to - from).to_f64() / (right - left));
        let ((top, top_slope), (bottom, bottom_slope)) = (line(from.top, to.top), line(from.bottom, to.bottom));
        if right > left {
            self.widen(left, right, |x| Section {
                top: top + top_slope * (x - left),
                bottom: bottom + bottom_slope * (x - left),
            });
        }
    }

    /// Takes out what lies in the gaps of `dash`.
    pub fn interrupt(&mut self, dash: Dash) {
        let lengths = || dash.lengths.iter().map(|&length| dash.scale.of(length).to_f64() * SAMPLES as f64);
        let period: f64 = lengths().sum();
        if period <= 0.0 {
            return;
        }
        for (index, section) in (self.first..).zip(&mut self.sections) {
            let mut place = index as f64 % period;
            let part = lengths().position(|length| {
                place -= length;
                place < 0.0
            });
            if part.is_some_and(|part| part % 2 == 1) {
                *section = Section::EMPTY;
            }
        }
    }

    /// Tells `mark` of every pixel that the stroke reaches, column by column: x, y and the share of its area that is covered.
    pub fn cover(&self, stop: &Stop, mut mark: impl FnMut(i32, i32, f64)) -> Result<(), Stopped> {
        let lead = self.first % SAMPLES;
        let columns = (lead + self.sections.len()).div_ceil(SAMPLES);
        for column in 0..columns {
            if column % COLUMNS_PER_LOOK == 0 {
                stop.check()?;
            }
            let mut sections = [Section::EMPTY; SAMPLES];
            for (place, section) in sections.iter_mut().enumerate() {
                let index = (column * SAMPLES + place).checked_sub(lead);
                *section = index.and_then(|index| self.sections.get(index)).copied().unwrap_or(Section::EMPTY);
            }
            let x = self.clip.left + (self.first / SAMPLES + column) as i32;
            self.cover_column(sections, |y, share| mark(x, y, share));
        }
        Ok(())
    }

    fn cover_column(&self, sections: [Section; SAMPLES], mut mark: impl FnMut(i32, f64)) {
        let (top, solid_top) = extent(sections.map(|section| section.top));
        let (solid_bottom, bottom) = extent(sections.map(|section| section.bottom));
        let solid = solid_top.ceil() as i32..solid_bottom.floor() as i32;
        let rows = (top.floor() as i32).max(self.clip.top)..(bottom.ceil() as i32).min(self.clip.bottom());
        for y in rows {
            if solid.contains(&y) {
                mark(y, 1.0);
            } else {
                let sum: f64 = sections.iter().map(|section| section.share_of(f64::from(y))).sum();
                mark(y, sum / SAMPLES as f64);
            }
        }
    }

    fn add_disc(&mut self, centre: Vertex) {
        let radius = self.half_width;
        self.widen(centre.x - radius, centre.x + radius, |x| {
            let dx = x - centre.x;
            let reach = (radius * radius - dx * dx).max(0.0).sqrt();
            Section { top: centre.y - reach, bottom: centre.y + reach }
        });
    }

    /// The two lines beside a segment. Each touches both end discs, so each has a range of x of its own.
    fn add_segment(&mut self, from: Vertex, to: Vertex) {
        let (dx, dy) = (to.x - from.x, to.y - from.y);
        if dx <= 0.0 {
            return; // The discs of both ends already reach over all that lies between them.
        }
        let length = (dx * dx + dy * dy).sqrt();
        let (slope, reach, shift) = (dy / dx, self.half_width * length / dx, self.half_width * dy / length);
        self.widen(from.x + shift, to.x + shift, |x| Section {
            top: from.y + slope * (x - from.x) - reach,
            bottom: f64::NEG_INFINITY,
        });
        self.widen(from.x - shift, to.x - shift, |x| Section {
            top: f64::INFINITY,
            bottom: from.y + slope * (x - from.x) + reach,
        });
    }

    /// Makes the sections from x = `left` to `right` reach at least as far as `section` says.
    fn widen(&mut self, left: f64, right: f64, section: impl Fn(f64) -> Section) {
        let (start, end) = (self.index_from(left).max(self.first), self.index_from(right));
        if self.sections.len() + self.first < end {
            self.sections.resize(end - self.first, Section::EMPTY);
        }
        for index in start..end {
            let x = f64::from(self.clip.left) + (index as f64 + 0.5) / SAMPLES as f64;
            let (wide, known) = (section(x), &mut self.sections[index - self.first]);
            known.top = known.top.min(wide.top);
            known.bottom = known.bottom.max(wide.bottom);
        }
    }

    /// The first section at or right of `x`, within the clip.
    fn index_from(&self, x: f64) -> usize {
        let last = self.clip.width.max(0) as usize * SAMPLES;
        let index = ((x - f64::from(self.clip.left)) * SAMPLES as f64 - 0.5).ceil();
        (index.max(0.0) as usize).min(last)
    }
}

/// The least and the greatest.
fn extent(values: [f64; SAMPLES]) -> (f64, f64) {
    (values.into_iter().fold(f64::INFINITY, f64::min), values.into_iter().fold(f64::NEG_INFINITY, f64::max))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn marks(points: &[(f64, f64)], half_width: f64) -> Vec<(i32, i32, f64)> {
        let mut envelope = Envelope::default();
        envelope.start(half_width, Rect::new(0, 0, 200, 150));
        points.iter().try_for_each(|(x, y)| envelope.lead_to(Vertex { x: *x, y: *y })).unwrap();
        let mut marks = Vec::new();
        envelope.cover(&Stop::default(), |x, y, share| marks.push((x, y, share))).unwrap();
        marks
    }

    #[test]
    fn what_a_straight_line_covers_is_its_area() {
        for (dx, dy) in [(100.0, 100.0), (100.0, 13.0), (100.0, 0.0), (20.0, -110.0), (150.0, -60.0), (1.0, 110.0)] {
            for half_width in [0.5, 0.75, 1.0, 2.5] {
                let (x, y) = (20.3, if dy < 0.0 { 130.1 } else { 15.7 });
                let area = f64::hypot(dx, dy) * 2.0 * half_width + std::f64::consts::PI * half_width * half_width;
                let covered: f64 = marks(&[(x, y), (x + dx, y + dy)], half_width).iter().map(|mark| mark.2).sum();
                assert!((covered / area - 1.0).abs() < 0.01, "{dx},{dy} half {half_width}: {covered} for {area}");
            }
        }
    }

    #[test]
    fn every_pixel_is_marked_once() {
        let mut places: Vec<_> = marks(&[(3.0, 3.0), (60.0, 90.0), (60.0, 10.0), (61.0, 80.0), (150.0, 20.0)], 1.5);
        let count = places.len();
        places.sort_by_key(|mark| (mark.0, mark.1));
        places.dedup_by_key(|mark| (mark.0, mark.1));
        assert_eq!(places.len(), count);
    }

    #[test]
    fn a_curve_that_goes_back_is_refused() {
        let mut envelope = Envelope::default();
        envelope.start(1.0, Rect::new(0, 0, 9, 9));
        assert_eq!(envelope.lead_to(Vertex { x: 2.0, y: 1.0 }), Ok(()));
        assert_eq!(envelope.lead_to(Vertex { x: 2.0, y: 5.0 }), Ok(()));
        assert_eq!(envelope.lead_to(Vertex { x: 1.9, y: 5.0 }), Err(GoesBack));
    }

    #[test]
    fn a_stop_ends_a_stroke() {
        let (mut envelope, stop) = (Envelope::default(), Stop::default());
        envelope.start(1.0, Rect::new(0, 0, 9, 9));
        envelope.lead_to(Vertex { x: 2.0, y: 1.0 }).unwrap();
        stop.raise();
        assert_eq!(envelope.cover(&stop, |_, _, _| panic!("marked")), Err(Stopped));
    }
}
