//! Export of a load's data as files for other programs.
//!
//! `data.csv` has a row for each bucket: its start in Unix seconds, then the values; a gap is an empty cell. `chart.json` has size, colours and
//! line widths of our chart, so that other programs draw the same lines.

use crate::loads::Chart;
use metricshot::series::{Buckets, Outcome};
use serde_json::json;
use std::error::Error;
use std::fs;
use std::path::Path;

/// Writes both files into `folder`, and creates the folder if it is missing.
pub fn write(chart: &Chart, folder: &Path) -> Result<(), Box<dyn Error>> {
    fs::create_dir_all(folder)?;
    let labels: Vec<&str> = chart.frame.lines.iter().map(|line| line.label.as_str()).collect();
    let columns: Vec<&Buckets> = chart
        .frame
        .lines
        .iter()
        .filter_map(|line| if let Outcome::Answered(buckets, _) = &line.outcome { Some(buckets) } else { None })
        .collect();
    let grid = columns.first().ok_or("a load has lines")?.grid();
    let mut csv = csv::Writer::from_path(folder.join("data.csv"))?;
    csv.write_record([&["time"], &labels[..]].concat())?;
    for bucket in 0..grid.len() {
        let values = columns.iter().map(|column| column.value(bucket).map_or(String::new(), |value| value.to_string()));
        csv.write_record([grid.edge(bucket).to_string()].into_iter().chain(values))?;
    }
    csv.flush()?;
    let strokes = chart.strokes();
    let look = json!({
        "title": chart.request.title.as_ref().map(|title| title.as_str()),
        "width": chart.request.size.width(),
        "height": chart.request.size.height(),
        "start": chart.frame.span.start(),
        "end": chart.frame.span.end(),
        "step": grid.period().seconds(),
        "line_width": strokes.first().map(|stroke| stroke.width.to_f64()),
        "colours": strokes.iter().map(|stroke| stroke.colour.to_string()).collect::<Vec<_>>(),
        "names": labels,
    });
    Ok(fs::write(folder.join("chart.json"), format!("{look:#}\n"))?)
}
