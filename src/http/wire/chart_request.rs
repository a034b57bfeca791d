//! The body of `POST /v1/charts`: a ServiceWatch body with more fields.
//!
//! Everything relative is resolved here, so that equal charts of one minute are equal requests.

use super::chart_options::read_options;
use super::fields::{Faults, Fields, integer, list, text};
use super::json::Json;
use super::metric::{colour, dimensions, each_key_once, namespace};
use super::{Rules, body_fields};
use crate::error::{Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{
    ChartFormat, Colour, Dimension, DisplayText, ImageRequest, Language, MetricRef, MetricRequest, Moment, Name,
    Period, PeriodChoice, Query, Size, Span, SplitBy, Statistic, Zone,
};
use std::borrow::Cow;

/// Default width in pixels: the vendor's.
const WIDTH: u32 = 1400;
/// Default height in pixels: the vendor's.
const HEIGHT: u32 = 500;
/// Relative times count from the present, floored to this many seconds, or to the period if that is shorter.
const NOW_STEP: i64 = 60;

/// Fields of a chart request.
pub const CHART_FIELDS: &[&str] = &[
    "start",
    "end",
    "period",
    "statistic_type",
    "metrics",
    "title",
    "timezone",
    "width",
    "height",
    "kind",
    "legend",
    "axis",
    "annotations",
    "theme",
    "scale",
    "footer",
    "background",
    "incomplete",
    "format",
];

/// Fields of an entry of `metrics`.
pub const METRIC_FIELDS: &[&str] = &[
    "name",
    "namespace_name",
    "dimensions",
    "color",
    "display_name",
    "period",
    "statistic_type",
    "split_by",
    "limit",
    "order",
    "label",
];

/// The present and the catalogue's knowledge, as values.
#[derive(Clone, Copy)]
pub struct ChartContext<'a> {
    /// The present in Unix seconds.
    pub now: i64,
    /// Returns the seconds between two samples of a metric: no automatic period is shorter.
    pub resolution: &'a dyn Fn(&MetricRef) -> i64,
}

/// A chart request: what to draw, and as which format.
#[derive(Debug, Clone, PartialEq)]
pub struct ChartRequest {
    /// The chart.
    pub image: ImageRequest,
    /// Requested format; `None` if the body names none.
    pub format: Option<ChartFormat>,
}

/// Reads the body of a chart request. Fails with every fault, in the order of the fields.
pub fn chart_request(
    body: &[u8],
    language: Language,
    context: ChartContext<'_>,
    rules: &Rules<'_>,
) -> Result<ChartRequest, Vec<Fault>> {
    let limits = rules.limits;
    let mut fields = body_fields(body, rules).map_err(|fault| vec![fault])?;
    let start = fields.required("start", |json| moment(json, limits));
    let end = fields.optional("end", |json| moment(json, limits));
    let period = fields.optional("period", |json| period(json, limits));
    let statistic = fields.optional("statistic_type", |json| (rules.statistic)(&text(json)?));
    let metrics = fields.required("metrics", |json| list(json, limits.metrics, |json| Metric::read(json, rules)));
    let metrics = fields.check("metrics", metrics, at_least_one);
    let title = fields.optional("title", |json| DisplayText::new(&text(json)?, limits));
    let zone = fields.optional("timezone", |json| rules.zones.zone(&text(json)?));
    let width = fields.optional("width", |json| Size::check_width(integer(json)?, limits));
    let height = fields.optional("height", |json| Size::check_height(integer(json)?, limits));
    let size = fields.check("height", width.zip(height), |(width, height)| {
        Size::new(width.unwrap_or(WIDTH).into(), height.unwrap_or(HEIGHT).into(), limits)
    });
    let options = read_options(&mut fields, limits);
    let format = fields.optional("format", |json| ChartFormat::parse(&text(json)?));

    let zone = zone.map(|zone| zone.unwrap_or_else(Zone::utc));
    let period = period.map(|period| period.unwrap_or(PeriodChoice::Automatic));
    let ends = start.zip(end).zip(zone.clone()).zip(period);
    let span = ends.and_then(|(((start, end), zone), period)| {
        let step = if let PeriodChoice::Fixed(period) = period { period.seconds().min(NOW_STEP) } else { NOW_STEP };
        let now = context.now - context.now.rem_euclid(step);
        let start = fields.check("start", Some(start), |start| second(start, now, &zone, limits));
        let end = end.unwrap_or_else(Moment::now);
        let end = fields.check("end", Some(end), |end| second(end, now, &zone, limits));
        fields.check("end", start.zip(end), |(start, end)| Span::new(start, end, limits))
    });
    let image = span.zip(metrics).zip(zone).zip(size).and_then(|(((span, metrics), zone), size)| {
        let resolution = metrics.iter().map(|metric| (context.resolution)(&metric.metric)).max().unwrap_or(1);
        let statistic = statistic?.unwrap_or(Statistic::Average);
        let metrics = metrics.into_iter().map(|metric| {
            let choice = metric.period.or(period)?;
            Some(metric.request(choice.period(span.seconds(), size.width(), resolution, limits), statistic))
        });
        let query = Query { span, zone, metrics: metrics.collect::<Option<_>>()? };
        Some(ImageRequest { query, title: title?.flatten(), size, language, chart: Default::default() })
    });
    let image = fields.check("", image.zip(options), |(image, options)| image.with_chart(options, limits));
    let request = fields.finish(|| Some(ChartRequest { image: image?, format: format? }));
    request.map_err(|faults| faults.0)
}

/// An entry of `metrics` before it gets the request's period and statistic.
struct Metric {
    metric: MetricRef,
    colour: Option<Colour>,
    display_name: Option<DisplayText>,
    period: Option<PeriodChoice>,
    statistic: Option<Statistic>,
    split_by: Option<SplitBy>,
}

impl Metric {
    fn read(json: Json, rules: &Rules<'_>) -> Result<Self, Faults> {
        let limits = rules.limits;
        let mut fields = Fields::of(json)?;
        let name = fields.required("name", |json| Name::new(&text(json)?, limits));
        let namespace = fields.required("namespace_name", |json| self::namespace(json, limits));
        let dimensions = fields.optional("dimensions", |json| pairs(json, limits)).map(Option::unwrap_or_default);
        let dimensions = fields.check("dimensions", dimensions, each_key_once);
        let colour = fields.optional("color", self::colour).map(Option::flatten);
        let display_name = fields.optional("display_name", |json| DisplayText::new(&text(json)?, limits));
        let period = fields.optional("period", |json| self::period(json, limits));
        let statistic = fields.optional("statistic_type", |json| (rules.statistic)(&text(json)?));
        let keys =
            fields.optional("split_by", |json| list(json, limits.dimensions, |json| text(json).map(Cow::into_owned)));
        let limit = fields.optional("limit", integer);
        let order = fields.optional("order", |json| text(json).map(Cow::into_owned));
        let label = fields.optional("label", |json| text(json).map(Cow::into_owned));
        let split =
            keys.zip(limit).zip(order).zip(label).map(|(((keys, limit), order), label)| (keys, limit, order, label));
        let split_by = fields.check("split_by", split, |split| match split {
            (Some(keys), limit, order, label) => {
                SplitBy::new(keys, limit, order.as_deref(), label.as_deref()).map(Some).map_err(|faults| {
                    let texts: Vec<String> = faults.iter().map(ToString::to_string).collect();
                    Fault::new(FaultKind::OutOfRange, texts.join("; "))
                })
            }
            (None, None, None, None) => Ok(None),
            (None, ..) => Err(Fault::new(FaultKind::MissingField, "Field required beside limit, order or label")),
        });
        fields.finish(|| {
            Some(Self {
                metric: MetricRef::new(namespace?, name?, dimensions?).ok()?,
                colour: colour?,
                display_name: display_name?.flatten(),
                period: period?,
                statistic: statistic?,
                split_by: split_by?,
            })
        })
    }

    fn request(self, period: Period, statistic: Statistic) -> MetricRequest {
        MetricRequest {
            metric: self.metric,
            period,
            statistic: self.statistic.unwrap_or(statistic),
            colour: self.colour,
            display_name: self.display_name,
            split_by: self.split_by,
        }
    }
}

/// Reads an end of the range: Unix seconds, or a text of [`Moment::parse`].
fn moment(json: Json, limits: &Limits) -> Result<Moment, Fault> {
    match json {
        Json::Text(text) => Moment::parse(&text),
        number => Span::instant(integer(number)?, limits).map(Moment::At),
    }
}

fn second(moment: Moment, now: i64, zone: &Zone, limits: &Limits) -> Result<i64, Fault> {
    Span::instant(moment.second(now, zone).unwrap_or(i64::MAX), limits)
}

/// Reads a period: seconds, or a text of [`PeriodChoice::parse`].
fn period(json: Json, limits: &Limits) -> Result<PeriodChoice, Fault> {
    match json {
        Json::Text(text) => PeriodChoice::parse(&text, limits),
        number => Period::new(integer(number)?, limits).map(PeriodChoice::Fixed),
    }
}

/// Reads dimensions: an object, or the vendor's list of keys and values.
fn pairs(json: Json, limits: &Limits) -> Result<Vec<Dimension>, Faults> {
    let Json::Object(entries) = json else { return dimensions(json, limits) };
    super::fields::at_most(limits.dimensions, entries.len())?;
    let (mut pairs, mut faults) = (Vec::with_capacity(entries.len()), Faults::default());
    for (key, value) in entries {
        match text(value).and_then(|value| Dimension::new(&key, &value, limits)) {
            Ok(dimension) => pairs.push(dimension),
            Err(fault) => faults.extend(&crate::error::excerpt(&key), fault),
        }
    }
    if faults.0.is_empty() { Ok(pairs) } else { Err(faults) }
}

fn at_least_one(metrics: Vec<Metric>) -> Result<Vec<Metric>, Fault> {
    match metrics.is_empty() {
        true => Err(Fault::new(FaultKind::Empty, "List should have at least 1 item after validation, not 0")),
        false => Ok(metrics),
    }
}
