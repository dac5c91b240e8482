//! What other stores on the database say: something is due.

use std::sync::Arc;
use std::thread::{JoinHandle, ThreadId};
use std::time::Duration;

use tokio::runtime::Builder;
use tokio::sync::mpsc::{UnboundedSender, unbounded_channel};
use tokio::sync::oneshot;

use super::connection::{CHANNEL, DESK, Target};
use crate::StoreError;
use crate::state::{Bell, Ring};

/// The pause before a connection is tried again, doubled up to `PAUSES`.
const PAUSE: Duration = Duration::from_millis(50);
const PAUSES: Duration = Duration::from_secs(2);

/// Listens on a connection of its own until it is dropped.
pub(super) struct Ear {
    /// Dropped to end the thread.
    _end: oneshot::Sender<()>,
    _thread: Joined,
}

impl Ear {
    /// Rings `bell` whenever another store has made something due, and whenever it may have missed
    /// that: after each new connection.
    pub(super) fn open(target: Arc<Target>, bell: Bell) -> Result<Self, StoreError> {
        let odd = |err: std::io::Error| StoreError::Unavailable(format!("listening thread: {err}"));
        let runtime = Builder::new_current_thread().enable_all().build().map_err(odd)?;
        let (end, ended) = oneshot::channel();
        let listen = async move {
            tokio::select! {
                _ = ended => {}
                () = listen(&target, &bell) => {}
            }
        };
        let thread = std::thread::Builder::new()
            .name("postgres listener".to_owned())
            .spawn(move || runtime.block_on(listen))
            .map_err(odd)?;
        Ok(Self { _end: end, _thread: Joined(Some(thread)) })
    }
}

async fn listen(target: &Target, bell: &Bell) {
    let mut pause = PAUSE;
    loop {
        let (tell, mut told) = unbounded_channel();
        if let Ok(client) = connect(target, tell).await {
            pause = PAUSE;
            bell(Ring::Desk);
            // Ends with the connection, which holds the other end.
            while let Some(notice) = told.recv().await {
                let (origin, ring) = match notice.strip_suffix(DESK) {
                    Some(origin) => (origin, Ring::Desk),
                    None => (notice.as_str(), Ring::Due),
                };
                if origin != target.origin {
                    bell(ring);
                }
            }
            drop(client);
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(PAUSES);
    }
}

async fn connect(
    target: &Target,
    tell: UnboundedSender<String>,
) -> Result<tokio_postgres::Client, StoreError> {
    // Nobody who listens is left only when the thread ends.
    let client = target.connect(move |notice| drop(tell.send(notice.payload().to_owned()))).await?;
    client.batch_execute(&format!("LISTEN {CHANNEL}")).await?;
    Ok(client)
}

/// A thread that is waited for, unless it is the one that waits.
struct Joined(Option<JoinHandle<()>>);

impl Drop for Joined {
    fn drop(&mut self) {
        let here: ThreadId = std::thread::current().id();
        if let Some(thread) = self.0.take().filter(|it| it.thread().id() != here) {
            // A panic of the thread has been reported where it happened.
            drop(thread.join());
        }
    }
}
