//! A tenant's release in memory, and how it gets there and goes again: most tenants of a large house
//! are silent most of the time, and a release that can be asked takes megabytes.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, LazyLock, Mutex, OnceLock, PoisonError};
use std::time::{Duration, Instant};

use arc_swap::ArcSwapOption;
use decide::Mind;
use format::Release;
use index::{IndexError, Library};
use runtime::{LessonRow, ReleaseStore, StateStore, StoreError};

use crate::learned;
use crate::load::{self, LoadError};
use crate::passages::Shelf;

/// A release that can be asked.
pub(crate) struct Awake {
    release: Arc<Release>,
    library: Library,
    mind: OnceLock<Mind>,
    /// An index of this process holds all of its passages.
    indexed: bool,
    /// What people taught is among them; else the store failed.
    taught: bool,
}

impl Awake {
    /// The release, with what people taught.
    pub(crate) fn release(&self) -> &Release {
        &self.release
    }

    /// Its passages, to be searched.
    pub(crate) fn library(&self) -> &Library {
        &self.library
    }

    /// Has [`Awake::mind`] take no time from now on; blocks for milliseconds.
    pub(crate) fn prepare(&self) {
        self.mind();
    }

    /// Whether [`Awake::mind`] takes no time.
    pub(crate) fn has_mind(&self) -> bool {
        self.mind.get().is_some()
    }

    /// What answers from it. The first call takes milliseconds.
    pub(crate) fn mind(&self) -> &Mind {
        self.mind.get_or_init(|| Mind::new(Arc::clone(&self.release)))
    }
}

/// One release of one tenant, asleep or awake; shared by every [`crate::Tenant`] built on it.
pub(crate) struct Wits {
    slug: String,
    release_id: String,
    releases: Arc<dyn ReleaseStore>,
    state: Arc<dyn StateStore>,
    shelf: Shelf,
    awake: ArcSwapOption<Awake>,
    /// One wakes it, the others wait for that.
    waking: Mutex<()>,
    /// Turns wait for that here, where waiting takes no thread.
    queue: Arc<tokio::sync::Mutex<()>>,
    /// When it was needed last, milliseconds since [`BEGAN`].
    used: AtomicU64,
}

/// What uses are counted from.
static BEGAN: LazyLock<Instant> = LazyLock::new(Instant::now);

fn now() -> u64 {
    u64::try_from(BEGAN.elapsed().as_millis()).unwrap_or(u64::MAX)
}

impl Wits {
    pub(crate) fn asleep(
        slug: &str,
        release_id: &str,
        (releases, state): (&Arc<dyn ReleaseStore>, &Arc<dyn StateStore>),
        shelf: &Shelf,
    ) -> Self {
        Self {
            slug: slug.to_owned(),
            release_id: release_id.to_owned(),
            releases: Arc::clone(releases),
            state: Arc::clone(state),
            shelf: shelf.clone(),
            awake: ArcSwapOption::empty(),
            waking: Mutex::new(()),
            queue: Arc::default(),
            used: AtomicU64::new(0),
        }
    }

    pub(crate) fn release_id(&self) -> &str {
        &self.release_id
    }

    /// A place at the door: whoever has it may wake the release on a thread of its own.
    pub(crate) async fn queue(&self) -> tokio::sync::OwnedMutexGuard<()> {
        Arc::clone(&self.queue).lock_owned().await
    }

    /// The release if it is in memory.
    pub(crate) fn awake(&self) -> Option<Arc<Awake>> {
        let awake = self.awake.load_full();
        if awake.is_some() {
            self.used.store(now(), Ordering::Relaxed);
        }
        awake
    }

    /// As [`Wits::awake`], without needing it.
    pub(crate) fn peek(&self) -> Option<Arc<Awake>> {
        self.awake.load_full()
    }

    /// For how long nobody has needed it; nothing while it sleeps.
    pub(crate) fn idle(&self) -> Option<Duration> {
        let used = self.used.load(Ordering::Relaxed);
        self.awake.load().is_some().then(|| Duration::from_millis(now().saturating_sub(used)))
    }

    /// The release, read and indexed if it was not in memory; blocks for milliseconds then.
    pub(crate) fn wake(&self) -> Result<Arc<Awake>, LoadError> {
        if let Some(awake) = self.awake() {
            return Ok(awake);
        }
        let _one = self.waking.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(awake) = self.awake() {
            return Ok(awake);
        }
        let release = load::read(self.releases.as_ref(), &self.slug, &self.release_id)?;
        let lessons = self.state.approved(&self.slug);
        if let Err(error) = &lessons {
            tracing::error!(tenant.slug = %self.slug, %error, "what people taught cannot be read, the release answers without it");
        }
        let awake = self.open(release, lessons.ok().as_deref());
        self.awake.store(Some(Arc::clone(&awake)));
        self.used.store(now(), Ordering::Relaxed);
        Ok(awake)
    }

    /// A release that was read, with lessons where they could be.
    fn open(&self, mut release: Release, lessons: Option<&[LessonRow]>) -> Arc<Awake> {
        learned::add(&mut release, lessons.unwrap_or_default());
        // Facts answer without the index, so a release is served without it rather than not at all.
        let (library, indexed) = self.shelf.open(&release, self.releases.as_ref());
        if let Err(error) = &indexed {
            tracing::error!(tenant.slug = %self.slug, %error, "passages cannot be indexed, only facts answer");
        }
        let (indexed, taught) = (indexed.is_ok(), lessons.is_some());
        Arc::new(Awake { release: Arc::new(release), library, mind: OnceLock::new(), indexed, taught })
    }

    /// Has a release that is in memory answer with what people have taught by now; turns under way keep
    /// theirs. Blocks.
    pub(crate) fn relearn(&self) -> Result<Option<Arc<Awake>>, StoreError> {
        let _one = self.waking.lock().unwrap_or_else(PoisonError::into_inner);
        let Some(awake) = self.awake.load_full() else { return Ok(None) };
        let lessons = self.state.approved(&self.slug)?;
        let awake = self.open(learned::without(&awake.release), Some(&lessons));
        awake.mind();
        self.awake.store(Some(Arc::clone(&awake)));
        Ok(Some(awake))
    }

    /// Retires lessons that the release's own documents have, and brings back those that they have no
    /// more; blocks.
    pub(crate) fn retire(&self, awake: &Awake, now_ms: i64) -> Result<u64, StoreError> {
        let approved = self.state.lessons(&self.slug, Some("approved"))?;
        let stand = approved.iter().filter(|it| lessons::is_in(learned::learned(it), &awake.release));
        let digests = stand.filter_map(|it| it.digest.clone()).collect();
        self.state.retire_lessons(&self.slug, &digests, now_ms)
    }

    /// Whether it is in memory without what people taught, because the store failed.
    pub(crate) fn is_untaught(&self) -> bool {
        self.awake.load().as_ref().is_some_and(|it| !it.taught)
    }

    /// Whether lessons are in memory.
    pub(crate) fn has_lessons(&self) -> bool {
        self.awake.load().as_ref().is_some_and(|it| learned::any(&it.release))
    }

    /// Whether an index of this process holds all of a release that was woken; what a server holds is
    /// found out later, see [`Wits::fill`].
    pub(crate) fn is_indexed(&self, awake: &Awake) -> bool {
        self.shelf.fills_later() || awake.indexed
    }

    /// Writes what the index still lacks; blocks, and for a minute where a server hangs.
    pub(crate) fn fill(&self, awake: &Awake) -> Result<usize, IndexError> {
        let filled = self.shelf.fill(&awake.library, &awake.release, self.releases.as_ref());
        if let Err(error) = &filled {
            tracing::error!(tenant.slug = %self.slug, %error, "passages cannot be indexed, only facts answer");
        }
        filled
    }

    /// Forgets the release until somebody needs it again; turns under way keep theirs.
    pub(crate) fn sleep(&self) {
        self.awake.store(None);
    }
}
