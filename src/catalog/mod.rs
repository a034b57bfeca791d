//! The catalogue maps metrics to queries: (namespace, name, dimension keys) → source, query, unit.
//!
//! Pure: rules come in as values from `config`, a [`QueryPlan`] goes out to `source`. No source is queried here. Client
//! text is never pasted into a query: it stays separate values, and each source escapes them.

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

pub use config::{CounterConfig, DefaultRuleConfig, MeaningConfig, QueryConfig, RuleConfig, SplitConfig};
pub use error::{CatalogError, RuleFault};
pub use expressible::{CheckSelector, Inexpressible, Part};
pub use metric_descriptor::{Description, Descriptions, MetricDescriptor};
pub use plan::{
    Across, Born, CounterOptions, Expression, MetricKind, Missing, Piece, PlannedFetch, PlannedLine, Precision,
    QueryPlan, QueryTarget, Selector, SeriesQuery,
};
pub use query_template::TemplateFault;
pub use rules::{Catalog, Entry, WildcardCheck};
