//! The way of a body off the socket: what it says that it is, how long it says that it is, then its bytes, bounded in number and time.
//!
//! Called by every operation. Whatever can be refused by headers alone is, so that a caller who waits for `100 Continue` sends nothing
//! in vain.

use crate::http::api::problem::Problem;
use crate::limits::Limits;
use axum::body::Bytes;
use axum::extract::Request;
use axum::http::header::{CONTENT_ENCODING, CONTENT_LENGTH, CONTENT_TYPE, EXPECT, HeaderMap, HeaderValue};
use http_body_util::{BodyExt, LengthLimitError, Limited};
use tokio::time::timeout;

/// The whole body of `request`, which says that it is JSON.
pub(crate) async fn read(request: Request, limits: &Limits) -> Result<Bytes, Problem> {
    check(request.headers(), limits)?;
    let whole = Limited::new(request.into_body(), limits.body_bytes).collect();
    match timeout(limits.body_read, whole).await {
        Ok(Ok(body)) => Ok(body.to_bytes()),
        Ok(Err(error)) if error.is::<LengthLimitError>() => Err(Problem::BodyTooLarge),
        Ok(Err(_)) => Err(Problem::BadRequest("The body should be as long as it says, or in valid chunks.")),
        Err(_) => Err(Problem::BodyTimeout),
    }
}

fn check(headers: &HeaderMap, limits: &Limits) -> Result<(), Problem> {
    let mut types = headers.get_all(CONTENT_TYPE).iter();
    if !types.next().is_some_and(is_json) || types.next().is_some() {
        return Err(Problem::UnsupportedMediaType);
    }
    if headers.contains_key(CONTENT_ENCODING) {
        return Err(Problem::UnsupportedEncoding);
    }
    if headers.get_all(EXPECT).iter().any(|value| !value.as_bytes().eq_ignore_ascii_case(b"100-continue")) {
        return Err(Problem::ExpectationFailed);
    }
    let length = headers.get(CONTENT_LENGTH).and_then(|value| value.to_str().ok()?.parse::<u64>().ok());
    match usize::try_from(length.unwrap_or(0)) {
        Ok(length) if length <= limits.body_bytes => Ok(()),
        _ => Err(Problem::BodyTooLarge),
    }
}

/// `application/json`, in UTF-8 where it names a charset.
fn is_json(value: &HeaderValue) -> bool {
    let mut parts = value.to_str().unwrap_or_default().split(';').map(str::trim);
    let is_json = parts.next().is_some_and(|essence| essence.eq_ignore_ascii_case("application/json"));
    let charset = |part: &str| {
        let (name, value) = part.split_once('=')?;
        name.eq_ignore_ascii_case("charset").then(|| value.trim_matches('"').eq_ignore_ascii_case("utf-8"))
    };
    is_json && parts.filter_map(charset).all(|is_utf8| is_utf8)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_json_type(text: &str) -> bool {
        is_json(&HeaderValue::from_str(text).unwrap())
    }

    #[test]
    fn json_is_json_in_utf8_whatever_its_spelling() {
        for text in [
            "application/json",
            "Application/JSON",
            "application/json; charset=UTF-8",
            "application/json;charset=\"utf-8\"",
            "application/json ; Charset=utf-8",
            "application/json;",
        ] {
            assert!(is_json_type(text), "{text}");
        }
    }

    #[test]
    fn nothing_else_is_json() {
        for text in [
            "",
            "text/plain",
            "application/problem+json",
            "application/jsonx",
            "application/json, text/plain",
            "multipart/form-data; boundary=x",
            "application/x-www-form-urlencoded",
            "application/json; charset=euc-kr",
        ] {
            assert!(!is_json_type(text), "{text}");
        }
    }
}
