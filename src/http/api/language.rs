//! The language that a caller's `Accept-Language` likes best, of the two that we add words in.

use crate::request::Language;
use axum::http::header::{ACCEPT_LANGUAGE, HeaderMap};

/// The best of the languages that are listed with a weight above zero, the first of equal ones; English where there is none.
/// What cannot be read is not listed.
pub(crate) fn preferred(headers: &HeaderMap) -> Language {
    let values = headers.get_all(ACCEPT_LANGUAGE).iter().filter_map(|value| value.to_str().ok());
    let listed = values.flat_map(|value| value.split(',')).filter_map(weighted);
    let best = listed.fold((Language::English, 0), |best, next| if next.1 > best.1 { next } else { best });
    best.0
}

/// A language and its weight in thousandths.
fn weighted(entry: &str) -> Option<(Language, u16)> {
    let (range, weight) = match entry.split_once(';') {
        Some((range, weight)) => (range, thousandths(weight.trim())?),
        None => (entry, 1000),
    };
    let primary = range.split('-').next().unwrap_or_default().trim();
    let language = [("ko", Language::Korean), ("en", Language::English), ("*", Language::English)]
        .into_iter()
        .find(|(tag, _)| primary.eq_ignore_ascii_case(tag));
    Some((language?.1, weight))
}

/// `q=0.5` is 500: a weight of RFC 9110, from 0 to 1 with at most three decimals.
fn thousandths(weight: &str) -> Option<u16> {
    let number = weight.strip_prefix(['q', 'Q'])?.strip_prefix('=')?;
    let (whole, decimals) = number.split_once('.').unwrap_or((number, ""));
    let readable = matches!(whole, "0" | "1") && decimals.len() <= 3 && decimals.bytes().all(|b| b.is_ascii_digit());
    let value = readable.then(|| format!("{whole}{decimals:0<3}").parse().ok())??;
    (value <= 1000).then_some(value)
}

#[cfg(test)]
mod tests {
    use super::*;
    use axum::http::header::HeaderValue;

    fn of(values: &[&str]) -> Language {
        let header = |value: &&str| (ACCEPT_LANGUAGE, HeaderValue::from_str(value).unwrap());
        let headers: HeaderMap = values.iter().map(header).collect();
        preferred(&headers)
    }

    #[test]
    fn korean_is_spoken_to_who_likes_it_best() {
        for values in [
            &["ko-KR"][..],
            &["ko"],
            &["KO-kr"],
            &["ko;q=0.9, en;q=0.8"],
            &["en;q=0.5,ko"],
            &["fr, ko;q=0.1"],
            &["en;q=0", "ko;q=0.001"],
            &["ko, en"],
            &["fr", "ko"],
        ] {
            assert_eq!(of(values), Language::Korean, "{values:?}");
        }
    }

    #[test]
    fn english_is_spoken_to_everyone_else() {
        let long = "xx-YY;q=0.5,".repeat(400);
        for values in [
            &[][..],
            &[""],
            &["xx"],
            &["en"],
            &["en, ko"],
            &["*, ko;q=0.5"],
            &["ko;q=abc"],
            &["ko;q=2"],
            &["ko;q=1.1"],
            &["ko;q=0"],
            &["ko;q=0.0001"],
            &["ko;q"],
            &["kor"],
            &["korean"],
            &[",;,"],
            &["en;q=0.9,ko;q=0.8"],
            &[&long],
        ] {
            assert_eq!(of(values), Language::English, "{values:?}");
        }
    }
}
