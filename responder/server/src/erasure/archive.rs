//! What was said and is older than a tenant keeps, written to files before its rows go.
//!
//! One file for each customer, `TENANT/HASH.jsonl`: a line of JSON for each message, oldest first.
//! After a crash between writing and erasing a message may stand twice; its id tells.

use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, OpenOptions};
use std::io::{self, BufRead as _, BufReader, Read as _, Seek as _, SeekFrom, Write as _};
use std::path::{Path, PathBuf};

use runtime::{AgedMessage, StateStore, StoreError};
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::SHORTEST_NUMBER;

/// Messages read from the store at once.
const PAGE: usize = 500;

/// A folder of files.
#[derive(Debug, Clone)]
pub struct Archive {
    folder: PathBuf,
}

/// Why something was not archived; nothing may be erased then.
#[derive(Debug, Error)]
pub enum ArchiveError {
    /// The runtime store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// A file could not be written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
}

/// A message as archived.
#[derive(Serialize)]
struct Line<'m> {
    jid: &'m str,
    conversation: &'m str,
    id: &'m str,
    message_id: &'m str,
    role: &'m str,
    text: &'m str,
    #[serde(skip_serializing_if = "Option::is_none")]
    media: Option<&'m str>,
    at_ms: i64,
}

/// As much of a line as tells whose it is.
#[derive(Deserialize)]
struct Whose {
    jid: String,
}

impl Archive {
    /// The archive in this folder, which is made when something is written.
    #[must_use]
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Writes down what a tenant said and was told before this Unix millisecond; durable when it
    /// returns. How many messages.
    ///
    /// # Errors
    /// [`ArchiveError`] of the store or of a file; what was written stays.
    pub fn fill(&self, state: &dyn StateStore, slug: &str, before_ms: i64) -> Result<usize, ArchiveError> {
        let (mut after, mut written) = (0, 0);
        loop {
            let page = state.aged(slug, before_ms, after, PAGE)?;
            let Some(last) = page.last() else { return Ok(written) };
            after = last.seq;
            let mut by_customer: BTreeMap<&str, Vec<&AgedMessage>> = BTreeMap::new();
            for it in &page {
                by_customer.entry(&it.jid).or_default().push(it);
            }
            for (jid, messages) in by_customer {
                let path = self.path(slug, jid);
                append(&path, &messages).map_err(|source| ArchiveError::File { path, source })?;
            }
            written += page.len();
        }
    }

    /// Removes the files of a customer, known by jid or phone; how many messages went.
    ///
    /// # Errors
    /// The file system's, naming the file.
    pub fn forget(&self, slug: &str, who: &str) -> Result<u64, ArchiveError> {
        self.remove(slug, |jid| is_of(jid, who))
    }

    /// Removes everything of a tenant; how many messages went.
    ///
    /// # Errors
    /// As for [`Archive::forget`].
    pub fn offboard(&self, slug: &str) -> Result<u64, ArchiveError> {
        let gone = self.remove(slug, |_| true)?;
        let path = self.folder.join(slug);
        match fs::remove_dir(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                Err(ArchiveError::File { path, source })
            }
            _ => Ok(gone),
        }
    }

    /// How many messages of a customer are here: the proof of an erasure.
    ///
    /// # Errors
    /// As for [`Archive::forget`].
    pub fn traces(&self, slug: &str, who: &str) -> Result<u64, ArchiveError> {
        let mut found = 0;
        for path in self.files(slug)? {
            let (jid, lines) = look(&path).map_err(|source| ArchiveError::File { path, source })?;
            found += if is_of(&jid, who) { lines } else { 0 };
        }
        Ok(found)
    }

    /// How many messages of a tenant are here.
    ///
    /// # Errors
    /// As for [`Archive::forget`].
    pub fn left(&self, slug: &str) -> Result<u64, ArchiveError> {
        let count = |path: PathBuf| match look(&path) {
            Ok((_, lines)) => Ok(lines),
            Err(source) => Err(ArchiveError::File { path, source }),
        };
        self.files(slug)?.into_iter().map(count).sum()
    }

    fn remove(&self, slug: &str, whose: impl Fn(&str) -> bool) -> Result<u64, ArchiveError> {
        let mut gone = 0;
        for path in self.files(slug)? {
            let removed = look(&path).and_then(|(jid, lines)| {
                if !whose(&jid) {
                    return Ok(0);
                }
                fs::remove_file(&path).map(|()| lines)
            });
            gone += removed.map_err(|source| ArchiveError::File { path, source })?;
        }
        Ok(gone)
    }

    fn files(&self, slug: &str) -> Result<Vec<PathBuf>, ArchiveError> {
        let path = self.folder.join(slug);
        let entries = match fs::read_dir(&path) {
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            other => other.and_then(|it| it.map(|it| it.map(|it| it.path())).collect()),
        };
        entries.map_err(|source| ArchiveError::File { path, source })
    }

    /// A jid may hold what a file's name may not.
    fn path(&self, slug: &str, jid: &str) -> PathBuf {
        let name = &blake3::hash(jid.as_bytes()).to_hex()[..32];
        self.folder.join(slug).join(format!("{name}.jsonl"))
    }
}

/// Adds lines, durably. A line that a crash cut short is ended first.
fn append(path: &Path, messages: &[&AgedMessage]) -> io::Result<()> {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder.create(path.parent().unwrap_or(path))?;
    let mut out = Vec::new();
    if is_cut_short(path)? {
        out.push(b'\n');
    }
    for it in messages {
        let line = Line {
            jid: &it.jid,
            conversation: &it.conversation_id,
            id: &it.message.id,
            message_id: &it.message.message_id,
            role: &it.message.role,
            text: &it.message.text,
            media: it.message.media.as_deref(),
            at_ms: it.message.at_ms,
        };
        serde_json::to_writer(&mut out, &line)?;
        out.push(b'\n');
    }
    let mut options = OpenOptions::new();
    options.create(true).append(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let mut file = options.open(path)?;
    file.write_all(&out)?;
    file.sync_all()
}

/// Whether the last line of a file has no end.
fn is_cut_short(path: &Path) -> io::Result<bool> {
    let mut file = match fs::File::open(path) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(false),
        other => other?,
    };
    if file.metadata()?.len() == 0 {
        return Ok(false);
    }
    let mut last = [0];
    file.seek(SeekFrom::End(-1))?;
    file.read_exact(&mut last)?;
    Ok(last != *b"\n")
}

/// Whose a file is, and how many lines it has; nobody's when no line of it is whole.
fn look(path: &Path) -> io::Result<(String, u64)> {
    let (mut jid, mut lines) = (None, 0);
    // Bytes: what a crash cut short may end within a letter.
    for line in BufReader::new(fs::File::open(path)?).split(b'\n') {
        let line = line?;
        jid = jid.or_else(|| serde_json::from_slice(&line).ok().map(|it: Whose| it.jid));
        lines += 1;
    }
    Ok((jid.unwrap_or_default(), lines))
}

/// Whether a jid is a customer's that is named by jid or phone.
fn is_of(jid: &str, who: &str) -> bool {
    let digits = |it: &str| it.chars().filter(char::is_ascii_digit).collect::<String>();
    let number = digits(who);
    let user = jid.split(['@', ':']).next().unwrap_or_default();
    // Of a file without a whole line nothing was erased yet: it is written anew.
    jid.is_empty()
        || jid == who
        || (number.len() >= SHORTEST_NUMBER && !who.contains('@') && digits(user) == number)
}
