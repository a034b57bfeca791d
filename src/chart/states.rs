//! Recognises series that name states, such as `2xx 4xx 5xx` or `ok warning critical`, which readers expect in green,
//! amber and red.

use super::theme::Theme;
use crate::request::Colour;

/// A family of names.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Family {
    HttpStatus,
    Health,
}

/// Severity of a state, as an index of the colours of a theme.
const GOOD: usize = 0;
const NEUTRAL: usize = 1;
const WARNING: usize = 2;
const CRITICAL: usize = 3;

/// Returns the colours of `names` if all belong to one family and have different colours.
pub(super) fn colours(names: &[String], theme: &Theme) -> Option<Vec<Colour>> {
    let palette = theme.states?;
    let states: Vec<(Family, usize)> = names.iter().map(|name| state(name)).collect::<Option<_>>()?;
    let is_distinct = |index: usize| states[..index].iter().all(|(_, other)| *other != states[index].1);
    let is_one_family = states.windows(2).all(|pair| pair[0].0 == pair[1].0);
    let is_usable = states.len() > 1 && is_one_family && (0..states.len()).all(is_distinct);
    is_usable.then(|| states.iter().map(|&(_, severity)| palette[severity]).collect())
}

fn state(name: &str) -> Option<(Family, usize)> {
    let word = name.trim_matches(|c: char| !c.is_alphanumeric()).to_ascii_lowercase();
    let severity = match word.as_str() {
        "ok" | "success" | "succeeded" | "healthy" | "passed" | "good" | "up" => GOOD,
        "info" | "notice" | "unknown" | "pending" => NEUTRAL,
        "warn" | "warning" | "degraded" => WARNING,
        "critical" | "crit" | "error" | "errors" | "failed" | "failure" | "fatal" | "bad" | "down" => CRITICAL,
        _ => return status_class(&word).map(|severity| (Family::HttpStatus, severity)),
    };
    Some((Family::Health, severity))
}

/// Returns the severity of `4xx` or of `404`.
fn status_class(word: &str) -> Option<usize> {
    let [class, rest @ ..] = word.as_bytes() else { return None };
    let is_status = rest == b"xx" || rest.len() == 2 && rest.iter().all(u8::is_ascii_digit);
    let severity = match class {
        b'2' => GOOD,
        b'1' | b'3' => NEUTRAL,
        b'4' => WARNING,
        b'5' => CRITICAL,
        _ => return None,
    };
    is_status.then_some(severity)
}

#[cfg(test)]
mod tests {
    use super::super::theme::{LIGHT, PRINT};
    use super::*;

    fn severities(names: &[&str]) -> Option<Vec<usize>> {
        let names: Vec<String> = names.iter().map(|&name| name.to_owned()).collect();
        let states = LIGHT.states.unwrap();
        let index = |colour: Colour| states.iter().position(|state| *state == colour).unwrap();
        colours(&names, &LIGHT).map(|colours| colours.into_iter().map(index).collect())
    }

    #[test]
    fn names_of_one_family_have_the_colours_of_their_states() {
        assert_eq!(severities(&["2xx", "4xx", "5xx"]), Some(vec![GOOD, WARNING, CRITICAL]));
        assert_eq!(severities(&["200", "503"]), Some(vec![GOOD, CRITICAL]));
        assert_eq!(severities(&["critical", "Warning", "OK"]), Some(vec![CRITICAL, WARNING, GOOD]));
    }

    #[test]
    fn other_names_have_the_palette() {
        for names in [&["2xx", "web-01"][..], &["2xx", "critical"], &["200", "204"], &["ok"], &["600", "2xx"], &[]] {
            assert_eq!(severities(names), None, "{names:?}");
        }
        assert_eq!(colours(&["ok".to_owned(), "error".to_owned()], &PRINT), None, "print has greys only");
    }
}
