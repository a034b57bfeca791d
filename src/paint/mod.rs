//! A scene → pixels → PNG. The only room that knows pixels.
//!
//! [`paint`] is its one door. Inside, `draw` hands the scene's shapes to plotters, `backend` is what plotters draws on, `stroke` and
//! `letters` find out how far each pixel is covered, `canvas` holds the pixels and `png` packs them. Pure: the same scene gives the
//! same bytes on every machine and thread. `frame` reads and draws the SVG that a chart may be set into; `templates` knows frames and
//! themes by name.

mod backend;
mod canvas;
mod deflate;
mod direct;
mod draw;
mod frame;
mod frame_check;
mod huffman;
mod indexed;
mod letters;
mod mask;
mod palette;
mod picture;
mod png;
mod rows;
mod stroke;
mod templates;
mod workshop;

pub use frame::SvgFrame;
pub use frame_check::FrameFault;
pub use picture::{Picture, paint};
pub use templates::{Template, Templates};

#[cfg(test)]
mod tests;
