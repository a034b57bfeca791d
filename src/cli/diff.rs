//! `diff`: compares two images pixel by pixel.

use super::arguments::Diff;
use super::error::CliError;
use super::render::{display_name, read};
use metricshot::geometry::Rect;
use metricshot::render::{Difference, MAX_FILE_BYTES, Raster};
use std::fs;
use std::io::{Write, stderr, stdout};
use std::path::Path;

/// Prints the differences of two images, and writes the difference image. Fails with exit code 1 if the images differ, and with 2 if an
/// image cannot be read or the difference image cannot be written.
pub fn diff(arguments: &Diff) -> Result<(), CliError> {
    if is_stream(&arguments.one) && is_stream(&arguments.other) {
        return Err(CliError::Invalid(vec!["only one of the images can be standard input".to_owned()]));
    }
    let (one, other) = match (raster(&arguments.one), raster(&arguments.other)) {
        (Ok(one), Ok(other)) => (one, other),
        (one, other) => {
            return Err(CliError::Invalid([one.err(), other.err()].into_iter().flatten().flatten().collect()));
        }
    };
    let Some(difference) = one.difference(&other, arguments.tolerance) else {
        print(arguments, &sizes(arguments, one.dimensions(), other.dimensions()))?;
        return Err(CliError::Different);
    };
    print(arguments, &pixels(&difference, one.dimensions()))?;
    if let Some(output) = &arguments.output {
        write(output, &one.marked(&other, arguments.tolerance)?)?;
    }
    if difference.pixels == 0 { Ok(()) } else { Err(CliError::Different) }
}

fn is_stream(path: &Path) -> bool {
    path.as_os_str() == "-"
}

/// Reads and decodes an image, or returns the lines of the error.
fn raster(path: &Path) -> Result<Raster, Vec<String>> {
    let file = match read(path, MAX_FILE_BYTES, "the limit for images") {
        Ok(file) => file,
        Err(CliError::Invalid(lines)) => return Err(lines),
        Err(other) => return Err(vec![other.to_string()]),
    };
    Raster::decode(&file).map_err(|error| vec![format!("{} {error}", display_name(path, "standard input"))])
}

fn sizes(arguments: &Diff, one: (u32, u32), other: (u32, u32)) -> String {
    let [first, second] = [&arguments.one, &arguments.other].map(|path| display_name(path, "standard input"));
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

/// Prints `line` to standard output, or to standard error if the difference image goes to standard output.
fn print(arguments: &Diff, line: &str) -> Result<(), CliError> {
    let has_image = arguments.output.as_deref().is_some_and(is_stream);
    let printed = if has_image { writeln!(stderr(), "{line}") } else { writeln!(stdout(), "{line}") };
    printed.map_err(|cause| CliError::Invalid(vec![format!("standard output cannot be written: {cause}")]))
}

fn write(path: &Path, file: &[u8]) -> Result<(), CliError> {
    let written = if is_stream(path) { stdout().write_all(file) } else { fs::write(path, file) };
    let name = display_name(path, "standard output");
    written.map_err(|cause| CliError::Invalid(vec![format!("{name}: cannot be written: {cause}")]))
}
