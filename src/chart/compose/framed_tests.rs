//! Tests of charts in a frame.

use super::tests::{Case, one_failed, size, texts, three_lines, twelve_korean};
use super::*;
use crate::chart::{Backdrop, LIGHT, Places, Setting, Shape};
use crate::geometry::Rect;
use crate::request::{Scale, Size};

fn template(places: Places, image: Size) -> Template {
    let pixels = vec![[0; 3]; (image.width() * image.height()) as usize].into();
    Template { theme: LIGHT, setting: Some(Setting { places, backdrop: Backdrop { size: image, pixels } }) }
}

const PLOT: Rect = Rect::new(20, 80, 560, 220);
const TITLE: Rect = Rect::new(10, 10, 300, 44);
const LEGEND: Rect = Rect::new(20, 320, 560, 60);

fn scene(case: &Case, places: Places) -> Scene {
    let image = case.request.size.times(case.request.chart.scale);
    compose(&case.request, &case.frame, &template(places, image))
}

fn within(outer: Rect, inner: Rect) -> bool {
    outer.intersect(inner) == inner
}

#[test]
fn every_shape_lies_in_its_place() {
    let all = Places { plot: PLOT, title: Some(TITLE), legend: Some(LEGEND) };
    for case in [three_lines(), one_failed(), twelve_korean()] {
        let scene = scene(&case, all);
        let (mut titles, mut names) = (0, 0);
        for (place, text) in texts(&scene) {
            titles += usize::from(within(TITLE, place));
            names += usize::from(within(LEGEND, place));
            assert!([PLOT, TITLE, LEGEND].iter().any(|outer| within(*outer, place)), "{text:?} is at {place}");
        }
        assert!(titles == 2 && names >= 3, "{titles} {names}");
        for shape in &scene.shapes {
            match shape {
                Shape::Fill { area, .. } => assert!(within(PLOT, *area) || within(LEGEND, *area), "{area}"),
                Shape::Line { clip, .. } | Shape::Dots { clip, .. } | Shape::Area { clip, .. } => {
                    assert!(within(PLOT, *clip), "{clip}");
                }
                Shape::Text { .. } => {}
            }
        }
    }
}

#[test]
fn title_and_names_without_a_place_stand_in_the_plots_place() {
    let scene = scene(&three_lines(), Places { plot: PLOT, title: None, legend: None });
    assert!(texts(&scene).iter().all(|(place, _)| within(PLOT, *place)));
    let found: Vec<&str> = texts(&scene).iter().map(|(_, text)| *text).collect();
    assert!(found.contains(&"CPU of the shop") && found.contains(&"shop-web-1"), "{found:?}");
}

#[test]
fn no_text_appears_twice() {
    let all = Places { plot: PLOT, title: Some(TITLE), legend: Some(LEGEND) };
    let scene = scene(&three_lines(), all);
    for text in ["CPU of the shop", "shop-db"] {
        assert_eq!(texts(&scene).iter().filter(|(_, other)| *other == text).count(), 1, "{text}");
    }
}

#[test]
fn a_scaled_image_has_scaled_places() {
    let mut case = three_lines();
    case.request.chart.scale = Scale::new(2.0).unwrap();
    let places = Places { plot: PLOT, title: Some(TITLE), legend: None };
    let scene = scene(&case, places);
    assert_eq!(scene.size, size(1200, 800));
    let twice = |r: Rect| Rect::new(2 * r.left, 2 * r.top, 2 * r.width, 2 * r.height);
    let outside =
        texts(&scene).into_iter().find(|(place, _)| !within(twice(PLOT), *place) && !within(twice(TITLE), *place));
    assert!(outside.is_none(), "{outside:?}");
}
