//! What bodies become, by the rows of the contract: right ones, wrong ones, and several faults at once.

mod chart;
mod chart_request;
mod content;
mod form;

use super::*;
use crate::request::{Colour, ImageRequest, Language, Query, Zone, Zones};
use serde_json::{Value, json};

const LIMITS: fn() -> Limits = Limits::default;

fn image(version: Version, body: &[u8]) -> Result<ImageRequest, Vec<Fault>> {
    image_request(
        body,
        Language::English,
        &Rules { version, statistic: Statistic::parse, zones: &Zones::bundled(), limits: &LIMITS() },
    )
}

fn data(version: Version, body: &Value) -> Result<Query, Vec<Fault>> {
    let rules = Rules { version, statistic: Statistic::parse, zones: &Zones::bundled(), limits: &LIMITS() };
    data_request(body.to_string().as_bytes(), &rules)
}

fn infos(body: &str) -> Result<MetricFilter, Vec<Fault>> {
    let rules =
        Rules { version: Version::NEWEST, statistic: Statistic::parse, zones: &Zones::bundled(), limits: &LIMITS() };
    metric_filter(body.as_bytes(), &rules)
}

/// The documented example, as 1.1 has it.
fn example() -> Value {
    json!({
        "end": 1640995440, "height": 400,
        "metrics": [{
            "color": "#0000ff",
            "dimensions": [{"key": "VolumeID", "value": "45fbde15-cdd2-4891-be31-4a9de75fccda"}],
            "display_name": "Virtual Server | VirtualServer001 | CPU Usage/Core[Basic]",
            "name": "CPU Usage/Core[Basic]", "namespace_name": "Virtual Server", "period": 300, "statistic_type": "AVG"
        }],
        "period": 300, "start": 1640995200, "statistic_type": "AVG", "timezone": "UTC",
        "title": "Virtual Server Metric Chart", "width": 600
    })
}

/// The example with the value at a JSON pointer replaced, or a field added.
fn with(pointer: &str, value: Value) -> Value {
    let mut body = example();
    let (parent, name) = pointer.rsplit_once('/').unwrap();
    match body.pointer_mut(parent).unwrap() {
        Value::Array(items) => items[name.parse::<usize>().unwrap()] = value,
        object => object[name] = value,
    }
    body
}

fn without(name: &str) -> Value {
    let mut body = example();
    body.as_object_mut().unwrap().remove(name);
    body
}

fn read(body: &Value) -> ImageRequest {
    image(Version::V1_1, body.to_string().as_bytes()).unwrap()
}

/// Word and sentence of each fault.
fn said(faults: Vec<Fault>) -> Vec<String> {
    faults.iter().map(|fault| format!("{} | {}", fault.kind.word(), fault.sentence())).collect()
}

fn faults(body: &Value) -> Vec<String> {
    said(image(Version::V1_1, body.to_string().as_bytes()).unwrap_err())
}

/// The only fault of the example with `value` at `pointer`, which has to begin with `expected`.
#[track_caller]
fn refuses(pointer: &str, value: Value, expected: &str) {
    let faults = faults(&with(pointer, value.clone()));
    assert!(faults.len() == 1 && faults[0].starts_with(expected), "{pointer} = {value:.80}: {faults:?}");
}

#[track_caller]
fn accepts(pointer: &str, value: Value) -> ImageRequest {
    read(&with(pointer, value))
}
