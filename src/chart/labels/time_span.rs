//! Formats time spans in local time.
//!
//! Used for captions instead of a time axis, below "no data", and in the text alternative.

use crate::request::{Date, Span, Zone};

/// A span with the zone in which it is written.
#[derive(Debug, Clone, Copy)]
pub(in crate::chart) struct SpanText<'a> {
    pub span: Span,
    /// Zone of the local times.
    pub zone: &'a Zone,
    /// Zone text of the time axis, for example `KST (UTC+9)`.
    pub zone_text: &'a str,
}

impl SpanText<'_> {
    /// Returns `2026-11-21 15:00 – 18:00 KST (UTC+9)`; the second date only if it differs.
    pub fn full(&self) -> String {
        format!("{} {}", self.range(), self.zone_text)
    }

    /// Returns ever shorter texts, beginning with the full one; all have a date, the last one no zone.
    pub fn shorter(&self) -> Vec<String> {
        let (range, date, short) = (self.range(), self.date(self.span.start()), short_zone(self.zone_text));
        let day = date.get(5..).unwrap_or_default();
        vec![
            format!("{range} {}", self.zone_text),
            format!("{range} {short}"),
            format!("{date} {}", self.zone_text),
            format!("{date} {short}"),
            format!("{day} {short}"),
            date.clone(),
        ]
    }

    /// Returns `15:30`, with the date if the span covers several days.
    pub fn instant(&self, second: i64) -> String {
        let date = |second| self.date(second);
        let (start, end) = (self.span.start(), self.span.end());
        let one_day = date(start) == date(end) && date(start) == date(second);
        if one_day { self.time(second) } else { format!("{} {}", date(second), self.time(second)) }
    }

    fn range(&self) -> String {
        let (start, end) = (self.span.start(), self.span.end());
        let (first, last) = (self.date(start), self.date(end));
        let second_date = if first == last { String::new() } else { format!("{last} ") };
        format!("{first} {} – {second_date}{}", self.time(start), self.time(end))
    }

    fn date(&self, second: i64) -> String {
        let Date { year, month, day, .. } = Date::of_day(self.zone.day(second));
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

fn short_zone(zone_text: &str) -> &str {
    zone_lines(zone_text).0
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::limits::Limits;

    fn texts(start: i64, end: i64) -> Vec<String> {
        let span = Span::new(start, end, &Limits::default()).unwrap();
        let zone = Zone::parse("Asia/Seoul").unwrap();
        SpanText { span, zone: &zone, zone_text: "KST (UTC+9)" }.shorter()
    }

    #[test]
    fn a_range_within_a_day_shows_its_date_once() {
        assert_eq!(texts(1_640_995_200, 1_640_995_440)[0], "2022-01-01 09:00 – 09:04 KST (UTC+9)");
        assert_eq!(texts(1_640_995_200, 1_640_995_445)[1], "2022-01-01 09:00 – 09:04:05 KST");
    }

    #[test]
    fn a_range_over_days_shows_both() {
        assert_eq!(texts(1_640_995_200, 1_641_081_600)[0], "2022-01-01 09:00 – 2022-01-02 09:00 KST (UTC+9)");
    }

    #[test]
    fn shorter_texts_keep_the_date() {
        let rest = &texts(1_640_995_200, 1_640_995_440)[2..];
        assert_eq!(rest, ["2022-01-01 KST (UTC+9)", "2022-01-01 KST", "01-01 KST", "2022-01-01"]);
    }

    #[test]
    fn a_zone_without_an_abbreviation_is_one_line() {
        assert_eq!(zone_lines("KST (UTC+9)"), ("KST", Some("UTC+9")));
        assert_eq!(zone_lines("UTC+5:45"), ("UTC+5:45", None));
    }
}
