//! Labels of ticks: clock time, date, month or year, and once the year of all of them.
//!
//! The ticks are given. Only dates depend on widths, because the first one is the longest.

use super::ruler::Ruler;
use super::step::{DAY, Step};
use super::tick::{TimeRows, TimeTick};
use super::zone::offset_text;
use crate::geometry::Px;
use crate::request::{Date, Instants, Language, Span, Zone};
use crate::text::Weight;

/// Span in seconds from which midnight is labelled with its date instead of `00:00`.
const DATES_ON_CLOCK: i64 = 2 * DAY;

/// Span in seconds from which the first of a month is labelled with the month alone.
const MONTHS_ALONE: i64 = 180 * DAY;

/// The format of the labels of an axis.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum LabelFormat {
    /// `13:05:30`, a date below the first and at midnight.
    Second,
    /// `13:05`, a date below the first and at midnight.
    Minute,
    /// `13:05`, at midnight the date.
    MinuteOrDate,
    /// `11-22`.
    Date,
    /// `2026-11`.
    Month,
    /// `11월`, below the first of a year `2026년`.
    KoreanMonth,
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
    pub fn of(step: Step, span: Span, language: Language, rows: TimeRows) -> Self {
        match step {
            Step::Seconds(..60) => Self::Second,
            Step::Seconds(_) if span.seconds() < DATES_ON_CLOCK => Self::Minute,
            Step::Seconds(_) => Self::MinuteOrDate,
            Step::Months(months) if months % 12 == 0 => Self::Year,
            Step::Months(_) if span.seconds() >= MONTHS_ALONE => match (language, rows) {
                (Language::Korean, TimeRows::Two) => Self::KoreanMonth,
                _ => Self::Month,
            },
            Step::Days(_) | Step::Months(_) => Self::Date,
        }
    }

    /// Returns a text as wide as the labels, except the first one and those of repeated hours.
    pub fn specimen(self) -> &'static str {
        match self {
            Self::Second => "00:00:00",
            Self::Minute => "00:00",
            Self::MinuteOrDate | Self::Date => "00-00",
            Self::Month | Self::KoreanMonth => "0000-00",
            Self::Year => "0000",
        }
    }

    /// Returns the minimum gap between two labels.
    pub fn gap(self) -> Px {
        match self {
            Self::Second | Self::Minute | Self::MinuteOrDate | Self::Date => Px::whole(18),
            Self::Month | Self::KoreanMonth | Self::Year => Px::whole(16),
        }
    }

    /// Returns the tick at `at`, without its date.
    pub fn tick(self, at: i64, zone: &Zone, offsets: Offsets) -> TimeTick {
        let day = zone.day(at);
        // A clock that is set back over midnight shows midnight twice, with the evening between.
        let new_day = self.is_clock() && zone.day(at - 1) < day;
        let date = Date::of_day(day);
        let (label, below) = match self {
            Self::Date => (month_day(date), None),
            Self::MinuteOrDate if new_day => (month_day(date), None),
            Self::Second | Self::Minute | Self::MinuteOrDate => self.clock(at, zone, offsets),
            Self::Month => (format!("{}-{:02}", date.year, date.month), None),
            Self::KoreanMonth => (format!("{}월", date.month), None),
            Self::Year => (date.year.to_string(), None),
        };
        TimeTick { at, label, date: below, new_day }
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

    /// Adds the date or the year to the ticks.
    pub fn date(self, ticks: &mut Vec<TimeTick>, ruler: &Ruler<'_>, zone: &Zone) {
        let date_of = |tick: &TimeTick| Date::of_day(zone.day(tick.at));
        match self {
            Self::Second | Self::Minute => date_days(ticks, ruler, zone),
            Self::MinuteOrDate if ruler.rows == TimeRows::Two && ticks.first().is_some_and(|first| !first.new_day) => {
                ticks[0].date = Some(full_date(date_of(&ticks[0])));
            }
            Self::MinuteOrDate | Self::Date => date_one(ticks, ruler, zone),
            Self::KoreanMonth => {
                let mut last_year = None;
                for tick in ticks.iter_mut() {
                    let year = date_of(tick).year;
                    tick.date = (last_year.replace(year) != Some(year)).then(|| format!("{year}년"));
                }
            }
            Self::Month | Self::Year => {}
        }
        drop_touching_dates(ticks, ruler);
    }
}

/// Adds a date below the first tick, below each midnight, and where a clock that is set back shows the day before
/// again. The first date has the year; if it does not fit beside the next date, the next one has it.
fn date_days(ticks: &mut [TimeTick], ruler: &Ruler<'_>, zone: &Zone) {
    let date_of = |tick: &TimeTick| Date::of_day(zone.day(tick.at));
    let bold = |text: &str| (ruler.width_of)(text, Weight::SemiBold);
    let is_dated = |&i: &usize| i == 0 || ticks[i].new_day || zone.day(ticks[i].at) < zone.day(ticks[i - 1].at);
    let mut dated: Vec<usize> = (0..ticks.len()).filter(is_dated).collect();
    while let [first, next, ..] = dated[..] {
        let (long, short) = (full_date(date_of(&ticks[first])), month_day(date_of(&ticks[next])));
        if ruler.is_clear((ticks[first].at, bold(&long)), (ticks[next].at, bold(&short))) {
            break;
        }
        dated.remove(0);
    }
    for (place, &i) in dated.iter().enumerate() {
        let date = date_of(&ticks[i]);
        ticks[i].date = Some(if place == 0 { full_date(date) } else { month_day(date) });
    }
}

/// Adds the year to the first date, or below it if the label would touch the next. Without a second row, neighbouring
/// labels are dropped.
fn date_one(ticks: &mut Vec<TimeTick>, ruler: &Ruler<'_>, zone: &Zone) {
    let first = ticks.iter().position(|tick| tick.new_day).unwrap_or(0);
    let Some(tick) = ticks.get(first) else { return };
    let date = Date::of_day(zone.day(tick.at));
    let long = TimeTick { label: full_date(date), ..tick.clone() };
    let touches = |next: &TimeTick| !ruler.is_clear(ruler.extent(&long), ruler.extent(next));
    if ruler.rows == TimeRows::Two && ticks.get(first + 1).is_some_and(touches) {
        ticks[first].date = Some(date.year.to_string());
    } else {
        ticks[first] = long;
        *ticks = ruler.thinned(std::mem::take(ticks));
    }
}

fn drop_touching_dates(ticks: &mut [TimeTick], ruler: &Ruler<'_>) {
    let mut last: Option<(i64, Px)> = None;
    for tick in ticks {
        let Some(text) = &tick.date else { continue };
        let extent = (tick.at, (ruler.width_of)(text, Weight::SemiBold));
        if last.is_none_or(|last| ruler.is_clear(last, extent)) {
            last = Some(extent);
        } else {
            tick.date = None;
        }
    }
}

fn full_date(date: Date) -> String {
    format!("{}-{:02}-{:02}", date.year, date.month, date.day)
}

fn month_day(date: Date) -> String {
    format!("{:02}-{:02}", date.month, date.day)
}
