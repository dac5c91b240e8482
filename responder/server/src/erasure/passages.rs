//! Passages of a tenant that ends. The embedded index of a responder that runs is dropped by that
//! responder, which says so in the data folder that both share.

use std::io;
use std::path::{Path, PathBuf};

use format::Release;
use index::{Catalogue, IndexError, Layout, VectorIndex};
use runtime::Erased;

use super::{ErasureError, Places, UNDER_WAY};

/// How receipts count passages.
const POINTS: &str = "points";
/// Beside what is put aside of a tenant: how many passages its responder has dropped.
const DROPPED: &str = "dropped";

/// Has the passages of the tenant dropped whose release lies at `kept`; what is left of them.
pub(super) fn drop_all(
    places: &Places<'_>,
    slug: &str,
    kept: &Path,
    tally: &str,
) -> Result<Erased, ErasureError> {
    let Ok(bytes) = std::fs::read(kept) else { return Ok(Erased::new()) };
    let release: Option<Release> = format::decode(&bytes).ok();
    // An index that this process cannot clear holds at most what the release names.
    let all = release.as_ref().map_or(1, |it| it.passages.len().max(1) as u64);
    let left = match (&places.index, &release) {
        (Some((index, layout)), Some(release)) => {
            count(places, tally, clear(*index, layout, release)?)?;
            clear(*index, layout, release)?
        }
        (Some(_), None) => all,
        (None, _) if places.others.hold_the_index => {
            let told = note_of(&places.data.join(UNDER_WAY), slug);
            if places.others.wait(|| Ok(told.exists()))? {
                let text = std::fs::read_to_string(&told).unwrap_or_default();
                count(places, tally, text.trim().parse().unwrap_or(0))?;
                0
            } else {
                all
            }
        }
        (None, _) => 0,
    };
    Ok(if left == 0 { Erased::new() } else { Erased::from([(POINTS.to_owned(), left)]) })
}

/// What was put aside goes, with what was told of it.
pub(super) fn done(kept: &Path) -> Result<(), ErasureError> {
    for path in [kept.to_owned(), kept.with_extension(DROPPED)] {
        match std::fs::remove_file(&path) {
            Err(source) if source.kind() != io::ErrorKind::NotFound => {
                return Err(ErasureError::File { path, source });
            }
            _ => {}
        }
    }
    Ok(())
}

/// A responder has dropped so many passages of a tenant that is not served any more: whoever ends it in
/// this data folder is told. May block.
pub(crate) fn dropped(data: &Path, slug: &str, points: usize) -> io::Result<()> {
    let folder = data.join(UNDER_WAY);
    if !folder.join(slug).exists() {
        return Ok(());
    }
    let told = note_of(&folder, slug);
    let part = told.with_extension("part");
    std::fs::write(&part, points.to_string())?;
    std::fs::rename(part, told)
}

fn note_of(folder: &Path, slug: &str) -> PathBuf {
    folder.join(slug).with_extension(DROPPED)
}

fn count(places: &Places<'_>, tally: &str, points: u64) -> Result<(), ErasureError> {
    Ok(places.state.tally(tally, &Erased::from([(POINTS.to_owned(), points)]))?)
}

/// Deletes the points of the tenant whose release this was.
fn clear(index: &dyn VectorIndex, layout: &Layout, release: &Release) -> Result<u64, IndexError> {
    Ok(Catalogue::empty(&release.client, layout).sweep(index)? as u64)
}
