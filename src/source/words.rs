//! What becomes of the words of the other side before they go to the log.

/// At most 200 characters, escaped.
pub(super) fn excerpt(text: &str) -> String {
    text.chars().take(200).flat_map(char::escape_debug).collect()
}

/// The five entities that servers write into JSON for browsers, as the characters they mean.
pub(super) fn unescaped(text: &str) -> String {
    let entities = [("&#39;", "'"), ("&quot;", "\""), ("&lt;", "<"), ("&gt;", ">"), ("&amp;", "&")];
    entities.into_iter().fold(text.to_owned(), |text, (entity, character)| text.replace(entity, character))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn entities_are_what_they_mean_and_are_read_once() {
        assert_eq!(
            unescaped("No such name for &#39;metrics&#39;: &quot;a &lt;&amp;lt;&quot;"),
            "No such name for 'metrics': \"a <&lt;\""
        );
    }

    #[test]
    fn an_excerpt_is_short_and_on_one_line() {
        assert_eq!(excerpt("a\nb"), "a\\nb");
        assert_eq!(excerpt(&"é".repeat(300)).chars().count(), 200);
    }
}
