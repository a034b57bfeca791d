//! Takes an object apart field by field and keeps every fault on the way, so that a caller hears of all of them at once.
//!
//! A reader is a function from [`Json`] to a value or faults; it does not know where it stands. [`Fields`] calls one reader a
//! field, in the model's order, puts the field's name before the places of its faults, and in the end reports what nobody took.

use super::json::{Json, OVERFLOW};
use crate::error::{Fault, FaultKind, excerpt};
use std::borrow::Cow;

/// The faults that a reader found; places are relative to the value that it read.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(super) struct Faults(pub(super) Vec<Fault>);

impl From<Fault> for Faults {
    fn from(fault: Fault) -> Self {
        Self(vec![fault])
    }
}

impl Faults {
    /// The faults of a part, seen from the whole that has it at `place`.
    pub(super) fn extend(&mut self, place: &str, part: impl Into<Faults>) {
        let outer = |fault: Fault| {
            let is_apart = place.is_empty() || fault.path.is_empty() || fault.path.starts_with('[');
            let dot = if is_apart { "" } else { "." };
            let path = format!("{place}{dot}{}", fault.path);
            fault.at(path)
        };
        self.0.extend(part.into().0.into_iter().map(outer));
    }
}

/// The fields of one object that nobody took yet, and the faults of those that somebody took.
///
/// Each of its methods answers `None` where it recorded a fault: what depends on the value is then left alone.
#[derive(Debug)]
pub(super) struct Fields<'a> {
    left: Vec<(Cow<'a, str>, Json<'a>)>,
    faults: Faults,
}

impl<'a> Fields<'a> {
    /// Takes the fields of an object.
    pub fn of(json: Json<'a>) -> Result<Self, Fault> {
        match json {
            Json::Object(left) => Ok(Self { left, faults: Faults::default() }),
            _ => Err(Fault::new(FaultKind::WrongType, "Input should be a valid dictionary")),
        }
    }

    /// Reads a field that has to be there.
    pub fn required<T, E: Into<Faults>>(
        &mut self,
        name: &str,
        read: impl FnOnce(Json<'a>) -> Result<T, E>,
    ) -> Option<T> {
        match self.take(name)? {
            Some(json) => self.record(name, read(json)),
            None => self.record(name, Err(Fault::new(FaultKind::MissingField, "Field required"))),
        }
    }

    /// Reads a field that may be absent or `null`, which is the same.
    pub fn optional<T, E: Into<Faults>>(
        &mut self,
        name: &str,
        read: impl FnOnce(Json<'a>) -> Result<T, E>,
    ) -> Option<Option<T>> {
        match self.take(name)? {
            None | Some(Json::Null) => Some(None),
            Some(json) => self.record(name, read(json)).map(Some),
        }
    }

    /// Checks together what was read from several fields; a fault is put down to the field `name`, or to the whole where that is empty.
    pub fn check<T, U>(
        &mut self,
        name: &str,
        values: Option<T>,
        check: impl FnOnce(T) -> Result<U, Fault>,
    ) -> Option<U> {
        let checked = check(values?);
        self.record(name, checked)
    }

    /// Returns the result of `build` if no fault was found and no field is left.
    pub fn finish<T>(mut self, build: impl FnOnce() -> Option<T>) -> Result<T, Faults> {
        self.faults.0.reserve_exact(self.left.len());
        for (name, _) in std::mem::take(&mut self.left) {
            let unknown = Fault::new(FaultKind::UnknownField, "Extra inputs are not permitted");
            self.faults.extend(&excerpt(&name), unknown);
        }
        if !self.faults.0.is_empty() {
            return Err(self.faults);
        }
        build().ok_or(self.faults)
    }

    /// The field `name`, where it is there; a fault where it is there twice.
    fn take(&mut self, name: &str) -> Option<Option<Json<'a>>> {
        let mut taken = self.left.extract_if(.., |(key, _)| key == name).map(|(_, json)| json);
        let first = taken.next();
        if taken.count() > 0 {
            self.faults.extend(name, Fault::new(FaultKind::DuplicateField, "Field should be given once"));
            return None;
        }
        Some(first)
    }

    fn record<T, E: Into<Faults>>(&mut self, name: &str, result: Result<T, E>) -> Option<T> {
        result.map_err(|part| self.faults.extend(name, part)).ok()
    }
}

/// Reads an integer. A number without a fraction is one however it is written, as in pydantic: `600`, `600.0` and `6e2`.
pub(super) fn integer(json: Json) -> Result<i64, Fault> {
    match json {
        Json::Integer(value) => Ok(value),
        // A number outside of `i64` becomes the nearest `i64`, which is far outside of every accepted range.
        Json::Fraction(value) if value.fract() == 0.0 => Ok(value as i64),
        _ => Err(Fault::new(FaultKind::WrongType, "Input should be a valid integer")),
    }
}

/// Reads a number, whichever way it is written.
pub(super) fn number(json: Json) -> Result<f64, Fault> {
    match json {
        // What is larger was pulled to it when it was read.
        Json::Integer(i64::MAX) => {
            Err(Fault::new(FaultKind::OutOfRange, "Input should be written with an exponent, such as 1e19"))
        }
        Json::Integer(value) => Ok(value as f64),
        Json::Fraction(value) if value.abs() >= OVERFLOW => {
            Err(Fault::new(FaultKind::OutOfRange, format!("Input should be between -{OVERFLOW:e} and {OVERFLOW:e}")))
        }
        Json::Fraction(value) => Ok(value),
        _ => Err(Fault::new(FaultKind::WrongType, "Input should be a valid number")),
    }
}

/// Reads `true` or `false`.
pub(super) fn flag(json: Json) -> Result<bool, Fault> {
    match json {
        Json::Flag(value) => Ok(value),
        _ => Err(Fault::new(FaultKind::WrongType, "Input should be a valid boolean")),
    }
}

/// Reads one of a few words, of which there are at least two.
pub(super) fn word<T: Copy>(json: Json, words: &[(&str, T)]) -> Result<T, Fault> {
    let text = text(json)?;
    words.iter().find(|(word, _)| *word == text).map(|&(_, value)| value).ok_or_else(|| {
        let quoted: Vec<String> = words.iter().map(|(word, _)| format!("'{word}'")).collect();
        let (last, others) = quoted.split_last().map_or(("", &[][..]), |(last, others)| (last.as_str(), others));
        Fault::new(FaultKind::OutOfRange, format!("Input should be {} or {last}", others.join(", ")))
    })
}

/// Reads a string.
pub(super) fn text(json: Json<'_>) -> Result<Cow<'_, str>, Fault> {
    match json {
        Json::Text(value) => Ok(value),
        _ => Err(Fault::new(FaultKind::WrongType, "Input should be a valid string")),
    }
}

/// Reads a list, each item with `item`; one of more than `most` items is refused without reading them.
pub(super) fn list<'a, T, E: Into<Faults>>(
    json: Json<'a>,
    most: usize,
    item: impl Fn(Json<'a>) -> Result<T, E>,
) -> Result<Vec<T>, Faults> {
    let Json::List(items) = json else {
        return Err(Fault::new(FaultKind::WrongType, "Input should be a valid list").into());
    };
    at_most(most, items.len())?;
    let mut faults = Faults::default();
    let mut values = Vec::with_capacity(items.len());
    for (index, json) in items.into_iter().enumerate() {
        match item(json) {
            Ok(value) => values.push(value),
            Err(part) => faults.extend(&format!("[{index}]"), part),
        }
    }
    if faults.0.is_empty() { Ok(values) } else { Err(faults) }
}

/// Refuses a list of `count` items where `most` are allowed.
pub(super) fn at_most(most: usize, count: usize) -> Result<(), Fault> {
    if count <= most {
        return Ok(());
    }
    let text = format!("List should have at most {most} items after validation, not {count}");
    Err(Fault::new(FaultKind::TooMany, text))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::http::wire::json;

    fn fields(body: &str) -> Fields<'_> {
        Fields::of(json::parse(body.as_bytes(), 8).unwrap()).unwrap()
    }

    fn sentences(result: Result<(), Faults>) -> Vec<String> {
        result.unwrap_err().0.iter().map(Fault::sentence).collect()
    }

    #[test]
    fn every_fault_has_its_place_seen_from_the_top() {
        let mut top = fields(r#"{"x":1,"list":[{"a":"no"},[],{"a":2,"b":3}]}"#);
        let item = |json| {
            let mut item = Fields::of(json)?;
            let a = item.required("a", integer);
            item.finish(|| a)
        };
        let items = top.required("list", |json| list(json, 3, item));
        assert_eq!(
            sentences(top.finish(|| items.map(drop))),
            [
                "Input should be a valid integer: list[0].a",
                "Input should be a valid dictionary: list[1]",
                "Extra inputs are not permitted: list[2].b",
                "Extra inputs are not permitted: x",
            ]
        );
    }

    #[test]
    fn a_field_given_twice_is_refused_even_if_both_are_equal_or_one_is_null() {
        for body in [r#"{"a":1,"a":1}"#, r#"{"a":1,"a":2}"#, r#"{"a":null,"a":1}"#] {
            let mut fields = fields(body);
            assert_eq!(fields.optional("a", integer), None);
            assert_eq!(sentences(fields.finish(|| Some(()))), ["Field should be given once: a"]);
        }
    }

    #[test]
    fn null_is_absent_where_it_may_be_and_of_the_wrong_type_where_not() {
        let mut fields = fields(r#"{"a":null,"b":null}"#);
        assert_eq!(fields.optional("a", integer), Some(None));
        assert_eq!(fields.required("b", integer), None);
        assert_eq!(sentences(fields.finish(|| Some(()))), ["Input should be a valid integer: b"]);
    }

    #[test]
    fn an_unknown_name_is_shown_escaped_and_short() {
        let name = format!("\u{1b}{}", "x".repeat(90 * 1024));
        let fields = Fields { left: vec![(Cow::Owned(name), Json::Null)], faults: Faults::default() };
        let expected = format!("Extra inputs are not permitted: \\u{{1b}}{}…", "x".repeat(63));
        assert_eq!(sentences(fields.finish(|| Some(()))), [expected]);
    }

    #[test]
    fn a_list_that_is_too_long_is_one_fault() {
        let faults = list(Json::List(vec![Json::Null; 4]), 3, integer).unwrap_err();
        assert_eq!(faults.0[0].text, "List should have at most 3 items after validation, not 4");
        assert_eq!(faults.0.len(), 1);
    }
}
