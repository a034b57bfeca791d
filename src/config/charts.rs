//! `[charts]`: the folder with the operator's named charts.
//!
//! The folder is read at the start and at each SIGHUP. A chart has the name of its file. The faults of all files are reported at once, and
//! each chart is tried with sample values, so that a broken one is found before an alert needs it.

use super::ConfigFault;
use crate::catalog::Catalog;
use crate::clock::now_ms;
use crate::error::Fault;
use crate::http::{Version, wire};
use crate::limits::Limits;
use crate::named_charts::NamedChart;
use crate::render::Templates;
use crate::request::{Language, Statistic, Zones};
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The settings of `[charts]`.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct ChartsConfig {
    /// The folder of named charts: `NAME.json` or `NAME.toml`; files with other extensions are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
}

impl ChartsConfig {
    /// Makes the folder absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.folder.iter_mut().for_each(|path| *path = folder.join(&*path));
    }

    /// Reports whether nothing is configured.
    pub(super) fn is_empty(&self) -> bool {
        *self == Self::default()
    }
}

/// The named charts of a folder, each with its file.
pub(super) type FoundCharts = BTreeMap<String, (PathBuf, NamedChart)>;

/// Reads the folder of named charts. Fails with the faults of all files.
pub(super) fn named_charts(config: &ChartsConfig, limits: &Limits) -> Result<FoundCharts, Vec<ConfigFault>> {
    let Some(folder) = &config.folder else { return Ok(BTreeMap::new()) };
    let entries = fs::read_dir(folder).and_then(|entries| {
        let mut files = entries.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
        files.sort();
        Ok(files)
    });
    let files = entries.map_err(|cause| vec![ConfigFault::unreadable(folder, &cause)])?;
    let (mut charts, mut faults) = (BTreeMap::new(), Vec::new());
    for file in files {
        let read = match file.extension().and_then(|extension| extension.to_str()) {
            Some("json") => NamedChart::from_json,
            Some("toml") => NamedChart::from_toml,
            _ => continue,
        };
        match chart(&file, limits, read) {
            Ok((name, chart)) => {
                if let Some((other, _)) = charts.insert(name, (file.clone(), chart)) {
                    let text = format!("has the name of {}; rename one of them", other.display());
                    faults.push(ConfigFault::wrong(file.display().to_string(), text));
                }
            }
            Err(more) => faults.extend(more),
        }
    }
    if faults.is_empty() { Ok(charts) } else { Err(faults) }
}

fn chart(
    file: &Path,
    limits: &Limits,
    read: fn(&str) -> Result<NamedChart, Vec<crate::named_charts::ChartFault>>,
) -> Result<(String, NamedChart), Vec<ConfigFault>> {
    let place = file.display().to_string();
    let wrong = |text: String| vec![ConfigFault::wrong(place.clone(), text)];
    let unreadable = |cause: std::io::Error| vec![ConfigFault::unreadable(file, &cause)];
    let name = file.file_stem().and_then(|stem| stem.to_str()).unwrap_or_default();
    if !NamedChart::is_name(name) {
        return Err(wrong("the name should have 1 to 64 lower-case letters, digits, '-' and '_'".to_owned()));
    }
    let max = limits.body_bytes;
    if fs::metadata(file).map_err(unreadable)?.len() > max as u64 {
        return Err(wrong(format!("should have at most {max} bytes, which is limits.body_bytes")));
    }
    let text = fs::read_to_string(file).map_err(unreadable)?;
    let chart = read(&text)
        .map_err(|faults| faults.into_iter().flat_map(|fault| wrong(fault.to_string())).collect::<Vec<_>>())?;
    if chart.variables().len() > limits.chart_variables {
        return Err(wrong(format!("variables: there should be at most {}", limits.chart_variables)));
    }
    Ok((name.to_owned(), chart))
}

/// Reads and plans each chart with sample values of its variables; a chart whose required variable is described by a pattern alone has no
/// sample and is not tried. Fails with the faults of all charts.
pub(super) fn try_all(
    charts: &FoundCharts,
    catalog: &Catalog,
    templates: &Templates,
    zones: &Zones,
    (limits, percentiles): (&Limits, bool),
) -> Result<(), Vec<ConfigFault>> {
    let statistic = if percentiles { Statistic::parse_with_percentiles } else { Statistic::parse };
    let rules = wire::Rules { version: Version::NEWEST, statistic, zones, limits };
    let resolution = |metric: &_| catalog.resolution_seconds(metric);
    let context = wire::ChartContext { now: now_ms() / 1000, resolution: &resolution };
    let tried = |chart: &NamedChart| -> Result<(), Vec<Fault>> {
        let sample = |(name, variable): (&String, &crate::named_charts::Variable)| {
            Some((name.clone(), variable.sample()?.to_owned()))
        };
        let samples: Vec<(String, String)> = chart.variables().iter().filter_map(sample).collect();
        if samples.len() < chart.variables().len() {
            return Ok(());
        }
        let body = chart.body(&samples, limits)?;
        let request = wire::chart_request(&body, Language::English, context, &rules)?.image;
        templates.find(request.chart.template.as_ref()).map_err(|fault| vec![fault])?;
        catalog.plan(&request.query, limits).map(drop)
    };
    let faults = charts.values().flat_map(|(file, chart)| {
        let located = |fault: Fault| ConfigFault::wrong(format!("{}: chart", file.display()), fault.sentence());
        tried(chart).err().into_iter().flatten().map(located).collect::<Vec<_>>()
    });
    let faults: Vec<ConfigFault> = faults.collect();
    if faults.is_empty() { Ok(()) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn found(files: &[(&str, &str)], limits: &Limits) -> Result<Vec<String>, Vec<String>> {
        let folder = tempfile::tempdir().unwrap();
        files.iter().for_each(|(name, text)| fs::write(folder.path().join(name), text).unwrap());
        let config = ChartsConfig { folder: Some(folder.path().to_owned()) };
        let charts = named_charts(&config, limits);
        let place = folder.path().display().to_string();
        let texts =
            |faults: Vec<ConfigFault>| faults.iter().map(|fault| fault.to_string().replace(&place, "")).collect();
        charts.map(|charts| charts.into_keys().collect()).map_err(texts)
    }

    #[test]
    fn json_and_toml_files_are_charts_by_the_names_of_their_files() {
        let files = [("a.json", "{\"chart\": {}}"), ("b.toml", "[chart]\n"), ("README.md", "about")];
        assert_eq!(found(&files, &Limits::default()).unwrap(), ["a", "b"]);
    }

    #[test]
    fn faults_of_all_files_are_reported_at_once() {
        let files = [
            ("A.json", "{}"),
            ("a.json", "{\"chart\": {}}"),
            ("a.toml", "[chart]\n"),
            ("b.json", "{\"chart\": {}, \"x\": 1}"),
        ];
        let faults = found(&files, &Limits::default()).unwrap_err();
        assert_eq!(faults.len(), 3, "{faults:?}");
        assert!(faults[0].starts_with("/A.json: the name should have"), "{faults:?}");
        assert!(faults[1].starts_with("/a.toml: has the name of"), "{faults:?}");
        assert!(faults[2].starts_with("/b.json: file: unknown field `x`"), "{faults:?}");
    }

    #[test]
    fn a_chart_with_more_variables_than_the_limit_is_a_fault() {
        let text = r#"{"variables": {"a": {"default": "1"}, "b": {"default": "2"}}, "chart": {"title": {"variable": "a"}, "theme": {"variable": "b"}}}"#;
        let with = |chart_variables| found(&[("c.json", text)], &Limits { chart_variables, ..Limits::default() });
        assert_eq!(with(2).unwrap(), ["c"]);
        assert_eq!(with(1).unwrap_err(), ["/c.json: variables: there should be at most 1"]);
    }
}
