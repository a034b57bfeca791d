//! A scene → pixels → PNG: canvas, glyph masks, a drawing backend for plotters. The only room that knows pixels.
