//! One entry of `metrics`, of a picture or of values, in every version of the model.
//!
//! The versions differ by `individual_items` alone: 1.0 has it, and its pairs narrow the series like dimensions; later ones do
//! not know it. Values have no colour.

use super::fields::{Faults, Fields, at_most, list, text};
use super::json::Json;
use super::{Purpose, Rules, fields::integer};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{Colour, Dimension, DisplayText, MetricRef, MetricRequest, Name, Period, Statistic};

/// An entry before it gets the request's period and statistic where it has none of its own.
#[derive(Debug)]
pub(super) struct Item {
    metric: MetricRef,
    colour: Option<Colour>,
    display_name: Option<DisplayText>,
    period: Option<Period>,
    statistic: Option<Statistic>,
}

impl Item {
    /// Reads one entry.
    pub fn read(json: Json, purpose: Purpose, rules: &Rules<'_>) -> Result<Self, Faults> {
        let limits = rules.limits;
        let mut fields = Fields::of(json)?;
        let name = fields.required("name", |json| Name::new(&text(json)?, limits));
        let namespace = fields.required("namespace_name", |json| namespace(json, limits));
        let dimensions = fields.required("dimensions", |json| dimensions(json, limits));
        let dimensions = fields.check("dimensions", dimensions, each_key_once);
        let colour = match purpose {
            Purpose::Picture => fields.optional("color", colour).map(Option::flatten),
            Purpose::Values => Some(None),
        };
        let display_name = fields.optional("display_name", |json| DisplayText::new(&text(json)?, limits));
        let period = fields.optional("period", |json| Period::new(integer(json)?, limits));
        let statistic = fields.optional("statistic_type", |json| (rules.statistic)(&text(json)?));
        let items = match rules.version.has_individual_items() {
            true => fields.optional("individual_items", |json| self::dimensions(json, limits)),
            false => Some(None),
        };
        let narrowed = fields.check("individual_items", dimensions.zip(items), |(dimensions, items)| {
            narrow(dimensions, items.unwrap_or_default(), limits)
        });
        fields.finish(|| {
            Some(Self {
                metric: MetricRef::new(namespace?, name?, narrowed?).ok()?,
                colour: colour?,
                display_name: display_name?.flatten(),
                period: period?,
                statistic: statistic?,
            })
        })
    }

    /// The entry with the request's `period` and `statistic` where it has none.
    pub fn request(self, period: Period, statistic: Statistic) -> MetricRequest {
        MetricRequest {
            metric: self.metric,
            period: self.period.unwrap_or(period),
            statistic: self.statistic.unwrap_or(statistic),
            colour: self.colour,
            display_name: self.display_name,
            split_by: None,
        }
    }
}

/// An empty one is a namespace that there is not.
pub(super) fn namespace(json: Json, limits: &Limits) -> Result<Name, Fault> {
    let text = text(json)?;
    Name::new(&text, limits).map_err(|fault| match text.is_empty() {
        true => Fault { kind: FaultKind::UnknownNamespace, ..fault },
        false => fault,
    })
}

/// An empty string chooses none.
pub(super) fn colour(json: Json) -> Result<Option<Colour>, Fault> {
    match &*text(json)? {
        "" => Ok(None),
        colour => Colour::parse(colour).map(Some),
    }
}

pub(super) fn dimensions(json: Json, limits: &Limits) -> Result<Vec<Dimension>, Faults> {
    list(json, limits.dimensions, |json| dimension(json, limits))
}

fn dimension(json: Json, limits: &Limits) -> Result<Dimension, Faults> {
    let mut fields = Fields::of(json)?;
    let key = fields.required("key", text);
    let key = fields.check("key", key, |key| Dimension::check_key(&key, limits).map(|()| key));
    let value = fields.required("value", text);
    let value = fields.check("value", value, |value| Dimension::check_value(&value, limits).map(|()| value));
    fields.finish(|| Dimension::new(&key?, &value?, limits).ok())
}

pub(super) fn each_key_once(dimensions: Vec<Dimension>) -> Result<Vec<Dimension>, Fault> {
    let comes_again = |(index, dimension): (usize, &Dimension)| {
        dimensions[index + 1..].iter().any(|later| later.key() == dimension.key())
    };
    match dimensions.iter().enumerate().any(comes_again) {
        true => Err(Fault::new(FaultKind::Duplicate, "Each key should come once")),
        false => Ok(dimensions),
    }
}

/// The pairs of both; the same pair in both counts once.
fn narrow(mut dimensions: Vec<Dimension>, items: Vec<Dimension>, limits: &Limits) -> Result<Vec<Dimension>, Fault> {
    for item in items {
        match dimensions.iter().find(|dimension| dimension.key() == item.key()) {
            Some(same) if *same == item => {}
            Some(_) => {
                return Err(Fault::new(FaultKind::Duplicate, "Each key should have one value, dimensions included"));
            }
            None => dimensions.push(item),
        }
    }
    at_most(limits.dimensions, dimensions.len()).map(|()| dimensions)
}
