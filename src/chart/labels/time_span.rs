//! Formats time spans in local time.
//!
//! Used in sub-titles, for captions instead of a time axis, below "no data", and in the text alternative.

use super::dates;
use crate::request::{Date, Language, Span, Zone};

/// A span with the zone in which it is written.
#[derive(Debug, Clone, Copy)]
#[allow(missing_docs)]
pub(in crate::chart) struct SpanText<'a> {
    pub span: Span,
    /// Zone of the local times.
    pub zone: &'a Zone,
    /// Zone text of the time axis, for example `KST (UTC+9)`.
    pub zone_text: &'a str,
    pub language: Language,
}

impl SpanText<'_> {
    /// Returns `2026-11-21 15:00 – 18:00 KST (UTC+9)`, for the text alternative; the second date only if it differs.
    pub fn full(&self) -> String {
        let (start, end) = (self.span.start(), self.span.end());
        let (first, last) = (self.iso_date(start), self.iso_date(end));
        let second_date = if first == last { String::new() } else { format!("{last} ") };
        format!("{first} {} – {second_date}{} {}", self.time(start), self.time(end), self.zone_text)
    }

    /// Returns ever shorter texts, beginning with range and zone; all have a date, the last one no zone.
    pub fn shorter(&self) -> Vec<String> {
        let (range, days, short) = (self.range(), self.days(), self.short_zone());
        let first = self.date(self.span.start());
        let day = dates::day_month(first, self.language);
        let mut texts = vec![
            format!("{range} {}", self.zone_text),
            format!("{range} {short}"),
            format!("{days} {}", self.zone_text),
            format!("{days} {short}"),
            format!("{day} {short}"),
            day,
        ];
        texts.dedup();
        texts
    }

    /// Returns the range: `Thu 21 May 2026`, `Thu 21 May 2026, 09:00 – 11:00`, `22 Apr – 21 May 2026` or
    /// `20 May 21:00 – 21 May 2026 21:00`. Whole days have no times.
    pub fn range(&self) -> String {
        let (start, end) = (self.span.start(), self.span.end());
        let (first, last) = (self.date(start), self.date(end));
        let is_whole = self.begins_day(start) && self.begins_day(end);
        let (from, to) = (self.time(start), self.time(end));
        match (is_whole, first == last, self.language) {
            (true, ..) => self.days(),
            (false, true, Language::English) => format!("{}, {from} – {to}", dates::full(first, self.language)),
            (false, true, Language::Korean) => format!("{} {from} – {to}", dates::full(first, self.language)),
            (false, false, _) => {
                let (first, last) = self.ends(first, last);
                format!("{first} {from} – {last} {to}")
            }
        }
    }

    /// Returns the days of the range without times: `Thu 21 May 2026`, `22 Apr – 21 May 2026`.
    pub fn days(&self) -> String {
        let (first, end) = (self.date(self.span.start()), self.span.end());
        let last = self.date(if self.begins_day(end) { end - 1 } else { end });
        if first == last {
            return dates::full(first, self.language);
        }
        let (first, last) = self.ends(first, last);
        format!("{first} – {last}")
    }

    /// Returns the name of the zone without its offset.
    pub fn short_zone(&self) -> &str {
        zone_lines(self.zone_text).0
    }

    /// Returns the first and the last day; the year stands once, after the last day, in Korean before the first.
    fn ends(&self, first: Date, last: Date) -> (String, String) {
        let (day, with_year) = (dates::day_month, dates::day_month_year);
        match (first.year == last.year, self.language) {
            (false, language) => (with_year(first, language), with_year(last, language)),
            (true, Language::English) => (day(first, self.language), with_year(last, self.language)),
            (true, Language::Korean) => (with_year(first, self.language), day(last, self.language)),
        }
    }

    fn begins_day(&self, second: i64) -> bool {
        self.zone.day(second - 1) < self.zone.day(second)
    }

    /// Returns `15:30`, with the date if the span covers several days.
    pub fn instant(&self, second: i64) -> String {
        let date = |second| self.iso_date(second);
        let (start, end) = (self.span.start(), self.span.end());
        let one_day = date(start) == date(end) && date(start) == date(second);
        if one_day { self.time(second) } else { format!("{} {}", date(second), self.time(second)) }
    }

    fn date(&self, second: i64) -> Date {
        Date::of_day(self.zone.day(second))
    }

    fn iso_date(&self, second: i64) -> String {
        let Date { year, month, day, .. } = self.date(second);
        format!("{year:04}-{month:02}-{day:02}")
    }

    fn time(&self, second: i64) -> String {
        let of_day = self.zone.wall(second).rem_euclid(86_400);
        let (hour, minute, second) = (of_day / 3600, of_day / 60 % 60, of_day % 60);
        if second == 0 { format!("{hour:02}:{minute:02}") } else { format!("{hour:02}:{minute:02}:{second:02}") }
    }
}

/// Splits a zone text into two lines, `KST` and `UTC+9`; the second is `None` if the text has only one part.
pub(in crate::chart) fn zone_lines(zone_text: &str) -> (&str, Option<&str>) {
    let lines = zone_text.strip_suffix(')').and_then(|text| text.split_once(" ("));
    lines.map_or((zone_text, None), |(name, offset)| (name, Some(offset)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn texts(start: i64, end: i64, language: Language) -> Vec<String> {
        let span = Span::new(start, end, &Limits::default()).unwrap();
        let zone = Zone::parse("Asia/Seoul").unwrap();
        SpanText { span, zone: &zone, zone_text: "KST (UTC+9)", language }.shorter()
    }

    /// 2022-01-01, 09:00 in Seoul.
    const NINE: i64 = 1_640_995_200;
    const MIDNIGHT: i64 = NINE - 9 * 3600;
    const DAY: i64 = 86_400;

    #[test]
    fn a_range_states_its_days_once_and_its_times_unless_days_are_whole() {
        for (start, end, english, korean) in [
            (NINE, NINE + 240, "Sat 1 Jan 2022, 09:00 – 09:04", "2022년 1월 1일 (토) 09:00 – 09:04"),
            (NINE, NINE + 245, "Sat 1 Jan 2022, 09:00 – 09:04:05", "2022년 1월 1일 (토) 09:00 – 09:04:05"),
            (MIDNIGHT, MIDNIGHT + DAY, "Sat 1 Jan 2022", "2022년 1월 1일 (토)"),
            (MIDNIGHT, MIDNIGHT + 7 * DAY, "1 Jan – 7 Jan 2022", "2022년 1월 1일 – 1월 7일"),
            (NINE, NINE + DAY, "1 Jan 09:00 – 2 Jan 2022 09:00", "2022년 1월 1일 09:00 – 1월 2일 09:00"),
            (MIDNIGHT - DAY, MIDNIGHT + DAY, "31 Dec 2021 – 1 Jan 2022", "2021년 12월 31일 – 2022년 1월 1일"),
        ] {
            assert_eq!(texts(start, end, Language::English)[1], format!("{english} KST"));
            assert_eq!(texts(start, end, Language::Korean)[0], format!("{korean} KST (UTC+9)"));
        }
    }

    #[test]
    fn shorter_texts_keep_the_date() {
        let rest = &texts(NINE, NINE + 240, Language::English)[2..];
        assert_eq!(rest, ["Sat 1 Jan 2022 KST (UTC+9)", "Sat 1 Jan 2022 KST", "1 Jan KST", "1 Jan"]);
    }

    #[test]
    fn a_zone_without_an_abbreviation_is_one_line() {
        assert_eq!(zone_lines("KST (UTC+9)"), ("KST", Some("UTC+9")));
        assert_eq!(zone_lines("UTC+5:45"), ("UTC+5:45", None));
    }
}
