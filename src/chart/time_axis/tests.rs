use super::*;
use crate::limits::Limits;
use crate::request::Language;
use proptest::prelude::*;

/// Returns approximate widths in the axis font at 12 px, whose digits are equally wide.
fn width_of(text: &str) -> Px {
    let units: i32 = text
        .chars()
        .map(|c| match c {
            ':' | ' ' | '(' | ')' => 195,
            '-' => 332,
            '+' | '−' => 481,
            '월' | '년' | '일' | '화' | '수' | '목' | '금' | '토' => 664,
            _ => 472,
        })
        .sum();
    Px::from_units(units)
}

/// Returns the labels of a plot in an image of this width.
fn in_image(image_width: i32, language: Language, rows: TimeRows, range: RangeIn) -> TimeLabels<'static> {
    TimeLabels { plot_width: image_width - 72, left: 40, right: 0, language, rows, range, bar: 0, width_of: &width_of }
}

fn axis_of(start: i64, end: i64, zone: &str, image_width: i32, language: Language) -> TimeAxis {
    axis_with(start, end, zone, in_image(image_width, language, TimeRows::Two, RangeIn::SubTitle))
}

fn axis_with(start: i64, end: i64, zone: &str, labels: TimeLabels) -> TimeAxis {
    let limits = Limits { span_seconds: i64::MAX, ..Limits::default() };
    let span = Span::new(start, end, &limits).unwrap();
    time_axis(span, &Zone::parse(zone).unwrap(), labels)
}

/// Returns the axis of an image without a sub-title.
fn stating_range(start: i64, end: i64, rows: TimeRows, image_width: i32, language: Language) -> String {
    labels(&axis_with(start, end, "Asia/Seoul", in_image(image_width, language, rows, RangeIn::FirstLabel)))
}

fn zone_of(start: i64, end: i64, zone: &str) -> String {
    zone_text(Span::new(start, end, &Limits::default()).unwrap(), &Zone::parse(zone).unwrap())
}

fn axis(start: i64, end: i64, zone: &str) -> TimeAxis {
    axis_of(start, end, zone, 600, Language::English)
}

/// Returns `label/second line` of each tick, with a `!` where a day starts.
fn labels(axis: &TimeAxis) -> String {
    let text = |tick: &TimeTick| {
        let date = tick.date.as_ref().map_or_else(String::new, |date| format!("/{date}"));
        format!("{}{date}{}", tick.label, if tick.new_day { "!" } else { "" })
    };
    axis.ticks.iter().map(text).collect::<Vec<_>>().join(" | ")
}

/// Returns `labels` of an image of 600 px in Korean time that ends at 2026-11-21 19:07.
fn ending_at_1907(seconds: i64) -> String {
    labels(&axis(END - seconds, END, "Asia/Seoul"))
}

fn marks(axis: &TimeAxis) -> Vec<(i64, &str)> {
    axis.changes.iter().map(|change| (change.at, change.label.as_str())).collect()
}

fn at(axis: &TimeAxis, label: &str) -> Vec<i64> {
    axis.ticks.iter().filter(|tick| tick.label == label).map(|tick| tick.at).collect()
}

const END: i64 = 1_795_255_620;
const HOUR: i64 = 3600;
const DAY: i64 = 24 * HOUR;
const WEEK: i64 = 7 * DAY;
const MONTH: i64 = 2_629_746;
const YEAR: i64 = 12 * MONTH;

#[test]
fn steps_and_label_counts_match_the_table() {
    // Range, the steps on images 300, 600 and 1200 px wide, the labels on the second.
    let table = [
        (300, [120, 60, 30], 5..=6),
        (900, [300, 120, 60], 7..=8),
        (1800, [600, 300, 120], 6..=7),
        (HOUR, [900, 600, 300], 6..=7),
        (3 * HOUR, [HOUR, 1800, 900], 6..=7),
        (6 * HOUR, [2 * HOUR, HOUR, 1800], 6..=7),
        (12 * HOUR, [3 * HOUR, 2 * HOUR, HOUR], 6..=7),
        (DAY, [6 * HOUR, 3 * HOUR, 2 * HOUR], 8..=9),
        (2 * DAY, [12 * HOUR, 6 * HOUR, 6 * HOUR], 8..=9),
        (3 * DAY, [DAY, 12 * HOUR, 6 * HOUR], 6..=7),
        (7 * DAY, [2 * DAY, DAY, 12 * HOUR], 7..=8),
        (14 * DAY, [WEEK, 2 * DAY, DAY], 7..=8),
        (30 * DAY, [WEEK, WEEK, 2 * DAY], 4..=5),
        (90 * DAY, [MONTH, 2 * WEEK, WEEK], 6..=7),
        (180 * DAY, [2 * MONTH, MONTH, 2 * WEEK], 5..=6),
        (365 * DAY, [6 * MONTH, 2 * MONTH, MONTH], 5..=6),
        (455 * DAY, [6 * MONTH, 2 * MONTH, MONTH], 7..=8),
        (730 * DAY, [YEAR, 3 * MONTH, 2 * MONTH], 7..=8),
        (1826 * DAY, [YEAR, YEAR, 6 * MONTH], 4..=5),
    ];
    let midnight = 1_795_186_800;
    for (range, steps, count) in table {
        for (end, language) in [(END, Language::English), (midnight, Language::Korean)] {
            // Korean dates are wider, which narrow images cannot hold.
            let is_wide = |&(width, _): &(i32, i64)| width > 300 || language == Language::English;
            for (width, step) in [300, 600, 1200].into_iter().zip(steps).filter(is_wide) {
                let axis = axis_of(end - range, end, "Asia/Seoul", width, language);
                let slack = if step < MONTH { 0 } else { 5 * DAY };
                assert!(axis.ticks.len() >= 2, "{range} s, {width} px: {}", labels(&axis));
                for pair in axis.ticks.windows(2) {
                    let distance = pair[1].at - pair[0].at;
                    assert!((distance - step).abs() <= slack, "{range} s, {width} px: {}", labels(&axis));
                }
                if width == 600 {
                    assert!(count.contains(&axis.ticks.len()), "{range} s: {}", labels(&axis));
                }
            }
        }
    }
}

#[test]
fn labels_of_times_and_days_keep_18_px_apart() {
    for range in [300, HOUR, 6 * HOUR, DAY, 3 * DAY, 7 * DAY, 30 * DAY] {
        for width in (300..1600).step_by(13) {
            let axis = axis_of(END - range, END, "Asia/Seoul", width, Language::English);
            let per_second = f64::from(width - 72) / range as f64;
            // Days with their month contain space themselves.
            let least = if labels(&axis).contains(" Nov") { 11.9 } else { 17.9 };
            for pair in axis.ticks.iter().skip(1).collect::<Vec<_>>().windows(2) {
                let half = |tick: &TimeTick| width_of(&tick.label).to_f64() / 2.0;
                let free = (pair[1].at - pair[0].at) as f64 * per_second - half(pair[0]) - half(pair[1]);
                assert!(free >= least, "{free} px at {width} px: {}", labels(&axis));
            }
        }
    }
}

#[test]
fn months_and_years_are_those_of_the_calendar() {
    let days = |range: i64| {
        let ticks = axis(END - range, END, "Asia/Seoul").ticks;
        ticks.windows(2).map(|pair| (pair[1].at - pair[0].at) / DAY).collect::<Vec<_>>()
    };
    assert_eq!(days(365 * DAY), [59, 61, 61, 62, 61]);
    assert_eq!(days(180 * DAY), [30, 31, 31, 30, 31]);
    assert_eq!(days(1826 * DAY), [365, 365, 366, 365]);
}

#[test]
fn a_date_stands_only_where_a_day_begins_within_the_range() {
    assert_eq!(ending_at_1907(1), "19:06:59 | 19:07:00");
    assert_eq!(ending_at_1907(300), "19:02 | 19:03 | 19:04 | 19:05 | 19:06 | 19:07");
    assert_eq!(ending_at_1907(HOUR), "18:10 | 18:20 | 18:30 | 18:40 | 18:50 | 19:00");
    let day = "21:00 | 00:00/Sat 21! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00";
    assert_eq!(ending_at_1907(DAY), day);
    let whole = axis(MIDNIGHT - DAY, MIDNIGHT, "Asia/Seoul");
    let hours = "00:00! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00!";
    assert_eq!(labels(&whole), hours, "a whole day has no other");
}

/// Midnight in Seoul at which 2026-11-21 begins.
const MIDNIGHT: i64 = 1_795_186_800;

#[test]
fn the_date_of_midnight_is_never_dropped() {
    for zone in ["UTC", "Asia/Seoul", "America/Santiago", "Europe/Berlin"] {
        let zone = Zone::parse(zone).unwrap();
        // Santiago's day begins at 01:00 on 2026-09-06.
        for day in [zone.day(MIDNIGHT), zone.day(1_788_667_200)] {
            let midnight = zone.day_start(day);
            for hours in 2..48 {
                for before in (600..hours * HOUR).step_by(1500) {
                    let span = (midnight - before, midnight - before + hours * HOUR);
                    let axis = axis(span.0, span.1, zone.name());
                    let tick = axis.ticks.iter().find(|tick| tick.at == midnight);
                    assert!(tick.is_some_and(|tick| tick.date.is_some()), "{hours} h from {}: {axis:?}", span.0);
                }
            }
        }
    }
}

#[test]
fn from_two_days_on_midnight_is_labelled_with_its_date() {
    assert_eq!(ending_at_1907(3 * DAY), "Thu 19! | 12:00 | Fri 20! | 12:00 | Sat 21! | 12:00");
    let noon = axis(END - 7 * HOUR - 2 * DAY, END - 7 * HOUR, "Asia/Seoul");
    assert_eq!(labels(&noon), "18:00 | Fri 20! | 06:00 | 12:00 | 18:00 | Sat 21! | 06:00 | 12:00");
}

#[test]
fn a_week_shows_weekdays_and_longer_ranges_dates() {
    assert_eq!(ending_at_1907(7 * DAY), "Sun 15 | Mon 16 | Tue 17 | Wed 18 | Thu 19 | Fri 20 | Sat 21");
    assert_eq!(ending_at_1907(30 * DAY), "Mon 26 Oct | Mon 2 Nov | Mon 9 Nov | Mon 16 Nov");
    assert_eq!(ending_at_1907(90 * DAY), "31 Aug | 14 Sep | 28 Sep | 12 Oct | 26 Oct | 9 Nov");
    let early = axis_with(
        MIDNIGHT - 7 * DAY + 9 * HOUR,
        MIDNIGHT + 9 * HOUR,
        "Asia/Seoul",
        in_image(600, Language::English, TimeRows::One, RangeIn::SubTitle),
    );
    let days = "Sun 15 | Mon 16 | Tue 17 | Wed 18 | Thu 19 | Fri 20";
    assert_eq!(labels(&early), days, "the last day has no space for its label");
    let korean = axis_of(END - 7 * DAY, END, "Asia/Seoul", 700, Language::Korean);
    assert_eq!(labels(&korean), "15일 (일) | 16일 (월) | 17일 (화) | 18일 (수) | 19일 (목) | 20일 (금) | 21일 (토)");
}

#[test]
fn a_day_label_is_centred_under_its_day_and_a_bar_label_under_its_bar() {
    let week = axis(MIDNIGHT - 7 * DAY, MIDNIGHT, "Asia/Seoul");
    assert_eq!(week.ticks.len(), 7, "the day after the range has no label");
    assert!(week.ticks.iter().all(|tick| tick.centre == tick.at + DAY / 2), "{week:?}");
    let month = |bar| {
        let style = TimeLabels { bar, ..in_image(600, Language::English, TimeRows::One, RangeIn::SubTitle) };
        axis_with(MIDNIGHT - 30 * DAY, MIDNIGHT, "Asia/Seoul", style)
    };
    assert!(month(0).ticks.iter().all(|tick| tick.centre == tick.at));
    assert!(month(DAY).ticks.iter().all(|tick| tick.centre == tick.at + DAY / 2));
}

#[test]
fn without_a_sub_title_the_first_label_has_date_and_offset() {
    let one_row = |seconds| stating_range(MIDNIGHT - seconds, MIDNIGHT, TimeRows::One, 300, Language::English);
    assert_eq!(one_row(DAY), "00:00/20 Nov 2026 UTC+9! | 12:00 | 00:00!");
    assert_eq!(one_row(HOUR), "23:00/20 Nov 2026 UTC+9 | 23:30 | 00:00!");
    let two = stating_range(MIDNIGHT - DAY, MIDNIGHT + DAY / 2, TimeRows::Two, 600, Language::English);
    assert!(two.starts_with("00:00/20 Nov 2026 UTC+9! | ") && two.contains("00:00/Sat 21!"), "{two}");
    let near = stating_range(MIDNIGHT - HOUR, MIDNIGHT + 5 * HOUR, TimeRows::Two, 300, Language::English);
    assert!(near.contains("00:00/21 Nov 2026 UTC+9!"), "the date moves to midnight: {near}");
    let korean = stating_range(MIDNIGHT - DAY, MIDNIGHT, TimeRows::One, 600, Language::Korean);
    assert!(korean.starts_with("00:00/2026년 11월 20일 UTC+9!"), "{korean}");
}

#[test]
fn months_and_years_are_words_and_january_has_the_year() {
    assert_eq!(ending_at_1907(365 * DAY), "2026 | Mar | May | Jul | Sep | Nov");
    let korean = axis_of(END - 455 * DAY, END, "Asia/Seoul", 600, Language::Korean);
    assert_eq!(labels(&korean), "9월 | 11월 | 2026년 | 3월 | 5월 | 7월 | 9월 | 11월");
    let short = axis_of(END - 90 * DAY, END, "Asia/Seoul", 300, Language::Korean);
    assert_eq!(labels(&short), "9월 | 10월 | 11월");
    assert_eq!(ending_at_1907(5 * 365 * DAY), "2022 | 2023 | 2024 | 2025 | 2026");
}

#[test]
fn the_step_does_not_depend_on_the_language() {
    for days in [1, 30, 180, 365, 2000] {
        let ticks = |language| axis_of(END - days * DAY, END, "Asia/Seoul", 600, language).ticks;
        let instants = |language| ticks(language).iter().map(|tick| tick.at).collect::<Vec<_>>();
        assert_eq!(instants(Language::English), instants(Language::Korean));
    }
}

#[test]
fn a_clock_change_is_marked_on_an_axis_of_days() {
    let week = axis(1_774_738_800 - 3 * DAY, 1_774_738_800 + 4 * DAY, "Europe/Berlin");
    assert_eq!(marks(&week), [(1_774_746_000, "+1h")]);
    let year = axis(1_774_738_800 - 100 * DAY, 1_774_738_800 + 265 * DAY, "Europe/Berlin");
    assert_eq!(marks(&year), [], "an hour of a year is not visible");
}

#[test]
fn minor_ticks_are_natural_parts() {
    let minor = |seconds| axis(END - seconds, END, "Asia/Seoul").minor;
    assert_eq!(minor(HOUR).len(), 6, "every 5 minutes between 10");
    assert_eq!(minor(30 * DAY).len(), 26, "every day between Mondays");
    assert_eq!(minor(180 * DAY), [] as [i64; 0], "a month has no equal parts");
}

#[test]
fn a_skipped_hour_has_no_label() {
    let day = axis(1_774_738_800, 1_774_821_600, "Europe/Berlin");
    let hours = "00:00! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00!";
    assert_eq!(labels(&day), hours);
    assert_eq!(day.ticks[1].at - day.ticks[0].at, 2 * HOUR);
    assert!(day.ticks[1..].windows(2).all(|pair| pair[1].at - pair[0].at == 3 * HOUR));
    assert_eq!((marks(&day), at(&day, "03:00")), (vec![(1_774_746_000, "+1h")], vec![1_774_746_000]));
    let night = axis(1_774_738_800, 1_774_738_800 + 6 * HOUR, "Europe/Berlin");
    assert_eq!(labels(&night), "00:00! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00 | 07:00");

    let night = axis(1_772_946_000, 1_772_946_000 + 6 * HOUR, "America/New_York");
    assert_eq!(labels(&night), "00:00! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00 | 07:00");
    assert_eq!(at(&night, "03:00"), [1_772_953_200]);
}

#[test]
fn a_doubled_hour_appears_twice_with_its_offsets() {
    let day = axis(1_792_879_200, 1_792_969_200, "Europe/Berlin");
    let hours = "00:00! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00!";
    assert_eq!(labels(&day), hours);
    assert_eq!((day.ticks[1].at - day.ticks[0].at, marks(&day)), (4 * HOUR, vec![(1_792_890_000, "−1h")]));
    let night = axis(1_792_879_200, 1_792_879_200 + 6 * HOUR, "Europe/Berlin");
    assert_eq!(labels(&night), "00:00! | 01:00 | 02:00 +2 | 02:00 +1 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&night, "02:00 +2"), at(&night, "02:00 +1")), (vec![1_792_886_400], vec![1_792_890_000]));
    let wide = axis_of(1_792_879_200, 1_792_879_200 + 12 * HOUR, "Europe/Berlin", 600, Language::English);
    let hours = "00:00! | 02:00/+2 | 02:00/+1 | 04:00 | 06:00 | 08:00 | 10:00";
    assert_eq!(labels(&wide), hours, "the offsets do not fit side by side");

    let night = axis(1_793_505_600, 1_793_505_600 + 6 * HOUR, "America/New_York");
    assert_eq!(labels(&night), "00:00! | 01:00 −4 | 01:00 −5 | 02:00 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&night, "01:00 −4"), at(&night, "01:00 −5")), (vec![1_793_509_200], vec![1_793_512_800]));
}

#[test]
fn half_an_hour_more_or_less_keeps_round_hours() {
    let autumn = axis(1_775_307_600, 1_775_307_600 + 6 * HOUR, "Australia/Lord_Howe");
    assert_eq!(labels(&autumn), "00:00! | 01:00 | 02:00 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&autumn, "02:00"), marks(&autumn)), (vec![1_775_316_600], vec![(1_775_314_800, "−30m")]));
    let spring = axis(1_791_034_200, 1_791_034_200 + 6 * HOUR, "Australia/Lord_Howe");
    assert_eq!(labels(&spring), "00:00! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00");
    assert_eq!((at(&spring, "03:00"), marks(&spring)), (vec![1_791_043_200], vec![(1_791_041_400, "+30m")]));
    assert_eq!(zone_of(1_775_307_600, 1_775_307_600 + 6 * HOUR, "Australia/Lord_Howe"), "UTC+11/+10:30");
    assert_eq!(zone_of(1_791_034_200, 1_791_034_200 + 6 * HOUR, "Australia/Lord_Howe"), "UTC+10:30/+11");
}

#[test]
fn a_day_without_a_clock_change_has_plain_labels() {
    let day = axis(1_774_710_000, 1_774_796_400, "Asia/Seoul");
    let hours = "00:00! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00!";
    assert_eq!((labels(&day), marks(&day)), (hours.to_owned(), vec![]));
}

#[test]
fn a_day_that_starts_at_one_has_its_date_there() {
    let day = axis(1_788_667_200 - 12 * HOUR, 1_788_667_200 + 12 * HOUR, "America/Santiago");
    let hours = "12:00 | 15:00 | 18:00 | 21:00 | 01:00/Sun 6! | 03:00 | 06:00 | 09:00 | 12:00";
    assert_eq!((labels(&day), marks(&day)), (hours.to_owned(), vec![(1_788_667_200, "+1h")]));
}

#[test]
fn a_skipped_day_has_no_label() {
    let change = 1_325_239_200;
    let days = axis(change - 36 * HOUR, change + 36 * HOUR, "Pacific/Apia");
    assert_eq!(labels(&days), "12:00 | Thu 29! | 12:00 | Sat 31! | 12:00 | Sun 1! | 12:00");
    assert_eq!(marks(&days), [(change, "+24h")]);
    assert_eq!(zone_of(change - 36 * HOUR, change + 36 * HOUR, "Pacific/Apia"), "UTC−10/+14");
}

#[test]
fn a_midnight_that_comes_twice_starts_the_day_once() {
    let night = axis(1_762_059_600 - 3 * HOUR, 1_762_059_600 + 3 * HOUR, "America/Havana");
    let hours = "22:00 | 23:00 | 00:00 −4/Sun 2! | 00:00 −5 | 01:00 | 02:00 | 03:00";
    assert_eq!(labels(&night), hours);
}

/// Instant at which St. John's set its clock back by an hour, 2010-11-07 at 00:01.
const ST_JOHNS: i64 = 1_289_097_060;

#[test]
fn an_evening_that_comes_again_after_midnight_has_its_date() {
    let night = axis(ST_JOHNS - 46 * 60, ST_JOHNS + 74 * 60, "America/St_Johns");
    let times = "23:15/−2:30 | 23:30/−2:30 | 23:45/−2:30 | 00:00/Sun 7! | 23:15/Sat 6 | 23:30/−3:30 | 23:45/−3:30 | \
                 00:00/Sun 7! | 00:15";
    assert_eq!((labels(&night), marks(&night)), (times.to_owned(), vec![(ST_JOHNS, "−1h")]));
}

#[test]
fn a_window_inside_an_hour_that_comes_again_has_offsets_and_both_dates() {
    let evening = axis(ST_JOHNS + 29 * 60, ST_JOHNS + 59 * 60 + 600, "America/St_Johns");
    let times = "23:30/−3:30 | 23:35/−3:30 | 23:40/−3:30 | 23:45/−3:30 | 23:50/−3:30 | 23:55/−3:30 | 00:00/Sun 7! | 00:05 | 00:10";
    assert_eq!((labels(&evening), marks(&evening)), (times.to_owned(), vec![]));
}

#[test]
fn a_day_that_starts_at_half_past_midnight_has_its_date_there() {
    let change = 25_678_800; // 1970-10-25
    let night = axis(change - 2 * HOUR, change + 2 * HOUR, "America/Santo_Domingo");
    let times = "22:00 | 22:30 | 23:00 | 23:30 | 00:30/Sun 25! | 01:00 | 01:30 | 02:00 | 02:30";
    assert_eq!((labels(&night), marks(&night)), (times.to_owned(), vec![(change, "+30m")]));
}

#[test]
fn zones_are_named_with_their_offsets() {
    let zone = |name, days: i64| zone_of(1_774_738_800 - days * DAY, 1_774_738_800 + DAY, name);
    for (name, text) in [
        ("Asia/Seoul", "KST (UTC+9)"),
        ("UTC", "UTC"),
        ("Etc/UTC", "UTC"),
        ("+00:00", "UTC"),
        ("Asia/Kathmandu", "UTC+5:45"),
        ("-03:30", "UTC−3:30"),
        ("Etc/GMT-9", "UTC+9"),
        ("Europe/Berlin", "CET/CEST"),
        ("Europe/London", "GMT/BST"),
    ] {
        assert_eq!(zone(name, 1), text);
    }
    assert_eq!(zone("Africa/Casablanca", 30), "UTC+0/+1");
    assert_eq!(zone("Europe/London", 10), "GMT/BST");
    let london = zone_of(1_770_000_000, 1_770_003_600, "Europe/London");
    assert_eq!(london, "GMT (UTC+0)");
    assert_eq!(zone_of(1_308_000_000, 1_326_000_000, "Pacific/Apia"), "Pacific/Apia", "three offsets");
}

#[test]
fn two_zones_differ_only_in_labels() {
    let seoul = axis(END - DAY, END, "Asia/Seoul");
    let kathmandu = axis(END - DAY, END, "Asia/Kathmandu");
    for axis in [&seoul, &kathmandu] {
        assert!(axis.ticks.windows(2).all(|pair| pair[1].at - pair[0].at == 3 * HOUR));
        assert!(axis.ticks.iter().all(|tick| (END - DAY..=END).contains(&tick.at)));
    }
    assert_eq!((seoul.ticks[0].at - kathmandu.ticks[0].at).rem_euclid(900), 0);
    assert_ne!(seoul.ticks[0].at, kathmandu.ticks[0].at);
}

#[test]
fn a_plot_narrower_than_a_label_has_none() {
    assert_eq!(axis_of(END - DAY, END, "UTC", 72 + 20, Language::English).ticks, []);
    assert_eq!(axis_of(END - DAY, END, "UTC", 0, Language::English).ticks, []);
    assert_eq!(axis_of(END - DAY, END, "UTC", 72 + 40, Language::English).ticks.len(), 1);
}

const ZONES: [&str; 16] = [
    "UTC",
    "Asia/Seoul",
    "Asia/Kathmandu",
    "Europe/Berlin",
    "Europe/Moscow",
    "America/New_York",
    "America/St_Johns",
    "America/Havana",
    "America/Santiago",
    "America/Sao_Paulo",
    "Australia/Lord_Howe",
    "Africa/Casablanca",
    "Africa/Monrovia",
    "Asia/Beirut",
    "Pacific/Apia",
    "-17:59",
];

proptest! {
    #![proptest_config(ProptestConfig::with_cases(1000))]
    #[test]
    fn any_axis_is_readable(
        end in 4_000_000_i64..4_100_000_000,
        (magnitude, part) in (0_u32..10, 1_i64..100),
        zone in 0..ZONES.len(),
        plot_width in 0..4096_i32,
        near_a_change: bool,
        [korean, two, stated] in any::<[bool; 3]>(),
    ) {
        let seconds = (part * 10_i64.pow(magnitude) / 10).clamp(1, 3660 * DAY).min(end - 1);
        let named = Zone::parse(ZONES[zone]).unwrap();
        let limits = Limits { span_seconds: i64::MAX, latest_second: i64::MAX, ..Limits::default() };
        let year = Span::new(end - 2_000_000, end + 400 * DAY, &limits).unwrap();
        let change = named.changes(year).first().map(|change| change.at).filter(|_| near_a_change);
        let end = change.map_or(end, |change| change + seconds / 2 + 1);
        let span = Span::new((end - seconds).max(1), end, &limits).unwrap();
        let language = if korean { Language::Korean } else { Language::English };
        let rows = if two { TimeRows::Two } else { TimeRows::One };
        let range = if stated { RangeIn::SubTitle } else { RangeIn::FirstLabel };
        let style = in_image(plot_width + 72, language, rows, range);
        let axis = time_axis(span, &named, style);
        let text = labels(&axis);

        prop_assert!(axis.ticks.len() <= 16, "{text}");
        prop_assert!(plot_width < 60 || !axis.ticks.is_empty());
        prop_assert!(axis.ticks.iter().all(|tick| (span.start()..=span.end()).contains(&tick.at)), "{text}");
        prop_assert!(axis.ticks.iter().all(|tick| tick.at <= tick.centre && tick.centre <= span.end()), "{text}");
        let place = |at: i64| Px::nearest((at - span.start()) as f64 / span.seconds() as f64 * f64::from(plot_width));
        for pair in axis.ticks.windows(2) {
            prop_assert!(pair[0].at < pair[1].at, "{text}");
        }
        // As drawn: moved inward at both ends.
        let drawn = |centre: i64, text: &str| {
            let width = width_of(text);
            let left = (place(centre) - width.half()).min(Px::whole(plot_width) - width).max(Px::whole(-style.left));
            (left, left + width)
        };
        let first_line = |tick: &TimeTick| match (&tick.date, two) {
            (Some(date), false) => drawn(tick.centre, date),
            _ => drawn(tick.centre, &tick.label),
        };
        let dates = axis.ticks.iter().filter(|_| two).filter_map(|tick| Some(drawn(tick.centre, tick.date.as_ref()?)));
        let lines = [axis.ticks.iter().map(first_line).collect::<Vec<_>>(), dates.collect()];
        for pair in lines.iter().flat_map(|line| line.windows(2)) {
            prop_assert!(pair[1].0 - pair[0].1 >= Px::whole(7), "{text}");
        }
        for pair in axis.minor.windows(2) {
            prop_assert!(place(pair[1]) - place(pair[0]) >= Px::whole(7), "minor of {text}");
        }
        prop_assert!(axis.ticks.iter().all(|tick| !axis.minor.contains(&tick.at)));
        if !stated && plot_width > 200 && !axis.ticks.is_empty() {
            let dated = axis.ticks.iter().find_map(|tick| tick.date.as_deref()).unwrap_or_default();
            let offset = zone::offset_text(named.offset(axis.ticks[0].at));
            prop_assert!(dated.contains("UTC"), "no offset {offset} in {text}");
        }
    }
}
