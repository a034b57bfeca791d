//! Charts as lines of words: any input gives a valid request and frame. The targets that render use it.
//!
//! ```text
//! picture 600 400 1 en opaque
//! span 1774738800 86400 3600 Europe/Berlin
//! chart stacked right linear
//! title Spring
//! series PERCENT AVG #0000ff a name      or: missing PERCENT AVG - a name
//! values 1 2 - 3e9                       the buckets' values, repeated; any other word is a gap
//! mark value 90 Threshold                or: band 10 20, time 1774742400
//! ```

use crate::words::{Words, text};
use metricshot::chart::{BUILT_IN, Scene, Theme, compose};
use metricshot::error::Reason;
use metricshot::limits::Limits;
use metricshot::request::{
    Annotation, AxisOptions, AxisScale, Background, ChartOptions, Colour, DisplayText, Footer, ImageRequest,
    IncompleteBuckets, Kind, Language, LegendPlace, LegendValue, Period, Place, Query, Scale, Size, Span, Statistic,
    Unit, Zone,
};
use metricshot::series::{Buckets, Frame, Grid, Line, Notes, Outcome};
use std::sync::Arc;

/// The maximum number of buckets of a line.
const MAX_BUCKETS: i64 = 3000;
/// The maximum number of lines of a chart.
const MAX_LINES: usize = 100;
/// The maximum length of a side, in pixels.
const MAX_SIDE: i64 = 2000;

pub struct Chart {
    pub request: ImageRequest,
    pub frame: Frame,
    theme: Theme,
}

impl Chart {
    /// Parses an input.
    pub fn of(input: &[u8]) -> Self {
        let limits = Limits::default();
        let span = Span::new(1_774_738_800, 1_774_825_200, &limits).expect("a day");
        let size = Size::new(600, 400, &limits).expect("a usual size");
        let query = Query { span, zone: Zone::utc(), metrics: Vec::new() };
        let (title, language, chart) = (None, Language::English, ChartOptions::default());
        let mut read = Self {
            request: ImageRequest { query, title, size, language, chart },
            frame: Frame { span, zone: Zone::utc(), lines: Vec::new(), complete_until: None },
            theme: BUILT_IN[0].1.clone(),
        };
        let mut period = Period::new(3600, &limits).expect("an hour");
        for line in text(input).lines() {
            let (word, rest) = line.split_once(' ').unwrap_or((line, ""));
            match word {
                "picture" => read.picture(Words::of(rest)),
                "span" if read.frame.lines.is_empty() => period = read.span(Words::of(rest)),
                "chart" => read.chart(Words::of(rest)),
                "title" => read.request.title = DisplayText::new(rest, &limits).ok().flatten(),
                "series" | "missing" if read.frame.lines.len() < MAX_LINES => read.line(word, rest, period),
                "values" => read.values(rest),
                "mark" if read.request.chart.annotations.len() < limits.annotations => read.mark(rest),
                _ => {}
            }
        }
        read
    }

    /// Returns the scene of the chart.
    pub fn scene(&self) -> Scene {
        compose(&self.request, &self.frame, &self.theme.clone().into())
    }

    fn picture(&mut self, mut words: Words) {
        let limits = Limits::default();
        let (width, height) = (words.whole(1..=MAX_SIDE), words.whole(1..=MAX_SIDE));
        self.request.size = Size::new(width, height, &limits).expect("within the limits");
        let scale = words.number().and_then(|scale| Scale::new(scale).ok()).unwrap_or_default();
        self.request.language = words.choice([("en", Language::English), ("ko", Language::Korean)]);
        let ground = words.choice([("opaque", Background::Opaque), ("transparent", Background::Transparent)]);
        let theme = words.word();
        self.theme = BUILT_IN.iter().find(|(name, _)| *name == theme).unwrap_or(&BUILT_IN[0]).1.clone();
        let chart = ChartOptions { scale, ground, ..self.request.chart.clone() };
        if let Ok(request) = self.request.clone().with_chart(chart, &limits) {
            self.request = request;
        }
    }

    fn span(&mut self, words: Words) -> Period {
        let (mut words, limits) = (words, Limits::default());
        let (span, period, zone) = words.time();
        (self.frame.span, self.frame.zone) = (span, zone.clone());
        (self.request.query.span, self.request.query.zone) = (span, zone);
        self.frame.complete_until = words.word().parse().ok();
        let least = (span.seconds() / MAX_BUCKETS + 1).max(period.seconds());
        Period::new(least, &limits).unwrap_or(period)
    }

    fn chart(&mut self, mut words: Words) {
        let chart = &mut self.request.chart;
        chart.kind = words.choice([
            ("line", Kind::Line),
            ("area", Kind::Area),
            ("stacked", Kind::Stacked),
            ("step", Kind::Step),
            ("bar", Kind::Bar),
            ("band", Kind::Band),
        ]);
        chart.legend = words.choice([
            ("automatic", LegendPlace::Automatic),
            ("bottom", LegendPlace::Bottom),
            ("right", LegendPlace::Right),
            ("hidden", LegendPlace::Hidden),
        ]);
        let scale = words.choice([("linear", AxisScale::Linear), ("log", AxisScale::Logarithmic)]);
        let possible = |end: &f64| end.is_finite() && (scale == AxisScale::Linear || *end > 0.0);
        let (min, max) = (words.number().filter(possible), words.number().filter(possible));
        let max = max.filter(|max| min.is_none_or(|min| min < *max));
        chart.axis = AxisOptions { min, max, scale, unit: Unit::parse(words.word()) };
        chart.footer = words.choice([("plain", Footer::Hidden), ("footer", Footer::Shown)]);
        chart.unfinished =
            words.choice([("finished", IncompleteBuckets::Plain), ("unfinished", IncompleteBuckets::Marked)]);
        let all = [LegendValue::Min, LegendValue::Average, LegendValue::Max, LegendValue::Last];
        chart.legend_values = all.into_iter().take(usize::try_from(words.whole(0..=4)).expect("small")).collect();
    }

    fn line(&mut self, word: &str, rest: &str, period: Period) {
        let mut words = Words::of(rest);
        let unit = Unit::parse(words.word()).unwrap_or(Unit::NONE);
        let statistic = Statistic::parse_with_percentiles(words.word()).unwrap_or(Statistic::Average);
        let colour = Colour::parse(words.word()).ok();
        let label = DisplayText::lossy(rest.splitn(4, ' ').nth(3).unwrap_or_default());
        let grid = Arc::new(Grid::new(self.frame.span, period, &self.frame.zone));
        let outcome = match word {
            "missing" => Outcome::Missing(Reason::Timeout),
            _ => Outcome::Answered(Buckets::new(grid, []), Notes::default()),
        };
        let metric = self.frame.lines.len();
        self.frame.lines.push(Line { metric, label, colour, statistic, period, unit, outcome });
    }

    fn values(&mut self, rest: &str) {
        let values: Vec<Option<f64>> = Words::of(rest).rest().map(|word| word.parse().ok()).collect();
        let last = self.frame.lines.last_mut().map(|line| &mut line.outcome);
        if let (Some(Outcome::Answered(buckets, _)), false) = (last, values.is_empty()) {
            *buckets =
                Buckets::new(Arc::new(buckets.grid().clone()), values.into_iter().cycle().take(buckets.grid().len()));
        }
    }

    fn mark(&mut self, rest: &str) {
        let mut words = Words::of(rest);
        let (kind, numbers) = (words.word(), [words.number(), words.number()]);
        let finite = numbers.map(|number| number.filter(|number| number.is_finite()));
        let instant = |number: f64| (number as i64).clamp(1, Limits::default().latest_second);
        let place = match (kind, finite) {
            ("value", [Some(value), _]) => Place::Value(value),
            ("band", [Some(low), Some(high)]) if low < high => Place::Values(low, high),
            ("time", [Some(at), None]) => Place::Time(instant(at)),
            ("time", [Some(from), Some(to)]) if instant(from) < instant(to) => Place::Times(instant(from), instant(to)),
            _ => return,
        };
        let label = DisplayText::new(rest, &Limits::default()).ok().flatten();
        self.request.chart.annotations.push(Annotation { place, label, colour: None });
    }
}
