//! Responses of the chart operations: the file in its format, what its headers say of the data, and how long it may be cached.

use super::response::{self, METRICSHOT_MISSING_GLYPHS};
use crate::app::RenderedChart;
use crate::memory::{Held, MemoryPermit};
use crate::provenance::{DataDigest, RequestDigest};
use crate::request::{ChartFormat, Language};
use crate::series::{Frame, Remark};
use axum::body::{Body, Bytes};
use axum::http::StatusCode;
use axum::http::header::{
    CACHE_CONTROL, CONTENT_DISPOSITION, CONTENT_LANGUAGE, CONTENT_TYPE, ETAG, HeaderMap, HeaderName, HeaderValue, VARY,
    X_CONTENT_TYPE_OPTIONS,
};
use axum::response::Response;
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::fmt::Write;
use std::sync::Arc;

/// The chart's content in one sentence, as RFC 8187 writes text that is not ASCII.
const METRICSHOT_ALT_TEXT: HeaderName = HeaderName::from_static("metricshot-alt-text*");

/// Clients that get the same response.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Audience {
    /// Everyone: shared caches may keep it.
    Everyone,
    /// Holders of a key or token.
    Holder,
}

/// Caching of a response.
#[derive(Debug)]
pub(super) enum Caching {
    /// Never, as of every response to POST.
    Never,
    /// By these clients; with the values of `If-None-Match`.
    For(Audience, Vec<HeaderValue>),
}

/// Name, format, language and caching of a response.
#[derive(Debug)]
pub(super) struct Served<'a> {
    /// Name of the chart, for the name of a saved file.
    pub name: &'a str,
    pub format: ChartFormat,
    pub language: Language,
    pub caching: Caching,
}

/// Makes the response with an image; 304 if the client has it. `seconds` is the time for which it may be cached.
pub(super) fn of_image(
    drawn: Arc<Held<RenderedChart>>,
    request: &RequestDigest,
    seconds: i64,
    served: &Served<'_>,
) -> Response {
    let tag = tag(request, &drawn.data, served.format);
    let is_complete = drawn.is_complete();
    let mut response = begin(&tag, is_complete, seconds, served);
    let headers = response.headers_mut();
    response::report(headers, &drawn.missing, &drawn.remarks);
    insert(headers, METRICSHOT_ALT_TEXT, &encoded(&drawn.picture.alt));
    if drawn.picture.missing_glyphs > 0 {
        insert(headers, METRICSHOT_MISSING_GLYPHS, &drawn.picture.missing_glyphs.to_string());
    }
    if response.status() == StatusCode::OK {
        *response.body_mut() = Body::from(Bytes::from_owner(response::File(drawn)));
    }
    response
}

/// Makes the response with the values of `frame` as a text, whose memory `permit` holds; 304 if the client has it.
pub(super) fn of_text(
    (text, permit): (Vec<u8>, MemoryPermit),
    frame: &Frame,
    (request, data): (&RequestDigest, &DataDigest),
    seconds: i64,
    served: &Served<'_>,
) -> Response {
    let missing = frame.missing();
    let remarks: BTreeMap<usize, Vec<Remark>> = frame.remarks().into_iter().collect();
    let is_complete = missing.is_empty() && !remarks.values().any(|remarks| remarks.contains(&Remark::Incomplete));
    let mut response = begin(&tag(request, data, served.format), is_complete, seconds, served);
    response::report(response.headers_mut(), &missing, &remarks);
    if response.status() == StatusCode::OK {
        *response.body_mut() = Body::from(Bytes::from_owner(Text { text, _permit: permit }));
    }
    response
}

/// Makes the response without its body: 200, or 304 if the client has what `tag` names.
fn begin(tag: &str, is_complete: bool, seconds: i64, served: &Served<'_>) -> Response {
    let mut response = Response::new(Body::empty());
    let headers = response.headers_mut();
    insert(headers, ETAG, tag);
    insert(headers, CACHE_CONTROL, &cache_control(is_complete, seconds, &served.caching));
    headers.insert(VARY, HeaderValue::from_static("Accept, Accept-Language"));
    if let Caching::For(_, known) = &served.caching
        && known.iter().any(|value| has_tag(value, tag))
    {
        *response.status_mut() = StatusCode::NOT_MODIFIED;
        return response;
    }
    let media_type = match served.format {
        ChartFormat::Csv => "text/csv; charset=utf-8; header=present",
        other => other.media_type(),
    };
    headers.insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    headers.insert(X_CONTENT_TYPE_OPTIONS, HeaderValue::from_static("nosniff"));
    let language = if served.language == Language::Korean { "ko" } else { "en" };
    headers.insert(CONTENT_LANGUAGE, HeaderValue::from_static(language));
    let disposition = format!("inline; filename=\"{}.{}\"", served.name, served.format.name());
    insert(headers, CONTENT_DISPOSITION, &disposition);
    response
}

/// Returns `no-store` for POST and for charts without all their data, so that no cache shows them as complete.
fn cache_control(is_complete: bool, seconds: i64, caching: &Caching) -> String {
    match caching {
        Caching::For(Audience::Everyone, _) if is_complete => format!("public, max-age={seconds}"),
        Caching::For(Audience::Holder, _) if is_complete => format!("private, max-age={seconds}"),
        _ => "no-store".to_owned(),
    }
}

/// Returns the strong entity tag: equal for equal requests and data, in one format and one version of the program.
fn tag(request: &RequestDigest, data: &DataDigest, format: ChartFormat) -> String {
    let mut digest = Sha256::new_with_prefix(concat!("metricshot ", env!("CARGO_PKG_VERSION"), "\n"));
    digest.update(format.name());
    digest.update(request.bytes());
    digest.update(data.bytes());
    let mut tag = String::with_capacity(34);
    tag.push('"');
    for byte in &digest.finalize()[..16] {
        // Writing to a String never fails.
        let _ = write!(tag, "{byte:02x}");
    }
    tag.push('"');
    tag
}

/// Reports whether a value of `If-None-Match` lists `tag`; a proxy may have made it weak (RFC 9110, 13.1.2).
fn has_tag(value: &HeaderValue, tag: &str) -> bool {
    let listed = value.to_str().unwrap_or_default().split(',').map(str::trim);
    listed.map(|listed| listed.strip_prefix("W/").unwrap_or(listed)).any(|listed| listed == tag || listed == "*")
}

/// Writes a text as the extended value of RFC 8187.
fn encoded(text: &str) -> String {
    let mut encoded = String::from("UTF-8''");
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"!#$&+-.^_`|~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            // Writing to a String never fails.
            let _ = write!(encoded, "%{byte:02X}");
        }
    }
    encoded
}

/// A text and its memory.
struct Text {
    text: Vec<u8>,
    _permit: MemoryPermit,
}

impl AsRef<[u8]> for Text {
    fn as_ref(&self) -> &[u8] {
        &self.text
    }
}

/// Inserts a header; a value that no header can have is left out.
fn insert(headers: &mut HeaderMap, name: HeaderName, value: &str) {
    if let Ok(value) = HeaderValue::from_str(value) {
        headers.insert(name, value);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_is_found_among_others_weak_or_not() {
        let has = |value: &'static str| has_tag(&HeaderValue::from_static(value), "\"ab\"");
        assert!(has("\"ab\"") && has("\"x\", W/\"ab\"") && has("*"));
        assert!(!has("\"x\"") && !has("ab") && !has(""));
    }

    #[test]
    fn only_complete_responses_to_get_are_cached() {
        let holder = Caching::For(Audience::Holder, Vec::new());
        assert_eq!(cache_control(true, 30, &holder), "private, max-age=30");
        assert_eq!(cache_control(true, 86_400, &Caching::For(Audience::Everyone, Vec::new())), "public, max-age=86400");
        assert_eq!(cache_control(false, 30, &holder), "no-store");
        assert_eq!(cache_control(true, 30, &Caching::Never), "no-store");
    }

    #[test]
    fn a_text_that_is_not_ascii_is_encoded_by_its_bytes() {
        assert_eq!(encoded("CPU 평균"), "UTF-8''CPU%20%ED%8F%89%EA%B7%A0");
    }
}
