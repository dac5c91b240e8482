//! Why a reply was said, as it is stored beside the message: for `why`, the page and support.

use std::collections::BTreeMap;

use decide::{Decision, Found};
use format::Release;
use serde::{Deserialize, Serialize};

use crate::tenant::Tenant;

/// The reasoning behind one turn. Holds no words of the customer.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredTrace {
    /// Release the turn was decided by.
    pub release: String,
    /// Strongest action: `escalate`, `booking_flow`, `reply` or `silence`.
    pub action: String,
    /// Leading intent or policy.
    pub intent: String,
    /// Language of the reply, `ru` or `kk`.
    pub lang: String,
    /// Branch the turn was answered for.
    pub branch: Option<String>,
    /// Reason code of a hand-over.
    pub handover: Option<String>,
    /// The rules, in order.
    pub steps: Vec<StoredStep>,
    /// The passages found, best first.
    pub passages: Vec<StoredPassage>,
    /// The model's part.
    pub model: Option<StoredModel>,
    /// How long the turn took, milliseconds.
    pub took_ms: u64,
}

/// One rule that spoke.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredStep {
    /// Its id, such as `facts.price`.
    pub rule: String,
    /// What it found.
    pub detail: String,
    /// `file:line` of the facts used.
    pub sources: Vec<String>,
}

/// A passage found.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredPassage {
    /// Its digest.
    pub digest: String,
    /// Document, relative to the bundle.
    pub doc: String,
    /// First line in the document, from 1.
    pub line: u32,
    /// Heading path.
    pub section: String,
    /// Fused score.
    pub score: f32,
    /// 0–1.
    pub confidence: f32,
}

/// The model's part in a turn.
#[derive(Debug, Clone, PartialEq, Default, Serialize, Deserialize)]
#[serde(default)]
pub struct StoredModel {
    /// Model id.
    pub model: String,
    /// `answered`, `timeout`, `unavailable` or `absent`.
    pub outcome: String,
    /// First 16 hex digits of blake3 over the prompt's template: its version.
    pub prompt: String,
    /// How long it took, milliseconds.
    pub took_ms: u64,
}

impl StoredTrace {
    pub(crate) fn of(tenant: &Tenant, decision: &Decision, seen: Seen, took_ms: u64) -> Self {
        let steps = decision.trace.entries.iter().map(|it| StoredStep {
            rule: it.rule.clone(),
            detail: it.detail.clone(),
            sources: it.sources.clone(),
        });
        Self {
            release: tenant.release_id().to_owned(),
            action: decision.kind.code().to_owned(),
            intent: decision.intent.clone(),
            lang: decision.lang.code().to_owned(),
            branch: decision.branch.clone(),
            handover: decision.handover().map(|it| it.code().to_owned()),
            steps: steps.collect(),
            passages: seen.passages,
            model: seen.model,
            took_ms,
        }
    }

    /// The form in the store.
    pub(crate) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and finite numbers always serialise")
    }
}

/// What the effects of a turn brought.
#[derive(Default)]
pub(crate) struct Seen {
    passages: Vec<StoredPassage>,
    model: Option<StoredModel>,
    denied: bool,
}

impl Seen {
    /// Passages of `release` that were found; each once, as it was found first.
    pub(crate) fn found(&mut self, release: &Release, found: &[Found]) {
        let passages = &release.passages;
        let known: BTreeMap<&str, _> = passages.iter().map(|it| (it.digest.as_str(), it)).collect();
        for hit in found {
            let Some(passage) = known.get(hit.digest.as_str()) else { continue };
            if self.passages.iter().any(|it| it.digest == hit.digest) {
                continue;
            }
            self.passages.push(StoredPassage {
                digest: hit.digest.clone(),
                doc: passage.doc.clone(),
                line: passage.line,
                section: passage.section.clone(),
                score: hit.score,
                confidence: hit.confidence,
            });
        }
    }

    /// The plan left no model to ask.
    pub(crate) fn denied(&mut self) {
        self.denied = true;
    }

    /// Whether the plan left no model to ask.
    pub(crate) fn was_denied(&self) -> bool {
        self.denied
    }

    /// The model was asked.
    pub(crate) fn asked(&mut self, model: StoredModel) {
        self.model = Some(model);
    }
}
