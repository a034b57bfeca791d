//! Rendering: a scene → pixels → PNG, WebP or JPEG, or a scene → SVG. The only module that handles pixels.
//!
//! [`paint`] is the entry point, [`inspect`] reads a file's record, [`Raster`] decodes and compares files.
//!
//! `draw` passes the scene's shapes to plotters, which draws on `backend` or on `encode::svg`. `stroke` and
//! `glyph_cache` compute the coverage of each pixel, `canvas` holds the pixels, `encode` compresses them. `frame` reads
//! and renders the SVG decoration around a chart. Pure: equal scenes give equal bytes on every machine and thread.

mod backend;
mod canvas;
mod dashes;
mod decode;
mod diff;
mod draw;
mod encode;
mod frame;
mod glyph_cache;
mod glyph_mask;
mod image_file;
mod indexed_canvas;
mod inspect;
mod palette;
mod rgb_canvas;
mod scratch;
mod stroke;
mod transpose;

pub use decode::Undecodable;
pub use diff::{Difference, Raster};
pub use encode::deflate::{Packer, Step};
pub use encode::jpeg::Quality;
pub use frame::SvgFrame;
pub use frame::cache::{Template, Templates};
pub use frame::validate::FrameFault;
pub use image_file::{Format, Image, Output, paint};
pub use inspect::{MAX_FILE_BYTES, Unreadable, inspect};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;
