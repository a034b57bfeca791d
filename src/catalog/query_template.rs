//! Placeholders `${key}` in configured queries: a dimension's value is inserted there.
//!
//! A label's value is literal or exactly one placeholder. In an expression a placeholder stands for a string of the
//! source's language; the source writes it with quotes, so it must not be between quotes, and a client's value is never
//! a pattern. Both are checked at start-up.

/// Origin of a label's value.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum LabelValue {
    /// The operator's text.
    Literal(String),
    /// The whole value of the dimension with this key.
    Dimension(String),
    /// The request's namespace.
    Namespace,
}

/// A token of an expression template.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Token {
    /// The operator's text.
    Text(String),
    /// The value of the dimension with this key, quoted by the source.
    Dimension(String),
    /// The resolution as a duration.
    Resolution,
}

/// Faults of placeholders.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[allow(missing_docs)]
pub enum TemplateFault {
    #[error("'{0}' mixes text and a placeholder; a label's value is either text or one ${{key}} alone")]
    Embedded(String),
    #[error("'${{' is never closed; write ${{key}}")]
    Unclosed,
    #[error("${{}} names no dimension; write ${{key}}")]
    Empty,
    #[error("${{{0}}} stands between quotes, but brings its own; write {0}=${{{0}}}, without quotes")]
    Quoted(String),
    #[error(
        "${{resolution}} is a duration and stands between quotes; write it without quotes, as in [${{resolution}}]"
    )]
    QuotedResolution,
    #[error("${{{0}}} is used as a pattern, but a caller's value is plain text; write {0}=${{{0}}}")]
    Pattern(String),
    #[error("a {0} is never closed")]
    OpenQuote(char),
    #[error("it is empty")]
    Nothing,
}

/// Name of the placeholder for the resolution, which is no dimension.
pub(super) const RESOLUTION: &str = "resolution";

const OPEN: &str = "${";

/// Parses a label's value.
pub(super) fn label_value(text: &str) -> Result<LabelValue, TemplateFault> {
    let alone = text.strip_prefix(OPEN).and_then(|rest| rest.strip_suffix('}'));
    match alone {
        Some("") => Err(TemplateFault::Empty),
        Some(key) if !key.contains(['{', '}']) => Ok(LabelValue::Dimension(key.to_owned())),
        _ if text.contains(OPEN) => Err(TemplateFault::Embedded(text.to_owned())),
        _ => Ok(LabelValue::Literal(text.to_owned())),
    }
}

/// Parses an expression.
pub(super) fn expression(text: &str) -> Result<Vec<Token>, TemplateFault> {
    if text.trim().is_empty() {
        return Err(TemplateFault::Nothing);
    }
    let mut tokens = Vec::new();
    let mut place = Place::Code;
    let mut rest = text;
    while let Some((before, after)) = rest.split_once(OPEN) {
        let (key, after) = after.split_once('}').ok_or(TemplateFault::Unclosed)?;
        place = place.after(before);
        tokens.push(Token::Text(before.to_owned()));
        tokens.push(placeholder(key, before, place)?);
        rest = after;
    }
    if let Place::Quotes(quote) = place.after(rest) {
        return Err(TemplateFault::OpenQuote(quote));
    }
    tokens.push(Token::Text(rest.to_owned()));
    tokens.retain(|token| *token != Token::Text(String::new()));
    Ok(tokens)
}

fn placeholder(key: &str, before: &str, place: Place) -> Result<Token, TemplateFault> {
    match (key, place) {
        ("", _) => Err(TemplateFault::Empty),
        (RESOLUTION, Place::Quotes(_)) => Err(TemplateFault::QuotedResolution),
        (RESOLUTION, _) => Ok(Token::Resolution),
        (_, Place::Quotes(_)) => Err(TemplateFault::Quoted(key.to_owned())),
        _ if before.trim_end().ends_with('~') => Err(TemplateFault::Pattern(key.to_owned())),
        _ => Ok(Token::Dimension(key.to_owned())),
    }
}

/// Lexical context at a position of an expression.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Place {
    Code,
    Comment,
    Quotes(char),
}

impl Place {
    /// Returns the context after `text`: `"` and `'` have backslash escapes, the back quote does not, `#` comments to
    /// the end of the line.
    fn after(self, text: &str) -> Self {
        let mut chars = text.chars();
        let mut place = self;
        while let Some(c) = chars.next() {
            place = match (place, c) {
                (Self::Code, '"' | '\'' | '`') => Self::Quotes(c),
                (Self::Code, '#') => Self::Comment,
                (Self::Comment, '\n') => Self::Code,
                (Self::Quotes('"' | '\''), '\\') => {
                    chars.next();
                    place
                }
                (Self::Quotes(quote), _) if c == quote => Self::Code,
                _ => place,
            };
        }
        place
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(text: &str) -> Token {
        Token::Text(text.to_owned())
    }

    #[test]
    fn a_label_is_text_or_one_placeholder() {
        assert_eq!(label_value("node"), Ok(LabelValue::Literal("node".to_owned())));
        assert_eq!(label_value("${VolumeID}"), Ok(LabelValue::Dimension("VolumeID".to_owned())));
        assert_eq!(label_value(""), Ok(LabelValue::Literal(String::new())));
        for mixed in ["a${b}", "${a}b", "${a}${b}", "${a", "${${a}}"] {
            assert_eq!(label_value(mixed), Err(TemplateFault::Embedded(mixed.to_owned())), "{mixed}");
        }
        assert_eq!(label_value("${}"), Err(TemplateFault::Empty));
    }

    #[test]
    fn an_expression_is_cut_at_its_placeholders() {
        let read = expression("rate(x{a=\"b\",instance=${instance}}[${resolution}])");
        let dimension = Token::Dimension("instance".to_owned());
        let want = vec![text("rate(x{a=\"b\",instance="), dimension, text("}["), Token::Resolution, text("])")];
        assert_eq!(read, Ok(want));
    }

    #[test]
    fn a_quoted_placeholder_is_rejected_with_the_correction() {
        for quoted in ["x{a=\"${a}\"}", "x{a='${a}'}", "x{a=`${a}`}", "x{b=\"\\\"${a}\"}", "# it's\nx{a='${a}'}"] {
            let fault = expression(quoted).unwrap_err();
            assert!(fault.to_string().ends_with("write a=${a}, without quotes"), "{quoted}: {fault}");
        }
        assert_eq!(expression("x{a=\"[${resolution}]\"}"), Err(TemplateFault::QuotedResolution));
        assert!(expression("x{b=\"c\",d='\\'',e=`\\`,a=${a}}").is_ok());
    }

    #[test]
    fn a_value_is_never_a_pattern() {
        assert_eq!(expression("x{a=~${a}}"), Err(TemplateFault::Pattern("a".to_owned())));
        assert_eq!(expression("x{a!~ ${a}}"), Err(TemplateFault::Pattern("a".to_owned())));
    }

    #[test]
    fn unclosed_placeholders_and_quotes_are_rejected() {
        assert_eq!(expression("x{a=${a"), Err(TemplateFault::Unclosed));
        assert_eq!(expression("x{a=\"b}"), Err(TemplateFault::OpenQuote('"')));
        assert_eq!(expression(" "), Err(TemplateFault::Nothing));
    }
}
