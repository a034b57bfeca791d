//! The workers that draw: so many at once, a short queue that refuses at once whoever would wait too long, and an end to work that takes
//! too long.
//!
//! Called by the way. A job ends in one of four ways, and each frees its worker: it returns, it panics, its time is over, or its caller is
//! gone. A job that is job_stop to stop and does not costs its worker: it is counted as lost and another takes its place.

mod estimate_correction;
mod meter;
mod queue;
mod threads;

use crate::cancel::Stop;
use crate::error::Failure;
use crate::limits::Limits;
use meter::Charge;
pub use meter::Meter;
use parking_lot::Mutex;
use queue::{Slot, TwoLaneQueue};
use std::io;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Duration;
use threads::Threads;
use tokio::sync::oneshot;
use tokio::time::{sleep, timeout};
use tracing::Span;

/// A bounded number of workers, each a thread. Clones share them.
#[derive(Debug, Clone)]
pub struct Pool(Arc<Workers>);

/// The current load of the pool, and its losses since the start.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Load {
    /// Jobs on a worker.
    pub drawing: usize,
    /// Jobs that wait for one.
    pub waiting: usize,
    /// Workers that were given up and did not come back.
    pub lost: usize,
    /// Jobs that panicked, since the start.
    pub panicked: u64,
    /// Workers that were given up, since the start.
    pub given_up: u64,
}

#[derive(Debug)]
struct Workers {
    queue: Mutex<TwoLaneQueue<oneshot::Sender<Lease>>>,
    threads: Arc<Threads>,
    workers: usize,
    max_wait: Duration,
    work: Duration,
    lost: Duration,
    panicked: AtomicU64,
    given_up: AtomicU64,
}

impl Pool {
    /// Creates a pool with the numbers of `limits`.
    pub fn new(limits: &Limits) -> Self {
        Self(Arc::new(Workers {
            queue: Mutex::new(TwoLaneQueue::new(limits)),
            threads: Arc::default(),
            workers: limits.render_workers,
            max_wait: limits.render_queue,
            work: limits.render,
            lost: limits.render_lost,
            panicked: AtomicU64::new(0),
            given_up: AtomicU64::new(0),
        }))
    }

    /// Starts a thread for each worker, so that no job fails for lack of one. Err where the system gives fewer threads.
    pub fn start_workers(&self) -> io::Result<()> {
        self.0.threads.start_idle(self.0.workers)
    }

    /// Runs `job`, which is estimated to take `estimate`, on a worker, and charges `meter` with what it took. When its time is over, or
    /// when this future is dropped because the caller is gone, the job's [`Stop`] is raised; while it waits, it is never begun. A panic
    /// ends this job only.
    pub async fn run<T: Send + 'static>(
        &self,
        estimate: Duration,
        meter: &Meter,
        job: impl FnOnce(&Stop) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let lease = self.lease(estimate).await?;
        let (stop, slot, charge) = (Stop::default(), lease.slot, Arc::new(Charge::begin(meter)));
        let (job_stop, begun) = (stop.clone(), lease.begin(Arc::clone(&charge)));
        let (done, ended) = oneshot::channel();
        let span = Span::current();
        let work = move || -> Box<dyn FnOnce()> {
            let (done, begun) = (done, begun);
            let result = job_stop.check().map_err(Failure::from).and_then(|()| span.in_scope(|| job(&job_stop)));
            Box::new(move || {
                drop(begun);
                drop(done.send(result));
            })
        };
        self.0.threads.run(Box::new(work)).map_err(|cause| Failure::Internal(format!("no thread draws: {cause}")))?;
        let (caller, result) = oneshot::channel();
        tokio::spawn(Arc::clone(&self.0).supervise(ended, (slot, charge), stop, caller));
        result.await.unwrap_or_else(|gone| Err(Failure::Internal(gone.to_string())))
    }

    /// Returns the expected wait of a job with this estimate. Fails where it would be rejected.
    pub fn wait(&self, estimate: Duration) -> Result<Duration, Failure> {
        self.0.queue.lock().wait(estimate).map_err(|wait| Failure::Overloaded { wait })
    }

    /// Returns the current load.
    pub fn load(&self) -> Load {
        let (drawing, waiting, lost) = self.0.queue.lock().counts();
        let [panicked, given_up] = [&self.0.panicked, &self.0.given_up].map(|count| count.load(Ordering::Relaxed));
        Load { drawing, waiting, lost, panicked, given_up }
    }

    /// More than half of its workers are there.
    pub fn is_ready(&self) -> bool {
        self.load().lost * 2 < self.0.workers
    }

    async fn lease(&self, estimate: Duration) -> Result<Lease, Failure> {
        let (call, mut called) = oneshot::channel();
        let slot = {
            let mut queue = self.0.queue.lock();
            queue.wait(estimate).map_err(|wait| Failure::Overloaded { wait })?;
            let slot = queue.slot(estimate);
            queue.enter(slot, call);
            slot
        };
        let _forgotten_when_the_caller_is_gone = QueueEntry { workers: &self.0, slot };
        self.0.call();
        let late = |_| Failure::Overloaded { wait: self.0.max_wait };
        let called = timeout(self.0.max_wait, &mut called).await.map_err(late)?;
        called.map_err(|gone| Failure::Internal(gone.to_string()))
    }
}

impl Workers {
    /// Gives free workers to those who wait. A job whose caller is gone returns its lease when the lease is dropped.
    fn call(self: &Arc<Self>) {
        loop {
            let called = self.queue.lock().call();
            let Some((slot, call)) = called else { return };
            let lease = Lease { workers: Arc::clone(self), slot };
            drop(call.send(lease));
        }
    }

    /// Waits for the end of a job and tells it to its caller; sees to it that it ends.
    async fn supervise<T>(
        self: Arc<Self>,
        mut work: oneshot::Receiver<Result<T, Failure>>,
        (slot, charge): (Slot, Arc<Charge>),
        stop: Stop,
        mut caller: oneshot::Sender<Result<T, Failure>>,
    ) {
        tokio::select! {
            ended = &mut work => {
                let panicked = |_| Failure::Internal("the job panicked".to_owned());
                return drop(caller.send(ended.map_err(panicked).flatten()));
            }
            () = sleep(self.work) => drop(caller.send(Err(Failure::RenderTimeout))),
            () = caller.closed() => {}
        }
        stop.raise();
        if timeout(self.lost, &mut work).await.is_err() {
            tracing::error!("a worker does not stop: it is given up, and another takes its place");
            self.given_up.fetch_add(1, Ordering::Relaxed);
            charge.settle();
            self.queue.lock().lose(slot.number);
            self.call();
        }
    }
}

/// A place in the queue; left when it is dropped.
struct QueueEntry<'a> {
    workers: &'a Workers,
    slot: Slot,
}

impl Drop for QueueEntry<'_> {
    fn drop(&mut self) {
        self.workers.queue.lock().forget(self.slot.number);
    }
}

/// The right to a worker; given back when it is dropped.
#[derive(Debug)]
struct Lease {
    workers: Arc<Workers>,
    slot: Slot,
}

impl Lease {
    fn begin(self, charge: Arc<Charge>) -> RunningJob {
        RunningJob { lease: self, charge }
    }
}

impl Drop for Lease {
    fn drop(&mut self) {
        self.workers.queue.lock().leave(self.slot.number);
        self.workers.call();
    }
}

/// A job on a worker; charged, and its worker free, when it is dropped.
struct RunningJob {
    lease: Lease,
    charge: Arc<Charge>,
}

impl Drop for RunningJob {
    fn drop(&mut self) {
        let taken = self.charge.settle();
        let workers = &self.lease.workers;
        if std::thread::panicking() {
            workers.panicked.fetch_add(1, Ordering::Relaxed);
        }
        workers.queue.lock().record(self.lease.slot.estimate, taken);
    }
}

#[cfg(test)]
mod tests;
