//! The image of a request without a usable result.

use super::App;
use crate::admission::Cost;
use crate::cancel::Stop;
use crate::chart;
use crate::error::{Failure, Reason};
use crate::render::Output;
use crate::request::ImageRequest;
use std::time::Duration;

impl App {
    /// Renders the image that shows `reason` for `request`, all of whose metrics failed.
    pub async fn error_image(&self, request: ImageRequest, reason: Reason, id: String) -> Result<Vec<u8>, Failure> {
        let permit = self.reserve(Cost::of_error_picture(&request).bytes)?;
        let Self { templates, render_fn, .. } = self.clone();
        let draw = move |stop: &Stop| {
            let _held_until_it_is_drawn = permit;
            let ImageRequest { size, language, chart, .. } = request;
            let template = templates.fitted(templates.find(chart.template.as_ref())?, size, chart.scale)?;
            let words = chart::no_answer(reason, language);
            let scene = chart::error_image(size, chart.scale, words, &id, &template.theme);
            Ok(render_fn(&scene, &Output::default(), stop)?.bytes)
        };
        self.pool.run(Duration::from_millis(1), &self.meter, draw).await
    }
}
