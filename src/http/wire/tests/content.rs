//! The content of fields: sizes, times, texts, colours, names.

use super::*;

#[test]
fn sizes_have_bounds_on_each_side_and_on_their_product() {
    for width in [json!(0), json!(-1)] {
        refuses("/width", width, "out_of_range | Input should be greater than or equal to 1: width");
    }
    for width in [4097, 65_536, 4_294_967_295, 4_294_967_296, 1_u64 << 63, u64::MAX] {
        refuses("/width", json!(width), "out_of_range | Input should be less than or equal to 4096: width");
    }
    let sized = |width: u32, height: u32| {
        let mut body = with("/width", json!(width));
        body["height"] = json!(height);
        body
    };
    for (width, height) in [(2000, 2000), (1, 1), (39, 29), (4096, 1953)] {
        assert_eq!(read(&sized(width, height)).size.width(), width);
    }
    assert_eq!(
        faults(&sized(4096, 4096)),
        ["out_of_range | width times height should be at most 8000000 pixels: height"]
    );
    assert_eq!(faults(&sized(4097, 1)).len(), 1);
}

#[test]
fn the_vendors_minima_are_kept_where_they_are_configured() {
    let limits = Limits::default().with_vendor_minima();
    let rules =
        Rules { version: Version::V1_1, statistic: Statistic::parse, zones: &Zones::bundled(), limits: &limits };
    let read = |body: Value| image_request(body.to_string().as_bytes(), Language::English, &rules);
    assert_eq!(
        said(read(example()).unwrap_err()),
        [
            "out_of_range | Input should be greater than or equal to 1000: width",
            "out_of_range | Input should be greater than or equal to 500: height"
        ]
    );
    let mut bare = without("width");
    bare.as_object_mut().unwrap().remove("height");
    assert!(read(bare).is_ok());
}

#[test]
fn periods_are_positive_and_at_most_thirty_days() {
    for period in [json!(0), json!(-60), json!(1_000_000_000), json!(1_u64 << 63), json!(2_592_001)] {
        refuses("/period", period.clone(), "invalid_period | Input should be a period of 1 to 2592000 seconds: period");
        refuses("/metrics/0/period", period, "invalid_period | ");
    }
    for period in [1, 7, 59, 61, 2_592_000] {
        assert_eq!(accepts("/metrics/0/period", json!(period)).query.metrics[0].period.seconds(), period);
    }
}

#[test]
fn statistics_are_the_five_and_percentiles_only_where_allowed() {
    for text in ["avg", "Average", "COUNT", "P99", "p101", "p-1", "pNaN", "p99", "", &"x".repeat(1000)] {
        let expected = "unknown_statistic | Input should be 'AVG', 'SUM', 'MAX', 'MIN' or 'CNT': statistic_type";
        refuses("/statistic_type", json!(text), expected);
    }
    let limits = Limits::default();
    let rules = Rules {
        version: Version::V1_1,
        statistic: Statistic::parse_with_percentiles,
        zones: &Zones::bundled(),
        limits: &limits,
    };
    let body = with("/metrics/0/statistic_type", json!("p99.9")).to_string();
    let request = image_request(body.as_bytes(), Language::Korean, &rules).unwrap();
    assert_eq!((request.query.metrics[0].statistic, request.language), (Statistic::Percentile(999), Language::Korean));
}

#[test]
fn an_item_without_period_and_statistic_takes_those_of_the_request() {
    let mut body = with("/period", json!(60));
    body["statistic_type"] = json!("MAX");
    let mut bare = body["metrics"][0].clone();
    bare.as_object_mut().unwrap().retain(|key, _| key != "period" && key != "statistic_type");
    body["metrics"].as_array_mut().unwrap().push(bare);
    let metrics = read(&body).query.metrics;
    assert_eq!((metrics[0].period.seconds(), metrics[0].statistic), (300, Statistic::Average));
    assert_eq!((metrics[1].period.seconds(), metrics[1].statistic), (60, Statistic::Maximum));
}

#[test]
fn the_span_is_forward_in_seconds_and_not_too_long() {
    for end in [1_640_995_200, 1_640_995_199] {
        refuses("/end", json!(end), "invalid_time_range | Input should be greater than start: end");
    }
    for start in [json!(-1), json!(0), json!(i64::MIN)] {
        refuses("/start", start, "out_of_range | Input should be greater than or equal to 1: start");
    }
    for end in [json!(4_102_444_801_u64), json!(i64::MAX), json!(253_402_300_800_u64)] {
        refuses("/end", end, "out_of_range | Input should be less than or equal to 4102444800: end");
    }
    let most = 1_640_995_200 + 3660 * 86_400;
    assert_eq!(accepts("/end", json!(most)).query.span.seconds(), 3660 * 86_400);
    refuses("/end", json!(most + 1), "range_too_long | Input should be at most 3660 days after start: end");
    assert_eq!(accepts("/end", json!(1_640_995_201)).query.span.seconds(), 1);
}

#[test]
fn zones_are_names_or_offsets_and_never_guessed() {
    for name in ["Asia/Seoul", "UTC", "Z", "Etc/GMT-9", "+0900", "+09:00"] {
        accepts("/timezone", json!(name));
    }
    let long = "x".repeat(10 * 1024);
    for name in ["KST", "asia/seoul", "GMT+9", "+25:00", "../../etc/passwd", "Asia/Seoul\0", &long, ""] {
        refuses("/timezone", json!(name), "unknown_timezone | ");
    }
}

#[test]
fn titles_and_display_names_are_plain_lines_of_limited_length() {
    let longest = "x".repeat(256);
    for pointer in ["/title", "/metrics/0/display_name"] {
        accepts(pointer, json!(longest));
        refuses(pointer, json!(format!("{longest}x")), "too_long | String should have at most 256 characters");
        refuses(pointer, json!(format!("{}{}", "😀".repeat(250), "x".repeat(25))), "too_long | ");
        for wrong in ["a\0", "\u{7}", "\u{1b}]0;owned\u{7}", "\u{7f}", "\u{85}", "\u{fffe}", "\u{202e}x", "\u{e0041}"] {
            refuses(pointer, json!(wrong), "invalid_text | ");
        }
    }
    for empty in ["", "   ", "\u{301}", "\u{200d}"] {
        assert_eq!(accepts("/title", json!(empty)).title, None);
        let metric = &accepts("/metrics/0/display_name", json!(empty)).query.metrics[0];
        assert_eq!(metric.label(), metric.metric.default_label());
    }
    for literal in ["<script>alert(1)</script>", "${PROP('x')}", "' OR 1=1 --", "http://169.254.169.254/"] {
        assert_eq!(accepts("/title", json!(literal)).title.unwrap().as_str(), literal);
    }
}

#[test]
fn colours_are_hexadecimal_and_an_empty_one_is_none() {
    for colour in ["#00f", "#0000ff", "#0000ff80"] {
        assert!(accepts("/metrics/0/color", json!(colour)).query.metrics[0].colour.is_some());
    }
    assert_eq!(accepts("/metrics/0/color", json!("")).query.metrics[0].colour, None);
    let long = format!("#{}", "0".repeat(1024));
    for colour in [
        "blue",
        "#GGGGGG",
        "#12345",
        "0000ff",
        "#",
        "rgb(0,0,255)",
        "url(x)",
        "lab(150% 200 200)",
        "oklch(9 9 9)",
        &long,
    ] {
        refuses("/metrics/0/color", json!(colour), "invalid_colour | ");
    }
}

#[test]
fn names_are_not_empty_not_long_and_without_controls_or_braces() {
    for pointer in ["/metrics/0/name", "/metrics/0/namespace_name"] {
        for wrong in ["\n", "a\u{1b}", "__name__", "{", "a}", &"x".repeat(257)] {
            refuses(pointer, json!(wrong), "invalid_name | ");
        }
    }
    refuses("/metrics/0/name", json!(""), "invalid_name | ");
    refuses("/metrics/0/namespace_name", json!(""), "unknown_namespace | ");
    for literal in ["CPU Usage/Core[Basic]", "a|b", "100%", "\"", "'", "-- x", "#", "한글"] {
        assert_eq!(accepts("/metrics/0/name", json!(literal)).query.metrics[0].metric.name.as_str(), literal);
    }
}

#[test]
fn dimensions_are_up_to_thirty_literal_pairs_with_different_keys() {
    let pair = |key: &str, value: &str| json!({"key": key, "value": value});
    let at = "/metrics/0/dimensions";
    assert_eq!(accepts(at, json!([])).query.metrics[0].metric.dimensions(), []);
    refuses(
        at,
        json!([pair("a", "x"), pair("a", "x")]),
        "duplicate | Each key should come once: metrics[0].dimensions",
    );
    refuses(at, json!([pair("a", "x"), pair("a", "y")]), "duplicate | ");
    for key in ["", "__name__", "a\n"] {
        refuses(at, json!([pair(key, "x")]), "invalid_name | ");
    }
    for value in ["a\nb", "a\rb", "a\0"] {
        refuses(at, json!([pair("a", value)]), "invalid_name | ");
    }
    for value in
        ["x\"} or up{a=\"", ".*", "a|b", "(?i)x", "^$", "regexp(.*)", "../../v2/projects", "%2e", "", "a\u{2028}b"]
    {
        assert_eq!(accepts(at, json!([pair("a", value)])).query.metrics[0].metric.dimension("a"), Some(value));
    }
    for key in ["le", "job", "a-b", "a.b", "1a", "한글"] {
        accepts(at, json!([pair(key, "x")]));
    }
    accepts(at, json!([pair(&"k".repeat(128), &"v".repeat(1024))]));
    refuses(at, json!([pair(&"k".repeat(129), "x")]), "too_long | String should have at most 128 bytes: ");
    refuses(at, json!([pair("a", &"v".repeat(1025))]), "too_long | String should have at most 1024 bytes: ");
    let many = |count: usize| (0..count).map(|index| pair(&format!("k{index}"), "x")).collect::<Value>();
    assert_eq!(accepts(at, many(30)).query.metrics[0].metric.dimensions().len(), 30);
    refuses(at, many(31), "too_many | List should have at most 30 items after validation, not 31: ");
}
