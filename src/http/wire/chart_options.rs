//! Chart options as JSON, which `render` reads from a file of its own.
//!
//! The ServiceWatch operation has no such field. Read like every body: all faults at once, in the order of the fields, each with its
//! place. What is absent or `null` is as it is without the file.

use super::fields::{Faults, Fields, flag, integer, list, number, text, word};
use super::json::{self, Json};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{
    Annotation, AxisOptions, AxisScale, Background, ChartOptions, Colour, DisplayText, Footer, IncompleteBuckets, Kind,
    LegendPlace, LegendValue, Place, Scale, Span, TemplateName, Unit,
};

const KINDS: [(&str, Kind); 6] = [
    ("line", Kind::Line),
    ("area", Kind::Area),
    ("stacked", Kind::Stacked),
    ("step", Kind::Step),
    ("bar", Kind::Bar),
    ("band", Kind::Band),
];

const LEGEND_PLACES: [(&str, LegendPlace); 4] = [
    ("automatic", LegendPlace::Automatic),
    ("bottom", LegendPlace::Bottom),
    ("right", LegendPlace::Right),
    ("hidden", LegendPlace::Hidden),
];

const LEGEND_VALUES: [(&str, LegendValue); 4] =
    [("min", LegendValue::Min), ("avg", LegendValue::Average), ("max", LegendValue::Max), ("last", LegendValue::Last)];

const AXIS_SCALES: [(&str, AxisScale); 2] = [("linear", AxisScale::Linear), ("log", AxisScale::Logarithmic)];

const GROUNDS: [(&str, Background); 2] = [("opaque", Background::Opaque), ("transparent", Background::Transparent)];

const UNFINISHED: [(&str, IncompleteBuckets); 2] =
    [("marked", IncompleteBuckets::Marked), ("plain", IncompleteBuckets::Plain)];

/// The chart options of a JSON object.
pub fn chart_options(body: &[u8], limits: &Limits) -> Result<ChartOptions, Vec<Fault>> {
    json::parse(body, limits.json_depth).map_err(Faults::from).and_then(|json| options(json, limits)).map_err(|f| f.0)
}

/// A word of `kind`, as [`chart_options`] reads it.
pub fn chart_kind(text: &str) -> Result<Kind, Fault> {
    word(Json::Text(text.into()), &KINDS)
}

fn options(json: Json, limits: &Limits) -> Result<ChartOptions, Faults> {
    let mut fields = Fields::of(json)?;
    let kind = fields.optional("kind", |json| word(json, &KINDS));
    let legend = fields.optional("legend", legend);
    let axis = fields.optional("axis", axis);
    let annotations =
        fields.optional("annotations", |json| list(json, limits.annotations, |json| annotation(json, limits)));
    let template = fields.optional("template", |json| TemplateName::new(&text(json)?));
    let scale = fields.optional("scale", |json| Scale::new(number(json)?));
    let footer = fields.optional("footer", flag);
    let ground = fields.optional("ground", |json| word(json, &GROUNDS));
    let unfinished = fields.optional("unfinished", |json| word(json, &UNFINISHED));
    fields.finish(|| {
        let (legend, legend_values) = legend?.unwrap_or_default();
        Some(ChartOptions {
            kind: kind?.unwrap_or_default(),
            legend,
            legend_values,
            axis: axis?.unwrap_or_default(),
            annotations: annotations?.unwrap_or_default(),
            template: template?,
            scale: scale?.unwrap_or_default(),
            footer: if footer? == Some(true) { Footer::Shown } else { Footer::Hidden },
            ground: ground?.unwrap_or_default(),
            unfinished: unfinished?.unwrap_or_default(),
        })
    })
}

fn legend(json: Json) -> Result<(LegendPlace, Vec<LegendValue>), Faults> {
    let mut fields = Fields::of(json)?;
    let place = fields.optional("place", |json| word(json, &LEGEND_PLACES));
    let values = fields.optional("values", |json| list(json, LEGEND_VALUES.len(), |json| word(json, &LEGEND_VALUES)));
    let values = fields.check("values", values, |values| each_once(values.unwrap_or_default()));
    fields.finish(|| Some((place?.unwrap_or_default(), values?)))
}

fn each_once(values: Vec<LegendValue>) -> Result<Vec<LegendValue>, Fault> {
    match values.iter().enumerate().any(|(index, value)| values[..index].contains(value)) {
        true => Err(Fault::new(FaultKind::Duplicate, "Each value should come once")),
        false => Ok(values),
    }
}

fn axis(json: Json) -> Result<AxisOptions, Faults> {
    let mut fields = Fields::of(json)?;
    let min = fields.optional("min", number);
    let max = fields.optional("max", number);
    let scale = fields.optional("scale", |json| word(json, &AXIS_SCALES)).map(Option::unwrap_or_default);
    let unit = fields.optional("unit", unit);
    let logarithmic = scale == Some(AxisScale::Logarithmic);
    let min = fields.check("min", min, |min| above_zero(min, logarithmic));
    let max = fields.check("max", max, |max| above_zero(max, logarithmic));
    let ends = fields.check("max", min.zip(max), |ends| match ends {
        (Some(min), Some(max)) if min >= max => {
            Err(Fault::new(FaultKind::OutOfRange, "Input should be greater than min"))
        }
        ends => Ok(ends),
    });
    fields.finish(|| {
        let (min, max) = ends?;
        Some(AxisOptions { min, max, scale: scale?, unit: unit? })
    })
}

/// An end of an axis; one with a logarithmic scale has no place for zero and less.
fn above_zero(end: Option<f64>, logarithmic: bool) -> Result<Option<f64>, Fault> {
    match end {
        Some(end) if logarithmic && end <= 0.0 => {
            Err(Fault::new(FaultKind::OutOfRange, "Input should be greater than 0 where scale is 'log'"))
        }
        end => Ok(end),
    }
}

fn unit(json: Json) -> Result<Unit, Fault> {
    Unit::parse(&text(json)?).ok_or_else(|| {
        let text = "Input should be a unit such as 'PERCENT', 'BYTES_PER_SECOND', 'MILLISECONDS' or 'NONE'";
        Fault::new(FaultKind::OutOfRange, text)
    })
}

fn annotation(json: Json, limits: &Limits) -> Result<Annotation, Faults> {
    let mut fields = Fields::of(json)?;
    let value = fields.optional("value", |json| number(json).map(Place::Value));
    let values = fields.optional("values", |json| ordered(json, number).map(|[low, high]| Place::Values(low, high)));
    let instant = |json| Span::instant(integer(json)?, limits);
    let time = fields.optional("time", |json| instant(json).map(Place::Time));
    let times = fields.optional("times", |json| ordered(json, instant).map(|[from, to]| Place::Times(from, to)));
    let label = fields.optional("label", |json| DisplayText::new(&text(json)?, limits));
    let colour = fields.optional("color", |json| Colour::parse(&text(json)?));
    let read = value.zip(values).zip(time.zip(times)).map(|((a, b), (c, d))| [a, b, c, d]);
    let place = fields.check("", read, |read| only(read.into_iter().flatten()));
    fields.finish(|| Some(Annotation { place: place?, label: label?.flatten(), colour: colour? }))
}

/// Two items, the first below the second.
fn ordered<'a, T: PartialOrd + Copy>(
    json: Json<'a>,
    read: impl Fn(Json<'a>) -> Result<T, Fault>,
) -> Result<[T; 2], Faults> {
    match list(json, 2, read)?[..] {
        [first, second] if first < second => Ok([first, second]),
        _ => Err(Fault::new(FaultKind::OutOfRange, "List should have 2 items, the lesser first").into()),
    }
}

/// An annotation is at one place.
fn only(mut places: impl Iterator<Item = Place>) -> Result<Place, Fault> {
    match (places.next(), places.next()) {
        (Some(place), None) => Ok(place),
        _ => {
            let text = "Input should have one of 'value', 'values', 'time' and 'times'";
            Err(Fault::new(FaultKind::MissingField, text))
        }
    }
}
