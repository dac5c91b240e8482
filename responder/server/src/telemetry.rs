//! What is counted. Labels are slugs and words of ours, never anything a customer sent.

use std::sync::Arc;
use std::time::Duration;

use metrics::{Label, with_local_recorder};
use metrics_exporter_prometheus::{Matcher, PrometheusBuilder, PrometheusHandle, PrometheusRecorder};

const ACK_SECONDS: &str = "tenantry_acknowledge_seconds";
const TURN_SECONDS: &str = "tenantry_turn_seconds";
const BUCKETS: [f64; 9] = [0.001, 0.005, 0.02, 0.05, 0.25, 1.0, 5.0, 20.0, 60.0];

/// The counters of one responder; its own, so that two in one process do not mix. Clones share them.
#[derive(Clone)]
pub(crate) struct Telemetry {
    recorder: Arc<PrometheusRecorder>,
    handle: PrometheusHandle,
}

impl Telemetry {
    pub(crate) fn new() -> Self {
        let mut builder = PrometheusBuilder::new();
        for name in [ACK_SECONDS, TURN_SECONDS] {
            builder = builder
                .set_buckets_for_metric(Matcher::Full(name.to_owned()), &BUCKETS)
                .expect("the list of buckets is not empty");
        }
        let recorder = builder.build_recorder();
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
            metrics::describe_histogram!(ACK_SECONDS, "From the head of a webhook call to its answer.");
            metrics::describe_histogram!(TURN_SECONDS, "From the claim of a conversation to the commit.");
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

    /// Notes how long an acknowledgement took.
    pub(crate) fn acknowledged(&self, took: Duration) {
        with_local_recorder(self.recorder.as_ref(), || metrics::histogram!(ACK_SECONDS).record(took));
    }

    /// Notes how long a turn took.
    pub(crate) fn turn_took(&self, took: Duration) {
        with_local_recorder(self.recorder.as_ref(), || metrics::histogram!(TURN_SECONDS).record(took));
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
