//! A JSON text as a small tree, read before anything is known of its fields.
//!
//! The tree keeps what a struct would swallow: fields given twice, the order of fields, and whether a number was written as an
//! integer. Its texts are those of the body itself, as far as nothing in them is escaped. A complete list gives its spare capacity back, so
//! that parsing takes at most 48 bytes for each byte of the body: 32 bytes an item, and three times that while the longest list grows.
//! Called by the readers of this room; whatever comes out is UTF-8, complete and no deeper than allowed.

use crate::error::{Fault, FaultKind};
use serde::Deserialize;
use serde::de::{DeserializeSeed, Deserializer, Error, MapAccess, SeqAccess, Visitor};
use serde_json::error::Category;
use std::borrow::Cow;
use std::fmt;

/// One value of the text.
#[derive(Debug, Clone, PartialEq)]
pub(super) enum Json<'a> {
    Null,
    /// Written without fraction and exponent; pulled to the nearest `i64`, which is far outside of every range that we accept.
    Integer(i64),
    Text(Cow<'a, str>),
    List(Vec<Json<'a>>),
    /// Every field as it was written, also one that comes twice.
    Object(Vec<(Cow<'a, str>, Json<'a>)>),
    /// Written with fraction or exponent, or too large for any integer; finite, see [`OVERFLOW`].
    Fraction(f64),
    Flag(bool),
}

/// Reads a whole body, with objects and lists nested at most `depth` deep.
pub(super) fn parse(body: &[u8], depth: usize) -> Result<Json<'_>, Fault> {
    let text = std::str::from_utf8(body).map_err(|error| {
        let text = format!("Input should be UTF-8, which it is not from byte {} on", error.valid_up_to());
        Fault::new(FaultKind::InvalidUtf8, text)
    })?;
    let tree = match tree(text, depth) {
        Err(error) if is_overflow(&error) => self::tree(&without_overflow(text), depth).map(Json::into_owned),
        tree => tree,
    };
    tree.map_err(|error| {
        let text = match error.classify() {
            Category::Data => format!("Input should be nested at most {depth} deep"),
            Category::Syntax | Category::Eof | Category::Io => {
                format!("Invalid JSON: line {} column {}", error.line(), error.column())
            }
        };
        Fault::new(FaultKind::InvalidJson, text)
    })
}

fn tree(text: &str, depth: usize) -> serde_json::Result<Json<'_>> {
    let mut json = serde_json::Deserializer::from_str(text);
    let tree = Node { depth }.deserialize(&mut json)?;
    json.end().map(|()| tree)
}

/// Stands for every number that is too large for an `f64`, such as `1e400`; with its sign. It is as short as the shortest of them.
pub(super) const OVERFLOW: f64 = 9e307;
const OVERFLOW_TEXT: &str = "9e307";

/// Returns whether a number was too large, which serde_json tells by its words alone.
fn is_overflow(error: &serde_json::Error) -> bool {
    error.to_string().starts_with("number out of range")
}

/// Returns `text` with [`OVERFLOW`] in the place of every number that is too large. Everything stays on its line and in its column.
fn without_overflow(text: &str) -> String {
    let mut finite = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(at) = rest.find(|c: char| c == '"' || c == '-' || c.is_ascii_digit()) {
        let (before, from) = rest.split_at(at);
        finite.push_str(before);
        let end = if from.starts_with('"') {
            text_length(from)
        } else {
            from.find(|c: char| !(c.is_ascii_digit() || "+-.eE".contains(c))).unwrap_or(from.len())
        };
        let (token, after) = from.split_at(end);
        match token.parse::<f64>() {
            Ok(number) if number.is_infinite() => {
                let sign = if number < 0.0 { "-" } else { "" };
                finite.extend([sign, OVERFLOW_TEXT]);
                finite.extend(std::iter::repeat_n(' ', token.len() - sign.len() - OVERFLOW_TEXT.len()));
            }
            _ => finite.push_str(token),
        }
        rest = after;
    }
    finite + rest
}

/// Returns the length of the JSON string that `text` begins with, quotes included.
fn text_length(text: &str) -> usize {
    let mut is_escaped = false;
    let closing = |&(_, c): &(usize, char)| {
        let closes = c == '"' && !is_escaped;
        is_escaped = c == '\\' && !is_escaped;
        closes
    };
    text.char_indices().skip(1).find(closing).map_or(text.len(), |(at, _)| at + 1)
}

impl Json<'_> {
    fn into_owned(self) -> Json<'static> {
        let owned = |text: Cow<'_, str>| Cow::Owned(text.into_owned());
        match self {
            Self::Null => Json::Null,
            Self::Integer(value) => Json::Integer(value),
            Self::Text(text) => Json::Text(owned(text)),
            Self::List(items) => Json::List(items.into_iter().map(Json::into_owned).collect()),
            Self::Object(fields) => {
                Json::Object(fields.into_iter().map(|(name, value)| (owned(name), value.into_owned())).collect())
            }
            Self::Fraction(value) => Json::Fraction(value),
            Self::Flag(value) => Json::Flag(value),
        }
    }
}

/// Reads one value; `depth` lists and objects may still be opened.
#[derive(Clone, Copy)]
struct Node {
    depth: usize,
}

impl Node {
    /// Returns the reader of the items of a list or an object that begins here. Fails where no more may be opened.
    fn inside<E: Error>(self) -> Result<Self, E> {
        let depth = self.depth.checked_sub(1).ok_or_else(|| E::custom("too deep"))?;
        Ok(Self { depth })
    }
}

impl<'de> DeserializeSeed<'de> for Node {
    type Value = Json<'de>;

    fn deserialize<D: Deserializer<'de>>(self, json: D) -> Result<Json<'de>, D::Error> {
        json.deserialize_any(self)
    }
}

impl<'de> Visitor<'de> for Node {
    type Value = Json<'de>;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a JSON value")
    }

    fn visit_unit<E>(self) -> Result<Json<'de>, E> {
        Ok(Json::Null)
    }

    fn visit_bool<E>(self, value: bool) -> Result<Json<'de>, E> {
        Ok(Json::Flag(value))
    }

    fn visit_f64<E>(self, value: f64) -> Result<Json<'de>, E> {
        Ok(Json::Fraction(value))
    }

    fn visit_i64<E>(self, value: i64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(value))
    }

    fn visit_u64<E>(self, value: u64) -> Result<Json<'de>, E> {
        Ok(Json::Integer(i64::try_from(value).unwrap_or(i64::MAX)))
    }

    fn visit_str<E>(self, value: &str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Owned(value.to_owned())))
    }

    fn visit_borrowed_str<E>(self, value: &'de str) -> Result<Json<'de>, E> {
        Ok(Json::Text(Cow::Borrowed(value)))
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut items = Vec::new();
        while let Some(item) = list.next_element_seed(inside)? {
            items.push(item);
        }
        items.shrink_to_fit();
        Ok(Json::List(items))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut object: A) -> Result<Json<'de>, A::Error> {
        let inside = self.inside()?;
        let mut fields = Vec::new();
        while let Some(Name(name)) = object.next_key()? {
            fields.push((name, object.next_value_seed(inside)?));
        }
        fields.shrink_to_fit();
        Ok(Json::Object(fields))
    }
}

/// The name of a field. A `Cow` by itself would always be owned.
#[derive(Deserialize)]
#[serde(transparent)]
struct Name<'a>(#[serde(borrow)] Cow<'a, str>);

#[cfg(test)]
mod tests {
    use super::*;

    fn kind(body: impl AsRef<[u8]>) -> Option<FaultKind> {
        parse(body.as_ref(), 8).err().map(|fault| fault.kind)
    }

    #[test]
    fn fields_given_twice_and_their_order_are_kept() {
        let field = |name: &'static str, value| (Cow::Borrowed(name), Json::Integer(value));
        assert_eq!(
            parse(br#"{"b":1,"a":2,"b":3}"#, 8),
            Ok(Json::Object(vec![field("b", 1), field("a", 2), field("b", 3)]))
        );
    }

    #[test]
    fn only_a_number_written_as_an_integer_is_one() {
        assert_eq!(parse(b"-60", 8), Ok(Json::Integer(-60)));
        assert_eq!(parse(b"18446744073709551615", 8), Ok(Json::Integer(i64::MAX)));
        for (text, value) in
            [("600.0", 600.0), ("6e2", 600.0), ("1e0", 1.0), ("18446744073709551616", 18446744073709551616.0)]
        {
            assert_eq!(parse(text.as_bytes(), 8), Ok(Json::Fraction(value)), "{text}");
        }
        assert_eq!((parse(b"true", 8), parse(b"false", 8)), (Ok(Json::Flag(true)), Ok(Json::Flag(false))));
    }

    #[test]
    fn what_is_not_json_is_refused() {
        for text in [
            "",
            " ",
            "{",
            "[1,]",
            "{\"a\":1,}",
            "// no\n1",
            "{'a':1}",
            "{}{}",
            "{} x",
            "NaN",
            "Infinity",
            "-Infinity",
            "01",
            ".5",
            "+1",
            "1.",
            "\u{feff}{}",
            "\"\\ud800\"",
            "\"\\udc00x\"",
            "\"a\nb\"",
            "\"\\x\"",
            "{\"a\":1e999,}",
            "[1e999, 01]",
        ] {
            assert_eq!(kind(text), Some(FaultKind::InvalidJson), "{text}");
        }
    }

    #[test]
    fn a_number_that_is_too_large_is_read_as_the_largest() {
        let nines = "9".repeat(10_000);
        for (text, value) in [
            ("1e309", OVERFLOW),
            ("2E308", OVERFLOW),
            ("-1e400", -OVERFLOW),
            ("1e99999999999999999999", OVERFLOW),
            ("17976931348623159e292", OVERFLOW),
            (&nines, OVERFLOW),
            (&format!("-{nines}"), -OVERFLOW),
            (&format!("{nines}.5"), OVERFLOW),
            ("1e-400", 0.0),
        ] {
            assert_eq!(parse(text.as_bytes(), 8), Ok(Json::Fraction(value)), "{text}");
        }
    }

    #[test]
    fn beside_a_number_that_is_too_large_everything_is_read_as_it_is() {
        let field = |name: &'static str, value| (Cow::Borrowed(name), value);
        let text = |text: &'static str| Json::Text(Cow::Borrowed(text));
        assert_eq!(
            parse(br#"{"1e999":"-1e999\"" ,"a\"1e999":[-1e999,1,"\\",2.5],"n":null}"#, 8),
            Ok(Json::Object(vec![
                field("1e999", text("-1e999\"")),
                field(
                    "a\"1e999",
                    Json::List(vec![Json::Fraction(-OVERFLOW), Json::Integer(1), text("\\"), Json::Fraction(2.5),])
                ),
                field("n", Json::Null),
            ]))
        );
        let fault = parse(b"{\"a\":1e999999,\n\"b\":-1e999999,}", 8).unwrap_err();
        assert_eq!(fault.text, "Invalid JSON: line 2 column 15");
    }

    #[test]
    fn bytes_that_are_not_utf8_are_refused_as_such() {
        for bytes in [&b"{\"a\":\"\xff\"}"[..], b"\"\xc0\xaf\"", b"\"\xed\xa0\x80\"", b"\"\xf4\x90\x80\x80\""] {
            assert_eq!(kind(bytes), Some(FaultKind::InvalidUtf8), "{bytes:?}");
        }
    }

    #[test]
    fn texts_are_those_of_the_body_where_nothing_is_escaped() {
        let tree = parse(br#"{"name":"plain \u0041","\n":"plain"}"#, 8);
        let Ok(Json::Object(fields)) = tree else { panic!("{tree:?}") };
        let [
            (Cow::Borrowed("name"), Json::Text(Cow::Owned(escaped))),
            (Cow::Owned(line), Json::Text(Cow::Borrowed("plain"))),
        ] = &fields[..]
        else {
            panic!("{fields:?}")
        };
        assert_eq!((escaped.as_str(), line.as_str()), ("plain A", "\n"));
    }

    /// Every list and object has room for its items and for no more.
    fn fits(json: &Json<'_>) -> bool {
        match json {
            Json::List(items) => items.capacity() == items.len() && items.iter().all(fits),
            Json::Object(fields) => fields.capacity() == fields.len() && fields.iter().all(|(_, value)| fits(value)),
            Json::Null | Json::Integer(_) | Json::Text(_) | Json::Fraction(_) | Json::Flag(_) => true,
        }
    }

    #[test]
    fn a_long_list_takes_the_memory_of_its_items_and_no_more() {
        for text in [
            "[]",
            " [ ] ",
            "{}",
            "[1]",
            "[[],[[]],{},[{}]]",
            r#"{"a":[1,2,{"b":[],"c":{}}],"d":"","d":null}"#,
            r#"["[","],[","\"",",","\\",{"{\"":"}"},"]"]"#,
            " { \"a\" : [ 1 , 2\n, 3 ] ,\t\"b\" : -1e3 }\r\n",
            "7",
        ] {
            assert!(fits(&parse(text.as_bytes(), 8).unwrap()), "{text}");
        }
        let digits = format!("[{}1]", "1,".repeat(50_000));
        assert!(fits(&parse(digits.as_bytes(), 8).unwrap()));
    }

    #[test]
    fn depth_ends_at_the_limit() {
        let nested = |depth: usize| "[".repeat(depth) + &"]".repeat(depth);
        assert_eq!(kind(nested(8)), None);
        for depth in [9, 128, 100_000] {
            let fault = parse(nested(depth).as_bytes(), 8).unwrap_err();
            assert_eq!((fault.kind, &*fault.text), (FaultKind::InvalidJson, "Input should be nested at most 8 deep"));
        }
        assert_eq!(kind("{\"a\":".repeat(100_000)), Some(FaultKind::InvalidJson));
    }
}
