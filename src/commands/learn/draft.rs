//! A bundle with files added, checked and tested in a throw-away copy before anything is written.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use compiler::compile::{self, Compilation, Options, Tenant};
use compiler::diagnostic::{Diagnostic, Severity};
use compiler::suite::{self, Filter};
use tempfile::TempDir;

use super::super::outside;
use crate::exit::Stop;
use crate::output::Output;
use crate::target;

/// What every bundle has.
const CLIENT: &str = "client.yaml";

/// Texts of files, by their place in the bundle.
pub(super) type Files = BTreeMap<String, String>;

/// A copy of a bundle with what it shares, and what was wrong with it before.
pub(super) struct Draft {
    folder: TempDir,
    /// The copy.
    bundle: PathBuf,
    /// What it was copied from.
    source: PathBuf,
    /// The files that may be written.
    targets: BTreeSet<String>,
    /// Findings and failing tests that were there before.
    known: BTreeSet<Trouble>,
}

/// Why a bundle cannot take something.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Trouble {
    /// A finding: file, code, words.
    Finding { file: String, code: String, message: String },
    /// A failing test: its id, what failed first.
    Test { id: String, why: String },
}

impl Trouble {
    /// A test that fails otherwise than before fails as before.
    fn is_same(&self, other: &Self) -> bool {
        match (self, other) {
            (Self::Test { id, .. }, Self::Test { id: other, .. }) => id == other,
            _ => self == other,
        }
    }
}

impl std::fmt::Display for Trouble {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::Finding { file, code, message } => {
                write!(f, "`check` would say of {file}: {message} [{code}]")
            }
            Self::Test { id, why } => write!(f, "test `{id}` would fail: {why}"),
        }
    }
}

impl Draft {
    /// Copies the bundle of a tenant with the packs and lists beside it; these files may be written.
    pub(super) fn of(
        compilation: &Compilation,
        tenant: &Tenant,
        targets: BTreeSet<String>,
        output: &Output,
    ) -> Result<Self, Stop> {
        let folder = TempDir::new()?;
        let bundle = folder.path().join(&tenant.slug);
        // Where a repository begins nobody looks for shared files further up.
        std::fs::create_dir(folder.path().join(".git"))?;
        for path in compilation.sources.iter().map(|(_, it)| it.path()).filter(|it| it.is_file()) {
            if !path.starts_with(&tenant.root) {
                copy(path, &folder.path().join(shared(path)))?;
            }
        }
        copy_folder(&tenant.root, &bundle)?;
        let mut draft = Self { folder, bundle, source: tenant.root.clone(), targets, known: BTreeSet::new() };
        draft.known = draft.troubles(output)?;
        Ok(draft)
    }

    /// What the bundle would complain of with these files that it does not complain of already.
    pub(super) fn try_with(&self, files: &Files, output: &Output) -> Result<Vec<Trouble>, Stop> {
        for name in &self.targets {
            let (here, there) = (self.bundle.join(name), self.source.join(name));
            match files.get(name) {
                Some(text) => write(&here, text)?,
                None if there.is_file() => copy(&there, &here)?,
                None if here.is_file() => std::fs::remove_file(&here)?,
                None => {}
            }
        }
        let mut troubles = self.troubles(output)?;
        troubles.retain(|it| !self.known.iter().any(|known| known.is_same(it)));
        Ok(troubles.into_iter().collect())
    }

    fn troubles(&self, output: &Output) -> Result<BTreeSet<Trouble>, Stop> {
        let compilation = compile::compile(&self.bundle, &Options::default());
        let mut found: BTreeSet<Trouble> = compilation
            .diagnostics
            .iter()
            .filter(|it| self.matters(it, &compilation))
            .map(|it| Trouble::Finding {
                file: self.shown(compilation.sources.file(it.file).path()),
                code: it.code.to_owned(),
                message: it.message.in_lang(output.lang()).to_owned(),
            })
            .collect();
        for compiled in compilation.tenants.iter().filter_map(|it| it.compiled.as_ref()) {
            let release = Arc::new(compiled.release.clone());
            let played = suite::run(&release, &compiled.cases, &Filter::default()).map_err(outside)?;
            let failed = played.into_iter().map(|it| it.report).filter(|it| !it.passed);
            found.extend(failed.map(|it| Trouble::Test {
                id: it.id,
                why: it.failures.into_iter().next().unwrap_or_default(),
            }));
        }
        Ok(found)
    }

    /// Errors do, and in what is added warnings too: there they speak of what customers would be told.
    fn matters(&self, it: &Diagnostic, compilation: &Compilation) -> bool {
        let file = self.shown(compilation.sources.file(it.file).path());
        it.severity == Severity::Error || it.severity == Severity::Warning && self.targets.contains(&file)
    }

    fn shown(&self, path: &Path) -> String {
        let inside = path.strip_prefix(&self.bundle).or_else(|_| path.strip_prefix(self.folder.path()));
        inside.unwrap_or(path).display().to_string()
    }
}

/// The bundle of a tenant, in a tree or by itself.
pub(super) fn compiled(path: &Path, slug: &str, output: &Output) -> Result<Compilation, Stop> {
    let refuse = |path: &Path| {
        let path = path.display();
        Err(Stop::Usage(format!(
            "`{path}` is not the bundle of `{slug}`: name its folder, or the tree it is in"
        )))
    };
    let places = [path.join(slug), path.to_owned()];
    let Some(bundle) = places.into_iter().find(|it| it.join(CLIENT).is_file()) else { return refuse(path) };
    let compilation = compile::compile(&bundle, &Options::default());
    target::show_errors(&compilation, output)?;
    let slugs: Vec<&str> = compilation.tenants.iter().map(|it| it.slug.as_str()).collect();
    if slugs == [slug] { Ok(compilation) } else { refuse(&bundle) }
}

/// Where a file that tenants share stands below the copy.
fn shared(path: &Path) -> PathBuf {
    let name = path.file_name().map(PathBuf::from).unwrap_or_default();
    let above = path.parent().and_then(Path::file_name);
    above.filter(|it| *it == "_packs").map_or(name.clone(), |it| Path::new(it).join(name))
}

/// Copies what a compilation could read: no hidden files, and no folders behind links.
fn copy_folder(from: &Path, to: &Path) -> Result<(), Stop> {
    std::fs::create_dir_all(to)?;
    for entry in std::fs::read_dir(from)? {
        let entry = entry?;
        let (path, name) = (entry.path(), entry.file_name());
        if name.to_string_lossy().starts_with('.') {
            continue;
        }
        if entry.file_type()?.is_dir() {
            copy_folder(&path, &to.join(name))?;
        } else if path.is_file() {
            copy(&path, &to.join(name))?;
        }
    }
    Ok(())
}

fn copy(from: &Path, to: &Path) -> Result<(), Stop> {
    if let Some(above) = to.parent() {
        std::fs::create_dir_all(above)?;
    }
    std::fs::copy(from, to)?;
    Ok(())
}

/// Writes a text whole or not at all.
pub(super) fn write(path: &Path, text: &str) -> Result<(), Stop> {
    let failed = |error: std::io::Error| outside(format!("{}: {error}", path.display()));
    let above = path.parent().unwrap_or(Path::new("."));
    std::fs::create_dir_all(above).map_err(failed)?;
    let beside = path.with_extension("new~");
    std::fs::write(&beside, text).and_then(|()| std::fs::rename(&beside, path)).map_err(failed)
}
