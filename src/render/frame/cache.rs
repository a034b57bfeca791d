//! The templates by name, and their frames as they were drawn for the sizes asked for lately.
//!
//! Made by the configuration, asked by the way. Drawn frames are kept up to a bound; they depend on nothing but the frame, the size
//! and the scale, so what was drawn before cannot show.

use super::{SvgFrame, pixels};
use crate::chart;
use crate::chart::{BUILT_IN, Setting, Theme};
use crate::error::{Failure, Fault, FaultKind};
use crate::limits::Limits;
use crate::request::{Scale, Size, TemplateName};
use parking_lot::Mutex;
use std::collections::{BTreeMap, VecDeque};
use std::sync::Arc;

/// Width and height below which a picture has no frame: it would leave no room for axes. Below the same size there is no sub-title.
const LEAST: (u32, u32) = (360, 200);

/// A theme, and perhaps a frame.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Template {
    /// Colours and sizes.
    pub theme: Theme,
    /// What the chart is set into.
    pub frame: Option<SvgFrame>,
}

/// Which of the templates, and in which size.
type Key = (TemplateName, Size, Scale);

/// All of them.
#[derive(Debug)]
pub struct Templates {
    known: BTreeMap<TemplateName, Template>,
    default: TemplateName,
    limits: Limits,
    /// The newest first.
    kept: Mutex<VecDeque<(Key, Arc<Setting>)>>,
}

impl Templates {
    /// Those inside the program.
    pub fn built_in(limits: &Limits) -> Self {
        Self { known: known(), default: name("light"), limits: limits.clone(), kept: Mutex::default() }
    }

    /// Those inside the program, and `more`, which take the place of those of the same name. Err where there is no `default`.
    pub fn new(more: BTreeMap<TemplateName, Template>, default: &TemplateName, limits: &Limits) -> Result<Self, Fault> {
        let mut templates = Self { default: default.clone(), ..Self::built_in(limits) };
        templates.known.extend(more);
        templates.named(default)?;
        Ok(templates)
    }

    /// All names, in order.
    pub fn names(&self) -> impl Iterator<Item = &str> {
        self.known.keys().map(TemplateName::as_str)
    }

    /// The template that a request asks for, or the configured one. Err names those that there are.
    pub fn find<'a>(&'a self, asked: Option<&'a TemplateName>) -> Result<&'a TemplateName, Fault> {
        let name = asked.unwrap_or(&self.default);
        self.named(name).map(|_| name)
    }

    fn named(&self, name: &TemplateName) -> Result<&Template, Fault> {
        self.known.get(name).ok_or_else(|| {
            let known = self.names().collect::<Vec<_>>().join(", ");
            let text = format!("There is no template '{}'; there are {known}", name.as_str());
            Fault::new(FaultKind::UnknownTemplate, text).at("template")
        })
    }

    /// The template as it is for one picture.
    pub fn fitted(&self, name: &TemplateName, size: Size, scale: Scale) -> Result<chart::Template, Failure> {
        let template = self.named(name).map_err(|fault| Failure::Invalid(vec![fault]))?;
        let theme = template.theme.clone();
        let large = size.width() >= LEAST.0 && size.height() >= LEAST.1;
        let Some(frame) = template.frame.as_ref().filter(|_| large) else { return Ok(theme.into()) };
        let key = (name.clone(), size, scale);
        let setting = match self.kept(&key) {
            Some(setting) => setting,
            None => self.keep(key, Arc::new(frame.draw(size, scale, theme.ground, &self.limits)?)),
        };
        Ok(chart::Template { theme, setting: Some((*setting).clone()) })
    }

    fn kept(&self, key: &Key) -> Option<Arc<Setting>> {
        let mut kept = self.kept.lock();
        let place = kept.iter().position(|(other, _)| other == key)?;
        let newest = kept.remove(place)?;
        kept.push_front(newest.clone());
        Some(newest.1)
    }

    /// The oldest make room.
    fn keep(&self, key: Key, setting: Arc<Setting>) -> Arc<Setting> {
        let mut kept = self.kept.lock();
        kept.retain(|(other, _)| *other != key);
        kept.push_front((key, Arc::clone(&setting)));
        let mut room = self.limits.frame_pixels_kept;
        let fitting = kept.iter().take_while(|(_, setting)| {
            let pixels = pixels(setting.backdrop.size);
            let fits = pixels <= room;
            room = room.saturating_sub(pixels);
            fits
        });
        let fitting = fitting.count();
        kept.truncate(fitting);
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
