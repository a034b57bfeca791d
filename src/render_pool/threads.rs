//! The threads that draw, and do nothing else: what one of them keeps from picture to picture is warm for the next, and there are no more
//! copies of it than pictures that are drawn at once.
//!
//! Used by the pool alone, which bounds how many jobs run. The service starts its threads before it is ready; later a thread is started
//! only where none is idle. The one that was idle last goes first.
//! A thread whose job panics ends, and so does whatever the job left half done in it. The others end with the pool.

use parking_lot::Mutex;
use std::io;
use std::sync::mpsc::{Receiver, Sender, channel};
use std::sync::{Arc, Weak};
use std::thread::Builder;

/// A job of a thread; returns an action that runs once the thread is idle again.
pub(super) type Job = Box<dyn FnOnce() -> Box<dyn FnOnce()> + Send>;

/// See the module.
#[derive(Debug, Default)]
pub(super) struct Threads(Mutex<Vec<Thread>>);

/// The way to a thread. It ends when there is none.
#[derive(Debug)]
struct Thread(Sender<Task>);

struct Task {
    job: Job,
    thread: Thread,
}

impl Threads {
    /// Gives `job` to an idle thread, or to a new one. Err where the system gives none; the job is dropped then.
    pub fn run(self: &Arc<Self>, job: Job) -> io::Result<()> {
        let idle = self.0.lock().pop();
        let thread = idle.map_or_else(|| self.start(), Ok)?;
        let task = Task { job, thread: Thread(thread.0.clone()) };
        thread.0.send(task).map_err(|_| io::Error::other("the thread has ended"))
    }

    /// Returns the number of threads that wait for a job.
    #[cfg(test)]
    pub fn idle(&self) -> usize {
        self.0.lock().len()
    }

    /// Starts threads until `count` are idle. Err where the system gives fewer.
    pub fn start_idle(self: &Arc<Self>, count: usize) -> io::Result<()> {
        let mut idle = self.0.lock();
        while idle.len() < count {
            idle.push(self.start()?);
        }
        Ok(())
    }

    fn start(self: &Arc<Self>) -> io::Result<Thread> {
        let (thread, tasks) = channel();
        let threads = Arc::downgrade(self);
        Builder::new().name("draws".to_owned()).spawn(move || work(&tasks, &threads))?;
        Ok(Thread(thread))
    }
}

/// One task after another, as long as there is a way to get one.
fn work(tasks: &Receiver<Task>, threads: &Weak<Threads>) {
    for Task { job, thread } in tasks {
        let tell = job();
        if let Some(threads) = threads.upgrade() {
            threads.0.lock().push(thread);
        }
        tell();
    }
}
