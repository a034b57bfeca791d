use super::*;
use std::future::{pending, ready};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::Duration;
use tokio::sync::{Notify, mpsc};
use tokio::time::timeout;

const LONG: Duration = Duration::from_secs(60);

type Numbers = SingleFlight<u8, usize>;

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_thousand_who_ask_the_same_share_one_run_and_one_answer_and_nothing_is_kept() {
    let (single_flight, runs, go) = (Numbers::default(), Arc::new(AtomicUsize::new(0)), Arc::new(Notify::new()));
    let asks: Vec<_> = (0..1000)
        .map(|_| {
            let (single_flight, runs, go) = (single_flight.clone(), Arc::clone(&runs), Arc::clone(&go));
            tokio::spawn(async move {
                let run = async move {
                    go.notified().await;
                    Ok(runs.fetch_add(1, Ordering::SeqCst))
                };
                single_flight.join(1, || Ok(run)).await
            })
        })
        .collect();
    // A caller has joined at its first poll.
    while single_flight.callers() < 1000 {
        tokio::task::yield_now().await;
    }
    let other = single_flight.join(2, || Ok(ready(Ok(77)))).await.unwrap();
    assert_eq!(*other, 77, "another question waits for nobody");
    go.notify_one();
    let answers = timeout(LONG, futures_util::future::join_all(asks)).await.unwrap();
    let first = answers[0].as_ref().unwrap().as_ref().unwrap();
    assert!(answers.iter().all(|answer| Arc::ptr_eq(answer.as_ref().unwrap().as_ref().unwrap(), first)));
    assert_eq!((runs.load(Ordering::SeqCst), single_flight.len()), (1, 0));
    assert_eq!(*single_flight.join(1, || Ok(ready(Ok(5)))).await.unwrap(), 5, "whoever comes later gets something new");
}

#[tokio::test]
async fn a_run_goes_on_while_anybody_waits_and_ends_with_the_last() {
    let single_flight = Numbers::default();
    let (alive, mut dropped) = mpsc::channel::<()>(1);
    let run = async move {
        let _alive = alive;
        pending().await
    };
    let first = single_flight.clone();
    let first = tokio::spawn(async move { first.join(1, || Ok(run)).await });
    while single_flight.is_empty() {
        tokio::task::yield_now().await;
    }
    let second = single_flight.clone();
    let second = tokio::spawn(async move { second.join(1, || Ok(ready(Ok(0)))).await });
    tokio::task::yield_now().await;
    first.abort();
    assert!(first.await.unwrap_err().is_cancelled());
    assert!(timeout(Duration::from_millis(20), dropped.recv()).await.is_err(), "the second still waits");
    second.abort();
    assert_eq!(timeout(LONG, dropped.recv()).await, Ok(None));
    while !single_flight.is_empty() {
        tokio::task::yield_now().await;
    }
}

#[tokio::test]
async fn a_failure_and_a_panic_are_told_to_those_who_waited_and_to_nobody_else() {
    let single_flight = Numbers::default();
    let failed = single_flight.join(1, || Ok(ready(Err(Failure::OutOfTime)))).await;
    assert!(matches!(failed, Err(Failure::OutOfTime)));
    let panics = async { if true { panic!("planted") } else { Ok(1) } };
    assert!(matches!(single_flight.join(1, || Ok(panics)).await, Err(Failure::Internal(_))));
    assert_eq!(*single_flight.join(1, || Ok(ready(Ok(2)))).await.unwrap(), 2);
}
