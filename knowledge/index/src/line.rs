//! A thread with a runtime of its own, for async clients behind doors that block.
//!
//! Callers hand over a future and wait for its outcome, so a call works from any thread: no runtime
//! of the caller's is entered, and none is needed.

use std::io;
use std::sync::mpsc::{RecvTimeoutError, sync_channel};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::task::{LocalSet, spawn_local};

/// How much longer than the work its caller waits.
const GRACE: Duration = Duration::from_millis(500);

type Job = Box<dyn FnOnce() + Send>;

/// The thread; dropping it drops the work that is still under way.
#[derive(Debug)]
pub(crate) struct Line {
    /// Taken when the line is closed.
    jobs: Option<UnboundedSender<Job>>,
    thread: Option<JoinHandle<()>>,
}

/// Why there is no outcome.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Cut {
    /// It took longer than it was given.
    Late,
    /// The future panicked, or the line was closed.
    Broken,
}

impl Line {
    /// Starts the thread.
    pub(crate) fn open(name: &str) -> io::Result<Self> {
        let runtime = Builder::new_current_thread().enable_all().build()?;
        let (jobs, mut asked) = unbounded_channel::<Job>();
        let thread = thread::Builder::new().name(name.to_owned()).spawn(move || {
            LocalSet::new().block_on(&runtime, async move {
                while let Some(job) = asked.recv().await {
                    job();
                }
            });
        })?;
        Ok(Self { jobs: Some(jobs), thread: Some(thread) })
    }

    /// Runs `work` to its end, or drops it when `deadline` has passed.
    pub(crate) fn run<T, W>(&self, deadline: Duration, work: W) -> Result<T, Cut>
    where
        T: Send + 'static,
        W: AsyncFnOnce() -> T + Send + 'static,
    {
        let (tell, told) = sync_channel(1);
        let job: Job = Box::new(move || {
            spawn_local(async move {
                let outcome = tokio::time::timeout(deadline, work()).await.map_err(|_| Cut::Late);
                // The caller waits below.
                drop(tell.send(outcome));
            });
        });
        match &self.jobs {
            Some(jobs) if jobs.send(job).is_ok() => {}
            _ => return Err(Cut::Broken),
        }
        // Somewhat longer than the work itself, for a line whose thread is stuck.
        match told.recv_timeout(deadline + GRACE) {
            Ok(outcome) => outcome,
            Err(RecvTimeoutError::Timeout) => Err(Cut::Late),
            Err(RecvTimeoutError::Disconnected) => Err(Cut::Broken),
        }
    }
}

impl Drop for Line {
    fn drop(&mut self) {
        self.jobs = None;
        if let Some(thread) = self.thread.take() {
            // A panic of the thread has been reported where it happened.
            drop(thread.join());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::future::pending;
    use std::time::Duration;

    use super::{Cut, Line};

    #[test]
    fn work_is_done_cut_short_or_broken() {
        let line = Line::open("test").unwrap();
        let long = Duration::from_secs(60);
        assert_eq!(line.run(long, async || 7), Ok(7));
        assert_eq!(line.run(Duration::from_millis(1), async || pending::<()>().await), Err(Cut::Late));
        let failing = async || panic!("a bug");
        assert_eq!(line.run::<(), _>(long, failing), Err(Cut::Broken));
        assert_eq!(line.run(long, async || 8), Ok(8), "a panic of one call is that of no other");
    }
}
