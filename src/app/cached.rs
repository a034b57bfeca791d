//! Charts that many clients request.

use super::{App, RenderedChart};
use crate::chart;
use crate::clock::now_ms;
use crate::error::Failure;
use crate::memory::Held;
use crate::provenance::RequestDigest;
use crate::render::{Format, Quality};
use crate::request::{ChartFormat, ImageRequest};
use crate::series::Frame;
use std::sync::Arc;
use std::time::Duration;

impl App {
    /// Renders the requested chart, or returns it from the cache. A complete chart stays there for
    /// [`Query::cache_seconds`](crate::request::Query::cache_seconds).
    pub async fn cached_picture(
        &self,
        request: ImageRequest,
        format: Format,
    ) -> Result<Arc<Held<RenderedChart>>, Failure> {
        let key = (RequestDigest::of_image(&request), format);
        if let Some(drawn) = self.cache.get(&key) {
            return Ok(drawn);
        }
        let seconds = request.query.cache_seconds(now_ms() / 1000);
        let drawn = self.picture_as(request, format).await?;
        if drawn.is_complete() {
            let life = Duration::from_secs(seconds.unsigned_abs());
            self.cache.insert(key, Arc::clone(&drawn), drawn.picture.bytes.capacity(), life);
        }
        Ok(drawn)
    }

    /// Returns the format of the renderer; `None` for a format of values. JPEG has its default quality.
    pub fn image_format(format: ChartFormat) -> Option<Format> {
        match format {
            ChartFormat::Png => Some(Format::Png),
            ChartFormat::WebP => Some(Format::WebP),
            ChartFormat::Jpeg => Some(Format::Jpeg(Quality::default())),
            ChartFormat::Svg => Some(Format::Svg),
            ChartFormat::Csv | ChartFormat::Json => None,
        }
    }

    /// Returns the alt text of the chart of `frame`, as its image has it.
    pub fn alt_text(&self, request: &ImageRequest, frame: &Frame) -> Result<String, Failure> {
        let template = self.templates.find(request.chart.template.as_ref())?;
        let template = self.templates.fitted(template, request.size, request.chart.scale)?;
        Ok(chart::compose(request, frame, &template).alt)
    }
}
