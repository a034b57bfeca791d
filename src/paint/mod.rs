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
mod deflate;
mod difference;
mod direct;
mod draw;
mod frame;
mod frame_check;
mod huffman;
mod indexed;
mod inspect;
mod jpeg;
mod letters;
mod logo;
mod mask;
mod palette;
mod picture;
mod png;
mod raster;
mod rows;
mod stroke;
mod svg;
mod templates;
mod webp;
mod workshop;
mod xml;

pub use deflate::{Packer, Step};
pub use difference::{Difference, Raster};
pub use frame::SvgFrame;
pub use frame_check::FrameFault;
pub use inspect::{MOST_BYTES, Unreadable, inspect};
pub use jpeg::Quality;
pub use picture::{Format, Output, Picture, paint};
pub use raster::Undecodable;
pub use templates::{Template, Templates};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;
