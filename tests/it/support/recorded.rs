//! The documented question and answer of OVH's vScope guide (2020-11-18): a host's memory over a day, from Erlenmeyer.

use super::fixture::Series;
use serde_json::Value;

/// The body of the guide's `curl`.
pub const QUESTION: &str = include_str!("../../recorded/vscope-question.json");
/// What the guide shows as its answer.
pub const ANSWER: &str = include_str!("../../recorded/vscope-answer.json");
/// The guide's token.
pub const TOKEN: &str = "XXXXXXXXXXXX_XXXXXXXXXXXZZZZZZZZZZZ_YYYYYYYYYYYYYY-XXXXXXXXX";
/// When it was asked, in seconds: its last bucket ends there.
pub const NOW: i64 = 1_564_494_591;

/// Time in seconds and value of each point of the answer.
pub fn points() -> Vec<(i64, f64)> {
    let answer: Value = serde_json::from_str(ANSWER).unwrap();
    let dps = answer[0]["dps"].as_object().unwrap();
    dps.iter().map(|(time, value)| (time.parse().unwrap(), value.as_f64().unwrap())).collect()
}

/// Series that have this answer: each value is the largest of its 20 minutes, which end with it.
pub fn series() -> Vec<Series> {
    let answer: Value = serde_json::from_str(ANSWER).unwrap();
    let tags = answer[0]["tags"].as_object().unwrap();
    let labels: Vec<(&str, &str)> = tags.iter().map(|(key, value)| (key.as_str(), value.as_str().unwrap())).collect();
    let samples = points().into_iter().flat_map(|(time, value)| {
        [(-900, value - 0.25), (-300, value - 0.5), (0, value)].map(|(before, value)| ((time + before) * 1000, value))
    });
    // The server had nothing before the first answered moment.
    let samples = samples.filter(|(time, _)| *time >= (NOW - 71 * 1200) * 1000);
    vec![Series::new("vscope.host.mem.usage.perc", &labels, samples.collect())]
}

/// Without the white space between its parts; there is none in its texts.
pub fn compact(json: &str) -> String {
    json.split_whitespace().collect()
}
