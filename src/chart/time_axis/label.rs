//! Labels of ticks: clock time, date, month or year.
//!
//! The ticks are given. Dates stand where days change; the first label has date and offset if no sub-title states them.

use super::ruler::Ruler;
use super::step::{DAY, Step};
use super::tick::{RangeIn, TimeRows, TimeTick};
use super::zone::offset_text;
use crate::chart::labels::dates;
use crate::geometry::Px;
use crate::request::{Date, Instants, Language, Zone};

/// Span in seconds from which midnight is labelled with its date instead of `00:00`.
const DATES_ON_CLOCK: i64 = 2 * DAY;

/// Gap between two labels, in pixels.
const GAP: Px = Px::whole(18);
/// Gap between a day with its month and the next, in pixels.
const DATE_GAP: Px = Px::whole(12);
/// Gap between two labels that contain more space themselves, in pixels.
const NARROW_GAP: Px = Px::whole(16);

/// The format of the labels of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelFormat {
    /// `13:05:30`, a date below where a day begins.
    Second,
    /// `13:05`, a date below where a day begins.
    Minute,
    /// `13:05`, the date where a day begins.
    MinuteOrDate,
    /// `Fri 15`, in the middle of the day.
    Day,
    /// `4 May`.
    Date,
    /// `Mon 4 May`.
    Week,
    /// `Mar`, in January the year.
    Month,
    /// `2026`.
    Year,
}

/// The position of the offset of a time that occurs twice.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Offsets {
    /// Beside the time: `02:00 +2`.
    Beside,
    /// On the second line, which is shorter.
    Below,
}

impl LabelFormat {
    /// Returns the format of the labels at a step.
    pub fn of(step: Step, ruler: &Ruler<'_>) -> Self {
        match step {
            Step::Seconds(..60) => Self::Second,
            Step::Seconds(_) if ruler.span.seconds() < DATES_ON_CLOCK => Self::Minute,
            Step::Seconds(_) => Self::MinuteOrDate,
            Step::Days(1) => Self::Day,
            Step::Days(days) if days % 7 == 0 && ruler.distance(step.seconds()) >= Self::Week.distance(ruler) => {
                Self::Week
            }
            Step::Days(_) => Self::Date,
            Step::Months(months) if months % 12 == 0 => Self::Year,
            Step::Months(_) => Self::Month,
        }
    }

    /// Returns the minimum distance between two labels, except the first one and those of repeated hours. It does not
    /// depend on the language.
    pub fn distance(self, ruler: &Ruler<'_>) -> Px {
        match self {
            Self::Second => ruler.width("00:00:00") + GAP,
            Self::Minute => ruler.width("00:00") + GAP,
            // Dates stand beside times.
            Self::MinuteOrDate => (ruler.width("00:00") + ruler.width("Wed 28")).half() + GAP,
            Self::Day => ruler.width("Wed 28") + GAP,
            Self::Date => ruler.width("28 Nov") + DATE_GAP,
            Self::Week => ruler.width("Wed 28 Nov") + GAP,
            Self::Month => ruler.width("0000-00") + NARROW_GAP,
            Self::Year => ruler.width("0000") + NARROW_GAP,
        }
    }

    /// Returns the tick at `at`, without its date.
    pub fn tick(self, at: i64, ruler: &Ruler<'_>, zone: &Zone, offsets: Offsets) -> TimeTick {
        let (day, language) = (zone.day(at), ruler.labels.language);
        // A clock that is set back over midnight shows midnight twice, with the evening between.
        let new_day = self.is_clock() && zone.day(at - 1) < day;
        let date = Date::of_day(day);
        let (label, below) = match self {
            Self::Day => (dates::weekday_day(date, language), None),
            // At the end of the range no day of it begins.
            Self::MinuteOrDate if new_day && at < ruler.span.end() => (dates::weekday_day(date, language), None),
            Self::Date => (dates::day_month(date, language), None),
            Self::Week => (dates::weekday_day_month(date, language), None),
            Self::Second | Self::Minute | Self::MinuteOrDate => self.clock(at, zone, offsets),
            Self::Month if date.month != 1 => (dates::month(date, language), None),
            Self::Month | Self::Year => (dates::year(date, language), None),
        };
        let centre = self.centre(at, &label, ruler, zone);
        TimeTick { at, centre, label, date: below, new_day }
    }

    /// Returns the instant below which a label is centred: the middle of its day or its bar if that is wide enough, else
    /// its tick.
    fn centre(self, at: i64, label: &str, ruler: &Ruler<'_>, zone: &Zone) -> i64 {
        let length = match self {
            Self::Day => zone.day_start(zone.day(at) + 1) - at,
            Self::Date | Self::Week => ruler.labels.bar,
            Self::Second | Self::Minute | Self::MinuteOrDate | Self::Month | Self::Year => 0,
        };
        let visible = length.min(ruler.span.end() - at);
        let is_wide = self != Self::Day || ruler.distance(visible) >= ruler.width(label);
        if is_wide { at + visible / 2 } else { at }
    }

    fn is_clock(self) -> bool {
        matches!(self, Self::Second | Self::Minute | Self::MinuteOrDate)
    }

    /// Returns the time of day and the text below it; a time that occurs twice has its offset in one of them.
    fn clock(self, at: i64, zone: &Zone, offsets: Offsets) -> (String, Option<String>) {
        let wall = zone.wall(at);
        let second = wall.rem_euclid(DAY);
        let minutes = format!("{:02}:{:02}", second / 3600, second / 60 % 60);
        let time = if self == Self::Second { format!("{minutes}:{:02}", second % 60) } else { minutes };
        let offset = offset_text(zone.offset(at));
        match (zone.instants(wall), offsets) {
            (Instants::Twice(..), Offsets::Beside) => (format!("{time} {offset}"), None),
            (Instants::Twice(..), Offsets::Below) => (time, Some(offset)),
            _ => (time, None),
        }
    }

    /// Adds the dates of days that begin between ticks, and to the first tick the date and the offset of the chart if
    /// no sub-title states them. Drops labels that would touch them.
    pub fn date(self, ticks: &mut Vec<TimeTick>, ruler: &Ruler<'_>, zone: &Zone) {
        let is_short = matches!(self, Self::Second | Self::Minute);
        let begins = |i: usize| {
            let tick = &ticks[i];
            let is_inside = tick.at > ruler.span.start() && tick.at < ruler.span.end();
            is_short && (is_inside && tick.new_day || i > 0 && zone.day(tick.at) < zone.day(ticks[i - 1].at))
        };
        let mut dated: Vec<usize> = (0..ticks.len()).filter(|&i| begins(i)).collect();
        let states_range = ruler.labels.range == RangeIn::FirstLabel && !ticks.is_empty();
        if states_range && dated.first() != Some(&0) {
            dated.insert(0, 0);
        }
        let short = |tick: &TimeTick| short_date(tick, ruler.labels.language, zone);
        let long = |tick: &TimeTick| first_label(tick, ruler, zone);
        while let ([first, next, ..], true) = (&dated[..], states_range) {
            let (first, next) = (&ticks[*first], &ticks[*next]);
            if ruler.are_clear((first.centre, &long(first)), (next.centre, &short(next))) {
                break;
            }
            dated.remove(0);
        }
        for (place, &i) in dated.iter().enumerate() {
            ticks[i].date = Some(if place == 0 && states_range { long(&ticks[i]) } else { short(&ticks[i]) });
        }
        if ruler.labels.rows == TimeRows::One {
            *ticks = ruler.thinned(std::mem::take(ticks));
        }
        drop_touching_dates(ticks, ruler);
    }
}

/// Returns `Fri 22`, on the first of a month `Mon 1 Jun`.
fn short_date(tick: &TimeTick, language: Language, zone: &Zone) -> String {
    let date = Date::of_day(zone.day(tick.at));
    if date.day == 1 { dates::weekday_day_month(date, language) } else { dates::weekday_day(date, language) }
}

/// Returns date and offset, such as `21 May 2026 UTC+9`, as long as they leave half of the space to other labels.
fn first_label(tick: &TimeTick, ruler: &Ruler<'_>, zone: &Zone) -> String {
    let (date, language) = (Date::of_day(zone.day(tick.at)), ruler.labels.language);
    let offset = match zone.offset(tick.at) {
        0 => "UTC".to_owned(),
        seconds => format!("UTC{}", offset_text(seconds)),
    };
    let short = dates::day_month(date, language);
    let texts = [format!("{} {offset}", dates::day_month_year(date, language)), format!("{short} {offset}")];
    let fits = |text: &String| ruler.width(text) <= ruler.space().half();
    texts.into_iter().find(fits).unwrap_or(short)
}

fn drop_touching_dates(ticks: &mut [TimeTick], ruler: &Ruler<'_>) {
    let mut last: Option<(i64, String)> = None;
    for tick in ticks {
        let Some(text) = &tick.date else { continue };
        let is_clear = last.as_ref().is_none_or(|(at, before)| ruler.are_clear((*at, before), (tick.centre, text)));
        if is_clear {
            last = Some((tick.centre, text.clone()));
        } else {
            tick.date = None;
        }
    }
}
