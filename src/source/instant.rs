//! Instants as the services of OpenStack write them, as in `2026-01-01T00:00:00+00:00`.
//!
//! Used by the sources whose replies have them, and by the session at Keystone. Always in universal time.

/// The Unix second that `text` is in; `None` where it is no instant of universal time.
pub(super) fn second(text: &str) -> Option<i64> {
    let (date, time) = text.split_once('T')?;
    let time = time.strip_suffix('Z').or_else(|| time.strip_suffix("+00:00"))?;
    let (time, fraction) = time.split_once('.').unwrap_or((time, "0"));
    let [year, month, day] = numbers(date, '-', [4, 2, 2])?;
    let [hour, minute, second] = numbers(time, ':', [2, 2, 2])?;
    let is_right = (1..=12).contains(&month)
        && (1..=31).contains(&day)
        && hour < 24
        && minute < 60
        && second < 60
        && fraction.bytes().all(|byte| byte.is_ascii_digit());
    is_right.then(|| day_of(year, month, day) * 86_400 + hour * 3600 + minute * 60 + second)
}

/// Three numbers with so many digits each.
fn numbers(text: &str, between: char, digits: [usize; 3]) -> Option<[i64; 3]> {
    let parts: Vec<&str> = text.split(between).collect();
    let mut numbers = [0; 3];
    if parts.len() != numbers.len() {
        return None;
    }
    for ((number, part), digits) in numbers.iter_mut().zip(parts).zip(digits) {
        let is_plain = part.len() == digits && part.bytes().all(|byte| byte.is_ascii_digit());
        *number = part.parse().ok().filter(|_| is_plain)?;
    }
    Some(numbers)
}

/// Days since 1970-01-01. Years are counted from March, so that a leap day is the last of its year.
fn day_of(year: i64, month: i64, day: i64) -> i64 {
    let year = if month <= 2 { year - 1 } else { year };
    let since_march = (month + 9) % 12;
    let day_of_year = (153 * since_march + 2) / 5 + day - 1;
    365 * year + year.div_euclid(4) - year.div_euclid(100) + year.div_euclid(400) + day_of_year - 719_468
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::request::Date;

    #[test]
    fn instants_are_read_to_the_second() {
        assert_eq!(second("2026-01-01T00:00:00+00:00"), Some(1_767_225_600));
        assert_eq!(second("2015-11-07T01:58:43.578929Z"), Some(1_446_861_523));
        assert_eq!(second("2000-02-29T12:34:56Z"), Some(951_827_696));
    }

    #[test]
    fn what_is_no_instant_of_universal_time_is_none() {
        for text in [
            "",
            "2026-01-01",
            "2026-01-01T00:00:00",
            "2026-01-01T00:00:00+01:00",
            "2026-13-01T00:00:00Z",
            "2026-1-1T0:0:0Z",
        ] {
            assert_eq!(second(text), None, "{text}");
        }
        assert_eq!(second("+026-01-01T00:00:00Z"), None);
        assert_eq!(second("2026-01-01T24:00:00Z"), None);
        assert_eq!(second("2026-01-01T00:00:00.+1Z"), None);
    }

    #[test]
    fn every_day_is_the_one_after_the_day_before() {
        for day in 0..50_000 {
            let Date { year, month, day: of_month, .. } = Date::of_day(day);
            assert_eq!(day_of(year.into(), month.into(), of_month.into()), day);
        }
    }
}
