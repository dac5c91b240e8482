//! Customers' files. Those in this data folder are removed; those that rows name and that lie in another
//! one are asked of the responders that share the store, and are left until one has removed them.

use std::path::Path;
use std::time::SystemTime;

use runtime::{Erased, StateStore, StoreError};

use super::{ENDED, ErasureError, Places};
use crate::media::MediaFolder;
use crate::wire::file::{File, FileKind};

/// How receipts count files.
const FILES: &str = "files";
/// Tallies of files that others are to remove: this, then the key of the erasure's own; items are places.
const ELSEWHERE: &str = "elsewhere:";
/// Conversations asked about at once.
const BATCH: usize = 500;
/// So long after its end a tenant's stragglers are erased, seconds: no replica sleeps longer.
const STRAGGLING_S: u64 = 24 * 3600;

/// Removes the files of a tenant or of one conversation. They are counted before they go: a crash
/// between the two counts some twice rather than none.
pub(super) fn remove(
    places: &Places<'_>,
    tally: &str,
    slug: &str,
    conversation_id: Option<&str>,
) -> Result<(), ErasureError> {
    let folder = MediaFolder::of(places.data);
    let failed = |source| ErasureError::File { path: folder.path().to_owned(), source };
    let files = folder.count(slug, conversation_id).map_err(failed)?;
    if files > 0 {
        places.state.tally(tally, &Erased::from([(FILES.to_owned(), files)]))?;
    }
    let removed = match conversation_id {
        Some(id) => folder.forget_conversation(slug, id),
        None => folder.forget_tenant(slug),
    };
    removed.map(drop).map_err(failed)
}

/// Asks the other responders for what rows name and this folder does not hold. With a store of one
/// process, what is not here is nowhere.
pub(super) fn ask_others(
    places: &Places<'_>,
    tally: &str,
    slug: &str,
    conversation_id: Option<&str>,
) -> Result<(), ErasureError> {
    if places.state.is_alone() {
        return Ok(());
    }
    let folder = MediaFolder::of(places.data);
    let named = places.state.files_of(slug, conversation_id)?;
    let named = named.iter().filter_map(|it| File::of_json(it, FileKind::Unknown).kept);
    let elsewhere: Erased = named.filter(|it| !folder.holds(it)).map(|it| (it, 1)).collect();
    if elsewhere.is_empty() {
        return Ok(());
    }
    Ok(places.state.tally(&format!("{ELSEWHERE}{tally}"), &elsewhere)?)
}

/// Waits for the others.
pub(super) fn wait<'t>(
    places: &Places<'_>,
    tallies: impl IntoIterator<Item = &'t str>,
) -> Result<(), ErasureError> {
    let keys: Vec<String> = tallies.into_iter().map(|it| format!("{ELSEWHERE}{it}")).collect();
    let done = || {
        let asked = places.state.tallies(ELSEWHERE)?;
        Ok(!asked.iter().any(|(key, ..)| keys.contains(key)))
    };
    places.others.wait(done).map(drop)
}

/// Files that are still there: of these conversations, or all of the tenant's; and what others have not
/// removed.
pub(super) fn left(
    places: &Places<'_>,
    tally: &str,
    slug: &str,
    conversations: Option<&[String]>,
) -> Result<Erased, ErasureError> {
    let folder = MediaFolder::of(places.data);
    let failed = |source| ErasureError::File { path: folder.path().to_owned(), source };
    let mut left = places.state.tallied(&format!("{ELSEWHERE}{tally}"))?.len() as u64;
    match conversations {
        Some(ids) => {
            for id in ids {
                left += folder.count(slug, Some(id)).map_err(failed)?;
            }
        }
        None => left += folder.count(slug, None).map_err(failed)?,
    }
    Ok(if left == 0 { Erased::new() } else { Erased::from([(FILES.to_owned(), left)]) })
}

/// Removes files of conversations that are no more; how many. A conversation's row is there before its
/// first file, so nothing of one that goes on is touched. May block.
pub(crate) fn sweep(data: &Path, state: &dyn StateStore, slug: &str) -> Result<u64, ErasureError> {
    let folder = MediaFolder::of(data);
    let failed = |source| ErasureError::File { path: folder.path().to_owned(), source };
    let mut removed = 0;
    for ids in folder.conversations(slug).map_err(failed)?.chunks(BATCH) {
        for id in state.strangers(slug, ids)? {
            removed += folder.forget_conversation(slug, &id).map_err(failed)?;
        }
    }
    Ok(removed)
}

/// What a responder does for erasures that somebody else began: files that they ask for are removed from
/// its folder, and whatever a replica has stored of a tenant that had just ended goes. May block.
pub(crate) fn give_up(
    data: &Path,
    state: &dyn StateStore,
    is_served: &dyn Fn(&str) -> bool,
) -> Result<u64, ErasureError> {
    let folder = MediaFolder::of(data);
    let failed = |source| ErasureError::File { path: folder.path().to_owned(), source };
    let mut gone = 0;
    let mut asked = state.tallies(ELSEWHERE)?;
    asked.retain(|(_, place, _)| folder.holds(place));
    for (key, place, _) in &asked {
        let tally = key.strip_prefix(ELSEWHERE).unwrap_or(key);
        state.tally(tally, &Erased::from([(FILES.to_owned(), 1)]))?;
        // With whatever else is kept of the conversation: nobody knows of it.
        folder.forget_place(place).map_err(failed)?;
        state.strike(key, place)?;
        gone += 1;
    }
    let now_s = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).map_or(0, |it| it.as_secs());
    for (_, slug, ended_s) in state.tallies(ENDED)? {
        if now_s > ended_s + STRAGGLING_S {
            state.strike(ENDED, &slug)?;
            continue;
        }
        // Its end was not noticed yet, or it was published anew.
        if is_served(&slug) {
            continue;
        }
        gone += straggling(state, &slug)?;
        gone += folder.forget_tenant(&slug).map_err(failed)?;
    }
    Ok(gone)
}

/// Erases rows of a tenant that ended.
fn straggling(state: &dyn StateStore, slug: &str) -> Result<u64, StoreError> {
    let mut gone = 0;
    loop {
        let erased = state.offboard(slug, super::BATCH, "")?;
        if erased.is_empty() {
            return Ok(gone);
        }
        gone += erased.values().sum::<u64>();
    }
}
