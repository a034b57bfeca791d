use super::*;

const SHORT: Duration = Duration::from_millis(20);
const LONG: Duration = Duration::from_secs(60);

fn cost(mib: u64) -> Cost {
    Cost { work: Duration::from_millis(1500), bytes: mib * MIB, fetched: 0 }
}

fn gate(requests: usize, patience: Duration) -> Gate {
    let limits =
        Limits { requests, requests_wait: LONG, render_queue: patience, render_workers: 1, ..Limits::default() };
    gate_of(&limits)
}

fn gate_of(limits: &Limits) -> Gate {
    Gate::new(limits, ["a", "b"].into_iter(), MemoryBudget::new(100 * MIB, 1))
}

async fn enter(gate: &Gate, cost: &Cost, sources: &[&str]) -> Result<Admitted, Failure> {
    gate.line_up(cost, &sources.iter().copied().collect())?.enter().await
}

#[tokio::test]
async fn what_takes_as_much_memory_as_there_is_may_come_in_and_one_more_byte_never() {
    let gate = gate(2, SHORT);
    let enough = Cost { bytes: 100 * MIB, ..cost(0) };
    assert_eq!(gate.check(&enough), Ok(()));
    drop(enter(&gate, &enough, &["a"]).await.unwrap());
    let fault = gate.check(&Cost { bytes: 100 * MIB + 1, ..enough }).unwrap_err();
    assert_eq!(fault.kind, FaultKind::CostTooHigh);
    assert!(fault.text.contains("101 MiB") && fault.text.contains("memory_percent"), "{}", fault.text);
}

#[tokio::test]
async fn who_does_not_fit_now_waits_until_somebody_leaves() {
    let gate = gate(10, LONG);
    let first = enter(&gate, &cost(60), &["a"]).await.unwrap();
    let second = gate.clone();
    let second = tokio::spawn(async move { enter(&second, &cost(60), &["a"]).await });
    while gate.load().waiting == 0 {
        tokio::task::yield_now().await;
    }
    assert_eq!(gate.load().bytes, 60 * MIB);
    drop(first);
    let second = second.await.unwrap().unwrap();
    assert_eq!((gate.load().requests, gate.load().bytes), (1, 60 * MIB));
    drop(second);
    assert_eq!(gate.load(), Load::default());
}

#[tokio::test]
async fn who_waits_too_long_is_told_when_to_come_again() {
    let gate = gate(10, SHORT);
    let _first = enter(&gate, &cost(60), &["a"]).await.unwrap();
    let refused = enter(&gate, &cost(60), &["a"]).await.unwrap_err();
    let Failure::Overloaded { wait } = refused else { panic!("{refused:?}") };
    assert_eq!(wait, Duration::from_secs(3), "its own work and that of who is in, on one worker");
}

#[tokio::test]
async fn n_are_in_n_wait_and_one_more_is_refused_at_once() {
    let gate = gate(2, LONG);
    let in_now = [enter(&gate, &cost(1), &["a"]).await, enter(&gate, &cost(1), &["b"]).await];
    assert!(in_now.iter().all(Result::is_ok));
    let waiting: Vec<_> = ["a", "b"]
        .map(|source| {
            let gate = gate.clone();
            tokio::spawn(async move { enter(&gate, &cost(1), &[source]).await })
        })
        .into();
    while gate.load().waiting < 2 {
        tokio::task::yield_now().await;
    }
    let refused = timeout(LONG / 2, enter(&gate, &cost(1), &["b"])).await.expect("at once");
    assert!(matches!(refused, Err(Failure::Overloaded { .. })));
    drop(in_now);
    for waits in waiting {
        drop(waits.await.unwrap().unwrap());
    }
}

#[tokio::test]
async fn a_source_that_hangs_leaves_room_for_the_others() {
    let gate = gate(4, SHORT);
    let hanging = [enter(&gate, &cost(1), &["a"]).await, enter(&gate, &cost(1), &["a", "a"]).await];
    assert!(hanging.iter().all(Result::is_ok));
    assert!(enter(&gate, &cost(1), &["a", "b"]).await.is_err());
    assert!(enter(&gate, &cost(1), &["b"]).await.is_ok());
}

/// Somebody who waits for what it asks, since longer than others are patient.
async fn stuck(
    gate: &Gate,
    cost: Cost,
    sources: &'static [&str],
) -> tokio::task::JoinHandle<Result<Admitted, Failure>> {
    let its = gate.clone();
    let waits = tokio::spawn(async move { enter(&its, &cost, sources).await });
    let stands = |line: &BTreeMap<u64, Stopwatch>| line.values().any(|since| since.elapsed() > SHORT);
    while !gate.0.lines.lock().waiting.values().any(stands) {
        tokio::task::yield_now().await;
    }
    waits
}

async fn at_once(gate: &Gate, sources: &[&str]) -> Result<Admitted, Failure> {
    timeout(LONG / 2, enter(gate, &cost(1), sources)).await.expect("at once")
}

#[tokio::test]
async fn while_somebody_waits_for_a_source_for_long_those_who_ask_it_are_refused_at_once_and_the_others_are_not() {
    let gate = gate_of(&Limits { requests: 2, requests_wait: SHORT, render_queue: LONG, ..Limits::default() });
    let first = enter(&gate, &cost(1), &["a"]).await.unwrap();
    let second = stuck(&gate, cost(1), &["a"]).await;
    for sources in [&["a"][..], &["a", "b"]] {
        assert!(matches!(at_once(&gate, sources).await, Err(Failure::Overloaded { .. })));
    }
    assert!(at_once(&gate, &["b"]).await.is_ok());
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert!(at_once(&gate, &["a", "b"]).await.is_ok());
    assert_eq!(gate.load(), Load::default());
}

#[tokio::test]
async fn while_somebody_waits_for_memory_for_long_everybody_is_refused_at_once() {
    let limits = Limits { requests: 8, requests_wait: SHORT, render_queue: LONG, ..Limits::default() };
    let gate = gate_of(&limits);
    let first = enter(&gate, &cost(60), &["a"]).await.unwrap();
    let second = stuck(&gate, cost(60), &["a"]).await;
    for source in ["a", "b"] {
        assert!(matches!(at_once(&gate, &[source]).await, Err(Failure::Overloaded { .. })));
    }
    drop(first);
    drop(second.await.unwrap().unwrap());
    assert!(at_once(&gate, &["b"]).await.is_ok());
}
