//! Names made short without making them alike: what all share is folded away, the middle gives way to `…`.
//!
//! Used by the legend and the headings. Pure functions of text; whoever calls says what fits. Nothing is ever cut inside what a
//! reader sees as one character.

use std::collections::BTreeMap;

/// Stands for what was left out.
const ELLIPSIS: char = '…';

/// Between the parts of a name that is put together, as in `Virtual Server | VM1 | CPU`.
const BAR: &str = " | ";

/// Characters of a shared beginning that are worth a fold.
const WORTH: usize = 8;

/// Characters that a cut elsewhere than at a bar must save beyond the cut at the bar.
const WORTH_BEYOND_BAR: usize = 12;

/// Names without what they share.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Folded {
    /// What all names begin with, and after `…` what all end with; empty where nothing was folded.
    pub shared: String,
    /// What remains of each: never blank, and different where the names are.
    pub rests: Vec<String>,
}

/// Folds what all of at least two names begin with, and the parts after a bar that all end with, where it is worth it.
pub(super) fn fold(names: &[&str]) -> Folded {
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

/// Bytes of the shared beginning to fold. Parts between bars stay whole, unless much more could be saved.
fn fold_at(names: &[&str]) -> usize {
    let first = names[0];
    let common = names.iter().map(|name| common_bytes(first, name)).min().unwrap_or(0);
    let usable = |at: usize| first[..at].chars().count() >= WORTH && names.iter().all(|name| starts_well(&name[at..]));
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

/// A rest that a name can go by: it shows something, and begins with a character of its own.
fn starts_well(rest: &str) -> bool {
    !rest.trim_matches(is_separator).is_empty() && !rest.starts_with(|c: char| c == ' ' || continues(c))
}

/// A name and what is said after it, such as its unit.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Label {
    /// May be cut in the middle.
    pub name: String,
    /// Always stays.
    pub suffix: String,
}

impl Label {
    /// Both.
    pub fn text(&self) -> String {
        format!("{}{}", self.name, self.suffix)
    }
}

/// How the characters that are kept of a name are shared between its head and its tail.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Share {
    Even,
    Head,
    Tail,
}

impl Share {
    /// Characters of the head, and of the tail.
    fn of(self, kept: usize, least: usize) -> (usize, usize) {
        match self {
            Self::Even => (kept.div_ceil(2), kept / 2),
            Self::Head => (kept - least, least),
            Self::Tail => (least, kept - least),
        }
    }
}

/// The text of each label, its name cut in the middle where the whole does not fit. At least `least` characters stay at both ends.
/// Different texts stay different, equal ones equal. `None` where that cannot be.
///
/// All are cut alike, so that what differs shows in all of them; where no cut shows it, a number tells them apart.
pub(super) fn shorten(labels: &[Label], least: usize, fits: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let whole: Vec<String> = labels.iter().map(Label::text).collect();
    let alike = |share: Share| -> Option<Vec<String>> {
        labels.iter().zip(&whole).map(|(label, text)| cut_middle(label, text, "", share, least, fits)).collect()
    };
    let even = alike(Share::Even)?;
    if distinct(&whole, &even) {
        return Some(even);
    }
    let other = [Share::Head, Share::Tail].into_iter().filter_map(alike).find(|texts| distinct(&whole, texts));
    other.or_else(|| numbered(labels, &whole, least, fits))
}

/// Texts that are shown alike are the same.
fn distinct(whole: &[String], shown: &[String]) -> bool {
    let mut origins = BTreeMap::new();
    shown.iter().zip(whole).all(|(shown, whole)| *origins.entry(shown).or_insert(whole) == whole)
}

/// The second and each later of different texts that would look the same gets a number.
fn numbered(labels: &[Label], whole: &[String], least: usize, fits: &dyn Fn(&str) -> bool) -> Option<Vec<String>> {
    let mut origins: BTreeMap<String, &str> = BTreeMap::new();
    origins.extend(whole.iter().filter(|text| fits(text)).map(|text| (text.clone(), text.as_str())));
    let mut shown_for: BTreeMap<&str, String> = BTreeMap::new();
    let mut alike: BTreeMap<String, usize> = BTreeMap::new();
    for (label, text) in labels.iter().zip(whole) {
        if shown_for.contains_key(text.as_str()) {
            continue;
        }
        let cut = |number: &str| cut_middle(label, text, number, Share::Even, least, fits);
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

/// `text`, which is that of `label`, or as much of both ends of its name as fits with `number` after it.
fn cut_middle(
    label: &Label,
    text: &str,
    number: &str,
    share: Share,
    least: usize,
    fits: &dyn Fn(&str) -> bool,
) -> Option<String> {
    if fits(text) {
        return Some(text.to_owned());
    }
    let characters = characters(&label.name);
    let cut = |kept: usize| {
        let (head, tail) = share.of(kept, least);
        let (head, tail) = (characters[..head].concat(), characters[characters.len() - tail..].concat());
        format!("{head}{ELLIPSIS}{tail}{number}{}", label.suffix)
    };
    longest(2 * least, characters.len().saturating_sub(1), &|kept| fits(&cut(kept))).map(cut)
}

/// `text`, cut at its end where it does not fit; `None` where not even one character does.
pub(super) fn cut_end(text: &str, fits: &dyn Fn(&str) -> bool) -> Option<String> {
    if fits(text) {
        return Some(text.to_owned());
    }
    let characters = characters(text);
    let cut = |kept: usize| format!("{}{ELLIPSIS}", characters[..kept].concat().trim_end());
    longest(1, characters.len().saturating_sub(1), &|kept| fits(&cut(kept))).map(cut)
}

/// The largest of `least..=most` that fits, if what is smaller fits where something larger does.
fn longest(least: usize, most: usize, fits: &dyn Fn(usize) -> bool) -> Option<usize> {
    if least > most || !fits(least) {
        return None;
    }
    let (mut good, mut bad) = (least, most + 1);
    while bad - good > 1 {
        let middle = good + (bad - good) / 2;
        if fits(middle) { good = middle } else { bad = middle }
    }
    Some(good)
}

/// What a reader sees as characters: near enough to UAX #29 for never tearing off accents, jamo, or parts of an emoji.
pub(super) fn characters(text: &str) -> Vec<&str> {
    let mut starts = Vec::new();
    let (mut before, mut flags) = (None, 0);
    for (at, c) in text.char_indices() {
        let second_flag = is_flag(c) && flags % 2 == 1;
        flags = if is_flag(c) { flags + 1 } else { 0 };
        if before.is_none() || !(continues(c) || second_flag || before == Some(JOINER)) {
            starts.push(at);
        }
        before = Some(c);
    }
    let ends = starts.iter().skip(1).copied().chain([text.len()]);
    starts.iter().zip(ends).map(|(&start, end)| &text[start..end]).collect()
}

const JOINER: char = '\u{200D}';

fn is_flag(c: char) -> bool {
    matches!(c, '\u{1F1E6}'..='\u{1F1FF}')
}

/// Marks, vowel and final jamo, variation selectors, joiners, skin tones: what belongs to the character before it.
fn continues(c: char) -> bool {
    matches!(u32::from(c),
        0x0300..=0x036F | 0x0483..=0x0489 | 0x0591..=0x05BD | 0x0610..=0x061A | 0x064B..=0x065F | 0x0900..=0x0903
        | 0x093A..=0x094F | 0x0E31 | 0x0E34..=0x0E3A | 0x0E47..=0x0E4E | 0x1160..=0x11FF | 0x1AB0..=0x1AFF | 0x1DC0..=0x1DFF
        | 0x200C..=0x200D | 0x20D0..=0x20FF | 0x302A..=0x302F | 0x3099..=0x309A | 0xFE00..=0xFE0F | 0xFE20..=0xFE2F
        | 0xD7B0..=0xD7FF | 0x1F3FB..=0x1F3FF | 0xE0100..=0xE01EF)
}

#[cfg(test)]
#[path = "names_tests.rs"]
mod tests;
