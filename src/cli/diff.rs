//! `diff`: compares two images pixel by pixel.

use super::arguments::Diff;
use super::error::Ended;
use super::render::{name, read};
use metricshot::geometry::Rect;
use metricshot::render::{Difference, MOST_BYTES, Raster};
use std::fs;
use std::io::{Write, stderr, stdout};
use std::path::Path;

/// Prints how two images differ, and writes the difference image. Fails with exit code 1 where they differ, with 2 where one cannot be
/// read or the difference image cannot be written.
pub fn diff(arguments: &Diff) -> Result<(), Ended> {
    if is_stream(&arguments.one) && is_stream(&arguments.other) {
        return Err(Ended::Faulty(vec!["only one of the images can be standard input".to_owned()]));
    }
    let (one, other) = match (raster(&arguments.one), raster(&arguments.other)) {
        (Ok(one), Ok(other)) => (one, other),
        (one, other) => {
            return Err(Ended::Faulty([one.err(), other.err()].into_iter().flatten().flatten().collect()));
        }
    };
    let Some(difference) = one.difference(&other, arguments.tolerance) else {
        print(arguments, &sizes(arguments, one.dimensions(), other.dimensions()))?;
        return Err(Ended::Different);
    };
    print(arguments, &pixels(&difference, one.dimensions()))?;
    if let Some(output) = &arguments.output {
        write(output, &one.marked(&other, arguments.tolerance)?)?;
    }
    if difference.pixels == 0 { Ok(()) } else { Err(Ended::Different) }
}

fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Err has the lines of what is wrong.
fn raster(path: &Path) -> Result<Raster, Vec<String>> {
    let file = match read(path, MOST_BYTES, "which is too much for an image") {
        Ok(file) => file,
        Err(Ended::Faulty(lines)) => return Err(lines),
        Err(other) => return Err(vec![other.to_string()]),
    };
    Raster::decode(&file).map_err(|error| vec![format!("{} {error}", name(path, "standard input"))])
}

fn sizes(arguments: &Diff, one: (u32, u32), other: (u32, u32)) -> String {
    let [first, second] = [&arguments.one, &arguments.other].map(|path| name(path, "standard input"));
    format!("different: {first} has {}x{} pixels, {second} {}x{}", one.0, one.1, other.0, other.1)
}

fn pixels(difference: &Difference, (width, height): (u32, u32)) -> String {
    let [red, green, blue, alpha] = difference.largest;
    let largest = format!("largest difference red {red}, green {green}, blue {blue}, alpha {alpha}");
    match difference.bounds {
        None if difference.largest == [0; 4] => format!("equal: {width}x{height} pixels"),
        None => format!("equal within the tolerance: {width}x{height} pixels; {largest}"),
        Some(Rect { left, top, width: columns, height: rows }) => {
            let all = u64::from(width) * u64::from(height);
            let differing = difference.pixels;
            format!("different: {differing} of {all} pixels; {largest}; within {columns}x{rows} pixels at {left},{top}")
        }
    }
}

/// To standard output, or to standard error where that takes the image.
fn print(arguments: &Diff, line: &str) -> Result<(), Ended> {
    let is_taken = arguments.output.as_deref().is_some_and(is_stream);
    let printed = if is_taken { writeln!(stderr(), "{line}") } else { writeln!(stdout(), "{line}") };
    printed.map_err(|cause| Ended::Faulty(vec![format!("standard output cannot be written: {cause}")]))
}

fn write(path: &Path, file: &[u8]) -> Result<(), Ended> {
    let written = if is_stream(path) { stdout().write_all(file) } else { fs::write(path, file) };
    let name = name(path, "standard output");
    written.map_err(|cause| Ended::Faulty(vec![format!("{name}: cannot be written: {cause}")]))
}
