//! Rules that no shape can express, one a file, each a value in [`RULES`].
//!
//! A rule reads a [`Scene`] and reports what it finds; it changes nothing and knows no other rule.
//! An error is what makes a release impossible or the bot wrong; advice is a warning or a note.
//! References from a bundle to packs, plans, companies and prices are found by lowering, which
//! needs them anyway ([`crate::lower`]).

mod alias_empty;
mod alias_shared;
mod amount;
mod branch_unknown;
mod case_key;
mod case_unsupported;
mod case_words;
mod date_unknown;
mod document_price;
mod duplicate_branch;
mod duplicate_id;
pub(crate) mod duplicate_instance;
mod duplicate_price;
mod duplicate_prompt;
mod duplicate_service;
mod exemplar_near;
mod fact_untested;
mod facts;
mod figures;
mod hidden_character;
mod hours_order;
mod knowledge_image;
mod knowledge_instruction;
mod knowledge_link;
mod limit;
mod links;
mod markdown;
mod media_host_private;
mod name_meaningless;
mod pack_fact;
mod phone_format;
mod plan_limit;
mod price_unreached;
mod prompt_template;
mod quiet_hours;
mod reminder_order;
mod secret_literal;
mod service_unpriced;
mod shared;
mod slug_mismatch;
mod stems;
mod telegram_id;
mod template_language;
mod template_placeholder;
mod timezone_unknown;
mod twice;

#[cfg(test)]
mod samples;

use format::{Release, Standing};

use crate::bundle::{Bundle, Shared};
use crate::diagnostic::Diagnostic;
use crate::explain::Text;
use crate::source::SourceMap;

pub(crate) use exemplar_near::Exemplars;

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
    /// The release, where the tenant could be lowered.
    pub release: Option<&'a Release>,
}

/// Rules about what tenants share; run once for a tree, not once for each tenant.
const SHARED: &[fn(&SourceMap, &Shared, &mut Vec<Diagnostic>)] = &[duplicate_id::shared, shared::files];

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
    case_unsupported::RULE,
    case_words::RULE,
    date_unknown::RULE,
    document_price::RULE,
    duplicate_branch::RULE,
    duplicate_id::RULE,
    duplicate_instance::RULE,
    duplicate_price::RULE,
    duplicate_prompt::RULE,
    duplicate_service::RULE,
    exemplar_near::RULE,
    fact_untested::RULE,
    hidden_character::RULE,
    hours_order::RULE,
    knowledge_image::RULE,
    knowledge_instruction::RULE,
    knowledge_link::RULE,
    media_host_private::RULE,
    name_meaningless::RULE,
    pack_fact::RULE,
    phone_format::RULE,
    plan_limit::RULE,
    price_unreached::RULE,
    prompt_template::RULE,
    quiet_hours::RULE,
    reminder_order::RULE,
    secret_literal::RULE,
    service_unpriced::RULE,
    slug_mismatch::RULE,
    telegram_id::RULE,
    template_language::RULE,
    template_placeholder::RULE,
    timezone_unknown::RULE,
];

/// Everything the rules find.
#[must_use]
pub fn run(scene: &Scene<'_>) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for rule in RULES {
        let before = findings.len();
        (rule.run)(scene, &mut findings);
        let found = findings.split_off(before);
        findings.extend(limit::limited(scene.sources, found));
    }
    findings
}

/// Everything the rules find in what tenants share.
#[must_use]
pub fn run_shared(sources: &SourceMap, shared: &Shared) -> Vec<Diagnostic> {
    let mut findings = Vec::new();
    for run in SHARED {
        run(sources, shared, &mut findings);
    }
    findings
}
