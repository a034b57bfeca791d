//! Environment variables: `METRICSHOT_LIMITS__MAX_SIDE=2000` sets the key `limits.max_side`.
//!
//! A value that parses as TOML (`6`, `true`, `["a", "b"]`) has its TOML type; any other value is text. Values of credentials and headers are
//! always text, so a password of digits stays text. Variable names cannot contain hyphens, so underscores in a header's name become hyphens.

use super::merge::{ENVIRONMENT, Layer};
use super::open_telemetry;
use figment::value::{Dict, Value};

const PREFIX: &str = "METRICSHOT_";
const SEPARATOR: &str = "__";
/// The variable that names the configuration file; it sets no key.
const FILE: &str = "METRICSHOT_CONFIG";
/// Keys inside a table whose values, and all values below them, are text. The top-level `auth` has typed keys.
const TEXTS: [&str; 8] = ["access_key", "account", "auth", "former_secret", "headers", "parameters", "secret", "token"];

/// Returns the environment variables that the configuration reads: `METRICSHOT_…` and `OTEL_…`.
pub fn variables() -> Vec<(String, String)> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        (name.to_string_lossy().into_owned(), value.to_string_lossy().into_owned())
    };
    let is_read = |name: &str| name.starts_with(PREFIX) || name.starts_with(open_telemetry::PREFIX);
    std::env::vars_os().map(text).filter(|(name, _)| is_read(name)).collect()
}

/// Returns the configuration file that `METRICSHOT_CONFIG` names; an empty value names none.
pub(super) fn file(variables: &[(String, String)]) -> Option<&str> {
    variables.iter().find(|(name, path)| name == FILE && !path.is_empty()).map(|(_, path)| path.as_str())
}

/// Converts the variables to a configuration layer.
pub(super) fn layer(variables: &[(String, String)]) -> Layer {
    let mut values = Dict::new();
    for (name, text) in variables.iter().filter(|(name, _)| name != FILE) {
        let Some(keys) = name.strip_prefix(PREFIX) else { continue };
        let mut keys: Vec<String> = keys.split(SEPARATOR).map(str::to_ascii_lowercase).collect();
        if let [.., above, header] = keys.as_mut_slice()
            && above == "headers"
        {
            *header = header.replace('_', "-");
        }
        put(&mut values, &keys, value(&keys, text));
    }
    Layer::new(ENVIRONMENT, values)
}

/// Returns the name of the variable that sets `keys`.
pub(super) fn variable(keys: &[String]) -> String {
    format!("{PREFIX}{}", keys.join(SEPARATOR).to_ascii_uppercase())
}

fn value(keys: &[String], text: &str) -> Value {
    let is_text = keys.iter().skip(1).any(|key| TEXTS.contains(&key.as_str()));
    let read = if is_text { None } else { text.parse::<Value>().ok() };
    read.unwrap_or_else(|| Value::from(text))
}

fn put(values: &mut Dict, keys: &[String], value: Value) {
    let Some((first, rest)) = keys.split_first() else { return };
    if rest.is_empty() {
        values.insert(first.clone(), value);
        return;
    }
    let mut inner = values.remove(first).and_then(Value::into_dict).unwrap_or_default();
    put(&mut inner, rest, value);
    values.insert(first.clone(), Value::from(inner));
}

#[cfg(test)]
mod tests {
    use super::*;
    use figment::Figment;

    fn read(variables: &[(&str, &str)], key: &str) -> Value {
        let owned: Vec<_> = variables.iter().map(|&(name, value)| (name.to_owned(), value.to_owned())).collect();
        Figment::from(layer(&owned)).find_value(key).unwrap()
    }

    #[test]
    fn two_underscores_separate_the_levels_of_a_key() {
        let variables = [("METRICSHOT_LIMITS__MAX_SIDE", "2000"), ("METRICSHOT_LIMITS__RENDER", "2s")];
        assert_eq!(read(&variables, "limits.max_side").to_u128(), Some(2000));
        assert_eq!(read(&variables, "limits.render").as_str(), Some("2s"));
        assert_eq!(read(&[("METRICSHOT_LISTEN", "127.0.0.1:1")], "listen").as_str(), Some("127.0.0.1:1"));
    }

    #[test]
    fn credentials_of_digits_stay_text() {
        let variables = [("METRICSHOT_SOURCES__MAIN__AUTH__BASIC__PASSWORD", "0123")];
        assert_eq!(read(&variables, "sources.main.auth.basic.password").as_str(), Some("0123"));
        let variables = [("METRICSHOT_SOURCES__LIVE__ACCOUNT__CONSUMER_KEY", "0123")];
        assert_eq!(read(&variables, "sources.live.account.consumer_key").as_str(), Some("0123"));
    }

    #[test]
    fn keys_of_the_auth_table_have_toml_types() {
        let variables = [("METRICSHOT_AUTH__STRICT", "true"), ("METRICSHOT_AUTH__MODE", "none")];
        assert_eq!(read(&variables, "auth.strict").to_bool(), Some(true));
        assert_eq!(read(&variables, "auth.mode").as_str(), Some("none"));
    }

    #[test]
    fn a_key_maps_to_its_variable() {
        assert_eq!(variable(&["limits".to_owned(), "max_side".to_owned()]), "METRICSHOT_LIMITS__MAX_SIDE");
    }
}
