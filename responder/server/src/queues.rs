//! What waits and for how long, asked of the store every few seconds and shown as gauges.

use std::sync::Arc;
use std::time::Duration;

use runtime::{Notices, Queues};

use crate::engine::Engine;
use crate::telemetry::Telemetry;

/// How often the store is asked.
const EVERY: Duration = Duration::from_secs(3);
/// Messages to owners that were given up are shown as long as this, milliseconds.
const DAY_MS: i64 = 86_400_000;

/// Shows what waits until the responder stops.
pub(crate) async fn run(engine: Arc<Engine>) {
    let mut stopping = engine.stopping();
    loop {
        let now_ms = engine.now_ms();
        let asked = engine
            .with_state(move |state| Ok((state.queues(now_ms)?, state.notices(None, now_ms - DAY_MS)?)));
        match asked.await {
            Ok((queues, notices)) => show(&engine.telemetry, &queues, &notices, now_ms),
            Err(error) => engine.store_failed("queues", &error),
        }
        tokio::select! {
            () = stopping.wait() => return,
            () = tokio::time::sleep(EVERY) => {}
        }
    }
}

/// Shows them.
fn show(telemetry: &Telemetry, queues: &Queues, notices: &Notices, now_ms: i64) {
    let counts = [
        ("due", queues.due),
        ("pending", queues.pending_sends),
        ("sending", queues.sending),
        ("dead", queues.dead),
        ("unknown", queues.unknown),
        ("handovers", queues.open_handovers),
        ("owner_messages", notices.waiting),
        ("owner_messages_lost", notices.dead + notices.unknown),
    ];
    for (what, count) in counts {
        telemetry.gauge("tenantry_queue", &[("what", what)], count as f64);
    }
    for (what, since) in [("due", queues.oldest_due_ms), ("pending", queues.oldest_send_ms)] {
        // Nothing waits: nothing is late.
        let age_ms = since.map_or(0, |it| now_ms.saturating_sub(it).max(0));
        telemetry.gauge("tenantry_queue_oldest_seconds", &[("what", what)], age_ms as f64 / 1000.0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ages_are_seconds_and_never_negative() {
        let telemetry = Telemetry::new();
        let queues = Queues { due: 3, oldest_due_ms: Some(7_500), dead: 1, ..Queues::default() };
        let notices = Notices { waiting: 4, dead: 1, unknown: 1 };
        show(&telemetry, &queues, &notices, 10_000);
        let shown = telemetry.render();
        for line in [
            r#"tenantry_queue{what="due"} 3"#,
            r#"tenantry_queue{what="dead"} 1"#,
            r#"tenantry_queue{what="unknown"} 0"#,
            r#"tenantry_queue{what="owner_messages"} 4"#,
            r#"tenantry_queue{what="owner_messages_lost"} 2"#,
            r#"tenantry_queue_oldest_seconds{what="due"} 2.5"#,
            r#"tenantry_queue_oldest_seconds{what="pending"} 0"#,
        ] {
            assert!(shown.lines().any(|it| it == line), "{line} is not in\n{shown}");
        }
        show(&telemetry, &queues, &notices, 0);
        assert!(telemetry.render().contains(r#"tenantry_queue_oldest_seconds{what="due"} 0"#));
    }
}
