//! The responder: webhook, inbox, worker, outbox, adapters.
