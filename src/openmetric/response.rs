//! Responses of the service: an envelope with a code, mostly under HTTP status 200, around a body.
//!
//! A rejection is a sentence for the operator: its cause and its correction.

use super::place::APP_KEY;
use crate::error::log_excerpt;
use serde::Deserialize;
use serde_json::Value;

/// The service said no.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum Refusal {
    #[error(
        "the app key is missing or wrong (HTTP status 401); look at URL & Appkey in Compute > System Monitoring, and write it as the header {APP_KEY} of the source"
    )]
    Key,
    #[error("the app key is not one of this project (HTTP status 403); look whether --project is right")]
    Project,
    #[error(
        "there is nothing like this over there (HTTP status 404); look whether --api and the url of the source are right"
    )]
    Path,
    #[error("the service answered with HTTP status {0}: {1}")]
    Status(u16, String),
    #[error(
        "there is one like this already (code -40001); choose another name or port, or change the one that is there"
    )]
    Exists,
    #[error("the service does not accept what it was given (code -40002: {0}); look at the names, paths and ids")]
    Input(String),
    #[error("there is no such job (code -40006); `metricshot openmetric jobs list` shows those that are there")]
    Job,
    #[error("the service keeps this for itself (code -40012: {0}); choose another name")]
    Reserved(String),
    #[error("the service failed (code -50000: {0}); look at the list whether something was done, and try again later")]
    Failed(String),
    #[error("the service refused it (code {0}: {1})")]
    Code(i64, String),
    #[error("the service answered with something else than its guide says: {0}")]
    Malformed(String),
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Envelope {
    header: Header,
    #[serde(default)]
    body: Value,
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase")]
struct Header {
    is_successful: bool,
    result_code: i64,
    #[serde(default)]
    result_message: String,
}

/// Returns the body of the envelope; null where it has none.
pub(super) fn body(status: u16, bytes: &[u8]) -> Result<Value, Refusal> {
    match status {
        401 => return Err(Refusal::Key),
        403 => return Err(Refusal::Project),
        _ => {}
    }
    match serde_json::from_slice::<Envelope>(bytes) {
        Ok(Envelope { header: Header { is_successful: true, .. }, body }) if (200..300).contains(&status) => Ok(body),
        Ok(Envelope { header, .. }) if !header.is_successful => Err(coded(header.result_code, &header.result_message)),
        _ if status == 404 => Err(Refusal::Path),
        _ if !(200..300).contains(&status) => {
            Err(Refusal::Status(status, log_excerpt(&String::from_utf8_lossy(bytes))))
        }
        Ok(_) => Err(Refusal::Malformed("a success that is none".to_owned())),
        // The guide's answers are empty objects.
        Err(_)
            if serde_json::from_slice(bytes).is_ok_and(|value: Value| value == Value::Object(Default::default())) =>
        {
            Ok(Value::Null)
        }
        Err(error) => Err(Refusal::Malformed(error.to_string())),
    }
}

fn coded(code: i64, message: &str) -> Refusal {
    let message = log_excerpt(message);
    match code {
        -40001 => Refusal::Exists,
        -40002 => Refusal::Input(message),
        -40006 => Refusal::Job,
        -40012 => Refusal::Reserved(message),
        -50000 => Refusal::Failed(message),
        _ => Refusal::Code(code, message),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn answered(status: u16, code: i64, body: Value) -> Result<Value, Refusal> {
        let header = json!({"isSuccessful": code == 0, "resultCode": code, "resultMessage": "why"});
        super::body(status, json!({"header": header, "body": body}).to_string().as_bytes())
    }

    #[test]
    fn a_success_is_its_body() {
        assert_eq!(answered(200, 0, json!([{"jobId": "1"}])), Ok(json!([{"jobId": "1"}])));
        assert_eq!(answered(201, 0, json!(null)), Ok(Value::Null));
        assert_eq!(body(200, b"{\n    \n}"), Ok(Value::Null), "as the guide shows it");
    }

    #[test]
    fn each_code_and_status_is_a_sentence_that_says_what_to_do() {
        for (status, code, wanted) in [
            (200, -40001, "already (code -40001); choose another name"),
            (200, -40002, "(code -40002: why); look at the names"),
            (200, -40004, "refused it (code -40004: why)"),
            (404, -40006, "no such job (code -40006); `metricshot openmetric jobs list`"),
            (200, -40012, "(code -40012: why); choose another name"),
            (500, -50000, "(code -50000: why); look at the list"),
            (401, -1, "the app key is missing or wrong (HTTP status 401)"),
            (403, -1, "not one of this project (HTTP status 403)"),
        ] {
            let sentence = answered(status, code, Value::Null).unwrap_err().to_string();
            assert!(sentence.contains(wanted), "{sentence}");
        }
        assert_eq!(body(404, b"<html>"), Err(Refusal::Path));
        assert_eq!(body(502, b"<html>\n"), Err(Refusal::Status(502, "<html>\\n".to_owned())));
        for other in ["", "[]", "<html>", r#"{"body":[]}"#] {
            assert!(matches!(body(200, other.as_bytes()), Err(Refusal::Malformed(_))), "{other}");
        }
    }
}
