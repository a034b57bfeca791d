use super::*;
use proptest::prelude::*;

fn folded(names: &[&str]) -> (String, Vec<String>) {
    let Folded { shared, rests } = fold(names);
    (shared, rests)
}

fn labels(names: &[&str]) -> Vec<Label> {
    names.iter().map(|&name| Label { name: name.to_owned(), suffix: String::new() }).collect()
}

fn at_most(max: usize) -> impl Fn(&str) -> bool {
    move |text: &str| characters(text).len() <= max
}

#[test]
fn the_parts_that_all_names_share_are_folded() {
    let names = ["Virtual Server | VM1 | CPU Usage/Core", "Virtual Server | VM1 | CPU Usage/Total"];
    assert_eq!(
        folded(&names),
        ("Virtual Server | VM1".into(), vec!["CPU Usage/Core".into(), "CPU Usage/Total".into()])
    );
}

#[test]
fn the_parts_that_all_names_end_with_are_folded_too() {
    let names = ["Virtual Server | VM1 | CPU", "Virtual Server | VM2 | CPU"];
    assert_eq!(folded(&names), ("Virtual Server | … | CPU".into(), vec!["VM1".into(), "VM2".into()]));
    assert_eq!(folded(&["VM1 | CPU | Core", "VM2 | CPU | Core"]).0, "CPU | Core");
    assert_eq!(folded(&["VM | CPU", "VM | CPU"]), ("CPU".into(), vec!["VM".into(), "VM".into()]));
}

#[test]
fn a_long_shared_beginning_is_folded_at_a_word() {
    let names = ["production-frontend-cluster-node-01", "production-frontend-cluster-node-02"];
    assert_eq!(folded(&names), ("production-frontend-cluster-node".into(), vec!["01".into(), "02".into()]));
}

#[test]
fn a_mark_stays_with_the_separator_that_carries_it() {
    for mark in ["\u{301}", "\u{bc6}", "\u{fe0f}"] {
        let names = [format!("abcdefgh-{mark}one"), format!("abcdefgh-{mark}two")];
        assert_eq!(folded(&names.each_ref().map(String::as_str)).0, "", "{mark:?}");
    }
}

#[test]
fn short_prefixes_single_names_and_parts_of_words_are_not_folded() {
    for names in [&["VM 1", "VM 2"][..], &["Virtual Server | CPU"], &["temperature", "temperament"], &[]] {
        assert_eq!(folded(names), (String::new(), names.iter().map(|&n| n.to_owned()).collect()));
    }
}

#[test]
fn a_name_that_is_the_beginning_of_another_keeps_a_rest() {
    let names = ["Virtual Server | CPU", "Virtual Server | CPU | Core"];
    assert_eq!(folded(&names), ("Virtual Server".into(), vec!["CPU".into(), "CPU | Core".into()]));
}

#[test]
fn equal_names_are_folded_and_stay_equal() {
    assert_eq!(folded(&["Virtual Server | CPU"; 2]), ("Virtual Server".into(), vec!["CPU".into(); 2]));
}

#[test]
fn a_name_is_cut_in_its_middle() {
    let short = shorten(&labels(&["abcdefghijklmnopqrstuvwxyz"]), 8, &at_most(18)).unwrap();
    assert_eq!(short, ["abcdefghi…stuvwxyz"]);
}

#[test]
fn a_suffix_stays_whole() {
    let label = Label { name: "abcdefghijklmnopqrstuvwxyz".into(), suffix: " (MiB/s)".into() };
    assert_eq!(shorten(&[label], 8, &at_most(26)).unwrap(), ["abcdefghi…stuvwxyz (MiB/s)"]);
}

#[test]
fn names_that_differ_only_in_the_middle_stay_different() {
    let names = ["aaaaaaaaaa-bbbbbbbb-1-cccccccc-dddddddddd", "aaaaaaaaaa-bbbbbbbb-2-cccccccc-dddddddddd"];
    let short = shorten(&labels(&names), 8, &at_most(20)).unwrap();
    assert_ne!(short[0], short[1]);
    assert!(short.iter().all(|text| at_most(20)(text) && text.starts_with("aaaaaaaa")), "{short:?}");
}

#[test]
fn a_cut_below_eight_characters_at_an_end_is_rejected() {
    assert_eq!(shorten(&labels(&["abcdefghijklmnopqrstuvwxyz"]), 8, &at_most(16)), None);
}

#[test]
fn a_title_is_cut_at_its_end() {
    assert_eq!(cut_end("Virtual Server Metric Chart", &at_most(9)).unwrap(), "Virtual…");
    assert_eq!(cut_end("short", &at_most(9)).unwrap(), "short");
    assert_eq!(cut_end("short", &at_most(1)), None);
}

#[test]
fn characters_are_grapheme_clusters() {
    for whole in [
        "e\u{301}",
        "\u{1100}\u{1161}\u{11a8}",
        "👩\u{200d}👩\u{200d}👧",
        "👍🏽",
        "🇰🇷",
        "⚠\u{fe0f}",
        "か\u{3099}",
        "க\u{bc6}",
    ] {
        assert_eq!(characters(whole), [whole]);
    }
    assert_eq!(characters("🇰🇷🇩🇪a한"), ["🇰🇷", "🇩🇪", "a", "한"]);
}

/// Returns random names, many with a shared beginning or end.
fn names() -> impl Strategy<Value = Vec<String>> {
    let part = prop_oneof![
        "[ab한 |/.-]{0,6}",
        Just("Virtual Server | ".to_owned()),
        Just("e\u{301}".to_owned()),
        "[a-c]{1,9}"
    ];
    let name = prop::collection::vec(part, 1..8).prop_map(|parts| parts.concat());
    (name.clone(), prop::collection::vec(name, 1..8), "[ab ]{0,24}")
        .prop_map(|(start, middles, end)| middles.into_iter().map(|m| format!("{start}{m}x{end}")).collect())
}

proptest! {
    #[test]
    fn folding_keeps_names_distinct_and_drops_only_shared_parts(names in names()) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let folded = fold(&names);
        for (name, rest) in names.iter().zip(&folded.rests) {
            let (beginning, ending) = folded.shared.split_once(" | … | ").unwrap_or((&folded.shared, &folded.shared));
            prop_assert!(name.starts_with(beginning) || name.ends_with(ending));
            prop_assert!(name.contains(rest.as_str()) && !rest.trim().is_empty());
        }
        for (a, rest_a) in names.iter().zip(&folded.rests) {
            for (b, rest_b) in names.iter().zip(&folded.rests) {
                prop_assert_eq!(a == b, rest_a == rest_b);
            }
        }
    }

    #[test]
    fn shortened_names_fit_keep_their_ends_and_stay_apart(names in names(), max in 17_usize..40) {
        let names: Vec<&str> = names.iter().map(String::as_str).collect();
        let fits = at_most(max);
        if let Some(short) = shorten(&labels(&names), 8, &fits) {
            for (&name, short) in names.iter().zip(&short) {
                prop_assert!(fits(short), "{short:?}");
                if let Some((head, tail)) = short.split_once(ELLIPSIS) {
                    let tail = tail.split(" #").next().unwrap_or_default();
                    prop_assert!(name.starts_with(head) && name.ends_with(tail));
                    prop_assert!(characters(head).len() >= 8 && characters(tail).len() >= 8);
                } else {
                    prop_assert_eq!(name, short);
                }
            }
            for (i, a) in names.iter().enumerate() {
                for (j, b) in names.iter().enumerate() {
                    prop_assert_eq!(a == b, short[i] == short[j], "{:?} {:?}", &short[i], &short[j]);
                }
            }
        }
    }
}
