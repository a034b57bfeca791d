//! The standard variables of OpenTelemetry, read if the configuration names no collector.
//!
//! Names and meanings are those of the OpenTelemetry specification ("Environment Variable Specification", "OTLP Exporter Configuration").
//! They set keys of `[traces]` and the limit `traces_send`, so they are checked and printed like these. An empty variable counts as unset.

use super::ConfigFault;
use super::merge::Layer;
use figment::value::{Dict, Value};
use percent_encoding::percent_decode_str;

/// The origin of values from these variables.
pub(super) const OPENTELEMETRY: &str = "OpenTelemetry variables";
/// The prefix of the variable names.
pub(super) const PREFIX: &str = "OTEL_";

const DISABLED: &str = "OTEL_SDK_DISABLED";
const ENDPOINT: &str = "OTEL_EXPORTER_OTLP_ENDPOINT";
const PROTOCOL: &str = "OTEL_EXPORTER_OTLP_PROTOCOL";
const HEADERS: &str = "OTEL_EXPORTER_OTLP_HEADERS";
const TIMEOUT: &str = "OTEL_EXPORTER_OTLP_TIMEOUT";
const SERVICE_NAME: &str = "OTEL_SERVICE_NAME";
const SAMPLER: &str = "OTEL_TRACES_SAMPLER";
const SAMPLER_ARGUMENT: &str = "OTEL_TRACES_SAMPLER_ARG";

/// Keys of the configuration, and the variables that set them.
const KEYS: [(&str, &str); 5] = [
    ("url", ENDPOINT),
    ("headers", HEADERS),
    ("service_name", SERVICE_NAME),
    ("share", SAMPLER_ARGUMENT),
    ("traces_send", TIMEOUT),
];

/// Converts the variables to a layer, or returns `None` if they name no collector. Fails at the first variable with an unsupported value.
pub(super) fn layer(variables: &[(String, String)]) -> Result<Option<Layer>, ConfigFault> {
    let text =
        |name: &str| variables.iter().find(|(own, text)| own == name && !text.is_empty()).map(|(_, text)| &**text);
    let disabled = text(DISABLED).is_some_and(|text| text.eq_ignore_ascii_case("true"));
    let Some(url) = text(ENDPOINT).filter(|_| !disabled) else { return Ok(None) };
    if text(PROTOCOL).is_some_and(|protocol| protocol != "http/protobuf") {
        return Err(ConfigFault::wrong(PROTOCOL, "should be http/protobuf, the only supported protocol"));
    }
    let mut traces = Dict::from([("url".to_owned(), Value::from(url))]);
    if let Some(name) = text(SERVICE_NAME) {
        traces.insert("service_name".to_owned(), Value::from(name));
    }
    if let Some(pairs) = text(HEADERS) {
        traces.insert("headers".to_owned(), Value::from(headers(pairs)?));
    }
    if let Some(sampler) = text(SAMPLER) {
        let (parent_based, ratio) = sampling(sampler, text(SAMPLER_ARGUMENT))?;
        traces
            .extend([("parent_based".to_owned(), Value::from(parent_based)), ("share".to_owned(), Value::from(ratio))]);
    }
    let mut values = Dict::from([("traces".to_owned(), Value::from(traces))]);
    if let Some(timeout) = text(TIMEOUT) {
        let send = Dict::from([("traces_send".to_owned(), Value::from(format!("{timeout}ms")))]);
        values.insert("limits".to_owned(), Value::from(send));
    }
    Ok(Some(Layer::new(OPENTELEMETRY, values)))
}

/// Returns the variable that sets the key at `path`.
pub(super) fn variable(path: &[String]) -> &'static str {
    let found = KEYS.iter().find(|(key, _)| path.iter().any(|part| part == key));
    found.map_or(ENDPOINT, |(_, variable)| variable)
}

/// Parses `name=value,name=value` with percent-encoded values.
fn headers(pairs: &str) -> Result<Dict, ConfigFault> {
    let header = |pair: &str| {
        let (name, value) = pair.split_once('=')?;
        let value = percent_decode_str(value.trim()).decode_utf8().ok()?;
        (!name.trim().is_empty()).then(|| (name.trim().to_owned(), Value::from(&*value)))
    };
    let read: Option<Dict> = pairs.split(',').filter(|pair| !pair.trim().is_empty()).map(header).collect();
    read.ok_or_else(|| ConfigFault::wrong(HEADERS, "should be name=value,name=value, the values percent-encoded"))
}

/// Returns whether sampling follows the client's trace, and the sampling ratio of other requests, 0.0 to 1.0.
fn sampling(sampler: &str, argument: Option<&str>) -> Result<(bool, f64), ConfigFault> {
    let ratio = || {
        let ratio = argument.map_or(Some(1.0), |text| text.parse().ok().filter(|ratio| (0.0..=1.0).contains(ratio)));
        ratio.ok_or_else(|| ConfigFault::wrong(SAMPLER_ARGUMENT, "should be 0.0 (none) to 1.0 (every request)"))
    };
    match sampler {
        "always_on" => Ok((false, 1.0)),
        "always_off" => Ok((false, 0.0)),
        "traceidratio" => Ok((false, ratio()?)),
        "parentbased_always_on" => Ok((true, 1.0)),
        "parentbased_always_off" => Ok((true, 0.0)),
        "parentbased_traceidratio" => Ok((true, ratio()?)),
        _ => Err(ConfigFault::wrong(
            SAMPLER,
            "should be always_on, always_off, traceidratio, or one of these after parentbased_",
        )),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::Figment;

    fn read(variables: &[(&str, &str)]) -> Result<Option<Value>, ConfigFault> {
        let owned: Vec<_> = variables.iter().map(|&(name, text)| (name.to_owned(), text.to_owned())).collect();
        let value = |layer| Figment::from(layer).extract::<Value>().unwrap();
        layer(&owned).map(|layer| layer.map(value))
    }

    const COLLECTOR: (&str, &str) = (ENDPOINT, "http://collector:4318");

    #[test]
    fn an_endpoint_is_enough_and_without_it_other_variables_are_ignored() {
        let value = read(&[COLLECTOR]).unwrap().unwrap();
        assert_eq!(value.find_ref("traces.url").and_then(Value::as_str), Some("http://collector:4318"));
        assert_eq!(read(&[(SERVICE_NAME, "a"), (HEADERS, "nonsense")]), Ok(None));
        assert_eq!(read(&[(ENDPOINT, "")]), Ok(None));
        assert_eq!(read(&[COLLECTOR, (DISABLED, "True")]), Ok(None));
    }

    #[test]
    fn headers_are_percent_decoded_and_timeouts_are_milliseconds() {
        let variables = [COLLECTOR, (HEADERS, "api-key=a%2Cb%3D, x = y=z ,"), (TIMEOUT, "1500")];
        let value = read(&variables).unwrap().unwrap();
        let text = |path: &str| value.find_ref(path).and_then(Value::as_str).map(str::to_owned);
        assert_eq!(text("traces.headers.api-key").as_deref(), Some("a,b="));
        assert_eq!(text("traces.headers.x").as_deref(), Some("y=z"));
        assert_eq!(text("limits.traces_send").as_deref(), Some("1500ms"));
    }

    #[test]
    fn each_sampler_sets_its_ratio() {
        for (sampler, argument, parent_based, ratio) in [
            ("always_on", "0.1", false, 1.0),
            ("always_off", "", false, 0.0),
            ("traceidratio", "0.25", false, 0.25),
            ("parentbased_always_on", "", true, 1.0),
            ("parentbased_always_off", "", true, 0.0),
            ("parentbased_traceidratio", "0.5", true, 0.5),
            ("parentbased_traceidratio", "", true, 1.0),
        ] {
            let value = read(&[COLLECTOR, (SAMPLER, sampler), (SAMPLER_ARGUMENT, argument)]).unwrap().unwrap();
            assert_eq!(value.find_ref("traces.share").unwrap().to_f64(), Some(ratio), "{sampler}");
            assert_eq!(value.find_ref("traces.parent_based").unwrap().to_bool(), Some(parent_based), "{sampler}");
        }
    }

    #[test]
    fn a_fault_names_its_variable_and_contains_no_secret() {
        for (variables, name) in [
            (vec![(HEADERS, "secret")], HEADERS),
            (vec![(HEADERS, "a=%ff-secret")], HEADERS),
            (vec![(PROTOCOL, "grpc")], PROTOCOL),
            (vec![(SAMPLER, "jaeger_remote")], SAMPLER),
            (vec![(SAMPLER, "traceidratio"), (SAMPLER_ARGUMENT, "1.5")], SAMPLER_ARGUMENT),
            (vec![(SAMPLER, "traceidratio"), (SAMPLER_ARGUMENT, "nan")], SAMPLER_ARGUMENT),
        ] {
            let fault = read(&[&[COLLECTOR][..], &variables].concat()).unwrap_err().to_string();
            assert!(fault.starts_with(&format!("{name}: should be ")) && !fault.contains("secret"), "{fault}");
        }
    }
}
