//! Texts that the program adds to an image, in the language of the chart.
//!
//! Names and units from the request are never translated.

use crate::error::Reason;
use crate::request::{Kind, Language, LegendValue, Period, Statistic};

/// Returns the name of a statistic, such as `Average`.
pub(in crate::chart) fn statistic(statistic: Statistic, language: Language) -> String {
    let name = match (language, statistic) {
        (_, Statistic::Percentile(_)) => return statistic.to_string(),
        (Language::English, Statistic::Average) => "Average",
        (Language::English, Statistic::Sum) => "Sum",
        (Language::English, Statistic::Maximum) => "Maximum",
        (Language::English, Statistic::Minimum) => "Minimum",
        (Language::English, Statistic::Count) => "Count",
        (Language::Korean, Statistic::Average) => "평균",
        (Language::Korean, Statistic::Sum) => "합계",
        (Language::Korean, Statistic::Maximum) => "최대",
        (Language::Korean, Statistic::Minimum) => "최소",
        (Language::Korean, Statistic::Count) => "개수",
    };
    name.to_owned()
}

/// Returns the length of a bucket, such as `5 min` or `5분`.
pub(in crate::chart) fn period(period: Period, language: Language) -> String {
    let text = period.to_string();
    let unit = |word: &str| match word {
        "s" => "초",
        "min" => "분",
        "h" => "시간",
        _ => "일",
    };
    match (language, text.split_once(' ')) {
        (Language::Korean, Some((number, word))) => format!("{number}{}", unit(word)),
        _ => text,
    }
}

/// Returns the text in the middle of an empty plot.
pub(in crate::chart) fn no_data(language: Language) -> &'static str {
    match language {
        Language::English => "No data",
        Language::Korean => "데이터 없음",
    }
}

/// Returns the note after the name of a series without data.
pub(in crate::chart) fn without_data(language: Language) -> &'static str {
    match language {
        Language::English => "no data",
        Language::Korean => "데이터 없음",
    }
}

/// Returns the text of the error image of a chart without any data from its sources.
pub fn no_answer(reason: Reason, language: Language) -> &'static str {
    match (language, reason) {
        (Language::English, Reason::Down) => "No answer: the source cannot be reached",
        (Language::English, Reason::Refused) => "No answer: the source refused",
        (Language::English, Reason::Malformed) => "No answer: what the source sent cannot be read",
        (Language::English, Reason::TooBig | Reason::TooManySamples { .. }) => "No answer: the source sent too much",
        (Language::English, Reason::NativeHistogram) => "No answer: native histogram, needs an expression",
        (Language::English, Reason::CircuitOpen { .. }) => "No answer: requests to the source are suspended",
        (Language::English, Reason::Timeout) => "No answer: the source took too long",
        (Language::Korean, Reason::Down) => "응답 없음: 소스에 연결할 수 없음",
        (Language::Korean, Reason::Refused) => "응답 없음: 소스가 거부함",
        (Language::Korean, Reason::Malformed) => "응답 없음: 소스의 응답을 읽을 수 없음",
        (Language::Korean, Reason::TooBig | Reason::TooManySamples { .. }) => "응답 없음: 소스의 응답이 너무 큼",
        (Language::Korean, Reason::NativeHistogram) => "응답 없음: 네이티브 히스토그램, 표현식 필요",
        (Language::Korean, Reason::CircuitOpen { .. }) => "응답 없음: 소스 요청이 일시 중단됨",
        (Language::Korean, Reason::Timeout) => "응답 없음: 소스 응답 시간 초과",
    }
}

/// Returns the note after the name of a series whose source failed.
pub(in crate::chart) fn error(reason: Reason, language: Language) -> &'static str {
    match (language, reason) {
        (Language::English, Reason::NativeHistogram) => "⚠ native histogram",
        (Language::Korean, Reason::NativeHistogram) => "⚠ 네이티브 히스토그램",
        (Language::English, Reason::CircuitOpen { .. }) => "⚠ source suspended",
        (Language::Korean, Reason::CircuitOpen { .. }) => "⚠ 소스 일시 중단",
        (Language::English, _) => "⚠ error",
        (Language::Korean, _) => "⚠ 오류",
    }
}

/// Returns the count of names left out.
pub(in crate::chart) fn more(count: usize, language: Language) -> String {
    match language {
        Language::English => format!("+{count} more"),
        Language::Korean => format!("외 {count}개"),
    }
}

/// Returns the count of series without emphasis.
pub(in crate::chart) fn others(count: usize, language: Language) -> String {
    match (language, count) {
        (Language::English, 1) => "1 other".to_owned(),
        (Language::English, _) => format!("{count} others"),
        (Language::Korean, _) => format!("그 외 {count}개"),
    }
}

/// The numbers of failed, incomplete and truncated series.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::chart) struct SeriesProblems {
    /// Series whose source failed.
    pub failed: usize,
    /// Series whose source returned partial data.
    pub incomplete: usize,
    /// Values that a logarithmic axis cannot show.
    pub undrawn: usize,
    /// Series that the limit of a split metric left out.
    pub truncated: usize,
    /// All series.
    pub of: usize,
}

/// Returns the warning texts, from the most detailed to the shortest; empty without problems.
pub(in crate::chart) fn warnings(problems: SeriesProblems, language: Language) -> Vec<String> {
    let (lines, values) = (series_warnings(problems, language), value_warnings(problems.undrawn, language));
    let texts = match (lines.first(), values.last()) {
        (Some(line), Some(value)) => [format!("{line}, {value}")].into_iter().chain(lines).collect(),
        (None, Some(_)) => values.into_iter().map(|value| format!("⚠ {value}")).chain(["⚠".to_owned()]).collect(),
        _ => lines,
    };
    match (problems.truncated, texts.first()) {
        (0, _) => texts,
        (truncated, None) => vec![more(truncated, language)],
        (truncated, Some(first)) => {
            [format!("{first}, {}", more(truncated, language))].into_iter().chain(texts).collect()
        }
    }
}

/// Returns the warnings about values that a logarithmic axis cannot show.
fn value_warnings(undrawn: usize, language: Language) -> Vec<String> {
    match (language, undrawn) {
        (_, 0) => Vec::new(),
        (Language::English, 1) => {
            vec![
                "1 value of zero or less is not on the logarithmic axis".to_owned(),
                "1 value ≤ 0 not drawn".to_owned(),
            ]
        }
        (Language::English, _) => vec![
            format!("{undrawn} values of zero or less are not on the logarithmic axis"),
            format!("{undrawn} values ≤ 0 not drawn"),
        ],
        (Language::Korean, _) => {
            vec![format!("0 이하의 값 {undrawn}개는 로그 축에 표시할 수 없음"), format!("0 이하 값 {undrawn}개 제외")]
        }
    }
}

fn series_warnings(problems: SeriesProblems, language: Language) -> Vec<String> {
    let SeriesProblems { failed, incomplete, of, .. } = problems;
    let wrong = failed + incomplete;
    let texts = match (language, failed, incomplete) {
        (_, 0, 0) => return Vec::new(),
        (Language::English, _, 0) => {
            [format!("⚠ {failed} of {of} series failed"), format!("⚠ {failed} of {of} failed")]
        }
        (Language::English, 0, _) => {
            [format!("⚠ {incomplete} of {of} series may be incomplete"), format!("⚠ {incomplete} of {of} incomplete")]
        }
        (Language::English, _, _) => [
            format!("⚠ {failed} of {of} series failed, {incomplete} may be incomplete"),
            format!("⚠ {failed} failed, {incomplete} incomplete"),
        ],
        (Language::Korean, _, 0) => [format!("⚠ 시리즈 {of}개 중 {failed}개 실패"), format!("⚠ {failed}개 실패")],
        (Language::Korean, 0, _) => {
            [format!("⚠ 시리즈 {of}개 중 {incomplete}개는 불완전할 수 있음"), format!("⚠ {incomplete}개 불완전")]
        }
        (Language::Korean, _, _) => [
            format!("⚠ 시리즈 {of}개 중 {failed}개 실패, {incomplete}개는 불완전할 수 있음"),
            format!("⚠ {failed}개 실패, {incomplete}개 불완전"),
        ],
    };
    texts.into_iter().chain([format!("⚠ {wrong}/{of}"), "⚠".to_owned()]).collect()
}

/// Returns the name of the right axis.
pub(in crate::chart) fn right_axis(language: Language) -> &'static str {
    match language {
        Language::English => "right axis",
        Language::Korean => "오른쪽 축",
    }
}

/// Returns the names of the last, lowest and highest value.
pub(in crate::chart) fn last_low_high(language: Language) -> [&'static str; 3] {
    match language {
        Language::English => ["last", "min", "max"],
        Language::Korean => ["최근", "최소", "최대"],
    }
}

/// Returns the heading of a column of statistics.
pub(in crate::chart) fn legend_value(value: LegendValue, language: Language) -> &'static str {
    match (language, value) {
        (Language::English, LegendValue::Min) => "min",
        (Language::English, LegendValue::Average) => "avg",
        (Language::English, LegendValue::Max) => "max",
        (Language::English, LegendValue::Last) => "last",
        (Language::Korean, LegendValue::Min) => "최소",
        (Language::Korean, LegendValue::Average) => "평균",
        (Language::Korean, LegendValue::Max) => "최대",
        (Language::Korean, LegendValue::Last) => "최근",
    }
}

/// Returns the note on how series with more points than pixels were reduced, long and short.
pub(in crate::chart) fn reduced(kind: Kind, language: Language) -> [&'static str; 2] {
    match (language, kind) {
        (Language::English, Kind::Band) => ["mean and extremes of each pixel column", "means"],
        (Language::English, _) => ["thinned to the extremes of each pixel column", "thinned"],
        (Language::Korean, Kind::Band) => ["픽셀 열별 평균과 최소·최대", "평균"],
        (Language::Korean, _) => ["픽셀 열별 최소·최대로 축약", "축약"],
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn first_warning(failed: usize, incomplete: usize) -> Option<String> {
        warnings(SeriesProblems { failed, incomplete, undrawn: 0, truncated: 0, of: 5 }, Language::English)
            .into_iter()
            .next()
    }

    #[test]
    fn one_warning_reports_failed_and_incomplete_series() {
        assert_eq!(first_warning(0, 0), None);
        assert_eq!(first_warning(2, 0).unwrap(), "⚠ 2 of 5 series failed");
        assert_eq!(first_warning(0, 1).unwrap(), "⚠ 1 of 5 series may be incomplete");
        assert_eq!(first_warning(2, 1).unwrap(), "⚠ 2 of 5 series failed, 1 may be incomplete");
    }

    #[test]
    fn warnings_count_series_that_a_split_left_out() {
        let texts = |failed, language| {
            let problems = SeriesProblems { failed, incomplete: 0, undrawn: 0, truncated: 37, of: 12 };
            warnings(problems, language).into_iter().next().unwrap()
        };
        assert_eq!(texts(0, Language::English), "+37 more");
        assert_eq!(texts(1, Language::English), "⚠ 1 of 12 series failed, +37 more");
        assert_eq!(texts(0, Language::Korean), more(37, Language::Korean));
    }

    #[test]
    fn each_warning_is_shorter_than_the_one_before() {
        for language in [Language::English, Language::Korean] {
            for (failed, incomplete, undrawn) in [(2, 0, 0), (0, 2, 0), (1, 1, 0), (0, 0, 1), (0, 0, 40), (2, 1, 7)] {
                let texts = warnings(SeriesProblems { failed, incomplete, undrawn, truncated: 0, of: 5 }, language);
                let lengths: Vec<_> = texts.iter().map(|text| text.chars().count()).collect();
                assert!(lengths.is_sorted_by(|a, b| a > b), "{texts:?}");
            }
        }
    }
}
