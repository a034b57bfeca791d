//! A canvas as a PNG file: with a palette where 256 colours are enough, else RGB. Never an alpha channel, no time.
//!
//! Called by `paint` at the end. The palette is in the order in which colours appear, so the same canvas gives the same file.
//! Rows are not filtered: flat ground and hairlines repeat from row to row as they are, and measured a fifth smaller that way.

use super::canvas::Canvas;
use crate::error::Failure;
use crate::stop::{Stop, Stopped};
use png::{BitDepth, ColorType, Compression, Encoder, EncodingError, Filter};
use std::collections::BTreeMap;
use std::io::Write;

/// Colours that a palette holds.
const PALETTE: usize = 256;

/// The file, with `texts` before the pixels, each a keyword and what it says. Err when `stop` is raised or the encoder fails, which
/// would be a bug.
pub fn encode(canvas: &Canvas, texts: &[(&'static str, String)], stop: &Stop) -> Result<Vec<u8>, Failure> {
    match Indexed::of(canvas, stop)? {
        Some(Indexed { palette, rows }) => {
            pack(canvas, Some(palette.concat()), rows.iter().map(Vec::as_slice), texts, stop)
        }
        None => pack(canvas, None, canvas.rows().map(<[_]>::as_flattened), texts, stop),
    }
}

fn pack<'a>(
    canvas: &Canvas,
    palette: Option<Vec<u8>>,
    rows: impl Iterator<Item = &'a [u8]>,
    texts: &[(&'static str, String)],
    stop: &Stop,
) -> Result<Vec<u8>, Failure> {
    let mut file = Vec::new();
    let mut encoder =
        Encoder::new(&mut file, canvas.bounds().width.unsigned_abs(), canvas.bounds().height.unsigned_abs());
    encoder.set_depth(BitDepth::Eight);
    encoder.set_color(if palette.is_some() { ColorType::Indexed } else { ColorType::Rgb });
    encoder.set_compression(Compression::Balanced);
    encoder.set_filter(Filter::NoFilter);
    if let Some(palette) = palette {
        encoder.set_palette(palette);
    }
    for (keyword, text) in texts {
        encoder.add_itxt_chunk((*keyword).to_owned(), text.clone()).map_err(bug)?;
    }
    let mut writer = encoder.write_header().map_err(bug)?;
    let mut stream = writer.stream_writer().map_err(bug)?;
    for row in rows {
        stop.check()?;
        stream.write_all(row).map_err(|error| bug(error.into()))?;
    }
    stream.finish().and_then(|()| writer.finish()).map_err(bug)?;
    Ok(file)
}

fn bug(error: EncodingError) -> Failure {
    Failure::Internal(error.to_string())
}

/// A picture whose pixels are places in a palette.
struct Indexed {
    palette: Vec<[u8; 3]>,
    rows: Vec<Vec<u8>>,
}

impl Indexed {
    /// None where the canvas has too many colours.
    fn of(canvas: &Canvas, stop: &Stop) -> Result<Option<Self>, Stopped> {
        let mut places: BTreeMap<[u8; 3], u8> = BTreeMap::new();
        let mut palette = Vec::new();
        let mut rows = Vec::new();
        for row in canvas.rows() {
            stop.check()?;
            let mut indexed = Vec::with_capacity(row.len());
            for same in row.chunk_by(|a, b| a == b) {
                let place = *places.entry(same[0]).or_insert_with(|| {
                    palette.push(same[0]);
                    (palette.len() - 1) as u8
                });
                indexed.resize(indexed.len() + same.len(), place);
            }
            if palette.len() > PALETTE {
                return Ok(None);
            }
            rows.push(indexed);
        }
        Ok(Some(Self { palette, rows }))
    }
}
