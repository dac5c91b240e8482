//! Noticing that something below the tree was saved.

use std::path::{Path, PathBuf};
use std::time::Duration;

use notify::event::{MetadataKind, ModifyKind};
use notify::{Config, Event, EventKind, PollWatcher, RecommendedWatcher, RecursiveMode, Watcher};
use tokio::sync::mpsc::{Receiver, Sender, channel};
use tokio::time::{Instant, timeout};

use crate::output::Output;

/// Editors write, rename and touch in bursts: a save counts once nothing came for this long.
const QUIET: Duration = Duration::from_millis(150);
/// A folder that never comes to rest, such as a long checkout, is compiled this often all the same.
const LONGEST: Duration = Duration::from_secs(2);
/// Where the system cannot tell of changes, files are looked at this often.
const POLL: Duration = Duration::from_secs(1);

/// Bundles consist of these.
const ENDINGS: [&str; 3] = ["yaml", "yml", "md"];

/// Tells of saves, each burst once.
pub(super) struct Saved {
    bell: Receiver<()>,
    /// Watches as long as it lives.
    _watcher: Option<Box<dyn Watcher + Send>>,
}

impl Saved {
    /// Waits for the next save; false when nothing is watched.
    pub(super) async fn next(&mut self) -> bool {
        if self.bell.recv().await.is_none() {
            return false;
        }
        let first = Instant::now();
        while first.elapsed() < LONGEST && matches!(timeout(QUIET, self.bell.recv()).await, Ok(Some(()))) {}
        true
    }
}

/// Watches `tree` and, where it is one bundle of a larger tree, what it shares with the others.
pub(super) fn start(tree: &Path, output: &Output) -> Saved {
    let root = root_of(tree);
    // One place is enough: a ring that nobody has answered yet covers the next one too.
    let (bell, heard) = channel(1);
    let watcher = native(&root, bell.clone()).or_else(|_| polling(&root, bell));
    let watcher =
        watcher.map_err(|error| output.error(&format!("saved files are not noticed: {error}"))).ok();
    Saved { bell: heard, _watcher: watcher }
}

fn native(root: &Path, bell: Sender<()>) -> notify::Result<Box<dyn Watcher + Send>> {
    let mut watcher = RecommendedWatcher::new(move |event| ring(&bell, event), Config::default())?;
    watcher.watch(root, RecursiveMode::Recursive)?;
    Ok(Box::new(watcher))
}

fn polling(root: &Path, bell: Sender<()>) -> notify::Result<Box<dyn Watcher + Send>> {
    // Times of files are compared in whole seconds, contents are not.
    let config = Config::default().with_poll_interval(POLL).with_compare_contents(true);
    let mut watcher = PollWatcher::new(move |event| ring(&bell, event), config)?;
    watcher.watch(root, RecursiveMode::Recursive)?;
    Ok(Box::new(watcher))
}

fn ring(bell: &Sender<()>, event: notify::Result<Event>) {
    if event.is_ok_and(|it| concerns(&it)) {
        // Full: it rings already.
        let _ = bell.try_send(());
    }
}

/// Whether a compile could come out differently after this. Reading, which compiling does itself,
/// and files of other kinds, such as the store's, are left out.
fn concerns(event: &Event) -> bool {
    let touches_content = match event.kind {
        EventKind::Access(_) => false,
        EventKind::Modify(ModifyKind::Metadata(kind)) => kind == MetadataKind::WriteTime,
        _ => true,
    };
    // Without an ending it may be a folder, with bundles in it.
    let is_ours =
        |path: &PathBuf| path.extension().is_none_or(|it| ENDINGS.iter().any(|ending| it == *ending));
    event.need_rescan() || (touches_content && event.paths.iter().any(is_ours))
}

/// Packs, plans and companies stand beside the bundles.
fn root_of(tree: &Path) -> PathBuf {
    let parent = tree.canonicalize().ok().and_then(|it| it.parent().map(Path::to_owned));
    parent
        .filter(|it| {
            tree.join("client.yaml").exists()
                && (it.join("_packs").exists() || it.join("companies.yaml").exists())
        })
        .unwrap_or_else(|| tree.to_owned())
}

#[cfg(test)]
mod tests {
    use std::fs;

    use notify::event::{AccessKind, CreateKind};

    use super::*;

    fn event(kind: EventKind, path: &str) -> Event {
        Event::new(kind).add_path(PathBuf::from(path))
    }

    #[test]
    fn only_what_can_change_a_compile_rings() {
        let made = EventKind::Create(CreateKind::Any);
        assert!(concerns(&event(made, "t/a/client.yaml")));
        assert!(concerns(&event(made, "t/a/knowledge")));
        assert!(!concerns(&event(made, "t/a/.client.yaml.swp")));
        assert!(!concerns(&event(made, "var/state.sqlite-wal")));
        assert!(!concerns(&event(EventKind::Access(AccessKind::Any), "t/a/client.yaml")));
        let stamped = EventKind::Modify(ModifyKind::Metadata(MetadataKind::AccessTime));
        assert!(!concerns(&event(stamped, "t/a/client.yaml")));
    }

    #[tokio::test]
    async fn a_replaced_file_rings_whoever_watches() {
        for make in [native, polling] {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("client.yaml");
            fs::write(&file, "slug: a").unwrap();
            let (bell, heard) = channel(1);
            let mut saved = Saved { bell: heard, _watcher: Some(make(folder.path(), bell).unwrap()) };
            let draft = folder.path().join("client.yaml.tmp");
            fs::write(&draft, "slug: another").unwrap();
            fs::rename(&draft, &file).unwrap();
            assert!(timeout(Duration::from_secs(20), saved.next()).await.unwrap());
        }
    }
}
