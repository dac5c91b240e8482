//! What is remembered of unchanged tenants says the same as compiling them again, whatever changes.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::process::Command;

use compiler::compile::{Compilation, Known, Need, Options, compile};
use compiler::render;
use compiler::said::Lang;
use compiler::since;
use tempfile::TempDir;

const TRUTH: &str =
    "client_pack:\n  price_list:\n    - category: Хлеб\n      items:\n        - {name: Батон, price: 250}\n";

/// A tree of a bakery that has a warning, a florist, and a pack of the florist's trade.
struct Tree {
    folder: TempDir,
}

impl Tree {
    fn new() -> Self {
        let tree = Self { folder: TempDir::new().unwrap() };
        tree.write("tenants/bakery/client.yaml", "slug: bakery\nname: Калач\ninstance_id: one\n");
        tree.write("tenants/bakery/SALON_TRUTH.yaml", TRUTH);
        tree.write("tenants/bakery/knowledge/empty.md", "");
        tree.write("tenants/florist/client.yaml", "slug: florist\nname: Лютик\n");
        tree.write(
            "tenants/florist/SALON_TRUTH.yaml",
            &format!("domain_pack: {{extends: [trade]}}\n{TRUTH}"),
        );
        tree.write("tenants/_packs/trade.yaml", "synonyms: {}\n");
        tree
    }

    fn write(&self, name: &str, text: &str) {
        let path = self.folder.path().join(name);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    fn compile(&self, options: Options) -> Compilation {
        compile(&self.folder.path().join("tenants"), &options)
    }

    /// Compiles with the memory, compares with compiling anew, and returns what is told.
    fn told(&self) -> String {
        let memory = Some(self.folder.path().join("memory"));
        let remembered = self.compile(Options { need: Need::Findings, memory, ..Options::default() });
        let anew = self.compile(Options { need: Need::Findings, ..Options::default() });
        assert_eq!(shown(&remembered), shown(&anew));
        let known = |it: &Compilation| -> Vec<_> { it.tenants.iter().map(|it| it.known.clone()).collect() };
        assert_eq!(known(&remembered), known(&anew));
        shown(&remembered)
    }

    /// Makes the memory older than it is: as if the files had been at rest when they were read, so
    /// that their stamps are trusted and nothing is read again.
    fn settle(&self) {
        for entry in fs::read_dir(self.folder.path().join("memory")).unwrap().flatten() {
            let Ok(text) = fs::read(entry.path()) else { continue };
            let Ok(mut memory) = serde_json::from_slice::<serde_json::Value>(&text) else { continue };
            for tenant in memory["tenants"].as_object_mut().unwrap().values_mut() {
                let later = tenant["read_ns"].as_i64().unwrap() + 10_000_000_000;
                tenant["read_ns"] = later.into();
            }
            fs::write(entry.path(), memory.to_string()).unwrap();
        }
    }

    fn git(&self, args: &[&str]) {
        let mut git = Command::new("git");
        git.arg("-C").arg(self.folder.path()).args(["-c", "user.name=Ася", "-c", "user.email=a@b.kz"]);
        assert!(git.args(args).output().unwrap().status.success(), "git {args:?}");
    }
}

fn shown(compilation: &Compilation) -> String {
    let mut out = Vec::new();
    render::json(compilation, Lang::En, &mut out).unwrap();
    render::human(compilation, Lang::Ru, false, &mut out).unwrap();
    String::from_utf8(out).unwrap()
}

#[test]
fn every_change_is_noticed() {
    let tree = Tree::new();
    let first = tree.told();
    assert!(first.contains("empty-document"), "{first}");
    assert_eq!(tree.told(), first);
    type Step = (&'static str, Option<&'static str>, &'static str);
    let steps: [Step; 9] = [
        ("tenants/bakery/client.yaml", Some("slug: bakery\nname: Калач\ninstance_id: [\n"), "yaml-syntax"),
        (
            "tenants/bakery/client.yaml",
            Some("slug: bakery\nname: Калач\ninstance_id: two\n"),
            "empty-document",
        ),
        (
            "tenants/florist/client.yaml",
            Some("slug: florist\nname: Л\ninstance_id: two\n"),
            "duplicate-instance",
        ),
        ("tenants/bakery/knowledge/more.md", Some("\u{1}"), "control-character"),
        ("tenants/bakery/knowledge/more.md", None, "duplicate-instance"),
        ("tenants/florist/knowledge/hall/a.md", Some("# А\n"), "knowledge-branch-unknown"),
        ("tenants/florist/knowledge/hall/a.md", None, "duplicate-instance"),
        ("tenants/_packs/trade.yaml", Some("extends: [nowhere]\n"), "pack-unknown"),
        ("tenants/_packs/trade.yaml", None, "pack-unknown"),
    ];
    for (name, text, code) in steps {
        match text {
            Some(text) => tree.write(name, text),
            None => fs::remove_file(tree.folder.path().join(name)).unwrap(),
        }
        let told = tree.told();
        assert!(told.contains(code), "{name}: {told}");
        tree.settle();
        assert_eq!(tree.told(), told);
    }
}

#[test]
fn an_edit_with_the_time_set_back_is_noticed() {
    let tree = Tree::new();
    tree.told();
    let path = tree.folder.path().join("tenants/bakery/SALON_TRUTH.yaml");
    tree.settle();
    tree.told();
    let modified = path.metadata().unwrap().modified().unwrap();
    tree.write("tenants/bakery/SALON_TRUTH.yaml", &TRUTH.replace("250", "2x0"));
    fs::File::options().write(true).open(&path).unwrap().set_modified(modified).unwrap();
    assert!(tree.told().contains("wrong-type"));
}

#[test]
fn a_damaged_memory_is_no_memory() {
    let tree = Tree::new();
    let first = tree.told();
    for entry in fs::read_dir(tree.folder.path().join("memory")).unwrap().flatten() {
        fs::write(entry.path(), "{").unwrap();
    }
    assert_eq!(tree.told(), first);
}

#[test]
fn a_release_is_made_only_where_it_is_asked_for() {
    let tree = Tree::new();
    let memory = Some(tree.folder.path().join("memory"));
    let with = |need| tree.compile(Options { need, memory: memory.clone(), ..Options::default() });
    let released = |it: &Compilation| it.tenants.iter().map(|it| it.compiled.is_some()).collect::<Vec<_>>();
    assert_eq!(released(&with(Need::Findings)), [false, false]);
    assert_eq!(released(&with(Need::Releases)), [true, true]);
    let live: BTreeMap<String, Known> =
        with(Need::Findings).tenants.into_iter().filter_map(|it| Some((it.slug, it.known?))).collect();
    assert_eq!(released(&with(Need::Changed(live.clone()))), [false, false]);
    tree.write("tenants/bakery/SALON_TRUTH.yaml", &TRUTH.replace("250", "300"));
    assert_eq!(released(&with(Need::Changed(live))), [true, false]);
}

#[test]
fn git_tells_which_tenants_changed_and_why() {
    let tree = Tree::new();
    tree.git(&["init", "-q", "-b", "main"]);
    tree.git(&["add", "."]);
    tree.git(&["commit", "-q", "-m", "first"]);
    let path = tree.folder.path().join("tenants");
    let because = |path: &Path| -> Vec<(String, Vec<String>)> {
        let since = Some(since::changes(path, "HEAD").unwrap());
        let found = compile(path, &Options { since, ..Options::default() });
        found.tenants.into_iter().map(|it| (it.slug, it.because)).collect()
    };
    let expected = |slug: &str, files: &[&str]| {
        (slug.to_owned(), files.iter().map(|it| (*it).to_owned()).collect::<Vec<_>>())
    };
    assert_eq!(because(&path), []);
    tree.write("tenants/_packs/trade.yaml", "synonyms: {pricing: {ru: [смета]}}\n");
    assert_eq!(because(&path), [expected("florist", &["_packs/trade.yaml"])]);
    tree.write("tenants/bakery/knowledge/new.md", "# Новое\n");
    assert_eq!(
        because(&path),
        [expected("bakery", &["knowledge/new.md"]), expected("florist", &["_packs/trade.yaml"])]
    );
    assert_eq!(because(&path.join("bakery")), [expected("bakery", &["knowledge/new.md"])]);
    tree.git(&["add", "."]);
    tree.git(&["commit", "-q", "-m", "second"]);
    assert_eq!(because(&path), []);
    assert!(since::changes(&path, "nowhere").unwrap_err().contains("nowhere"));
    assert!(since::changes(&path, "--output=x").is_err());
    assert!(since::changes(TempDir::new().unwrap().path(), "HEAD").is_err(), "no repository");
}

#[test]
fn a_changed_tenant_may_not_take_an_unchanged_one_s_number() {
    let tree = Tree::new();
    tree.git(&["init", "-q", "-b", "main"]);
    tree.write("tenants/cafe/client.yaml", "slug: cafe\nname: Кофе\ninstance_id: three\n");
    tree.write("tenants/cafe/SALON_TRUTH.yaml", TRUTH);
    tree.git(&["add", "."]);
    tree.git(&["commit", "-q", "-m", "first"]);
    tree.write("tenants/bakery/client.yaml", "slug: bakery\nname: Калач\ninstance_id: three\n");
    let path = tree.folder.path().join("tenants");
    for options in [
        Options { since: Some(since::changes(&path, "HEAD").unwrap()), ..Options::default() },
        Options { only: Some("bakery".to_owned()), ..Options::default() },
    ] {
        let found = compile(&path, &options);
        let errors: Vec<&str> = found.diagnostics.iter().map(|it| it.code).collect();
        assert!(errors.contains(&"duplicate-instance"), "{errors:?}");
        assert_eq!(found.tenants.len(), 1);
        assert!(found.tenants[0].known.is_none(), "it cannot be published");
    }
}
