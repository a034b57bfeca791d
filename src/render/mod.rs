//! A scene → pixels → PNG, WebP or JPEG, or a scene → SVG. The only room that knows pixels.
//!
//! [`paint`] is its one door, [`inspect`] reads a file's record, [`Raster`] decodes and compares files.
//!
//! Inside, `draw` hands the scene's shapes to plotters, which draws on `backend` or `svg`. `stroke` and `letters` find out how far each
//! pixel is covered, `canvas` holds the pixels, `png`, `webp` and `jpeg` pack them. Pure: the same scene gives the same bytes on every
//! machine and thread. `frame` reads and draws the SVG that a chart may be set into; `templates` knows frames and themes by name.

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
pub use image_file::{Format, Output, Picture, paint};
pub use inspect::{MOST_BYTES, Unreadable, inspect};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;
