//! The palette of an indexed image, chosen before drawing, and the mixes of its colours.
//!
//! Every colour of lines and texts has a ramp of steps from the background to itself, so edges over plain background
//! are exact. The remaining palette entries hold mixes over grid lines, then mixes of pairs of colours; any other mix
//! becomes the nearest palette colour. Equal scenes give equal palettes, and cached mixes do not change the result.

use super::canvas::{Coverage, Rgb, mix};
use crate::chart::{Scene, Shape};
use crate::request::Colour;

/// Maximum colours of a palette; the last of the 256 indexes means "not computed yet".
const MAX_COLOURS: usize = 255;
const UNKNOWN: u8 = 255;

/// Palette index of the background.
pub const BACKGROUND: u8 = 0;

/// Steps of a ramp, normally and with many colours.
const STEPS: [usize; 2] = [15, 7];

/// Coverages of grid lines by other lines for which mixes are prepared.
const ON_GRID: [u8; 3] = [4, 8, 12];
/// Pairs of coverages for which mixes are prepared: of the background by one line, and of that by another line.
const ON_LINES: [(u8, u8); 9] = [(15, 8), (15, 4), (15, 12), (8, 8), (8, 4), (8, 12), (4, 8), (12, 8), (4, 4)];

/// The distinct colours of a scene, in order of appearance.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct SceneColours {
    background: Rgb,
    /// Colours of texts.
    letters: Vec<Colour>,
    /// Colours of lines, areas and dots.
    lines: Vec<Colour>,
    /// Colours of rectangles only.
    flats: Vec<Colour>,
}

impl SceneColours {
    /// Collects the colours of `scene`; `None` if any colour or the background is translucent: the number of mixes
    /// would be unbounded.
    pub fn of(scene: &Scene) -> Option<Self> {
        if scene.ground.alpha < 255 || scene.backdrop.is_some() {
            return None;
        }
        let mut scene_colours = Self { background: rgb(scene.ground), ..Self::default() };
        for shape in &scene.shapes {
            let (colours, colour) = match shape {
                Shape::Text { style, .. } => (&mut scene_colours.letters, style.colour),
                Shape::Line { stroke, .. } => (&mut scene_colours.lines, stroke.colour),
                Shape::Area { colour, .. } | Shape::Dots { colour, .. } => (&mut scene_colours.lines, *colour),
                Shape::Fill { colour, .. } => (&mut scene_colours.flats, *colour),
            };
            if colour.alpha < 255 {
                return None;
            }
            if !colours.contains(&colour) {
                colours.push(colour);
            }
        }
        scene_colours.lines.retain(|colour| !scene_colours.letters.contains(colour));
        scene_colours
            .flats
            .retain(|colour| !scene_colours.letters.contains(colour) && !scene_colours.lines.contains(colour));
        Some(scene_colours)
    }

    fn smooth(&self) -> impl Iterator<Item = Colour> + '_ {
        self.letters.iter().chain(&self.lines).copied()
    }
}

/// A palette and its mixes.
#[derive(Debug, Clone)]
pub struct Palette {
    scene_colours: SceneColours,
    colours: Vec<Rgb>,
    /// Palette index of each colour, in the order letters, lines, flats.
    places: Vec<u8>,
    /// Index of the mix for each colour, each coverage and each index below, or [`UNKNOWN`].
    mixes: Vec<u8>,
}

/// A colour of a palette.
#[derive(Debug, Clone, Copy)]
pub struct PaletteColour {
    /// Palette index of the pure colour.
    pub place: u8,
    /// Offset of its mixes.
    table: usize,
    /// The index before its ramp, if the ramp has an entry for each coverage.
    pub before: Option<u8>,
}

/// Number of mixes of one colour.
const TABLE: usize = (Coverage::STEPS as usize + 1) * 256;

impl Palette {
    /// Makes a palette; `None` if even the ramps do not fit.
    pub fn new(scene_colours: SceneColours) -> Option<Self> {
        let needed = |steps| {
            1 + scene_colours.letters.len() * STEPS[0] + scene_colours.lines.len() * steps + scene_colours.flats.len()
        };
        let steps = STEPS.into_iter().find(|&steps| needed(steps) <= MAX_COLOURS)?;
        let mut palette = Self {
            colours: vec![scene_colours.background],
            places: Vec::new(),
            mixes: vec![UNKNOWN; TABLE * (scene_colours.letters.len() + scene_colours.lines.len())],
            scene_colours,
        };
        let scene_colours = palette.scene_colours.clone();
        for (index, colour) in scene_colours.smooth().enumerate() {
            palette.add_ramp(index, colour, if index < scene_colours.letters.len() { STEPS[0] } else { steps });
        }
        for &flat in &scene_colours.flats {
            palette.colours.push(rgb(flat));
            palette.places.push(palette.last());
        }
        palette.add_likely_mixes(&scene_colours);
        Some(palette)
    }

    /// Returns the colours that the palette was made for.
    pub fn scene_colours(&self) -> &SceneColours {
        &self.scene_colours
    }

    /// Returns the palette's colours, by index.
    pub fn colours(&self) -> &[Rgb] {
        &self.colours
    }

    /// Returns the palette entry of a scene's colour; for any other colour the nearest entry.
    pub fn find(&self, colour: Colour) -> PaletteColour {
        let all = self.scene_colours.smooth().chain(self.scene_colours.flats.iter().copied());
        let found = all.zip(0..).find(|(known, _)| *known == colour).map(|(_, index)| index);
        let nearest = || self.nearest(rgb(colour));
        let place = found.and_then(|index: usize| self.places.get(index).copied()).unwrap_or_else(nearest);
        let table = found.unwrap_or(usize::MAX).saturating_mul(TABLE);
        let on_background = |steps: u8| self.mixes.get(table.saturating_add(usize::from(steps) * 256)).copied();
        let before = on_background(1).and_then(|first| first.checked_sub(1));
        let is_whole =
            |before: &u8| (1..=Coverage::STEPS).all(|steps| on_background(steps) == before.checked_add(steps));
        PaletteColour { place, table, before: before.filter(is_whole) }
    }

    /// Returns the palette index of `colour` over `under`.
    #[inline(always)]
    pub fn mixed(&mut self, under: u8, colour: PaletteColour, coverage: Coverage) -> u8 {
        let at = colour.table.saturating_add(usize::from(coverage.steps()) * 256 + usize::from(under));
        match self.mixes.get(at) {
            Some(&known) if known != UNKNOWN => known,
            _ => self.find_mix(at, under, colour, coverage),
        }
    }

    #[cold]
    #[inline(never)]
    fn find_mix(&mut self, at: usize, under: u8, colour: PaletteColour, coverage: Coverage) -> u8 {
        let [red, green, blue] = self.colours[usize::from(colour.place)];
        let colour = Colour { red, green, blue, alpha: 255 };
        let below = self.colours.get(usize::from(under)).copied().unwrap_or(self.scene_colours.background);
        let place = self.nearest(mix(below, colour, coverage));
        if let Some(known) = self.mixes.get_mut(at) {
            *known = place;
        }
        place
    }

    /// Returns the first of the colours with the smallest distance, weighted by perception: 2, 4 and 3 (T. Riemersma,
    /// "Colour metric").
    fn nearest(&self, [red, green, blue]: Rgb) -> u8 {
        let square = |a: u8, b: u8| (i32::from(a) - i32::from(b)) * (i32::from(a) - i32::from(b));
        let distance = |c: &Rgb| 2 * square(c[0], red) + 4 * square(c[1], green) + 3 * square(c[2], blue);
        self.colours.iter().map(distance).zip(0..).min().map_or(BACKGROUND, |(_, place)| place)
    }

    fn last(&self) -> u8 {
        (self.colours.len() - 1) as u8
    }

    /// Adds the steps from the background to a colour, and the step of each coverage of plain background.
    fn add_ramp(&mut self, index: usize, colour: Colour, steps: usize) {
        let before = self.last();
        for step in 1..=steps {
            // With seven steps a colour lies between two coverages: the mix is that of the fraction itself.
            let share = (step * 255 + steps / 2) / steps;
            self.colours.push(mix(
                self.scene_colours.background,
                Colour { alpha: share as u8, ..colour },
                Coverage::FULL,
            ));
        }
        self.places.push(self.last());
        for coverage in 0..=usize::from(Coverage::STEPS) {
            let step = (coverage * steps + usize::from(Coverage::STEPS) / 2) / usize::from(Coverage::STEPS);
            let place = if step == 0 { BACKGROUND } else { before + step as u8 };
            if coverage == usize::from(Coverage::STEPS) {
                self.mixes[index * TABLE + coverage * 256..][..256].fill(place);
            }
            self.mixes[index * TABLE + coverage * 256 + usize::from(BACKGROUND)] = place;
        }
    }

    /// Adds mixes of lines on grid lines, then of lines on lines, the likeliest first, while the palette has free
    /// entries.
    fn add_likely_mixes(&mut self, scene_colours: &SceneColours) {
        let mixed = |under: Rgb, over: Colour, steps| mix(under, over, Coverage::from_steps(steps));
        let on_grid = scene_colours.flats.iter().flat_map(|&flat| {
            scene_colours.lines.iter().flat_map(move |&line| ON_GRID.map(|steps| mixed(rgb(flat), line, steps)))
        });
        let pairs =
            || scene_colours.lines.iter().flat_map(|under| scene_colours.lines.iter().map(move |over| (*under, *over)));
        let on_lines = ON_LINES.iter().flat_map(|&(under_steps, over_steps)| {
            let under = move |under: Colour| mixed(scene_colours.background, under, under_steps);
            pairs().filter(|(a, b)| a != b).map(move |(a, b)| mixed(under(a), b, over_steps))
        });
        for colour in on_grid.chain(on_lines) {
            if self.colours.len() < MAX_COLOURS && !self.colours.contains(&colour) {
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

    fn scene_colours(lines: usize) -> SceneColours {
        let colour = |n: usize| Colour::rgb((n as u32 + 1).wrapping_mul(0x9e_3779));
        SceneColours {
            background: [255; 3],
            letters: vec![Colour::rgb(0x16191f), Colour::rgb(0x5c6670)],
            lines: (0..lines).map(colour).collect(),
            flats: vec![Colour::rgb(0xe8eaed)],
        }
    }

    #[test]
    fn edges_over_plain_background_are_exact() {
        let mut palette = Palette::new(scene_colours(10)).unwrap();
        for colour in palette.scene_colours.clone().smooth() {
            let found = palette.find(colour);
            for steps in 0..=15 {
                let place = palette.mixed(BACKGROUND, found, Coverage::from_steps(steps));
                let expected = mix([255; 3], colour, Coverage::from_steps(steps));
                assert_eq!(palette.colours[usize::from(place)], expected, "{colour} {steps}");
            }
            assert_eq!(palette.colours[usize::from(found.place)], rgb(colour));
        }
    }

    #[test]
    fn thirty_lines_fit_a_palette_and_fifty_do_not() {
        assert_eq!(Palette::new(scene_colours(30)).unwrap().colours.len(), 255);
        assert!(Palette::new(scene_colours(50)).is_none());
    }

    #[test]
    fn a_mix_is_close_and_deterministic() {
        let mut palette = Palette::new(scene_colours(4)).unwrap();
        let (one, other) = (palette.scene_colours.lines[0], palette.scene_colours.lines[1]);
        let (under, over) = (palette.find(one), palette.find(other));
        let place = palette.mixed(under.place, over, Coverage::from_steps(8));
        assert_eq!(palette.colours[usize::from(place)], mix(rgb(one), other, Coverage::from_steps(8)));
        assert_eq!(palette.mixed(under.place, over, Coverage::from_steps(8)), place);
    }
}
