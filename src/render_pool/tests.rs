use super::*;
use std::sync::mpsc;
use std::time::Instant;

const MS: Duration = Duration::from_millis(1);
const LONG: Duration = Duration::from_secs(60);

fn limits(workers: usize) -> Limits {
    Limits { render_workers: workers, render_queue: LONG, render: LONG, render_lost: LONG, ..Limits::default() }
}

/// Polls until `is_so`.
async fn until(is_so: impl Fn() -> bool) {
    let begin = Instant::now();
    while !is_so() {
        assert!(begin.elapsed() < LONG, "it never comes to be");
        tokio::time::sleep(MS).await;
    }
}

/// A job that looks at its flag and ends once it is raised.
fn obedient(stop: &Stop) -> Result<(), Failure> {
    while stop.check().is_ok() {
        std::thread::yield_now();
    }
    Ok(())
}

/// A job that ends when it is job_stop by the other end of the channel, and looks at no flag.
fn deaf() -> (mpsc::Sender<()>, impl FnOnce(&Stop) -> Result<(), Failure> + Send + 'static) {
    let (end, job_stop) = mpsc::channel();
    (end, move |_: &Stop| {
        let _ = job_stop.recv();
        Ok(())
    })
}

#[tokio::test]
async fn a_panic_ends_one_job_is_counted_and_the_worker_serves_the_next() {
    let (pool, meter) = (Pool::new(&limits(1)), Meter::default());
    let failed = pool.run(MS, &meter, |_| -> Result<(), _> { panic!("planted") }).await;
    assert!(matches!(failed, Err(Failure::Internal(_))), "{failed:?}");
    assert_eq!(pool.run(MS, &meter, |_| Ok(7)).await.unwrap(), 7);
    assert_eq!(pool.load(), Load { panicked: 1, ..pool.load() });
}

#[tokio::test]
async fn a_job_that_takes_too_long_is_told_to_stop_and_charged() {
    let (pool, meter) = (Pool::new(&Limits { render: 50 * MS, ..limits(1) }), Meter::default());
    assert!(matches!(pool.run(MS, &meter, obedient).await, Err(Failure::RenderTimeout)));
    until(|| pool.load().drawing == 0).await;
    assert!(meter.take() >= 50 * MS);
    assert_eq!((pool.load().lost, pool.load().given_up), (0, 0));
}

#[tokio::test]
async fn when_the_caller_is_gone_the_job_ends_and_is_charged() {
    let (pool, meter) = (Pool::new(&limits(1)), Meter::default());
    let (begun, mut begins) = tokio::sync::oneshot::channel();
    let job = move |stop: &Stop| {
        let _ = begun.send(Instant::now());
        obedient(stop)
    };
    let mut running = Box::pin(pool.run(MS, &meter, job));
    let begun = tokio::select! {
        ended = &mut running => panic!("it ended by itself: {ended:?}"),
        begun = &mut begins => begun.unwrap(),
    };
    drop(running);
    let drawn = begun.elapsed();
    until(|| pool.load().drawing == 0).await;
    assert!(meter.take() >= drawn);
}

#[tokio::test]
async fn when_the_caller_is_gone_while_it_waits_the_job_is_never_begun() {
    let (pool, meter) = (Pool::new(&limits(1)), Meter::default());
    let (end, job) = deaf();
    let first = tokio::spawn({
        let (pool, meter) = (pool.clone(), meter.clone());
        async move { pool.run(MS, &meter, job).await }
    });
    until(|| pool.load().drawing == 1).await;
    let (begun, begins) = mpsc::channel();
    let gone =
        timeout(20 * MS, pool.run(MS, &meter, move |_| begun.send(()).map_err(|e| Failure::Internal(e.to_string()))));
    assert!(gone.await.is_err());
    assert_eq!(pool.load().waiting, 0, "it left the queue");
    end.send(()).unwrap();
    first.await.unwrap().unwrap();
    assert!(begins.recv().is_err(), "it was dropped without being begun");
}

#[tokio::test]
async fn who_finds_no_worker_in_time_is_told_so() {
    let pool = Pool::new(&Limits { render_queue: 20 * MS, ..limits(1) });
    let (end, job) = deaf();
    let first = tokio::spawn({
        let pool = pool.clone();
        async move { pool.run(MS, &Meter::default(), job).await }
    });
    until(|| pool.load().drawing == 1).await;
    let late = pool.run(MS, &Meter::default(), |_| Ok(())).await;
    assert!(matches!(late, Err(Failure::Overloaded { .. })), "{late:?}");
    end.send(()).unwrap();
    first.await.unwrap().unwrap();
    pool.run(MS, &Meter::default(), |_| Ok(())).await.unwrap();
}

#[tokio::test]
async fn n_wait_and_one_more_is_refused_at_once() {
    let pool = Pool::new(&Limits { render_queue_length: 3, ..limits(2) });
    let (ends, jobs): (Vec<_>, Vec<_>) = std::iter::repeat_with(deaf).take(5).unzip();
    let running: Vec<_> = jobs
        .into_iter()
        .map(|job| {
            let pool = pool.clone();
            tokio::spawn(async move { pool.run(MS, &Meter::default(), job).await })
        })
        .collect();
    until(|| pool.load() == Load { drawing: 2, waiting: 3, ..Load::default() }).await;
    assert!(matches!(pool.wait(MS), Err(Failure::Overloaded { .. })));
    let begin = Instant::now();
    let refused = pool.run(MS, &Meter::default(), |_| Ok(())).await;
    assert!(matches!(refused, Err(Failure::Overloaded { .. })) && begin.elapsed() < LONG / 2);
    ends.iter().for_each(|end| end.send(()).unwrap());
    for job in running {
        job.await.unwrap().unwrap();
    }
    assert_eq!(pool.load(), Load::default());
}

#[tokio::test]
async fn a_worker_that_does_not_stop_is_lost_and_replaced_and_half_of_them_lost_is_not_ready() {
    let pool = Pool::new(&Limits { render_lost: 10 * MS, ..limits(2) });
    let meter = Meter::default();
    let (end, job) = deaf();
    let (begin, begun) = mpsc::channel();
    let job = move |stop: &Stop| {
        begin.send(()).unwrap();
        job(stop)
    };
    assert!(pool.is_ready());
    let caller = tokio::spawn({
        let (pool, meter) = (pool.clone(), meter.clone());
        async move { pool.run(MS, &meter, job).await }
    });
    // A job whose caller is gone before it begins is never begun, and its worker not lost.
    until(|| begun.try_recv().is_ok()).await;
    caller.abort();
    until(|| pool.load().lost == 1).await;
    assert!(!pool.is_ready());
    assert!(meter.take() >= 10 * MS, "it is charged although it does not end");
    // Both workers are there all the same: these two wait for each other.
    let (left, right) = (Arc::new(std::sync::Barrier::new(2)), Meter::default());
    let meet = |barrier: Arc<std::sync::Barrier>| move |_: &Stop| Ok(barrier.wait().is_leader());
    let (one, two) = tokio::join!(pool.run(MS, &right, meet(Arc::clone(&left))), pool.run(MS, &right, meet(left)));
    assert!(one.is_ok() && two.is_ok());
    end.send(()).unwrap();
    until(|| pool.load().lost == 0).await;
    assert!(pool.is_ready() && pool.load().given_up == 1);
}

/// Returns the thread that renders.
async fn thread_of(pool: &Pool) -> std::thread::ThreadId {
    pool.run(MS, &Meter::default(), |_| Ok(std::thread::current().id())).await.unwrap()
}

#[tokio::test]
async fn one_after_another_is_drawn_by_the_same_thread_until_one_panics() {
    let pool = Pool::new(&limits(4));
    let first = thread_of(&pool).await;
    for _ in 0..100 {
        assert_eq!(thread_of(&pool).await, first);
    }
    pool.run(MS, &Meter::default(), |_| -> Result<(), _> { panic!("planted") }).await.unwrap_err();
    assert_ne!(thread_of(&pool).await, first);
}

#[tokio::test]
async fn workers_that_were_started_draw_all_that_may_be_drawn_at_once() {
    let pool = Pool::new(&limits(3));
    pool.start_workers().unwrap();
    pool.start_workers().unwrap();
    assert_eq!(pool.0.threads.idle(), 3, "one thread for each worker, however often they are started");
    let together = Arc::new(std::sync::Barrier::new(3));
    let job = || {
        let together = Arc::clone(&together);
        move |_: &Stop| Ok(together.wait().is_leader())
    };
    let meter = Meter::default();
    let drawn = tokio::join!(pool.run(MS, &meter, job()), pool.run(MS, &meter, job()), pool.run(MS, &meter, job()));
    assert!(drawn.0.is_ok() && drawn.1.is_ok() && drawn.2.is_ok());
    until(|| pool.load() == Load::default()).await;
    assert_eq!(pool.0.threads.idle(), 3, "none was started for them");
}

#[tokio::test]
async fn threads_end_with_their_pool() {
    struct Ends(mpsc::Sender<()>);
    impl Drop for Ends {
        fn drop(&mut self) {
            let _ = self.0.send(());
        }
    }
    thread_local! {
        static KEPT: std::cell::OnceCell<Ends> = const { std::cell::OnceCell::new() };
    }
    let (end, ended) = mpsc::channel();
    let pool = Pool::new(&limits(1));
    let keep = move |_: &Stop| Ok(KEPT.with(|kept| kept.set(Ends(end)).is_ok()));
    assert!(pool.run(MS, &Meter::default(), keep).await.unwrap());
    drop(pool);
    assert_eq!(ended.recv_timeout(LONG), Ok(()));
}
