//! From a metric's name to a question that a source understands: (namespace, name, dimension keys) → source, query, unit.
//!
//! Pure: rules come in as values from `config`, a [`QueryPlan`] goes out to `source`. Nothing is asked of a source here, and nothing
//! of a caller's text is pasted into a query: it travels as values, and each source escapes them in its own way.

mod check;
mod config;
mod cost;
mod error;
mod expressible;
mod metric_descriptor;
mod plan;
mod query_template;
mod rule;
mod rules;

pub use config::{WrittenCounter, WrittenDefault, WrittenMeaning, WrittenQuestion, WrittenRule, WrittenSplit};
pub use error::{CatalogError, RuleFault};
pub use expressible::{CheckSelector, Inexpressible, Part};
pub use metric_descriptor::{Description, Descriptions, Offer};
pub use plan::{
    Across, Born, CounterOptions, Expression, Kind, Missing, Piece, PlannedFetch, PlannedLine, Precision, QueryPlan,
    Selector, SeriesQuery, Wanted,
};
pub use query_template::TemplateFault;
pub use rules::{Catalog, Entry, MeansSeveral};
