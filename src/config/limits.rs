//! `[limits]`: the limits that an operator may change. Names, defaults and ranges are those of [`Limits`]; times are numbers of seconds, or
//! text with a unit.

use super::{ConfigFault, DurationSetting};
use crate::limits::{Limits, Number, Row};
use serde::de::{Error, MapAccess, Visitor};
use serde::ser::SerializeMap;
use serde::{Deserialize, Deserializer, Serialize, Serializer};
use std::fmt;
use std::sync::LazyLock;

/// The settings of `[limits]`.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct LimitsConfig {
    /// Rejects images smaller than those of the vendor's service: [`Limits::with_vendor_minima`].
    pub strict_minima: bool,
    /// The configured values, with defaults for the others.
    pub written: Limits,
}

const STRICT_MINIMA: &str = "strict_minima";

/// The keys of `[limits]`.
static KNOWN: LazyLock<Vec<&str>> = LazyLock::new(|| {
    let rows = Limits::rows();
    std::iter::once(STRICT_MINIMA).chain(rows.into_iter().map(|row| row.name)).collect()
});

impl LimitsConfig {
    /// Returns the limits in force.
    pub fn limits(&self) -> Limits {
        let limits = self.written.clone();
        if self.strict_minima { limits.with_vendor_minima() } else { limits }
    }

    /// Returns the faults of the limits: values outside their range, and values that contradict each other.
    pub(super) fn check(&self) -> Vec<ConfigFault> {
        let limits = &self.written;
        let ranges = Limits::rows().into_iter().filter_map(|row| {
            let fits = (row.least..=row.most).contains(&(row.get)(limits));
            let text = || format!("should be {} to {}", row.least, row.most);
            (!fits).then(|| ConfigFault::wrong(format!("limits.{}", row.name), text()))
        });
        let strict = (self.strict_minima && (limits.max_side < 1000 || limits.pixels < 500_000)).then(|| {
            let text = "needs max_side of at least 1000 and pixels of at least 500000";
            ConfigFault::wrong("limits.strict_minima", text)
        });
        let never = (limits.source_total > limits.request_total).then(|| {
            let text = format!("should be at least source_total, which is {}", DurationSetting(limits.source_total));
            ConfigFault::wrong("limits.request_total", text)
        });
        let smallest = limits.min_width.max(limits.min_height);
        let none = (smallest > limits.max_side).then(|| {
            let text = format!("should be at least min_width and min_height, the larger of which is {smallest}");
            ConfigFault::wrong("limits.max_side", text)
        });
        ranges.chain(strict).chain(never).chain(none).collect()
    }
}

impl Serialize for LimitsConfig {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let rows = Limits::rows();
        let mut map = serializer.serialize_map(Some(rows.len() + 1))?;
        map.serialize_entry(STRICT_MINIMA, &self.strict_minima)?;
        for row in rows {
            match (row.get)(&self.written) {
                Number::Count(count) => map.serialize_entry(row.name, &count)?,
                Number::Time(time) => map.serialize_entry(row.name, &DurationSetting(time))?,
            }
        }
        map.end()
    }
}

impl<'de> Deserialize<'de> for LimitsConfig {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_map(LimitsVisitor)
    }
}

struct LimitsVisitor;

impl<'de> Visitor<'de> for LimitsVisitor {
    type Value = LimitsConfig;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a map")
    }

    fn visit_map<M: MapAccess<'de>>(self, mut map: M) -> Result<LimitsConfig, M::Error> {
        let mut read = LimitsConfig::default();
        while let Some(Key(row)) = map.next_key()? {
            let Some(row) = row else {
                read.strict_minima = map.next_value()?;
                continue;
            };
            let number = match (row.get)(&read.written) {
                Number::Count(_) => Number::Count(map.next_value()?),
                Number::Time(_) => Number::Time(map.next_value::<DurationSetting>()?.0),
            };
            if !(row.set)(&mut read.written, number) {
                return Err(M::Error::custom(format!("{} should be {} to {}", row.name, row.least, row.most)));
            }
        }
        Ok(read)
    }
}

/// A key of `[limits]`: a limit, or `None` for `strict_minima`.
struct Key(Option<Row>);

impl<'de> Deserialize<'de> for Key {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let name = String::deserialize(deserializer)?;
        let row = Limits::rows().into_iter().find(|row| row.name == name);
        if row.is_none() && name != STRICT_MINIMA {
            return Err(D::Error::unknown_field(&name, &KNOWN));
        }
        Ok(Self(row))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn printed_limits_parse_to_the_same_values() {
        let mut config = LimitsConfig { strict_minima: true, ..LimitsConfig::default() };
        for row in Limits::rows() {
            assert!((row.set)(&mut config.written, row.most));
        }
        let text = toml::to_string(&config).unwrap();
        assert_eq!(toml::from_str::<LimitsConfig>(&text).unwrap(), config, "{text}");
        assert_eq!(toml::from_str::<LimitsConfig>("").unwrap(), LimitsConfig::default());
    }

    /// Writes the page with `METRICSHOT_BLESS=1`.
    #[test]
    fn docs_limits_md_lists_all_limits() {
        let default = LimitsConfig::default().written;
        let line = |row: Row| {
            let value = row.default_words.map_or_else(|| (row.get)(&default).to_string(), str::to_owned);
            let what = row.what.replace("[`Limits::", "`").replace("`]", "`");
            format!("| `{}` | {value} | {} … {} | {what} |\n", row.name, row.least, row.most)
        };
        let table: String = Limits::rows().into_iter().map(line).collect();
        let page = format!(
            "# Limits\n\n\
             Look up a limit of the server, its default and its range, and change it. The error that an exceeded limit causes names the \
             limit.\n\n\
             ```sh\nMETRICSHOT_LIMITS__METRICS=200 metricshot serve\n```\n\n\
             Each limit is a key of `[limits]` in the configuration, `metrics = 200`, or a variable as above. Times are numbers of \
             seconds, or have a unit: `\"250ms\"`, `\"6s\"`, `\"2m\"`. The table has the order in which a request meets the limits. \
             `strict_minima = true` rejects images below 1000 x 500, as the vendor's own service does.\n\n\
             | key | default | range | bounds |\n| --- | --- | --- | --- |\n{table}"
        );
        let path = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("docs/limits.md");
        if std::env::var_os("METRICSHOT_BLESS").is_some() {
            std::fs::write(&path, &page).unwrap();
        }
        assert_eq!(
            std::fs::read_to_string(path).unwrap_or_default(),
            page,
            "docs/limits.md is outdated; METRICSHOT_BLESS=1 writes it"
        );
    }
}
