//! The heading of a chart: title, and a sub-title that states name, statistic, period, range and zone once.

use super::messages;
use super::shorten::{Folded, cut_end};
use super::time_span::SpanText;
use crate::chart::chart_model::{NamedIn, SEPARATOR};
use crate::request::{Language, Period, Statistic};
use crate::series::Line;
use std::borrow::Cow;

/// Separator between the parts of a name in the contract's display names.
const BAR: &str = " | ";
/// Number of details that state all of statistic, period, days and zone.
const COMPLETE: usize = 3;
/// Minimum number of characters of a name that is cut at its end.
const MIN_NAME: usize = 8;

/// Title and sub-title.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub(in crate::chart) struct Heading<'a> {
    /// Requested title, else the name that all series share.
    pub title: Option<Cow<'a, str>>,
    /// True if the request has a title.
    pub is_requested: bool,
    /// Name that all series share and the title does not contain.
    pub name: String,
    /// Statistic, period, range and zone, from the full text to the shortest; empty if the chart states them elsewhere.
    pub details: Vec<String>,
}

impl<'a> Heading<'a> {
    /// Returns the heading of `lines`, whose names are `folded`.
    pub fn new(
        lines: &[Line],
        folded: &Folded,
        (title, named_in): (Option<&'a str>, NamedIn),
        span: &SpanText,
        language: Language,
    ) -> Self {
        let shared = match lines {
            [line] => line.label.as_str(),
            _ => &folded.shared,
        };
        let statistic = common(lines, |line| line.statistic);
        let name = joined(shared, statistic);
        let details = details(statistic, common(lines, |line| line.period), span, language);
        let is_requested = title.is_some();
        let is_in_legend = lines.len() == 1 && named_in == NamedIn::Legend;
        let is_known = |title: &str| title.contains(shared) || title.contains(&name);
        match title {
            Some(title) if is_in_legend || is_known(title) => {
                Self { title: Some(title.into()), is_requested, name: String::new(), details }
            }
            Some(title) => Self { title: Some(title.into()), is_requested, name, details },
            None if name.is_empty() => Self { title: None, is_requested, name, details },
            None => Self { title: Some(name.into()), is_requested, name: String::new(), details },
        }
    }

    /// Returns the sub-title if `fits` accepts a text: with the whole name if possible, else with its beginning, else
    /// without it.
    pub fn sub_title(&self, fits: &dyn Fn(&str) -> bool) -> String {
        let with = |name: &str, details: &str| format!("{name}{SEPARATOR}{details}");
        let Some(full) = self.details.first() else { return String::new() };
        let cut = || {
            let name = cut_end(&self.name, &|name| fits(&with(name, full)))?;
            (name.chars().count() > MIN_NAME).then(|| with(&name, full))
        };
        let named = || self.with_whole_name(fits).or_else(cut).filter(|_| !self.name.is_empty());
        let alone = || self.details.iter().find(|details| fits(details)).cloned();
        named().or_else(alone).unwrap_or_default()
    }

    /// Returns true if a sub-title with the whole name fits.
    pub fn fits_whole(&self, fits: &dyn Fn(&str) -> bool) -> bool {
        self.name.is_empty() || self.with_whole_name(fits).is_some()
    }

    /// Returns the longest sub-title with the whole name and with all of statistic, period, days and zone.
    fn with_whole_name(&self, fits: &dyn Fn(&str) -> bool) -> Option<String> {
        if !fits(&self.name) {
            return None;
        }
        let texts = self.details.iter().take(COMPLETE).map(|details| format!("{}{SEPARATOR}{details}", self.name));
        texts.into_iter().find(|text| fits(text))
    }
}

/// Returns a name with its parts separated as on a chart, without the statistic that the sub-title states.
fn joined(name: &str, statistic: Option<Statistic>) -> String {
    let word = statistic.map(|statistic| statistic.to_string());
    let is_stated = |part: &&str| word.as_deref().is_some_and(|word| part.trim().eq_ignore_ascii_case(word));
    let parts: Vec<&str> = name.split(BAR).filter(|part| !is_stated(part)).collect();
    parts.join(SEPARATOR)
}

fn details(statistic: Option<Statistic>, period: Option<Period>, span: &SpanText, language: Language) -> Vec<String> {
    let statistic = statistic.map(|statistic| messages::statistic(statistic, language));
    let period = period.map(|period| messages::period(period, language));
    let values: Vec<String> = statistic.into_iter().chain(period).collect();
    let with = |range: &str, zone: &str| {
        let all = values.iter().map(String::as_str).chain([range, zone]);
        all.collect::<Vec<_>>().join(SEPARATOR)
    };
    let (range, days, zone) = (span.range(), span.days(), span.short_zone());
    vec![
        with(&range, span.zone_text),
        with(&range, zone),
        with(&days, zone),
        format!("{range}{SEPARATOR}{zone}"),
        format!("{days}{SEPARATOR}{zone}"),
        days,
    ]
}

/// Returns a statistic or a period if all series share it.
pub(in crate::chart) fn common<T: PartialEq + Copy>(lines: &[Line], of: impl Fn(&Line) -> T) -> Option<T> {
    let first = of(lines.first()?);
    lines.iter().all(|line| of(line) == first).then_some(first)
}
