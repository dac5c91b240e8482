//! The responder's store, as the page reads it.

use std::sync::Arc;

use playground::bench::{Ledger, LedgerError, Line, Request};
use runtime::{HandoverRow, MessageRow, StateStore, StoreError};

/// Reads conversations and requests for the page.
pub(super) struct StoreLedger {
    state: Arc<dyn StateStore>,
}

impl StoreLedger {
    pub(super) fn new(state: Arc<dyn StateStore>) -> Self {
        Self { state }
    }
}

impl Ledger for StoreLedger {
    fn conversation(&self, slug: &str, jid: &str) -> Result<Vec<Line>, LedgerError> {
        let rows = self.state.messages(slug, jid).map_err(unreadable)?;
        Ok(rows.into_iter().map(line).collect())
    }

    fn requests(&self, slug: &str) -> Result<Vec<Request>, LedgerError> {
        let rows = self.state.handovers(Some(slug)).map_err(unreadable)?;
        Ok(rows.into_iter().map(request).collect())
    }
}

fn unreadable(error: StoreError) -> LedgerError {
    LedgerError(error.to_string())
}

fn line(row: MessageRow) -> Line {
    let trace = row.trace.and_then(|it| serde_json::from_str(&it).ok());
    Line { id: row.id, role: row.role, text: row.text, at_ms: row.at_ms, trace }
}

fn request(row: HandoverRow) -> Request {
    Request {
        id: row.id,
        jid: row.jid,
        branch: row.branch,
        reason: row.reason,
        summary: row.summary,
        status: row.status,
        at_ms: row.created_at_ms,
    }
}
