//! Encoders: PNG with its own packer, WebP, JPEG and SVG.

pub(super) mod deflate;
pub(super) mod huffman;
pub(super) mod jpeg;
pub(super) mod png;
pub(super) mod svg;
pub(super) mod webp;
pub(super) mod xml;
