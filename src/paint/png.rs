//! A canvas as a PNG file: with a palette where 256 colours are enough, else RGB. Never an alpha channel and no time.
//!
//! Called by `paint` at the end. Rows are not filtered: flat ground and hairlines repeat from row to row as they are, and that is what the
//! packer looks for. A transparent ground is an entry of the palette, or one colour that stands for nothing.

use super::canvas::Rgb;
use super::deflate::{Packer, Step};
use super::direct::DirectCanvas;
use super::indexed::IndexedCanvas;
use super::palette::GROUND;
use super::rows;
use crate::error::Failure;
use crate::record::Record;
use crate::stop::{Stop, Stopped};
use fearless_simd::Level;
use png::{BitDepth, ColorType, Encoder, EncodingError, chunk};
use std::collections::BTreeMap;

/// Colours that a palette holds.
const PALETTE: usize = 256;

/// Whether the ground shows.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
#[allow(missing_docs)]
pub enum Backing {
    Opaque,
    Transparent,
}

/// What a file has beside the pixels.
#[derive(Debug, Clone, Copy)]
pub struct Wrapping<'a> {
    /// Whether the ground shows.
    pub backing: Backing,
    /// Written as texts, before the pixels.
    pub record: Option<&'a Record>,
}

/// Packs canvases; its memory is used again for the next.
#[derive(Debug, Default)]
pub struct PngEncoder {
    rows: Vec<u8>,
    packed: Vec<u8>,
    packer: Packer,
}

/// What the pixels of a file are.
enum Pixels<'a> {
    Places { colours: &'a [Rgb], alphas: Option<Vec<u8>> },
    Colours { nothing: Option<Rgb> },
}

impl PngEncoder {
    /// The file of a canvas of places. Err is a bug of the encoder.
    pub fn indexed(
        &mut self,
        canvas: &IndexedCanvas,
        Wrapping { backing, record }: Wrapping,
        level: Level,
    ) -> Result<Vec<u8>, Failure> {
        let height = super::canvas::Canvas::bounds(canvas).height as usize;
        rows::of_places(canvas.pixels(), height, &mut self.rows, level);
        let palette = canvas.palette();
        let alphas = (backing == Backing::Transparent).then(|| palette.alphas().to_vec());
        self.file(height, &Pixels::Places { colours: palette.colours(), alphas }, (record, level))
    }

    /// The file of a canvas of colours whose ground is `ground`. Err when `stop` is raised, or a bug of the encoder.
    pub fn direct(
        &mut self,
        canvas: &DirectCanvas,
        ground: Rgb,
        Wrapping { backing, record }: Wrapping,
        (level, stop): (Level, &Stop),
    ) -> Result<Vec<u8>, Failure> {
        let height = super::canvas::Canvas::bounds(canvas).height as usize;
        match few_colours(canvas.pixels(), ground, stop)? {
            Some((colours, places)) => {
                rows::of_places(&places, height, &mut self.rows, level);
                let alphas = (backing == Backing::Transparent).then(|| vec![0]);
                self.file(height, &Pixels::Places { colours: &colours, alphas }, (record, level))
            }
            None => {
                rows::of_colours(canvas.pixels(), height, &mut self.rows);
                let nothing = (backing == Backing::Transparent).then_some(ground);
                self.file(height, &Pixels::Colours { nothing }, (record, level))
            }
        }
    }

    /// The file of the rows.
    fn file(
        &mut self,
        height: usize,
        pixels: &Pixels,
        (record, level): (Option<&Record>, Level),
    ) -> Result<Vec<u8>, Failure> {
        let stride = self.rows.len() / height.max(1);
        let bytes = if matches!(pixels, Pixels::Places { .. }) { 1 } else { 3 };
        self.packed.clear();
        self.packer.pack(&self.rows, Step { pixel: bytes, row: stride }, &mut self.packed, level);
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(self.packed.len() + 1200);
        let mut encoder = Encoder::new(&mut file, side((stride - 1) / bytes), side(height));
        encoder.set_depth(BitDepth::Eight);
        match pixels {
            Pixels::Places { colours, alphas } => {
                encoder.set_color(ColorType::Indexed);
                encoder.set_palette(colours.concat());
                alphas.iter().for_each(|alphas| encoder.set_trns(alphas.clone()));
            }
            Pixels::Colours { nothing } => {
                encoder.set_color(ColorType::Rgb);
                nothing.iter().for_each(|[r, g, b]| encoder.set_trns(vec![0, *r, 0, *g, 0, *b]));
            }
        }
        for (fact, text) in record.map(Record::facts).unwrap_or_default() {
            encoder.add_itxt_chunk(fact.keyword().to_owned(), text.clone()).map_err(bug)?;
        }
        let mut writer = encoder.write_header().map_err(bug)?;
        writer.write_chunk(chunk::IDAT, &self.packed).map_err(bug)?;
        writer.finish().map_err(bug)?;
        Ok(file)
    }
}

fn bug(error: EncodingError) -> Failure {
    Failure::Internal(error.to_string())
}

/// Colours, and for each pixel the place of its own among them.
type Places = (Vec<Rgb>, Vec<u8>);

/// Pixels as places among their colours, the ground first; `None` where they are too many.
fn few_colours(pixels: &[Rgb], ground: Rgb, stop: &Stop) -> Result<Option<Places>, Stopped> {
    let mut known = BTreeMap::from([(ground, GROUND)]);
    let mut colours = vec![ground];
    let mut places = Vec::with_capacity(pixels.len());
    for part in pixels.chunks(1 << 16) {
        stop.check()?;
        for same in part.chunk_by(|a, b| a == b) {
            let place = *known.entry(same[0]).or_insert_with(|| {
                colours.push(same[0]);
                (colours.len() - 1) as u8
            });
            places.resize(places.len() + same.len(), place);
        }
        if colours.len() > PALETTE {
            return Ok(None);
        }
    }
    Ok(Some((colours, places)))
}
