//! The answer to a request to the writer: waited for by a thread or awaited by a task.

use std::fmt;
use std::future::Future;
use std::pin::Pin;
use std::sync::{Arc, Condvar, Mutex, MutexGuard, PoisonError};
use std::task::{Context, Poll, Waker};

use crate::StoreError;

/// Resolves once the work is committed (or has failed): a future of no particular runtime.
/// Dropping it does not cancel the work.
#[must_use = "the result says whether the work was committed"]
pub struct Ticket<T> {
    shared: Arc<Shared<T>>,
}

/// The writer's end of a [`Ticket`]. Dropped without an answer, it answers that the writer stopped.
pub(crate) struct Answer<T> {
    shared: Arc<Shared<T>>,
}

struct Shared<T> {
    slot: Mutex<Slot<T>>,
    filled: Condvar,
}

struct Slot<T> {
    result: Option<Result<T, StoreError>>,
    waker: Option<Waker>,
}

/// A ticket and the end that answers it.
pub(crate) fn ticket<T>() -> (Answer<T>, Ticket<T>) {
    let shared =
        Arc::new(Shared { slot: Mutex::new(Slot { result: None, waker: None }), filled: Condvar::new() });
    (Answer { shared: Arc::clone(&shared) }, Ticket { shared })
}

impl<T> Shared<T> {
    fn slot(&self) -> MutexGuard<'_, Slot<T>> {
        self.slot.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// The first answer counts.
    fn fill(&self, result: Result<T, StoreError>) {
        let mut slot = self.slot();
        if slot.result.is_none() {
            slot.result = Some(result);
            self.filled.notify_one();
            if let Some(waker) = slot.waker.take() {
                drop(slot);
                waker.wake();
            }
        }
    }
}

impl<T> Answer<T> {
    pub(crate) fn send(self, result: Result<T, StoreError>) {
        self.shared.fill(result);
    }
}

impl<T> Drop for Answer<T> {
    fn drop(&mut self) {
        self.shared.fill(Err(StoreError::Unavailable("the writer stopped".to_owned())));
    }
}

impl<T> Ticket<T> {
    /// One that has been answered.
    pub(crate) fn ready(result: Result<T, StoreError>) -> Self {
        let (answer, ticket) = ticket();
        answer.send(result);
        ticket
    }

    /// Blocks this thread until the work is committed.
    ///
    /// # Errors
    /// What the work came to, or [`StoreError::Unavailable`] when it could not be committed.
    pub fn wait(self) -> Result<T, StoreError> {
        let mut slot = self.shared.slot();
        loop {
            if let Some(result) = slot.result.take() {
                return result;
            }
            slot = self.shared.filled.wait(slot).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

impl<T> Future for Ticket<T> {
    type Output = Result<T, StoreError>;

    fn poll(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Self::Output> {
        let mut slot = self.shared.slot();
        match slot.result.take() {
            Some(result) => Poll::Ready(result),
            None => {
                slot.waker = Some(context.waker().clone());
                Poll::Pending
            }
        }
    }
}

impl<T> fmt::Debug for Ticket<T> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Ticket").finish_non_exhaustive()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_answer_reaches_a_waiting_thread() {
        let (answer, ticket) = ticket();
        let waiting = std::thread::spawn(move || ticket.wait());
        answer.send(Ok(7));
        assert_eq!(waiting.join().unwrap().unwrap(), 7);
    }

    #[test]
    fn a_dropped_answer_is_an_error() {
        let (answer, ticket) = ticket::<u8>();
        drop(answer);
        assert!(matches!(ticket.wait(), Err(StoreError::Unavailable(_))));
    }

    #[test]
    fn a_task_is_woken() {
        let (answer, mut ticket) = ticket();
        let (woken, wakes) = std::sync::mpsc::channel();
        struct Bell(std::sync::mpsc::Sender<()>);
        impl std::task::Wake for Bell {
            fn wake(self: Arc<Self>) {
                self.0.send(()).unwrap();
            }
        }
        let waker = Waker::from(Arc::new(Bell(woken)));
        let mut context = Context::from_waker(&waker);
        assert!(Pin::new(&mut ticket).poll(&mut context).is_pending());
        answer.send(Ok("done"));
        wakes.recv().unwrap();
        assert!(matches!(Pin::new(&mut ticket).poll(&mut context), Poll::Ready(Ok("done"))));
    }
}
