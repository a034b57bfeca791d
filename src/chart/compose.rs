//! Entry point of the chart stage: builds the chart model, lays it out and draws it in the order in which shapes cover
//! each other.
//!
//! Called by the pipeline once the data is fetched. Pure: the same request and frame give the same scene on every
//! machine.

use super::chart_model::ChartModel;
use super::compose_in_frame;
use super::draw::{alt_sentence, draw_model};
use super::scene::Scene;
use super::template::Template;
use super::theme::Theme;
use crate::request::{Background, Colour, ImageRequest};
use crate::series::Frame;

/// Returns the scene for `frame` as `request` describes it. With a frame in `template`, the chart is set into the
/// frame's places.
pub fn compose(request: &ImageRequest, frame: &Frame, template: &Template) -> Scene {
    let theme = &template.theme;
    match &template.setting {
        Some(setting) => compose_in_frame::compose(request, frame, theme, setting),
        None => {
            let theme = match request.chart.ground {
                Background::Opaque => theme,
                Background::Transparent => &theme.over_page(),
            };
            let model = |allowed| ChartModel::new(request, frame, theme, allowed);
            let (model, builder) = draw_model(model, request.size, theme.text_scaling);
            let title = request.title.as_ref().map(|title| title.as_str());
            let size = (request.size, request.chart.scale);
            builder.finish(size, background(request.chart.ground, theme), title, alt_sentence(&model))
        }
    }
}

/// Returns the background colour: the theme's, or the same with an alpha of 0 for a transparent image.
fn background(ground: Background, theme: &Theme) -> Colour {
    match ground {
        Background::Opaque => theme.ground,
        Background::Transparent => Colour { alpha: 0, ..theme.ground },
    }
}

#[cfg(test)]
pub(super) mod tests;

#[cfg(test)]
mod kinds_tests;

#[cfg(test)]
mod grid_tests;

#[cfg(test)]
mod axes_tests;

#[cfg(test)]
mod sweep_tests;

#[cfg(test)]
mod legend_tests;

#[cfg(test)]
mod framed_tests;
