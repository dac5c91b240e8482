//! The guard: nothing that looks like a fact leaves unless it is one.
//!
//! [`Known`] reads every reply, whoever phrased it: each number, price, time, phone and link must be
//! found in the tenant's facts or passages, in what the customer said, or in the booking being
//! collected. [`Evidence`] reads what a model wrote, and is stricter: a draft may only say what the
//! lines that the model was shown say.

mod draft;
mod evidence;
mod known;
mod numbers;

pub(crate) use draft::{Draft, SCHEMA};
pub(crate) use evidence::{Evidence, Objection};
pub(crate) use known::Known;
