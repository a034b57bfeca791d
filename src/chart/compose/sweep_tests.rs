//! Properties of scenes of every size.

use super::axes_tests::{clipped, cpu_and_memory, requests_and_latency, sizes};
use super::kinds_tests::KINDS;
use super::tests::{
    Case, HOUR, documented, nothing, one_failed, size, texts, three_lines, twelve_korean, two_units, wave,
};
use super::*;
use crate::chart::layout::whole;
use crate::chart::legend::model as legend;
use crate::chart::{DARK, LIGHT, PRINT, Shape, Sizes};
use crate::geometry::Rect;
use crate::limits::Limits;
use crate::request::{Place, Scale, Span};
use crate::series::{Line, Outcome};
use crate::text::Weight;

fn many() -> Case {
    let case = Case::new("", 30 * 24 * HOUR, "Europe/Berlin");
    (0..100)
        .fold(case, |case, n| case.line(&format!("series with a name {n}"), move |i| (i % 1000 == n).then_some(1e308)))
}

fn spring() -> Case {
    let mut case = Case::new("Spring", 24 * HOUR, "Europe/Berlin");
    case.frame.span = Span::new(1_774_738_800, 1_774_821_600, &Limits::default()).unwrap();
    case.line("a", wave(3)).unit("KILOBYTES_PER_SECOND").line("b", |i| Some(if i % 2 == 0 { 1e308 } else { -1e308 }))
}

fn cases() -> Vec<Case> {
    let incomplete = |line: &mut Line| {
        if let Outcome::Answered(_, notes) = &mut line.outcome {
            notes.incomplete = true;
        }
    };
    vec![
        documented(),
        three_lines(),
        one_failed(),
        nothing(),
        twelve_korean(),
        two_units(),
        cpu_and_memory(),
        requests_and_latency().axis(clipped().request.chart.axis),
        sizes(),
        many(),
        spring(),
        three_lines()
            .change(incomplete)
            .failed()
            .change(|line| line.colour = None)
            .line("x", wave(2))
            .change(incomplete),
        Case::new(&"a very long title ".repeat(12), 3 * HOUR, "Asia/Kathmandu").line(&"0123456789".repeat(25), wave(2)),
    ]
}

fn contains(outer: Rect, inner: Rect) -> bool {
    outer.intersect(inner) == inner
}

/// Asserts the properties of every scene in the light theme.
pub fn assert_sound(case: &Case) {
    assert_sound_in(&LIGHT, case);
}

/// Asserts the properties of every scene in `theme`, and returns its texts.
fn assert_sound_in(theme: &Theme, case: &Case) -> Vec<String> {
    let scene = compose(&case.request, &case.frame, &theme.clone().into());
    let image = whole(scene.size);
    let texts = texts(&scene);
    for (index, (place, text)) in texts.iter().enumerate() {
        assert!(contains(image, *place), "{text:?} leaves {image}: {place}");
        let overlaps = texts[..index].iter().find(|(other, _)| {
            let both = other.intersect(*place);
            both.width > 0 && both.height > 0
        });
        assert!(overlaps.is_none(), "{text:?} overlaps {overlaps:?} in {image}");
    }
    for shape in &scene.shapes {
        match shape {
            Shape::Fill { area, .. } => assert!(contains(image, *area), "{area} leaves {image}"),
            Shape::Line { runs, clip, .. } => {
                assert!(contains(image, *clip) && clip.width > 0 && clip.height > 0, "{clip} leaves {image}");
                assert!(runs.iter().all(|run| run.is_sorted_by_key(|point| point.x)));
            }
            Shape::Dots { clip, .. } | Shape::Area { clip, .. } => {
                assert!(contains(image, *clip), "{clip} leaves {image}")
            }
            Shape::Text { .. } => {}
        }
    }
    texts.iter().map(|(_, text)| (*text).to_owned()).collect()
}

/// Asserts the properties of scenes large enough for text.
fn assert_readable(case: &Case) {
    let image = whole(case.request.size);
    let (model, layout) = case.arrangement();
    assert!(layout.plot.height * 100 >= 40 * image.height, "plot {} of {image}", layout.plot);
    assert!(layout.plot.width * 100 >= 44 * image.width, "plot {} of {image}", layout.plot);
    let margin = layout.plot.left - layout.columns.0;
    assert!(margin * 100 <= 40 * image.width, "{margin} px left of the plot of {image}");
    if image.width >= 600 && image.height >= 400 && model.entries.len() <= 4 {
        assert!(layout.plot.height * 100 >= 55 * image.height, "plot {} of {image}", layout.plot);
    }
    let scene = case.scene();
    let written = texts(&scene).iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ");
    let (zone, _) = crate::chart::labels::time_span::zone_lines(&model.zone_text);
    // Without a sub-title the first label has the offset, in the narrowest images only the date.
    let has_zone = written.contains(zone) || written.contains("UTC") || image.width < 240;
    assert!(has_zone, "no {zone} in {image}: {written}");
    let dates = ["1 Jan", "2 Jan", "29 Mar", "1월 1일", "1월 2일"];
    assert!(dates.iter().any(|date| written.contains(date)), "no date in {image}: {written}");
}

/// Widths on both sides of every bound of the layout, and usual widths; one image is drawn for each pair with the
/// heights. Between bounds the layout changes little with each pixel, so a sample of sizes finds there what all sizes
/// would.
const WIDTHS: [i64; 17] = [1, 12, 39, 40, 119, 120, 159, 160, 239, 240, 300, 359, 360, 479, 480, 600, 2000];
const HEIGHTS: [i64; 17] = [1, 11, 12, 40, 59, 60, 89, 90, 139, 140, 150, 199, 200, 259, 260, 400, 2000];

fn bounds() -> impl Iterator<Item = (i64, i64)> {
    WIDTHS.into_iter().flat_map(|width| HEIGHTS.map(|height| (width, height)))
}

/// Returns `count` sizes up to 1400 × 1000, half of them below 350 × 250, where space is short; evenly scattered, and
/// different for two `starts`. Steps by the powers of the plastic number, as Roberts 2018 spreads points over a square.
fn scattered(start: usize, count: usize) -> impl Iterator<Item = (i64, i64)> {
    (start * count..(start + 1) * count).map(|index| {
        let part = |power: u64| (index as u64).wrapping_mul(power) % 65_536;
        let side = |part: u64, max: u64| 1 + (part * part * max / (65_536 * 65_536)) as i64;
        (side(part(49_471), 1400), side(part(37_345), 1000))
    })
}

/// Returns a built-in theme and those with the smallest and the largest sizes and spacing. Other differences between
/// themes move nothing.
fn themes() -> [Theme; 3] {
    let sized = |title: i32, others: i32, spacing: i32| Theme {
        sizes: Sizes { title, sub_title: others, label: others, small: others, spacing },
        ..LIGHT
    };
    [LIGHT, sized(8, 8, 75), Theme { title_weight: Weight::Regular, ..sized(40, 16, 200) }]
}

impl Case {
    fn of_size(&self, (width, height): (i64, i64), scale: f64) -> Self {
        let mut case = Self { request: self.request.clone(), frame: self.frame.clone() };
        case.request.size = size(width, height);
        case.request.chart.scale = Scale::new(scale).unwrap();
        case
    }
}

#[test]
fn texts_never_overlap_or_leave_the_image_at_any_size() {
    let themes = themes();
    for (start, case) in cases().into_iter().enumerate() {
        let is_dense = case.frame.lines.len() > 50;
        let sizes = bounds().chain(scattered(start, 900)).step_by(if is_dense { 37 } else { 1 });
        for (index, size) in sizes.enumerate() {
            let theme = &themes[index % themes.len()];
            let written = assert_sound_in(theme, &case.of_size(size, 1.0));
            if index % 7 == 0 {
                let scale = [1.25, 1.5, 2.0][index % 3];
                assert_eq!(assert_sound_in(theme, &case.of_size(size, scale)), written, "{size:?} at scale {scale}");
            }
        }
    }
}

#[test]
fn built_in_themes_have_equal_texts_at_equal_positions() {
    for case in cases() {
        for size in [(1200, 600), (600, 400), (300, 150), (160, 90), (100, 40)] {
            let case = case.of_size(size, 1.0);
            let written = |theme: Theme| {
                let scene = compose(&case.request, &case.frame, &theme.into());
                texts(&scene).into_iter().map(|(place, text)| (place, text.to_owned())).collect::<Vec<_>>()
            };
            let light = written(LIGHT);
            assert_eq!((&written(DARK), &written(PRINT)), (&light, &light), "{size:?}");
        }
    }
}

#[test]
fn equal_requests_and_data_have_equal_scenes() {
    for case in cases() {
        assert_eq!(case.scene(), case.scene());
    }
}

/// Adds annotations of every kind, some with long labels.
fn annotated(case: Case) -> Case {
    let start = case.frame.span.start();
    let case = case.annotated(Place::Value(60.0), "a threshold").annotated(Place::Value(62.0), "and one next to it");
    let case = case.annotated(Place::Values(70.0, 90.0), &"a long label ".repeat(9));
    let case = case.annotated(Place::Times(start - 600, start + 900), "since before the picture");
    (0..5).fold(case, |case, n| case.annotated(Place::Time(start + 600 * n), &format!("deployment {n}")))
}

#[test]
fn texts_never_overlap_or_leave_the_image_with_any_kind_and_annotation() {
    let (themes, cases) = (themes(), [annotated(three_lines()), many()]);
    let of_kinds =
        KINDS.into_iter().flat_map(|kind| cases.each_ref().map(|case| case.of_size((600, 400), 1.0).kind(kind)));
    for (start, case) in of_kinds.enumerate() {
        let is_dense = case.frame.lines.len() > 50;
        for (index, size) in scattered(start, 400).chain(bounds()).step_by(if is_dense { 53 } else { 1 }).enumerate() {
            let theme = &themes[index % themes.len()];
            assert_sound_in(theme, &case.of_size(size, [1.0, 2.0][index / themes.len() % 2]));
        }
    }
}

#[test]
fn every_image_with_text_has_a_large_plot_a_date_and_a_zone() {
    let cases = cases().into_iter().filter(|case| case.frame.lines.len() < 50);
    for (start, case) in cases.enumerate() {
        let usual = [120, 160, 240, 360, 480, 600, 1200]
            .into_iter()
            .flat_map(|width| [60, 90, 140, 200, 260, 400, 600].map(|height| (width, height)));
        for size in usual.chain(scattered(start, 300)).filter(|&(width, height)| width >= 120 && height >= 60) {
            assert_readable(&case.of_size(size, 1.0));
        }
    }
}

/// Checks row T-13.
#[test]
fn a_hundred_long_names_fit_the_legend_and_are_laid_out_in_linear_time() {
    let name = |n: usize| format!("{}{n:06}", "x".repeat(250));
    let case = || (0..100).fold(Case::new("Many", HOUR, "UTC"), |case, n| case.line(&name(n), wave(n + 1)));
    for (width, height) in [(160, 90), (300, 150), (600, 400), (1400, 500), (2000, 2000)] {
        let case = case().sized(width, height);
        assert_sound(&case);
        let (_, layout) = case.arrangement();
        assert!(i64::from(layout.legend.rows * legend::ROW) * 100 <= 35 * height, "{width} x {height}");
        let mut names: Vec<&str> = layout.legend.cells.iter().map(|cell| cell.text.as_str()).collect();
        names.sort_unstable();
        names.dedup();
        assert_eq!(names.len(), layout.legend.cells.len(), "two names are equal: {names:?}");
    }
    let best_of_five = |case: &Case| {
        let time = || {
            let begin = std::time::Instant::now();
            case.arrangement();
            begin.elapsed()
        };
        std::iter::repeat_with(time).take(5).min().unwrap()
    };
    let short = |n: usize| format!("{}{n:06}", "x".repeat(50));
    let short = (0..100).fold(Case::new("Many", HOUR, "UTC"), |case, n| case.line(&short(n), wave(n + 1)));
    let (long, short) = (best_of_five(&case()), best_of_five(&short));
    // Names are five times as long: quadratic time would be 25 times as long.
    assert!(long < 15 * short, "{long:?} for long names, {short:?} for short ones");
}
