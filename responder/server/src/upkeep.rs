//! What is done now and then: sends that a crash left half done, what erasures ask of responders, rows and
//! files that a tenant keeps no longer.

use std::sync::Arc;
use std::time::Duration;

use jiff::{Timestamp, ToSpan};
use runtime::crash;

use crate::engine::Engine;
use crate::erasure::{self, Archive, ArchiveError, ErasureError};
use crate::media::MediaFolder;
use crate::ports::Clock;
use crate::tenant::Tenant;

/// How often half-done sends are looked for: with their leases this is how long they wait for another
/// process.
const RECOVERY: Duration = Duration::from_secs(1);
/// How often a clock that was set back, and what erasures ask for, is looked for.
const LOOK: Duration = Duration::from_secs(5);
/// How often what another process's clock made late is looked for: a look reads all that waits.
const LATE: Duration = Duration::from_secs(60);
/// A clock that fell back by less makes nothing late, milliseconds: clocks are kept by small steps.
const STEP_MS: i64 = 1_000;
/// Nothing is ever due, or held, further ahead than this, milliseconds: bursts wait for seconds, replies
/// for as long as a gateway may ask for (a quarter of an hour).
const FAR_MS: i64 = 20 * 60_000;
/// How often old rows are looked for.
const RETENTION: Duration = Duration::from_secs(3600);
/// Ids of the gateway are kept longer than any gateway delivers again (a week), milliseconds.
const SEEN_MS: i64 = 10 * 24 * 3_600_000;
/// Rows erased at once, so that messages never wait for it.
const BATCH: usize = 500;
/// Ids of the gateway looked for at once: a look may read them all.
const SEEN_BATCH: usize = 50_000;

/// Keeps house until the responder stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    let (mut looked, mut retained): (Option<Duration>, Option<Duration>) = (None, None);
    let mut lag = Lag::default();
    loop {
        tokio::select! {
            biased;
            () = stopping.wait() => return,
            () = engine.clock.sleep(RECOVERY) => {}
        }
        recover(&engine).await;
        if looked.is_none_or(|at| engine.clock.elapsed() - at >= LOOK) {
            looked = Some(engine.clock.elapsed());
            if lag.grew(engine.clock.as_ref()) {
                pull_in(&engine).await;
            }
            give_up(&engine).await;
        }
        if retained.is_none_or(|at| engine.clock.elapsed() - at >= RETENTION) {
            retained = Some(engine.clock.elapsed());
            retain(&engine).await;
        }
    }
}

/// How far the clock that stores go by is behind the one that nobody sets, since the last look.
#[derive(Default)]
struct Lag {
    seen: Option<(i64, Duration)>,
}

impl Lag {
    /// Whether there may be something that a clock made late: ours was set back, or it is time to look for
    /// what another's did.
    fn grew(&mut self, clock: &dyn Clock) -> bool {
        let elapsed = clock.elapsed();
        let ahead_ms = clock.now_ms() - i64::try_from(elapsed.as_millis()).unwrap_or(i64::MAX);
        let is_time =
            self.seen.is_none_or(|(seen_ms, at)| ahead_ms + STEP_MS < seen_ms || elapsed >= at + LATE);
        if is_time {
            self.seen = Some((ahead_ms, elapsed));
        } else if let Some((seen_ms, _)) = &mut self.seen {
            *seen_ms = ahead_ms.max(*seen_ms);
        }
        is_time
    }
}

async fn recover(engine: &Engine) {
    crash::point("upkeep");
    let (idempotent, now_ms) = (engine.config.chatflow_idempotent, engine.now_ms());
    match engine.with_state(move |state| state.recover_sends(idempotent, false, now_ms)).await {
        Ok(0) => {}
        Ok(rows) => {
            tracing::warn!(rows, "replies that another process left half sent were taken up again");
            engine.committed.notify_one();
        }
        Err(error) => engine.store_failed("recover_sends", &error),
    }
}

/// Removes what an erasure that somebody else began asks for, and what was stored of a tenant that has ended.
async fn give_up(engine: &Engine) {
    let (data, state, live) =
        (engine.config.data.clone(), Arc::clone(&engine.state), engine.live.load_full());
    let is_served = move |slug: &str| live.tenants.contains_key(slug);
    let gone = engine.away(move || erasure::give_up(&data, state.as_ref(), &is_served)).await;
    match gone {
        Some(Ok(0)) | None => {}
        Some(Ok(gone)) => tracing::info!(gone, "rows and files that an erasure asked for were erased"),
        Some(Err(error)) => erasure_failed(engine, &error),
    }
}

/// Removes files of conversations that are no more: a turn may have kept one while its customer was
/// forgotten. Tenants that this store has never heard of are left alone: the folder may be another's.
async fn sweep_files(engine: &Engine) {
    let (data, state, live) =
        (engine.config.data.clone(), Arc::clone(&engine.state), engine.live.load_full());
    let sweep = move || {
        let mut removed = 0;
        let tenants = MediaFolder::of(&data).tenants();
        for slug in tenants.map_err(|source| ErasureError::File { path: data.clone(), source })? {
            if live.tenants.contains_key(&slug) || !state.usage(Some(&slug))?.is_empty() {
                removed += erasure::sweep_files(&data, state.as_ref(), &slug)?;
            }
        }
        Ok::<_, ErasureError>(removed)
    };
    match engine.away(sweep).await {
        Some(Ok(0)) | None => {}
        Some(Ok(files)) => tracing::info!(files, "files of conversations that are no more were erased"),
        Some(Err(error)) => erasure_failed(engine, &error),
    }
}

fn erasure_failed(engine: &Engine, error: &ErasureError) {
    match error {
        ErasureError::Store(error) => engine.store_failed("erasures", error),
        error => tracing::error!(%error, "files cannot be erased"),
    }
}

/// After a clock was set back, what was due soon would be due much later.
async fn pull_in(engine: &Engine) {
    let now_ms = engine.now_ms();
    match engine.with_state(move |state| state.pull_in(now_ms, now_ms.saturating_add(FAR_MS))).await {
        Ok(0) => {}
        Ok(rows) => {
            tracing::warn!(rows, "the clock was set back: what it would have made late is due now");
            engine.arrived.notify_one();
            engine.committed.notify_one();
        }
        Err(error) => engine.store_failed("pull_in", &error),
    }
}

async fn retain(engine: &Engine) {
    crash::point("retention");
    let now_ms = engine.now_ms();
    if let Err(error) = engine.with_state(move |state| state.tidy_desk(now_ms)).await {
        engine.store_failed("tidy_desk", &error);
    }
    expire_seen(engine).await;
    sweep_files(engine).await;
    let snapshot = engine.live.load_full();
    for tenant in snapshot.tenants.values() {
        let before_ms = kept_since(tenant, engine.now_ms());
        if !archived(engine, tenant.slug(), before_ms).await {
            continue;
        }
        let mut rows: u64 = 0;
        while !engine.is_stopping() {
            let slug = tenant.slug().to_owned();
            let expire = move |state: &dyn runtime::StateStore| state.expire(&slug, before_ms, BATCH);
            match engine.with_state(expire).await {
                Ok(erased) if erased.is_empty() => break,
                Ok(erased) => rows += erased.values().sum::<u64>(),
                Err(error) => {
                    engine.store_failed("expire", &error);
                    return;
                }
            }
        }
        engine.ears.sweep(tenant.slug(), before_ms).await;
        if rows > 0 {
            tracing::info!(tenant.slug = %tenant.slug(), rows, "rows older than the tenant keeps were erased");
        }
    }
}

/// Drops ids that no gateway delivers again, of all tenants.
async fn expire_seen(engine: &Engine) {
    let before_ms = engine.now_ms() - SEEN_MS;
    while !engine.is_stopping() {
        match engine.with_state(move |state| state.expire_seen(before_ms, SEEN_BATCH)).await {
            Ok(0) => return,
            Ok(_) => {}
            Err(error) => return engine.store_failed("expire_seen", &error),
        }
    }
}

/// Writes down what is about to be erased, where there is an archive; false = nothing may be erased.
async fn archived(engine: &Engine, slug: &str, before_ms: i64) -> bool {
    let Some(archive) = engine.config.archive.clone().map(Archive::new) else { return true };
    let owned = slug.to_owned();
    let state = Arc::clone(&engine.state);
    let filled = engine.away(move || archive.fill(state.as_ref(), &owned, before_ms)).await;
    match filled {
        Some(Ok(0)) => true,
        Some(Ok(messages)) => {
            tracing::info!(
                tenant.slug = slug,
                messages,
                "messages older than the tenant keeps were archived"
            );
            true
        }
        Some(Err(ArchiveError::Store(error))) => {
            engine.store_failed("aged", &error);
            false
        }
        Some(Err(error)) => {
            tracing::error!(tenant.slug = slug, %error, "nothing is erased: the archive cannot be written");
            engine.telemetry.count("tenantry_store_failures_total", &[("call", "archive")]);
            false
        }
        None => false,
    }
}

/// What is older than this is erased, Unix milliseconds: the tenant's months, by its calendar.
fn kept_since(tenant: &Tenant, now_ms: i64) -> i64 {
    let months = i64::from(tenant.settings().retention_months.max(1));
    let since = tenant.local(now_ms).checked_sub(months.months());
    since.map_or(Timestamp::MIN.as_millisecond(), |it| it.timestamp().as_millisecond())
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use super::*;

    /// What the clocks say: the wall's milliseconds, and seconds since the start.
    struct Hands(Mutex<(i64, u64)>);

    impl Clock for Hands {
        fn now_ms(&self) -> i64 {
            self.0.lock().unwrap().0
        }

        fn elapsed(&self) -> Duration {
            Duration::from_secs(self.0.lock().unwrap().1)
        }
    }

    #[test]
    fn a_clock_that_goes_as_it_should_is_looked_behind_once_a_minute() {
        let mut lag = Lag::default();
        let looks =
            (0..121).filter(|it| lag.grew(&Hands(Mutex::new((it * 1_000, it.unsigned_abs()))))).count();
        assert_eq!(looks, 3, "at the start, and after a minute and two");
    }

    #[test]
    fn a_clock_that_is_set_back_is_seen_at_once() {
        let mut lag = Lag::default();
        let seen: Vec<bool> = [(0, 0), (5_000, 5), (3_610_000, 10), (15_000, 15), (20_000, 20), (19_500, 20)]
            .map(|it| lag.grew(&Hands(Mutex::new(it))))
            .to_vec();
        assert_eq!(seen, [true, false, false, true, false, false]);
    }
}
