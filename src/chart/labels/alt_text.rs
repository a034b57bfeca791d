//! The text alternative of an image: one sentence in the language of the chart, with the values that a reader would
//! look for.

use super::messages;
use super::number::plain_text;
use crate::chart::annotations::draw;
use crate::chart::chart_model::{ChartModel, SEPARATOR};
use crate::chart::layout::axis_assignment::Side;
use crate::chart::marks::line::Curve;
use crate::request::Unit;
use crate::series::{Line, Outcome};

/// Maximum number of series that are described one by one.
const MAX_DESCRIBED: usize = 5;

/// Returns the title, each series with its last, lowest and highest value, the annotations, and `range`.
pub(in crate::chart) fn sentence(model: &ChartModel, range: &str) -> String {
    let lines = &model.frame.lines;
    let descriptions =
        lines.iter().zip(&model.curves).zip(&model.lines).take(MAX_DESCRIBED).map(|((line, curve), on)| {
            let name = [line.label.as_str(), &line.statistic.to_string(), &line.period.to_string()].join(SEPARATOR);
            let side = match on.side {
                Side::Left => String::new(),
                Side::Right => format!(" ({})", messages::right_axis(model.language)),
            };
            format!("{name}{side}: {}", describe_series(model, line, on.unit, curve))
        });
    let rest = lines.len().saturating_sub(MAX_DESCRIBED);
    let more = (rest > 0).then(|| messages::more(rest, model.language));
    let annotations = draw::describe(model);
    let parts: Vec<String> = descriptions.chain(more).chain(annotations).chain([range.to_owned()]).collect();
    let requested_title = model.heading.title.as_ref().filter(|_| model.heading.is_requested);
    let title = requested_title.map(|title| format!("{title}: ")).unwrap_or_default();
    format!("{title}{}.", parts.join("; "))
}

fn describe_series(model: &ChartModel, line: &Line, unit: Unit, curve: &Curve) -> String {
    let last = curve.points().next_back().map(|(_, value)| value);
    match (&line.outcome, last, curve.extent()) {
        (Outcome::Missing(reason), _, _) => {
            messages::error(*reason, model.language).trim_start_matches("⚠ ").to_owned()
        }
        (_, Some(last), Some((low, high))) => {
            let values = [last, low, high].map(|value| plain_text(value, unit));
            let named = messages::last_low_high(model.language).into_iter().zip(values);
            named.map(|(name, value)| format!("{name} {value}")).collect::<Vec<_>>().join(", ")
        }
        _ => messages::without_data(model.language).to_owned(),
    }
}
