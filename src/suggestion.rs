//! "Did you mean": the known word that a typing error resembles.

/// Jaro-Winkler similarity above which a word is suggested, as in clap.
const MIN_SIMILARITY: f64 = 0.7;

/// Returns the word of `known` that is most similar to `given`; `None` if none is similar enough to be a typing error.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str>) -> Option<&'a str> {
    let scored = known.into_iter().map(|word| (strsim::jaro_winkler(given, word), word));
    let (similarity, word) = scored.max_by(|one, two| one.0.total_cmp(&two.0))?;
    (similarity > MIN_SIMILARITY).then_some(word)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_typing_error_has_a_suggestion_and_another_word_has_none() {
        assert_eq!(nearest("tittle", ["timezone", "title", "theme"]), Some("title"));
        assert_eq!(nearest("zzz", ["timezone", "title", "theme"]), None);
        assert_eq!(nearest("title", []), None);
    }
}
