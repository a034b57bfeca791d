//! A scene → pixels → PNG or WebP, or a scene → SVG. The only room that knows pixels.
//!
//! [`paint`] is its one door, [`inspect`] the way back to a file's record. Inside, `draw` hands the scene's shapes to plotters, which
//! draws on `backend` or `svg`. `stroke` and `letters` find out how far each pixel is covered, `canvas` holds the pixels, `png` and
//! `webp` pack them. Pure: the same scene gives the same bytes on every machine and thread. `frame` reads and draws the SVG that a
//! chart may be set into; `templates` knows frames and themes by name.

mod backend;
mod canvas;
mod dashes;
mod deflate;
mod direct;
mod draw;
mod frame;
mod frame_check;
mod huffman;
mod indexed;
mod inspect;
mod letters;
mod mask;
mod palette;
mod picture;
mod png;
mod rows;
mod stroke;
mod svg;
mod templates;
mod webp;
mod workshop;
mod xml;

pub use frame::SvgFrame;
pub use frame_check::FrameFault;
pub use inspect::{MOST_BYTES, Unreadable, inspect};
pub use picture::{Format, Output, Picture, paint};
pub use templates::{Template, Templates};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;
