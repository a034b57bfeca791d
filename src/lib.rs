//! metricshot: a chart request in, a PNG of a metric out.
//!
//! The house, in the order of the way (`docs/architecture.md` draws it, `tests/it/architecture.rs` holds it):
//!
//! | room | kind | what it turns into what |
//! | --- | --- | --- |
//! | [`http`] | edge | bytes on a socket → wire body → [`request::ImageRequest`], and a result → response |
//! | [`auth`] | pure | what a caller claims → who it is, or why it is not believed |
//! | [`request`] | pure | values of a question that cannot be wrong |
//! | [`series`] | pure | samples, bucket grids, units, the [`series::Frame`] |
//! | [`catalog`] | pure | (namespace, name, dimensions) → which source, which query: a [`catalog::QueryPlan`] |
//! | [`admission`] | edge | a plan → what it costs, and room for it or a refusal |
//! | [`source`] | edge | a plan → points or reasons |
//! | [`rollup`] | pure | samples → one value or a gap per bucket |
//! | [`chart`] | pure | a frame → a [`chart::Scene`] of placed shapes |
//! | [`text`] | pure | fonts: what a text measures and which glyphs it is |
//! | [`provenance`] | pure | a request and its frame → what a picture knows of itself |
//! | [`render`] | pure | a scene → PNG, WebP or SVG |
//! | [`config`] | edge | files, environment and flags → settings of each room |
//!
//! What is public and yet hidden from these pages is so for `fuzz/` alone.
//!
//! [`app`] is the way itself, one call an arrow. [`geometry`], [`error`], [`limits`], [`memory`], [`cancel`] and [`clock`] are small and shared,
//! [`otlp`] passes on what the rooms say of a request; [`pool`] holds the workers that draw.

pub mod admission;
pub mod app;
pub mod auth;
pub mod cancel;
pub mod catalog;
pub mod chart;
pub mod clock;
pub mod config;
pub mod error;
pub mod geometry;
pub mod http;
pub mod limits;
pub mod memory;
pub mod otlp;
pub mod pool;
pub mod provenance;
pub mod render;
pub mod request;
pub mod rollup;
pub mod series;
pub mod source;
pub mod text;
mod trace_context;
