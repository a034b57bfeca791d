//! The colours of an indexed picture, chosen before anything is drawn, and what becomes of them where two mix.
//!
//! Every ink has a ramp of steps from the ground to itself, so that edges over plain ground are exact. What room is left goes to mixes over
//! grid lines, then to mixes of pairs; any other mix is the nearest colour there is. Made from a scene by the painter; the same scene
//! gives the same palette, and how a mix was found before changes nothing.

use super::canvas::{Coverage, Rgb, mix};
use crate::chart::{Scene, Shape};
use crate::request::Colour;

/// Colours of a palette; one place of the 256 stays free to say "not known yet".
const MOST: usize = 255;
const UNKNOWN: u8 = 255;

/// The place of the ground.
pub const GROUND: u8 = 0;

/// Steps of a ramp where there is room, and where there are many inks.
const STEPS: [usize; 2] = [15, 7];

/// How far lines cover grid lines in the mixes that are foreseen.
const ON_GRID: [u8; 3] = [4, 8, 12];
/// How far one line covers the ground, and another one it, in the mixes that are foreseen.
const ON_LINES: [(u8, u8); 9] = [(15, 8), (15, 4), (15, 12), (8, 8), (8, 4), (8, 12), (4, 8), (12, 8), (4, 4)];

/// The colours that a scene draws with, each once, in the order in which they come.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Inks {
    ground: Rgb,
    /// Of texts.
    letters: Vec<Colour>,
    /// Of lines, areas and dots.
    lines: Vec<Colour>,
    /// Of rectangles alone.
    flats: Vec<Colour>,
}

impl Inks {
    /// `None` where something shines through, be it the ground: its mixes are beyond counting.
    pub fn of(scene: &Scene) -> Option<Self> {
        if scene.ground.alpha < 255 || scene.backdrop.is_some() {
            return None;
        }
        let mut inks = Self { ground: rgb(scene.ground), ..Self::default() };
        for shape in &scene.shapes {
            let (colours, colour) = match shape {
                Shape::Text { style, .. } => (&mut inks.letters, style.colour),
                Shape::Line { stroke, .. } => (&mut inks.lines, stroke.colour),
                Shape::Area { colour, .. } | Shape::Dots { colour, .. } => (&mut inks.lines, *colour),
                Shape::Fill { colour, .. } => (&mut inks.flats, *colour),
            };
            if colour.alpha < 255 {
                return None;
            }
            if !colours.contains(&colour) {
                colours.push(colour);
            }
        }
        inks.lines.retain(|colour| !inks.letters.contains(colour));
        inks.flats.retain(|colour| !inks.letters.contains(colour) && !inks.lines.contains(colour));
        Some(inks)
    }

    fn smooth(&self) -> impl Iterator<Item = Colour> + '_ {
        self.letters.iter().chain(&self.lines).copied()
    }
}

/// A palette and its mixes.
#[derive(Debug, Clone)]
pub struct Palette {
    inks: Inks,
    colours: Vec<Rgb>,
    /// The place of each ink alone, in the order of letters, lines and flats.
    places: Vec<u8>,
    /// For each ink, each coverage and each place below: the place of the mix, or [`UNKNOWN`].
    mixes: Vec<u8>,
}

/// An ink of a palette.
#[derive(Debug, Clone, Copy)]
pub struct IndexedInk {
    /// Its own place.
    pub place: u8,
    /// Where its mixes begin.
    table: usize,
    /// The place before those of its ramp, where that has a place for each coverage.
    pub before: Option<u8>,
}

/// Mixes of one ink.
const TABLE: usize = (Coverage::STEPS as usize + 1) * 256;

impl Palette {
    /// `None` where even the ramps do not fit.
    pub fn new(inks: Inks) -> Option<Self> {
        let needed = |steps| 1 + inks.letters.len() * STEPS[0] + inks.lines.len() * steps + inks.flats.len();
        let steps = STEPS.into_iter().find(|&steps| needed(steps) <= MOST)?;
        let mut palette = Self {
            colours: vec![inks.ground],
            places: Vec::new(),
            mixes: vec![UNKNOWN; TABLE * (inks.letters.len() + inks.lines.len())],
            inks,
        };
        let inks = palette.inks.clone();
        for (index, ink) in inks.smooth().enumerate() {
            palette.add_ramp(index, ink, if index < inks.letters.len() { STEPS[0] } else { steps });
        }
        for &flat in &inks.flats {
            palette.colours.push(rgb(flat));
            palette.places.push(palette.last());
        }
        palette.add_likely_mixes(&inks);
        Some(palette)
    }

    /// What it was made for.
    pub fn inks(&self) -> &Inks {
        &self.inks
    }

    /// The colours, by their place.
    pub fn colours(&self) -> &[Rgb] {
        &self.colours
    }

    /// The ink of one of the scene's colours; of any other colour the nearest.
    pub fn ink(&self, colour: Colour) -> IndexedInk {
        let all = self.inks.smooth().chain(self.inks.flats.iter().copied());
        let found = all.zip(0..).find(|(ink, _)| *ink == colour).map(|(_, index)| index);
        let nearest = || self.nearest(rgb(colour));
        let place = found.and_then(|index: usize| self.places.get(index).copied()).unwrap_or_else(nearest);
        let table = found.unwrap_or(usize::MAX).saturating_mul(TABLE);
        let on_ground = |steps: u8| self.mixes.get(table.saturating_add(usize::from(steps) * 256)).copied();
        let before = on_ground(1).and_then(|first| first.checked_sub(1));
        let is_whole = |before: &u8| (1..=Coverage::STEPS).all(|steps| on_ground(steps) == before.checked_add(steps));
        IndexedInk { place, table, before: before.filter(is_whole) }
    }

    /// The place of `ink` over `under`.
    #[inline(always)]
    pub fn mixed(&mut self, under: u8, ink: IndexedInk, coverage: Coverage) -> u8 {
        let at = ink.table.saturating_add(usize::from(coverage.steps()) * 256 + usize::from(under));
        match self.mixes.get(at) {
            Some(&known) if known != UNKNOWN => known,
            _ => self.find_mix(at, under, ink, coverage),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_mix(&mut self, at: usize, under: u8, ink: IndexedInk, coverage: Coverage) -> u8 {
        let [red, green, blue] = self.colours[usize::from(ink.place)];
        let colour = Colour { red, green, blue, alpha: 255 };
        let below = self.colours.get(usize::from(under)).copied().unwrap_or(self.inks.ground);
        let place = self.nearest(mix(below, colour, coverage));
        if let Some(known) = self.mixes.get_mut(at) {
            *known = place;
        }
        place
    }

    /// The first of the colours with the least distance, weighted as eyes do: 2, 4 and 3 (T. Riemersma, "Colour metric").
    fn nearest(&self, [red, green, blue]: Rgb) -> u8 {
        let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)) * (i32::from(a) - i32::from(b));
        let distance = |c: &Rgb| 2 * square(c[0], red) + 4 * square(c[1], green) + 3 * square(c[2], blue);
        self.colours.iter().map(distance).zip(0..).min().map_or(GROUND, |(_, place)| place)
    }

    fn last(&self) -> u8 {
        (self.colours.len() - 1) as u8
    }

    /// The steps from the ground to an ink, and which of them each coverage of plain ground takes.
    fn add_ramp(&mut self, index: usize, ink: Colour, steps: usize) {
        let before = self.last();
        for step in 1..=steps {
            // With seven steps a colour lies between two coverages: the mix is that of the share itself.
            let share = (step * 255 + steps / 2) / steps;
            self.colours.push(mix(self.inks.ground, Colour { alpha: share as u8, ..ink }, Coverage::FULL));
        }
        self.places.push(self.last());
        for coverage in 0..=usize::from(Coverage::STEPS) {
            let step = (coverage * steps + usize::from(Coverage::STEPS) / 2) / usize::from(Coverage::STEPS);
            let place = if step == 0 { GROUND } else { before + step as u8 };
            if coverage == usize::from(Coverage::STEPS) {
                self.mixes[index * TABLE + coverage * 256..][..256].fill(place);
            }
            self.mixes[index * TABLE + coverage * 256 + usize::from(GROUND)] = place;
        }
    }

    /// Lines on grid lines, then lines on lines, the likeliest first, as far as there is room.
    fn add_likely_mixes(&mut self, inks: &Inks) {
        let mixed = |under: Rgb, over: Colour, steps| mix(under, over, Coverage::of_steps(steps));
        let on_grid = inks.flats.iter().flat_map(|&flat| {
            inks.lines.iter().flat_map(move |&line| ON_GRID.map(|steps| mixed(rgb(flat), line, steps)))
        });
        let pairs = || inks.lines.iter().flat_map(|under| inks.lines.iter().map(move |over| (*under, *over)));
        let on_lines = ON_LINES.iter().flat_map(|&(under_steps, over_steps)| {
            let under = move |under: Colour| mixed(inks.ground, under, under_steps);
            pairs().filter(|(a, b)| a != b).map(move |(a, b)| mixed(under(a), b, over_steps))
        });
        for colour in on_grid.chain(on_lines) {
            if self.colours.len() < MOST && !self.colours.contains(&colour) {
                self.colours.push(colour);
            }
        }
    }
}

fn rgb(colour: Colour) -> Rgb {
    [colour.red, colour.green, colour.blue]
}

#[cfg(test)]
mod tests {
    use super::*;

    fn inks(lines: usize) -> Inks {
        let colour = |n: usize| Colour::rgb((n as u32 + 1).wrapping_mul(0x9e_3779));
        Inks {
            ground: [255; 3],
            letters: vec![Colour::rgb(0x16191f), Colour::rgb(0x5c6670)],
            lines: (0..lines).map(colour).collect(),
            flats: vec![Colour::rgb(0xe8eaed)],
        }
    }

    #[test]
    fn edges_over_plain_ground_are_exact() {
        let mut palette = Palette::new(inks(10)).unwrap();
        for colour in palette.inks.clone().smooth() {
            let ink = palette.ink(colour);
            for steps in 0..=15 {
                let place = palette.mixed(GROUND, ink, Coverage::of_steps(steps));
                let expected = mix([255; 3], colour, Coverage::of_steps(steps));
                assert_eq!(palette.colours[usize::from(place)], expected, "{colour} {steps}");
            }
            assert_eq!(palette.colours[usize::from(ink.place)], rgb(colour));
        }
    }

    #[test]
    fn thirty_lines_have_room_and_fifty_have_not() {
        assert_eq!(Palette::new(inks(30)).unwrap().colours.len(), 255);
        assert!(Palette::new(inks(50)).is_none());
    }

    #[test]
    fn a_mix_is_near_what_it_should_be_and_always_the_same() {
        let mut palette = Palette::new(inks(4)).unwrap();
        let (one, other) = (palette.inks.lines[0], palette.inks.lines[1]);
        let (under, over) = (palette.ink(one), palette.ink(other));
        let place = palette.mixed(under.place, over, Coverage::of_steps(8));
        assert_eq!(palette.colours[usize::from(place)], mix(rgb(one), other, Coverage::of_steps(8)));
        assert_eq!(palette.mixed(under.place, over, Coverage::of_steps(8)), place);
    }
}
