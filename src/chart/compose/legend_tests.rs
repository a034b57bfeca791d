//! Tests of legends, statistics, footers and scales in scenes.

use super::sweep_tests::assert_sound;
use super::tests::{
    Case, HOUR, PLAIN, documented, nothing, one_failed, size, texts, three_lines, twelve_korean, two_units, wave,
};
use super::*;
use crate::chart::layout::axis_assignment::AxesAllowed;
use crate::chart::layout::row_plan::Detail;
use crate::chart::layout::{self, Layout};
use crate::chart::legend::model as legend;
use crate::chart::{LIGHT, Shape};
use crate::geometry::{Px, Rect};
use crate::request::{ChartOptions, Footer, LegendPlace, LegendValue, Scale};
use crate::text::Weight;

const ALL: [LegendValue; 4] = [LegendValue::Min, LegendValue::Average, LegendValue::Max, LegendValue::Last];

fn charted(case: Case, chart: ChartOptions) -> Case {
    Case { request: ImageRequest { chart, ..case.request }, ..case }
}

fn with_legend(case: Case, legend: LegendPlace) -> Case {
    charted(case, ChartOptions { legend, ..ChartOptions::default() })
}

fn with_numbers(case: Case, legend: LegendPlace) -> Case {
    charted(case, ChartOptions { legend, legend_values: ALL.to_vec(), ..ChartOptions::default() })
}

fn with_footer(case: Case) -> Case {
    charted(case, ChartOptions { footer: Footer::Shown, ..ChartOptions::default() })
}

fn many(count: usize) -> Case {
    let name = |n: usize| format!("Virtual Server | a name of middling length {n:02}");
    (0..count).fold(Case::new("Many", 24 * HOUR, "Asia/Seoul"), |case, n| case.line(&name(n), wave(n + 1)))
}

fn layout_of<T>(case: &Case, see: impl FnOnce(&Layout) -> T) -> T {
    let model = ChartModel::new(&case.request, &case.frame, &PLAIN, AxesAllowed::Two);
    see(&layout::arrange(&model, case.request.size))
}

fn written(case: &Case) -> Vec<String> {
    texts(&case.scene()).iter().map(|(_, text)| (*text).to_owned()).collect()
}

fn place_of(scene: &Scene, expected: &str) -> Rect {
    let found = texts(scene).into_iter().find(|(_, text)| *text == expected);
    found.unwrap_or_else(|| panic!("{expected} is not in {:?}", texts(scene))).0
}

/// Returns the texts of one column, found by their right edge.
fn column_of(case: &Case, heading: &str) -> Vec<String> {
    let scene = case.scene();
    let above = place_of(&scene, heading);
    let below = |(place, _): &(Rect, &str)| place.top > above.top && (place.right() - above.right()).abs() <= 1;
    texts(&scene).into_iter().filter(below).map(|(_, text)| text.to_owned()).collect()
}

#[test]
fn the_legend_below_begins_with_the_plot_and_its_rows_are_18_px_high() {
    let case = many(5);
    let (scene, (left, top)) = (case.scene(), layout_of(&case, |layout| layout.legend_at));
    let swatches = scene.shapes.iter().filter_map(|shape| match shape {
        Shape::Fill { area, .. } if area.top > top => Some(*area),
        _ => None,
    });
    let swatches: Vec<Rect> = swatches.collect();
    assert!(swatches.iter().all(|swatch| (swatch.width, swatch.height) == (14, 3)), "{swatches:?}");
    assert_eq!((left, swatches.len()), (layout_of(&case, |layout| layout.plot.left), 5));
    assert!(swatches.iter().any(|swatch| swatch.left == left));
    let steps = swatches.windows(2).map(|pair| pair[1].top - pair[0].top).filter(|&step| step > 0);
    assert!(steps.into_iter().all(|step| step == 18));
    let text = texts(&scene).into_iter().find(|(place, _)| place.top > top).unwrap().0;
    assert_eq!(text.left, swatches[0].right() + 6);
}

#[test]
fn a_series_named_in_the_title_has_a_legend_only_on_request() {
    let name = "CPU of the shop";
    let case = || Case::new("CPU of the shop today", HOUR, "UTC").line(name, wave(3));
    let rows = |case: &Case| layout_of(case, |layout| layout.legend.rows);
    assert_eq!(rows(&case()), 0);
    for place in [LegendPlace::Bottom, LegendPlace::Right] {
        let case = with_legend(case(), place);
        assert_eq!((rows(&case), written(&case).contains(&name.to_owned())), (1, true), "{place:?}");
    }
    assert_eq!(rows(&with_numbers(case(), LegendPlace::Automatic)), 2);
}

#[test]
fn a_hidden_legend_leaves_its_space_to_the_plot() {
    let heights = [LegendPlace::Automatic, LegendPlace::Hidden]
        .map(|place| layout_of(&with_legend(three_lines(), place), |layout| (layout.legend.rows, layout.plot.height)));
    assert_eq!(heights.map(|(rows, _)| rows), [1, 0]);
    assert!(heights[1].1 >= heights[0].1 + legend::ROW);
    let long = || Case::new("", HOUR, "UTC").line(&"a rather long name ".repeat(9), wave(1));
    let hidden = with_legend(long(), LegendPlace::Hidden);
    assert_eq!(layout_of(&hidden, |layout| layout.legend.rows), 0);
    assert!(written(&hidden).iter().any(|text| text.starts_with("a rather long name") && text.contains('…')));
}

#[test]
fn a_legend_beside_the_plot_takes_at_most_35_percent_of_the_width() {
    for width in [480, 600, 800, 1200, 2000] {
        for case in [many(5), twelve_korean(), one_failed(), two_units()] {
            let case = with_legend(case.sized(width, 400), LegendPlace::Right);
            let (plot, (left, top), legend) =
                layout_of(&case, |layout| (layout.plot, layout.legend_at, layout.legend.clone()));
            if top != plot.top {
                continue;
            }
            assert!(i64::from(legend.width) * 100 <= 35 * width && left > plot.right(), "{legend:?}");
            assert!(legend.cells.iter().all(|cell| cell.left <= legend::TEXT_FROM), "one name a row");
        }
    }
    let beside =
        |width| layout_of(&with_legend(many(5).sized(width, 300), LegendPlace::Right), |l| l.legend_at.1 == l.plot.top);
    assert_eq!((beside(480), beside(479)), (true, false), "below 480 px it moves below the plot");
}

#[test]
fn names_without_space_beside_the_plot_are_counted() {
    let case = with_legend(many(40), LegendPlace::Right);
    let shown = layout_of(&case, |layout| layout.legend.cells.len() - 1);
    assert!(shown > 10 && written(&case).contains(&format!("+{} more", 40 - shown)), "{shown}");
    let korean = with_numbers(many(40).korean(), LegendPlace::Bottom);
    let shown = layout_of(&korean, |layout| layout.legend.cells.len() - 1);
    assert!(written(&korean).contains(&format!("외 {}개", 40 - shown)));
}

#[test]
fn statistics_are_right_aligned_with_three_digits_and_their_unit() {
    let case =
        Case::new("", HOUR, "UTC").line("one", |i| Some(i as f64 / 8.0)).line("two", |i| Some(90.0 + i as f64 / 8.0));
    let case = with_numbers(case, LegendPlace::Automatic);
    let percent = |numbers: [&str; 2]| numbers.map(|number| format!("{number}\u{202f}%"));
    assert_eq!(column_of(&case, "min"), percent(["0", "90"]));
    assert_eq!(column_of(&case, "avg"), percent(["0.688", "90.7"]));
    assert_eq!(column_of(&case, "max"), percent(["1.38", "91.4"]));
    assert_eq!(column_of(&case, "last"), percent(["1.38", "91.4"]));
    let korean = written(&with_numbers(case.korean(), LegendPlace::Automatic));
    assert!(["최소", "평균", "최대", "최근"].iter().all(|word| korean.contains(&(*word).to_owned())), "{korean:?}");
}

#[test]
fn tables_of_statistics_stand_beside_each_other_where_they_fit() {
    let case = |width| {
        let case = (0..6).fold(Case::new("Web", HOUR, "UTC"), |case, n| case.line(&format!("web {n}"), wave(n + 1)));
        with_numbers(case, LegendPlace::Bottom).sized(width, 500)
    };
    let shape = |width| {
        layout_of(&case(width), |layout| {
            let headings = layout.legend.notes.iter().filter(|note| note.text == "max").count();
            (headings, layout.legend.rows, layout.legend.cells.len())
        })
    };
    assert_eq!((shape(500), shape(640), shape(1200)), ((1, 7, 6), (2, 4, 6), (3, 3, 6)));
}

#[test]
fn statistics_have_the_requested_order() {
    let values = vec![LegendValue::Last, LegendValue::Min];
    let case = charted(three_lines(), ChartOptions { legend_values: values, ..ChartOptions::default() });
    let scene = case.scene();
    assert!(place_of(&scene, "last").right() < place_of(&scene, "min").left);
    assert!(!written(&case).contains(&"avg".to_owned()));
}

#[test]
fn statistics_include_points_that_are_not_drawn() {
    let spike = |i: usize| Some(if i == 20_001 { 1e6 } else { 2.0 });
    let case = Case::new("", 100 * 24 * HOUR, "UTC").line("a", spike).unit("COUNT");
    let count = (100.0 * 24.0 * 12.0_f64).round();
    let case = with_numbers(case, LegendPlace::Bottom);
    assert_eq!(column_of(&case, "avg"), [format!("{:.1}", 2.0 + (1e6 - 2.0) / count)]);
    assert_eq!(
        (column_of(&case, "min"), column_of(&case, "max")),
        (vec!["2".to_owned()], vec!["1\u{202f}M".to_owned()])
    );
}

#[test]
fn series_without_data_have_an_entry_with_a_grey_dash_for_each_statistic() {
    let case = with_numbers(one_failed(), LegendPlace::Bottom);
    let names: Vec<String> = layout_of(&case, |layout| layout.legend.cells.iter().map(|c| c.text.clone()).collect());
    assert_eq!(names, ["web-1", "web-2 · ⚠ error", "db · no data"].map(|rest| format!("shop-{rest}")));
    for heading in ["min", "avg", "max", "last"] {
        assert_eq!(column_of(&case, heading)[1..], ["–", "–"], "{heading}");
    }
    let dash = case.scene().shapes.into_iter().find_map(|shape| match shape {
        Shape::Text { text, style, .. } if text == "–" => Some(style.colour),
        _ => None,
    });
    assert_eq!(dash, Some(LIGHT.secondary));
}

#[test]
fn statistics_of_series_with_different_units_carry_their_own() {
    let case = with_numbers(two_units(), LegendPlace::Bottom);
    let max = column_of(&case, "max");
    assert!(max[0].ends_with("\u{202f}%") && max[1].ends_with("\u{202f}MiB"), "{max:?}");
}

#[test]
fn each_statistic_has_its_own_multiple() {
    let case = Case::new("", HOUR, "UTC")
        .line("large", |_| Some(2.5e9))
        .unit("BYTES")
        .line("small", |_| Some(20_480.0))
        .unit("BYTES");
    let case = with_numbers(case, LegendPlace::Bottom);
    assert_eq!(column_of(&case, "max"), ["2.33\u{202f}GiB", "20\u{202f}KiB"]);
    for (unit, value) in
        [("PERCENT", 0.0), ("SECONDS", 0.0), ("BYTES", 1e308), ("NONE", -1e-300), ("MILLISECONDS", 1e-9)]
    {
        let case = with_numbers(Case::new("", HOUR, "UTC").line("a", |_| Some(value)).unit(unit), LegendPlace::Bottom);
        assert_eq!(column_of(&case, "avg").len(), 1, "{unit} {value}");
    }
}

#[test]
fn names_are_cut_before_statistics() {
    let name = |n: usize| format!("name-{n:02} {} {n:02}", "x".repeat(90));
    let case = (1..=3).fold(Case::new("", HOUR, "UTC"), |case, n| case.line(&name(n), wave(n)));
    for (width, place) in [(600, LegendPlace::Bottom), (400, LegendPlace::Bottom), (1200, LegendPlace::Right)] {
        let request = ImageRequest { size: size(width, 400), ..case.request.clone() };
        let case = with_numbers(Case { request, frame: case.frame.clone() }, place);
        layout_of(&case, |layout| {
            assert!(layout.legend.cells.iter().all(|cell| cell.text.contains('…')), "{:?}", layout.legend.cells);
            let written = written(&case);
            assert!(layout.legend.notes.iter().all(|note| written.contains(&note.text)), "{written:?}");
            assert_eq!(layout.legend.notes.len(), 4 * 4, "{width}");
        });
    }
}

#[test]
fn the_legend_has_at_most_35_percent_of_the_height_and_the_plot_at_least_40() {
    for (count, height) in [(1, 200), (5, 300), (30, 400), (30, 800), (100, 500)] {
        for place in [LegendPlace::Automatic, LegendPlace::Bottom] {
            for case in [with_numbers(many(count), place), with_legend(many(count), place)] {
                let case = case.sized(600, height);
                layout_of(&case, |layout| {
                    assert!(i64::from(layout.legend.rows * legend::ROW) * 100 <= 35 * height, "{count} in {height}");
                    assert!(i64::from(layout.plot.height) * 100 >= 40 * height, "{count} in {height}");
                });
            }
        }
    }
}

#[test]
fn small_images_drop_statistics_then_the_legend_then_ticks_then_all_text() {
    let shown = |width, height| {
        let chart =
            ChartOptions { legend_values: ALL.to_vec(), legend: LegendPlace::Bottom, ..ChartOptions::default() };
        let case = charted(Case::new("", HOUR, "UTC").line("a name", wave(1)), chart).sized(width, height);
        let written = written(&case);
        let has = |word: &str| written.iter().any(|text| text == word);
        (has("max"), has("a name"), has("00:30"), written.is_empty())
    };
    assert_eq!(shown(360, 200), (true, true, true, false));
    assert_eq!((shown(359, 200), shown(360, 199)), ((false, true, true, false), (false, true, true, false)));
    assert_eq!((shown(239, 200), shown(360, 139)), ((false, false, true, false), (false, false, true, false)));
    assert_eq!((shown(159, 140), shown(240, 89)), ((false, false, false, false), (false, false, false, false)));
    assert_eq!((shown(119, 100), shown(300, 59)), ((false, false, false, true), (false, false, false, true)));
}

#[test]
fn the_footer_says_range_zone_and_period_and_what_was_left_out() {
    let footer = |case: Case| written(&with_footer(case)).last().unwrap().clone();
    assert_eq!(footer(three_lines()), "Sat 1 Jan 2022, 09:00 – 11:00 KST (UTC+9) · 5 min");
    let thinned = footer(Case::new("", 30 * 24 * HOUR, "UTC").line("a", wave(1)));
    assert_eq!(thinned, "1 Jan – 30 Jan 2022 UTC · 5 min · thinned to the extremes of each pixel column");
    assert_eq!(footer(three_lines().sized(300, 240)), "Sat 1 Jan 2022, 09:00 – 11:00 KST · 5 min");
    let narrow = footer(Case::new("", 30 * 24 * HOUR, "UTC").line("a", wave(1)).sized(380, 300));
    assert_eq!(narrow, "1 Jan – 30 Jan 2022 UTC · 5 min · thinned");
    let ranges = written(&three_lines()).iter().filter(|text| text.contains("– 11:00")).count();
    assert_eq!(ranges, 1, "the footer is shown only on request");
}

#[test]
fn the_title_is_left_semi_bold_and_cut_at_its_end_and_the_sub_title_is_grey() {
    let scene = Case::new(&"CPU of the shop ".repeat(8), HOUR, "UTC").line("shop-web-1", wave(1)).scene();
    let styles: Vec<_> = scene
        .shapes
        .iter()
        .filter_map(|shape| match shape {
            Shape::Text { at, text, style } => Some((at.x, text.as_str(), *style)),
            _ => None,
        })
        .collect();
    let (title, sub_title) = (styles[0], styles[1]);
    assert_eq!((title.0, title.2.font.weight, title.2.font.size), (Px::whole(16), Weight::SemiBold, Px::whole(15)));
    assert!(title.1.starts_with("CPU of the shop CPU") && title.1.ends_with('…'));
    assert_eq!(
        (sub_title.0, sub_title.1),
        (Px::whole(16), "shop-web-1 · Average · 5 min · Sat 1 Jan 2022, 00:00 – 01:00 · UTC")
    );
    assert_eq!((sub_title.2.font.size, sub_title.2.colour), (Px::whole(12), LIGHT.secondary));
}

#[test]
fn without_a_title_the_name_that_series_share_is_the_heading() {
    let headings = |case: Case| written(&case)[..2].to_vec();
    let details = "Average · 5 min · Sat 1 Jan 2022, 00:00 – 01:00 · UTC";
    let one = Case::new("", HOUR, "UTC").line("Virtual Server | VM1 | CPU Usage", wave(1));
    assert_eq!(headings(one), ["Virtual Server · VM1 · CPU Usage", details]);
    let two = Case::new("", HOUR, "UTC")
        .line("Virtual Server | VM1 | CPU", wave(1))
        .line("Virtual Server | VM1 | Memory", wave(2));
    assert_eq!(headings(two), ["Virtual Server · VM1", details]);
    let unlike = Case::new("", HOUR, "UTC").line("CPU", wave(1)).line("Memory", wave(2));
    assert_eq!(written(&unlike)[0], details, "no common name");
}

#[test]
fn the_sub_title_states_statistic_period_range_and_zone_once() {
    let named = Case::new("Shop", HOUR, "UTC").line("Virtual Server | VM1 | AVG", wave(1));
    assert_eq!(written(&named)[1], "Virtual Server · VM1 · Average · 5 min · Sat 1 Jan 2022, 00:00 – 01:00 · UTC");
    let titled = Case::new("CPU of VM1 in Seoul", 24 * HOUR, "Asia/Seoul").line("VM1", wave(1)).korean();
    let expected = "평균 · 5분 · 2022년 1월 1일 09:00 – 1월 2일 09:00 · KST (UTC+9)";
    assert_eq!(written(&titled)[1], expected, "the title names the series");
    let zones = written(&three_lines()).iter().filter(|text| text.contains("KST")).count();
    assert_eq!(zones, 1);
    let narrow = written(&three_lines().sized(360, 260));
    assert!(narrow[1].ends_with("KST") && narrow[1].contains("Sat 1 Jan 2022"), "{narrow:?}");
}

#[test]
fn labels_of_values_begin_at_the_padding_and_end_8_px_before_the_plot() {
    let wide = |i: usize| Some(1e9 + i as f64 * 1e8);
    let case = Case::new("", HOUR, "UTC").line("a", wide).unit("BYTES_PER_SECOND");
    let (scene, left) = (case.scene(), layout_of(&case, |layout| layout.plot.left));
    let labels: Vec<Rect> =
        texts(&scene).into_iter().filter(|(_, text)| text.ends_with("/s")).map(|(p, _)| p).collect();
    assert!(labels.len() >= 4 && labels.iter().all(|label| label.right() == left - 8), "{labels:?}");
    assert!(labels.iter().any(|label| (16..=17).contains(&label.left)), "{labels:?}");
}

#[test]
fn no_text_comes_nearer_to_the_edge_than_the_padding() {
    let cases = [documented(), three_lines(), one_failed(), nothing(), twelve_korean(), two_units(), many(40)];
    for case in cases {
        let frame = case.frame.clone();
        let of = |chart| Case { request: ImageRequest { chart, ..case.request.clone() }, frame: frame.clone() };
        let plain = ChartOptions::default();
        let numbers = ChartOptions { legend_values: ALL.to_vec(), footer: Footer::Shown, ..plain.clone() };
        let right = ChartOptions { legend: LegendPlace::Right, ..numbers.clone() };
        for chart in [plain, numbers, right] {
            for (place, text) in texts(&of(chart).scene()) {
                let inside = Rect::new(12, 12, 600 - 24, 400 - 12 - 10);
                assert_eq!(inside.intersect(place), place, "{text}");
            }
        }
    }
}

#[test]
fn only_hairlines_and_swatches_are_filled() {
    for case in [three_lines(), with_numbers(one_failed(), LegendPlace::Right), with_footer(many(12))] {
        for shape in case.scene().shapes {
            if let Shape::Fill { area, .. } = shape {
                assert!(area.width == 1 || area.height == 1 || (area.width <= 14 && area.height == 3), "{area}");
            }
        }
    }
}

#[test]
fn a_larger_scale_keeps_the_layout_and_hairlines_of_one_device_pixel() {
    for case in [three_lines(), with_numbers(many(12), LegendPlace::Right), with_footer(one_failed())] {
        let plain = case.scene();
        for factor in [1.25, 1.5, 2.0, 4.0] {
            let chart = ChartOptions { scale: Scale::new(factor).unwrap(), ..case.request.chart.clone() };
            let request = ImageRequest { chart, ..case.request.clone() };
            let scene = Case { request, frame: case.frame.clone() }.scene();
            assert_eq!(f64::from(scene.size.width()), 600.0 * factor);
            assert_eq!(f64::from(scene.size.height()), 400.0 * factor);
            assert_eq!(plain.shapes.len(), scene.shapes.len());
            for (small, large) in plain.shapes.iter().zip(&scene.shapes) {
                assert_scaled(small, large, factor);
            }
        }
    }
}

/// Asserts that `large` is `small` scaled, to less than a device pixel.
fn assert_scaled(small: &Shape, large: &Shape, factor: f64) {
    let near = |small: i32, large: i32| (f64::from(small) * factor - f64::from(large)).abs() <= factor / 2.0 + 0.5;
    match (small, large) {
        (Shape::Fill { area: a, colour }, Shape::Fill { area: b, colour: same }) => {
            assert_eq!((a.width == 1, a.height == 1, colour), (b.width == 1, b.height == 1, same), "{a} {b}");
            assert!([(a.left, b.left), (a.top, b.top)].into_iter().all(|(a, b)| near(a, b)), "{a} {b}");
            assert!(a.width == 1 || near(a.width, b.width) && (a.height == 1 || near(a.height, b.height)), "{a} {b}");
        }
        (Shape::Text { at: a, text, style }, Shape::Text { at: b, text: same, style: scaled }) => {
            assert_eq!((text, style.font.size.to_f64() * factor), (same, scaled.font.size.to_f64()));
            let off = |a: Px, b: Px| (a.to_f64() * factor - b.to_f64()).abs();
            assert!(off(a.x, b.x) <= 0.1 && off(a.y, b.y) <= 0.5, "{text}: {a} {b}");
        }
        (Shape::Line { stroke: a, .. }, Shape::Line { stroke: b, .. }) => {
            assert_eq!(a.width.to_f64() * factor, b.width.to_f64());
        }
        (Shape::Dots { radius: a, .. }, Shape::Dots { radius: b, .. }) => {
            assert_eq!(a.to_f64() * factor, b.to_f64());
        }
        (a, b) => assert_eq!(std::mem::discriminant(a), std::mem::discriminant(b), "{a} {b}"),
    }
}

#[test]
fn legends_statistics_and_footers_never_overlap_at_any_size() {
    let sizes = || (110..700).step_by(97).chain([239, 360, 479, 480, 2000]);
    for case in [three_lines(), one_failed(), twelve_korean(), two_units(), many(30), nothing()] {
        for legend in [LegendPlace::Bottom, LegendPlace::Right] {
            let chart =
                ChartOptions { legend, legend_values: ALL.to_vec(), footer: Footer::Shown, ..ChartOptions::default() };
            for (width, height) in sizes().flat_map(|width| sizes().map(move |height| (width, height))) {
                let request = ImageRequest { chart: chart.clone(), size: size(width, height), ..case.request.clone() };
                let case = Case { request, frame: case.frame.clone() };
                assert_sound(&case);
                assert_written(&case);
            }
        }
    }
}

/// Asserts that the scene contains every text that the layout placed in the legend.
fn assert_written(case: &Case) {
    let detail = Detail::of(case.request.size);
    if detail < Detail::Ends {
        return;
    }
    let written = written(case);
    layout_of(case, |layout| {
        let texts = layout.legend.cells.iter().map(|c| &c.text).chain(layout.legend.notes.iter().map(|n| &n.text));
        for text in texts {
            let expected = layout.legend.notes.iter().filter(|note| note.text == *text).count();
            let found = written.iter().filter(|written| *written == text).count();
            assert!(found >= expected.max(1), "{text} {found} of {expected} in {}", case.request.size.width());
        }
    });
}
