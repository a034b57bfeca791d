//! Tests of retention, and of the end of background sampling once the source is dropped.

use super::memory::{Labels, SampleStore};
use super::rounds::Rounds;
use super::sampling::Sampling;
use crate::catalog::Selector;
use crate::http_client::ovh::{Api, Keys};
use crate::limits::Limits;
use std::collections::BTreeMap;
use std::sync::Arc;
use std::time::Duration;

fn labels(host: &str) -> Labels {
    Arc::new(BTreeMap::from([("datacenter".to_owned(), "869".to_owned()), ("host".to_owned(), host.to_owned())]))
}

/// Makes a store with a value each second for two hosts; at most `most` samples are kept, each for ten seconds.
fn memory(seconds: i64, most: usize) -> SampleStore {
    let mut memory = SampleStore::new(Duration::from_secs(10), most);
    for second in 0..seconds {
        for host in ["1", "2"] {
            memory.add(&labels(host), second * 1000 + 500, &[("host.cpuUsed", second as f64)]);
        }
    }
    memory
}

fn points(memory: &SampleStore, host: Option<&str>) -> Vec<Vec<(i64, f64)>> {
    let labels = host.map(|host| ("host".to_owned(), host.to_owned())).into_iter().collect();
    let answer = memory.select(&Selector { name: "host.cpuUsed".to_owned(), labels }, &(0..1000));
    answer.series.into_iter().map(|series| series.points).collect()
}

#[test]
fn what_matches_is_answered_and_nothing_else() {
    let memory = memory(3, 100);
    assert_eq!(points(&memory, Some("2")), [[(500, 0.0), (1500, 1.0), (2500, 2.0)]]);
    assert_eq!(points(&memory, None).len(), 2);
    assert!(points(&memory, Some("3")).is_empty());
    let selector = Selector { name: "host.cpuUsed".to_owned(), labels: vec![("host".to_owned(), "1".to_owned())] };
    assert_eq!(memory.select(&selector, &(1..2)).series[0].points, [(1500, 1.0)]);
}

#[test]
fn old_samples_are_forgotten_and_so_are_things_that_are_gone() {
    let mut memory = memory(3, 100);
    assert_eq!(memory.forget(11_600), 0);
    assert_eq!(points(&memory, Some("1")), [[(2500, 2.0)]]);
    memory.forget(60_000);
    assert!(memory.is_empty() && memory.offers().is_empty());
}

#[test]
fn there_are_never_more_samples_than_there_is_room_for() {
    let mut memory = memory(5, 6);
    assert_eq!(memory.forget(5000), 4);
    assert_eq!(
        points(&memory, None),
        [[(2500, 2.0), (3500, 3.0), (4500, 4.0)], [(2500, 2.0), (3500, 3.0), (4500, 4.0)]]
    );
}

#[test]
fn a_clock_that_is_set_back_takes_nothing_away() {
    let mut memory = memory(3, 100);
    memory.add(&labels("1"), 1000, &[("host.cpuUsed", 9.0)]);
    assert_eq!(points(&memory, Some("1")), [[(500, 0.0), (1500, 1.0), (2500, 2.0)]]);
}

#[test]
fn what_has_samples_is_offered_with_its_labels_and_unit() {
    let mut memory = memory(1, 100);
    memory.add(&labels("1"), 9000, &[("host.memoryUsed", 1.0)]);
    let offers: Vec<String> = memory
        .offers()
        .into_iter()
        .map(|offer| {
            format!("{} {:?} {}", offer.name, offer.labels, offer.unit.map_or("-".to_owned(), |unit| unit.to_string()))
        })
        .collect();
    assert_eq!(
        offers,
        [r#"host.cpuUsed ["datacenter", "host"] -"#, r#"host.memoryUsed ["datacenter", "host"] MEGABYTES"#,]
    );
}

#[tokio::test]
async fn sampling_ends_when_it_is_dropped() {
    let keys = Keys { application_key: "a".into(), application_secret: "b".into(), consumer_key: "c".into() };
    let limits = Limits::default();
    // Nothing listens there.
    let api = Api::new("http://127.0.0.1:1/1.0", keys, &limits).unwrap();
    let (keep, interval) = (Duration::from_secs(60), Duration::from_secs(1));
    let rounds = Arc::new(Rounds::new(api, vec![], SampleStore::new(keep, 100), interval, &limits));
    let alive = Arc::downgrade(&rounds);
    let sampling = Sampling::begin(rounds);
    tokio::task::yield_now().await;
    assert!(alive.upgrade().is_some(), "it samples while somebody holds it");
    drop(sampling);
    let ends = async {
        while alive.strong_count() > 0 {
            tokio::task::yield_now().await;
        }
    };
    tokio::time::timeout(Duration::from_secs(10), ends).await.expect("it ends");
}
