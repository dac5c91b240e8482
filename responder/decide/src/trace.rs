//! Why a turn was decided as it was.

use serde::Serialize;

/// One step of the reasoning.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TraceEntry {
    /// The rung or rule, such as `policy.payment` or `facts.price`.
    pub rule: String,
    /// What it found, without the customer's words.
    pub detail: String,
    /// `file:line` of the facts used.
    pub sources: Vec<String>,
}

/// The reasoning in order.
#[derive(Debug, Clone, PartialEq, Default, Serialize)]
pub struct Trace {
    /// Its steps.
    pub entries: Vec<TraceEntry>,
}

/// The rungs of the ladder, strongest first, as coverage names them.
pub const RUNGS: [&str; 14] = [
    "shield",
    "ownership",
    "media",
    "pending",
    "policy",
    "mute",
    "branch",
    "booking",
    "facts",
    "passages",
    "consult",
    "small_talk",
    "off_topic",
    "clarify",
];

impl TraceEntry {
    /// The rung that this step belongs to; none for the guard and the model, which stand beside them.
    #[must_use]
    pub fn rung(&self) -> Option<&'static str> {
        let first = self.rule.split('.').next().unwrap_or_default();
        let rung = match first {
            "reengage" => "mute",
            "unknown" | "model" => "passages",
            other => other,
        };
        RUNGS.into_iter().find(|it| *it == rung)
    }
}

impl Trace {
    /// Adds a step.
    pub fn push(&mut self, rule: impl Into<String>, detail: impl Into<String>, sources: Vec<String>) {
        self.entries.push(TraceEntry { rule: rule.into(), detail: detail.into(), sources });
    }

    /// Every source named, in order, once.
    #[must_use]
    pub fn sources(&self) -> Vec<String> {
        let mut seen = Vec::new();
        for source in self.entries.iter().flat_map(|it| &it.sources) {
            if !seen.contains(source) {
                seen.push(source.clone());
            }
        }
        seen
    }
}
