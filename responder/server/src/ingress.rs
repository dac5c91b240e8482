//! The way of verified messages into the store: one thread takes whatever arrived while the disk
//! was busy with the batch before, so that 32 callers share one sync and nobody waits for two.

use std::sync::Arc;
use std::thread::JoinHandle;
use std::time::Duration;

use runtime::{Inbound, Receipt, StateStore, StoreError};
use tokio::sync::{mpsc, oneshot};

/// Messages that may wait; beyond it the caller is told to come back.
const QUEUE: usize = 4096;
/// Messages in one transaction.
const BATCH: usize = 256;
/// A caller waits this long for its message to be durable.
const DEADLINE: Duration = Duration::from_secs(10);

type Waiting = (Inbound, oneshot::Sender<Result<Receipt, StoreError>>);

/// The queue and its thread. Dropping it stores what is queued and ends the thread.
pub(crate) struct Ingress {
    /// `None` only while dropping.
    queue: Option<mpsc::Sender<Waiting>>,
    thread: Option<JoinHandle<()>>,
}

impl Ingress {
    /// Starts the thread.
    pub(crate) fn start(state: Arc<dyn StateStore>) -> std::io::Result<Self> {
        let (queue, waiting) = mpsc::channel(QUEUE);
        let thread = std::thread::Builder::new()
            .name("ingress".to_owned())
            .spawn(move || run(state.as_ref(), waiting))?;
        Ok(Self { queue: Some(queue), thread: Some(thread) })
    }

    /// Stores a message; returns when it is durable.
    pub(crate) async fn store(&self, message: Inbound) -> Result<Receipt, StoreError> {
        let unavailable = |why: &str| StoreError::Unavailable(why.to_owned());
        let (answer, answered) = oneshot::channel();
        let queue = self.queue.as_ref().expect("taken only by drop");
        queue.try_send((message, answer)).map_err(|_| unavailable("too many messages wait to be stored"))?;
        match tokio::time::timeout(DEADLINE, answered).await {
            Ok(Ok(result)) => result,
            Ok(Err(_)) => Err(unavailable("the thread that stores messages stopped")),
            Err(_) => Err(unavailable("the disk did not answer in time")),
        }
    }
}

impl Drop for Ingress {
    fn drop(&mut self) {
        drop(self.queue.take());
        if let Some(thread) = self.thread.take() {
            // A panic was reported when it happened.
            drop(thread.join());
        }
    }
}

fn run(state: &dyn StateStore, mut waiting: mpsc::Receiver<Waiting>) {
    while let Some(first) = waiting.blocking_recv() {
        let mut batch = vec![first];
        while batch.len() < BATCH
            && let Ok(next) = waiting.try_recv()
        {
            batch.push(next);
        }
        store(state, batch);
    }
}

fn store(state: &dyn StateStore, batch: Vec<Waiting>) {
    let (messages, answers): (Vec<_>, Vec<_>) = batch.into_iter().unzip();
    match state.store_inbound(&messages) {
        Ok(receipts) => {
            for (answer, receipt) in answers.into_iter().zip(receipts) {
                // A caller that went away needs no answer; its message is stored.
                drop(answer.send(Ok(receipt)));
            }
        }
        // One message may be what the store cannot take: each on its own then.
        Err(_) if messages.len() > 1 => {
            for (message, answer) in messages.into_iter().zip(answers) {
                store(state, vec![(message, answer)]);
            }
        }
        Err(error) => {
            for answer in answers {
                drop(answer.send(Err(StoreError::Unavailable(error.to_string()))));
            }
            // The error was moved into the answer of the one message there is.
        }
    }
}
