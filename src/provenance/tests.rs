//! Equality of requests, and equality of displayed data.

use super::{Field, Record, request_digest};
use crate::error::Reason;
use crate::http::{Version, wire};
use crate::limits::Limits;
use crate::request::{
    Annotation, ChartOptions, Colour, DisplayText, ImageRequest, Kind, Language, LegendValue, Place, Scale, Size,
    Statistic, TemplateName, Zones,
};
use crate::series::{Buckets, Frame, Grid, Line, Notes, Outcome};
use std::sync::Arc;

const BODY: &str = r##"{"start": 1640995200, "end": 1640998800, "period": 60, "statistic_type": "AVG", "title": "Shop",
    "timezone": "Asia/Seoul", "width": 600, "height": 400, "metrics": [{"namespace_name": "Virtual Server",
    "name": "CPU", "dimensions": [{"key": "id", "value": "7"}], "color": "#0000ff"}]}"##;

fn request(body: &str) -> ImageRequest {
    let limits = Limits::default();
    let rules = wire::Rules {
        version: Version::NEWEST,
        statistic: Statistic::parse,
        zones: &Zones::bundled(),
        limits: &limits,
    };
    wire::image_request(body.as_bytes(), Language::English, &rules).unwrap()
}

/// A frame of `request` whose value in bucket `i` is `value(i)`.
fn frame(request: &ImageRequest, value: impl Fn(usize) -> Option<f64>) -> Frame {
    let (query, metric) = (&request.query, &request.query.metrics[0]);
    let grid = Arc::new(Grid::new(query.span, metric.period, &query.zone));
    let values: Vec<_> = (0..grid.len()).map(value).collect();
    let line = Line {
        metric: 0,
        label: metric.metric.default_label(),
        colour: metric.colour,
        statistic: metric.statistic,
        period: metric.period,
        unit: crate::request::Unit::PERCENT,
        outcome: Outcome::Answered(Buckets::new(grid, values), Notes::default()),
    };
    Frame { span: query.span, zone: query.zone.clone(), lines: vec![line], complete_until: None }
}

fn digest(request: &ImageRequest, field: Field) -> String {
    Record::new(request, &frame(request, |index| Some(index as f64)), "").get(field).unwrap().to_owned()
}

fn data(change: impl FnOnce(&mut Frame)) -> String {
    let request = request(BODY);
    let mut frame = frame(&request, |index| Some(index as f64).filter(|_| index != 7));
    change(&mut frame);
    Record::new(&request, &frame, "").get(Field::Data).unwrap().to_owned()
}

#[test]
fn equal_requests_have_equal_digests_however_their_json_is_written() {
    let mut value: serde_json::Value = serde_json::from_str(BODY).unwrap();
    assert_eq!(digest(&request(BODY), Field::Request), digest(&request(&value.to_string()), Field::Request));
    for (key, other) in [("title", "Shop "), ("timezone", "Asia/Tokyo"), ("statistic_type", "MAX")] {
        value[key] = other.into();
        assert_ne!(
            digest(&request(BODY), Field::Request),
            digest(&request(&value.to_string()), Field::Request),
            "{key}"
        );
    }
}

/// The canonical text. When it changes, increase the number in its first line.
#[test]
fn a_request_with_every_option_has_this_canonical_text() {
    let annotation = Annotation {
        place: Place::Values(-1.5, 80.0),
        label: Some(DisplayText::lossy("a\nlimit")),
        colour: Some(Colour::rgb(0xff0000)),
    };
    let mut full = request(BODY);
    full.size = Size::new(300, 150, &Limits::default()).unwrap();
    full.chart = ChartOptions {
        kind: Kind::Stacked,
        legend_values: vec![LegendValue::Min, LegendValue::Last],
        annotations: vec![annotation],
        template: Some(TemplateName::new("dark").unwrap()),
        scale: Scale::new(1.5).unwrap(),
        ..ChartOptions::default()
    };
    full.chart.axis.max = Some(0.1);
    let expected = "metricshot request 1
span 1640995200 1640998800
zone 10:Asia/Seoul
title 4:Shop
size 300 150
language English
metric 14:Virtual Server 3:CPU
dimension 2:id 1:7
bucket AVG 60
colour #0000ff
name -
kind Stacked
legend Automatic [Min, Last]
axis - 0.1 Linear -
annotation values -1.5 80 #ff0000 7:a limit
template 4:dark
scale 1.5
footer Hidden
ground Opaque
unfinished Plain
";
    assert_eq!(request_digest::text(&full), expected);
}

#[test]
fn the_record_has_range_and_zone() {
    let record = Record::new(&request(BODY), &frame(&request(BODY), |_| None), "A chart");
    let written =
        [Field::Title, Field::Description, Field::Range, Field::UnixRange, Field::Zone].map(|field| record.get(field));
    let expected =
        ["Shop", "A chart", "2022-01-01T00:00:00Z/2022-01-01T01:00:00Z", "1640995200/1640998800", "Asia/Seoul"];
    assert_eq!(written, expected.map(Some));
}

#[test]
fn equal_data_has_an_equal_digest_in_another_style() {
    let mut other = request(BODY);
    other.title = None;
    other.size = Size::new(300, 150, &Limits::default()).unwrap();
    assert_eq!(digest(&request(BODY), Field::Data), digest(&other, Field::Data));
    assert_eq!(data(|_| ()), data(|frame| frame.lines[0].colour = None));
}

#[test]
fn a_changed_value_a_gap_a_unit_or_a_failure_changes_the_digest_of_the_data() {
    let values = |value: fn(usize) -> Option<f64>| {
        move |changed: &mut Frame| changed.lines[0].outcome = frame(&request(BODY), value).lines[0].outcome.clone()
    };
    let all = [
        data(|_| ()),
        data(values(|index| Some(if index == 59 { 59.000_000_000_1 } else { index as f64 }).filter(|_| index != 7))),
        data(values(|index| Some(index as f64))),
        data(|frame| frame.lines[0].unit = crate::request::Unit::COUNT),
        data(|frame| frame.lines[0].outcome = Outcome::Missing(Reason::Timeout)),
        data(|frame| frame.lines.push(frame.lines[0].clone())),
    ];
    for (index, one) in all.iter().enumerate() {
        assert!(!all[..index].contains(one), "{index}");
    }
    assert_eq!(data(values(|_| Some(0.0))), data(values(|_| Some(-0.0))));
}
