//! Erasing a customer or a tenant wherever something of them is kept, and proving it.
//!
//! Every step may be repeated: an erasure that was cut short is started again with the same words and
//! ends with one receipt that counts everything, because what went is counted in the transaction in
//! which it went.

mod archive;
mod files;
mod passages;
mod receipt;
mod topics;

use std::collections::{BTreeMap, BTreeSet};
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant, SystemTime};

use index::{IndexError, Layout, VectorIndex};
use runtime::{Erased, ReleaseStore, StateStore, StoreError};
use thiserror::Error;

pub use archive::{Archive, ArchiveError};
pub(crate) use files::{give_up, sweep as sweep_files};
pub(crate) use passages::dropped;
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
/// The tally of tenants that were ended lately: when, in Unix seconds. Whatever a replica that had not
/// noticed yet stores of them goes.
const ENDED: &str = "ended";
/// How often it is looked whether others have done their part.
const LOOK: Duration = Duration::from_millis(200);
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
    /// What responders that run have to do with it.
    pub others: Others,
}

/// What an erasure expects of responders that run.
#[derive(Debug, Clone, Copy, Default)]
pub struct Others {
    /// One has the embedded index in this data folder open, and drops the passages itself.
    pub hold_the_index: bool,
    /// So long they are waited for; what they have not done by then is told as remaining.
    pub patience: Duration,
}

impl Others {
    /// Waits until `done` says so; whether it did in time.
    fn wait(self, mut done: impl FnMut() -> Result<bool, ErasureError>) -> Result<bool, ErasureError> {
        let until = Instant::now() + self.patience;
        loop {
            if done()? {
                return Ok(true);
            }
            if Instant::now() >= until {
                return Ok(false);
            }
            std::thread::sleep(LOOK);
        }
    }
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

/// What is searched for once a customer's rows with a tenant have gone.
struct Traces {
    slug: String,
    tally: String,
    canaries: BTreeSet<String>,
    conversations: Vec<String>,
    left: Erased,
}

/// Erases a customer, known by jid or phone, with every tenant or with one. Topics in Telegram are
/// deleted first; what Telegram does not delete is told as remaining and holds nothing up. So are files
/// that lie with another responder and that it has not removed in time. May block.
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
    let mut gone = Vec::new();
    for slug in places.tenants(only)? {
        let tally = format!("forget:{slug}:{subject}");
        gone.push(forget_with(places, who, slug, tally)?);
    }
    files::wait(places, gone.iter().map(|it| it.tally.as_str()))?;
    for Traces { slug, tally, canaries, conversations, left } in gone {
        let mut remaining = left;
        add(&mut remaining, files::left(places, &tally, &slug, Some(&conversations))?);
        if let Some(archive) = places.archive {
            add(&mut remaining, archived(archive.traces(&slug, who)?));
        }
        for canary in &canaries {
            add(&mut remaining, places.state.traces_of(&slug, canary)?);
        }
        let erased = places.state.tallied(&tally)?;
        if !erased.is_empty() || !remaining.is_empty() {
            receipt.add(slug, erased, remaining, tally);
        }
    }
    Ok(receipt)
}

/// Erases a customer with one tenant.
fn forget_with(places: &Places<'_>, who: &str, slug: String, tally: String) -> Result<Traces, ErasureError> {
    let digits: String = who.chars().filter(char::is_ascii_digit).collect();
    let (mut left, mut of_customer) = (Erased::new(), Vec::new());
    let mut canaries = BTreeSet::from([who.to_owned()]);
    canaries.extend((digits.len() >= SHORTEST_NUMBER).then_some(digits));
    for jid in places.state.customers(&slug, who)? {
        let conversations = places.state.conversations(&slug, Some(&jid))?;
        for id in &conversations {
            files::ask_others(places, &tally, &slug, Some(id))?;
            files::remove(places, &tally, &slug, Some(id))?;
        }
        // Telegram's refusal keeps nobody's rows; whoever reads the receipt deletes them by hand.
        let who = (slug.as_str(), Some(jid.as_str()));
        add(&mut left, topics::delete(places.topics, places.state, who, &tally)?);
        places.state.forget(&slug, &jid, &tally)?;
        // A turn under way may have kept one meanwhile.
        for id in &conversations {
            files::remove(places, &tally, &slug, Some(id))?;
        }
        canaries.extend(conversations.iter().cloned());
        canaries.insert(jid);
        of_customer.extend(conversations);
    }
    // What an erasure that was cut short has left.
    files::sweep(places.data, places.state, &slug)?;
    // A crash just before it is counted leaves it uncounted, and gone.
    let gone = places.archive.map_or(Ok(0), |it| it.forget(&slug, who))?;
    places.state.tally(&tally, &archived(gone))?;
    Ok(Traces { slug, tally, canaries, conversations: of_customer, left })
}

/// Ends a tenant: nothing of it is served any more, and everything but its usage totals is erased, its
/// customers' topics in Telegram first. What Telegram does not delete, and what responders that run have
/// not dropped in time, is told as remaining and holds nothing up. May block.
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
        // What was told of an earlier end of it.
        passages::done(&kept)?;
        write(&kept, &bytes)?;
    }
    // First of all: no replica takes its messages any more.
    places.state.tally(&tally, &prefixed("releases.", places.releases.remove(slug, actor, at)?))?;
    places.state.strike(ENDED, slug)?;
    places.state.tally(ENDED, &Erased::from([(slug.to_owned(), now_s())]))?;
    // What is left of topics is counted when their rows go.
    let mut left = topics::delete(places.topics, places.state, (slug, None), &tally)?;
    left.remove(TOPICS);
    files::ask_others(places, &tally, slug, None)?;
    loop {
        let gone = places.state.offboard(slug, BATCH, &tally)?;
        if gone.is_empty() {
            break;
        }
    }
    files::remove(places, &tally, slug, None)?;
    let gone = places.archive.map_or(Ok(0), |it| it.offboard(slug))?;
    places.state.tally(&tally, &archived(gone))?;
    let points = passages::drop_all(places, slug, &kept, &tally)?;
    files::wait(places, [tally.as_str()])?;

    let mut receipt = Receipt::new(Kind::Offboard, slug.to_owned());
    let mut remaining = places.state.left_of(slug)?;
    add(&mut remaining, files::left(places, &tally, slug, None)?);
    add(&mut remaining, points.clone());
    if let Some(archive) = places.archive {
        add(&mut remaining, archived(archive.left(slug)?));
    }
    remaining.extend(places.releases.live()?.contains_key(slug).then(|| ("live".to_owned(), 1)));
    let mut erased = places.state.tallied(&tally)?;
    remaining.extend(erased.remove(TOPICS_LEFT).map(|left| (TOPICS.to_owned(), left)));
    add(&mut remaining, left);
    receipt.add(slug.to_owned(), erased, remaining, tally);
    if !points.is_empty() {
        // What they are is known by what was put aside: for the next time.
        return Ok(receipt);
    }
    passages::done(&kept)?;
    Ok(receipt)
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

/// Messages of an archive, as receipts count them.
fn archived(count: u64) -> Erased {
    if count == 0 { Erased::new() } else { Erased::from([(ARCHIVED.to_owned(), count)]) }
}

fn write(path: &Path, bytes: &[u8]) -> Result<(), ErasureError> {
    let failed = |source| ErasureError::File { path: path.to_owned(), source };
    let folder = path.parent().unwrap_or(path);
    std::fs::create_dir_all(folder).and_then(|()| std::fs::write(path, bytes)).map_err(failed)
}

fn now_s() -> u64 {
    SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_secs())
}

fn prefixed(prefix: &str, rows: BTreeMap<String, u64>) -> Erased {
    rows.into_iter().map(|(table, rows)| (format!("{prefix}{table}"), rows)).collect()
}

fn add(to: &mut Erased, more: Erased) {
    for (table, rows) in more {
        *to.entry(table).or_default() += rows;
    }
}
