//! The workers that draw: so many at once, a short queue, and an end to work that takes too long.

use crate::error::Failure;
use crate::limits::Limits;
use crate::stop::Stop;
use std::sync::Arc;
use std::time::Duration;
use tokio::sync::Semaphore;
use tokio::task::{JoinError, spawn_blocking};
use tokio::time::timeout;

/// A bounded number of blocking workers.
#[derive(Debug, Clone)]
pub struct Pool {
    workers: Arc<Semaphore>,
    queue: Duration,
    work: Duration,
}

impl Pool {
    /// With the numbers of `limits`.
    pub fn new(limits: &Limits) -> Self {
        let workers = Arc::new(Semaphore::new(limits.render_workers));
        Self { workers, queue: limits.render_queue, work: limits.render }
    }

    /// Runs `job` on a worker. When its time is over, or when this future is dropped because the caller is gone, the job's [`Stop`]
    /// is raised; the worker is free again when the job returns. A panic ends this job only.
    pub async fn run<T: Send + 'static>(
        &self,
        job: impl FnOnce(&Stop) -> Result<T, Failure> + Send + 'static,
    ) -> Result<T, Failure> {
        let permit = timeout(self.queue, Arc::clone(&self.workers).acquire_owned());
        let permit =
            permit.await.map_err(|_| Failure::Overloaded)?.map_err(|closed| Failure::Internal(closed.to_string()))?;
        let stop = Stop::default();
        let _raised_when_the_caller_is_gone = stop.raise_on_drop();
        let work = spawn_blocking(move || {
            let _held_until_the_job_returns = permit;
            job(&stop)
        });
        let result: Result<_, JoinError> = timeout(self.work, work).await.map_err(|_| Failure::RenderTimeout)?;
        result.map_err(|panic| Failure::Internal(panic.to_string()))?
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn pool(workers: usize, millis: u64) -> Pool {
        let time = Duration::from_millis(millis);
        Pool::new(&Limits { render_workers: workers, render_queue: time, render: time, ..Limits::default() })
    }

    #[tokio::test]
    async fn a_panic_ends_one_job_and_the_worker_serves_the_next() {
        let pool = pool(1, 1000);
        assert!(matches!(pool.run(|_| -> Result<(), _> { panic!("planted") }).await, Err(Failure::Internal(_))));
        assert_eq!(pool.run(|_| Ok(7)).await.unwrap(), 7);
    }

    #[tokio::test]
    async fn a_job_that_takes_too_long_is_told_to_stop() {
        let pool = pool(1, 50);
        let (stopped, seen) = std::sync::mpsc::channel();
        let endless = move |stop: &Stop| {
            while stop.check().is_ok() {
                std::hint::spin_loop();
            }
            stopped.send(()).map_err(|gone| Failure::Internal(gone.to_string()))
        };
        assert!(matches!(pool.run(endless).await, Err(Failure::RenderTimeout)));
        seen.recv().unwrap();
    }

    #[tokio::test]
    async fn who_finds_no_worker_in_time_is_told_so() {
        let pool = pool(0, 20);
        assert!(matches!(pool.run(|_| Ok(())).await, Err(Failure::Overloaded)));
    }
}
