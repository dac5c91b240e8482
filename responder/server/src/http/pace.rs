//! A connection that must keep moving: a head within its deadline, answers read, no rest for ever.
//!
//! hyper has one deadline for "a head must have come", which also counts while a kept connection
//! rests; the two differ by much, so they are told apart here, where bytes pass. Bodies have a
//! deadline of their own where they are read.

use std::future::Future;
use std::io::{Error, ErrorKind, IoSlice};
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::task::{Context, Poll};
use std::time::Duration;

use tokio::io::{AsyncRead, AsyncWrite, ReadBuf};
use tokio::net::TcpStream;
use tokio::time::{Instant, Sleep, sleep};
use tower_service::Service;

use super::serve::Limits;

/// What a connection's reader and its requests tell each other.
#[derive(Default)]
pub(super) struct Pulse {
    /// A request is being answered.
    busy: AtomicBool,
    /// Requests answered so far.
    answered: AtomicUsize,
}

/// A connection with deadlines.
pub(super) struct Paced {
    stream: TcpStream,
    limits: Limits,
    pulse: Arc<Pulse>,
    /// Nothing of a head has come since the last answer.
    resting: bool,
    answered: usize,
    reading: Pin<Box<Sleep>>,
    /// Armed while the client does not take what is written.
    writing: Option<Pin<Box<Sleep>>>,
}

impl Paced {
    /// A new connection: its first head is awaited from now on.
    pub(super) fn new(stream: TcpStream, limits: Limits) -> Self {
        Self {
            stream,
            limits,
            pulse: Arc::default(),
            resting: false,
            answered: 0,
            reading: Box::pin(sleep(limits.head)),
            writing: None,
        }
    }

    /// `service` for this connection alone.
    pub(super) fn paces<S>(&self, service: S) -> Pulsed<S> {
        Pulsed { service, pulse: Arc::clone(&self.pulse) }
    }

    /// Whether the client has been too slow. While a request is answered it is not its turn.
    fn is_late(&mut self, came: bool, context: &mut Context<'_>) -> bool {
        if self.pulse.busy.load(Ordering::Acquire) {
            return false;
        }
        let answered = self.pulse.answered.load(Ordering::Acquire);
        if answered != self.answered {
            self.answered = answered;
            self.resting = true;
            self.within(self.limits.idle);
        }
        if came && self.resting {
            self.resting = false;
            self.within(self.limits.head);
        }
        self.reading.as_mut().poll(context).is_ready()
    }

    fn within(&mut self, time: Duration) {
        self.reading.as_mut().reset(Instant::now() + time);
    }

    /// Bytes were taken: an answer that goes on and on is no rest.
    fn moved(&mut self, written: &Poll<Result<usize, Error>>) {
        if matches!(written, Poll::Ready(Ok(1..))) && !self.pulse.busy.load(Ordering::Acquire) {
            self.resting = true;
            self.within(self.limits.idle);
        }
    }

    /// Passes a write on, unless the client has not taken anything for too long.
    fn wrote<T>(
        &mut self,
        context: &mut Context<'_>,
        written: Poll<Result<T, Error>>,
    ) -> Poll<Result<T, Error>> {
        if written.is_ready() {
            self.writing = None;
            return written;
        }
        let stalled = self.limits.stalled;
        let deadline = self.writing.get_or_insert_with(|| Box::pin(sleep(stalled)));
        match deadline.as_mut().poll(context) {
            Poll::Ready(()) => Poll::Ready(Err(late())),
            Poll::Pending => Poll::Pending,
        }
    }
}

fn late() -> Error {
    Error::from(ErrorKind::TimedOut)
}

impl AsyncRead for Paced {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<Result<(), Error>> {
        let before = buffer.filled().len();
        let read = Pin::new(&mut self.stream).poll_read(context, buffer);
        let came = buffer.filled().len() > before;
        // A head that trickles in is as late as one that does not come at all.
        let wanting = came || read.is_pending();
        if wanting && self.is_late(came, context) { Poll::Ready(Err(late())) } else { read }
    }
}

impl AsyncWrite for Paced {
    fn poll_write(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        bytes: &[u8],
    ) -> Poll<Result<usize, Error>> {
        let written = Pin::new(&mut self.stream).poll_write(context, bytes);
        self.moved(&written);
        self.wrote(context, written)
    }

    fn poll_write_vectored(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        parts: &[IoSlice<'_>],
    ) -> Poll<Result<usize, Error>> {
        let written = Pin::new(&mut self.stream).poll_write_vectored(context, parts);
        self.moved(&written);
        self.wrote(context, written)
    }

    fn is_write_vectored(&self) -> bool {
        self.stream.is_write_vectored()
    }

    fn poll_flush(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let flushed = Pin::new(&mut self.stream).poll_flush(context);
        self.wrote(context, flushed)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Result<(), Error>> {
        let ended = Pin::new(&mut self.stream).poll_shutdown(context);
        self.wrote(context, ended)
    }
}

/// A service whose requests are known to their connection.
#[derive(Clone)]
pub(super) struct Pulsed<S> {
    service: S,
    pulse: Arc<Pulse>,
}

impl<S, R> Service<R> for Pulsed<S>
where
    S: Service<R>,
    S::Future: Send + 'static,
{
    type Response = S::Response;
    type Error = S::Error;
    type Future = Pin<Box<dyn Future<Output = Result<S::Response, S::Error>> + Send>>;

    fn poll_ready(&mut self, context: &mut Context<'_>) -> Poll<Result<(), S::Error>> {
        self.service.poll_ready(context)
    }

    fn call(&mut self, request: R) -> Self::Future {
        self.pulse.busy.store(true, Ordering::Release);
        let (answer, beat) = (self.service.call(request), Beat(Arc::clone(&self.pulse)));
        Box::pin(async move {
            let answer = answer.await;
            drop(beat);
            answer
        })
    }
}

/// One request; ends also when it is cut short.
struct Beat(Arc<Pulse>);

impl Drop for Beat {
    fn drop(&mut self) {
        self.0.busy.store(false, Ordering::Release);
        self.0.answered.fetch_add(1, Ordering::Release);
    }
}
