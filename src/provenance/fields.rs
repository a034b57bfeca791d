//! The facts of a record, and what each is called in a file.
//!
//! Used by whoever writes or reads a record. Names and values are for programs as much as for people: they are only added to.

use super::{Question, data_digest};
use crate::request::{Date, ImageRequest};
use crate::series::Frame;

/// Whether pictures carry a record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Recording {
    #[default]
    On,
    Off,
}

/// One thing that a picture knows of itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Fact {
    /// The headline.
    Title,
    /// What the picture shows, in a sentence.
    Description,
    /// What drew it, with its version.
    Software,
    /// From when to when, RFC 3339 in UTC, both ends with a `/` between.
    Range,
    /// The same in Unix seconds.
    UnixRange,
    /// The zone of the time axis.
    Zone,
    /// The edition of the time zone database that the zone's rules are from. Absent for UTC and fixed offsets.
    ZoneData,
    /// SHA-256 of the question, hexadecimal. The same question has the same one, however its JSON was written.
    Request,
    /// Of the values that are drawn, hexadecimal. Tells whether two pictures show the same data, whatever they look like; it is no
    /// proof against somebody who makes data to fit.
    Data,
}

impl Fact {
    /// In the order in which they are written.
    pub const ALL: [Self; 9] = [
        Self::Title,
        Self::Description,
        Self::Software,
        Self::Range,
        Self::UnixRange,
        Self::Zone,
        Self::ZoneData,
        Self::Request,
        Self::Data,
    ];

    /// What a reader calls it; also the name of its element in XML.
    pub fn name(self) -> &'static str {
        match self {
            Self::Title => "title",
            Self::Description => "description",
            Self::Software => "software",
            Self::Range => "range",
            Self::UnixRange => "unix-range",
            Self::Zone => "zone",
            Self::ZoneData => "zone-data",
            Self::Request => "request",
            Self::Data => "data",
        }
    }

    /// Its keyword in a PNG: registered where there is one (PNG, third edition, 11.3.3.1).
    pub fn keyword(self) -> &'static str {
        match self {
            Self::Title => "Title",
            Self::Description => "Description",
            Self::Software => "Software",
            Self::Range => "metricshot:range",
            Self::UnixRange => "metricshot:unix-range",
            Self::Zone => "metricshot:zone",
            Self::ZoneData => "metricshot:zone-data",
            Self::Request => "metricshot:request",
            Self::Data => "metricshot:data",
        }
    }
}

/// Facts of one picture, each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    facts: Vec<(Fact, String)>,
}

impl Record {
    /// Of a picture of `frame` that answers `request` and shows what `alt` says.
    pub fn new(request: &ImageRequest, frame: &Frame, alt: &str) -> Self {
        let (start, end) = (frame.span.start(), frame.span.end());
        let title = request.title.as_ref().map(|title| (Fact::Title, title.as_str().to_owned()));
        let facts = [
            (Fact::Description, alt.to_owned()),
            (Fact::Software, concat!("metricshot ", env!("CARGO_PKG_VERSION")).to_owned()),
            (Fact::Range, format!("{}/{}", rfc3339(start), rfc3339(end))),
            (Fact::UnixRange, format!("{start}/{end}")),
            (Fact::Zone, frame.zone.name().to_owned()),
            (Fact::Request, hexadecimal(Question::of_picture(request).bytes())),
            (Fact::Data, hexadecimal(&data_digest::digest(frame))),
        ];
        let zone_data = frame.zone.edition().map(|edition| (Fact::ZoneData, edition.to_owned()));
        let mut facts: Vec<(Fact, String)> = title.into_iter().chain(facts).chain(zone_data).collect();
        facts.sort_by_key(|(fact, _)| *fact);
        Self { facts }
    }

    /// From what a file says. `None` where no question is among it: then it is no picture of ours.
    pub fn found(mut facts: Vec<(Fact, String)>) -> Option<Self> {
        facts.sort_by_key(|(fact, _)| *fact);
        facts.dedup_by_key(|(fact, _)| *fact);
        facts.iter().any(|(fact, _)| *fact == Fact::Request).then_some(Self { facts })
    }

    /// In the order of [`Fact::ALL`].
    pub fn facts(&self) -> &[(Fact, String)] {
        &self.facts
    }

    /// One of them.
    pub fn get(&self, fact: Fact) -> Option<&str> {
        self.facts.iter().find(|(known, _)| *known == fact).map(|(_, text)| text.as_str())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// As in `2022-01-01T00:04:00Z`.
fn rfc3339(second: i64) -> String {
    let (date, rest) = (Date::of_day(second.div_euclid(86_400)), second.rem_euclid(86_400));
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", date.year, date.month, date.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_as_the_standard_says() {
        assert_eq!(rfc3339(1_640_995_440), "2022-01-01T00:04:00Z");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56Z");
    }

    #[test]
    fn what_names_no_question_is_no_record() {
        assert_eq!(Record::found(vec![(Fact::Title, "Holiday".to_owned())]), None);
        let twice = [(Fact::Request, "00"), (Fact::Title, "First"), (Fact::Title, "Second")];
        let record = Record::found(twice.map(|(fact, text)| (fact, text.to_owned())).to_vec()).unwrap();
        assert_eq!((record.get(Fact::Title), record.facts().len()), (Some("First"), 2));
    }
}
