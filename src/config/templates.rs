//! `[templates]`: the folder with the operator's themes and frames, and the default template.
//!
//! The folder is read at the start and at each SIGHUP. A template has the name of its file. The faults of all files are reported at once.

use super::{ConfigFault, theme_file};
use crate::chart::{BUILT_IN, LIGHT, Theme};
use crate::limits::Limits;
use crate::render::{SvgFrame, Template, Templates};
use crate::request::TemplateName;
use serde::{Deserialize, Serialize};
use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};

/// The settings of `[templates]`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
#[serde(default, deny_unknown_fields)]
pub struct TemplatesConfig {
    /// The folder of the operator: `NAME.toml` is a theme, `NAME.svg` a frame; files with other extensions are ignored.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub folder: Option<PathBuf>,
    /// The template of images whose request names none.
    pub default: String,
}

impl Default for TemplatesConfig {
    fn default() -> Self {
        Self { folder: None, default: "light".to_owned() }
    }
}

impl TemplatesConfig {
    /// Makes the folder absolute.
    pub(super) fn resolve(&mut self, folder: &Path) {
        self.folder.iter_mut().for_each(|path| *path = folder.join(&*path));
    }
}

/// The readable themes and frames of a folder, and the faults of the rest.
#[derive(Debug, Default)]
struct TemplateFolder {
    themes: BTreeMap<TemplateName, Theme>,
    frames: Vec<(TemplateName, PathBuf, SvgFrame)>,
    faults: Vec<ConfigFault>,
    notes: Vec<String>,
}

/// Reads the templates, and notes on valid ones; or returns the faults of all files. `place` names the configuration in faults.
pub(super) fn templates(
    config: &TemplatesConfig,
    limits: &Limits,
    place: &str,
) -> Result<(Templates, Vec<String>), Vec<ConfigFault>> {
    let mut found = TemplateFolder::default();
    if let Some(folder) = &config.folder {
        match files(folder) {
            Ok(files) => files.iter().for_each(|file| found.add(file, limits)),
            Err(cause) => found.faults.push(ConfigFault::unreadable(folder, &cause)),
        }
    }
    let known = found.templates();
    let fault = |text: String| ConfigFault::wrong(format!("{place}: templates.default"), text);
    let default = TemplateName::new(&config.default).map_err(|wrong| fault(wrong.text.into_owned()));
    let made =
        default.and_then(|name| Templates::new(known, &name, limits).map_err(|wrong| fault(wrong.text.into_owned())));
    match made {
        Ok(templates) if found.faults.is_empty() => Ok((templates, found.notes)),
        // An unknown default may be defined in a faulty file, so only the file is reported.
        Err(fault) if found.faults.is_empty() => Err(vec![fault]),
        _ => Err(found.faults),
    }
}

/// Lists the entries of `folder`, sorted by name.
fn files(folder: &Path) -> std::io::Result<Vec<PathBuf>> {
    let mut files = fs::read_dir(folder)?.map(|entry| Ok(entry?.path())).collect::<std::io::Result<Vec<_>>>()?;
    files.sort();
    Ok(files)
}

impl TemplateFolder {
    fn add(&mut self, file: &Path, limits: &Limits) {
        let extension = file.extension().and_then(|extension| extension.to_str()).unwrap_or_default();
        if !["toml", "svg"].contains(&extension) {
            return;
        }
        let place = file.display().to_string();
        let stem = file.file_stem().map(|stem| stem.to_string_lossy().into_owned()).unwrap_or_default();
        let name = match TemplateName::new(&stem) {
            Ok(name) => name,
            Err(fault) => return self.faults.push(ConfigFault::wrong(place, fault.text)),
        };
        let text = match text(file, limits) {
            Ok(text) => text,
            Err(fault) => return self.faults.push(fault),
        };
        if extension == "toml" {
            match theme_file::read(&place, &text) {
                Ok(theme) => {
                    self.notes.extend(theme_file::notes(&place, &theme));
                    self.themes.insert(name, theme);
                }
                Err(faults) => self.faults.extend(faults),
            }
        } else {
            match SvgFrame::read(&text, limits) {
                Ok(frame) => self.frames.push((name, file.to_owned(), frame)),
                Err(faults) => {
                    let located = |fault: crate::render::FrameFault| {
                        ConfigFault::wrong(format!("{place}, line {}", fault.line), fault.text)
                    };
                    self.faults.extend(faults.into_iter().map(located));
                }
            }
        }
    }

    /// Combines themes and frames by name. A frame takes precedence over a theme of the same name.
    fn templates(&mut self) -> BTreeMap<TemplateName, Template> {
        let mut templates: BTreeMap<TemplateName, Template> =
            self.themes.iter().map(|(name, theme)| (name.clone(), theme.clone().into())).collect();
        for (name, file, frame) in std::mem::take(&mut self.frames) {
            match self.theme_of(&name, &frame) {
                Ok(theme) => _ = templates.insert(name, Template { theme, frame: Some(frame) }),
                Err(text) => self.faults.push(ConfigFault::wrong(file.display().to_string(), text)),
            }
        }
        templates
    }

    /// Returns the theme that the frame names, else the theme of the same name, else the light theme.
    fn theme_of(&self, name: &TemplateName, frame: &SvgFrame) -> Result<Theme, String> {
        let built_in = |word: &str| BUILT_IN.into_iter().find(|(name, _)| *name == word).map(|(_, theme)| theme);
        let named = |word: &str| {
            let own = self.themes.iter().find(|(name, _)| name.as_str() == word).map(|(_, theme)| theme.clone());
            own.or_else(|| built_in(word))
        };
        match frame.theme() {
            Some(word) => named(word).ok_or_else(|| format!("data-theme: unknown theme '{word}'")),
            None => Ok(named(name.as_str()).unwrap_or(LIGHT)),
        }
    }
}

fn text(file: &Path, limits: &Limits) -> Result<String, ConfigFault> {
    let unreadable = |cause: std::io::Error| ConfigFault::unreadable(file, &cause);
    let max = u64::try_from(limits.template_bytes).unwrap_or(u64::MAX);
    if fs::metadata(file).map_err(unreadable)?.len() > max {
        return Err(ConfigFault::wrong(file.display().to_string(), format!("should have at most {max} bytes")));
    }
    fs::read_to_string(file).map_err(unreadable)
}
