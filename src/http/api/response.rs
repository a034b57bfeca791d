//! Results → responses: the picture, and what its headers say of the data in it.
//!
//! Nothing is ever cached on the way, since the same question has another answer a minute later. `Content-Length` is the
//! connection's business: every body here is whole.

use crate::app::RenderedChart;
use crate::error::Reason;
use crate::http::api::json::json;
use crate::http::api::list_body;
use crate::http::api::metric_list::MetricList;
use crate::http::api::version::{SCP_API_VERSION, Version};
use crate::memory::{Held, MemoryPermit};
use crate::request::Span;
use crate::series::Remark;
use axum::body::{Body, Bytes};
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, VARY,
};
use axum::response::Response;
use serde::Serialize;
use std::collections::BTreeMap;
use std::sync::Arc;

pub(crate) const METRICSHOT_MISSING: HeaderName = HeaderName::from_static("metricshot-missing");
pub(crate) const METRICSHOT_UNLISTED: HeaderName = HeaderName::from_static("metricshot-unlisted");
/// Milliseconds of each step, as browsers show them.
const SERVER_TIMING: HeaderName = HeaderName::from_static("server-timing");
pub(crate) const METRICSHOT_NOTES: HeaderName = HeaderName::from_static("metricshot-notes");
/// The number of characters without a glyph in any font; the image shows boxes.
pub(super) const METRICSHOT_MISSING_GLYPHS: HeaderName = HeaderName::from_static("metricshot-missing-glyphs");

/// 200 with a list of metrics, whose text has `bytes`; `permit` is for `infos`.
pub(crate) fn of_list(infos: MetricList, bytes: u64, permit: MemoryPermit, version: Version) -> Response {
    of_operation(list_body::of(infos, bytes, permit), version)
}

/// 200 with the answer of an operation, whose text holds `permit` until all of it is sent.
pub(crate) fn of_held(answer: &impl Serialize, mut permit: MemoryPermit, version: Version) -> Response {
    let text = json(answer);
    // Where it is longer than expected, as many bytes as there are.
    let _ = permit.try_resize(text.capacity() as u64);
    of_operation(Body::from(Bytes::from_owner(Text { text, _permit: permit })), version)
}

/// 200 with the JSON text of an operation.
fn of_operation(text: Body, version: Version) -> Response {
    let mut response = Response::new(text);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("application/json"));
    say_version(response.headers_mut(), version);
    response
}

/// A text and its memory.
struct Text {
    text: String,
    _permit: MemoryPermit,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        self.text.as_bytes()
    }
}

/// 200 with a picture of `span`.
pub(crate) fn of_picture(drawn: Arc<Held<RenderedChart>>, span: Span, version: Version) -> Response {
    let tag = format!("\"{}\"", drawn.picture.digest());
    let mut response = Response::new(Body::from(Bytes::from_owner(File(Arc::clone(&drawn)))));
    let headers = response.headers_mut();
    let name = format!("attachment; filename=\"metricshot-{}-{}.png\"", span.start(), span.end());
    headers.insert(CONTENT_TYPE, HeaderValue::from_static("image/png"));
    insert(headers, CONTENT_DISPOSITION, &name);
    insert(headers, ETAG, &tag);
    headers.insert(VARY, HeaderValue::from_static("Accept-Language"));
    say_version(headers, version);
    report(headers, &drawn.missing, &drawn.remarks);
    if drawn.picture.missing_glyphs > 0 {
        insert(headers, METRICSHOT_MISSING_GLYPHS, &drawn.picture.missing_glyphs.to_string());
    }
    let phases =
        drawn.timings.stages().iter().map(|(name, time)| format!("{name};dur={:.3}", time.as_secs_f64() * 1000.0));
    list(headers, SERVER_TIMING, phases.collect());
    response
}

/// The bytes of a picture, which all its callers share.
pub(super) struct File(pub(super) Arc<Held<RenderedChart>>);

impl AsRef<[u8]> for File {
    fn as_ref(&self) -> &[u8] {
        &self.0.picture.bytes
    }
}

/// Says which metrics are missing and why, and what is to be known of the data and of the colours of the others: one entry each, as in
/// `2;reason=timeout` and `0;skipped=3;incomplete;faint`, by index in the request's metrics. All entries share one header line, because
/// a hundred lines are more than some clients read.
pub(crate) fn report<'a>(
    headers: &mut HeaderMap,
    missing: &[(usize, Reason)],
    remarks: impl IntoIterator<Item = (&'a usize, &'a Vec<Remark>)>,
) {
    let missing = missing.iter().map(|(index, reason)| match reason {
        Reason::TooManySamples { fits_seconds } if *fits_seconds > 0 => {
            format!("{index};reason={};fits={fits_seconds}", reason.word())
        }
        _ => format!("{index};reason={}", reason.word()),
    });
    list(headers, METRICSHOT_MISSING, missing.collect());
    let note = |remark: &Remark| match remark.count() {
        Some(count) => format!(";{}={count}", remark.word()),
        None => format!(";{}", remark.word()),
    };
    let notes = |remarks: &[Remark]| remarks.iter().map(note).collect::<String>();
    let noted = remarks.into_iter().map(|(index, remarks)| format!("{index}{}", notes(remarks)));
    list(headers, METRICSHOT_NOTES, noted.collect());
}

/// Says which sources failed to tell what they have, and why, as in `prometheus;reason=down`: what only they know of is not in the list.
pub(crate) fn report_unlisted(headers: &mut HeaderMap, failed: &BTreeMap<String, Reason>) {
    let failed = failed.iter().map(|(source, reason)| format!("{source};reason={}", reason.word()));
    list(headers, METRICSHOT_UNLISTED, failed.collect());
}

fn say_version(headers: &mut HeaderMap, version: Version) {
    insert(headers, SCP_API_VERSION, &version.to_string());
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("private, no-store"));
}

fn list(headers: &mut HeaderMap, name: HeaderName, entries: Vec<String>) {
    if !entries.is_empty() {
        insert(headers, name, &entries.join(", "));
    }
}

/// Inserts a header; a value that cannot stand in a header is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::clock::StageTimings;
    use crate::limits::Limits;
    use crate::memory::RequestMemory;
    use crate::provenance::DataDigest;
    use crate::render::{Format, Image};
    use crate::request::{Size, Zone};
    use crate::series::Frame;

    fn headers(missing: Vec<(usize, Reason)>, remarks: &[(usize, &[Remark])]) -> Vec<String> {
        let limits = Limits::default();
        let picture = Image {
            bytes: b"png".to_vec(),
            format: Format::Png,
            size: Size::new(600, 400, &limits).unwrap(),
            alt: String::new(),
            missing_glyphs: 0,
        };
        let span = Span::new(1_640_995_200, 1_640_995_440, &limits).unwrap();
        let remarks = remarks.iter().map(|(index, remarks)| (*index, remarks.to_vec())).collect();
        let data = DataDigest::of(&Frame { span, zone: Zone::utc(), lines: Vec::new(), complete_until: None });
        let drawn = RenderedChart { picture, missing, remarks, data, timings: StageTimings::start() };
        let drawn = Held::new(drawn, 3, RequestMemory::unlimited());
        let response = of_picture(Arc::new(drawn), span, Version::V1_1);
        let line = |(name, value): (&HeaderName, &HeaderValue)| format!("{name}: {}", value.to_str().unwrap());
        response.headers().iter().map(line).collect()
    }

    #[test]
    fn a_whole_picture_has_the_headers_of_the_contract_and_no_others() {
        assert_eq!(
            headers(vec![], &[]),
            [
                "content-type: image/png",
                "content-disposition: attachment; filename=\"metricshot-1640995200-1640995440.png\"",
                "etag: \"8f8cbb7dcf46e0bc7d53265749a6c17d116093a6ba95e442764060c76fd4a86c\"",
                "vary: Accept-Language",
                "scp-api-version: servicewatch 1.1",
                "cache-control: private, no-store",
            ]
        );
    }

    #[test]
    fn what_is_missing_or_noted_is_said_by_index() {
        let noted: &[(usize, &[Remark])] = &[
            (
                0,
                &[
                    Remark::Skipped(3),
                    Remark::Pooled(16),
                    Remark::Silences(1),
                    Remark::Truncated(37),
                    Remark::Incomplete,
                    Remark::Approximate,
                ],
            ),
            (1, &[Remark::Faint]),
            (3, &[Remark::Empty, Remark::Unrequested(1), Remark::Conflicting(2), Remark::Faint]),
        ];
        let too_many = Reason::TooManySamples { fits_seconds: 86_400 };
        let lines = headers(vec![(2, Reason::Timeout), (4, Reason::TooBig), (5, too_many)], noted);
        assert_eq!(
            lines[6..],
            [
                "metricshot-missing: 2;reason=timeout, 4;reason=too_big, 5;reason=too_big;fits=86400",
                "metricshot-notes: 0;skipped=3;pooled=16;silences=1;truncated=37;incomplete;approximate, 1;faint, \
                 3;empty;unrequested=1;conflicting=2;faint"
            ]
        );
    }
}
