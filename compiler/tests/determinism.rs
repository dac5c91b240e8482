//! Same tree, same bytes: wherever it lies, in whatever order its files were written.
#![expect(clippy::unwrap_used, reason = "tests")]

use std::fs;
use std::path::{Path, PathBuf};

use compiler::compile::{Options, compile};
use tempfile::TempDir;

/// The example tenants. Tests run in the crate's folder.
const TENANTS: &str = "../tenants";

fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap().map(Result::unwrap) {
        match entry.path() {
            path if path.is_dir() => found.extend(files(&path)),
            path => found.push(path),
        }
    }
    found.sort();
    found
}

/// A copy of the example tenants, its files written in this order.
fn copy(below: &Path, order: &[PathBuf]) -> PathBuf {
    let tree = below.join("elsewhere/данные");
    for from in order {
        let to = tree.join(from.strip_prefix(TENANTS).unwrap());
        fs::create_dir_all(to.parent().unwrap()).unwrap();
        fs::copy(from, to).unwrap();
    }
    tree
}

/// Slug, release id and bytes of every tenant.
fn releases(tree: &Path) -> Vec<(String, String, Vec<u8>)> {
    let compiled = compile(tree, &Options::default()).tenants.into_iter();
    compiled
        .map(|it| {
            let release = it.compiled.unwrap();
            (it.slug, release.release_id, release.bytes)
        })
        .collect()
}

#[test]
fn folder_order_and_neighbours_do_not_matter() {
    let here = releases(Path::new(TENANTS));
    assert!(here.len() > 1);
    let mut order = files(Path::new(TENANTS));
    order.reverse();
    let folder = TempDir::new().unwrap();
    let there = copy(folder.path(), &order);
    assert_eq!(releases(&there), here);
    for (slug, id, _) in &here {
        let alone = releases(&there.join(slug));
        assert_eq!(&alone[0].1, id, "{slug}");
    }
}

#[test]
fn line_ends_of_another_system_change_no_passage() {
    let folder = TempDir::new().unwrap();
    let tree = copy(folder.path(), &files(Path::new(TENANTS)));
    for path in files(&tree) {
        let text = fs::read_to_string(&path).unwrap();
        fs::write(&path, text.replace('\n', "\r\n")).unwrap();
    }
    let digests = |tree: &Path| -> Vec<Vec<String>> {
        let tenants = compile(tree, &Options::default()).tenants.into_iter();
        let passages = tenants.map(|it| it.compiled.unwrap().release.passages);
        passages.map(|it| it.into_iter().map(|it| it.digest).collect()).collect()
    };
    assert_eq!(digests(&tree), digests(Path::new(TENANTS)));
}
