//! One file → one text, or a diagnostic.

use std::io::{self, Read};
use std::path::Path;

use super::{CLIENT, Loaded, Reader};
use crate::diagnostic::Diagnostic;
use crate::said::{Said, say};
use crate::secrets;
use crate::source::{Place, SourceFile};

/// A YAML file larger than this is a mistake, kilobytes: the largest known has a tenth of it.
const YAML_KB: u64 = 1024;

/// A larger document is a mistake, kilobytes: five hundred pages. A whole handbook in one file is not.
const DOCUMENT_KB: u64 = 2048;

/// How many kilobytes the file at a path may have.
fn limit_of(path: &Path) -> u64 {
    let is_document = path.extension().is_some_and(|it| it.eq_ignore_ascii_case("md"));
    if is_document { DOCUMENT_KB } else { YAML_KB }
}

/// What the system says, without its error number.
pub(super) fn reason(error: &io::Error) -> Said {
    match error.kind() {
        io::ErrorKind::PermissionDenied => say!("permission denied", "нет прав доступа"),
        io::ErrorKind::NotFound => {
            say!("it is gone, or a link leads nowhere", "его уже нет, или ссылка ведёт в никуда")
        }
        other => say!("{other}", "система отвечает «{other}»"),
    }
}

impl Reader {
    /// Reads a file below `boundary`; `None` when there is none.
    pub(crate) fn read_file(&mut self, path: &Path, boundary: &Path) -> Option<Loaded> {
        let link = path.symlink_metadata().ok()?;
        let refuse = |tree: &mut Self, code, message: Said| {
            let place = tree.stand_in(path);
            let file = place.file;
            tree.diagnostics.push(Diagnostic::error(code, place, message));
            Some(Loaded { file, broken: true })
        };
        if link.is_symlink() && !stays_inside(path, boundary) {
            return refuse(self, "link-outside", leads_outside());
        }
        let limit = limit_of(path);
        // Looked at before it is opened: opening a pipe would wait for its writer.
        match path.metadata() {
            Ok(it) if !it.is_file() => {
                let message = say!("this is not a regular file", "это не обычный файл");
                return refuse(self, "file-unreadable", message);
            }
            Ok(it) if it.len() > limit << 10 => return refuse(self, "file-too-large", too_large(limit)),
            Err(error) => return refuse(self, "file-unreadable", unreadable(&error)),
            Ok(_) => {}
        }
        match read_at_most(path, limit << 10) {
            Ok(bytes) if bytes.len() as u64 > limit << 10 => refuse(self, "file-too-large", too_large(limit)),
            Ok(bytes) => Some(self.decode(path, bytes)),
            Err(error) => refuse(self, "file-unreadable", unreadable(&error)),
        }
    }

    fn decode(&mut self, path: &Path, bytes: Vec<u8>) -> Loaded {
        let (text, flaw) = match String::from_utf8(bytes) {
            Ok(text) => (text, None),
            Err(error) => {
                let valid = error.utf8_error().valid_up_to();
                let wide = matches!(error.as_bytes(), [0xff, 0xfe, ..] | [0xfe, 0xff, ..]);
                (String::from_utf8_lossy(error.as_bytes()).into_owned(), Some((valid, wide)))
            }
        };
        let source = SourceFile::new(path.to_owned(), text);
        let bom = if source.has_bom() { '\u{feff}'.len_utf8() } else { 0 };
        let is_client = path.file_name().is_some_and(|it| it == CLIENT);
        let hidden = secrets::hidden_in(source.text(), is_client);
        let file = self.sources.add(source.hiding(hidden));
        if let Some((valid, wide)) = flaw {
            // The lossy text is the same up to here and goes on with the replacement character.
            let at = valid.saturating_sub(bom);
            let place = Place::new(file, at..at + char::REPLACEMENT_CHARACTER.len_utf8());
            let message = match wide {
                true => say!("this file is UTF-16, not UTF-8", "этот файл в UTF-16, а не в UTF-8"),
                false => say!("this is not UTF-8 text", "это не текст в UTF-8"),
            };
            let help = say!(
                "save the file with the encoding UTF-8 in your editor",
                "сохраните файл в редакторе в кодировке UTF-8",
            );
            self.diagnostics.push(Diagnostic::error("not-utf8", place, message).with_help(help));
        }
        Loaded { file, broken: flaw.is_some() }
    }
}

fn too_large(limit: u64) -> Said {
    say!("this file is larger than {limit} kB", "этот файл больше {limit} КБ")
}

/// What is said of what cannot be read.
pub(super) fn unreadable(error: &io::Error) -> Said {
    let reason = reason(error);
    say!("this cannot be read: {reason}", "прочитать не удалось: {reason}"; reason)
}

/// What is said of a link that is not followed.
pub(super) fn leads_outside() -> Said {
    say!("this link leads out of the folder, or nowhere", "ссылка ведёт за пределы папки или в никуда")
}

/// Reads one byte more than allowed, so that a file that grows meanwhile is noticed.
fn read_at_most(path: &Path, most: u64) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    std::fs::File::open(path)?.take(most + 1).read_to_end(&mut bytes)?;
    Ok(bytes)
}

/// Whether a link ends inside `boundary`.
pub(super) fn stays_inside(path: &Path, boundary: &Path) -> bool {
    match (path.canonicalize(), boundary.canonicalize()) {
        (Ok(target), Ok(boundary)) => target.starts_with(boundary),
        _ => false,
    }
}
