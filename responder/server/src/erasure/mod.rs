//! Erasing a customer or a tenant wherever something of them is kept, and proving it.
//!
//! Every step may be repeated: an erasure that was cut short is started again with the same words and
//! ends with one receipt that counts everything, because what went is counted in the transaction in
//! which it went.

mod archive;
mod receipt;
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};

use format::Release;
use index::{Catalogue, IndexError, Layout, VectorIndex};
use runtime::{Erased, ReleaseStore, StateStore, StoreError};
use thiserror::Error;

use crate::media::MediaFolder;

pub use archive::{Archive, ArchiveError};
pub use receipt::{Kind, Receipt, ReceiptError, Signed, Signer, verify};
use topics::TOPICS;
pub use topics::{DeskTopics, Fate, Topics};

/// Conversations erased in one transaction, so that messages of others never wait long.
const BATCH: usize = 50;
/// Fewer digits than this are no phone number.
const SHORTEST_NUMBER: usize = 7;
/// How the store counts topics that are left when it forgets them.
const TOPICS_LEFT: &str = "telegram_topics_left";
/// How receipts count what went from the archive.
const ARCHIVED: &str = "archived_messages";
/// The folder in which an offboarding under way keeps what it needs, below the data folder.
const UNDER_WAY: &str = "offboarding";

/// Why an erasure did not come to its end; starting it again goes on with it.
#[derive(Debug, Error)]
pub enum ErasureError {
    /// The runtime store failed.
    #[error(transparent)]
    Store(#[from] StoreError),
    /// The index failed.
    #[error(transparent)]
    Index(#[from] IndexError),
    /// What was named cannot be a tenant; nothing was erased.
    #[error("`{0}` is no slug of a tenant")]
    NoSlug(String),
    /// A file could not be removed or written.
    #[error("{path}: {source}")]
    File {
        /// The file.
        path: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// The archive failed.
    #[error(transparent)]
    Archive(#[from] ArchiveError),
}

/// Where things are kept.
pub struct Places<'a> {
    /// Releases.
    pub releases: &'a dyn ReleaseStore,
    /// Conversations.
    pub state: &'a dyn StateStore,
    /// The data folder.
    pub data: &'a Path,
    /// The index with its layout, where this process may write to it. The embedded one of a responder
    /// that runs is swept by that responder.
    pub index: Option<(&'a dyn VectorIndex, Layout)>,
    /// What was archived, where there is an archive.
    pub archive: Option<&'a Archive>,
    /// Where topics of customers are deleted.
    pub topics: Option<&'a dyn Topics>,
}

impl Places<'_> {
    /// Tenants that are live or have ever had a message, those of `only` alone where it is given.
    fn tenants(&self, only: Option<&str>) -> Result<BTreeSet<String>, StoreError> {
        let mut slugs: BTreeSet<String> = self.releases.live()?.into_keys().collect();
        slugs.extend(self.state.usage(None)?.into_iter().map(|it| it.slug));
        slugs.retain(|slug| only.is_none_or(|it| it == slug));
        Ok(slugs)
    }
}

/// Erases a customer, known by jid or phone, with every tenant or with one. Topics in Telegram are
/// deleted first; what Telegram does not delete is told as remaining and holds nothing up. May block.
///
/// # Errors
/// [`ErasureError`] of whatever failed; what was erased before stays erased and counted.
pub fn forget(
    places: &Places<'_>,
    who: &str,
    only: Option<&str>,
    signer: &Signer,
) -> Result<Receipt, ErasureError> {
    let subject = signer.blind(who);
    let mut receipt = Receipt::new(Kind::Forget, subject.clone());
    for slug in places.tenants(only)? {
        let tally = format!("forget:{slug}:{subject}");
        let digits: String = who.chars().filter(char::is_ascii_digit).collect();
        let mut remaining = Erased::new();
        let mut canaries = BTreeSet::from([who.to_owned()]);
        canaries.extend((digits.len() >= SHORTEST_NUMBER).then_some(digits));
        for jid in places.state.customers(&slug, who)? {
            let conversations = places.state.conversations(&slug, Some(&jid))?;
            for id in &conversations {
                remove_files(places, &tally, &slug, Some(id))?;
            }
            // Telegram's refusal keeps nobody's rows; whoever reads the receipt deletes them by hand.
            let who = (slug.as_str(), Some(jid.as_str()));
            add(&mut remaining, topics::delete(places.topics, places.state, who, &tally)?);
            places.state.forget(&slug, &jid, &tally)?;
            canaries.extend(conversations);
            canaries.insert(jid);
        }
        // A crash just before it is counted leaves it uncounted, and gone.
        let gone = places.archive.map_or(Ok(0), |it| it.forget(&slug, who))?;
        places.state.tally(&tally, &archived(gone))?;
        let erased = places.state.tallied(&tally)?;
        if let Some(archive) = places.archive {
            add(&mut remaining, archived(archive.traces(&slug, who)?));
        }
        for canary in &canaries {
            add(&mut remaining, places.state.traces_of(&slug, canary)?);
        }
        if !erased.is_empty() || !remaining.is_empty() {
            receipt.add(slug, erased, remaining, tally);
        }
    }
    Ok(receipt)
}

/// Ends a tenant: nothing of it is served any more, and everything but its usage totals is erased, its
/// customers' topics in Telegram first. What Telegram does not delete is told as remaining and holds
/// nothing up. May block.
///
/// # Errors
/// As for [`forget`].
pub fn offboard(
    places: &Places<'_>,
    slug: &str,
    (actor, at): (Option<&str>, &str),
) -> Result<Receipt, ErasureError> {
    // It becomes a part of paths below.
    if slug.is_empty() || !slug.bytes().all(|it| it.is_ascii_lowercase() || it.is_ascii_digit() || it == b'_')
    {
        return Err(ErasureError::NoSlug(slug.to_owned()));
    }
    let tally = format!("offboard:{slug}");
    let kept = places.data.join(UNDER_WAY).join(slug);
    if let Some(bytes) = live(places, slug)? {
        write(&kept, &bytes)?;
    }
    // First of all: no replica takes its messages any more.
    places.state.tally(&tally, &prefixed("releases.", places.releases.remove(slug, actor, at)?))?;
    // What is left of topics is counted when their rows go.
    let mut left = topics::delete(places.topics, places.state, (slug, None), &tally)?;
    left.remove(TOPICS);
    loop {
        let gone = places.state.offboard(slug, BATCH, &tally)?;
        if gone.is_empty() {
            break;
        }
    }
    if let (Some((index, layout)), Ok(bytes)) = (&places.index, std::fs::read(&kept)) {
        let points = clear(*index, layout, &bytes)?;
        places.state.tally(&tally, &Erased::from([("points".to_owned(), points)]))?;
    }
    remove_files(places, &tally, slug, None)?;
    let gone = places.archive.map_or(Ok(0), |it| it.offboard(slug))?;
    places.state.tally(&tally, &archived(gone))?;
    let mut receipt = Receipt::new(Kind::Offboard, slug.to_owned());
    let mut remaining = Erased::new();
    if !places.state.conversations(slug, None)?.is_empty() {
        add(&mut remaining, Erased::from([("conversations".to_owned(), 1)]));
    }
    remaining.extend(places.releases.live()?.contains_key(slug).then(|| ("live".to_owned(), 1)));
    let mut erased = places.state.tallied(&tally)?;
    remaining.extend(erased.remove(TOPICS_LEFT).map(|left| (TOPICS.to_owned(), left)));
    add(&mut remaining, left);
    receipt.add(slug.to_owned(), erased, remaining, tally);
    match std::fs::remove_file(&kept) {
        Err(source) if source.kind() != io::ErrorKind::NotFound => {
            Err(ErasureError::File { path: kept, source })
        }
        _ => Ok(receipt),
    }
}

/// The receipt is in somebody's hands: the next erasure of the same starts to count anew.
///
/// # Errors
/// The store's failure.
pub fn close(places: &Places<'_>, receipt: &Receipt) -> Result<(), StoreError> {
    receipt.tallies().try_for_each(|tally| places.state.close_tally(tally))
}

/// The release that an offboarding under way has put aside.
fn put_aside(data: &Path, slug: &str) -> Option<Vec<u8>> {
    std::fs::read(data.join(UNDER_WAY).join(slug)).ok()
}

fn live(places: &Places<'_>, slug: &str) -> Result<Option<Vec<u8>>, StoreError> {
    let live = places.releases.live()?;
    let Some(row) = live.get(slug) else { return Ok(None) };
    Ok(places.releases.release(slug, &row.release_id)?.map(|it| it.bytes))
}

/// Deletes the points of the tenant whose release this was.
fn clear(index: &dyn VectorIndex, layout: &Layout, bytes: &[u8]) -> Result<u64, IndexError> {
    let Ok(release): Result<Release, _> = format::decode(bytes) else { return Ok(0) };
    Ok(Catalogue::empty(&release.client, layout).sweep(index)? as u64)
}

/// Removes the files of a tenant or of one conversation. They are counted before they go: a crash
/// between the two counts some twice rather than none.
fn remove_files(
    places: &Places<'_>,
    tally: &str,
    slug: &str,
    conversation_id: Option<&str>,
) -> Result<(), ErasureError> {
    let folder = MediaFolder::of(places.data);
    let failed = |source| ErasureError::File { path: folder.path().to_owned(), source };
    let files = folder.count(slug, conversation_id).map_err(failed)?;
    if files > 0 {
        places.state.tally(tally, &Erased::from([("files".to_owned(), files)]))?;
    }
    let removed = match conversation_id {
        Some(id) => folder.forget_conversation(slug, id),
        None => folder.forget_tenant(slug),
    };
    removed.map(drop).map_err(failed)
}

/// Messages of an archive, as receipts count them.
fn archived(count: u64) -> Erased {
    if count == 0 { Erased::new() } else { Erased::from([(ARCHIVED.to_owned(), count)]) }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ErasureError> {
    let failed = |source| ErasureError::File { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes)).map_err(failed)
}

fn prefixed(prefix: &str, rows: BTreeMap<String, u64>) -> Erased {
    rows.into_iter().map(|(table, rows)| (format!("{prefix}{table}"), rows)).collect()
}

fn add(to: &mut Erased, more: Erased) {
    for (table, rows) in more {
        *to.entry(table).or_default() += rows;
    }
}
