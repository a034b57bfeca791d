//! A scene → pixels → PNG or WebP, or a scene → SVG. The only room that knows pixels.
//!
//! [`paint`] is its one door, [`inspect`] the way back to a file's record. Inside, `draw` hands the scene's shapes to plotters, which draws on `backend` or `svg`. `stroke` and
//! `letters` find out how far each pixel is covered, `canvas` holds the pixels, `png` and `webp` pack them. Pure: the same scene gives
//! the same bytes on every machine and thread.

mod backend;
mod canvas;
mod dashes;
mod draw;
mod inspect;
mod letters;
mod mask;
mod picture;
mod png;
mod stroke;
mod svg;
mod webp;
mod xml;

pub use inspect::{MOST_BYTES, Unreadable, inspect};
pub use picture::{Format, Output, Picture, paint};

#[cfg(test)]
mod format_tests;
#[cfg(test)]
mod tests;
