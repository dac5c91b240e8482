//! Safe repairs, applied.

use std::collections::BTreeMap;
use std::fs;
use std::io::{self, Write};
use std::path::{Path, PathBuf};

use thiserror::Error;

use crate::compile::Compilation;
use crate::diagnostic::{Diagnostic, Edit};
use crate::source::{FileId, SourceFile, SourceMap};

/// A text with its repairs.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Mended {
    /// The file.
    pub file: FileId,
    /// Its new text, without a byte-order mark.
    pub text: String,
    /// How many repairs are in it.
    pub fixes: usize,
}

/// What was written.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Fixed {
    /// Repairs.
    pub fixes: usize,
    /// Files.
    pub files: usize,
}

/// Why repairs could not be written.
#[derive(Debug, Error)]
pub enum FixError {
    /// A file changed after it was read.
    #[error("`{0}` changed meanwhile; nothing was written to it")]
    Changed(PathBuf),
    /// A file could not be read or written.
    #[error("`{path}` cannot be mended")]
    Io {
        /// The file.
        path: PathBuf,
        /// What the system says.
        #[source]
        error: io::Error,
    },
}

impl From<FixError> for io::Error {
    fn from(error: FixError) -> Self {
        let kind = match &error {
            FixError::Changed(_) => io::ErrorKind::Other,
            FixError::Io { error, .. } => error.kind(),
        };
        Self::new(kind, error)
    }
}

/// Which repairs are made.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Reach {
    /// Those that keep the author's meaning.
    #[default]
    Safe,
    /// Those that may change it too; somebody has to look at the result.
    Unsafe,
}

/// Applies repairs to the texts. Of repairs that overlap the first one is made; the next
/// run finds the others.
#[must_use]
pub fn mend(sources: &SourceMap, diagnostics: &[Diagnostic], reach: Reach) -> Vec<Mended> {
    let mut chosen: BTreeMap<FileId, Chosen<'_>> = BTreeMap::new();
    let fixes =
        diagnostics.iter().filter_map(|it| it.fix.as_ref()).filter(|it| it.safe || reach == Reach::Unsafe);
    for fix in fixes {
        let fits = |it: &Edit| {
            let inside = sources.text(it.place.file).get(it.place.span.clone()).is_some();
            inside && chosen.get(&it.place.file).is_none_or(|chosen| chosen.is_free(it))
        };
        if !fix.edits.iter().all(fits) {
            continue;
        }
        for (index, edit) in fix.edits.iter().enumerate() {
            let chosen = chosen.entry(edit.place.file).or_default();
            chosen.edits.push(edit);
            chosen.fixes += usize::from(index == 0);
        }
    }
    let mended = chosen.into_iter().map(|(file, mut chosen)| {
        chosen.edits.sort_by_key(|it| it.place.span.start);
        let mut text = sources.text(file).to_owned();
        for edit in chosen.edits.iter().rev() {
            text.replace_range(edit.place.span.clone(), &edit.text);
        }
        Mended { file, text, fixes: chosen.fixes }
    });
    mended.collect()
}

#[derive(Default)]
struct Chosen<'a> {
    edits: Vec<&'a Edit>,
    fixes: usize,
}

impl Chosen<'_> {
    fn is_free(&self, edit: &Edit) -> bool {
        let (new, apart) =
            (&edit.place.span, |old: &std::ops::Range<usize>, new: &std::ops::Range<usize>| {
                old.end <= new.start || new.end <= old.start
            });
        self.edits.iter().all(|it| apart(&it.place.span, new) && it.place.span != *new)
    }
}

/// Applies repairs to the files, each replaced whole or not at all.
///
/// # Errors
/// The first file that changed after it was read or cannot be written; files before it are mended.
pub fn apply(compilation: &Compilation, reach: Reach) -> Result<Fixed, FixError> {
    let mut fixed = Fixed::default();
    for mended in mend(&compilation.sources, &compilation.diagnostics, reach) {
        write(compilation.sources.file(mended.file), &mended.text)?;
        fixed.fixes += mended.fixes;
        fixed.files += 1;
    }
    Ok(fixed)
}

fn write(source: &SourceFile, text: &str) -> Result<(), FixError> {
    let path = source.path();
    let failed = |error| FixError::Io { path: path.to_owned(), error };
    // A link stays a link: what it leads to is replaced.
    let target = path.canonicalize().map_err(failed)?;
    let mark = if source.has_bom() { "\u{feff}" } else { "" };
    let unchanged = fs::read(&target).map_err(failed)? == format!("{mark}{}", source.text()).as_bytes();
    if !unchanged {
        return Err(FixError::Changed(path.to_owned()));
    }
    replace(&target, format!("{mark}{text}").as_bytes()).map_err(failed)
}

/// Writes beside the file and renames, so that a crash leaves the old text or the new.
fn replace(target: &Path, bytes: &[u8]) -> io::Result<()> {
    let name = target.file_name().unwrap_or_default().to_string_lossy();
    let beside = target.with_file_name(format!(".{name}.{}.tmp", std::process::id()));
    let written = (|| {
        let mut file = fs::File::create(&beside)?;
        file.write_all(bytes)?;
        file.set_permissions(fs::metadata(target)?.permissions())?;
        file.sync_all()?;
        fs::rename(&beside, target)
    })();
    if written.is_err() {
        // Nothing else can be done about a file that cannot be removed either.
        let _ = fs::remove_file(&beside);
    }
    written
}

#[cfg(test)]
mod tests;
