//! What is counted. Labels are slugs and words of ours, never anything a customer sent.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Label, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const STAGE_SECONDS: &str = "tenantry_stage_seconds";
const BUCKETS: [f64; 12] = [0.001, 0.005, 0.015, 0.04, 0.1, 0.25, 1.0, 2.5, 5.0, 10.0, 20.0, 60.0];

/// A stretch of a message's way, timed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stage {
    /// From the head of a webhook call to its answer.
    Ack,
    /// From a burst's last message to its claim: the burst window and the queue.
    Wait,
    /// From the claim to the decision.
    Decide,
    /// From the decision to the end of its commit.
    Commit,
    /// One call of the gateway.
    Send,
    /// From a burst's last message to the gateway's yes.
    Total,
}

impl Stage {
    fn word(self) -> &'static str {
        match self {
            Self::Ack => "ack",
            Self::Wait => "wait",
            Self::Decide => "decide",
            Self::Commit => "commit",
            Self::Send => "send",
            Self::Total => "total",
        }
    }
}

/// The counters of one responder; its own, so that two in one process do not mix. Clones share them.
#[derive(Clone)]
pub(crate) struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        let recorder = PrometheusBuilder::new()
            .set_buckets_for_metric(Matcher::Full(STAGE_SECONDS.to_owned()), &BUCKETS)
            .expect("the list of buckets is not empty")
            .build_recorder();
        let handle = recorder.handle();
        let telemetry = Self { recorder: Arc::new(recorder), handle };
        telemetry.describe();
        telemetry
    }

    fn describe(&self) {
        with_local_recorder(self.recorder.as_ref(), || {
            metrics::describe_counter!("tenantry_webhook_total", "Webhook calls by tenant and outcome.");
            metrics::describe_counter!("tenantry_turns_total", "Turns by tenant and strongest action.");
            metrics::describe_counter!(
                "tenantry_turn_failures_total",
                "Turns that failed, by tenant and cause."
            );
            metrics::describe_counter!("tenantry_sends_total", "Calls of the gateway by tenant and outcome.");
            metrics::describe_counter!("tenantry_effects_total", "Searches and model calls by outcome.");
            metrics::describe_counter!(
                "tenantry_embedding_tokens_total",
                "Tokens of questions that were embedded."
            );
            metrics::describe_counter!(
                "tenantry_owner_notices_total",
                "What the owner is to be told, once each."
            );
            metrics::describe_counter!(
                "tenantry_files_total",
                "Customers' files by tenant, kind and what became of them."
            );
            metrics::describe_counter!("tenantry_reloads_total", "Releases loaded, by outcome.");
            metrics::describe_counter!("tenantry_store_failures_total", "Failures of the store by call.");
            metrics::describe_gauge!("tenantry_tenants", "Tenants by readiness.");
            metrics::describe_gauge!("tenantry_index_foreign_hits", "Hits outside of their scope, dropped.");
            metrics::describe_counter!("tenantry_timers_total", "What was due at a time and done.");
            metrics::describe_counter!(
                "tenantry_budget_refusals_total",
                "Model calls that a budget refused."
            );
            metrics::describe_gauge!("tenantry_breaker_open", "Neighbours that are left alone: 1.");
            metrics::describe_counter!("tenantry_retries_total", "Calls of neighbours made again.");
            metrics::describe_counter!("tenantry_rejected_total", "Calls of neighbours not made, and why.");
            metrics::describe_gauge!("tenantry_queue", "Conversations and rows by what they wait for.");
            metrics::describe_gauge!(
                "tenantry_queue_oldest_seconds",
                "How long the first of a queue is overdue."
            );
            metrics::describe_histogram!(STAGE_SECONDS, "A message's way by stage.");
        });
    }

    /// Counts one.
    pub(crate) fn count(&self, name: &'static str, labels: &[(&'static str, &str)]) {
        let labels: Vec<Label> =
            labels.iter().map(|(key, value)| Label::new(*key, (*value).to_owned())).collect();
        with_local_recorder(self.recorder.as_ref(), || metrics::counter!(name, labels).increment(1));
    }

    /// Counts several.
    pub(crate) fn add(&self, name: &'static str, more: u64) {
        with_local_recorder(self.recorder.as_ref(), || metrics::counter!(name).increment(more));
    }

    /// Sets a gauge.
    pub(crate) fn gauge(&self, name: &'static str, labels: &[(&'static str, &'static str)], value: f64) {
        let labels: Vec<Label> =
            labels.iter().map(|(key, value)| Label::from_static_parts(key, value)).collect();
        with_local_recorder(self.recorder.as_ref(), || metrics::gauge!(name, labels).set(value));
    }

    /// Notes how long a stage took.
    pub(crate) fn took(&self, stage: Stage, time: Duration) {
        with_local_recorder(self.recorder.as_ref(), || {
            metrics::histogram!(STAGE_SECONDS, "stage" => stage.word()).record(time);
        });
    }

    /// Notes a stage between two moments of the clock, Unix milliseconds.
    pub(crate) fn took_between(&self, stage: Stage, from_ms: i64, to_ms: i64) {
        let millis = u64::try_from(to_ms.saturating_sub(from_ms)).unwrap_or(0);
        self.took(stage, Duration::from_millis(millis));
    }

    /// Prometheus's text form.
    pub(crate) fn render(&self) -> String {
        self.handle.render()
    }

    /// Folds what histograms collected; to be called now and then, or they grow until scraped.
    pub(crate) fn upkeep(&self) {
        self.handle.run_upkeep();
    }
}

/// From now on a panic is logged with its place and without its words: those may quote a customer.
/// For the binary, after its logs are set up.
pub fn log_panics() {
    std::panic::set_hook(Box::new(|panic| {
        let place = panic.location().map(ToString::to_string).unwrap_or_default();
        let thread = std::thread::current().name().unwrap_or("unnamed").to_owned();
        tracing::error!(place, thread, "a bug of ours: panic");
    }));
}
