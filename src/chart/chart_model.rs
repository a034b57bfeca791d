//! What a picture has to say, before anything has a place: curves, colours, unit, headings, legend entries, warnings.
//!
//! Made once per picture from request and frame; used by the layout and by everything that draws.

use super::labels::messages::SeriesProblems;
use super::labels::shorten::{Folded, Label, fold};
use super::labels::{messages, units};
use super::layout::axis_assignment::{AxesAllowed, AxisAssignment, OnAxis, Side, assign_axes, logarithmic_part};
use super::legend::model::{Emphasis, Entry};
use super::legend::statistics::{LegendStatistics, legend_statistics};
use super::legend::swatch::Swatch;
use super::marks::line::Curve;
use super::palette::LineStyle;
use super::theme::Theme;
use super::time_axis::zone_text;
use super::{marks, palette};
use crate::request::{AxisOptions, AxisScale, ChartOptions, ImageRequest, Kind, Language, LegendPlace, Unit};
use crate::series::{Frame, Line, Outcome};

/// Stands between the parts of a sub-title, and between a name and what is notes after it.
pub(super) const SEPARATOR: &str = " · ";

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
pub(super) struct ChartModel<'a> {
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
    pub statistics: LegendStatistics,
    /// What is wrong, the most telling first; empty where all is well.
    pub warnings: Vec<String>,
    /// Pixel columns to which lines are thinned.
    pub columns: usize,
    /// One for each line, in the unit that it is drawn in.
    pub curves: Vec<Curve>,
    /// For each line, its axis and that unit.
    pub lines: Vec<OnAxis>,
    /// One for each line.
    pub styles: Vec<LineStyle>,
    /// What is asked of the only or left value axis, and the unit of its lines; `None` where they have several.
    pub axis: AxisOptions,
    /// Lowest and highest value that it shows; `None` where there is nothing to draw.
    pub extent: Option<(f64, f64)>,
    /// The axis on the right, if there is one.
    pub right: Option<Right>,
}

/// An axis on the right.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Right {
    /// Of all its lines.
    pub unit: Unit,
    /// Lowest and highest value that it shows.
    pub extent: Option<(f64, f64)>,
}

impl Right {
    /// What it is like.
    pub fn options(&self) -> AxisOptions {
        AxisOptions { unit: Some(self.unit), ..AxisOptions::default() }
    }
}

impl<'a> ChartModel<'a> {
    /// Gathers it for a picture that has room for `allowed` axes.
    pub fn new(request: &'a ImageRequest, frame: &'a Frame, theme: &'a Theme, allowed: AxesAllowed) -> Self {
        let lines = &frame.lines;
        let assignment = assign_axes(
            &lines.iter().map(|line| (line.unit, has_points(line))).collect::<Vec<_>>(),
            request.chart.axis.unit,
            allowed,
        );
        let axis = AxisOptions { unit: assignment.left, ..request.chart.axis };
        let drawn = lines.iter().zip(&assignment.lines).map(|(line, on)| curve(line, *on, frame, request));
        let (curves, undrawn): (Vec<Curve>, Vec<usize>) = drawn.unzip();
        let extent = |side| {
            let on_side = curves.iter().zip(&assignment.lines).filter(|(_, line)| line.side == side);
            marks::extent(request.chart.kind, &on_side.map(|(curve, _)| curve).collect::<Vec<_>>())
        };
        let right = assignment.right.map(|unit| Right { unit, extent: extent(Side::Right) });
        let extent = marks::extent::reach(extent(Side::Left), &request.chart.annotations);
        let styles = palette::line_styles(lines, theme);
        let swatches: Vec<Swatch> = styles.iter().map(|&style| Swatch::of(style, request.chart.kind)).collect();
        let title = request.title.as_ref().map(|title| title.as_str());
        let folded = fold(&lines.iter().map(|line| line.label.as_str()).collect::<Vec<_>>());
        let named_in = named_in(lines, title, &request.chart);
        let language = request.language;
        Self {
            sub_title: sub_title(lines, &folded, named_in),
            entries: entries(lines, folded, &legend_units(&assignment), &curves, &swatches, language),
            statistics: legend_statistics(
                lines,
                assignment.left.filter(|_| right.is_none()),
                &request.chart.legend_values,
                language,
            ),
            warnings: messages::warnings(SeriesProblems { undrawn: undrawn.iter().sum(), ..problems(lines) }, language),
            columns: columns(request),
            zone_text: zone_text(frame.span, &frame.zone),
            theme,
            chart: &request.chart,
            frame,
            language,
            title,
            named_in,
            curves,
            styles,
            lines: assignment.lines,
            axis,
            extent,
            right,
        }
    }

    /// There is nothing to draw.
    pub fn is_empty(&self) -> bool {
        self.curves.iter().all(Curve::is_empty)
    }
}

/// Pixel columns to which lines are thinned. Sums, means, bars and what is dropped below zero need every bucket.
fn columns(request: &ImageRequest) -> usize {
    match (request.chart.kind, request.chart.axis.scale) {
        (Kind::Line | Kind::Area | Kind::Step, AxisScale::Linear) => {
            request.size.times(request.chart.scale).width() as usize
        }
        _ => usize::MAX,
    }
}

/// The points of a line on its axis, and how many of its values that axis cannot show.
fn curve(line: &Line, on: OnAxis, frame: &Frame, request: &ImageRequest) -> (Curve, usize) {
    let curve = Curve::new(line, frame.span, on.factor, columns(request));
    match (on.side, request.chart.axis.scale) {
        (Side::Left, AxisScale::Logarithmic) => logarithmic_part(curve),
        _ => (curve, 0),
    }
}

fn has_points(line: &Line) -> bool {
    matches!(&line.outcome, Outcome::Answered(buckets, _) if buckets.points().next().is_some())
}

/// What the legend says of each line's values: on which axis, or where there is none with its unit, the unit.
fn legend_units(assignment: &AxisAssignment) -> Vec<String> {
    let note = |line: &OnAxis| match (line.side, assignment.left, units::symbol(line.unit)) {
        (Side::Right, ..) => " →".to_owned(),
        (Side::Left, None, symbol) if !symbol.is_empty() => format!(" ({symbol})"),
        (Side::Left, ..) => String::new(),
    };
    assignment.lines.iter().map(note).collect()
}

fn named_in(lines: &[Line], title: Option<&str>, chart: &ChartOptions) -> NamedIn {
    let is_requested = match chart.legend {
        LegendPlace::Bottom | LegendPlace::Right => true,
        LegendPlace::Automatic => !chart.legend_values.is_empty(),
        LegendPlace::Hidden => false,
    };
    match lines {
        [] => NamedIn::Title,
        _ if is_requested => NamedIn::Legend,
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
    let suffix = shared.into_iter().flatten().collect::<Vec<_>>().join(SEPARATOR);
    let separator = if name.is_empty() || suffix.is_empty() { "" } else { SEPARATOR };
    Label { name, suffix: format!("{separator}{suffix}") }
}

fn entries(
    lines: &[Line],
    folded: Folded,
    units: &[String],
    curves: &[Curve],
    swatches: &[Swatch],
    language: Language,
) -> Vec<Entry> {
    let own_statistic = common(lines, |line| line.statistic).is_none();
    let own_period = common(lines, |line| line.period).is_none();
    let names = lines.iter().zip(units).zip(folded.rests);
    names
        .zip(curves.iter().zip(swatches))
        .map(|(((line, unit), name), (curve, &swatch))| {
            let state = match line.outcome {
                Outcome::Missing(reason) => Some(messages::error(reason, language)),
                Outcome::Answered(..) => curve.is_empty().then(|| messages::without_data(language)),
            };
            let notes = [
                own_statistic.then(|| line.statistic.to_string()),
                own_period.then(|| line.period.to_string()),
                state.map(str::to_owned),
            ];
            let notes = notes.into_iter().flatten().map(|text| format!("{SEPARATOR}{text}"));
            let suffix: String = [unit.clone()].into_iter().chain(notes).collect();
            Entry {
                label: Label { name, suffix },
                emphasis: if curve.is_empty() { Emphasis::Secondary } else { Emphasis::Drawn(swatch) },
            }
        })
        .collect()
}

fn truncated(line: &Line) -> usize {
    match &line.outcome {
        Outcome::Answered(_, notes) => notes.truncated,
        Outcome::Missing(_) => 0,
    }
}

fn problems(lines: &[Line]) -> SeriesProblems {
    let count = |of: fn(&Outcome) -> bool| lines.iter().filter(|line| of(&line.outcome)).count();
    SeriesProblems {
        failed: count(|outcome| matches!(outcome, Outcome::Missing(_))),
        incomplete: count(|outcome| matches!(outcome, Outcome::Answered(_, notes) if notes.incomplete)),
        undrawn: 0,
        truncated: lines.iter().map(truncated).sum(),
        of: lines.len(),
    }
}
