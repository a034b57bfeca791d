//! metricshot: turns a chart request into an image of a metric.
//!
//! The modules in the order of the pipeline (`docs/architecture.md` describes it, `tests/it/architecture.rs` checks who imports whom):
//!
//! | module | kind | input → output |
//! | --- | --- | --- |
//! | [`http`] | edge | bytes on a socket → wire body → [`request::ImageRequest`], and a result → response |
//! | [`auth`] | pure | the credentials of a request → a caller, or the reason of the rejection |
//! | [`request`] | pure | values of a chart request, valid by construction |
//! | [`series`] | pure | samples, bucket grids, units, the [`series::Frame`] |
//! | [`catalog`] | pure | (namespace, name, dimensions) → source and query: a [`catalog::QueryPlan`] |
//! | [`admission`] | edge | a plan → its cost estimate, and a permit or a rejection |
//! | [`http_client`] | edge | calls of upstream servers: address policy, credentials, retries |
//! | [`source`] | edge | a plan → points or reasons |
//! | [`rollup`] | pure | samples → one value or a gap per bucket |
//! | [`chart`] | pure | a frame → a [`chart::Scene`] of placed shapes |
//! | [`text`] | pure | fonts: text → its width and glyphs |
//! | [`export`] | pure | a frame → CSV or JSON |
//! | [`named_charts`] | pure | a named chart and its variables → the body of a chart request |
//! | [`provenance`] | pure | a request and its frame → the record inside the image file |
//! | [`render`] | pure | a scene → PNG, WebP, JPEG or SVG |
//! | [`config`] | edge | files, environment and flags → the settings of each module |
//!
//! [`app`] runs the pipeline, one call per stage. [`geometry`], [`error`], [`limits`], [`memory`], [`call`], [`cancel`] and [`clock`] are small and shared;
//! [`otlp`] exports the spans of a request; [`openmetric`] manages what NHN Cloud collects; [`render_pool`] holds the render workers,
//! [`result_cache`] finished charts.
//!
//! Public items that are hidden from this documentation are public only for `fuzz/`.

pub mod admission;
pub mod app;
pub mod auth;
pub mod call;
pub mod cancel;
pub mod catalog;
pub mod chart;
pub mod clock;
pub mod config;
pub mod error;
pub mod export;
pub mod geometry;
pub mod http;
pub mod http_client;
pub mod limits;
pub mod memory;
pub mod named_charts;
pub mod openmetric;
pub mod otlp;
pub mod provenance;
pub mod render;
pub mod render_pool;
pub mod request;
pub mod result_cache;
pub mod rollup;
pub mod series;
pub mod source;
mod suggestion;
pub mod text;
mod trace_context;
