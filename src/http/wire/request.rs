//! The bodies of DownloadMetricDataImage and ListMetricData, which ask for the same metrics in the same way.
//!
//! The first five fields are common to both; a picture has a title, a time zone and a size besides.

use super::fields::{Fields, integer, list, text};
use super::metric::Item;
use super::{Purpose, Rules, body_fields};
use crate::error::{Fault, FaultKind};
use crate::request::{
    ChartOptions, DisplayText, ImageRequest, Language, MetricRequest, Period, Query, Size, Span, Zone,
};

/// Pixels where the caller gives no `width`: the vendor's default.
const WIDTH: u32 = 1400;
/// Pixels where the caller gives no `height`: the vendor's default.
const HEIGHT: u32 = 500;

/// The question of a picture's body.
pub fn image_request(body: &[u8], language: Language, rules: &Rules<'_>) -> Result<ImageRequest, Vec<Fault>> {
    let limits = rules.limits;
    let mut fields = body_fields(body, rules).map_err(|fault| vec![fault])?;
    let question = question(&mut fields, Purpose::Picture, rules);
    let title = fields.optional("title", |json| DisplayText::new(&text(json)?, limits));
    let zone = fields.optional("timezone", |json| rules.zones.zone(&text(json)?));
    let width = fields.optional("width", |json| Size::check_width(integer(json)?, limits));
    let height = fields.optional("height", |json| Size::check_height(integer(json)?, limits));
    let size = fields.check("height", width.zip(height), |(width, height)| {
        Size::new(width.unwrap_or(WIDTH).into(), height.unwrap_or(HEIGHT).into(), limits)
    });
    let request = fields.finish(|| {
        let (span, metrics) = question?;
        let query = Query { span, zone: zone?.unwrap_or_else(Zone::utc), metrics };
        Some(ImageRequest { query, title: title?.flatten(), size: size?, language, chart: ChartOptions::default() })
    });
    request.map_err(|faults| faults.0)
}

/// The question of a body that asks for values. They have no time zone, so days are those of UTC.
pub fn data_request(body: &[u8], rules: &Rules<'_>) -> Result<Query, Vec<Fault>> {
    let mut fields = body_fields(body, rules).map_err(|fault| vec![fault])?;
    let question = question(&mut fields, Purpose::Values, rules);
    let query = fields.finish(|| question.map(|(span, metrics)| Query { span, zone: Zone::utc(), metrics }));
    query.map_err(|faults| faults.0)
}

/// Reads the fields that both bodies share.
fn question(fields: &mut Fields<'_>, purpose: Purpose, rules: &Rules<'_>) -> Option<(Span, Vec<MetricRequest>)> {
    let limits = rules.limits;
    let start = fields.required("start", |json| Span::instant(integer(json)?, limits));
    let end = fields.required("end", |json| Span::instant(integer(json)?, limits));
    let span = fields.check("end", start.zip(end), |(start, end)| Span::new(start, end, limits));
    let period = fields.required("period", |json| Period::new(integer(json)?, limits));
    let statistic = fields.required("statistic_type", |json| (rules.statistic)(&text(json)?));
    let items = fields.required("metrics", |json| list(json, limits.metrics, |json| Item::read(json, purpose, rules)));
    let items = fields.check("metrics", items, at_least_one);
    let (period, statistic) = period.zip(statistic)?;
    let metrics = items?.into_iter().map(|item| item.request(period, statistic)).collect();
    Some((span?, metrics))
}

fn at_least_one(items: Vec<Item>) -> Result<Vec<Item>, Fault> {
    match items.is_empty() {
        true => Err(Fault::new(FaultKind::Empty, "List should have at least 1 item after validation, not 0")),
        false => Ok(items),
    }
}
