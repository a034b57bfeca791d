//! Texts of zones and marks of clock changes.

use super::tick::ChangeMark;
use crate::request::{Span, Zone};

/// Returns `KST (UTC+9)`; `UTC+5:45` if the zone has no abbreviation; `CET/CEST` if the offset changes within `span`,
/// `UTC+11/+10:30` if neither has an abbreviation; the name of the zone if it changes more often.
pub fn text(span: Span, zone: &Zone) -> String {
    let changes = zone.changes(span);
    let moments = || [span.start()].into_iter().chain(changes.iter().map(|change| change.at)).chain([span.end() - 1]);
    let offsets = distinct(moments().map(|at| zone.offset(at)));
    let abbreviations: Option<Vec<String>> = moments().map(|at| zone.abbreviation(at)).collect();
    let names = distinct(abbreviations.unwrap_or_default());
    if offsets.len() > 2 || names.len() > 2 {
        return zone.name().to_owned();
    }
    let hours = match &offsets[..] {
        [0] => String::new(),
        offsets => offsets.iter().map(|&offset| offset_text(offset)).collect::<Vec<_>>().join("/"),
    };
    match &names[..] {
        [] => format!("UTC{hours}"),
        [name] if name == "UTC" => name.clone(),
        [name] if hours.is_empty() => format!("{name} (UTC+0)"),
        [name] => format!("{name} (UTC{hours})"),
        names => names.join("/"),
    }
}

/// Returns the changes of offset after the start and before the end of `span`.
pub(super) fn changes(span: Span, zone: &Zone) -> Vec<ChangeMark> {
    let mark = |at, seconds: i32| {
        let parts = [(seconds.abs() / 3600, 'h'), (seconds.abs() / 60 % 60, 'm'), (seconds.abs() % 60, 's')];
        let length: String = parts.iter().filter(|(n, _)| *n > 0).map(|(n, unit)| format!("{n}{unit}")).collect();
        ChangeMark { at, label: format!("{}{length}", sign(seconds)) }
    };
    zone.changes(span).iter().map(|change| mark(change.at, change.after - change.before)).collect()
}

/// Formats an offset in hours east of UTC: `+9`, `−3:30`, `+0`.
pub(super) fn offset_text(seconds: i32) -> String {
    let (hours, minutes, rest) = (seconds.abs() / 3600, seconds.abs() / 60 % 60, seconds.abs() % 60);
    let sign = sign(seconds);
    match (minutes, rest) {
        (0, 0) => format!("{sign}{hours}"),
        (_, 0) => format!("{sign}{hours}:{minutes:02}"),
        _ => format!("{sign}{hours}:{minutes:02}:{rest:02}"),
    }
}

fn sign(number: i32) -> char {
    if number < 0 { '−' } else { '+' }
}

fn distinct<T: PartialEq>(all: impl IntoIterator<Item = T>) -> Vec<T> {
    let mut seen = Vec::new();
    for one in all {
        if !seen.contains(&one) {
            seen.push(one);
        }
    }
    seen
}
