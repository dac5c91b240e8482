//! Which files of a folder are read.

use std::path::{Path, PathBuf};

use super::{BUNDLE_FILES, COMPANIES, Folder, KNOWLEDGE, PACKS, PLANS, Reader, Root, TESTS, file};
use crate::diagnostic::Diagnostic;
use crate::said::say;

/// More files of one kind than this in a folder are a mistake.
const MAX_FILES: usize = 5_000;

/// How alike two names must be for one to be a slip of the other, 0–1.
const ALIKE: f64 = 0.8;

/// The last part of a path, resolving `.` and `..`.
pub(super) fn name(path: &Path) -> String {
    let own = path.file_name().map(|it| it.to_string_lossy().into_owned());
    let resolved = || Some(path.canonicalize().ok()?.file_name()?.to_string_lossy().into_owned());
    own.or_else(resolved).unwrap_or_default()
}

/// A folder with at least one of a bundle's files.
pub(crate) fn is_bundle(path: &Path) -> bool {
    BUNDLE_FILES.iter().any(|it| path.join(it).symlink_metadata().is_ok())
}

/// The nearest folder above a bundle that holds companies, plans or packs. The search ends at the
/// top of the git repository.
pub(super) fn shared_root(bundle: &Path) -> Option<PathBuf> {
    let holds = |folder: &Path| [COMPANIES, PLANS, PACKS].iter().any(|it| folder.join(it).exists());
    let mut below = bundle.to_owned();
    loop {
        if below.join(".git").exists() {
            return None;
        }
        let above = parent(&below)?;
        if holds(&above) {
            return Some(above);
        }
        below = above;
    }
}

/// The folder above, in the user's own terms as long as those suffice.
fn parent(path: &Path) -> Option<PathBuf> {
    match path.parent() {
        Some(parent) if path.file_name().is_some() => {
            Some(if parent.as_os_str().is_empty() { PathBuf::from(".") } else { parent.to_owned() })
        }
        _ => path.canonicalize().ok()?.parent().map(Path::to_owned),
    }
}

fn is_hidden(name: &str) -> bool {
    name.starts_with('.')
}

impl Reader {
    /// Folders directly below, by name; hidden ones and `_packs` are not tenants.
    pub(super) fn subfolders(&mut self, root: &Path) -> Vec<PathBuf> {
        let mut found = Vec::new();
        for (name, path) in self.entries(root) {
            if is_hidden(&name) || name.starts_with('_') || !path.is_dir() {
                continue;
            }
            if path.is_symlink() && !file::stays_inside(&path, root) {
                let place = self.stand_in(&path);
                self.diagnostics.push(Diagnostic::error("link-outside", place, file::leads_outside()));
                continue;
            }
            found.push(path);
        }
        found
    }

    /// Files with this ending directly below, by name; nothing where there is no such folder.
    pub(super) fn files_in(&mut self, folder: &Path, ending: &str) -> Vec<(String, PathBuf)> {
        let fits = |name: &str, path: &Path| {
            let ends = path.extension().is_some_and(|it| it.eq_ignore_ascii_case(ending));
            !is_hidden(name) && ends && !path.is_dir()
        };
        let mut found = self.entries(folder);
        found.retain(|(name, path)| fits(name, path));
        if found.len() > MAX_FILES {
            let place = self.stand_in(folder);
            let message = say!(
                "this folder holds more than {MAX_FILES} files",
                "в этой папке больше {MAX_FILES} файлов",
            );
            self.diagnostics.push(Diagnostic::error("file-too-large", place, message));
            found.clear();
        }
        found
    }

    fn entries(&mut self, folder: &Path) -> Vec<(String, PathBuf)> {
        let listing = match std::fs::read_dir(folder) {
            Ok(listing) => listing,
            Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Vec::new(),
            Err(error) => {
                let reason = file::reason(&error);
                let message = say!("this folder cannot be read: {reason}", "папку не удалось прочитать: {reason}"; reason);
                let place = self.stand_in(folder);
                self.diagnostics.push(Diagnostic::error("file-unreadable", place, message));
                return Vec::new();
            }
        };
        let named = |it: std::fs::DirEntry| (it.file_name().to_string_lossy().into_owned(), it.path());
        let mut found: Vec<_> = listing.filter_map(Result::ok).map(named).collect();
        found.sort();
        found
    }

    /// Reads one bundle.
    pub(super) fn read_bundle(&mut self, root: &Root) -> Folder {
        let Root { name: own, path: root, boundary } = root;
        let place = self.stand_in(root);
        let mut bundle = Folder { name: own.clone(), root: root.clone(), files: Default::default(), place };
        for name in BUNDLE_FILES {
            self.read_into(&mut bundle, name.to_owned(), &root.join(name), boundary);
        }
        self.warn_of_slips(root, &bundle);
        for (name, path) in self.files_in(&root.join(TESTS), "yaml") {
            self.read_into(&mut bundle, format!("{TESTS}/{name}"), &path, boundary);
        }
        let knowledge = root.join(KNOWLEDGE);
        for (name, path) in self.files_in(&knowledge, "md") {
            self.read_into(&mut bundle, format!("{KNOWLEDGE}/{name}"), &path, boundary);
        }
        for folder in self.subfolders(&knowledge) {
            let branch = name(&folder);
            for (name, path) in self.files_in(&folder, "md") {
                self.read_into(&mut bundle, format!("{KNOWLEDGE}/{branch}/{name}"), &path, boundary);
            }
        }
        bundle
    }

    fn read_into(&mut self, bundle: &mut Folder, name: String, path: &Path, boundary: &Path) {
        if let Some(loaded) = self.read_file(path, boundary) {
            bundle.files.insert(name, loaded);
        }
    }

    /// A file whose name is almost one that is missing is probably meant to be it.
    fn warn_of_slips(&mut self, root: &Path, bundle: &Folder) {
        for (name, path) in self.entries(root) {
            if is_hidden(&name) || BUNDLE_FILES.contains(&name.as_str()) || path.is_dir() {
                continue;
            }
            let meant = BUNDLE_FILES.iter().find(|it| {
                !bundle.files.contains_key(**it)
                    && strsim::jaro_winkler(&name.to_lowercase(), &it.to_lowercase()) > ALIKE + 0.1
            });
            if let Some(meant) = meant {
                let place = self.stand_in(&path);
                let message = say!(
                    "this file is not read; is it meant to be `{meant}`?",
                    "этот файл не читается; может быть, это `{meant}`?",
                );
                let help = say!("rename it to `{meant}`", "переименуйте его в `{meant}`");
                self.diagnostics.push(Diagnostic::warning("file-name", place, message).with_help(help));
            }
        }
    }
}
