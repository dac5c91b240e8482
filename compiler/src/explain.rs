//! The long form of every diagnostic: what, why, a failing example, the repair.
//!
//! The texts stand in `compiler/explain/<code>.md`; their first line is `# code: summary`.

use crate::check::RULES;

macro_rules! texts {
    ($($code:literal),* $(,)?) => {
        &[$(($code, include_str!(concat!("../explain/", $code, ".md")))),*]
    };
}

/// Diagnostics of reading, shapes and lowering; those of rules stand at the rules.
const OTHERS: &[(&str, &str)] = texts![
    "company-unknown",
    "control-character",
    "duplicate-key",
    "empty-document",
    "empty-file",
    "fact-conflict",
    "facts-unreadable",
    "file-name",
    "file-too-large",
    "file-unreadable",
    "hours-incomplete",
    "knowledge-branch-unknown",
    "knowledge-tag-shared",
    "link-outside",
    "list-item-became-mapping",
    "missing-file",
    "missing-key",
    "no-tenants",
    "not-utf8",
    "number-out-of-range",
    "out-of-range",
    "pack-cycle",
    "pack-incomplete",
    "pack-unknown",
    "path-missing",
    "path-not-folder",
    "plan-unknown",
    "price-conflict",
    "price-item-unknown",
    "price-missing",
    "quick-price-unknown",
    "secret-literal",
    "tenant-missing",
    "unknown-anchor",
    "unknown-key",
    "unknown-value",
    "wrong-format",
    "wrong-type",
    "yaml-documents",
    "yaml-syntax",
    "yaml-tag",
    "yaml-too-deep",
    "yaml-too-large",
];

/// Every code with its long form, by code.
#[must_use]
pub fn all() -> Vec<(&'static str, &'static str)> {
    let mut all: Vec<_> =
        RULES.iter().map(|it| (it.code, it.explain)).chain(OTHERS.iter().copied()).collect();
    all.sort_unstable();
    all
}

/// The long form of a code, Markdown.
#[must_use]
pub fn explain(code: &str) -> Option<&'static str> {
    all().into_iter().find(|(it, _)| *it == code).map(|(_, text)| text)
}

/// What a code means in a few words.
#[must_use]
pub fn summary(code: &str) -> Option<&'static str> {
    let first = explain(code)?.lines().next()?;
    first.strip_prefix("# ")?.strip_prefix(code)?.strip_prefix(": ")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_text_has_its_parts() {
        for (code, text) in all() {
            assert!(summary(code).is_some(), "{code}: the first line is `# {code}: summary`");
            let paragraphs = text.split("\n\n").count();
            assert!(paragraphs >= 4, "{code}: what, why, an example and its repair");
            assert!(
                text.contains("\nWrong:\n") && text.contains("\nRight:\n"),
                "{code}: an example and its repair"
            );
        }
    }

    #[test]
    fn rules_and_texts_agree() {
        for rule in RULES {
            assert_eq!(summary(rule.code), Some(rule.summary), "{}", rule.code);
        }
        let codes: Vec<&str> = all().into_iter().map(|(code, _)| code).collect();
        let mut once = codes.clone();
        once.dedup();
        assert_eq!(codes, once, "a code has one meaning");
    }
}
