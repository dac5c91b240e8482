//! What waits for a hand.

use std::collections::VecDeque;
use std::sync::{Condvar, Mutex, MutexGuard, PoisonError};

/// Pieces of work that may wait; beyond it the store answers that it is busy.
const MOST: usize = 16_384;

/// A queue that any number of threads put into and take from.
pub(super) struct Queue<T> {
    waiting: Mutex<Waiting<T>>,
    filled: Condvar,
}

struct Waiting<T> {
    items: VecDeque<T>,
    closed: bool,
}

impl<T> Queue<T> {
    pub(super) fn new() -> Self {
        Self {
            waiting: Mutex::new(Waiting { items: VecDeque::new(), closed: false }),
            filled: Condvar::new(),
        }
    }

    fn waiting(&self) -> MutexGuard<'_, Waiting<T>> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Puts an item at the end; gives it back where too many wait. Never blocks.
    pub(super) fn put(&self, item: T) -> Result<(), T> {
        let mut waiting = self.waiting();
        if waiting.closed || waiting.items.len() >= MOST {
            return Err(item);
        }
        waiting.items.push_back(item);
        drop(waiting);
        self.filled.notify_one();
        Ok(())
    }

    /// Waits for an item; takes those behind it too while they weigh no more than `most` together.
    /// Nothing once the queue is closed and empty.
    pub(super) fn take(&self, most: usize, weight: impl Fn(&T) -> usize) -> Option<Vec<T>> {
        let mut waiting = self.waiting();
        loop {
            if let Some(first) = waiting.items.pop_front() {
                let mut heavy = weight(&first);
                let mut taken = vec![first];
                while let Some(next) = waiting.items.front()
                    && heavy + weight(next) <= most
                {
                    heavy += weight(next);
                    taken.extend(waiting.items.pop_front());
                }
                return Some(taken);
            }
            if waiting.closed {
                return None;
            }
            waiting = self.filled.wait(waiting).unwrap_or_else(PoisonError::into_inner);
        }
    }

    /// Lets those who take end when nothing is left.
    pub(super) fn close(&self) {
        self.waiting().closed = true;
        self.filled.notify_all();
    }
}

#[cfg(test)]
mod tests {
    use super::Queue;

    #[test]
    fn what_waits_is_taken_in_order_up_to_a_weight() {
        let queue = Queue::new();
        for weight in [3, 4, 4, 9, 1] {
            queue.put(weight).unwrap();
        }
        queue.close();
        assert_eq!(queue.put(1), Err(1));
        let taken: Vec<_> = std::iter::from_fn(|| queue.take(8, |it| *it)).collect();
        assert_eq!(taken, [vec![3, 4], vec![4], vec![9], vec![1]]);
    }
}
