//! The fields of a provenance record, and their names in each file format.
//!
//! Names and values are an interface for programs as well as people: fields are only ever added.

use super::{RequestDigest, data_digest};
use crate::request::{Date, ImageRequest};
use crate::series::Frame;

/// Setting for provenance records in images.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
#[allow(missing_docs)]
pub enum Recording {
    #[default]
    On,
    Off,
}

/// A field of a provenance record.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Field {
    /// The chart's title.
    Title,
    /// Alt text: the chart's content in one sentence.
    Description,
    /// The program that drew the image, with its version.
    Software,
    /// Time range, RFC 3339 in UTC: both ends with a `/` between.
    Range,
    /// Time range in Unix seconds.
    UnixRange,
    /// Time zone of the time axis.
    Zone,
    /// Edition of the time zone database that the zone's rules are from. Absent for UTC and fixed offsets.
    ZoneData,
    /// SHA-256 of the request, hexadecimal. Equal requests have equal digests, however their JSON was written.
    Request,
    /// Digest of the displayed values, hexadecimal. Equal for charts of the same data in any style; not a protection
    /// against deliberately crafted data.
    Data,
}

impl Field {
    /// All fields, in the order in which they are written.
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

    /// Returns the field's name, which is also the name of its XML element.
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

    /// Returns the field's keyword in a PNG file: a registered one if possible (PNG, third edition, 11.3.3.1).
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

/// The provenance record of an image: fields, each at most once.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Record {
    fields: Vec<(Field, String)>,
}

impl Record {
    /// Makes the record of an image of `frame` for `request`, with the alt text `alt`.
    pub fn new(request: &ImageRequest, frame: &Frame, alt: &str) -> Self {
        let (start, end) = (frame.span.start(), frame.span.end());
        let title = request.title.as_ref().map(|title| (Field::Title, title.as_str().to_owned()));
        let fields = [
            (Field::Description, alt.to_owned()),
            (Field::Software, concat!("metricshot ", env!("CARGO_PKG_VERSION")).to_owned()),
            (Field::Range, format!("{}/{}", rfc3339(start), rfc3339(end))),
            (Field::UnixRange, format!("{start}/{end}")),
            (Field::Zone, frame.zone.name().to_owned()),
            (Field::Request, hexadecimal(RequestDigest::of_image(request).bytes())),
            (Field::Data, hexadecimal(&data_digest::digest(frame))),
        ];
        let zone_data = frame.zone.edition().map(|edition| (Field::ZoneData, edition.to_owned()));
        let mut fields: Vec<(Field, String)> = title.into_iter().chain(fields).chain(zone_data).collect();
        fields.sort_by_key(|(field, _)| *field);
        Self { fields }
    }

    /// Makes a record of the fields found in a file. `None` without a request digest: the image is not one of
    /// metricshot.
    pub fn found(mut fields: Vec<(Field, String)>) -> Option<Self> {
        fields.sort_by_key(|(field, _)| *field);
        fields.dedup_by_key(|(field, _)| *field);
        fields.iter().any(|(field, _)| *field == Field::Request).then_some(Self { fields })
    }

    /// Returns all fields, in the order of [`Field::ALL`].
    pub fn fields(&self) -> &[(Field, String)] {
        &self.fields
    }

    /// Returns the value of one field.
    pub fn get(&self, field: Field) -> Option<&str> {
        self.fields.iter().find(|(known, _)| *known == field).map(|(_, text)| text.as_str())
    }
}

fn hexadecimal(bytes: &[u8]) -> String {
    bytes.iter().map(|byte| format!("{byte:02x}")).collect()
}

/// Formats a Unix second as in `2022-01-01T00:04:00Z`.
fn rfc3339(second: i64) -> String {
    let (date, rest) = (Date::of_day(second.div_euclid(86_400)), second.rem_euclid(86_400));
    let (hour, minute, second) = (rest / 3600, rest / 60 % 60, rest % 60);
    format!("{:04}-{:02}-{:02}T{hour:02}:{minute:02}:{second:02}Z", date.year, date.month, date.day)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_instant_is_written_in_rfc_3339() {
        assert_eq!(rfc3339(1_640_995_440), "2022-01-01T00:04:00Z");
        assert_eq!(rfc3339(951_827_696), "2000-02-29T12:34:56Z");
    }

    #[test]
    fn a_record_without_a_request_digest_is_rejected() {
        assert_eq!(Record::found(vec![(Field::Title, "Holiday".to_owned())]), None);
        let twice = [(Field::Request, "00"), (Field::Title, "First"), (Field::Title, "Second")];
        let record = Record::found(twice.map(|(field, text)| (field, text.to_owned())).to_vec()).unwrap();
        assert_eq!((record.get(Field::Title), record.fields().len()), (Some("First"), 2));
    }
}
