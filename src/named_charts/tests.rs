//! Declarations, and the bodies that query strings make of them.

use super::{Access, NamedChart};
use crate::limits::Limits;

const CPU: &str = r#"{
  "variables": {"host": {"required": true, "pattern": "[a-z0-9-]+"}, "size": {"default": "small", "values": ["small", "large"]}},
  "chart": {
    "title": {"variable": "host"},
    "start": "-3h",
    "metrics": [{"name": "CPU", "namespace_name": "Host", "dimensions": {"host": {"variable": "host"}, "size": {"variable": "size"}}}]
  }
}"#;

fn cpu() -> NamedChart {
    NamedChart::from_json(CPU).unwrap()
}

fn body(query: &[(&str, &str)]) -> Result<serde_json::Value, Vec<String>> {
    let pairs: Vec<(String, String)> =
        query.iter().map(|(name, value)| (name.to_string(), value.to_string())).collect();
    let body = cpu().body(&pairs, &Limits::default());
    let sentences = |faults: Vec<crate::error::Fault>| faults.iter().map(crate::error::Fault::sentence).collect();
    body.map(|body| serde_json::from_slice(&body).unwrap()).map_err(sentences)
}

fn faults(text: &str) -> Vec<String> {
    NamedChart::from_json(text).unwrap_err().iter().map(ToString::to_string).collect()
}

#[test]
fn variables_are_whole_values_and_parameters_replace_fields() {
    let body = body(&[("host", "web-1"), ("start", "-1d"), ("width", "800"), ("end", "1779332400")]).unwrap();
    let expected = serde_json::json!({
        "title": "web-1",
        "start": "-1d",
        "end": 1_779_332_400,
        "width": 800,
        "metrics": [{"name": "CPU", "namespace_name": "Host", "dimensions": {"host": "web-1", "size": "small"}}],
    });
    assert_eq!(body, expected);
}

#[test]
fn every_fault_of_a_query_is_reported_at_once() {
    assert_eq!(
        body(&[("size", "huge"), ("hots", "x"), ("width", "1"), ("width", "2")]).unwrap_err(),
        [
            "Parameter is unknown; the chart has host, size, start, end, timezone, width, height, scale, theme, lang: hots",
            "Parameter should be given once: width",
            "Parameter required: host",
            "Input should be one of small, large: size",
        ]
    );
    assert_eq!(
        body(&[("host", "web-1\" or 1")]).unwrap_err(),
        ["Input should match ^(?:[a-z0-9-]+)$: host"],
        "a pattern describes the whole value"
    );
}

#[test]
fn more_parameters_than_variables_can_be_are_one_fault() {
    let many: Vec<(&str, &str)> = vec![("host", "a"); Limits::default().chart_variables + 9];
    assert_eq!(body(&many).unwrap_err().len(), 1);
    assert_eq!(body(&many[1..]).unwrap_err().len(), many.len() - 2, "one fewer is read");
}

#[test]
fn a_toml_file_says_the_same_as_a_json_file() {
    let text = r#"
        access = "public"
        [variables.host]
        required = true
        [chart]
        start = "-3h"
        title = { variable = "host" }
    "#;
    let chart = NamedChart::from_toml(text).unwrap();
    assert!(matches!(chart.access(), Access::Public) && chart.variables().len() == 1);
    assert!(matches!(cpu().access(), Access::Key), "the default");
}

#[test]
fn a_token_belongs_to_a_chart_with_token_access_and_is_never_repeated() {
    let declared = |fields: &str| NamedChart::from_json(&format!(r#"{{{fields}, "chart": {{}}}}"#));
    let token = "3f1c96f5b9b24de7a1";
    let chart = declared(&format!(r#""access": "token", "token": "{token}""#)).unwrap();
    let Access::Token(digest) = chart.access() else { panic!("{:?}", chart.access()) };
    assert!(digest.is_of(token) && !digest.is_of("3f1c96f5b9b24de7a2"));
    for fields in [r#""access": "token""#, r#""access": "token", "token": "short""#, r#""token": "3f1c96f5b9b24de7a1""#]
    {
        let faults = declared(fields).unwrap_err();
        assert!(faults.len() == 1 && faults[0].key == "token", "{faults:?}");
        assert!(!faults[0].text.contains("short") && !faults[0].text.contains("3f1c"), "{faults:?}");
    }
}

#[test]
fn faults_of_a_declaration_name_their_key() {
    let declared = |variable: &str| {
        faults(&format!(r#"{{"variables": {{{variable}}}, "chart": {{"title": {{"variable": "host"}}}}}}"#))
    };
    assert_eq!(declared(""), ["chart.title: names the variable 'host', which [variables] should declare"]);
    assert_eq!(
        declared(r#""width": {"required": true}, "host": {}"#),
        [
            "variables.host: should have either required = true or a default",
            "variables.width: is a parameter of every chart; rename the variable",
        ]
    );
    assert_eq!(
        declared(r#""host": {"default": "c", "values": ["a", "b"]}"#),
        ["variables.host.default: Input should be one of a, b"]
    );
    assert_eq!(
        declared(r#""host": {"required": true}, "other": {"required": true}"#),
        ["variables.other: is used nowhere in the chart; write {\"variable\": \"other\"} there, or remove it"]
    );
    assert!(declared(r#""host": {"required": true, "pattern": "("}"#)[0].starts_with("variables.host: pattern: "));
    assert!(faults("{}")[0].starts_with("file: missing field `chart`"));
}

#[test]
fn a_name_is_safe_in_a_path() {
    for (name, is_name) in
        [("host-cpu", true), ("a_1", true), ("", false), ("Host", false), ("../x", false), ("a.b", false)]
    {
        assert_eq!(NamedChart::is_name(name), is_name, "{name}");
    }
}
