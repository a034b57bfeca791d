//! Golden pictures: each request of `tests/pictures/` is drawn from the demo source and compared byte for byte with
//! `snapshots/pictures/`; its Scene is compared as text, which tells what moved.
//!
//! On a difference, `target/pictures/` gets the expected, the actual and the difference picture. `METRICSHOT_BLESS=1` accepts what is
//! drawn; then look at every picture that changed.

use crate::support::demo::{self, block_on, request};
use metricshot::app::Drawn;
use std::fs;
use std::path::{Path, PathBuf};
use std::sync::Arc;

fn root(folder: &str) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(folder)
}

fn requests() -> Vec<(String, Vec<u8>)> {
    let files = fs::read_dir(root("tests/pictures"))
        .expect("the folder of requests")
        .map(|entry| entry.expect("an entry").path());
    let mut requests: Vec<_> = files
        .map(|path| {
            (path.file_stem().expect("a name").to_string_lossy().into_owned(), fs::read(&path).expect("a request"))
        })
        .collect();
    requests.sort();
    assert!(requests.len() > 40);
    requests
}

fn draw(name: &str, body: &[u8]) -> Drawn {
    let app = demo::app();
    let drawn = block_on(app.picture(request(body)));
    Arc::unwrap_or_clone(drawn.unwrap_or_else(|failure| panic!("{name}: {failure}")))
}

#[test]
fn pictures_equal_their_golden_ones_byte_for_byte() {
    let bless = std::env::var_os("METRICSHOT_BLESS").is_some();
    let golden = root("snapshots/pictures");
    let mut different = Vec::new();
    for (name, body) in requests() {
        let actual = draw(&name, &body).picture.bytes;
        let path = golden.join(format!("{name}.png"));
        if bless {
            fs::create_dir_all(&golden).expect("a folder");
            fs::write(&path, &actual).expect("a file");
        }
        let expected = fs::read(&path).unwrap_or_default();
        if actual != expected {
            report(&name, &expected, &actual);
            different.push(name);
        }
    }
    assert!(different.is_empty(), "see target/pictures/ for {different:?}");
}

#[test]
fn every_golden_picture_has_its_request() {
    let names: Vec<String> = requests().into_iter().map(|(name, _)| format!("{name}.png")).collect();
    let files = fs::read_dir(root("snapshots/pictures")).expect("the golden pictures");
    let orphans: Vec<String> = files
        .map(|entry| entry.expect("an entry").file_name().to_string_lossy().into_owned())
        .filter(|file| !names.contains(file))
        .collect();
    assert!(orphans.is_empty(), "no request draws {orphans:?}");
}

#[test]
fn the_same_request_gives_the_same_bytes_on_every_thread() {
    let requests = requests();
    let some = || requests.iter().step_by(6);
    let first: Vec<Vec<u8>> = some().map(|(name, body)| draw(name, body).picture.bytes).collect();
    std::thread::scope(|scope| {
        for _ in 0..4 {
            scope.spawn(|| {
                // In the other order, so that nothing depends on what was drawn before.
                let mut again: Vec<Vec<u8>> = some()
                    .collect::<Vec<_>>()
                    .into_iter()
                    .rev()
                    .map(|(name, body)| draw(name, body).picture.bytes)
                    .collect();
                again.reverse();
                assert!(again == first);
            });
        }
    });
}

#[test]
fn a_picture_has_exactly_the_size_that_was_asked_for() {
    for (name, body) in requests() {
        let asked: serde_json::Value = serde_json::from_slice(&body).expect("a request is JSON");
        let (width, height, _) = pixels(&draw(&name, &body).picture.bytes).expect("a PNG");
        assert_eq!(
            (asked["width"].as_u64(), asked["height"].as_u64()),
            (Some(width as u64), Some(height as u64)),
            "{name}"
        );
    }
}

/// Decoded by a decoder that shares no code with our encoder: width, height, RGB.
fn pixels(png: &[u8]) -> Option<(usize, usize, Vec<u8>)> {
    let mut decoder = zune_png::PngDecoder::new(zune_png::zune_core::bytestream::ZCursor::new(png));
    let pixels = decoder.decode().ok()?.u8()?;
    let (width, height) = decoder.dimensions()?;
    let channels = pixels.len() / (width * height);
    Some((
        width,
        height,
        pixels
            .chunks(channels)
            .flat_map(|p| [p[0], p[channels.min(3) - 2 + usize::from(channels < 3)], p[channels.min(3) - 1]])
            .collect(),
    ))
}

fn report(name: &str, expected: &[u8], actual: &[u8]) {
    let folder = root("target/pictures");
    fs::create_dir_all(&folder).expect("a folder");
    let write = |kind: &str, png: &[u8]| fs::write(folder.join(format!("{name}.{kind}.png")), png).expect("a file");
    write("actual", actual);
    let (Some(was), Some(is)) = (pixels(expected), pixels(actual)) else { return };
    write("expected", expected);
    if (was.0, was.1) == (is.0, is.1) {
        let apart: Vec<u8> = was.2.iter().zip(&is.2).map(|(a, b)| 255 - a.abs_diff(*b)).collect();
        let mut png = Vec::new();
        let mut encoder = png::Encoder::new(&mut png, was.0 as u32, was.1 as u32);
        encoder.set_color(png::ColorType::Rgb);
        encoder
            .write_header()
            .and_then(|mut writer| writer.write_image_data(&apart))
            .expect("an encoder writes to memory");
        write("difference", &png);
    }
}
