//! Templates by name, and a cache of their frames rendered for recent sizes.
//!
//! The configuration makes the templates, the pipeline looks them up. The cache is bounded; an entry depends only on
//! the frame, the size and the scale, so a cached frame is identical to a newly rendered one.

use super::{SvgFrame, pixels};
use crate::chart;
use crate::chart::{BUILT_IN, Setting, Theme};
use crate::error::{Failure, Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{Scale, Size, TemplateName};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Minimum width and height of an image with a frame: a smaller one would have no space for axes. Below the same size
/// the image has no sub-title.
const MIN_FRAMED_SIZE: (u32, u32) = (360, 200);

/// A theme with an optional frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Colours and sizes of the chart.
    pub theme: Theme,
    /// The SVG that the chart is set into.
    pub frame: Option<SvgFrame>,
}

/// Cache key: template, image size and scale.
type Key = (TemplateName, Size, Scale);

/// All templates of an instance.
#[derive(Debug)]
pub struct Templates {
    known: BTreeMap<TemplateName, Template>,
    default: TemplateName,
    limits: Limits,
    /// Rendered frames, the most recently used first.
    cached: Mutex<VecDeque<(Key, Arc<Setting>)>>,
}

impl Templates {
    /// Returns the built-in templates.
    pub fn built_in(limits: &Limits) -> Self {
        Self { known: known(), default: name("light"), limits: limits.clone(), cached: Mutex::default() }
    }

    /// Returns the built-in templates and `more`, which replace built-in ones of the same name. Fails if `default` is
    /// unknown.
    pub fn new(more: BTreeMap<TemplateName, Template>, default: &TemplateName, limits: &Limits) -> Result<Self, Fault> {
        let mut templates = Self { default: default.clone(), ..Self::built_in(limits) };
        templates.known.extend(more);
        templates.named(default)?;
        Ok(templates)
    }

    /// Returns all names, sorted.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(TemplateName::as_str)
    }

    /// Returns the requested template, or the default one. Fails for an unknown name with a list of the known names.
    pub fn find<'a>(&'a self, requested: Option<&'a TemplateName>) -> Result<&'a TemplateName, Fault> {
        let name = requested.unwrap_or(&self.default);
        self.named(name).map(|_| name)
    }

    fn named(&self, name: &TemplateName) -> Result<&Template, Fault> {
        self.known.get(name).ok_or_else(|| {
            let known = self.names().collect::<Vec<_>>().join(", ");
            let text = format!("There is no template '{}'; there are {known}", name.as_str());
            Fault::new(FaultKind::UnknownTemplate, text).at("theme")
        })
    }

    /// Returns a template for one image: its theme, and its frame rendered for `size` and `scale`.
    pub fn fitted(&self, name: &TemplateName, size: Size, scale: Scale) -> Result<chart::Template, Failure> {
        let template = self.named(name).map_err(|fault| Failure::Invalid(vec![fault]))?;
        let theme = template.theme.clone();
        let large = size.width() >= MIN_FRAMED_SIZE.0 && size.height() >= MIN_FRAMED_SIZE.1;
        let Some(frame) = template.frame.as_ref().filter(|_| large) else { return Ok(theme.into()) };
        let key = (name.clone(), size, scale);
        let setting = match self.cached(&key) {
            Some(setting) => setting,
            None => self.insert(key, Arc::new(frame.draw(size, scale, theme.ground, &self.limits)?)),
        };
        Ok(chart::Template { theme, setting: Some((*setting).clone()) })
    }

    fn cached(&self, key: &Key) -> Option<Arc<Setting>> {
        let mut cached = self.cached.lock();
        let place = cached.iter().position(|(other, _)| other == key)?;
        let newest = cached.remove(place)?;
        cached.push_front(newest.clone());
        Some(newest.1)
    }

    /// Inserts a rendered frame and evicts the oldest over the limit.
    fn insert(&self, key: Key, setting: Arc<Setting>) -> Arc<Setting> {
        let mut cached = self.cached.lock();
        cached.retain(|(other, _)| *other != key);
        cached.push_front((key, Arc::clone(&setting)));
        let mut capacity = self.limits.frame_pixels_kept;
        let fitting = cached.iter().take_while(|(_, setting)| {
            let pixels = pixels(setting.backdrop.size);
            let fits = pixels <= capacity;
            capacity = capacity.saturating_sub(pixels);
            fits
        });
        let fitting = fitting.count();
        cached.truncate(fitting);
        setting
    }
}

fn known() -> BTreeMap<TemplateName, Template> {
    BUILT_IN.into_iter().map(|(word, theme)| (name(word), Template { theme, frame: None })).collect()
}

fn name(word: &str) -> TemplateName {
    TemplateName::new(word).expect("the themes inside the program have right names")
}

impl From<Theme> for Template {
    fn from(theme: Theme) -> Self {
        Self { theme, frame: None }
    }
}

#[cfg(test)]
mod tests;
