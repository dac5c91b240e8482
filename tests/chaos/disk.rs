//! A disk that loses what was not synced, fills up and fails: `lossy.c` in front of the real one.

use std::fs::{self, File};
use std::os::unix::fs::FileExt;
use std::path::{Path, PathBuf};
use std::process::Command;

use tempfile::TempDir;

/// The words of its page.
#[derive(Clone, Copy)]
pub(crate) enum Word {
    /// Syncs so far.
    Syncs = 0,
    /// Writes fail with ENOSPC when not 0.
    Full = 1,
    /// Syncs fail with EIO when not 0.
    Broken = 2,
    /// Microseconds a sync takes.
    Slow = 3,
}

/// A disk below one process.
pub(crate) struct Disk {
    folder: TempDir,
    page: File,
}

impl Disk {
    pub(crate) fn new() -> Self {
        let folder = tempfile::tempdir().unwrap();
        let source = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/chaos/lossy.c");
        let built = Command::new("cc")
            .args(["-O1", "-shared", "-fPIC", "-o"])
            .arg(folder.path().join("lossy.so"))
            .arg(source)
            .args(["-ldl", "-lpthread"])
            .output()
            .expect("a C compiler, as SQLite's own source needs one");
        assert!(built.status.success(), "{}", String::from_utf8_lossy(&built.stderr));
        fs::write(folder.path().join("page"), [0; 64]).unwrap();
        fs::create_dir(folder.path().join("cuts")).unwrap();
        let page = File::options().read(true).write(true).open(folder.path().join("page")).unwrap();
        Self { folder, page }
    }

    /// What puts it below a process, in front of the files that begin like `file`.
    pub(crate) fn below(&self, file: &Path) -> Vec<(&'static str, String)> {
        let shown = |path: PathBuf| path.display().to_string();
        let (folder, name) = (file.parent().unwrap(), file.file_name().unwrap());
        fs::create_dir_all(folder).unwrap();
        vec![
            ("LD_PRELOAD", shown(self.folder.path().join("lossy.so"))),
            ("LOSSY_PREFIX", shown(folder.canonicalize().unwrap().join(name))),
            ("LOSSY_PAGE", shown(self.folder.path().join("page"))),
            ("LOSSY_CUTS", shown(self.folder.path().join("cuts"))),
        ]
    }

    pub(crate) fn set(&self, word: Word, value: u64) {
        self.page.write_at(&value.to_ne_bytes(), word as u64 * 8).unwrap();
    }

    pub(crate) fn get(&self, word: Word) -> u64 {
        let mut bytes = [0; 8];
        self.page.read_exact_at(&mut bytes, word as u64 * 8).unwrap();
        u64::from_ne_bytes(bytes)
    }

    /// Where the files of the power cut that was asked for stand.
    pub(crate) fn cut(&self, number: usize) -> PathBuf {
        self.folder.path().join("cuts").join(number.to_string())
    }
}
