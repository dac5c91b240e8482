//! Rules that no shape can express, one a file, each a value in [`RULES`].
//!
//! A rule reads a [`Scene`] and reports what it finds; it changes nothing and knows no other rule.
//! An error is what makes a release impossible or the bot wrong; advice is a warning or a note.
//! References from a bundle to packs, plans, companies and prices are found by lowering, which
//! needs them anyway ([`crate::lower`]).

mod alias_empty;
mod alias_shared;
mod branch_unknown;
mod case_key;
mod case_words;
mod date_unknown;
mod duplicate_branch;
mod duplicate_id;
pub(crate) mod duplicate_instance;
mod duplicate_price;
mod duplicate_prompt;
mod duplicate_service;
mod facts;
mod hours_order;
mod plan_limit;
mod price_unreached;
mod prompt_template;
mod reminder_order;
mod service_unpriced;
mod slug_mismatch;
mod timezone_unknown;
mod twice;

use format::Standing;

use crate::bundle::{Bundle, Shared};
use crate::diagnostic::Diagnostic;
use crate::explain::Text;
use crate::source::SourceMap;

/// What a rule sees.
#[derive(Debug, Clone, Copy)]
pub struct Scene<'a> {
    /// Texts.
    pub sources: &'a SourceMap,
    /// The tenant in question.
    pub bundle: &'a Bundle,
    /// What tenants share.
    pub shared: &'a Shared,
    /// Plan and company, where the tenant could be lowered.
    pub standing: Option<&'a Standing>,
}

/// Rules about what tenants share; run once for a tree, not once for each tenant.
const SHARED: &[fn(&Shared, &mut Vec<Diagnostic>)] = &[duplicate_id::shared];

/// A rule.
#[derive(Debug, Clone, Copy)]
pub struct Rule {
    /// Code of its diagnostics.
    pub code: &'static str,
    /// The long form of the code.
    pub text: Text,
    /// Reports what it finds.
    pub run: fn(&Scene<'_>, &mut Vec<Diagnostic>),
}

/// A rule by its code and function; its texts are `explain/<code>.md` and `explain/ru/<code>.md`.
macro_rules! rule {
    ($code:literal, $run:path) => {
        $crate::check::Rule { code: $code, text: $crate::explain::text!($code), run: $run }
    };
}
use rule;

/// All rules, by code.
pub const RULES: &[Rule] = &[
    alias_empty::RULE,
    alias_shared::RULE,
    branch_unknown::RULE,
    case_key::RULE,
    case_words::RULE,
    date_unknown::RULE,
    duplicate_branch::RULE,
    duplicate_id::RULE,
    duplicate_instance::RULE,
    duplicate_price::RULE,
    duplicate_prompt::RULE,
    duplicate_service::RULE,
    hours_order::RULE,
    plan_limit::RULE,
    price_unreached::RULE,
    prompt_template::RULE,
    reminder_order::RULE,
    service_unpriced::RULE,
    slug_mismatch::RULE,
    timezone_unknown::RULE,
];

/// Everything the rules find.
#[must_use]
pub fn run(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for rule in RULES {
        (rule.run)(scene, &mut findings);
    }
    findings
}

/// Everything the rules find in what tenants share.
#[must_use]
pub fn run_shared(shared: &Shared) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for run in SHARED {
        run(shared, &mut findings);
    }
    findings
}
