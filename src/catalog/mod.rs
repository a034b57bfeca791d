//! From a metric's name to a question that a source understands: (namespace, name, dimension keys) → source, query, unit.
//!
//! Pure: rules come in as values from `config`, a [`QueryPlan`] goes out to `source`. Nothing is asked of a source here, and nothing
//! of a caller's text is pasted into a query: it travels as values, and each source escapes them in its own way.

mod check;
mod cost;
mod expressible;
mod fault;
mod offer;
mod plan;
mod rule;
mod rules;
mod template;
mod written;

pub use expressible::{CheckSelector, Inexpressible, Part};
pub use fault::{CatalogError, RuleFault};
pub use offer::{Description, Descriptions, Offer};
pub use plan::{Across, Born, CounterOptions, Precision, SeriesQuery};
pub use plan::{Expression, Kind, Missing, Piece, PlannedFetch, PlannedLine, QueryPlan, Selector, Wanted};
pub use rules::{Catalog, Entry, MeansSeveral};
pub use template::TemplateFault;
pub use written::{WrittenCounter, WrittenDefault, WrittenMeaning, WrittenQuestion, WrittenRule, WrittenSplit};
