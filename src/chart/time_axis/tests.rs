use super::*;
use crate::limits::Limits;
use proptest::prelude::*;

/// Returns approximate widths in the axis font at 12 px, whose digits are equally wide.
fn width_of(text: &str, weight: Weight) -> Px {
    let units: i32 = text
        .chars()
        .map(|c| match c {
            ':' | ' ' => 195,
            '-' => 332,
            '+' | '−' => 481,
            '월' | '년' => 664,
            _ => 472,
        })
        .sum();
    match weight {
        Weight::Regular => Px::from_units(units),
        Weight::SemiBold => Px::from_units(units + units / 20),
    }
}

fn axis_of(start: i64, end: i64, zone: &str, image_width: i32, language: Language) -> TimeAxis {
    axis_with(start, end, zone, image_width, (language, TimeRows::Two))
}

fn axis_with(start: i64, end: i64, zone: &str, image_width: i32, style: (Language, TimeRows)) -> TimeAxis {
    let limits = Limits { span_seconds: i64::MAX, ..Limits::default() };
    let span = Span::new(start, end, &limits).unwrap();
    time_axis(span, &Zone::parse(zone).unwrap(), image_width - 72, style, &width_of)
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
            for (width, step) in [300, 600, 1200].into_iter().zip(steps) {
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
            // The first label may be longer by its year, and the start of a day is bold.
            for pair in axis.ticks.iter().skip(1).collect::<Vec<_>>().windows(2) {
                let half = |tick: &TimeTick| width_of(&tick.label, Weight::Regular).to_f64() / 2.0;
                let free = (pair[1].at - pair[0].at) as f64 * per_second - half(pair[0]) - half(pair[1]);
                assert!(free >= 17.9, "{free} px at {width} px: {}", labels(&axis));
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
fn minutes_and_hours_have_the_date_below_the_first_and_at_midnight() {
    assert_eq!(ending_at_1907(1), "19:06:59/2026-11-21 | 19:07:00");
    assert_eq!(ending_at_1907(300), "19:02/2026-11-21 | 19:03 | 19:04 | 19:05 | 19:06 | 19:07");
    assert_eq!(ending_at_1907(HOUR), "18:10/2026-11-21 | 18:20 | 18:30 | 18:40 | 18:50 | 19:00");
    let day = "21:00/2026-11-20 | 00:00/11-21! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00";
    assert_eq!(ending_at_1907(DAY), day);
}

#[test]
fn the_year_moves_to_midnight_where_the_first_tick_is_too_near_to_it() {
    let span = (END - 21 * HOUR, END - 15 * HOUR);
    let narrow = axis_of(span.0, span.1, "Asia/Seoul", 300, Language::English);
    assert_eq!(labels(&narrow), "00:00/2026-11-21! | 02:00 | 04:00");
    let earlier = axis_of(span.0 - HOUR, span.1 - HOUR, "Asia/Seoul", 300, Language::English);
    assert_eq!(labels(&earlier), "22:00/2026-11-20 | 00:00/11-21! | 02:00");
    let nearer = axis_of(END - 24 * HOUR, END - 12 * HOUR, "Asia/Seoul", 300, Language::English);
    assert_eq!(labels(&nearer), "21:00 | 00:00/2026-11-21! | 03:00 | 06:00");
}

#[test]
fn from_two_days_on_midnight_is_labelled_with_its_date() {
    assert_eq!(ending_at_1907(3 * DAY), "2026-11-19! | 12:00 | 11-20! | 12:00 | 11-21! | 12:00");
    let noon = axis(END - 7 * HOUR - 2 * DAY, END - 7 * HOUR, "Asia/Seoul");
    assert_eq!(labels(&noon), "18:00/2026-11-19 | 11-20! | 06:00 | 12:00 | 18:00 | 11-21! | 06:00 | 12:00");
}

#[test]
fn days_and_weeks_have_one_line() {
    let week = "2026-11-15 | 11-16 | 11-17 | 11-18 | 11-19 | 11-20 | 11-21";
    assert_eq!(ending_at_1907(7 * DAY), week);
    assert_eq!(ending_at_1907(30 * DAY), "2026-10-26 | 11-02 | 11-09 | 11-16");
    assert_eq!(ending_at_1907(90 * DAY), "2026-08-31 | 09-14 | 09-28 | 10-12 | 10-26 | 11-09");
    let close = axis_of(END - 30 * DAY, END, "Asia/Seoul", 300, Language::English);
    assert_eq!(labels(&close), "10-26/2026 | 11-02 | 11-09 | 11-16", "the year does not fit beside the date");
}

#[test]
fn labels_without_a_second_row_contain_year_and_month() {
    let one_row =
        |days, language| labels(&axis_with(END - days * DAY, END, "Asia/Seoul", 300, (language, TimeRows::One)));
    assert_eq!(
        labels(&axis_of(END - 60 * DAY, END, "Asia/Seoul", 300, Language::English)),
        "09-28/2026 | 10-12 | 10-26 | 11-09"
    );
    assert_eq!(one_row(60, Language::English), "2026-10-01 | 11-01");
    assert_eq!(one_row(455, Language::Korean), "2026-01 | 2026-07");
    let noons = axis_with(END - 2 * DAY, END, "Asia/Seoul", 300, (Language::English, TimeRows::One));
    assert_eq!(labels(&noons), "2026-11-20 | 11-21");
}

#[test]
fn labels_in_one_row_are_as_far_apart_as_each_other() {
    let midnight = 1_795_186_800;
    for (range, expected) in [
        (DAY, "00:00/2026-11-20! | 12:00 | 00:00/11-21!"),
        (6 * HOUR, "18:00/2026-11-20 | 21:00 | 00:00/11-21!"),
        (HOUR, "23:00/2026-11-20 | 23:30 | 00:00/11-21!"),
        (3 * DAY, "2026-11-19 | 11-21"),
    ] {
        let axis = axis_with(midnight - range, midnight, "Asia/Seoul", 300, (Language::English, TimeRows::One));
        assert_eq!(labels(&axis), expected);
    }
}

#[test]
fn months_are_words_in_korean_and_numbers_in_english() {
    assert_eq!(ending_at_1907(365 * DAY), "2026-01 | 2026-03 | 2026-05 | 2026-07 | 2026-09 | 2026-11");
    let korean = axis_of(END - 455 * DAY, END, "Asia/Seoul", 600, Language::Korean);
    assert_eq!(labels(&korean), "9월/2025년 | 11월 | 1월/2026년 | 3월 | 5월 | 7월 | 9월 | 11월");
    let short = axis_of(END - 90 * DAY, END, "Asia/Seoul", 300, Language::Korean);
    assert_eq!(labels(&short), "2026-09-01 | 10-01 | 11-01");
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
fn minor_ticks_are_natural_parts() {
    let minor = |seconds| axis(END - seconds, END, "Asia/Seoul").minor;
    assert_eq!(minor(HOUR).len(), 6, "every 5 minutes between 10");
    assert_eq!(minor(30 * DAY).len(), 26, "every day between Mondays");
    assert_eq!(minor(180 * DAY), [] as [i64; 0], "a month has no equal parts");
}

#[test]
fn a_skipped_hour_has_no_label() {
    let day = axis(1_774_738_800, 1_774_821_600, "Europe/Berlin");
    let hours = "00:00/2026-03-29! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00/03-30!";
    assert_eq!(labels(&day), hours);
    assert_eq!(day.ticks[1].at - day.ticks[0].at, 2 * HOUR);
    assert!(day.ticks[1..].windows(2).all(|pair| pair[1].at - pair[0].at == 3 * HOUR));
    assert_eq!((marks(&day), at(&day, "03:00")), (vec![(1_774_746_000, "+1h")], vec![1_774_746_000]));
    let night = axis(1_774_738_800, 1_774_738_800 + 6 * HOUR, "Europe/Berlin");
    assert_eq!(labels(&night), "00:00/2026-03-29! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00 | 07:00");

    let night = axis(1_772_946_000, 1_772_946_000 + 6 * HOUR, "America/New_York");
    assert_eq!(labels(&night), "00:00/2026-03-08! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00 | 07:00");
    assert_eq!(at(&night, "03:00"), [1_772_953_200]);
}

#[test]
fn a_doubled_hour_appears_twice_with_its_offsets() {
    let day = axis(1_792_879_200, 1_792_969_200, "Europe/Berlin");
    let hours = "00:00/2026-10-25! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00/10-26!";
    assert_eq!(labels(&day), hours);
    assert_eq!((day.ticks[1].at - day.ticks[0].at, marks(&day)), (4 * HOUR, vec![(1_792_890_000, "−1h")]));
    let night = axis(1_792_879_200, 1_792_879_200 + 6 * HOUR, "Europe/Berlin");
    assert_eq!(labels(&night), "00:00/2026-10-25! | 01:00 | 02:00 +2 | 02:00 +1 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&night, "02:00 +2"), at(&night, "02:00 +1")), (vec![1_792_886_400], vec![1_792_890_000]));
    let wide = axis_of(1_792_879_200, 1_792_879_200 + 12 * HOUR, "Europe/Berlin", 600, Language::English);
    let hours = "00:00/2026-10-25! | 02:00/+2 | 02:00/+1 | 04:00 | 06:00 | 08:00 | 10:00";
    assert_eq!(labels(&wide), hours, "the offsets do not fit side by side");

    let night = axis(1_793_505_600, 1_793_505_600 + 6 * HOUR, "America/New_York");
    assert_eq!(labels(&night), "00:00/2026-11-01! | 01:00 −4 | 01:00 −5 | 02:00 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&night, "01:00 −4"), at(&night, "01:00 −5")), (vec![1_793_509_200], vec![1_793_512_800]));
}

#[test]
fn half_an_hour_more_or_less_keeps_round_hours() {
    let autumn = axis(1_775_307_600, 1_775_307_600 + 6 * HOUR, "Australia/Lord_Howe");
    assert_eq!(labels(&autumn), "00:00/2026-04-05! | 01:00 | 02:00 | 03:00 | 04:00 | 05:00");
    assert_eq!((at(&autumn, "02:00"), marks(&autumn)), (vec![1_775_316_600], vec![(1_775_314_800, "−30m")]));
    let spring = axis(1_791_034_200, 1_791_034_200 + 6 * HOUR, "Australia/Lord_Howe");
    assert_eq!(labels(&spring), "00:00/2026-10-04! | 01:00 | 03:00 | 04:00 | 05:00 | 06:00");
    assert_eq!((at(&spring, "03:00"), marks(&spring)), (vec![1_791_043_200], vec![(1_791_041_400, "+30m")]));
    assert_eq!(zone_of(1_775_307_600, 1_775_307_600 + 6 * HOUR, "Australia/Lord_Howe"), "UTC+11/+10:30");
    assert_eq!(zone_of(1_791_034_200, 1_791_034_200 + 6 * HOUR, "Australia/Lord_Howe"), "UTC+10:30/+11");
}

#[test]
fn a_day_without_a_clock_change_has_plain_labels() {
    let day = axis(1_774_710_000, 1_774_796_400, "Asia/Seoul");
    let hours = "00:00/2026-03-29! | 03:00 | 06:00 | 09:00 | 12:00 | 15:00 | 18:00 | 21:00 | 00:00/03-30!";
    assert_eq!((labels(&day), marks(&day)), (hours.to_owned(), vec![]));
}

#[test]
fn a_day_that_starts_at_one_has_its_date_there() {
    let day = axis(1_788_667_200 - 12 * HOUR, 1_788_667_200 + 12 * HOUR, "America/Santiago");
    let hours = "12:00/2026-09-05 | 15:00 | 18:00 | 21:00 | 01:00/09-06! | 03:00 | 06:00 | 09:00 | 12:00";
    assert_eq!((labels(&day), marks(&day)), (hours.to_owned(), vec![(1_788_667_200, "+1h")]));
}

#[test]
fn a_skipped_day_has_no_label() {
    let change = 1_325_239_200;
    let days = axis(change - 36 * HOUR, change + 36 * HOUR, "Pacific/Apia");
    assert_eq!(labels(&days), "12:00/2011-12-28 | 12-29! | 12:00 | 12-31! | 12:00 | 01-01! | 12:00");
    assert_eq!(marks(&days), [(change, "+24h")]);
    assert_eq!(zone_of(change - 36 * HOUR, change + 36 * HOUR, "Pacific/Apia"), "UTC−10/+14");
}

#[test]
fn a_midnight_that_comes_twice_starts_the_day_once() {
    let night = axis(1_762_059_600 - 3 * HOUR, 1_762_059_600 + 3 * HOUR, "America/Havana");
    let hours = "22:00/2025-11-01 | 23:00 | 00:00 −4/11-02! | 00:00 −5 | 01:00 | 02:00 | 03:00";
    assert_eq!(labels(&night), hours);
}

/// Instant at which St. John's set its clock back by an hour, 2010-11-07 at 00:01.
const ST_JOHNS: i64 = 1_289_097_060;

#[test]
fn an_evening_that_comes_again_after_midnight_has_its_date() {
    let night = axis(ST_JOHNS - 46 * 60, ST_JOHNS + 74 * 60, "America/St_Johns");
    let times = "23:15/2010-11-06 | 23:30/−2:30 | 23:45/−2:30 | 00:00/11-07! | 23:15/11-06 | 23:30/−3:30 | 23:45/−3:30 | \
                 00:00/11-07! | 00:15";
    assert_eq!((labels(&night), marks(&night)), (times.to_owned(), vec![(ST_JOHNS, "−1h")]));
}

#[test]
fn a_window_inside_an_hour_that_comes_again_has_offsets_and_both_dates() {
    let evening = axis(ST_JOHNS + 29 * 60, ST_JOHNS + 59 * 60 + 600, "America/St_Johns");
    let times = "23:30/2010-11-06 | 23:35/−3:30 | 23:40/−3:30 | 23:45/−3:30 | 23:50/−3:30 | 23:55/−3:30 | 00:00/11-07! | 00:05 | 00:10";
    assert_eq!((labels(&evening), marks(&evening)), (times.to_owned(), vec![]));
}

#[test]
fn a_day_that_starts_at_half_past_midnight_has_its_date_there() {
    let change = 25_678_800; // 1970-10-25
    let night = axis(change - 2 * HOUR, change + 2 * HOUR, "America/Santo_Domingo");
    let times = "22:00/1970-10-24 | 22:30 | 23:00 | 23:30 | 00:30/10-25! | 01:00 | 01:30 | 02:00 | 02:30";
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
        ("Europe/Berlin", "CET/CEST (UTC+1/+2)"),
        ("Europe/London", "GMT/BST (UTC+0/+1)"),
    ] {
        assert_eq!(zone(name, 1), text);
    }
    assert_eq!(zone("Africa/Casablanca", 30), "UTC+0/+1");
    assert_eq!(zone("Europe/London", 10), "GMT/BST (UTC+0/+1)");
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
        [korean, two] in any::<[bool; 2]>(),
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
        let axis = time_axis(span, &named, plot_width, (language, rows), &width_of);
        let text = labels(&axis);

        prop_assert!(axis.ticks.len() <= 16, "{text}");
        prop_assert!(plot_width < 60 || !axis.ticks.is_empty());
        prop_assert!(axis.ticks.iter().all(|tick| (span.start()..=span.end()).contains(&tick.at)), "{text}");
        let place = |at: i64| Px::nearest((at - span.start()) as f64 / span.seconds() as f64 * f64::from(plot_width));
        for pair in axis.ticks.windows(2) {
            prop_assert!(pair[0].at < pair[1].at, "{text}");
        }
        let lines = [
            axis.ticks.iter().map(|tick| (tick.at, width_of(&tick.label, Weight::Regular))).collect::<Vec<_>>(),
            axis.ticks.iter().filter_map(|t| Some((t.at, width_of(t.date.as_ref()?, Weight::SemiBold)))).collect(),
        ];
        for pair in lines.iter().flat_map(|line| line.windows(2)) {
            let ends = (place(pair[0].0) + pair[0].1.half(), place(pair[1].0) - pair[1].1.half());
            prop_assert!(ends.1 - ends.0 >= Px::whole(6), "{text}");
        }
        for pair in axis.minor.windows(2) {
            prop_assert!(place(pair[1]) - place(pair[0]) >= Px::whole(7), "minor of {text}");
        }
        prop_assert!(axis.ticks.iter().all(|tick| !axis.minor.contains(&tick.at)));
        if let Some(first) = axis.ticks.first() {
            let year = crate::request::Date::of_day(named.day(first.at)).year;
            prop_assert!(text.contains(&year.to_string()) || text.contains(&(year + 1).to_string()), "{text}");
        }
    }
}
