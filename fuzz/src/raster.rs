//! `raster`: a scene as lines of words, positions in 1/64 pixel → a valid file of the right size, equal for two renders.
//!
//! ```text
//! scene 40 30 #ffffff
//! fill 0 0 10 10 #ff0000
//! text 64 640 12 #000000 words
//! line 128 #0000ff 0 0 640 640 1280 0
//! area #00ff0080 0 100 300 640 50 400
//! dots 192 #000000 320 320
//! ```

use crate::words::{Words, text};
use metricshot::cancel::Stop;
use metricshot::chart::{Dash, Scene, Section, Shape, Stroke, TextStyle};
use metricshot::geometry::{Point, Px, Rect};
use metricshot::limits::Limits;
use metricshot::render::{Format, Output, Quality, Raster, paint};
use metricshot::request::{Colour, Scale, Size};
use metricshot::text::Font;

/// A coordinate far outside of every image, in 1/64 pixel; the layout clips shapes beyond it.
const FAR: i64 = 64 * 20_000;

pub fn check(input: &[u8]) {
    let scene = scene(&text(input));
    for format in [Format::Png, Format::Svg, Format::WebP, Format::Jpeg(Quality::default())] {
        let file = || paint(&scene, &Output { format, record: None }, &stop()).expect("nothing stops it").bytes;
        let (one, other) = (file(), file());
        assert_eq!(one, other, "two runs differ");
        match format {
            Format::Png => assert_png(&one, scene.size),
            Format::Svg => {
                let text = String::from_utf8(one).expect("an SVG is text");
                roxmltree::Document::parse(&text).expect("an SVG is XML");
            }
            Format::Jpeg(_) => {
                let decoded = Raster::decode(&one).expect("a JPEG");
                assert_eq!(decoded.dimensions(), (scene.size.width(), scene.size.height()));
            }
            Format::WebP => assert_eq!((&one[..4], &one[8..12]), (&b"RIFF"[..], &b"WEBP"[..])),
        }
    }
}

/// Checks that the file is a complete PNG of this size.
pub fn assert_png(file: &[u8], size: Size) {
    let mut decoder = zune_png::PngDecoder::new(zune_png::zune_core::bytestream::ZCursor::new(file));
    let pixels = decoder.decode_raw().expect("a PNG");
    let (width, height) = decoder.dimensions().expect("it was decoded");
    assert_eq!((width, height), (size.width() as usize, size.height() as usize));
    assert_eq!(pixels.len() % (width * height), 0);
    assert!(file.ends_with(b"IEND\xaeB`\x82"), "the file is cut off");
}

/// Returns a stop flag that is never set: libFuzzer has its own time limit.
pub fn stop() -> Stop {
    Stop::default()
}

fn scene(text: &str) -> Scene {
    let size = Size::new(40, 30, &Limits::default()).expect("a small image");
    let ground = Colour::rgb(0xff_ffff);
    let mut scene =
        Scene { size, scale: Scale::ONE, ground, backdrop: None, shapes: Vec::new(), title: None, alt: String::new() };
    for line in text.lines().take(200) {
        let mut words = Words::of(line);
        match words.word() {
            "scene" => {
                let (width, height) = (words.whole(1..=600), words.whole(1..=600));
                scene.size = Size::new(width, height, &Limits::default()).expect("within the limits");
                scene.ground = colour(&mut words);
            }
            word => scene.shapes.extend(shape(word, words, line)),
        }
    }
    let clip = whole(&scene);
    for shape in &mut scene.shapes {
        match shape {
            Shape::Line { clip: place, .. } | Shape::Area { clip: place, .. } | Shape::Dots { clip: place, .. } => {
                *place = clip
            }
            Shape::Fill { area, .. } => *area = area.intersect(clip),
            Shape::Text { .. } => {}
        }
    }
    scene
}

fn whole(scene: &Scene) -> Rect {
    let [width, height] = [scene.size.width(), scene.size.height()].map(|side| i32::try_from(side).expect("small"));
    Rect::new(0, 0, width, height)
}

fn shape(word: &str, mut words: Words, line: &str) -> Option<Shape> {
    let clip = Rect::new(0, 0, 0, 0);
    Some(match word {
        "fill" => {
            let [left, top, width, height] = [0; 4].map(|_: i64| i32::try_from(words.whole(0..=600)).unwrap_or(0));
            Shape::Fill { area: Rect::new(left, top, width, height), colour: colour(&mut words) }
        }
        "text" => {
            let at = Point::new(length(&mut words), Px::whole(length(&mut words).floor()));
            let size = i32::try_from(words.whole(1..=60)).unwrap_or(12);
            let style = TextStyle { font: Font::regular(size), colour: colour(&mut words) };
            Shape::Text { at, text: line.splitn(6, ' ').nth(5)?.to_owned(), style }
        }
        "line" => {
            let width = Px::from_units(i32::try_from(words.whole(1..=64 * 20)).ok()?);
            let stroke = Stroke { width, colour: colour(&mut words), dash: Dash::default() };
            Shape::Line { runs: vec![points(words)?], stroke, clip }
        }
        "area" => {
            let colour = colour(&mut words);
            let mut points = points(words)?.into_iter();
            let section =
                |(at, other): (Point, Point)| Section { x: at.x, top: at.y.min(other.y), bottom: at.y.max(other.y) };
            let pairs = std::iter::from_fn(|| Some((points.next()?, points.next()?)));
            Shape::Area { runs: vec![pairs.map(section).collect()], colour, clip }
        }
        "dots" => {
            let radius = Px::from_units(i32::try_from(words.whole(1..=64 * 20)).ok()?);
            Shape::Dots { radius, colour: colour(&mut words), centres: points(words)?, clip }
        }
        _ => return None,
    })
}

/// Parses at least one point, sorted from left to right.
fn points(words: Words) -> Option<Vec<Point>> {
    let numbers: Vec<i64> = words.rest().map(|word| word.parse().unwrap_or(0).clamp(-FAR, FAR)).collect();
    let units = |number: i64| Px::from_units(i32::try_from(number).unwrap_or(0));
    let mut points: Vec<Point> =
        numbers.chunks_exact(2).map(|pair| Point::new(units(pair[0]), units(pair[1]))).collect();
    points.sort_by_key(|point| point.x);
    (!points.is_empty()).then_some(points)
}

fn length(words: &mut Words) -> Px {
    Px::from_units(i32::try_from(words.whole(-FAR..=FAR)).unwrap_or(0))
}

fn colour(words: &mut Words) -> Colour {
    Colour::parse(words.word()).unwrap_or(Colour::rgb(0))
}
