//! Taking one file: its content, a place for it, and its words where it is a voice note.

use std::time::{Duration, Instant};

use bytes::Bytes;
use serde::{Deserialize, Serialize};
use thiserror::Error;

use super::fetch::{FetchError, Wanted, fetch};
use super::folder::MediaFolder;
use super::policy::MEGABYTE;
use super::{Burst, Ears, Heard, sniff};
use crate::ports::{Recording, TranscribeError};
use crate::wire::file::File;

/// A transcript longer than this is not speech.
const LONGEST: usize = 16 * 1024;
/// What a file that came inside its message waits for room.
const CROWDED: Duration = Duration::from_secs(2);

/// What is remembered of a file until its turn is committed: a turn that starts over neither
/// downloads nor listens again.
#[derive(Serialize, Deserialize)]
struct Note {
    kept: String,
    text: Option<String>,
}

/// Why a file that was taken is not there, or not in words.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Error)]
pub(super) enum Missed {
    #[error("{0}")]
    Fetch(#[from] FetchError),
    #[error("the message names no address")]
    Nowhere,
    #[error("the content is not of its kind")]
    Content,
    #[error("the file cannot be kept")]
    Disk,
    #[error("nobody transcribes")]
    Deaf,
    #[error("{0}")]
    Transcribe(#[from] TranscribeError),
    #[error("nothing is said")]
    Wordless,
    #[error("there was no time left")]
    Late,
}

/// Fills in place and words, as far as it comes.
pub(super) async fn take(
    ears: &Ears,
    burst: &Burst<'_>,
    until: Instant,
    most: u64,
    heard: &mut Heard,
) -> Result<(), Missed> {
    if let Some(note) = ears.remembered(burst, &heard.id).await {
        heard.file.kept = Some(note.kept);
        heard.file.base64 = None;
        heard.text = note.text;
        heard.word = "remembered";
        return Ok(());
    }
    let megabytes = u32::try_from(most.div_ceil(MEGABYTE)).unwrap_or(u32::MAX);
    let room = tokio::time::timeout(left(until)?, ears.room.acquire_many(megabytes)).await;
    let _room = room.map_err(|_| Missed::Late)?.map_err(|_| Missed::Late)?;
    let content = Bytes::from(content(ears, burst, until, most, &heard.file).await?);
    let name = heard.file.name.as_deref();
    let extension = sniff::sniff(heard.file.kind, name, &content).ok_or(Missed::Content)?;
    // The content is known to nobody but the message until it is kept.
    heard.file.kept = Some(ears.keep(burst, extension, content.clone()).await?);
    heard.file.base64 = None;
    if heard.file.voice {
        let transcriber = burst.transcriber.ok_or(Missed::Deaf)?;
        let recording = Recording { content, extension, lang: burst.lang };
        let text = transcriber.transcribe(&recording, left(until)?).await?;
        heard.text = Some(words(&text, heard.file.seconds).ok_or(Missed::Wordless)?);
        heard.word = "heard";
    }
    ears.remember(burst, heard).await;
    Ok(())
}

/// What came inside the message, else what it points at.
async fn content(
    ears: &Ears,
    burst: &Burst<'_>,
    until: Instant,
    most: u64,
    file: &File,
) -> Result<Vec<u8>, Missed> {
    if file.base64.is_some() {
        return file.content().ok_or(Missed::Content);
    }
    let wanted = Wanted {
        url: file.url.as_deref().ok_or(Missed::Nowhere)?,
        hosts: &burst.limits.allowed_hosts,
        most,
        announced: file.bytes,
    };
    Ok(fetch(ears.resolver.as_ref(), &wanted, left(until)?).await?)
}

fn left(until: Instant) -> Result<Duration, Missed> {
    Some(until.saturating_duration_since(Instant::now())).filter(|it| !it.is_zero()).ok_or(Missed::Late)
}

/// Under this id people's knowledge of a message's file is remembered.
fn for_people(id: &str) -> String {
    format!("{id} for people")
}

/// A transcript that is speech: models write something also where nobody speaks.
pub(super) fn words(text: &str, seconds: Option<u32>) -> Option<String> {
    let text = text.trim();
    let written = text.chars().filter(|it| !it.is_whitespace()).count();
    let telling = text.chars().filter(|it| it.is_alphanumeric()).count();
    // More seconds than words: it was not understood.
    let sparse = seconds.is_some_and(|it| it > 6) && text.split_whitespace().count() < 3;
    let speech = telling >= 2 && telling * 10 >= written * 6 && !sparse && text.len() <= LONGEST;
    speech.then(|| text.to_owned())
}

impl Ears {
    async fn keep(
        &self,
        burst: &Burst<'_>,
        extension: &'static str,
        content: Bytes,
    ) -> Result<String, Missed> {
        let (folder, slug, id) = self.at(burst);
        let done = tokio::task::spawn_blocking(move || folder.keep(&slug, &id, extension, &content)).await;
        done.map_err(|_| Missed::Disk)?.map_err(|error| {
            tracing::error!(tenant.slug = burst.slug, kind = %error.kind(), "a customer's file cannot be kept");
            Missed::Disk
        })
    }

    /// Remembers; without it the next try downloads again.
    async fn remember(&self, burst: &Burst<'_>, heard: &Heard) {
        let Some(kept) = heard.file.kept.clone() else { return };
        let note = serde_json::to_vec(&Note { kept, text: heard.text.clone() }).unwrap_or_default();
        let ((folder, slug, id), message) = (self.at(burst), heard.id.clone());
        drop(tokio::task::spawn_blocking(move || folder.note(&slug, &id, &message, &note)).await);
    }

    async fn remembered(&self, burst: &Burst<'_>, message_id: &str) -> Option<Note> {
        let ((folder, slug, id), message) = (self.at(burst), message_id.to_owned());
        let note = tokio::task::spawn_blocking(move || folder.noted(&slug, &id, &message)).await.ok()??;
        serde_json::from_slice(&note).ok()
    }

    /// The file as it is kept, by its turn or for people; nothing where it has to be taken.
    pub(super) async fn kept_for_people(&self, burst: &Burst<'_>, id: &str, file: File) -> Option<File> {
        if file.kept.is_some() {
            return Some(file);
        }
        let note = match self.remembered(burst, id).await {
            Some(note) => note,
            None => self.remembered(burst, &for_people(id)).await?,
        };
        Some(File { kept: Some(note.kept), base64: None, ..file })
    }

    /// Remembers where it is kept, apart from what its turn remembers: people need no words of it.
    pub(super) async fn keep_for_people(&self, burst: &Burst<'_>, id: &str, file: &File) {
        let heard = Heard { id: for_people(id), text: None, file: file.clone(), fate: None, word: "kept" };
        self.remember(burst, &heard).await;
    }

    /// The content of what is kept at this place.
    pub(super) async fn content(&self, burst: &Burst<'_>, place: String) -> Option<Bytes> {
        let (folder, slug, id) = self.at(burst);
        let read = tokio::task::spawn_blocking(move || folder.read(&slug, &id, &place)).await.ok()?;
        read.map(Bytes::from).ok()
    }

    /// Keeps what came inside a message and its turn did not take: only the place stays in the message.
    /// Content that is nothing of its kind goes; where there is no room, or the disk fails, it stays.
    pub(super) async fn keep_carried(&self, (slug, conversation_id): (&str, &str), file: &mut File) {
        let megabytes = u32::try_from(file.announced().unwrap_or(0).div_ceil(MEGABYTE)).unwrap_or(u32::MAX);
        let room = tokio::time::timeout(CROWDED, self.room.acquire_many(megabytes)).await;
        let Ok(Ok(_room)) = room else { return };
        let base64 = file.base64.take();
        let carried = File { base64, ..file.clone() };
        let (folder, of, id) = (self.folder.clone(), slug.to_owned(), conversation_id.to_owned());
        let done = tokio::task::spawn_blocking(move || {
            let kept = carried.content().and_then(|content| {
                let extension = sniff::sniff(carried.kind, carried.name.as_deref(), &content)?;
                Some(folder.keep(&of, &id, extension, &content))
            });
            (carried.base64, kept)
        });
        let Ok((base64, kept)) = done.await else { return };
        match kept {
            Some(Ok(place)) => file.kept = Some(place),
            Some(Err(error)) => {
                tracing::error!(tenant.slug = slug, kind = %error.kind(), "a customer's file cannot be kept");
                file.base64 = base64;
            }
            None => {}
        }
    }

    /// Removes a tenant's files that were kept before this Unix millisecond.
    pub(crate) async fn sweep(&self, slug: &str, before_ms: i64) {
        let (folder, of) = (self.folder.clone(), slug.to_owned());
        match tokio::task::spawn_blocking(move || folder.sweep(&of, before_ms)).await {
            Ok(Ok(0)) | Err(_) => {}
            Ok(Ok(files)) => {
                tracing::info!(tenant.slug = slug, files, "files older than the tenant keeps were erased")
            }
            Ok(Err(error)) => {
                tracing::error!(tenant.slug = slug, kind = %error.kind(), "old files cannot be erased")
            }
        }
    }

    fn at(&self, burst: &Burst<'_>) -> (MediaFolder, String, String) {
        (self.folder.clone(), burst.slug.to_owned(), burst.conversation_id.to_owned())
    }
}

impl Missed {
    /// A word for metrics.
    pub(super) fn code(self) -> &'static str {
        match self {
            Self::Fetch(error) => error.code(),
            Self::Nowhere => "nowhere",
            Self::Content => "content",
            Self::Disk => "disk",
            Self::Deaf => "deaf",
            Self::Transcribe(TranscribeError::Timeout) => "transcribe_timeout",
            Self::Transcribe(_) => "transcribe_unavailable",
            Self::Wordless => "wordless",
            Self::Late => "late",
        }
    }
}
