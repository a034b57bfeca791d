//! Chart options: what is read, and every fault of them.

use super::*;
use crate::request::{
    AxisScale, Background, ChartOptions, Footer, Kind, LegendPlace, LegendValue, Place, Scale, TemplateName, Unit,
};

fn options(body: &Value) -> Result<ChartOptions, Vec<Fault>> {
    chart_options(body.to_string().as_bytes(), &LIMITS())
}

fn faults_of(body: &Value) -> Vec<String> {
    said(options(body).unwrap_err())
}

#[test]
fn what_is_left_out_or_null_is_as_the_operation_draws() {
    let nulls = json!({"kind": null, "legend": {"place": null, "values": null}, "axis": {"min": null, "unit": null},
        "annotations": null, "theme": null, "scale": null, "footer": null, "background": null, "incomplete": null});
    for body in [json!({}), nulls, json!({"legend": {}, "axis": {}, "annotations": [], "footer": false})] {
        assert_eq!(options(&body), Ok(ChartOptions::default()), "{body}");
    }
}

#[test]
fn every_option_is_read() {
    let read = options(&json!({
        "kind": "stacked", "legend": {"place": "right", "values": ["last", "avg"]},
        "axis": {"min": 1, "max": 2.5e3, "scale": "log", "unit": "BYTES_PER_SECOND"},
        "annotations": [{"value": 80, "label": "limit", "color": "#f00"}, {"values": [-1.5, 2]}, {"time": 1640995200},
            {"times": [1640995200, 1640995260]}],
        "theme": "dark", "scale": 1.5, "footer": true, "background": "transparent"
    }))
    .unwrap();
    assert_eq!((read.kind, read.legend), (Kind::Stacked, LegendPlace::Right));
    assert_eq!(read.legend_values, [LegendValue::Last, LegendValue::Average]);
    assert_eq!((read.axis.min, read.axis.max), (Some(1.0), Some(2500.0)));
    assert_eq!((read.axis.scale, read.axis.unit), (AxisScale::Logarithmic, Unit::parse("BYTES_PER_SECOND")));
    let places: Vec<Place> = read.annotations.iter().map(|annotation| annotation.place).collect();
    let times = [Place::Time(1_640_995_200), Place::Times(1_640_995_200, 1_640_995_260)];
    assert_eq!(places, [&[Place::Value(80.0), Place::Values(-1.5, 2.0)][..], &times].concat());
    assert_eq!(read.annotations[0].label.as_ref().unwrap().as_str(), "limit");
    assert_eq!(read.annotations[0].colour, Some(Colour::rgb(0xff0000)));
    assert_eq!((read.template, read.scale), (TemplateName::new("dark").ok(), Scale::new(1.5).unwrap()));
    assert_eq!((read.footer, read.ground), (Footer::Shown, Background::Transparent));
}

#[test]
fn every_fault_of_the_options_is_told_at_once() {
    let body = json!({
        "zebra": 1, "background": "white", "footer": "yes", "scale": 1.1, "theme": "../dark",
        "annotations": [{}, {"value": 1, "time": 2}, {"value": "80"}, {"values": [2, 1]}, {"values": [1, 2, 3]},
            {"times": [1640995200]}, {"time": 1.5}, {"value": 1, "color": "red", "text": "x"}, 7],
        "axis": {"min": 5, "max": 5, "scale": "cubic", "unit": "FURLONGS"},
        "legend": {"place": "left", "values": ["min", "p95"]}, "kind": "pie"
    });
    insta::assert_snapshot!(faults_of(&body).join("\n"), @r"
    out_of_range | Input should be 'line', 'area', 'stacked', 'step', 'bar' or 'band': kind
    out_of_range | Input should be 'automatic', 'bottom', 'right' or 'hidden': legend.place
    out_of_range | Input should be 'min', 'avg', 'max' or 'last': legend.values[1]
    out_of_range | Input should be 'linear' or 'log': axis.scale
    out_of_range | Input should be a unit such as 'PERCENT', 'BYTES_PER_SECOND', 'MILLISECONDS' or 'NONE': axis.unit
    out_of_range | Input should be greater than min: axis.max
    missing_field | Input should have one of 'value', 'values', 'time' and 'times': annotations[0]
    missing_field | Input should have one of 'value', 'values', 'time' and 'times': annotations[1]
    wrong_type | Input should be a valid number: annotations[2].value
    out_of_range | List should have 2 items, the lesser first: annotations[3].values
    too_many | List should have at most 2 items after validation, not 3: annotations[4].values
    out_of_range | List should have 2 items, the lesser first: annotations[5].times
    wrong_type | Input should be a valid integer: annotations[6].time
    invalid_colour | Input should be a colour such as '#0000ff', '#00f' or '#0000ff80': annotations[7].color
    unknown_field | Extra inputs are not permitted: annotations[7].text
    wrong_type | Input should be a valid dictionary: annotations[8]
    invalid_text | A template's name should be 1 to 64 small letters, digits, '-' and '_', such as 'dark': theme
    out_of_range | Input should be 1 to 4 in steps of 0.25, such as 2: scale
    wrong_type | Input should be a valid boolean: footer
    out_of_range | Input should be 'opaque' or 'transparent': background
    unknown_field | Extra inputs are not permitted: zebra
    ");
}

#[test]
fn single_faults_name_what_would_be_right() {
    for (body, expected) in [
        (json!([]), "wrong_type | Input should be a valid dictionary"),
        (json!({"legend": "right"}), "wrong_type | Input should be a valid dictionary: legend"),
        (json!({"legend": {"values": ["min", "min"]}}), "duplicate | Each value should come once: legend.values"),
        (json!({"scale": "2"}), "wrong_type | Input should be a valid number: scale"),
        (json!({"scale": true}), "wrong_type | Input should be a valid number: scale"),
        (json!({"footer": 1}), "wrong_type | Input should be a valid boolean: footer"),
        (
            json!({"axis": {"max": u64::MAX}}),
            "out_of_range | Input should be written with an exponent, such as 1e19: axis.max",
        ),
        (
            json!({"axis": {"scale": "log", "min": 0}}),
            "out_of_range | Input should be greater than 0 where scale is 'log': axis.min",
        ),
        (json!({"kind": 1}), "wrong_type | Input should be a valid string: kind"),
    ] {
        assert_eq!(faults_of(&body), [expected], "{body}");
    }
    assert_eq!(
        said(chart_options(br#"{"kind":"line","kind":"bar"}"#, &LIMITS()).unwrap_err()),
        ["duplicate_field | Field should be given once: kind"]
    );
    assert_eq!(said(chart_options(b"{", &LIMITS()).unwrap_err()), ["invalid_json | Invalid JSON: line 1 column 1"]);
}

#[test]
fn annotations_are_counted() {
    let of = |count: usize| json!({"annotations": vec![json!({"value": 1}); count]});
    assert_eq!(options(&of(50)).unwrap().annotations.len(), 50);
    let text = "too_many | List should have at most 50 items after validation, not 51: annotations";
    assert_eq!(faults_of(&of(51)), [text]);
}

#[test]
fn a_scaled_picture_stays_within_the_limits() {
    let scaled = |scale: f64, width: u32, height: u32| {
        let mut body = with("/width", json!(width));
        body["height"] = json!(height);
        let chart = ChartOptions { scale: Scale::new(scale).unwrap(), ..ChartOptions::default() };
        read(&body).with_chart(chart, &LIMITS()).map(|request| request.chart.scale)
    };
    assert!(scaled(4.0, 600, 400).is_ok() && scaled(2.0, 2048, 500).is_ok());
    for (scale, width, height, device) in [(4.0, 1400, 500, "5600x2000"), (2.0, 2000, 1001, "4000x2002")] {
        let fault = scaled(scale, width, height).unwrap_err();
        let text = format!(
            "Input should leave width and height times scale at most 4096 pixels each and 8000000 together, not {device}: scale"
        );
        assert_eq!((fault.kind, fault.sentence()), (crate::error::FaultKind::OutOfRange, text));
    }
}

#[test]
fn the_operation_takes_no_chart_options() {
    for (name, value) in [("kind", json!("area")), ("legend", json!({})), ("scale", json!(2)), ("chart", json!({}))] {
        let expected = format!("unknown_field | Extra inputs are not permitted: {name}");
        refuses(&format!("/{name}"), value, &expected);
    }
}
