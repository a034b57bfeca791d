//! Responses of the API: JSON, parsed strictly where values are concerned and leniently where servers add fields of their own.
//!
//! Texts of the server go to the log only.

use crate::error::{Reason, SourceError, log_excerpt};
use crate::source::number::Number;
use crate::source::runtime::sample_collector::{Answer, Series};
use serde::Deserialize;
use serde::de::{DeserializeOwned, Error, IgnoredAny};
use serde_json::Value;
use std::collections::BTreeMap;

#[derive(Deserialize)]
struct Envelope {
    status: String,
    data: Option<Matrix>,
    warnings: Option<Vec<String>>,
    #[serde(default)]
    infos: Value,
    #[serde(default, rename = "isPartial")]
    is_partial: bool,
}

#[derive(Deserialize)]
struct Matrix {
    #[serde(rename = "resultType")]
    result_type: String,
    result: Option<Vec<Row>>,
}

#[derive(Deserialize)]
struct Row {
    metric: BTreeMap<String, String>,
    #[serde(default)]
    values: Vec<(f64, Number)>,
    #[serde(default)]
    histograms: Vec<IgnoredAny>,
}

/// The same envelope around an error, whatever its data look like.
#[derive(Deserialize)]
struct Refusal {
    status: String,
    #[serde(default, rename = "errorType")]
    kind: String,
    #[serde(default)]
    error: String,
}

/// Reads the body of a reply to a query for range vectors.
pub fn parse(status: u16, body: &[u8]) -> Result<Answer, SourceError> {
    let fault = match object::<Envelope>(body) {
        Ok(envelope) if (200..300).contains(&status) && envelope.status == "success" => return answer(envelope),
        Ok(_) => None,
        Err(error) => Some(error),
    };
    match fault {
        Some(error) if (200..300).contains(&status) && !is_refusal(body) => Err(malformed(error.to_string())),
        _ => Err(refusal(status, body)),
    }
}

fn is_refusal(body: &[u8]) -> bool {
    object::<Refusal>(body).is_ok_and(|refusal| refusal.status == "error")
}

/// Returns the error of a response without success.
pub fn refusal(status: u16, body: &[u8]) -> SourceError {
    match object::<Refusal>(body) {
        Ok(refusal) if refusal.status == "error" => refused(status, &refusal),
        _ if (200..300).contains(&status) => malformed("the status is neither success nor error"),
        // Some other program's page: its words may repeat our credentials.
        _ => SourceError::new(Reason::Refused, format!("HTTP status {status}")),
    }
}

/// Parses an object; serde alone would accept an array for a struct.
fn object<'de, T: Deserialize<'de>>(body: &'de [u8]) -> Result<T, serde_json::Error> {
    match body.trim_ascii_start().first() {
        Some(b'{') => serde_json::from_slice(body),
        _ => Err(serde_json::Error::custom("not a JSON object")),
    }
}

fn answer(envelope: Envelope) -> Result<Answer, SourceError> {
    let matrix = envelope.data.ok_or_else(|| malformed("success without data"))?;
    if matrix.result_type != "matrix" {
        return Err(malformed(format!("a matrix was asked for, not '{}'", log_excerpt(&matrix.result_type))));
    }
    let rows = matrix.result.unwrap_or_default();
    let infos = envelope.infos.as_array().into_iter().flatten().filter_map(|info| Some(info.as_str()?.to_owned()));
    let (remarks, warnings): (Vec<String>, Vec<String>) =
        envelope.warnings.unwrap_or_default().into_iter().chain(infos).partition(|text| is_remark(text));
    for remark in &remarks {
        tracing::debug!(remark = %log_excerpt(remark), "the source annotates the query");
    }
    for warning in &warnings {
        tracing::warn!(warning = %log_excerpt(warning), "the source warns");
    }
    let has_histograms =
        rows.iter().any(|row| !row.histograms.is_empty()) || remarks.iter().any(|remark| leaves_out_histograms(remark));
    if has_histograms && rows.iter().all(|row| row.values.is_empty()) {
        let detail = "the samples are native histograms: an expression such as histogram_quantile(…) has values";
        return Err(SourceError::new(Reason::NativeHistogram, detail));
    }
    if has_histograms {
        tracing::warn!("native histograms are not drawn");
    }
    let incomplete = envelope.is_partial || !warnings.is_empty() || has_histograms;
    Ok(Answer { series: rows.into_iter().map(series).collect(), incomplete, ..Answer::default() })
}

/// Reports whether an annotation is about the query rather than about missing data: `util/annotations` of Prometheus begins each so. All
/// entries of `infos` do.
fn is_remark(annotation: &str) -> bool {
    annotation.starts_with("PromQL info:") || annotation.starts_with("PromQL warning:")
}

/// Reports whether an annotation says that native histograms, and only they, are left out of the result.
fn leaves_out_histograms(remark: &str) -> bool {
    let left_out = ["ignored histogram", "mix of histograms and floats", "incompatible sample types"];
    left_out.iter().any(|words| remark.contains(words))
}

fn series(row: Row) -> Series {
    // Out of range saturates, and is outside of every window.
    let point = |(second, Number(value)): (f64, Number)| ((second * 1000.0).round() as i64, value);
    Series { labels: row.metric, points: row.values.into_iter().map(point).collect() }
}

fn refused(status: u16, refusal: &Refusal) -> SourceError {
    let too_many = ["too many samples", "maxSamples", "maxPoints", "maximum resolution"];
    let reason = match refusal.kind.as_str() {
        "timeout" => Reason::Timeout,
        _ if too_many.iter().any(|words| refusal.error.contains(words)) => Reason::TooBig,
        _ => Reason::Refused,
    };
    // What is said about our credentials may repeat them.
    let words = if matches!(status, 401 | 403 | 407) { String::new() } else { log_excerpt(&refusal.error) };
    SourceError::new(reason, format!("HTTP status {status}, {}: {words}", log_excerpt(&refusal.kind)))
}

fn malformed(detail: impl Into<String>) -> SourceError {
    SourceError::new(Reason::Malformed, detail)
}

/// Returns the `data` of a response's envelope. Fails where the status is an error or the body has another shape.
pub fn parse_data<T: DeserializeOwned>(status: u16, body: &[u8]) -> Result<T, SourceError> {
    #[derive(Deserialize)]
    struct Envelope<T> {
        status: String,
        data: T,
    }
    match serde_json::from_slice::<Envelope<T>>(body) {
        Ok(envelope) if (200..300).contains(&status) && envelope.status == "success" => Ok(envelope.data),
        Ok(_) => Err(refusal(status, body)),
        Err(error) if (200..300).contains(&status) => Err(SourceError::new(Reason::Malformed, error.to_string())),
        Err(_) => Err(refusal(status, body)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn matrix(values: &str) -> String {
        format!(
            r#"{{"status":"success","data":{{"resultType":"matrix","result":[{{"metric":{{"a":"b"}},"values":{values}}}]}}}}"#
        )
    }

    fn reason(status: u16, body: &str) -> Reason {
        parse(status, body.as_bytes()).unwrap_err().reason
    }

    #[test]
    fn values_are_strings_and_times_have_decimals() {
        let body = matrix(
            r#"[[1767225900,"9.5"],[1767226200.123,"2.5e-09"],[1,"NaN"],[2,"+Inf"],[3,"-Inf"],[4,"1e999"],[5,null],[6,7]]"#,
        );
        let answer = parse(200, body.as_bytes()).unwrap();
        let (times, values): (Vec<_>, Vec<_>) = answer.series[0].points.iter().copied().unzip();
        assert_eq!(times, [1_767_225_900_000, 1_767_226_200_123, 1000, 2000, 3000, 4000, 5000, 6000]);
        assert_eq!(values[..2], [9.5, 2.5e-9]);
        assert!(values[2].is_nan() && values[6].is_nan());
        assert_eq!(
            (values[3], values[4], values[5], values[7]),
            (f64::INFINITY, f64::NEG_INFINITY, f64::INFINITY, 7.0)
        );
        assert!(!answer.incomplete);
    }

    #[test]
    fn a_value_that_is_no_number_is_malformed() {
        for values in
            [r#"[[1,"abc"]]"#, "[[1,true]]", r#"[[1,""]]"#, r#"[["1","2"]]"#, "[[1]]", "[[1,[2]]]", r#"[[1,"2",3]]"#]
        {
            assert_eq!(reason(200, &matrix(values)), Reason::Malformed, "{values}");
        }
    }

    #[test]
    fn what_is_not_the_envelope_is_malformed() {
        let whole = matrix("[]");
        let cut = &whole[..whole.len() - 4];
        for body in [
            "",
            "ok",
            "<html></html>",
            "[]",
            "{}",
            "null",
            r#"["success",null,[],false]"#,
            r#"{"status":"success"}"#,
            cut,
        ] {
            assert_eq!(reason(200, body), Reason::Malformed, "{body}");
        }
        assert_eq!(reason(204, ""), Reason::Malformed);
    }

    #[test]
    fn other_types_of_result_are_malformed() {
        for data in [
            r#"{"resultType":"vector","result":[{"metric":{},"value":[1,"2"]}]}"#,
            r#"{"resultType":"vector","result":[]}"#,
            r#"{"resultType":"scalar","result":[1,"2"]}"#,
            r#"{"resultType":"string","result":[1,"a"]}"#,
        ] {
            assert_eq!(reason(200, &format!(r#"{{"status":"success","data":{data}}}"#)), Reason::Malformed, "{data}");
        }
    }

    #[test]
    fn an_error_is_refused_whatever_comes_with_it() {
        let bad = r#"{"status":"error","errorType":"bad_data","error":"parse error","data":[1]}"#;
        assert_eq!(reason(400, bad), Reason::Refused);
        assert_eq!(reason(200, bad), Reason::Refused);
        assert_eq!(reason(401, "Unauthorized"), Reason::Refused);
        assert_eq!(reason(500, "<html>"), Reason::Refused);
        assert_eq!(reason(500, &matrix("[]")), Reason::Refused);
    }

    #[test]
    fn a_timeout_and_too_much_have_their_own_reasons() {
        let error = |kind: &str, words: &str| format!(r#"{{"status":"error","errorType":"{kind}","error":"{words}"}}"#);
        assert_eq!(reason(503, &error("timeout", "query timed out")), Reason::Timeout);
        let words = "query processing would load too many samples into memory in query execution";
        assert_eq!(reason(422, &error("execution", words)), Reason::TooBig);
        assert_eq!(reason(422, &error("execution", "multiple matches for labels")), Reason::Refused);
    }

    #[test]
    fn words_about_credentials_stay_out_of_the_log() {
        let body = r#"{"status":"error","errorType":"auth","error":"bad token hidden"}"#;
        assert!(!parse(401, body.as_bytes()).unwrap_err().detail.contains("hidden"));
        assert!(!parse(401, b"bad token hidden").unwrap_err().detail.contains("hidden"));
    }

    #[test]
    fn warnings_and_partial_answers_are_incomplete_and_remarks_on_the_query_are_not() {
        let data = r#""data":{"resultType":"matrix","result":[{"metric":{},"values":[[1,"2"]]}]}"#;
        let counter =
            "metric might not be a counter, name does not end in _total/_sum/_count/_bucket: \\\"in\\\" (1:10)";
        let monotonic = "input to histogram_quantile needed to be fixed for monotonicity";
        for (rest, incomplete) in [
            (format!(r#"{data},"warnings":["some"]"#), true),
            (format!(r#"{data},"warnings":["PromQL info: x","results truncated due to limit"]"#), true),
            (format!(r#"{data},"isPartial":true"#), true),
            (format!(r#"{data},"warnings":["PromQL info: {counter}"]"#), false),
            (format!(r#"{data},"warnings":["PromQL warning: quantile value should be between 0 and 1"]"#), false),
            (format!(r#"{data},"infos":["PromQL info: {counter}","PromQL info: {monotonic}"]"#), false),
            (format!(r#"{data},"warnings":[],"infos":null,"isPartial":false,"stats":{{"a":1}}"#), false),
            (format!(r#"{data},"warnings":null"#), false),
            (
                format!(
                    r#"{data},"warnings":["PromQL warning: encountered a mix of histograms and floats for \"x\""]"#
                ),
                true,
            ),
        ] {
            let answer = parse(200, format!(r#"{{"status":"success",{rest}}}"#).as_bytes()).unwrap();
            assert_eq!(answer.incomplete, incomplete, "{rest}");
        }
    }

    #[test]
    fn native_histograms_alone_are_their_own_reason_and_beside_values_incomplete() {
        let histogram = r#"{"metric":{},"histograms":[[1,{"count":"5"}]]}"#;
        let value = r#"{"metric":{"a":"b"},"values":[[1,"2"]]}"#;
        let both = r#"{"metric":{"a":"b"},"values":[[1,"2"]],"histograms":[[3,{"count":"5"}]]}"#;
        let body = |rows: &str, rest: &str| {
            format!(r#"{{"status":"success","data":{{"resultType":"matrix","result":[{rows}]}}{rest}}}"#)
        };
        assert_eq!(reason(200, &body(histogram, "")), Reason::NativeHistogram);
        let ignored = r#","infos":["PromQL info: ignored histogram in topk aggregation (1:1)"]"#;
        assert_eq!(reason(200, &body("", ignored)), Reason::NativeHistogram);
        for rows in [&format!("{histogram},{value}"), both] {
            let answer = parse(200, body(rows, "").as_bytes()).unwrap();
            assert!(answer.incomplete && answer.series.iter().any(|series| !series.points.is_empty()), "{rows}");
        }
        assert!(!parse(200, body("", "").as_bytes()).unwrap().incomplete);
    }
}
