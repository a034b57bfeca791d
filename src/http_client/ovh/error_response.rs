//! Error responses of the API as sentences that tell the operator what to change.
//!
//! Used by [`super::api`] and [`super::account`]. The API's own words are added where they are not about our keys: those have a code.

use crate::error::{Reason, SourceError, log_excerpt};
use serde::Deserialize;

#[derive(Debug, Default, Deserialize)]
#[serde(default, rename_all = "camelCase")]
struct Refused {
    error_code: String,
    message: String,
}

fn read(body: &[u8]) -> Refused {
    serde_json::from_slice(body).unwrap_or_default()
}

/// Returns the error of a response to `call`, which is method and path.
pub fn refusal(call: &str, status: u16, body: &[u8]) -> SourceError {
    let refused = read(body);
    let sentence = match (status, refused.error_code.as_str()) {
        (_, "NOT_GRANTED_CALL") => "the consumer key has no right to this call: ask for one that has",
        (_, "NOT_CREDENTIAL" | "INVALID_CREDENTIAL") => {
            "the consumer key is not valid: it has ended, was withdrawn, or belongs to another application"
        }
        (_, "INVALID_KEY") => "the application key is not known in this region",
        (_, "INVALID_SIGNATURE") => "the signature is wrong: application_secret does not belong to application_key",
        (_, "QUERY_TIME_OUT") => "the time of the call is not taken: a clock is wrong",
        (403, _) => "the account may not do this",
        (404, _) => "there is none",
        (460, _) => "the service has expired",
        (429, _) => "too many calls",
        _ => "",
    };
    let reason = match status {
        408 | 504 => Reason::Timeout,
        502 | 503 => Reason::Down,
        _ => Reason::Refused,
    };
    // What is said about our keys may repeat them.
    let about_keys = !refused.error_code.is_empty() || matches!(status, 401 | 403 | 407);
    let words = if about_keys { String::new() } else { log_excerpt(&refused.message) };
    let parts = [sentence.to_owned(), words].into_iter().filter(|part| !part.is_empty());
    let parts = [format!("{call}: HTTP status {status}")].into_iter().chain(parts);
    SourceError::new(reason, parts.collect::<Vec<_>>().join(": "))
}

/// Reports whether the API rejected the time of the signature.
pub fn is_out_of_time(status: u16, body: &[u8]) -> bool {
    let says_so = |refused: Refused| refused.error_code == "QUERY_TIME_OUT" || refused.message == "Query out of time";
    status == 400 && says_so(read(body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn detail(status: u16, body: &str) -> String {
        refusal("GET /dedicatedCloud/pcc-1/datacenter/2/vm", status, body.as_bytes()).detail
    }

    #[test]
    fn each_refusal_says_what_to_mend_and_none_repeats_a_key() {
        let words = ["NOT_GRANTED_CALL", "NOT_CREDENTIAL", "INVALID_CREDENTIAL", "INVALID_KEY", "FORBIDDEN"];
        let refused = |word: &&str| {
            let body = format!(r#"{{"errorCode":"{word}","httpCode":"403 Forbidden","message":"secret-key"}}"#);
            format!("{word}: {}", detail(403, &body))
        };
        let lines = words.iter().map(refused).collect::<Vec<_>>().join("\n");
        assert_eq!(
            lines.replace("GET /dedicatedCloud/pcc-1/datacenter/2/vm: HTTP status 403: ", ""),
            "NOT_GRANTED_CALL: the consumer key has no right to this call: ask for one that has\n\
             NOT_CREDENTIAL: the consumer key is not valid: it has ended, was withdrawn, or belongs to another application\n\
             INVALID_CREDENTIAL: the consumer key is not valid: it has ended, was withdrawn, or belongs to another application\n\
             INVALID_KEY: the application key is not known in this region\n\
             FORBIDDEN: the account may not do this"
        );
    }

    #[test]
    fn other_errors_keep_the_words_of_the_api() {
        let body = r#"{"class":"Client::NotFound","message":"The requested object (vmId = 7) does not exist"}"#;
        assert!(
            detail(404, body)
                .ends_with("HTTP status 404: there is none: The requested object (vmId = 7) does not exist")
        );
        assert!(detail(460, "").ends_with("HTTP status 460: the service has expired"));
        assert!(detail(500, "<html>").ends_with("HTTP status 500"));
    }
}
