//! One small tree of tenants for each diagnostic, under `tests/fixtures/bundles/<code>`, with what
//! people see of it in `expected.txt`, and in Russian in `expected.ru.txt`. `TENANTRY_BLESS=1` writes
//! what is seen now.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use compiler::compile::{self, Compilation, Options};
use compiler::said::Lang;
use compiler::{explain, render};

/// Folders under tests run in the crate's folder.
const FIXTURES: &str = "../tests/fixtures/bundles";

/// Findings that no file in git can show; `hostile.rs` makes them.
const MADE_BY_TESTS: [&str; 6] = [
    "file-too-large",
    "file-unreadable",
    "link-outside",
    "path-missing",
    "path-not-folder",
    "tenant-missing",
];

/// Facts of a branch have the shape of facts, and so has what they make laid over the tenant's; lowering
/// would say so should that ever change.
const NEVER_SEEN: &str = "facts-unreadable";

fn fixtures() -> Vec<(String, PathBuf)> {
    let entries = fs::read_dir(FIXTURES).unwrap().map(Result::unwrap);
    let mut found: Vec<_> = entries
        .map(|it| (it.file_name().into_string().unwrap(), Path::new(FIXTURES).join(it.file_name())))
        .collect();
    found.sort();
    found
}

fn compiled(folder: &Path) -> Compilation {
    compile::compile(folder, &Options::default())
}

fn shown(compilation: &Compilation, folder: &Path, lang: Lang) -> String {
    let mut out = Vec::new();
    render::human(compilation, lang, false, &mut out).unwrap();
    let folder = folder.to_str().unwrap();
    String::from_utf8(out).unwrap().replace(&format!("{folder}/"), "").replace(folder, ".")
}

#[test]
fn every_fixture_shows_its_diagnostic() {
    let bless = std::env::var_os("TENANTRY_BLESS").is_some();
    let mut wrong = Vec::new();
    for (code, folder) in fixtures() {
        let compilation = compiled(&folder);
        assert!(compilation.diagnostics.iter().any(|it| it.code == code), "{code} is not found");
        for (lang, name) in [(Lang::En, "expected.txt"), (Lang::Ru, "expected.ru.txt")] {
            let (shown, expected) = (shown(&compilation, &folder, lang), folder.join(name));
            if bless {
                fs::write(&expected, &shown).unwrap();
            } else if fs::read_to_string(&expected).unwrap_or_default() != shown {
                wrong.push(format!("=== {code}\n{shown}"));
            }
        }
    }
    assert!(wrong.is_empty(), "TENANTRY_BLESS=1 accepts what is seen now:\n{}", wrong.join("\n"));
}

/// Nothing is told in English to those who read Russian.
#[test]
fn every_message_is_said_in_both_languages() {
    let cyrillic = |text: &str| text.chars().any(|it| ('а'..='я').contains(&it));
    for (code, folder) in fixtures() {
        for it in compiled(&folder).diagnostics {
            let fix = it.fix.map(|it| it.title);
            let parts = it.labels.into_iter().map(|it| it.message).chain(it.help).chain(fix);
            for said in parts.chain([it.message]) {
                let (en, ru) = (said.in_lang(Lang::En), said.in_lang(Lang::Ru));
                assert!(en != ru && cyrillic(ru), "{code}: {en} | {ru}");
                assert!(!ru.ends_with('.'), "{code}: {ru}");
            }
        }
    }
}

#[test]
fn every_code_has_a_fixture_and_every_fixture_a_code() {
    let codes: BTreeSet<&str> = explain::all().into_iter().map(|(code, _)| code).collect();
    let fixtures = fixtures();
    let shown = fixtures.iter().map(|(code, _)| code.as_str()).chain(MADE_BY_TESTS).chain([NEVER_SEEN]);
    assert_eq!(codes, shown.collect());
}

#[test]
fn every_code_in_the_source_is_explained() {
    // Literals that look like codes and are none.
    const OTHERS: [&str; 0] = [];
    let codes: BTreeSet<&str> = explain::all().into_iter().map(|(code, _)| code).collect();
    let mut unknown = BTreeSet::new();
    for room in ["bundle", "check", "load", "lower", "shape", "tree"] {
        for file in rust_files(&Path::new("src").join(room)) {
            let text = fs::read_to_string(&file).unwrap();
            let literals = text.split('"').skip(1).step_by(2).filter(|it| is_kebab(it));
            unknown
                .extend(literals.filter(|it| !codes.contains(it) && !OTHERS.contains(it)).map(str::to_owned));
        }
    }
    assert!(unknown.is_empty(), "codes without an explanation: {unknown:?}");
}

/// Codes that were explained in Russian from the start; the others are being translated.
const FIRST_IN_RUSSIAN: [&str; 14] = [
    "case-unsupported",
    "document-price",
    "exemplar-near",
    "fact-untested",
    "hidden-character",
    "knowledge-image",
    "knowledge-instruction",
    "knowledge-link",
    "name-meaningless",
    "pack-fact",
    "phone-format",
    "quiet-hours",
    "telegram-id",
    "template-language",
];

#[test]
fn every_code_is_explained_in_russian() {
    let missing = |code: &&str| !Path::new("explain/ru").join(format!("{code}.md")).exists();
    let mut missing: Vec<&str> = explain::all().into_iter().map(|(code, _)| code).filter(missing).collect();
    // The first of the older ones stands for all of them: once it is there, none may lack.
    if missing.contains(&"alias-empty") {
        missing.retain(|it| FIRST_IN_RUSSIAN.contains(it));
    }
    assert_eq!(missing, Vec::<&str>::new(), "explain/ru/<code>.md");
}

fn rust_files(folder: &Path) -> Vec<PathBuf> {
    let mut files = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        let path = entry.path();
        let is_test = path.file_name().is_some_and(|it| it == "tests" || it == "tests.rs");
        match path.is_dir() {
            _ if is_test => {}
            true => files.extend(rust_files(&path)),
            false => files.push(path),
        }
    }
    files
}

fn is_kebab(text: &str) -> bool {
    let word =
        |it: &str| !it.is_empty() && it.chars().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit());
    text.contains('-') && text.split('-').all(word) && text.starts_with(|it: char| it.is_ascii_lowercase())
}

#[test]
fn a_secret_is_in_no_rendering() {
    let compilation = compiled(&Path::new(FIXTURES).join("secret-literal"));
    let mut out = Vec::new();
    render::human(&compilation, Lang::Ru, true, &mut out).unwrap();
    render::json(&compilation, Lang::Ru, &mut out).unwrap();
    render::github(&compilation, Lang::Ru, &mut out).unwrap();
    render::sarif(&compilation, Lang::Ru, &mut out).unwrap();
    let out = String::from_utf8(out).unwrap();
    assert!(out.contains("secret-literal"));
    // In client.yaml, in a document, in a comment, as a key.
    for secret in ["the-thing-itself", "4Qm8Zx2Lw9", "xF4kd9Lw_z", "q7Zp2LxV9t"] {
        assert!(!out.contains(secret), "{secret}:\n{out}");
    }
}

#[test]
fn compiling_is_deterministic() {
    for (_, folder) in fixtures() {
        let (first, second) = (compiled(&folder), compiled(&folder));
        assert_eq!(shown(&first, &folder, Lang::Ru), shown(&second, &folder, Lang::Ru));
        let ids = |it: &Compilation| -> Vec<_> {
            it.tenants.iter().map(|it| it.compiled.as_ref().map(|it| it.release_id.clone())).collect()
        };
        assert_eq!(ids(&first), ids(&second));
    }
}

/// What an author can do wrong, and the codes that say so.
const KINDS: [(&str, &[&str]); 15] = [
    (
        "Files and syntax",
        &[
            "control-character",
            "empty-document",
            "empty-file",
            "file-name",
            "file-too-large",
            "file-unreadable",
            "link-outside",
            "missing-file",
            "no-tenants",
            "not-utf8",
            "path-missing",
            "path-not-folder",
            "tenant-missing",
            "unknown-anchor",
            "yaml-documents",
            "yaml-syntax",
            "yaml-tag",
            "yaml-too-deep",
            "yaml-too-large",
        ],
    ),
    (
        "Keys, types, ranges",
        &[
            "facts-unreadable",
            "list-item-became-mapping",
            "missing-key",
            "number-out-of-range",
            "out-of-range",
            "unknown-key",
            "unknown-value",
            "wrong-format",
            "wrong-type",
        ],
    ),
    ("Slug and folder", &["slug-mismatch"]),
    (
        "References",
        &[
            "branch-unknown",
            "company-unknown",
            "knowledge-branch-unknown",
            "knowledge-tag-shared",
            "pack-cycle",
            "pack-incomplete",
            "pack-unknown",
            "plan-unknown",
            "price-item-unknown",
            "prompt-template",
            "quick-price-unknown",
            "template-placeholder",
        ],
    ),
    (
        "Duplicates",
        &[
            "alias-shared",
            "duplicate-branch",
            "duplicate-id",
            "duplicate-instance",
            "duplicate-key",
            "duplicate-price",
            "duplicate-prompt",
            "duplicate-service",
        ],
    ),
    (
        "Times",
        &[
            "date-unknown",
            "hours-incomplete",
            "hours-order",
            "quiet-hours",
            "reminder-order",
            "timezone-unknown",
        ],
    ),
    ("Phones and chats", &["phone-format", "telegram-id"]),
    ("Facts where they do not belong", &["fact-conflict", "pack-fact"]),
    (
        "Prices and services",
        &["document-price", "price-conflict", "price-missing", "price-unreached", "service-unpriced"],
    ),
    ("Names", &["alias-empty", "name-meaningless"]),
    ("Conversation tests", &["case-key", "case-unsupported", "case-words", "fact-untested"]),
    ("Plan limits", &["plan-limit"]),
    ("Files of customers", &["media-host-private"]),
    ("What must be said, and how customers are understood", &["exemplar-near", "template-language"]),
    (
        "What must not be in a text",
        &["hidden-character", "knowledge-image", "knowledge-instruction", "knowledge-link", "secret-literal"],
    ),
];

/// How bad the findings of a code can be: as its fixture shows, and as its rule writes.
fn severities(code: &str, fixture: Option<&Path>) -> String {
    let found = fixture.map(|it| compiled(it).diagnostics).unwrap_or_default();
    let mut words: BTreeSet<&str> =
        found.iter().filter(|it| it.code == code).map(|it| it.severity.word()).collect();
    let rule = Path::new("src/check").join(code.replace('-', "_"));
    let source = [rule.with_extension("rs"), rule.join("mod.rs")]
        .into_iter()
        .find_map(|it| fs::read_to_string(it).ok());
    for word in ["error", "warning", "note"] {
        if source.as_deref().unwrap_or_default().contains(&format!("Diagnostic::{word}(")) {
            words.insert(word);
        }
    }
    // The rest is made by the loader, which refuses.
    if words.is_empty() { "error".to_owned() } else { words.into_iter().collect::<Vec<_>>().join(", ") }
}

#[test]
fn the_list_of_rules_is_complete() {
    let mut list = "# What `tenantry check` tells\n\nMade from the rules by `TENANTRY_BLESS=1 cargo test -p compiler --test bundles`; \
                    `tenantry explain <code>` has an example and its repair for each.\n"
        .to_owned();
    let fixtures = fixtures();
    let mut texts: std::collections::BTreeMap<&str, explain::Text> = explain::all().into_iter().collect();
    for (kind, codes) in KINDS {
        list += &format!("\n## {kind}\n\n| code | severity | what | shown by |\n|---|---|---|---|\n");
        for code in codes {
            let text = texts.remove(code).unwrap_or_else(|| panic!("{code} stands twice or is none"));
            let fixture = fixtures.iter().find(|(it, _)| it == code).map(|(_, folder)| folder.as_path());
            let shown = match fixture {
                Some(_) => format!("`tests/fixtures/bundles/{code}/`"),
                None if *code == NEVER_SEEN => "nothing yet: a net below the others".to_owned(),
                None => "`compiler/tests/hostile.rs`".to_owned(),
            };
            let (severity, summary) = (severities(code, fixture), text.summary(Lang::En));
            list += &format!("| `{code}` | {severity} | {summary} | {shown} |\n");
        }
    }
    assert!(texts.is_empty(), "codes of no kind: {:?}", texts.keys());
    let path = "../docs/rules.md";
    if std::env::var_os("TENANTRY_BLESS").is_some() {
        fs::write(path, &list).unwrap();
    }
    assert_eq!(fs::read_to_string(path).unwrap_or_default(), list, "TENANTRY_BLESS=1 writes the list anew");
}
