//! The house kept tidy: imports point one way, files stay small, paths in documents
//! exist, mutants find what they change.

mod documents;
mod edges;
mod files;
mod mutants;

use std::path::{Path, PathBuf};

/// The root of the repository.
fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

/// Every file under version control or new, without what git ignores.
fn files() -> Vec<PathBuf> {
    let listed = std::process::Command::new("git")
        .args(["ls-files", "--cached", "--others", "--exclude-standard"])
        .current_dir(root())
        .output();
    match listed {
        Ok(out) if out.status.success() => String::from_utf8_lossy(&out.stdout)
            .lines()
            .map(|it| root().join(it))
            .filter(|it| it.is_file())
            .collect(),
        // A source archive without git: walk, leaving out build artefacts.
        _ => walk(root()),
    }
}

fn walk(folder: &Path) -> Vec<PathBuf> {
    let mut out = Vec::new();
    for entry in std::fs::read_dir(folder).expect("the repository is readable").flatten() {
        let path = entry.path();
        let name = entry.file_name();
        if name == "target" || name == "var" || name == ".git" {
            continue;
        }
        if path.is_dir() {
            out.extend(walk(&path));
        } else {
            out.push(path);
        }
    }
    out
}
