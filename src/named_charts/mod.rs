//! Named charts: chart requests that the operator declares in files, with variables that a URL fills in.
//!
//! Alert templates, wikis and chat bots can only fill in strings: they can neither POST nor sign. A [`NamedChart`] is a
//! chart request in which objects such as `{"variable": "instance"}` stand for whole values; [`NamedChart::body`] puts the
//! values of a query string in their places and returns the body of an ordinary chart request. A value never becomes a
//! piece of a query, so its escaping stays with the sources.

mod declaration;
mod fill;

pub use declaration::{Access, ChartFault, NamedChart, Variable};

#[cfg(test)]
mod tests;
