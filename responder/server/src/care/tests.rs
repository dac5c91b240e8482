//! Care with a door that does as it is told and a clock that is moved by hand.

use std::future::poll_fn;
use std::pin::Pin;
use std::sync::atomic::{AtomicI64, AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::task::Poll;
use std::time::{Duration, Instant};

use super::Care;
use super::breaker::{FAILURES, FIRST_PAUSE_MS};
use crate::ports::{Clock, GenerateError};
use crate::telemetry::Telemetry;

const LONG: Duration = Duration::from_secs(10);

#[derive(Default)]
struct HandClock(AtomicI64);

impl Clock for HandClock {
    fn now_ms(&self) -> i64 {
        self.0.load(Ordering::SeqCst)
    }
}

struct Site {
    care: Arc<Care>,
    clock: Arc<HandClock>,
    telemetry: Telemetry,
    calls: AtomicUsize,
    answers: Mutex<Vec<Result<(), GenerateError>>>,
}

impl Site {
    /// A neighbour that answers so, from the first on, and well after that.
    fn new(places: usize, answers: &[Result<(), GenerateError>]) -> Self {
        let (clock, telemetry) = (Arc::new(HandClock::default()), Telemetry::new());
        Self {
            care: Care::new("model", places, Arc::clone(&clock) as Arc<dyn Clock>, telemetry.clone()),
            clock,
            telemetry,
            calls: AtomicUsize::new(0),
            answers: Mutex::new(answers.iter().rev().copied().collect()),
        }
    }

    async fn call(&self, deadline: Duration) -> Result<(), GenerateError> {
        let attempt = |_| async {
            self.calls.fetch_add(1, Ordering::SeqCst);
            self.answers.lock().unwrap().pop().unwrap_or(Ok(()))
        };
        self.care.call(deadline, attempt).await
    }

    fn calls(&self) -> usize {
        self.calls.load(Ordering::SeqCst)
    }

    #[track_caller]
    fn shows(&self, line: &str) {
        let shown = self.telemetry.render();
        assert!(shown.lines().any(|it| it == line), "{line} is not in\n{shown}");
    }
}

/// Begins it; whether it has not ended.
async fn is_under_way(mut call: Pin<&mut (impl Future<Output = Result<(), GenerateError>> + Send)>) -> bool {
    poll_fn(|context| Poll::Ready(call.as_mut().poll(context).is_pending())).await
}

#[tokio::test]
async fn what_passes_is_asked_again_and_counted() {
    let site = Site::new(1, &[Err(GenerateError::Unavailable), Err(GenerateError::Unavailable)]);
    assert_eq!(site.call(LONG).await, Ok(()));
    assert_eq!(site.calls(), 3);
    site.shows(r#"tenantry_retries_total{what="model"} 2"#);
    site.shows(r#"tenantry_breaker_open{what="model"} 0"#);
}

#[tokio::test]
async fn what_does_not_pass_is_asked_once() {
    for error in [GenerateError::Refused, GenerateError::Nonsense, GenerateError::Timeout] {
        let site = Site::new(1, &[Err(error)]);
        assert_eq!(site.call(LONG).await, Err(error));
        assert_eq!(site.calls(), 1);
    }
}

#[tokio::test]
async fn nobody_comes_back_earlier_than_told_or_too_late() {
    let pause = Duration::from_millis(400);
    let site = Site::new(1, &[Err(GenerateError::Busy(pause))]);
    let began = Instant::now();
    assert_eq!(site.call(LONG).await, Ok(()));
    assert!(began.elapsed() >= pause);
    let busy = GenerateError::Busy(Duration::from_secs(11));
    let site = Site::new(1, &[Err(busy)]);
    let began = Instant::now();
    assert_eq!(site.call(LONG).await, Err(busy));
    assert!(began.elapsed() < Duration::from_secs(5), "the answer would come too late, so nobody waits");
    assert_eq!(site.calls(), 1);
}

#[tokio::test]
async fn a_failing_neighbour_is_left_alone_until_a_probe_works() {
    let site = Site::new(2, &[Err(GenerateError::Refused); FAILURES + 1]);
    for _ in 0..FAILURES {
        assert_eq!(site.call(LONG).await, Err(GenerateError::Refused));
    }
    site.shows(r#"tenantry_breaker_open{what="model"} 1"#);
    assert_eq!(site.call(LONG).await, Err(GenerateError::Unavailable), "nobody is asked");
    assert_eq!(site.calls(), FAILURES);
    site.shows(r#"tenantry_rejected_total{what="model",why="open"} 1"#);
    site.clock.0.fetch_add(FIRST_PAUSE_MS, Ordering::SeqCst);
    assert_eq!(site.call(LONG).await, Err(GenerateError::Refused), "the probe");
    site.clock.0.fetch_add(FIRST_PAUSE_MS, Ordering::SeqCst);
    assert_eq!(site.call(LONG).await, Err(GenerateError::Unavailable), "the pause has grown");
    site.clock.0.fetch_add(FIRST_PAUSE_MS, Ordering::SeqCst);
    assert_eq!(site.call(LONG).await, Ok(()));
    assert_eq!(site.call(LONG).await, Ok(()));
    site.shows(r#"tenantry_breaker_open{what="model"} 0"#);
}

#[tokio::test]
async fn a_probe_that_is_cut_short_lets_the_next_one_in() {
    let site = Site::new(2, &[Err(GenerateError::Refused); FAILURES]);
    for _ in 0..FAILURES {
        assert_eq!(site.call(LONG).await, Err(GenerateError::Refused));
    }
    site.clock.0.fetch_add(FIRST_PAUSE_MS, Ordering::SeqCst);
    let probe = site.care.call::<(), GenerateError, _>(LONG, |_| std::future::pending());
    assert!(tokio::time::timeout(Duration::from_millis(10), probe).await.is_err());
    assert_eq!(site.call(LONG).await, Ok(()));
}

#[tokio::test]
async fn a_call_without_a_place_is_not_made() {
    let site = Site::new(1, &[]);
    let mut hanging = Box::pin(site.care.call::<(), GenerateError, _>(LONG, |_| std::future::pending()));
    assert!(is_under_way(hanging.as_mut()).await);
    let mut waiting = Box::pin(site.call(LONG));
    assert!(is_under_way(waiting.as_mut()).await);
    let began = Instant::now();
    assert_eq!(site.call(LONG).await, Err(GenerateError::Unavailable), "the queue is full");
    assert!(began.elapsed() < Duration::from_secs(5));
    drop(waiting);
    assert_eq!(site.call(Duration::from_millis(20)).await, Err(GenerateError::Unavailable), "in vain");
    site.shows(r#"tenantry_rejected_total{what="model",why="full"} 2"#);
    drop(hanging);
    assert_eq!(site.call(LONG).await, Ok(()));
    assert_eq!(site.calls(), 1);
}
