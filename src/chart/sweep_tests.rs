//! What holds for pictures of every size.

use super::axes_tests::{clipped, cpu_and_memory, requests_and_latency, sizes};
use super::kinds_tests::KINDS;
use super::tests::{
    Case, HOUR, documented, nothing, one_failed, size, texts, three_lines, twelve_korean, two_units, wave,
};
use super::*;
use crate::chart::Shape;
use crate::limits::Limits;
use crate::request::{Place, Span};
use crate::series::{Line, Outcome};

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

fn holds(outer: Rect, inner: Rect) -> bool {
    outer.intersect(inner) == inner
}

/// What must be true of every picture.
pub fn assert_sound(case: &Case) {
    let (scene, size) = (case.scene(), case.request.size);
    let picture = whole(size);
    let texts = texts(&scene);
    for (index, (place, text)) in texts.iter().enumerate() {
        assert!(holds(picture, *place), "{text:?} leaves {picture}: {place}");
        let meets = texts[..index].iter().find(|(other, _)| {
            let both = other.intersect(*place);
            both.width > 0 && both.height > 0
        });
        assert!(meets.is_none(), "{text:?} meets {meets:?} in {picture}");
    }
    for shape in &scene.shapes {
        match shape {
            Shape::Fill { area, .. } => assert!(holds(picture, *area), "{area} leaves {picture}"),
            Shape::Line { runs, clip, .. } => {
                assert!(holds(picture, *clip) && clip.width > 0 && clip.height > 0, "{clip} leaves {picture}");
                assert!(runs.iter().all(|run| run.is_sorted_by_key(|point| point.x)));
            }
            Shape::Dots { clip, .. } | Shape::Area { clip, .. } => {
                assert!(holds(picture, *clip), "{clip} leaves {picture}")
            }
            Shape::Text { .. } => {}
        }
    }
    assert_eq!(scene, case.scene());
}

/// What must be true of pictures large enough for text.
fn assert_readable(case: &Case) {
    let picture = whole(case.request.size);
    let detail = Detail::of(case.request.size);
    if detail < Detail::Ends {
        return;
    }
    let (content, layout) = case.arrangement();
    assert!(layout.plot.height * 100 >= 40 * picture.height, "plot {} of {picture}", layout.plot);
    assert!(layout.plot.width * 100 >= 44 * picture.width, "plot {} of {picture}", layout.plot);
    if picture.width >= 600 && picture.height >= 400 && content.entries.len() <= 4 {
        assert!(layout.plot.height * 100 >= 55 * picture.height, "plot {} of {picture}", layout.plot);
    }
    let scene = case.scene();
    let written = texts(&scene).iter().map(|(_, text)| *text).collect::<Vec<_>>().join(" ");
    let (zone, _) = super::super::span_text::zone_lines(&content.zone_text);
    assert!(written.contains(zone), "no {zone} in {picture}: {written}");
    assert!(
        ["01-01", "01-02"].iter().any(|date| written.contains(date))
            || written.contains("2026-03-29")
            || written.contains("03-29"),
        "no date in {picture}: {written}"
    );
}

fn sweep() -> Vec<i64> {
    let fine = (1..20).chain((20..200).step_by(7)).chain([40, 120, 160, 240, 360]).chain([39, 119, 159, 239, 359]);
    let heights = [12, 60, 90, 140, 200].into_iter().flat_map(|edge| [edge - 1, edge]);
    fine.chain(heights).chain((200..700).step_by(61)).chain([800, 1000, 1400, 2000]).collect()
}

#[test]
fn no_size_makes_texts_meet_or_leave_the_picture() {
    for case in cases() {
        let dense = case.frame.lines.len() > 50;
        for &width in sweep().iter().step_by(if dense { 9 } else { 1 }) {
            for &height in sweep().iter().step_by(if dense { 7 } else { 1 }) {
                assert_sound(&Case {
                    request: ImageRequest { size: size(width, height), ..case.request.clone() },
                    frame: case.frame.clone(),
                });
            }
        }
    }
}

/// Labels of every sort, some with much to say.
fn annotated(case: Case) -> Case {
    let start = case.frame.span.start();
    let case = case.annotated(Place::Value(60.0), "a threshold").annotated(Place::Value(62.0), "and one next to it");
    let case = case.annotated(Place::Values(70.0, 90.0), &"a long label ".repeat(9));
    let case = case.annotated(Place::Times(start - 600, start + 900), "since before the picture");
    (0..5).fold(case, |case, n| case.annotated(Place::Time(start + 600 * n), &format!("deployment {n}")))
}

#[test]
fn no_kind_and_no_annotation_makes_texts_meet_or_leave_the_picture() {
    let cases = KINDS.into_iter().flat_map(|kind| [annotated(three_lines()), many()].map(|case| case.kind(kind)));
    for case in cases {
        let dense = case.frame.lines.len() > 50;
        for &width in sweep().iter().step_by(if dense { 23 } else { 5 }) {
            for &height in sweep().iter().step_by(if dense { 29 } else { 3 }) {
                let request = ImageRequest { size: size(width, height), ..case.request.clone() };
                assert_sound(&Case { request, frame: case.frame.clone() });
            }
        }
    }
}

#[test]
fn every_picture_with_text_has_a_large_plot_a_date_and_a_zone() {
    for case in cases().into_iter().filter(|case| case.frame.lines.len() < 50) {
        for width in (120..700).step_by(23).chain([120, 160, 240, 360, 1400]) {
            for height in (60..700).step_by(19).chain([60, 90, 140, 200, 600]) {
                let request = ImageRequest { size: size(width, height), ..case.request.clone() };
                assert_readable(&Case { request, frame: case.frame.clone() });
            }
        }
    }
}
