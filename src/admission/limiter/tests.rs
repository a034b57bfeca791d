use super::*;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(60);

fn cost(mib: u64) -> Cost {
    Cost { work: Duration::from_millis(1500), bytes: mib * MIB, fetched: 0 }
}

fn controller(requests: usize, max_stall: Duration) -> AdmissionController {
    let limits =
        Limits { requests, requests_wait: LONG, render_queue: max_stall, render_workers: 1, ..Limits::default() };
    controller_of(&limits)
}

fn controller_of(limits: &Limits) -> AdmissionController {
    AdmissionController::new(limits, ["a", "b"].into_iter(), MemoryBudget::new(100 * MIB, 1))
}

async fn enter(controller: &AdmissionController, cost: &Cost, sources: &[&str]) -> Result<Admitted, Failure> {
    controller.enqueue(cost, &sources.iter().copied().collect())?.enter().await
}

#[tokio::test]
async fn what_takes_as_much_memory_as_there_is_may_come_in_and_one_more_byte_never() {
    let controller = controller(2, SHORT);
    let enough = Cost { bytes: 100 * MIB, ..cost(0) };
    assert_eq!(controller.check(&enough), Ok(()));
    drop(enter(&controller, &enough, &["a"]).await.unwrap());
    let fault = controller.check(&Cost { bytes: 100 * MIB + 1, ..enough }).unwrap_err();
    assert_eq!(fault.kind, FaultKind::CostTooHigh);
    assert!(fault.text.contains("101 MiB") && fault.text.contains("memory_percent"), "{}", fault.text);
}

#[tokio::test]
async fn who_does_not_fit_now_waits_until_somebody_leaves() {
    let controller = controller(10, LONG);
    let first = enter(&controller, &cost(60), &["a"]).await.unwrap();
    let second = controller.clone();
    let second = tokio::spawn(async move { enter(&second, &cost(60), &["a"]).await });
    while controller.load().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(controller.load().bytes, 60 * MIB);
    drop(first);
    let second = second.await.unwrap().unwrap();
    assert_eq!((controller.load().requests, controller.load().bytes), (1, 60 * MIB));
    drop(second);
    assert_eq!(controller.load(), Load::default());
}

#[tokio::test]
async fn who_waits_too_long_is_told_when_to_come_again() {
    let controller = controller(10, SHORT);
    let _first = enter(&controller, &cost(60), &["a"]).await.unwrap();
    let refused = enter(&controller, &cost(60), &["a"]).await.unwrap_err();
    let Failure::Overloaded { wait } = refused else { panic!("{refused:?}") };
    assert_eq!(wait, Duration::from_secs(3), "its own work and that of who is in, on one worker");
}

#[tokio::test]
async fn n_are_in_n_wait_and_one_more_is_refused_at_once() {
    let controller = controller(2, LONG);
    let in_now = [enter(&controller, &cost(1), &["a"]).await, enter(&controller, &cost(1), &["b"]).await];
    assert!(in_now.iter().all(Result::is_ok));
    let waiting: Vec<_> = ["a", "b"]
        .map(|source| {
            let controller = controller.clone();
            tokio::spawn(async move { enter(&controller, &cost(1), &[source]).await })
        })
        .into();
    while controller.load().waiting < 2 {
        tokio::task::yield_now().await;
    }
    let refused = timeout(LONG / 2, enter(&controller, &cost(1), &["b"])).await.expect("at once");
    assert!(matches!(refused, Err(Failure::Overloaded { .. })));
    drop(in_now);
    for waits in waiting {
        drop(waits.await.unwrap().unwrap());
    }
}

#[tokio::test]
async fn a_source_that_hangs_leaves_room_for_the_others() {
    let controller = controller(4, SHORT);
    let hanging = [enter(&controller, &cost(1), &["a"]).await, enter(&controller, &cost(1), &["a", "a"]).await];
    assert!(hanging.iter().all(Result::is_ok));
    assert!(enter(&controller, &cost(1), &["a", "b"]).await.is_err());
    assert!(enter(&controller, &cost(1), &["b"]).await.is_ok());
}

/// Somebody who waits for what it asks, since longer than others are patient.
async fn stuck(
    controller: &AdmissionController,
    cost: Cost,
    sources: &'static [&str],
) -> tokio::task::JoinHandle<Result<Admitted, Failure>> {
    let its = controller.clone();
    let waits = tokio::spawn(async move { enter(&its, &cost, sources).await });
    let is_stalled = |line: &BTreeMap<u64, Stopwatch>| line.values().any(|since| since.elapsed() > SHORT);
    while !controller.0.queues.lock().waiting.values().any(is_stalled) {
        tokio::task::yield_now().await;
    }
    waits
}

async fn at_once(controller: &AdmissionController, sources: &[&str]) -> Result<Admitted, Failure> {
    timeout(LONG / 2, enter(controller, &cost(1), sources)).await.expect("at once")
}

#[tokio::test]
async fn while_somebody_waits_for_a_source_for_long_those_who_ask_it_are_refused_at_once_and_the_others_are_not() {
    let controller =
        controller_of(&Limits { requests: 2, requests_wait: SHORT, render_queue: LONG, ..Limits::default() });
    let first = enter(&controller, &cost(1), &["a"]).await.unwrap();
    let second = stuck(&controller, cost(1), &["a"]).await;
    for sources in [&["a"][..], &["a", "b"]] {
        assert!(matches!(at_once(&controller, sources).await, Err(Failure::Overloaded { .. })));
    }
    assert!(at_once(&controller, &["b"]).await.is_ok());
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert!(at_once(&controller, &["a", "b"]).await.is_ok());
    assert_eq!(controller.load(), Load::default());
}

#[tokio::test]
async fn while_somebody_waits_for_memory_for_long_everybody_is_refused_at_once() {
    let limits = Limits { requests: 8, requests_wait: SHORT, render_queue: LONG, ..Limits::default() };
    let controller = controller_of(&limits);
    let first = enter(&controller, &cost(60), &["a"]).await.unwrap();
    let second = stuck(&controller, cost(60), &["a"]).await;
    for source in ["a", "b"] {
        assert!(matches!(at_once(&controller, &[source]).await, Err(Failure::Overloaded { .. })));
    }
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert!(at_once(&controller, &["b"]).await.is_ok());
}
