//! Comparison of our lines with those of another rasteriser: tiny-skia strokes the same points at eight times the size, with round joins and
//! caps, and each 8 x 8 pixels are averaged to one.
//!
//! The likeness is the peak signal-to-noise ratio over all three channels of all pixels of a 600 x 400 image, including the white background:
//! 10 log10(255² / mean squared difference), in decibels. 44 is what 16 levels of coverage reach.

use crate::loads;
use loads::{Load, line_alone, paint};
use tiny_skia::{Color, LineCap, LineJoin, Paint, PathBuilder, Pixmap, Transform};
use zune_png::PngDecoder;
use zune_png::zune_core::bytestream::ZCursor;
use zune_png::zune_core::colorspace::ColorSpace;
use zune_png::zune_core::options::DecoderOptions;

const SIZE: (i32, i32) = (600, 400);
const SCALE: u32 = 8;
const DECIBELS: f64 = 44.0;

/// The darkest colour of the palette, with which differences count most.
const COLOUR: u32 = 0x363f08;

type Runs = Vec<Vec<(f64, f64)>>;

/// Decodes a PNG by zune-png; returns red, green and blue of its pixels, and its size.
fn decoded(png: &[u8]) -> (Vec<u8>, (usize, usize)) {
    let options = DecoderOptions::default().set_strict_mode(true).png_set_confirm_crc(true);
    let mut decoder = PngDecoder::new_with_options(ZCursor::new(png), options);
    let pixels = decoder.decode_raw().expect("a valid PNG");
    assert_eq!(decoder.colorspace(), Some(ColorSpace::RGB), "palettes are unpacked");
    (pixels, decoder.dimensions().expect("a size"))
}

/// Renders the same line by tiny-skia, without rounding of coverage.
fn reference(runs: &Runs, width: f64) -> Vec<f64> {
    let (columns, rows) = (SIZE.0 as u32 * SCALE, SIZE.1 as u32 * SCALE);
    let mut pixmap = Pixmap::new(columns, rows).expect("a pixmap");
    pixmap.fill(Color::WHITE);
    let mut path = PathBuilder::new();
    for run in runs {
        path.move_to(run[0].0 as f32, run[0].1 as f32);
        run[1..].iter().for_each(|&(x, y)| path.line_to(x as f32, y as f32));
    }
    let [_, red, green, blue] = COLOUR.to_be_bytes();
    let mut ink = Paint { anti_alias: true, ..Paint::default() };
    ink.set_color_rgba8(red, green, blue, 255);
    let stroke = tiny_skia::Stroke {
        width: width as f32,
        line_cap: LineCap::Round,
        line_join: LineJoin::Round,
        ..tiny_skia::Stroke::default()
    };
    let scale = Transform::from_scale(SCALE as f32, SCALE as f32);
    pixmap.stroke_path(&path.finish().expect("a path"), &ink, &stroke, scale, None);
    box_filtered(pixmap.data(), columns as usize)
}

fn box_filtered(rgba: &[u8], columns: usize) -> Vec<f64> {
    let scale = SCALE as usize;
    let mut means = Vec::with_capacity(rgba.len() / 4 / scale / scale * 3);
    for band in rgba.chunks_exact(columns * 4 * scale) {
        for column in 0..columns / scale {
            let mut sums = [0_u32; 3];
            for row in band.chunks_exact(columns * 4) {
                for pixel in row[column * scale * 4..][..scale * 4].chunks_exact(4) {
                    sums.iter_mut().zip(pixel).for_each(|(sum, &channel)| *sum += u32::from(channel));
                }
            }
            means.extend(sums.map(|sum| f64::from(sum) / f64::from(SCALE * SCALE)));
        }
    }
    means
}

#[expect(clippy::disallowed_methods, reason = "a figure for people, in no picture")]
fn decibels(ours: &[u8], reference: &[f64]) -> f64 {
    assert_eq!(ours.len(), reference.len());
    let squares: f64 = ours.iter().zip(reference).map(|(&a, b)| (f64::from(a) - b) * (f64::from(a) - b)).sum();
    10.0 * (255.0 * 255.0 * ours.len() as f64 / squares).log10()
}

/// Rounds to the 1/64 pixel of a scene, so that both rasterisers draw the same points.
fn sixty_fourths(pixels: f64) -> f64 {
    (pixels * 64.0).round() / 64.0
}

/// Returns a curve over the image with a point every `step` pixels.
fn curve(step: f64, y: impl FnMut(f64) -> f64) -> Vec<(f64, f64)> {
    let xs = (0..).map(|index| 10.0 + step * f64::from(index)).take_while(|&x| x <= 590.0);
    let xs: Vec<f64> = xs.map(sixty_fourths).collect();
    let ys: Vec<f64> = xs.iter().copied().map(y).map(sixty_fourths).collect();
    xs.into_iter().zip(ys).collect()
}

fn noisy(step: f64) -> Vec<(f64, f64)> {
    let (mut chance, mut noise) = (loads::Chance::of(5), 0.0);
    curve(step, |x| {
        noise = 0.8 * noise + 6.0 * chance.bell();
        200.0 + 60.0 * loads::wave(x / 600.0) + noise
    })
}

fn with_gaps() -> Runs {
    let points = noisy(2.0);
    // Runs of 2 to 12 points, each followed by a missing point.
    let mut runs = Vec::new();
    let mut rest = &points[..];
    for length in (2..=12).cycle() {
        if rest.len() <= length {
            return runs;
        }
        runs.push(rest[..length].to_vec());
        rest = &rest[length + 1..];
    }
    runs
}

/// Returns a zigzag over most of the height, with `step` pixels between its turns.
fn zigzag(step: f64) -> Vec<(f64, f64)> {
    let mut up = false;
    curve(step, |_| {
        up = !up;
        if up { 20.0 } else { 380.0 }
    })
}

/// Returns a flat line with a spike every 40 pixels, four pixels wide at its base.
fn spikes() -> Vec<(f64, f64)> {
    let mut index = 0;
    curve(2.0, |_| {
        index += 1;
        if index % 20 == 0 { 40.0 } else { 360.0 }
    })
}

fn lines() -> [(&'static str, Runs); 5] {
    [
        ("noisy, a point each 2 pixels", vec![noisy(2.0)]),
        ("noisy, 3 points a pixel", vec![noisy(1.0 / 3.0)]),
        ("a sine", vec![curve(2.0, |x| 200.0 + 150.0 * loads::wave(x / 290.0))]),
        ("steep", vec![zigzag(29.3)]),
        ("with gaps", with_gaps()),
    ]
}

/// Returns the lines, in the widths of charts, whose likeness is below `least` decibels.
fn unlike(lines: &[(&str, Runs)], least: f64) -> Vec<String> {
    let mut unlike = Vec::new();
    for (name, runs) in lines {
        for width in [1.0, 1.5, 2.0] {
            let (ours, size) = decoded(&paint(&line_alone(SIZE, runs, width, COLOUR)).bytes);
            assert_eq!(size, (600, 400));
            let likeness = decibels(&ours, &reference(runs, width));
            println!("{name}, {width} pixels wide: {likeness:.1} dB");
            if likeness < least {
                unlike.push(format!("{name}, {width} pixels wide: {likeness:.1} of {least} dB"));
            }
        }
    }
    unlike
}

#[test]
fn lines_are_like_those_of_another_rasteriser() {
    assert_eq!(unlike(&lines(), DECIBELS), Vec::<String>::new());
}

/// Our coverage has eight levels per column, which is visible with many steep edges.
#[test]
fn images_of_steep_lines_are_slightly_less_alike() {
    assert_eq!(unlike(&[("spikes", vec![spikes()])], 40.0), Vec::<String>::new());
    assert_eq!(unlike(&[("upright", vec![zigzag(7.3)])], 36.0), Vec::<String>::new());
}

#[test]
fn a_line_a_quarter_of_a_pixel_lower_is_detected() {
    let runs = vec![curve(2.0, |x| 200.0 + 150.0 * loads::wave(x / 290.0))];
    let lower = vec![runs[0].iter().map(|&(x, y)| (x, y + 0.25)).collect()];
    let (ours, _) = decoded(&paint(&line_alone(SIZE, &lower, 1.5, COLOUR)).bytes);
    assert!(decibels(&ours, &reference(&runs, 1.5)) < DECIBELS);
}

#[test]
fn images_of_every_load_are_read_by_another_decoder() {
    for load in Load::ALL {
        let picture = loads::paint(&load.chart().scene());
        let (pixels, (width, height)) = decoded(&picture.bytes);
        assert_eq!((width, height), (picture.size.width() as usize, picture.size.height() as usize), "{load}");
        let inked = pixels.chunks_exact(3).filter(|pixel| pixel.iter().any(|&channel| channel < 128)).count();
        assert!(inked * 200 > width * height, "{load} has next to nothing on it");
        assert_eq!(picture.missing_glyphs, 0, "{load}");
    }
}
