//! Files that people send to customers. The gateway fetches them from this process, which passes them
//! on from Telegram piece by piece: nothing is kept, so nothing has to be erased, and any replica can
//! do it.

use std::sync::Arc;
use std::time::Duration;

use reqwest::Url;
use runtime::{MessageRow, OutboxRow};
use secrecy::SecretString;
use serde::{Deserialize, Serialize};
use telegram::client::{Download, FilePlace};
use telegram::note::FileTrouble;
use telegram::update::{File, FileKind};
use telegram::{CallError, Client};
use tokio::sync::OwnedSemaphorePermit;
use uuid::Uuid;

use super::pass::Pass;
use super::{Bot, bots};
use crate::engine::Engine;
use crate::ports::{Enclosure, EnclosureKind};
use crate::tenant::Tenant;

/// Telegram gives bots files up to this size.
const MOST_MB: u64 = 20;
const MOST_BYTES: u64 = MOST_MB * 1024 * 1024;
/// Telegram calls a file gone also when it cannot be had for a moment: so many sends believe that.
const DOUBTS: u32 = 3;
/// Below this the gateway finds files.
const DOOR: &str = "media";

/// A file at Telegram, as the store keeps it beside a person's message.
#[derive(Clone, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Stored {
    file_id: String,
    mime: Option<String>,
    name: Option<String>,
    bytes: Option<u64>,
    bot_id: i64,
}

impl Stored {
    /// The file of an update that this bot has got.
    pub(super) fn of(file: &File, bot_id: i64) -> Self {
        let File { id, size, mime, name, .. } = file.clone();
        Self { file_id: id, mime, name, bytes: size, bot_id }
    }

    /// As it is stored.
    pub(super) fn to_json(&self) -> String {
        serde_json::to_string(self).expect("strings and numbers always serialise")
    }
}

/// Why a file does not go out.
pub(crate) enum Obstacle {
    /// Perhaps later, after this at least.
    Later {
        /// In our words.
        error: String,
        /// What Telegram asks for.
        wait: Duration,
    },
    /// Never.
    Never(FileTrouble),
}

/// The word for a trouble that the store keeps.
pub(crate) fn word(trouble: FileTrouble) -> &'static str {
    match trouble {
        FileTrouble::NoAddress => "file_no_address",
        FileTrouble::TooBig { .. } => "file_too_big",
        FileTrouble::Gone => "file_gone",
    }
}

/// The trouble behind a stored word.
pub(super) fn trouble(word: &str) -> Option<FileTrouble> {
    let all = [FileTrouble::NoAddress, FileTrouble::TooBig { most_mb: MOST_MB }, FileTrouble::Gone];
    all.into_iter().find(|it| self::word(*it) == word)
}

/// Where the gateway finds the file of this row, for the next hour. Telegram is asked first: what it
/// does not give is better known before a customer's phone is promised it.
pub(crate) async fn enclose(
    engine: &Engine,
    tenant: &Tenant,
    row: &OutboxRow,
) -> Result<Enclosure, Obstacle> {
    let gone = || Obstacle::Never(FileTrouble::Gone);
    let kind = kind(row.media.as_deref()).ok_or_else(gone)?;
    let stored: Stored = row.file.as_deref().and_then(read).ok_or_else(gone)?;
    let base = engine.config.public_base_url.as_deref();
    let base = base.and_then(|it| Url::parse(it).ok()).ok_or(Obstacle::Never(FileTrouble::NoAddress))?;
    let bot = tenant.bot().filter(|it| it.id == stored.bot_id).ok_or_else(gone)?;
    let client = engine.bots.client(bot).ok_or_else(gone)?;
    locate(&client, &stored).await.map_err(|error| obstacle(error, row.attempts))?;
    let id = Uuid::parse_str(&row.id).map_err(|_| gone())?;
    let pass = Pass::issue(bot, id, engine.now_ms());
    let url = address(base, &pass, &file_name(kind, &stored)).ok_or_else(gone)?;
    Ok(Enclosure { kind: shown(kind), url: SecretString::from(url) })
}

fn read(json: &str) -> Option<Stored> {
    serde_json::from_str(json).ok()
}

fn kind(word: Option<&str>) -> Option<FileKind> {
    use FileKind::{Audio, Document, Photo, Video, Voice};
    [Photo, Voice, Audio, Document, Video].into_iter().find(|it| Some(it.code()) == word)
}

fn shown(kind: FileKind) -> EnclosureKind {
    match kind {
        FileKind::Photo => EnclosureKind::Image,
        FileKind::Voice | FileKind::Audio => EnclosureKind::Audio,
        FileKind::Document => EnclosureKind::Document,
        FileKind::Video => EnclosureKind::Video,
    }
}

/// Where Telegram has the file, if it gives it to bots.
async fn locate(client: &Client, stored: &Stored) -> Result<FilePlace, CallError> {
    if stored.bytes.is_some_and(|it| it > MOST_BYTES) {
        return Err(CallError::TooBig);
    }
    let place = client.file(&stored.file_id).await?;
    match place.size {
        Some(bytes) if bytes > MOST_BYTES => Err(CallError::TooBig),
        _ if place.path.is_none() => Err(CallError::MessageGone),
        _ => Ok(place),
    }
}

fn obstacle(error: CallError, attempts: u32) -> Obstacle {
    match error {
        CallError::TooBig => Obstacle::Never(FileTrouble::TooBig { most_mb: MOST_MB }),
        CallError::Refused(_) | CallError::MessageGone if attempts >= DOUBTS => {
            Obstacle::Never(FileTrouble::Gone)
        }
        CallError::RetryAfter(wait) => Obstacle::Later { error: error.to_string(), wait },
        other => Obstacle::Later { error: other.to_string(), wait: Duration::ZERO },
    }
}

/// The pass, and after it a name: gateways tell by its end what a file is.
fn address(mut base: Url, pass: &str, name: &str) -> Option<String> {
    base.path_segments_mut().ok()?.pop_if_empty().extend([DOOR, pass, name]);
    Some(base.into())
}

/// A file that a gateway may have.
pub(crate) struct Opened {
    /// Its media type.
    pub(crate) mime: String,
    /// Its name, on one line, without anything that leads elsewhere.
    pub(crate) name: String,
    /// Bytes, where that is known.
    pub(crate) length: Option<u64>,
    /// What comes of it; absent where only the head was asked for.
    pub(crate) content: Option<(Download, OwnedSemaphorePermit)>,
}

/// Why a gateway does not get a file.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Closed {
    /// No such pass, or not any more: which, is nobody's business.
    Unknown,
    /// Too many are fetched at once.
    Busy,
    /// Larger than bots may fetch.
    TooBig,
    /// Telegram does not give it.
    Gone,
    /// Telegram is not there.
    Unavailable,
    /// Telegram takes too long.
    Slow,
}

/// Opens the file behind a pass; `whole`: with its content.
pub(crate) async fn open(engine: &Engine, pass: &str, whole: bool) -> Result<Opened, Closed> {
    let pass = Pass::read(pass).ok_or(Closed::Unknown)?;
    // The same work whether or not there is such a bot, so that time does not tell.
    let bot = bots::find(&engine.live.load(), pass.bot_id);
    let nobody = Bot::nobody();
    let holds = pass.holds(bot.as_ref().unwrap_or(&nobody), engine.now_ms());
    let bot = bot.filter(|_| holds).ok_or(Closed::Unknown)?;
    let id = pass.row.to_string();
    let row = engine.with_state(move |state| state.message(&id)).await.map_err(|error| {
        engine.store_failed("message", &error);
        Closed::Unavailable
    })?;
    let (kind, stored) = row.and_then(|it| of_person(&it, &pass)).ok_or(Closed::Unknown)?;
    let room = Arc::clone(&engine.enclosures).try_acquire_owned().map_err(|_| Closed::Busy)?;
    let client = engine.bots.client(&bot).ok_or(Closed::Unavailable)?;
    let place = locate(&client, &stored).await.map_err(|it| closed(&it))?;
    let mut opened = Opened {
        mime: mime(kind, &stored),
        name: file_name(kind, &stored),
        length: place.size,
        content: None,
    };
    if whole {
        let path = place.path.ok_or(Closed::Gone)?;
        let download = client.open(&path, MOST_BYTES).await.map_err(|it| closed(&it))?;
        opened.length = download.length();
        opened.content = Some((download, room));
    }
    Ok(opened)
}

/// The file of a person's message, if that is what the pass is for.
fn of_person(row: &MessageRow, pass: &Pass) -> Option<(FileKind, Stored)> {
    if row.id != pass.row.to_string() || row.role != "manager" {
        return None;
    }
    let stored = read(row.file.as_deref()?)?;
    (stored.bot_id == pass.bot_id).then_some((kind(row.media.as_deref())?, stored))
}

fn closed(error: &CallError) -> Closed {
    match error {
        CallError::TooBig => Closed::TooBig,
        CallError::Refused(_) | CallError::MessageGone => Closed::Gone,
        CallError::Timeout => Closed::Slow,
        _ => Closed::Unavailable,
    }
}

/// Its media type: Telegram's where it makes the file itself, else what is announced, unless a
/// browser would run it.
fn mime(kind: FileKind, stored: &Stored) -> String {
    let announced = stored.mime.as_deref().filter(|it| is_media_type(it)).unwrap_or_default();
    let of = |family: &str, usual: &str| {
        let fits = announced.starts_with(family);
        if fits { announced.to_owned() } else { usual.to_owned() }
    };
    match kind {
        FileKind::Photo => "image/jpeg".to_owned(),
        FileKind::Voice => "audio/ogg; codecs=opus".to_owned(),
        FileKind::Audio => of("audio/", "audio/mpeg"),
        FileKind::Video => of("video/", "video/mp4"),
        FileKind::Document if announced.is_empty() || runs(announced) => {
            "application/octet-stream".to_owned()
        }
        FileKind::Document => announced.to_owned(),
    }
}

fn is_media_type(text: &str) -> bool {
    let plain = |it: &str| {
        !it.is_empty() && it.bytes().all(|it| it.is_ascii_alphanumeric() || b"!#$&^_.+-".contains(&it))
    };
    text.len() <= 100 && text.split_once('/').is_some_and(|(family, kind)| plain(family) && plain(kind))
}

fn runs(mime: &str) -> bool {
    let mime = mime.to_ascii_lowercase();
    ["html", "xml", "script", "svg"].iter().any(|it| mime.contains(it)) && !mime.contains("officedocument")
}

/// Longest name, bytes.
const LONGEST_NAME: usize = 120;

/// Its name: one line, no path, nothing that turns the direction of writing.
fn file_name(kind: FileKind, stored: &Stored) -> String {
    let usual = match kind {
        FileKind::Photo => "photo.jpg",
        FileKind::Voice => "voice.ogg",
        FileKind::Audio => "audio.mp3",
        FileKind::Document => "file",
        FileKind::Video => "video.mp4",
    };
    let name = telegram::html::one_line(stored.name.as_deref().unwrap_or_default());
    let name: String = name.chars().map(|it| if "\"\\/:*?<>|".contains(it) { '_' } else { it }).collect();
    let name = name.trim_matches(['.', ' ']);
    // The end says what it is: the beginning gives way.
    let excess = name.len().saturating_sub(LONGEST_NAME);
    let name = name[name.ceil_char_boundary(excess)..].trim_start_matches(['.', ' ']);
    if name.is_empty() { usual.to_owned() } else { name.to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stored(name: &str, mime: &str) -> Stored {
        let (name, mime) = (Some(name.to_owned()), Some(mime.to_owned()));
        Stored { file_id: "F".to_owned(), mime, name, bytes: None, bot_id: 42 }
    }

    #[test]
    fn names_lead_nowhere_and_keep_their_end() {
        let name = |it: &str| file_name(FileKind::Document, &stored(it, ""));
        assert_eq!(name("прайс 2026.pdf"), "прайс 2026.pdf");
        assert_eq!(name("../../etc/passwd"), "_.._etc_passwd");
        assert_eq!(name("a\r\nSet-Cookie: x\".pdf"), "a Set-Cookie_ x_.pdf");
        assert_eq!(name("evil\u{202e}fdp.exe"), "evilfdp.exe");
        assert_eq!((name("..."), name("")), ("file".to_owned(), "file".to_owned()));
        let long = name(&format!("{}.pdf", "я".repeat(500)));
        assert!(long.len() <= LONGEST_NAME && long.ends_with("я.pdf"), "{long}");
        assert_eq!(file_name(FileKind::Voice, &stored("", "")), "voice.ogg");
    }

    #[test]
    fn types_are_right_and_harmless() {
        let of = |kind, announced: &str| mime(kind, &stored("", announced));
        assert_eq!(of(FileKind::Voice, "text/html"), "audio/ogg; codecs=opus");
        assert_eq!(of(FileKind::Photo, ""), "image/jpeg");
        assert_eq!(of(FileKind::Audio, "audio/mp4"), "audio/mp4");
        assert_eq!(of(FileKind::Video, "text/html"), "video/mp4");
        assert_eq!(of(FileKind::Document, "application/pdf"), "application/pdf");
        let sheet = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet";
        assert_eq!(of(FileKind::Document, sheet), sheet);
        for odd in ["text/html", "image/svg+xml", "text/javascript", "", "x", "a/b\r\nX: y", "a/b/c"] {
            assert_eq!(of(FileKind::Document, odd), "application/octet-stream", "{odd}");
        }
    }

    #[test]
    fn an_address_stands_below_its_base() {
        for (base, expected) in [
            ("https://desk.example", "https://desk.example/media/PASS/a%20b.pdf"),
            ("https://desk.example/bots/", "https://desk.example/bots/media/PASS/a%20b.pdf"),
        ] {
            assert_eq!(address(Url::parse(base).unwrap(), "PASS", "a b.pdf").unwrap(), expected);
        }
    }

    #[test]
    fn words_of_troubles_are_read_back() {
        for it in [FileTrouble::NoAddress, FileTrouble::TooBig { most_mb: 20 }, FileTrouble::Gone] {
            assert_eq!(trouble(word(it)), Some(it));
        }
        assert_eq!(trouble("no answer in time"), None);
    }
}
