//! Composes a chart in the places that a frame (an SVG decoration) leaves: plot, title and legend are each drawn like a
//! small image and moved into their place.
//!
//! A title or legend with a place of its own is left out of the plot; without one it stays in the plot. No shape leaves
//! its place.

use super::chart_model::{ChartModel, NamedIn};
use super::draw::{alt_sentence, draw_model, write_legend};
use super::labels::measure::text_width;
use super::labels::shorten::cut_end;
use super::layout::{self, sub_title};
use super::legend::below::below;
use super::legend::model::{Contents, ROW};
use super::scene::{Scene, Shape};
use super::scene_builder::{Anchor, Row, SceneBuilder};
use super::template::Setting;
use super::theme::{TextScaling, Theme};
use super::time_axis::RangeIn;
use crate::geometry::Rect;
use crate::request::{ChartOptions, ImageRequest, LegendPlace};
use crate::series::Frame;

/// Returns the scene for `frame` as `request` describes it, in the places of `setting`.
pub(super) fn compose(request: &ImageRequest, frame: &Frame, theme: &Theme, setting: &Setting) -> Scene {
    let Setting { places, backdrop } = setting;
    let without_legend = ChartOptions { legend: LegendPlace::Hidden, ..request.chart.clone() };
    let (mut alt, mut outside) = (String::new(), Vec::new());
    let model = |allowed| {
        let mut model = ChartModel::new(request, frame, theme, allowed);
        alt = alt_sentence(&model);
        outside.clear();
        if let Some(place) = places.title {
            outside.extend(headings(&mut model, place));
        }
        if let Some(place) = places.legend {
            outside.extend(names(&model, place));
            (model.named_in, model.chart) = (NamedIn::Title, &without_legend);
        }
        model
    };
    let pixels = |length: i32| u32::try_from(length).unwrap_or(1);
    let size = request.size.part(pixels(places.plot.width), pixels(places.plot.height));
    // The texts of the frame do not grow either.
    let (model, plot) = draw_model(model, size, TextScaling::Fixed);
    // If a frame lets two places overlap, the chart lies below title and legend.
    let shapes = moved(plot, places.plot, &model).into_iter().chain(outside).collect();
    let scale = request.chart.scale;
    let size = request.size.times(scale);
    let title = request.title.as_ref().map(|title| title.as_str().to_owned());
    Scene { size, scale, ground: theme.ground, backdrop: Some(backdrop.clone()), shapes, title, alt }
}

fn moved(builder: SceneBuilder, place: Rect, model: &ChartModel) -> Vec<Shape> {
    let edge = |pixel| model.scale.of_edge(pixel);
    builder.into_shapes().into_iter().map(|shape| shape.moved(edge(place.left), edge(place.top))).collect()
}

/// Draws title and sub-title, vertically centred in `place`, and removes from `model` what it has written.
fn headings(model: &mut ChartModel, place: Rect) -> Vec<Shape> {
    let mut builder = SceneBuilder::new(Rect { left: 0, top: 0, ..place }, model.scale);
    let sizes = model.theme.sizes;
    let (title_row, sub_title_row) = (sizes.title + 5, sizes.sub_title + 4);
    let (text, named_in) = sub_title(model, place.width);
    let (has_title, title_row) = (model.heading.title.is_some(), title_row.min(place.height));
    let title = model.heading.title.take().filter(|_| title_row > sizes.title);
    let above = title.as_ref().map_or(0, |_| title_row);
    let has_sub_title = !text.is_empty() && title.is_some() == has_title && place.height >= above + sub_title_row;
    let top = (place.height - above - if has_sub_title { sub_title_row } else { 0 }) / 2;
    if let Some(title) = title {
        let style = model.theme.title();
        let cut = cut_end(&title, &|text| text_width(text, style.font) <= place.width).unwrap_or_default();
        builder.text(&cut, style, Anchor::Start(0), Row { top, height: title_row });
    }
    if has_sub_title {
        let row = Row { top: top + above, height: sub_title_row };
        builder.text(&text, model.theme.sub_title(), Anchor::Start(0), row);
        model.named_in = if named_in == NamedIn::SubTitle { NamedIn::Title } else { named_in };
        (model.heading.name, model.heading.details) = (String::new(), Vec::new());
        model.range_in = RangeIn::SubTitle;
    }
    moved(builder, place, model)
}

/// Draws the legend, vertically centred in `place`, in as many rows as fit.
fn names(model: &ChartModel, place: Rect) -> Vec<Shape> {
    let has_legend = match model.chart.legend {
        LegendPlace::Hidden => false,
        LegendPlace::Automatic => model.named_in == NamedIn::Legend,
        LegendPlace::Bottom | LegendPlace::Right => true,
    };
    let mut builder = SceneBuilder::new(Rect { left: 0, top: 0, ..place }, model.scale);
    if has_legend {
        let rows = place.height / ROW;
        let contents = Contents { entries: &model.entries, statistics: &model.statistics };
        let legend = below(contents, place.width, rows, layout::legend_text_style(model));
        let top = (place.height - legend.rows * ROW) / 2;
        write_legend(&mut builder, &legend, (0, top), model.theme);
    }
    moved(builder, place, model)
}
