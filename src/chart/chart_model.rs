//! Content of a chart before layout: curves, line styles, units, headings, legend entries and warnings.
//!
//! Built once per image from request and frame; read by the layout and by all drawing code.

use super::focus::Focus;
use super::labels::heading::{Heading, common};
use super::labels::messages::SeriesProblems;
use super::labels::shorten::{Folded, Label, fold};
use super::labels::time_span::SpanText;
use super::labels::{messages, units};
use super::layout::axis_assignment::{AxesAllowed, AxisAssignment, OnAxis, Side, assign_axes, logarithmic_part};
use super::legend::model::{Emphasis, Entry};
use super::legend::statistics::{LegendStatistics, legend_statistics};
use super::legend::swatch::Swatch;
use super::marks::line::Curve;
use super::palette::LineStyle;
use super::theme::Theme;
use super::time_axis::{RangeIn, zone_text};
use super::{marks, palette};
use crate::request::{AxisOptions, AxisScale, ChartOptions, ImageRequest, Kind, Language, LegendPlace, Scale, Unit};
use crate::series::{Frame, Line, Outcome};

/// Separator between the parts of a sub-title, and between a series name and the notes after it.
pub(super) const SEPARATOR: &str = " · ";

/// The text that names the only series of a chart.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum NamedIn {
    /// The title contains the name, or the chart has no series to name.
    Title,
    /// The sub-title; the legend in images without a sub-title.
    SubTitle,
    Legend,
}

/// The content of one chart.
#[derive(Debug)]
pub(super) struct ChartModel<'a> {
    /// Colours and text sizes.
    pub theme: &'a Theme,
    /// Chart options of the request.
    pub chart: &'a ChartOptions,
    /// Device pixels per pixel of the layout.
    pub scale: Scale,
    /// Data, on its grid.
    pub frame: &'a Frame,
    /// Language of the texts that the program adds.
    pub language: Language,
    /// Zone text of the time axis, for example `KST (UTC+9)`.
    pub zone_text: String,
    /// Title and sub-title.
    pub heading: Heading<'a>,
    /// Text that states date and offset if the image has no sub-title.
    pub range_in: RangeIn,
    /// Text that names an only series.
    pub named_in: NamedIn,
    /// Legend entries: one per emphasised series, and the count of the others.
    pub entries: Vec<Entry>,
    /// Requested statistics beside the legend entries.
    pub statistics: LegendStatistics,
    /// Warnings, from the most detailed to the shortest; empty if every series is complete.
    pub warnings: Vec<String>,
    /// Number of pixel columns to which series are thinned.
    pub columns: usize,
    /// Curves, one per series, in the unit of its axis.
    pub curves: Vec<Curve>,
    /// Axis and unit of each series.
    pub lines: Vec<OnAxis>,
    /// Line styles, one per series.
    pub styles: Vec<LineStyle>,
    /// Emphasis of each series.
    pub focus: Focus,
    /// Requested options of the only or left value axis, with the unit of its series; `None` as unit if they have
    /// several.
    pub axis: AxisOptions,
    /// Lowest and highest value on that axis; `None` without data.
    pub extent: Option<(f64, f64)>,
    /// Right value axis, if the chart has one.
    pub right: Option<Right>,
}

/// A right value axis.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(super) struct Right {
    /// Unit of all series on it.
    pub unit: Unit,
    /// Lowest and highest value on it; `None` without data.
    pub extent: Option<(f64, f64)>,
}

impl Right {
    /// Returns axis options with this unit and no requested ends.
    pub fn options(&self) -> AxisOptions {
        AxisOptions { unit: Some(self.unit), ..AxisOptions::default() }
    }
}

impl<'a> ChartModel<'a> {
    /// Builds the model of a chart that may have `allowed` value axes.
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
        let title = request.title.as_ref().map(|title| title.as_str());
        let focus = Focus::new(lines, &curves, request.chart.kind, theme);
        let folded = fold(&lines.iter().map(|line| line.label.as_str()).collect::<Vec<_>>());
        let styles = palette::line_styles(lines, &folded.rests, &focus, theme);
        let swatches: Vec<Swatch> = styles.iter().map(|&style| Swatch::of(style, request.chart.kind)).collect();
        let named_in = named_in(lines, title, &request.chart);
        let language = request.language;
        let zone_text = zone_text(frame.span, &frame.zone);
        let span = SpanText { span: frame.span, zone: &frame.zone, zone_text: &zone_text, language };
        Self {
            heading: Heading::new(lines, &folded, (title, named_in), &span, language),
            range_in: RangeIn::FirstLabel,
            entries: focused_entries(
                entries(lines, folded, &legend_units(&assignment), &curves, &swatches, language),
                &focus,
                language,
            ),
            statistics: legend_statistics(
                lines,
                assignment.left.filter(|_| right.is_none()),
                &request.chart.legend_values,
                language,
            )
            .of(&focus),
            warnings: messages::warnings(SeriesProblems { undrawn: undrawn.iter().sum(), ..problems(lines) }, language),
            columns: columns(request),
            zone_text,
            theme,
            scale: request.chart.scale,
            chart: &request.chart,
            frame,
            language,
            named_in,
            curves,
            styles,
            focus,
            lines: assignment.lines,
            axis,
            extent,
            right,
        }
    }

    /// Returns true if no series has anything to draw.
    pub fn is_empty(&self) -> bool {
        self.curves.iter().all(Curve::is_empty)
    }
}

/// Returns the number of pixel columns to which series are thinned; no thinning for kinds that sum or average, for
/// bars, and for logarithmic axes, which need every bucket.
fn columns(request: &ImageRequest) -> usize {
    match (request.chart.kind, request.chart.axis.scale) {
        (Kind::Line | Kind::Area | Kind::Step, AxisScale::Linear) => {
            request.size.times(request.chart.scale).width() as usize
        }
        _ => usize::MAX,
    }
}

/// Returns the curve of a series on its axis, and the number of values that the axis cannot show.
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

/// Returns the note on axis or unit that the legend adds to each name: an arrow for the right axis, else the unit if
/// the left axis has none.
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
        [line] if title.is_none_or(|title| title.contains(line.label.as_str())) => NamedIn::Title,
        [_] => NamedIn::SubTitle,
        _ if chart.legend == LegendPlace::Hidden => NamedIn::Title,
        _ => NamedIn::Legend,
    }
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
                own_statistic.then(|| messages::statistic(line.statistic, language)),
                own_period.then(|| messages::period(line.period, language)),
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

/// Returns the entries of the emphasised series, and one that counts the others.
fn focused_entries(entries: Vec<Entry>, focus: &Focus, language: Language) -> Vec<Entry> {
    let others = Some(focus.others()).filter(|&others| others > 0).map(|others| Entry {
        label: Label { name: messages::others(others, language), suffix: String::new() },
        emphasis: Emphasis::Secondary,
    });
    focus.of(entries).into_iter().chain(others).collect()
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
