//! Where a message's time goes: called by turns and sends as they pass from stage to stage.

use std::time::Duration;

use runtime::{Claim, OutboxRow, Settlement};

use crate::engine::Engine;
use crate::telemetry::Stage;

/// A conversation was claimed.
pub(crate) fn claimed(engine: &Engine, claim: &Claim) {
    if let Some(last) = claim.burst.iter().map(|it| it.at_ms).max() {
        engine.telemetry.took_between(Stage::Wait, last, engine.now_ms());
    }
}

/// A turn that began then is decided.
pub(crate) fn decided(engine: &Engine, began: Duration) {
    engine.telemetry.took(Stage::Decide, engine.clock.elapsed().saturating_sub(began));
}

/// A commit that began then is durable.
pub(crate) fn committed(engine: &Engine, began: Duration) {
    engine.telemetry.took(Stage::Commit, engine.clock.elapsed().saturating_sub(began));
}

/// A send that began then came to this; one that was put off was no call.
pub(crate) fn sent(engine: &Engine, row: &OutboxRow, settlement: &Settlement, began: Duration) {
    if matches!(settlement, Settlement::Waits { .. }) {
        return;
    }
    engine.telemetry.took(Stage::Send, engine.clock.elapsed().saturating_sub(began));
    // A reminder answers nobody.
    if *settlement == Settlement::Sent && !row.request_id.is_empty() {
        engine.telemetry.took_between(Stage::Total, row.received_at_ms, engine.now_ms());
    }
}
