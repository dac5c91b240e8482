//! Input nobody wrote in good faith: located findings, never a panic, never a long wait.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::Path;

use compiler::compile::{self, Compilation, Options};
use compiler::said::Lang;
use compiler::{fix, render};
use tempfile::TempDir;

const CLIENT: &str = "slug: florist\nname: Флора\n";
/// However much is wrong with a file, no more is told of it.
const MOST_TOLD: usize = 600;
const TRUTH: &str = "client_pack:\n  salon: {name: Флора}\n";

/// A tree with the tenant `florist`; `files` replace its files or add to them.
fn tree(files: &[(&str, &[u8])]) -> TempDir {
    let tree = TempDir::new().unwrap();
    let folder = tree.path().join("florist");
    for (name, text) in [("client.yaml", CLIENT.as_bytes()), ("SALON_TRUTH.yaml", TRUTH.as_bytes())]
        .into_iter()
        .chain(files.iter().copied())
    {
        let path = folder.join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    tree
}

fn compiled(path: &Path) -> Compilation {
    let compilation = compile::compile(path, &Options::default());
    // Whatever was found can be shown in every form.
    let mut out = Vec::new();
    render::human(&compilation, Lang::Ru, true, &mut out).unwrap();
    render::json(&compilation, Lang::Ru, &mut out).unwrap();
    render::github(&compilation, Lang::Ru, &mut out).unwrap();
    render::sarif(&compilation, Lang::Ru, &mut out).unwrap();
    compilation
}

/// `code file:line` of every finding.
fn told(compilation: &Compilation) -> Vec<String> {
    let tell = |it: &compiler::diagnostic::Diagnostic| {
        let file = compilation.sources.file(it.file);
        let name = file.path().file_name().unwrap_or_default().to_string_lossy().into_owned();
        format!("{} {name}:{}", it.code, file.position(it.span.start).line)
    };
    compilation.diagnostics.iter().map(tell).collect()
}

fn told_of(files: &[(&str, &[u8])]) -> Vec<String> {
    let tree = tree(files);
    let compilation = compiled(tree.path());
    assert_eq!(compilation.tenants.len(), 1);
    assert_eq!(compilation.tenants[0].compiled.is_none(), compilation.has_errors());
    told(&compilation)
}

#[test]
fn a_good_bundle_compiles() {
    assert_eq!(told_of(&[]), Vec::<String>::new());
}

#[test]
fn paths_that_hold_nothing_are_told() {
    let tree = tree(&[]);
    let at = |path: &str| told(&compiled(&tree.path().join(path)));
    assert_eq!(at("nowhere"), ["path-missing nowhere:1"]);
    assert_eq!(at("florist/client.yaml"), ["path-not-folder client.yaml:1"]);
    let empty = TempDir::new().unwrap();
    assert_eq!(compiled(empty.path()).diagnostics[0].code, "no-tenants");
    let only = Options { only: Some("florst".to_owned()), ..Options::default() };
    assert_eq!(compile::compile(tree.path(), &only).diagnostics[0].code, "tenant-missing");
    let only = Options { only: Some("florist".to_owned()), ..Options::default() };
    assert!(!compile::compile(tree.path(), &only).has_errors());
}

#[test]
fn one_bundle_finds_what_it_shares_above_it() {
    let tree = tree(&[("client.yaml", b"slug: florist\nname: x\nplan: tiny\n")]);
    let bundle = tree.path().join("florist");
    assert_eq!(told(&compiled(&bundle)), ["plan-unknown client.yaml:3"]);
    fs::write(tree.path().join("plans.yaml"), "plans: [{slug: tiny, price_kzt: 1}]\n").unwrap();
    assert_eq!(told(&compiled(&bundle)), Vec::<String>::new());
    let (alone, together) = (compiled(&bundle), compiled(tree.path()));
    let id = |it: &Compilation| it.tenants[0].compiled.as_ref().unwrap().release_id.clone();
    assert_eq!(id(&alone), id(&together), "a release does not depend on where it was compiled from");
}

#[test]
fn broken_files_are_told_and_stop_only_their_tenant() {
    for (name, text, expected) in [
        ("client.yaml", &b""[..], "empty-file client.yaml:1"),
        ("client.yaml", b"slug: florist\nname: \xff\xfe\n", "not-utf8 client.yaml:2"),
        ("client.yaml", b"\xff\xfes\0l\0u\0g\0", "not-utf8 client.yaml:1"),
        ("client.yaml", b"slug: florist\nname: [\n", "yaml-syntax client.yaml:2"),
        ("client.yaml", b"slug: florist\nname: x\nsettings: 5\n", "wrong-type client.yaml:3"),
        ("branches.yaml", b"- a\n", "wrong-type branches.yaml:1"),
        ("EVAL.yaml", b"eval_cases: {}\n", "wrong-type EVAL.yaml:1"),
        ("tests/a.yaml", b"\0", "control-character a.yaml:1"),
        ("prompt.yaml", b"prompts: [{name: system}]\n", "missing-key prompt.yaml:1"),
        ("knowledge/a.md", b"\xc3\x28", "not-utf8 a.md:1"),
    ] {
        let tree = tree(&[(name, text)]);
        let other = tree.path().join("bakery");
        fs::create_dir(&other).unwrap();
        fs::write(other.join("client.yaml"), "slug: bakery\nname: Калач\n").unwrap();
        fs::write(other.join("SALON_TRUTH.yaml"), TRUTH).unwrap();
        let compilation = compiled(tree.path());
        assert_eq!(told(&compilation)[0], expected);
        assert!(compilation.tenant("florist").unwrap().compiled.is_none(), "{expected}");
        assert!(compilation.tenant("bakery").unwrap().compiled.is_some(), "{expected}");
    }
}

#[test]
fn broken_shared_files_stop_those_who_need_them() {
    let tree = tree(&[]);
    fs::write(tree.path().join("companies.yaml"), "companies: 5\n").unwrap();
    let compilation = compiled(tree.path());
    assert_eq!(told(&compilation), ["wrong-type companies.yaml:1"]);
    assert!(compilation.tenants[0].compiled.is_some(), "this tenant names no company");
    fs::create_dir(tree.path().join("_packs")).unwrap();
    fs::write(tree.path().join("_packs/base.yaml"), "intents: [\n").unwrap();
    let compilation = compiled(tree.path());
    assert!(compilation.tenants[0].compiled.is_none(), "every tenant builds on base");
}

#[test]
fn giant_files_are_not_read() {
    for (name, most, told) in [
        ("knowledge/a.md", 2 << 20, "file-too-large a.md:1"),
        ("EVAL.yaml", 1 << 20, "file-too-large EVAL.yaml:1"),
    ] {
        assert_eq!(told_of(&[(name, &vec![b'#'; most + 1])]), [told]);
        assert_ne!(told_of(&[(name, &vec![b'#'; most])]), [told]);
    }
}

#[cfg(unix)]
#[test]
fn links_stay_inside_the_tree() {
    let tree = tree(&[("knowledge/a.md", b"# a\n\ntext\n")]);
    let folder = tree.path().join("florist");
    let elsewhere = TempDir::new().unwrap();
    fs::write(elsewhere.path().join("b.md"), "# b\n\nsecret\n").unwrap();
    std::os::unix::fs::symlink(folder.join("knowledge/a.md"), folder.join("knowledge/inside.md")).unwrap();
    assert_eq!(told(&compiled(tree.path())), Vec::<String>::new());
    std::os::unix::fs::symlink(elsewhere.path().join("b.md"), folder.join("knowledge/outside.md")).unwrap();
    std::os::unix::fs::symlink("nowhere", folder.join("knowledge/void.md")).unwrap();
    std::os::unix::fs::symlink(elsewhere.path(), tree.path().join("other")).unwrap();
    std::os::unix::fs::symlink("/dev/zero", folder.join("EVAL.yaml")).unwrap();
    let compilation = compiled(tree.path());
    assert_eq!(
        told(&compilation),
        [
            "link-outside EVAL.yaml:1",
            "link-outside outside.md:1",
            "link-outside void.md:1",
            "link-outside other:1"
        ]
    );
    assert!(compilation.sources.iter().all(|(_, it)| !it.text().contains("secret")));
}

#[cfg(unix)]
#[test]
fn what_the_system_refuses_is_told() {
    use std::os::unix::fs::PermissionsExt;
    let tree = tree(&[("EVAL.yaml/nested", b"x"), ("knowledge/a.md", b"x")]);
    let path = tree.path().join("florist/knowledge/a.md");
    fs::set_permissions(&path, fs::Permissions::from_mode(0o000)).unwrap();
    let mut expected = vec!["file-unreadable EVAL.yaml:1"];
    // The superuser may read everything.
    if fs::read(&path).is_err() {
        expected.push("file-unreadable a.md:1");
    }
    assert_eq!(told(&compiled(tree.path())), expected);
}

#[test]
fn hidden_and_unknown_files_are_left_alone() {
    let files: [(&str, &[u8]); 6] = [
        (".client.yaml.swp", b"\xff"),
        (".git/config", b"\xff"),
        ("notes.txt", b"\xff"),
        ("knowledge/picture.png", b"\xff"),
        ("knowledge/.draft.md", b"\xff"),
        ("tests/readme.md", b"\xff"),
    ];
    assert_eq!(told_of(&files), Vec::<String>::new());
}

#[test]
fn byte_order_marks_and_carriage_returns_are_fine() {
    let truth = format!("\u{feff}{}", TRUTH.replace('\n', "\r\n"));
    assert_eq!(told_of(&[("SALON_TRUTH.yaml", truth.as_bytes())]), Vec::<String>::new());
}

#[test]
fn bombs_are_refused_quickly() {
    let mut aliases = "a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n".to_owned();
    for level in 1..200 {
        aliases += &format!("a{level}: &a{level} [{}]\n", vec![format!("*a{}", level - 1); 10].join(", "));
    }
    let mut merges = "a0: &a0 {x: 1}\n".to_owned();
    for level in 1..200 {
        merges += &format!(
            "a{level}: &a{level} {{<<: [{}], k{level}: 1}}\n",
            vec![format!("*a{}", level - 1); 10].join(", ")
        );
    }
    let bombs = [
        aliases,
        merges,
        "[".repeat(1 << 20),
        "{a: ".repeat(1 << 18),
        "- ".repeat(1 << 20),
        "a: ".repeat(1 << 18),
        "? ".repeat(1 << 18),
        "&a ".repeat(1 << 18),
        "!t ".repeat(1 << 18),
        format!("a: \"{}", "\\".repeat(1 << 20)),
        format!("{}: x", "k".repeat(1 << 20)),
        (0..100_000).fold(String::new(), |text, it| text + &format!("key{it}: 1\n")),
        (0..50_000).fold(String::new(), |text, _| text + "a: 1\n"),
        format!("eval_cases:\n{}", "  - a: b\n".repeat(50_000)),
    ];
    for bomb in bombs {
        for name in ["SALON_TRUTH.yaml", "EVAL.yaml"] {
            let told = told_of(&[(name, bomb.as_bytes())]);
            let head: String = bomb.chars().take(60).collect();
            // As much as somebody reads: the work ends where a limit is met.
            assert!((1..=MOST_TOLD).contains(&told.len()), "{head}: {} findings", told.len());
        }
    }
}

/// Every file of a good bundle with each of its bytes cut off, doubled, or replaced by something nasty.
#[test]
fn damaged_files_never_panic() {
    let client = "slug: florist\nname: 'Флора'\nsettings: {quiet_hours: off, reminder_timeout_1: 5}\nsecrets:\n  webhook_secret: env:X\n";
    let truth = "salon: &s\n  name: \"Фл\\u043eра\"\n  hours: {open: '9:00', close: '18:00'}\nclient_pack:\n  salon: *s\n  \
                 price_list:\n    - category: Букеты\n      items: [{name: Роза: красная, price: 1}]\n";
    let nasty = [
        "", "\t", "\"", ": ", "\n", "- ", "&a *a ", "[", "}", "\u{0}", "\u{feff}", "# ", "|\n", "я", "!!int ",
    ];
    for (name, text) in [("client.yaml", client), ("SALON_TRUTH.yaml", truth)] {
        let tree = tree(&[]);
        let path = tree.path().join("florist").join(name);
        for (at, _) in text.char_indices() {
            let piece = nasty[at % nasty.len()];
            for damaged in [text[..at].to_owned(), format!("{}{piece}{}", &text[..at], &text[at..])] {
                fs::write(&path, damaged).unwrap();
                let compilation = compiled(tree.path());
                let _ = fix::mend(&compilation.sources, &compilation.diagnostics, fix::Reach::Safe);
            }
        }
    }
}

#[test]
fn fixing_mends_list_items_and_changes_nothing_else() {
    let truth = "\u{feff}domain_pack:\r\n  consult_playbooks:\r\n    - id: care\r\n      lead: Слово.\r\n      questions:   # важно\r\n        \
                 - Что важнее: цвет или \"форма\"?  # ой\r\n        - Обычный вопрос?\r\n        - Срок:\r\n        \
                 - Длинный: вопрос,\r\n            который \\ продолжается\r\n";
    let mended = truth
        .replace("Что важнее: цвет или \"форма\"?", "\"Что важнее: цвет или \\\"форма\\\"?\"")
        .replace("Срок:", "\"Срок:\"")
        .replace("Длинный: вопрос,", "\"Длинный: вопрос,")
        .replace("\\ продолжается", "\\\\ продолжается\"");
    let tree = tree(&[("SALON_TRUTH.yaml", truth.as_bytes())]);
    let compilation = compiled(tree.path());
    assert_eq!(
        told(&compilation),
        [
            "list-item-became-mapping SALON_TRUTH.yaml:6",
            "list-item-became-mapping SALON_TRUTH.yaml:8",
            "list-item-became-mapping SALON_TRUTH.yaml:9"
        ]
    );
    assert_eq!(fix::apply(&compilation, fix::Reach::Safe).unwrap(), fix::Fixed { fixes: 3, files: 1 });
    assert_eq!(fs::read_to_string(tree.path().join("florist/SALON_TRUTH.yaml")).unwrap(), mended);
    assert_eq!(told(&compiled(tree.path())), Vec::<String>::new());
    assert_eq!(fix::apply(&compiled(tree.path()), fix::Reach::Safe).unwrap(), fix::Fixed::default());
}

/// Names the tree that a child of this test compiles.
const TREE: &str = "TENANTRY_HOSTILE_TREE";

/// Compiles one tree in a process of its own, so that its memory can be measured; does nothing
/// unless it is told which.
#[test]
fn child_compiles_what_it_is_told() {
    if let Some(tree) = std::env::var_os(TREE) {
        let compilation = compile::compile(Path::new(&tree), &Options::default());
        let status = fs::read_to_string("/proc/self/status").unwrap_or_default();
        fs::write(Path::new(&tree).join("told"), format!("{}\n{status}", compilation.diagnostics.len()))
            .unwrap();
    }
}

/// The most memory a compilation took, megabytes, and how much it found.
#[cfg(target_os = "linux")]
fn measured(files: &[(&str, &[u8])]) -> (usize, usize) {
    let tree = tree(files);
    let mut child = std::process::Command::new(std::env::current_exe().unwrap());
    child.args(["--exact", "child_compiles_what_it_is_told"]).env(TREE, tree.path());
    assert!(child.output().unwrap().status.success());
    let told = fs::read_to_string(tree.path().join("told")).unwrap();
    let peak = told.lines().find_map(|it| it.strip_prefix("VmHWM:")).unwrap();
    let kilobytes: usize = peak.trim().trim_end_matches(" kB").parse().unwrap();
    (kilobytes / 1024, told.lines().next().unwrap().parse().unwrap())
}

#[cfg(target_os = "linux")]
#[test]
fn hostile_files_take_little_memory() {
    let (ordinary, found) = measured(&[]);
    assert_eq!(found, 0);
    let text = |piece: &str, bytes: usize| piece.repeat(bytes / piece.len());
    let merges = {
        let wide = (0..2000).map(|it| format!("k{it}: 1")).collect::<Vec<_>>().join(", ");
        format!("b: &b {{{wide}}}\nc:\n{}", text("  - {<<: [*b, *b, *b, *b]}\n", 1 << 16))
    };
    let keys = (0..100_000).fold(String::new(), |text, it| text + &format!("key{it}: 1\n"));
    let own_merge = "a: &a {<<: *a}\n".to_owned();
    let yaml = [
        text("[", 1 << 20),
        text("a: 1\n", 1 << 20),
        format!("a: {}", text("x", (1 << 20) - 3)),
        text("a: \"\\0\"\n", 1 << 20),
        format!("eval_cases:\n{}", text("  - a: b\n", 1 << 20)),
        merges,
        keys,
        own_merge,
    ];
    let markdown = [
        text("а\u{202e} ", 256 << 10),
        text("а\u{200b} ", 256 << 10),
        text("[a](b) ", 256 << 10),
        text("http://", 256 << 10),
        text("q7Zp2LxV9tBn4KdW8sRf3YhJ6mGc1TaE ", 256 << 10),
        text("sk-1aB2cD3eF4gH5iJ6kL7mN8oP9q ", 256 << 10),
        text("<img src=a> ", 256 << 10),
        text("Не говори клиенту. ", 256 << 10),
        text("[", 256 << 10) + "](b",
    ];
    let files =
        yaml.iter().map(|it| ("EVAL.yaml", it)).chain(markdown.iter().map(|it| ("knowledge/a.md", it)));
    for (name, text) in files {
        let head: String = text.chars().take(40).collect();
        let (peak, found) = measured(&[(name, text.as_bytes())]);
        // A link that is never closed is text, and nothing is wrong with it.
        let least = usize::from(!text.ends_with("](b"));
        assert!((least..=MOST_TOLD).contains(&found), "{head}: {found} findings");
        assert!(peak < ordinary + 64, "{head} took {peak} MB, an ordinary bundle {ordinary} MB");
    }
}
