//! Shortens names and keeps them distinct: folds shared parts away and cuts the middle to `…`.
//!
//! Pure functions of text; the caller supplies the measure. No cut falls inside an extended grapheme cluster.

use std::collections::BTreeMap;
use unicode_segmentation::{GraphemeCursor, UnicodeSegmentation};

/// Mark of a cut.
const ELLIPSIS: char = '…';

/// Separator between the parts of a composed name, as in `Virtual Server | VM1 | CPU`.
const BAR: &str = " | ";

/// Minimum number of characters of a shared prefix to fold.
const WORTH: usize = 8;

/// Minimum number of characters that a fold inside a part must save beyond the fold at a bar.
const WORTH_BEYOND_BAR: usize = 12;

/// Names without their shared parts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Folded {
    /// Shared prefix, and after `…` the shared suffix; empty if nothing was folded.
    pub shared: String,
    /// The rest of each name; never blank, and distinct where the names are.
    pub rests: Vec<String>,
}

/// Folds the shared prefix of at least two names, and the shared suffix after a bar, if that saves enough.
pub(in crate::chart) fn fold(names: &[&str]) -> Folded {
    let [first, _, ..] = names else {
        return Folded { shared: String::new(), rests: names.iter().map(|&name| name.to_owned()).collect() };
    };
    let start = fold_at(names);
    let beginning = first[..start].trim_end_matches(is_separator);
    let rests: Vec<&str> = names.iter().map(|name| &name[start..]).collect();
    let end = rests[0].match_indices(BAR).map(|(at, _)| &rests[0][at..]);
    let end = end.into_iter().find(|end| rests.iter().all(|rest| rest.strip_suffix(end).is_some_and(starts_well)));
    let ending = end.map_or("", |end| &end[BAR.len()..]);
    let shared = match (beginning, ending) {
        (_, "") => beginning.to_owned(),
        ("", _) => ending.to_owned(),
        _ => format!("{beginning}{BAR}{ELLIPSIS}{BAR}{ending}"),
    };
    let rest = |rest: &&str| rest.strip_suffix(end.unwrap_or_default()).unwrap_or(rest).to_owned();
    Folded { shared, rests: rests.iter().map(rest).collect() }
}

/// Returns the number of bytes of the shared prefix to fold. Parts between bars stay whole unless a longer fold saves
/// much more.
fn fold_at(names: &[&str]) -> usize {
    let first = names[0];
    let common = names.iter().map(|name| common_bytes(first, name)).min().unwrap_or(0);
    let splits = |name: &str, at: usize| GraphemeCursor::new(at, name.len(), true).is_boundary(name, 0) == Ok(true);
    let fits = |name: &str, at: usize| splits(name, at) && starts_well(&name[at..]);
    let usable = |at: usize| first[..at].chars().count() >= WORTH && names.iter().all(|name| fits(name, at));
    let ends = first.char_indices().filter(|&(_, c)| is_separator(c)).map(|(start, c)| start + c.len_utf8());
    let ends: Vec<usize> = ends.filter(|&end| end <= common && usable(end)).collect();
    let anywhere = ends.last().copied().unwrap_or(0);
    let at_bar = ends.iter().copied().rfind(|&end| first[..end].ends_with(BAR)).unwrap_or(0);
    let beyond = first[at_bar..anywhere].chars().count();
    if at_bar == 0 || beyond >= WORTH_BEYOND_BAR { anywhere } else { at_bar }
}

fn common_bytes(a: &str, b: &str) -> usize {
    a.char_indices().zip(b.chars()).find(|((_, a), b)| a != b).map_or(a.len().min(b.len()), |((at, _), _)| at)
}

fn is_separator(c: char) -> bool {
    c == ' ' || matches!(c, '|' | '/' | '.' | '-' | '_' | ':' | ',' | '·')
}

/// Returns true if a rest can stand for its name: it is not blank and does not begin with a space.
fn starts_well(rest: &str) -> bool {
    !rest.trim_matches(is_separator).is_empty() && !rest.starts_with(' ')
}

/// A name, and a note after it such as its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(in crate::chart) struct Label {
    /// Name; may be cut in the middle.
    pub name: String,
    /// Note; never cut.
    pub suffix: String,
}

impl Label {
    /// Returns name and suffix.
    pub fn text(&self) -> String {
        format!("{}{}", self.name, self.suffix)
    }
}

/// The division of the kept characters between head and tail of a name.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Even,
    Head,
    Tail,
}

impl Share {
    /// Returns the number of characters of head and tail.
    fn of(self, kept: usize, min_kept: usize) -> (usize, usize) {
        match self {
            Self::Even => (kept.div_ceil(2), kept / 2),
            Self::Head => (kept - min_kept, min_kept),
            Self::Tail => (min_kept, kept - min_kept),
        }
    }
}

/// Returns the text of each label, its name cut in the middle if the whole does not fit. At least `min_kept` characters
/// stay at both ends. Different texts stay different and equal ones equal; `None` if that is impossible.
///
/// All names are cut alike, so that a difference shows in all of them; if no cut shows it, a number is added.
pub(in crate::chart) fn shorten(labels: &[Label], min_kept: usize, fits: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let whole: Vec<String> = labels.iter().map(Label::text).collect();
    let alike = |share: Share| -> Option<Vec<String>> {
        labels.iter().zip(&whole).map(|(label, text)| cut_middle(label, text, "", share, min_kept, fits)).collect()
    };
    let even = alike(Share::Even)?;
    if distinct(&whole, &even) {
        return Some(even);
    }
    let other = [Share::Head, Share::Tail].into_iter().filter_map(alike).find(|texts| distinct(&whole, texts));
    other.or_else(|| numbered(labels, &whole, min_kept, fits))
}

/// Returns true if equal shown texts have equal originals.
fn distinct(whole: &[String], shown: &[String]) -> bool {
    let mut origins = BTreeMap::new();
    shown.iter().zip(whole).all(|(shown, whole)| *origins.entry(shown).or_insert(whole) == whole)
}

/// Adds a number to the second and each later of different texts that would look equal.
fn numbered(labels: &[Label], whole: &[String], min_kept: usize, fits: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut origins: BTreeMap<String, &str> = BTreeMap::new();
    origins.extend(whole.iter().filter(|text| fits(text)).map(|text| (text.clone(), text.as_str())));
    let mut shown_for: BTreeMap<&str, String> = BTreeMap::new();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for (label, text) in labels.iter().zip(whole) {
        if shown_for.contains_key(text.as_str()) {
            continue;
        }
        let cut = |number: &str| cut_middle(label, text, number, Share::Even, min_kept, fits);
        let plain = cut("")?;
        let count = alike.entry(plain.clone()).or_insert(1);
        let mut shown = plain;
        while origins.get(&shown).is_some_and(|origin| origin != text) {
            *count += 1;
            shown = cut(&format!(" #{count}"))?;
        }
        origins.insert(shown.clone(), text);
        shown_for.insert(text, shown);
    }
    whole.iter().map(|text| shown_for.get(text.as_str()).cloned()).collect()
}

/// Returns `text`, the text of `label`, or as much of both ends of its name as fits with `number` after it.
fn cut_middle(
    label: &Label,
    text: &str,
    number: &str,
    share: Share,
    min_kept: usize,
    fits: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if fits(text) {
        return Some(text.to_owned());
    }
    let characters = characters(&label.name);
    let cut = |kept: usize| {
        let (head, tail) = share.of(kept, min_kept);
        let (head, tail) = (characters[..head].concat(), characters[characters.len() - tail..].concat());
        format!("{head}{ELLIPSIS}{tail}{number}{}", label.suffix)
    };
    longest(2 * min_kept, characters.len().saturating_sub(1), &|kept| fits(&cut(kept))).map(cut)
}

/// Returns `text`, cut at its end if it does not fit; `None` if not even one character fits.
pub(in crate::chart) fn cut_end(text: &str, fits: &dyn Fn(&str) -> bool) -> Option<String> {
    if fits(text) {
        return Some(text.to_owned());
    }
    let characters = characters(text);
    let cut = |kept: usize| format!("{}{ELLIPSIS}", characters[..kept].concat().trim_end());
    longest(1, characters.len().saturating_sub(1), &|kept| fits(&cut(kept))).map(cut)
}

/// Returns the largest of `min..=max` that fits, provided that everything smaller than a fitting number fits.
fn longest(min: usize, max: usize, fits: &dyn Fn(usize) -> bool) -> Option<usize> {
    if min > max || !fits(min) {
        return None;
    }
    let (mut good, mut bad) = (min, max + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fits(middle) { good = middle } else { bad = middle }
    }
    Some(good)
}

/// Returns the extended grapheme clusters of UAX #29: accents, jamo and the parts of an emoji stay together.
pub(in crate::chart) fn characters(text: &str) -> Vec<&str> {
    text.graphemes(true).collect()
}

#[cfg(test)]
mod tests;
