//! The long form of every diagnostic: what, why, a failing example, the repair.
//!
//! The texts stand in `compiler/explain/<code>.md` and, in Russian, in `compiler/explain/ru/<code>.md`;
//! their first line is `# code: summary`.

use crate::check::RULES;
use crate::said::Lang;
use crate::words;

/// The long form of a code in every language, Markdown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Text {
    en: &'static str,
    ru: &'static str,
}

impl Text {
    /// From both texts.
    #[must_use]
    pub const fn new(en: &'static str, ru: &'static str) -> Self {
        Self { en, ru }
    }

    /// The text in one language.
    #[must_use]
    pub fn in_lang(self, lang: Lang) -> &'static str {
        lang.pick(self.en, self.ru).trim_end()
    }

    /// What the code means in a few words.
    #[must_use]
    pub fn summary(self, lang: Lang) -> &'static str {
        let first = self.in_lang(lang).lines().next().unwrap_or_default();
        first.split_once(": ").map_or(first, |(_, summary)| summary)
    }
}

/// The texts of a code.
macro_rules! text {
    ($code:literal) => {
        $crate::explain::Text::new(
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/explain/", $code, ".md")),
            include_str!(concat!(env!("CARGO_MANIFEST_DIR"), "/explain/ru/", $code, ".md")),
        )
    };
}
pub(crate) use text;

macro_rules! texts {
    ($($code:literal),* $(,)?) => {
        &[$(($code, text!($code))),*]
    };
}

/// Diagnostics of reading, shapes and lowering; those of rules stand at the rules.
const OTHERS: &[(&str, Text)] = texts![
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
pub fn all() -> Vec<(&'static str, Text)> {
    let mut all: Vec<_> = RULES.iter().map(|it| (it.code, it.text)).chain(OTHERS.iter().copied()).collect();
    all.sort_unstable_by_key(|(code, _)| *code);
    all
}

/// The long form of a code.
#[must_use]
pub fn explain(code: &str) -> Option<Text> {
    all().into_iter().find(|(it, _)| *it == code).map(|(_, text)| text)
}

/// The code that was probably meant.
#[must_use]
pub fn closest(code: &str) -> Option<&'static str> {
    words::closest(code, all().into_iter().map(|(it, _)| it))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// The words above the example and above its repair.
    const PARTS: [(Lang, [&str; 2]); 2] =
        [(Lang::En, ["Wrong:", "Right:"]), (Lang::Ru, ["Неправильно:", "Правильно:"])];

    #[test]
    fn every_text_has_its_parts() {
        for (code, text) in all() {
            for (lang, [wrong, right]) in PARTS {
                let text = text.in_lang(lang);
                let first = text.lines().next().unwrap_or_default();
                let summary = first.strip_prefix(&format!("# {code}: "));
                assert!(
                    summary.is_some_and(|it| !it.is_empty()),
                    "{code}: the first line is `# {code}: summary`"
                );
                let (told, example) = text.split_once(&format!("\n{wrong}\n\n    ")).expect(code);
                assert!(told.split("\n\n").count() >= 3, "{code}: what and why");
                assert!(example.contains(&format!("\n{right}\n\n    ")), "{code}: the repair");
            }
        }
    }

    #[test]
    fn languages_tell_the_same_and_differ() {
        let cyrillic = |text: &str| text.chars().any(|it| ('а'..='я').contains(&it));
        for (code, text) in all() {
            let [en, ru] = [Lang::En, Lang::Ru].map(|it| text.in_lang(it));
            let shape = |text: &str| text.lines().map(|it| (it.is_empty(), it.starts_with(' '))).collect();
            let shapes: [Vec<_>; 2] = [en, ru].map(shape);
            assert_eq!(shapes[0], shapes[1], "{code}: paragraphs and examples stand alike");
            for (en, ru) in en.lines().zip(ru.lines()).filter(|(it, _)| !it.starts_with("    ")) {
                assert!(en.is_empty() || en != ru && cyrillic(ru), "{code}: {ru}");
            }
        }
    }

    #[test]
    fn a_code_has_one_meaning() {
        let codes: Vec<&str> = all().into_iter().map(|(code, _)| code).collect();
        let mut once = codes.clone();
        once.dedup();
        assert_eq!(codes, once);
    }

    #[test]
    fn slips_lead_to_the_code() {
        assert_eq!(closest("unkown-key"), Some("unknown-key"));
        assert_eq!(closest("nothing-like-it-at-all"), None);
    }
}
