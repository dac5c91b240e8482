//! Where files of customers are kept: `media/<tenant>/<conversation>/<content>.<ext>` in the data
//! folder, readable by its owner only, until the conversation is erased or they are too old.

use std::fs::{self, DirBuilder, DirEntry, OpenOptions};
use std::io::{self, ErrorKind, Write as _};
use std::path::{Path, PathBuf};
use std::time::{Duration, SystemTime};

use uuid::Uuid;

/// Below the data folder.
const FOLDER: &str = "media";
/// Hexadecimal digits of a name.
const NAME: usize = 32;
/// The extension of what is remembered of a message's file.
const NOTE: &str = "json";

/// The folder of customers' files. Its calls block: they are for threads that may.
#[derive(Debug, Clone)]
pub struct MediaFolder {
    root: PathBuf,
}

impl MediaFolder {
    /// The one in this data folder; it is made when the first file is kept.
    #[must_use]
    pub fn of(data: &Path) -> Self {
        Self { root: data.join(FOLDER) }
    }

    /// Where it is.
    pub(crate) fn path(&self) -> &Path {
        &self.root
    }

    /// Keeps a file, whole or not at all, under its content; returns its place relative to the data
    /// folder.
    ///
    /// # Errors
    /// The disk's, and `InvalidInput` for a slug or an id that is no name of a folder.
    pub(crate) fn keep(
        &self,
        slug: &str,
        conversation_id: &str,
        ext: &str,
        content: &[u8],
    ) -> io::Result<String> {
        let name = format!("{}.{ext}", digest(content));
        self.write(slug, conversation_id, &name, content)?;
        Ok(format!("{FOLDER}/{slug}/{conversation_id}/{name}"))
    }

    /// The file that [`MediaFolder::keep`] has put at this place, for the conversation it was kept for.
    ///
    /// # Errors
    /// The disk's, and `InvalidInput` for a place of another conversation.
    pub(crate) fn read(&self, slug: &str, conversation_id: &str, place: &str) -> io::Result<Vec<u8>> {
        let folder = self.conversation(slug, conversation_id)?;
        let name = place.strip_prefix(&format!("{FOLDER}/{slug}/{conversation_id}/"));
        let name = name.and_then(|it| it.split_once('.')).ok_or_else(elsewhere)?;
        fs::read(folder.join(format!("{}.{}", named(name.0)?, named(name.1)?)))
    }

    /// Remembers something of a message's file beside the files, so that it is erased with them.
    ///
    /// # Errors
    /// As for [`MediaFolder::keep`].
    pub(crate) fn note(
        &self,
        slug: &str,
        conversation_id: &str,
        message_id: &str,
        note: &[u8],
    ) -> io::Result<()> {
        self.write(slug, conversation_id, &note_name(message_id), note)
    }

    /// What was remembered of this message's file.
    pub(crate) fn noted(&self, slug: &str, conversation_id: &str, message_id: &str) -> Option<Vec<u8>> {
        let folder = self.conversation(slug, conversation_id).ok()?;
        fs::read(folder.join(note_name(message_id))).ok()
    }

    /// How many files of a tenant, or of one conversation of it, are kept.
    ///
    /// # Errors
    /// As for [`MediaFolder::forget_conversation`].
    pub fn count(&self, slug: &str, conversation_id: Option<&str>) -> io::Result<u64> {
        count(&match conversation_id {
            Some(id) => self.conversation(slug, id)?,
            None => self.root.join(named(slug)?),
        })
    }

    /// Whether a file is at this place.
    pub(crate) fn holds(&self, place: &str) -> bool {
        self.parts(place).is_ok_and(|(slug, id, name)| self.root.join(slug).join(id).join(name).is_file())
    }

    /// Removes what is kept of the conversation that this place is in.
    ///
    /// # Errors
    /// As for [`MediaFolder::forget_conversation`], and `InvalidInput` for what is no place.
    pub(crate) fn forget_place(&self, place: &str) -> io::Result<u64> {
        let (slug, id, _) = self.parts(place)?;
        self.forget_conversation(slug, id)
    }

    /// Conversations of a tenant of which something is kept.
    ///
    /// # Errors
    /// As for [`MediaFolder::forget_conversation`].
    pub(crate) fn conversations(&self, slug: &str) -> io::Result<Vec<String>> {
        names(&self.root.join(named(slug)?))
    }

    /// Tenants of whose customers something is kept.
    ///
    /// # Errors
    /// The disk's.
    pub(crate) fn tenants(&self) -> io::Result<Vec<String>> {
        names(&self.root)
    }

    /// Tenant, conversation and name of a place.
    fn parts<'p>(&self, place: &'p str) -> io::Result<(&'p str, &'p str, &'p str)> {
        let parts: Vec<&str> = place.split('/').collect();
        let [FOLDER, slug, id, name] = parts[..] else { return Err(elsewhere()) };
        let (stem, ext) = name.split_once('.').ok_or_else(elsewhere)?;
        named(stem)?;
        named(ext)?;
        Ok((named(slug)?, named(id)?, name))
    }

    /// Removes the files of one conversation; returns how many there were. May be repeated.
    ///
    /// # Errors
    /// The disk's; what was removed before stays removed.
    pub fn forget_conversation(&self, slug: &str, conversation_id: &str) -> io::Result<u64> {
        remove(&self.conversation(slug, conversation_id)?, None)
    }

    /// Removes the files of a whole tenant; returns how many there were. May be repeated.
    ///
    /// # Errors
    /// As for [`MediaFolder::forget_conversation`].
    pub fn forget_tenant(&self, slug: &str) -> io::Result<u64> {
        remove(&self.root.join(named(slug)?), None)
    }

    /// Removes a tenant's files that were kept before this Unix millisecond; returns how many.
    ///
    /// # Errors
    /// As for [`MediaFolder::forget_conversation`].
    pub fn sweep(&self, slug: &str, before_ms: i64) -> io::Result<u64> {
        let before = Duration::from_millis(u64::try_from(before_ms).unwrap_or(0));
        remove(&self.root.join(named(slug)?), SystemTime::UNIX_EPOCH.checked_add(before))
    }

    fn conversation(&self, slug: &str, conversation_id: &str) -> io::Result<PathBuf> {
        Ok(self.root.join(named(slug)?).join(named(conversation_id)?))
    }

    fn write(&self, slug: &str, conversation_id: &str, name: &str, content: &[u8]) -> io::Result<()> {
        let folder = self.conversation(slug, conversation_id)?;
        // A sweep may take the empty folder away between the two steps.
        match write_into(&folder, name, content) {
            Err(error) if error.kind() == ErrorKind::NotFound => write_into(&folder, name, content),
            done => done,
        }
    }
}

/// The first digits of the content's blake3: the same file sent twice is kept once.
fn digest(content: &[u8]) -> String {
    blake3::hash(content).to_hex()[..NAME].to_owned()
}

fn note_name(message_id: &str) -> String {
    format!("{}.{NOTE}", digest(message_id.as_bytes()))
}

/// A slug or an id that is one name and cannot lead elsewhere.
fn named(name: &str) -> io::Result<&str> {
    let sound = |it: u8| it.is_ascii_alphanumeric() || matches!(it, b'-' | b'_');
    if !name.is_empty() && name.len() <= 128 && name.bytes().all(sound) { Ok(name) } else { Err(elsewhere()) }
}

fn elsewhere() -> io::Error {
    io::Error::new(ErrorKind::InvalidInput, "not the name of a folder or of a file in it")
}

/// Writes beside, then moves into place.
fn write_into(folder: &Path, name: &str, content: &[u8]) -> io::Result<()> {
    builder().create(folder)?;
    let part = folder.join(format!(".{}.part", Uuid::new_v4()));
    let mut options = OpenOptions::new();
    options.write(true).create_new(true);
    #[cfg(unix)]
    std::os::unix::fs::OpenOptionsExt::mode(&mut options, 0o600);
    let written = options.open(&part).and_then(|mut file| {
        file.write_all(content)?;
        file.sync_all()
    });
    let placed = written.and_then(|()| fs::rename(&part, folder.join(name)));
    if placed.is_err() {
        // There may be nothing to take away.
        drop(fs::remove_file(&part));
    }
    placed
}

fn builder() -> DirBuilder {
    let mut builder = DirBuilder::new();
    builder.recursive(true);
    #[cfg(unix)]
    std::os::unix::fs::DirBuilderExt::mode(&mut builder, 0o700);
    builder
}

/// Folders in a folder, those that can be named.
fn names(folder: &Path) -> io::Result<Vec<String>> {
    let mut found = Vec::new();
    for entry in present(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        let name = entry.file_name().into_string().ok().filter(|it| named(it).is_ok());
        found.extend(name.filter(|_| entry.file_type().is_ok_and(|it| it.is_dir())));
    }
    Ok(found)
}

/// Counts files that hold content.
fn count(folder: &Path) -> io::Result<u64> {
    let mut files = 0;
    for entry in present(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        files += match entry.file_type()?.is_dir() {
            true => count(&entry.path())?,
            false => u64::from(holds_content(&entry)),
        };
    }
    Ok(files)
}

/// Whether it is a customer's file rather than what is remembered of one.
fn holds_content(entry: &DirEntry) -> bool {
    entry.path().extension().is_none_or(|it| it != NOTE)
}

/// Removes what is in a folder, or what of it is older than `before`, and folders left empty. Links
/// are removed, never followed. Counts files that hold content.
fn remove(folder: &Path, before: Option<SystemTime>) -> io::Result<u64> {
    let mut removed = 0;
    for entry in present(fs::read_dir(folder))?.into_iter().flatten() {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            removed += remove(&entry.path(), before)?;
        } else if before.is_none_or(|it| is_older(&entry, it))
            && present(fs::remove_file(entry.path()))?.is_some()
        {
            removed += u64::from(holds_content(&entry));
        }
    }
    match fs::remove_dir(folder) {
        Err(error) if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::DirectoryNotEmpty) => {
            Err(error)
        }
        _ => Ok(removed),
    }
}

/// What is gone already is no failure.
fn present<T>(done: io::Result<T>) -> io::Result<Option<T>> {
    match done {
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        done => done.map(Some),
    }
}

fn is_older(entry: &DirEntry, before: SystemTime) -> bool {
    entry.metadata().and_then(|it| it.modified()).is_ok_and(|it| it < before)
}

#[cfg(test)]
mod tests {
    use std::fs::File;

    use tempfile::TempDir;

    use super::*;

    const NOW: i64 = 1_800_000_000_000;
    const DAY: i64 = 24 * 60 * 60 * 1000;

    fn aged(data: &Path, place: &str, days: i64) {
        let at = Duration::from_millis(u64::try_from(NOW - days * DAY).unwrap());
        let file = File::options().write(true).open(data.join(place)).unwrap();
        file.set_modified(SystemTime::UNIX_EPOCH + at).unwrap();
    }

    #[test]
    fn a_file_is_kept_under_its_content_for_its_owner_only() {
        let data = TempDir::new().unwrap();
        let folder = MediaFolder::of(data.path());
        let place = folder.keep("wheel", "c-1", "ogg", b"OggS1").unwrap();
        assert_eq!(place, format!("media/wheel/c-1/{}.ogg", &blake3::hash(b"OggS1").to_hex()[..32]));
        assert_eq!(fs::read(data.path().join(&place)).unwrap(), b"OggS1");
        assert_eq!(folder.keep("wheel", "c-1", "ogg", b"OggS1").unwrap(), place);
        assert_eq!(folder.read("wheel", "c-1", &place).unwrap(), b"OggS1");
        for (slug, conversation) in [("wheel", "c-2"), ("wheel2", "c-1"), ("", "c-1")] {
            assert!(folder.read(slug, conversation, &place).is_err(), "{slug} {conversation}");
        }
        for odd in
            ["", "media/wheel/c-1/", "media/wheel/c-1/../c-1/x.ogg", "/etc/passwd", "media/wheel/c-1/a.b.c"]
        {
            assert!(folder.read("wheel", "c-1", odd).is_err(), "{odd}");
        }
        let inside = fs::read_dir(data.path().join("media/wheel/c-1")).unwrap();
        assert_eq!(inside.count(), 1, "once, and nothing half written");
        #[cfg(unix)]
        {
            use std::os::unix::fs::PermissionsExt as _;
            let mode = |it: &str| fs::metadata(data.path().join(it)).unwrap().permissions().mode() & 0o777;
            assert_eq!((mode(&place), mode("media/wheel/c-1"), mode("media")), (0o600, 0o700, 0o700));
        }
    }

    #[test]
    fn no_name_leads_out_of_the_folder() {
        let data = TempDir::new().unwrap();
        let folder = MediaFolder::of(data.path());
        let long = "a".repeat(129);
        for name in ["", ".", "..", "../wheel", "a/b", "a\\b", "/etc", "a\0b", "ә", &long] {
            assert!(folder.keep(name, "c-1", "ogg", b"1").is_err(), "{name}");
            assert!(folder.keep("wheel", name, "ogg", b"1").is_err(), "{name}");
            assert!(folder.forget_tenant(name).is_err(), "{name}");
            assert!(folder.forget_conversation("wheel", name).is_err(), "{name}");
            assert!(folder.sweep(name, NOW).is_err(), "{name}");
        }
        assert!(!data.path().join("media").exists());
    }

    #[test]
    fn a_conversation_and_a_tenant_are_forgotten() {
        let data = TempDir::new().unwrap();
        let folder = MediaFolder::of(data.path());
        for (slug, conversation, content) in
            [("wheel", "c-1", "1"), ("wheel", "c-1", "2"), ("wheel", "c-2", "3"), ("wheel2", "c-1", "4")]
        {
            folder.keep(slug, conversation, "jpg", content.as_bytes()).unwrap();
            folder.note(slug, conversation, content, b"{}").unwrap();
        }
        assert_eq!(folder.forget_conversation("wheel", "c-1").unwrap(), 2);
        assert_eq!(folder.forget_conversation("wheel", "c-1").unwrap(), 0);
        assert!(!data.path().join("media/wheel/c-1").exists());
        assert_eq!(folder.noted("wheel", "c-1", "1"), None);
        assert_eq!(folder.noted("wheel", "c-2", "3").unwrap(), b"{}");
        assert_eq!(folder.forget_tenant("wheel").unwrap(), 1);
        assert_eq!(folder.forget_tenant("wheel").unwrap(), 0);
        assert!(!data.path().join("media/wheel").exists());
        assert_eq!(folder.forget_tenant("wheel2").unwrap(), 1);
    }

    #[test]
    fn what_is_too_old_is_swept() {
        let data = TempDir::new().unwrap();
        let folder = MediaFolder::of(data.path());
        let keep = |slug: &str, conversation: &str, days: i64| {
            let content = format!("{slug}{conversation}{days}");
            let place = folder.keep(slug, conversation, "jpg", content.as_bytes()).unwrap();
            aged(data.path(), &place, days);
            place
        };
        let (old, young) = (keep("wheel", "c-1", 31), keep("wheel", "c-1", 29));
        let (gone, foreign) = (keep("wheel", "c-2", 400), keep("oven", "c-1", 400));
        assert_eq!(folder.sweep("wheel", NOW - 30 * DAY).unwrap(), 2);
        assert_eq!(folder.sweep("wheel", NOW - 30 * DAY).unwrap(), 0);
        let there = |place: &str| data.path().join(place).exists();
        assert_eq!([old, young, gone, foreign].map(|it| there(&it)), [false, true, false, true]);
        assert!(!there("media/wheel/c-2"));
        assert_eq!(folder.sweep("nobody", NOW).unwrap(), 0);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let data = TempDir::new().unwrap();
        let elsewhere = TempDir::new().unwrap();
        fs::write(elsewhere.path().join("mine.txt"), "1").unwrap();
        let folder = MediaFolder::of(data.path());
        folder.keep("wheel", "c-1", "jpg", b"1").unwrap();
        std::os::unix::fs::symlink(elsewhere.path(), data.path().join("media/wheel/c-1/link")).unwrap();
        folder.forget_tenant("wheel").unwrap();
        assert!(elsewhere.path().join("mine.txt").exists());
        assert!(!data.path().join("media/wheel").exists());
    }
}
