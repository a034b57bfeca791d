//! Dates as people write them: `Fri 15`, `4 May`, `21 May 2026`; `15일 (금)`, `5월 4일`, `2026년 5월 21일`.

use crate::request::{Date, Language, Weekday};

const WEEKDAYS: [&str; 7] = ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"];
const KOREAN_WEEKDAYS: [&str; 7] = ["월", "화", "수", "목", "금", "토", "일"];
const MONTHS: [&str; 12] = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];

fn weekday(Weekday(number): Weekday, language: Language) -> &'static str {
    let names = match language {
        Language::English => WEEKDAYS,
        Language::Korean => KOREAN_WEEKDAYS,
    };
    names[usize::from(number) % 7]
}

/// Returns `Fri 15` or `15일 (금)`.
pub(in crate::chart) fn weekday_day(date: Date, language: Language) -> String {
    let (day, weekday) = (date.day, weekday(date.weekday, language));
    match language {
        Language::English => format!("{weekday} {day}"),
        Language::Korean => format!("{day}일 ({weekday})"),
    }
}

/// Returns `4 May` or `5월 4일`.
pub(in crate::chart) fn day_month(date: Date, language: Language) -> String {
    match language {
        Language::English => format!("{} {}", date.day, month(date, language)),
        Language::Korean => format!("{} {}일", month(date, language), date.day),
    }
}

/// Returns `Mon 4 May` or `5월 4일 (월)`.
pub(in crate::chart) fn weekday_day_month(date: Date, language: Language) -> String {
    let (day, weekday) = (day_month(date, language), weekday(date.weekday, language));
    match language {
        Language::English => format!("{weekday} {day}"),
        Language::Korean => format!("{day} ({weekday})"),
    }
}

/// Returns `Mar` or `3월`.
pub(in crate::chart) fn month(date: Date, language: Language) -> String {
    match language {
        Language::English => MONTHS[(date.month.unsigned_abs() as usize + 11) % 12].to_owned(),
        Language::Korean => format!("{}월", date.month),
    }
}

/// Returns `2026` or `2026년`.
pub(in crate::chart) fn year(date: Date, language: Language) -> String {
    match language {
        Language::English => date.year.to_string(),
        Language::Korean => format!("{}년", date.year),
    }
}

/// Returns `21 May 2026` or `2026년 5월 21일`.
pub(in crate::chart) fn day_month_year(date: Date, language: Language) -> String {
    with_year(&day_month(date, language), date, language)
}

/// Returns `Thu 21 May 2026` or `2026년 5월 21일 (목)`.
pub(in crate::chart) fn full(date: Date, language: Language) -> String {
    with_year(&weekday_day_month(date, language), date, language)
}

fn with_year(text: &str, date: Date, language: Language) -> String {
    match language {
        Language::English => format!("{text} {}", date.year),
        Language::Korean => format!("{}년 {text}", date.year),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn dates_are_written_as_people_do() {
        let date = Date::of_day(20_577); // 2026-05-04, a Monday
        let texts = |language| {
            [weekday_day, day_month, weekday_day_month, month, year, day_month_year, full].map(|of| of(date, language))
        };
        let english = ["Mon 4", "4 May", "Mon 4 May", "May", "2026", "4 May 2026", "Mon 4 May 2026"];
        assert_eq!(texts(Language::English), english);
        let korean = ["4일 (월)", "5월 4일", "5월 4일 (월)", "5월", "2026년", "2026년 5월 4일", "2026년 5월 4일 (월)"];
        assert_eq!(texts(Language::Korean), korean);
    }
}
