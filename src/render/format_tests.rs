//! SVG, WebP, JPEG and records, checked with independent parsers and decoders, and with damaged files.

use super::canvas::RenderContext;
use super::scratch::RenderScratch;
use super::tests::{decode, full_scene, line, point, scene, words};
use super::{Format, Image, Output, Quality, Raster, Unreadable, inspect, paint};
use crate::cancel::Stop;
use crate::chart::{Dash, Scene, Section, Shape, Stroke};
use crate::error::Failure;
use crate::geometry::{Point, Px, Rect};
use crate::provenance::{Field, Record};
use crate::request::{Colour, Scale};
use fearless_simd::{Level, Simd};
use proptest::prelude::*;
use roxmltree::Document;
use std::io::Cursor;

/// Returns one format of every kind.
fn formats() -> [Format; 4] {
    [Format::Png, Format::Svg, Format::WebP, Format::Jpeg(Quality::default())]
}

/// Returns a record whose every text could be mistaken for markup.
fn record() -> Record {
    let fields = Field::ALL.map(|field| (field, format!("한글 </{0}>]]>&amp;<!-- \"'{0}", field.name())));
    Record::found(fields.to_vec()).unwrap()
}

fn drawn(scene: &Scene, format: Format, record: Option<Record>) -> Image {
    paint(scene, &Output { format, record }, &Stop::default()).unwrap()
}

fn svg(scene: &Scene) -> String {
    String::from_utf8(drawn(scene, Format::Svg, None).bytes).unwrap()
}

/// Returns the values of one attribute in all elements of one name.
fn attributes(svg: &str, element: &str, attribute: &str) -> Vec<String> {
    let document = Document::parse(svg).unwrap();
    let elements = document.descendants().filter(|node| node.has_tag_name(("http://www.w3.org/2000/svg", element)));
    elements.filter_map(|node| node.attribute(attribute).map(str::to_owned)).collect()
}

#[test]
fn hostile_text_stays_text_in_svg() {
    let hostile = "</text><script>alert(1)</script>&\"' ]]> <!--";
    let titled = Scene {
        title: Some(hostile.into()),
        alt: hostile.into(),
        ..scene(90, 30, vec![words(hostile, point(3.0, 20.0))])
    };
    let text = svg(&titled);
    let document = Document::parse(&text).unwrap();
    for name in ["title", "desc", "text"] {
        let node = document.descendants().find(|node| node.tag_name().name() == name).unwrap();
        assert_eq!(node.text(), Some(hostile));
    }
    assert!(!text.contains("<script") && !document.descendants().any(|node| node.is_comment()));
}

#[test]
fn a_text_in_svg_has_the_width_that_was_measured() {
    let text = svg(&scene(200, 30, vec![words("CPU 한글", point(3.0, 20.0))]));
    let width = crate::text::width("CPU 한글", crate::text::Font::regular(12)).to_f64();
    let written: f64 = attributes(&text, "text", "textLength")[0].parse().unwrap();
    assert!((written - width).abs() <= 0.005, "{written} for {width}");
}

#[test]
fn an_svg_has_no_external_references() {
    let text = String::from_utf8(drawn(&full_scene(), Format::Svg, Some(record())).bytes).unwrap();
    assert!(!text.contains("href") && !text.contains("<style") && !text.contains("<image"));
    let ids = attributes(&text, "clipPath", "id");
    assert_eq!(ids, ["clip-40-30-550-330"]);
    assert!(text.matches("url(").count() == text.matches("url(#clip-40-30-550-330)").count());
}

#[test]
fn a_transparent_svg_has_no_background() {
    let clear = Scene { ground: Colour { alpha: 0, ..Colour::rgb(0xffffff) }, ..scene(9, 9, vec![]) };
    assert_eq!(attributes(&svg(&clear), "rect", "fill"), [""; 0]);
    assert_eq!(attributes(&svg(&scene(9, 9, vec![])), "rect", "fill"), ["#ffffff"]);
}

#[test]
fn a_dashed_line_and_an_area_are_paths() {
    const LENGTHS: &[Px] = &[Px::whole(3), Px::whole(2)];
    let clip = Rect::new(0, 0, 20, 20);
    let stroke = Stroke {
        width: Px::whole(1),
        colour: Colour { alpha: 128, ..Colour::rgb(0) },
        dash: Dash { lengths: LENGTHS, scale: Scale::ONE },
    };
    let dashed = Shape::Line { runs: vec![vec![point(0.0, 5.0), point(9.0, 5.5)]], stroke, clip };
    let section = |x, top, bottom| Section { x: Px::whole(x), top: Px::whole(top), bottom: Px::whole(bottom) };
    let area = Shape::Area { runs: vec![vec![section(1, 2, 8), section(5, 4, 9)]], colour: Colour::rgb(7), clip };
    let text = svg(&scene(20, 20, vec![dashed, area]));
    assert_eq!(attributes(&text, "path", "d"), ["M0 5 3 5.17M5 5.28 8 5.44", "M1 2 5 4 5 9 1 8Z"]);
    assert_eq!(attributes(&text, "path", "stroke-opacity"), ["0.502"]);
}

#[test]
fn a_segment_of_one_point_is_a_dot_in_svg() {
    assert_eq!(attributes(&svg(&scene(9, 9, vec![line(&[(4.5, 3.25)], 3.0)])), "circle", "cy"), ["3.25"]);
}

#[test]
fn a_webp_has_the_pixels_of_the_png() {
    let (png, webp) = (drawn(&full_scene(), Format::Png, None), drawn(&full_scene(), Format::WebP, None));
    let mut decoder = image_webp::WebPDecoder::new(Cursor::new(&webp.bytes)).unwrap();
    let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
    decoder.read_image(&mut pixels).unwrap();
    let (width, height, expected) = decode(&png.bytes);
    assert_eq!(decoder.dimensions(), (width as u32, height as u32));
    assert!(pixels == expected);
}

#[test]
fn every_format_returns_its_record() {
    for format in formats() {
        let titled = Scene {
            title: record().get(Field::Title).map(str::to_owned),
            alt: record().get(Field::Description).unwrap().to_owned(),
            ..full_scene()
        };
        assert_eq!(inspect(&drawn(&titled, format, Some(record())).bytes), Ok(record()), "{format:?}");
        assert_eq!(inspect(&drawn(&titled, format, None).bytes), Err(Unreadable::NoRecord), "{format:?}");
    }
}

#[test]
fn a_record_changes_no_pixel() {
    for format in formats().into_iter().filter(|format| *format != Format::Svg) {
        let (with, without) = (drawn(&full_scene(), format, Some(record())), drawn(&full_scene(), format, None));
        assert!(with.bytes.len() > without.bytes.len() + 200);
        assert!(Raster::decode(&with.bytes).unwrap() == Raster::decode(&without.bytes).unwrap(), "{format:?}");
    }
}

#[test]
fn every_format_is_deterministic_and_stops_on_request() {
    let stop = Stop::default();
    stop.raise();
    for format in formats() {
        let (first, again) =
            (drawn(&full_scene(), format, Some(record())), drawn(&full_scene(), format, Some(record())));
        assert_eq!(first, again);
        let output = Output { format, record: None };
        assert!(matches!(paint(&full_scene(), &output, &stop), Err(Failure::RenderTimeout)));
    }
}

/// Returns a small file of each format, with a record.
fn small_files() -> [Vec<u8>; 4] {
    let small = scene(12, 12, vec![words("1", point(1.0, 11.0)), line(&[(1.0, 2.0), (9.0, 5.0)], 1.0)]);
    formats().map(|format| drawn(&small, format, Some(record())).bytes)
}

#[test]
fn inspect_rejects_files_truncated_anywhere() {
    let [png, svg, webp, jpeg] = small_files();
    for length in 0..png.len() {
        assert!(inspect(&png[..length]).is_err(), "png of {length} bytes");
    }
    assert_eq!(inspect(&png[..png.len() / 2]), Err(Unreadable::CutOff));
    // The last byte of an SVG is a line break.
    for length in 0..svg.len() - 1 {
        assert!(inspect(&svg[..length]).is_err(), "svg of {length} bytes");
    }
    for length in 0..webp.len() {
        let _ = inspect(&webp[..length]);
    }
    for length in 0..jpeg.len() {
        assert!(inspect(&jpeg[..length]).is_err(), "jpeg of {length} bytes");
    }
}

#[test]
fn inspect_survives_any_flipped_byte_and_detects_each_in_a_png() {
    let (files, whole) = (small_files(), Ok(record()));
    for (file, is_png) in files.into_iter().zip([true, false, false, false]) {
        for place in 0..file.len() {
            for flip in [0x01, 0x80, 0xff] {
                let mut damaged = file.clone();
                damaged[place] ^= flip;
                let found = inspect(&damaged);
                assert!(!is_png || found != whole || found.is_err(), "byte {place}");
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn no_file_makes_inspect_or_decode_panic(start in 0..5_usize, bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        let starts: [&[u8]; 5] = [b"", b"\xff\xd8\xff\xe0\0\x10JFIF\0\x01\x02\0\0\x01\0\x01\0\0\xff\xc0", b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", b"RIFF\x40\0\0\0WEBPVP8X", b"<svg>"];
        let file = [starts[start], &bytes].concat();
        let _ = (inspect(&file), Raster::decode(&file));
    }

    #[test]
    fn any_text_and_line_make_a_well_formed_svg(
        text in any::<String>(), x in any::<i32>(), mut xs in prop::collection::vec(any::<(i32, i32)>(), 0..20), width in any::<i32>(),
    ) {
        const LENGTHS: &[Px] = &[Px::whole(2), Px::from_units(1)];
        xs.sort_unstable();
        let runs: Vec<Vec<Point>> = vec![xs.iter().map(|(x, y)| Point::new(Px::from_units(*x), Px::from_units(*y))).collect()];
        let dash = Dash { lengths: LENGTHS, scale: Scale::ONE };
        let clip = Rect::new(0, 0, 4096, 4096);
        let shapes = [Dash::default(), dash].map(|dash| {
            let stroke = Stroke { width: Px::from_units(width), colour: Colour::rgb(0), dash };
            Shape::Line { runs: runs.clone(), stroke, clip }
        });
        let at = Point::new(Px::from_units(x), Px::from_units(x));
        let shapes = shapes.into_iter().chain([words(&text, at)]).collect();
        let hostile = Scene { title: Some(text.clone()), alt: text.clone(), ..scene(30, 20, shapes) };
        let written = svg(&hostile);
        prop_assert!(Document::parse(&written).is_ok(), "{}", written);
    }
}

/// Decodes a PNG or WebP file to width times height RGBA pixels.
fn clear_pixels(file: &[u8], format: Format) -> Vec<[u8; 4]> {
    let pixels = match format {
        Format::WebP => {
            let mut decoder = image_webp::WebPDecoder::new(Cursor::new(file)).unwrap();
            let mut pixels = vec![0; decoder.output_buffer_size().unwrap()];
            decoder.read_image(&mut pixels).unwrap();
            pixels
        }
        _ => {
            let (width, height, pixels) = decode(file);
            assert_eq!(pixels.len(), width * height * 4, "an image with alpha");
            pixels
        }
    };
    pixels.as_chunks().0.to_vec()
}

#[test]
fn a_transparent_image_composites_like_one_drawn_on_the_background() {
    let faded = Colour { alpha: 90, ..Colour::rgb(0xd6752c) };
    let clip = Rect::new(0, 0, 80, 60);
    let section = |x, top, bottom| Section { x: Px::whole(x), top: Px::whole(top), bottom: Px::whole(bottom) };
    let area = Shape::Area { runs: vec![vec![section(4, 10, 50), section(70, 30, 50)]], colour: faded, clip };
    let few = vec![words("8 한글", point(4.3, 20.0)), line(&[(5.0, 30.0), (70.0, 55.0)], 1.5)];
    let many = [vec![area], few.clone()].concat();
    for (shapes, format) in
        [&few, &many].into_iter().flat_map(|shapes| [Format::Png, Format::WebP].map(|f| (shapes, f)))
    {
        let on = |ground: Colour| Scene { ground, ..scene(80, 60, shapes.clone()) };
        let clear = drawn(&on(Colour { alpha: 0, ..Colour::rgb(0xffffff) }), format, None);
        for ground in [0xffffff, 0x181b1f, 0x2a7d4f] {
            let opaque = decode(&drawn(&on(Colour::rgb(ground)), Format::Png, None).bytes).2;
            let [_, below @ ..] = ground.to_be_bytes() as [u8; 4];
            for (over, expected) in clear_pixels(&clear.bytes, format).iter().zip(opaque.as_chunks::<3>().0) {
                let alpha = i32::from(over[3]);
                for channel in 0..3 {
                    let seen =
                        (i32::from(over[channel]) * alpha + i32::from(below[channel]) * (255 - alpha) + 127) / 255;
                    assert!(
                        (seen - i32::from(expected[channel])).abs() <= 3,
                        "{over:?} on {below:?} is not {expected:?}"
                    );
                }
            }
        }
    }
}

fn jpeg(scene: &Scene, quality: i64) -> Image {
    drawn(scene, Format::Jpeg(Quality::new(quality).unwrap()), None)
}

/// Returns a scene for each kind of canvas: a palette, RGB, and a background that would be transparent.
fn canvases() -> [Scene; 3] {
    let fills = (0..400).map(|index| Shape::Fill {
        area: Rect::new(index % 20 * 4, index / 20 * 3, 4, 3),
        colour: Colour::rgb(index as u32 * 41_234),
    });
    let clear = Scene { ground: Colour { alpha: 0, ..Colour::rgb(0xffffff) }, ..full_scene() };
    [full_scene(), scene(80, 60, fills.collect()), clear]
}

#[test]
fn a_jpeg_approaches_the_png_with_rising_quality() {
    for scene in canvases() {
        let png = drawn(&Scene { ground: Colour::rgb(0xffffff), ..scene.clone() }, Format::Png, None);
        let png = Raster::decode(&png.bytes).unwrap();
        let mean = |quality| {
            let jpeg = Raster::decode(&jpeg(&scene, quality).bytes).unwrap();
            assert_eq!(jpeg.dimensions(), png.dimensions());
            let apart = jpeg.pixels().iter().zip(png.pixels()).flat_map(|(a, b)| {
                assert_eq!(a[3], 255);
                (0..3).map(|channel| u64::from(a[channel].abs_diff(b[channel])))
            });
            apart.sum::<u64>() as f64 / png.pixels().len() as f64 / 3.0
        };
        let means = [10, 50, 90, 100].map(mean);
        assert!(means.is_sorted_by(|low, high| low > high) && means[3] < 1.0, "{means:?}");
    }
}

/// JFIF 1.02; the header holds the size and the components, all sampled alike.
#[test]
fn a_jpeg_is_a_baseline_jfif_file_in_full_resolution() {
    let file = jpeg(&full_scene(), 90).bytes;
    assert_eq!(file[..11], *b"\xff\xd8\xff\xe0\0\x10JFIF\0");
    let frame = file.windows(2).position(|pair| pair == [0xff, 0xc0]).unwrap();
    let [height, width] = [5, 7].map(|at| u16::from_be_bytes([file[frame + at], file[frame + at + 1]]));
    assert_eq!((width, height, file[frame + 9]), (600, 400, 3));
    assert_eq!([11, 14, 17].map(|at| file[frame + at]), [0x11; 3]);
    assert!(file.ends_with(&[0xff, 0xd9]));
}

#[test]
fn a_jpeg_omits_a_description_larger_than_a_segment() {
    let long = |bytes: usize| {
        let fields = Field::ALL.map(|field| {
            let text = if field == Field::Description { "x".repeat(bytes) } else { field.name().to_owned() };
            (field, text)
        });
        Record::found(fields.to_vec()).unwrap()
    };
    for (bytes, is_kept) in [(60_000, true), (65_533, false), (200_000, false)] {
        let file = drawn(&full_scene(), Format::Jpeg(Quality::default()), Some(long(bytes))).bytes;
        let record = inspect(&file).unwrap();
        assert_eq!(record.get(Field::Description).is_some(), is_kept, "{bytes}");
        assert_eq!(record.get(Field::Request), Some("request"));
        assert!(Raster::decode(&file).is_ok());
    }
}

#[test]
fn every_processor_level_encodes_equal_jpegs() {
    let detected = Level::new();
    let levels = [detected.as_sse4_2().map(|simd| simd.level()), detected.as_avx2().map(|simd| simd.level())];
    for scene in canvases() {
        let file = |level| {
            RenderScratch::new()
                .jpeg(&scene, Quality::default(), None, RenderContext { level, stop: &Stop::default() })
                .unwrap()
                .0
        };
        let expected = file(Level::baseline());
        for level in levels.into_iter().flatten() {
            assert!(file(level) == expected, "{level:?}");
        }
    }
}
