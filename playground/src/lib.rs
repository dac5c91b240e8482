//! The outside world, pretended: a WhatsApp gateway, a model, a customer's phone, and the page of
//! `tenantry dev` that drives them.
//!
//! Everything here speaks the real wire formats over loopback HTTP, so the responder cannot tell it
//! from the real thing, and the journeys in `tests/` use the very same pieces:
//!
//! * [`gateway::Gateway`]: ChatFlow. Takes `send-text` and its siblings, records every call, can be
//!   told to fail in the ways the real one fails.
//! * [`model::Model`]: an OpenAI-compatible chat endpoint. Answers with a sentence of the prompt, so
//!   it works offline and invents nothing, unless it is told to lie.
//! * [`telegram::Telegram`]: the Bot API, with groups, topics, buttons, limits, and people who press them.
//! * [`phone::Phone`]: the customer. Posts ChatFlow's webhook JSON.
//! * [`clock::Clock`]: time, which can be moved on.
//! * [`page`]: the chat with the trace and the people's Telegram beside it.
//!
//! No tenant, bundle or release is known here: what the page shows is handed in as plain data
//! ([`bench::Bench`]) and read through one port ([`bench::Ledger`]).

pub mod bench;
pub mod clock;
pub mod gateway;
pub mod guard;
pub mod loopback;
pub mod model;
pub mod page;
pub mod phone;
pub mod telegram;

use warp::Filter;
use warp::filters::BoxedFilter;
use warp::reply::Response;

/// `routes` and `others`, with the gateway under `pretend/chatflow`, the model under `pretend/openai`
/// and Telegram under `pretend/telegram`: one listener for everything `dev` needs. Must be called
/// within a tokio runtime.
#[must_use]
pub fn with_pretended(
    routes: BoxedFilter<(Response,)>,
    gateway: &gateway::Gateway,
    model: &model::Model,
    telegram: &telegram::Telegram,
    others: BoxedFilter<(Response,)>,
) -> BoxedFilter<(Response,)> {
    let gateway = warp::path!("pretend" / "chatflow" / ..).and(gateway.routes());
    let model = warp::path!("pretend" / "openai" / ..).and(model.routes());
    let telegram = warp::path!("pretend" / "telegram" / ..).and(telegram.routes());
    routes.or(gateway).unify().or(model).unify().or(telegram).unify().or(others).unify().boxed()
}
