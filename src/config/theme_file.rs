//! Theme files: TOML with a base theme and the values that differ from it.
//!
//! Each key is parsed on its own, so that all faults are reported at once, with the file, the line and the expected value.

use super::ConfigFault;
use crate::chart::{BUILT_IN, LIGHT, TextScaling, Theme, contrast};
use crate::request::Colour;
use crate::text::Weight;
use std::collections::BTreeMap;
use std::ops::RangeInclusive;
use toml::{Spanned, Value};

/// Sizes of the title, in pixels.
const TITLE: RangeInclusive<i64> = 8..=40;
/// Sizes of all other text, in pixels: the sizes that fit a row of the legend.
const SMALLER: RangeInclusive<i64> = 8..=16;
/// Spacing, in percent of the default.
const SPACING: RangeInclusive<i64> = 75..=200;
/// Numbers of colours of a palette.
const PALETTE: RangeInclusive<usize> = 1..=32;
/// Numbers of solid lines, before lines are dashed.
const SOLID: RangeInclusive<i64> = 1..=100;
/// Numbers of lines from which a chart emphasises some.
const FOCUS: RangeInclusive<i64> = 2..=10_000;
/// Numbers of lines with labels at their ends.
const DIRECT_LABELS: RangeInclusive<i64> = 0..=8;
/// Contrast below which text is hard to read (WCAG 2.2, 1.4.3).
const MIN_CONTRAST: f64 = 4.5;

/// An accessor of one value of a theme.
type Part<T> = fn(&mut Theme) -> &mut T;

/// The colours of a theme by key.
const COLOURS: [(&str, Part<Colour>); 9] = [
    ("ground", |theme| &mut theme.ground),
    ("text", |theme| &mut theme.text),
    ("secondary", |theme| &mut theme.secondary),
    ("amber", |theme| &mut theme.amber),
    ("muted", |theme| &mut theme.muted),
    ("grid_value", |theme| &mut theme.grid_value),
    ("grid_time", |theme| &mut theme.grid_time),
    ("grid_day", |theme| &mut theme.grid_day),
    ("axis", |theme| &mut theme.axis),
];

/// The sizes of a theme by key, with their ranges.
const SIZES: [(&str, Part<i32>, RangeInclusive<i64>); 5] = [
    ("title_size", |theme| &mut theme.sizes.title, TITLE),
    ("sub_title_size", |theme| &mut theme.sizes.sub_title, SMALLER),
    ("label_size", |theme| &mut theme.sizes.label, SMALLER),
    ("small_size", |theme| &mut theme.sizes.small, SMALLER),
    ("spacing", |theme| &mut theme.sizes.spacing, SPACING),
];

/// The font weights of a theme by key.
const WEIGHTS: [(&str, Part<Weight>); 1] = [("title_weight", |theme| &mut theme.title_weight)];

/// Parses the `text` of a theme file, or returns all its faults. `place` is the path of the file.
pub(super) fn read(place: &str, text: &str) -> Result<Theme, Vec<ConfigFault>> {
    let line = |at: usize| text.get(..at).unwrap_or_default().matches('\n').count() + 1;
    let fault = |at: usize, text: String| ConfigFault::wrong(format!("{place}, line {}", line(at)), text);
    let keys: BTreeMap<Spanned<String>, Spanned<Value>> = toml::from_str(text).map_err(|error: toml::de::Error| {
        vec![fault(error.span().map_or(0, |span| span.start), error.message().replace('\n', ", "))]
    })?;
    let entry = |key: &str| keys.iter().find(|(name, _)| name.get_ref() == key);
    let mut theme = entry("base").and_then(|(_, value)| base(value.get_ref()).ok()).unwrap_or(LIGHT);
    let faults: Vec<ConfigFault> = keys
        .iter()
        .filter_map(|(key, value)| {
            let wrong = set(&mut theme, key.get_ref(), value.get_ref()).err()?;
            Some((key.span().start, fault(key.span().start, format!("{}: {wrong}", key.get_ref()))))
        })
        .collect::<BTreeMap<_, _>>()
        .into_values()
        .collect();
    if faults.is_empty() { Ok(theme) } else { Err(faults) }
}

fn set(theme: &mut Theme, key: &str, value: &Value) -> Result<(), String> {
    if let Some((_, of)) = COLOURS.iter().find(|(name, _)| *name == key) {
        *of(theme) = if key == "ground" { opaque(value)? } else { colour(value)? };
    } else if let Some((_, of, range)) = SIZES.iter().find(|(name, _, _)| *name == key) {
        *of(theme) =
            number(value, range).and_then(|pixels| i32::try_from(pixels).map_err(|error| error.to_string()))?;
    } else if let Some((_, of)) = WEIGHTS.iter().find(|(name, _)| *name == key) {
        *of(theme) = weight(value)?;
    } else {
        match key {
            "base" => _ = base(value)?,
            "palette" => theme.palette = palette(value)?.into(),
            "states" => theme.states = states(value)?,
            "solid_lines" => theme.solid_lines = count(value, &SOLID)?,
            "text_scaling" => theme.text_scaling = text_scaling(value)?,
            "direct_labels" => theme.direct_labels = count(value, &DIRECT_LABELS)?,
            "focus_from" => theme.focus_from = count(value, &FOCUS)?,
            _ => return Err(format!("unknown key; a theme has {}", known().join(", "))),
        }
    }
    Ok(())
}

/// Returns all keys of a theme file.
fn known() -> Vec<&'static str> {
    let colours = COLOURS.iter().map(|(name, _)| *name);
    let sizes = SIZES.iter().map(|(name, _, _)| *name);
    let weights = WEIGHTS.iter().map(|(name, _)| *name);
    ["base"]
        .into_iter()
        .chain(colours)
        .chain(["palette", "states", "solid_lines", "focus_from", "direct_labels", "text_scaling"])
        .chain(sizes)
        .chain(weights)
        .collect()
}

fn base(value: &Value) -> Result<Theme, String> {
    let named = value.as_str().and_then(|word| BUILT_IN.into_iter().find(|(name, _)| *name == word));
    named
        .map(|(_, theme)| theme)
        .ok_or_else(|| format!("should be one of {}", BUILT_IN.map(|(name, _)| name).join(", ")))
}

fn colour(value: &Value) -> Result<Colour, String> {
    let read = value.as_str().map(Colour::parse);
    read.and_then(Result::ok).ok_or_else(|| "should be a colour such as \"#3168c3\"".to_owned())
}

fn opaque(value: &Value) -> Result<Colour, String> {
    let colour = colour(value)?;
    if colour.alpha == 255 { Ok(colour) } else { Err("should be an opaque colour such as \"#ffffff\"".to_owned()) }
}

fn palette(value: &Value) -> Result<Vec<Colour>, String> {
    let wrong = || format!("should be a list of {} to {} colours", PALETTE.start(), PALETTE.end());
    let list = value.as_array().filter(|list| PALETTE.contains(&list.len())).ok_or_else(wrong)?;
    let item = |(index, value)| colour(value).map_err(|text| format!("the colour at place {} {text}", index + 1));
    list.iter().enumerate().map(item).collect()
}

/// Parses four colours, or none.
fn states(value: &Value) -> Result<Option<[Colour; 4]>, String> {
    let wrong = || "should be a list of 4 colours: good, neutral, warning, critical; or an empty list".to_owned();
    let list: Vec<Colour> = match value.as_array() {
        Some(list) => list.iter().map(colour).collect::<Result<_, _>>()?,
        None => return Err(wrong()),
    };
    if list.is_empty() { Ok(None) } else { list.try_into().map(Some).map_err(|_| wrong()) }
}

fn number(value: &Value, range: &RangeInclusive<i64>) -> Result<i64, String> {
    let number = value.as_integer().filter(|number| range.contains(number));
    number.ok_or_else(|| format!("should be a whole number, {} to {}", range.start(), range.end()))
}

fn text_scaling(value: &Value) -> Result<TextScaling, String> {
    match value.as_str() {
        Some("image") => Ok(TextScaling::WithImage),
        Some("fixed") => Ok(TextScaling::Fixed),
        _ => Err("should be \"image\" or \"fixed\"".to_owned()),
    }
}

fn count(value: &Value, range: &RangeInclusive<i64>) -> Result<usize, String> {
    number(value, range).and_then(|count| usize::try_from(count).map_err(|error| error.to_string()))
}

fn weight(value: &Value) -> Result<Weight, String> {
    match value.as_str() {
        Some("regular") => Ok(Weight::Regular),
        Some("semi-bold") => Ok(Weight::SemiBold),
        _ => Err("should be \"regular\" or \"semi-bold\"".to_owned()),
    }
}

/// Returns a note for each text colour of a valid theme with low contrast.
pub(super) fn notes(place: &str, theme: &Theme) -> Vec<String> {
    let texts = [("text", theme.text), ("secondary", theme.secondary), ("amber", theme.amber)];
    let weak = texts.into_iter().filter_map(|(key, colour)| {
        let contrast = contrast(colour, theme.ground);
        (contrast < MIN_CONTRAST).then(|| {
            format!(
                "{place}: {key} {colour} has low contrast on {}: {contrast:.1}, should be at least 4.5",
                theme.ground
            )
        })
    });
    weak.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn faults(text: &str) -> Vec<String> {
        read("t.toml", text).unwrap_err().iter().map(ToString::to_string).collect()
    }

    #[test]
    fn the_shipped_theme_files_equal_the_built_in_themes() {
        for (name, theme) in BUILT_IN {
            let path = format!("{}/templates/{name}.toml", env!("CARGO_MANIFEST_DIR"));
            let text = std::fs::read_to_string(path).unwrap();
            assert_eq!(read(name, &text).unwrap(), theme);
            let keys: toml::Table = toml::from_str(&text).unwrap();
            let missing: Vec<_> = known().into_iter().filter(|key| !keys.contains_key(*key)).collect();
            assert!(missing == ["base"] || missing.is_empty(), "{name} lacks {missing:?}");
        }
    }

    #[test]
    fn a_theme_file_overrides_values_of_its_base() {
        let theme =
            read("t.toml", "base = \"dark\"\ntext = \"#fff\"\ntitle_size = 20\ntitle_weight = \"regular\"\n").unwrap();
        let (dark, white) = (crate::chart::DARK, Colour::rgb(0xffffff));
        let sizes = crate::chart::Sizes { title: 20, ..dark.sizes };
        assert_eq!(theme, Theme { text: white, sizes, title_weight: Weight::Regular, ..dark });
    }

    #[test]
    fn every_fault_is_reported_with_its_line() {
        let text = "base = \"night\"\ncolor = 1\nground = \"#ffffff80\"\ntext = \"red\"\npalette = []\ntitle_size = 41\n\
                    small_size = 11.5\nsolid_lines = 0\ntitle_weight = \"bold\"\naxis = \"#abc\"\n";
        let found = faults(text);
        let starts = [
            "t.toml, line 1: base: should be one of light, dark, print",
            "t.toml, line 2: color: unknown key; a theme has base, ground, text",
            "t.toml, line 3: ground: should be an opaque colour",
            "t.toml, line 4: text: should be a colour such as \"#3168c3\"",
            "t.toml, line 5: palette: should be a list of 1 to 32 colours",
            "t.toml, line 6: title_size: should be a whole number, 8 to 40",
            "t.toml, line 7: small_size: should be a whole number, 8 to 16",
            "t.toml, line 8: solid_lines: should be a whole number, 1 to 100",
            "t.toml, line 9: title_weight: should be \"regular\" or \"semi-bold\"",
        ];
        assert_eq!(found.len(), starts.len(), "{found:#?}");
        found.iter().zip(starts).for_each(|(fault, start)| assert!(fault.starts_with(start), "{fault}"));
        assert_eq!(faults("palette = [\"#000\", \"black\"]").len(), 1);
        assert!(faults("\ntext = \n")[0].starts_with("t.toml, line 2: "));
    }

    #[test]
    fn text_of_low_contrast_is_noted() {
        assert_eq!(BUILT_IN.iter().flat_map(|(name, theme)| notes(name, theme)).count(), 0);
        let pale = Theme { secondary: Colour::rgb(0x999999), ..LIGHT };
        assert_eq!(
            notes("t", &pale),
            ["t: secondary #999999 has low contrast on #ffffff: 2.8, should be at least 4.5"]
        );
    }
}
