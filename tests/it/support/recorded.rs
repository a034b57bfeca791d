//! The documented request and response of OVH's vScope guide (2020-11-18): a host's memory over a day, from Erlenmeyer.

use super::fixture::Series;
use serde_json::Value;

/// The body of the guide's `curl`.
pub const REQUEST: &str = include_str!("../../recorded/vscope-question.json");
/// The response in the guide.
pub const RESPONSE: &str = include_str!("../../recorded/vscope-answer.json");
/// The guide's token.
pub const TOKEN: &str = "XXXXXXXXXXXX_XXXXXXXXXXXZZZZZZZZZZZ_YYYYYYYYYYYYYY-XXXXXXXXX";
/// The time of the request in Unix seconds, where its last bucket ends.
pub const NOW: i64 = 1_564_494_591;

/// Returns time in seconds and value of each point of the response.
pub fn points() -> Vec<(i64, f64)> {
    let answer: Value = serde_json::from_str(RESPONSE).unwrap();
    let dps = answer[0]["dps"].as_object().unwrap();
    dps.iter().map(|(time, value)| (time.parse().unwrap(), value.as_f64().unwrap())).collect()
}

/// Returns series that give this response: each value is the maximum of the 20 minutes before it.
pub fn series() -> Vec<Series> {
    let answer: Value = serde_json::from_str(RESPONSE).unwrap();
    let tags = answer[0]["tags"].as_object().unwrap();
    let labels: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect();
    let samples = points().into_iter().flat_map(|(time, value)| {
        [(-900, value - 0.25), (-300, value - 0.5), (0, value)].map(|(before, value)| ((time + before) * 1000, value))
    });
    // The server has no data before the first point.
    let samples = samples.filter(|(time, _)| *time >= (NOW - 71 * 1200) * 1000);
    vec![Series::new("vscope.host.mem.usage.perc", &labels, samples.collect())]
}

/// Removes white space between tokens; the texts of the recordings have none.
pub fn compact(json: &str) -> String {
    json.split_whitespace().collect()
}
