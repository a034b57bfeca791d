//! Encodes a canvas as a PNG file: with a palette of up to 256 colours, else RGB, with alpha only for a translucent
//! background. Without a time.
//!
//! Rows are not filtered: flat background and hairlines repeat from row to row unchanged, which the compressor looks
//! for.

use super::deflate::{Packer, Step};
use crate::cancel::{Stop, Stopped};
use crate::error::Failure;
use crate::provenance::Record;
use crate::render::canvas::RenderContext;
use crate::render::indexed_canvas::IndexedCanvas;
use crate::render::transpose;
use crate::request::Scale;
use fearless_simd::Level;
use png::{BitDepth, ColorType, Encoder, EncodingError, PixelDimensions, Unit, chunk};
use std::collections::BTreeMap;

/// Pixels of scale 1 per inch (CSS Values and Units 4, "absolute lengths").
const CSS_PIXELS_PER_INCH: f64 = 96.0;
const METRES_PER_INCH: f64 = 0.0254;

/// Maximum colours of a palette.
const PALETTE: usize = 256;

/// A PNG encoder whose buffers are reused from one image to the next.
#[derive(Debug, Default)]
pub struct PngEncoder {
    rows: Vec<u8>,
    packed: Vec<u8>,
    packer: Packer,
}

/// Pixel format of a file.
enum Pixels {
    /// Palette indexes; the palette may have alphas.
    Places { colours: Vec<u8>, alphas: Option<Vec<u8>> },
    /// Colours of three bytes, or of four with alpha.
    Colours { bytes: usize },
}

impl PngEncoder {
    /// Returns the file of a palette canvas. Fails only on a bug of the encoder.
    pub fn indexed(
        &mut self,
        canvas: &IndexedCanvas,
        density: Scale,
        record: Option<&Record>,
        level: Level,
    ) -> Result<Vec<u8>, Failure> {
        let height = crate::render::canvas::Canvas::bounds(canvas).height as usize;
        transpose::of_places(canvas.pixels(), height, &mut self.rows, level);
        let pixels = Pixels::Places { colours: canvas.palette().colours().concat(), alphas: None };
        self.file((height, density), pixels, record, level)
    }

    /// Returns the file of colours, opaque or with alpha, stored column by column. Fails when `stop` is raised, or on a
    /// bug of the encoder.
    pub fn direct<const BYTES: usize>(
        &mut self,
        columns: &[[u8; BYTES]],
        (height, density): (usize, Scale),
        record: Option<&Record>,
        RenderContext { level, stop }: RenderContext<'_>,
    ) -> Result<Vec<u8>, Failure> {
        let pixels = match few_colours(columns, stop)? {
            Some((colours, places)) => {
                transpose::of_places(&places, height, &mut self.rows, level);
                let alphas = (BYTES == 4).then(|| colours.iter().filter_map(|colour| colour.last().copied()).collect());
                Pixels::Places { colours: colours.iter().flat_map(|colour| &colour[..3]).copied().collect(), alphas }
            }
            None => {
                transpose::of_colours(columns, height, &mut self.rows);
                Pixels::Colours { bytes: BYTES }
            }
        };
        self.file((height, density), pixels, record, level)
    }

    /// Returns the file of the packed rows.
    fn file(
        &mut self,
        (height, density): (usize, Scale),
        pixels: Pixels,
        record: Option<&Record>,
        level: Level,
    ) -> Result<Vec<u8>, Failure> {
        let stride = self.rows.len() / height.max(1);
        let bytes = if let Pixels::Colours { bytes } = pixels { bytes } else { 1 };
        self.packed.clear();
        self.packer.pack(&self.rows, Step { pixel: bytes, row: stride }, &mut self.packed, level);
        let side = |pixels: usize| u32::try_from(pixels).unwrap_or(u32::MAX);
        let mut file = Vec::with_capacity(self.packed.len() + 1200);
        let mut encoder = Encoder::new(&mut file, side((stride - 1) / bytes), side(height));
        encoder.set_depth(BitDepth::Eight);
        encoder.set_pixel_dims(Some(physical(density)));
        match pixels {
            Pixels::Places { colours, alphas } => {
                encoder.set_color(ColorType::Indexed);
                encoder.set_palette(colours);
                alphas.into_iter().for_each(|alphas| encoder.set_trns(alphas));
            }
            Pixels::Colours { bytes } => encoder.set_color(if bytes == 4 { ColorType::Rgba } else { ColorType::Rgb }),
        }
        for (field, text) in record.map(Record::fields).unwrap_or_default() {
            encoder.add_itxt_chunk(field.keyword().to_owned(), text.clone()).map_err(bug)?;
        }
        let mut writer = encoder.write_header().map_err(bug)?;
        writer.write_chunk(chunk::IDAT, &self.packed).map_err(bug)?;
        writer.finish().map_err(bug)?;
        Ok(file)
    }
}

/// Returns the density of 96 dpi times `scale`, at which programs such as Word show an image in its requested size.
fn physical(scale: Scale) -> PixelDimensions {
    let per_metre = (scale.of_pixels(CSS_PIXELS_PER_INCH) / METRES_PER_INCH + 0.5) as u32;
    PixelDimensions { xppu: per_metre, yppu: per_metre, unit: Unit::Meter }
}

fn bug(error: EncodingError) -> Failure {
    Failure::Internal(error.to_string())
}

/// A palette, and the palette index of each pixel.
type Places<const BYTES: usize> = (Vec<[u8; BYTES]>, Vec<u8>);

/// Converts pixels to palette indexes; `None` with more than 256 colours.
fn few_colours<const BYTES: usize>(pixels: &[[u8; BYTES]], stop: &Stop) -> Result<Option<Places<BYTES>>, Stopped> {
    let mut known = BTreeMap::new();
    let mut places = Vec::with_capacity(pixels.len());
    for part in pixels.chunks(1 << 16) {
        stop.check()?;
        for same in part.chunk_by(|a, b| a == b) {
            let next = known.len();
            let place = *known.entry(same[0]).or_insert(next);
            places.resize(places.len() + same.len(), place as u8);
        }
        if known.len() > PALETTE {
            return Ok(None);
        }
    }
    let mut colours = vec![[0; BYTES]; known.len()];
    known.into_iter().for_each(|(colour, place)| colours[place] = colour);
    Ok(Some((colours, places)))
}
