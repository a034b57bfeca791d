//! Guarantees of the renderer, checked on pixels and on files that an independent decoder reads.

use super::backend::{CanvasBackend, CanvasFault, CurveMemory, Surface};
use super::canvas::{RenderContext, Rgb};
use super::encode::png::PngEncoder;
use super::rgb_canvas::RgbCanvas;
use super::scratch::{background, bounds, draw_on};
use super::{Image, Output};
use crate::cancel::Stop;
use crate::chart::{Dash, Scene, Shape, Stroke, TextStyle};
use crate::error::Failure;
use crate::geometry::{Point, Px, Rect};
use crate::limits::Limits;
use crate::request::{Colour, Scale, Size};
use crate::text::Font;
use fearless_simd::Level;
use plotters_backend::{BackendColor, DrawingBackend, DrawingErrorKind};
use proptest::prelude::*;

const WHITE: Colour = Colour::rgb(0xffffff);
const BLACK: Colour = Colour::rgb(0x000000);
const EVERYWHERE: Rect = Rect::new(0, 0, 4096, 4096);

fn paint(scene: &Scene, stop: &Stop) -> Result<Image, Failure> {
    super::paint(scene, &Output::default(), stop)
}

pub(super) fn point(x: f64, y: f64) -> Point {
    Point::new(Px::nearest(x), Px::nearest(y))
}

pub(super) fn scene(width: i64, height: i64, shapes: Vec<Shape>) -> Scene {
    Scene {
        size: Size::new(width, height, &Limits::default()).unwrap(),
        scale: Scale::ONE,
        ground: WHITE,
        backdrop: None,
        shapes,
        title: None,
        alt: "A test".into(),
    }
}

pub(super) fn line(points: &[(f64, f64)], width: f64) -> Shape {
    let run = points.iter().map(|(x, y)| point(*x, *y)).collect();
    Shape::Line {
        runs: vec![run],
        stroke: Stroke { width: Px::nearest(width), colour: BLACK, dash: Dash::default() },
        clip: EVERYWHERE,
    }
}

fn dot(x: f64, y: f64, radius: f64) -> Shape {
    Shape::Dots { centres: vec![point(x, y)], radius: Px::nearest(radius), colour: BLACK, clip: EVERYWHERE }
}

pub(super) fn words(text: &str, at: Point) -> Shape {
    Shape::Text { at, text: text.into(), style: TextStyle { font: Font::regular(12), colour: BLACK } }
}

#[test]
fn a_file_states_96_dpi_times_its_scale() {
    let dots_per_metre = |scale: f64| {
        let scene = Scene { scale: Scale::new(scale).unwrap(), ..scene(4, 4, Vec::new()) };
        let file = paint(&scene, &Stop::default()).unwrap().bytes;
        let at = file.windows(4).position(|name| name == b"pHYs").unwrap() + 4;
        let number = |at: usize| u32::from_be_bytes(file[at..at + 4].try_into().unwrap());
        assert_eq!((number(at), file[at + 8]), (number(at + 4), 1), "equal in both directions, in metres");
        number(at)
    };
    // 96 dpi are 96 / 0.0254 = 3779.5 pixels per metre.
    assert_eq!([1.0, 1.5, 2.0].map(dots_per_metre), [3780, 5669, 7559]);
}

fn clipped_to(area: Rect, mut shape: Shape) -> Shape {
    if let Shape::Line { clip, .. } | Shape::Dots { clip, .. } = &mut shape {
        *clip = area;
    }
    shape
}

/// Draws the scene on an RGB canvas.
fn canvas_of(scene: &Scene) -> RgbCanvas {
    let canvas = RgbCanvas::new(bounds(scene), background(scene));
    draw_on(scene, canvas, &mut CurveMemory::default(), RenderContext { level: Level::new(), stop: &Stop::default() })
        .unwrap()
        .0
}

fn rows_of(canvas: &RgbCanvas, scene: &Scene) -> Vec<Vec<Rgb>> {
    let height = scene.size.height() as usize;
    (0..height).map(|y| canvas.pixels().iter().skip(y).step_by(height).copied().collect()).collect()
}

fn rows(scene: &Scene) -> Vec<Vec<Rgb>> {
    rows_of(&canvas_of(scene), scene)
}

/// Returns the darkness of each pixel, 0 to 1, row by row.
fn darkness(width: i64, height: i64, shape: Shape) -> Vec<Vec<f64>> {
    let rows = rows(&scene(width, height, vec![shape]));
    rows.iter().map(|row| row.iter().map(|pixel| f64::from(255 - pixel[0]) / 255.0).collect()).collect()
}

fn total(dark_pixels: &[Vec<f64>]) -> f64 {
    dark_pixels.iter().flatten().sum()
}

/// Returns width, height and RGB bytes of a file.
pub(super) fn decode(file: &[u8]) -> (usize, usize, Vec<u8>) {
    let mut decoder = zune_png::PngDecoder::new(zune_png::zune_core::bytestream::ZCursor::new(file));
    let pixels = decoder.decode().unwrap().u8().unwrap();
    let (width, height) = decoder.dimensions().unwrap();
    (width, height, pixels)
}

/// Returns the names of a file's chunks; consecutive equal names are merged.
fn chunks(file: &[u8]) -> Vec<String> {
    let mut names = Vec::new();
    let mut rest = &file[8..];
    while let [a, b, c, d, name @ ..] = rest {
        names.push(String::from_utf8(name[..4].to_vec()).unwrap());
        rest = &rest[12 + u32::from_be_bytes([*a, *b, *c, *d]) as usize..];
    }
    names.dedup();
    names
}

/// Returns a scene with every kind of shape.
pub(super) fn full_scene() -> Scene {
    let wave = |x: i32| point(f64::from(40 + x), f64::from((x * 37 % 83) + (x * 11 % 29) + 80));
    let clip = Rect::new(40, 30, 550, 330);
    let mut shapes: Vec<Shape> = (0..6)
        .map(|row| Shape::Fill { area: Rect::new(40, 60 + row * 60, 550, 1), colour: Colour::rgb(0xe8eaed) })
        .collect();
    shapes.extend([
        words("CPU Usage/Core[Basic] 한글 日本語 ⚠ → µ °C", Point::new(Px::nearest(12.3), Px::whole(20))),
        Shape::Line {
            runs: vec![(0..288).map(|index| wave(index * 2)).collect()],
            stroke: Stroke { width: Px::nearest(1.5), colour: Colour::rgb(0x5b78f8), dash: Dash::default() },
            clip,
        },
        Shape::Dots { centres: vec![wave(5), wave(90)], radius: Px::whole(3), colour: Colour::rgb(0xe84090), clip },
    ]);
    scene(600, 400, shapes)
}

/// Returns a scene whose colours do not meet, so a palette has all of its mixes.
fn scene_with_few_colours() -> Scene {
    scene(80, 60, vec![words("8 한글", point(4.3, 20.0)), line(&[(5.0, 30.0), (70.0, 55.0)], 1.5)])
}

/// Returns a scene with more colours than a palette holds.
fn colourful_scene() -> Scene {
    let fills = (0..400).map(|index| Shape::Fill {
        area: Rect::new(index % 20, index / 20, 1, 1),
        colour: Colour::rgb(index as u32 * 41_234),
    });
    scene(20, 20, fills.collect())
}

#[test]
fn an_independent_decoder_reads_the_pixels_of_the_canvas() {
    for scene in [scene_with_few_colours(), colourful_scene()] {
        let image = paint(&scene, &Stop::default()).unwrap();
        let (width, height, pixels) = decode(&image.bytes);
        assert_eq!((width as u32, height as u32), (scene.size.width(), scene.size.height()));
        assert!(pixels == rows(&scene).concat().concat());
    }
}

#[test]
fn few_colours_make_a_palette_file_and_many_an_rgb_file() {
    let file = |scene| paint(&scene, &Stop::default()).unwrap().bytes;
    let (indexed, rgb) = (file(full_scene()), file(colourful_scene()));
    const COLOUR_TYPE: usize = 25;
    assert_eq!((indexed[COLOUR_TYPE], rgb[COLOUR_TYPE]), (3, 2));
    assert_eq!(chunks(&indexed), ["IHDR", "pHYs", "PLTE", "IDAT", "IEND"]);
    assert_eq!(chunks(&rgb), ["IHDR", "pHYs", "IDAT", "IEND"]);
}

#[test]
fn an_ordinary_chart_is_smaller_than_20_kb() {
    assert!(paint(&full_scene(), &Stop::default()).unwrap().bytes.len() < 20_000);
}

#[test]
fn the_smallest_and_the_largest_image_render() {
    for (width, height) in [(1, 1), (4096, 1900), (1, 4096)] {
        let image = paint(&scene(width, height, full_scene().shapes), &Stop::default()).unwrap();
        let (decoded_width, decoded_height, _) = decode(&image.bytes);
        assert_eq!((decoded_width as i64, decoded_height as i64), (width, height));
    }
}

#[test]
fn equal_scenes_give_equal_files_on_eight_threads() {
    let first = paint(&full_scene(), &Stop::default()).unwrap();
    assert_eq!(paint(&full_scene(), &Stop::default()).unwrap(), first);
    let threads: Vec<_> =
        (0..8).map(|_| std::thread::spawn(|| paint(&full_scene(), &Stop::default()).unwrap())).collect();
    for thread in threads {
        assert_eq!(thread.join().unwrap(), first);
    }
}

#[test]
fn an_image_has_its_size_alt_text_and_format() {
    let image = paint(&full_scene(), &Stop::default()).unwrap();
    let digest = image.digest();
    let Image { size, alt, missing_glyphs, .. } = image;
    assert_eq!((size.width(), size.height(), alt.as_str(), missing_glyphs), (600, 400, "A test", 0));
    assert!(digest.len() == 64 && digest.bytes().all(|byte| byte.is_ascii_digit() || (b'a'..=b'f').contains(&byte)));
}

#[test]
fn a_raised_stop_flag_ends_rendering() {
    let stop = Stop::default();
    stop.raise();
    assert!(matches!(paint(&full_scene(), &stop), Err(Failure::RenderTimeout)));
    let blank = canvas_of(&scene(5, 5, vec![]));
    let encoded = PngEncoder::default().direct(
        blank.pixels(),
        (5, Scale::ONE),
        None,
        RenderContext { level: Level::new(), stop: &stop },
    );
    assert!(matches!(encoded, Err(Failure::RenderTimeout)));
}

#[test]
fn a_hairline_is_one_pixel_of_one_colour() {
    let grid = Colour::rgb(0xe8eaed);
    let shape = Shape::Fill { area: Rect::new(2, 3, 5, 1), colour: grid };
    for (y, row) in rows(&scene(10, 8, vec![shape])).iter().enumerate() {
        for (x, pixel) in row.iter().enumerate() {
            let expected = if y == 3 && (2..7).contains(&x) { [0xe8, 0xea, 0xed] } else { [0xff; 3] };
            assert_eq!(*pixel, expected, "{x},{y}");
        }
    }
}

#[test]
fn a_level_line_through_the_middle_of_a_row_fills_that_row_alone() {
    for (y, row) in darkness(20, 9, line(&[(-5.0, 4.5), (25.0, 4.5)], 1.0)).iter().enumerate() {
        assert!(row.iter().all(|dark| *dark == if y == 4 { 1.0 } else { 0.0 }), "{y} {row:?}");
    }
}

#[test]
fn a_level_line_between_two_rows_darkens_both_by_half() {
    let dark_pixels = darkness(20, 9, line(&[(-5.0, 4.0), (25.0, 4.0)], 1.0));
    assert!((dark_pixels[3][10] - 0.5).abs() < 0.04 && dark_pixels[3] == dark_pixels[4]);
}

#[test]
fn a_vertical_line_fills_its_columns_from_end_to_end() {
    let dark_pixels = darkness(9, 40, line(&[(4.0, 5.0), (4.0, 35.0)], 2.0));
    for (y, row) in dark_pixels.iter().enumerate() {
        let expected = if (5..35).contains(&y) { 1.0 } else { 0.0 };
        assert!((4..36).contains(&y) || total(&dark_pixels[y..=y]) == 0.0, "{y}");
        assert!(
            !(5..35).contains(&y) || row == &[0.0, 0.0, 0.0, expected, expected, 0.0, 0.0, 0.0, 0.0],
            "{y} {row:?}"
        );
    }
}

#[test]
fn a_dot_is_round_and_symmetric() {
    for radius in [1.0, 2.0, 2.5, 3.0, 9.0] {
        let dark_pixels = darkness(21, 21, dot(10.5, 10.5, radius));
        for (y, row) in dark_pixels.iter().enumerate() {
            let mirrored: Vec<f64> = row.iter().rev().copied().collect();
            assert_eq!(row, &mirrored);
            assert_eq!(row, &dark_pixels[20 - y]);
        }
        let area = std::f64::consts::PI * radius * radius;
        assert!((total(&dark_pixels) / area - 1.0).abs() < 0.03, "{radius}: {} for {area}", total(&dark_pixels));
    }
}

#[test]
fn a_segment_of_one_point_is_a_dot() {
    assert_eq!(darkness(12, 12, line(&[(6.2, 5.1)], 3.0)), darkness(12, 12, dot(6.2, 5.1, 1.5)));
}

#[test]
fn a_line_that_leaves_the_image_is_not_bent() {
    let points = [(-400.0, -900.0), (30.0, 40.0), (35.0, 5000.0), (60.0, 20.0), (9000.0, 70.0)];
    let small = darkness(100, 80, line(&points, 2.0));
    let large = darkness(300, 300, line(&points, 2.0));
    for (row, wide) in small.iter().zip(&large) {
        assert_eq!(row[..], wide[..100]);
    }
}

#[test]
fn extreme_coordinates_render_without_errors() {
    let (low, high) = (Px::from_units(i32::MIN), Px::from_units(i32::MAX));
    let run = vec![Point::new(low, high), Point::new(low, low), Point::new(Px::whole(5), high), Point::new(high, low)];
    let clip = Rect::new(0, 0, 10, 10);
    let shapes = vec![
        Shape::Line {
            runs: vec![run.clone()],
            stroke: Stroke { width: Px::whole(2), colour: BLACK, dash: Dash::default() },
            clip,
        },
        Shape::Line {
            runs: vec![run.clone()],
            stroke: Stroke { width: high, colour: WHITE, dash: Dash::default() },
            clip,
        },
        Shape::Dots { centres: run.clone(), radius: Px::whole(2), colour: BLACK, clip },
        words("far away", run[0]),
        words("far away", run[3]),
    ];
    paint(&scene(10, 10, shapes), &Stop::default()).unwrap();
}

#[test]
fn a_line_with_decreasing_x_is_an_error() {
    let backwards = scene(20, 20, vec![line(&[(1.0, 1.0), (9.0, 9.0), (8.0, 1.0)], 1.0)]);
    let Err(Failure::Internal(text)) = paint(&backwards, &Stop::default()) else { panic!("painted") };
    assert!(text.contains("goes back"), "{text}");
}

#[test]
fn the_canvas_rejects_unsupported_shapes() {
    let (mut memory, stop) = (CurveMemory::default(), Stop::default());
    let mut backend = CanvasBackend::new(
        canvas_of(&scene(9, 9, vec![])),
        &mut memory,
        RenderContext { level: Level::new(), stop: &stop },
    );
    let black = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };
    let drawn = [
        backend.draw_pixel((64, 64), black),
        backend.draw_rect((0, 0), (64, 64), &black, false),
        backend.draw_circle((64, 64), 64, &black, false),
        backend.fill_polygon([(0, 0), (64, 0), (0, 64)], &black),
        backend.blit_bitmap((0, 0), (1, 1), &[0; 3]),
    ];
    for result in drawn {
        assert!(matches!(result, Err(DrawingErrorKind::DrawingError(CanvasFault::NotDrawn(_)))));
    }
}

#[test]
fn a_clip_is_restored_after_its_shape() {
    let (mut memory, stop) = (CurveMemory::default(), Stop::default());
    let mut backend = CanvasBackend::new(
        canvas_of(&scene(4, 1, vec![])),
        &mut memory,
        RenderContext { level: Level::new(), stop: &stop },
    );
    let black = BackendColor { alpha: 1.0, rgb: (0, 0, 0) };
    backend.within(Rect::new(1, 0, 1, 1), |backend| backend.draw_rect((0, 0), (256, 64), &black, true)).unwrap();
    backend.draw_rect((192, 0), (256, 64), &black, true).unwrap();
    assert_eq!(backend.into_canvas().pixels(), [[255; 3], [0; 3], [255; 3], [0; 3]]);
}

#[test]
fn text_has_greyscale_smoothing() {
    let pixels = rows(&scene(200, 30, vec![words("CPU Usage 한글 8", point(3.4, 20.0))])).concat();
    assert!(pixels.iter().all(|[red, green, blue]| red == green && green == blue));
    assert!(pixels.contains(&[0; 3]) && pixels.iter().any(|pixel| (1..255).contains(&pixel[0])));
}

#[test]
fn text_stands_on_its_base_line_and_ends_at_its_width() {
    let dark_pixels = darkness(60, 30, words("HE1", point(10.0, 20.0)));
    let rows: Vec<usize> = (0..30).filter(|row| total(&dark_pixels[*row..=*row]) > 0.0).collect();
    let height = crate::text::cap_height(Font::regular(12)).round() as usize;
    assert_eq!((rows[0], rows[rows.len() - 1]), (20 - height, 19));
    let end = 10 + crate::text::width("HE1", Font::regular(12)).ceil() as usize;
    assert!(dark_pixels.iter().all(|row| row[..10].iter().chain(&row[end..]).all(|dark| *dark == 0.0)));
}

#[test]
fn a_missing_glyph_is_a_box_that_is_counted() {
    let scene = scene(40, 30, vec![words("🚀", point(5.0, 20.0)), words("a\u{10fffd}", point(20.0, 20.0))]);
    assert_eq!(paint(&scene, &Stop::default()).unwrap().missing_glyphs, 2);
    let dark_pixels = darkness(20, 30, words("🚀", point(5.0, 20.0)));
    assert_eq!((dark_pixels[19][6], dark_pixels[18][6], dark_pixels[18][8], dark_pixels[20][6]), (1.0, 1.0, 0.0, 0.0));
}

/// Estimates the fraction of a pixel within half a width of the line, by testing 16 × 16 positions.
fn tried(points: &[(f64, f64)], half_width: f64, x: usize, y: usize) -> f64 {
    let near = |px: f64, py: f64| {
        points.windows(2).any(|pair| {
            let ((ax, ay), (bx, by)) = (pair[0], pair[1]);
            let square = (bx - ax) * (bx - ax) + (by - ay) * (by - ay);
            let along = if square > 0.0 {
                (((px - ax) * (bx - ax) + (py - ay) * (by - ay)) / square).clamp(0.0, 1.0)
            } else {
                0.0
            };
            f64::hypot(px - ax - along * (bx - ax), py - ay - along * (by - ay)) <= half_width
        })
    };
    let places = (0..256).filter(|place| {
        near(x as f64 + (f64::from(place % 16) + 0.5) / 16.0, y as f64 + (f64::from(place / 16) + 0.5) / 16.0)
    });
    places.count() as f64 / 256.0
}

fn curve() -> impl Strategy<Value = Vec<(f64, f64)>> {
    let steps = prop::collection::vec((prop_oneof![Just(0), 0..40_i32, 0..1000_i32], -1200..3200_i32), 2..12);
    steps.prop_map(|steps| {
        let mut x = -200;
        let on_grid = |units: i32| f64::from(units) / 64.0;
        steps
            .into_iter()
            .map(|(step, y)| {
                x += step;
                (on_grid(x), on_grid(y))
            })
            .collect()
    })
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    #[test]
    fn a_stroke_covers_what_is_near_the_line(points in curve(), width in 32..256_i32) {
        let width = f64::from(width) / 64.0;
        let dark_pixels = darkness(32, 32, line(&points, width));
        for (y, row) in dark_pixels.iter().enumerate() {
            for (x, dark) in row.iter().enumerate() {
                let expected = tried(&points, width / 2.0, x, y);
                // A vertical edge is known to an eighth of a pixel, and a line has two.
                prop_assert!((dark - expected).abs() < 0.2, "{x},{y}: {dark} for {expected}");
            }
        }
    }

    #[test]
    fn a_stroke_never_leaves_its_clip(points in curve(), left in 0..30_i32, top in 0..30_i32, side in 0..20_i32) {
        let clip = Rect::new(left, top, side, side);
        let whole = darkness(32, 32, line(&points, 2.5));
        let clipped = darkness(32, 32, clipped_to(clip, line(&points, 2.5)));
        for (y, (row, whole_row)) in clipped.iter().zip(&whole).enumerate() {
            for (x, (dark, whole_dark)) in row.iter().zip(whole_row).enumerate() {
                let inside = (left..left + side).contains(&(x as i32)) && (top..top + side).contains(&(y as i32));
                prop_assert_eq!(*dark, if inside { *whole_dark } else { 0.0 });
            }
        }
    }

    #[test]
    fn every_text_renders(text in any::<String>(), x in any::<i32>(), y in -20..60_i32) {
        let near = words(&text, Point::new(Px::ZERO, Px::whole(y)));
        let anywhere = words(&text, Point::new(Px::from_units(x), Px::whole(y)));
        prop_assert!(paint(&scene(60, 30, vec![near, anywhere]), &Stop::default()).is_ok());
    }

    #[test]
    fn every_scene_of_points_renders(mut xs in prop::collection::vec(any::<(i32, i32)>(), 0..20), width in any::<i32>()) {
        xs.sort_unstable();
        let run: Vec<Point> = xs.iter().map(|(x, y)| Point::new(Px::from_units(*x), Px::from_units(*y))).collect();
        let stroke = Stroke { width: Px::from_units(width), colour: BLACK, dash: Dash::default() };
        let shapes = vec![
            Shape::Dots { centres: run.clone(), radius: Px::from_units(width), colour: BLACK, clip: EVERYWHERE },
            Shape::Line { runs: vec![run], stroke, clip: EVERYWHERE },
        ];
        prop_assert!(paint(&scene(30, 20, shapes), &Stop::default()).is_ok());
    }
}
