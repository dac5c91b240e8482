//! A customer's file for the people who have the request: from where it is kept, else taken now by the
//! rules of any other. What a person's talk brings is heard by no turn.

use std::time::{Duration, Instant};

use bytes::Bytes;
use runtime::MessageRow;
use tokio::sync::SemaphorePermit;

use super::claimed::{counts, file_of};
use super::{Burst, Ears, Heard, Taker, hear};
use crate::engine::Engine;
use crate::tenant::Tenant;
use crate::wire::file::File;

/// What people wait for a file at most.
const PATIENCE: Duration = Duration::from_secs(12);
/// … and for a place among those on their way.
const CROWDED: Duration = Duration::from_secs(5);

/// A file to be shown.
pub(crate) struct Shown {
    /// Its content.
    pub(crate) content: Bytes,
    /// By its content.
    pub(crate) extension: String,
    /// As it was announced.
    pub(crate) file: File,
}

/// Why there is nothing to be shown.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unseen {
    /// Files like it are not taken.
    Kind,
    /// It is too large.
    TooLarge,
    /// Too many came before it.
    TooMany,
    /// It cannot be had.
    Unavailable,
}

/// A place for one file; nothing where many are on their way.
pub(crate) async fn place(ears: &Ears) -> Option<SemaphorePermit<'_>> {
    tokio::time::timeout(CROWDED, ears.showing.acquire()).await.ok()?.ok()
}

/// The file of a customer's message. Where a person has the conversation the tenant's limits on the
/// number of files hold none back.
pub(crate) async fn shown(
    engine: &Engine,
    tenant: &Tenant,
    (conversation_id, has_person): (&str, bool),
    row: &MessageRow,
) -> Result<Shown, Unseen> {
    let file = file_of(row).ok_or(Unseen::Unavailable)?;
    let burst = Burst {
        slug: tenant.slug(),
        conversation_id,
        limits: &tenant.settings().media,
        lang: None,
        taker: Taker::People,
        counts: counts(engine, conversation_id, has_person).await,
        transcriber: None,
        deadline: Instant::now() + PATIENCE,
        files: vec![(row.id.as_str(), file.clone())],
    };
    let ears = &engine.ears;
    if let Some(known) = ears.kept_for_people(&burst, &row.id, file).await
        && let Some(shown) = read(ears, &burst, known).await
    {
        return Ok(shown);
    }
    // Another replica may keep it, in a folder of its own.
    let file = take(ears, &burst, &row.id).await?;
    read(ears, &burst, file).await.ok_or(Unseen::Unavailable)
}

/// What is kept of a file.
async fn read(ears: &Ears, burst: &Burst<'_>, file: File) -> Option<Shown> {
    let place = file.kept.clone()?;
    let extension = place.rsplit_once('.').map(|(_, it)| it.to_owned())?;
    Some(Shown { content: ears.content(burst, place).await?, extension, file })
}

/// Takes it as a turn would, without listening to it.
async fn take(ears: &Ears, burst: &Burst<'_>, id: &str) -> Result<File, Unseen> {
    let Heard { file, word, .. } = hear(ears, burst).await.pop().ok_or(Unseen::Unavailable)?;
    if file.kept.is_some() {
        // Its address may not hold until Telegram takes it.
        ears.keep_for_people(burst, id, &file).await;
        return Ok(file);
    }
    Err(match word {
        "refused" | "content" => Unseen::Kind,
        "too_large" => Unseen::TooLarge,
        "too_many" => Unseen::TooMany,
        _ => Unseen::Unavailable,
    })
}
