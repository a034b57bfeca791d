//! A scene → pixels → PNG. The only room that knows pixels.
//!
//! [`paint`] is its one door. Inside, `draw` hands the scene's shapes to plotters, `backend` is what plotters draws on, `stroke` and
//! `letters` find out how far each pixel is covered, `canvas` holds the pixels and `png` packs them. Pure: the same scene gives the
//! same bytes on every machine and thread.

mod backend;
mod canvas;
mod deflate;
mod direct;
mod draw;
mod huffman;
mod indexed;
mod letters;
mod mask;
mod palette;
mod picture;
mod png;
mod rows;
mod stroke;
mod workshop;

pub use picture::{Picture, paint};

#[cfg(test)]
mod tests;
