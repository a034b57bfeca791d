//! What a picture has to say, before anything has a place: curves, colours, unit, headings, legend entries, warnings.
//!
//! Made once per picture from request and frame; used by the layout and by everything that draws.

use super::figures::{Figures, figures};
use super::legend::{Entry, Tone};
use super::lines::Curve;
use super::names::{Folded, Label, fold};
use super::theme::Theme;
use super::time_axis::zone_text;
use super::words::{self, Troubles};
use super::{palette, units};
use crate::request::{ChartOptions, Colour, ImageRequest, Language, LegendPlace, Unit};
use crate::series::{Frame, Line, Outcome};

/// Stands between the parts of a sub-title, and between a name and what is said after it.
pub(super) const DOT: &str = " · ";

/// Where a reader finds the name of a picture's only line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedIn {
    /// The title holds it, or there is nothing to name apart.
    Title,
    /// The sub-title; the legend where there is none.
    SubTitle,
    /// The legend.
    Legend,
}

/// Everything that a picture has to say.
#[derive(Debug)]
pub(super) struct Content<'a> {
    /// How it looks.
    pub theme: &'a Theme,
    /// How it is drawn.
    pub chart: &'a ChartOptions,
    /// What is drawn.
    pub frame: &'a Frame,
    /// Of the words that we add.
    pub language: Language,
    /// The zone's name on the axis, as in `KST (UTC+9)`.
    pub zone_text: String,
    /// The headline.
    pub title: Option<&'a str>,
    /// What the lines share in name, statistic and period. The name may be cut, the rest stays.
    pub sub_title: Label,
    /// Where the name of an only line is.
    pub named_in: NamedIn,
    /// One for each line.
    pub entries: Vec<Entry>,
    /// The numbers beside them, as far as they were asked for.
    pub figures: Figures,
    /// What is wrong, the most telling first; empty where all is well.
    pub warnings: Vec<String>,
    /// One for each line, in `unit`.
    pub curves: Vec<Curve>,
    /// One for each line.
    pub colours: Vec<Colour>,
    /// The unit of the value axis; `None` where the lines' units differ.
    pub unit: Option<Unit>,
    /// Lowest and highest value; `None` where there is nothing to draw.
    pub extent: Option<(f64, f64)>,
}

impl<'a> Content<'a> {
    /// Gathers it.
    pub fn new(request: &'a ImageRequest, frame: &'a Frame, theme: &'a Theme) -> Self {
        let lines = &frame.lines;
        let unit = shared_unit(lines);
        let factor = |line: &Line| unit.map_or(1.0, |unit| units::factor(line.unit, unit));
        let curves: Vec<Curve> = lines.iter().map(|line| Curve::new(line, frame.span, factor(line))).collect();
        let extents = curves.iter().filter_map(Curve::extent);
        let extent = extents.reduce(|(low, high), (l, h)| (low.min(l), high.max(h)));
        let colours = palette::colours(lines, theme);
        let title = request.title.as_ref().map(|title| title.as_str());
        let folded = fold(&lines.iter().map(|line| line.label.as_str()).collect::<Vec<_>>());
        let named_in = named_in(lines, title, &request.chart);
        let language = request.language;
        Self {
            sub_title: sub_title(lines, &folded, named_in),
            entries: entries(lines, folded, unit, &curves, &colours, language),
            figures: figures(lines, unit, &factor, &request.chart.legend_values, language),
            warnings: words::warnings(troubles(lines), language),
            zone_text: zone_text(frame.span, &frame.zone),
            theme,
            chart: &request.chart,
            frame,
            language,
            title,
            named_in,
            curves,
            colours,
            unit,
            extent,
        }
    }
}

/// Lines that have nothing to draw have no say, as long as there are others.
fn shared_unit(lines: &[Line]) -> Option<Unit> {
    let has_points =
        |line: &&Line| matches!(&line.outcome, Outcome::Answered(buckets, _) if buckets.points().next().is_some());
    let drawn: Vec<Unit> = lines.iter().filter(has_points).map(|line| line.unit).collect();
    if drawn.is_empty() { units::shared(lines.iter().map(|line| line.unit)) } else { units::shared(drawn) }
}

fn named_in(lines: &[Line], title: Option<&str>, chart: &ChartOptions) -> NamedIn {
    let is_asked_for = match chart.legend {
        LegendPlace::Bottom | LegendPlace::Right => true,
        LegendPlace::Automatic => !chart.legend_values.is_empty(),
        LegendPlace::Hidden => false,
    };
    match lines {
        [] => NamedIn::Title,
        _ if is_asked_for => NamedIn::Legend,
        [line] if title.is_some_and(|title| title.contains(line.label.as_str())) => NamedIn::Title,
        [_] => NamedIn::SubTitle,
        _ if chart.legend == LegendPlace::Hidden => NamedIn::Title,
        _ => NamedIn::Legend,
    }
}

/// A statistic or a period that all lines share, as text.
fn common<T: PartialEq + ToString>(lines: &[Line], of: impl Fn(&Line) -> T) -> Option<String> {
    let first = of(lines.first()?);
    lines.iter().all(|line| of(line) == first).then(|| first.to_string())
}

fn sub_title(lines: &[Line], folded: &Folded, named_in: NamedIn) -> Label {
    let name = match (named_in, lines) {
        (NamedIn::SubTitle, [line, ..]) => line.label.as_str().to_owned(),
        _ => folded.shared.clone(),
    };
    let shared = [common(lines, |line| line.statistic), common(lines, |line| line.period)];
    let suffix = shared.into_iter().flatten().collect::<Vec<_>>().join(DOT);
    let separator = if name.is_empty() || suffix.is_empty() { "" } else { DOT };
    Label { name, suffix: format!("{separator}{suffix}") }
}

fn entries(
    lines: &[Line],
    folded: Folded,
    unit: Option<Unit>,
    curves: &[Curve],
    colours: &[Colour],
    language: Language,
) -> Vec<Entry> {
    let own_statistic = common(lines, |line| line.statistic).is_none();
    let own_period = common(lines, |line| line.period).is_none();
    let symbol = |line: &Line| Some(units::symbol(line.unit)).filter(|symbol| unit.is_none() && !symbol.is_empty());
    let names = lines.iter().zip(folded.rests);
    names
        .zip(curves.iter().zip(colours))
        .map(|((line, name), (curve, &colour))| {
            let state = match line.outcome {
                Outcome::Missing(_) => Some(words::error(language)),
                Outcome::Answered(..) => curve.is_empty().then(|| words::without_data(language)),
            };
            let unit = symbol(line).map(|symbol| format!(" ({symbol})"));
            let said = [
                own_statistic.then(|| line.statistic.to_string()),
                own_period.then(|| line.period.to_string()),
                state.map(str::to_owned),
            ];
            let said = said.into_iter().flatten().map(|text| format!("{DOT}{text}"));
            let suffix: String = unit.into_iter().chain(said).collect();
            Entry {
                label: Label { name, suffix },
                tone: if curve.is_empty() { Tone::Quiet } else { Tone::Drawn(colour) },
            }
        })
        .collect()
}

fn troubles(lines: &[Line]) -> Troubles {
    let count = |of: fn(&Outcome) -> bool| lines.iter().filter(|line| of(&line.outcome)).count();
    Troubles {
        failed: count(|outcome| matches!(outcome, Outcome::Missing(_))),
        incomplete: count(|outcome| matches!(outcome, Outcome::Answered(_, notes) if notes.incomplete)),
        of: lines.len(),
    }
}
